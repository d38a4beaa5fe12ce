# SPDX-License-Identifier: Apache-2.0
"""A machine by User Mode Linux: a kernel that is a program of the host. One processor, no
preemption, but as fast as the host, and built here, so that it can be one that looks for mistakes.

Variants: "uml" is as fast as can be, for benchmarks; "uml-debug" has the sanitizers, lockdep and
fault injection of config/uml-debug.config. Each is built once for a version of Debian's source
and a configuration, and kept outside the tree, in $XDG_CACHE_HOME/vexfs-uml.
"""
import fcntl
import glob
import hashlib
import os
import shutil
import subprocess

import lane

SOURCES = "/usr/src/linux-source-*.tar.xz"
CONFIGS = {"uml": ("uml",), "uml-debug": ("uml", "uml-debug")}
# Of drivers that User Mode Linux has no bus for, only what Kconfig reads is unpacked.
LEFT_OUT = ("gpu", "net/*", "media", "staging", "infiniband", "scsi", "usb", "iio", "hwmon", "clk")


def _cache_folder():
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(home, "vexfs-uml")


def _source():
    """(path of the newest packed source, its version by its package)."""
    found = glob.glob(SOURCES)
    if not found:
        raise SystemExit(f"no {SOURCES}: packaging/deps --uml installs it")
    path = max(found, key=lambda name: [int(part) for part in
                                        name.split("linux-source-")[1].split(".tar")[0].split(".")])
    package = os.path.basename(path).removesuffix(".tar.xz")
    return path, lane.run("dpkg-query", "-W", "-f=${Version}", package)


def _config_lines(variant):
    lines = []
    for name in CONFIGS[variant]:
        path = os.path.join(lane.ROOT, f"tests/kernel/config/{name}.config")
        with open(path, encoding="utf-8") as stream:
            lines += [line.strip() for line in stream if "CONFIG_" in line]
    return lines


def _unpack(packed, to):
    """The source, with the one change that it needs."""
    partial = to + ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    os.makedirs(partial)
    lane.run("tar", "xf", packed, "-C", partial, "--strip-components=1",
             *(f"--exclude=*/drivers/{name}/*.[ch]" for name in LEFT_OUT),
             "--exclude=*/sound/*.[ch]", "--exclude=*/Documentation/*/*",
             "--exclude=*/tools/testing/*")
    # The check counts preemption, which works there; only to preempt does not.
    lane.run("sed", "-i", r"/^config DEBUG_ATOMIC_SLEEP$/,/^config /"
             r"{/depends on !ARCH_NO_PREEMPT/d}", os.path.join(partial, "lib/Kconfig.debug"))
    os.rename(partial, to)


def _configure(make, folder, variant):
    lane.run(*make, "defconfig")
    wanted = _config_lines(variant)
    with open(os.path.join(folder, ".config"), "a", encoding="utf-8") as stream:
        stream.write("\n".join(wanted) + "\n")
    lane.run(*make, "olddefconfig")
    with open(os.path.join(folder, ".config"), encoding="utf-8") as stream:
        got = set(stream.read().splitlines())
    missing = [line for line in wanted if line not in got]
    if missing:
        raise SystemExit(f"{variant}: this source does not take " + ", ".join(missing))


def _build(source, folder, variant):
    """About five minutes of a processor."""
    print(f"building the kernel {variant} in {folder}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    make = ("nice", "make", "-s", "-C", source, "ARCH=um", f"O={folder}",
            f"-j{os.cpu_count()}")
    _configure(make, folder, variant)
    lane.run(*make, "linux", "modules")
    # What modules are built with is kept; what the kernel itself was linked from is not.
    for path in glob.glob(os.path.join(folder, "**/*.[oa]"), recursive=True):
        if "/scripts/" not in path and not path.endswith("arch/x86/um/vdso/vdso.o"):
            os.unlink(path)
    with open(os.path.join(folder, "built"), "w", encoding="utf-8"):
        pass


def kernel_folder(variant):
    """Where the kernel is and modules for it are built; makes it when it is not there yet."""
    packed, version = _source()
    compiler = lane.run("gcc", "-dumpfullversion").strip()
    key = hashlib.sha256("\n".join([version, compiler, *_config_lines(variant)]).encode())
    cache = _cache_folder()
    os.makedirs(cache, exist_ok=True)
    folder = os.path.join(cache, f"{variant}-{version}-{key.hexdigest()[:12]}")
    with open(os.path.join(cache, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        source = os.path.join(cache, f"source-{version}")
        if not os.path.exists(source):
            _unpack(packed, source)
        if not os.path.exists(os.path.join(folder, "built")):
            _build(source, folder, variant)
    return folder


class Machine:
    """As qemu.Machine."""

    def __init__(self, variant):
        self.variant = variant
        self.folder = os.path.join(lane.LANE, variant)
        self.module = os.path.join(self.folder, "module", "vexfs.ko")
        self.kernel = os.path.join(self.folder, "linux")
        self.initramfs = os.path.join(self.folder, "initramfs.cpio")

    def prepare(self):
        folder = kernel_folder(self.variant)
        os.makedirs(self.folder, exist_ok=True)
        lane.build_module(folder, os.path.dirname(self.module), "ARCH=um")
        # Tests that run while it is built anew keep the one that they began with.
        subprocess.run(("cp", os.path.join(folder, "linux"), self.kernel + ".new"), check=True)
        os.replace(self.kernel + ".new", self.kernel)
        lane.make_initramfs(self.initramfs)
        with open(os.path.join(folder, "include/config/kernel.release"), encoding="ascii") as file:
            return f"{file.read().strip()} {self.variant}"

    def words(self, boot):
        disks = [f"ubd{number}t={disk}" for number, disk in enumerate(boot.disks)]
        if boot.arguments:
            raise SystemExit("arguments are for QEMU")
        # The memory is a file that is mapped: of tmpfs, or each page of it goes to a disk.
        return ["env", "TMPDIR=/dev/shm", f"HOME={boot.folder}", "prlimit", "--core=0",
                self.kernel, f"mem={boot.memory_mib}M", f"initrd={self.initramfs}", *disks,
                "con=null", "con0=null,fd:1", "ssl=null", f"ssl0=null,fd:{boot.out_fd}",
                "console=tty0", f"uml_dir={boot.folder}/", "umid=guest", "quiet", "loglevel=6",
                "panic=-1", "oops=panic", "vexfs.root=hostfs", f"vexfs.module={self.module}",
                f"vexfs.command={boot.command_path}"]

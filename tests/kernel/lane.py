# SPDX-License-Identifier: Apache-2.0
"""What a guest is booted with: Debian's own kernel, vexfs.ko built for it, and an initramfs.

All of it is made in LANE (a folder of the build) by prepare(), once; then tests boot it by
guest.py. The kernel is the newest that has both an image in /boot and headers in /usr/src, which
has nothing to do with the one that runs here.
"""
import glob
import gzip
import lzma
import os
import re
import shutil
import struct
import subprocess
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILD = os.environ["VEXFS_BUILD"]
LANE = os.path.join(BUILD, "kernel-lane")
MODULE = os.path.join(LANE, "module", "vexfs.ko")
KERNEL = os.path.join(LANE, "vmlinux")
INITRAMFS = os.path.join(LANE, "initramfs.cpio")
MODULES = ("virtio_pci", "virtio_blk", "virtio_console", "virtio_rng", "9pnet_virtio", "9p",
           "overlay", "loop", "crc32c_generic", "crc32c_intel", "libcrc32c", "zstd_compress",
           "dm_mod", "dm_flakey")


def run(*words, **options):
    """Output as text; an exception that tells it when the program fails."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def version_key(release):
    return [int(part) for part in re.findall(r"\d+", release)]


def find_release():
    """The kernel release to test with; VEXFS_TEST_KERNEL names another."""
    wanted = os.environ.get("VEXFS_TEST_KERNEL")
    releases = [path.split("linux-headers-", 1)[1]
                for path in glob.glob("/usr/src/linux-headers-*-amd64")]
    releases = [release for release in releases if os.path.exists(f"/boot/vmlinuz-{release}")
                and (not wanted or release == wanted)]
    if not releases:
        raise SystemExit("no kernel with both /boot/vmlinuz-X and /usr/src/linux-headers-X: "
                         "packaging/deps installs them")
    return max(releases, key=version_key)


def extract_vmlinux(image, to):
    """The ELF kernel inside a bzImage: a guest does not spend its first seconds unpacking it."""
    with open(image, "rb") as stream:
        data = stream.read()
    sectors = data[0x1f1] or 4
    offset, length = struct.unpack_from("<II", data, 0x248)
    start = (sectors + 1) * 512 + offset
    packed = data[start:start + length]
    if packed.startswith(b"\xfd7zXZ\0"):
        kernel = lzma.LZMADecompressor().decompress(packed)
    elif packed.startswith(b"\x1f\x8b"):
        kernel = gzip.decompress(packed[:-4])
    elif packed.startswith(b"\x28\xb5\x2f\xfd"):
        kernel = subprocess.run(("zstd", "-dcq"), input=packed[:-4], capture_output=True,
                                check=True).stdout
    else:
        raise SystemExit(f"{image}: compressed in a way that is not known here")
    with open(to, "wb") as stream:
        stream.write(kernel)


def module_files(release, names):
    """Modules and what they need, in no order; what is built in has no file."""
    files = set()
    for name in names:
        shown = run("modprobe", "-S", release, "--show-depends", name)
        files.update(line.split()[1] for line in shown.splitlines() if line.startswith("insmod"))
    return sorted(files)


def make_initramfs(release, to):
    with tempfile.TemporaryDirectory(dir=LANE) as tree:
        for folder in ("bin", "dev", "proc", "sys", "host", "upper", "root", "tmp"):
            os.mkdir(os.path.join(tree, folder))
        shutil.copy2("/bin/busybox", os.path.join(tree, "bin/busybox"))
        for applet in run("/bin/busybox", "--list").split():
            if applet != "busybox":
                os.symlink("busybox", os.path.join(tree, "bin", applet))
        shutil.copy2(os.path.join(ROOT, "tests/kernel/init"), os.path.join(tree, "init"))
        for source in module_files(release, MODULES):
            copy = os.path.join(tree, source.lstrip("/"))
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            if source.endswith(".xz"):
                with lzma.open(source) as packed, open(copy[:-3], "wb") as stream:
                    shutil.copyfileobj(packed, stream)
            else:
                shutil.copy2(source, copy)
        for name in ("modules.order", "modules.builtin"):
            shutil.copy2(f"/lib/modules/{release}/{name}", f"{tree}/lib/modules/{release}/")
        run("depmod", "-b", tree, release)
        with open(to, "wb") as stream:
            names = subprocess.run(("find", ".", "-mindepth", "1"), cwd=tree, check=True,
                                   capture_output=True).stdout
            subprocess.run(("cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"), cwd=tree,
                           input=names, stdout=stream, check=True)


def prepare():
    """Builds all three; the module with warnings as errors, those of sparse included."""
    os.makedirs(LANE, exist_ok=True)
    release = find_release()
    print(f"kernel {release}")
    out = run("make", "-C", os.path.join(ROOT, "kernel/linux"), f"-j{os.cpu_count()}",
              f"KDIR=/usr/src/linux-headers-{release}", f"OUT={os.path.dirname(MODULE)}", "C=1")
    warnings = [line for line in out.splitlines() if "warning:" in line]
    if warnings:
        raise SystemExit("\n".join(warnings))
    stamp = os.path.join(LANE, "release")
    if not os.path.exists(stamp) or open(stamp, encoding="utf-8").read() != release:
        extract_vmlinux(f"/boot/vmlinuz-{release}", KERNEL)
        with open(stamp, "w", encoding="utf-8") as stream:
            stream.write(release)
    make_initramfs(release, INITRAMFS)
    print(f"module {os.path.getsize(MODULE)} bytes, initramfs {os.path.getsize(INITRAMFS)} bytes")

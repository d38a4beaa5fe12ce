# SPDX-License-Identifier: Apache-2.0
"""A machine by QEMU, without KVM: Debian's own kernel, several processors, real page tables.

Which kernel runs here has nothing to do with it: modules are built from /usr/src, images taken from
/boot.
"""
import glob
import gzip
import lzma
import os
import re
import struct
import subprocess

import lane

MODULES = ("virtio_pci", "virtio_blk", "virtio_console", "virtio_rng", "9pnet_virtio", "9p",
           "overlay", "loop", "crc32c_generic", "crc32c_intel", "libcrc32c", "zstd_compress",
           "dm_mod", "dm_flakey")


def version_key(release):
    return [int(part) for part in re.findall(r"\d+", release)]


def headers():
    """Releases with installed headers, oldest first."""
    names = (os.path.basename(path) for path in glob.glob("/usr/src/linux-headers-*-amd64"))
    return sorted((name.removeprefix("linux-headers-") for name in names), key=version_key)


def find_release():
    """The kernel release to test with: that of the package linux-image-amd64. VEXFS_TEST_KERNEL
    names another, or says "newest"."""
    wanted = os.environ.get("VEXFS_TEST_KERNEL")
    bootable = [release for release in headers() if os.path.exists(f"/boot/vmlinuz-{release}")]
    if not wanted:
        depends = lane.run("dpkg-query", "-W", "-f=${Depends}", "linux-image-amd64")
        wanted = depends.split("linux-image-")[1].split()[0]
    elif wanted == "newest" and bootable:
        wanted = bootable[-1]
    if wanted not in bootable:
        raise SystemExit(f"not both of /boot/vmlinuz-{wanted} and /usr/src/linux-headers-{wanted} "
                         "are there: packaging/deps installs them")
    return wanted


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
    with open(to + ".new", "wb") as stream:
        stream.write(kernel)
    os.replace(to + ".new", to)


class Machine:
    """What guest.py asks of a machine; uml.Machine is the other one."""

    def __init__(self):
        self.release = find_release()
        self.folder = os.path.join(lane.LANE, self.release)
        self.module = os.path.join(self.folder, "module", "vexfs.ko")
        self.kernel = os.path.join(self.folder, "vmlinux")
        self.initramfs = os.path.join(self.folder, "initramfs.cpio")

    def prepare(self):
        """Makes all of what is booted. Returns the name of the kernel."""
        os.makedirs(self.folder, exist_ok=True)
        lane.build_module(f"/usr/src/linux-headers-{self.release}",
                          os.path.dirname(self.module), "C=1")
        if not os.path.exists(self.kernel):
            extract_vmlinux(f"/boot/vmlinuz-{self.release}", self.kernel)
        lane.make_initramfs(self.initramfs, self.release, MODULES)
        return self.release

    def words(self, boot):
        """The command line that boots it."""
        words = ["qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max",
                 "-smp", str(boot.processors), "-m", str(boot.memory_mib),
                 "-display", "none", "-nodefaults",
                 "-no-user-config", "-no-reboot", "-monitor", "none",
                 "-chardev", f"file,id=log,path={boot.log_path},append=on",
                 "-serial", "chardev:log",
                 "-device", "virtio-serial-pci", "-chardev", f"file,id=out,path={boot.out_path}",
                 "-device", "virtserialport,chardev=out,name=out", "-device", "virtio-rng-pci",
                 "-fsdev", "local,id=root,path=/,security_model=none,multidevs=remap,readonly=on",
                 "-device", "virtio-9p-pci,fsdev=root,mount_tag=host",
                 "-kernel", self.kernel, "-initrd", self.initramfs,
                 "-append", "console=ttyS0 quiet loglevel=6 panic=-1 oops=panic audit=0 nokaslr "
                            "random.trust_cpu=on mitigations=off slub_debug=FZ vexfs.root=9p "
                            f"vexfs.module={self.module} vexfs.command={boot.command_path}"]
        for number, disk in enumerate(boot.disks):
            words += ["-drive", f"file={disk},if=none,id=disk{number},format=raw,discard=unmap,"
                                "cache=writeback",
                      "-device", f"virtio-blk-pci,drive=disk{number}"]
        return words + list(boot.arguments)

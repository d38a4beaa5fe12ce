# SPDX-License-Identifier: Apache-2.0
"""A guest: boots what lane.py made, runs a command in it, and brings back what it said.

The command is a shell script that runs as root in the host's own root folder, read-only to it but
for memory. Disks are /dev/vda and so on. A word of trouble in the kernel's log fails the run,
whatever the command says.
"""
import os
import re
import subprocess
import tempfile
import time

import lane

TROUBLE = re.compile(r"BUG:|WARNING:|Oops|general protection fault|Kernel panic|KASAN|UBSAN|"
                     r"INFO: task .* blocked|inconsistent lock state|possible circular|"
                     r"possible recursive|Redzone|Poison overwritten|internal error|"
                     r"soft lockup|rcu.*stall|Call Trace")
# Of guests in general, when the host is busy: no fault of what is tested.
HARMLESS = re.compile(r"hrtimer: interrupt took|clocksource|Unstable clock")
MEMORY_MIB = 1536


class Guest:
    """One boot. @disks: paths of raw images, or whole -blockdev descriptions by node name."""

    def __init__(self, script, disks=(), processors=2, memory_mib=MEMORY_MIB, arguments=()):
        self.folder = tempfile.TemporaryDirectory(prefix="guest-", dir=lane.LANE)
        self.out_path = os.path.join(self.folder.name, "out")
        self.log_path = os.path.join(self.folder.name, "log")
        for path in (self.out_path, self.log_path):
            with open(path, "wb"):
                pass
        self.process = subprocess.Popen(
            self._words(script, disks, processors, memory_mib) + list(arguments),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def _words(self, script, disks, processors, memory_mib):
        command = os.path.join(self.folder.name, "command")
        with open(command, "w", encoding="utf-8") as stream:
            stream.write("export PATH=/usr/sbin:/usr/bin:/sbin:/bin PYTHONDONTWRITEBYTECODE=1\n"
                         f"{script}\n")
        words = ["qemu-system-x86_64", "-M", "q35", "-accel", "tcg,thread=multi", "-cpu", "max",
                 "-smp", str(processors), "-m", str(memory_mib), "-display", "none", "-nodefaults",
                 "-no-user-config", "-no-reboot", "-monitor", "none",
                 "-serial", f"file:{self.log_path}",
                 "-device", "virtio-serial-pci", "-chardev", f"file,id=out,path={self.out_path}",
                 "-device", "virtserialport,chardev=out,name=out", "-device", "virtio-rng-pci",
                 "-fsdev", "local,id=root,path=/,security_model=none,multidevs=remap,readonly=on",
                 "-device", "virtio-9p-pci,fsdev=root,mount_tag=host",
                 "-kernel", lane.KERNEL, "-initrd", lane.INITRAMFS,
                 "-append", "console=ttyS0 quiet loglevel=6 panic=-1 oops=panic audit=0 nokaslr "
                            "random.trust_cpu=on mitigations=off slub_debug=FZ "
                            f"vexfs.module={lane.MODULE} vexfs.command={command}"]
        for number, disk in enumerate(disks):
            words += ["-drive", f"file={disk},if=none,id=disk{number},format=raw,discard=unmap,"
                                "cache=writeback",
                      "-device", f"virtio-blk-pci,drive=disk{number}"]
        return words

    def out(self):
        """What the command said so far."""
        with open(self.out_path, encoding="utf-8", errors="replace") as stream:
            return stream.read().replace("\r", "")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as stream:
            return stream.read().replace("\r", "")

    def trouble(self):
        """Lines of the kernel's log that must not be there, with some around the first."""
        lines = self.log().split("init: ready", 1)[-1].splitlines()
        hits = [number for number, line in enumerate(lines)
                if TROUBLE.search(line) and not HARMLESS.search(line)]
        return "\n".join(lines[max(0, hits[0] - 5):hits[0] + 60]) if hits else ""

    def kill(self):
        """As the power that goes away."""
        self.process.kill()
        self.process.communicate()

    def wait(self, timeout=600):
        """Waits for the end. Returns what the command said; raises AssertionError when it, the
        kernel or QEMU failed."""
        begin = time.monotonic()
        try:
            said, _ = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the guest did not end in {timeout} s:\n{self.out()[-4000:]}\n"
                                 f"{self.log()[-4000:]}") from None
        found = re.search(r"^@@exit (\d+)$", self.out(), re.M)
        if self.trouble():
            raise AssertionError(f"the kernel complained:\n{self.trouble()}\n{self.out()[-2000:]}")
        if not found:
            raise AssertionError(f"the guest died:\n{said[-1000:]}\n{self.out()[-2000:]}\n"
                                 f"{self.log()[-3000:]}")
        text = self.out()[:found.start()]
        if found.group(1) != "0":
            raise AssertionError(f"exit {found.group(1)} in the guest:\n{text[-20000:]}\n"
                                 f"{self.log()[-1500:]}")
        self.seconds = time.monotonic() - begin
        return text

    def close(self):
        if self.process.poll() is None:
            self.kill()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def run(script, disks=(), timeout=600, **options):
    """One command in a guest of its own. Returns what it said."""
    with Guest(script, disks, **options) as guest:
        return guest.wait(timeout)

# SPDX-License-Identifier: Apache-2.0
"""A guest: boots what a machine has prepared, runs a command in it, and brings back what it said.

The command is a shell script that runs as root in the host's own root folder, read-only to it but
for memory. Disks are /dev/vda and so on. A word of trouble in the kernel's log fails the run,
whatever the command says. VEXFS_TEST_MACHINE says which machine it is: qemu, uml or uml-debug.
"""
import dataclasses
import os
import re
import signal
import subprocess
import tempfile
import time

import lane
import qemu
import uml

TROUBLE = re.compile(r"BUG:|WARNING:|Oops|general protection fault|Kernel panic|KASAN|UBSAN|"
                     r"INFO: task .* blocked|INFO: trying to register non-static key|"
                     r"inconsistent lock state|possible circular|possible recursive|"
                     r"lockdep is off|Redzone|Poison overwritten|ODEBUG|internal error|"
                     r"soft lockup|rcu.*stall")
# Of what the kernel also says when it finds no memory.
TRACE = re.compile(r"Call Trace")
# Of guests in general, when the host is busy: no fault of what is tested.
HARMLESS = re.compile(r"hrtimer: interrupt took|clocksource|Unstable clock")
MEMORY_MIB = 1536


def make_machine(name):
    return qemu.Machine() if name == "qemu" else uml.Machine(name)


MACHINE_NAME = os.environ.get("VEXFS_TEST_MACHINE", "qemu")
MACHINE = make_machine(MACHINE_NAME)


@dataclasses.dataclass
class Boot:
    """What a machine is to boot with. What the command says goes to the file @out_path, which is
    open as @out_fd, and what the kernel says to @log_path."""
    folder: str
    command_path: str
    log_path: str
    out_path: str
    out_fd: int
    disks: tuple
    processors: int
    memory_mib: int
    arguments: tuple


class Guest:
    """One boot. @disks: paths of raw images. @arguments: more words for QEMU. @has_faults: that
    there is no memory now and then is on purpose."""

    def __init__(self, script, disks=(), processors=2, memory_mib=MEMORY_MIB, arguments=(),
                 has_faults=False):
        self.has_faults = has_faults
        self.folder = tempfile.TemporaryDirectory(prefix="guest-", dir=lane.LANE)
        paths = [os.path.join(self.folder.name, name) for name in ("command", "log", "out")]
        command_path, self.log_path, self.out_path = paths
        with open(command_path, "w", encoding="utf-8") as stream:
            stream.write("export PATH=/usr/sbin:/usr/bin:/sbin:/bin PYTHONDONTWRITEBYTECODE=1 "
                         f"VEXFS_TEST_MACHINE={MACHINE_NAME}\n{script}\n")
        with open(self.out_path, "wb") as out, open(self.log_path, "ab") as log:
            boot = Boot(self.folder.name, *paths, out.fileno(), tuple(disks), processors,
                        memory_mib, tuple(arguments))
            # A session of its own: User Mode Linux has a process for each of the guest's.
            self.process = subprocess.Popen(
                MACHINE.words(boot), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, pass_fds=(out.fileno(),), start_new_session=True)

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
                if (TROUBLE.search(line) and not HARMLESS.search(line)) or
                (TRACE.search(line) and not self.has_faults)]
        return "\n".join(lines[max(0, hits[0] - 5):hits[0] + 60]) if hits else ""

    def kill(self):
        """As the power that goes away."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def wait(self, timeout=600):
        """Waits for the end. Returns what the command said; raises AssertionError when it, the
        kernel or QEMU failed."""
        begin = time.monotonic()
        try:
            self.process.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the guest did not end in {timeout} s:\n{self.out()[-4000:]}\n"
                                 f"{self.log()[-4000:]}") from None
        found = re.search(r"^@@exit (\d+)$", self.out(), re.M)
        if self.trouble():
            raise AssertionError(f"the kernel complained:\n{self.trouble()}\n{self.out()[-2000:]}")
        if not found:
            raise AssertionError(f"the guest died:\n{self.out()[-2000:]}\n{self.log()[-3000:]}")
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

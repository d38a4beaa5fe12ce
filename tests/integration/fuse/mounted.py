# SPDX-License-Identifier: Apache-2.0
"""A real volume in an image file on a real mount, for the tests of this folder.

Needs root and /dev/fuse; fails where they are missing, because a skipped test proves nothing.
VEXFS_BIN names the folder of the programs. With VEXFS_HOST=module the kernel mounts, by vexfs.ko,
through a loop device; tests/kernel runs tests of this folder so, in a guest.
"""
import fcntl
import os
import shutil
import signal
import struct
import subprocess
import tempfile
import time
import unittest

BIN = os.environ["VEXFS_BIN"]


def program(name):
    return os.path.join(BIN, name)


def run(*words, check=False, timeout=120, **options):
    """The finished process, output as text."""
    return subprocess.run(words, capture_output=True, text=True, check=check, timeout=timeout,
                          **options)


def record_figure(test, what, count):
    """For the sums that tests/run prints, as tests/support/figures.h."""
    print(f"{test}: {what}: {count}")
    path = os.environ.get("VEXFS_TEST_FIGURES")
    if path:
        with open(path, "a", encoding="utf-8") as stream:
            stream.write(f"{test}\t{what}\t{count}\n")


def is_mounted(path):
    with open("/proc/self/mountinfo", encoding="utf-8") as stream:
        return any(line.split()[4] == path for line in stream)


class Volume:
    """An image, a mount point, and the driver between them while it runs."""

    def __init__(self, folder, size="256M", label="test", mkfs_options=()):
        self.image = os.path.join(folder, "image")
        self.path = os.path.join(folder, "mnt")
        self.log = os.path.join(folder, "driver.log")
        self.driver = None
        os.mkdir(self.path)
        made = run(program("mkfs.vexfs"), "-L", label, "--size", size, *mkfs_options, self.image)
        if made.returncode:
            raise AssertionError(f"mkfs.vexfs: {made.stderr}")

    def mount(self, *options):
        words = [program("vexfs-fuse"), "-f", self.image, self.path]
        for option in options:
            words += ["-o", option]
        with open(self.log, "ab") as log:
            self.driver = subprocess.Popen(words, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while not is_mounted(self.path):
            if self.driver.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"no mount: {self.messages()}")
            time.sleep(0.01)

    def messages(self):
        with open(self.log, encoding="utf-8", errors="replace") as stream:
            return stream.read()

    def umount(self):
        """Unmounts and waits for the driver, which must end well."""
        done = run("umount", self.path)
        if done.returncode:
            raise AssertionError(f"umount: {done.stderr}")
        self.wait()

    def wait(self, code=0):
        status = self.driver.wait(timeout=60)
        self.driver = None
        if status != code:
            raise AssertionError(f"vexfs-fuse ended with {status}: {self.messages()}")

    def remount(self, *options):
        self.umount()
        self.mount(*options)

    def kill(self):
        """As a crash: the driver is gone from one instant to the next."""
        self.driver.send_signal(signal.SIGKILL)
        self.driver.wait(timeout=60)
        self.driver = None
        run("umount", "-l", self.path)

    def lengthen(self, size):
        os.truncate(self.image, size)

    def fsck(self, *options):
        return run(program("fsck.vexfs"), "-n", *options, self.image, timeout=600)

    def close(self):
        if self.driver and self.driver.poll() is None:
            self.kill()
        if is_mounted(self.path):
            run("umount", "-l", self.path)


class ModuleVolume(Volume):
    """The same with vexfs.ko in the place of the driver."""

    SHUTDOWN = 0x8004587d       # FS_IOC_SHUTDOWN
    AT_ONCE = struct.pack("<I", 2)

    def mount(self, *options):
        words = ["mount", "-t", "vexfs", "-o", "loop", self.image, self.path]
        for option in options:
            if option != "allow_other":  # of FUSE; with a kernel's filesystem they always may
                words += ["-o", option]
        done = run(*words)
        if done.returncode:
            raise AssertionError(f"no mount: {done.stderr}")

    def messages(self):
        return ""

    def wait(self, code=0):
        """The kernel is done when umount(8) is."""

    def kill(self):
        """Nothing reaches the image from here on."""
        fd = os.open(self.path, os.O_RDONLY)
        fcntl.ioctl(fd, self.SHUTDOWN, self.AT_ONCE)
        os.close(fd)
        run("umount", self.path, check=True)

    def lengthen(self, size):
        super().lengthen(size)
        loop = run("findmnt", "-n", "-o", "SOURCE", self.path, check=True).stdout.strip()
        run("losetup", "-c", loop, check=True)

    def close(self):
        if is_mounted(self.path):
            run("umount", "-l", self.path)


IS_MODULE = os.environ.get("VEXFS_HOST") == "module"
# What the counters of the host's own begin with.
HOST = "module" if IS_MODULE else "fuse"


class MountedTest(unittest.TestCase):
    """A fresh volume for each test, mounted unless the class says otherwise."""

    size = "256M"
    options = ("allow_other",)
    mkfs_options = ()
    is_mounted_at_start = True

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vexfs-test-")
        os.chmod(self.folder, 0o755)
        self.addCleanup(shutil.rmtree, self.folder)
        kind = ModuleVolume if IS_MODULE else Volume
        self.volume = kind(self.folder, self.size, mkfs_options=self.mkfs_options)
        self.addCleanup(self.volume.close)
        if self.is_mounted_at_start:
            self.volume.mount(*self.options)

    def path(self, *names):
        return os.path.join(self.volume.path, *names)

    def write(self, name, content, mode="wb"):
        with open(self.path(name), mode) as stream:
            stream.write(content)

    def read(self, name):
        with open(self.path(name), "rb") as stream:
            return stream.read()

    def assert_errno(self, wanted, call, *arguments, **options):
        with self.assertRaises(OSError) as caught:
            call(*arguments, **options)
        self.assertEqual(os.strerror(caught.exception.errno), os.strerror(wanted))

    def assert_clean(self, *options):
        checked = self.volume.fsck(*options)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def as_user(self, function, uid=65534, gid=65534):
        """Runs @function in a child without privileges; its exception fails the test."""
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(read_end)
                os.setgroups([])
                os.setgid(gid)
                os.setuid(uid)
                function()
                os._exit(0)
            except BaseException as problem:  # a child must not return into the test runner
                os.write(write_end, repr(problem).encode())
                os._exit(1)
        os.close(write_end)
        with os.fdopen(read_end, "rb") as stream:
            message = stream.read().decode()
        _, status = os.waitpid(child, 0)
        self.assertEqual(status, 0, message)


def main():
    if os.geteuid() != 0 or not (IS_MODULE or os.path.exists("/dev/fuse")):
        raise SystemExit("these tests need root and /dev/fuse")
    unittest.main(verbosity=2)

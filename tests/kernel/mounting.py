#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""mounting.py BIN MODULE: mount(8) and umount(8) of type vexfs, by either driver.

Runs in the guest, whose root folder is its own: helpers are linked into /sbin, and fstab is
written. /dev/vda is a volume.
"""
import fcntl
import os
import subprocess
import sys
import unittest

BIN, MODULE = sys.argv[1:3]
DEVICE, IMAGE, PLACE = "/dev/vda", "/mnt/image", "/mnt/volume"


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False)


def type_and_source():
    return tuple(run("findmnt", "-no", "FSTYPE,SOURCE", PLACE).stdout.split())


class Mounting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for name in ("mount.vexfs", "umount.vexfs"):
            os.symlink(os.path.join(BIN, name), f"/sbin/{name}")
        os.symlink("umount.vexfs", "/sbin/umount.fuse.vexfs")
        run("modprobe", "fuse")
        os.mkdir(PLACE)
        with open("/etc/fstab", encoding="utf-8") as stream:
            cls.fstab = stream.read()

    def setUp(self):
        made = run(os.path.join(BIN, "mkfs.vexfs"), "--force", "--size", "128M", IMAGE)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.addCleanup(os.unlink, IMAGE)
        self.addCleanup(run, "umount", PLACE)

    def mount(self, *words, expected=0):
        done = run("mount", *words)
        self.assertEqual(done.returncode, expected, done.stdout + done.stderr)
        self.assertEqual(done.stderr == "", expected == 0, done.stderr)
        return done.stderr

    def umount(self, *words):
        done = run("umount", *(words or (PLACE,)))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stderr, "")

    def assert_closed(self):
        """Nobody has the image any more: without waiting."""
        with open(IMAGE, "rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.assertEqual(run("losetup", "-nO", "NAME", "-j", IMAGE).stdout, "")

    def write(self):
        with open(f"{PLACE}/file", "wb") as stream:
            stream.write(os.urandom(20 << 20))

    def test_wrong_requests_are_refused_and_told(self):
        self.assertIn("kernel, fuse or auto",
                      self.mount("-t", "vexfs", "-o", "driver=x", IMAGE, PLACE, expected=1))
        for driver in ("kernel", "fuse"):
            options = f"driver={driver}"
            self.assertIn("volatile", self.mount("-t", "vexfs", "-o", f"{options},volatile", IMAGE,
                                                 PLACE, expected=1 if driver == "fuse" else 32) +
                          run("dmesg").stdout)
            with open("/mnt/other", "wb") as stream:
                stream.truncate(64 << 20)
            self.assertNotEqual(self.mount("-t", "vexfs", "-o", options, "/mnt/other", PLACE,
                                           expected=32), "")
            self.assertIn("/mnt/absent", self.mount("-t", "vexfs", "-o", options, "/mnt/absent",
                                                    PLACE, expected=32) + "/mnt/absent")
        self.assertEqual(run("losetup", "-nO", "NAME").stdout, "")

    def test_the_module_is_preferred(self):
        self.mount("-t", "vexfs", "-o", "noquickwake,cache=32M", DEVICE, PLACE)
        self.assertEqual(type_and_source()[0], "vexfs")
        self.umount()

    def test_an_image_gets_a_loop_device_while_it_is_mounted(self):
        for _ in range(3):
            self.mount("-t", "vexfs", IMAGE, PLACE)
            kind, source = type_and_source()
            self.assertEqual(kind, "vexfs")
            self.assertTrue(source.startswith("/dev/loop"), source)
            self.write()
            self.umount()
            self.assert_closed()

    def test_an_image_is_never_mounted_by_both_drivers(self):
        self.mount("-t", "vexfs", "-o", "driver=kernel", IMAGE, PLACE)
        os.makedirs("/mnt/second", exist_ok=True)
        for words in (("mount", "-t", "vexfs", "-o", "driver=fuse", IMAGE, "/mnt/second"),
                      (os.path.join(BIN, "mkfs.vexfs"), "--force", IMAGE)):
            done = run(*words)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn("in use by another program", done.stderr)
        self.umount()
        self.mount("-t", "vexfs", "-o", "driver=fuse", IMAGE, PLACE)
        self.assertIn("in use by another program",
                      self.mount("-t", "vexfs", "-o", "driver=kernel", IMAGE, "/mnt/second",
                                 expected=32))
        loop = run("losetup", "-f", "--show", IMAGE).stdout.strip()
        self.addCleanup(run, "losetup", "-d", loop)
        self.assertIn("in use by another program",
                      self.mount("-t", "vexfs", "-o", "driver=kernel", loop, "/mnt/second",
                                 expected=32))
        self.umount()

    def test_umount_waits_for_the_driver_in_user_space(self):
        for _ in range(3):
            self.mount("-t", "vexfs", "-o", "driver=fuse", IMAGE, PLACE)
            self.assertEqual(type_and_source(), ("fuse.vexfs", IMAGE))
            self.write()
            self.umount()
            self.assert_closed()
        self.mount("-t", "vexfs", "-o", "driver=fuse", DEVICE, PLACE)
        self.assertEqual(type_and_source(), ("fuse.vexfs", os.path.realpath(DEVICE)))
        self.umount()

    def test_umount_does_not_wait_while_it_is_mounted_elsewhere(self):
        os.makedirs("/mnt/second", exist_ok=True)
        self.mount("-t", "vexfs", "-o", "driver=fuse", IMAGE, PLACE)
        self.mount("--bind", PLACE, "/mnt/second")
        self.umount()
        self.umount("/mnt/second")
        self.addCleanup(run, "flock", IMAGE, "true")

    def test_fstab(self):
        with open("/etc/fstab", "w", encoding="utf-8") as stream:
            stream.write(f"{self.fstab}\n{IMAGE} {PLACE} vexfs noauto,nofail,driver=fuse,noatime "
                         "0 0\n")
        self.mount(PLACE)
        self.assertEqual(type_and_source(), ("fuse.vexfs", IMAGE))
        self.write()
        self.umount()
        self.assert_closed()
        with open("/etc/fstab", "w", encoding="utf-8") as stream:
            stream.write(f"{self.fstab}\n{DEVICE} {PLACE} vexfs noauto,x-test=1,commit=7 0 0\n")
        self.mount(PLACE)
        self.assertIn("commit=7", run("findmnt", "-no", "OPTIONS", PLACE).stdout)
        self.umount()

    def test_without_a_module_it_is_the_driver_in_user_space(self):
        self.assertEqual(run("rmmod", "vexfs").returncode, 0)
        self.addCleanup(run, "insmod", MODULE)
        self.assertIn("driver=fuse", self.mount("-t", "vexfs", "-o", "driver=kernel", IMAGE, PLACE,
                                                expected=32))
        self.mount("-t", "vexfs", IMAGE, PLACE)
        self.assertEqual(type_and_source(), ("fuse.vexfs", IMAGE))
        self.umount()
        self.assert_closed()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)

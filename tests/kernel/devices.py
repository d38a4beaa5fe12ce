#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a device that fails or goes away costs what was not synced, and nothing else.

Method: a volume on a device of the device mapper, whose table changes under the mount. Runs in the
guest; see vfs_test.py.
"""
import os
import unittest

import inside
import mounted
from inside import control, errno_of

NAME = "faulty"
DEVICE = f"/dev/mapper/{NAME}"


class Devices(inside.GuestTest):
    is_mounted_at_start = False

    def setUp(self):
        super().setUp()
        self.loop = self.sh("losetup", "-f", "--show", self.volume.image).strip()
        self.addCleanup(mounted.run, "losetup", "-d", self.loop)
        self.sectors = os.path.getsize(self.volume.image) // 512
        self.dmsetup("create", NAME, "--table", self.good())
        self.addCleanup(mounted.run, "env", "DM_DISABLE_UDEV=1", "dmsetup", "remove", NAME)
        self.addCleanup(mounted.run, "umount", self.volume.path)
        self.mount()

    def dmsetup(self, command, *words):
        # There is no udev here that would make the node.
        self.sh("env", "DM_DISABLE_UDEV=1", "dmsetup", command, *words)

    def good(self):
        return f"0 {self.sectors} linear {self.loop} 0"

    def write_errors(self):
        return f"0 {self.sectors} flakey {self.loop} 0 0 1 1 error_writes"

    def errors(self):
        return f"0 {self.sectors} error"

    def table(self, text):
        """Another one, with no flush and no freeze: as things break."""
        self.dmsetup("suspend", "--nolockfs", "--noflush", NAME)
        self.dmsetup("load", NAME, "--table", text)
        self.dmsetup("resume", NAME)

    def mount(self):
        self.sh("mount", "-t", "vexfs", "-o", "commit=600", DEVICE, self.volume.path)

    def umount(self):
        self.sh("umount", self.volume.path)

    def assert_clean(self, *options):
        # What is checked is the image, and nobody checks what a mapped loop device has.
        self.dmsetup("remove", NAME)
        super().assert_clean(*options)
        self.dmsetup("create", NAME, "--table", self.good())

    def judge_synced(self):
        """The device is good again; what was synced is all there."""
        self.table(self.good())
        self.assert_clean("--data")
        self.mount()
        self.assertEqual(self.read("synced"), b"s" * 300000)
        self.write_synced("again", b"works")
        self.umount()
        self.assert_clean("--data")

    def test_reads_that_fail_say_so_and_do_no_more(self):
        self.write_synced("synced", b"s" * 300000)
        control.sync(self.volume.path)
        self.drop_pages()
        self.table(self.errors())
        self.assertEqual(errno_of(self.read, "synced"), "EIO")
        self.table(self.good())
        self.assertEqual(self.read("synced"), b"s" * 300000)
        os.mkdir(self.path("writable"))
        self.umount()
        self.judge_synced()

    def test_commit_that_fails_makes_the_volume_read_only(self):
        self.write_synced("synced", b"s" * 300000)
        self.write("lost", b"l" * 300000)
        os.mkdir(self.path("lost folder"))
        self.table(self.write_errors())
        with open(self.path("lost"), "rb") as stream:
            self.assertEqual(errno_of(os.fsync, stream.fileno()), "EIO")
        self.assertIn(errno_of(control.sync, self.volume.path), ("EIO", "EROFS"))
        self.assertEqual(errno_of(os.mkdir, self.path("no")), "EROFS")
        self.assertEqual(errno_of(os.unlink, self.path("synced")), "EROFS")
        with open(self.path("synced"), "r+b") as stream:
            stream_error = errno_of(self.write_and_sync, stream)
        self.assertEqual(stream_error, "EROFS")
        self.assertTrue(control.volume(self.volume.path)["flags"] & 2, "poisoned")
        self.assertEqual(self.read("synced"), b"s" * 300000)
        # Not even when the device is well again: what is in memory is not what is on disk.
        self.table(self.good())
        self.assertEqual(errno_of(os.mkdir, self.path("no")), "EROFS")
        self.umount()
        self.judge_synced()

    def write_and_sync(self, stream):
        os.write(stream.fileno(), b"x")
        os.fsync(stream.fileno())

    def test_writeback_that_fails_is_told_to_who_syncs(self):
        self.write_synced("synced", b"s" * 300000)
        fd = os.open(self.path("later"), os.O_CREAT | os.O_WRONLY)
        other = os.open(self.path("later"), os.O_RDONLY)
        os.write(fd, b"l" * 300000)
        self.table(self.write_errors())
        os.sync()
        for one in (fd, other):
            self.assertEqual(errno_of(os.fsync, one), "EIO")
        os.close(fd)
        os.close(other)
        self.umount()
        self.judge_synced()

    def test_device_that_vanishes(self):
        self.write_synced("synced", b"s" * 300000)
        self.write("lost", b"l" * 3000000)
        with open(self.path("synced"), "rb"):
            self.table(self.errors())
            self.drop_pages()
            self.assertEqual(errno_of(self.read, "synced"), "EIO")
            self.assertIn(errno_of(control.sync, self.volume.path), ("EIO", "EROFS"))
            self.assertEqual(errno_of(os.mkdir, self.path("no")), "EROFS")
        self.umount()
        self.judge_synced()

    def test_mount_of_a_device_that_cannot_be_read(self):
        self.write_synced("synced", b"s" * 300000)
        self.umount()
        self.table(self.errors())
        self.sh("mount", "-t", "vexfs", DEVICE, self.volume.path, code=32)
        self.judge_synced()


if __name__ == "__main__":
    unittest.main(verbosity=2)

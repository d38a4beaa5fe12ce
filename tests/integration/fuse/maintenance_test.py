#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what an owner does to a volume while it is in use works: scrub, grow, label, trim.

Method: the calls of the control ABI on a real mount, with damage written into the image.
"""
import errno
import os
import re
import struct
import time

import control
import mounted
from mounted import MountedTest


class Scrub(MountedTest):
    def finished(self):
        deadline = time.monotonic() + 60
        while True:
            status = control.scrub(self.volume.path)
            if status["state"] != control.SCRUB_RUNNING or time.monotonic() > deadline:
                return status
            time.sleep(0.02)

    def damage(self, content):
        """Changes a byte of the block of the image that has @content."""
        with open(self.volume.image, "r+b") as image:
            block = 0
            while data := image.read(4096):
                if data == content:
                    image.seek(block * 4096 + 100)
                    image.write(b"!")
                    return block
                block += 1
        self.fail("the block is not in the image")

    def test_finds_the_damaged_block_and_whose_it_is(self):
        self.assertEqual(control.scrub(self.volume.path)["state"], control.SCRUB_NONE)
        content = os.urandom(4096)
        self.write("file", os.urandom(4096) + content + os.urandom(4096))
        control.sync(self.volume.path)
        control.scrub(self.volume.path, control.SCRUB_START)
        status = self.finished()
        self.assertEqual((status["state"], status["findings"]), (control.SCRUB_DONE, 0))
        self.assertGreaterEqual(status["done_bytes"], 3 * 4096)
        self.assertGreaterEqual(status["ended_ns"], status["started_ns"])
        block = self.damage(content)
        control.scrub(self.volume.path, control.SCRUB_START)
        status = self.finished()
        self.assertEqual((status["state"], status["findings"], status["rows"]),
                         (control.SCRUB_DONE, 1, 1))
        ino = os.stat(self.path("file")).st_ino
        self.assertEqual(control.scrub_list(self.volume.path),
                         [{"tree": 1, "ino": ino, "block": block, "error": errno.EBADMSG,
                           "what": "data"}])
        self.assertEqual(control.path_of(self.volume.path, 1, ino), "file")
        self.assertEqual(control.scrub_list(self.volume.path, 1), [])

    def test_the_rate_is_bounded_and_a_run_can_be_stopped(self):
        self.write("file", os.urandom(8 << 20))
        control.sync(self.volume.path)
        begin = time.monotonic()
        control.scrub(self.volume.path, control.SCRUB_START, 4 << 20)
        self.assert_errno(errno.EBUSY, control.scrub, self.volume.path, control.SCRUB_START)
        status = self.finished()
        self.assertEqual(status["state"], control.SCRUB_DONE)
        self.assertGreater(time.monotonic() - begin, 1.5)
        control.scrub(self.volume.path, control.SCRUB_START, 1 << 20)
        begin = time.monotonic()
        status = control.scrub(self.volume.path, control.SCRUB_STOP)
        self.assertEqual(status["state"], control.SCRUB_STOPPED)
        self.assertLess(status["done_bytes"], 8 << 20)
        self.assertLess(time.monotonic() - begin, 2)

    def test_an_unmount_ends_a_run(self):
        self.write("file", os.urandom(8 << 20))
        control.scrub(self.volume.path, control.SCRUB_START, 1 << 20)
        begin = time.monotonic()
        self.volume.umount()
        self.assertLess(time.monotonic() - begin, 3)
        self.assert_clean("--data")

    def test_only_the_owner_may_start_and_arguments_are_checked(self):
        path = self.volume.path

        def as_other():
            control.scrub(path)
            self.assert_errno(errno.EPERM, control.scrub, path, control.SCRUB_START)
            self.assert_errno(errno.EPERM, control.scrub, path, control.SCRUB_STOP)
            self.assert_errno(errno.EPERM, control.scrub_list, path)
        self.as_user(as_other)
        self.assert_errno(errno.EINVAL, control.scrub, path, 3)
        self.assert_errno(errno.EINVAL, control.SCRUB, path, bytes(64) + struct.pack("<Q", 1))
        self.assert_errno(errno.EINVAL, control.SCRUB_LIST, path,
                          bytes(16) + struct.pack("<Q", 1))


class Grow(MountedTest):
    def test_a_longer_image_is_used_at_once(self):
        content = os.urandom(3 << 20)
        self.write("file", content)
        before = os.statvfs(self.volume.path)
        self.assertEqual(control.grow(self.volume.path), 256 << 20, "nothing to gain yet")
        self.volume.lengthen(3 << 30)
        self.assertEqual(control.grow(self.volume.path), 3 << 30)
        after = os.statvfs(self.volume.path)
        gained = (after.f_bfree - before.f_bfree) * after.f_frsize
        self.assertGreater(gained, 2700 << 20)
        with open(self.path("large"), "wb") as stream:
            for _ in range(400):
                stream.write(bytes(1 << 20))
        self.assertEqual(control.volume(self.volume.path)["size_bytes"], 3 << 30)
        self.volume.remount(*self.options)
        self.assertEqual(self.read("file"), content)
        self.assertEqual(control.volume(self.volume.path)["size_bytes"], 3 << 30)
        self.volume.umount()
        self.assert_clean("--data")

    def test_only_the_owner_may(self):
        self.as_user(lambda: self.assert_errno(errno.EPERM, control.grow, self.volume.path))


class Label(MountedTest):
    def test_a_new_label_stays(self):
        control.set_label(self.volume.path, "Fotos 2026")
        self.volume.kill()
        self.volume.mount(*self.options)
        self.assertEqual(control.volume(self.volume.path)["label"], "Fotos 2026")
        control.set_label(self.volume.path, "")
        self.assertEqual(control.volume(self.volume.path)["label"], "")
        self.assert_errno(errno.EINVAL, control.LABEL, self.volume.path, b"x" * 256)
        self.assert_errno(errno.EINVAL, control.LABEL, self.volume.path, bytes(271) + b"x")
        self.as_user(lambda: self.assert_errno(errno.EPERM, control.set_label,
                                               self.volume.path, "x"))


class Trim(MountedTest):
    options = ("allow_other", "nodiscard")

    def on_host(self):
        return os.stat(self.volume.image).st_blocks * 512

    def test_fstrim_gives_the_host_its_space_back(self):
        kept = os.urandom(5 << 20)
        self.write("kept", kept)
        self.write("gone", os.urandom(64 << 20))
        control.sync(self.volume.path)
        os.unlink(self.path("gone"))
        control.sync(self.volume.path)
        time.sleep(2.5)
        self.assertGreater(self.on_host(), 69 << 20, "nobody asked for it yet")
        with open(self.path("meanwhile"), "wb") as stream:
            stream.write(kept)
            trimmed = mounted.run("fstrim", "-v", self.volume.path, check=True)
        free = os.statvfs(self.volume.path)
        match = re.search(r"\((\d+) bytes\) trimmed", trimmed.stdout)
        self.assertGreater(int(match[1]), free.f_bfree * free.f_frsize - (8 << 20))
        self.assertLess(self.on_host(), 16 << 20)
        self.assertEqual(self.read("kept"), kept)
        self.volume.remount(*self.options)
        self.assertEqual(self.read("meanwhile"), kept)
        self.volume.umount()
        self.assert_clean("--data")

    def test_the_range_and_the_caller_are_checked(self):
        trim = control.FITRIM
        size = 256 << 20
        self.assertEqual(trim(self.volume.path, struct.pack("<3Q", size - 100000, 50000, 0)),
                         struct.pack("<3Q", size - 100000, 11 * 4096, 0))
        for start, length, least in ((size, 4096, 0), (0, 4095, 0), (0, size, 9 << 20)):
            self.assert_errno(errno.EINVAL, trim, self.volume.path,
                              struct.pack("<3Q", start, length, least))
        self.as_user(lambda: self.assert_errno(errno.EPERM, trim, self.volume.path,
                                               struct.pack("<3Q", 0, size, 0)))
        self.volume.remount("allow_other", "ro")
        self.assert_errno(errno.EROFS, trim, self.volume.path, struct.pack("<3Q", 0, size, 0))


if __name__ == "__main__":
    mounted.main()

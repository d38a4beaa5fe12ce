#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a volume that is full says so, lets everything be deleted, and has its space back then.

Method: a mounted volume is filled with files of 4 KiB, and with large ones, to the first ENOSPC,
and then emptied. What statfs(2) says must add up before and after, the image must have given its
space back to the host, and the volume must check clean.
"""
import errno
import mmap
import os
import time

import control
import mounted
from mounted import MountedTest

KIB, MIB = 1 << 10, 1 << 20


class Full(MountedTest):
    size = "128M"

    def free_bytes(self):
        state = os.statvfs(self.volume.path)
        return state.f_bfree * state.f_frsize

    def settled_free_bytes(self, wanted):
        """Free bytes once freeing has had its time, which is in the background for much."""
        deadline = time.monotonic() + 30
        while self.free_bytes() < wanted and time.monotonic() < deadline:
            control.sync(self.volume.path)
            time.sleep(0.1)
        return self.free_bytes()

    def fill(self, folder, file_bytes):
        """Files of @file_bytes until there is no room. How many bytes that was."""
        os.mkdir(folder)
        data = os.urandom(min(file_bytes, MIB))
        number = written = 0
        try:
            while True:
                with open(os.path.join(folder, f"{number:06d}"), "wb", buffering=0) as stream:
                    number += 1
                    for _ in range(file_bytes // len(data)):
                        written += stream.write(data)
                    if number % 64 == 0 or file_bytes >= MIB:
                        os.fsync(stream.fileno())
        except OSError as problem:
            self.assertEqual(os.strerror(problem.errno), os.strerror(errno.ENOSPC))
        return written

    def fill_and_empty(self, file_bytes):
        control.sync(self.volume.path)
        at_start = self.free_bytes()
        folder = self.path(f"of-{file_bytes}")
        written = self.fill(folder, file_bytes)
        self.assertGreater(written, at_start // 10 * 7, "much less fits than was free")
        # Full means full, for whoever tries, and each time clearly.
        for _ in range(3):
            with self.assertRaises(OSError) as caught:
                with open(self.path("more"), "wb", buffering=0) as stream:
                    for _ in range(256):
                        stream.write(bytes(MIB))
                        os.fsync(stream.fileno())
            self.assertEqual(caught.exception.errno, errno.ENOSPC)
        # Where there was no room for its name either, it is not there.
        if os.path.exists(self.path("more")):
            os.unlink(self.path("more"))
        # What is there can be read, and everything can be deleted.
        names = sorted(os.listdir(folder))
        with open(os.path.join(folder, names[0]), "rb") as stream:
            self.assertEqual(len(stream.read()), file_bytes)
        for name in names:
            os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
        self.assertGreaterEqual(self.settled_free_bytes(at_start - MIB), at_start - MIB)
        return at_start

    def check_after(self):
        self.volume.umount()
        self.assert_clean("--data")
        on_host = os.stat(self.volume.image).st_blocks * 512
        self.assertLess(on_host, 8 * MIB, "the host has not got its space back")

    def test_files_of_one_block(self):
        self.fill_and_empty(4 * KIB)
        # And again: nothing was lost on the way.
        self.fill_and_empty(4 * KIB)
        self.check_after()

    def test_large_files(self):
        self.fill_and_empty(20 * MIB)
        self.fill_and_empty(20 * MIB)
        self.check_after()

    def test_what_was_reserved_can_be_written(self):
        reserved = os.open(self.path("reserved"), os.O_RDWR | os.O_CREAT)
        os.posix_fallocate(reserved, 0, 48 * MIB)
        self.fill(self.path("full"), 20 * MIB)
        self.fill(self.path("fuller"), 4 * KIB)
        data = os.urandom(48 * MIB)
        for at in range(0, 24 * MIB, 256 * KIB):
            os.pwrite(reserved, data[at:at + 256 * KIB], at)
            os.fsync(reserved)
        for at in range(24 * MIB, 32 * MIB, 64 * KIB):
            os.pwrite(reserved, data[at:at + 4 * KIB], at)
            os.pwrite(reserved, data[at + 4 * KIB:at + 64 * KIB], at + 4 * KIB)
        with mmap.mmap(reserved, 48 * MIB) as mapped:
            mapped[32 * MIB:] = data[32 * MIB:]
            mapped.flush()
        os.fsync(reserved)
        os.close(reserved)
        self.volume.remount(*self.options)
        self.assertEqual(self.read("reserved") == data, True)
        for folder in ("full", "fuller"):
            for name in os.listdir(self.path(folder)):
                os.unlink(self.path(folder, name))
        self.volume.umount()
        self.assert_clean("--data")

    def test_a_full_volume_mounts_and_empties(self):
        at_start = self.free_bytes()
        self.fill(self.path("full"), 20 * MIB)
        self.volume.remount(*self.options)
        self.fill(self.path("fuller"), 4 * KIB)
        self.volume.remount(*self.options)
        for folder in ("full", "fuller"):
            for name in os.listdir(self.path(folder)):
                os.unlink(self.path(folder, name))
            os.rmdir(self.path(folder))
        self.assertGreaterEqual(self.settled_free_bytes(at_start - MIB), at_start - MIB)
        self.check_after()


if __name__ == "__main__":
    mounted.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a mount as a whole: remounted, frozen, shut down, short of memory, and seen in sysfs.

Runs in the guest; see vfs_test.py.
"""
import fcntl
import hashlib
import os
import shutil
import struct
import threading
import time
import unittest

import inside
import mounted
from inside import control, errno_of

FULL_SYNC, LOG_SYNC, NO_SYNC = 0, 1, 2


class Remount(inside.GuestTest):
    is_mounted_at_start = False

    def remount(self, options, code=0):
        return self.sh("mount", "-o", f"remount,{options}", self.volume.path, code=code)

    def options_now(self):
        return self.sh("findmnt", "-n", "-o", "OPTIONS", self.volume.path).strip().split(",")

    def test_read_only_becomes_writable_with_what_the_log_has(self):
        self.volume.mount()
        self.write("committed", b"c" * 9000)
        control.sync(self.volume.path)
        self.write_synced("logged", b"l" * 9000)
        self.write_synced("gone", b"g" * 9000)
        held = os.open(self.path("gone"), os.O_RDONLY)
        os.unlink(self.path("gone"))
        folder = os.open(self.volume.path, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        fd = os.open(self.volume.path, os.O_RDONLY)
        fcntl.ioctl(fd, self.volume.SHUTDOWN, self.volume.AT_ONCE)
        os.close(fd)
        os.close(held)
        self.sh("umount", self.volume.path)
        before = self.sha()
        # mount(8) itself would make the loop device a read-only one.
        loop = self.sh("losetup", "-f", "--show", self.volume.image).strip()
        self.addCleanup(mounted.run, "losetup", "-d", loop)
        self.sh("mount", "-t", "vexfs", "-o", "ro", loop, self.volume.path)
        self.assertEqual(self.read("logged"), b"l" * 9000)
        self.assertEqual(errno_of(os.mkdir, self.path("no")), "EROFS")
        self.assertEqual(self.sha(), before)
        reader = open(self.path("committed"), "rb")
        self.remount("rw")
        self.assertEqual(reader.read(), b"c" * 9000)
        reader.close()
        self.assertEqual(self.read("logged"), b"l" * 9000)
        self.assertFalse(os.path.exists(self.path("gone")))
        self.write_synced("later", b"w" * 5000)
        self.volume.kill()
        self.sh("mount", "-t", "vexfs", loop, self.volume.path)
        for name, content in (("committed", b"c" * 9000), ("logged", b"l" * 9000),
                              ("later", b"w" * 5000)):
            self.assertEqual(self.read(name), content)
        self.volume.umount()
        self.assert_clean("--data")

    def sha(self):
        with open(self.volume.image, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def test_writable_becomes_read_only_and_back(self):
        self.volume.mount()
        self.write("file", b"f" * 100000)
        with open(self.path("open"), "wb"):
            self.remount("ro", code=32)  # EBUSY: somebody may write
        self.remount("ro")
        self.assertEqual(errno_of(os.mkdir, self.path("no")), "EROFS")
        self.assertEqual(errno_of(control.snapshot_create, self.volume.path, "no"), "EROFS")
        # What is on disk is a whole volume now, which nobody changes.
        before = self.sha()
        self.assert_clean("--data")
        time.sleep(1.5)
        self.assertEqual(self.read("file"), b"f" * 100000)
        self.assertEqual(self.sha(), before)
        for turn in range(3):
            self.remount("rw")
            self.write_synced(f"turn{turn}", b"t" * 3000)
            self.remount("ro")
        self.volume.umount()
        self.assert_clean("--data")
        self.volume.mount()
        self.assertEqual(sorted(os.listdir(self.volume.path)),
                         ["file", "open", "turn0", "turn1", "turn2"])
        self.volume.umount()

    def test_options_change_for_what_comes(self):
        self.volume.mount()
        self.write("plain", b"same " * 20000)
        control.sync(self.volume.path)
        self.assertEqual(self.counter("compression.given_bytes"), 0)
        self.remount("commit=60,nodiscard,compress=zstd:5")
        for wanted in ("commit=60", "nodiscard", "compress=zstd:5"):
            self.assertIn(wanted, self.options_now())
        self.write("packed", b"same " * 20000)
        os.sync()
        self.assertGreater(self.counter("compression.given_bytes"), 0)
        commits = self.counter("commits")
        self.write("waits", b"w")
        time.sleep(2.5)
        self.assertEqual(self.counter("commits"), commits)
        self.remount("commit=1")
        deadline = time.monotonic() + 60
        while self.counter("commits") == commits:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.remount("cache=8M", code=32)
        self.remount("compress=zstd:99", code=32)
        self.volume.umount()
        self.assert_clean("--data")

    def test_read_only_device_stays_read_only(self):
        loop = self.sh("losetup", "-f", "-r", "--show", self.volume.image).strip()
        self.sh("mount", "-t", "vexfs", "-o", "ro", loop, self.volume.path)
        self.remount("rw", code=32)
        self.assertEqual(os.listdir(self.volume.path), [])
        self.sh("umount", self.volume.path)
        self.sh("losetup", "-d", loop)


class Freeze(inside.GuestTest):
    def test_nothing_is_written_and_writers_wait(self):
        self.write("before", b"b" * 50000)
        self.sh("fsfreeze", "-f", self.volume.path)
        self.addCleanup(mounted.run, "fsfreeze", "-u", self.volume.path)
        with open(self.volume.image, "rb") as stream:
            frozen = hashlib.file_digest(stream, "sha256").hexdigest()
        ended = []
        writers = [threading.Thread(target=lambda: (self.write("during", b"d" * 50000),
                                                    ended.append("write"))),
                   threading.Thread(target=lambda: (os.mkdir(self.path("folder")),
                                                    ended.append("mkdir"))),
                   threading.Thread(target=lambda: (
                       control.snapshot_create(self.volume.path, "s"), ended.append("snapshot")))]
        for writer in writers:
            writer.start()
        time.sleep(1.5)
        self.assertEqual(self.read("before"), b"b" * 50000)
        self.assertEqual(ended, [])
        with open(self.volume.image, "rb") as stream:
            self.assertEqual(hashlib.file_digest(stream, "sha256").hexdigest(), frozen)
        # A copy of a frozen device is a volume like any other.
        copy = self.volume.image + ".copy"
        shutil.copyfile(self.volume.image, copy)
        checked = mounted.run(mounted.program("fsck.vexfs"), "-n", "--data", copy)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.sh("fsfreeze", "-u", self.volume.path)
        for writer in writers:
            writer.join()
        self.assertEqual(sorted(ended), ["mkdir", "snapshot", "write"])
        self.assertEqual(self.read("during"), b"d" * 50000)
        self.volume.umount()
        self.assert_clean("--data")


class Shutdown(inside.GuestTest):
    def go_down(self, how):
        fd = os.open(self.volume.path, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, self.volume.SHUTDOWN, struct.pack("<I", how))
        finally:
            os.close(fd)

    def test_every_call_fails_and_what_was_synced_is_there(self):
        for how in (FULL_SYNC, LOG_SYNC, NO_SYNC):
            with self.subTest(how):
                self.write_synced(f"synced{how}", b"s" * 70000)
                self.write(f"unsynced{how}", b"u" * 70000)
                fd = os.open(self.path(f"unsynced{how}"), os.O_RDWR)
                folder = os.open(self.volume.path, os.O_RDONLY)
                self.go_down(how)
                self.judge_dead(fd, folder)
                os.close(fd)
                os.close(folder)
                self.volume.umount()
                self.assert_clean("--data")
                self.volume.mount()
                self.assertEqual(self.read(f"synced{how}"), b"s" * 70000)
                if how == FULL_SYNC:
                    self.assertEqual(self.read(f"unsynced{how}"), b"u" * 70000)

    def judge_dead(self, fd, folder):
        calls = {
            "read": (os.pread, fd, 10, 0), "write": (os.pwrite, fd, b"x", 0),
            "fsync": (os.fsync, fd), "fstat": (os.fstat, fd), "truncate": (os.ftruncate, fd, 1),
            "seek": (os.lseek, fd, 0, os.SEEK_HOLE), "chmod": (os.fchmod, fd, 0o600),
            "allocate": (os.posix_fallocate, fd, 0, 1 << 20), "list": (os.listdir, folder),
            "open": (open, self.path("synced0"), "rb"), "mkdir": (os.mkdir, self.path("new")),
            "stat": (os.stat, self.path("synced0")), "statvfs": (os.statvfs, self.volume.path),
            "getxattr": (os.getxattr, fd, "user.a"), "setxattr": (os.setxattr, fd, "user.a", b"b"),
            "volume": (control.VOLUME.on, folder), "flags": (fcntl.ioctl, fd, 0x80086601, bytes(8))}
        for name, (call, *arguments) in calls.items():
            # posix_fallocate() is told by its result.
            self.assertEqual(errno_of(call, *arguments), "EIO", name)

    def test_only_root_and_known_kinds(self):
        self.as_user(lambda: self.assertEqual(errno_of(self.go_down, NO_SYNC), "EPERM"))
        self.assertEqual(errno_of(self.go_down, 3), "EINVAL")
        self.write("lives", b"on")
        self.assertEqual(self.read("lives"), b"on")


class Memory(inside.GuestTest):
    size = "128M"

    def test_caches_shrink_when_the_kernel_asks(self):
        for folder in range(8):
            os.mkdir(self.path(f"d{folder}"))
            for name in range(150):
                self.write(f"d{folder}/{name}", os.urandom(600))
        control.sync(self.volume.path)
        full = self.counter("node_cache.bytes")
        self.assertGreater(full, 500_000)
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as stream:
            stream.write("2")
        left = self.counter("node_cache.bytes")
        self.assertLess(left, full / 4)
        print(f"caches: {full} bytes, {left} after the kernel asked for memory")
        for folder in range(8):
            self.assertEqual(len(os.listdir(self.path(f"d{folder}"))), 150)
            self.assertEqual(len(self.read(f"d{folder}/77")), 600)
        self.write("later", b"l" * 5000)
        self.volume.umount()
        self.assert_clean("--data")


class Sysfs(inside.GuestTest):
    def folders(self):
        return sorted(os.listdir("/sys/fs/vexfs"))

    def value(self, folder, name):
        with open(f"/sys/fs/vexfs/{folder}/{name}", encoding="utf-8") as stream:
            return stream.read().rstrip("\n")

    def test_counters_and_what_the_volume_is(self):
        [folder] = self.folders()
        self.assertEqual(self.value(folder, "label"), "test")
        self.assertEqual(self.value(folder, "state"), "writable")
        self.assertEqual(self.value(folder, "features"), "log")
        self.write("file", b"x" * 5000)
        control.sync(self.volume.path)
        self.assertEqual(int(self.value(folder, "generation")),
                         control.volume(self.volume.path)["generation"])
        control.set_label(self.volume.path, "another")
        self.assertEqual(self.value(folder, "label"), "another")
        self.assertEqual(
            sorted(os.listdir(f"/sys/fs/vexfs/{folder}")),
            sorted([*control.stats(self.volume.path), "label", "state", "features", "generation"]))
        self.assertGreater(int(self.value(folder, "module.write_bytes")), 4999)
        self.assertEqual(int(self.value(folder, "commits")), self.counter("commits"))

    def test_two_of_one_uuid_and_none(self):
        copy = self.volume.image + ".copy"
        place = os.path.join(self.folder, "other")
        os.mkdir(place)
        self.sh("fsfreeze", "-f", self.volume.path)
        shutil.copyfile(self.volume.image, copy)
        self.sh("fsfreeze", "-u", self.volume.path)
        self.sh("mount", "-t", "vexfs", "-o", "loop", copy, place)
        first, second = self.folders()
        self.assertTrue(second.startswith(f"{first}-loop"), second)
        self.sh("umount", place)
        self.assertEqual(self.folders(), [first])
        self.volume.umount()
        self.assertEqual(self.folders(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)

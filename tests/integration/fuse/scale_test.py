#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: directories and volumes of very many files work, at a cost that grows no faster than they.

Method: so many empty files in one directory, and again in many; listings complete and each name
once, also while names come and go and after seekdir(3); everything deleted again. The driver's
memory must stay within the cache that it was given, a constant, and a row for each inode that the
kernel holds. 50,000 files, or with VEXFS_TEST_FULL=1 a million; VEXFS_TEST_FILES says how many.
"""
import ctypes
import os
import time

import control
import mounted
from mounted import MountedTest

KIB, MIB = 1 << 10, 1 << 20
FILES = int(os.environ.get("VEXFS_TEST_FILES") or
            (1000000 if os.environ.get("VEXFS_TEST_FULL") else 50000))
CACHE = 64 * MIB  # what the driver takes by default
CONSTANT = 32 * MIB  # code, threads, requests of 1 MiB, what malloc keeps
ROW = 64  # bytes for an inode that the kernel holds

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.opendir.restype = ctypes.c_void_p
LIBC.telldir.restype = ctypes.c_long
for function, arguments in (("readdir", ()), ("telldir", ()), ("seekdir", (ctypes.c_long,)),
                            ("closedir", ())):
    getattr(LIBC, function).argtypes = (ctypes.c_void_p, *arguments)


class Entry(ctypes.Structure):
    _fields_ = [("ino", ctypes.c_uint64), ("off", ctypes.c_int64), ("length", ctypes.c_uint16),
                ("kind", ctypes.c_uint8), ("name", ctypes.c_char * 256)]


LIBC.readdir.restype = ctypes.POINTER(Entry)


class Listing:
    """A directory as readdir(3) shows it, one name at a time."""

    def __init__(self, path):
        self.stream = LIBC.opendir(os.fsencode(path))
        assert self.stream

    def next(self):
        entry = LIBC.readdir(self.stream)
        return entry.contents.name.decode() if entry else None

    def tell(self):
        return LIBC.telldir(self.stream)

    def seek(self, place):
        LIBC.seekdir(self.stream, place)

    def close(self):
        LIBC.closedir(self.stream)


class Scale(MountedTest):
    # An inode with its name is some 400 bytes; copies of nodes come and go.
    size = f"{max(512, FILES // 1000)}M"

    def setUp(self):
        super().setUp()
        self.begin = time.monotonic()

    def tell(self, what):
        now = time.monotonic()
        memory = self.memory()
        print(f"  {FILES} files: {what}: {now - self.begin:.1f} s,"
              f" VmRSS {memory['VmRSS'] / MIB:.0f} MiB, VmHWM {memory['VmHWM'] / MIB:.0f} MiB,"
              f" inodes held {control.stats(self.volume.path)['fuse.nodes_held']}", flush=True)
        self.begin = time.monotonic()

    def memory(self):
        """Of the driver, in bytes."""
        with open(f"/proc/{self.volume.driver.pid}/status", encoding="utf-8") as stream:
            rows = dict(line.split(":", 1) for line in stream)
        return {key: int(rows[key].split()[0]) * KIB for key in ("VmRSS", "VmHWM")}

    def assert_memory(self, files):
        self.assertLess(self.memory()["VmHWM"], CACHE + CONSTANT + files * ROW)

    def make(self, folder, names):
        for name in names:
            os.close(os.open(f"{folder}/{name}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))

    def test_one_directory(self):
        folder = self.path("many")
        os.mkdir(folder)
        names = [f"entry-{number}" for number in range(FILES)]
        self.make(folder, names)
        self.tell("made in one directory")
        self.volume.remount(*self.options)
        self.tell("mounted again")
        self.assert_memory(0)
        listed = os.listdir(folder)
        self.assertEqual(len(listed), FILES)
        self.assertEqual(set(listed), set(names))
        self.tell("listed")
        for number in range(0, FILES, max(1, FILES // 1000)):
            self.assertTrue(os.path.exists(f"{folder}/entry-{number}"))
        self.list_while_it_changes(folder, set(names))
        self.tell("listed while it changed")
        with os.scandir(folder) as entries:
            for entry in entries:
                os.unlink(entry.path)
        self.assertEqual(os.listdir(folder), [])
        os.rmdir(folder)
        self.tell("deleted")
        self.assert_memory(FILES)
        self.volume.umount()
        self.assert_clean()
        self.assertLess(os.stat(self.volume.image).st_blocks * 512, 64 * MIB)

    def list_while_it_changes(self, folder, names):
        """What is there all the time is listed once; places that were told are found again."""
        listing = Listing(folder)
        seen, removed, added, places = [], set(), 0, {}
        while (name := listing.next()) is not None:
            seen.append(name)
            number = len(seen)
            if number % 1000 == 1:
                places[listing.tell()] = number
            # Of what was seen and of what was not.
            if number % 500 == 0:
                for victim in (seen[number // 2], f"entry-{number * 7919 % FILES}"):
                    if victim in names and victim not in removed:
                        removed.add(victim)
                        os.unlink(f"{folder}/{victim}")
                self.make(folder, [f"added-{added}"])
                added += 1
        counted = {}
        for name in seen:
            counted[name] = counted.get(name, 0) + 1
        self.assertEqual([name for name, count in counted.items() if count > 1], [])
        self.assertEqual(names - removed - set(counted), set())
        self.assertLessEqual(set(counted), names | {".", ".."} |
                             {f"added-{number}" for number in range(added)})
        for place, number in list(places.items())[::-7]:
            follows = [name for name in seen[number:number + 50] if name not in removed]
            listing.seek(place)
            found = [listing.next() for _ in range(100)]
            self.assertEqual([name for name in found if name in follows], follows)
        listing.close()

    def test_many_directories(self):
        folders = [self.path(f"d{number}") for number in range(FILES // 500)]
        for folder in folders:
            os.mkdir(folder)
            self.make(folder, [f"f{number}" for number in range(500)])
        self.tell("made in directories of 500")
        self.volume.remount(*self.options)
        self.tell("mounted again")
        self.assertLess(self.memory()["VmRSS"], CONSTANT)
        found = mounted.run("find", self.volume.path, "-xdev", "-type", "f", "-size", "0",
                            timeout=600)
        self.assertEqual(found.stdout.count("\n"), FILES)
        self.tell("found by size")
        self.assert_memory(FILES)
        removed = mounted.run("rm", "-r", *folders, timeout=600)
        self.assertEqual(removed.stderr, "")
        self.tell("deleted")
        self.assert_memory(FILES)
        self.volume.umount()
        self.assert_clean()


if __name__ == "__main__":
    mounted.main()

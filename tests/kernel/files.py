#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: of files: flags, places on the device, handles, deduplication, reading far ahead.

Runs in the guest; see vfs_test.py.
"""
import os
import random
import shutil
import struct
import subprocess
import unittest

import inside
from inside import PAGE, control, errno_of


class Flags(inside.GuestTest):
    def flags(self, name):
        return self.sh("lsattr", "-d", self.path(name)).split()[0].replace("-", "")

    def chattr(self, *words, code=0):
        return self.sh("chattr", *words, code=code)

    def test_compression_is_set_inherited_and_taken_off(self):
        self.write("file", b"")
        self.assertEqual(self.flags("file"), "")
        self.chattr("+c", self.path("file"))
        self.assertEqual(self.flags("file"), "c")
        self.assertEqual(os.getxattr(self.path("file"), "vexfs.compression"), b"zstd")
        self.write("file", b"same " * 20000)
        os.sync()
        self.assertLess(os.stat(self.path("file")).st_blocks * 512, 50000)
        os.mkdir(self.path("folder"))
        self.chattr("+m", self.path("folder"))
        self.write("folder/inner", b"x")
        self.assertEqual(self.flags("folder/inner"), "m")
        self.chattr("-c", self.path("file"))
        self.assertEqual(self.flags("file"), "")
        self.volume.remount()
        self.assertEqual((self.flags("folder"), self.flags("file")), ("m", ""))

    def test_what_is_not_ours_is_refused(self):
        self.write("file", b"x")
        self.chattr("+c", "+m", self.path("file"), code=1)
        self.chattr("+i", self.path("file"), code=1)
        self.assertEqual(self.flags("file"), "")
        self.assertEqual(self.flags(".vexfs"), "")
        self.chattr("+c", self.path(".vexfs"), code=1)
        control.snapshot_create(self.volume.path, "s")
        self.chattr("+c", self.path(".vexfs/snapshots/s/file"), code=1)
        self.as_user(lambda: self.chattr("+c", self.path("file"), code=1))


class Places(inside.GuestTest):
    def test_content_is_where_the_rows_say(self):
        content = random.Random(1).randbytes(3 << 20)
        self.write_synced("file", content)
        rows = inside.extents(self.path("file"))
        self.assertEqual(sum(row[2] for row in rows), len(content))
        self.assertEqual([row[3] & inside.EXTENT_LAST for row in rows],
                         [0] * (len(rows) - 1) + [inside.EXTENT_LAST])
        with open(self.volume.image, "rb") as image:
            for offset, device, length, flags in rows:
                self.assertEqual(flags & ~inside.EXTENT_LAST, 0)
                image.seek(device)
                self.assertEqual(image.read(length), content[offset:offset + length])
        self.assertIn(" found", self.sh("filefrag", "-v", self.path("file")))

    def test_holes_reserved_blocks_and_parts(self):
        with open(self.path("file"), "wb") as stream:
            stream.truncate(100 * PAGE)
            for page in (10, 50):
                stream.seek(page * PAGE)
                stream.write(b"d" * PAGE)
        inside.fallocate(self.path("file"), 1, 120 * PAGE, 3 * PAGE)
        rows = inside.extents(self.path("file"))
        self.assertEqual([(row[0] // PAGE, row[2] // PAGE, row[3]) for row in rows],
                         [(10, 1, 0), (50, 1, 0),
                          (120, 3, inside.EXTENT_UNWRITTEN | inside.EXTENT_LAST)])
        self.assertEqual(inside.extents(self.path("file"), 20 * PAGE, 40 * PAGE), rows[1:2])
        self.assertEqual(inside.extents(self.path("file"), room=1), rows[:1])
        self.assertEqual(inside.extents(self.path("file"), 11 * PAGE, 10 * PAGE), [])
        self.write("empty", b"")
        self.assertEqual(inside.extents(self.path("empty")), [])
        for size in (10, 600):
            self.write("small", b"s" * size)
            [row] = inside.extents(self.path("small"))
            self.assertTrue(row[3] & inside.EXTENT_INLINE)
            self.assertEqual((row[0], row[2]), (0, size))

    def test_compressed_and_shared(self):
        self.write("packed", b"")
        self.sh("chattr", "+c", self.path("packed"))
        self.write_synced("packed", b"again and " * 30000)
        for row in inside.extents(self.path("packed"))[:-1]:
            self.assertTrue(row[3] & inside.EXTENT_ENCODED)
        content = random.Random(2).randbytes(1 << 20)
        self.write_synced("file", content)
        self.assertFalse(self.shared("file"))
        inside.clone(self.path("file"), self.path("clone"))
        self.assertTrue(self.shared("file"))
        self.assertTrue(self.shared("clone"))
        os.unlink(self.path("clone"))
        control.sync(self.volume.path)
        self.assertFalse(self.shared("file"))
        control.snapshot_create(self.volume.path, "s")
        self.assertTrue(self.shared("file"))
        self.assertTrue(self.shared(".vexfs/snapshots/s/file"))
        self.write_synced("file", content[::-1])
        self.assertFalse(self.shared("file"))

    def shared(self, name):
        return any(row[3] & inside.EXTENT_SHARED for row in inside.extents(self.path(name)))


class Handles(inside.GuestTest):
    def test_survive_renames_and_a_remount(self):
        self.write("file", b"content")
        os.makedirs(self.path("a/b/c"))
        self.write("a/b/c/deep", b"deep")
        os.link(self.path("file"), self.path("a/second"))
        control.snapshot_create(self.volume.path, "s")
        names = ("file", "a/b/c/deep", ".vexfs/snapshots/s/file", "a/second")
        contents = (b"content", b"deep", b"content", b"content")
        handles = [inside.handle_of(self.path(name)) for name in names]
        os.rename(self.path("file"), self.path("a/moved"))
        os.rename(self.path("a/b"), self.path("b"))
        for _ in range(2):
            for handle, content in zip(handles, contents):
                self.assertEqual(inside.read_handle(self.volume.path, handle), content)
            self.volume.remount()

    def test_folders_find_their_place(self):
        os.makedirs(self.path("a/b/c"))
        control.snapshot_create(self.volume.path, "s")
        names = ("a/b/c", ".vexfs/snapshots/s/a/b", ".vexfs/snapshots/s", ".vexfs/snapshots",
                 ".vexfs", ".vexfs/index", "")
        handles = [inside.handle_of(self.path(name)) for name in names]
        self.volume.remount()
        for name, handle in zip(names, handles):
            fd = inside.open_handle(self.volume.path, handle)
            self.assertEqual(os.readlink(f"/proc/self/fd/{fd}").rstrip("/"),
                             self.path(name).rstrip("/"))
            os.close(fd)
        # The name of a snapshot that was found so is looked at again, too.
        control.snapshot_delete(self.volume.path, "s")
        self.assertFalse(os.path.exists(self.path(".vexfs/snapshots/s")))

    def test_what_is_gone_is_stale(self):
        self.write("file", b"content")
        self.write("open", b"content")
        os.mkdir(self.path("folder"))
        control.snapshot_create(self.volume.path, "s")
        handles = {name: inside.handle_of(self.path(name)) for name in
                   ("file", "open", "folder", ".vexfs/snapshots/s/file", ".vexfs/snapshots/s")}
        held = open(self.path("open"), "rb")
        kept = open(self.path(".vexfs/snapshots/s/file"), "rb")
        os.unlink(self.path("file"))
        os.unlink(self.path("open"))
        os.rmdir(self.path("folder"))
        control.snapshot_delete(self.volume.path, "s")
        self.write("file", b"another")
        for name, handle in handles.items():
            self.assertEqual(errno_of(inside.open_handle, self.volume.path, handle), "ESTALE",
                             name)
        held.close()
        kept.close()
        self.volume.remount()
        for name, handle in handles.items():
            self.assertEqual(errno_of(inside.open_handle, self.volume.path, handle), "ESTALE",
                             name)

    def test_forged_ones_are_refused(self):
        self.write("file", b"content")
        handle = inside.handle_of(self.path("file"))
        seen = set()
        generator = random.Random(3)
        for turn in range(300):
            forged = bytearray(handle)
            forged[generator.randrange(4, len(forged))] = generator.randrange(256)
            if turn % 2:
                forged[8:16] = generator.randbytes(8)
            if turn % 5 == 0:
                forged = struct.pack("<I", 4) + forged[4:12]
            seen.add(errno_of(inside.open_handle, self.volume.path, bytes(forged)))
        self.assertIn("ESTALE", seen)
        self.assertLessEqual(seen, {None, "ESTALE", "EINVAL"})
        self.as_user(lambda: self.assertEqual(
            errno_of(inside.open_handle, self.volume.path, handle), "EPERM"))


class Dedupe(inside.GuestTest):
    def test_equal_content_is_shared_and_other_is_not(self):
        content = random.Random(4).randbytes(1 << 20)
        for name in ("one", "two"):
            self.write_synced(name, content)
        self.write("other", content[:-1] + bytes([content[-1] ^ 1]))
        before = os.stat(self.path("two")).st_mtime_ns
        control.sync(self.volume.path)
        free = control.volume(self.volume.path)["free_bytes"]
        self.assertEqual(inside.dedupe(self.path("one"), self.path("two"), 1 << 20), (1 << 20, 0))
        self.assertEqual([row[1] for row in inside.extents(self.path("one"))],
                         [row[1] for row in inside.extents(self.path("two"))])
        control.sync(self.volume.path)
        self.assertGreater(control.volume(self.volume.path)["free_bytes"], free + (1 << 19))
        self.assertEqual(os.stat(self.path("two")).st_mtime_ns, before)
        self.assertEqual(inside.dedupe(self.path("one"), self.path("other"), 1 << 20), (0, 1))
        self.write("one", b"changed", "r+b")
        self.volume.remount()
        self.assertEqual(self.read("two"), content)
        self.assertEqual(os.stat(self.path("two")).st_mtime_ns, before)
        self.volume.umount()
        self.assert_clean("--data")


class Ahead(inside.GuestTest):
    size = "128M"

    def requests(self):
        name = os.path.basename(self.device())
        with open(f"/sys/block/{name}/stat", encoding="ascii") as stream:
            words = stream.read().split()
        return int(words[0]), int(words[2]) * 512, int(words[4]), int(words[6]) * 512

    def test_long_reads_and_writes_are_long_on_the_device(self):
        content = random.Random(5).randbytes(32 << 20)
        before = self.requests()
        self.write_synced("file", content)
        after = self.requests()
        writes, written = after[2] - before[2], after[3] - before[3]
        self.volume.remount()
        before = self.requests()
        with open(self.path("file"), "rb") as stream:
            read_back = b"".join(iter(lambda: stream.read(65536), b""))
        after = self.requests()
        reads, got = after[0] - before[0], after[1] - before[1]
        self.assertEqual(read_back, content)
        print(f"32 MiB in order: {writes} writes of {written // writes} bytes on average, "
              f"{reads} reads of {got // reads}")
        self.assertGreater(written // writes, 400_000)
        self.assertGreater(got // reads, 500_000)


class Filled(inside.GuestTest):
    """Snapshots and clones, by the programs that people use."""

    def test_copies_and_snapshots_hold_what_was_there(self):
        os.mkdir(self.path("tree"))
        for number in range(40):
            self.write(f"tree/{number}", os.urandom(3000 * number))
        self.sh("cp", "-a", "--reflink=always", self.path("tree"), self.path("copy"))
        self.sh("diff", "-r", self.path("tree"), self.path("copy"))
        control.snapshot_create(self.volume.path, "s")
        shutil.rmtree(self.path("tree"))
        self.write("copy/7", b"changed")
        self.volume.remount()
        left = subprocess.run(("diff", "-rq", self.path(".vexfs/snapshots/s/tree"),
                               self.path("copy")), capture_output=True, text=True, check=False)
        self.assertEqual(len(left.stdout.splitlines()), 1, left.stdout)
        self.volume.umount()
        self.assert_clean("--data")


if __name__ == "__main__":
    unittest.main(verbosity=2)

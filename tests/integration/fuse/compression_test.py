#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: compression as people meet it: by mkfs, mount option, attribute and chattr, with files that
take less and read back the same after whatever was done to them.

Method: volumes on real mounts; content against what was written, space by st_blocks and statfs,
the image by fsck.vexfs at the end.
"""
import errno
import os
import random
import shutil

import control
import mounted
from mounted import MountedTest, program, run

ATTRIBUTE = "vexfs.compression"


def text(size, seed=0):
    """Text that becomes a third or less."""
    generator = random.Random(seed)
    words = [bytes(generator.choices(b"etaoinshrdlu", k=generator.randint(2, 9)))
             for _ in range(400)]
    out = bytearray()
    while len(out) < size:
        out += b" ".join(generator.choices(words, k=200)) + b"\n"
    return bytes(out[:size])


class CompressionTest(MountedTest):
    size = "64M"

    def tearDown(self):
        self.volume.umount()
        self.assert_clean("--data")

    def used(self, name):
        return os.stat(self.path(name)).st_blocks * 512

    def lsattr(self, name):
        done = run("lsattr", "-d", self.path(name))
        self.assertEqual(done.returncode, 0, done.stderr)
        return set(done.stdout.split()[0]) - {"-"}

    def chattr(self, change, name):
        return run("chattr", change, self.path(name))


class OfAVolume(CompressionTest):
    mkfs_options = ("--compress=zstd",)

    def test_files_take_less_and_read_back(self):
        content = text(3_000_000)
        self.write("text", content)
        self.assertLess(self.used("text"), len(content) // 2)
        self.assertEqual(self.read("text"), content)
        self.volume.remount()
        self.assertEqual(self.read("text"), content)
        du = run("du", "-k", self.path("text"), check=True)
        self.assertLess(int(du.stdout.split()[0]), len(content) // 2048)
        rows = control.stats(self.volume.path)
        self.assertEqual(rows["compression.given_bytes"], 0, "counted since the mount")

    def test_statistics_tell_the_ratio(self):
        content = text(1 << 20)
        self.write("text", content)
        self.write("noise", random.Random(1).randbytes(1 << 20))
        rows = control.stats(self.volume.path)
        self.assertEqual(rows["compression.given_bytes"], 1 << 20)
        self.assertEqual(rows["compression.stored_bytes"], self.used("text"))
        self.assertEqual(rows["compression.left_bytes"], 1 << 20)

    def test_noise_stays_as_it_is(self):
        noise = random.Random(2).randbytes(2_000_000)
        self.write("noise", noise)
        self.assertEqual(self.used("noise"), 489 * 4096)
        self.volume.remount()
        self.assertEqual(self.read("noise"), noise)

    def test_parts_are_overwritten_punched_and_cut(self):
        content = bytearray(text(1_500_000))
        self.write("file", bytes(content))
        generator = random.Random(3)
        with open(self.path("file"), "r+b", buffering=0) as stream:
            for step in range(60):
                at = generator.randrange(len(content))
                length = min(generator.choice([1, 100, 4096, 50_000, 200_000]), len(content) - at)
                if step % 3 == 2:
                    run("fallocate", "-p", "-o", str(at), "-l", str(length), self.path("file"),
                        check=True)
                    content[at:at + length] = bytes(length)
                else:
                    part = text(length, step) if step % 2 else generator.randbytes(length)
                    os.pwrite(stream.fileno(), part, at)
                    content[at:at + length] = part
            self.assertEqual(self.read("file"), bytes(content))
            stream.truncate(700_001)
        del content[700_001:]
        self.assertEqual(self.read("file"), bytes(content))
        self.volume.remount()
        self.assertEqual(self.read("file"), bytes(content))

    def test_parts_are_shared(self):
        content = text(1 << 20)
        self.write("from", content)
        self.write("to", b"")
        before = os.statvfs(self.volume.path).f_bfree
        with open(self.path("from"), "rb") as source, open(self.path("to"), "r+b") as target:
            for start in (0, 300 * 1024, 604 * 1024):
                done = os.copy_file_range(source.fileno(), target.fileno(), 200 * 1024, start,
                                          start)
                self.assertEqual(done, 200 * 1024)
        run("sync", "-f", self.volume.path, check=True)
        self.assertLess(before - os.statvfs(self.volume.path).f_bfree, 30)
        os.unlink(self.path("from"))
        self.volume.remount()
        expected = bytearray(804 * 1024)
        for start in (0, 300 * 1024, 604 * 1024):
            expected[start:start + 200 * 1024] = content[start:start + 200 * 1024]
        self.assertEqual(self.read("to"), bytes(expected))

    def test_a_snapshot_keeps_what_was(self):
        before, after = text(500_000, 1), text(500_000, 2)
        self.write("file", before)
        control.snapshot_create(self.volume.path, "old")
        self.write("file", after)
        self.assertEqual(self.read("file"), after)
        self.assertEqual(self.read(".vexfs/snapshots/old/file"), before)
        control.snapshot_delete(self.volume.path, "old")
        self.assertEqual(self.read("file"), after)

    def test_a_full_volume_gives_all_back(self):
        free = os.statvfs(self.volume.path).f_bfree
        written = 0
        with self.assertRaises(OSError) as raised:
            for number in range(10_000):
                with open(self.path(f"text{number}"), "wb", buffering=0) as stream:
                    self.assertEqual(stream.write(text(4 << 20, number % 7)), 4 << 20)
                written += 4 << 20
        self.assertEqual(raised.exception.errno, errno.ENOSPC)
        self.assertGreater(written, 2 * free * 4096, "more than plain files could")
        for name in os.listdir(self.volume.path):
            os.unlink(self.path(name))
        self.volume.remount()
        self.assertLess(free - os.statvfs(self.volume.path).f_bfree, 64)

    def test_a_mount_may_leave_new_data_as_it_is(self):
        content = text(400_000)
        self.write("packed", content)
        self.volume.remount("compress=none")
        self.write("plain", content)
        self.assertEqual(self.used("plain"), 98 * 4096)
        self.assertLess(self.used("packed"), self.used("plain") // 2)
        self.assertEqual(self.read("packed"), content)

    def test_mapped_memory_is_what_was_written(self):
        content = text(900_000)
        self.write("file", content)
        shutil.copy(self.path("file"), self.path("copy"))
        compared = run("cmp", self.path("file"), self.path("copy"))
        self.assertEqual(compared.returncode, 0, compared.stdout)


class OfFiles(CompressionTest):
    """On a volume that was made without."""

    def test_an_attribute_is_inherited(self):
        content = text(400_000)
        os.mkdir(self.path("dir"))
        self.write("before", content)
        self.assertEqual(self.used("before"), 98 * 4096)
        os.setxattr(self.path("dir"), ATTRIBUTE, b"zstd")
        os.mkdir(self.path("dir/sub"))
        self.write("dir/sub/file", content)
        self.assertLess(self.used("dir/sub/file"), 200_000)
        self.assertEqual(os.getxattr(self.path("dir/sub/file"), ATTRIBUTE), b"zstd")
        self.assertIn(ATTRIBUTE, os.listxattr(self.path("dir/sub/file")))
        self.assertEqual(self.lsattr("dir/sub"), {"c"})
        os.setxattr(self.path("dir/sub"), ATTRIBUTE, b"none")
        self.write("dir/sub/plain", content)
        self.assertEqual(self.used("dir/sub/plain"), 98 * 4096)
        self.volume.remount()
        self.assertEqual(self.lsattr("dir"), {"c"})
        self.assertEqual(self.lsattr("dir/sub"), {"m"})
        os.removexattr(self.path("dir"), ATTRIBUTE)
        self.assertEqual(self.lsattr("dir"), set())
        self.assertNotIn(ATTRIBUTE, os.listxattr(self.path("dir")))
        self.assert_errno(errno.ENODATA, os.getxattr, self.path("dir"), ATTRIBUTE)

    def test_chattr(self):
        content = text(400_000)
        self.write("file", b"")
        self.assertEqual(self.lsattr("file"), set())
        self.assertEqual(self.chattr("+c", "file").returncode, 0)
        self.assertEqual(self.lsattr("file"), {"c"})
        self.assertEqual(os.getxattr(self.path("file"), ATTRIBUTE), b"zstd")
        self.write("file", content)
        self.assertLess(self.used("file"), 200_000)
        self.assertNotEqual(self.chattr("+m", "file").returncode, 0, "both at once")
        self.assertEqual(self.chattr("-c", "file").returncode, 0)
        self.assertEqual(self.chattr("+m", "file").returncode, 0)
        self.assertEqual(os.getxattr(self.path("file"), ATTRIBUTE), b"none")
        self.assertNotEqual(self.chattr("+i", "file").returncode, 0, "there is no such flag")
        self.assertEqual(self.lsattr("file"), {"m"})
        self.assertEqual(self.read("file"), content)

    def test_what_is_refused(self):
        self.write("file", b"")
        os.symlink("file", self.path("link"))
        for value in (b"", b"lzo", b"zstd:3", b"zstdx"):
            self.assert_errno(errno.EINVAL, os.setxattr, self.path("file"), ATTRIBUTE, value)
        self.assert_errno(errno.EINVAL, os.setxattr, self.path("link"), ATTRIBUTE, b"zstd",
                          follow_symlinks=False)
        self.assert_errno(errno.EOPNOTSUPP, os.setxattr, self.path("file"), "vexfs.other", b"x")

    def test_only_the_owner_sets_it(self):
        self.write("file", b"")
        os.chmod(self.path("file"), 0o666)
        name = self.path("file")
        self.as_user(lambda: self.assert_errno(errno.EPERM, os.setxattr, name, ATTRIBUTE, b"zstd"))
        self.as_user(lambda: self.assertNotEqual(self.chattr("+c", "file").returncode, 0))
        os.chown(name, 1234, 1234)
        self.as_user(lambda: os.setxattr(name, ATTRIBUTE, b"zstd"), uid=1234, gid=1234)
        self.as_user(lambda: self.assert_errno(errno.EPERM, os.removexattr, name, ATTRIBUTE))
        self.assertEqual(self.lsattr("file"), {"c"})
        self.as_user(lambda: self.assertEqual(self.chattr("-c", "file").returncode, 0), uid=1234,
                     gid=1234)
        self.assertEqual(self.lsattr("file"), set())

    def test_a_mount_option(self):
        content = text(400_000)
        self.volume.remount("compress=zstd:9")
        self.write("file", content)
        self.assertLess(self.used("file"), 200_000)
        self.volume.remount()
        self.write("plain", content)
        self.assertEqual(self.used("plain"), 98 * 4096)
        self.assertEqual(self.read("file"), content)

    def test_mistakes_are_named(self):
        self.volume.umount()
        for value in ("", "lz4", "zstd:0", "zstd:16", "zstd:x", "zstd:3x", "zstd:"):
            done = run(program("vexfs-fuse"), "-o", f"compress={value}", self.volume.image,
                       self.volume.path)
            self.assertNotEqual(done.returncode, 0, value)
            self.assertIn("compress=", done.stderr)
            made = run(program("mkfs.vexfs"), f"--compress={value}", self.volume.image + "2")
            self.assertNotEqual(made.returncode, 0, value)
            self.assertFalse(os.path.exists(self.volume.image + "2"))
        self.volume.mount()


if __name__ == "__main__":
    mounted.main()

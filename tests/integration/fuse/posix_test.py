#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the mount behaves as POSIX says, where programs depend on it.

Method: system calls on a real mount, as root and as users without privileges; one rule a test.
"""
import errno
import mmap
import os
import socket
import stat
import subprocess
import threading
import time

import mounted
from mounted import MountedTest, run

KERNEL_TICK = 0.02  # seconds; the kernel stamps changes by a clock that is coarser than this
RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT = 1, 2, 4


def renameat2(old, new, flags):
    """By the system call: Python has no name for it."""
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.renameat2(-100, os.fsencode(old), -100, os.fsencode(new), flags) != 0:
        raise OSError(ctypes.get_errno(), "renameat2")


class Names(MountedTest):
    def test_rename_replaces_and_keeps_the_inode(self):
        self.write("a", b"a")
        self.write("b", b"b")
        ino = os.stat(self.path("a")).st_ino
        os.rename(self.path("a"), self.path("b"))
        self.assertEqual((self.read("b"), os.stat(self.path("b")).st_ino), (b"a", ino))
        self.assertEqual(os.listdir(self.volume.path), ["b"])

    def test_rename_of_directories(self):
        os.makedirs(self.path("a/sub"))
        os.makedirs(self.path("b"))
        os.makedirs(self.path("full/x"))
        self.write("file", b"")
        links = os.stat(self.path("b")).st_nlink
        os.rename(self.path("a/sub"), self.path("b/sub"))
        self.assertEqual(os.stat(self.path("b")).st_nlink, links + 1)
        self.assertEqual(os.stat(self.path("a")).st_nlink, 2)
        self.assertTrue(os.path.samefile(self.path("b/sub/.."), self.path("b")))
        self.assert_errno(errno.EINVAL, os.rename, self.path("b"), self.path("b/sub/b"))
        self.assert_errno(errno.ENOTEMPTY, os.rename, self.path("a"), self.path("full"))
        self.assert_errno(errno.ENOTDIR, os.rename, self.path("a"), self.path("file"))
        self.assert_errno(errno.EISDIR, os.rename, self.path("file"), self.path("a"))
        os.rename(self.path("full"), self.path("a"))
        self.assertEqual(os.listdir(self.path("a")), ["x"])

    def test_rename_flags(self):
        self.write("a", b"a")
        self.write("b", b"b")
        os.mkdir(self.path("d"))
        self.assert_errno(errno.EEXIST, renameat2, self.path("a"), self.path("b"),
                          RENAME_NOREPLACE)
        renameat2(self.path("a"), self.path("d"), RENAME_EXCHANGE)
        self.assertEqual(self.read("d"), b"a")
        self.assertTrue(os.path.isdir(self.path("a")))
        self.assert_errno(errno.ENOENT, renameat2, self.path("a"), self.path("none"),
                          RENAME_EXCHANGE)
        renameat2(self.path("d"), self.path("new"), RENAME_NOREPLACE)
        self.assertEqual(self.read("new"), b"a")

    def test_a_whiteout_takes_the_old_name(self):
        os.mkdir(self.path("d"))
        self.write("d/a", b"a")
        self.write("b", b"b")
        renameat2(self.path("d/a"), self.path("b"), RENAME_WHITEOUT)
        self.assertEqual(self.read("b"), b"a")
        whiteout = os.stat(self.path("d/a"))
        self.assertEqual((whiteout.st_mode, whiteout.st_rdev), (stat.S_IFCHR, 0))
        self.assertEqual(os.listdir(self.path("d")), ["a"])
        self.assert_errno(errno.EINVAL, renameat2, self.path("b"), self.path("d/a"),
                          RENAME_WHITEOUT | RENAME_EXCHANGE)
        self.volume.remount(*self.options)
        self.assertTrue(stat.S_ISCHR(os.stat(self.path("d/a")).st_mode))
        os.unlink(self.path("d/a"))
        self.volume.umount()
        self.assert_clean()

    def test_hard_links(self):
        self.write("a", b"content")
        os.link(self.path("a"), self.path("b"))
        self.assertEqual(os.stat(self.path("a")).st_nlink, 2)
        self.assertTrue(os.path.samefile(self.path("a"), self.path("b")))
        before = os.stat(self.path("b")).st_ctime_ns
        time.sleep(KERNEL_TICK)
        os.unlink(self.path("a"))
        self.assertEqual((self.read("b"), os.stat(self.path("b")).st_nlink), (b"content", 1))
        self.assertGreater(os.stat(self.path("b")).st_ctime_ns, before)
        os.mkdir(self.path("d"))
        self.assert_errno(errno.EPERM, os.link, self.path("d"), self.path("e"))
        self.assert_errno(errno.EEXIST, os.link, self.path("b"), self.path("d"))

    def test_unlinked_files_live_while_they_are_open(self):
        free = os.statvfs(self.volume.path).f_bfree
        with open(self.path("file"), "w+b") as stream:
            stream.write(b"x" * 3000000)
            stream.flush()
            os.fsync(stream.fileno())
            os.unlink(self.path("file"))
            self.assertEqual(os.fstat(stream.fileno()).st_nlink, 0)
            stream.seek(1000000)
            self.assertEqual(stream.read(10), b"x" * 10)
            stream.seek(0, os.SEEK_END)
            stream.write(b"more")
            stream.flush()
            os.fsync(stream.fileno())
            self.assertEqual(os.fstat(stream.fileno()).st_size, 3000004)
        for _ in range(3):
            os.sync()
        self.assertGreaterEqual(os.statvfs(self.volume.path).f_bfree + 64, free)
        self.volume.umount()
        self.assert_clean()

    def test_names_of_every_length_and_byte(self):
        self.write("n" * 255, b"1")
        self.assert_errno(errno.ENAMETOOLONG, self.write, "n" * 256, b"")
        self.assert_errno(errno.ENAMETOOLONG, os.stat, self.path("n" * 256))
        odd = bytes(set(range(1, 256)) - {ord("/")})
        with open(os.fsencode(self.volume.path) + b"/" + odd, "wb") as stream:
            stream.write(b"2")
        self.volume.remount(*self.options)
        self.assertEqual(self.read("n" * 255), b"1")
        self.assertIn(odd, os.listdir(os.fsencode(self.volume.path)))
        deep = self.volume.path
        for _ in range(300):
            deep += "/deeper"
            os.mkdir(deep)
        self.assertTrue(os.path.isdir(deep))

    def test_symlinks(self):
        os.symlink("x" * 4095, self.path("long"))
        self.assertEqual(os.readlink(self.path("long")), "x" * 4095)
        os.symlink("self", self.path("self"))
        self.assert_errno(errno.ELOOP, os.stat, self.path("self"))
        self.assertEqual(os.lstat(self.path("self")).st_size, 4)
        self.assert_errno(errno.EINVAL, os.readlink, self.volume.path)

    def test_special_files(self):
        os.mkfifo(self.path("fifo"), 0o600)
        os.mknod(self.path("zero"), 0o666 | stat.S_IFCHR, os.makedev(1, 5))
        os.mknod(self.path("far"), 0o600 | stat.S_IFBLK, os.makedev(259, 1048575))
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.path("socket"))
            listener.listen()
            with socket.socket(socket.AF_UNIX) as caller:
                caller.connect(self.path("socket"))
        self.volume.remount(*self.options)
        self.assertTrue(stat.S_ISFIFO(os.stat(self.path("fifo")).st_mode))
        self.assertTrue(stat.S_ISSOCK(os.stat(self.path("socket")).st_mode))
        self.assertEqual(os.stat(self.path("far")).st_rdev, os.makedev(259, 1048575))
        with open(self.path("zero"), "rb") as stream:
            self.assertEqual(stream.read(4), bytes(4))

    def test_directories_that_are_not_empty_or_in_use(self):
        os.makedirs(self.path("a/b"))
        self.assert_errno(errno.ENOTEMPTY, os.rmdir, self.path("a"))
        self.assert_errno(errno.ENOTDIR, os.rmdir, self.make("file"))
        self.assert_errno(errno.EISDIR, os.unlink, self.path("a"))
        fd = os.open(self.path("a/b"), os.O_RDONLY)
        os.rmdir(self.path("a/b"))
        self.assertEqual(os.listdir(fd), [])
        self.assert_errno(errno.ENOENT, os.open, "new", os.O_CREAT | os.O_WRONLY, dir_fd=fd)
        os.close(fd)

    def make(self, name):
        self.write(name, b"")
        return self.path(name)


class Listing(MountedTest):
    def test_ten_thousand_entries(self):
        os.mkdir(self.path("d"))
        wanted = {f"entry-{number}" for number in range(10000)}
        for name in wanted:
            os.close(os.open(self.path("d", name), os.O_CREAT | os.O_WRONLY))
        self.assertEqual(set(os.listdir(self.path("d"))), wanted)
        self.volume.remount(*self.options)
        listed = os.listdir(self.path("d"))
        self.assertEqual((len(listed), set(listed)), (10000, wanted))
        done = run("ls", "-lU", self.path("d"))
        self.assertEqual(len(done.stdout.splitlines()), 10001)

    def test_a_listing_goes_on_while_entries_come_and_go(self):
        os.mkdir(self.path("d"))
        stay = {f"stay-{number}" for number in range(3000)}
        for name in stay:
            self.write("d/" + name, b"")
        for number in range(3000):
            self.write(f"d/go-{number}", b"")
        seen = []
        with os.scandir(self.path("d")) as rows:
            for count, row in enumerate(rows):
                seen.append(row.name)
                if count % 2 == 0 and count < 6000:
                    name = self.path("d", f"go-{count // 2}")
                    if os.path.exists(name):
                        os.unlink(name)
                if count % 5 == 0:
                    self.write(f"d/come-{count}", b"")
        self.assertEqual(len(seen), len(set(seen)), "an entry came twice")
        self.assertLessEqual(stay, set(seen), "an entry that was there all the time is missing")

    def test_seekdir_and_telldir(self):
        os.mkdir(self.path("d"))
        for number in range(500):
            self.write(f"d/{number}", b"")
        source = os.path.join(self.folder, "seek.c")
        with open(source, "w", encoding="utf-8") as stream:
            stream.write(r"""
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    static long places[600];
    static char names[600][256];
    struct dirent *entry;
    int count = 0, i;
    DIR *dir = opendir(argv[1]);
    char gone[4096];
    if (!dir || argc != 2)
        return 1;
    while (places[count] = telldir(dir), (entry = readdir(dir)) && count < 599)
        strcpy(names[count++], entry->d_name);
    if (count != 502)
        return 2;
    for (i = count - 1; i >= 0; i -= 7) {
        seekdir(dir, places[i]);
        entry = readdir(dir);
        if (!entry || strcmp(entry->d_name, names[i]) != 0)
            return 3;
    }
    /* A place stays good when the entry before it is gone. */
    snprintf(gone, sizeof(gone), "%s/%s", argv[1], names[100]);
    if (unlink(gone) != 0)
        return 4;
    seekdir(dir, places[101]);
    entry = readdir(dir);
    if (!entry || strcmp(entry->d_name, names[101]) != 0)
        return 5;
    rewinddir(dir);
    for (i = 0; readdir(dir); i++)
        ;
    return i == 501 ? 0 : 6;
}
""")
        program = os.path.join(self.folder, "seek")
        run("cc", "-o", program, source, check=True)
        self.assertEqual(run(program, self.path("d")).returncode, 0)


class Content(MountedTest):
    def test_sparse_files(self):
        with open(self.path("sparse"), "wb") as stream:
            stream.seek(1 << 40)
            stream.write(b"end")
            stream.seek(5000)
            stream.write(b"middle")
        self.volume.remount(*self.options)
        info = os.stat(self.path("sparse"))
        self.assertEqual(info.st_size, (1 << 40) + 3)
        self.assertLess(info.st_blocks * 512, 1 << 20)
        with open(self.path("sparse"), "rb") as stream:
            self.assertEqual(stream.read(5006), bytes(5000) + b"middle")
            stream.seek((1 << 40) - 5)
            self.assertEqual(stream.read(), bytes(5) + b"end")

    def test_truncate_up_down_and_to_the_limit(self):
        self.write("file", b"x" * 10000)
        os.truncate(self.path("file"), 5000)
        os.truncate(self.path("file"), 9000)
        self.assertEqual(self.read("file"), b"x" * 5000 + bytes(4000))
        os.truncate(self.path("file"), (1 << 63) - 1 - 4096)
        self.assertEqual(os.stat(self.path("file")).st_size, (1 << 63) - 1 - 4096)
        os.truncate(self.path("file"), 3)
        self.assertEqual(self.read("file"), b"xxx")

    def test_append_of_many_writers(self):
        def work(mark):
            with open(self.path("log"), "ab", buffering=0) as stream:
                for _ in range(200):
                    stream.write(mark * 100)
        threads = [threading.Thread(target=work, args=(mark,)) for mark in (b"a", b"b", b"c")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        content = self.read("log")
        self.assertEqual(len(content), 60000)
        for at in range(0, 60000, 100):
            self.assertEqual(len(set(content[at:at + 100])), 1, "two writes are mixed")

    def test_shared_mapping(self):
        self.write("file", bytes(20000))
        with open(self.path("file"), "r+b") as stream:
            with mmap.mmap(stream.fileno(), 0) as memory:
                memory[9000:9005] = b"mmapd"
                memory.flush()
        self.volume.remount(*self.options)
        self.assertEqual(self.read("file")[8999:9006], b"\0mmapd\0")

    def test_large_files_byte_for_byte(self):
        content = os.urandom(1 << 20) * 40
        self.write("large", content)
        with open(self.path("large"), "r+b") as stream:
            stream.seek(12345678)
            stream.write(b"change")
        content = content[:12345678] + b"change" + content[12345684:]
        self.volume.remount(*self.options)
        self.assertEqual(self.read("large"), content)

    def test_direct_io(self):
        self.write("file", b"a" * 8192)
        fd = os.open(self.path("file"), os.O_RDWR | os.O_DIRECT)
        buffer = mmap.mmap(-1, 4096)
        buffer.write(b"b" * 4096)
        os.pwrite(fd, buffer, 4096)
        os.close(fd)
        self.assertEqual(self.read("file"), b"a" * 4096 + b"b" * 4096)

    def test_locks(self):
        self.write("file", b"")
        script = ("import fcntl, sys\nf = open(sys.argv[1], 'r+')\n"
                  "try:\n fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
                  "except OSError:\n sys.exit(7)\n")
        import fcntl
        with open(self.path("file"), "r+b") as stream:
            fcntl.lockf(stream, fcntl.LOCK_EX)
            self.assertEqual(run("python3", "-c", script, self.path("file")).returncode, 7)
        self.assertEqual(run("python3", "-c", script, self.path("file")).returncode, 0)


class Attributes(MountedTest):
    def test_times_to_the_nanosecond(self):
        self.write("file", b"")
        for wanted in ((1, 2), (1234567890123456789, 987654321098765432), (-5000000001, -1)):
            os.utime(self.path("file"), ns=wanted)
            self.volume.remount(*self.options)
            info = os.stat(self.path("file"))
            self.assertEqual((info.st_atime_ns, info.st_mtime_ns), wanted)

    def test_times_that_follow_from_changes(self):
        os.mkdir(self.path("d"))
        self.write("d/file", b"x")
        past = (10 ** 18, 10 ** 18)
        os.utime(self.path("d"), ns=past)
        os.utime(self.path("d/file"), ns=past)
        self.write("d/other", b"")
        self.assertGreater(os.stat(self.path("d")).st_mtime_ns, past[1])
        self.assertEqual(os.stat(self.path("d/file")).st_mtime_ns, past[1])
        changed = os.stat(self.path("d/file")).st_ctime_ns
        time.sleep(KERNEL_TICK)
        os.chmod(self.path("d/file"), 0o600)
        info = os.stat(self.path("d/file"))
        self.assertGreater(info.st_ctime_ns, changed)
        self.assertEqual(info.st_mtime_ns, past[1])
        self.write("d/file", b"yy")
        self.assertGreater(os.stat(self.path("d/file")).st_mtime_ns, past[1])

    def test_mtime_written_through_the_cache_survives(self):
        self.write("file", b"x" * 100000)
        before = os.stat(self.path("file"))
        self.volume.remount(*self.options)
        after = os.stat(self.path("file"))
        self.assertEqual((after.st_mtime_ns, after.st_size), (before.st_mtime_ns, before.st_size))

    def test_setgid_directories_hand_their_group_down(self):
        os.mkdir(self.path("d"))
        os.chown(self.path("d"), 0, 777)
        os.chmod(self.path("d"), 0o2775)
        self.write("d/file", b"")
        os.mkdir(self.path("d/sub"))
        self.assertEqual(os.stat(self.path("d/file")).st_gid, 777)
        info = os.stat(self.path("d/sub"))
        self.assertEqual((info.st_gid, bool(info.st_mode & stat.S_ISGID)), (777, True))

    def test_the_umask_is_applied_once(self):
        before = os.umask(0o027)
        try:
            os.close(os.open(self.path("file"), os.O_CREAT | os.O_WRONLY, 0o666))
            os.mkdir(self.path("dir"), 0o777)
            os.mkfifo(self.path("fifo"), 0o666)
        finally:
            os.umask(before)
        self.assertEqual(os.stat(self.path("file")).st_mode & 0o777, 0o640)
        self.assertEqual(os.stat(self.path("dir")).st_mode & 0o777, 0o750)
        self.assertEqual(os.stat(self.path("fifo")).st_mode & 0o777, 0o640)

    def test_set_id_bits_go_when_others_write_or_chown(self):
        self.write("file", b"x")
        os.chown(self.path("file"), 1000, 1000)
        os.chmod(self.path("file"), 0o6777)

        def stranger():
            with open(self.path("file"), "ab") as stream:
                stream.write(b"y")
        self.as_user(stranger)
        self.assertEqual(os.stat(self.path("file")).st_mode & 0o7777, 0o777)
        os.chmod(self.path("file"), 0o6777)
        self.as_user(lambda: os.truncate(self.path("file"), 0))
        self.assertEqual(os.stat(self.path("file")).st_mode & 0o7777, 0o777)
        os.chmod(self.path("file"), 0o6777)
        os.chown(self.path("file"), 1001, -1)
        self.assertEqual(os.stat(self.path("file")).st_mode & 0o7777, 0o777)

    def test_permissions_hold(self):
        self.write("secret", b"x")
        os.chmod(self.path("secret"), 0o600)
        os.mkdir(self.path("shared"))
        os.chmod(self.path("shared"), 0o1777)
        self.write("shared/roots", b"")
        os.mkdir(self.path("closed"))
        os.chmod(self.path("closed"), 0o700)
        self.write("closed/file", b"")

        def stranger():
            self.assert_errno(errno.EACCES, open, self.path("secret"), "rb")
            self.assert_errno(errno.EPERM, os.chmod, self.path("secret"), 0o666)
            self.assert_errno(errno.EPERM, os.chown, self.path("secret"), 65534, 65534)
            self.assert_errno(errno.EACCES, self.write, "new", b"")
            self.assert_errno(errno.EACCES, os.listdir, self.path("closed"))
            self.assert_errno(errno.EACCES, os.stat, self.path("closed/file"))
            self.assert_errno(errno.EPERM, os.unlink, self.path("shared/roots"))
            self.write("shared/mine", b"")
            os.unlink(self.path("shared/mine"))
            self.assert_errno(errno.EACCES, os.utime, self.path("secret"))
        self.as_user(stranger)

    def test_extended_attributes(self):
        self.write("file", b"")
        path = self.path("file")
        os.setxattr(path, "user.a", b"one")
        self.assert_errno(errno.EEXIST, os.setxattr, path, "user.a", b"", os.XATTR_CREATE)
        self.assert_errno(errno.ENODATA, os.setxattr, path, "user.b", b"", os.XATTR_REPLACE)
        os.setxattr(path, "user.empty", b"")
        os.setxattr(path, "user.large", b"v" * 60000)
        os.setxattr(path, "trusted.t", b"t")
        os.setxattr(path, "security.s", b"s")
        self.volume.remount(*self.options)
        self.assertEqual(os.getxattr(path, "user.large"), b"v" * 60000)
        self.assertEqual(os.getxattr(path, "user.empty"), b"")
        self.assertEqual(set(os.listxattr(path)), {"user.a", "user.empty", "user.large",
                                                   "trusted.t", "security.s"})
        self.as_user(lambda: self.assertNotIn("trusted.t", os.listxattr(path)))
        self.assert_errno(errno.ENODATA, os.getxattr, path, "user.none")
        self.assert_errno(errno.EOPNOTSUPP, os.setxattr, path, "other.a", b"")
        self.assert_errno(errno.EOPNOTSUPP, os.setxattr, path, "system.other", b"")
        self.assert_errno(errno.ENODATA, os.removexattr, path, "user.none")
        os.removexattr(path, "user.a")
        self.assertNotIn("user.a", os.listxattr(path))

    def test_access_lists(self):
        os.mkdir(self.path("d"))
        self.write("d/file", b"x")
        os.chmod(self.path("d/file"), 0o600)
        run("setfacl", "-m", "u:65534:r", self.path("d/file"), check=True)
        self.as_user(lambda: self.read("d/file"))
        self.as_user(lambda: self.assert_errno(errno.EACCES, self.read, "d/file"), uid=65533)
        self.assertEqual(os.stat(self.path("d/file")).st_mode & 0o777, 0o640)
        os.chmod(self.path("d/file"), 0o600)  # the mask goes, and with it the right
        self.as_user(lambda: self.assert_errno(errno.EACCES, self.read, "d/file"))
        run("setfacl", "-d", "-m", "u:65534:rwx,g::rx,o::-", self.path("d"), check=True)
        before = os.umask(0o077)
        try:
            self.write("d/new", b"")
            os.mkdir(self.path("d/sub"))
        finally:
            os.umask(before)
        self.volume.remount(*self.options)
        listed = run("getfacl", "-c", "--numeric", self.path("d/new")).stdout
        self.assertRegex(listed, r"user:65534:rwx\s+#effective:rw-")
        self.assertIn("mask::rw-", listed)
        self.assertIn("default:user:65534:rwx", run("getfacl", "-c", "--numeric",
                                                    self.path("d/sub")).stdout)
        run("setfacl", "-b", self.path("d/new"), check=True)
        self.assertEqual(os.listxattr(self.path("d/new")), [])


class Full(MountedTest):
    size = "48M"

    def fill(self, size):
        count = 0
        try:
            while True:
                fd = os.open(self.path(f"d/{count}"), os.O_CREAT | os.O_WRONLY)
                count += 1
                try:
                    os.write(fd, os.urandom(size))
                    os.fsync(fd)
                finally:
                    os.close(fd)
        except OSError as problem:
            self.assertEqual(os.strerror(problem.errno), os.strerror(errno.ENOSPC))
        return count

    def check_full(self, size, at_least):
        os.mkdir(self.path("d"))
        self.volume.remount(*self.options)
        free = os.statvfs(self.volume.path).f_bfree
        self.assertGreater(self.fill(size), at_least)
        self.assertEqual(self.read("d/0"), self.read("d/0"))
        self.volume.remount(*self.options)
        for name in os.listdir(self.path("d")):
            os.unlink(self.path("d", name))
        os.rmdir(self.path("d"))
        self.volume.remount(*self.options)
        self.assertGreaterEqual(os.statvfs(self.volume.path).f_bfree + 64, free)
        os.mkdir(self.path("d"))
        self.assertGreater(self.fill(size), at_least)
        self.volume.umount()
        self.assert_clean("--data")

    def test_full_of_large_files(self):
        self.check_full(1 << 20, 25)

    def test_full_of_small_files(self):
        self.check_full(16384, 1200)


class Many(MountedTest):
    def test_programs_at_once_leave_a_clean_volume(self):
        script = """set -e
            for i in 1 2 3 4 5 6 7 8 9 10; do
                mkdir -p d$1/$i; cp -r /usr/include/linux/netfilter d$1/$i/a
                mv d$1/$i/a d$1/$i/b; diff -r /usr/include/linux/netfilter d$1/$i/b
                if [ $((i % 3)) = 0 ]; then rm -r d$1/$i; fi
            done"""
        workers = [subprocess.Popen(["sh", "-c", script, "sh", str(number)], cwd=self.volume.path)
                   for number in range(4)]
        self.assertEqual([worker.wait(timeout=300) for worker in workers], [0] * 4)
        self.volume.umount()
        self.assert_clean("--data")


if __name__ == "__main__":
    mounted.main()

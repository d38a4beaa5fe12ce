#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a tree of 20,000 real files survives copying, unmounting and mounting without a difference.

Method: cp -a from the system's own files, plus some of every kind that those lack; then content,
modes, owners, times, links and extended attributes are compared one by one, and by diff -r.
"""
import itertools
import os
import shutil
import stat
import time

import mounted
from mounted import MountedTest, run

FILES_WANTED = 20000
SOURCES = ("/usr/include", "/usr/share/doc", "/usr/lib/python3", "/usr/share/perl",
           "/usr/lib/x86_64-linux-gnu", "/usr/share")


def walk(root):
    yield "."
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(folders + files):
            yield os.path.relpath(os.path.join(folder, name), root)


def describe(root, name):
    """Everything that a copy must keep, but for the content of files."""
    path = os.path.join(root, name)
    info = os.lstat(path)
    kind = stat.S_IFMT(info.st_mode)
    return {
        "mode": oct(info.st_mode), "uid": info.st_uid, "gid": info.st_gid,
        "mtime": info.st_mtime_ns,
        "size": info.st_size if kind in (stat.S_IFREG, stat.S_IFLNK) else None,
        "links": info.st_nlink if kind != stat.S_IFDIR else None,
        "device": info.st_rdev if kind in (stat.S_IFCHR, stat.S_IFBLK) else None,
        "target": os.readlink(path) if kind == stat.S_IFLNK else None,
        "xattrs": {key: os.getxattr(path, key, follow_symlinks=False)
                   for key in os.listxattr(path, follow_symlinks=False)},
    }


class Tree(MountedTest):
    size = "8G"

    def build_source(self, source):
        """Real files, and by hand what they seldom are."""
        os.mkdir(source)
        count = 0
        for place in SOURCES:
            for folder, _, files in os.walk(place):
                to = os.path.join(source, folder[1:])
                os.makedirs(to, exist_ok=True)
                for name in files:
                    path, copy = os.path.join(folder, name), os.path.join(to, name)
                    # A place may lie in an earlier one.
                    if os.path.lexists(copy) or os.lstat(path).st_size > 4 << 20:
                        continue
                    if not os.access(path, os.R_OK):
                        continue
                    shutil.copy2(path, copy, follow_symlinks=False)
                    count += 1
                if count >= FILES_WANTED:
                    break
            if count >= FILES_WANTED:
                break
        self.assertGreaterEqual(count, FILES_WANTED)
        self.add_special(os.path.join(source, "special"))
        return count

    def add_special(self, place):
        os.mkdir(place)

        def path(name):
            return os.path.join(place, name)
        with open(path("sparse"), "wb") as stream:
            stream.seek(50 << 20)
            stream.write(b"end")
        with open(path("empty"), "wb"):
            pass
        with open(path("named"), "wb") as stream:
            stream.write(os.urandom(12345))
        os.link(path("named"), path("hard"))
        os.symlink("/nowhere/" + "x" * 4000, path("long-symlink"))
        os.symlink("named", path("symlink"))
        os.mkfifo(path("fifo"), 0o640)
        os.mknod(path("null"), 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        os.mkdir(path("sticky"))
        os.chmod(path("sticky"), 0o1777)
        os.mkdir(path("setgid"))
        os.chmod(path("setgid"), 0o2755)
        os.chown(path("named"), 12345, 54321)
        os.chmod(path("named"), 0o4750)
        os.setxattr(path("named"), "user.comment", "größer".encode())
        os.setxattr(path("sticky"), "user.big", os.urandom(3000))
        os.setxattr(path("empty"), "trusted.secret", b"1")
        for name in ("n" * 255, "with\nnewline", "with space ", "\udcff\udcfe"):
            with open(path(name), "wb") as stream:
                stream.write(name.encode(errors="surrogateescape"))
        os.utime(path("sparse"), ns=(1, 1))
        os.utime(path("empty"), ns=(4102444800123456789, 4102444800987654321))
        os.utime(path("fifo"), ns=(-1000000001, -1000000001))

    def compare(self, left, right):
        count = 0
        for one, two in itertools.zip_longest(walk(left), walk(right)):
            self.assertEqual(one, two)
            self.assertEqual(describe(left, one), describe(right, one), one)
            count += 1
        return count

    def test_copied_remounted_and_equal(self):
        source = os.path.join(self.folder, "source")
        count = self.build_source(source)
        begin = time.monotonic()
        done = run("cp", "-a", source, self.path("copy"), timeout=900)
        self.assertEqual(done.returncode, 0, done.stderr)
        copied = time.monotonic()
        self.compare(source, self.path("copy"))
        self.volume.umount()
        self.volume.mount(*self.options)
        mounted_again = time.monotonic()
        names = self.compare(source, self.path("copy"))
        # Fifos and devices have no content to compare, and diff would wait for it.
        done = run("diff", "-r", "--no-dereference", "--exclude=fifo", "--exclude=null", source,
                   self.path("copy"), timeout=900)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.volume.umount()
        begin_check = time.monotonic()
        self.assert_clean("--data")
        print(f"{count} files, {names} names: copied in {copied - begin:.1f} s, "
              f"compared in {begin_check - mounted_again:.1f} s, "
              f"checked in {time.monotonic() - begin_check:.1f} s")


if __name__ == "__main__":
    mounted.main()

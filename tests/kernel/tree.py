#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tree.py make FOLDER FILES SEED | change FOLDER SEED | describe FOLDER

Makes a tree of every kind of file in a volume that is mounted at FOLDER, with snapshots; changes a
part of it; or prints a line for everything that there is to know about it, snapshots included.
"""
import errno
import hashlib
import os
import random
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../integration/fuse"))
import control  # noqa: E402: of the other tests

ACL_USERS = (1000, 1001, 54321)


def acl(owner, user, group):
    """A POSIX access list as the attribute has it."""
    entries = [(1, owner, 0xffffffff), (2, 5, user), (4, 4, 0xffffffff), (8, 6, group),
               (0x10, 7, 0xffffffff), (0x20, 4, 0xffffffff)]
    return b"\2\0\0\0" + b"".join(tag.to_bytes(2, "little") + bits.to_bytes(2, "little") +
                                  number.to_bytes(4, "little") for tag, bits, number in entries)


class Maker:
    def __init__(self, root, seed):
        self.root = root
        self.random = random.Random(seed)
        self.serial = 0

    def name(self):
        self.serial += 1
        pad = "n" * self.random.choice((0, 0, 0, 20, 200))
        return f"{self.random.randrange(1 << 30):x}-{self.serial}{pad}"

    def content(self, path):
        size = int(self.random.choice((0, 10, 1000, 2500, 10000, 100000)) * self.random.random())
        with open(path, "wb") as stream:
            if self.random.random() < 0.1:
                stream.seek(self.random.randrange(1 << 20))
            stream.write(self.random.randbytes(size))

    def attributes(self, path):
        choice = self.random.random()
        if choice < 0.1:
            # user.* is for files and directories only.
            kind = stat.S_IFMT(os.lstat(path).st_mode)
            space = "user" if kind in (stat.S_IFREG, stat.S_IFDIR) else "trusted"
            os.setxattr(path, f"{space}.note",
                        self.random.randbytes(self.random.randrange(3000)))
        elif choice < 0.13:
            os.setxattr(path, "trusted.mark", b"1")
        elif choice < 0.2:
            os.chown(path, self.random.choice(ACL_USERS), 100)
            os.chmod(path, self.random.choice((0o600, 0o755, 0o4711)))
        elif choice < 0.25:
            os.setxattr(path, "system.posix_acl_access",
                        acl(6, self.random.choice(ACL_USERS), self.random.choice(ACL_USERS)))
        elif choice < 0.35:
            at = self.random.randrange(1 << 60)
            os.utime(path, ns=(at, self.random.randrange(1 << 60)))

    def one(self, folders, files):
        folder = self.random.choice(folders)
        path = os.path.join(folder, self.name())
        choice = self.random.random()
        if choice < 0.08:
            os.mkdir(path)
            if self.random.random() < 0.2:
                os.setxattr(path, "system.posix_acl_default", acl(7, 1000, 1001))
            folders.append(path)
        elif choice < 0.13 and files:
            os.link(self.random.choice(files), path)
        elif choice < 0.2:
            os.symlink("t" * self.random.randrange(1, 4000), path)
            return
        elif choice < 0.22:
            os.mknod(path, 0o640 | stat.S_IFCHR, os.makedev(300, 70000))
        elif choice < 0.24:
            os.mkfifo(path)
        else:
            self.content(path)
            files.append(path)
            if self.random.random() < 0.05:
                control.fork_write(path, 1, 0, self.random.randbytes(
                    self.random.randrange(1, 15872)))
        self.attributes(path)

    def make(self, count):
        folders, files = [self.root], []
        for number in range(count):
            self.one(folders, files)
            if number == count // 2:
                control.snapshot_create(self.root, "half")
        control.snapshot_create(self.root, f"made-{count}", flags=control.WRITABLE)

    def change(self):
        folders, files = [self.root], []
        for folder, names, others in os.walk(self.root):
            folders += [os.path.join(folder, name) for name in names]
            files += [os.path.join(folder, name) for name in others]
        # Links and devices are not written to.
        plain = [path for path in sorted(files) if stat.S_ISREG(os.lstat(path).st_mode)]
        folders.sort()
        for path in self.random.sample(plain, len(plain) // 10):
            with open(path, "r+b") as stream:
                stream.seek(self.random.randrange(200000))
                stream.write(self.random.randbytes(self.random.randrange(20000)))
        for path in self.random.sample(plain, len(plain) // 10):
            os.truncate(path, self.random.randrange(30000))
        gone = self.random.sample(plain, len(plain) // 10)
        for path in gone:
            os.unlink(path)
        moved = self.random.sample([path for path in plain if path not in set(gone)],
                                   len(plain) // 10)
        for path in moved:
            os.rename(path, os.path.join(self.random.choice(folders), self.name()))
        for _ in range(len(plain) // 5):
            self.one(folders, [])
        control.snapshot_create(self.root, f"changed-{self.random.randrange(1 << 30)}")
        control.snapshot_delete(self.root, "half")
        control.snapshot_create(self.root, "half")


def describe_one(path, shown):
    info = os.lstat(path)
    kind = stat.S_IFMT(info.st_mode)
    words = [shown, f"{info.st_ino:x}", oct(info.st_mode), info.st_uid, info.st_gid,
             info.st_mtime_ns, info.st_ctime_ns, info.st_size]
    if kind != stat.S_IFDIR:
        words.append(info.st_nlink)
    if kind == stat.S_IFLNK:
        words.append(hashlib.sha256(os.readlink(path).encode()).hexdigest()[:16])
    elif kind == stat.S_IFCHR:
        words.append(f"{info.st_rdev:x}")
    elif kind == stat.S_IFREG:
        with open(path, "rb") as stream:
            words.append(hashlib.sha256(stream.read()).hexdigest()[:16])
        vectors, size = control.fork_read(path, 1, 0, 15872)
        if size:
            words += [size, hashlib.sha256(vectors).hexdigest()[:16]]
    for key in sorted(os.listxattr(path, follow_symlinks=False)):
        value = os.getxattr(path, key, follow_symlinks=False)
        words.append(f"{key}={hashlib.sha256(value).hexdigest()[:16]}")
    return " ".join(map(str, words))


def describe(root, top):
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in ["."] + sorted(folders + files):
            path = os.path.normpath(os.path.join(folder, name))
            # A directory is a line in its own listing and one in its parent's: one is enough.
            if name == "." and folder != root:
                continue
            print(describe_one(path, os.path.join(top, os.path.relpath(path, root))))


def main():
    action, root, *rest = sys.argv[1:]
    if action == "make":
        Maker(root, int(rest[1])).make(int(rest[0]))
    elif action == "change":
        Maker(root, int(rest[0])).change()
    elif action == "describe":
        describe(root, "live")
        for row in control.snapshot_list(root):
            print(row["id"], row["source"], row["generation"], row["flags"], row["name"])
            describe(os.path.join(root, ".vexfs/snapshots", row["name"]), row["name"])
    else:
        print(__doc__, file=sys.stderr)
        return errno.EINVAL
    return 0


if __name__ == "__main__":
    sys.exit(main())

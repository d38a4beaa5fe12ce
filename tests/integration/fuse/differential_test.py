#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a mount answers every call as a filesystem of the kernel does: the same result or the same
errno, and the same files are changed, for every user.

Method: the same random calls by root and by two users on the mount and on a tmpfs; after each one
the results are compared, and the whole tree: types, modes, owners, link counts, sizes, targets,
attributes, contents, and whose times of change moved. VEXFS_REFERENCE_DIR=directory compares with
another filesystem than tmpfs; VEXFS_DIFFERENTIAL_SEED=number runs one sequence alone.
"""
import ctypes
import errno
import os
import random
import stat
import time
import unittest

import mounted
from mounted import MountedTest, run

LIBC = ctypes.CDLL(None, use_errno=True)
FULL = bool(os.environ.get("VEXFS_TEST_FULL"))
SEQUENCES = 200 if FULL else 12
CALLS = 400
# The kernel's clock for times of change is coarse: what changes must get another time.
TICK_S = 0.0045

ROOT = (0, 0, ())
USERS = (ROOT, (1001, 1001, (2001,)), (1002, 1002, (1001,)))
NAMES = ("a", "b", "c", "dir", "sub", "x" * 255)
LONG = ("y" * 256, "z" * 255 + "/w")
MODES = (0o777, 0o755, 0o700, 0o644, 0o600, 0o444, 0o111, 0, 0o1777, 0o2775, 0o4755, 0o6711, 0o2644)
ATTRIBUTES = ("user.one", "user.two", "trusted.t", "user." + "n" * 250)
# An access list: owner rwx, user 1002 r-x, group r--, mask rwx, others nothing.
ACL = bytes.fromhex("02000000" "01000700ffffffff" "02000500ea030000" "04000400ffffffff"
                    "10000700ffffffff" "20000000ffffffff")
ACL_NAMES = ("system.posix_acl_access", "system.posix_acl_default")


def called(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


def rename_with(old, new, flags):
    called(LIBC.renameat2(-100, os.fsencode(old), -100, os.fsencode(new), flags))


def allocate(path, mode, offset, length):
    fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)  # a fifo would wait
    try:
        called(LIBC.fallocate(fd, mode, ctypes.c_long(offset), ctypes.c_long(length)))
    finally:
        os.close(fd)


def put(path, flags, mode, content, offset):
    """Opens, writes when there is something to write, and tells what the descriptor is."""
    fd = os.open(path, flags, mode)
    try:
        if content:
            os.pwrite(fd, content, offset)
        info = os.fstat(fd)
        return stat.S_IFMT(info.st_mode)
    finally:
        os.close(fd)


def get(path, offset, length):
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return os.pread(fd, length, offset)
    finally:
        os.close(fd)


def list_sorted(path):
    return sorted(os.listdir(path))


class Calls:
    """Random calls: each a name and a function of the base directory."""

    def __init__(self, dice):
        self.dice = dice

    def place(self):
        """A path below the base, mostly of names that may exist."""
        dice = self.dice
        depth = dice.choice((1, 1, 2, 2, 3))
        path = "/".join(dice.choice(NAMES[:5] if dice.random() < 0.97 else NAMES)
                        for _ in range(depth))
        chance = dice.random()
        if chance < 0.02:
            return path + "/"
        if chance < 0.04:
            return path + "/."
        if chance < 0.05:
            return path + "/.."
        if chance < 0.06:
            return dice.choice(LONG)
        return path

    def next(self):
        dice = self.dice
        kinds = [method for method in dir(self) if method.startswith("make_")]
        weights = [5 if kind in ("make_open", "make_directory", "make_rename") else 2
                   for kind in kinds]
        kind = dice.choices(kinds, weights)[0]
        text, function = getattr(self, kind)()
        return f"{kind[5:]} {text}", function

    def one(self, call, *arguments):
        place = self.place()
        return (f"{place} {arguments}",
                lambda base: call(os.path.join(base, "") + place, *arguments))

    def two(self, call, *arguments):
        old, new = self.place(), self.place()
        return (f"{old} {new} {arguments}",
                lambda base: call(base + "/" + old, base + "/" + new, *arguments))

    def make_open(self):
        dice = self.dice
        flags = dice.choice((os.O_RDONLY, os.O_WRONLY, os.O_RDWR)) | os.O_NONBLOCK
        for flag in (os.O_CREAT, os.O_CREAT, os.O_EXCL, os.O_TRUNC, os.O_APPEND, os.O_NOFOLLOW,
                     os.O_DIRECTORY, os.O_NOATIME):
            if dice.random() < (0.6 if flag == os.O_CREAT else 0.12):
                flags |= flag
        size = dice.choice((0, 1, 100, 4096, 5000, 70000)) if flags & 3 else 0
        content = bytes([dice.randrange(1, 256)]) * size
        return self.one(put, flags, dice.choice(MODES), content, dice.choice((0, 0, 3000, 100000)))

    def make_directory(self):
        return self.one(os.mkdir, self.dice.choice(MODES))

    def make_rmdir(self):
        return self.one(os.rmdir)

    def make_unlink(self):
        return self.one(os.unlink)

    def make_link(self):
        return self.two(lambda old, new: os.link(old, new, follow_symlinks=False))

    def make_symlink(self):
        target = self.dice.choice((self.place(), "../" + self.place(), "a", "loop", "."))
        place = self.place()
        return f"{target} {place}", lambda base: os.symlink(target, base + "/" + place)

    def make_readlink(self):
        return self.one(os.readlink)

    def make_rename(self):
        return self.two(os.rename)

    def make_rename_with_flags(self):
        return self.two(rename_with, self.dice.choice((1, 2, 3, 4, 5, 6, 8)))

    def make_chmod(self):
        return self.one(os.chmod, self.dice.choice(MODES))

    def make_chown(self):
        ids = (-1, 0, 1001, 1002, 2001)
        follow = self.dice.random() < 0.6
        return self.one(lambda path, uid, gid: os.chown(path, uid, gid, follow_symlinks=follow),
                        self.dice.choice(ids), self.dice.choice(ids))

    def make_truncate(self):
        return self.one(os.truncate, self.dice.choice((0, 1, 4096, 5000, 200000, -1)))

    def make_times(self):
        dice = self.dice
        times = dice.choice((None, (1000000000, 2000000001), (0, 0), (-5, 2 ** 32 + 7)))
        follow = dice.random() < 0.7
        return self.one(lambda path: os.utime(path, ns=times and tuple(t * 10 ** 9 for t in times),
                                              follow_symlinks=follow) if times else
                        os.utime(path, follow_symlinks=follow))

    def make_access(self):
        mode = self.dice.randrange(8)
        return self.one(lambda path: os.access(path, mode, effective_ids=True))

    def make_node(self):
        dice = self.dice
        kind = dice.choice((stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFREG, stat.S_IFCHR))
        device = os.makedev(1, 3) if kind == stat.S_IFCHR else 0
        return self.one(os.mknod, kind | dice.choice(MODES), device)

    def make_read(self):
        return self.one(get, self.dice.choice((0, 10, 4096, 100001)), 5000)

    def make_list(self):
        return self.one(list_sorted)

    def make_allocate(self):
        dice = self.dice
        return self.one(allocate, dice.choice((0, 1, 3, 2)), dice.choice((0, 100, 4096, 60000)),
                        dice.choice((0, 1, 4096, 10000)))

    def make_attribute(self):
        dice = self.dice
        return self.one(lambda path, name, value, flags, follow:
                        os.setxattr(path, name, value, flags, follow_symlinks=follow),
                        dice.choice(ATTRIBUTES), b"v" * dice.choice((0, 1, 60, 3000)),
                        dice.choice((0, 0, os.XATTR_CREATE, os.XATTR_REPLACE)),
                        dice.random() < 0.8)

    def make_attribute_go(self):
        return self.one(os.removexattr, self.dice.choice(ATTRIBUTES + ACL_NAMES))

    def make_access_list(self):
        value = self.dice.choice((ACL, ACL, ACL[:-8], ACL[:-3], ACL[:4], b""))
        return self.one(os.setxattr, self.dice.choice(ACL_NAMES), value)


class Side:
    """One of the two filesystems."""

    def __init__(self, base):
        self.base = base

    def call(self, user, umask, function):
        uid, gid, groups = user
        os.setgroups(groups)
        os.setegid(gid)
        os.seteuid(uid)
        before = os.umask(umask)
        try:
            return "gives", function(self.base)
        except OSError as problem:
            return "fails", errno.errorcode.get(problem.errno, problem.errno)
        finally:
            os.umask(before)
            os.seteuid(0)
            os.setegid(0)

    def describe(self, path, info, inodes):
        mode = info.st_mode
        told = {"mode": oct(mode), "owner": (info.st_uid, info.st_gid)}
        if stat.S_ISDIR(mode):
            told["links"] = info.st_nlink
        else:
            told["links"] = (info.st_nlink, inodes.setdefault(info.st_ino, len(inodes)))
        if stat.S_ISREG(mode):
            told["size"] = info.st_size
            with open(path, "rb") as stream:
                told["content"] = hash(stream.read())
        elif stat.S_ISLNK(mode):
            told["target"] = (os.readlink(path), info.st_size)
        elif not stat.S_ISDIR(mode):
            told["device"] = info.st_rdev
        told["attributes"] = {name: os.getxattr(path, name, follow_symlinks=False)
                              for name in sorted(os.listxattr(path, follow_symlinks=False))
                              if not name.startswith("security.")}
        return told

    def look(self):
        """What there is, and all times of change, by path."""
        tree, times, inodes = {}, {}, {}
        for folder, folders, files in os.walk(self.base):
            folders.sort()
            for name in [""] + sorted(files) + [name for name in folders
                                                if os.path.islink(os.path.join(folder, name))]:
                path = os.path.join(folder, name) if name else folder
                info = os.lstat(path)
                key = os.path.relpath(path, self.base)
                tree[key] = self.describe(path, info, inodes)
                # By number: a name that appears has no time of before.
                times[info.st_ino] = (key, info.st_mtime_ns, info.st_ctime_ns)
        return tree, times


# Calls that may leave the times alone when they change nothing: the kernel does so itself where it
# caches writes (truncate), or filesystems of the kernel differ.
IDLE = ("truncate", "attribute_go", "access_list")


def moved(before, after, text):
    """Paths of now whose time of modification, and of change, is not what it was."""
    tree_before, times_before = before
    tree, times = after
    known = [(times[ino][0], times[ino][1] != times_before[ino][1],
              times[ino][2] != times_before[ino][2])
             for ino in times if ino in times_before]
    is_idle = text.startswith(IDLE)
    return sorted(row for row in known if (row[1] or row[2]) and not
                  (is_idle and tree_before.get(row[0]) == tree[row[0]]))


class Differential(MountedTest):
    options = ("allow_other",)

    def setUp(self):
        super().setUp()
        place = os.environ.get("VEXFS_REFERENCE_DIR")
        if place:
            self.reference = place
        else:
            self.reference = os.path.join(self.folder, "reference")
            os.mkdir(self.reference)
            self.assertEqual(
                run("mount", "-t", "tmpfs", "tmpfs", self.reference).returncode, 0)
            self.addCleanup(run, "umount", "-l", self.reference)
        self.addCleanup(os.setgroups, os.getgroups())
        self.has_user_attributes = self.takes_attributes()

    def takes_attributes(self):
        """tmpfs has them since Linux 6.6."""
        try:
            os.setxattr(self.reference, "user.probe", b"")
        except OSError:
            return False
        os.removexattr(self.reference, "user.probe")
        return True

    def one_sequence(self, seed):
        dice = random.Random(seed)
        calls = Calls(dice)
        sides = []
        for place in (self.reference, self.volume.path):
            base = os.path.join(place, f"sequence{seed}")
            os.mkdir(base)
            os.chmod(base, 0o1777 if seed % 2 else 0o777)
            sides.append(Side(base))
        views = [side.look() for side in sides]
        history = []
        failed = 0
        for _ in range(CALLS):
            text, function = calls.next()
            if not self.has_user_attributes and text.startswith("attribute"):
                continue
            user, umask = dice.choice(USERS), dice.choice((0, 0o022, 0o077))
            history.append(f"uid {user[0]} umask {umask:03o}: {text}")
            time.sleep(TICK_S)
            answers = [side.call(user, umask, function) for side in sides]
            story = f"seed {seed}\n" + "\n".join(history[-12:])
            self.assertEqual(answers[1], answers[0], story)
            now = [side.look() for side in sides]
            self.assertEqual(now[1][0], now[0][0], story)
            changed = [moved(view, later, text) for view, later in zip(views, now)]
            # A call that fails changes nothing, though ext4 stamps before it looks at everything.
            wanted = [] if answers[0][0] == "fails" else changed[0]
            self.assertEqual(changed[1], wanted, story)
            views = now
            failed += answers[0][0] == "fails"
        return failed

    def test_as_a_filesystem_of_the_kernel(self):
        chosen = os.environ.get("VEXFS_DIFFERENTIAL_SEED")
        seeds = [int(chosen)] if chosen else range(SEQUENCES)
        failed = sum(self.one_sequence(seed) for seed in seeds)
        print(f"{len(seeds) * CALLS} calls compared, {failed} of them errors", flush=True)
        self.volume.umount()
        self.assert_clean()


if __name__ == "__main__":
    mounted.main()

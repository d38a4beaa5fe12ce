#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""faults.py FOLDER SEED SECONDS: calls of every kind, some of whose allocations the kernel fails.

Runs in a guest whose kernel has fault injection, on a mounted volume. A call may fail, by -ENOMEM
or what that leads to; what fsync(2) confirmed must be there at the end. When a commit has failed,
which makes the volume read-only, it is mounted anew. Prints what was done.
"""
import collections
import errno
import hashlib
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../integration/fuse"))
import control  # noqa: E402: of the other tests

KINDS = ("failslab", "fail_page_alloc")
# With less than one in a hundred a call seldom fails, with much more it never comes far.
PER_CENT = (1, 3, 10)
EXPECTED = {errno.ENOMEM, errno.EIO, errno.EROFS, errno.ENOSPC, errno.ENOENT, errno.EEXIST,
            errno.ENOTEMPTY, errno.ENODATA, errno.EINTR, errno.EUCLEAN, errno.EBUSY,
            errno.EISDIR, errno.ENOTDIR, errno.EPERM, errno.EINVAL, errno.EOPNOTSUPP}


def put(path, text):
    with open(path, "w", encoding="ascii") as stream:
        stream.write(text)


class Faults:
    """While it is entered, allocations for this process may fail."""

    def __init__(self, rng):
        self.random = rng
        self.switch = os.open("/proc/self/make-it-fail", os.O_WRONLY)
        for kind in KINDS:
            for name, value in (("task-filter", "Y"), ("times", "-1"), ("verbose", "0"),
                                ("ignore-gfp-wait", "N")):
                put(f"/sys/kernel/debug/{kind}/{name}", value)
        put("/sys/kernel/debug/fail_page_alloc/min-order", "0")
        self.next()

    def next(self):
        kind = self.random.choice(KINDS)
        for each in KINDS:
            share = self.random.choice(PER_CENT) if each == kind else 0
            put(f"/sys/kernel/debug/{each}/probability", str(share))

    def turn(self, value):
        while True:
            try:
                os.pwrite(self.switch, value, 0)
                return
            except OSError:
                continue  # it failed itself

    def __enter__(self):
        self.turn(b"1")

    def __exit__(self, *_):
        self.turn(b"0")


class Load:
    def __init__(self, root, seed):
        self.mount, self.root = root, os.path.join(root, "load")
        self.random = random.Random(seed)
        self.faults = Faults(self.random)
        self.kept = {}
        self.serial = 0
        self.counts = collections.Counter()
        os.makedirs(self.root, exist_ok=True)

    def attempt(self, call, *arguments, **options):
        """(whether it went well, what it returned)"""
        try:
            with self.faults:
                result = call(*arguments, **options)
        except OSError as problem:
            if problem.errno not in EXPECTED:
                raise
            self.counts[errno.errorcode[problem.errno]] += 1
            return False, None
        except MemoryError:
            return False, None
        self.counts["good"] += 1
        return True, result

    def names(self):
        return [name for name in os.listdir(self.root) if name not in self.kept]

    def some(self):
        names = self.names()
        return os.path.join(self.root, self.random.choice(names)) if names else self.root

    def fresh(self):
        self.serial += 1
        return f"{self.serial}"

    def write(self, path, content):
        good, fd = self.attempt(os.open, path, os.O_CREAT | os.O_RDWR, 0o644)
        if not good:
            return False
        try:
            at = 0
            while good and at < len(content):
                good, done = self.attempt(os.pwrite, fd, content[at:at + 30000], at)
                at += done or 0
            synced, _ = self.attempt(os.fsync, fd)
            return good and synced
        finally:
            os.close(fd)

    def keep(self):
        name, content = self.fresh(), self.random.randbytes(self.random.randrange(200000))
        if self.write(os.path.join(self.root, name), content):
            self.kept[name] = hashlib.sha256(content).hexdigest()

    def scribble(self):
        path = os.path.join(self.root, f"w{self.random.randrange(5)}")
        self.write(path, self.random.randbytes(self.random.randrange(100000)))

    def read(self):
        path = self.some()
        if os.path.isfile(path):
            good, fd = self.attempt(os.open, path, os.O_RDONLY)
            if good:
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
                self.attempt(os.pread, fd, 1 << 18, 0)
                os.close(fd)

    def change(self):
        path, other = self.some(), os.path.join(self.root, f"n{self.random.randrange(9)}")
        self.attempt(self.random.choice((
            lambda: os.rename(path, other), lambda: os.link(path, other),
            lambda: os.symlink("target" * 20, other), lambda: os.mkdir(other),
            lambda: os.truncate(path, self.random.randrange(300000)), lambda: os.unlink(path),
            lambda: os.rmdir(path), lambda: os.chmod(path, 0o600),
            lambda: os.setxattr(path, "user.x", bytes(self.random.randrange(5000))),
            lambda: os.getxattr(path, "user.x"), lambda: os.listdir(path),
            lambda: os.statvfs(path)))) if path != self.root else None

    def snapshot(self):
        self.attempt(control.snapshot_create, self.mount, self.fresh())
        good, rows = self.attempt(control.snapshot_list, self.mount)
        for row in rows if good else []:
            if self.random.random() < 0.5:
                self.attempt(control.snapshot_delete, self.mount, number=row["id"])

    def forget(self):
        put("/proc/sys/vm/drop_caches", "3")

    def is_writable(self):
        try:
            control.sync(self.mount)
            return True
        except OSError:
            return False

    def remount(self):
        self.counts["mounted anew"] += 1
        subprocess.run(("umount", self.mount), check=True)
        subprocess.run(("mount", "-t", "vexfs", "/dev/vda", self.mount), check=True)

    def step(self):
        choice = self.random.random()
        for share, call in ((0.2, self.keep), (0.4, self.scribble), (0.6, self.read),
                            (0.9, self.change), (0.95, self.snapshot), (1, self.forget)):
            if choice < share:
                call()
                break
        if self.random.random() < 0.05:
            self.faults.next()
            if not self.is_writable():
                self.remount()


def main():
    mount, seed, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    load = Load(mount, seed)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        load.step()
    load.remount()
    for name, digest in load.kept.items():
        with open(os.path.join(load.root, name), "rb") as stream:
            if hashlib.sha256(stream.read()).hexdigest() != digest:
                print(f"{name} is not what was synced")
                return 1
    print(dict(load.counts), f"{len(load.kept)} synced files are there")
    return 0 if load.counts["ENOMEM"] and load.kept else 1


if __name__ == "__main__":
    sys.exit(main())

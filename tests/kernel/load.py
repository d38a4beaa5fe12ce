#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""load.py FOLDER SEED SECONDS: what many programs at once do to a volume, judged as it goes.

Workers read and write one file each in every way that there is, beside a copy in memory; others
make and remove names; one takes and deletes snapshots, clones files and compares. Prints what was
done; the exit status is not 0 when anything differed.
"""
import ctypes
import errno
import fcntl
import hashlib
import mmap
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../integration/fuse"))
import control  # noqa: E402: of the other tests

FICLONE = 0x40049409
FICLONERANGE = 0x4020940d
KEEP_SIZE, PUNCH, ZERO = 1, 2, 16
SIZE_MAX = 1 << 20
PAGE = 4096
libc = ctypes.CDLL(None, use_errno=True)


def fallocate(fd, mode, offset, length):
    if libc.fallocate(fd, mode, ctypes.c_long(offset), ctypes.c_long(length)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Worker(threading.Thread):
    def __init__(self, root, name, seed, deadline):
        super().__init__()
        self.root, self.name, self.deadline = root, name, deadline
        self.random = random.Random(f"{seed}/{name}")
        self.steps = 0
        self.problem = None

    def run(self):
        try:
            self.begin()
            while time.monotonic() < self.deadline:
                self.step()
                self.steps += 1
            self.end()
        except BaseException as problem:  # told by main(), with its trace
            self.problem = problem

    def begin(self):
        pass

    def end(self):
        pass


class Content(Worker):
    """One file against memory: each call at random places and lengths."""

    def begin(self):
        self.path = os.path.join(self.root, self.name)
        self.model = bytearray()
        self.fd = os.open(self.path, os.O_CREAT | os.O_RDWR, 0o644)

    def range(self):
        offset = self.random.randrange(SIZE_MAX)
        length = self.random.randrange(1, self.random.choice((100, PAGE, 200000)))
        if self.random.random() < 0.3:
            offset -= offset % PAGE
            length += PAGE - length % PAGE
        return offset, length

    def put(self, offset, data):
        if offset > len(self.model):
            self.model.extend(bytes(offset - len(self.model)))
        self.model[offset:offset + len(data)] = data

    def write(self):
        offset, length = self.range()
        data = self.random.randbytes(length)
        assert os.pwrite(self.fd, data, offset) == length
        self.put(offset, data)

    def write_direct(self):
        offset = self.range()[0] // PAGE * PAGE
        pages = self.random.randrange(1, 40)
        fd = os.open(self.path, os.O_RDWR | os.O_DIRECT)
        memory = mmap.mmap(-1, pages * PAGE)
        memory[:] = self.random.randbytes(pages * PAGE)
        assert os.pwritev(fd, [memory], offset) == pages * PAGE
        os.close(fd)
        self.put(offset, memory[:])

    def write_mapped(self):
        if not self.model:
            return
        with mmap.mmap(self.fd, len(self.model)) as memory:
            offset, length = self.range()
            offset %= len(self.model)
            data = self.random.randbytes(min(length, len(self.model) - offset))
            memory[offset:offset + len(data)] = data
            if self.random.random() < 0.3:
                memory.flush()
        self.put(offset, data)

    def truncate(self):
        size = self.random.randrange(SIZE_MAX)
        os.ftruncate(self.fd, size)
        if size < len(self.model):
            del self.model[size:]
        else:
            self.put(size, b"")

    def allocate(self):
        offset, length = self.range()
        mode = self.random.choice((0, KEEP_SIZE, PUNCH | KEEP_SIZE, ZERO, ZERO | KEEP_SIZE))
        fallocate(self.fd, mode, offset, length)
        if mode & (PUNCH | ZERO):
            end = offset + length if not mode & KEEP_SIZE else min(offset + length,
                                                                   len(self.model))
            if end > offset:
                self.put(offset, bytes(end - offset))
        elif not mode & KEEP_SIZE and offset + length > len(self.model):
            self.put(offset + length, b"")

    def clone_inside(self):
        pages = len(self.model) // PAGE
        if pages < 4:
            return
        count = self.random.randrange(1, pages // 2)
        source = self.random.randrange(pages - count)
        target = self.random.randrange(pages * 2)
        if abs(source - target) < count:
            return
        argument = bytearray(self.fd.to_bytes(8, "little") + (source * PAGE).to_bytes(8, "little") +
                             (count * PAGE).to_bytes(8, "little") +
                             (target * PAGE).to_bytes(8, "little"))
        fcntl.ioctl(self.fd, FICLONERANGE, argument)
        self.put(target * PAGE, self.model[source * PAGE:(source + count) * PAGE])

    def read(self):
        offset, length = self.range()
        found = os.pread(self.fd, length, offset)
        wanted = self.model[offset:offset + length]
        if found != wanted:
            at = next((i for i, (a, b) in enumerate(zip(found, wanted)) if a != b),
                      min(len(found), len(wanted)))
            raise AssertionError(f"{self.path}: byte {offset + at} of {len(self.model)} differs, "
                                 f"{len(found)} of {len(wanted)} bytes came, step {self.steps}")

    def seek(self):
        if not self.model:
            return
        offset = self.random.randrange(len(self.model))
        hole = os.lseek(self.fd, offset, os.SEEK_HOLE)
        try:
            data = os.lseek(self.fd, offset, os.SEEK_DATA)
        except OSError as problem:
            if problem.errno != errno.ENXIO:
                raise
            data = len(self.model)
        # What lies before the next data is a hole, and reads as zeros.
        assert not any(self.model[offset:data]), f"{self.path}: data in a hole at {offset}"
        assert hole <= len(self.model)

    def reopen(self):
        os.close(self.fd)
        self.fd = os.open(self.path, os.O_RDWR)
        os.posix_fadvise(self.fd, 0, 0, os.POSIX_FADV_DONTNEED)

    def step(self):
        self.random.choices(
            (self.write, self.write_direct, self.write_mapped, self.truncate, self.allocate,
             self.clone_inside, self.read, self.seek, self.reopen, lambda: os.fsync(self.fd)),
            (20, 5, 10, 5, 10, 5, 30, 5, 3, 2))[0]()
        assert os.fstat(self.fd).st_size == len(self.model), f"{self.path}: size"

    def end(self):
        os.fsync(self.fd)
        os.close(self.fd)
        print(f"sum {self.path} {hashlib.sha256(self.model).hexdigest()}")


class Names(Worker):
    """Names that come, move and go, in a folder that others use, too."""

    def path(self):
        return os.path.join(self.root, "shared",
                            *(f"n{self.random.randrange(7)}"
                              for _ in range(self.random.randrange(1, 4))))

    def begin(self):
        os.makedirs(os.path.join(self.root, "shared"), exist_ok=True)

    def write(self):
        with open(self.path(), "ab") as stream:
            stream.write(self.random.randbytes(self.random.randrange(5000)))

    def step(self):
        call = self.random.choice((
            self.write, self.write, lambda: os.mkdir(self.path()), lambda: os.mkdir(self.path()),
            lambda: os.unlink(self.path()), lambda: os.rmdir(self.path()),
            lambda: os.rename(self.path(), self.path()), lambda: os.link(self.path(), self.path()),
            lambda: os.symlink("n1/n2", self.path()), lambda: os.listdir(self.path()),
            lambda: os.setxattr(self.path(), "user.a", bytes(self.random.randrange(100))),
            lambda: os.truncate(self.path(), self.random.randrange(9000))))
        try:
            call()
        except OSError as problem:
            if problem.errno not in (errno.ENOENT, errno.EEXIST, errno.ENOTDIR, errno.EISDIR,
                                     errno.ENOTEMPTY, errno.EINVAL, errno.EPERM, errno.ELOOP,
                                     errno.EMLINK, errno.EXDEV):
                raise


class Snapshots(Worker):
    """A snapshot holds what was there; a clone is what it was cloned from."""

    def begin(self):
        self.path = os.path.join(self.root, "steady")
        self.kept = {}

    def content(self, path):
        with open(path, "rb") as stream:
            return hashlib.sha256(stream.read()).hexdigest()

    def step(self):
        with open(self.path, "wb") as stream:
            stream.write(self.random.randbytes(self.random.randrange(60000)))
        name = f"s{self.steps}"
        control.snapshot_create(self.root, name)
        self.kept[name] = self.content(self.path)
        place = os.path.relpath(self.path, self.volume())
        for one, digest in self.kept.items():
            found = self.content(os.path.join(self.volume(), ".vexfs/snapshots", one, place))
            assert found == digest, f"snapshot {one} changed"
        with open(self.path, "rb") as source, open(self.path + ".clone", "wb") as target:
            fcntl.ioctl(target.fileno(), FICLONE, source.fileno())
        assert self.content(self.path + ".clone") == self.kept[name], "the clone differs"
        if len(self.kept) > 3:
            gone = self.random.choice(sorted(self.kept))
            del self.kept[gone]
            control.snapshot_delete(self.root, gone)

    def volume(self):
        path = os.path.abspath(self.root)
        while not os.path.ismount(path):
            path = os.path.dirname(path)
        return path


def main():
    root, seed, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    os.makedirs(root, exist_ok=True)
    deadline = time.monotonic() + seconds
    workers = [kind(root, f"{kind.__name__.lower()}{number}", seed, deadline)
               for kind, count in ((Content, 3), (Names, 2), (Snapshots, 1))
               for number in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for worker in workers:
        print(f"{worker.name}: {worker.steps} steps")
        if worker.problem:
            raise worker.problem
        if not worker.steps:
            raise AssertionError(f"{worker.name} did nothing")
    return 0


if __name__ == "__main__":
    sys.exit(main())

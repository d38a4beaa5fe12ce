#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: SIGKILL of the driver at any moment loses nothing that was fsynced and damages nothing.

Method: threads write, rename, and delete, and note what fsync(2) confirmed, beside processes that
do anything at random without noting it. After a random time the driver is killed; the image must
check clean, mount, and hold all that was noted. VEXFS_TEST_ROUNDS says how often; 200 times in a
full run.
"""
import errno
import hashlib
import os
import random
import signal
import threading
import time

import mounted
from mounted import MountedTest

IS_FULL = os.environ.get("VEXFS_TEST_FULL", "0") not in ("", "0")
ROUNDS = int(os.environ.get("VEXFS_TEST_ROUNDS", "200" if IS_FULL else "50"))
STRESS_PROCESSES = 3
SEED = int(os.environ.get("VEXFS_TEST_SEED", str(int(time.time()))))


class Writer(threading.Thread):
    """Works until the mount goes away. @known: path to hash, or None for "must be absent"."""

    def __init__(self, root, name, seed):
        super().__init__()
        self.root = os.path.join(root, name)
        self.random = random.Random(seed)
        self.known = {}
        self.serial = 0
        self.problem = None
        # Not in the thread: it may begin when the mount is gone, and write to what is below it.
        os.makedirs(self.root, exist_ok=True)

    def run(self):
        try:
            while True:
                self.step()
        except OSError as problem:
            self.problem = problem  # the kill; checked to be nothing else

    def step(self):
        choice = self.random.random()
        if choice < 0.6 or not self.known:
            self.create()
        elif choice < 0.8:
            self.replace()
        else:
            self.delete()

    def pick(self):
        return self.random.choice(sorted(self.known))

    def sync_folder(self):
        fd = os.open(self.root, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def write(self, path):
        content = self.random.randbytes(int(self.random.expovariate(1 / 30000)))
        fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        try:
            os.write(fd, content)
            os.fsync(fd)
        finally:
            os.close(fd)
        return hashlib.sha256(content).hexdigest()

    def create(self):
        self.serial += 1
        path = os.path.join(self.root, f"{self.name}-{self.serial}")
        digest = self.write(path)
        self.known[path] = digest

    def replace(self):
        path = self.pick()
        self.known.pop(path)  # until the folder is synced it may be the one or the other
        digest = self.write(path + ".new")
        os.rename(path + ".new", path)
        self.sync_folder()
        self.known[path] = digest

    def delete(self):
        path = self.pick()
        self.known.pop(path)
        if os.path.exists(path):
            os.unlink(path)
        self.sync_folder()
        self.known[path] = None


class Stress:
    """A process that does what it likes in a folder of its own, until the mount goes away."""

    def __init__(self, root, name, seed):
        self.folder = os.path.join(root, name)
        self.random = random.Random(seed)
        os.makedirs(self.folder, exist_ok=True)
        self.child = os.fork()
        if self.child == 0:
            try:
                while True:
                    self.step()
            except BaseException:  # whatever the end of the mount brings; nobody waits for it
                os._exit(0)

    def any_path(self):
        depth = self.random.randrange(1, 4)
        return os.path.join(self.folder, *(f"n{self.random.randrange(6)}" for _ in range(depth)))

    def step(self):
        calls = (self.write, self.write, self.write, self.truncate, self.sync,
                 lambda: os.mkdir(self.any_path()), lambda: os.rmdir(self.any_path()),
                 lambda: os.unlink(self.any_path()), lambda: os.unlink(self.any_path()),
                 lambda: os.rename(self.any_path(), self.any_path()),
                 lambda: os.link(self.any_path(), self.any_path()),
                 lambda: os.symlink("somewhere", self.any_path()),
                 lambda: os.chmod(self.any_path(), self.random.randrange(0o1000)),
                 lambda: os.setxattr(self.any_path(), "user.x", self.random.randbytes(300)),
                 lambda: os.listdir(os.path.dirname(self.any_path())))
        try:
            self.random.choice(calls)()
        except OSError as problem:
            if problem.errno in (errno.ENOTCONN, errno.ECONNABORTED, errno.EIO):
                raise

    def open(self):
        return os.open(self.any_path(), os.O_RDWR | os.O_CREAT)

    def write(self):
        fd = self.open()
        try:
            length = int(self.random.expovariate(1 / 20000))
            os.pwrite(fd, self.random.randbytes(length), self.random.randrange(100000))
        finally:
            os.close(fd)

    def truncate(self):
        os.truncate(self.any_path(), self.random.randrange(200000))

    def sync(self):
        fd = self.open()
        try:
            self.random.choice((os.fsync, os.fdatasync))(fd)
        finally:
            os.close(fd)

    def end(self):
        """One that had no file open finds no file any more, which is nothing new to it."""
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)


class Kill(MountedTest):
    size = "1G"
    is_mounted_at_start = False

    def verify(self, known):
        for path, digest in known.items():
            if digest is None:
                self.assertFalse(os.path.exists(path), path)
                continue
            with open(path, "rb") as stream:
                self.assertEqual(hashlib.sha256(stream.read()).hexdigest(), digest, path)

    def test_nothing_synced_is_lost(self):
        print(f"seed={SEED}")
        chance = random.Random(SEED)
        synced = 0
        self.volume.mount()
        for turn in range(ROUNDS):
            known = {}
            writers = [Writer(self.volume.path, f"r{turn % 8}w{i}", chance.random())
                       for i in range(3)]
            stress = [Stress(self.volume.path, f"stress{i}", chance.random())
                      for i in range(STRESS_PROCESSES)]
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(0.02, 0.5))
            self.volume.kill()
            for process in stress:
                process.end()
            for writer in writers:
                writer.join(timeout=60)
                self.assertFalse(writer.is_alive(), "a writer hangs after the driver is gone")
                self.assertIn(writer.problem.errno, (103, 107, 5, 2), repr(writer.problem))
                known.update(writer.known)
            self.assert_clean(*(["--data"] if turn % 10 == 9 else []))
            self.volume.mount()
            self.verify(known)
            synced += len(known)
            for writer in writers:
                for name in os.listdir(writer.root) if os.path.isdir(writer.root) else []:
                    os.unlink(os.path.join(writer.root, name))
        self.volume.umount()
        self.assert_clean("--data")
        self.assertGreater(synced, ROUNDS)
        mounted.record_figure("integration.fuse.kill", "kills of the driver under load", ROUNDS)
        mounted.record_figure("integration.fuse.kill", "synced facts found after a kill", synced)


if __name__ == "__main__":
    mounted.main()

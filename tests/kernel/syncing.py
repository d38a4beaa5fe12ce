#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""syncing.py FOLDER SEED: writes, replaces, renames and deletes files until the power goes.

Runs in the guest. Says on standard output, line by line and before anything depends on it, what is
on its way ("maybe PATH") and what fsync(2) confirmed ("have PATH SHA256", "gone PATH").
"""
import hashlib
import os
import random
import re
import shutil
import sys
import threading
import time

WORKERS = 3
# So that the volume is never full, however fast the machine and often the power goes.
FILES_MAX = 400
NOISE_MAX = 6


class Worker(threading.Thread):
    def __init__(self, root, number, seed):
        super().__init__(daemon=True)
        self.root = os.path.join(root, f"worker{number}")
        self.random = random.Random(f"{seed}/{number}")
        self.serial = 0
        os.makedirs(self.root, exist_ok=True)
        self.names = [name for name in os.listdir(self.root) if re.fullmatch(r"\d+-\d+", name)]
        self.boot = 1 + max((int(name.split("-")[0]) for name in self.names), default=0)

    def say(self, *words):
        os.write(1, (" ".join(words) + "\n").encode())

    def sync_folder(self):
        fd = os.open(self.root, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)

    def write(self, path):
        """A synced file of some length, by write(2) in pieces, or O_DIRECT, or mmap."""
        content = self.random.randbytes(int(self.random.expovariate(1 / 40000)))
        fd = os.open(path, os.O_CREAT | os.O_RDWR | os.O_TRUNC)
        at = 0
        while at < len(content):
            at += os.pwrite(fd, content[at:at + self.random.randrange(1, 30000)], at)
            if self.random.random() < 0.1:
                os.fdatasync(fd)
        os.fsync(fd)
        os.close(fd)
        return hashlib.sha256(content).hexdigest()

    def create(self):
        self.serial += 1
        name = f"{self.boot}-{self.serial}"
        path = os.path.join(self.root, name)
        self.say("maybe", path)
        digest = self.write(path)
        self.say("have", path, digest)
        self.names.append(name)

    def replace(self):
        path = os.path.join(self.root, self.random.choice(self.names))
        self.say("maybe", path)
        digest = self.write(path + ".next")
        os.rename(path + ".next", path)
        self.sync_folder()
        self.say("have", path, digest)

    def delete(self):
        name = self.random.choice(self.names)
        path = os.path.join(self.root, name)
        self.names.remove(name)
        self.say("maybe", path)
        os.unlink(path)
        self.sync_folder()
        self.say("gone", path)

    def noise(self):
        """What nobody is promised: it may be there or not."""
        place = os.path.join(self.root, f"noise{self.random.randrange(4)}")
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, f"{self.random.randrange(9)}"), "wb") as stream:
            stream.write(self.random.randbytes(self.random.randrange(200000)))
        if self.random.random() < 0.3:
            os.rename(place, f"{place}-{time.time_ns()}")
        old = [name for name in os.listdir(self.root) if re.fullmatch(r"noise\d-\d+", name)]
        if len(old) > NOISE_MAX:
            shutil.rmtree(os.path.join(self.root, self.random.choice(old)))

    def run(self):
        while True:
            choice = self.random.random()
            # Bounds of create, replace and delete; the rest is noise.
            create, replace, delete = (0.5, 0.7, 0.8) if len(self.names) < FILES_MAX else (
                0.1, 0.5, 0.8)
            if not self.names or choice < create:
                self.create()
            elif choice < replace:
                self.replace()
            elif choice < delete:
                self.delete()
            else:
                self.noise()


def main():
    root, seed = sys.argv[1:]
    workers = [Worker(root, number, seed) for number in range(WORKERS)]
    os.write(1, b"working\n")  # what comes before it, nobody hears
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return 1  # they go on until the power does: one of them had trouble


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: losing the power at any moment loses nothing that was synced and damages nothing.

Method: in a guest, threads write, replace and delete files on the module and say what fsync(2)
confirmed, until QEMU is ended from outside at a random moment. From QEMU's record of writes, states
are made that a disk with a cache may then hold. Each must check clean, and hold all that was
confirmed when vexfs-fuse mounts it; the next guest goes on from one of them, so that the module
recovers, too. VEXFS_TEST_CUTS says how many guests; 50 in a full run.
"""
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import guest
import lane
import write_log

sys.path.insert(0, os.path.join(lane.ROOT, "tests/integration/fuse"))
import mounted  # noqa: E402: of the other tests

IS_FULL = os.environ.get("VEXFS_TEST_FULL", "0") not in ("", "0")
CUTS = int(os.environ.get("VEXFS_TEST_CUTS", "50" if IS_FULL else "2"))
SEED = int(os.environ.get("VEXFS_TEST_SEED", str(int(time.time()))))
# How much of what was not flushed a state has: everything, nothing, or some.
SHARES = (1, 0, 0.5, 0.8)
MOUNTPOINT = "/mnt/volume"


def expectations(said, known):
    """Updates @known (path to hash, None for absent; no entry when it may be either)."""
    for line in said.split("working\n", 1)[1].split("\n")[:-1]:
        words = line.split(" ")
        if words[0] not in ("maybe", "have", "gone"):
            raise AssertionError(f"trouble in the guest:\n{said[-3000:]}")
        path = os.path.relpath(words[1], MOUNTPOINT)
        if words[0] == "have":
            known[path] = words[2]
        elif words[0] == "gone":
            known[path] = None
        else:
            known.pop(path, None)


class Power(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="power-", dir=lane.LANE)
        self.addCleanup(shutil.rmtree, self.folder)
        self.random = random.Random(SEED)
        self.volume = mounted.Volume(self.folder, "256M")
        self.addCleanup(self.volume.close)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_and_cut(self, disk, log):
        """What a guest said until its power was lost."""
        script = (f"mkdir {MOUNTPOINT} && mount -t vexfs /dev/vda {MOUNTPOINT} && "
                  f"exec /usr/bin/python3 {lane.ROOT}/tests/kernel/syncing.py {MOUNTPOINT} "
                  f"{self.random.randrange(1 << 30)}")
        with open(log, "wb") as stream:
            stream.truncate(16 << 30)
        with guest.Guest(script, arguments=write_log.blockdevs(disk, log)) as machine:
            deadline = time.monotonic() + 120
            while "working\n" not in machine.out():
                self.assertIsNone(machine.process.poll(), machine.out() + machine.log()[-2000:])
                self.assertLess(time.monotonic(), deadline, machine.out() + machine.log()[-2000:])
                time.sleep(0.05)
            time.sleep(self.random.uniform(0.2, 5))
            self.assertIsNone(machine.process.poll(), machine.out()[-2000:])
            machine.process.terminate()  # at once, but for what the disk was writing
            machine.process.wait(timeout=60)
            self.assertEqual(machine.trouble(), "")
            return machine.out()

    def judge(self, image, known):
        self.volume.image = image
        checked = self.volume.fsck()
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.volume.mount()
        for name, digest in sorted(known.items()):
            place = os.path.join(self.volume.path, name)
            if digest is None:
                self.assertFalse(os.path.exists(place), f"{name} came back")
                continue
            with open(place, "rb") as stream:
                found = hashlib.sha256(stream.read()).hexdigest()
            self.assertEqual(found, digest, name)
        self.volume.umount()
        checked = self.volume.fsck("--data")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def keep_evidence(self, said):
        """What a state was made of, and what the guest had said, for who looks for the mistake."""
        place = os.path.join(lane.LANE, "power-evidence")
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        for name in ("base", "log", "state"):
            write_log.copy(self.path(name), os.path.join(place, name))
        with open(os.path.join(place, "said"), "w", encoding="utf-8") as stream:
            stream.write(said)
        return place

    def test_what_was_synced_is_there(self):
        print(f"seed={SEED}")
        known, states = {}, 0
        base, disk, log, state = map(self.path, ("base", "disk", "log", "state"))
        os.rename(self.volume.image, base)
        for cut in range(CUTS):
            write_log.copy(base, disk)
            said = self.run_and_cut(disk, log)
            expectations(said, known)
            for share in SHARES:
                flushed, taken = write_log.build(base, log, state, self.random, share)
                # Judged on a copy, since the judge's mount recovers it.
                write_log.copy(state, self.path("judged"))
                try:
                    self.judge(self.path("judged"), known)
                except (AssertionError, OSError):
                    print(f"cut {cut + 1}, share {share}: see {self.keep_evidence(said)}")
                    raise
                states += 1
            print(f"cut {cut + 1}: {len(known)} files known, {flushed} writes before the last "
                  f"flush, {taken} after it in the last state", flush=True)
            os.replace(state, base)
        self.assertGreater(len(known), 0)
        print(f"{CUTS} cuts, {states} states, {len(known)} files known at the end")


if __name__ == "__main__":
    if subprocess.run(("test", "-c", "/dev/fuse"), check=False).returncode or os.geteuid():
        raise SystemExit("this test needs root and /dev/fuse")
    unittest.main(verbosity=2)

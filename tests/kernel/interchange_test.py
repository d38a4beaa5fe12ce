#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: one image goes from the module to vexfs-fuse and back, and is the same to both.

Method: the module, in a guest, makes a tree of thousands of files of every kind, with extended
attributes, access lists, vectors and snapshots, and describes all of it (tree.py). vexfs-fuse on
the host must describe it alike, changes it and describes it again, and so must the module then. In
between the image must check clean, every block of data included.
"""
import difflib
import os
import shutil
import sys
import tempfile
import unittest

import guest
import lane

sys.path.insert(0, os.path.join(lane.ROOT, "tests/integration/fuse"))
import mounted  # noqa: E402: of the other tests

IS_FULL = os.environ.get("VEXFS_TEST_FULL", "0") not in ("", "0")
FILES = 5000 if IS_FULL else 400
TREE = f"/usr/bin/python3 {lane.ROOT}/tests/kernel/tree.py"


class Interchange(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="interchange-", dir=lane.LANE)
        self.addCleanup(shutil.rmtree, self.folder)
        self.volume = mounted.Volume(self.folder, "512M")
        self.addCleanup(self.volume.close)

    def in_guest(self, *commands):
        """What the commands said, on the module; @ stands for the mount point."""
        lines = " && ".join(commands).replace("@", "/mnt/volume")
        return guest.run("mkdir /mnt/volume && mount -t vexfs /dev/vda /mnt/volume && "
                         f"{lines} && umount /mnt/volume", [self.volume.image], timeout=900)

    def on_host(self, *commands):
        self.volume.mount("allow_other")
        done = mounted.run("/bin/sh", "-c", " && ".join(commands).replace("@", self.volume.path),
                           timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr)
        self.volume.umount()
        return done.stdout

    def assert_clean(self):
        checked = self.volume.fsck("--data")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def assert_same(self, left, right):
        lines = list(difflib.unified_diff(left.strip().splitlines(), right.strip().splitlines(),
                                          "one host", "the other", lineterm="", n=0))
        self.assertEqual(lines, [], "\n".join(lines[:40]))

    def test_there_and_back(self):
        made = self.in_guest(f"{TREE} make @ {FILES} 1", f"{TREE} describe @")
        self.assert_clean()
        self.assertGreater(len(made.splitlines()), FILES)
        self.assert_same(made, self.on_host(f"{TREE} describe @"))
        changed = self.on_host(f"{TREE} change @ 2", f"{TREE} describe @")
        self.assert_clean()
        seen = self.in_guest(f"{TREE} describe @", "echo =", f"{TREE} change @ 3",
                             f"{TREE} describe @")
        self.assert_clean()
        before, after = seen.split("\n=\n")
        self.assert_same(changed, before)
        self.assert_same(after, self.on_host(f"{TREE} describe @"))
        print(f"{len(after.splitlines())} lines of description, equal on both")


if __name__ == "__main__":
    if os.geteuid() or not os.path.exists("/dev/fuse"):
        raise SystemExit("this test needs root and /dev/fuse")
    unittest.main(verbosity=2)

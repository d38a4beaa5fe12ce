#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the control ABI and what an owner does to a volume are on the module as on vexfs-fuse.

Method: tests/integration/fuse's own tests of them, in a guest, with the module in the place of the
driver; in a full run its other tests of a mount, too.
"""
import os
import unittest

import guest
import lane

IS_FULL = os.environ.get("VEXFS_TEST_FULL", "0") not in ("", "0")
TESTS = ("control", "maintenance", "search", "snapshots") + (
    ("posix", "full", "stress") if IS_FULL else ())


class Control(unittest.TestCase):
    def test_as_on_the_driver(self):
        for name in TESTS:
            with self.subTest(name):
                said = guest.run(f"cd /mnt && VEXFS_HOST=module VEXFS_BIN={lane.BUILD}/bin "
                                 f"/usr/bin/python3 {lane.ROOT}/tests/integration/fuse/"
                                 f"{name}_test.py", timeout=1800)
                self.assertIn("\nOK", said)
                print(f"{name}: " + next(line for line in said.splitlines()
                                         if line.startswith("Ran ")))


if __name__ == "__main__":
    unittest.main(verbosity=2)

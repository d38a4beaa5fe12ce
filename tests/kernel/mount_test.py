#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: mount(8) and umount(8) of a VexFS volume do what one expects, by the module or vexfs-fuse.

Method: mounting.py in a guest, whose /sbin and fstab are its own.
"""
import os
import shutil
import sys
import tempfile
import unittest

import guest
import lane

sys.path.insert(0, os.path.join(lane.ROOT, "tests/integration/fuse"))
import mounted  # noqa: E402: of the other tests


class Mount(unittest.TestCase):
    def test_by_either_driver(self):
        folder = tempfile.mkdtemp(prefix="mount-", dir=lane.LANE)
        self.addCleanup(shutil.rmtree, folder)
        volume = mounted.Volume(folder, "256M")
        said = guest.run(f"/usr/bin/python3 {lane.ROOT}/tests/kernel/mounting.py {lane.BUILD}/bin "
                         f"{guest.MACHINE.module}", [volume.image], timeout=600)
        self.assertIn("\nOK", said)
        print(next(line for line in said.splitlines() if line.startswith("Ran ")))
        checked = volume.fsck("--data")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)

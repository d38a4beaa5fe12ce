#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: no memory for a call means that the call fails, and nothing else: no stumble of the kernel,
nothing lost that was synced, nothing damaged.

Method: faults.py in a kernel that fails allocations at random and looks for mistakes.
"""
import os
import shutil
import sys
import tempfile
import time
import unittest

import guest
import lane

sys.path.insert(0, os.path.join(lane.ROOT, "tests/integration/fuse"))
import mounted  # noqa: E402: of the other tests

SECONDS = 120
SEED = os.environ.get("VEXFS_TEST_SEED", str(int(time.time())))


class Faults(unittest.TestCase):
    def test_calls_fail_and_no_more(self):
        print(f"seed={SEED}")
        folder = tempfile.mkdtemp(prefix="faults-", dir=lane.LANE)
        self.addCleanup(shutil.rmtree, folder)
        volume = mounted.Volume(folder, "256M")
        print(guest.run(
            "mount -t debugfs debugfs /sys/kernel/debug\n"
            "mkdir /mnt/volume && mount -t vexfs /dev/vda /mnt/volume && "
            f"/usr/bin/python3 {lane.ROOT}/tests/kernel/faults.py /mnt/volume {SEED} {SECONDS} && "
            "umount /mnt/volume", [volume.image], timeout=SECONDS + 600, has_faults=True))
        checked = volume.fsck("--data")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)

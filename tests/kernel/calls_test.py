#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the calls of POSIX, one by one, do on the module what the standard says.

Method: the program that tests them on vexfs-fuse, in a guest, in a folder of a volume of the
module. What takes minutes in an emulated machine is for full runs.
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

IS_FULL = os.environ.get("VEXFS_TEST_FULL", "0") not in ("", "0")
FILTER = "*" if IS_FULL else "-Names.ManyHardLinks"


class Calls(unittest.TestCase):
    def test_each(self):
        folder = tempfile.mkdtemp(prefix="calls-", dir=lane.LANE)
        self.addCleanup(shutil.rmtree, folder)
        volume = mounted.Volume(folder, "1G")
        said = guest.run(
            "mkdir /mnt/volume && mount -t vexfs /dev/vda /mnt/volume && "
            "mkdir -m 777 /mnt/volume/place && chmod 755 /mnt && "
            f"VEXFS_BIN={lane.BUILD}/bin VEXFS_POSIX_DIR=/mnt/volume/place "
            f"{lane.BUILD}/tests/integration_fuse_calls_test --gtest_filter='{FILTER}' && "
            "umount /mnt/volume", [volume.image], timeout=900)
        print("\n".join(line for line in said.splitlines() if "tests" in line))
        self.assertIn("[  PASSED  ]", said)
        checked = volume.fsck("--data")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)

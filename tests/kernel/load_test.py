#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what is written in every way that there is, by many at once, is read back, and stays.

Method: load.py on the module, on two processors; then the volume is mounted anew and the files
compared with what they ended as; the image must check clean on the host.
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

IS_FULL = os.environ.get("VEXFS_TEST_FULL", "0") not in ("", "0")
SECONDS = 240 if IS_FULL else 25
SEED = os.environ.get("VEXFS_TEST_SEED", str(int(time.time())))


class Load(unittest.TestCase):
    def test_is_read_back_and_stays(self):
        print(f"seed={SEED}")
        folder = tempfile.mkdtemp(prefix="load-", dir=lane.LANE)
        self.addCleanup(shutil.rmtree, folder)
        volume = mounted.Volume(folder, "512M")
        said = guest.run(
            "set -e\n"
            "mkdir /mnt/volume; mount -t vexfs /dev/vda /mnt/volume\n"
            f"/usr/bin/python3 {lane.ROOT}/tests/kernel/load.py /mnt/volume/load {SEED} {SECONDS} "
            "> /mnt/said 2>&1 || { cat /mnt/said; exit 1; }\n"
            "cat /mnt/said\n"
            "umount /mnt/volume; mount -t vexfs /dev/vda /mnt/volume\n"
            "sed -n 's/^sum \\([^ ]*\\) \\(.*\\)/\\2  \\1/p' /mnt/said | sha256sum -c\n"
            "umount /mnt/volume\n", [volume.image], timeout=SECONDS + 300)
        print(said)
        self.assertEqual(said.count(": OK"), 3, said)
        checked = volume.fsck("--data")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: no image, however damaged, makes the kernel stumble: a mount or a call fails, no more.

Method: images from the inputs that fuzzers found for the engine, and from random ones, are mounted
in a guest by the module, read, changed and unmounted (images.py); the kernel's log must be silent.
"""
import os
import shutil
import subprocess
import tempfile
import time
import unittest

import guest
import lane

IS_FULL = os.environ.get("VEXFS_TEST_FULL", "0") not in ("", "0")
IMAGES = 400 if IS_FULL else 24
SEED = os.environ.get("VEXFS_TEST_SEED", str(int(time.time())))


class Images(unittest.TestCase):
    def test_damage_is_told_and_no_more(self):
        print(f"seed={SEED}")
        folder = tempfile.mkdtemp(prefix="images-", dir=lane.LANE)
        self.addCleanup(shutil.rmtree, folder)
        subprocess.run((os.path.join(lane.BUILD, "tests/damaged_images"), folder, str(IMAGES),
                        SEED, os.path.join(lane.ROOT, "tests/fuzz/corpus/image")), check=True)
        print(guest.run(f"/usr/bin/python3 {lane.ROOT}/tests/kernel/images.py {folder}",
                        timeout=300 + 5 * IMAGES))


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what the VFS offers beyond files and names works on the module, and devices may fail.

Method: tests that run in the guest, on loop devices and the device mapper; all in one boot.
"""
import re
import unittest

import guest
import lane

PARTS = ("mounts", "files", "devices")


class Vfs(unittest.TestCase):
    def test_in_the_guest(self):
        script = "cd /mnt\nstatus=0\n" + "".join(
            f"VEXFS_HOST=module VEXFS_BIN={lane.BUILD}/bin /usr/bin/python3 "
            f"{lane.ROOT}/tests/kernel/{part}.py || status=1\n" for part in PARTS)
        said = guest.run(script + "exit $status\n", timeout=900)
        print(said)
        self.assertEqual(len(re.findall("^OK$", said, re.M)), len(PARTS), said)


if __name__ == "__main__":
    unittest.main(verbosity=2)

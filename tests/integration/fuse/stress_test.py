#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what others wrote to stress filesystems finds nothing wrong, many processes at a time.

Method: stress-ng's stressors of files, names, attributes, locks, holes and notifications verify
what they do on a mounted volume, two processes each, a second each (VEXFS_TEST_FULL: four, ten
seconds). Then nothing may be left of their files, the space must be back, and the volume must check
clean.
"""
import os
import subprocess
import time

import control
import mounted
from mounted import MountedTest

IS_FULL = os.environ.get("VEXFS_TEST_FULL", "0") not in ("", "0")

# Those of its class "filesystem" that are about one filesystem; "io" syncs all that are mounted.
STRESSORS = ("access chattr chmod chown copy-file dentry dir dirdeep dirmany fallocate fcntl "
             "filename flock fpunch fstat getdent handle hdd inotify iomix lease link locka lockf "
             "lockofd mknod open rename symlink sync-file touch utime xattr").split()
# Those of other classes that work on files.
STRESSORS += "aio mmapmany msync readahead seek sendfile splice".split()


class Stress(MountedTest):
    size = "2G"

    def free_bytes(self):
        state = os.statvfs(self.volume.path)
        return state.f_bfree * state.f_frsize

    def test_stress_ng_finds_nothing(self):
        control.sync(self.volume.path)
        before = self.free_bytes()
        seconds, processes = (10, 4) if IS_FULL else (1, 2)
        for name in STRESSORS:
            with self.subTest(stressor=name):
                done = subprocess.run(
                    ["stress-ng", f"--{name}", str(processes), "--timeout", f"{seconds}s",
                     "--verify", "--no-rand-seed", "--temp-path", self.volume.path],
                    capture_output=True, text=True, check=False, timeout=600, cwd=self.volume.path)
                said = done.stdout + done.stderr
                self.assertEqual(done.returncode, 0, said)
                self.assertNotIn("skipp", said)
                self.assertEqual(os.listdir(self.volume.path), [], said)
        deadline = time.monotonic() + 30
        while self.free_bytes() < before - (4 << 20) and time.monotonic() < deadline:
            control.sync(self.volume.path)
            time.sleep(0.1)
        self.assertGreaterEqual(self.free_bytes(), before - (4 << 20))
        self.volume.umount()
        self.assert_clean()


if __name__ == "__main__":
    mounted.main()

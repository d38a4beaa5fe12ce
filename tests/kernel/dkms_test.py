#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: DKMS builds and installs the module from what `cmake --install` puts there, and modprobe
and mount find it.

Method: all in a scratch folder on the host, with the headers of the kernel that the guest has; then
the guest sees that folder's modules in the place of its own.
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import guest
import lane

sys.path.insert(0, os.path.join(lane.ROOT, "tests/integration/fuse"))
import mounted  # noqa: E402: of the other tests


class Dkms(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="dkms-", dir=lane.LANE)
        self.addCleanup(shutil.rmtree, self.folder)
        self.release = guest.MACHINE.release
        self.version = None

    def dkms(self, *words):
        return lane.run("dkms", *words, f"vexfs/{self.version}", "-k", self.release,
                        "--dkmstree", f"{self.folder}/dkms", "--sourcetree",
                        f"{self.folder}/usr/src", "--installtree", f"{self.folder}/lib/modules",
                        "--kernelsourcedir", f"/usr/src/linux-headers-{self.release}")

    def copy_modules(self):
        """The kernel's own, so that what the module depends on is found. Links to files that are
        not changed in place; lists are."""
        here, there = f"/lib/modules/{self.release}", f"{self.folder}/lib/modules/{self.release}"
        os.makedirs(there)
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            shutil.copy2(f"{here}/{name}", there)
        for name in ("kernel/lib", "kernel/crypto", "kernel/arch/x86/crypto"):
            shutil.copytree(f"{here}/{name}", f"{there}/{name}")

    def test_builds_installs_and_mounts(self):
        subprocess.run(("cmake", "--install", lane.BUILD, "--component", "dkms", "--prefix",
                        f"{self.folder}/usr"), check=True, stdout=subprocess.DEVNULL)
        source, = glob.glob(f"{self.folder}/usr/src/vexfs-*")
        self.version = source.rpartition("-")[2]
        self.copy_modules()
        os.mkdir(f"{self.folder}/dkms")
        self.dkms("add")
        self.dkms("build")
        self.dkms("install", "--force")
        # DKMS does this to /lib/modules, wherever it has put the module.
        lane.run("depmod", "-b", self.folder, self.release)
        self.assertIn("installed", self.dkms("status"))
        installed = glob.glob(f"{self.folder}/lib/modules/{self.release}/updates/**/vexfs.ko*",
                              recursive=True)
        self.assertEqual(len(installed), 1, installed)
        volume = mounted.Volume(self.folder, "64M")
        said = guest.run(
            "set -e\n"
            f"rmmod vexfs; mount --bind {self.folder}/lib/modules /lib/modules\n"
            "modprobe -R fs-vexfs; modprobe vexfs; modinfo -n vexfs\n"
            "mkdir /mnt/volume; mount -t vexfs /dev/vda /mnt/volume\n"
            "echo text > /mnt/volume/file; umount /mnt/volume\n", [volume.image], timeout=300)
        self.assertIn("vexfs\n", said)
        self.assertIn(installed[0].removeprefix(self.folder), said)
        self.assertEqual(volume.fsck("--data").returncode, 0)
        self.dkms("remove")
        self.assertEqual([path for path in installed if os.path.exists(path)], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a search in the kernel finds the same as one that was computed without VexFS.

Method: a volume with 100,000 vectors of 384 int8 in 100,000 files, and another with as many in
5,000, made on the host; the SEARCH call in a guest, by the kernels that the processor has and by
plain C, beside an oracle on the host; then the same on vexfs-fuse. What is printed as queries/s in
the guest is of an emulated processor.
"""
import os
import re
import shutil
import sys
import tempfile
import unittest

import guest
import lane

sys.path.insert(0, os.path.join(lane.ROOT, "tests/integration/fuse"))
import mounted  # noqa: E402: of the other tests

VECTORS = 100000
SEED = 5
QUERIES = 6
TOOL = os.path.join(lane.BUILD, "tests/vector_volume")


class Search(unittest.TestCase):
    def tool(self, *words):
        done = mounted.run(TOOL, *(str(word) for word in words), timeout=900)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def rate(self, where, text):
        said = re.findall(r"(\w+): ([\d.]+) queries/s over (\d+)", text)
        self.assertEqual({int(count) for _, _, count in said}, {VECTORS})
        rates = {name: float(number) for name, number, _ in said}
        print(f"{where}: {rates['best']:.2f} queries/s, {rates['best'] / rates['scalar']:.1f} "
              "times plain C")

    def check(self, per_file):
        folder = tempfile.mkdtemp(prefix="search-", dir=lane.LANE)
        self.addCleanup(shutil.rmtree, folder)
        volume = mounted.Volume(folder, "512M")
        self.addCleanup(volume.close)
        self.tool("make", volume.image, VECTORS, per_file, SEED)
        wanted = self.tool("oracle", VECTORS, per_file, SEED, QUERIES).stdout

        asks = (f"{TOOL} ask @ {SEED} {QUERIES}", f"{TOOL} ask @ {SEED} {QUERIES} scalar")
        said = guest.run("mkdir /mnt/volume && mount -t vexfs /dev/vda /mnt/volume && exec 2>&1 && "
                         + " && ".join(asks).replace("@", "/mnt/volume"), [volume.image],
                         timeout=1200)
        found = "".join(line + "\n" for line in said.splitlines() if re.match(r"\d+ f", line))
        self.assertEqual(found, wanted * 2)
        self.rate(f"{VECTORS // per_file} files, the module in a guest", said)

        volume.mount("allow_other")
        text = ""
        for words in asks:
            done = self.tool(*words.replace("@", volume.path).split()[1:])
            self.assertEqual(done.stdout, wanted)
            text += done.stderr
        self.rate(f"{VECTORS // per_file} files, vexfs-fuse", text)

    def test_small_forks_beside_their_inodes(self):
        self.check(1)

    def test_forks_in_extents(self):
        self.check(20)


if __name__ == "__main__":
    if os.geteuid() or not os.path.exists("/dev/fuse"):
        raise SystemExit("this test needs root and /dev/fuse")
    unittest.main(verbosity=2)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: SIGKILL of the daemon at random moments of indexing, sealing and merging loses and doubles
nothing.

Method: segments are made of few vectors, so that they are made and merged all the time, while files
come, change and go. After each kill a new daemon goes on. In the end a search by meaning finds each
file once and none that is gone, and finds the same as an index that is built from the forks, after
the stored one was taken away, without embedding anything. VEXFS_TEST_FULL=1: 200 kills, not 10.
"""
import glob
import os
import random
import time
import unittest

from session import SessionTest, tell

KILLS = 200 if os.environ.get("VEXFS_TEST_FULL") == "1" else 10
SEED = int(os.environ.get("VEXFS_TEST_SEED", "0"))
FILES_MAX = 900
SEAL_MIN = 60
WORDS = ("harbour orchestra physician glacier parliament violin bakery comet orchard engine river "
         "copper library storm garden treaty falcon bridge candle desert").split()
QUERIES = ("a doctor and a patient", "music of the evening", "ships at sea", "laws and votes",
           "weather in the mountains")


class IndexKill(SessionTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        tell(f"seed={SEED}")
        self.session.stop_daemon()
        self.session.env["VEXFS_SEAL_MIN"] = str(SEAL_MIN)
        self.session.start_daemon()
        self.mount = self.session.make_volume()
        self.present = set()

    def change_files(self):
        for _ in range(40):
            name = f"{self.mount}/f{self.random.randrange(FILES_MAX)}.txt"
            if name in self.present and self.random.random() < 0.2:
                os.unlink(name)
                self.present.discard(name)
                continue
            words = " ".join(self.random.choices(WORDS, k=30))
            with open(name, "w", encoding="utf-8") as stream:
                stream.write(f"About {words}.\n")
            self.present.add(name)

    def nearest(self, query):
        return self.session.paths(query, "--mode", "vector", "--limit", "1000")

    def segments(self):
        return glob.glob(f"{self.mount}/.vexfs/index/vectors-*.seg")

    def test_kills(self):
        """after random kills each file is found once, as by an index built anew"""
        sealed = 0
        for _ in range(KILLS):
            self.change_files()
            time.sleep(self.random.uniform(0.05, 1.2))
            sealed += bool(self.segments())
            self.session.kill_daemon()
            self.session.start_daemon()
        self.session.wait_indexed(len(self.present))
        tell(f"{KILLS} kills, {sealed} with a segment in place; {len(self.present)} files")
        before = {query: self.nearest(query) for query in QUERIES}
        for query, paths in before.items():
            self.assertEqual(len(paths), len(set(paths)), query)
            self.assertEqual(set(paths), self.present, query)
        self.session.stop_daemon()
        for path in glob.glob(f"{self.mount}/.vexfs/index/vectors*"):
            os.unlink(path)
        self.session.start_daemon()
        status, _ = self.session.wait_indexed(len(self.present))
        tell(f"status: {status}")
        name = "cache.embeddings.misses"
        self.assertEqual(self.session.ask("stats", name)["counters"][name], 0)
        for query, paths in before.items():
            again = self.nearest(query)
            self.assertEqual(set(again), self.present, query)
            common = len(set(paths[:10]) & set(again[:10]))
            self.assertGreaterEqual(common, 8, f"{query}: {paths[:10]} {again[:10]}")


if __name__ == "__main__":
    unittest.main(verbosity=2)

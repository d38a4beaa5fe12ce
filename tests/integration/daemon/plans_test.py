#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: each of the three ways to find vectors that fulfil conditions can be asked for and is told
with what was expected and what it was; all three find the same; a wish that makes no sense is
refused.

Method: files of random words of one example document each, in folders of 1, 10 and 50 percent of
all, searched by meaning through vexctl until they lie in a sealed segment, and by each way.
"""
import glob
import os
import random
import re
import unittest

from session import EXAMPLES, SessionTest, tell, wait_until

FILES = 6000  # more than are kept unsealed
SHARES = (1, 10, 50)
QUERIES = 8
WAYS = ("scan", "during", "after")
RECALL_MIN = 0.95


def vocabularies():
    """The words of each example that has enough of them."""
    found = []
    for path in sorted(glob.glob(f"{EXAMPLES}/*/*.txt") + glob.glob(f"{EXAMPLES}/*/*.md")):
        with open(path, encoding="utf-8") as stream:
            words = sorted(set(re.findall(r"[a-z]{4,}", stream.read().lower())))
        if len(words) >= 40:
            found.append(words)
    if len(found) < 5:
        raise AssertionError(f"{EXAMPLES}: hardly any text")
    return found


class Plans(SessionTest):
    def fill(self, mount):
        seed = int(os.environ.get("VEXFS_TEST_SEED", "7"))
        tell(f"seed={seed}")
        chance = random.Random(seed)
        topics = vocabularies()
        for number in range(FILES):
            percent = number % 100
            folder = next((f"p{share}" for share, end in ((1, 1), (10, 11), (50, 61))
                           if percent < end), "rest")
            os.makedirs(f"{mount}/{folder}", exist_ok=True)
            words = chance.sample(topics[number % len(topics)], 25)
            with open(f"{mount}/{folder}/n{number}.txt", "w", encoding="utf-8") as stream:
                stream.write(" ".join(words) + ".\n")
        self.passing = 0  # vectors, by the last search's estimate
        self.queries = [" ".join(chance.sample(chance.choice(topics), 4)) for _ in range(QUERIES)]

    def search(self, query, folder, *words):
        """The paths that are found, and how the sealed vectors were searched."""
        reply = self.session.ask("search", query, "--in", folder, "--mode", "vector", "--explain",
                                 "-k", "10", *words)
        parts = [plan for stage in reply["stages"] for plan in stage.get("plans", ())]
        self.passing = sum(plan["estimated_rows"] for plan in parts)
        sealed = [plan for plan in parts if plan["part"] == "sealed" and plan["rows"] > FILES / 2]
        return [hit["path"] for hit in reply["hits"]], sealed[0] if sealed else None

    def judge_share(self, mount, share):
        folder = f"{mount}/p{share}"
        same = 0
        for query in self.queries:
            chosen, plan = self.search(query, folder)
            self.assertLessEqual(plan["ways_us"].keys(), set(WAYS))
            truth = None
            for way in WAYS:
                paths, taken = self.search(query, folder, "--plan", way)
                self.assertEqual(taken["way"], way)
                self.assertEqual(len(paths), 10)
                self.assertGreater(taken["took_us"], 0)
                # Few files are counted, of more a part.
                passing = FILES * share / 100
                self.assertAlmostEqual(self.passing, passing,
                                       delta=0 if passing <= 512 else passing / 4)
                self.assertLessEqual(taken["taken"], taken["rows"])
                truth = truth or set(paths)  # the first way compares all
                same += len(truth & set(paths))
            same += len(truth & set(chosen))
        recall = same / (10 * QUERIES * (len(WAYS) + 1))
        tell(f"{share} %: chosen {plan['way']}, recall {recall:.3f}")
        for way in WAYS:
            tell(self.session.vexctl("search", self.queries[0], "--in", folder, "--mode", "vector",
                                     "-k", "1", "--plan", way).stdout)
        self.assertGreaterEqual(recall, RECALL_MIN)

    def test_plans(self):
        """each way is taken when it is asked for, told with its estimates, and finds the same"""
        mount = self.session.make_volume()
        self.fill(mount)
        self.session.wait_indexed(FILES)
        wait_until(lambda: self.search(self.queries[0], f"{mount}/p50")[1], 120,
                   "the vectors are sealed")
        for share in SHARES:
            self.judge_share(mount, share)
        words = ("search", self.queries[0], "--in", f"{mount}/p10")
        self.expect(2, *words, "--plan", "fastest")  # no such way
        done = self.expect(2, *words[:2], "--plan", "scan")
        self.assertIn("a plan needs a condition", done.stderr)
        done = self.expect(2, *words, "--plan", "scan", "--mode", "keyword")
        self.assertIn("this one is by words", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)

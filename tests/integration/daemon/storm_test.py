#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a storm of changes loses no event, and searches are answered while it goes on.

Method: an archive is unpacked into a volume, and while it is still being indexed a version control
system puts another tree in its place and then the first one again, folders are moved and removed.
Somebody searches all the time: each search must be answered. Afterwards the index has exactly the
files that are there, each with its text and its vectors, and equals one that is built from scratch.
VEXFS_TEST_FULL=1 does it with 50,000 files, VEXFS_TEST_FILES with as many as it says.
"""
import os
import random
import shutil
import subprocess
import threading
import time
import unittest

from index_state import fork_hash, read_catalog
from session import SessionTest, tell, wait_until

FULL = os.environ.get("VEXFS_TEST_FULL") == "1"
FILES = int(os.environ.get("VEXFS_TEST_FILES", "50000" if FULL else "3000"))
SEED = int(os.environ.get("VEXFS_TEST_SEED", "11"))
SECONDS = max(300, FILES // 20)
PAUSE_S = 0.1 if FILES < 10000 else 0.5  # between two searches: they take processor time, too
WORDS = ("harbour lantern orchard violin granite meadow copper falcon glacier barley compass "
         "thistle quarry saddle walnut beacon ferry pulley anchor cinder").split()
FILE_MODEL = 8  # place of the model in the rows that read_catalog() gives


class Searcher(threading.Thread):
    """Searches until it is told to stop; keeps how long each answer took, and what was refused."""

    def __init__(self, session):
        super().__init__(daemon=True)
        self.session = session
        self.is_over = threading.Event()
        self.took_us = []
        self.failures = []

    def run(self):
        chance = random.Random(1)
        while not self.is_over.wait(PAUSE_S):
            query = " ".join(chance.sample(WORDS, 2))
            try:
                self.took_us.append(self.session.ask("search", query, timeout=60)["took_us"])
            except (AssertionError, subprocess.TimeoutExpired) as error:
                self.failures.append(str(error)[:500])

    def wait_for_more(self, count=3):
        """Of a storm that is over sooner than so many are answered, the rest is after it."""
        wanted = len(self.took_us) + count
        wait_until(lambda: len(self.took_us) >= wanted or self.failures, 60, "searches go on")

    def end(self):
        self.is_over.set()
        self.join()


class Storm(SessionTest):
    def setUp(self):
        super().setUp()
        tell(f"seed={SEED}, {FILES} files")
        self.random = random.Random(SEED)
        self.mount = self.session.make_volume(size="32G")
        self.folder = self.session.folder

    def text(self, number):
        return " ".join(self.random.choices(WORDS, k=30)) + f" mark{number}.\n"

    def write(self, tree, number):
        folder = f"{self.folder}/{tree}/d{number % 40}/s{number % 7}"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/n{number}.txt", "w", encoding="utf-8") as stream:
            stream.write(self.text(number))

    def git(self, tree, *words):
        done = self.session.run(
            "git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "gc.auto=0",
            f"--git-dir={self.folder}/repo", f"--work-tree={tree}", *words)
        self.assertEqual(done.returncode, 0, done.stderr)

    def make_trees(self):
        """The second has a quarter of the first's files no more, as many others, and as many
        changed."""
        for number in range(FILES):
            self.write("first", number)
        shutil.copytree(f"{self.folder}/first", f"{self.folder}/second")
        for number in range(FILES):
            if number % 4 == 1:
                os.unlink(f"{self.folder}/second/d{number % 40}/s{number % 7}/n{number}.txt")
                self.write("second", FILES + number)
            elif number % 4 == 2:
                self.write("second", number)
        self.git(f"{self.folder}/first", "init", "-q", "-b", "first")
        for tree in ("first", "second"):
            self.git(f"{self.folder}/{tree}", "checkout", "-q", "--orphan", f"the-{tree}")
            self.git(f"{self.folder}/{tree}", "add", "-A")
            self.git(f"{self.folder}/{tree}", "commit", "-q", "-m", tree)
        self.run_tool("tar", "cf", f"{self.folder}/first.tar", "-C", f"{self.folder}/first", ".")

    def run_tool(self, *words):
        done = self.session.run(*words)
        self.assertEqual(done.returncode, 0, done.stderr)

    def pending(self):
        return self.session.ask("index", "status")["pending"]

    def rage(self, searcher):
        started = time.monotonic()
        self.run_tool("tar", "xf", f"{self.folder}/first.tar", "-C", self.mount)
        searcher.wait_for_more()
        tell(f"unpacked after {time.monotonic() - started:.1f} s, {self.pending()} files pending")
        self.git(self.mount, "symbolic-ref", "HEAD", "refs/heads/the-first")
        self.git(self.mount, "reset", "-q")
        self.git(self.mount, "checkout", "-q", "the-second")
        searcher.wait_for_more()
        tell(f"the other tree after {time.monotonic() - started:.1f} s, {self.pending()} pending")
        os.rename(f"{self.mount}/d3", f"{self.mount}/moved")
        self.run_tool("rm", "-rf", f"{self.mount}/d5")
        self.git(self.mount, "checkout", "-q", "-f", "the-first")
        os.rename(f"{self.mount}/d7", f"{self.mount}/d8/inside")
        self.run_tool("rm", "-rf", f"{self.mount}/d9")
        searcher.wait_for_more(5)
        tell(f"the first again after {time.monotonic() - started:.1f} s, {self.pending()} pending")

    def present(self):
        return {os.path.join(folder, name) for folder, _, names in os.walk(self.mount)
                for name in names}

    def state(self):
        """Rows by path, without the model that a file was embedded by, and those models."""
        self.session.stop_daemon()
        files, terms = read_catalog(f"{self.mount}/.vexfs/index")
        models = set()
        for row in files.values():
            self.assertEqual(len(row["row"]), 1)
            columns = list(row["row"][0])
            models.add(columns[FILE_MODEL])
            columns[FILE_MODEL] = None
            row["row"] = columns
        return files, terms, models

    def test_storm(self):
        """unpacking, checking out, moving and removing at once: nothing is lost, searches go on"""
        self.make_trees()
        searcher = Searcher(self.session)
        searcher.start()
        self.addCleanup(searcher.end)
        started = time.monotonic()
        self.rage(searcher)
        present = self.present()
        self.session.wait_indexed(len(present), SECONDS)
        searcher.end()
        tell(f"{len(present)} files are left; idle {time.monotonic() - started:.1f} s after the "
             "first change")
        took = sorted(searcher.took_us)
        self.assertGreater(len(took), 10)
        tell(f"{len(took)} searches meanwhile: median {took[len(took) // 2] / 1000:.1f} ms, p99 "
             f"{took[len(took) * 99 // 100] / 1000:.1f} ms, longest {took[-1] / 1000:.1f} ms; "
             f"refused {len(searcher.failures)}")
        self.assertEqual(searcher.failures, [])
        files, terms, models = self.state()
        self.assertEqual(set(files), {os.path.relpath(path, self.mount).encode()
                                      for path in present})
        self.assertEqual(len(models), 1, "all are embedded by one model")
        self.assertNotIn("", {fork_hash(path) for path in present})
        self.judge_against_new(files, terms)

    def judge_against_new(self, files, terms):
        for name in os.listdir(f"{self.mount}/.vexfs/index"):
            if name.startswith(("vectors", "catalog")):
                os.unlink(f"{self.mount}/.vexfs/index/{name}")
        self.session.start_daemon()
        self.session.wait_indexed(len(files), SECONDS)
        again, terms_again, _ = self.state()
        self.assertEqual(set(files), set(again))
        for path, row in files.items():
            self.assertEqual(row, again[path], path)
        self.assertEqual(terms, terms_again)
        tell(f"equal to an index from scratch: {len(files)} files, {len(terms)} stems")


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a search as of a snapshot finds what an index built from scratch on its files would find.

Method: seeded random edits (new, changed, renamed, deleted files, folders that move) with
snapshots among them, some so soon after an edit that no index can have seen it between. For each
snapshot a second volume gets its files, and both are asked the same. Then what only a deleted
snapshot had must be gone at once.
"""
import json
import os
import random
import shutil
import time
import unittest

from session import ROOT_PATH, SERVICE, SessionTest, tell, wait_until

MARK = ".mark.txt"  # see settle(): a file of the tests, not of the trees that are compared
WORDS = ("harbour lantern orchard violin granite meadow copper saddle beacon thistle walnut ferry"
         " anvil pigeon barley quarry turnip kettle marble willow").split()
STEPS = 6
FILES = 30


class TimeTravel(SessionTest):
    def setUp(self):
        super().setUp()
        self.mount = self.session.make_volume()
        seed = int(os.environ.get("VEXFS_TEST_SEED", "7"))
        tell(f"seed={seed}")
        self.random = random.Random(seed)
        self.names = []

    def write(self, name, text, where=None):
        path = os.path.join(where or self.mount, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)

    def text(self):
        return " ".join(self.random.choices(WORDS, k=12)) + ".\n"

    def files(self, folder):
        return sorted(os.path.relpath(os.path.join(at, name), folder)
                      for at, _, names in os.walk(folder) for name in names if name != MARK)

    def edit(self):
        """some changes of every kind"""
        for _ in range(4):
            folder = f"d{self.random.randrange(4)}"
            self.write(f"{folder}/f{self.random.randrange(1000)}.txt", self.text())
        files = self.files(self.mount)
        for name in self.random.sample(files, 4):
            self.write(name, self.text())
        for name in self.random.sample(files, 2):
            os.unlink(os.path.join(self.mount, name))
        name = self.random.choice(self.files(self.mount))
        folder = os.path.dirname(name)
        os.rename(os.path.join(self.mount, name),
                  os.path.join(self.mount, folder, f"r{self.random.randrange(10**6)}.txt"))
        if self.random.random() < 0.5:
            folder = self.random.choice(sorted(set(os.listdir(self.mount)) - {MARK}))
            os.rename(os.path.join(self.mount, folder),
                      os.path.join(self.mount, f"m{self.random.randrange(10**6)}"))

    def settle(self):
        """Until the index knows what was done: changes come in order, the last one will do."""
        self.marks = getattr(self, "marks", 0) + 1
        word = f"settled{self.marks:04d}"
        self.write(MARK, word)

        def is_marked():
            done = self.session.vexctl("--json", "search", word, "--mode", "keyword")
            return done.returncode == 0 and json.loads(done.stdout)["hits"]
        wait_until(is_marked, 120, "the mark is found")

        def idle():
            status = self.session.ask("index", "status")
            return status["pending"] == 0 and status["state"] == "idle"
        wait_until(idle, 120, "the index is idle")

    def found(self, root, *words):
        """Paths below root, in order, and how well they fit."""
        hits = self.session.ask("search", *words, "-k", "200")["hits"]
        return [os.path.relpath(hit["path"], root) for hit in hits if
                hit["path"].startswith(root + "/") and not hit["path"].endswith("/" + MARK)]

    def fill(self):
        """Edits and snapshots; their names. The index waits for half of them only."""
        for i in range(FILES):
            self.write(f"d{i % 4}/f{i}.txt", self.text())
        names = []
        for i in range(STEPS):
            if i % 2 == 0:
                self.settle()
            names.append(f"s{i}")
            self.session.ask("snapshot", "create", names[-1])
            self.edit()
            if i % 3 == 1:
                names.append(f"s{i}-soon")
                self.session.ask("snapshot", "create", names[-1])
                self.edit()
        self.settle()
        return names

    def compare(self, name):
        """The index of a volume with the files of a snapshot alone says the same."""
        tree = f"{self.mount}/.vexfs/snapshots/{name}"
        fresh = self.session.make_volume(name)
        for entry in set(os.listdir(tree)) - {MARK}:
            shutil.copytree(f"{tree}/{entry}", f"{fresh}/{entry}")
        files = self.files(tree)
        self.session.wait_indexed(len(files), volume=name)
        for word in WORDS:
            with self.subTest(snapshot=name, word=word):
                then = self.found(tree, word, "--at", name, "--mode", "keyword")
                self.assertEqual(self.found(tree, f"{word} at:{name}", "--mode", "keyword"), then)
                wanted = self.found(fresh, word, "--in", fresh, "--mode", "keyword")
                self.assertEqual(sorted(then), sorted(wanted))
                for path in then:
                    with open(f"{tree}/{path}", encoding="utf-8") as stream:
                        self.assertIn(word, stream.read() + path)
        for _ in range(5):
            query = " ".join(self.random.choices(WORDS, k=3))
            then = self.found(tree, query, "--at", name, "--mode", "vector")
            wanted = self.found(fresh, query, "--in", fresh, "--mode", "vector")
            self.assertEqual(set(then), set(wanted), query)
            self.assertEqual(len(then), len(set(then)))
        folder = os.path.dirname(files[0])
        names = self.found(tree, f"in:{folder}", "--at", name)
        self.assertEqual(sorted(names), [path for path in files if path.startswith(folder + "/")])
        self.expect(0, "volume", "umount", name)

    def test_as_of_each_snapshot_like_an_index_of_its_own(self):
        """a search as of a snapshot equals one in an index of that tree alone"""
        names = self.fill()
        live = self.files(self.mount)
        for name in names:
            self.compare(name)
        everything = self.found(self.mount, *WORDS)
        self.assertEqual(sorted(everything), [path for path in live if not path.startswith(".")])
        # The daemon starts again: nothing is lost, nothing is read again.
        before = {name: self.found(f"{self.mount}/.vexfs/snapshots/{name}", "harbour", "--at", name)
                  for name in names}
        self.session.stop_daemon()
        self.session.start_daemon()
        self.settle()
        for name in names:
            self.assertEqual(before[name], self.found(f"{self.mount}/.vexfs/snapshots/{name}",
                                                      "harbour", "--at", name))

    def test_what_only_a_deleted_snapshot_had_is_gone_at_once(self):
        """only, all, versions; the snapshots of a hit; deletion"""
        self.write("a.txt", "The zeppelin leaves at dawn.")
        self.write("b.txt", "The zeppelin returns at dusk.")
        self.settle()
        self.session.ask("snapshot", "create", "one")
        self.session.ask("snapshot", "create", "two")
        self.write("a.txt", "A tram leaves at dawn.")
        self.settle()
        self.session.ask("snapshot", "create", "three")
        os.unlink(f"{self.mount}/b.txt")
        self.settle()

        def ask(*words):
            return self.session.ask("search", "zeppelin", "--mode", "keyword", *words)["hits"]
        self.assertEqual(ask(), [])
        past = {os.path.basename(hit["path"]): hit for hit in ask("--snapshots", "only")}
        self.assertEqual(past["a.txt"]["snapshots"], ["two", "one"])
        self.assertEqual(past["b.txt"]["snapshots"], ["three", "two", "one"])
        self.assertEqual(past["b.txt"]["path"], f"{self.mount}/.vexfs/snapshots/three/b.txt")
        with open(past["a.txt"]["path"], encoding="utf-8") as stream:
            self.assertIn("zeppelin", stream.read())
        both = self.session.ask("search", "leaves", "--mode", "keyword", "--snapshots")["hits"]
        self.assertEqual([hit["versions"] for hit in both], [2])
        each = self.session.ask("search", "leaves", "--mode", "keyword", "--snapshots", "all",
                                "--versions")["hits"]
        self.assertEqual(len(each), 2)
        self.expect(0, "snapshot", "delete", "three")
        past = {os.path.basename(hit["path"]): hit for hit in ask("--snapshots", "only")}
        self.assertEqual(past["b.txt"]["path"], f"{self.mount}/.vexfs/snapshots/two/b.txt")
        self.expect(0, "snapshot", "delete", "two", "one")
        self.assertEqual(ask("--snapshots", "only"), [])
        self.assertEqual(ask("--snapshots", "all"), [])

    def test_idle_is_what_has_embedded_the_past_too(self):
        """the model learns from the files, and embeds what only snapshots have before it rests"""
        def note(i, extra=""):
            kinds = ("The zorblat feeds the quimfer pump beside the drellick, ",
                     "Our hambrux dinner with tilvane sauce needs corquist, ")
            self.write(f"n{i}.txt", extra + "".join(
                f"{kinds[i % 2]}says note {7 * i + j}. " for j in range(5)))
        told = {}
        not_idle = []

        def take(interfaces):
            told.update(interfaces.get(f"{SERVICE}.Index", {}))
            if told.get("State") == "idle" and told.get("Pending", 0) > 0:
                not_idle.append(dict(told))
        for i in range(200):
            note(i)
        self.settle()
        self.session.ask("snapshot", "create", "one")
        self.session.watch(take)
        for i in range(150):
            note(i, "Again: ")
        self.settle()
        for i in range(200, 350):
            note(i)

        def is_tuned():
            self.session.hear()
            return told.get("Model", "").startswith("builtin/tuned-") and told["State"] == "idle"
        wait_until(is_tuned, 300, "the model has learnt")
        hits = self.session.ask("search", "hambrux zorblat dinner", "--mode", "vector",
                                "--snapshots", "only", "-k", "300")["hits"]
        # Of all files in the snapshot; what was written again is of the past.
        notes = {hit["path"] for hit in hits if not hit["path"].endswith(MARK)}
        self.assertEqual(len(notes), 200)
        self.assertEqual(not_idle, [])

    def test_times_and_bad_input(self):
        """dates, names that there are not, and times before the first snapshot"""
        self.write("a.txt", "The zeppelin leaves at dawn.")
        self.settle()
        self.expect(3, "search", "zeppelin", "--at", "no-such", error="NotFound")
        self.expect(3, "search", "zeppelin", "--at", "2001-01-01", error="NotFound")
        self.session.ask("snapshot", "create", "one")
        self.expect(3, "search", "zeppelin", "--at", "2001-01-01", error="NotFound")
        self.write("a.txt", "A tram leaves at dawn.")
        self.settle()
        at = int(time.time() * 1e6)
        reply = self.session.busctl("call", SERVICE, ROOT_PATH, f"{SERVICE}.Search", "Search",
                                    "sa{sv}", "zeppelin", "1", "at", "t", str(at))
        hit = reply["data"][0][0]
        self.assertEqual(hit[2]["snapshot"]["data"], "one")
        self.assertTrue(hit[0].endswith("/.vexfs/snapshots/one/a.txt"))
        self.expect(2, "search", "zeppelin", "--snapshots", "never")


if __name__ == "__main__":
    unittest.main(verbosity=2)

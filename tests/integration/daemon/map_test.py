#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the map of a volume over the bus: laid out on request, kept over a restart, only of files
that the caller may read, and wrong questions are refused by name.

Method: each method of the Map interface by busctl, as a user who is not root, over the example
documents. What stands in the memory that GetPoints hands over is looked at by the window's test.
"""
import json
import os
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

import session
from session import ROOT_PATH, SERVICE, SessionTest, wait_until

NOBODY = 65534
SVG = "{http://www.w3.org/2000/svg}"
EVERYWHERE = ["4", "-1000", "-1000", "1000", "-1000", "1000", "1000", "-1000", "1000"]
RIGHT = ["4", "0", "-1000", "1000", "-1000", "1000", "1000", "0", "1000"]
UPPER = ["4", "-1000", "0", "1000", "0", "1000", "1000", "-1000", "1000"]
THEN = ["1", "snapshot", "s", "then"]


class MapTest(SessionTest):
    def setUp(self):
        self.prepare_session(user=NOBODY)
        self.session.start_bus()
        self.session.start_daemon()

    def as_user(self, *words):
        done = self.session.run(*words)
        self.assertEqual(done.returncode, 0, done.stderr)

    def examples_for_all(self):
        """A copy, since the tree itself may lie where the user may not go."""
        copy = os.path.join(self.session.folder, "examples")
        shutil.copytree(session.EXAMPLES, copy)
        for folder, _, names in os.walk(copy):
            os.chmod(folder, 0o755)
            for name in names:
                os.chmod(os.path.join(folder, name), 0o644)
        return copy

    def make_examples(self):
        self.mount = self.session.make_volume()
        files = sum(len(names) for _, _, names in os.walk(session.EXAMPLES))
        self.as_user("cp", "-r", self.examples_for_all(), f"{self.mount}/examples")
        self.session.wait_indexed(files)
        tree = self.session.busctl("call", SERVICE, ROOT_PATH,
                                   "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        self.volume = next(path for path in tree["data"][0] if "/volumes/" in path)
        return files

    def call(self, method, *arguments):
        return self.session.busctl("--", "call", SERVICE, self.volume, f"{SERVICE}.Map", method,
                                   *arguments)["data"]

    def refused(self, word, method, *arguments):
        with self.assertRaises(AssertionError) as caught:
            self.call(method, *arguments)
        self.assertIn(word, str(caught.exception))

    def lay_out(self, *options):
        job = self.call("Relayout", "a{sv}", *(options or ["0"]))[0]

        def state():
            return self.session.busctl("get-property", SERVICE, job, f"{SERVICE}.Job",
                                       "State")["data"]
        wait_until(lambda: state() in ("succeeded", "failed", "cancelled"), 60, "it is laid out")
        self.assertEqual(state(), "succeeded")

    def region(self, *options, area=None):
        return self.call("PointsInRegion", "a(dd)a{sv}", *(area or EVERYWHERE), *(options or ["0"]))

    def describe(self, ids, *options):
        return self.call("Describe", "ata{sv}", str(len(ids)), *map(str, ids),
                         *(options or ["0"]))[0]

    def of_names(self, *options):
        """ids of the points by the ends of their names"""
        ids = self.region(*options)[0]
        return {row["uri"]["data"].rpartition("/")[2]: ino
                for ino, row in zip(ids, self.describe(ids, *options)) if row}

    def places(self):
        """where each point is"""
        of_uris = {row["uri"]: (row["x"], row["y"]) for row in self.session.ask("map")["points"]}
        ids = self.region()[0]
        return {ino: of_uris[row["uri"]["data"]] for ino, row in zip(ids, self.describe(ids))}

    def test_life_of_a_map(self):
        """Made, asked in every way, kept."""
        files = self.make_examples()
        self.refused("not been laid out", "GetPoints", "a{sv}", "0")
        self.refused("not been laid out", "GetClusters", "a{sv}", "0")
        self.lay_out()
        ids, info = self.region()
        self.assertEqual(len(ids), info["total"]["data"])
        self.assertGreater(len(ids), files // 2)
        clusters = self.call("GetClusters", "a{sv}", "0")[0]
        self.assertLessEqual(sum(row[3] for row in clusters), len(ids))
        self.assertTrue(any(row[4] for row in clusters), clusters)
        first, gone = self.describe([ids[0], 2 ** 60])
        self.assertIn("/examples/", first["uri"]["data"])
        self.assertTrue(first["neighbours"]["data"])
        self.assertEqual(gone, {})
        page, more = self.region("1", "limit", "u", "3")
        self.assertEqual(page, ids[:3])
        rest, _ = self.region("1", "after", "s", more["next"]["data"])
        self.assertEqual(rest, ids[3:])
        points = self.call("GetPoints", "a{sv}", "2", "query", "s", "insurance", "max-points", "u",
                           "10")[1]
        self.assertEqual((points["count"]["data"], points["stride"]["data"]), (10, 28))
        self.session.stop_daemon()
        self.session.start_daemon()
        wait_until(lambda: self.session.ask("index", "status")["state"] == "idle", 60, "idle")
        self.assertEqual(self.region()[0], ids)
        self.lay_out("2", "projection", "s", "pca", "seed", "t", "9")
        self.assertEqual(self.region()[0], ids)

    def test_what_may_not_be_read_is_no_point(self):
        """A folder that is closed today hides what is in it."""
        self.make_examples()
        self.lay_out()
        before = self.region()[0]
        inside = [ino for ino, row in zip(before, self.describe(before))
                  if "/examples/family/" in row["uri"]["data"]]
        self.assertTrue(inside)
        self.as_user("chmod", "0", f"{self.mount}/examples/family")
        try:
            self.assertEqual(self.region()[0], [ino for ino in before if ino not in inside])
            self.assertEqual(self.describe(inside), [{}] * len(inside))
        finally:
            self.as_user("chmod", "755", f"{self.mount}/examples/family")

    def write(self, name, text):
        self.as_user("sh", "-c", f"printf '%s\\n' \"$1\" > '{self.mount}/examples/{name}'", "sh",
                     text)

    def index_all(self):
        """until it knows of all that was done"""
        self.marks = getattr(self, "marks", 0) + 1
        word = f"settled{self.marks:04d}"
        self.write("mark.txt", word)
        wait_until(lambda: self.session.ask("search", word, "--mode", "keyword")["hits"], 120,
                   "the mark is found")

        def idle():
            status = self.session.ask("index", "status")
            return status["pending"] == 0 and status["state"] == "idle"
        wait_until(idle, 120, "the index is idle")

    def test_a_snapshot_on_the_map(self):
        """Its files, where they are today or beside what they are like, and its own names."""
        self.make_examples()
        self.write("gone.txt", "The insurance pays for the broken window of the kitchen.")
        self.write("other.txt", "A letter about the insurance of the house.")
        self.index_all()
        self.session.ask("snapshot", "create", "then")
        self.as_user("rm", f"{self.mount}/examples/gone.txt")
        self.write("other.txt", "Something else.")
        self.write("new.txt", "The insurance pays nothing.")
        self.index_all()
        self.lay_out()
        now, then = self.of_names(), self.of_names(*THEN)
        self.assertEqual(set(now) - set(then), {"new.txt"})
        self.assertEqual(set(then) - set(now), {"gone.txt"})
        self.assertTrue(all(then[name] == now[name] for name in set(now) & set(then)))
        rows = self.describe(list(then.values()), *THEN)
        self.assertTrue(all("/.vexfs/snapshots/then/examples/" in row["uri"]["data"]
                            for row in rows))
        self.assertTrue(set(number for row in rows for number in row["neighbours"]["data"])
                        <= set(then.values()))
        # Each half of the map has the same files as today, and what is gone stays where it is.
        for area in (RIGHT, UPPER):
            here, there = (set(self.region(*options, area=area)[0]) for options in ((), THEN))
            self.assertEqual(here - {now["new.txt"]}, there - {then["gone.txt"]})
            self.assertEqual(set(self.region(*THEN, area=area)[0]), there)
        points = self.call("GetPoints", "a{sv}", "2", "query", "s", "insurance", *THEN[1:])[1]
        self.assertEqual((points["count"]["data"], points["stride"]["data"]), (len(then), 28))
        sizes = self.call("GetClusters", "a{sv}", *THEN)[0]
        self.assertLessEqual(sum(row[3] for row in sizes), len(then))

    def test_a_snapshot_shows_what_may_be_read_then_and_now(self):
        """Closed then: no point. Closed today: no point either, also where it is gone today."""
        self.make_examples()
        self.write("gone.txt", "The insurance pays for the broken window of the kitchen.")
        self.write("secret.txt", "A letter about the insurance of the house.")
        self.index_all()
        self.as_user("chmod", "0", f"{self.mount}/examples/secret.txt")
        self.session.ask("snapshot", "create", "then")
        self.as_user("chmod", "644", f"{self.mount}/examples/secret.txt")
        self.as_user("rm", f"{self.mount}/examples/gone.txt")
        self.index_all()
        self.lay_out()
        then = self.of_names(*THEN)
        self.assertIn("secret.txt", self.of_names())
        self.assertNotIn("secret.txt", then)
        self.assertIn("gone.txt", then)
        self.as_user("chmod", "0", f"{self.mount}/examples")
        try:
            self.assertEqual(self.region(*THEN)[0], [])
            self.assertEqual(self.describe(list(then.values()), *THEN), [{}] * len(then))
        finally:
            self.as_user("chmod", "755", f"{self.mount}/examples")
        self.assertEqual(self.of_names(*THEN), then)
        self.expect(0, "snapshot", "delete", "then")
        self.refused("no snapshot", "GetPoints", "a{sv}", *THEN)

    def listen(self):
        """What is told of the map, as a list that grows."""
        path = os.path.join(self.session.folder, "signals")
        with open(path, "wb") as out:
            monitor = subprocess.Popen(
                ["busctl", "--user", "--json=short", "monitor",
                 "--match=type='signal',member='PointsChanged'"],
                stdout=out, stderr=subprocess.PIPE, env=self.session.env, **self.session.identity)
        self.addCleanup(monitor.wait)
        self.addCleanup(monitor.stderr.close)
        self.addCleanup(monitor.kill)
        self.assertIn(b"Monitoring", monitor.stderr.readline())

        def told():
            with open(path, encoding="utf-8") as lines:
                rows = [json.loads(line) for line in lines if line.endswith("\n")]
            return [row["payload"]["data"] for row in rows if row["member"] == "PointsChanged"]
        return told

    def test_changes_are_told(self):
        """A first layout, files that come and go, and nothing of what may not be read."""
        self.make_examples()
        told = self.listen()
        self.lay_out()
        wait_until(told, 60, "the first layout is told")
        self.assertEqual([row[1:] for row in told()], [[[], []]])
        generation = told()[0][0]
        before = self.places()
        self.write("new.txt", "The insurance pays nothing.")
        self.write("secret.txt", "The insurance pays all of it.")
        self.index_all()
        self.as_user("chmod", "0", f"{self.mount}/examples/secret.txt")
        self.lay_out()
        new = self.of_names()["new.txt"]

        def placed():
            return {row[0]: row[1:] for change in told()[1:] for row in change[1]}
        wait_until(lambda: new in placed(), 60, "the new file is told")
        # mark.txt, which index_all() writes, is the other one that came; a point of before is told
        # where its cluster is another one now, and stays where it was.
        came = {new, self.of_names()["mark.txt"]}
        self.assertEqual(set(placed()) - set(before), came)
        self.assertFalse(came & set(before))
        now = self.places()
        for ino, place in before.items():
            self.assertEqual(now[ino], place)
            for told_place in [placed()[ino]] if ino in placed() else []:
                self.assertAlmostEqual(told_place[0], place[0], 5)
                self.assertAlmostEqual(told_place[1], place[1], 5)
        self.assertGreater(told()[-1][0], generation)
        x, y = placed()[new]
        around = [str(value) for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1))
                  for value in (x + dx / 1000, y + dy / 1000)]
        self.assertIn(new, self.region(area=["4", *around])[0])
        self.as_user("rm", f"{self.mount}/examples/new.txt")
        wait_until(lambda: any(new in change[2] for change in told()), 60, "that it went is told")
        self.assertNotIn(new, self.region()[0])

    def test_vexctl_draws_it(self):
        """a list of what there is, each file in JSON, and a picture with hits pointed out"""
        self.make_examples()
        done = self.expect(1, "map", error="IndexNotReady")
        self.assertIn("vexctl map --layout", done.stderr)
        told = self.session.ask("map", "--layout")
        self.assertEqual(told["schema"], "vexctl.map/1")
        self.assertEqual(len(told["points"]), len(self.region()[0]))
        self.assertTrue(all("/examples/" in each["path"] for each in told["points"]))
        listed = self.expect(0, "map").stdout.splitlines()
        self.assertEqual(len(listed), 1 + len(told["clusters"]))
        picture = f"{self.session.folder}/home/map.svg"
        self.expect(0, "map", "--query", "insurance", "--out", picture)
        dots = list(ElementTree.parse(picture).iter(f"{SVG}circle"))
        self.assertEqual(len(dots), len(told["points"]))
        self.assertEqual({dot.find(f"{SVG}title").text.rpartition("/")[2] for dot in dots},
                         {each["path"].rpartition("/")[2] for each in told["points"]})
        self.assertEqual(len({dot.get("r") for dot in dots}), 2, "hits are larger")
        self.expect(0, "map", "--out", f"{picture}.json")
        with open(f"{picture}.json", encoding="utf-8") as stream:
            self.assertEqual(len(json.load(stream)["points"]), len(dots))
        self.expect(3, "map", "--at", "monday", error="NotFound")
        self.expect(2, "map", "--out", "map.bmp")

    def test_wrong_questions(self):
        """Each has an error of its own."""
        self.make_examples()
        self.lay_out()
        self.refused("3 to 10000 corners", "PointsInRegion", "a(dd)a{sv}", "1", "0", "0", "0")
        self.refused("another one now", "PointsInRegion", "a(dd)a{sv}", *EVERYWHERE, "1",
                     "generation", "t", "7")
        self.refused("no token", "PointsInRegion", "a(dd)a{sv}", *EVERYWHERE, "1", "after", "s",
                     "x")
        self.refused("no snapshot", "GetPoints", "a{sv}", "1", "snapshot", "s", "monday")
        self.refused("no snapshot", "GetClusters", "a{sv}", "1", "snapshot", "s", "../docs")
        self.refused("no snapshot", "Describe", "ata{sv}", "0", "1", "snapshot", "s", "monday")
        self.refused("no snapshot", "PointsInRegion", "a(dd)a{sv}", *EVERYWHERE, "1", "snapshot",
                     "s", "monday")
        self.refused("projection", "Relayout", "a{sv}", "1", "projection", "s", "sphere")
        self.refused("At most 1000", "Describe", "ata{sv}", "1001", *["1"] * 1001, "0")


if __name__ == "__main__":
    unittest.main()

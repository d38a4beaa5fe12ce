#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a month of work with a snapshot each hour, and everything that a person does with the past
then: search it, look at a file's versions, restore, guard and undo, delete a set, send.

Method: the schedule of a real daemon takes the snapshots, on a clock that the test sets. A
dictionary is edited as the files are, and says what each tree must hold. After each step the volume
is unmounted and fsck counts all references anew. VEXFS_TEST_FULL=1: 5,000 files, 720 hours; else
less of both.
"""
import datetime
import os
import random
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fuse"))
import control  # noqa: E402
from session import SessionTest, tell, wait_until  # noqa: E402

IS_FULL = os.environ.get("VEXFS_TEST_FULL") == "1"
FILES, DAYS, HOURS, EDITS = (5000, 30, 24, 20) if IS_FULL else (400, 10, 12, 8)
HOUR = datetime.timedelta(hours=24 // HOURS)
START = datetime.datetime(2026, 3, 2, 0, 30, tzinfo=datetime.timezone.utc)
SEARCHED_DAY = 7
WORDS = ("harbour lantern orchard violin granite meadow copper saddle beacon thistle walnut ferry"
         " anvil pigeon barley quarry turnip kettle marble willow").split()
RARE = ("zeppelin", "narwhal", "theodolite")  # each in few files, for some days
VECTORS = 1


class Story(SessionTest):
    def setUp(self):
        self.prepare_session()
        seed = int(os.environ.get("VEXFS_TEST_SEED", "30"))
        tell(f"seed={seed}, {FILES} files, {DAYS * HOURS} snapshots")
        self.random = random.Random(seed)
        self.session.env["TZ"] = "UTC"
        self.now = START
        self.session.fake_clock(START)
        self.session.start_bus()
        self.session.start_daemon()
        self.mount = self.session.make_volume(size="16G" if IS_FULL else "2G")
        self.image = os.path.join(self.session.folder, "docs.vexfs")
        self.kept = f"{self.mount}/.vexfs/snapshots"
        self.tree = {}       # path -> content
        self.moments = []    # (name of the snapshot, what was in the tree)
        self.number = 0

    # What happens to the files.

    def put(self, path, content):
        full = f"{self.mount}/{path}"
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as stream:
            stream.write(content)
        self.tree[path] = content

    def remove(self, path):
        os.unlink(f"{self.mount}/{path}")
        del self.tree[path]

    def rename(self, old, new):
        os.rename(f"{self.mount}/{old}", f"{self.mount}/{new}")
        self.tree[new] = self.tree.pop(old)

    def text(self, extra=""):
        self.number += 1
        words = self.random.choices(WORDS, k=40)
        return f"{extra} {' '.join(words)} number{self.number}.\n".encode()

    def documents(self):
        return sorted(path for path in self.tree if path.endswith(".txt") and "/f" in path)

    def fill(self):
        for i in range(FILES):
            self.put(f"d{i % 50}/f{i}.txt", self.text())
        self.put("thesis.txt", self.text("Introduction."))

    def edit(self, hour):
        day = hour // HOURS + 1
        names = self.documents()
        for path in self.random.sample(names, EDITS):
            rare = RARE[day % 3] if self.random.random() < 0.05 and day <= SEARCHED_DAY else ""
            self.put(path, self.text(rare))
        self.number += 1
        self.put(f"d{self.random.randrange(50)}/f-new{self.number}.txt", self.text())
        left = self.random.sample(names, 2)
        self.remove(left[0])
        self.rename(left[1], f"{os.path.dirname(left[1])}/f-moved{self.number}.txt")
        self.put("noise.bin", self.random.randbytes(1 << 18))
        if hour % (2 * HOURS) == 0:
            self.put("thesis.txt", self.text(f"Day {day}."))
        if day == SEARCHED_DAY + 1 and hour % HOURS == 0:
            for path in self.carriers(self.tree):
                self.put(path, self.text())

    @staticmethod
    def carriers(tree, words=RARE):
        return sorted(path for path, content in tree.items()
                      if any(word.encode() in content for word in words))

    def live_through(self):
        """All of the month; the schedule takes one snapshot in each hour."""
        self.session.ask("snapshot", "schedule", "--hourly", "1000", "--daily", "0", "--weekly",
                         "0", "--monthly", "0", "--min-free", "5")
        for hour in range(DAYS * HOURS):
            if hour == (DAYS - 3) * HOURS - 1:
                # What is sent from here on shall have vectors, which come after the words.
                self.session.wait_indexed(FILES)
            self.edit(hour)
            self.now += HOUR
            self.session.set_clock(self.now)
            self.session.ask("snapshot", "schedule", "--on")
            self.moments.append(dict(self.tree))
        rows = [row for row in self.snapshots() if row["cleanup"] == "timeline"]
        # The first is from when it was turned on.
        self.assertEqual(len(rows), DAYS * HOURS + 1)
        names = [row["name"] for row in reversed(rows)][1:]
        self.moments = list(zip(names, self.moments))
        self.session.ask("snapshot", "schedule", "--off")

    # What is looked at.

    def snapshots(self):
        return self.session.ask("snapshot", "list")["snapshots"]

    @staticmethod
    def read_tree(root):
        found = {}
        for folder, folders, names in os.walk(root):
            folders[:] = [name for name in folders if name != ".vexfs"]
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as stream:
                    found[os.path.relpath(path, root)] = stream.read()
        return found

    def assert_tree(self, root, wanted):
        found = self.read_tree(root)
        self.assertEqual(sorted(found), sorted(wanted))
        self.assertEqual([path for path in wanted if found[path] != wanted[path]], [])

    def settle(self):
        def idle():
            status = self.session.ask("index", "status")
            return status["pending"] == 0 and status["state"] == "idle"
        self.put("mark.txt", self.text(f"settled{self.number}"))
        word = f"settled{self.number - 1}"
        wait_until(lambda: self.session.ask("search", word, "--mode", "keyword")["hits"],
                   3600, "the index knows the last change")
        wait_until(idle, 3600, "the index is idle")

    def recount(self, step):
        """All references counted anew by fsck, of the volume as it is on disk."""
        def unmounted():
            return self.session.vexctl("volume", "umount", "docs").returncode == 0
        wait_until(unmounted, 60, "the volume is unmounted")
        self.assert_clean(self.image)
        self.session.ask("volume", "mount", "docs")
        tell(f"{step}: fsck finds every reference; {time.monotonic() - self.begun:.0f} s")

    def test_a_month(self):
        """the whole story"""
        self.begun = time.monotonic()
        self.fill()
        self.live_through()
        self.recount("lived through")
        self.settle()
        self.search_the_past()
        self.look_at_a_file()
        self.recount("restored")
        self.guard()
        self.recount("guarded and undone")
        self.send()
        self.delete_a_set()
        self.recount("deleted")
        self.assert_tree(self.mount, self.tree)
        for name, wanted in (self.moments[0], self.moments[-1]):
            self.assert_tree(f"{self.kept}/{name}", wanted)

    def search_the_past(self):
        """as of the end of day 7 the words of then are found, and what was there alone"""
        name, then = self.moments[SEARCHED_DAY * HOURS - 1]
        self.assertTrue(self.carriers(then))
        self.assertEqual(self.carriers(self.tree), [])
        for word in RARE + tuple(WORDS[:3]):
            hits = self.session.ask("search", word, "--at", name, "--mode", "keyword", "-k",
                                    "1000")["hits"]
            found = sorted(os.path.relpath(hit["path"], f"{self.kept}/{name}") for hit in hits)
            wanted = self.carriers(then, (word,))
            if len(wanted) <= 1000:
                self.assertEqual(found, wanted, word)
        for word in RARE:
            self.assertEqual(self.session.ask("search", word, "--mode", "keyword")["hits"], [])
        # By time instead of by name.
        moment = self.session.ask("search", RARE[1], "--at", "2026-03-09T00:35", "--mode",
                                  "keyword", "-k", "1000")["hits"]
        self.assertEqual(len(moment), len(self.carriers(then, RARE[1:2])))
        tell(f"as of {name}: {len(self.carriers(then))} files have words that none has now")

    def look_at_a_file(self):
        """versions of a file, and one of them brought back"""
        path = f"{self.mount}/thesis.txt"
        contents = []
        for _, tree in self.moments:
            if not contents or contents[-1] != tree["thesis.txt"]:
                contents.append(tree["thesis.txt"])
        versions = self.session.ask("history", path)["versions"]
        # The one from before the first hour is in the snapshot from when the schedule began.
        read = []
        for each in reversed(versions):
            with open(each["path"], "rb") as stream:
                read.append(stream.read())
        self.assertEqual(read[1:], contents)
        name, then = self.moments[SEARCHED_DAY * HOURS - 1]
        self.session.ask("snapshot", "restore", name, path, "--replace")
        self.tree["thesis.txt"] = then["thesis.txt"]
        self.assert_tree(self.mount, self.tree)
        self.session.ask("snapshot", "restore", name, f"{self.mount}/d3", "--to", self.mount,
                         "--skip")
        for gone, content in then.items():
            if gone.startswith("d3/"):
                self.tree.setdefault(gone, content)
        self.assert_tree(self.mount, self.tree)
        tell(f"history: {len(versions)} versions of one file")

    def guard(self):
        """a command that destroys half of everything, and what undoes it"""
        script = (f"cd '{self.mount}' && rm -rf d1* && for f in d2/*; do echo x > $f; done; "
                  "mv d3 d4/")
        done = self.session.vexctl("guard", "--", "sh", "-c", script)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Undo with: vexctl undo", done.stderr)
        self.assertFalse(os.path.exists(f"{self.mount}/d1"))
        self.expect(0, "undo")
        self.assert_tree(self.mount, self.tree)

    def send(self):
        """the last three days to another volume, hour by hour, with their vectors"""
        there = self.session.make_volume("there", size="16G" if IS_FULL else "2G")
        self.expect(0, "index", "--volume", "there", "pause")
        names = [name for name, _ in self.moments[-3 * HOURS - 1:]]
        stream = os.path.join(self.session.folder, "stream")
        sizes = []
        for before, name in zip([None] + names, names):
            since = ["--from", before] if before else []
            self.expect(0, "snapshot", "--volume", "docs", "send", name, "-o", stream, *since)
            self.expect(0, "snapshot", "--volume", "there", "receive", stream)
            sizes.append(os.path.getsize(stream))
            os.unlink(stream)
        for name in (names[0], names[len(names) // 2], names[-1]):
            left, right = f"{self.kept}/{name}", f"{there}/.vexfs/snapshots/{name}"
            done = subprocess.run(["diff", "-r", "--no-dereference", left, right],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.stdout + done.stderr, "")
            self.assert_same_vectors(left, right)
        self.expect(0, "volume", "umount", "there")
        self.assert_clean(os.path.join(self.session.folder, "there.vexfs"))
        self.recount("sent")
        tell(f"sent whole {sizes[0] >> 10} KiB, then {len(sizes) - 1} times "
             f"{sum(sizes[1:]) / (len(sizes) - 1) / 1024:.0f} KiB")

    def assert_same_vectors(self, left, right):
        """but for the generation of the data that they are of, which each volume counts itself"""
        having = 0
        for path in self.read_tree(left):
            one, other = (control.fork_read(f"{root}/{path}", VECTORS, 0, 15872)
                          for root in (left, right))
            self.assertEqual(one[0][:24] + one[0][32:], other[0][:24] + other[0][32:], path)
            having += len(one[0]) > 0
        self.assertGreater(having, FILES // 2)

    def delete_a_set(self):
        """many snapshots at once: as many bytes come back as was said"""
        names = [name for name, _ in self.moments]
        going = [name for i, name in enumerate(names[HOURS:-3 * HOURS]) if i % 10]
        self.expect(0, "index", "pause")
        wait_until(lambda: self.session.ask("index", "status")["state"] == "paused", 60, "paused")
        said = self.session.ask("snapshot", "delete", "-n", *going)["reclaim_bytes"]
        before = self.free()
        self.expect(0, "snapshot", "delete", *going)
        last = [0, 0.0]

        def settled():
            now = self.free()
            if now != last[0]:
                last[:] = [now, time.monotonic()]
            return now > before and time.monotonic() - last[1] > 2
        wait_until(settled, 300, "the space is back")
        gained = self.free() - before
        self.expect(0, "index", "resume")
        tell(f"{len(going)} snapshots deleted: said {said} bytes, gained {gained}")
        self.assertAlmostEqual(gained / said, 1, delta=0.01)
        left = {row["name"] for row in self.snapshots()}
        self.assertFalse(left & set(going))

    def free(self):
        control.sync(self.mount)
        info = os.statvfs(self.mount)
        return info.f_bfree * info.f_frsize


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: SEARCH answers what is in the vector forks of a tree, to each what he may read of it.

Method: small vectors whose order is known, written by FORK_WRITE on a real mount; then hundreds of
files with random owners, modes, access lists and links, searched by users in several groups, beside
open(2) of every path by the same user.
"""
import errno
import math
import os
import random
import struct

import control
import mounted
from mounted import MountedTest

USERS = ((1000, 1000, ()), (1001, 1001, (2000,)), (1002, 1002, (2000, 2001, 1000)),
         (65534, 65534, ()))
FILES = 200


class Answers(MountedTest):
    def put(self, name, vectors, **options):
        with open(self.path(name), "ab"):
            pass
        generation = control.stat(self.volume.path, control.LIVE,
                                  os.stat(self.path(name)).st_ino)["data_generation"]
        fork = control.vector_fork("model", vectors, generation, **options)
        control.fork_write(self.path(name), 1, 0, fork, truncate=True)

    def names(self, query, **options):
        """What is found, as "name" of a first record or "name:record"."""
        rows, self.counts = control.search(self.volume.path, query, **options)
        self.rows = rows
        names = {os.stat(self.path(name)).st_ino: name for name in os.listdir(self.volume.path)}
        return [names[row["ino"]] + (f":{row['record']}" if row["record"] else "") for row in rows]

    def test_the_nearest_come_first_by_every_metric(self):
        self.put("ahead", [(10, 0, 0), (60, 60, 0)])
        self.put("aside", [(0, 0, 100)])
        self.put("behind", [(-10, 0, 0)])
        query = (20, 0, 0)
        self.assertEqual(self.names(query), ["ahead", "ahead:1", "aside", "behind"])
        self.assertEqual(self.counts, {"scanned": 4, "skipped": 0, "damaged": 0,
                                       "segment": 0})
        for row, score in zip(self.rows, (1, math.sqrt(0.5), 0, -1)):
            self.assertAlmostEqual(row["score"], score, places=6)
        self.assertEqual(self.rows[1]["range"], (1, 11))
        self.assertEqual(self.rows[1]["page"], 2)
        self.assertEqual(self.names(query, metric=control.DOT),
                         ["ahead:1", "ahead", "aside", "behind"])
        self.assertAlmostEqual(self.rows[0]["score"], 1200)
        self.assertEqual(self.names(query, metric=control.L2),
                         ["ahead", "behind", "ahead:1", "aside"])
        self.assertAlmostEqual(self.rows[1]["score"], -900)
        self.assertEqual(self.names(query, hits=1), ["ahead"])
        self.assertEqual(self.names(query, flags=control.SCALAR), self.names(query))
        self.assertEqual(self.names(query, model="other"), [])

    def test_changes_are_found_at_once_and_after_a_remount(self):
        self.put("one", [(1, 0)])
        self.assertEqual(self.names((1, 1)), ["one"])
        self.put("two", [(1, 1)])
        self.assertEqual(self.names((1, 1)), ["two", "one"])
        self.put("one", [(2, 3), (0, 5)])
        self.assertEqual(self.names((0, 1)), ["one:1", "one", "two"])
        snapshot = control.snapshot_create(self.volume.path, "before")["id"]
        os.unlink(self.path("one"))
        self.assertEqual(self.names((0, 1)), ["two"])
        rows, _ = control.search(self.volume.path, (0, 1), tree=snapshot)
        self.assertEqual([row["record"] for row in rows], [1, 0, 0])
        self.volume.remount(*self.options)
        self.assertEqual(self.names((0, 1)), ["two"])
        self.assertEqual(self.rows[0]["flags"], 0)
        self.write("two", b"other content")
        os.sync()
        self.assertEqual(self.names((0, 1)), ["two"])
        self.assertEqual(self.rows[0]["flags"], control.STALE)

    def test_refuses_what_is_no_question(self):
        good = bytearray(control.search_argument((1, 2, 3)))
        control.SEARCH(self.volume.path, bytes(good))

        def refused(at, content, wanted=errno.EINVAL):
            bad = good + bytes(200)
            bad[at:at + len(content)] = content
            self.assert_errno(wanted, control.SEARCH, self.volume.path, bytes(bad))

        refused(0, struct.pack("<Q", 99), errno.ENOENT)     # tree
        refused(8, struct.pack("<I", 4))                    # flags
        refused(12, struct.pack("<I", 0))                   # dimension
        refused(12, struct.pack("<I", 4097))
        refused(16, struct.pack("<I", 0))                   # metric
        refused(16, struct.pack("<I", 4))
        refused(20, struct.pack("<I", 0))                   # hits
        refused(20, struct.pack("<I", 241))
        refused(24, struct.pack("<f", -1))                  # scale
        refused(24, struct.pack("<f", math.nan))
        refused(28, b"x")                                   # reserved0
        refused(32, bytes(64))                              # model
        for at in range(96, 160, 8):                        # what comes out, and reserved
            refused(at, b"x")

    def test_a_sealed_segment_answers_for_what_is_as_old(self):
        rng = random.Random(7)
        nodes = []
        for number in range(40):
            vectors = [tuple(rng.randrange(-99, 100) for _ in range(70)) for _ in range(2)]
            self.put(f"f{number}", vectors)
            ino = os.stat(self.path(f"f{number}")).st_ino
            nodes += [(ino, record, vector) for record, vector in enumerate(vectors)]
        generation = control.sync(self.volume.path)
        query = nodes[11][2]
        exact = self.names(query, flags=control.EXACT)
        rows = self.rows
        self.assertEqual(self.counts["segment"], 0)
        folder = self.path(".vexfs", "index", "segments")
        os.mkdir(folder)
        uuid = control.volume(self.volume.path)["uuid"]
        with open(os.path.join(folder, "one"), "wb") as stream:
            stream.write(control.segment(uuid, generation, nodes))
            stream.flush()
            os.fsync(stream.fileno())
        control.sync(self.volume.path)
        self.assertEqual(self.names(query), exact)
        self.assertEqual(self.rows, rows)
        self.assertEqual(self.counts["segment"], generation)
        self.put("f5", [(1,) * 70])  # the nearest is gone, and something new is there
        self.assertNotEqual(exact[0], self.names(query)[0])
        self.assertEqual(self.names((1,) * 70)[0], "f5")
        self.assertEqual(self.counts["segment"], generation)
        self.volume.remount(*self.options)
        self.assertEqual(self.names((1,) * 70)[0], "f5")
        self.assertEqual(self.names(query), self.names(query, flags=control.EXACT))

    def test_hidden_trees_are_not_for_everybody(self):
        self.put("file", [(1, 2)])
        hidden = control.snapshot_create(self.volume.path, "anchor", flags=control.HIDDEN)["id"]
        self.assertEqual(len(control.search(self.volume.path, (1, 2), tree=hidden)[0]), 1)
        self.as_user(lambda: self.assert_errno(errno.EACCES, control.search, self.volume.path,
                                               (1, 2), tree=hidden))


class Permissions(MountedTest):
    def acl(self, rng):
        """An access list as the kernel takes it: entries in order of tag and id."""
        entries = [(1, rng.randrange(8), 0xffffffff), (4, rng.randrange(8), 0xffffffff),
                   (16, rng.randrange(8), 0xffffffff), (32, rng.randrange(8), 0xffffffff)]
        for uid, _, _ in rng.sample(USERS, rng.randrange(3)):
            entries.append((2, rng.randrange(8), uid))
        for gid in rng.sample((1000, 1001, 2000, 2001), rng.randrange(4)):
            entries.append((8, rng.randrange(8), gid))
        return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry)
                                               for entry in sorted(entries))

    def decorate(self, rng, path, mode):
        os.chown(path, rng.choice((0, 1000, 1001, 1002)), rng.choice((0, 1000, 2000, 2001)))
        os.chmod(path, mode)
        if rng.random() < 0.5:
            os.setxattr(path, "system.posix_acl_access", self.acl(rng))

    def make(self, rng):
        """Paths of files in a tree of folders, some with several names."""
        folders = [self.volume.path]
        for number in range(25):
            folders.append(os.path.join(rng.choice(folders), f"d{number}"))
            os.mkdir(folders[-1])
        paths = []
        for number in range(FILES):
            name = os.path.join(rng.choice(folders), f"f{number}")
            with open(name, "wb"):
                pass
            fork = control.vector_fork("model", [(number % 100, 100, number // 100)])
            control.fork_write(name, 1, 0, fork)
            paths.append(name)
            while rng.random() < 0.3:
                other = os.path.join(rng.choice(folders), f"l{len(paths)}")
                os.link(name, other)
                paths.append(other)
        inodes = {path: os.stat(path).st_ino for path in paths}
        for path in sorted(paths):
            self.decorate(rng, path, rng.choice((0o000, 0o644, 0o640, 0o604, 0o400, 0o444, 0o070)))
        for path in reversed(folders[1:]):
            self.decorate(rng, path, rng.choice((0o755, 0o755, 0o711, 0o750, 0o705, 0o700)))
        return inodes

    def openable(self, inodes):
        found = set()
        for path, ino in inodes.items():
            try:
                os.close(os.open(path, os.O_RDONLY))
                found.add(ino)
            except PermissionError:
                pass
        return found

    def compare_as(self, user, inodes):
        """In a child that is @user: what open(2) and SEARCH give it. Returns how many."""
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.setgroups(user[2])
                os.setgid(user[1])
                os.setuid(user[0])
                wanted = self.openable(inodes)
                rows, counts = control.search(self.volume.path, (1, 1, 1), hits=240)
                got = {row["ino"] for row in rows}
                if got != wanted or counts["scanned"] != FILES or len(rows) != len(got):
                    raise AssertionError(f"{user}: not to be given {sorted(got - wanted)}, "
                                         f"missing {sorted(wanted - got)}, {counts}")
                nearest, _ = control.search(self.volume.path, (1, 1, 1), hits=5)
                if nearest != rows[:5]:
                    raise AssertionError(f"{user}: fewer hits are others: {nearest}")
                os.write(write_end, str(len(got)).encode())
                os._exit(0)
            except BaseException as problem:
                os.write(write_end, repr(problem).encode())
                os._exit(1)
        os.close(write_end)
        with os.fdopen(read_end, "rb") as stream:
            message = stream.read().decode()
        self.assertEqual(os.waitpid(child, 0)[1], 0, message)
        return int(message)

    def test_each_is_given_what_he_could_open(self):
        seed = int(os.environ.get("VEXFS_TEST_SEED", "5"))
        for seed in range(seed, seed + (20 if os.environ.get("VEXFS_TEST_FULL") else 2)):
            print(f"seed={seed}")
            inodes = self.make(random.Random(seed))
            given = [self.compare_as(user, inodes) for user in USERS]
            mounted.record_figure("search", "files that could be opened, of 800", sum(given))
            self.assertGreater(min(given[:3]), 5)
            self.assertLess(max(given), FILES - 20)
            rows, _ = control.search(self.volume.path, (1, 1, 1), hits=240)
            self.assertEqual(len(rows), FILES)
            for entry in os.listdir(self.volume.path):
                mounted.run("rm", "-rf", self.path(entry), check=True)


if __name__ == "__main__":
    mounted.main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: vexctl sends snapshots to another volume, whole and as differences, and what is damaged
makes nothing.

Method: two volumes of one daemon; trees compared by diff, vectors by what fsck and the index say.
The streams themselves are tested in integration/fuse/stream_test.py.
"""
import os
import shutil
import subprocess
import unittest

import session
from session import SessionTest, program


class Stream(SessionTest):
    def setUp(self):
        super().setUp()
        self.here = self.session.make_volume("here")
        self.there = self.session.make_volume("there")
        shutil.copytree(session.EXAMPLES, f"{self.here}/docs")
        self.session.wait_indexed(40, volume="here")

    def snapshots(self, volume):
        rows = self.session.ask("snapshot", "--volume", volume, "list")["snapshots"]
        return [row["name"] for row in rows]

    def assert_same(self, name):
        done = subprocess.run(["diff", "-r", f"{self.here}/.vexfs/snapshots/{name}/docs",
                               f"{self.there}/.vexfs/snapshots/{name}/docs"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout + done.stderr, "")

    def test_whole_and_differences_by_file_and_by_pipe(self):
        """one -> file -> there, two -> pipe -> there, only what changed"""
        stream = os.path.join(self.session.folder, "one.stream")
        self.expect(0, "snapshot", "--volume", "here", "create", "one")
        self.expect(0, "snapshot", "--volume", "here", "send", "one", "-o", stream)
        # A file that is there is not written over.
        self.expect(1, "snapshot", "--volume", "here", "send", "one", "-o", stream)
        self.expect(0, "snapshot", "--volume", "there", "receive", stream)
        self.assertEqual(self.snapshots("there"), ["one"])
        self.assert_same("one")
        with open(f"{self.here}/docs/new.txt", "w", encoding="utf-8") as file:
            file.write("Something new.\n")
        self.expect(0, "snapshot", "--volume", "here", "create", "two")
        vexctl = program("vexctl")
        done = self.session.run(
            "sh", "-c", f"{vexctl} snapshot --volume here send two --from one | tee {stream}.2 | "
            f"{vexctl} snapshot --volume there receive")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_same("two")
        self.assertLess(os.path.getsize(f"{stream}.2"), os.path.getsize(stream) / 4)

    def test_a_stream_that_is_cut_goes_on(self):
        """what came is kept where nobody sees it, told of by a token, and can be let go"""
        self.expect(0, "snapshot", "--volume", "here", "create", "one")
        stream = os.path.join(self.session.folder, "one.stream")
        self.expect(0, "snapshot", "--volume", "here", "send", "one", "-o", stream)
        size = os.path.getsize(stream)
        os.truncate(stream, size // 2)
        there = ("snapshot", "--volume", "there", "receive")
        for last in (True, False):
            done = self.expect(1, *there, "--resumable", stream, error="Corrupt")
            partial, = self.session.ask(*there, "--list-partial")["partial"]
            self.assertIn(f"vexctl snapshot send --resume {partial['token']}", done.stderr)
            self.assertGreater(partial["files"], 5)
            self.assertEqual(self.snapshots("there"), [])
            if last:
                self.expect(2, *there, "--drop-partial", partial["token"][:-1])
                self.expect(0, *there, "--drop-partial", partial["token"])
                self.expect(3, *there, "--drop-partial", partial["token"], error="NotFound")
                self.assertEqual(self.session.ask(*there, "--list-partial")["partial"], [])
        token = partial["token"]
        self.expect(1, "snapshot", "--volume", "there", "send", "--resume", token, "-o",
                    f"{stream}.3", error="Conflict")
        self.expect(2, "snapshot", "--volume", "here", "send", "--resume", "x", "-o",
                    f"{stream}.3")
        self.expect(2, "snapshot", "--volume", "here", "send")
        self.expect(0, "snapshot", "--volume", "here", "send", "--resume", token, "-o",
                    f"{stream}.2")
        self.assertLess(os.path.getsize(f"{stream}.2"), size * 3 // 4)
        self.expect(0, *there, f"{stream}.2")
        self.assert_same("one")

    def test_what_is_damaged_makes_nothing(self):
        """cut, flipped, without what it builds on, no such snapshot, a name that is taken"""
        self.expect(0, "snapshot", "--volume", "here", "create", "one")
        nothing = os.path.join(self.session.folder, "none")
        self.expect(3, "snapshot", "--volume", "here", "send", "none", "-o", nothing)
        self.assertFalse(os.path.exists(nothing))
        stream = os.path.join(self.session.folder, "one.stream")
        self.expect(0, "snapshot", "--volume", "here", "send", "one", "-o", stream)
        with open(stream, "rb") as file:
            good = file.read()
        flipped = bytearray(good)
        flipped[len(good) // 2] ^= 1
        for damaged in (good[:len(good) // 2], bytes(flipped), b""):
            with open(f"{stream}.bad", "wb") as file:
                file.write(damaged)
            self.expect(1, "snapshot", "--volume", "there", "receive", f"{stream}.bad",
                        error="Corrupt")
        with open(f"{self.here}/docs/new.txt", "w", encoding="utf-8") as file:
            file.write("Something new.\n")
        self.expect(0, "snapshot", "--volume", "here", "create", "two")
        self.expect(0, "snapshot", "--volume", "here", "send", "two", "--from", "one", "-o",
                    f"{stream}.2")
        self.expect(3, "snapshot", "--volume", "there", "receive", f"{stream}.2",
                    error="NotFound")
        self.assertEqual(self.snapshots("there"), [])
        self.expect(0, "snapshot", "--volume", "there", "receive", stream)
        self.expect(1, "snapshot", "--volume", "there", "receive", stream, error="AlreadyExists")
        self.assertEqual(self.snapshots("there"), ["one"])


if __name__ == "__main__":
    unittest.main(verbosity=2)

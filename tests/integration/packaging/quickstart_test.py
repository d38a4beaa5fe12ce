#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the first command of the README does what it says, twice, and --stop ends all of it.

Method: packaging/quickstart as it is, in a home of its own without a session bus; what it prints is
read as a person would, and the processes and mounts below its folder are counted afterwards.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))


def mounts_below(folder):
    with open("/proc/self/mountinfo", encoding="utf-8") as stream:
        return [line.split()[4] for line in stream if line.split()[4].startswith(folder)]


def processes_of(folder):
    """Command lines of programs that were started for the folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as stream:
                environment = stream.read()
            with open(f"/proc/{pid}/cmdline", "rb") as stream:
                words = stream.read()
        except OSError:
            continue
        if int(pid) != os.getpid() and f"VEXFS_QUICKSTART_DIR={folder}".encode() in environment:
            found.append(words.replace(b"\0", b" ").decode(errors="replace"))
    return found


class Quickstart(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vexfs-quickstart-test.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(self.quickstart, "--stop")
        self.env = {name: value for name, value in os.environ.items()
                    if not name.startswith(("DBUS_", "XDG_", "DISPLAY"))}
        self.env.update(HOME=self.folder, VEXFS_QUICKSTART_DIR=f"{self.folder}/place")

    def quickstart(self, *words):
        return subprocess.run([os.path.join(ROOT, "packaging/quickstart"), *words], text=True,
                              capture_output=True, env=self.env, timeout=1200, check=False,
                              stdin=subprocess.DEVNULL)

    def test_from_nothing_to_a_search_and_back(self):
        """a hit that shares no word with its query; a second run; an end without traces"""
        for attempt in ("first", "second"):
            done = self.quickstart()
            print(done.stdout, file=sys.stderr)
            self.assertEqual(done.returncode, 0, f"{attempt} run: {done.stderr}")
            searches = done.stdout.split("$ vexctl search ")[1:]
            self.assertEqual(len(searches), 3)
            self.assertTrue(searches[0].startswith('"car repair bill"'))
            self.assertIn("automobile-workshop-invoice.pdf", searches[0].split("\n")[1])
            self.assertIn("meaning", searches[0].split("\n")[1])
            self.assertIn("packaging/quickstart --stop", done.stdout)
        self.assertEqual(len(mounts_below(self.folder)), 1)

        done = self.quickstart("--stop")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(mounts_below(self.folder), [])
        self.assertEqual(processes_of(f"{self.folder}/place"), [])
        self.assertEqual(self.quickstart("--stop").returncode, 0, "nothing to stop is no error")

    def test_a_wrong_word_is_refused(self):
        """an argument that it does not know changes nothing"""
        done = self.quickstart("--halt")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--halt", done.stderr)
        self.assertFalse(os.path.exists(f"{self.folder}/place"))


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: files that are moved to a volume are never nowhere, whatever stops the move; each file of a
job has a state, and so has each file of the index.

Method: folders of a plain file system are moved to a volume, and once more after the daemon was
killed, or the job cancelled, at a moment that a driver held still makes certain; what lies where is
compared byte by byte. States are asked for over the bus while indexing is paused and after it.
"""
import errno
import os
import signal
import time
import unittest

from session import ROOT_PATH, SERVICE, SessionTest, processes_of, wait_until

JOB = f"{SERVICE}.Job"


def is_mounted(folder):
    """Also when its driver is gone."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        return any(line.split()[1] == folder for line in mounts)


def content_of(path):
    """Linux (6.18: fuse_flush_time_update) tells who closes a file next that the process that
    renamed it was killed before the time of that was noted. That error is none of the content's."""
    handle = os.open(path, os.O_RDONLY)
    try:
        return b"".join(iter(lambda: os.read(handle, 1 << 20), b""))
    finally:
        try:
            os.close(handle)
        except OSError as error:
            if error.errno != errno.EIO:
                raise


def files_of(folder):
    """Each file below it by its path from there, with what is in it."""
    found = {}
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            try:
                found[os.path.relpath(path, folder)] = content_of(path)
            except OSError as error:
                raise AssertionError(f"{path}: {error}") from error
    return found


class Adding(SessionTest):
    def setUp(self):
        super().setUp()
        self.mount = self.session.make_volume()
        uuid = self.session.ask("volume", "list")["volumes"][0]["uuid"]
        self.volume = f"{ROOT_PATH}/volumes/{uuid.replace('-', '_')}"
        self.source = os.path.join(self.session.folder, "source")

    def write(self, path, content):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(content)

    def items(self, number, limit=1000):
        """(name, state, props) of each file of a job, by as many pages as it takes; the total."""
        rows, after = [], []
        while True:
            options = ["limit", "u", str(limit), *after]
            reply = self.session.busctl("call", SERVICE, f"{ROOT_PATH}/jobs/{number}", JOB,
                                        "ListItems", "a{sv}", str(len(options) // 3), *options)
            page, info = reply["data"]
            self.assertLessEqual(len(page), limit)
            rows += [(uri.rsplit("/", 1)[1], state,
                      {key: value["data"] for key, value in props.items()})
                     for uri, state, props in page]
            if "next" not in info:
                return rows, info["total"]["data"]
            after = ["after", "s", info["next"]["data"]]

    def states(self, *paths):
        uris = [f"file://{path}" for path in paths]
        reply = self.session.busctl("call", SERVICE, self.volume, f"{SERVICE}.Index", "ListStates",
                                    "asa{sv}", str(len(uris)), *uris, "0")
        self.assertEqual([row[0] for row in reply["data"][0]], uris)
        return [(state, props.get("cause", {}).get("data", "")) for _, state, props
                in reply["data"][0]]

    def test_a_folder_is_moved(self):
        """with its tags; what is there already goes too; what another one is in the way of stays"""
        self.write(f"{self.source}/a.txt", b"An avocet.\n")
        self.write(f"{self.source}/below/b.txt", b"A bittern.\n")
        self.write(f"{self.source}/taken.txt", b"A crane.\n")
        os.mkdir(f"{self.source}/empty")
        os.setxattr(f"{self.source}/a.txt", "user.xdg.tags", b"birds")
        os.setxattr(f"{self.source}/below", "user.xdg.tags", b"reeds")
        self.write(f"{self.mount}/Inbox/source/below/b.txt", b"A bittern.\n")
        self.write(f"{self.mount}/Inbox/source/taken.txt", b"A dunlin.\n")
        done = self.expect(6, "add", self.source, "--move", "--into", f"{self.mount}/Inbox")
        self.assertIn("Moved 1, already there 1, failed 1.", done.stdout)
        self.assertIn("taken.txt", done.stderr)
        self.assertEqual(files_of(self.source), {"taken.txt": b"A crane.\n"})
        self.assertEqual(os.listdir(self.source), ["taken.txt"])
        target = f"{self.mount}/Inbox/source"
        self.assertEqual(files_of(target), {"a.txt": b"An avocet.\n", "taken.txt": b"A dunlin.\n",
                                            "below/b.txt": b"A bittern.\n"})
        self.assertTrue(os.path.isdir(f"{target}/empty"))
        self.assertEqual(os.getxattr(f"{target}/a.txt", "user.xdg.tags"), b"birds")
        job = self.session.ask("job", "list")["jobs"][-1]["id"]
        rows, total = self.items(job, limit=1)
        self.assertEqual(total, 3)
        told = {name: (state, props) for name, state, props in rows}
        self.assertEqual(told["a.txt"], ("ready", {"target": f"file://{target}/a.txt"}))
        self.assertEqual(told["b.txt"], ("duplicate", {"target": f"file://{target}/below/b.txt"}))
        self.assertEqual(told["taken.txt"][0], "failed")
        self.assertEqual(told["taken.txt"][1]["error"], f"{SERVICE}.Error.AlreadyExists")
        self.assertIn("it was kept", told["taken.txt"][1]["reason"])
        self.assertEqual(self.items(1), ([], 0))

    def test_the_folder_is_made(self):
        """only where that is asked for, and not through a file"""
        self.write(f"{self.source}/a.txt", b"An avocet.\n")
        inbox = f"{self.mount}/new/Inbox"
        self.expect(3, "add", f"{self.source}/a.txt", "--into", inbox, error="NotFound")
        self.expect(0, "add", f"{self.source}/a.txt", "--into", inbox, "--create")
        self.assertEqual(files_of(inbox), {"a.txt": b"An avocet.\n"})
        self.expect(3, "add", f"{self.source}/a.txt", "--into", f"{inbox}/a.txt/below", "--create",
                    error="NotFound")
        self.expect(2, "add", f"{self.source}/a.txt", "--create")
        within = self.session.vexctl("add", f"{self.mount}/new", "--into", f"{inbox}/deep",
                                     "--create")
        self.assertIn("cannot be added to itself", within.stderr)
        self.assertFalse(os.path.exists(f"{inbox}/deep"))

    def test_within_the_volume_files_are_renamed(self):
        """they stay the files that they are; one that is moved to where it is stays there"""
        path = f"{self.mount}/from/a.txt"
        self.write(path, b"An avocet.\n")
        before = os.stat(path).st_ino
        self.expect(0, "add", path, "--move", "--into", f"{self.mount}/to", "--create")
        self.assertEqual(os.stat(f"{self.mount}/to/a.txt").st_ino, before)
        self.assertEqual(files_of(f"{self.mount}/from"), {})
        for duplicate in ([], ["--keep-both"]):
            done = self.expect(0, "add", f"{self.mount}/to/a.txt", "--move", "--into",
                               f"{self.mount}/to", *duplicate)
            self.assertIn("Moved 0, already there 1, failed 0.", done.stdout)
            self.assertEqual(files_of(f"{self.mount}/to"), {"a.txt": b"An avocet.\n"})

    def begin_move(self, count):
        """A move of so many files that is under way; its job, and what there was."""
        for number in range(count):
            self.write(f"{self.source}/{number % 7}/{number}.txt", b"%d\n" % number * 3000)
        before = files_of(self.source)
        told = self.session.ask("add", self.source, "--move", "--background")
        self.assertEqual(told["schema"], "vexctl.job-id/1")
        job = told["job"]

        def is_under_way():
            status = self.session.ask("job", "show", str(job))
            self.assertEqual(status["state"], "running", status)
            return status["items_done"] > 300
        wait_until(is_under_way, 60, "some files are moved")
        return job, before

    def assert_nothing_is_lost(self, before):
        """Each file is there whole, at the one place or at the other; how many are left to move."""
        left = files_of(self.source)
        moved = files_of(f"{self.mount}/source")
        self.assertEqual(set(left) | set(moved), set(before))
        for found in (left, moved):
            for name, content in found.items():
                self.assertEqual(content, before[name], name)
        return len(left)

    def test_a_move_that_is_killed_loses_nothing(self):
        """SIGKILL in the middle of it; once more, it is done"""
        _, before = self.begin_move(4000)
        self.session.kill_daemon()
        left = self.assert_nothing_is_lost(before)
        self.assertGreater(left, 0, "it had ended before it was killed")
        self.assertLess(left, len(before))
        self.session.start_daemon()
        wait_until(lambda: self.session.vexctl("index", "status").returncode == 0, 30,
                   "the volume is taken over")
        self.expect(0, "add", self.source, "--move")
        self.assertFalse(os.path.exists(self.source))
        self.assertEqual(self.assert_nothing_is_lost(before), 0)

    def test_a_job_rests_while_it_is_paused(self):
        """nothing is added meanwhile; afterwards the rest is"""
        job, before = self.begin_move(4000)
        self.expect(0, "job", "pause", str(job))
        wait_until(lambda: self.session.ask("job", "show", str(job))["state"] == "paused", 30,
                   "it is paused")
        there = set(files_of(f"{self.mount}/source"))
        self.assertLess(len(there), len(before))
        time.sleep(0.5)
        self.assertEqual(set(files_of(f"{self.mount}/source")), there)
        self.expect(0, "job", "resume", str(job))
        self.expect(0, "job", "wait", str(job))
        self.assertEqual(self.assert_nothing_is_lost(before), 0)
        self.expect(1, "job", "pause", str(job), error="AlreadyFinished")

    def test_a_move_that_is_cancelled_loses_nothing(self):
        """what was moved stays moved, the rest stays where it is, and nothing is at both places"""
        job, before = self.begin_move(4000)
        self.expect(0, "job", "cancel", str(job))
        wait_until(lambda: self.session.ask("job", "show", str(job))["state"] == "cancelled", 30,
                   "it is cancelled")
        left = self.assert_nothing_is_lost(before)
        self.assertGreater(left, 0, "it had ended before it was cancelled")
        moved = files_of(f"{self.mount}/source")
        self.assertEqual(len(moved) + left, len(before))
        rows, total = self.items(job, limit=999)
        self.assertEqual((len(rows), total), (4000, 4000))
        states = [state for _, state, _ in rows]
        self.assertEqual(states.count("ready"), len(moved))
        self.assertEqual(states.count("waiting"), left)

    def test_a_volume_that_fails_keeps_the_originals(self):
        """the driver ends in the middle of a move"""
        job, before = self.begin_move(4000)
        for pid in processes_of(self.session.folder):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: self.session.ask("job", "show", str(job))["state"] == "failed", 30,
                   "it has failed")
        left = files_of(self.source)
        self.assertGreater(len(left), 0)
        # Whoever is first: the service lets go of a volume whose driver is gone.
        self.session.run("umount", "-l", self.mount)
        wait_until(lambda: not is_mounted(self.mount), 30, "it is unmounted")
        image = os.path.join(self.session.folder, "docs.vexfs")
        wait_until(lambda: self.session.vexctl("volume", "mount", image).returncode == 0, 30,
                   "it is mounted again")
        self.assert_nothing_is_lost(before)

    def test_states_of_the_index(self):
        """waiting, ready, failed, and why a file is not indexed"""
        self.expect(0, "index", "pause")
        paths = [f"{self.mount}/{name}" for name in ("good.txt", "bad.docx", "folder/below.txt",
                                                     "folder", "none.txt")]
        self.write(paths[0], b"The heron stands in the reeds.\n")
        self.write(paths[1], b"PK\3\4 this is no document")
        self.write(paths[2], b"Kingfisher below the bridge.\n")
        paths.append("/etc/passwd")
        rest = [("not-indexed", "excluded"), ("not-indexed", "missing"),
                ("not-indexed", "not-on-volume")]
        self.assertEqual(self.states(*paths), [("waiting", "")] * 3 + rest)
        self.expect(0, "index", "resume")
        self.session.wait_indexed(3)
        bad = self.session.ask("explain", paths[1])["state"]
        expected = ("failed", "") if bad == "failed" else ("not-indexed", bad)
        self.assertEqual(self.states(*paths), [("ready", ""), expected, ("ready", "")] + rest)
        too_many = self.session.run("busctl", "--user", "call", SERVICE, self.volume,
                                    f"{SERVICE}.Index", "ListStates", "asa{sv}", "1001",
                                    *[f"file://{paths[0]}"] * 1001, "0")
        self.assertNotEqual(too_many.returncode, 0)
        self.assertIn("at most 1000", too_many.stderr)

    def test_words_come_before_meaning(self):
        """of many files: each goes from waiting over its words to ready, and never back"""
        self.expect(0, "index", "pause")
        paths = [f"{self.mount}/{number}.txt" for number in range(700)]
        for number, path in enumerate(paths):
            self.write(path, b"The heron number %d stands in the reeds of pond %d.\n"
                       % (number, number % 13))
        self.expect(0, "index", "resume")
        order = ["waiting", "words-ready", "ready"]
        seen = set()
        last = [0] * len(paths)

        def are_ready():
            now = [order.index(state) for state, _ in self.states(*paths)]
            self.assertTrue(all(a >= b for a, b in zip(now, last)), "some went back")
            last[:] = now
            seen.update(now)
            return set(now) == {2}
        wait_until(are_ready, 60, "all are ready")
        self.assertEqual(seen, {0, 1, 2})


if __name__ == "__main__":
    unittest.main(verbosity=2)

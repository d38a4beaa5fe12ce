#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: whatever happens in the middle of deleting, rolling back, restoring and receiving, each of
it happened or did not; and rights of today hold for yesterday's copies.

Method: the daemon and the driver are killed at random moments of each; then the volume is checked
by fsck and looked at. A full volume. A session of somebody who is not root. Tools that know nothing
of snapshots, over their folder. VEXFS_TEST_FULL=1 kills ten times as often.
"""
import os
import random
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fuse"))
import control  # noqa: E402
import session  # noqa: E402
from session import SessionTest, processes_of, program, tell, wait_until  # noqa: E402

ROUNDS = 40 if os.environ.get("VEXFS_TEST_FULL") == "1" else 4
NOBODY = 65534
FILES = 60


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def read_tree(root):
    found = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name != ".vexfs"]
        for name in names:
            path = os.path.join(folder, name)
            with open(path, encoding="utf-8") as stream:
                found[os.path.relpath(path, root)] = stream.read()
    return found


class Kill(SessionTest):
    def setUp(self):
        super().setUp()
        seed = int(os.environ.get("VEXFS_TEST_SEED", "6"))
        tell(f"seed={seed}")
        self.random = random.Random(seed)
        self.mount = self.session.make_volume(size="1G")
        self.kept = f"{self.mount}/.vexfs/snapshots"
        self.image = os.path.join(self.session.folder, "docs.vexfs")
        self.old = {f"d{i % 7}/f{i}.txt": f"old {i} " * 900 for i in range(FILES)}
        self.new = {f"d{i % 7}/f{i}.txt": f"new {i} " * 700 for i in range(0, FILES, 2)}
        for name, text in self.old.items():
            write(f"{self.mount}/{name}", text)
        self.session.ask("snapshot", "create", "old")
        for name in self.old:
            os.unlink(f"{self.mount}/{name}")
        for name, text in self.new.items():
            write(f"{self.mount}/{name}", text)
        self.session.ask("snapshot", "create", "new")

    def names(self):
        return {row["name"] for row in self.session.ask("snapshot", "list")["snapshots"]}

    def time_of(self, *words):
        start = time.monotonic()
        self.expect(0, *words)
        return time.monotonic() - start

    def kill_during(self, most, *words):
        """Starts that and kills the daemon or the driver in it; all is back afterwards."""
        running = subprocess.Popen([program("vexctl"), *words], env=self.session.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(self.random.random() * most)
        is_driver = self.random.random() < 0.5
        if is_driver:
            self.session.kill_drivers()
        else:
            self.session.kill_daemon()
        running.wait(timeout=600)
        if not is_driver:
            self.session.start_daemon()
        else:
            self.session.run("umount", "-l", self.mount)
        self.remount()

    def remount(self):
        def unmounted():
            return self.session.vexctl("volume", "umount", "docs").returncode == 0 \
                or not session.mounts_below(self.session.folder)
        wait_until(unmounted, 30, "the volume is unmounted")
        wait_until(lambda: not processes_of(self.session.folder), 30, "the driver is gone")
        self.assert_clean(self.image)
        wait_until(lambda: self.session.vexctl("volume", "mount", "docs").returncode == 0, 30,
                   "it is mounted again")

    def test_delete(self):
        """of those that were to be deleted some are gone, whole; the others are whole"""
        for i in range(ROUNDS):
            doomed = [f"x{i}-{number}" for number in range(30)]
            for name in doomed:
                write(f"{self.mount}/doomed.txt", name)
                self.session.ask("snapshot", "create", name)
            self.kill_during(0.15, "snapshot", "delete", *doomed)
            left = self.names()
            self.assertTrue({"old", "new"} <= left)
            for name in set(doomed) & left:
                self.assertEqual(read_tree(f"{self.kept}/{name}"), self.new | {"doomed.txt": name})
            os.unlink(f"{self.mount}/doomed.txt")
            self.assertEqual(read_tree(self.mount), self.new)
            if set(doomed) & left:
                self.expect(0, "snapshot", "delete", *sorted(set(doomed) & left))

    def test_rollback(self):
        """the live tree is what it was, or what the snapshot has"""
        took = self.time_of("snapshot", "rollback", "new")
        for i in range(ROUNDS):
            target = ("old", "new")[i % 2]
            before = read_tree(self.mount)
            self.kill_during(took * 1.2, "snapshot", "rollback", target)
            self.assertIn(read_tree(self.mount), (before, read_tree(f"{self.kept}/{target}")))
            self.assertEqual(read_tree(f"{self.kept}/old"), self.old)

    def test_restore(self):
        """each file is as it was, or as the snapshot has it; what was there is in a snapshot"""
        folders = [f"{self.mount}/d{i}" for i in range(7)]
        took = self.time_of("snapshot", "restore", "old", *folders, "--replace")
        for i in range(ROUNDS):
            target = ("new", "old")[i % 2]
            before = read_tree(self.mount)
            known = self.names()
            self.kill_during(took * 1.2, "snapshot", "restore", target, *folders, "--replace")
            wanted = read_tree(f"{self.kept}/{target}")
            after = read_tree(self.mount)
            strange = {name for name, text in after.items()
                       if text not in (before.get(name), wanted.get(name))}
            self.assertEqual(strange, set())
            self.assertEqual(set(before) - set(after), set())
            for name in self.names() - known:
                if name.endswith("-restore"):
                    self.assertEqual(read_tree(f"{self.kept}/{name}"), before)

    def left(self):
        """Names that an entry has only before it takes another's place, and notes of where."""
        return [os.path.join(folder, name) for top in (self.mount, f"{self.mount}/.vexfs/index")
                for folder, _, names in os.walk(top) for name in names
                if name.startswith((".vexfs-restore.", "restoring-"))]

    def test_restore_leaves_nothing_beside(self):
        """files and links that replace others: no part of one is left, whoever is killed"""
        for i in range(40):
            os.symlink(f"old{i}", f"{self.mount}/d{i % 7}/link{i}")
        self.session.ask("snapshot", "create", "links")
        for i in range(40):
            os.unlink(f"{self.mount}/d{i % 7}/link{i}")
            os.symlink(f"new{i}", f"{self.mount}/d{i % 7}/link{i}")
        folders = [f"{self.mount}/d{i}" for i in range(7)]
        took = self.time_of("snapshot", "restore", "links", *folders, "--replace")
        self.assertEqual(os.readlink(f"{self.mount}/d1/link1"), "old1")
        self.assertEqual(self.left(), [])
        for i in range(ROUNDS):
            target = ("old", "new")[i % 2]
            self.kill_during(took, "snapshot", "restore", target, *folders, "--replace")
            self.assertEqual(self.left(), [])

    def test_what_was_left_is_removed_at_the_start(self):
        """a note tells where; what other names begin so stays, and so does what is not noted"""
        part = f"{self.mount}/d1/.vexfs-restore.1.1.part"
        other = f"{self.mount}/d2/.vexfs-restore.1.1.part"
        mine = f"{self.mount}/d1/.vexfs-restore.notes"
        for path in (part, other, mine):
            write(path, "x")
        note = f"{self.mount}/.vexfs/index/restoring-1.1"
        write(note, "./d1\0./no-such\0/no-such\0")
        self.session.stop_daemon()
        self.session.start_daemon()
        self.remount()
        self.assertEqual([os.path.exists(path) for path in (part, other, mine, note)],
                         [False, True, True, False])

    def test_receive(self):
        """the snapshot is there and whole, or there is nothing"""
        stream = os.path.join(self.session.folder, "stream")
        self.expect(0, "snapshot", "send", "old", "-o", stream)
        took = self.time_of("snapshot", "receive", stream, "--name", "whole")
        self.assertEqual(read_tree(f"{self.kept}/whole"), self.old)
        for i in range(ROUNDS):
            name = f"got{i}"
            running = subprocess.Popen([program("vexctl"), "snapshot", "receive", stream, "--name",
                                        name], env=self.session.env, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(self.random.random() * took * 1.2)
            if i % 2:
                running.send_signal(signal.SIGKILL)
                running.wait()
            else:
                self.session.kill_drivers()
                running.wait(timeout=600)
                self.session.run("umount", "-l", self.mount)
            self.remount()
            if name in self.names():
                self.assertEqual(read_tree(f"{self.kept}/{name}"), self.old)
            else:
                self.expect(0, "snapshot", "receive", stream, "--name", name)


class InUse(SessionTest):
    def test_what_cannot_be_deleted_and_what_can(self):
        """locked: none of all is deleted; open and an origin: gone, and what is made of it stays"""
        mount = self.session.make_volume()
        kept = f"{mount}/.vexfs/snapshots"
        write(f"{mount}/a.txt", "first")
        for name in ("one", "two", "three"):
            self.session.ask("snapshot", "create", name)
        self.expect(0, "snapshot", "set", "two", "--lock")
        self.expect(1, "snapshot", "delete", "one", "two", error="SnapshotInUse")
        self.expect(3, "snapshot", "delete", "one", "never", error="NotFound")
        self.assertTrue(os.path.exists(f"{kept}/one/a.txt"))
        rows = {row["name"]: row["id"] for row in control.snapshot_list(mount)}
        control.snapshot_create(mount, "clone", source=rows["one"], flags=1)
        write(f"{kept}/clone/b.txt", "second")
        with open(f"{kept}/one/a.txt", encoding="utf-8") as opened:
            self.expect(0, "snapshot", "delete", "one")
            with self.assertRaises(OSError):
                os.stat(f"{kept}/one")
            # Whoever has it open gets all of it, or an error, and nothing else.
            try:
                self.assertEqual(opened.read(), "first")
            except OSError as error:
                tell(f"what is open of it: {error.strerror}")
        self.assertEqual(read_tree(f"{kept}/clone"), {"a.txt": "first", "b.txt": "second"})
        self.assertEqual(read_tree(f"{kept}/two"), {"a.txt": "first"})
        wait_until(lambda: self.session.vexctl("volume", "umount", "docs").returncode == 0, 30,
                   "unmounted")
        self.assert_clean(os.path.join(self.session.folder, "docs.vexfs"))

    def test_restore_on_a_full_volume(self):
        """what fits is there whole, what does not is told; nothing that was there is harmed"""
        mount = self.session.make_volume(size="64M")
        texts = {f"d/{i}.txt": f"{i} " * 400 for i in range(2000)}
        for name, text in texts.items():
            write(f"{mount}/{name}", text)
        self.session.ask("snapshot", "create", "old")
        for name in texts:
            os.unlink(f"{mount}/{name}")
        write(f"{mount}/d/7.txt", "mine")
        self.expect(0, "index", "pause")
        number = 0
        for size in (1 << 20, 1 << 14, 1 << 12, 512):
            try:
                while True:
                    number += 1
                    with open(f"{mount}/fill{number}", "wb") as stream:
                        stream.write(os.urandom(size))
                        os.fsync(stream.fileno())
            except OSError:
                pass
        done = self.session.vexctl("--json", "snapshot", "restore", "old", f"{mount}/d",
                                   "--replace")
        self.assertIn(done.returncode, (1, 6), done.stdout + done.stderr)
        self.assertIn("NoSpace", done.stdout + done.stderr)
        for name, text in read_tree(f"{mount}/d").items():
            self.assertIn(text, (texts[f"d/{name}"], "mine"))
        for i in range(1, number):
            if os.path.exists(f"{mount}/fill{i}"):
                os.unlink(f"{mount}/fill{i}")
        # What came before the attempt is kept so that it can be undone, and has those files, too.
        undo = [each["name"] for each in self.session.ask("snapshot", "list")["snapshots"]
                if each["name"].startswith("undo-")]
        if undo:
            self.expect(0, "snapshot", "delete", *undo)
        wait_until(lambda: os.statvfs(mount).f_bavail * 4096 > 20 << 20, 30, "room comes back")
        self.expect(0, "snapshot", "restore", "old", f"{mount}/d", "--replace")
        self.assertEqual(read_tree(f"{mount}/d"),
                         {name[2:]: text for name, text in texts.items()})


class Tools(SessionTest):
    def test_find_diff_and_rsync(self):
        """numbers of inodes, links, holes and times are as they were; nothing can be written"""
        mount = self.session.make_volume()
        for i in range(50):
            write(f"{mount}/d{i % 5}/e/f{i}.txt", f"text {i}")
        os.link(f"{mount}/d0/e/f0.txt", f"{mount}/link")
        os.symlink("d1/e", f"{mount}/symlink")
        os.mkfifo(f"{mount}/fifo")
        with open(f"{mount}/sparse", "wb") as stream:
            stream.truncate(1 << 24)
        os.setxattr(f"{mount}/link", "user.note", b"kept")
        kept = f"{mount}/.vexfs/snapshots"
        listing = ["find", ".", "-name", ".vexfs", "-prune", "-o", "-printf",
                   "%i %n %m %s %b %T@ %P %l\\n"]

        def listed(folder):
            """Lines of find, and the numbers of inodes, of which the lower 40 bits stay."""
            done = subprocess.run(listing, cwd=folder, capture_output=True, text=True, check=True)
            lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
            numbers = {int(number) for number, _ in lines}
            return sorted((int(number) % (1 << 40), rest) for number, rest in lines), numbers
        before, used = listed(mount)
        self.session.ask("snapshot", "create", "one")
        self.session.ask("snapshot", "create", "two")
        for name in ("one", "two"):
            after, numbers = listed(f"{kept}/{name}")
            self.assertEqual(after, before)
            # Two files of one device never have the same number.
            self.assertEqual(os.stat(f"{kept}/{name}").st_dev, os.stat(mount).st_dev)
            self.assertFalse(used & numbers)
            used |= numbers
        copy = os.path.join(self.session.folder, "copy")
        for source in (f"{kept}/one/", f"{kept}/two/"):
            for _ in range(2):
                done = subprocess.run(["rsync", "-aHXi", "--delete", source, f"{copy}/"],
                                      capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "", "a second rsync finds nothing to do")
        done = subprocess.run(["diff", "-r", "--no-dereference", "--exclude=fifo", f"{kept}/one",
                               copy], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual(os.stat(f"{copy}/link").st_nlink, 2)
        for words in (["touch", f"{kept}/one/new"], ["rm", f"{kept}/one/link"],
                      ["chmod", "0", f"{kept}/one/link"], ["mkdir", f"{kept}/mine"]):
            self.assertNotEqual(self.session.run(*words).returncode, 0, words)
        # Nobody who walks through the volume walks through its snapshots.
        found = subprocess.run(["find", mount], capture_output=True, text=True, check=True)
        self.assertNotIn(".vexfs", found.stdout)


class Rights(SessionTest):
    def setUp(self):
        self.prepare_session(user=NOBODY)
        self.session.start_bus()
        self.session.start_daemon()

    def as_user(self, *words):
        done = self.session.run(*words)
        self.assertEqual(done.returncode, 0, done.stderr)

    def hits(self, *words):
        return self.session.ask("search", "zeppelin", "--mode", "keyword", *words)["hits"]

    def test_a_chmod_closes_old_copies(self):
        """what may not be read any more is not found in the past, until it may be again"""
        mount = self.session.make_volume()
        path, folder = f"{mount}/open/secret.txt", f"{mount}/folder"
        script = (f"mkdir {mount}/open {folder}; echo 'The zeppelin leaves.' > {path}; "
                  f"echo 'Another zeppelin.' > {folder}/b.txt")
        self.as_user("sh", "-c", script)
        self.session.wait_indexed(2)
        self.session.ask("snapshot", "create", "one")
        wait_until(lambda: len(self.hits("--at", "one")) == 2, 30, "both are found")
        self.as_user("chmod", "0", path)
        self.assertEqual([os.path.basename(hit["path"]) for hit in self.hits("--at", "one")],
                         ["b.txt"])
        self.as_user("chmod", "0", folder)
        self.assertEqual(self.hits("--at", "one"), [])
        self.as_user("chmod", "700", folder)
        self.as_user("chmod", "600", path)
        self.assertEqual(len(self.hits("--at", "one")), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)

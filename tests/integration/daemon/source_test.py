#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a plain folder that was added is searched as it is now, where it lies, whatever happens to
it: files and folders that come, change, move and go while the daemon runs and while it does not, a
disk that is taken away, too few watches, names that are not UTF-8, symlinks, other mounts inside.

Method: folders of the host's own filesystem and a tmpfs, a real daemon, vexctl.
"""
import json
import os
import shutil
import subprocess
import time
import unittest

from session import EXAMPLES, SessionTest, mounts_below, tell, wait_until


class Source(SessionTest):
    def setUp(self):
        super().setUp()
        self.folder = os.path.join(self.session.folder, "documents")
        os.mkdir(self.folder)
        self.addCleanup(self.unmount)

    def unmount(self):
        for path in reversed(mounts_below(self.session.folder)):
            subprocess.run(["umount", "-l", path], check=False)

    def restart(self, **env):
        self.session.stop_daemon()
        self.session.env.update(env)
        self.session.start_daemon()

    def write(self, name, text, folder=None):
        path = os.path.join(folder or self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    def sources(self):
        return self.session.ask("source", "list")["sources"]

    def wait_watched(self):
        """A daemon that was just started has the folder again."""
        wait_until(lambda: self.sources()[0]["state"] == "watched", 30, "it is watched")

    def wait_files(self, files, seconds=60):
        def settled():
            index = self.sources()[0]["index"]
            is_done = index["files"] == files and index["pending"] == 0
            return is_done and index["state"] == "idle"
        wait_until(settled, seconds, f"{files} files: {self.sources()} {self.session.messages()}")

    def found(self, word):
        return sorted(self.session.paths(word, "--mode", "keyword"))

    def wait_found(self, word, paths, seconds=30):
        wait_until(lambda: self.found(word) == sorted(paths), seconds,
                   f"{word} is in {paths}, not {self.found(word)}; {self.session.messages()}")

    def test_life(self):
        """what happens in a folder is found, by words and by meaning; nothing is copied"""
        shutil.copytree(EXAMPLES, self.folder, dirs_exist_ok=True)
        examples = sum(len(files) for _, _, files in os.walk(self.folder))
        deep = self.write("a/b/c/deep.txt", "The walrus of the north.")
        self.expect(0, "source", "add", self.folder)
        self.wait_files(examples + 1)
        self.assertEqual(sorted(os.listdir(self.folder)), sorted(os.listdir(EXAMPLES) + ["a"]))
        self.assertEqual(self.found("walrus"), [deep])
        hit = self.session.ask("search", "car repair bill")["hits"][0]
        self.assertTrue(hit["path"].startswith(self.folder + "/"), hit)
        self.assertGreater(hit["vector_score"], 0)
        late = self.write("late.txt", "A narwhal came by.")
        self.wait_found("narwhal", [late])
        self.write("late.txt", "An otter came by.")
        self.wait_found("otter", [late])
        self.assertEqual(self.found("narwhal"), [])
        os.rename(late, os.path.join(self.folder, "a/renamed.txt"))
        self.wait_found("otter", [os.path.join(self.folder, "a/renamed.txt")])
        os.rename(os.path.join(self.folder, "a"), os.path.join(self.folder, "z"))
        self.wait_found("walrus", [os.path.join(self.folder, "z/b/c/deep.txt")])
        self.wait_found("otter", [os.path.join(self.folder, "z/renamed.txt")])
        below = self.write("z/b/c/further/new.txt", "A lemming below what moved.")
        self.wait_found("lemming", [below])
        link = os.path.join(self.folder, "capybara.txt")
        os.link(below, link)
        wait_until(lambda: self.found("capybara") in ([below], [link]), 30, "its second name")
        os.unlink(below)
        self.wait_found("lemming", [link])
        shutil.rmtree(os.path.join(self.folder, "z"))
        self.wait_found("walrus", [])
        self.wait_found("otter", [])
        outside = self.write("elsewhere/moved-in.txt", "A puffin from elsewhere.",
                             self.session.folder)
        os.rename(os.path.dirname(outside), os.path.join(self.folder, "in"))
        self.wait_found("puffin", [os.path.join(self.folder, "in/moved-in.txt")])
        os.rename(os.path.join(self.folder, "in"), os.path.join(self.session.folder, "out"))
        self.wait_found("puffin", [])
        explained = self.session.ask("explain", link, "--query", "lemming")
        self.assertEqual((explained["state"], explained["verdict"]), ("indexed", "found"))
        self.assertEqual(self.found(f"in:{self.folder}/nowhere lemming"), [])

    def test_while_it_slept(self):
        """what happened while no daemon ran is found after; what is as it was is not read again"""
        kept = self.write("kept.txt", "The walrus stays.")
        gone = self.write("gone.txt", "The narwhal goes.")
        moved = self.write("moved.txt", "The otter moves.")
        changed = self.write("changed.txt", "The puffin changes.")
        self.expect(0, "source", "add", self.folder)
        self.wait_files(4)
        self.session.stop_daemon()
        os.unlink(gone)
        os.mkdir(os.path.join(self.folder, "sub"))
        os.rename(moved, os.path.join(self.folder, "sub/moved.txt"))
        self.write("changed.txt", "The lemming has changed.")
        new = self.write("new.txt", "The okapi is new.")
        self.session.start_daemon()
        self.wait_watched()
        self.wait_found("okapi", [new])
        self.wait_files(4)
        self.assertEqual(self.found("walrus"), [kept])
        self.assertEqual(self.found("narwhal"), [])
        self.assertEqual(self.found("otter"), [os.path.join(self.folder, "sub/moved.txt")])
        self.assertEqual(self.found("lemming"), [changed])
        self.assertEqual(self.session.ask("stats", "--volume", self.folder,
                                          "index.files")["counters"],
                         {"index.files": 2})
        self.session.kill_daemon()
        killed = self.write("killed.txt", "The ocelot came after a kill.")
        self.session.start_daemon()
        self.wait_watched()
        self.wait_found("ocelot", [killed])
        self.assertEqual(self.found("walrus"), [kept])

    def test_away(self):
        """a disk that is taken away loses nothing, and can be taken away"""
        subprocess.run(["mount", "-t", "tmpfs", "none", self.folder], check=True)
        self.write("disk.txt", "The walrus is on a disk.")
        self.expect(0, "source", "add", self.folder)
        self.wait_files(1)
        wait_until(lambda: subprocess.run(["umount", self.folder], check=False).returncode == 0, 20,
                   "it can be unmounted")
        wait_until(lambda: self.sources()[0]["state"] == "away", 20, "it is away")
        self.assertEqual(self.session.vexctl("search", "walrus").returncode, 1)
        # An empty folder at its place is not a disk whose files were all deleted.
        self.restart()
        wait_until(lambda: "empty" in self.sources()[0]["message"], 20, f"{self.sources()}")
        subprocess.run(["mount", "-t", "tmpfs", "none", self.folder], check=True)
        path = self.write("disk.txt", "The walrus is on a disk again.")
        wait_until(lambda: self.sources()[0]["state"] == "watched", 20, "it is back")
        self.wait_found("walrus", [path])

    def test_what_is_left_out(self):
        """symlinks are not followed, mounts inside are not crossed, fifos are not opened"""
        self.write("secret/secret.txt", "The walrus is elsewhere.", self.session.folder)
        os.symlink(os.path.join(self.session.folder, "secret"), os.path.join(self.folder, "link"))
        os.symlink(os.path.join(self.session.folder, "secret/secret.txt"),
                   os.path.join(self.folder, "link.txt"))
        os.mkfifo(os.path.join(self.folder, "fifo.txt"))
        inside = os.path.join(self.folder, "inside")
        os.mkdir(inside)
        subprocess.run(["mount", "-t", "tmpfs", "none", inside], check=True)
        self.write("other.txt", "The walrus is on another mount.", inside)
        odd = os.path.join(self.folder.encode(), b"caf\xe9.txt")
        with open(odd, "w", encoding="utf-8") as stream:
            stream.write("The walrus in a strange name.")
        self.expect(0, "source", "add", self.folder)
        self.wait_files(1)
        hits = self.session.ask("search", "walrus", "--mode", "keyword")["hits"]
        self.assertEqual([hit["uri"] for hit in hits], [f"file://{self.folder}/caf%E9.txt"])
        bound = os.path.join(self.folder, "bound")
        os.mkdir(bound)
        subprocess.run(["mount", "--bind", os.path.join(self.session.folder, "secret"), bound],
                       check=True)
        plain = self.write("plain.txt", "The narwhal is plain.")
        self.wait_found("narwhal", [plain])
        self.restart()
        self.wait_watched()
        self.wait_found("narwhal", [plain])
        self.assertEqual(len(self.session.ask("search", "walrus", "--mode", "keyword")["hits"]), 1)

    def test_too_few_watches(self):
        """where not all folders may be watched all is looked at now and then, and that is said"""
        self.restart(VEXFS_WATCHES_MAX="3", VEXFS_RESCAN_SECONDS="2")
        for number in range(12):
            self.write(f"d{number}/f{number}.txt", f"entry{number} of the first")
        self.expect(0, "source", "add", self.folder)
        self.wait_files(12)
        source = self.sources()[0]
        self.assertEqual((source["state"], source["folders"], source["watched_folders"]),
                         ("partly-watched", 13, 3))
        self.assertIn("max_user_watches", self.session.vexctl("source", "list").stderr)
        self.assertIn("max_user_watches", self.session.messages())
        for number in range(12):
            self.write(f"d{number}/g{number}.txt", f"late{number} walrus")
        os.unlink(os.path.join(self.folder, "d7/f7.txt"))
        self.wait_files(23)
        self.assertEqual(len(self.found("walrus")), 12)
        self.assertEqual(self.found("entry7"), [])

    def test_storm(self):
        """a storm of files loses none; what changes at once is found as it is at the end"""
        self.expect(0, "source", "add", self.folder)
        count = 50000 if os.environ.get("VEXFS_TEST_FULL") else 3000
        calm = self.write("calm.txt", "the okapi in its forest")
        self.wait_found("okapi", [calm])
        for number in range(count):
            self.write(f"storm{number // 500}/s{number}.txt", f"storm{number:06d} blew")
            if number % (count // 20) == 0:
                self.assertEqual(self.found(f"okapi number{number}"), [calm])
        for number in range(0, count, 10):
            self.write(f"storm{number // 500}/s{number}.txt", "changed afterwards")
        for number in range(5, count, 10):
            os.unlink(os.path.join(self.folder, f"storm{number // 500}/s{number}.txt"))
        for number in range(0, count // 500, 3):
            os.rename(os.path.join(self.folder, f"storm{number}"),
                      os.path.join(self.folder, f"moved{number}"))
        start = time.monotonic()
        self.wait_files(1 + count - len(range(5, count, 10)), seconds=1500)
        tell(f"{count} files, indexed {time.monotonic() - start:.1f} s after the last")
        for number in range(1, count, count // 20):
            expected = number % 10 not in (0, 5)
            folder = "moved" if number // 500 % 3 == 0 else "storm"
            path = os.path.join(self.folder, f"{folder}{number // 500}/s{number}.txt")
            self.assertEqual(self.found(f"storm{number:06d}"), [path] if expected else [], number)

    def test_refusals(self):
        """what cannot be a source is refused with a reason; removing one leaves its files"""
        self.expect(3, "source", "add", os.path.join(self.folder, "nowhere"), error="NotFound")
        file = self.write("a.txt", "The walrus.")
        self.expect(2, "source", "add", file)
        self.expect(0, "source", "add", self.folder)
        self.expect(1, "source", "add", self.folder, error="AlreadyExists")
        os.mkdir(os.path.join(self.folder, "sub"))
        self.expect(1, "source", "add", os.path.join(self.folder, "sub"), error="AlreadyExists")
        mount = self.session.make_volume()
        self.expect(1, "source", "add", mount, error="Conflict")
        self.expect(2, "source", "add", os.path.join(self.session.folder, "state/vexfs"))
        self.wait_files(1)
        self.expect(3, "source", "remove", os.path.join(self.folder, "sub"), error="NotFound")
        self.expect(0, "source", "remove", self.folder)
        self.assertEqual(self.sources(), [])
        self.assertTrue(os.path.exists(file))
        self.assertEqual(os.listdir(os.path.join(self.session.folder, "state/vexfs/sources")), [])
        self.assertEqual(self.found("walrus"), [])
        self.restart()
        self.assertEqual(self.sources(), [])
        with open(os.path.join(self.session.folder, "state/vexfs/sources.json"),
                  encoding="utf-8") as stream:
            self.assertEqual(json.load(stream), {"sources": []})


if __name__ == "__main__":
    unittest.main(verbosity=2)

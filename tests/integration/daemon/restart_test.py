#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: nothing is lost when the daemon or the driver is killed, and a change is soon searchable.

Method: SIGKILL of vexfsd at several moments while it indexes, SIGKILL of vexfs-fuse under it; then
everything must be found again and fsck must find nothing. The time from a change to the first
search that finds it is printed.
"""
import os
import time
import unittest

from session import SessionTest, processes_of, tell, wait_until

FILES = 300
KILLS = 5


class Restart(SessionTest):
    def setUp(self):
        super().setUp()
        self.mount = self.session.make_volume()
        self.image = os.path.join(self.session.folder, "docs.vexfs")

    def write_files(self):
        for number in range(FILES):
            with open(f"{self.mount}/note{number}.txt", "w", encoding="utf-8") as stream:
                stream.write(f"Observation token{number:05d} of the night watch.\n")

    def check_all_found(self):
        for number in range(0, FILES, 17):
            paths = self.session.paths(f"token{number:05d}", "--mode", "keyword")
            self.assertEqual(paths, [f"{self.mount}/note{number}.txt"])

    def test_daemon_killed_while_indexing(self):
        """SIGKILL of vexfsd while it indexes: the next one goes on, nothing is lost"""
        self.write_files()
        for number in range(KILLS):
            time.sleep(0.1 * (number + 1))
            self.session.kill_daemon()
            self.session.start_daemon()
        status, seconds = self.session.wait_indexed(FILES)
        tell(f"after {KILLS} kills: {status['files']} files in {seconds:.1f} s")
        self.assertEqual((status["files"], status["failed"]), (FILES, 0))
        self.check_all_found()
        self.expect(0, "volume", "umount", "docs")
        self.assert_clean(self.image)

    def test_driver_killed(self):
        """SIGKILL of vexfs-fuse: the daemon notices, the volume can be mounted again"""
        self.write_files()
        os.sync()
        self.session.wait_indexed(FILES)
        self.session.kill_drivers()
        wait_until(lambda: self.session.ask("volume", "status", "docs")["state"] == "unmounted", 20,
                   "the daemon notices that the driver is gone")
        told = self.session.ask("volume", "status", "docs")
        self.assertEqual(told["warnings"], ["driver-ended"])
        self.expect(1, "search", "token00000", error="IndexNotReady")
        self.expect(0, "volume", "mount", "docs")
        self.assertEqual(self.session.ask("volume", "status", "docs")["warnings"], [])
        self.session.wait_indexed(FILES)
        self.check_all_found()
        self.expect(0, "volume", "umount", "docs")
        self.assert_clean(self.image)

    def test_volume_survives_the_daemon(self):
        """a volume stays mounted when the daemon ends, and the next one takes it over"""
        self.write_files()
        self.session.wait_indexed(FILES)
        self.session.stop_daemon()
        self.assertTrue(os.path.exists(f"{self.mount}/note0.txt"))
        with open(f"{self.mount}/meanwhile.txt", "w", encoding="utf-8") as stream:
            stream.write("Written while nobody watched: cormorant.\n")
        os.remove(f"{self.mount}/note1.txt")
        self.session.start_daemon()
        self.session.wait_indexed(FILES)
        self.assertEqual(self.session.paths("cormorant"), [f"{self.mount}/meanwhile.txt"])
        self.assertEqual(self.session.paths("token00001", "--mode", "keyword"), [])

    def test_unmounted_by_another_hand(self):
        """an unmount that the daemon did not make is noticed"""
        self.session.wait_indexed(0)
        done = self.session.run("umount", "-l", self.mount)
        self.assertEqual(done.returncode, 0, done.stderr)
        wait_until(lambda: self.session.ask("volume", "status", "docs")["state"] == "unmounted", 20,
                   "the daemon notices the unmount")
        wait_until(lambda: not processes_of(self.session.folder), 20, "the driver ends")
        self.expect(0, "volume", "mount", "docs")

    def test_a_change_is_soon_searchable(self):
        """the time from a write to the first search that finds it"""
        self.write_files()
        self.session.wait_indexed(FILES)
        worst = 0.0
        for word in ("albatross", "bittern", "curlew", "dunlin", "egret"):
            path = f"{self.mount}/note5.txt"
            start = time.monotonic()
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(f"Now it is a {word}.\n")
            wait_until(lambda: self.session.paths(word) == [path], 30, f"{word} is found")
            worst = max(worst, time.monotonic() - start)
            tell(f"{word}: found {time.monotonic() - start:.2f} s after the write began")
        tell(f"worst {worst:.2f} s")


if __name__ == "__main__":
    unittest.main(verbosity=2)

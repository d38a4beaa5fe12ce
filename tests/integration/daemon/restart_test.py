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

from session import SessionTest, processes_of, program, tell, wait_until

FILES = 300
MANY = 3000
KILLS = 5


class Restart(SessionTest):
    def setUp(self):
        super().setUp()
        self.mount = self.session.make_volume()
        self.image = os.path.join(self.session.folder, "docs.vexfs")

    def write_files(self, count=FILES):
        for number in range(count):
            with open(f"{self.mount}/note{number}.txt", "w", encoding="utf-8") as stream:
                stream.write(f"Observation token{number:05d} of the night watch.\n")

    def check_all_found(self, count=FILES):
        for number in range(0, count, count // 17):
            paths = self.session.paths(f"token{number:05d}", "--mode", "keyword")
            self.assertEqual(paths, [f"{self.mount}/note{number}.txt"])

    def test_daemon_killed_while_indexing(self):
        """SIGKILL of vexfsd while it indexes: the next one goes on, nothing is lost"""
        # It rests for a second after each batch, so that no machine is through before it is killed.
        self.expect(0, "index", "config", "cpu-limit=0.01")
        self.write_files(MANY)
        in_the_middle = 0
        for number in range(KILLS):
            time.sleep(0.05 * (number + 1))
            in_the_middle += self.session.ask("index", "status")["files"] < MANY
            self.session.kill_daemon()
            self.session.start_daemon()
        self.assertGreater(in_the_middle, 0, "no kill came while files were to be indexed")
        wait_until(lambda: self.session.vexctl("index", "config", "cpu-limit=1").returncode == 0,
                   20, "the volume is taken over")
        status, seconds = self.session.wait_indexed(MANY)
        tell(f"{KILLS} kills, {in_the_middle} while indexing; then {status['files']} files in "
             f"{seconds:.1f} s")
        self.assertEqual((status["files"], status["failed"]), (MANY, 0))
        self.check_all_found(MANY)
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

    def test_made_and_mounted_by_hand(self):
        """an image that the daemon did not make is mounted; what is mounted is left alone, then
        taken over when asked for"""
        image = os.path.join(self.session.folder, "other.vexfs")
        folder = os.path.join(self.session.folder, "other")
        os.mkdir(folder)
        done = self.session.run(program("mkfs.vexfs"), "-L", "other one", "--size", "1G", image)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.expect(0, "volume", "mount", image, folder)
        with open(f"{folder}/a.txt", "w", encoding="utf-8") as stream:
            stream.write("nightjar")
        self.session.wait_indexed(1, volume="other one")
        self.expect(0, "volume", "umount", "other one")

        second = os.path.join(self.session.folder, "second.vexfs")
        done = self.session.run(program("mkfs.vexfs"), "--size", "1G", second)
        self.assertEqual(done.returncode, 0, done.stderr)
        for _ in range(2):
            self.assertEqual(self.session.run(program("vexfs-fuse"), second, folder).returncode, 0)
            time.sleep(3)  # the daemon has looked by then
            done = self.session.run("umount", folder)
            self.assertEqual(done.returncode, 0, f"it is kept busy: {done.stderr}")
        self.assertEqual(self.session.run(program("vexfs-fuse"), second, folder).returncode, 0)
        self.expect(0, "volume", "mount", second)
        self.assertEqual(self.session.ask("volume", "status", folder)["devices"], [second])
        self.expect(0, "volume", "umount", folder)

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

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a volume is labelled, grown, scrubbed, checked and repaired through the daemon, and each of
them tells what it found, or why not.

Method: a real volume; a byte of a file and a node of a tree are damaged in its image.
"""
import os
import unittest

from session import ROOT_PATH, SERVICE, SessionTest, wait_until

CONTENT = os.urandom(20000)
MIB = 1 << 20


class Maintenance(SessionTest):
    def setUp(self):
        super().setUp()
        self.mount = self.session.make_volume(size="64M")
        self.image = os.path.join(self.session.folder, "docs.vexfs")
        self.file = os.path.join(self.mount, "heron.bin")
        with open(self.file, "wb") as stream:
            stream.write(CONTENT)

    def damage(self, text):
        """Turns a byte around, wherever the image has the text."""
        os.sync()
        with open(self.image, "r+b") as stream:
            whole = stream.read()
            at = whole.find(text)
            self.assertGreater(at, 0)
            while at >= 0:
                stream.seek(at + 7)
                stream.write(bytes([whole[at + 7] ^ 0x20]))
                at = whole.find(text, at + 4096)

    def size(self):
        return self.session.ask("volume", "status", "docs")["size_bytes"]

    def resize(self, size):
        return self.session.ask("volume", "resize", "docs", size)["size_bytes"]

    def unmount(self):
        self.expect(0, "volume", "umount", "docs")

    def test_label(self):
        """a label is given mounted and unmounted, survives, and one too long is refused"""
        self.expect(0, "volume", "label", "docs", "birds")
        self.assertEqual(self.session.ask("volume", "status", "birds")["label"], "birds")
        self.expect(2, "volume", "label", "birds", "x" * 256)
        self.expect(0, "volume", "umount", "birds")
        self.expect(0, "volume", "label", "birds", "Vögel")
        self.expect(0, "volume", "mount", "Vögel")
        self.assertEqual(self.session.ask("volume", "status", self.image)["label"], "Vögel")
        self.expect(0, "volume", "label", "Vögel", "")
        self.assertEqual(self.session.ask("volume", "status", self.image)["label"], "")
        self.expect(3, "volume", "label", "nowhere", "x", error="NotFound")

    def test_resize(self):
        """a volume grows with its image, and does not shrink"""
        self.assertEqual(self.size(), 64 * MIB)
        self.assertEqual(self.resize("128M"), 128 * MIB)
        self.assertEqual(os.path.getsize(self.image), 128 * MIB)
        wait_until(lambda: self.size() == 128 * MIB, 20, "the new size is told")
        stats = os.statvfs(self.mount)
        self.assertGreater(stats.f_bavail * stats.f_frsize, 100 * MIB)
        with open(os.path.join(self.mount, "large"), "wb") as stream:
            stream.write(os.urandom(90 * MIB))
        self.expect(1, "volume", "resize", "docs", "32M", error="NotSupported")
        self.expect(2, "volume", "resize", "docs", "much")
        # What somebody else has added.
        os.truncate(self.image, 160 * MIB)
        self.assertEqual(self.resize("max"), 160 * MIB)
        self.unmount()
        self.expect(1, "volume", "resize", "docs", "256M", error="Failed")
        self.assert_clean(self.image)

    def test_scrub(self):
        """a scrub of a sound volume says so; of a damaged one, which file"""
        sound = self.session.ask("volume", "scrub", "docs")
        self.assertTrue(sound["consistent"])
        self.assertGreater(sound["bytes_done"], len(CONTENT))
        self.damage(CONTENT[:64])
        done = self.session.vexctl("volume", "scrub", "docs")
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertIn("wrong", done.stdout)
        self.assertIn("heron.bin", done.stderr)
        self.assertIn("checksum", done.stderr)
        self.assertEqual(self.session.ask("volume", "status", "docs")["warnings"],
                         ["checksum-errors"])
        os.remove(self.file)
        # The tree that the daemon compares with has it for a moment more.
        wait_until(lambda: self.session.vexctl("volume", "scrub", "docs", "--rate",
                                               "100M").returncode == 0, 60, "the damage is gone")
        self.assertEqual(self.session.ask("volume", "status", "docs")["warnings"], [])
        self.expect(2, "volume", "scrub", "docs", "--rate", "fast")
        self.unmount()
        self.expect(1, "volume", "scrub", "docs", error="Failed")

    def test_work_is_left_behind(self):
        """with --background the number of the job is told at once, and tells the end"""
        done = self.expect(0, "volume", "scrub", "docs", "--background")
        self.assertIn(f"vexctl job wait {done.stdout.strip()}\n", done.stderr)
        self.expect(0, "job", "wait", done.stdout.strip())
        shown = self.session.ask("job", "show", done.stdout.strip())
        self.assertEqual((shown["kind"], shown["state"]), ("scrub", "succeeded"))
        told = self.session.ask("index", "rebuild", "--background")
        self.assertEqual(told["schema"], "vexctl.job-id/1")
        self.expect(0, "job", "wait", str(told["job"]))
        self.assertEqual(self.session.ask("job", "show", str(told["job"]))["kind"], "index")
        self.expect(3, "volume", "scrub", "nowhere", "--background", error="NotFound")
        self.unmount()
        number = self.session.ask("volume", "check", "docs", "--background")["job"]
        self.expect(0, "job", "wait", str(number))

    def test_scrub_is_cancelled(self):
        """a slow scrub is cancelled as a job, and another one can run"""
        uuid = self.session.ask("volume", "status", "docs")["uuid"]
        volume = f"{ROOT_PATH}/volumes/{uuid.replace('-', '_')}"
        answer = self.session.busctl("call", SERVICE, volume, f"{SERVICE}.Volume", "Scrub",
                                     "a{sv}", "1", "rate", "t", "4096")
        job = answer["data"][0].rsplit("/", 1)[1]
        self.expect(1, "volume", "scrub", "docs", error="Busy")
        self.expect(0, "job", "cancel", job)
        wait_until(lambda: self.session.ask("job", "show", job)["state"] == "cancelled", 20,
                   "the scrub ends")
        self.expect(0, "volume", "scrub", "docs")

    def test_check(self):
        """a mounted volume is not checked; a damaged one is told of, repaired, and mounted"""
        self.expect(1, "volume", "check", "docs", error="Busy")
        self.unmount()
        sound = self.session.ask("volume", "check", "docs", "--data")
        self.assertTrue(sound["consistent"])
        self.assertIn("clean", sound["result"]["summary"])
        # The directory entry of the file is in a node of the live tree.
        self.damage(b"heron.bin")
        done = self.session.vexctl("volume", "check", "docs")
        self.assertEqual(done.returncode, 6, done.stdout + done.stderr)
        self.assertIn("--repair", done.stderr)
        self.expect(0, "volume", "check", "docs", "--repair")
        self.expect(0, "volume", "check", "docs")
        self.expect(0, "volume", "mount", "docs")
        self.assertEqual(self.session.ask("volume", "status", "docs")["warnings"], [])
        self.unmount()
        self.assert_clean(self.image)

    def test_check_of_what_is_no_volume(self):
        """an image that was overwritten, and one that is gone, are told of"""
        self.unmount()
        with open(self.image, "r+b") as stream:
            stream.write(bytes(os.path.getsize(self.image)))
        done = self.session.vexctl("volume", "check", "docs")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("docs.vexfs", done.stderr)
        os.remove(self.image)
        done = self.session.vexctl("volume", "check", "docs")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("no such image", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: every mistake and every damage gets a clear message, the right exit status and error name.

Method: one by one: no bus, no daemon, a second daemon, bad arguments, bad images, bad mount points,
bad queries, bad calls over the bus.
"""
import json
import os
import shutil
import subprocess
import unittest

from session import ROOT_PATH, SERVICE, SessionTest, program, tell, wait_until


class Errors(SessionTest):
    def setUp(self):
        super().setUp()
        self.folder = self.session.folder

    def test_no_bus_no_daemon(self):
        """without a bus or a daemon: status 5, and what to do"""
        self.session.stop_daemon()
        done = self.expect(5, "status", error="ServiceUnavailable")
        self.assertIn("vexfsd", done.stderr)
        env = dict(self.session.env, DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent/bus")
        done = self.session.run(program("vexctl"), "status", env=env)
        self.assertEqual(done.returncode, 5, done.stderr)
        done = self.session.run(program("vexfsd"), env=env)
        self.assertEqual(done.returncode, 5)
        self.assertIn("dbus-run-session", done.stderr)

    def test_second_daemon(self):
        """a second daemon says so and leaves the first alone"""
        done = self.session.run(program("vexfsd"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("Another vexfsd", done.stderr)
        self.expect(0, "status")
        self.assertEqual(self.session.run(program("vexfsd"), "nonsense").returncode, 2)

    def permissions(self):
        reply = self.session.busctl("call", SERVICE, ROOT_PATH, f"{SERVICE}.Manager",
                                    "GetPermissions")["data"][0]
        prefix = "org.vexfs.vexfs1."
        self.assertTrue(all(name.startswith(prefix) for name in reply), reply)
        return {name.removeprefix(prefix): word for name, word in reply.items()}

    def test_permissions(self):
        """what GetPermissions says is so: what it denies fails, what it allows does not"""
        own = {"volume-mount", "volume-manage", "maintain", "maintain-repair", "snapshot-create",
               "snapshot-delete", "snapshot-restore-own", "snapshot-rollback", "schedule",
               "statistics"}
        allowed = dict.fromkeys(own, "yes") | {"volume-mount-system": "no"}
        self.assertEqual(self.permissions(), allowed)
        image = f"{self.folder}/right.vexfs"
        mount = self.session.ask("volume", "create", image, "--size", "64M", "--mount")["path"]
        self.expect(0, "volume", "unmount", mount)
        self.session.stop_daemon()
        # The daemon alone: its programs lie beside it, or in PATH.
        alone = shutil.copy(program("vexfsd"), f"{self.folder}/vexfsd")
        self.session.daemon_env["PATH"] = "/nonexistent"
        self.session.start_daemon(alone)
        denied = ("volume-mount", "volume-manage", "maintain-repair")
        self.assertEqual(self.permissions(), allowed | dict.fromkeys(denied, "no"))
        self.expect(1, "volume", "mount", image)
        self.expect(1, "volume", "create", f"{self.folder}/new.vexfs", "--size", "64M")
        self.expect(1, "volume", "check", image, "--repair")
        self.assertEqual(self.diagnosis(1)["rights", "bad"],
                         ["Volumes cannot be mounted", "Volumes cannot be made or changed",
                          "Volumes cannot be repaired"])

    def diagnosis(self, status, **options):
        """What vexctl doctor finds: messages by subject and verdict. Each fault has a remedy."""
        done = self.session.run(program("vexctl"), "--json", "doctor", **options)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        found = {}
        for row in json.loads(done.stdout)["findings"]:
            found.setdefault((row["subject"], row["verdict"]), []).append(row["message"])
            self.assertTrue(row["verdict"] != "bad" or row["remedy"], row)
        return found

    def test_doctor(self):
        """vexctl doctor says what is missing, and what to do"""
        found = self.diagnosis(0)
        self.assertIn("answers", found["service", "good"][0])
        self.assertIn("There are none yet", found["volumes", "good"])
        mount = self.session.make_volume()
        with open(f"{mount}/broken.pdf", "wb") as stream:
            stream.write(b"%PDF-1.7 and nothing of it")
        wait_until(lambda: ("volume docs", "doubtful") in self.diagnosis(0), 60,
                   "a file that cannot be read is told")
        self.assertIn("model", [subject for subject, _ in self.diagnosis(0)])
        told = self.session.vexctl("doctor").stdout
        self.assertIn("vexctl index failures --volume docs", told)
        self.session.stop_daemon()
        self.assertIn(("service", "bad"), self.diagnosis(1))
        self.assertIn("vexfsd", self.session.vexctl("doctor").stdout)
        env = dict(self.session.env, XDG_RUNTIME_DIR="/nonexistent")
        del env["DBUS_SESSION_BUS_ADDRESS"]
        self.assertEqual(self.diagnosis(1, env=env)["service", "bad"],
                         ["There is no session bus"])

    def test_usage(self):
        """bad command lines: status 2"""
        for words in (["nonsense"], ["search"], ["search", "x", "-k", "0"], ["volume", "create"],
                      ["job", "show", "seven"], ["snapshot"], ["search", "x", "--mode", "odd"]):
            self.expect(2, *words)
        self.expect(3, "job", "show", "99", error="NotFound")
        self.expect(3, "volume", "mount", "/nonexistent/image", error="NotFound")
        self.expect(3, "volume", "umount", "nothing", error="NotFound")
        self.expect(3, "snapshot", "create", "x", error="NotFound")
        self.expect(3, "explain", "/etc/passwd", error="NotOnVolume")

    def test_queries(self):
        """queries without an index, empty, too long, of stop words only"""
        self.expect(1, "search", "x", error="IndexNotReady")
        self.session.make_volume()
        self.expect(2, "search", "", error="InvalidQuery")
        self.expect(2, "search", "   ", error="InvalidQuery")
        self.expect(2, "search", "word " * 2000, error="InvalidQuery")
        self.assertEqual(self.session.ask("search", "the of and")["hits"], [])
        self.expect(3, "search", "-e", "the of and")
        self.expect(0, "search", "\"unbalanced AND (( NEAR * ' --")
        self.expect(3, "search", "x", "--in", "/etc", error="NotOnVolume")
        self.expect(2, "search", "x", "--type", "nosuchextension")

    def image(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as stream:
            stream.write(content)
        return path

    def test_images(self):
        """images that are too small, of another kind, zeroed, random, truncated, or in use"""
        small = os.path.join(self.folder, "small")
        done = self.expect(1, "volume", "create", small, "--size", "4K")
        self.assertIn("at least", done.stderr)
        self.assertFalse(os.path.exists(small))
        self.expect(2, "volume", "create", os.path.join(self.folder, "none"))
        self.expect(3, "volume", "create", os.path.join(self.folder, "no/folder"), "--size", "1G")
        other = self.image("ext4", b"\0" * (64 << 20))
        subprocess.run(["mkfs.ext4", "-q", "-F", other], check=True)
        done = self.expect(1, "volume", "create", other)
        self.assertIn("--force", done.stderr)
        for name, content in (("zero", b"\0" * (64 << 20)), ("random", os.urandom(16 << 20)),
                              ("empty", b"")):
            done = self.expect(1, "volume", "mount", self.image(name, content))
            tell(f"{name}: {done.stderr.strip()}")
        self.expect(1, "volume", "mount", other)
        mount = self.session.make_volume()
        busy = os.path.join(self.folder, "docs.vexfs")
        self.expect(1, "volume", "create", busy, "--force", error="Busy")
        self.expect(0, "volume", "umount", mount)
        with open(busy, "r+b") as stream:
            stream.truncate(1 << 20)
        done = self.expect(1, "volume", "mount", "docs")
        tell(f"truncated: {done.stderr.strip()}")

    def test_mount_points(self):
        """mount points that do not exist or are taken, volumes with open files"""
        mount = self.session.make_volume()
        second = os.path.join(self.folder, "second.vexfs")
        self.expect(0, "volume", "create", second, "--size", "1G", "-L", "second")
        done = self.expect(3, "volume", "mount", "second", "/nonexistent", error="NotFound")
        self.assertIn("/nonexistent", done.stderr)
        self.expect(1, "volume", "mount", "second", mount, error="Busy")
        with open(os.path.join(mount, "file"), "w", encoding="utf-8") as stream:
            stream.write("x")
            stream.flush()
            done = self.expect(1, "volume", "umount", mount, error="Busy")
        self.assertEqual(self.session.ask("volume", "status", "docs")["state"], "mounted")
        self.session.wait_indexed(1, volume="docs")
        self.expect(0, "volume", "umount", mount)

    def test_calls(self):
        """calls that do not fit the XML are refused, unknown options by their mark"""
        def fails(name, *words):
            done = self.session.run("busctl", "--user", "call", SERVICE, *words)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn(name, done.stderr)
        search = [ROOT_PATH, f"{SERVICE}.Search", "Search"]
        fails("takes the arguments", *search, "s", "x")
        fails("limit", *search, "sa{sv}", "x", "1", "limit", "s", "many")
        fails("colour", *search, "sa{sv}", "x", "1", "!colour", "s", "red")
        fails("No volume is mounted", *search, "sa{sv}", "x", "1", "colour", "s", "red")
        fails("no method", ROOT_PATH, f"{SERVICE}.Search", "Guess", "s", "x")
        fails("no object", f"{ROOT_PATH}/jobs/77", f"{SERVICE}.Job", "Cancel", "a{sv}", "0")
        fails("cannot be set", ROOT_PATH, "org.freedesktop.DBus.Properties", "Set", "ssv",
              f"{SERVICE}.Manager", "Role", "s", "king")


if __name__ == "__main__":
    unittest.main(verbosity=2)

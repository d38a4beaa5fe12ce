#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: versions, differences, restoring and undoing do what they say and nothing else.

Method: bad input first; then a real volume with a few files that are changed in every way, guarded
commands that destroy them, and a comparison by diff -r with the snapshot from before.
"""
import json
import os
import shutil
import subprocess
import unittest

from gi.repository import Gio, GLib

from session import ROOT_PATH, SERVICE, SessionTest


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


class Restore(SessionTest):
    def setUp(self):
        super().setUp()
        self.mount = self.session.make_volume()
        self.kept = f"{self.mount}/.vexfs/snapshots"
        for name in ("plan.txt", "d/one.txt", "d/two.txt", "d/e/three.txt"):
            write(f"{self.mount}/{name}", f"first {name}")

    def take(self, name):
        self.session.ask("snapshot", "create", name)

    def changes(self, *words):
        rows = self.session.ask("snapshot", "diff", *words)["changes"]
        return {(row["kind"], row["path"]): row for row in rows}

    def assert_like(self, snapshot):
        done = subprocess.run(["diff", "-r", "--no-dereference", f"{self.kept}/{snapshot}",
                               self.mount], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_bad_input(self):
        """names that there are not, what is there already, folders, nothing to undo"""
        plan = f"{self.mount}/plan.txt"
        self.expect(3, "undo", error="NotFound")
        self.expect(3, "snapshot", "diff", "no-such", error="NotFound")
        self.expect(3, "snapshot", "show", "no-such", error="NotFound")
        self.take("a")
        self.expect(3, "snapshot", "diff", "a", "no-such", error="NotFound")
        self.expect(3, "snapshot", "restore", "no-such", plan, error="NotFound")
        self.expect(3, "snapshot", "restore", "a", f"{self.mount}/never.txt", error="NotFound")
        self.expect(3, "snapshot", "restore", "a", plan, "--to", f"{self.mount}/nowhere",
                    error="NotFound")
        self.expect(3, "history", f"{self.mount}/never.txt", error="NotFound")
        self.expect(3, "undo", "a", error="NotFound")
        self.expect(2, "snapshot", "restore", "a", plan, "--replace", "--skip")
        # A folder lies where the file was: it is kept, and told.
        os.unlink(plan)
        write(f"{plan}/inside.txt", "new")
        done = self.expect(6, "snapshot", "restore", "a", plan, "--replace")
        self.assertIn("folder", done.stderr)
        self.assertEqual(read(f"{plan}/inside.txt"), "new")
        # A file lies where a folder was.
        shutil.rmtree(f"{self.mount}/d")
        write(f"{self.mount}/d", "a file")
        self.expect(6, "snapshot", "restore", "a", f"{self.mount}/d/e", "--skip")
        self.assertEqual(read(f"{self.mount}/d"), "a file")

    def test_history_and_restore(self):
        """versions, folded and followed; beside, in place of, elsewhere; taken back"""
        plan = f"{self.mount}/plan.txt"
        self.take("a")
        self.take("b")
        write(plan, "second, and longer")
        self.take("c")
        os.rename(plan, f"{self.mount}/better.txt")
        self.take("d")
        versions = self.session.ask("history", f"{self.mount}/better.txt")["versions"]
        self.assertEqual([each["snapshots"] for each in versions], [["d", "c"], ["b", "a"]])
        self.assertEqual([each["live"] for each in versions], [True, False])
        self.assertEqual(read(versions[1]["path"]), "first plan.txt")
        old = self.session.ask("history", plan)["versions"]
        self.assertEqual(old[0]["deleted_after"], "c")
        self.assertEqual(self.changes("a", "c").keys(), {("modified", "plan.txt")})
        renamed = self.changes("c", "d")[("renamed", "better.txt")]
        self.assertEqual(renamed["old_path"], "plan.txt")

        write(plan, "third")
        done = self.session.ask("snapshot", "restore", "a", plan)
        self.assertEqual((done["restored"], done["skipped"]), (1, 0))
        names = [name for name in os.listdir(self.mount) if name.startswith("plan (")]
        self.assertEqual(len(names), 1)
        self.assertEqual(read(f"{self.mount}/{names[0]}"), "first plan.txt")
        self.assertEqual(read(plan), "third")
        self.expect(0, "undo")
        self.assertFalse(os.path.exists(f"{self.mount}/{names[0]}"))

        dry = self.session.ask("snapshot", "restore", "a", plan, "--replace", "-n")
        self.assertEqual((dry["restored"], read(plan)), (1, "third"))
        self.session.ask("history", plan, "--restore", "a", "--replace")
        self.assertEqual(read(plan), "first plan.txt")
        self.assertEqual(os.stat(plan).st_mtime_ns, os.stat(f"{self.kept}/a/plan.txt").st_mtime_ns)
        self.session.ask("undo")
        self.assertEqual(read(plan), "third")
        os.mkdir(f"{self.mount}/elsewhere")
        self.session.ask("snapshot", "restore", "c", f"{self.mount}/d", plan, "--to",
                         f"{self.mount}/elsewhere")
        self.assertEqual(read(f"{self.mount}/elsewhere/d/e/three.txt"), "first d/e/three.txt")
        self.assertEqual(read(f"{self.mount}/elsewhere/plan.txt"), "second, and longer")
        again = self.session.ask("snapshot", "restore", "a", f"{self.mount}/d")
        self.assertEqual(again["restored"], 0)

    def test_changes_of_a_folder(self):
        """what differs in some places only, named from the root or as a whole path"""
        self.take("a")
        write(f"{self.mount}/d/one.txt", "changed")
        write(f"{self.mount}/d/e/three.txt", "changed")
        write(f"{self.mount}/dd.txt", "beside it")
        os.rename(f"{self.mount}/d/two.txt", f"{self.mount}/two.txt")
        self.take("b")
        whole = self.changes("a", "b")
        self.assertEqual(len(whole), 4)
        renamed = ("renamed", "two.txt")
        below = {("modified", "d/one.txt"), ("modified", "d/e/three.txt"), renamed}
        self.assertEqual(self.changes("a", "b", "d").keys(), below)
        self.assertEqual(self.changes("a", "", f"{self.mount}/d/").keys(), below)
        self.assertEqual(self.changes("a", "b", "d/e", "two.txt").keys(),
                         {("modified", "d/e/three.txt"), renamed})
        self.assertEqual(self.changes("a", "b", self.mount).keys(), whole.keys())
        self.assertEqual(self.changes("a", "b", "no-such"), {})
        self.expect(3, "snapshot", "diff", "a", "b", "/etc", error="NotOnVolume")

    def test_versions_compared(self):
        """two versions of a file line by line, by the snapshots that have them, and that of now"""
        plan = f"{self.mount}/plan.txt"
        self.take("a")
        self.take("b")
        write(plan, "first plan.txt\nand a line\n")
        self.take("c")
        os.rename(plan, f"{self.mount}/better.txt")
        plan = f"{self.mount}/better.txt"
        write(plan, "and a line\n")
        told = self.expect(0, "history", plan, "--diff", "b", "c").stdout
        self.assertEqual(told.splitlines()[:2], ["--- b", "+++ c"])
        self.assertIn("\n+and a line\n", told)
        told = self.session.ask("history", plan, "--diff", "c", "now")
        self.assertEqual((told["differs"], "\n-first plan.txt\n" in told["diff"]), (True, True))
        same = self.expect(0, "history", plan, "--diff", "a", "b")
        self.assertEqual((same.stdout, same.stderr), ("", "Nothing differs\n"))
        self.expect(3, "history", plan, "--diff", "a", "no-such", error="NotFound")
        self.expect(2, "history", plan, "--diff", "a")
        self.expect(2, "history", plan, "--diff", "a", "b", "--restore", "a")
        os.unlink(plan)
        self.expect(3, "history", plan, "--diff", "c", "now", error="NotFound")

    def test_names_that_are_no_text(self):
        """bytes that are not UTF-8, in a folder that is restored and undone"""
        folder = os.fsencode(f"{self.mount}/d")
        odd = [b"\xff\xfe", b"caf\xe9.txt", b"e\xcc\x81"]
        os.mkdir(folder + b"/\xe9")
        for name in odd:
            for path in (folder + b"/" + name, folder + b"/\xe9/" + name):
                with open(path, "wb") as stream:
                    stream.write(name)
        self.take("a")
        shutil.rmtree(folder)
        done = self.session.ask("snapshot", "restore", "a", f"{self.mount}/d")
        self.assertEqual(done["restored"], 6 + 3 + 3)
        self.assert_like("a")
        again = self.session.ask("snapshot", "restore", "a", f"{self.mount}/d", "-n")
        self.assertEqual(again["restored"], 0)
        self.expect(0, "undo")
        self.assertFalse(os.path.exists(folder))

    def test_changes_in_one_call(self):
        """as many lines as there are changes, none, and no such snapshot"""
        self.take("a")
        for i in range(300):
            write(f"{self.mount}/many/{i}.txt", str(i))
        self.take("b")
        lines = self.lines("a", "b")
        self.assertEqual(len(lines), 301)
        self.assertEqual({line["kind"] for line in lines}, {"added"})
        self.assertEqual(len(self.lines("a", "b", {"under": GLib.Variant("s", "many/7.txt")})), 1)
        self.assertEqual(self.lines("a", "a"), [])
        with self.assertRaisesRegex(GLib.Error, "NotFound"):
            self.lines("a", "never")

    def lines(self, before, after, options=None):
        """What OpenChanges hands over."""
        flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                 | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        bus = Gio.DBusConnection.new_for_address_sync(
            self.session.env["DBUS_SESSION_BUS_ADDRESS"], flags, None, None)
        uuid = self.session.ask("volume", "list")["volumes"][0]["uuid"].replace("-", "_")
        answer, descriptors = bus.call_with_unix_fd_list_sync(
            SERVICE, f"{ROOT_PATH}/volumes/{uuid}", f"{SERVICE}.Snapshots", "OpenChanges",
            GLib.Variant("(ssa{sv})", (before, after, options or {})), None,
            Gio.DBusCallFlags.NONE, -1, None, None)
        with os.fdopen(descriptors.get(answer.unpack()[0]), encoding="utf-8") as stream:
            lines = [json.loads(line) for line in stream]
        self.assertEqual(len(lines), answer.unpack()[1]["total"])
        return lines

    def test_guard_and_undo(self):
        """a command that destroys everything, undone; and what was changed since is kept"""
        self.take("before")
        script = (f"cd '{self.mount}' && rm -r d/e && echo more >> d/one.txt && mv d f && "
                  "chmod 600 plan.txt && rm f/two.txt && mkdir f/two.txt && touch new.txt && "
                  "exit 7")
        done = self.session.vexctl("guard", "--", "sh", "-c", script)
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertIn("Undo with: vexctl undo", done.stderr)
        self.assertFalse(os.path.exists(f"{self.mount}/d"))
        self.expect(0, "undo")
        self.assert_like("before")
        self.assertEqual(os.stat(f"{self.mount}/plan.txt").st_mode,
                         os.stat(f"{self.kept}/before/plan.txt").st_mode)
        # Undone once more: the command's work is back.
        self.expect(0, "undo")
        self.assertTrue(os.path.isdir(f"{self.mount}/f/two.txt"))
        self.expect(0, "undo")
        self.assert_like("before")

        done = self.session.vexctl("guard", "--", "sh", "-c",
                                   f"echo x > '{self.mount}/plan.txt'; rm '{self.mount}/d/one.txt'")
        self.assertEqual(done.returncode, 0, done.stderr)
        write(f"{self.mount}/plan.txt", "written by hand since")
        self.expect(6, "undo")
        self.assertEqual(read(f"{self.mount}/plan.txt"), "written by hand since")
        self.assertEqual(read(f"{self.mount}/d/one.txt"), "first d/one.txt")
        done = self.session.vexctl("guard", "--", "/no/such/program")
        self.assertEqual(done.returncode, 3)


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a schedule takes what it promises and lets go what it may, and nothing else; what is noted
of snapshots stays.

Method: bad input first; then a real daemon and driver whose clock the test sets (libfaketime), so
that days, sleep and wrong clocks take no time. A schedule is run when it is set; that is the step.
"""
import datetime
import os
import threading
import unittest

from gi.repository import Gio, GLib

from session import ROOT_PATH, SERVICE, SessionTest, wait_until

HOUR = datetime.timedelta(hours=1)
START = datetime.datetime(2026, 3, 2, 0, 30)


class Schedule(SessionTest):
    def setUp(self):
        self.prepare_session()
        self.session.env["TZ"] = "UTC"
        self.now = START
        self.session.fake_clock(self.at(START))
        self.session.start_bus()
        self.session.start_daemon()
        self.mount = self.session.make_volume(size="512M")
        self.edits = 0

    @staticmethod
    def at(moment):
        return moment.replace(tzinfo=datetime.timezone.utc)

    def start_again(self):
        """The daemon takes over what is mounted."""
        self.session.start_daemon()
        wait_until(lambda: self.session.vexctl("snapshot", "list").returncode == 0, 20,
                   "the volume is taken over")

    def edit(self):
        self.edits += 1
        with open(f"{self.mount}/note.txt", "w", encoding="utf-8") as stream:
            stream.write(f"edit {self.edits}")

    def schedule(self, *words):
        return self.session.ask("snapshot", "schedule", *words)

    def step(self, by=HOUR, is_edited=True):
        """The clock goes on, and the schedule is looked at."""
        if is_edited:
            self.edit()
        self.now += by
        self.session.set_clock(self.at(self.now))
        return self.schedule("--on")

    def rows(self):
        """Newest first, those of the schedule."""
        rows = self.session.ask("snapshot", "list")["snapshots"]
        return [row for row in rows if row["cleanup"] == "timeline"]

    def times(self):
        return [datetime.datetime.fromisoformat(row["created_at"][:19]) for row in self.rows()]

    def object(self):
        uuid = self.session.ask("volume", "list")["volumes"][0]["uuid"]
        return f"/org/vexfs/VexFS1/volumes/{uuid.replace('-', '_')}"

    def inhibit(self, what):
        """Held back until the descriptor is closed."""
        self.connection = self.session.connect()
        answer, descriptors = self.connection.call_with_unix_fd_list_sync(
            SERVICE, ROOT_PATH, f"{SERVICE}.Manager", "Inhibit",
            GLib.Variant("(sssa{sv})", (what, "a test", "it looks at snapshots", {})), None,
            Gio.DBusCallFlags.NONE, -1, None, None)
        return descriptors.get(answer.unpack()[0])

    def test_bad_input(self):
        """numbers and words that make no sense, nothing to keep, a volume that is away"""
        for words in (["--hourly", "-1"], ["--hourly", "many"], ["--frequent-minutes", "0"],
                      ["--min-free", "101"], ["--on", "--off"]):
            self.expect(2, "snapshot", "schedule", *words)
        self.expect(2, "snapshot", "schedule", "--hourly", "10001")
        self.expect(2, "snapshot", "schedule", "--hourly", "0", "--daily", "0", "--weekly", "0",
                    "--monthly", "0")
        answer = self.schedule()
        self.assertEqual((answer["enabled"], answer["hourly"], answer["next_run_at"]),
                         (False, 24, None))
        for kind, value in (("s", "yes"), ("d", "0.5"), ("as", "0")):
            done = self.session.run("busctl", "--user", "call", SERVICE, self.object(),
                                    f"{SERVICE}.Snapshots", "SetSchedule", "a{sv}a{sv}", "1",
                                    "hourly", kind, value, "0")
            self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.rows(), [])
        self.expect(0, "volume", "umount", "docs")
        self.expect(3, "snapshot", "schedule", "--on", error="NotFound")

    def test_days_sleep_and_wrong_clocks(self):
        """hours and days pass, the machine sleeps, the daemon starts again, the clock goes wrong"""
        self.edit()
        self.schedule("--hourly", "3", "--daily", "2", "--weekly", "0", "--monthly", "0")
        for _ in range(50):
            answer = self.step()
        self.assertEqual(answer["next_run_at"], "2026-03-04T03:00:00Z")
        # Three hours; the newest of today is one of them, and the last of yesterday.
        days = [self.now - HOUR * back for back in range(3)]
        self.assertEqual(self.times(), days + [datetime.datetime(2026, 3, 3, 23, 30)])
        names = [row["name"] for row in self.rows()]
        self.session.stop_daemon()
        self.start_again()
        self.assertEqual([row["name"] for row in self.rows()], names)
        self.assertTrue(self.schedule()["enabled"])
        # What was missed is made up for, once, when it starts again.
        self.session.stop_daemon()
        self.edit()
        self.now += HOUR * 240
        self.session.set_clock(self.at(self.now))
        self.start_again()
        # The last three hours that have one, and two days: today and the day of the others.
        wait_until(lambda: self.times() == [self.now] + days[:2], 20,
                   "a snapshot after a long sleep")
        # Back by a year: one, and all others stay.
        before = {row["name"] for row in self.rows()}
        for _ in range(5):
            self.edit()
            self.step(by=-datetime.timedelta(days=365) if self.now.year == 2026 else HOUR / 60)
        after = {row["name"] for row in self.rows()}
        self.assertTrue(before < after)
        self.assertEqual(len(after), len(before) + 1)
        # And it was right after all.
        self.step(by=datetime.timedelta(days=365))
        self.assertLessEqual(len(self.rows()), 6)
        self.assertEqual(self.times()[0], self.now)

    def test_known_from_the_start(self):
        """who is told that a volume is mounted has been told its schedule"""
        self.schedule("--hourly", "3", "--on")
        self.session.stop_daemon()
        told = {}
        when_mounted = []

        def take(interfaces):
            told.update(interfaces.get(f"{SERVICE}.Snapshots", {}))
            if interfaces.get(f"{SERVICE}.Volume", {}).get("MountPoints"):
                when_mounted.append(told["Schedule"]["enabled"])

        self.session.watch(take)
        self.session.start_daemon()
        wait_until(lambda: self.session.hear() or when_mounted, 60, "the volume is taken over")
        self.assertEqual(when_mounted[0], True)
        self.assertTrue(self.schedule()["enabled"])
        self.expect(0, "volume", "umount", "docs")
        self.expect(0, "volume", "mount", "docs")
        self.assertTrue(self.schedule()["enabled"])

    def test_what_is_passed_over(self):
        """nothing changed, locked ones, those to be kept, those by hand, inhibitors"""
        self.edit()
        self.schedule("--hourly", "2", "--daily", "0", "--weekly", "0", "--monthly", "0")
        self.step(is_edited=False)
        self.assertEqual(len(self.rows()), 1)
        self.schedule("--always")
        self.assertEqual(len(self.rows()), 2)
        self.schedule("--on-change")
        first, second = (row["name"] for row in reversed(self.rows()))
        self.expect(0, "snapshot", "set", first, "--lock")
        self.session.busctl("call", SERVICE, self.object(), f"{SERVICE}.Snapshots", "Set",
                            "sa{sv}a{sv}", second, "2", "keep-until", "t",
                            str(int(self.at(self.now + 10 * HOUR).timestamp() * 1e6)),
                            "metadata", "a{ss}", "1", "by", "test", "0")
        self.session.ask("snapshot", "create", "mine", "-d", "before the clean-up")
        with open(f"{self.mount}/.vexfs/snapshots/{first}/note.txt", encoding="utf-8") as held:
            for _ in range(6):
                self.step()
            self.assertEqual(held.read(), "edit 1")
        self.assertEqual(len(self.rows()), 4)
        for _ in range(6):
            self.step()
        self.expect(0, "snapshot", "set", first, "--unlock")
        self.schedule("--on")
        names = [row["name"] for row in self.session.ask("snapshot", "list")["snapshots"]]
        self.assertEqual(len(names), 3)
        self.assertIn("mine", names)
        told = self.session.vexctl("snapshot", "list").stdout
        self.assertIn("before the clean-up", told)
        held_by = self.inhibit("snapshots")
        held = self.times()
        self.step()
        self.step()
        self.assertEqual(self.times(), held)
        os.close(held_by)
        wait_until(lambda: self.times()[0] == self.now, 20, "a snapshot once it may again")

    def test_two_at_once(self):
        """two people set parts of it at the same time, many times: both parts are set"""
        for i in range(1, 6):
            threads = [threading.Thread(target=self.schedule, args=(f"--{name}", str(i)))
                       for name in ("hourly", "daily", "weekly", "monthly")]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
            answer = self.schedule()
            self.assertEqual([answer[name] for name in ("hourly", "daily", "weekly", "monthly")],
                             [i] * 4)

    def test_little_space(self):
        """the oldest go until enough is free, and none is taken while there is not"""
        self.schedule("--hourly", "100", "--min-free", "40")
        for i in range(8):
            with open(f"{self.mount}/big.bin", "wb") as stream:
                stream.write(os.urandom(60 << 20))
                os.fsync(stream.fileno())
            self.step()
        info = os.statvfs(self.mount)
        rows = self.rows()
        self.assertGreater(len(rows), 1)
        self.assertLess(len(rows), 8)
        self.assertEqual(self.times()[0], self.now)
        self.assertGreater(info.f_bfree / info.f_blocks, 0.25)
        self.schedule("--min-free", "99")
        newest = self.times()[0]
        self.step()
        self.assertEqual(self.times(), [newest])
        self.assertIn("less than 99 % is free", self.session.messages())


if __name__ == "__main__":
    unittest.main(verbosity=2)

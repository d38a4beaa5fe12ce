#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: work in the background waits when it should, and never makes searches wait.

Method: a system bus of its own with a program on it that answers as UPower does; a real Inhibit
whose descriptor is held and closed; a storm of small files with searches all the while.
VEXFS_TEST_FULL=1 makes the storm fifty thousand files.
"""
import os
import statistics
import subprocess
import sys
import time
import unittest

import gi
gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

from session import ROOT_PATH, SERVICE, SessionTest, tell, wait_until  # noqa: E402

UPOWER = """
<node><interface name="org.freedesktop.UPower">
  <property name="OnBattery" type="b" access="read"/>
</interface></node>"""
STORM = 50000 if os.environ.get("VEXFS_TEST_FULL") else 3000


def serve_upower(address):
    """A peer that has UPower's name; each line on stdin is the state of OnBattery from then on."""
    flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
             | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
    connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
    state = {"on": False}
    interface = Gio.DBusNodeInfo.new_for_xml(UPOWER).interfaces[0]
    connection.register_object("/org/freedesktop/UPower", interface, None,
                               lambda *_: GLib.Variant("b", state["on"]), None)

    def on_line(channel, _):
        line = channel.readline()
        if not line:
            loop.quit()
            return False
        state["on"] = line.strip() == "battery"
        changed = GLib.Variant("(sa{sv}as)", ("org.freedesktop.UPower",
                                              {"OnBattery": GLib.Variant("b", state["on"])}, []))
        connection.emit_signal(None, "/org/freedesktop/UPower", "org.freedesktop.DBus.Properties",
                               "PropertiesChanged", changed)
        return True
    loop = GLib.MainLoop()
    GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, on_line)
    Gio.bus_own_name_on_connection(connection, "org.freedesktop.UPower",
                                   Gio.BusNameOwnerFlags.NONE,
                                   lambda *_: print("ready", flush=True), None)
    loop.run()


class Manners(SessionTest):
    def setUp(self):
        self.prepare_session()
        self.session.start_bus()
        self.system = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=self.session.env)
        self.addCleanup(self.end, self.system)
        self.session.env["DBUS_SYSTEM_BUS_ADDRESS"] = self.system.stdout.readline().strip()
        self.session.start_daemon()
        self.mount = self.session.make_volume()

    @staticmethod
    def end(process):
        process.terminate()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()

    def start_upower(self):
        upower = subprocess.Popen(
            [sys.executable, __file__, "upower", self.session.env["DBUS_SYSTEM_BUS_ADDRESS"]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end, upower)
        self.assertEqual(upower.stdout.readline().strip(), "ready")
        return upower

    def write(self, name, text):
        path = os.path.join(self.mount, name)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    def state(self):
        status = self.session.ask("index", "status")
        return status["state"], status.get("wait_reason", "")

    def bus(self):
        flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                 | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        return Gio.DBusConnection.new_for_address_sync(
            self.session.env["DBUS_SESSION_BUS_ADDRESS"], flags, None, None)

    def inhibit(self, connection, what):
        values = GLib.Variant("(sssa{sv})", (what, "a test", "it plays a film", {}))
        answer, descriptors = connection.call_with_unix_fd_list_sync(
            SERVICE, ROOT_PATH, f"{SERVICE}.Manager", "Inhibit", values, None,
            Gio.DBusCallFlags.NONE, -1, None, None)
        return descriptors.get(answer.unpack()[0])

    def inhibitors(self):
        return self.session.busctl("get-property", SERVICE, ROOT_PATH, f"{SERVICE}.Manager",
                                   "Inhibitors")["data"]

    def test_inhibit(self):
        """indexing waits as long as a descriptor is open, and says for whom; searches do not"""
        self.write("before.txt", "the walrus")
        self.session.wait_indexed(1)
        connection = self.bus()
        first = self.inhibit(connection, "indexing")
        second = self.inhibit(connection, "snapshots:indexing")
        self.assertEqual([row[1:] for row in self.inhibitors()],
                         [["a test", "it plays a film", os.getuid()]] * 2)
        wait_until(lambda: self.state() == ("waiting", "inhibited"), 20, "indexing waits")
        self.assertIn("it plays a film", self.session.ask("index", "status")["message"])
        late = self.write("late.txt", "the narwhal")
        time.sleep(3)
        self.assertEqual(self.session.paths("narwhal", "--mode", "keyword"), [])
        self.assertEqual(len(self.session.paths("walrus", "--mode", "keyword")), 1)
        os.close(first)
        wait_until(lambda: len(self.inhibitors()) == 1, 20, "the first is gone")
        self.assertEqual(self.state(), ("waiting", "inhibited"))
        os.close(second)
        wait_until(lambda: self.session.paths("narwhal", "--mode", "keyword") == [late], 20,
                   "the file is found")
        with self.assertRaises(GLib.Error) as refused:
            self.inhibit(connection, "indexing:dancing")
        self.assertIn("dancing", str(refused.exception))

    def test_pause(self):
        """a pause has a reason, and ends by resume"""
        self.expect(0, "index", "pause", "--for", "1h", "--reason", "a talk")
        wait_until(lambda: self.state() == ("paused", "user"), 20, "it is paused")
        self.assertEqual(self.session.ask("index", "status")["message"], "a talk")
        late = self.write("late.txt", "the narwhal")
        time.sleep(2)
        self.assertEqual(self.session.paths("narwhal", "--mode", "keyword"), [])
        self.expect(0, "index", "resume")
        wait_until(lambda: self.session.paths("narwhal", "--mode", "keyword") == [late], 20,
                   "the file is found")

    def rested(self):
        return self.session.ask("stats", "index.rested-us")["counters"]["index.rested-us"]

    def tell_battery(self, upower, what):
        """Until the daemon knows: an index that pauses on the battery shows it."""
        def is_waiting():
            return self.state() == ("waiting", "battery")
        self.expect(0, "index", "config", "on-battery=pause")
        if what == "plugged":
            wait_until(is_waiting, 20, "it waits")
        upower.stdin.write(f"{what}\n")
        upower.stdin.flush()
        wait_until(lambda: is_waiting() == (what == "battery"), 20, f"{what} is known")
        self.expect(0, "index", "config", "on-battery=slow")

    def test_battery(self):
        """on the battery a backlog is worked off slowly; what changes is still found"""
        upower = self.start_upower()
        for number in range(60):
            self.write(f"plugged{number}.txt", f"entry{number} of the first")
        self.session.wait_indexed(60)
        self.assertEqual(self.rested(), 0)
        self.tell_battery(upower, "battery")
        for number in range(60):
            self.write(f"battery{number}.txt", f"entry{number} of the second")
        self.session.wait_indexed(120)
        wait_until(lambda: self.rested() > 0, 20, "it rested")
        self.tell_battery(upower, "plugged")
        before = self.rested()
        for number in range(60):
            self.write(f"again{number}.txt", f"entry{number} of the third")
        self.session.wait_indexed(180)
        self.assertEqual(self.rested(), before)

    def test_battery_as_set(self):
        """on the battery an index pauses, or runs as ever, where that is set of it"""
        upower = self.start_upower()
        self.expect(0, "index", "config", "on-battery=pause")
        upower.stdin.write("battery\n")
        upower.stdin.flush()
        wait_until(lambda: self.state() == ("waiting", "battery"), 20, "it waits")
        self.write("late.txt", "the narwhal")
        time.sleep(2)
        self.assertEqual(self.session.paths("narwhal", "--mode", "keyword"), [])
        self.expect(0, "index", "config", "on-battery=run")
        for number in range(60):
            self.write(f"battery{number}.txt", f"entry{number} of the second")
        self.session.wait_indexed(61)
        self.assertEqual(self.rested(), 0)

    def test_storm(self):
        """a storm of files: no event is lost, and searches are answered all the while"""
        calm = self.write("calm.txt", "the okapi in its forest")
        self.session.wait_indexed(1)
        took = []
        for number in range(STORM):
            folder = f"{self.mount}/storm{number // 1000}"
            if number % 1000 == 0:
                os.mkdir(folder)
            self.write(f"{folder}/s{number}.txt", f"storm{number:06d} blew")
            if number % (STORM // 100) == 0:
                start = time.monotonic()
                # Another query each time: a kept answer would prove nothing.
                found = self.session.paths(f"okapi number{number}", "--mode", "keyword")
                took.append(time.monotonic() - start)
                self.assertEqual(found, [calm])
        # Some change again, and some go, before they are looked at.
        for number in range(0, STORM, 10):
            self.write(f"{self.mount}/storm{number // 1000}/s{number}.txt", "changed afterwards")
        for number in range(5, STORM, 10):
            os.unlink(f"{self.mount}/storm{number // 1000}/s{number}.txt")
        gone = len(range(5, STORM, 10))
        _, seconds = self.session.wait_indexed(1 + STORM - gone, seconds=1500)
        status = self.session.ask("index", "status")
        self.assertEqual((status["files"], status["failed"]), (1 + STORM - gone, 0))
        for number in range(1, STORM, STORM // 20):
            expected = number % 10 not in (0, 5)
            found = self.session.paths(f"storm{number:06d}", "--mode", "keyword")
            self.assertEqual(len(found), 1 if expected else 0, number)
        tell(f"{STORM} files, indexed {seconds:.1f} s after the last; searches meanwhile, with the "
             f"start of vexctl: median {statistics.median(took) * 1000:.0f} ms, slowest "
             f"{max(took) * 1000:.0f} ms")


if __name__ == "__main__":
    if sys.argv[1:2] == ["upower"]:
        serve_upower(sys.argv[2])
    else:
        unittest.main(verbosity=2)

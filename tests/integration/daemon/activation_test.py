#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: nobody has to start the daemon: the first call to its name does.

Method: the service file that the build installs, on a private bus, with the path of the program
changed to the one just built; then the first verb of vexctl, without a daemon.
"""
import os
import re
import unittest

from session import BIN, SERVICE, SessionTest, program


class Activation(SessionTest):
    def setUp(self):
        built = os.path.join(BIN, "../resources", f"{SERVICE}.service")
        with open(built, encoding="utf-8") as stream:
            text = stream.read()
        command = re.search(r"^Exec=(\S+/vexfsd --user)$", text, re.MULTILINE)
        self.assertTrue(command, text)
        self.prepare_session()
        services = os.path.join(self.session.folder, "data/dbus-1/services")
        os.makedirs(services)
        with open(os.path.join(services, f"{SERVICE}.service"), "w", encoding="utf-8") as stream:
            stream.write(text.replace(command[1], f"{program('vexfsd')} --user"))
        self.session.env["XDG_DATA_HOME"] = os.path.join(self.session.folder, "data")
        self.session.start_bus()

    def test_the_first_call_starts_it(self):
        """a verb works on a bus where nothing runs yet, and the daemon ends when it is asked to"""
        done = self.session.vexctl("status")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("0 volumes", done.stdout)
        path = self.session.make_volume()
        self.assertTrue(os.path.ismount(path))
        owner = self.session.busctl("call", "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                    "org.freedesktop.DBus", "GetConnectionUnixProcessID", "s",
                                    SERVICE)["data"][0]
        with open(f"/proc/{owner}/cmdline", "rb") as stream:
            words = stream.read().split(b"\0")
        self.assertEqual(words[:2], [program("vexfsd").encode(), b"--user"])
        self.expect(0, "volume", "umount", path)
        os.kill(owner, 15)


if __name__ == "__main__":
    unittest.main(verbosity=2)

# SPDX-License-Identifier: Apache-2.0
"""A session of its own: a private bus, a real vexfsd, real volumes, all below one temporary folder.

Needs /dev/fuse and dbus-daemon; fails where they are missing, because a skipped test proves
nothing. VEXFS_BIN names the folder of the programs. Ends only what it started.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from gi.repository import Gio, GLib

BIN = os.environ["VEXFS_BIN"]
ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.."))
EXAMPLES = os.path.join(ROOT, "resources/examples")
SERVICE = "org.vexfs.VexFS1"
ROOT_PATH = "/org/vexfs/VexFS1"
FAKE_CLOCK = "/usr/$LIB/faketime/libfaketimeMT.so.1"  # the loader knows what $LIB is


def program(name):
    return os.path.join(BIN, name)


def tell(text):
    print(text, file=sys.stderr, flush=True)


PATIENCE = 10  # what comes in so many seconds here may take ten times as many elsewhere


def wait_until(condition, seconds, what):
    """Asks until condition() answers something; returns that and how long it took. Gives up after
    many times the seconds that it should take: no test is one of speed."""
    start = time.monotonic()
    while time.monotonic() - start < seconds * PATIENCE:
        found = condition()
        if found:
            return found, time.monotonic() - start
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds * PATIENCE} s: {what}")


def mounts_below(folder):
    with open("/proc/self/mountinfo", encoding="utf-8") as stream:
        paths = [line.split()[4] for line in stream]
    return [path for path in paths if path.startswith(folder + "/")]


def processes_of(folder):
    """Process ids of drivers that serve an image below the folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as stream:
                words = stream.read().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"vexfs-fuse") and any(w.startswith(folder.encode()) for w in words):
            found.append(int(pid))
    return found


class Session:
    def __init__(self, user=None):
        """user: a number; whoever runs the test otherwise."""
        self.folder = tempfile.mkdtemp(prefix="vexfs-daemon-test.")
        self.identity = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        if user is not None:
            os.chown(self.folder, user, user)
        self.daemon = None
        self.bus = None
        self.log = os.path.join(self.folder, "vexfsd.log")
        self.env = {name: value for name, value in os.environ.items()
                    if not name.startswith(("VEXFS_", "DBUS_", "XDG_"))}
        for name in ("run", "state", "home"):
            os.mkdir(os.path.join(self.folder, name), 0o700)
            if user is not None:
                os.chown(os.path.join(self.folder, name), user, user)
        self.daemon_env = {}  # what is different for the daemon
        self.env.update(XDG_RUNTIME_DIR=f"{self.folder}/run", XDG_STATE_HOME=f"{self.folder}/state",
                        HOME=f"{self.folder}/home", LC_ALL="C.UTF-8")

    def start_bus(self):
        self.bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=self.env,
            **self.identity)
        address = self.bus.stdout.readline().strip()
        if not address:
            raise AssertionError("dbus-daemon did not start")
        self.env["DBUS_SESSION_BUS_ADDRESS"] = address

    def start_daemon(self, path=program("vexfsd")):
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen([path, "--user"], stdout=log, stderr=log,
                                           env=self.env | self.daemon_env, **self.identity)
        wait_until(lambda: self.vexctl("status").returncode == 0, 20,
                   f"vexfsd answers: {self.messages()}")

    def fake_clock(self, moment):
        """From its next start the daemon, and the drivers that it starts, live at the moment that
        set_clock() told last. What they wait for takes as long as ever."""
        self.set_clock(moment)
        self.daemon_env.update(LD_PRELOAD=FAKE_CLOCK, FAKETIME="%", FAKETIME_NO_CACHE="1",
                               FAKETIME_FOLLOW_FILE=f"{self.folder}/clock",
                               FAKETIME_DONT_FAKE_MONOTONIC="1")

    def set_clock(self, moment):
        with open(f"{self.folder}/clock", "ab") as stream:
            # Programs are told whole seconds, less some microseconds.
            os.utime(stream.fileno(), (moment.timestamp() + 1,) * 2)

    def messages(self):
        with open(self.log, encoding="utf-8", errors="replace") as stream:
            return stream.read()

    def stop_daemon(self):
        """Asks it to end, and expects it to."""
        self.daemon.terminate()
        status = self.daemon.wait(timeout=60 * PATIENCE)
        self.daemon = None
        if status != 0:
            raise AssertionError(f"vexfsd ended with {status}: {self.messages()}")

    def kill_daemon(self):
        self.daemon.kill()
        self.daemon.wait()
        self.daemon = None

    def kill_drivers(self):
        for pid in processes_of(self.folder):
            os.kill(pid, signal.SIGKILL)

    def run(self, *words, timeout=600, env=None):
        return subprocess.run(words, capture_output=True, text=True, timeout=timeout,
                              env=env or self.env, check=False, **self.identity)

    def vexctl(self, *words, timeout=600):
        return self.run(program("vexctl"), *words, timeout=timeout)

    def ask(self, *words, timeout=600):
        """vexctl --json, which must succeed; its answer."""
        done = self.vexctl("--json", *words, timeout=timeout)
        if done.returncode != 0:
            raise AssertionError(f"vexctl {' '.join(words)}: {done.returncode} {done.stderr}\n"
                                 f"{self.messages()}")
        return json.loads(done.stdout)

    def busctl(self, *words):
        done = self.run("busctl", "--user", "--json=short", *words)
        if done.returncode != 0:
            raise AssertionError(f"busctl {' '.join(words)}: {done.stderr}")
        return json.loads(done.stdout) if done.stdout else None

    def connect(self):
        """A connection of its own to the bus."""
        flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                 | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        return Gio.DBusConnection.new_for_address_sync(self.env["DBUS_SESSION_BUS_ADDRESS"], flags,
                                                       None, None)

    def watch(self, take):
        """From now on take() is given what is told of objects, in order, when hear() is called:
        interfaces, and those of their properties that are new."""
        def take_signal(_connection, _sender, _path, _interface, signal, arguments):
            told = arguments.unpack()
            take(told[1] if signal == "InterfacesAdded" else {told[0]: told[1]})
        self.watching = self.connect()
        for signal in ("InterfacesAdded", "PropertiesChanged"):
            self.watching.signal_subscribe(SERVICE, None, signal, None, None,
                                           Gio.DBusSignalFlags.NONE, take_signal)

    @staticmethod
    def hear():
        while GLib.MainContext.default().iteration(False):
            pass

    def make_volume(self, name="docs", size="4G"):
        """Made and mounted; the mount point."""
        image = os.path.join(self.folder, f"{name}.vexfs")
        return self.ask("volume", "create", image, "-L", name, "--size", size, "--mount")["path"]

    def wait_indexed(self, files, seconds=300, volume=None):
        """Until so many files are indexed and none is pending. Returns the status and the time."""
        where = ["--volume", volume] if volume else []

        def settled():
            status = self.ask("index", "status", *where)
            is_done = status["files"] >= files and status["pending"] == 0
            return status if is_done and status["state"] == "idle" else None
        return wait_until(settled, seconds, f"{files} files are indexed: {self.messages()[-2000:]}")

    def paths(self, *words):
        return [hit.get("path") for hit in self.ask("search", *words)["hits"]]

    def close(self):
        if self.daemon:
            self.daemon.kill()
            self.daemon.wait()
        for path in reversed(mounts_below(self.folder)):
            subprocess.run(["umount", "-l", path], check=False)
        for pid in processes_of(self.folder):
            os.kill(pid, signal.SIGKILL)
        if self.bus:
            self.bus.terminate()
            self.bus.wait()
            self.bus.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class SessionTest(unittest.TestCase):
    """A test with a bus and a daemon of its own."""

    def prepare_session(self, user=None):
        tell(f"--- {self.id()}: {self.shortDescription() or ''}")
        self.session = Session(user)
        self.addCleanup(self.session.close)

    def setUp(self):
        self.prepare_session()
        self.session.start_bus()
        self.session.start_daemon()

    def expect(self, status, *words, error=None):
        """Runs vexctl, which must exit with that status and, with --json, that error name."""
        done = self.session.vexctl(*words)
        self.assertEqual(done.returncode, status, f"vexctl {words}: {done.stdout} {done.stderr}")
        if status not in (0, 6):
            self.assertTrue(done.stderr.strip(), f"vexctl {words} failed without a word")
        if error:
            told = self.session.vexctl("--json", *words).stderr
            self.assertEqual(json.loads(told)["error"]["name"], f"{SERVICE}.Error.{error}")
        return done

    def assert_clean(self, image):
        done = self.session.run(program("fsck.vexfs"), "-n", image)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

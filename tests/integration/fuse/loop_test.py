#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: requests are taken while others wait for the disk, whatever they wait in, and idle
processors are kept awake while requests come, and only then.

Method: the image lies on a second VexFS mount, whose driver is stopped: from then on nothing that
the first one asks of its disk comes to an end.
"""
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

import mounted
from mounted import MountedTest, Volume, program, run

LATENCY = "/dev/cpu_dma_latency"
NO_WISH_US = 2000 * 1000 * 1000
# What is known without the disk must come at once; this only bounds how long a failure takes.
PATIENCE_S = 30

SYNCER = """
import os, sys
fd = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
os.write(fd, b"x" * 300000)
os.fsync(fd)
"""


class StalledDisk(MountedTest):
    size = "512M"

    def setUp(self):
        super().setUp()
        place = os.path.join(self.folder, "upper")
        os.mkdir(place)
        self.upper = Volume.__new__(Volume)
        self.upper.image = self.path("image")
        self.upper.path = os.path.join(place, "mnt")
        self.upper.log = os.path.join(place, "driver.log")
        self.upper.driver = None
        os.mkdir(self.upper.path)
        made = run(program("mkfs.vexfs"), "--size", "128M", self.upper.image)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.upper.mount()
        self.addCleanup(self.upper.close)
        self.addCleanup(self.volume.driver.send_signal, signal.SIGCONT)

    def names_by(self, seconds):
        """Looks up names that nobody has asked for, which is a request each, in a process of its
        own: should it hang, the test does not."""
        code = ("import os, sys, uuid\n"
                "for _ in range(20):\n"
                "    assert not os.path.exists(os.path.join(sys.argv[1], uuid.uuid4().hex))\n"
                "print(os.stat(sys.argv[1] + '/file').st_size)\n")
        return run(sys.executable, "-c", code, self.upper.path, timeout=seconds)

    def stall(self, count):
        with open(os.path.join(self.upper.path, "file"), "wb") as stream:
            stream.write(b"before")
        self.volume.driver.send_signal(signal.SIGSTOP)
        syncers = [subprocess.Popen([sys.executable, "-c", SYNCER,
                                     os.path.join(self.upper.path, f"synced{i}")])
                   for i in range(count)]
        time.sleep(1)  # so that they hang
        self.assertTrue(all(syncer.poll() is None for syncer in syncers),
                        "an fsync came back without a disk")
        return syncers

    def test_names_are_found_while_syncs_wait(self):
        syncers = self.stall(8)
        found = self.names_by(PATIENCE_S)
        self.assertEqual((found.returncode, found.stdout), (0, "6\n"), found.stderr)
        self.volume.driver.send_signal(signal.SIGCONT)
        for syncer in syncers:
            self.assertEqual(syncer.wait(timeout=60), 0)
        for i in range(8):
            with open(os.path.join(self.upper.path, f"synced{i}"), "rb") as stream:
                self.assertEqual(stream.read(), b"x" * 300000)
        self.upper.umount()
        checked = self.upper.fsck()
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_more_waiting_than_threads_all_end(self):
        syncers = self.stall(40)
        self.volume.driver.send_signal(signal.SIGCONT)
        for syncer in syncers:
            self.assertEqual(syncer.wait(timeout=60), 0)
        self.assertEqual(self.names_by(PATIENCE_S).returncode, 0)
        self.upper.umount()

    def test_a_signal_ends_it_while_requests_come(self):
        stop = threading.Event()

        def busy():
            while not stop.is_set():
                try:
                    os.stat(os.path.join(self.upper.path, os.urandom(8).hex()))
                except OSError:
                    pass

        threads = [threading.Thread(target=busy) for _ in range(4)]
        for thread in threads:
            thread.start()
        self.upper.driver.send_signal(signal.SIGTERM)
        try:
            self.upper.wait()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertFalse(mounted.is_mounted(self.upper.path))


class Wishes(MountedTest):
    """What the driver asks of idle processors (PM QoS)."""

    is_mounted_at_start = False
    # Where the machine has no such device (some containers), the driver has to do without.
    awake_us = 0 if os.path.exists(LATENCY) else NO_WISH_US

    @staticmethod
    def latency_us():
        if not os.path.exists(LATENCY):
            return NO_WISH_US
        with open(LATENCY, "rb") as stream:
            return int.from_bytes(stream.read(4), sys.byteorder, signed=True)

    def during_requests(self):
        """The least that was asked for while names were looked up for half a second."""
        end = time.monotonic() + 0.5
        least = NO_WISH_US
        while time.monotonic() < end:
            for i in range(200):
                os.path.exists(self.path(f"{time.monotonic_ns()}.{i}"))
            least = min(least, self.latency_us())
        return least

    def test_processors_stay_awake_while_requests_come(self):
        before = self.latency_us()
        self.volume.mount()
        self.assertEqual(self.latency_us(), before)
        self.assertEqual(self.during_requests(), self.awake_us)
        deadline = time.monotonic() + PATIENCE_S
        while self.latency_us() != before and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.latency_us(), before)

    def test_not_when_told_not_to(self):
        before = self.latency_us()
        self.volume.mount("noquickwake")
        self.assertEqual(self.during_requests(), min(before, NO_WISH_US))


if __name__ == "__main__":
    mounted.main()

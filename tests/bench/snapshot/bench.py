#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What snapshots cost on two mounted filesystems, in turns; called by tests/bench/snapshot/run."""
import argparse
import fcntl
import os
import signal
import statistics
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../integration/fuse"))
import control  # noqa: E402

BTRFS_SNAP_CREATE = 1 << 30 | 4096 << 16 | 0x94 << 8 | 23
BTRFS_READ_ONLY = 2


class Vexfs:
    name = "vexfs"

    def __init__(self, mount, tool):
        self.mount, self.tool = mount, tool
        self.top = mount
        self.ids = {}

    def create(self, name):
        self.ids[name] = control.snapshot_create(self.mount, name)["id"]

    def differences(self, before, after):
        """Which files differ, with their paths."""
        fd = os.open(self.mount, os.O_RDONLY)
        paths = []
        for ino in control.diff(self.mount, self.ids[before], self.ids[after]):
            out = control.PATH.on(fd, struct.pack("<QQI", self.ids[after], ino, 0))
            paths.append(control.text(out[40:]))
        os.close(fd)
        return paths

    def send(self, before, after):
        return [self.tool, "send", self.mount, after, before]

    def path(self, name):
        return os.path.join(self.mount, ".vexfs", "snapshots", name)


class Btrfs:
    name = "btrfs"

    def __init__(self, mount):
        self.mount = mount
        self.top = os.path.join(mount, "top")
        if not os.path.exists(self.top):
            subprocess.run(["btrfs", "-q", "subvolume", "create", self.top], check=True)

    def create(self, name):
        where, what = (os.open(path, os.O_RDONLY) for path in (self.mount, self.top))
        argument = bytearray(struct.pack("<qQQ32x", what, 0, BTRFS_READ_ONLY) + os.fsencode(name))
        argument += bytes(4096 - len(argument))
        fcntl.ioctl(where, BTRFS_SNAP_CREATE, argument)
        os.close(where)
        os.close(what)

    def differences(self, before, after):
        stream = subprocess.Popen(["btrfs", "-q", "send", "--no-data", "-p", self.path(before),
                                   self.path(after)], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
        told = subprocess.run(["btrfs", "receive", "--dump"], stdin=stream.stdout, check=True,
                              capture_output=True, text=True).stdout
        stream.stdout.close()
        # The reader goes at the stream's end, maybe before the writer has closed it.
        if stream.wait() not in (0, -signal.SIGPIPE):
            raise RuntimeError("btrfs send failed")
        return {line.split()[1] for line in told.splitlines() if line.startswith("update_extent")}

    def send(self, before, after):
        return ["btrfs", "-q", "send", "-p", self.path(before), self.path(after)]

    def path(self, name):
        return os.path.join(self.mount, name)


class Bench:
    def __init__(self, options, peers):
        self.options, self.peers = options, peers
        self.rows = {}

    def timed(self, peer, what, call):
        begin = time.perf_counter()
        result = call()
        self.add(peer, what, (time.perf_counter() - begin) * 1000, "ms")
        return result

    def add(self, peer, what, value, unit):
        self.rows.setdefault((what, unit), {}).setdefault(peer.name, []).append(value)

    def fill(self, peer, folder, files, size):
        data = os.urandom(size)
        for number in range(files):
            where = os.path.join(peer.top, folder, str(number // 1000))
            if number % 1000 == 0:
                os.makedirs(where)
            with open(os.path.join(where, str(number)), "wb") as stream:
                stream.write(number.to_bytes(8, "little") + data[8:])

    def file(self, peer, folder, number):
        return os.path.join(peer.top, folder, str(number // 1000), str(number))

    def change(self, peer, folder, numbers, size=1024):
        for number in numbers:
            with open(self.file(peer, folder, number), "r+b") as stream:
                stream.seek(512)
                stream.write(os.urandom(size))

    def sync(self, peer):
        fd = os.open(peer.mount, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)
        os.sync()

    def creation(self, peer, round_):
        self.sync(peer)
        self.timed(peer, "create, nothing changed", lambda: peer.create(f"clean{round_}"))
        self.change(peer, "many", [round_])
        self.timed(peer, "create, one file changed", lambda: peer.create(f"one{round_}"))

    def difference(self, peer, round_):
        step = self.options.files // self.options.changed
        peer.create(f"before{round_}")
        self.change(peer, "many", range(round_, self.options.files, step))
        self.sync(peer)
        peer.create(f"after{round_}")
        what = f"difference, {self.options.changed} of {self.options.files} files, with paths"
        told = self.timed(peer, what,
                          lambda: peer.differences(f"before{round_}", f"after{round_}"))
        if len(told) != self.options.changed:
            raise RuntimeError(f"{peer.name} tells {len(told)} changes of {self.options.changed}")
        call = peer.send(f"before{round_}", f"after{round_}")
        self.timed(peer, f"send {self.options.changed} changed files", lambda: subprocess.run(
            call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True))

    def incremental(self, peer):
        """As the first VexFS measured it: 1,000 files of 64 KiB, 10 of them changed by 1 KiB."""
        self.fill(peer, "seed", 1000, 65536)
        self.sync(peer)
        before = self.used(peer)
        for number in range(50):
            self.change(peer, "seed", range(number, 1000, 100))
            self.sync(peer)
            self.timed(peer, "incremental snapshot: 10 of 1,000 files changed by 1 KiB",
                       lambda number=number: peer.create(f"seed{number}"))
        logical = 50 * 1000 * 65536
        self.add(peer, "space efficiency of 50 snapshots, 1 % of files changed each",
                 100 * (1 - (self.used(peer) - before) / logical), "%")

    def used(self, peer):
        self.sync(peer)
        row = os.statvfs(peer.mount)
        return (row.f_blocks - row.f_bfree) * row.f_frsize

    def references(self, peer):
        folder = os.path.join(peer.top, "clones")
        os.mkdir(folder)
        with open(self.file(peer, "many", 0), "rb") as source:
            begin = time.perf_counter()
            for number in range(2000):
                with open(os.path.join(folder, str(number)), "wb"):
                    pass
            middle = time.perf_counter()
            for number in range(2000):
                fd = os.open(os.path.join(folder, str(number)), os.O_WRONLY)
                # By reference on both; FUSE has no FICLONE.
                os.copy_file_range(source.fileno(), fd, 4096, 0)
                os.close(fd)
            end = time.perf_counter()
        self.add(peer, "an inode", (middle - begin) / 2000 * 1e6, "us")
        self.add(peer, "a reference to a file of 4 KiB (open, copy_file_range, close)",
                 (end - middle) / 2000 * 1e6, "us")

    def listing(self, peer):
        for number in range(self.options.snapshots):
            peer.create(f"many{number}")

        def list_all():
            rows, after = 0, 0
            while True:
                page = control.snapshot_list(peer.mount, after)
                rows += len(page)
                if len(page) < 48:
                    return rows
                after = page[-1]["id"]

        what = f"list of {self.options.snapshots} snapshots and more"
        for _ in range(self.options.rounds):
            self.timed(peer, what, list_all)

    def run(self):
        for peer in self.peers:
            self.fill(peer, "many", self.options.files, 4096)
        for round_ in range(self.options.rounds):
            order = self.peers[round_ % 2:] + self.peers[:round_ % 2]
            for peer in order:
                self.creation(peer, round_)
                self.difference(peer, round_)
        for peer in self.peers:
            self.references(peer)
            self.incremental(peer)
        self.listing(self.peers[0])

    def table(self):
        names = [peer.name for peer in self.peers]
        lines = [f"{'':70}" + "".join(f"{name:>12}" for name in names)]
        for (what, unit), values in self.rows.items():
            cells = "".join(f"{statistics.median(values[name]):12.2f}" if name in values
                            else f"{'':>12}" for name in names)
            lines.append(f"{what + ', ' + unit:70}{cells}")
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        lines.append(f"medians of {self.options.rounds} rounds; vexfs-fuse, btrfs on a loop "
                     f"device; {os.cpu_count()} processors, load {load}")
        return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser()
    for name in ("files", "changed", "snapshots", "rounds"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--tool", required=True)
    parser.add_argument("--results", required=True)
    options = parser.parse_args()
    mounts = os.path.join(os.environ["WORK"], "mnt")
    bench = Bench(options, [Vexfs(os.path.join(mounts, "vexfs"), options.tool),
                            Btrfs(os.path.join(mounts, "btrfs"))])
    bench.run()
    text = bench.table()
    print(text, end="")
    with open(os.path.join(options.results, "table.txt"), "w", encoding="utf-8") as stream:
        stream.write(text)


if __name__ == "__main__":
    main()

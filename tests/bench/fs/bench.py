#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The same work on several mounted filesystems, in turns; called by tests/bench/fs/run.

For each round, for each group of tests, for each filesystem (beginning with another one each
round). A test that fails is reported, is missing in the table, and makes the run fail.
"""
import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../../integration/fuse")]
import control  # noqa: E402  the statistics ioctl, shared with the tests of the mount
import driver_pid  # noqa: E402
import table  # noqa: E402

TEST_LIMIT_S = 300
FOLDERS = 20
FILE_BYTES = 4096
FSYNC_SECONDS, FSYNC_MAX = "1.5", "2000"
RANDOM_WRITE_MIB = 64


GROUPS = "sequential,fsync,metadata,parallel,tree,git"


class Failed(Exception):
    pass


class Peer:
    def __init__(self, bench, name):
        self.bench = bench
        self.name = name
        self.mount = os.path.join(bench.work, "mnt", name)
        self.folder = os.path.join(self.mount, "bench")

    def again(self):
        self.bench.peers("again", self.name)

    def driver(self):
        return driver_pid.find(self.mount)

    def cpu_s(self):
        """CPU time of the driver so far; None for a filesystem of the kernel."""
        pid = self.driver()
        if pid is None:
            return None
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stream:
            fields = stream.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mib(self):
        with open(f"/proc/{self.driver()}/status", encoding="ascii") as stream:
            lines = dict(line.split(":", 1) for line in stream)
        return {key: int(lines[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM")}

    def device_bytes(self):
        """Bytes written to the device so far, by VexFS' own count; None for others."""
        if self.name != "vexfs":
            return None
        return control.stats(self.mount)["device.written_bytes"]


class Bench:
    def __init__(self, options):
        self.options = options
        self.work = os.environ["WORK"]
        self.operations = os.path.join(os.environ["VEXFS_BIN"], "bench_fs_operations")
        self.raw = open(os.path.join(options.results, "raw.jsonl"), "w", encoding="utf-8")
        self.log = open(os.path.join(self.work, "log"), "ab")
        self.sources = os.path.join(self.work, "sources")
        self.table = table.Table(options.peers)
        self.cpu, self.amplification = {}, {}
        self.failures = []
        self.round = 0

    def peers(self, action, name):
        done = subprocess.run([os.path.join(HERE, "peers"), action, name], stdin=subprocess.DEVNULL,
                              stdout=self.log, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise Failed(f"peers {action} {name}: {done.stderr.strip()}")

    def call(self, *words):
        """Output of a program that must succeed in time."""
        try:
            done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=self.log, text=True, timeout=TEST_LIMIT_S, check=False)
        except subprocess.TimeoutExpired as late:
            raise Failed(f"{' '.join(words)}: more than {TEST_LIMIT_S} s") from late
        if done.returncode:
            raise Failed(f"{' '.join(words)}: exit {done.returncode}; see the log")
        return done.stdout

    def add(self, peer, test, value, unit):
        self.table.add(peer.name, test, value, unit)
        self.note(peer, {"test": test, "value": value, "unit": unit})

    def note(self, peer, row):
        line = json.dumps({"round": self.round, "peer": peer.name, **row})
        print(line, file=self.raw, flush=True)

    @contextlib.contextmanager
    def costs(self, peer, work, user_bytes=0):
        """CPU seconds of the driver for what is done inside, and bytes to the device for each of
        @user_bytes."""
        cpu_s, device_bytes = peer.cpu_s(), peer.device_bytes() if user_bytes else None
        yield
        if cpu_s is not None:
            spent_s = peer.cpu_s() - cpu_s
            self.cpu.setdefault((peer.name, work), []).append(spent_s)
            self.note(peer, {"cpu_of": work, "value": spent_s, "unit": "s"})
        if device_bytes is not None:
            times = (peer.device_bytes() - device_bytes) / user_bytes
            self.amplification.setdefault((peer.name, work), []).append(times)
            self.note(peer, {"amplification_of": work, "value": times, "unit": "times"})

    def work_on(self, peer, cost_name, *words, user_bytes=0):
        with self.costs(peer, cost_name, user_bytes):
            out = self.call(self.operations, *map(str, words))
        for line in out.splitlines():
            test, value, unit = line.split("\t")
            self.add(peer, test, float(value), unit)

    def seconds(self, peer, test, *words, times=1):
        with self.costs(peer, test):
            start = time.monotonic()
            for _ in range(times):
                self.call(*words)
            self.add(peer, test, time.monotonic() - start, "s")

    def fio(self, peer, test, file, *words, user_bytes=0):
        with self.costs(peer, test, user_bytes):
            out = self.call("fio", "--name=job", f"--filename={file}", "--bs=4k",
                            "--ioengine=psync", "--invalidate=0", "--fallocate=none",
                            "--norandommap", "--randrepeat=0", "--output-format=json", *words)
        job = json.loads(out[out.index("{"):])["jobs"][0]
        busy = max(job["read"], job["write"], key=lambda side: side["total_ios"])
        self.add(peer, test, busy["total_ios"] * 1e3 / max(1, busy["runtime"]), "ops/s")

    def warm(self, mib):
        self.call(self.operations, "warm", str(mib))

    def settle(self, peer):
        self.call("sync", "-f", peer.mount)
        if os.path.ismount(os.path.join(self.work, "mnt/base")):
            self.call("sync", "-f", os.path.join(self.work, "mnt/base"))
        self.call("sync", "-f", self.work)

    def cold(self, peer):
        """Nothing of it is cached anywhere that we can reach."""
        self.settle(peer)
        peer.again()
        self.settle(peer)
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as stream:
            stream.write("3")

    # The groups.

    def sequential(self, peer):
        mib = self.options.mib
        file, second = (os.path.join(peer.folder, name) for name in ("file", "second"))
        self.warm(mib * 21 // 10)
        self.work_on(peer, "seqwrite_fsync", "seqwrite", file, mib)
        self.cold(peer)
        self.warm(mib * 21 // 10)
        self.work_on(peer, "seqread_cold", "seqread", file, "seqread_cold")
        self.work_on(peer, "seqread_warm", "seqread", file, "seqread_warm")
        read = ("--rw=randread", "--readonly", "--runtime=1", "--time_based")
        self.fio(peer, "randread4k_warm", file, *read)
        written = min(RANDOM_WRITE_MIB, mib)
        self.fio(peer, "randwrite4k_fsync", file, "--rw=randwrite", "--overwrite=1",
                 f"--io_size={written}m", f"--size={mib}m", "--end_fsync=1",
                 user_bytes=written << 20)
        self.cold(peer)
        self.fio(peer, "randread4k_cold", file, *read)
        self.seconds(peer, "cp_same_fs", "cp", file, second)

    def fsync(self, peer):
        self.work_on(peer, "fsync4k", "fsync", os.path.join(peer.folder, "log"), FSYNC_SECONDS,
                     FSYNC_MAX)

    def metadata(self, peer):
        files = self.options.files
        self.warm(300)

        def phase(name, prefix="", user_bytes=0):
            self.work_on(peer, prefix + name, name, os.path.join(peer.folder, "set"), files,
                         FOLDERS, FILE_BYTES, prefix, user_bytes=user_bytes)
        phase("create", user_bytes=files * FILE_BYTES)
        for name in ("stat", "readdir", "walk", "read"):
            phase(name)
        self.cold(peer)
        phase("walk", "cold_")
        phase("read", "cold_")
        phase("rename")
        phase("unlink")

    def parallel(self, peer):
        self.work_on(peer, "parallel", "parallel", os.path.join(peer.folder, "parallel"),
                     self.options.files // 2)

    def tree(self, peer):
        archive, one = os.path.join(self.sources, "tree.tar"), os.path.join(peer.folder, "tree")
        os.mkdir(one)
        with open(archive, "rb") as stream:
            stream.read()  # it shall not be the disk of the archive that is measured
        self.seconds(peer, "untar", "tar", "xf", archive, "-C", one, "--no-same-owner")
        with self.costs(peer, "grep_r_warm"):
            start = time.monotonic()
            found = subprocess.run(["grep", "-rF", "zzqqxxyyww", one], stdout=self.log,
                                   stderr=self.log, timeout=TEST_LIMIT_S, check=False)
            self.add(peer, "grep_r_warm", time.monotonic() - start, "s")
        if found.returncode != 1:
            raise Failed(f"grep: exit {found.returncode}, not 1 (nothing found)")
        self.seconds(peer, "cp_a_tree", "cp", "-a", one, one + "-2")
        self.seconds(peer, "rm_rf", "rm", "-rf", one)

    def git(self, peer):
        repository, clone = os.path.join(self.sources, "repo.git"), os.path.join(peer.folder, "git")
        status = ("git", "-c", f"safe.directory={clone}", "-C", clone, "status", "--porcelain")
        self.seconds(peer, "git_clone", "git", "clone", "-q", "--no-hardlinks", repository, clone)
        self.call(*status)
        self.seconds(peer, "git_status3", *status, times=3)
        self.cold(peer)
        self.call("git", "--version")
        self.seconds(peer, "git_status_cold", *status)

    def run_group(self, group, peer):
        try:
            os.mkdir(peer.folder)
            group(peer)
        except (Failed, OSError) as problem:
            self.failures.append(f"round {self.round}, {peer.name}, {group.__name__}: {problem}")
            print(f"FAILED {self.failures[-1]}", file=sys.stderr)
        finally:
            shutil.rmtree(peer.folder, ignore_errors=True)
        self.settle(peer)

    def rounds(self):
        peers = [Peer(self, name) for name in self.options.peers]
        for peer in peers:
            print(f"mounting {peer.name}", file=sys.stderr)
            self.peers("up", peer.name)
        groups = [getattr(self, name) for name in self.options.groups.split(",")]
        for self.round in range(1, self.options.rounds + 1):
            for group in groups:
                for i in range(len(peers)):
                    peer = peers[(i + self.round - 1) % len(peers)]
                    start = time.monotonic()
                    self.run_group(group, peer)
                    print(f"round {self.round} {group.__name__:<10} {peer.name:<10} "
                          f"{time.monotonic() - start:6.1f} s", file=sys.stderr)

    def memory(self):
        """Memory of the driver after it made, and after it has only seen, many files."""
        peer = Peer(self, "vexfs")
        self.peers("down", peer.name)
        self.peers("up", peer.name)
        files, lines = self.options.million, []

        def phase(name):
            self.call(self.operations, name, os.path.join(peer.mount, "many"), str(files),
                      str(max(FOLDERS, files // 10000)), "100", "")
            rss = peer.rss_mib()
            lines.append(f"{name:<8} of {files} files: {rss['VmRSS']:.0f} MiB, at most "
                         f"{rss['VmHWM']:.0f} MiB")
            self.note(peer, {"memory_after": name, "files": files, **rss})
        phase("create")
        self.cold(peer)
        start = peer.rss_mib()
        lines.append(f"mounted again: {start['VmRSS']:.0f} MiB")
        phase("walk")
        phase("stat")
        return "\n".join(lines)

    def prepare_sources(self):
        """A tree of real files and a repository of it, the same for all."""
        self.call("bash", "-ec", """
            mkdir -p "$1" && cd /usr/include
            find . -type f '(' -name '*.h*' -o -path './c++/*' ')' | LC_ALL=C sort |
                sed -n 1,3000p >"$1/list"
            tar cf "$1/tree.tar" -T "$1/list"
            mkdir "$1/tree" && tar xf "$1/tree.tar" -C "$1/tree" && cd "$1/tree"
            git init -q . && git add -A
            git -c user.name=bench -c user.email=bench@localhost commit -q -m tree
            git clone -q --bare . "$1/repo.git" && rm -rf "$1/tree"
            """, "prepare", self.sources)

    def environment(self):
        with open("/proc/loadavg", encoding="ascii") as stream:
            load = stream.read().split()[0]
        return (f"{os.cpu_count()} CPUs, Linux {os.uname().release}, load {load}; "
                f"{self.options.rounds} rounds, {self.options.files} files, "
                f"{self.options.mib} MiB; {time.strftime('%F %T')}")

    def report(self):
        parts = [self.environment(), self.table.speed()]
        if self.cpu:
            with_driver = {name for name, _ in self.cpu}
            served = [name for name in self.options.peers if name in with_driver]
            parts.append(table.costs("CPU seconds of the driver", served, self.cpu))
        for (name, work), times in self.amplification.items():
            parts.append(f"write amplification of {name}, {work}: {statistics.median(times):.2f} "
                         "bytes to the device for each byte written")
        if self.options.million:
            parts.append("memory of vexfs-fuse\n" + self.memory())
        return "\n\n".join(parts)


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, required=True)
    parser.add_argument("--mib", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--million", type=int, required=True)
    parser.add_argument("--results", required=True)
    parser.add_argument("--groups", default=GROUPS)
    parser.add_argument("peers", nargs="+")
    return parser.parse_args()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    bench = Bench(parse())
    bench.prepare_sources()
    bench.rounds()
    report = bench.report()
    with open(os.path.join(bench.options.results, "table.txt"), "w", encoding="utf-8") as stream:
        print(report, file=stream)
    print(report)
    for failure in bench.failures:
        print(f"FAILED {failure}", file=sys.stderr)
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())

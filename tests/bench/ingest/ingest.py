# SPDX-License-Identifier: Apache-2.0
"""What VexFS takes in and how fast, beside others in the same run; tests/bench/ingest/run calls it.

Rates are medians of rounds. Memory is what processes hold for themselves plus their part of what
they share (Pss), sampled ten times a second.
"""
import argparse
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../../integration/daemon")]
import session as daemon_session  # noqa: E402  a private bus and daemon, shared with the tests

BIN = os.environ["VEXFS_BIN"]
DIMENSION = 384
BATCHES = (10, 100, 1000, 10000)
APPEND_S = 2
ROUNDS = 3
COPIES = 250
# Formats whose copies can be made different by a line at their end.
PLAIN = (".txt", ".md", ".c", ".py", ".csv", ".h")
QUERIES, DISTINCT = 4000, 2000
SETTLE_S = 5


def program(name):
    return os.path.join(BIN, name)


# ---- (a) durable append ----

def append_once(kind, path, batch):
    done = subprocess.run([program("bench_append"), kind, path, str(DIMENSION), str(batch),
                           str(APPEND_S)], check=True, capture_output=True, text=True)
    count, seconds, p50, p99 = map(float, done.stdout.split())
    return count / seconds, p50, p99


def bench_append(session):
    print(f"durable append of {DIMENSION}-d float vectors, an fsync after each batch; vectors/s")
    print(f"{'batch':>6} {'fork':>10} {'file':>10} {'ratio':>6}   fork p50/p99 us   "
          "file p50/p99 us")
    mount = session.make_volume("append", "8G")
    for batch in BATCHES:
        forks, files = [], []
        for _ in range(ROUNDS):
            forks.append(append_once("fork", f"{mount}/vectors", batch))
            files.append(append_once("file", f"{session.folder}/plain", batch))
        fork, file = (sorted(each)[len(each) // 2] for each in (forks, files))
        print(f"{batch:>6} {fork[0]:10.0f} {file[0]:10.0f} {fork[0] / file[0]:6.2f}   "
              f"{fork[1]:7.0f}/{fork[2]:<7.0f}   {file[1]:7.0f}/{file[2]:<7.0f}", flush=True)
    print()


# ---- (b) inserts ----

def bench_inserts():
    print("inserts into the searchable index, and searches meanwhile", flush=True)
    subprocess.run([program("bench_inserts")], check=True)
    print(flush=True)


# ---- (c) documents ----

def tree_of(root):
    """Process ids of a process and all below it."""
    children = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stream:
                parent = int(stream.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(pid))
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


def pss_bytes(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as stream:
            return next(int(line.split()[1]) * 1024 for line in stream if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def cpu_seconds(pid):
    """Of a process and of its children that have ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stream:
            fields = stream.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


class Memory:
    """The peak of processes and all below them, while the block runs."""

    def __init__(self, *pids):
        self.pids, self.peak, self.is_over = pids, 0, False
        self.thread = threading.Thread(target=self.sample)

    def sample(self):
        while not self.is_over:
            every = [pid for root in self.pids for pid in tree_of(root)]
            self.peak = max(self.peak, sum(map(pss_bytes, every)))
            time.sleep(0.25)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()


def bytes_below(folder):
    total = 0
    for path, _, names in os.walk(folder):
        total += sum(os.lstat(os.path.join(path, name)).st_blocks * 512 for name in names)
    return total


def make_examples(folder, copies=COPIES):
    """The example documents, many times; texts differ by a line, other formats are the same."""
    for number in range(copies):
        place = os.path.join(folder, str(number))
        shutil.copytree(daemon_session.EXAMPLES, place)
        for path, _, names in os.walk(place):
            for name in names:
                if name.endswith(PLAIN):
                    with open(os.path.join(path, name), "a", encoding="utf-8") as stream:
                        stream.write(f"\ncopy{number:05d}\n")


def count_files(folder):
    return sum(len(names) for _, _, names in os.walk(folder))


class Taken:
    def __init__(self, name, seconds, cpu, peak, index_bytes):
        self.name, self.seconds, self.cpu = name, seconds, cpu
        self.peak, self.index_bytes = peak, index_bytes


def with_recoll(folder):
    config = tempfile.mkdtemp(prefix="vexfs-recoll.")
    try:
        with open(os.path.join(config, "recoll.conf"), "w", encoding="utf-8") as stream:
            stream.write(f"topdirs = {folder}\nindexstemminglanguages = english\n"
                         "skippedNames =\nskippedPaths =\n"
                         # As nice as the daemon's indexing, and not 19: others may be at work.
                         "idxniceprio = 5\n")
        start = time.monotonic()
        child = subprocess.Popen(["recollindex", "-c", config], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        with Memory(child.pid) as memory:
            used = os.wait4(child.pid, 0)[2]
            seconds = time.monotonic() - start
        child.returncode = 0
        return Taken("Recoll, words", seconds, used.ru_utime + used.ru_stime, memory.peak,
                     bytes_below(os.path.join(config, "xapiandb")))
    finally:
        shutil.rmtree(config)


def text_bytes(index):
    """Of all indexed texts, by the daemon's own catalog."""
    database = sqlite3.connect(f"file:{index}/catalog.sqlite?mode=ro", uri=True)
    total = database.execute("SELECT sum(text_bytes) FROM files").fetchone()[0]
    database.close()
    return total


def must(session, *words):
    done = session.vexctl(*words)
    if done.returncode:
        raise SystemExit(f"vexctl {' '.join(words)}: {done.stderr}")


class Progress:
    """What the daemon says of an index, asked often without a process for each."""

    def __init__(self, session, label):
        uuid = next(each["uuid"] for each in session.ask("volume", "list")["volumes"]
                    if each["label"] == label)
        self.caller = Caller(session)
        self.path = f"{daemon_session.ROOT_PATH}/volumes/{uuid.replace('-', '_')}"
        self.log = []

    def now(self):
        answer = self.caller.bus.call_sync(
            daemon_session.SERVICE, self.path, "org.freedesktop.DBus.Properties", "GetAll",
            self.caller.glib.Variant("(s)", (f"{daemon_session.SERVICE}.Index",)), None, 0, 60000,
            None)
        return answer.unpack()[0]

    def wait(self, seconds, cpu):
        """Until all is done, learning included; seconds and CPU seconds to words, and to all."""
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            told = self.now()
            took = time.monotonic() - start
            if not self.log or self.log[-1][0] != told["Files"]:
                self.log.append((told["Files"], took, cpu()))
            if told["State"] == "idle" and told["Pending"] == 0 and told["Files"] > 0:
                return self.log[-1][1:], (took, cpu())
            time.sleep(0.05)
        raise SystemExit(f"not indexed within {seconds} s")


def with_vexfs(session, folder):
    """The files lie on the volume before the time begins, as they do for Recoll."""
    mount = session.make_volume("documents", "32G")
    must(session, "index", "pause", "--volume", "documents")
    subprocess.run(["cp", "-a", folder, f"{mount}/files"], check=True)
    os.sync()
    progress = Progress(session, "documents")
    programs = [session.daemon.pid] + daemon_session.processes_of(session.folder)

    def cpu():
        every = [pid for root in programs for pid in tree_of(root)]
        return sum(map(cpu_seconds, every))
    before = cpu()
    with Memory(*programs) as memory:
        must(session, "index", "resume", "--volume", "documents")
        words, everything = progress.wait(3600, cpu)
    # What is put away once it has been quiet for a while is put away.
    time.sleep(SETTLE_S)
    status = session.ask("index", "status", "--volume", "documents")
    index = f"{mount}/.vexfs/index"
    stored = bytes_below(index)
    vectors = next(each["vectors_bytes"] for each in session.ask("volume", "list")["volumes"]
                   if each["label"] == "documents")
    rows = [Taken("VexFS, words and vectors", everything[0], everything[1] - before, memory.peak,
                  stored + vectors),
            Taken("  of that, until words", words[0], words[1] - before, 0, 0)]
    return rows, status, stored, vectors, text_bytes(index)


def bench_documents(name, folder):
    files = count_files(folder)
    session = daemon_session.Session()
    try:
        session.start_bus()
        session.start_daemon()
        rows, status, stored, vectors, text = with_vexfs(session, folder)
    finally:
        session.close()
    rows.append(with_recoll(folder))
    print(f"{name}: {files} files; VexFS took text from {status['files']}, "
          f"{text / 1e6:.1f} MB of it; {status['chunks']} vectors; index {stored / 1e6:.1f} MB, "
          f"vectors on the volume {vectors / 1e6:.1f} MB")
    print(f"{'':<26} {'s':>8} {'files/s':>8} {'CPU ms/file':>11} {'peak MB':>8} {'index MB':>9} "
          f"{'index/text':>10}")
    for row in rows:
        rest = (f" {row.peak / 1e6:8.0f} {row.index_bytes / 1e6:9.1f} "
                f"{row.index_bytes / text:10.2f}")
        print(f"{row.name:<26} {row.seconds:8.1f} {files / row.seconds:8.0f} "
              f"{row.cpu * 1000 / files:11.2f}{rest if row.peak else ''}")
    everything, words, recoll = rows
    print(f"VexFS : Recoll, files/s: with vectors {recoll.seconds / everything.seconds:.2f}, "
          f"words {recoll.seconds / words.seconds:.2f}; "
          f"files per CPU second: with vectors {recoll.cpu / everything.cpu:.2f}, "
          f"words {recoll.cpu / words.cpu:.2f}")
    print(flush=True)


# ---- (d) caches ----

class Caller:
    """Searches over the bus without a process for each."""

    def __init__(self, session):
        import gi
        gi.require_version("Gio", "2.0")
        from gi.repository import Gio, GLib
        self.glib = GLib
        self.bus = Gio.DBusConnection.new_for_address_sync(
            session.env["DBUS_SESSION_BUS_ADDRESS"],
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)

    def search(self, query):
        self.bus.call_sync(daemon_session.SERVICE, daemon_session.ROOT_PATH,
                           f"{daemon_session.SERVICE}.Search", "Search",
                           self.glib.Variant("(sa{sv})", (query, {})), None, 0, 60000, None)


def bench_caches():
    session = daemon_session.Session()
    try:
        session.start_bus()
        session.start_daemon()
        folder = os.path.join(session.folder, "source")
        make_examples(folder)
        mount = session.make_volume("caches", "8G")
        subprocess.run(["cp", "-a", folder, f"{mount}/files"], check=True)
        session.wait_indexed(1000, 1200, "caches")
        caller = Caller(session)
        words = "car repair contract garden train recipe tax letter meeting budget".split()
        queries = [f"{words[i % 10]} {words[i // 10 % 10]} copy{i % 250:05d} {i // 100}"
                   for i in range(DISTINCT)]
        # A few are asked often and most seldom, as people do: the k-th 1/k as often as the first.
        weights = [1 / (rank + 1) for rank in range(DISTINCT)]
        import random
        for query in random.Random(1).choices(queries, weights, k=QUERIES):
            caller.search(query)
        counters = session.ask("stats", "--volume", "caches")
        rows = counters.get("counters", {}) | counters.get("gauges", {})
    finally:
        session.close()
    print(f"caches after {QUERIES} searches, {DISTINCT} of them different")
    print(f"{'':<16} {'hits':>9} {'misses':>9} {'evicted':>8} {'MB':>7} {'hit us':>8} "
          f"{'miss us':>9}")
    names = sorted(key[:-5] for key in rows if key.endswith(".hits"))
    for name in names:
        def value(key, name=name):
            return rows.get(f"{name}.{key}", 0)

        def mean(key, name=name):
            count = rows.get(f"{name}.{key}.count", 0)
            return f"{rows[f'{name}.{key}.total-us'] / count:.1f}" if count else "-"
        print(f"{name:<16} {value('hits'):9.0f} {value('misses'):9.0f} {value('evictions'):8.0f} "
              f"{value('bytes') / 1e6:7.2f} {mean('hit'):>8} {mean('miss'):>9}")
    print(flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="append,inserts,documents,caches,model")
    parser.add_argument("--folder", action="append", default=[])
    parser.add_argument("--examples", action="store_true", help="without /usr/share/doc")
    parser.add_argument("--copies", type=int, default=COPIES, help="of the examples")
    options = parser.parse_args()
    parts = options.only.split(",")
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.2f}; "
          f"{time.strftime('%Y-%m-%d %H:%M:%S')}\n", flush=True)
    if "append" in parts:
        session = daemon_session.Session()
        try:
            session.start_bus()
            session.start_daemon()
            bench_append(session)
        finally:
            session.close()
    if "inserts" in parts:
        bench_inserts()
    if "documents" in parts:
        with tempfile.TemporaryDirectory(prefix="vexfs-ingest.") as folder:
            for path in options.folder:
                bench_documents(path, path)
            if not options.folder:
                make_examples(f"{folder}/examples", options.copies)
                bench_documents(f"the examples, {options.copies} times", f"{folder}/examples")
                if not options.examples:
                    subprocess.run(["cp", "-rL", "/usr/share/doc", f"{folder}/doc"], check=False,
                                   stderr=subprocess.DEVNULL)
                    bench_documents("/usr/share/doc", f"{folder}/doc")
    if "caches" in parts:
        bench_caches()
    if "model" in parts:
        subprocess.run([program("bench_local_model")], check=True)


if __name__ == "__main__":
    main()

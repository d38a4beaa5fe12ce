#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a search as of a snapshot costs beside a search of now.

Real volume, real daemon, private bus. Files are changed between snapshots; then each query is asked
of now, of one snapshot after the other and of the last one, in an order that changes, so that all
three bear the same load of the machine; once for each, so that no answer comes from the cache.
Prints medians of the daemon's own time (took-us), which counts finding out what a snapshot has, and
their ratio. With MORE, so many further snapshots lie among them, of which others are asked.

usage: search_past.py [FILES] [SNAPSHOTS] [CHANGED] [MORE]
"""
import itertools
import os
import random
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../integration/daemon"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../integration/fuse"))
import control  # noqa: E402
from session import Session, wait_until  # noqa: E402

VOCABULARY = [f"{a}{b}{c}" for a in ("ka", "lo", "mi", "ru", "se", "ta", "vo") for b in
              ("ban", "der", "fin", "gol", "hum", "jas") for c in ("el", "is", "or", "um")]


def text(rng):
    return " ".join(rng.choices(VOCABULARY, k=60)) + ".\n"


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(content)


def main():
    files, snapshots, changed, more = (
        int(word) for word in sys.argv[1:] + ["2000", "20", "100", "0"][len(sys.argv) - 1:])
    rng = random.Random(11)
    session = Session()
    try:
        session.start_bus()
        session.start_daemon()
        mount = session.make_volume()
        for i in range(files):
            write(f"{mount}/d{i % 40}/f{i}.txt", text(rng))
        session.wait_indexed(files)

        def idle():
            status = session.ask("index", "status")
            return status["pending"] == 0 and status["state"] == "idle"
        names = []
        for step in range(snapshots):
            names.append(f"s{step}")
            session.ask("snapshot", "create", names[-1])
            for i in rng.sample(range(files), changed):
                write(f"{mount}/d{i % 40}/f{i}.txt", text(rng))
            for i in range(more // snapshots):
                control.snapshot_create(mount, f"more{step}-{i}")
            if more:
                names.append(f"more{step}-0")
        wait_until(idle, 600, "the index is idle")
        queries = [" ".join(rng.choices(VOCABULARY, k=3)) for _ in range(40)]
        took = lambda *words: session.ask("search", *words)["took_us"]
        orders = itertools.cycle(itertools.permutations(range(3)))
        for mode in ("keyword", "vector", "hybrid"):
            times = [[], [], []]
            for i, query in enumerate(queries):
                trees = [[], ["--at", names[i % len(names)]], ["--at", names[-1]]]
                for which in next(orders):
                    times[which].append(took(query, "--mode", mode, *trees[which]))
            medians = [statistics.median(each) for each in times]
            print(f"{files} files, {snapshots + more} snapshots, {changed} changed each, {mode}: "
                  f"now {medians[0]:.0f} us, as of all in turn {medians[1]:.0f} us "
                  f"({medians[1] / medians[0]:.2f}x), as of one {medians[2]:.0f} us "
                  f"({medians[2] / medians[0]:.2f}x)", flush=True)
    finally:
        session.close()


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a search as of a snapshot costs beside a search of now.

Real volume, real daemon, private bus. Files are changed between snapshots; then the same queries
are asked of now and of each snapshot in turn, each query once for each tree, so that no answer
comes from the cache. Prints medians of the daemon's own time (took-us), and their ratio.

usage: search_past.py [FILES] [SNAPSHOTS] [CHANGED]
"""
import os
import random
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../integration/daemon"))
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
    files, snapshots, changed = (int(word) for word in
                                 (sys.argv[1:] + ["2000", "20", "100"][len(sys.argv) - 1:]))
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
        wait_until(idle, 600, "the index is idle")
        queries = [" ".join(rng.choices(VOCABULARY, k=3)) for _ in range(40)]
        took = lambda *words: session.ask("search", *words)["took_us"]
        for mode in ("keyword", "vector", "hybrid"):
            now = [took(query, "--mode", mode) for query in queries]
            then = [took(query, "--mode", mode, "--at", names[i % len(names)])
                    for i, query in enumerate(queries)]
            again = [took(query, "--mode", mode, "--at", names[-1]) for query in queries]
            medians = [statistics.median(each) for each in (now, then, again)]
            print(f"{files} files, {snapshots} snapshots, {changed} changed each, {mode}: now "
                  f"{medians[0]:.0f} us, as of all in turn {medians[1]:.0f} us "
                  f"({medians[1] / medians[0]:.2f}x), as of one {medians[2]:.0f} us "
                  f"({medians[2] / medians[0]:.2f}x)", flush=True)
    finally:
        session.close()


if __name__ == "__main__":
    main()

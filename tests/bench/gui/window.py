# SPDX-License-Identifier: Apache-2.0
"""What the window costs beside a real daemon; tests/bench/gui/run calls it.

First paint: a process each, an empty QMainWindow and the whole window in turn, from before the
process is begun; medians. Keys: beside a volume with --documents files.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../../integration/daemon"), os.path.join(HERE, "../ingest"),
                os.path.join(HERE, "../../gui")]
import ingest  # noqa: E402  the example documents, many times
import program  # noqa: E402  an X server of its own
import session  # noqa: E402

ROUNDS = 15
POINTS = 1_000_000
PAUSE_MS = 150


def bench(environment, *words):
    done = subprocess.run([session.program("bench_window"), *words], env=environment,
                          capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise SystemExit(f"bench_window {' '.join(words)}: {done.returncode} {done.stderr}")
    return done.stdout


def first_paint(environment, where):
    """Each in turn; the first of both warms the caches and does not count."""
    times = {"empty": [], "window": []}
    answers = []
    for number in range(ROUNDS + 1):
        for kind, taken in times.items():
            line = bench(environment, "paint", kind, str(time.monotonic_ns()))
            painted, answered = map(float, line.split())
            if number > 0:
                taken.append(painted)
                answers += [answered] if kind == "window" else []
    empty, window = (statistics.median(each) for each in times.values())
    print(f"first paint, {where}: {window:.0f} ms after the process began "
          f"(most {max(times['window']):.0f}), an empty window {empty:.0f}, "
          f"{window / empty:.2f} times; the daemon's answer is there after "
          f"{statistics.median(answers):.0f} ms; {ROUNDS} rounds")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=10_000)
    wanted = parser.parse_args().documents
    world = session.Session()
    server = None
    try:
        world.start_bus()
        world.start_daemon()
        mount = world.make_volume("Documents", "16G")
        examples = ingest.count_files(session.EXAMPLES)
        copies = -(-wanted // examples)
        ingest.make_examples(os.path.join(mount, "many"), copies)
        world.wait_indexed(copies * examples * 9 // 10, 1800)
        offscreen = dict(world.env, QT_QPA_PLATFORM="offscreen")
        server, display = program.start_display(world)
        on_x = dict(world.env, DISPLAY=display, QT_QPA_PLATFORM="xcb")
        first_paint(offscreen, "offscreen")
        first_paint(on_x, "on an X server")
        print(bench(on_x, "keys", str(PAUSE_MS)), end="")
        print(bench(offscreen, "memory", str(POINTS)), end="")
    finally:
        if server:
            server.terminate()
            server.wait()
        world.close()


if __name__ == "__main__":
    main()

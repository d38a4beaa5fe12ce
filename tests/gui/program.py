#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""program.py SCREENSHOTS: the installed program on an X server of its own (Xvfb), beside a real
daemon: it starts, keys reach its pages, each page is another picture, and it ends when it is asked
to. Pictures go to SCREENSHOTS/x11-PAGE-SCALEx.png."""
import hashlib
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../integration/daemon")]
import session  # noqa: E402

PAGES = ("search", "history", "snapshots", "map", "add", "activity", "volumes")


def start_display(world):
    """An X server whose number it chose itself; the process and the number. Without -noreset it
    begins anew when its last client leaves, and refuses a window that comes at that moment."""
    reading, writing = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", "1920x1280x24",
                               "-nolisten", "tcp", "-noreset"],
                              pass_fds=[writing], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=world.env)
    os.close(writing)
    with os.fdopen(reading, encoding="ascii") as stream:
        number = stream.readline().strip()
    if not number:
        raise AssertionError("Xvfb did not start")
    return server, f":{number}"


def walk(world, environment, pictures, scale):
    environment = dict(environment, QT_SCALE_FACTOR=str(scale))
    window = subprocess.Popen([session.program("vexfs-manager"), "car repair"], env=environment)

    def x11(*words):
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    try:
        found, took = session.wait_until(
            lambda: x11("xdotool", "search", "--onlyvisible", "--name", "VexFS").stdout.split(),
            60, "the window is on the screen")
        session.tell(f"on the screen after {took:.2f} s at {scale}x")
        x11("xdotool", "windowfocus", "--sync", found[0])
        seen = {}
        for number, page in enumerate(PAGES, 1):
            picture = os.path.join(pictures, f"x11-{page}-{scale}x.png")
            x11("xdotool", "key", f"ctrl+{number}")
            time.sleep(1.5)
            done = x11("import", "-window", found[0], picture)
            if done.returncode != 0:
                raise AssertionError(f"import: {done.stderr}")
            with open(picture, "rb") as stream:
                seen[page] = hashlib.sha256(stream.read()).hexdigest()
        if len(set(seen.values())) != len(PAGES):
            raise AssertionError(f"pages that look the same: {seen}")
        if window.poll() is not None:
            raise AssertionError(f"the program ended with {window.returncode}")
        x11("xdotool", "key", "ctrl+q")
        if window.wait(timeout=20) != 0:
            raise AssertionError(f"the program ended with {window.returncode}")
    finally:
        if window.poll() is None:
            window.kill()
            window.wait()


def choose(environment, folder, name):
    """The file dialog, as the window starts it: prints what is typed in it; Escape is nothing."""
    def x11(*words):
        return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    for keys, wanted in ((("type", name), f"file://{folder}/{name}\n"), (("key", "Escape"), "")):
        dialog = subprocess.Popen(
            [session.program("vexfs-manager"), "--choose", "file", "--caption", "Versions of",
             "--start", f"file://{folder}", "--above", "0"],
            env=environment, stdout=subprocess.PIPE, text=True)
        try:
            found, _ = session.wait_until(
                lambda: x11("xdotool", "search", "--onlyvisible", "--name",
                            "Versions of").stdout.split(), 60, "the dialog is on the screen")
            x11("xdotool", "windowfocus", "--sync", found[0])
            x11("xdotool", *keys)
            if wanted:
                x11("xdotool", "key", "Return")
            out, _ = dialog.communicate(timeout=60)
            if (dialog.returncode, out) != (0, wanted):
                raise AssertionError(f"the dialog: {dialog.returncode} {out!r}, not {wanted!r}")
        finally:
            if dialog.poll() is None:
                dialog.kill()
                dialog.communicate()
    session.tell("the file dialog prints what was chosen")


def main():
    pictures = sys.argv[1]
    os.makedirs(pictures, exist_ok=True)
    world = session.Session()
    server = None
    try:
        world.start_bus()
        world.start_daemon()
        mount = world.make_volume("Documents")
        shutil.copytree(session.EXAMPLES, f"{mount}/examples")
        files = sum(len(names) for _, _, names in os.walk(session.EXAMPLES))
        world.wait_indexed(files, volume="Documents")
        world.ask("snapshot", "create", "monday")
        server, display = start_display(world)
        environment = dict(world.env, DISPLAY=display, QT_QPA_PLATFORM="xcb")
        for scale in (1, 2):
            walk(world, environment, pictures, scale)
        choose(environment, f"{mount}/examples/household", "garden-plan.md")
    finally:
        if server:
            server.terminate()
            server.wait()
        world.close()


if __name__ == "__main__":
    main()

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""window.py PROGRAM [--pictures FOLDER] [--damaged]: runs a test of the window beside a real daemon
on a private bus, with a volume that holds the example documents and two snapshots, and perhaps one
that is damaged and not mounted."""
import argparse
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "../integration/daemon")]
import session  # noqa: E402


def change(path):
    """One line goes, one comes, one is another."""
    with open(path, encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    lines[0] += " (changed)"
    del lines[2]
    lines.append("A line that came later.")
    with open(path, "w", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")


def make_broken(world):
    """A volume that the daemon knows, and whose superblocks somebody wrote over since."""
    image = f"{world.folder}/Broken.vexfs"
    mount = world.ask("volume", "create", image, "-L", "Broken", "--size", "64M", "--mount")["path"]
    done = world.vexctl("volume", "unmount", mount)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    size = os.path.getsize(image)
    with open(image, "r+b") as stream:
        for place in (0, size - (1 << 20)):
            stream.seek(place)
            stream.write(b"\xa5" * (1 << 20))
    return image


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--pictures", default="")
    parser.add_argument("--damaged", action="store_true")
    wish = parser.parse_args()
    if wish.pictures:
        os.makedirs(wish.pictures, exist_ok=True)
    world = session.Session()
    try:
        world.start_bus()
        world.start_daemon()
        # In the home folder, as people have it: pictures tell where files are.
        mount = os.path.join(world.env["HOME"], "Documents")
        os.mkdir(mount)
        world.ask("volume", "create", f"{world.folder}/Documents.vexfs", mount, "-L", "Documents",
                  "--size", "4G")
        shutil.copytree(session.EXAMPLES, f"{mount}/examples")
        files = sum(len(names) for _, _, names in os.walk(session.EXAMPLES))
        world.wait_indexed(files, volume="Documents")
        plan = f"{mount}/examples/household/garden-plan.md"
        for name in ("before-clean-up", "monday"):
            world.ask("snapshot", "create", name)
            change(plan)
        broken = make_broken(world) if wish.damaged else ""
        dropped = os.path.join(world.folder, "dropped")
        os.mkdir(dropped)
        with open(f"{dropped}/note.txt", "w", encoding="utf-8") as stream:
            stream.write("A droppedword stands in this note.\n")
        environment = dict(world.env, QT_QPA_PLATFORM="offscreen", VEXFS_SCREENSHOTS=wish.pictures,
                           VEXFS_TEST_FILES_FOLDER=dropped, VEXFS_TEST_CHANGED_FILE=plan,
                           VEXFS_TEST_FOLDER=world.folder, VEXFS_TEST_LOG=world.log,
                           VEXFS_TEST_DAEMON=str(world.daemon.pid), VEXFS_BIN=session.BIN,
                           VEXFS_TEST_DAMAGED_IMAGE=broken)
        return subprocess.run([wish.program], env=environment, check=False).returncode
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""window.py PROGRAM SCREENSHOTS: runs a test of the window beside a real daemon on a private bus,
with a volume that holds the example documents and two snapshots. Then without any daemon."""
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


def main():
    program, pictures = sys.argv[1:]
    os.makedirs(pictures, exist_ok=True)
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
        dropped = os.path.join(world.folder, "dropped")
        os.mkdir(dropped)
        with open(f"{dropped}/note.txt", "w", encoding="utf-8") as stream:
            stream.write("A droppedword stands in this note.\n")
        environment = dict(world.env, QT_QPA_PLATFORM="offscreen", VEXFS_SCREENSHOTS=pictures,
                           VEXFS_TEST_FILES_FOLDER=dropped, VEXFS_TEST_CHANGED_FILE=plan)
        return subprocess.run([program], env=environment, check=False).returncode
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())

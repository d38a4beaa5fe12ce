#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""translations.py LUPDATE: every text of the window is marked so that lupdate understands it, and
every language has all of them, with the same places for values and with access keys."""
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
FOLDER = os.path.join(ROOT, "resources/translations")


def texts(path):
    """(context, source) to (translation, whether it is finished)."""
    found = {}
    for context in xml.etree.ElementTree.parse(path).iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            key = context.findtext("name"), message.findtext("source")
            found[key] = translation.text or "", "type" not in translation.attrib
    return found


def main():
    with tempfile.TemporaryDirectory() as folder:
        fresh = os.path.join(folder, "fresh.ts")
        done = subprocess.run([sys.argv[1], "-I", ".", "gui", "-locations", "none", "-ts", fresh],
                              cwd=ROOT, capture_output=True, text=True, check=True)
        wanted = texts(fresh)
    lines = (done.stdout + done.stderr).strip().splitlines()
    problems = [line for line in lines
                if not line.lstrip().startswith(("Scanning", "Updating", "Found"))]
    names = [name for name in sorted(os.listdir(FOLDER)) if name.endswith(".ts")]
    if not names or not wanted:
        problems.append("there is nothing to compare")
    for name in names:
        have = texts(os.path.join(FOLDER, name))
        problems += [f"{name} lacks {key}" for key in wanted if key not in have]
        problems += [f"{name} has {key}, which is no more" for key in have if key not in wanted]
        for (context, source), (translation, is_finished) in have.items():
            marks = re.compile(r"%(?:L?[0-9]+|n)")
            if not is_finished or not translation:
                problems.append(f"{name}: not translated: {context}: {source}")
            elif sorted(marks.findall(source)) != sorted(marks.findall(translation)):
                problems.append(f"{name}: other values: {source} -> {translation}")
            elif ("&" in source) != ("&" in translation):
                problems.append(f"{name}: access key: {source} -> {translation}")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(wanted)} texts, {', '.join(names)}: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

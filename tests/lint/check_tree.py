#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""check_tree.py ROOT: the rules of the tree that a machine can check.

Who includes whom (layers.toml), headers confined to their place, sizes of files, functions, lines
and folders, SPDX lines, names, large files, executable bits, and words that tell of unfinished or
toothless code. Prints one line for each breach and exits 1 when there was any.
"""
import os
import re
import subprocess
import sys
import tomllib

CODE = (".c", ".h", ".cpp")
SPDX_SUFFIXES = CODE + (".py", ".sh", ".cmake", ".toml", ".mk")
SPDX_KERNEL = "GPL-2.0-or-later OR Apache-2.0"
SPDX_UAPI = "(GPL-2.0-or-later WITH Linux-syscall-note) OR Apache-2.0"
SPDX_ELSEWHERE = "Apache-2.0"
LINES_MAX = {".c": 1000, ".cpp": 1000, ".h": 400, ".py": 1000, ".sh": 1000}
FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 100
FOLDER_FILES_MAX = 30
FILE_BYTES_MAX = 1 << 20
TOP_LEVEL = {
    "CMakeLists.txt", "CMakePresets.json", "kernel", "daemon", "gui", "cli", "common",
    "resources", "packaging", "tests", "LICENSE", "README.md",
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
INCLUDE_ROOTS = (
    "", "kernel/core", "kernel/core/include", "kernel/posix/include", "kernel/include/uapi",
    "kernel/include", "kernel/linux",
)
BANNED_NAME = re.compile(
    r"(^|[_.-])(v2|new|old|fixed|enhanced|simple|final|backup|orig|copy|tmp|phase\d+|task_?\d+)"
    r"([_.-]|$)", re.I)
# The words are put together so that this file does not hold them.
BANNED_TEXT = (
    (re.compile(r"\bTO" r"DO\b(?!\(#\d+\))"), "TO" "DO without an issue number"),
    (re.compile(r"\bFIX" r"ME\b|\bXX" r"X\b"), "FIX" "ME or XX" "X"),
    (re.compile(r"GTEST_" r"SKIP"), "GTEST_" "SKIP"),
    (re.compile(r"(assert|EXPECT_TRUE|ASSERT_TRUE)\((tr" r"ue|1)\)"), "a test that cannot fail"),
    (re.compile(r"\|\|\s*tr" r"ue\b|\|\|\s*:\s*$"), "|| tr" "ue hides failures"),
    (re.compile(r"\b[Pp]laceholder (implementation|for now)|\bnot implemented yet\b"),
     "placeholder"),
)


def list_files(root):
    """Tracked files and new ones that are not ignored; without git, everything but build/."""
    if os.path.exists(os.path.join(root, ".git")):
        out = subprocess.run(
            ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True).stdout
        names = [name for name in out.decode().split("\0") if name]
    else:
        names = []
        for folder, folders, files in os.walk(root):
            folders[:] = [name for name in folders if name not in ("build", "__pycache__")]
            names += [os.path.relpath(os.path.join(folder, name), root) for name in files]
    return sorted(name for name in set(names) if os.path.lexists(os.path.join(root, name)))


def layer_of(path, layers):
    fits = [name for name in layers if path == name or path.startswith(name + "/")]
    return max(fits, key=len) if fits else None


class Tree:
    def __init__(self, root):
        self.root = root
        self.breaches = []
        with open(os.path.join(root, "tests/lint/layers.toml"), "rb") as config:
            rules = tomllib.load(config)
        self.layers = rules["layers"]
        self.confined = [(re.compile(name + r"$"), places)
                         for name, places in rules["confined"].items()]
        self.large = rules["large"]
        self.files = list_files(root)
        self.known = set(self.files)

    def breach(self, path, line, text):
        self.breaches.append(f"{path}:{line}: {text}")

    def resolve(self, path, quoted, name):
        """The file of the tree that an include means, or None for a header of others."""
        roots = ([os.path.dirname(path)] if quoted else []) + list(INCLUDE_ROOTS)
        for base in roots:
            candidate = os.path.normpath(os.path.join(base, name))
            if candidate in self.known:
                return candidate
        return None

    def check_include(self, path, number, quoted, name):
        target = self.resolve(path, quoted, name)
        if target is None:
            for pattern, places in self.confined:
                if pattern.match(name) and layer_of(path, places) is None:
                    self.breach(path, number,
                                f"<{name}> may be included only in {', '.join(places)}")
            return
        own, other = layer_of(path, self.layers), layer_of(target, self.layers)
        if own is None:
            self.breach(path, number, "its folder is in no layer of tests/lint/layers.toml")
        elif other is None:
            self.breach(path, number, f"includes {target}, which is in no layer")
        elif own != other and other not in self.layers[own] and "*" not in self.layers[own]:
            if not other.startswith(own + "/"):
                self.breach(path, number, f"{own} may not include {other} ({target})")

    def check_functions(self, path, lines):
        """Bodies between a '{' that ends or is a line at column 0, and '}' at column 0."""
        start = None
        for number, line in enumerate(lines, 1):
            if start is None:
                head = lines[number - 2] if line.rstrip() == "{" and number > 1 else line
                opens = line.rstrip() == "{" or re.match(r"^\w.*\)[\w\s]*\{\s*$", line)
                if opens and not re.match(r"^(class|struct|union|enum|namespace|extern)\b"
                                          r"(?!.*\()", head):
                    start = number
            elif line.startswith("}"):
                if number - start - 1 > FUNCTION_LINES_MAX:
                    self.breach(path, start, f"function of {number - start - 1} lines, "
                                             f"at most {FUNCTION_LINES_MAX}")
                start = None

    def check_spdx(self, path, lines):
        found = [re.search(r"SPDX-License-Identifier: (.*?)( \*/| -->)?$", line)
                 for line in lines[:3]]
        found = [match.group(1).strip() for match in found if match]
        wanted = SPDX_ELSEWHERE
        if path.startswith("kernel/"):
            wanted = SPDX_UAPI if path.startswith("kernel/include/uapi/") else SPDX_KERNEL
        if found != [wanted]:
            self.breach(path, 1, f"needs 'SPDX-License-Identifier: {wanted}' in its first lines, "
                                 f"has {found[0] if found else 'none'}")

    def check_text(self, path, lines, suffix):
        for number, line in enumerate(lines, 1):
            columns = len(line.expandtabs(8))
            # Below resources/ the long lines are texts of documents.
            is_source = suffix in CODE + (".py", ".sh") and not path.startswith("resources/")
            if is_source and columns > LINE_COLUMNS_MAX:
                self.breach(path, number, f"{columns} columns, at most {LINE_COLUMNS_MAX}")
            for pattern, what in BANNED_TEXT:
                if pattern.search(line):
                    self.breach(path, number, what)
            include = INCLUDE.match(line) if suffix in CODE else None
            if include:
                self.check_include(path, number, include.group(1) == '"', include.group(2))
        if len(lines) > LINES_MAX.get(suffix, len(lines)):
            self.breach(path, 1, f"{len(lines)} lines, at most {LINES_MAX[suffix]}")
        if suffix in CODE:
            self.check_functions(path, lines)

    def check_file(self, path):
        full = os.path.join(self.root, path)
        top = path.split("/")[0]
        if not top.startswith(".") and top not in TOP_LEVEL:
            self.breach(path, 1, f"the top level has no place for {top}")
        if os.path.islink(full):
            return
        info = os.stat(full)
        if info.st_size > FILE_BYTES_MAX and path not in self.large:
            self.breach(path, 1, f"{info.st_size} bytes; above 1 MiB needs a reason in layers.toml")
        name, suffix = os.path.basename(path), os.path.splitext(path)[1]
        source = suffix in SPDX_SUFFIXES or name == "CMakeLists.txt"
        with open(full, "rb") as stream:
            script = stream.read(2) == b"#!"
        if script != bool(info.st_mode & 0o100):
            self.breach(path, 1, "executable bit and '#!' must go together")
        if path.startswith("resources/examples/") or not (source or script):
            return
        if BANNED_NAME.search(os.path.splitext(name)[0]):
            self.breach(path, 1, "named after its history, not after what it is")
        with open(full, encoding="utf-8") as stream:
            lines = stream.read().splitlines()
        self.check_spdx(path, lines)
        self.check_text(path, lines, ".sh" if script and suffix == "" else suffix)

    def check(self):
        folders = {}
        for path in self.files:
            self.check_file(path)
            if path.endswith(CODE):
                folders[os.path.dirname(path)] = folders.get(os.path.dirname(path), 0) + 1
        for folder, count in folders.items():
            if count > FOLDER_FILES_MAX:
                self.breach(folder, 1, f"{count} source files, at most {FOLDER_FILES_MAX}")
        for path in self.large:
            if path not in self.known:
                self.breach("tests/lint/layers.toml", 1, f"lists {path}, which does not exist")
        return self.breaches


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    tree = Tree(os.path.abspath(sys.argv[1]))
    for line in tree.check():
        print(line)
    print(f"check_tree: {len(tree.files)} files, {len(tree.breaches)} breaches", file=sys.stderr)
    return 1 if tree.breaches else 0


if __name__ == "__main__":
    sys.exit(main())

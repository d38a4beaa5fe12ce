#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""check_core_symbols.py [--sanitized] ARCHIVE: what the engine needs of the outside world.

It may need vexfs_port_* and memcpy, memmove, memset, memcmp, and nothing else (in sanitizer builds
also what the compiler adds), and whatever it defines for others begins with vexfs_. Exits 1 and
prints the symbols that break this.
"""
import re
import subprocess
import sys

NEEDS = re.compile(r"^(vexfs_port_\w+|memcpy|memmove|memset|memcmp|_GLOBAL_OFFSET_TABLE_)$")
SANITIZER = re.compile(r"^(__asan_|__ubsan_|__tsan_|__sanitizer_|__lsan_)\w+$")
DEFINES = re.compile(r"^vexfs_\w+$")


def symbols(archive):
    """(needed from outside, defined) by all members of the archive together."""
    out = subprocess.run(["nm", "--format=posix", "--extern-only", archive],
                         check=True, capture_output=True, text=True).stdout
    needed, defined = set(), set()
    for line in out.splitlines():
        fields = line.split()
        if len(fields) < 2 or line.endswith(":"):
            continue
        (needed if fields[1] in "Uwv" else defined).add(fields[0])
    return needed - defined, defined


def main():
    arguments = sys.argv[1:]
    sanitized = "--sanitized" in arguments
    paths = [name for name in arguments if not name.startswith("--")]
    if len(paths) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    needed, defined = symbols(paths[0])
    breaches = [f"needs {name}" for name in sorted(needed)
                if not NEEDS.match(name) and not (sanitized and SANITIZER.match(name))]
    breaches += [f"defines {name}" for name in sorted(defined)
                 if not DEFINES.match(name) and not (sanitized and SANITIZER.match(name))]
    if not defined:
        breaches.append("defines nothing: is this the engine?")
    for line in breaches:
        print(f"{paths[0]}: {line}")
    print(f"check_core_symbols: {len(defined)} defined, {len(needed)} needed, "
          f"{len(breaches)} breaches", file=sys.stderr)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())

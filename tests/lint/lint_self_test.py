#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the checks of this folder find what they are for, and let good code pass.

Method: small trees with one breach each, and small archives made by the C compiler.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
APACHE = "SPDX-License-Identifier: Apache-2.0"
KERNEL = "SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0"


class Sandbox(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        os.makedirs(f"{self.root}/tests/lint")
        with open(f"{HERE}/layers.toml", encoding="utf-8") as stream:
            rules = stream.read().split("[large]")[0]
        self.write("tests/lint/layers.toml", rules + "[large]\n")
        self.write("daemon/index/segment.h", f"// {APACHE}\nint segment();\n")

    def write(self, path, text, mode=0o644):
        full = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(full, mode)

    def run_script(self, script, *arguments):
        done = subprocess.run([f"{HERE}/{script}", *arguments], capture_output=True, text=True,
                              check=False)
        return done.returncode, done.stdout


class CheckTree(Sandbox):
    def assert_breach(self, text):
        code, out = self.run_script("check_tree.py", self.root)
        self.assertEqual(code, 1, out)
        self.assertIn(text, out)
        self.assertEqual(len(out.splitlines()), 1, out)

    def test_a_good_tree_passes(self):
        self.write("daemon/service/searcher.cpp",
                   f'// {APACHE}\n#include "daemon/index/segment.h"\n#include <vector>\n')
        code, out = self.run_script("check_tree.py", self.root)
        self.assertEqual((code, out), (0, ""))

    def test_sideways_include(self):
        self.write("daemon/embed/embedder.cpp",
                   f'// {APACHE}\n#include "daemon/index/segment.h"\n')
        self.assert_breach("daemon/embed may not include daemon/index")

    def test_upward_include_inside_the_engine(self):
        self.write("kernel/core/tree/node.h", f"/* {KERNEL} */\n")
        self.write("kernel/core/io/cache.c", f'/* {KERNEL} */\n#include "tree/node.h"\n')
        self.assert_breach("kernel/core/io may not include kernel/core/tree")

    def test_folder_without_a_layer(self):
        self.write("daemon/misc/thing.cpp", f'// {APACHE}\n#include "daemon/index/segment.h"\n')
        self.assert_breach("in no layer")

    def test_confined_header(self):
        self.write("daemon/query/planner.cpp", f"// {APACHE}\n#include <hnswlib/hnswlib.h>\n")
        self.assert_breach("may be included only in daemon/index/hnsw_index.cpp")

    def test_long_function(self):
        body = "    work();\n" * 71
        self.write("daemon/index/big.cpp", f"// {APACHE}\nvoid big()\n{{\n{body}}}\n")
        self.assert_breach("function of 71 lines")

    def test_long_class_is_no_function(self):
        body = "    int field;\n" * 90
        self.write("daemon/index/big.h", f"// {APACHE}\nclass Big\n{{\n{body}}};\n")
        code, out = self.run_script("check_tree.py", self.root)
        self.assertEqual((code, out), (0, ""))

    def test_long_file(self):
        self.write("daemon/index/long.cpp", f"// {APACHE}\n" + "\n" * 1000)
        self.assert_breach("1001 lines")

    def test_long_line(self):
        self.write("daemon/index/wide.cpp", f"// {APACHE}\n//{'x' * 99}\n")
        self.assert_breach("101 columns")

    def test_missing_licence(self):
        self.write("daemon/index/bare.cpp", "int bare;\n")
        self.assert_breach("needs 'SPDX-License-Identifier: Apache-2.0'")

    def test_wrong_licence_in_kernel(self):
        self.write("kernel/core/io/cache.c", f"/* {APACHE} */\n")
        self.assert_breach(f"needs '{KERNEL}'")

    def test_name_that_tells_history(self):
        self.write("daemon/index/segment_v2.cpp", f"// {APACHE}\n")
        self.assert_breach("named after its history")

    def test_large_file(self):
        self.write("resources/blob.bin", "x" * ((1 << 20) + 1))
        self.assert_breach("above 1 MiB")

    def test_executable_without_interpreter(self):
        self.write("resources/notes.txt", "notes\n", 0o755)
        self.assert_breach("executable bit")

    def test_script_that_cannot_be_run(self):
        self.write("packaging/go", f"#!/bin/sh\n# {APACHE}\n", 0o644)
        self.assert_breach("executable bit")

    def test_unfinished_work(self):
        self.write("daemon/index/later.cpp", f"// {APACHE}\n// TO" "DO: everything\n")
        self.assert_breach("without an issue number")

    def test_test_that_cannot_fail(self):
        self.write("tests/unit/empty_test.cpp", f"// {APACHE}\nEXPECT_TRUE(tr" "ue);\n")
        self.assert_breach("a test that cannot fail")

    def test_hidden_failure(self):
        self.write("packaging/go", f"#!/bin/sh\n# {APACHE}\nmake || tr" "ue\n", 0o755)
        self.assert_breach("hides failures")

    def test_stray_top_level_folder(self):
        self.write("scripts/notes.txt", "notes\n")
        self.assert_breach("the top level has no place for scripts")


class CheckCoreSymbols(Sandbox):
    def archive(self, source):
        self.write("engine.c", source)
        subprocess.run(["cc", "-fno-builtin", "-c", "engine.c", "-o", "engine.o"], check=True,
                       cwd=self.root)
        subprocess.run(["ar", "rc", "engine.a", "engine.o"], check=True, cwd=self.root)
        return f"{self.root}/engine.a"

    def test_a_good_engine_passes(self):
        code, out = self.run_script("check_core_symbols.py", self.archive(
            "int vexfs_port_dev_flush(void *d);\nint vexfs_go(void *d);\n"
            "int vexfs_go(void *d) { return vexfs_port_dev_flush(d); }\n"))
        self.assertEqual((code, out), (0, ""))

    def test_libc_is_refused(self):
        code, out = self.run_script("check_core_symbols.py", self.archive(
            "int puts(const char *);\nint vexfs_go(void);\n"
            "int vexfs_go(void) { return puts(\"x\"); }\n"))
        self.assertEqual(code, 1)
        self.assertIn("needs puts", out)

    def test_foreign_names_are_refused(self):
        code, out = self.run_script("check_core_symbols.py",
                                    self.archive("int helper(void) { return 1; }\n"))
        self.assertEqual(code, 1)
        self.assertIn("defines helper", out)

    def test_sanitizer_symbols_pass_in_sanitizer_builds_only(self):
        path = self.archive("void __asan_init(void);\nvoid vexfs_go(void);\n"
                            "void vexfs_go(void) { __asan_init(); }\n")
        self.assertEqual(self.run_script("check_core_symbols.py", path)[0], 1)
        self.assertEqual(self.run_script("check_core_symbols.py", "--sanitized", path)[0], 0)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))

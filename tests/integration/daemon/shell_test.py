#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: bash, zsh and fish complete names of snapshots, and the manual page is one.

Method: the shells themselves, with what vexctl prints for them, beside a real daemon and without
one; man(1), which tells whatever it does not like of a page.
"""
import re
import time
import unittest

from session import BIN, SessionTest, tell, wait_until

# What is completed for a line: as readline calls it, as fish offers it.
BASH = """source <(vexctl completion bash)
COMP_WORDS=({words} '{last}'); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
compopt() {{ :; }}
_vexctl; printf '%s\\n' "${{COMPREPLY[@]}}" """
FISH = "vexctl completion fish | source; complete -C '{words} {last}'"
# The functions of its completion system are not there without a terminal: what they get is shown.
ZSH = """compdef() {{ :; }}; _files() {{ print -r -- FILES; }}
_describe() {{ print -rl -- "${{(@P)2}}"; }}
source <(vexctl completion zsh)
words=({words} '{last}'); CURRENT=${{#words}}
_vexctl"""


class Shell(SessionTest):
    def setUp(self):
        super().setUp()
        self.session.env["PATH"] = f"{BIN}:{self.session.env['PATH']}"

    def assert_offered(self, words, last, wanted):
        """By all shells; names that come too late for a shell are there the next time."""
        wait_until(lambda: self.offered(words, last) == [wanted] * 3, 60,
                   f"{words} {last}: {wanted}, and not {self.offered(words, last)}")

    def offered(self, words, last):
        answers = []
        for program, script in ((("bash", "-c"), BASH), (("zsh", "-f", "-c"), ZSH),
                                (("fish", "-N", "-c"), FISH)):
            done = self.session.run(*program, script.format(words=words, last=last), timeout=60)
            # zsh says by its status whether there was anything.
            self.assertEqual(done.stderr, "", program)
            self.assertLessEqual(done.returncode, 1 if program[0] == "zsh" else 0, program)
            found = {line.split("\t")[0] for line in done.stdout.splitlines() if line}
            if program[0] == "zsh":
                found = {line.split(":")[0] for line in found}
            answers.append(found)
        return answers

    def test_shells_complete(self):
        """verbs, options, names of snapshots and volumes"""
        self.assert_offered("vexctl snapshot", "re", {"restore", "receive"})
        self.assert_offered("vexctl snapshot delete", "", set())
        self.session.make_volume()
        for name in ("before-upgrade", "before-clean-up", "after"):
            self.session.ask("snapshot", "create", name)
        self.assert_offered("vexctl snapshot delete", "be", {"before-upgrade", "before-clean-up"})
        self.assert_offered("vexctl search x --at", "a", {"after"})
        self.assert_offered("vexctl snapshot --volume", "d", {"docs"})
        self.assert_offered("vexctl snapshot create", "--wri", {"--writable"})

    def test_no_daemon_holds_nobody_up(self):
        """a shell waits for a fifth of a second at most"""
        self.session.kill_daemon()
        start = time.monotonic()
        done = self.session.vexctl("complete", "--", "snapshot", "delete", "")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        tell(f"{(time.monotonic() - start) * 1000:.0f} ms")

    def test_the_manual_page(self):
        """man finds nothing wrong with it, and it has every verb"""
        page = self.session.vexctl("manual", "2026-11-28").stdout
        path = f"{self.session.folder}/vexctl.1"
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(page)
        shown = self.session.run("man", "--warnings=w", "-l", "-Tutf8", path,
                                 env=self.session.env | {"MANWIDTH": "80", "MANPAGER": "cat"})
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        seen = re.sub(".\b", "", shown.stdout)  # bold is a letter struck twice
        for text in ("vexctl snapshot schedule", "vexctl guard COMMAND", "EXIT STATUS",
                     "--min-free", "vexctl completion SHELL"):
            self.assertIn(text, seen)
        self.assertNotIn("vexctl complete ", seen)


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a worker that reads hostile documents opens no file and no socket, starts no program and
no thread, from the moment it says that it is ready.

Method: the workers that the daemon uses, under strace, on the corpus of corpus.py; what they asked
the kernel for is read from its log.
"""
import collections
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

import corpus

BIN = os.environ["VEXFS_BIN"]
CALL = re.compile(r"^\d+ +(\w+)\((.*?)\) += (-?\d+|\?)( E\w+)?")
READY = 'sendto(0, "\\1\\0\\0\\0\\0\\0\\0\\0"'
# All that would give more than a document reader needs. Each must fail, if it is tried at all.
FORBIDDEN = re.compile(
    r"^(open.*|creat|socket.*|connect|bind|listen|accept.*|execve.*|v?fork|clone.*|ptrace|kill"
    r"|unlink.*|rename.*|mkdir.*|link.*|symlink.*|chmod.*|chown.*|truncate.*|mount.*|pipe.*"
    r"|memfd_create|io_uring.*|process_vm.*|bpf|perf_event_open|userfaultfd|dup.*"
    r"|name_to_handle_at|inotify.*|fanotify.*)$")
# Without these in the log it is not a worker's.
USED = {"alarm", "pread64", "recvmsg", "sendto"}


def tell(text):
    print(text, file=sys.stderr, flush=True)


class Sandbox(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="vexfs-sandbox-test.")
        self.addCleanup(self.folder.cleanup)

    def traced(self, program):
        """A program in the place of another, that runs it under strace; each leaves a log."""
        logs = os.path.join(self.folder.name, "logs")
        os.makedirs(logs, exist_ok=True)
        path = os.path.join(self.folder.name, program)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("#!/bin/sh\nexec strace -f -qq -s 16 -o "
                         f"{shlex.quote(logs)}/{program}.$$ {shlex.quote(BIN)}/{program} \"$@\"\n")
        os.chmod(path, 0o755)
        return path, logs

    def calls_after_ready(self, path):
        with open(path, encoding="utf-8", errors="replace") as stream:
            lines = stream.read().splitlines()
        start = [at for at, line in enumerate(lines) if READY in line]
        self.assertTrue(start, f"{path}: never ready: {lines[-3:]}")
        for line in lines[start[0] + 1:]:
            found = CALL.match(line)
            if found:
                yield found[1], found[3] not in ("?",) and int(found[3]) >= 0, line

    def judge(self, logs):
        used = collections.Counter()
        refused = collections.Counter()
        for name in sorted(os.listdir(logs)):
            for call, is_done, line in self.calls_after_ready(os.path.join(logs, name)):
                used[call] += 1
                if FORBIDDEN.match(call):
                    self.assertFalse(is_done, line)
                    refused[call] += 1
        tell(f"{len(os.listdir(logs))} workers; calls that were made: {dict(used.most_common())}")
        tell(f"tried and refused: {dict(refused)}")
        self.assertTrue(USED <= set(used), "the log does not show a worker at work")

    def read_all(self, cases, *options):
        """Gives the documents to traced workers and judges what they did."""
        documents = os.path.join(self.folder.name, "documents")
        for name, content in cases:
            path = os.path.join(documents, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as stream:
                stream.write(content)
        program, logs = self.traced("vexfs-extract")
        self.traced("vexfs-extract-media")
        done = subprocess.run([os.path.join(BIN, "bench_extract"), "--program", program, "--lines",
                               *options, documents], check=True, capture_output=True, text=True)
        tell(done.stdout)
        self.assertIn(f"{len(cases)} files", done.stdout)
        self.judge(logs)

    def test_hostile_documents_open_nothing(self):
        """the corpus of good, damaged and hostile documents"""
        cases = corpus.good() + corpus.damaged() + corpus.hostile()
        self.read_all([(name, content) for name, content, _ in cases])

    def test_pictures_and_sounds_open_nothing(self):
        """pictures whose words are read, and what is damaged of them"""
        self.read_all(corpus.media(), "--ocr", "eng")


if __name__ == "__main__":
    unittest.main(verbosity=2)

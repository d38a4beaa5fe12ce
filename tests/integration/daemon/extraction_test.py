#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: of good documents the text is found, damaged and hostile ones are refused with a reason
that `vexctl index failures` lists, and none is read again before it changes.

Method: the corpus of corpus.py on a volume, with the daemon as it is; one line is printed for each
file. Beside it what is no document: a fifo, a socket, names that are not UTF-8, a file that changes
while it is read, and 10 GB of nothing.
"""
import os
import socket
import threading
import time
import unittest

import corpus
from session import SessionTest, tell, wait_until


def workers_of(daemon):
    """The daemon's extraction workers, as (process id, seconds of processor time)."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stream:
                text = stream.read()
        except OSError:
            continue
        name = text[text.index("(") + 1:text.rindex(")")]
        fields = text[text.rindex(")") + 2:].split()
        if name == "vexfs-extract" and int(fields[1]) == daemon:
            ticks = int(fields[11]) + int(fields[12])
            found.append((int(pid), ticks / os.sysconf("SC_CLK_TCK")))
    return found


class Extraction(SessionTest):
    def setUp(self):
        super().setUp()
        self.mount = self.session.make_volume(size="40G")

    def write(self, name, content):
        path = os.path.join(self.mount, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as stream:
            stream.write(content)

    def failures(self):
        rows = self.session.ask("index", "failures")["failures"]
        return {os.path.relpath(row["path"], self.mount): row["reason"] for row in rows}

    def judge(self, name, expected, failures):
        report = self.session.ask("explain", os.path.join(self.mount, name))
        reason = report.get("error", "")
        tell(f"{name}: {report['state']} {reason}".rstrip())
        if isinstance(expected, corpus.Refused):
            self.assertEqual(report["state"], "failed", name)
            self.assertIn(expected, failures[name], name)
        elif isinstance(expected, corpus.NoText):
            self.assertEqual(report["state"], "unsupported", name)
            self.assertIn(expected, reason, name)
            self.assertNotIn(name, failures)
        else:
            self.assertEqual(report["state"], "indexed", f"{name}: {reason}")
            self.assertNotIn(name, failures)

    def test_corpus(self):
        """documents that are good, damaged and hostile"""
        cases = corpus.good() + corpus.damaged() + corpus.hostile()
        for name, content, _ in cases:
            self.write(name, content)
        self.session.wait_indexed(len(cases))
        failures = self.failures()
        for name, _, expected in cases:
            self.judge(name, expected, failures)
        found = {os.path.relpath(path, self.mount)
                 for path in self.session.paths("heron in the reeds", "--limit", "200")}
        self.assertEqual({name for name, _, _ in corpus.good()} - found, set())
        # Each failure was told once, and asking again for what did not change reads nothing again.
        before = self.session.messages()
        for name in failures:
            self.assertEqual(before.count(f"{name}: "), 1, name)
        os.rename(os.path.join(self.mount, "hostile"), os.path.join(self.mount, "moved"))
        self.write("last.txt", b"the last one")
        self.session.wait_indexed(len(cases) + 1)
        self.assertEqual(self.session.messages(), before)
        name = "moved/bomb.zip"
        self.write(name, corpus.zipped([("note.txt", b"put right")]))
        wait_until(lambda: name not in self.failures(), 60, "a bad file that is put right")
        self.assertIn(os.path.join(self.mount, name), self.session.paths("put right"))
        hits = self.session.ask("search", "put right")["hits"]
        self.assertEqual([hit.get("member") for hit in hits if hit["path"].endswith(name)],
                         ["note.txt"])

    def test_what_is_no_document(self):
        """fifo, socket, strange names, 10 GB of nothing"""
        self.write("plain.txt", b"kingfisher")
        os.mkfifo(os.path.join(self.mount, "fifo.txt"))
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(os.path.join(self.mount, "socket.txt"))
        odd = os.fsencode(self.mount) + b"/caf\xe9 \xff.txt"
        with open(odd, "wb") as stream:
            stream.write(b"cormorant")
        with open(os.path.join(self.mount, "sparse.txt"), "wb") as stream:
            stream.truncate(10 << 30)
        self.session.wait_indexed(3)
        self.assertEqual(self.session.paths("--mode", "keyword", "kingfisher"),
                         [os.path.join(self.mount, "plain.txt")])
        hits = self.session.ask("search", "--mode", "keyword", "cormorant")["hits"]
        self.assertEqual([os.path.basename(hit["uri"]) for hit in hits], ["caf%E9%20%FF.txt"])
        self.assertIn("larger than", self.failures()["sparse.txt"])
        for name in ("fifo.txt", "socket.txt"):
            report = self.session.ask("explain", os.path.join(self.mount, name))
            self.assertEqual(report["state"], "excluded", name)

    def test_file_that_changes(self):
        """a file that is written, cut and written again while it is read ends as it is last"""
        path = os.path.join(self.mount, "restless.zip")
        stop = threading.Event()
        contents = [corpus.zipped([("a.txt", b"pelican " * count)]) for count in (10, 9000, 3)]

        def change():
            number = 0
            while not stop.is_set():
                with open(path, "wb") as stream:
                    stream.write(contents[number % 3][:50])
                    stream.flush()
                    stream.write(contents[number % 3][50:])
                number += 1
        writer = threading.Thread(target=change)
        writer.start()
        time.sleep(4)
        stop.set()
        writer.join()
        self.write("restless.zip", corpus.zipped([("a.txt", b"albatross")]))
        # By words: by meaning one bird is like the other.
        wait_until(lambda: self.session.paths("--mode", "keyword", "albatross") == [path], 60,
                   "the last content")
        self.assertEqual(self.session.paths("--mode", "keyword", "pelican"), [])
        self.assertEqual(self.failures(), {})

    def test_slow_file_holds_up_no_other(self):
        """a file that takes many seconds is read aside, and what is written meanwhile is found"""
        self.write("slow.html", (b"<div>" * 4900 + b"</div>" * 4900) * 300 + b"bittern")
        self.write("warm.txt", b"grebe")
        wait_until(lambda: self.session.paths("--mode", "keyword", "grebe"), 60, "the first")
        slow = os.path.join(self.mount, "slow.html")
        for number in range(5):
            self.write(f"{number}.txt", b"spoonbill%d" % number)
            _, seconds = wait_until(
                lambda word=f"spoonbill{number}": self.session.paths("--mode", "keyword", word), 60,
                "a file beside a slow one")
            tell(f"found after {seconds:.2f} s, while the slow one is "
                 f"{self.session.ask('explain', slow)['state']}")
        wait_until(lambda: self.session.ask("explain", slow)["state"] != "pending", 60,
                   "the slow one is done")
        self.session.wait_indexed(7)

    def test_words_in_pictures(self):
        """pictures are read for their words where the volume asks for it, and only there"""
        path = os.path.join(self.mount, "sign.png")
        self.write("sign.png", corpus.picture_of("NO ENTRY"))
        self.session.wait_indexed(1)
        self.assertEqual(self.session.paths("--mode", "keyword", "entry"), [])
        os.setxattr(self.mount, "user.vexfs.ocr", b"eng")
        self.expect(0, "index", "rebuild")
        self.session.wait_indexed(1)
        self.assertEqual(self.session.paths("--mode", "keyword", "entry"), [path])
        os.setxattr(self.mount, "user.vexfs.ocr", b"xyz")
        self.expect(0, "index", "rebuild")
        self.session.wait_indexed(1)
        self.assertIn("xyz", self.failures()["sign.png"])
        self.assertEqual(self.session.paths("--mode", "keyword", "entry"), [])

    def test_workers_end_with_the_daemon(self):
        """a daemon that is killed leaves no worker behind"""
        self.write("a.txt", b"one")
        self.session.wait_indexed(1)
        workers = [pid for pid, _ in workers_of(self.session.daemon.pid)]
        self.assertTrue(workers)
        self.session.kill_daemon()
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in workers), 20,
                   "the workers end")


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: SIGKILL of the daemon at random moments of indexing, sealing, merging and embedding anew
loses and doubles nothing.

Method: segments are made of few vectors, so that they are made and merged all the time, while files
come, change, move and go, and while another model is chosen now and then. After each kill a new
daemon goes on. Then and in between, what the index holds (index_state.py) and answers is compared:
with an index that is built from the forks without embedding anything, and with one that is made
from nothing but the files, whose vectors are all made again. VEXFS_TEST_FULL=1: 200 kills, not 12.
"""
import glob
import hashlib
import http.server
import json
import os
import random
import struct
import threading
import time
import unittest

from index_state import fork_hash, read_catalog
from session import ROOT_PATH, SERVICE, SessionTest, tell, wait_until

KILLS = 200 if os.environ.get("VEXFS_TEST_FULL") == "1" else 12
CHECKS = 4 if os.environ.get("VEXFS_TEST_FULL") == "1" else 1
SEED = int(os.environ.get("VEXFS_TEST_SEED", "0"))
FILES_MAX = 900  # all are hits of a search: at most 1,000
CHANGES = 40
SEAL_MIN = 60
DIMENSION = 16
WORDS = ("harbour orchestra physician glacier parliament violin bakery comet orchard engine river "
         "copper library storm garden treaty falcon bridge candle desert").split()
QUERIES = ("a doctor and a patient", "music of the evening", "ships at sea", "laws and votes",
           "weather in the mountains", "harbour orchestra", "glacier", "\"copper library\"")
# Segments hold binary16, fresh vectors binary32.
SCORE_ERROR = 2e-3


def vector_of(model, text):
    """The sum of a fixed direction for each word."""
    total = [0.0] * DIMENSION
    for word in text.split():
        seed = hashlib.sha256(f"{model} {word}".encode()).digest()
        for i, value in enumerate(struct.unpack(f"<{DIMENSION}h", seed[:2 * DIMENSION])):
            total[i] += value / 32768
    return total


class Endpoint(http.server.BaseHTTPRequestHandler):
    """Models that say the same of the same text, at once."""

    def do_POST(self):  # noqa: N802, the base class's name
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        rows = [{"index": i, "embedding": vector_of(asked["model"], text)}
                for i, text in enumerate(asked["input"])]
        body = json.dumps({"data": rows}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass  # whoever asked was killed

    def log_message(self, *_):
        pass


class IndexKill(SessionTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        tell(f"seed={SEED}")
        self.endpoint = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        threading.Thread(target=self.endpoint.serve_forever, daemon=True).start()
        self.addCleanup(self.endpoint.server_close)
        self.addCleanup(self.endpoint.shutdown)
        self.session.stop_daemon()
        self.session.env["VEXFS_SEAL_MIN"] = str(SEAL_MIN)
        self.session.start_daemon()
        self.mount = self.session.make_volume()
        self.index = f"{self.mount}/.vexfs/index"
        self.present = set()
        self.folder = 0

    def text(self):
        paragraphs = []
        for _ in range(self.random.choice((1, 1, 1, 2, 9))):
            paragraphs.append(" ".join(self.random.choices(WORDS, k=self.random.randint(5, 90))))
        return "# About it\n\n" + "\n\n".join(paragraphs) + "\n"

    def change_files(self):
        for _ in range(CHANGES):
            name = f"{self.mount}/f{self.random.randrange(FILES_MAX)}.md"
            chance = self.random.random()
            if len(self.present) >= FILES_MAX:
                name, chance = self.random.choice(sorted(self.present)), 0
            if name in self.present and chance < 0.2:
                os.unlink(name)
                self.present.discard(name)
            elif name in self.present and chance < 0.3:
                os.makedirs(f"{self.mount}/sub{self.folder}", exist_ok=True)
                moved = f"{self.mount}/sub{self.folder}/{os.path.basename(name)}"
                os.rename(name, moved)
                self.present.discard(name)
                self.present.add(moved)
            else:
                with open(name, "w", encoding="utf-8") as stream:
                    stream.write(self.text())
                self.present.add(name)
        if self.random.random() < 0.2 and os.path.isdir(f"{self.mount}/sub{self.folder}"):
            old, self.folder = f"{self.mount}/sub{self.folder}", self.folder + 1
            os.rename(old, f"{self.mount}/sub{self.folder}")
            self.present = {path.replace(old + "/", f"{self.mount}/sub{self.folder}/")
                            for path in self.present}

    def model_words(self, name):
        if name == "builtin":
            return [name]
        port = self.endpoint.server_address[1]
        return [f"http://127.0.0.1:{port}/v1/embeddings", "--name", name]

    def begin_other_model(self):
        """Asked for, and not waited for; where the index is not ready for it, it is not begun."""
        name = self.random.choice(("builtin", "first", "second"))
        uuid = self.session.ask("volume", "list")["volumes"][0]["uuid"]
        volume = f"{ROOT_PATH}/volumes/{uuid.replace('-', '_')}"
        model, *rest = self.model_words(name)
        options = ["1", "name", "s", rest[1]] if rest else ["0"]
        self.session.busctl("call", SERVICE, volume, f"{SERVICE}.Index", "SetModel", "sa{sv}",
                            model, *options)
        return name

    def segments(self):
        return glob.glob(f"{self.index}/vectors-*.seg")

    def is_open(self):
        """The daemon has the index again: there are models that it may be asked for."""
        done = self.session.vexctl("--json", "index", "status")
        return done.returncode == 0 and json.loads(done.stdout)["model"] != ""

    def wait_open(self):
        wait_until(self.is_open, 60, "the index is there")

    def settle(self):
        self.wait_open()
        return self.session.wait_indexed(len(self.present))[0]

    def answers(self):
        """What is found by each query, with how near it is in meaning."""
        out = {}
        for query in QUERIES:
            for mode in ("vector", "keyword"):
                hits = self.session.ask("search", query, "--mode", mode, "--limit", "1000")["hits"]
                paths = [hit["path"] for hit in hits]
                self.assertEqual(len(paths), len(set(paths)), f"{query}: twice")
                out[query, mode] = {hit["path"]: hit["vector_score"] for hit in hits}
        return out

    def assert_same_answers(self, before, after):
        for key, hits in before.items():
            self.assertEqual(set(hits), set(after[key]), key)
            for path, score in hits.items():
                self.assertAlmostEqual(score, after[key][path], delta=SCORE_ERROR,
                                       msg=f"{key} {path}")

    def take_away(self, pattern):
        for path in glob.glob(f"{self.index}/{pattern}"):
            os.unlink(path)

    def state(self):
        """Of the catalog and the forks; the daemon ends for it and is started again."""
        self.session.stop_daemon()
        files, terms = read_catalog(self.index)
        forks = {path: fork_hash(path) for path in self.present}
        return files, terms, forks

    def check(self):
        """All that the index holds and answers is as if it were made now."""
        self.settle()
        self.expect(0, "index", "model", *self.model_words("first"))
        self.settle()
        answers = self.answers()
        # A phrase has to be in it; whatever else is asked, all files are nearer or farther.
        for query in QUERIES:
            self.assertTrue('"' in query or set(answers[query, "vector"]) == self.present, query)
        files, terms, forks = self.state()
        relative = {os.path.relpath(path, self.mount).encode() for path in self.present}
        self.assertEqual(set(files), relative)
        self.assertNotIn("", forks.values())
        sealed = len(self.segments())

        self.take_away("vectors*")
        self.session.start_daemon()
        self.settle()
        name = "cache.embeddings.misses"
        self.assertEqual(self.session.ask("stats", name)["counters"][name], 0)
        self.assert_same_answers(answers, self.answers())

        self.session.stop_daemon()
        self.take_away("vectors*")
        self.take_away("catalog*")
        self.session.start_daemon()
        self.settle()
        self.expect(0, "index", "rebuild", "--force")
        self.settle()
        self.assertGreater(self.session.ask("stats", name)["counters"][name], 0)
        self.assert_same_answers(answers, self.answers())
        again, terms_again, forks_again = self.state()
        for path, row in files.items():
            self.assertEqual(row, again[path], path)
        self.assertEqual(set(files), set(again))
        self.assertEqual(terms, terms_again)
        self.assertEqual(forks, forks_again)
        self.session.start_daemon()
        chunks = sum(len(row["chunks"]) for row in files.values())
        tell(f"  equal to an index made anew: {len(files)} files, {chunks} passages and vectors, "
             f"{len(terms)} stems, {len(answers)} answers; {sealed} segments")

    def index_state(self):
        return self.session.ask("index", "status")["state"]

    def seen_at_work(self):
        """Changes files when the daemon has nothing to do, and looks again at once."""
        state = self.index_state()
        if state == "idle":
            self.change_files()
            state = self.index_state()
        return state == "indexing"

    def test_kills(self):
        """after random kills the index is as one built anew"""
        states = {}
        models = 0
        sealed = 0
        for kill in range(1, KILLS + 1):
            self.change_files()
            if kill % 4 == 0:
                models += 1
                self.begin_other_model()
            # A fast machine has nearly always done its work by any moment drawn beforehand, so
            # that every second kill waits for work to be under way.
            if kill % 2 == 0:
                wait_until(self.seen_at_work, 120, "the daemon is met at work")
                state = "indexing"
                time.sleep(self.random.uniform(0, 0.03))
            else:
                time.sleep(self.random.uniform(0.02, 1.2))
                state = self.index_state()
                time.sleep(self.random.uniform(0, 0.2))
            states[state] = states.get(state, 0) + 1
            sealed += bool(self.segments())
            self.session.kill_daemon()
            self.session.start_daemon()
            self.wait_open()
            if kill % (KILLS // CHECKS) == 0:
                tell(f"{kill} kills")
                self.check()
        tell(f"{KILLS} kills: {states}; {sealed} with a segment in place, {models} while another "
             "model was put in place")
        self.assertGreater(states.get("indexing", 0), 0)
        self.assertGreater(sealed, 0)
        self.session.stop_daemon()


if __name__ == "__main__":
    unittest.main(verbosity=2)

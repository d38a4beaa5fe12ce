#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: conditions, suggestions, explanations and counters over a real bus, on a real volume.

Method: a handful of files whose answers are known, asked for by vexctl and by busctl.
"""
import json
import os
import struct
import time
import unittest

from session import ROOT_PATH, SERVICE, SessionTest, wait_until

FILES = {
    "Work/rent-2024.txt": "The rent of the flat is in arrears; the landlord sent a letter.",
    "Work/rent-draft.txt": "A draft on the rent of the flat. The arrear is known.",
    "Work/budget.html": "<html><head><title>Budget</title></head>"
                        "<body>The rent in June</body></html>",
    "Home/garden.md": "# Roses\n\nPlanting tulips and pruning shrubs in spring.",
    "Home/more garden/tulips.txt": "Tulips and roses in the garden want water in spring.",
    "Home/letter_to_Wilhelmina.txt": "Thank you for the cake.",
}


class Query(SessionTest):
    def setUp(self):
        super().setUp()
        self.mount = self.session.make_volume()
        for name, text in FILES.items():
            path = os.path.join(self.mount, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
        os.utime(os.path.join(self.mount, "Work/rent-2024.txt"), (1700000000, 1700000000))
        self.session.wait_indexed(len(FILES))

    def find(self, *words):
        return sorted(os.path.relpath(path, self.mount) for path in self.session.paths(*words))

    def test_conditions(self):
        """every condition, over the bus; what is not understood is refused with its place"""
        rent = ["Work/budget.html", "Work/rent-2024.txt", "Work/rent-draft.txt"]
        keyword = ["--mode", "keyword"]
        self.assertEqual(self.find("rent", *keyword), rent)
        self.assertEqual(self.find("rent type:html", *keyword), rent[:1])
        self.assertEqual(self.find("rent -type:html -draft", *keyword), rent[1:2])
        self.assertEqual(self.find("rent before:2024", *keyword), rent[1:2])
        self.assertEqual(self.find("rent", "--until", "2024", *keyword), rent[1:2])
        self.assertEqual(self.find("rent after:1d", *keyword), [rent[0], rent[2]])
        self.assertEqual(self.find("\"in arrears\"", *keyword), rent[1:2])
        self.assertEqual(self.find("rent size:>70", *keyword), rent[:1])
        self.assertEqual(self.find("rent name:*2024*", *keyword), rent[1:2])
        self.assertEqual(self.find("spring in:Home", *keyword),
                         ["Home/garden.md", "Home/more garden/tulips.txt"])
        self.assertEqual(self.find("spring", f"in:{self.mount}/Home/more garden", *keyword),
                         ["Home/more garden/tulips.txt"])
        self.assertEqual(self.find("in:Work type:html"), rent[:1])
        self.assertEqual(self.find("spring in:Home", "--in", f"{self.mount}/Home/more garden",
                                   *keyword), ["Home/more garden/tulips.txt"])
        self.assertEqual(self.find("spring", f"in:{self.mount}/Home/more garden", "--in",
                                   f"{self.mount}/Home", *keyword), ["Home/more garden/tulips.txt"])
        self.assertEqual(self.find("spring in:Home", "--in", f"{self.mount}/Work", *keyword), [])
        done = self.expect(2, "search", "rent after:2025-13", error="InvalidQuery")
        self.assertIn("at 12: ", done.stderr)
        self.expect(2, "search", "rent at:2025", "--at", "2025", error="InvalidQuery")
        self.expect(3, "search", "rent at:nowhere", error="NotFound")
        self.expect(3, "search", "rent in:/etc", error="NotOnVolume")
        self.expect(2, "search", "rent type:nosuchextension")

    def test_tags(self):
        """tags are the desktop's attribute of a file, and may change without its content"""
        path = os.path.join(self.mount, "Home/garden.md")
        self.assertEqual(self.find("tag:finance"), [])
        os.setxattr(path, "user.xdg.tags", b"finance,to do")
        wait_until(lambda: self.find("tag:finance") == ["Home/garden.md"], 20, "the tag is found")
        self.assertEqual(self.find("tag:\"to do\" spring"), ["Home/garden.md"])
        self.assertEqual(self.find("spring -tag:finance", "--mode", "keyword"),
                         ["Home/more garden/tulips.txt"])
        kinds = self.session.ask("suggest", "fin")["suggestions"]
        self.assertIn({"text": "finance", "kind": "tag"}, kinds)

    def test_like_and_suggest(self):
        """more like this; typing errors in names; what may be typed next; the first is opened"""
        found = self.session.paths("--similar", os.path.join(self.mount, "Home/garden.md"))
        self.assertEqual(os.path.basename(found[0]), "tulips.txt")
        self.assertNotIn(os.path.join(self.mount, "Home/garden.md"), found)
        self.assertEqual(self.session.ask("similar", f"{self.mount}/Home/garden.md")["hits"][0]
                         ["path"], found[0])
        self.expect(3, "similar", f"{self.mount}/none", error="NotFound")
        reply = self.session.ask("search", "wilhelmnia")
        self.assertEqual(reply["rewritten"], "wilhelmina")
        self.assertTrue(reply["hits"][0]["path"].endswith("letter_to_Wilhelmina.txt"))
        texts = {row["text"]: row["kind"]
                 for row in self.session.ask("suggest", "pruning tul")["suggestions"]}
        self.assertEqual(texts, {"pruning tulips": "term"})
        self.assertIn({"text": "wilhelmina", "kind": "spelling"},
                      self.session.ask("suggest", "wilhelmnia")["suggestions"])
        self.assertIn({"text": f"{self.mount}/Home/more garden", "kind": "folder"},
                      self.session.ask("suggest", "more g")["suggestions"])
        self.assertEqual([os.path.basename(path) for path in self.session.paths(
            "tul", "--prefix", "--mode", "keyword")], ["tulips.txt", "garden.md"])
        self.check_open()

    def check_open(self):
        opened = os.path.join(self.session.folder, "opened")
        programs = os.path.join(self.session.folder, "programs")
        os.mkdir(programs)
        with open(os.path.join(programs, "xdg-open"), "w", encoding="utf-8") as stream:
            stream.write(f"#!/bin/sh\nprintf %s \"$1\" > '{opened}'\n")
        os.chmod(stream.name, 0o755)
        self.session.env["PATH"] = f"{programs}:{self.session.env['PATH']}"
        self.expect(0, "search", "-o", "wilhelmina")
        wait_until(lambda: os.path.exists(opened) and os.path.getsize(opened), 20, "it is opened")
        with open(opened, encoding="utf-8") as stream:
            self.assertTrue(stream.read().endswith("letter_to_Wilhelmina.txt"))

    def test_explain(self):
        """the stages of a search, and why a file is or is not among its hits"""
        stages = self.session.ask("search", "rent in:Work", "--explain")["stages"]
        self.assertEqual([stage["name"] for stage in stages][:2], ["filter", "words"])
        self.assertEqual(stages[0]["rows"], 3)
        self.assertIn("estimated", stages[0])
        cases = {("Work/rent-2024.txt", "rent"): "found",
                 ("Home/garden.md", "rent in:Work"): "filtered",
                 ("Home/letter_to_Wilhelmina.txt", "xylophone quartz"): "below-floor"}
        for (name, query), verdict in cases.items():
            report = self.session.ask("explain", f"{self.mount}/{name}", "--query", query)
            self.assertEqual(report["verdict"], verdict, report)
        report = self.session.ask("explain", f"{self.mount}/Work/rent-2024.txt", "--query", "rent")
        self.assertGreaterEqual(report["rank"], 1)
        self.assertEqual(report["matched_terms"], ["rent"])
        self.expect(2, "explain", f"{self.mount}/Work/rent-2024.txt", "--query", "after:x",
                    error="InvalidQuery")

    def test_models(self):
        """the models there are, who uses them, and whether text leaves the machine"""
        folder = os.path.join(self.session.folder, "home/.local/share/vexfs/models/onnx-only")
        os.makedirs(folder)
        with open(f"{folder}/config.json", "w", encoding="utf-8") as stream:
            json.dump({"model_type": "bert", "hidden_size": 32, "intermediate_size": 64,
                       "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 40,
                       "max_position_embeddings": 64, "type_vocab_size": 2,
                       "hidden_act": "gelu"}, stream)
        with open(f"{folder}/model.onnx", "wb") as stream:
            stream.write(b"onnx")
        volume = self.session.ask("volume", "list")["volumes"][0]["uuid"]
        builtin, broken = self.session.ask("index", "models")["models"]
        self.assertEqual(builtin["model"], "builtin")
        self.assertEqual(builtin["id"], self.session.ask("index", "status")["model"])
        self.assertEqual((builtin["dimension"], builtin["local"], builtin["installed"],
                          builtin["tuned"], builtin["volumes"]),
                         (256, True, True, False, [volume]))
        self.assertGreater(builtin["bytes"], 1000000)
        self.assertEqual((broken["model"], broken["installed"], broken["volumes"]),
                         (folder, False, []))
        self.assertIn("model.onnx only", broken["problem"])
        done = self.expect(1, "index", "model", folder, error="NoModel")
        self.assertIn("model.safetensors", done.stderr)

    def test_counters(self):
        """counters of the index and of the engine below it rise as they should"""
        def read(*names):
            told = self.session.ask("stats", *names)
            return {**told["counters"], **told["gauges"]}
        before = read()
        self.assertGreater(before["cache.embeddings.misses"], 0)
        self.assertIn("node_cache.hits", before)
        self.assertIn("fuse.reads", before)
        for _ in range(3):
            self.session.paths("rent counter")
        after = read("cache.results.*")
        self.assertEqual(set(name.rsplit(".", 1)[0] for name in after) - {"cache.results"},
                         {"cache.results.hit", "cache.results.miss"})
        self.assertEqual(after["cache.results.hits"] - before["cache.results.hits"], 2)
        self.assertEqual(after["cache.results.misses"] - before["cache.results.misses"], 1)
        volume = self.session.ask("volume", "list")["volumes"][0]["uuid"].replace("-", "_")
        path = f"{ROOT_PATH}/volumes/{volume}"
        rows = self.session.busctl("call", SERVICE, path, f"{SERVICE}.Statistics", "Describe",
                                   "a{sv}", "0")["data"][0]
        self.assertEqual({row[0] for row in rows if row[1] == "gauge"},
                         set(self.session.ask("stats")["gauges"]))
        self.assertTrue({row[2] for row in rows} <= {"count", "bytes", "us"})
        self.expect(3, "stats", "no.such", error="NotFound")

    def test_vectors(self):
        """a vector of one's own; one of another length, or none, is refused"""
        dimension = self.session.ask("index", "status")["dimension"]
        vector = [1.0] + [0.0] * (dimension - 1)
        hits = self.session.ask("search", "--query", json.dumps(vector))["hits"]
        self.assertEqual(len(hits), len(FILES))
        self.expect(2, "search", "--query", "[1, 2]", error="InvalidVector")
        self.expect(2, "search", "--query", json.dumps(vector), "--metric", "l2")
        words = [str(each) for each in struct.pack("<f", float("nan"))]
        done = self.session.run("busctl", "--user", "call", SERVICE, ROOT_PATH,
                                f"{SERVICE}.Search", "Search", "sa{sv}", "x", "1", "vector", "ay",
                                "4", *words)
        self.assertIn("not finite", done.stderr)

    def test_freshness(self):
        """a closed file is found by a word of it and by its meaning, without being asked for"""
        path = os.path.join(self.mount, "fresh.txt")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write("The zebrafinch invoice for the automobile.")
        start = time.monotonic()
        wait_until(lambda: path in self.session.paths("zebrafinch", "--mode", "keyword"), 10,
                   "it is found by a word")
        word = time.monotonic() - start
        wait_until(lambda: path in self.session.paths("car bill", "--mode", "vector"), 10,
                   "it is found by its meaning")
        print(f"word after {word:.2f} s, meaning after {time.monotonic() - start:.2f} s")


if __name__ == "__main__":
    unittest.main(verbosity=2)

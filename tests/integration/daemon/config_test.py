#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: what is set of an index is obeyed at once, for what is indexed and for what comes, is kept
over restarts, and nonsense is refused. Tags that vexctl sets are found.

Method: a volume with a few files; each key is set by vexctl index config, and its effect looked at.
"""
import os
import time
import unittest

import corpus
from session import SessionTest, wait_until


class Config(SessionTest):
    def setUp(self):
        super().setUp()
        self.mount = self.session.make_volume()

    def write(self, name, text):
        path = os.path.join(self.mount, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    def set(self, *settings):
        self.expect(0, "index", "config", *settings)

    def kept(self):
        return self.session.ask("index", "config")

    def found(self, word):
        return sorted(self.session.paths(word, "--mode", "keyword"))

    def wait_found(self, word, *paths):
        wait_until(lambda: self.found(word) == sorted(paths), 30,
                   f"{word} is in {paths}; {self.session.messages()}")

    def rule(self, path):
        report = self.session.ask("explain", path)
        return report["state"], report.get("rule", "")

    def test_exclude_and_roots(self):
        """what is excluded leaves at once and comes back; also when its folder is renamed"""
        log = self.write("a/x.log", "the walrus logs")
        deep = self.write("node_modules/p/q.txt", "the walrus of a package")
        kept = self.write("work/w.txt", "the walrus at work")
        self.wait_found("walrus", log, deep, kept)
        self.set("exclude=*.log,node_modules")
        self.wait_found("walrus", kept)
        self.assertEqual(self.rule(log), ("excluded", "excluded by *.log"))
        self.write("b/y.log", "the walrus logs more")
        late = self.write("work/late.txt", "the walrus is late")
        self.wait_found("walrus", kept, late)
        os.rename(f"{self.mount}/node_modules", f"{self.mount}/modules")
        self.wait_found("walrus", kept, late, f"{self.mount}/modules/p/q.txt")
        os.rename(f"{self.mount}/modules", f"{self.mount}/node_modules")
        self.wait_found("walrus", kept, late)
        self.set(f"exclude={self.mount}/work/late.txt")
        self.wait_found("walrus", log, deep, kept, f"{self.mount}/b/y.log")
        self.set("exclude=", f"roots={self.mount}/work")
        self.wait_found("walrus", kept, late)
        self.assertEqual(self.rule(log)[0], "excluded")
        self.session.stop_daemon()
        self.session.start_daemon()
        wait_until(lambda: self.session.vexctl("search", "walrus").returncode == 0, 30, "it is up")
        self.wait_found("walrus", kept, late)
        self.assertEqual(self.kept()["roots"], [f"file://{self.mount}/work"])
        self.set("roots=")
        self.wait_found("walrus", log, deep, kept, late, f"{self.mount}/b/y.log")

    def test_exclude_one_by_one(self):
        """vexctl index exclude adds to what is left out and takes away from it, one at a time"""
        log = self.write("x.log", "the walrus logs")
        note = self.write("n.txt", "the walrus notes")
        self.wait_found("walrus", log, note)
        self.assertEqual(self.session.ask("index", "exclude")["exclude"], [])
        self.expect(0, "index", "exclude", "add", "*.log", f"{self.mount}/tmp")
        self.wait_found("walrus", note)
        self.expect(0, "index", "exclude", "add", "n.*", "*.log")
        self.wait_found("walrus")
        self.expect(0, "index", "exclude", "rm", "*.log")
        self.wait_found("walrus", log)
        self.assertEqual(self.session.ask("index", "exclude")["exclude"],
                         [f"file://{self.mount}/tmp", "n.*"])
        self.expect(3, "index", "exclude", "rm", "n.*", "*.log", error="NotFound")
        self.assertEqual(self.kept()["exclude"], [f"file://{self.mount}/tmp", "n.*"])
        self.expect(2, "index", "exclude", "add")
        self.expect(2, "index", "exclude", "remove", "*.log")
        self.expect(0, "index", "exclude", "rm", f"{self.mount}/tmp", "n.*")
        self.wait_found("walrus", log, note)

    def test_size_and_types(self):
        """larger files are found by name only; of other types than wanted nothing is found"""
        large = self.write("large-capybara.txt", "the walrus " * 1000)
        small = self.write("small.md", "the walrus is small")
        self.wait_found("walrus", large, small)
        self.set("max-file-size=4K")
        self.wait_found("walrus", small)
        self.wait_found("capybara", large)
        self.assertIn("larger than 4096 bytes", self.session.ask("explain", large)["error"])
        self.set("max-file-size=256M", "types=md")
        self.wait_found("walrus", small)
        self.wait_found("capybara")
        self.assertIn("text/plain", self.rule(large)[1])
        self.assertEqual(self.kept()["types"], ["text/markdown"])
        self.set("types=")
        self.wait_found("walrus", large, small)

    def test_ocr(self):
        """words in pictures are read when that is set, and not when it is unset"""
        path = os.path.join(self.mount, "sign.png")
        with open(path, "wb") as stream:
            stream.write(corpus.picture_of("NO ENTRY"))
        self.session.wait_indexed(1)
        self.assertEqual(self.found("entry"), [])
        self.set("ocr=true")
        self.wait_found("entry", path)
        self.assertIs(self.kept()["ocr"], True)
        self.set("ocr=false")
        self.wait_found("entry")

    def test_enabled(self):
        """switched off nothing is indexed or found, over a restart too; switched on all is"""
        first = self.write("first.txt", "the walrus first")
        self.wait_found("walrus", first)
        self.set("enabled=false")
        wait_until(lambda: self.session.ask("index", "status")["state"] == "disabled", 20, "off")
        self.expect(1, "search", "walrus", error="IndexNotReady")
        second = self.write("second.txt", "the walrus second")
        self.session.stop_daemon()
        self.session.start_daemon()
        wait_until(lambda: self.session.vexctl("index", "status").returncode == 0, 30, "mounted")
        time.sleep(1)
        self.assertIs(self.kept()["enabled"], False)
        self.expect(1, "search", "walrus", error="IndexNotReady")
        self.set("enabled=true")
        wait_until(lambda: self.session.vexctl("search", "walrus").returncode == 0, 30, "on")
        self.wait_found("walrus", first, second)

    def test_cpu_limit(self):
        """with a part of the time only, indexing rests in between"""
        name = "index.rested-us"
        for number in range(60):
            self.write(f"a{number}.txt", f"entry{number}")
        self.session.wait_indexed(60)
        self.assertEqual(self.session.ask("stats", name)["counters"][name], 0)
        self.set("cpu-limit=0.5")
        for number in range(60):
            self.write(f"b{number}.txt", f"entry{number}")
        self.session.wait_indexed(120)
        wait_until(lambda: self.session.ask("stats", name)["counters"][name] > 0, 20, "it rested")

    def test_refusals(self):
        """keys and values that are none are refused, and change nothing"""
        before = self.kept()
        for setting in ("colour=red", "enabled=perhaps", "max-file-size=much", "cpu-limit=0",
                        "cpu-limit=2", "on-battery=fly", "types=nonsense-type", "max-file-size=1G",
                        f"exclude={self.mount}", "enabled"):
            self.expect(2, "index", "config", setting)
        self.expect(3, "index", "config", "roots=/elsewhere", error="NotOnVolume")
        self.assertEqual(self.kept(), before)
        for word in ("pause", "run", "slow"):
            self.set(f"on-battery={word}")
            self.assertEqual(self.kept()["on_battery"], word)

    def test_tags(self):
        """tags are set, told and taken away, and files are found by them"""
        path = self.write("a.txt", "the walrus")
        self.wait_found("walrus", path)
        self.expect(0, "tag", path, "+finance", "+old")
        wait_until(lambda: self.found("walrus tag:finance") == [path], 20, "it is found by its tag")
        self.assertEqual(self.session.ask("tag", path)["tags"], ["finance", "old"])
        self.expect(0, "tag", path, "-finance")
        wait_until(lambda: self.found("walrus tag:finance") == [], 20, "the tag is gone")
        self.assertEqual(self.found("walrus tag:old"), [path])
        self.expect(2, "tag", path, "finance")
        self.expect(3, "tag", os.path.join(self.mount, "nowhere"), "+a")


if __name__ == "__main__":
    unittest.main(verbosity=2)

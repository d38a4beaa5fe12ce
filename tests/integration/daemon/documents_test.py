#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a document that cannot be read harms nothing: it is listed with its reason, the others are
found, and a document that is put right is indexed.

Method: empty, huge, binary with a text name, encrypted, damaged and nested documents beside a good
one; each one's state is asked for.
"""
import os
import subprocess
import unittest

from session import EXAMPLES, SessionTest, tell, wait_until


class Documents(SessionTest):
    def setUp(self):
        super().setUp()
        self.mount = self.session.make_volume()

    def write(self, name, content):
        with open(os.path.join(self.mount, name), "wb") as stream:
            stream.write(content)

    def state(self, name):
        report = self.session.ask("explain", os.path.join(self.mount, name))
        tell(f"{name}: {report['state']} {report.get('error', '')}")
        return report["state"]

    def test_bad_documents(self):
        """empty, huge, binary, encrypted, damaged"""
        with open(f"{EXAMPLES}/household/dishwasher-manual.pdf", "rb") as stream:
            pdf = stream.read()
        with open(f"{EXAMPLES}/household/moving-checklist.docx", "rb") as stream:
            docx = stream.read()
        self.write("good.txt", b"The heron stands in the reeds.\n")
        self.write("empty.txt", b"")
        self.write("binary.txt", os.urandom(300000))
        self.write("nul.txt", b"abc\0\0\1\2" * 1000)
        self.write("damaged.pdf", pdf[:len(pdf) // 3])
        self.write("damaged.docx", docx[:len(docx) // 2])
        self.write("pretends.pdf", b"not a PDF at all")
        self.write("name\nwith newline.txt", b"Kingfisher below the bridge.\n")
        with open(os.path.join(self.mount, "huge.txt"), "wb") as stream:
            stream.truncate(3 << 30)
        os.symlink("good.txt", os.path.join(self.mount, "link"))
        os.mkfifo(os.path.join(self.mount, "fifo"))
        plain = os.path.join(self.session.folder, "plain.txt")
        with open(plain, "w", encoding="utf-8") as stream:
            stream.write("secret")
        subprocess.run(["zip", "-q", "-P", "pass", os.path.join(self.mount, "locked.docx"), plain],
                       check=True)
        self.session.wait_indexed(8)
        self.assertEqual(self.state("good.txt"), "indexed")
        for name in ("binary.txt", "damaged.docx", "pretends.pdf", "locked.docx", "huge.txt"):
            self.assertIn(self.state(name), ("failed", "unsupported", "excluded"), name)
        for name in ("empty.txt", "nul.txt", "damaged.pdf"):
            self.assertNotIn(self.state(name), ("pending", "missing"), name)
        self.assertEqual(self.session.paths("heron"), [os.path.join(self.mount, "good.txt")])
        self.assertEqual(self.session.paths("kingfisher"),
                         [os.path.join(self.mount, "name\nwith newline.txt")])
        failures = self.session.ask("index", "failures")["failures"]
        self.assertTrue(all(each["reason"] for each in failures), failures)
        self.write("damaged.docx", docx)
        self.write("pretends.pdf", pdf)
        for name in ("damaged.docx", "pretends.pdf"):
            wait_until(lambda name=name: self.state(name) == "indexed", 30, f"{name} is indexed")

    def test_add_reports_what_it_cannot_add(self):
        """add: missing sources, unreadable kinds, into places that are not on a volume"""
        source = os.path.join(self.session.folder, "source")
        os.mkdir(source)
        os.mkfifo(os.path.join(source, "fifo"))
        with open(os.path.join(source, "a.txt"), "w", encoding="utf-8") as stream:
            stream.write("grebe")
        self.expect(3, "add", "/nonexistent", error="NotFound")
        self.expect(3, "add", source, "--into", "/tmp", error="NotOnVolume")
        self.expect(3, "add", source, "--into", f"{self.mount}/none", error="NotFound")
        done = self.expect(6, "add", source)
        self.assertIn("fifo", done.stderr)
        self.assertIn("Added 1, already there 0, failed 1.", done.stdout)
        with open(os.path.join(source, "a.txt"), "w", encoding="utf-8") as stream:
            stream.write("another grebe")
        self.expect(6, "add", os.path.join(source, "a.txt"), "--into", f"{self.mount}/source")
        self.expect(0, "add", os.path.join(source, "a.txt"), "--into", f"{self.mount}/source",
                    "--keep-both")
        self.assertEqual(sorted(os.listdir(f"{self.mount}/source")), ["a (2).txt", "a.txt"])

    def test_a_folder_is_not_added_to_itself(self):
        """By its own path, below it, and by a path that goes another way; nothing is copied."""
        inside = os.path.join(self.mount, "inside")
        os.mkdir(inside)
        other = os.path.join(self.mount, "other-way")
        os.symlink(".", other)
        for source, into in ((self.mount, self.mount), (self.mount, inside), (inside, inside),
                             (f"{self.mount}//inside/", inside), (inside, f"{other}/inside")):
            done = self.session.vexctl("add", source, "--into", into)
            self.assertNotEqual(done.returncode, 0, (source, into))
            self.assertIn("cannot be added to itself", done.stderr)
        self.assertEqual(os.listdir(inside), [])
        self.assertEqual(sorted(os.listdir(self.mount)), ["inside", "other-way"])


if __name__ == "__main__":
    unittest.main(verbosity=2)

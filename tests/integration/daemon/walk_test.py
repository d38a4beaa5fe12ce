#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: the whole way of the data: made, mounted, filled, found by meaning, snapshotted, unmounted.

Method: the example documents on a real volume, asked for by vexctl and by busctl. Some queries have
no word, and no stem of a word, in common with the document that they must find; the test proves
that of the documents themselves.
"""
import os
import re
import unittest
import zipfile

from session import EXAMPLES, ROOT_PATH, SERVICE, SessionTest, mounts_below, tell

# query: the document, and the stems that must not occur in it or in its name
BY_MEANING = {
    "car repair bill": ("household/automobile-workshop-invoice.pdf", r"\bcars?\b|repair|\bbill"),
    "doctor": ("family/clinic-visit-notice.txt", r"doctor|\bdr\b"),
    "aircraft journey": ("travel/summer-reservation.md", r"aircraft|journey"),
    "cake recipe": ("family/grandmothers-dessert.txt", r"cake|recipe"),
}


def text_of(path):
    """What a document says. The PDFs of the examples are not compressed."""
    if path.endswith((".docx", ".odt", ".epub")):
        with zipfile.ZipFile(path) as archive:
            parts = [archive.read(name) for name in archive.namelist()]
        return re.sub(r"<[^>]*>", " ", b" ".join(parts).decode("utf-8", "replace"))
    with open(path, "rb") as stream:
        return stream.read().decode("latin-1" if path.endswith(".pdf") else "utf-8")


class Walk(SessionTest):
    def setUp(self):
        super().setUp()
        self.mount = self.session.make_volume()
        self.image = os.path.join(self.session.folder, "docs.vexfs")
        added = self.session.ask("add", EXAMPLES)
        self.count = sum(len(files) for _, _, files in os.walk(EXAMPLES))
        self.assertEqual((added["added"], added["failed"]), (self.count, 0))
        _, seconds = self.session.wait_indexed(self.count)
        tell(f"{self.count} documents indexed in {seconds:.1f} s")

    def find(self, query, *options):
        hits = self.session.ask("search", query, "-k", "5", *options)["hits"]
        return [os.path.relpath(hit["path"], f"{self.mount}/examples") for hit in hits]

    def test_walk(self):
        """search by meaning, by word and by format; over the bus; snapshots; a clean end"""
        for query, (path, stems) in BY_MEANING.items():
            text = os.path.basename(path) + " " + text_of(os.path.join(EXAMPLES, path))
            shared = re.search(stems, text, re.I)
            self.assertIsNone(shared, f"{path} shares a word with '{query}'")
            found = self.find(query)
            tell(f"'{query}': {found}")
            self.assertIn(path, found[:3], f"'{query}' must find {path}")
        self.assertEqual(self.find("mercury lighthouse")[0], "reading/lighthouse-brochure.pdf")
        self.assertEqual(self.find("dovetails", "--mode", "keyword"),
                         ["office/application-letter-kaya.docx"])
        self.assertEqual(self.find("madrigals")[0], "family/choir-rehearsal-plan.odt")
        self.assertEqual(self.find("varroa mite")[0], "reading/beekeeping-for-beginners.epub")
        self.assertEqual(self.find("rent", "--in", f"{self.mount}/examples/household")[0],
                         "household/flat-rental-agreement.md")
        pdfs = self.find("water", "--type", "pdf")
        self.assertTrue(pdfs and all(path.endswith(".pdf") for path in pdfs), pdfs)
        self.check_bus()
        self.check_snapshots()
        self.check_end()

    def check_bus(self):
        reply = self.session.busctl("call", SERVICE, ROOT_PATH, f"{SERVICE}.Search", "Search",
                                    "sa{sv}", "car repair bill", "2", "limit", "u", "3", "mode",
                                    "s", "hybrid")
        self.assertEqual(reply["type"], "a(sda{sv})a{sv}")
        hits, info = reply["data"]
        uris = [hit[0] for hit in hits]
        self.assertTrue(any(uri.endswith("automobile-workshop-invoice.pdf") for uri in uris), uris)
        self.assertEqual(info["pending"]["data"], 0)
        done = self.session.run("gdbus", "call", "--session", "-d", SERVICE, "-o", ROOT_PATH, "-m",
                                f"{SERVICE}.Search.Search", "madrigals", "{'limit': <uint32 1>}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("choir-rehearsal-plan.odt", done.stdout)

    def check_snapshots(self):
        letter = f"{self.mount}/examples/family/letter-to-aunt.txt"
        made = self.session.ask("snapshot", "create", "before")
        self.expect(1, "snapshot", "create", "before", error="AlreadyExists")
        self.expect(2, "snapshot", "create", "a/b")
        with open(letter, encoding="utf-8") as stream:
            before = stream.read()
        with open(letter, "w", encoding="utf-8") as stream:
            stream.write("changed")
        kept = os.path.join(made["path"], "examples/family/letter-to-aunt.txt")
        with open(kept, encoding="utf-8") as stream:
            self.assertEqual(stream.read(), before)
        names = [each["name"] for each in self.session.ask("snapshot", "list")["snapshots"]]
        self.assertEqual(names, ["before"])
        self.expect(3, "snapshot", "delete", "before", "no-such", error="NotFound")
        self.expect(0, "snapshot", "delete", "before")
        self.assertEqual(self.session.ask("snapshot", "list")["snapshots"], [])

    def check_end(self):
        jobs = self.session.ask("job", "list")["jobs"]
        self.assertEqual({each["state"] for each in jobs}, {"succeeded"})
        # The letter was changed on the volume: it is kept, and listed as a problem.
        done = self.expect(6, "add", EXAMPLES)
        self.assertIn(f"Added 0, already there {self.count - 1}, failed 1.", done.stdout)
        self.assertIn("letter-to-aunt.txt", done.stderr)

    def tearDown(self):
        self.expect(0, "volume", "umount", "docs")
        self.assertEqual(mounts_below(self.session.folder), [])
        self.assert_clean(self.image)
        self.session.stop_daemon()
        super().tearDown()


if __name__ == "__main__":
    unittest.main(verbosity=2)

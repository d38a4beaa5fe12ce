#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a volume that has not changed is recognised as unchanged in a time that does not depend on
the number of its files; and among many files few are searched in another way than most.

Method: 20,000 small files are indexed once; the plans of searches with conditions are asked for;
then the daemon is started again and the time until it is idle is measured, as it is on a volume of
200 files. VEXFS_TEST_FILES changes the number.
"""
import os
import time
import unittest

from session import SessionTest, tell, wait_until

FILES = int(os.environ.get("VEXFS_TEST_FILES", "20000"))
FEW = 200
# Twenty thousand files would have to be looked at in this time if the daemon looked at them.
LIMIT_S = 15


class Scale(SessionTest):
    def fill(self, mount, count):
        for number in range(count):
            folder = f"{mount}/d{number // 500}"
            os.makedirs(folder, exist_ok=True)
            with open(f"{folder}/n{number}.txt", "w", encoding="utf-8") as stream:
                stream.write(f"entry{number:06d}\n")

    def seconds_to_idle(self, volume, count):
        """From the start of a daemon until it says that nothing is to do."""
        self.session.stop_daemon()
        start = time.monotonic()
        self.session.start_daemon()

        def is_idle():
            volumes = self.session.ask("volume", "list")["volumes"]
            index = next(each["index"] for each in volumes if each["label"] == volume)
            return index["state"] == "idle" and index["pending"] == 0 and index["files"] == count
        wait_until(is_idle, 120, f"{volume} is idle again")
        return time.monotonic() - start

    def plan(self, *words):
        """How the sealed vectors were searched, by the search's own account."""
        reply = self.session.ask("search", "--explain", " ".join(("entry garden", *words)))
        plans = [stage["plan"] for stage in reply["stages"] if stage["name"] == "meaning"]
        tell(f"{' '.join(words) or 'no condition'}: {plans}")
        return next(part for part in plans[0].split("; ") if part.startswith("sealed"))

    def judge_plans(self, mount):
        self.assertIn("walked:", self.plan())
        self.assertIn("all that pass compared", self.plan(f"in:{mount}/d0"))
        wide = self.plan(f"-in:{mount}/d0")  # all but one folder
        # Of few vectors all are compared in less time than a walk takes.
        if FILES >= 20000:
            self.assertRegex(wide, "walked, then filtered|during the walk")

    def test_unchanged_restart(self):
        """an unchanged volume of many files is idle as soon as one of few"""
        few = self.session.make_volume("few")
        self.fill(few, FEW)
        self.session.wait_indexed(FEW, volume="few")
        few_seconds = self.seconds_to_idle("few", FEW)
        self.expect(0, "volume", "umount", "few")
        many = self.session.make_volume("many", "16G")
        self.fill(many, FILES)
        _, seconds = self.session.wait_indexed(FILES, seconds=1500, volume="many")
        tell(f"{FILES} files indexed in {seconds:.1f} s after they were written")
        self.judge_plans(many)
        many_seconds = self.seconds_to_idle("many", FILES)
        tell(f"idle after restart: {FEW} files {few_seconds:.2f} s, {FILES} files "
             f"{many_seconds:.2f} s")
        # That of few files is the measure on a machine that is slow.
        self.assertLess(many_seconds, max(LIMIT_S, 20 * few_seconds))
        self.assertEqual(self.session.ask("index", "status", "--volume", "many")["failed"], 0)
        last = f"entry{FILES - 1:06d}"
        self.assertEqual(len(self.session.paths(last, "--mode", "keyword")), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)

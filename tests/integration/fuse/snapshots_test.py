#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: snapshots are renamed, locked, filled, published and rolled back to under a mount that is
in use, tell what they hold, and can be walked by everybody's tools.

Method: the calls are made on a real mount; what programs then see by names, by open files, by
mappings and by folders that they are in is compared with what there should be. What a set of
snapshots would give back is compared with the free space after it was deleted.
"""
import errno
import mmap
import os
import subprocess
import time

import control
import mounted
from control import HIDDEN, LOCKED, STAGING, WRITABLE
from mounted import MountedTest

IS_FULL = os.environ.get("VEXFS_TEST_FULL", "0") not in ("", "0")


class SnapshotTest(MountedTest):
    def shot(self, *names):
        return self.path(".vexfs", "snapshots", *names)

    def create(self, name, **options):
        return control.snapshot_create(self.volume.path, name, **options)["id"]

    def names(self):
        return sorted(row["name"] for row in control.snapshot_list(self.volume.path))

    def forget_names(self):
        """The kernel looks names up again, even those of files that are open."""
        os.sync()
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as stream:
            stream.write("2")

    def settled(self):
        """The free bytes, once what was deleted is cleared away."""
        last, same = None, 0
        deadline = time.monotonic() + 60
        while same < 5:
            self.assertLess(time.monotonic(), deadline)
            control.sync(self.volume.path)
            now = control.volume(self.volume.path)["free_bytes"]
            last, same = now, same + 1 if now == last else 0
            time.sleep(0.1)
        return last


class Change(SnapshotTest):
    def test_refusals(self):
        one, _ = self.create("one"), self.create("two")
        call = control.snapshot_change
        self.assert_errno(errno.EEXIST, call, self.volume.path, one, name="two")
        self.assert_errno(errno.ENOENT, call, self.volume.path, 9999, name="x")
        self.assert_errno(errno.EINVAL, call, self.volume.path, one, name="")
        self.assert_errno(errno.EINVAL, call, self.volume.path, 1, name="live")
        self.assert_errno(errno.EINVAL, call, self.volume.path, one, WRITABLE, WRITABLE)
        self.assert_errno(errno.EINVAL, control.SNAPSHOT_CHANGE, self.volume.path,
                          one.to_bytes(8, "little") + bytes(40) + b"a name that is not asked for")
        self.assertEqual(self.names(), ["one", "two"])

    def test_rename_is_seen_at_once(self):
        self.write("file", b"x")
        one = self.create("one")
        self.assertTrue(os.path.exists(self.shot("one", "file")))
        control.snapshot_change(self.volume.path, one, name="other")
        self.assertFalse(os.path.exists(self.shot("one")))
        self.assertTrue(os.path.exists(self.shot("other", "file")))
        self.assertEqual(os.listdir(self.shot()), ["other"])

    def test_a_lock_holds(self):
        one = self.create("one")
        control.snapshot_change(self.volume.path, one, LOCKED, LOCKED)
        self.assert_errno(errno.EBUSY, control.snapshot_delete, self.volume.path, "one")
        self.volume.remount(*self.options)
        self.assert_errno(errno.EBUSY, control.snapshot_delete, self.volume.path, "one")
        self.assertEqual(control.snapshot_list(self.volume.path)[0]["flags"], LOCKED)
        control.snapshot_change(self.volume.path, one, LOCKED, 0)
        control.snapshot_delete(self.volume.path, "one")
        self.assertEqual(self.names(), [])

    def test_a_tree_is_filled_unseen_and_published(self):
        tree = self.create("staging", source=0, flags=STAGING | HIDDEN | WRITABLE)
        self.assertEqual(os.listdir(self.shot()), [])
        os.mkdir(self.shot("staging", "dir"))
        with open(self.shot("staging", "dir", "file"), "wb") as stream:
            stream.write(b"content" * 1000)
        control.snapshot_change(self.volume.path, tree, 0xf, 0, name="received")
        self.assertEqual(os.listdir(self.shot()), ["received"])
        self.assertFalse(os.path.exists(self.shot("staging")))
        self.assert_errno(errno.EROFS, os.mkdir, self.shot("received", "more"))
        self.volume.remount(*self.options)
        self.assertEqual(os.listdir(self.shot("received", "dir")), ["file"])
        self.volume.umount()
        self.assert_clean("--data")

    def test_what_was_written_before_publishing_is_in_it(self):
        tree = self.create("staging", source=0, flags=STAGING | HIDDEN | WRITABLE)
        with open(self.shot("staging", "file"), "wb") as stream:
            stream.write(b"content" * 100000)
        control.snapshot_change(self.volume.path, tree, 0xf, 0, name="received")
        self.volume.remount(*self.options)
        with open(self.shot("received", "file"), "rb") as stream:
            self.assertEqual(stream.read(), b"content" * 100000)

    def test_open_files_are_not_touched_by_publishing(self):
        self.write("file", b"content")
        os.link(self.path("file"), self.path("other"))
        handle = os.open(self.path("file"), os.O_RDWR)
        tree = self.create("staging", source=0, flags=STAGING | HIDDEN | WRITABLE)
        control.snapshot_change(self.volume.path, tree, 0xf, 0, name="received")
        self.forget_names()
        self.assertEqual(os.stat(self.path("other")).st_nlink, 2)
        self.assertEqual(os.pread(handle, 100, 0), b"content")
        os.pwrite(handle, b"C", 0)
        os.close(handle)
        self.assertEqual(self.read("other"), b"Content")

    def test_a_stranger_may_not(self):
        one = self.create("one")
        os.chmod(self.volume.path, 0o755)
        for call in (lambda: control.snapshot_change(self.volume.path, one, name="x"),
                     lambda: control.rollback(self.volume.path, one, "x"),
                     lambda: control.snapshot_space(self.volume.path, [(one, one)])):
            self.as_user(lambda call=call: self.assert_errno(errno.EPERM, call))


class Rollback(SnapshotTest):
    def test_refusals(self):
        self.write("file", b"now")
        one = self.create("one")
        call = control.rollback
        self.assert_errno(errno.ENOENT, call, self.volume.path, 9999, "x")
        self.assert_errno(errno.EINVAL, call, self.volume.path, 1, "x")
        self.assert_errno(errno.EEXIST, call, self.volume.path, one, "one")
        self.assert_errno(errno.EINVAL, call, self.volume.path, one, "a/b")
        self.assert_errno(errno.EINVAL, call, self.volume.path, one, "x", WRITABLE)
        self.assertEqual(self.names(), ["one"])
        self.assertEqual(self.read("file"), b"now")

    def fill(self):
        os.makedirs(self.path("dir", "deep"))
        self.write("dir/deep/kept", b"then" * 5000)
        self.write("dir/removed", b"removed")
        self.write("moved", b"moved")
        then = self.create("then")
        self.write("dir/deep/kept", b"now!" * 9000)
        os.unlink(self.path("dir", "removed"))
        os.rename(self.path("moved"), self.path("dir", "elsewhere"))
        self.write("late", b"late")
        os.chmod(self.path("dir"), 0o700)
        # The kernel knows now what is there and what is not.
        self.assertEqual(self.read("dir/deep/kept"), b"now!" * 9000)
        self.assertFalse(os.path.exists(self.path("moved")))
        self.assertFalse(os.path.exists(self.path("dir", "removed")))
        self.assertEqual(sorted(os.listdir(self.path("dir"))), ["deep", "elsewhere"])
        return then

    def assert_then(self):
        self.assertEqual(self.read("dir/deep/kept"), b"then" * 5000)
        self.assertEqual(os.stat(self.path("dir/deep/kept")).st_size, 20000)
        self.assertEqual(self.read("dir/removed"), b"removed")
        self.assertEqual(self.read("moved"), b"moved")
        self.assertEqual(sorted(os.listdir(self.path("dir"))), ["deep", "removed"])
        self.assertEqual(os.stat(self.path("dir")).st_mode & 0o777, 0o755)
        self.assertFalse(os.path.exists(self.path("late")))
        self.assertFalse(os.path.exists(self.path("dir", "elsewhere")))

    def test_names_content_and_attributes_are_as_then(self):
        then = self.fill()
        self.write("dir/unsynced", b"in the cache only" * 1000)
        safety = control.rollback(self.volume.path, then, "safety", LOCKED)
        self.assert_then()
        self.assertEqual(self.names(), ["safety", "then"])
        with open(self.shot("safety", "dir", "unsynced"), "rb") as stream:
            self.assertEqual(stream.read(), b"in the cache only" * 1000)
        self.assert_errno(errno.EBUSY, control.snapshot_delete, self.volume.path, number=safety)
        self.write("dir/after", b"after")
        self.volume.kill()
        self.volume.mount()
        if os.path.exists(self.path("dir", "after")):
            os.unlink(self.path("dir", "after"))
        self.assert_then()
        control.rollback(self.volume.path, safety, "undo")
        self.assertEqual(self.read("late"), b"late")
        self.assertEqual(self.read("dir/unsynced"), b"in the cache only" * 1000)
        self.volume.umount()
        self.assert_clean("--data")

    def test_a_file_gets_its_name_afterwards(self):
        then = self.fill()
        control.rollback(self.volume.path, then, "safety")
        handle = os.open(self.volume.path, os.O_TMPFILE | os.O_RDWR, 0o600)
        os.write(handle, b"content")
        handles = os.open("/proc/self/fd", os.O_RDONLY)
        os.link(str(handle), self.path("named"), src_dir_fd=handles, follow_symlinks=True)
        os.close(handles)
        self.forget_names()
        self.assertEqual(os.stat(self.path("named")).st_size, 7)
        self.assertEqual(os.pread(handle, 100, 0), b"content")
        os.close(handle)

    def test_what_is_open_stands_for_the_file_of_then_or_is_stale(self):
        then = self.fill()
        kept = os.open(self.path("dir/deep/kept"), os.O_RDWR)
        late = os.open(self.path("late"), os.O_RDWR)
        folder = os.open(self.path("dir"), os.O_RDONLY | os.O_DIRECTORY)
        with open(self.path("dir/deep/kept"), "rb") as stream:
            mapping = mmap.mmap(stream.fileno(), 4096, prot=mmap.PROT_READ)
        self.assertEqual(mapping[:4], b"now!")
        control.rollback(self.volume.path, then, "safety")
        self.assertEqual(os.pread(kept, 4, 0), b"then")
        self.assertEqual(mapping[:4], b"then")
        os.pwrite(kept, b"edit", 0)
        os.fsync(kept)
        self.assertEqual(self.read("dir/deep/kept"), b"edit" + b"then" * 4999)
        self.assertEqual(os.stat(self.path("dir/deep/kept")).st_size, 20000)
        try:
            self.assertEqual(os.pread(kept, 8, 0), b"editthen")
        except OSError as problem:
            self.assertEqual(problem.errno, errno.EIO)
        self.assertIsNotNone(os.stat("deep", dir_fd=folder))
        with self.assertRaises(OSError) as caught:
            os.pread(late, 4, 0)
        self.assertIn(caught.exception.errno, (errno.ESTALE, errno.EIO))
        mapping.close()
        for fd in (kept, late, folder):
            try:
                os.close(fd)
            except OSError as problem:
                self.assertEqual(problem.errno, errno.EIO)
        self.assertFalse(os.path.exists(self.path("late")))


class Space(SnapshotTest):
    def test_refusals(self):
        one = self.create("one")
        call = control.snapshot_space
        self.assert_errno(errno.EINVAL, call, self.volume.path, [])
        self.assert_errno(errno.EINVAL, call, self.volume.path, [(1, 1)])
        self.assert_errno(errno.EINVAL, call, self.volume.path, [(one, one), (one, one)])
        self.assert_errno(errno.ENOENT, call, self.volume.path, [(one + 9, one + 9)])

    def test_a_set_gives_back_what_was_told(self):
        ids = []
        for round_ in range(8):
            for number in range(60):
                if number % 8 == round_ or not round_:
                    self.write(f"file{number}", os.urandom(20000 + 1000 * round_))
            ids.append(self.create(f"s{round_}"))
        for number in range(60):
            os.unlink(self.path(f"file{number}"))
        before = self.settled()
        chosen = [(ids[0], ids[3]), (ids[6], ids[6])]
        count, told, referenced = control.snapshot_space(self.volume.path, chosen, True)
        self.assertEqual(count, 5)
        self.assertGreater(referenced, 5 * 60 * 20000)
        alone = [control.snapshot_space(self.volume.path, [(one, one)])[1] for one in ids]
        self.assertGreater(told, alone[0] + alone[1] + alone[2] + alone[3] + alone[6])
        for name in ("s0", "s1", "s2", "s3", "s6"):
            control.snapshot_delete(self.volume.path, name)
        self.assertEqual(self.settled() - before, told)


class Walk(SnapshotTest):
    def test_tools_walk_a_snapshot_and_cannot_change_it(self):
        os.makedirs(self.path("a", "b", "c"))
        for number in range(40):
            self.write(f"a/b/file{number}", b"content %d" % number)
        os.link(self.path("a", "b", "file0"), self.path("a", "linked"))
        os.symlink("b/file1", self.path("a", "pointer"))
        self.create("one")
        top = self.shot("one")
        seen = subprocess.run(["find", top, "-printf", "%i %y %P\\n"], check=True,
                              capture_output=True, text=True).stdout.splitlines()
        self.assertEqual(len(seen), 46)
        numbers = {}
        for line in seen:
            number, _, name = line.split(" ", 2)
            self.assertEqual(int(number), os.lstat(os.path.join(top, name)).st_ino)
            numbers.setdefault(number, []).append(name)
        self.assertEqual(sorted(map(sorted, (names for names in numbers.values()
                                             if len(names) > 1))),
                         [["a/b/file0", "a/linked"]])
        live = {os.stat(self.path("a", "b", f"file{number}")).st_ino for number in range(40)}
        self.assertFalse(live & set(map(int, numbers)), "numbers of the mount are its own")
        same = subprocess.run(["diff", "-r", "--no-dereference", top, self.volume.path],
                              capture_output=True, text=True, check=False)
        self.assertEqual((same.returncode, same.stdout), (0, ""))
        for call in (lambda: os.unlink(top + "/a/b/file1"),
                     lambda: os.rename(top + "/a", top + "/x"),
                     lambda: os.chmod(top + "/a", 0o700),
                     lambda: os.open(top + "/a/b/file1", os.O_WRONLY),
                     lambda: os.open(top + "/new", os.O_CREAT | os.O_WRONLY),
                     lambda: os.truncate(top + "/a/b/file1", 0),
                     lambda: os.link(top + "/a/linked", top + "/a/more"),
                     lambda: os.setxattr(top + "/a", "user.x", b"x"),
                     lambda: os.utime(top + "/a")):
            self.assert_errno(errno.EROFS, call)

    def test_very_many_are_made_listed_and_deleted(self):
        count = 10000 if IS_FULL else 300
        begin = time.monotonic()
        for number in range(count):
            control.snapshot_create(self.volume.path, f"s{number}")
        made = time.monotonic()
        rows, after = [], 0
        while True:
            page = control.snapshot_list(self.volume.path, after)
            rows += page
            if len(page) < 48:
                break
            after = page[-1]["id"]
        listed = time.monotonic()
        self.assertEqual([row["name"] for row in rows], [f"s{i}" for i in range(count)])
        self.assertEqual(control.volume(self.volume.path)["snapshots"], count)
        self.assertEqual(len(os.listdir(self.shot())), count)
        told = control.snapshot_space(self.volume.path, [(rows[0]["id"], rows[-1]["id"])])
        self.assertEqual(told[0], count)
        deleting = time.monotonic()
        for row in rows:
            control.snapshot_delete(self.volume.path, number=row["id"])
        print(f"{count} snapshots: made {made - begin:.2f} s, listed {(listed - made) * 1000:.1f} "
              f"ms, deleted {time.monotonic() - deleting:.2f} s")
        self.assertEqual(self.names(), [])
        self.volume.umount()
        self.assert_clean("--data")


if __name__ == "__main__":
    mounted.main()

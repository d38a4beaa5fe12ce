#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: every call of the control ABI does what uapi/vexfs/ioctl.h says, for whom it says, and
refuses every argument that it should.

Method: the calls are made on a real mount, as root and as users without privileges.
"""
import errno
import os
import struct
import threading
import time

import control
import mounted
from mounted import MountedTest


class Volume(MountedTest):
    def test_volume_tells_what_is_mounted(self):
        self.write("file", b"x")
        os.mkdir(self.path("dir"))
        row = control.volume(self.path("dir"))
        self.assertEqual((row["abi"], row["flags"], row["label"]), (1, 0, "test"))
        self.assertEqual((row["size_bytes"], row["block_bytes"]), (256 << 20, 4096))
        self.assertEqual((row["tree"], row["ino"]), (1, os.stat(self.path("dir")).st_ino))
        self.assertEqual((row["inodes"], row["snapshots"]), (3, 0))
        self.assertGreater(row["free_bytes"], 200 << 20)
        self.assertNotEqual(row["uuid"], bytes(16))
        self.assertEqual(control.volume(self.volume.path)["ino"], 1)

    def test_sync_gives_a_generation_that_is_on_disk(self):
        self.write("file", b"x")
        generation = control.sync(self.volume.path)
        self.assertGreaterEqual(control.volume(self.volume.path)["generation"], generation)
        self.volume.kill()
        self.volume.mount()
        self.assertEqual(self.read("file"), b"x")

    def test_wait_returns_at_the_next_change(self):
        control.sync(self.volume.path)
        since = control.volume(self.volume.path)["live_generation"]
        self.assertEqual(control.wait(self.volume.path, since, 0), since)
        begin = time.monotonic()
        self.assertEqual(control.wait(self.volume.path, since, 300), since)
        self.assertGreaterEqual(time.monotonic() - begin, 0.29)
        timer = threading.Timer(0.3, lambda: self.write("file", b"x"))
        timer.start()
        now = control.wait(self.volume.path, since, 20000)
        timer.join()
        self.assertGreater(now, since)
        self.assertLess(time.monotonic() - begin, 10)
        self.assertEqual(control.wait(self.volume.path, since, 20000), now)

    def test_many_waiters_do_not_stop_the_mount(self):
        control.sync(self.volume.path)
        since = control.volume(self.volume.path)["live_generation"]
        seen = []
        threads = [threading.Thread(
            target=lambda: seen.append(control.wait(self.volume.path, since, 60000)))
            for _ in range(40)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 20
        while control.stats(self.volume.path)[f"{mounted.HOST}.waiters"] < 40:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.write("file", b"x")
        for thread in threads:
            thread.join(timeout=20)
        self.assertEqual(len(seen), 40)
        self.assertTrue(all(generation > since for generation in seen))

    def test_a_wait_ends_by_a_signal(self):
        control.sync(self.volume.path)
        since = control.volume(self.volume.path)["live_generation"]
        child = os.fork()
        if child == 0:
            control.wait(self.volume.path, since, 600000)
            os._exit(0)
        time.sleep(0.3)
        os.kill(child, 9)
        begin = time.monotonic()
        os.waitpid(child, 0)
        self.assertLess(time.monotonic() - begin, 5)

    def test_stats_count_what_is_done(self):
        before = control.stats(self.volume.path)
        self.write("file", b"x" * 100000)
        with open(self.path("file"), "rb") as stream:
            os.fsync(stream.fileno())
        after = control.stats(self.volume.path)
        host = mounted.HOST
        self.assertGreaterEqual(after[f"{host}.write_bytes"] - before[f"{host}.write_bytes"],
                                100000)
        self.assertGreater(after[f"{host}.syncs_asked"], before[f"{host}.commits_asked"])
        self.assertGreater(len(after), 8, "the engine counts too")

    def test_unknown_and_malformed_calls(self):
        unknown = control.Call(control.READ, 0x6f, 16)
        self.assert_errno(errno.ENOTTY, unknown, self.volume.path)
        wrong_size = control.Call(control.READ, 0x40, 16)
        self.assert_errno(errno.ENOTTY, wrong_size, self.volume.path)
        bad = (
            (control.WAIT, struct.pack("<QI", 0, 600001)),
            (control.WAIT, struct.pack("<QII", 0, 0, 1)),
            (control.WAIT, struct.pack("<QIIQQ", 0, 0, 0, 0, 1)),
            (control.SNAPSHOT_CREATE, struct.pack("<QI", 1, 16) + bytes(60) + b"name"),
            (control.SNAPSHOT_CREATE, struct.pack("<QII", 1, 0, 1) + bytes(56) + b"name"),
            (control.SNAPSHOT_CREATE, struct.pack("<Q", 1) + bytes(64) + b"n" * 256),
            (control.SNAPSHOT_CREATE, struct.pack("<Q", 1) + bytes(64)),
            (control.SNAPSHOT_CREATE, struct.pack("<Q", 1) + bytes(64) + b"a/b"),
            (control.SNAPSHOT_CREATE, struct.pack("<Q", 1) + bytes(64) + b".."),
            (control.SNAPSHOT_DELETE, struct.pack("<QI", 300, 2)),
            (control.SNAPSHOT_DELETE, struct.pack("<QII", 300, 1, 1)),
            (control.SNAPSHOT_DELETE, struct.pack("<QIIQ", 300, 1, 0, 1)),
            (control.SNAPSHOT_LIST, struct.pack("<QII", 0, 4, 0)),
            (control.SNAPSHOT_LIST, struct.pack("<QIIQ", 0, 0, 0, 1)),
            (control.DIFF, struct.pack("<3QII", 0, 1, 0, 1, 0)),
            (control.DIFF, struct.pack("<3QIIQ", 0, 1, 0, 0, 0, 1)),
            (control.STAT, struct.pack("<QQ", 1, 1) + bytes(72) + b"\1"),
            (control.PATH, struct.pack("<QQII", 1, 1, 0, 1)),
            (control.FORK_READ, struct.pack("<IIQ", 2, 10, 0)),
            (control.FORK_READ, struct.pack("<IIQ", 0, 15873, 0)),
            (control.FORK_READ, struct.pack("<IIQ", 0, 10, 1 << 63)),
            (control.FORK_WRITE, struct.pack("<IIQII", 0, 1, 0, 0, 0)),
            (control.FORK_WRITE, struct.pack("<IIQII", 2, 1, 0, 0, 0)),
            (control.FORK_WRITE, struct.pack("<IIQII", 1, 15873, 0, 0, 0)),
            (control.FORK_WRITE, struct.pack("<IIQII", 1, 1, 0, 2, 0)),
            (control.FORK_WRITE, struct.pack("<IIQII", 1, 1, 0, 0, 1)),
        )
        self.write("file", b"x")
        for call, argument in bad:
            with self.subTest(call=hex(call.command), argument=argument[:64]):
                self.assert_errno(errno.EINVAL, call, self.path("file"), argument)


class Snapshots(MountedTest):
    def test_a_snapshot_keeps_what_was(self):
        os.mkdir(self.path("dir"))
        self.write("dir/file", b"before")
        made = control.snapshot_create(self.volume.path, "first")
        self.write("dir/file", b"after, and longer")
        self.write("dir/new", b"new")
        root = self.path(".vexfs", "snapshots", "first")
        with open(root + "/dir/file", "rb") as stream:
            self.assertEqual(stream.read(), b"before")
        self.assertEqual(os.listdir(root + "/dir"), ["file"])
        self.assertEqual(self.read("dir/file"), b"after, and longer")
        row, = control.snapshot_list(self.volume.path)
        self.assertEqual((row["id"], row["name"], row["source"], row["flags"]),
                         (made["id"], "first", 1, 0))
        self.assertEqual(row["inodes"], 3)
        self.assertAlmostEqual(row["created_ns"] / 1e9, time.time(), delta=60)
        self.volume.remount(*self.options)
        with open(root + "/dir/file", "rb") as stream:
            self.assertEqual(stream.read(), b"before")
        self.volume.umount()
        self.assert_clean("--data")

    def test_a_snapshot_is_read_only(self):
        self.write("file", b"before")
        control.snapshot_create(self.volume.path, "first")
        root = self.path(".vexfs", "snapshots", "first")
        for call, arguments in (
                (os.mkdir, (root + "/d",)), (os.unlink, (root + "/file",)),
                (os.chmod, (root + "/file", 0o600)), (os.rename, (root + "/file", root + "/f")),
                (os.setxattr, (root + "/file", "user.a", b"1")), (os.truncate, (root + "/file", 0)),
                (os.symlink, ("a", root + "/s")), (os.link, (root + "/file", root + "/l")),
                (os.open, (root + "/file", os.O_WRONLY)),
                (os.open, (root + "/new", os.O_CREAT | os.O_WRONLY)),
                (os.utime, (root + "/file", (1, 1)))):
            with self.subTest(call=call.__name__):
                self.assert_errno(errno.EROFS, call, *arguments)
        self.assert_errno(errno.EROFS, control.fork_write, root + "/file", 1, 0, b"v")

    def test_a_writable_snapshot_is_a_copy_of_its_own(self):
        self.write("file", b"before")
        control.snapshot_create(self.volume.path, "clone", flags=control.WRITABLE)
        clone = self.path(".vexfs", "snapshots", "clone")
        with open(clone + "/file", "ab") as stream:
            stream.write(b" and more")
        os.mkdir(clone + "/dir")
        self.assertEqual(self.read("file"), b"before")
        self.assertEqual(os.listdir(self.volume.path), ["file"])
        self.volume.remount(*self.options)
        with open(clone + "/file", "rb") as stream:
            self.assertEqual(stream.read(), b"before and more")

    def test_the_control_folder_is_found_but_not_listed(self):
        self.write("file", b"x")
        for name in ("b", "a"):
            control.snapshot_create(self.volume.path, name)
        control.snapshot_create(self.volume.path, "hidden", flags=control.HIDDEN)
        self.assertEqual(os.listdir(self.volume.path), ["file"])
        self.assertEqual(sorted(os.listdir(self.path(".vexfs"))), ["index", "snapshots"])
        self.assertEqual(os.listdir(self.path(".vexfs/snapshots")), ["b", "a"])
        self.assertTrue(os.path.isdir(self.path(".vexfs/snapshots/a/..")))
        self.assertFalse(os.path.exists(self.path(".vexfs/snapshots/hidden")))
        self.assertFalse(os.path.exists(self.path(".vexfs/other")))
        # Only in the root of the volume.
        os.mkdir(self.path("dir"))
        self.assertFalse(os.path.exists(self.path("dir/.vexfs")))
        self.assertEqual([row["name"] for row in control.snapshot_list(self.volume.path)],
                         ["b", "a"])
        rows = control.snapshot_list(self.volume.path, flags=control.HIDDEN)
        self.assertEqual([row["name"] for row in rows], ["b", "a", "hidden"])

    def test_the_control_folder_cannot_be_changed(self):
        control.snapshot_create(self.volume.path, "s")
        self.assert_errno(errno.EEXIST, os.mkdir, self.path(".vexfs"))
        for call, arguments in (
                (os.rmdir, (".vexfs",)), (os.mkdir, (".vexfs/d",)),
                (os.rmdir, (".vexfs/snapshots/s",)), (os.mkdir, (".vexfs/snapshots/d",)),
                (os.rename, (".vexfs", "other")), (os.rename, (".vexfs/snapshots/s", "other")),
                (os.chmod, (".vexfs", 0o777)), (os.setxattr, (".vexfs", "user.a", b"1"))):
            with self.subTest(call=call.__name__, arguments=arguments):
                paths = [self.path(word) if isinstance(word, str) and word != "user.a" else word
                         for word in arguments]
                self.assert_errno(errno.EPERM, call, *paths)

    def test_deleting_a_snapshot(self):
        self.write("file", os.urandom(5 << 20))
        first = control.snapshot_create(self.volume.path, "first")
        self.assert_errno(errno.EEXIST, control.snapshot_create, self.volume.path, "first")
        second = control.snapshot_create(self.volume.path, "second")
        self.assertGreater(second["id"], first["id"])
        os.unlink(self.path("file"))
        control.sync(self.volume.path)
        before = control.volume(self.volume.path)["free_bytes"]
        control.snapshot_delete(self.volume.path, "first")
        control.snapshot_delete(self.volume.path, number=second["id"])
        self.assertEqual(control.snapshot_list(self.volume.path), [])
        self.assertFalse(os.path.exists(self.path(".vexfs/snapshots/first")))
        self.assert_errno(errno.ENOENT, control.snapshot_delete, self.volume.path, "first")
        self.assert_errno(errno.ENOENT, control.snapshot_delete, self.volume.path,
                          number=second["id"])
        deadline = time.monotonic() + 20
        while control.volume(self.volume.path)["free_bytes"] < before + (5 << 20):
            self.assertLess(time.monotonic(), deadline, "space does not come back")
            time.sleep(0.1)
        third = control.snapshot_create(self.volume.path, "third")
        self.assertGreater(third["id"], second["id"], "ids are never used again")

    def test_files_of_a_deleted_snapshot_are_stale(self):
        self.write("file", b"x" * 100)
        control.snapshot_create(self.volume.path, "gone")
        fd = os.open(self.path(".vexfs/snapshots/gone/file"), os.O_RDONLY)
        self.addCleanup(os.close, fd)
        control.snapshot_delete(self.volume.path, "gone")
        self.assert_errno(errno.ESTALE, control.FORK_READ.on, fd, struct.pack("<IIQ", 0, 10, 0))
        self.assertFalse(os.path.exists(self.path(".vexfs/snapshots/gone/file")))

    def test_many_snapshots_are_listed_in_portions(self):
        for number in range(100):
            control.snapshot_create(self.volume.path, f"s{number}")
        self.assertEqual(len(os.listdir(self.path(".vexfs/snapshots"))), 100)
        rows, after = [], 0
        while True:
            part = control.snapshot_list(self.volume.path, after)
            rows += part
            if len(part) < 48:
                break
            after = part[-1]["id"]
        self.assertEqual([row["name"] for row in rows], [f"s{number}" for number in range(100)])


class Difference(MountedTest):
    def test_each_kind_of_change_is_told(self):
        for name in ("data", "attrs", "name", "xattrs", "vectors", "gone", "same"):
            self.write(name, b"before")
        os.mkdir(self.path("dir"))
        ino = {name: os.stat(self.path(name)).st_ino for name in os.listdir(self.volume.path)}
        first = control.snapshot_create(self.volume.path, "first")["id"]
        self.write("data", b"after")
        os.chmod(self.path("attrs"), 0o600)
        os.rename(self.path("name"), self.path("renamed"))
        os.setxattr(self.path("xattrs"), "user.a", b"1")
        control.fork_write(self.path("vectors"), 1, 0, b"vector")
        os.unlink(self.path("gone"))
        self.write("dir/new", b"new")
        new = os.stat(self.path("dir/new")).st_ino
        second = control.snapshot_create(self.volume.path, "second")["id"]
        changes = control.diff(self.volume.path, first, second)
        kinds = {number: row[0] for number, row in changes.items()}
        self.assertNotIn(ino["same"], kinds)
        self.assertEqual(kinds[new] & control.CREATED, control.CREATED)
        self.assertEqual(kinds[ino["gone"]] & control.REMOVED, control.REMOVED)
        for name, kind in (("data", control.DATA), ("attrs", control.ATTRS),
                           ("name", control.NAMES), ("xattrs", control.XATTRS),
                           ("vectors", control.VECTORS), ("dir", control.ENTRIES)):
            self.assertEqual(kinds[ino[name]] & kind, kind, name)
        for name in ("attrs", "name", "xattrs", "vectors"):
            self.assertEqual(kinds[ino[name]] & control.DATA, 0, name)
        self.assertEqual(kinds[ino["data"]] & control.VECTORS, 0)
        self.assertEqual(control.diff(self.volume.path, second, second), {})

    def test_from_nothing_and_in_portions(self):
        os.mkdir(self.path("dir"))
        for number in range(2500):
            self.write(f"dir/{number}", b"")
        made = control.snapshot_create(self.volume.path, "all")["id"]
        changes = control.diff(self.volume.path, 0, made)
        self.assertEqual(len(changes), 2502)
        self.assertTrue(all(row[0] & control.CREATED for row in changes.values()))
        self.assert_errno(errno.ENOENT, control.diff, self.volume.path, made, 99999)

    def test_stat_and_path_by_number(self):
        os.mkdir(self.path("dir"))
        self.write("dir/file", b"content")
        os.link(self.path("dir/file"), self.path("second"))
        control.sync(self.volume.path)
        info = os.stat(self.path("dir/file"))
        row = control.stat(self.volume.path, control.LIVE, info.st_ino)
        self.assertEqual((row["mode"], row["nlink"], row["size_bytes"], row["mtime_ns"]),
                         (info.st_mode, 2, 7, info.st_mtime_ns))
        self.assertGreater(row["data_generation"], 0)
        self.assertEqual({control.path_of(self.volume.path, 1, info.st_ino, index)
                          for index in (0, 1)}, {"dir/file", "second"})
        self.assertEqual(control.path_of(self.volume.path, 1, 1), "")
        self.assert_errno(errno.ENOENT, control.path_of, self.volume.path, 1, info.st_ino, 2)
        self.assert_errno(errno.ENOENT, control.path_of, self.volume.path, 1, 1 << 39)
        self.assert_errno(errno.ENOENT, control.stat, self.volume.path, 1, 1 << 39)
        self.assert_errno(errno.ENOENT, control.stat, self.volume.path, 77, 1)


class Forks(MountedTest):
    def test_vectors_are_written_read_kept_and_removed(self):
        self.write("file", b"text")
        info = os.stat(self.path("file"))
        content = os.urandom(40000)
        for at in range(0, len(content), 15872):
            control.fork_write(self.path("file"), 1, at, content[at:at + 15872])
        self.volume.remount(*self.options)
        got = b""
        while True:
            part, size = control.fork_read(self.path("file"), 1, len(got), 15872)
            if not part:
                break
            got += part
        self.assertEqual((got, size), (content, len(content)))
        after = os.stat(self.path("file"))
        self.assertEqual((after.st_mtime_ns, after.st_ctime_ns, after.st_size),
                         (info.st_mtime_ns, info.st_ctime_ns, 4))
        self.assertEqual(control.volume(self.volume.path)["vectors_bytes"], len(content))
        control.fork_write(self.path("file"), 1, 0, b"short", truncate=True)
        self.assertEqual(control.fork_read(self.path("file"), 1, 0, 100), (b"short", 5))
        control.fork_write(self.path("file"), 1, 0, b"", truncate=True)
        self.assertEqual(control.fork_read(self.path("file"), 1, 0, 100), (b"", 0))
        self.assertEqual(control.fork_read(self.path("file"), 0, 1, 2), (b"ex", 4))
        self.assertEqual(control.fork_read(self.volume.path, 1, 0, 100), (b"", 0))

    def test_data_generation_tells_stale_vectors(self):
        self.write("file", b"text")
        control.sync(self.volume.path)
        ino = os.stat(self.path("file")).st_ino
        before = control.stat(self.volume.path, 1, ino)["data_generation"]
        control.fork_write(self.path("file"), 1, 0, b"vector")
        os.chmod(self.path("file"), 0o600)
        control.sync(self.volume.path)
        self.assertEqual(control.stat(self.volume.path, 1, ino)["data_generation"], before)
        self.write("file", b"other")
        control.sync(self.volume.path)
        self.assertGreater(control.stat(self.volume.path, 1, ino)["data_generation"], before)


class Looking(MountedTest):
    def number(self, name):
        return os.stat(self.path(name)).st_ino

    def test_tells_what_is_there_and_where(self):
        os.mkdir(self.path("d"))
        self.write("d/file", b"text")
        os.link(self.path("d/file"), self.path("z"))
        ino = self.number("d/file")
        made = control.snapshot_create(self.volume.path, "s")
        os.rename(self.path("d"), self.path("e"))
        self.write("e/file", b"longer text")
        os.utime(self.path("z"), ns=(5, 7))
        control.sync(self.volume.path)
        then, now, folder, gone, nowhere = control.look(
            self.volume.path, [(made["id"], ino), (1, ino), (1, self.number("e")), (1, 999999),
                               (424242, ino)])
        self.assertEqual((then["there"], then["readable"], then["size_bytes"], then["nlink"]),
                         (True, True, 4, 2))
        self.assertIn(then["path"], ("d/file", "z"))
        self.assertEqual((now["size_bytes"], now["mtime_ns"]), (11, 7))
        self.assertIn(now["path"], ("e/file", "z"))
        self.assertEqual((folder["there"], folder["readable"], folder["path"]), (True, False, "e"))
        for row in (gone, nowhere):
            self.assertEqual((row["flags"], row["size_bytes"], row["nlink"]), (0, 0, 0))
        self.assertIsNone(control.look(self.volume.path, [(1, ino)], False)[0]["path"])

    def test_many_at_once_and_paths_without_room(self):
        folder = "/".join(["n" * 200] * 4)
        os.makedirs(self.path(folder))
        for i in range(96):
            self.write(f"{folder}/{i}", b"x" * i)
        control.sync(self.volume.path)
        rows = [(1, self.number(f"{folder}/{i}")) for i in range(96)]
        seen = control.look(self.volume.path, rows)
        self.assertEqual([row["size_bytes"] for row in seen], list(range(96)))
        told = [row["path"] for row in seen if row["path"] is not None]
        self.assertEqual(told, [f"{folder}/{i}" for i in range(len(told))])
        self.assertEqual(len(told), 11264 // (len(folder) + 3))

    def test_bad_input_and_strangers(self):
        self.write("file", b"text")
        row = struct.pack("<QQQQIIII", 1, self.number("file"), 0, 0, 0, 0, 0, 0)
        bad = [struct.pack("<I28x", 0), struct.pack("<I28x", 97) + row,
               struct.pack("<II24x", 1, 1) + row, struct.pack("<IIQ16x", 1, 0, 1) + row,
               struct.pack("<I28x", 1) + struct.pack("<QQQQIIII", 1, 2, 0, 0, 2, 0, 0, 0),
               struct.pack("<I28x", 1) + struct.pack("<QQQQIIII", 1, 2, 0, 0, 0, 0, 1, 0),
               struct.pack("<I28x", 1) + row + b"\0" * 95 * 48 + b"x"]
        for argument in bad:
            with self.assertRaises(OSError) as raised:
                control.LOOK(self.volume.path, argument)
            self.assertEqual(raised.exception.errno, errno.EINVAL)

    def test_the_owner_sees_what_he_could_open(self):
        os.mkdir(self.path("closed"))
        for name in ("mine", "roots", "closed/in"):
            self.write(name, b"text")
            os.chown(self.path(name), 0 if name == "roots" else 1234, 0)
        os.chmod(self.path("roots"), 0o600)
        os.chmod(self.path("closed"), 0o700)
        os.chown(self.volume.path, 1234, 0)
        rows = [(1, self.number(name)) for name in ("mine", "roots", "closed/in")]

        def owner():
            seen = control.look(self.volume.path, rows)
            self.assertEqual([row["there"] for row in seen], [True] * 3)
            self.assertEqual([row["readable"] for row in seen], [True, False, False])
        self.as_user(owner, 1234, 1234)

        def stranger():
            with self.assertRaises(PermissionError):
                control.look(self.volume.path, rows)
        self.as_user(stranger, 2345, 2345)


class SnapshotChanges(MountedTest):
    def test_rise_with_the_list_and_with_nothing_else(self):
        def changes():
            return control.volume(self.volume.path)["snapshot_changes"]
        seen = [changes()]
        self.assertGreater(seen[0], 0)
        self.write("file", b"text")
        control.sync(self.volume.path)
        hidden = control.snapshot_create(self.volume.path, "h", flags=control.HIDDEN)
        control.snapshot_delete(self.volume.path, number=hidden["id"])
        self.assertEqual(changes(), seen[0])
        made = control.snapshot_create(self.volume.path, "s")
        seen.append(changes())
        control.snapshot_change(self.volume.path, made["id"], name="t")
        seen.append(changes())
        control.snapshot_change(self.volume.path, made["id"], control.LOCKED, control.LOCKED)
        seen.append(changes())
        control.rollback(self.volume.path, made["id"], "safety")
        seen.append(changes())
        control.snapshot_delete(self.volume.path, "safety")
        seen.append(changes())
        self.assertEqual(sorted(set(seen)), seen)


class Permissions(MountedTest):
    def test_a_stranger_may_ask_but_not_control(self):
        self.write("file", b"text")
        control.fork_write(self.path("file"), 1, 0, b"vector")
        made = control.snapshot_create(self.volume.path, "s")

        def stranger():
            self.assertEqual(control.volume(self.volume.path)["label"], "test")
            control.sync(self.volume.path)
            self.assertEqual(len(control.snapshot_list(self.volume.path)), 1)
            self.assertEqual(control.fork_read(self.path("file"), 1, 0, 10)[0], b"vector")
            for call, arguments in (
                    (control.snapshot_create, ("t",)), (control.snapshot_delete, ("s",)),
                    (control.diff, (0, made["id"])), (control.stat, (1, 1)),
                    (control.path_of, (1, 1))):
                self.assert_errno(errno.EPERM, call, self.volume.path, *arguments)
            self.assert_errno(errno.EPERM, control.fork_write, self.path("file"), 1, 0, b"x")
        self.as_user(stranger)

    def test_who_may_not_read_the_file_may_not_read_its_vectors(self):
        self.write("file", b"text")
        control.fork_write(self.path("file"), 1, 0, b"vector")
        os.chmod(self.path("file"), 0o622)

        def stranger():
            self.assert_errno(errno.EPERM, control.fork_read, self.path("file"), 1, 0, 10,
                              os.O_WRONLY)
        self.as_user(stranger)

    def test_the_owner_of_file_and_volume(self):
        os.mkdir(self.path("home"))
        os.chown(self.path("home"), 1234, 1234)

        def file_owner():
            self.write("home/file", b"text")
            control.fork_write(self.path("home/file"), 1, 0, b"mine")
            self.assert_errno(errno.EPERM, control.snapshot_create, self.volume.path, "t")
        self.as_user(file_owner, uid=1234, gid=1234)
        os.chown(self.volume.path, 4321, 4321)

        def volume_owner():
            control.snapshot_create(self.volume.path, "t")
            control.fork_write(self.path("home/file"), 1, 0, b"ours")
            self.assertEqual(control.path_of(self.volume.path, 1, 1), "")
        self.as_user(volume_owner, uid=4321, gid=4321)

    def test_the_index_folder_is_the_owners(self):
        index = self.path(".vexfs/index")
        self.assertEqual(os.stat(index).st_mode & 0o7777, 0o700)
        with open(index + "/catalog", "wb") as stream:
            stream.write(b"row")
        self.as_user(lambda: self.assert_errno(errno.EACCES, os.listdir, index))
        made = control.snapshot_create(self.volume.path, "s")
        changes = control.diff(self.volume.path, 0, made["id"])
        self.assertEqual(len(changes), 1, "what lies in the index is not in the feed")
        self.volume.remount(*self.options)
        with open(index + "/catalog", "rb") as stream:
            self.assertEqual(stream.read(), b"row")


if __name__ == "__main__":
    mounted.main()

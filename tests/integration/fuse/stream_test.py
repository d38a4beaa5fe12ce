#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: a snapshot that was sent and received is the same, by content, names, kinds, attributes and
vectors, whole or as what changed; what is cut, damaged, out of order or from elsewhere leaves
nothing; and a receiver that was killed neither. One that keeps what came can go on, wherever it was
cut and whoever was killed.

Method: two mounted volumes. Random changes between snapshots, each sent as a difference; both sides
compared file by file. A small stream is refused at every length, with bits flipped in each of its
bytes, and with frames exchanged or left out.
"""
import errno
import os
import random
import shutil
import signal
import stat
import struct
import subprocess
import tempfile
import time
import zlib

import control
import mounted
from mounted import MountedTest, Volume

TOOL = os.path.join(os.path.dirname(os.environ["VEXFS_BIN"]), "tests", "stream_tool")
NOBODY = 65534
IS_FULL = os.environ.get("VEXFS_TEST_FULL", "0") not in ("", "0")
HEAD = struct.Struct("<IIII")  # of a frame: magic, bytes of payload, kind, checksum


class Refused(OSError):
    def __init__(self, told):
        lines = told.decode().splitlines()
        super().__init__(int(lines[0].split(":")[0]), lines[0])
        self.token = lines[1]


def tool(*words, stream=None, user=None, before=()):
    who = {"user": user, "group": user, "extra_groups": []} if user else {}
    done = subprocess.run([*before, TOOL, *words], input=stream, capture_output=True, check=False,
                          **who)
    if done.returncode < 0:
        raise subprocess.CalledProcessError(done.returncode, TOOL)
    if done.returncode:
        raise Refused(done.stderr)
    return done.stdout


def send(volume, name, before="", token=""):
    return tool("send", volume.path, name, before, token)


def receive(volume, stream, name="", checkpoint="", **who):
    """checkpoint: bytes; what came of a stream that is cut is kept."""
    return int(tool("receive", volume.path, name, str(checkpoint), stream=stream, **who))


def partial(volume):
    return tool("partial", volume.path).decode().split()


def frames_of(stream):
    at, frames = 0, []
    while at < len(stream):
        end = at + HEAD.size + HEAD.unpack_from(stream, at)[1]
        frames.append(stream[at:end])
        at = end
    return frames


def forged(frames):
    """A stream of these (kind, payload), with checksums that are right."""
    out, crc = b"", 0
    for kind, payload in frames:
        head = struct.pack("<III", 0x53585856, len(payload), kind)
        crc = zlib.crc32(payload, zlib.crc32(head, crc))
        out += head + struct.pack("<I", crc) + payload
    return out


def described(top):
    """What is to be the same on both sides, by path."""
    out, links = {}, {}
    for folder, folders, files in os.walk(top):
        for name in [""] * (folder == top) + folders + files:
            path = os.path.join(folder, name)
            row = os.lstat(path)
            what = [row.st_mode, row.st_uid, row.st_gid, row.st_mtime_ns, row.st_nlink]
            if name or folder == top:
                what.append(sorted((key, os.getxattr(path, key, follow_symlinks=False))
                                   for key in os.listxattr(path, follow_symlinks=False)))
            if stat.S_ISREG(row.st_mode):
                with open(path, "rb") as stream:
                    what.append(stream.read())
                vectors = control.fork_read(path, 1, 0, 15872)
                # Bytes 24 to 31 of the header are a number of the volume's own.
                what.append((vectors[0][:24] + vectors[0][32:], vectors[1]))
                links.setdefault(row.st_ino, []).append(os.path.relpath(path, top))
            elif stat.S_ISLNK(row.st_mode):
                what.append(os.readlink(path))
            elif not stat.S_ISDIR(row.st_mode):
                what.append(row.st_rdev)
            out[os.path.relpath(path, top)] = what
    return out, sorted(sorted(names) for names in links.values() if len(names) > 1)


class StreamTest(MountedTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.mkdtemp(prefix="vexfs-test-")
        os.chmod(folder, 0o755)
        self.addCleanup(shutil.rmtree, folder)
        self.other = Volume(folder)
        self.addCleanup(self.other.close)
        self.other.mount(*self.options)

    def shot(self, volume, name):
        return os.path.join(volume.path, ".vexfs", "snapshots", name)

    def snapshot(self, name):
        return control.snapshot_create(self.volume.path, name)["id"]

    def assert_same(self, name, other=None):
        here, there = (described(self.shot(self.volume, name)),
                       described(self.shot(self.other, other or name)))
        self.assertEqual(sorted(here[0]), sorted(there[0]))
        for path, what in here[0].items():
            self.assertEqual(what, there[0][path], path)
        self.assertEqual(here[1], there[1], "hard links")

    def assert_nothing_left(self, *names):
        rows = control.snapshot_list(self.other.path, flags=control.HIDDEN)
        self.assertEqual([row["name"] for row in rows], list(names))

    def fill(self):
        os.makedirs(self.path("a", "b", "empty"))
        self.write("a/file", b"content " * 5000)
        self.write("a/b/small", b"x")
        self.write("none", b"")
        with open(self.path("sparse"), "wb") as stream:
            stream.write(b"begin")
            stream.seek(5 << 20)
            stream.write(b"middle")
            stream.truncate(9 << 20)
        os.link(self.path("a", "file"), self.path("linked"))
        os.symlink("a/file", self.path("pointer"))
        os.mkfifo(self.path("pipe"))
        os.mknod(self.path("device"), 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        os.setxattr(self.path("a", "file"), "user.color", b"blue\0green")
        os.setxattr(self.path("a"), "user.big", bytes(range(256)) * 200)
        os.setxattr(self.path("a"), "system.posix_acl_default",
                    struct.pack("<IHHIHHIHHIHHIHHI", 2, 1, 7, 0xffffffff, 2, 5, 1000, 4, 5,
                                0xffffffff, 0x10, 5, 0xffffffff, 0x20, 0, 0xffffffff))
        os.chown(self.path("a", "b", "small"), 1000, 1001)
        os.chmod(self.path("a", "b", "small"), 0o4755)
        control.fork_write(self.path("a", "file"), 1, 0, self.vectors("a/file"))
        os.utime(self.path("a"), ns=(10**18 + 1, 10**18 + 2))
        os.utime(self.volume.path, ns=(10**18 + 3, 10**18 + 4))

    def vectors(self, name):
        control.sync(self.volume.path)
        ino = os.stat(self.path(name)).st_ino
        generation = control.stat(self.volume.path, 1, ino)["data_generation"]
        head = struct.pack("<IIIBBHIIQQ16s64s40x", 0x31565856, 160, 8, 3, 1, 0, 1, 48, generation,
                           40000, b"hash", b"model")
        return head + struct.pack("<QQfIQ", 0, 40000, 1.0, 0, 0) + bytes(range(8)) + bytes(8)

    def generations(self, path):
        number = control.volume(path)
        row = control.stat(path, number["tree"], number["ino"])
        return struct.unpack_from("<Q", control.fork_read(path, 1, 0, 160)[0], 24)[0], \
            row["data_generation"]


class RoundTrip(StreamTest):
    def test_whole(self):
        self.fill()
        self.snapshot("one")
        receive(self.other, send(self.volume, "one"))
        self.assert_same("one")
        there = os.path.join(self.shot(self.other, "one"))
        self.assertLess(os.stat(there + "/sparse").st_blocks * 512, 1 << 20)
        self.assertEqual(*self.generations(there + "/a/file"), "vectors are of this data")
        row, = control.snapshot_list(self.other.path)
        self.assertEqual(row["flags"], 0)
        self.assert_nothing_left("one")
        self.other.remount()
        self.assert_same("one")
        self.other.umount()
        checked = self.other.fsck("--data")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_what_changed(self):
        self.fill()
        self.snapshot("one")
        receive(self.other, send(self.volume, "one"), "first")
        os.rename(self.path("a"), self.path("new"))
        os.rename(self.path("new", "b"), self.path("up"))
        os.unlink(self.path("linked"))
        os.rename(self.path("none"), self.path("up", "none"))
        os.unlink(self.path("pipe"))
        self.write("pipe", b"a file of that name now")
        with open(self.path("sparse"), "r+b") as stream:
            stream.write(b"BEGIN")
            stream.truncate(6 << 20)
        with open(self.path("new", "file"), "r+b") as stream:
            stream.seek(8192)
            stream.write(b"changed")
        os.removexattr(self.path("new", "file"), "user.color")
        os.chmod(self.path("up"), 0o700)
        os.mkdir(self.path("a"))
        os.rename(self.path("up", "small"), self.path("a", "b"))
        self.snapshot("two")
        stream = send(self.volume, "two", "one")
        self.assertLess(len(stream), 60000, "only what is different")
        receive(self.other, stream)
        self.assert_same("two")
        self.assert_same("one", "first")
        self.assert_nothing_left("first", "two")

    def test_a_further_name_leaves_the_first_ones_folder_as_it_was(self):
        for name in ("a", "b"):
            os.mkdir(self.path(name))
        self.write("a/file", b"content")
        self.snapshot("one")
        receive(self.other, send(self.volume, "one"))
        os.link(self.path("a", "file"), self.path("b", "more"))
        self.snapshot("two")
        receive(self.other, send(self.volume, "two", "one"))
        self.assert_same("two")

    def test_two_exchange_their_names(self):
        for name in ("a", "b"):
            os.mkdir(self.path(name))
            self.write(name + "/in", name.encode())
        self.snapshot("one")
        receive(self.other, send(self.volume, "one"))
        os.rename(self.path("a"), self.path("c"))
        os.rename(self.path("b"), self.path("a"))
        os.rename(self.path("c"), self.path("a", "b"))
        self.snapshot("two")
        receive(self.other, send(self.volume, "two", "one"))
        self.assert_same("two")

    def test_random_changes_again_and_again(self):
        seed = int(os.environ.get("VEXFS_TEST_SEED", "5"))
        print(f"seed={seed}")
        draw = random.Random(seed)
        before = ""
        for round_ in range(20 if IS_FULL else 5):
            for _ in range(60):
                self.change(draw)
            name = f"s{round_}"
            self.snapshot(name)
            receive(self.other, send(self.volume, name, before))
            self.assert_same(name)
            before = name

    def change(self, draw):
        folders = [folder for folder, _, _ in os.walk(self.volume.path) if ".vexfs" not in folder]
        files = [os.path.join(folder, name) for folder in folders for name in os.listdir(folder)
                 if os.path.isfile(os.path.join(folder, name))]
        fresh = os.path.join(draw.choice(folders), f"n{draw.randrange(30)}")
        try:
            kind = draw.randrange(8)
            if kind == 0:
                os.mkdir(fresh)
            elif kind == 1 or not files:
                with open(fresh, "wb") as stream:
                    stream.write(draw.randbytes(draw.randrange(200000)))
            elif kind == 2:
                os.rename(draw.choice(files + folders[1:]), fresh)
            elif kind == 3:
                os.link(draw.choice(files), fresh)
            elif kind == 4:
                os.unlink(draw.choice(files))
            elif kind == 5:
                with open(draw.choice(files), "r+b") as stream:
                    stream.seek(draw.randrange(100000))
                    stream.write(draw.randbytes(5000))
            elif kind == 6:
                os.setxattr(draw.choice(files), f"user.{draw.randrange(3)}", draw.randbytes(30))
            else:
                shutil.rmtree(draw.choice(folders[1:])) if draw.randrange(5) == 0 else None
        except (OSError, IndexError):
            pass  # what cannot be is another kind of change


class GoingOn(StreamTest):
    def assert_cut(self, stream, checkpoint=1, name=""):
        """The token with which to go on, if any."""
        with self.assertRaises(Refused) as caught:
            receive(self.other, stream, name, checkpoint)
        self.assertEqual(caught.exception.errno, errno.EBADMSG)
        return caught.exception.token

    def free(self):
        control.sync(self.other.path)
        return control.volume(self.other.path)["free_bytes"]

    def wait_for_room(self, wanted):
        deadline = time.monotonic() + 60
        while self.free() < wanted:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def changed(self):
        """fill(), sent; then changes of all kinds, of which it returns the stream."""
        self.fill()
        self.write("big", os.urandom(700 << 10))
        self.snapshot("one")
        receive(self.other, send(self.volume, "one"))
        os.rename(self.path("a", "b"), self.path("up"))
        self.write("up/fresh", os.urandom(300 << 10))
        control.fork_write(self.path("up", "fresh"), 1, 0, self.vectors("up/fresh"))
        with open(self.path("big"), "r+b") as stream:
            for at in (0, 256 << 10, 600 << 10):
                stream.seek(at)
                stream.write(os.urandom(9000))
        with open(self.path("sparse"), "r+b") as stream:
            stream.seek(1 << 20)
            stream.write(b"more")
        os.setxattr(self.path("up", "small"), "user.x", b"y")
        os.chmod(self.path("up"), 0o500)
        self.snapshot("two")
        return send(self.volume, "two", "one")

    def cuts(self, stream):
        """At the border of each frame, and somewhere in it; all but a few fall out when short."""
        draw = random.Random(3)
        at, cuts = 0, []
        for frame in frames_of(stream):
            cuts += [at, at + draw.randrange(1, len(frame))]
            at += len(frame)
        return cuts if IS_FULL else draw.sample(cuts, min(len(cuts), 24))

    def test_wherever_it_was_cut(self):
        stream = self.changed()
        shorter = 0
        for cut in self.cuts(stream):
            with self.subTest(cut=cut):
                token = self.assert_cut(stream[:cut])
                self.assertEqual(partial(self.other), [token] if token else [])
                self.assertEqual([row["name"] for row in control.snapshot_list(self.other.path)],
                                 ["one"], "nobody sees it")
                rest = send(self.volume, "", "", token) if token else stream
                shorter += len(rest) < len(stream)
                receive(self.other, rest)
                self.assert_same("two")
                there = self.shot(self.other, "two") + "/up/fresh"
                self.assertEqual(*self.generations(there), "vectors are of this data")
                self.assert_nothing_left("one", "two")
                self.assertEqual(partial(self.other), [])
                control.snapshot_delete(self.other.path, "two")
        self.assertGreater(shorter, 5)

    def test_cut_again_and_again(self):
        stream = self.changed()
        cuts = 0
        step = 140 << 10  # more than the largest frame
        while len(stream) > step:
            token = self.assert_cut(stream[:step], name="wanted" if not cuts else "")
            stream = send(self.volume, "two", "one", token)
            cuts += 1
            self.assertLess(cuts, 60)
        receive(self.other, stream)
        self.assertGreater(cuts, 1)
        self.assert_same("two", "wanted")
        self.assert_nothing_left("one", "wanted")

    def test_whoever_was_killed(self):
        self.write("first", b"x")
        for i in range(40):
            self.write(f"f{i}", os.urandom(100 << 10))
        control.fork_write(self.path("f3"), 1, 0, self.vectors("f3"))
        self.snapshot("one")
        stream = send(self.volume, "one")
        for i, victim in enumerate(("receiver", "driver") * (10 if IS_FULL else 2)):
            with self.subTest(victim=victim):
                name = f"got{i}"
                process = subprocess.Popen(
                    [TOOL, "receive", self.other.path, name, str(200 << 10)],
                    stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
                process.stdin.write(stream[:len(stream) * (i + 2) // 8])
                process.stdin.flush()
                deadline = time.monotonic() + 60
                while not partial(self.other):
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.01)
                if victim == "driver":
                    self.other.kill()
                else:
                    process.kill()
                process.stdin.close()
                process.wait()
                if victim == "driver":
                    checked = self.other.fsck("--data")
                    self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
                    self.other.mount()
                token, = partial(self.other)
                rest = send(self.volume, "", "", token)
                self.assertLess(len(rest), len(stream))
                receive(self.other, rest)
                self.assert_same("one", name)
                self.assertEqual(partial(self.other), [])
        self.other.umount()
        checked = self.other.fsck("--data")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def shut(self):
        """A snapshot of what keeps its owner out, and one of changes in it; their streams."""
        for folder, mode in (("open", 0o755), ("open/shut", 0), ("read", 0o500),
                             ("read/in", 0o600), ("group", 0o2750), ("from", 0o755)):
            os.mkdir(self.path(folder))
            self.write(f"{folder}/file", folder.encode())
            os.chmod(self.path(folder, "file"), 0o4711 if mode == 0o755 else 0)
            self.write(f"{folder}/stays", b"x")
            os.chmod(self.path(folder), mode)
        os.mkdir(self.path("from", "moved"), 0o500)
        for at, folders, files in os.walk(self.volume.path):
            for name in folders + files:
                os.chown(os.path.join(at, name), NOBODY, NOBODY)
        # Giving it away has taken these.
        for folder in ("open", "from"):
            os.chmod(self.path(folder, "file"), 0o4711)
        os.chmod(self.path("group"), 0o2750)
        os.chown(self.volume.path, NOBODY, NOBODY)
        os.chmod(self.volume.path, 0o555)
        self.snapshot("one")
        os.rename(self.path("read", "file"), self.path("read", "renamed"))
        os.unlink(self.path("group", "file"))
        os.rename(self.path("from", "moved"), self.path("read", "moved"))
        self.write("read/more", b"more")
        os.chown(self.path("read", "more"), NOBODY, NOBODY)
        self.write("open/file", b"other")
        os.chmod(self.path("open", "file"), 0o4500)
        self.snapshot("two")
        # As if he had made it.
        for own in (self.other.path, os.path.join(self.other.path, ".vexfs", "index")):
            os.chown(own, NOBODY, NOBODY)
        return send(self.volume, "one"), send(self.volume, "two", "one")

    def test_by_an_owner_who_is_not_root(self):
        for name, stream in zip(("one", "two"), self.shut()):
            receive(self.other, stream, user=NOBODY)
            self.assert_same(name)
            self.assertEqual(stat.S_IMODE(os.stat(self.shot(self.other, name)).st_mode), 0o555)
        self.assertEqual(stat.S_IMODE(os.stat(self.shot(self.other, "two")
                                              + "/open/file").st_mode), 0o4500)

    def test_killed_where_attributes_of_folders_are_set(self):
        """each of them shuts out an owner who is not root; he goes on nevertheless"""
        for name, stream in zip(("one", "two"), self.shut()):
            kills = 0
            while self.is_killed_at_folder(kills + 1, stream):
                kills += 1
                with self.subTest(name=name, kill=kills):
                    token, = tool("partial", self.other.path, user=NOBODY).decode().split()
                    rest = send(self.volume, "", "", token)
                    self.assertLess(len(rest), 300, "all files are there")
                    receive(self.other, rest, user=NOBODY)
                    self.assert_same(name)
                    control.snapshot_delete(self.other.path, name)
            self.assert_same(name)
            self.assertGreater(kills, 3)

    def is_killed_at_folder(self, number, stream):
        """False when there are not so many."""
        strace = ["strace", "-qq", "-o", "/dev/null", "-e", "trace=fchmod", "-e",
                  f"inject=fchmod:signal=SIGKILL:when={number}"]
        try:
            receive(self.other, stream, "", 1 << 20, user=NOBODY, before=strace)
        except subprocess.CalledProcessError as killed:
            self.assertEqual(killed.returncode, -signal.SIGKILL)
            return True
        return False

    def test_what_is_kept_takes_up_space_until_it_is_dropped(self):
        self.write("big", os.urandom(8 << 20))
        self.write("last", b"x")
        self.snapshot("one")
        stream = send(self.volume, "one")
        free = self.free()
        token = self.assert_cut(stream[:-400])
        self.assertLess(self.free(), free - (7 << 20))
        self.assert_errno(errno.EINVAL, tool, "drop", self.other.path, token[:-1])
        tool("drop", self.other.path, token)
        self.assert_errno(errno.ENOENT, tool, "drop", self.other.path, token)
        self.assert_nothing_left()
        self.wait_for_room(free - (1 << 20))
        self.assert_errno(errno.ENOENT, receive, self.other, send(self.volume, "", "", token))

    def test_tokens_and_streams_that_do_not_fit(self):
        stream = self.changed()
        token = self.assert_cut(stream[:-500])
        for wrong in ("", "x", token[:-2], token + "00", token[:-1] + ("0" if token[-1] != "0"
                                                                      else "1"),
                      token.replace("vexfs1-", "vexfs2-"), token[:20] + "g" + token[21:]):
            if wrong:
                self.assert_errno(errno.EINVAL, send, self.volume, "", "", wrong)
        self.assert_errno(errno.EINVAL, send, self.volume, "one", "", token)
        self.assert_errno(errno.EINVAL, send, self.volume, "two", "two", token)
        self.assert_errno(errno.ESTALE, send, self.other, "", "", token)
        # Another stream does not touch it; the same from its beginning takes its place.
        receive(self.other, send(self.volume, "two"), "whole")
        self.assertEqual(partial(self.other), [token])
        rest = send(self.volume, "", "", token)
        earlier = self.assert_cut(stream[:len(stream) // 2])
        self.assertNotEqual(earlier, token)
        self.assertEqual(partial(self.other), [earlier])
        self.assert_errno(errno.ESTALE, receive, self.other, rest)
        # A name that is taken, and a damaged rest, leave it as it was.
        rest = send(self.volume, "", "", earlier)
        self.assert_errno(errno.EEXIST, receive, self.other, rest, "whole")
        damaged = bytearray(rest)
        damaged[len(rest) // 2] ^= 1
        self.assertGreaterEqual(len(self.assert_cut(bytes(damaged))), len(earlier))
        # The receiver needs what the difference is from no more, the sender does.
        control.snapshot_delete(self.other.path, "one")
        rest = send(self.volume, "", "", partial(self.other)[0])
        token, = partial(self.other)
        control.snapshot_delete(self.volume.path, "one")
        self.assert_errno(errno.ENOENT, send, self.volume, "", "", token)
        receive(self.other, rest)
        self.assert_same("two")
        self.assertEqual(partial(self.other), [])

    def test_a_volume_that_is_full_on_the_way(self):
        self.write("small", b"x" * 100000)
        self.write("big", os.urandom(60 << 20))
        self.snapshot("one")
        with open(os.path.join(self.other.path, "filler"), "wb") as stream:
            stream.write(os.urandom(190 << 20))
        with self.assertRaises(Refused) as caught:
            receive(self.other, send(self.volume, "one"), "", 4 << 20)
        self.assertEqual(caught.exception.errno, errno.ENOSPC)
        token = caught.exception.token
        self.assertEqual(len(partial(self.other)), 1)
        os.unlink(os.path.join(self.other.path, "filler"))
        self.wait_for_room(150 << 20)
        receive(self.other, send(self.volume, "", "", token))
        self.assert_same("one")


class Refusals(StreamTest):
    def small(self):
        os.mkdir(self.path("dir"))
        self.write("dir/file", b"content")
        os.setxattr(self.path("dir", "file"), "user.x", b"1")
        self.snapshot("one")
        return send(self.volume, "one")

    def assert_refused(self, wanted, stream, name=""):
        with self.assertRaises(OSError) as caught:
            receive(self.other, stream, name)
        self.assertEqual(os.strerror(caught.exception.errno), os.strerror(wanted))
        self.assertEqual(caught.exception.token, "", "nothing is kept that nobody asked to keep")

    def test_of_what_to_send(self):
        self.snapshot("one")
        control.snapshot_create(self.volume.path, "clone", flags=control.WRITABLE)
        for wanted, name, before in ((errno.ENOENT, "none", ""), (errno.ENOENT, "one", "none"),
                                     (errno.EINVAL, "clone", "")):
            self.assert_errno(wanted, send, self.volume, name, before)

    def test_cut_anywhere(self):
        stream = self.small()
        step = 1 if IS_FULL else 7
        for length in range(0, len(stream), step):
            self.assert_refused(errno.EBADMSG, stream[:length])
        self.assert_nothing_left()

    def test_bits_that_flipped(self):
        stream = self.small()
        for at in range(0, len(stream), 1 if IS_FULL else 11):
            damaged = bytearray(stream)
            damaged[at] ^= 1 << at % 8
            self.assert_refused(errno.EBADMSG, bytes(damaged))
        self.assert_nothing_left()

    def test_frames_that_are_missing_or_out_of_order(self):
        frames = frames_of(self.small())
        for at in range(1, len(frames)):
            self.assert_refused(errno.EBADMSG, b"".join(frames[:at] + frames[at + 1:]))
            if at + 1 < len(frames):
                self.assert_refused(errno.EBADMSG, b"".join(
                    frames[:at] + [frames[at + 1], frames[at]] + frames[at + 2:]))
        self.assert_nothing_left()

    def test_well_made_streams_that_reach_outside(self):
        os.mkdir(os.path.join(self.other.path, "victim"))
        frames = frames_of(self.small())
        head = (1, frames[0][HEAD.size:])
        number = struct.pack("<Q", 7)
        link = [(5, number + struct.pack("<IQ", 0o120777, 0) + b"/"), (7, number + b"out")]
        for evil in ([(4, b"../victim")], [(4, b"/victim")], [(3, b"")], [(8, b"../../..")],
                     [(2, number + b".vexfs-receive")], [(4, b"x/../../victim")],
                     link + [(8, b"out/etc/passwd")], link + [(4, b"out/victim")],
                     [(9, number + b"data of no file")], [(99, b"")], [(8, b""), (9, number)],
                     [(5, number + struct.pack("<IQ", 0o40700, 0))]):
            self.assert_refused_any(forged([head] + evil + [(16, struct.pack(
                "<Q", 1 + len(evil)))]))
        self.assert_refused(errno.EPROTONOSUPPORT,
                            forged([(1, struct.pack("<I", 2) + head[1][4:])]))
        self.assertEqual(os.listdir(self.other.path), ["victim"])
        self.assert_nothing_left()

    def assert_refused_any(self, stream):
        with self.assertRaises(OSError):
            receive(self.other, stream)

    def test_what_is_no_stream(self):
        self.assert_refused(errno.EBADMSG, b"")
        self.assert_refused(errno.EBADMSG, b"#!/bin/sh\n" * 100)

    def test_without_what_it_builds_on(self):
        self.small()
        self.write("dir/file", b"changed")
        self.snapshot("two")
        self.assert_refused(errno.ENOENT, send(self.volume, "two", "one"))
        self.assert_nothing_left()

    def test_a_name_that_is_taken(self):
        stream = self.small()
        receive(self.other, stream)
        self.assert_refused(errno.EEXIST, stream)
        self.assert_refused(errno.EINVAL, stream, "a/b")
        self.assert_nothing_left("one")

    def test_a_receiver_that_is_killed_leaves_nothing(self):
        self.write("big", os.urandom(8 << 20))
        self.snapshot("one")
        stream = send(self.volume, "one")
        process = subprocess.Popen([TOOL, "receive", self.other.path], stdin=subprocess.PIPE)
        process.stdin.write(stream[:len(stream) // 2])
        process.stdin.flush()
        deadline = time.monotonic() + 20
        while len(control.snapshot_list(self.other.path, flags=control.HIDDEN)) == 0:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)
        self.assert_refused(errno.EBUSY, stream)
        self.assertEqual(control.snapshot_list(self.other.path), [])
        process.kill()
        process.wait()
        process.stdin.close()
        self.assertEqual(control.snapshot_list(self.other.path), [])
        self.assertEqual(os.listdir(self.shot(self.other, "")), [])
        receive(self.other, stream)
        self.assert_nothing_left("one")
        self.assert_same("one")

    def test_a_full_volume(self):
        self.write("big", os.urandom(60 << 20))
        self.snapshot("one")
        with open(os.path.join(self.other.path, "filler"), "wb") as stream:
            stream.write(os.urandom(190 << 20))
        self.assert_refused(errno.ENOSPC, send(self.volume, "one"))
        self.assert_nothing_left()


if __name__ == "__main__":
    mounted.main()

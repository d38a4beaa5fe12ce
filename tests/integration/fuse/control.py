# SPDX-License-Identifier: Apache-2.0
"""The control ABI (kernel/include/uapi/vexfs/ioctl.h) for tests, packed by hand on purpose: a
change of the header that breaks the ABI must break these tests."""
import fcntl
import math
import os
import struct

READ, WRITE = 2, 1


def command(direction, number, size, kind="V"):
    return direction << 30 | size << 16 | ord(kind) << 8 | number


class Call:
    def __init__(self, direction, number, size, kind="V"):
        self.size = size
        self.command = command(direction, number, size, kind)

    def __call__(self, path, argument=b"", flags=os.O_RDONLY):
        """The argument as the driver left it."""
        fd = os.open(path, flags)
        try:
            return self.on(fd, argument)
        finally:
            os.close(fd)

    def on(self, fd, argument=b""):
        buffer = bytearray(self.size)
        buffer[:len(argument)] = argument
        fcntl.ioctl(fd, self.command, buffer, True)
        return bytes(buffer)


VOLUME = Call(READ, 0x40, 488)
SYNC = Call(READ, 0x41, 32)
WAIT = Call(READ | WRITE, 0x42, 40)
SNAPSHOT_CREATE = Call(READ | WRITE, 0x43, 328)
SNAPSHOT_DELETE = Call(WRITE, 0x44, 288)
SNAPSHOT_LIST = Call(READ | WRITE, 0x45, 32 + 48 * 320)
DIFF = Call(READ | WRITE, 0x46, 64 + 900 * 16)
STAT = Call(READ | WRITE, 0x47, 120)
PATH = Call(READ | WRITE, 0x48, 4136)
FORK_READ = Call(READ | WRITE, 0x49, 24 + 15872)
FORK_WRITE = Call(WRITE, 0x4a, 24 + 15872)
STATS = Call(READ, 0x4b, 16 + 256 * 56)
SCRUB = Call(READ | WRITE, 0x50, 128)
SCRUB_LIST = Call(READ | WRITE, 0x51, 32 + 200 * 64)
GROW = Call(READ, 0x52, 32)
LABEL = Call(WRITE, 0x53, 272)
SEARCH = Call(READ | WRITE, 0x54, 160 + 4096 + 240 * 48)
SNAPSHOT_CHANGE = Call(WRITE, 0x55, 304)
ROLLBACK = Call(READ | WRITE, 0x56, 320)
SNAPSHOT_SPACE = Call(READ | WRITE, 0x57, 64 + 900 * 16)
LOOK = Call(READ | WRITE, 0x58, 32 + 96 * 48 + 11264)
FITRIM = Call(READ | WRITE, 121, 24, "X")  # of every filesystem

LIVE, INDEX = 1, 2
COSINE, L2, DOT = 1, 2, 3
SCALAR, EXACT = 1, 2  # of a search
STALE = 1  # of a hit
SCRUB_STATUS, SCRUB_START, SCRUB_STOP = 0, 1, 2
SCRUB_NONE, SCRUB_RUNNING, SCRUB_DONE, SCRUB_STOPPED = 0, 1, 2, 3
WRITABLE, HIDDEN, LOCKED, STAGING = 1, 2, 4, 8
CHANGE_NAME = 1 << 31
CREATED, REMOVED, DATA, ATTRS, NAMES, XATTRS, VECTORS, ENTRIES, RENAMED = (
    1 << i for i in range(9))


def text(data):
    return data.split(b"\0", 1)[0].decode(errors="surrogateescape")


def volume(path):
    out = VOLUME(path)
    abi, flags = struct.unpack_from("<II", out, 0)
    names = ("generation", "live_generation", "size_bytes", "free_bytes", "snapshots", "inodes",
             "vectors_bytes", "tree", "ino")
    row = dict(zip(names, struct.unpack_from("<9Q", out, 24)))
    row["snapshot_changes"], = struct.unpack_from("<Q", out, 368)
    row["format_version"], row["block_bytes"] = struct.unpack_from("<II", out, 96)
    return {**row, "abi": abi, "flags": flags, "uuid": out[8:24], "label": text(out[104:360])}


def sync(path):
    return struct.unpack_from("<Q", SYNC(path))[0]


def wait(path, since, timeout_ms):
    return struct.unpack_from("<QIIQ", WAIT(path, struct.pack("<QI", since, timeout_ms)))[3]


def look(path, rows, wants_path=True):
    """What can be seen of inodes (tree, number): dicts in the same order."""
    argument = struct.pack("<I28x", len(rows)) + b"".join(
        struct.pack("<QQQQIIII", *row, 0, 0, int(wants_path), 0, 0, 0) for row in rows)
    out = LOOK(path, argument)
    seen = []
    for i in range(len(rows)):
        row = dict(zip(("tree", "ino", "size_bytes", "mtime_ns", "flags", "nlink", "path_at"),
                       struct.unpack_from("<4Q3I", out, 32 + 48 * i)))
        row["path"] = None
        if row["flags"] & 1:
            row["path"] = text(out[32 + 96 * 48 + row["path_at"]:])
        seen.append({**row, "there": bool(row["flags"] & 2), "readable": bool(row["flags"] & 4)})
    return seen


def snapshot_create(path, name, source=LIVE, flags=0):
    argument = struct.pack("<QIIQQQ32x", source, flags, 0, 0, 0, 0) + os.fsencode(name)
    out = SNAPSHOT_CREATE(path, argument)
    return dict(zip(("id", "generation", "created_ns"), struct.unpack_from("<3Q", out, 16)))


def snapshot_delete(path, name="", number=0):
    SNAPSHOT_DELETE(path, struct.pack("<Q24x", number) + os.fsencode(name))


def snapshot_change(path, number, what=0, flags=0, name=None):
    what |= 0 if name is None else CHANGE_NAME
    SNAPSHOT_CHANGE(path, struct.pack("<QII32x", number, what, flags) + os.fsencode(name or ""))


def rollback(path, number, name, flags=0):
    """The id of the safety snapshot."""
    out = ROLLBACK(path, struct.pack("<QI52x", number, flags) + os.fsencode(name))
    return struct.unpack_from("<Q", out, 16)[0]


def snapshot_space(path, ranges, referenced=False):
    """How many snapshots, the bytes that they would give back, and that they refer to."""
    out = SNAPSHOT_SPACE(path, struct.pack("<II56x", len(ranges), int(referenced)) +
                         b"".join(struct.pack("<QQ", *row) for row in ranges))
    return struct.unpack_from("<3Q", out, 8)


def snapshot_list(path, after=0, flags=0):
    out = SNAPSHOT_LIST(path, struct.pack("<QI", after, flags))
    count = struct.unpack_from("<I", out, 12)[0]
    rows = []
    for at in range(32, 32 + count * 320, 320):
        number, source, generation, created_ns, row_flags = struct.unpack_from("<4QI", out, at)
        rows.append({"id": number, "source": source, "generation": generation,
                     "created_ns": created_ns, "flags": row_flags,
                     "inodes": struct.unpack_from("<Q", out, at + 40)[0],
                     "name": text(out[at + 64:at + 320])})
    return rows


def diff(path, before, after):
    """ino to (kinds, mode), over as many calls as it takes."""
    changes, last = {}, 0
    while True:
        out = DIFF(path, struct.pack("<3Q", before, after, last))
        count, flags = struct.unpack_from("<II", out, 24)
        for at in range(64, 64 + count * 16, 16):
            ino, kinds, mode = struct.unpack_from("<QII", out, at)
            if ino <= last:
                raise AssertionError("rows are not in order of inode number")
            changes[ino] = (kinds, mode)
            last = ino
        if flags & 1:
            return changes
        if count == 0:
            raise AssertionError("no rows and no end")


def stat(path, tree, ino):
    out = STAT(path, struct.pack("<QQ", tree, ino))
    names = ("mode", "nlink", "uid", "gid")
    row = dict(zip(names, struct.unpack_from("<4I", out, 16)))
    names = ("size_bytes", "allocated_bytes", "vectors_bytes", "data_generation", "mtime_ns",
             "ctime_ns", "btime_ns")
    return {**row, **dict(zip(names, struct.unpack_from("<7Q", out, 32)))}


def path_of(path, tree, ino, index=0):
    return text(PATH(path, struct.pack("<QQI", tree, ino, index))[40:])


def fork_read(path, fork, offset, length, flags=os.O_RDONLY):
    out = FORK_READ(path, struct.pack("<IIQ", fork, length, offset), flags)
    got, = struct.unpack_from("<I", out, 4)
    return out[24:24 + got], struct.unpack_from("<Q", out, 16)[0]


def fork_write(path, fork, offset, content, truncate=False):
    FORK_WRITE(path, struct.pack("<IIQII", fork, len(content), offset, int(truncate), 0) + content)


def stats(path):
    out = STATS(path)
    count = struct.unpack_from("<I", out, 0)[0]
    return {text(out[at:at + 40]): struct.unpack_from("<Q", out, at + 40)[0]
            for at in range(16, 16 + count * 56, 56)}


def scrub(path, action=SCRUB_STATUS, rate_bytes=0):
    out = SCRUB(path, struct.pack("<IIQ", action, 0, rate_bytes))
    names = ("rate_bytes", "done_bytes", "used_bytes", "findings", "rows", "started_ns",
             "ended_ns")
    return {"state": struct.unpack_from("<I", out, 4)[0],
            **dict(zip(names, struct.unpack_from("<7Q", out, 8)))}


def scrub_list(path, first=0):
    out = SCRUB_LIST(path, struct.pack("<Q", first))
    rows = []
    for at in range(32, 32 + 64 * struct.unpack_from("<I", out, 8)[0], 64):
        tree, ino, block, error = struct.unpack_from("<QQQI", out, at)
        rows.append({"tree": tree, "ino": ino, "block": block, "error": error,
                     "what": text(out[at + 32:at + 64])})
    return rows


def grow(path):
    return struct.unpack_from("<Q", GROW(path))[0]


def set_label(path, label):
    LABEL(path, os.fsencode(label))


def vector_fork(model, vectors, data_generation=0, scale=1.0):
    """The bytes of fork 1 for rows of int8 elements."""
    dimension = len(vectors[0])
    record_bytes = (32 + dimension + 15) // 16 * 16
    fork = struct.pack("<IIIBBHIIQQ16s64s40x", 0x31565856, 160, dimension, 3, COSINE, 0,
                       len(vectors), record_bytes, data_generation, 1 << 20, b"", model.encode())
    for number, vector in enumerate(vectors):
        record = struct.pack("<QQfI8x", number, number + 10, scale, number + 1)
        fork += (record + struct.pack(f"{dimension}b", *vector)).ljust(record_bytes, b"\0")
    return fork


def search_argument(query, hits=10, tree=LIVE, model="model", metric=COSINE, flags=0, scale=1.0):
    return struct.pack(f"<QIIIIfI64s64x{len(query)}b", tree, flags, len(query), metric, hits,
                       scale, 0, model.encode(), *query)


def search(path, query, **options):
    """(hits nearest first, counts), of a search with the descriptor of @path."""
    return search_answer(SEARCH(path, search_argument(query, **options)))


def search_answer(out):
    count, = struct.unpack_from("<I", out, 20)
    counts = dict(zip(("scanned", "skipped", "damaged", "segment"),
                      struct.unpack_from("<4Q", out, 96)))
    rows = []
    for at in range(4256, 4256 + 48 * count, 48):
        ino, begin, end, score, record, page, flags, zero = struct.unpack_from("<QQQqIIII", out, at)
        if zero:
            raise AssertionError("a reserved field is not zero")
        rows.append({"ino": ino, "range": (begin, end), "score": score / 2 ** 32,
                     "record": record, "page": page, "flags": flags})
    if any(out[4256 + 48 * count:]):
        raise AssertionError("something lies behind the last hit")
    return rows, counts


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def padded(data):
    return data + bytes(-len(data) % 64)


def segment(uuid, generation, nodes, model="model", tree=LIVE, metric=COSINE):
    """A sealed segment (core/vector/SEGMENT.md) in which each of @nodes, (ino, record, codes), is
    linked to all others."""
    dimension, links = len(nodes[0][2]), len(nodes)
    entries = padded(struct.pack("<I", 0))
    rows = padded(b"".join(struct.pack("<QQQII", ino, record, record + 10, record, record + 1)
                           for ino, record, _ in nodes))
    body = b""
    for _, _, codes in nodes:
        square = sum(code * code for code in codes)
        reciprocal = (1 << 55) // math.isqrt(square << 32) if square else 0
        body += padded(struct.pack(f"{dimension}b", *codes))
        body += padded(struct.pack(f"<QIfiI{links}I", reciprocal, square, 1.0, sum(codes), 0,
                                   *range(links)))
    content = entries + rows + body
    sums = b"".join(struct.pack("<I", crc32c(content[at:at + 65536]))
                    for at in range(0, len(content), 65536))
    at = [4096, 4096 + len(entries), 4096 + len(entries) + len(rows), 4096 + len(content)]
    header = struct.pack("<I16sQQ64sIBBHIIIIQQQQQII", 2, uuid, tree, generation, model.encode(),
                         dimension, 3, metric, links, len(nodes), 1, (dimension + 63) // 64 * 64,
                         len(body) // len(nodes), *at, 4096 + len(content) + len(sums),
                         crc32c(sums), 0).ljust(4084, b"\0")
    return b"VexFSSeg" + struct.pack("<I", crc32c(header)) + header + content + sums

# SPDX-License-Identifier: Apache-2.0
"""What an index holds, to be compared: the rows of its catalog, the vector forks of its files, and
its answers. Inode numbers and times of indexing are left out: they differ where nothing else does.
"""
import ctypes
import fcntl
import glob
import hashlib
import os
import shutil
import sqlite3
import struct
import tempfile

# _IOWR('V', 0x49, struct vexfs_ioc_fork_read) of vexfs/ioctl.h.
FORK_HEADER = struct.Struct("<IIQQ")
FORK_DATA = 15872
FORK_READ = (3 << 30) | ((FORK_HEADER.size + FORK_DATA) << 16) | (ord("V") << 8) | 0x49
FORK_VECTORS = 1

FILE_COLUMNS = ("state reason mime title size mtime text_bytes chunk_count model text_hash author "
                "language document_date")


def fork_hash(path):
    """Of the vectors that are stored with a file, '' where there are none."""
    whole = hashlib.sha256()
    offset = 0
    with open(path, "rb") as stream:
        while True:
            call = bytearray(FORK_HEADER.size + FORK_DATA)
            FORK_HEADER.pack_into(call, 0, FORK_VECTORS, FORK_DATA, offset, 0)
            fcntl.ioctl(stream, FORK_READ, call)
            _, count, _, _ = FORK_HEADER.unpack_from(call)
            if count == 0:
                return whole.hexdigest() if offset else ""
            whole.update(call[FORK_HEADER.size:FORK_HEADER.size + count])
            offset += count


ZSTD = ctypes.CDLL("libzstd.so.1")
ZSTD.ZSTD_getFrameContentSize.restype = ctypes.c_ulonglong
ZSTD.ZSTD_decompress.restype = ctypes.c_size_t


def unpacked(value):
    """What the daemon's SQL function of that name gives."""
    if not isinstance(value, bytes):
        return value
    size = ZSTD.ZSTD_getFrameContentSize(value, ctypes.c_size_t(len(value)))
    out = ctypes.create_string_buffer(size)
    done = ZSTD.ZSTD_decompress(out, ctypes.c_size_t(size), value, ctypes.c_size_t(len(value)))
    if done != size:
        raise AssertionError("a packed text is damaged")
    return out.raw.decode()


def select(catalog, what, *values):
    return catalog.execute(what, values).fetchall()


def read_catalog(folder):
    """Path to all that the catalog has of a file, and how often each stem stands in its texts. The
    daemon must have ended. Raises AssertionError where the catalog is damaged or says something
    twice.
    """
    with tempfile.TemporaryDirectory() as copies:
        for path in glob.glob(os.path.join(folder, "catalog.sqlite*")):
            shutil.copy(path, copies)
        catalog = sqlite3.connect(os.path.join(copies, "catalog.sqlite"))
        catalog.text_factory = bytes
        catalog.create_function("unpacked", 1, unpacked, deterministic=True)
        try:
            return check_and_read(catalog)
        finally:
            catalog.close()


def check_and_read(catalog):
    damage = select(catalog, "PRAGMA integrity_check")
    if damage != [(b"ok",)]:
        raise AssertionError(f"the catalog is damaged: {damage}")
    for table in ("documents", "name_grams"):  # and that the index fits the texts
        catalog.execute(f"INSERT INTO {table}({table}, rank) VALUES('integrity-check', 1)")
    orphans = select(catalog, "SELECT (SELECT count(*) FROM chunks WHERE ino NOT IN (SELECT ino"
                     " FROM files)), (SELECT count(*) FROM names WHERE ino NOT IN (SELECT ino FROM"
                     " files)), (SELECT count(*) FROM texts WHERE ino NOT IN (SELECT ino FROM"
                     " files)), (SELECT count(*) FROM name_grams WHERE rowid NOT IN (SELECT ino"
                     " FROM files)), (SELECT count(*) FROM tags WHERE ino NOT IN (SELECT ino FROM"
                     " files)), (SELECT count(*) FROM queue)")[0]
    if any(orphans):
        raise AssertionError(f"chunks, names, texts, grams, tags of no file, queue: {orphans}")
    files = {}
    columns = ", ".join(FILE_COLUMNS.split())
    for path, ino in select(catalog, "SELECT path, ino FROM names"):
        files[path] = {
            "row": select(catalog, f"SELECT {columns} FROM files WHERE ino = ?", ino),
            "chunks": select(catalog, "SELECT chunk, begin_bytes, end_bytes, page, member"
                             " FROM chunks WHERE ino = ? ORDER BY chunk", ino),
            "text": select(catalog, "SELECT name, title, headings, unpacked(body) FROM"
                           " texts WHERE ino = ?", ino),
            "tags": select(catalog, "SELECT tag FROM tags WHERE ino = ? ORDER BY tag", ino),
        }
    terms = select(catalog, "SELECT term, doc, cnt FROM terms")
    return files, terms

# SPDX-License-Identifier: Apache-2.0
"""What the tests that run in the guest share: a volume of the module for each, and its calls."""
import ctypes
import errno
import fcntl
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../integration/fuse"))
import control  # noqa: E402,F401: of the other tests
import mounted  # noqa: E402

FIEMAP = 0xc020660b
FICLONE = 0x40049409
FIDEDUPERANGE = 0xc0189436
EXTENT_LAST, EXTENT_ENCODED, EXTENT_INLINE, EXTENT_UNWRITTEN, EXTENT_SHARED = (
    0x1, 0x8, 0x200, 0x800, 0x2000)
AT_FDCWD = -100
EVERYTHING = (1 << 64) - 1
PAGE = 4096
libc = ctypes.CDLL(None, use_errno=True)


class GuestTest(mounted.MountedTest):
    """A volume on a loop device, mounted unless the class says otherwise."""

    size = "64M"
    options = ()

    def sh(self, *words, code=0):
        """What a program said; it must end with @code."""
        done = mounted.run(*words)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def device(self):
        return self.sh("findmnt", "-n", "-o", "SOURCE", self.volume.path).strip()

    def counter(self, name):
        return control.stats(self.volume.path)[name]

    def write_synced(self, name, content):
        with open(self.path(name), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())

    def drop_pages(self):
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as stream:
            stream.write("1")


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def fallocate(path, mode, offset, length):
    fd = os.open(path, os.O_RDWR)
    try:
        check(libc.fallocate(fd, mode, ctypes.c_long(offset), ctypes.c_long(length)))
    finally:
        os.close(fd)


def extents(path, start=0, length=EVERYTHING, room=200):
    """Rows of (offset, on the device, length, flags)."""
    buffer = bytearray(32 + 56 * room)
    struct.pack_into("<QQIIII", buffer, 0, start, length, 0, 0, room, 0)
    fd = os.open(path, os.O_RDONLY)
    try:
        fcntl.ioctl(fd, FIEMAP, buffer, True)
    finally:
        os.close(fd)
    count = struct.unpack_from("<I", buffer, 20)[0]
    rows = (struct.unpack_from("<QQQQQI", buffer, 32 + 56 * row) for row in range(count))
    return [(row[0], row[1], row[2], row[5]) for row in rows]


def clone(source, target):
    with open(source, "rb") as one, open(target, "wb") as other:
        fcntl.ioctl(other.fileno(), FICLONE, one.fileno())


def dedupe(source, target, length):
    """(bytes, status) of one range, both from the start."""
    with open(source, "rb") as one, open(target, "r+b") as other:
        buffer = bytearray(struct.pack("<QQHHI", 0, length, 1, 0, 0) +
                           struct.pack("<qQQiI", other.fileno(), 0, 0, 0, 0))
        fcntl.ioctl(one.fileno(), FIDEDUPERANGE, buffer, True)
    return struct.unpack_from("<Qi", buffer, 24 + 16)


def handle_of(path):
    """A file's handle as bytes that struct file_handle has."""
    buffer = ctypes.create_string_buffer(struct.pack("<Ii", 128, 0), 8 + 128)
    mount = ctypes.c_int()
    check(libc.name_to_handle_at(AT_FDCWD, os.fsencode(path), buffer, ctypes.byref(mount), 0))
    return buffer.raw[:8 + struct.unpack_from("<I", buffer.raw)[0]]


def open_handle(mount_point, handle, flags=os.O_RDONLY):
    mount = os.open(mount_point, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return check(libc.open_by_handle_at(mount, ctypes.create_string_buffer(handle), flags))
    finally:
        os.close(mount)


def read_handle(mount_point, handle):
    fd = open_handle(mount_point, handle)
    try:
        return os.read(fd, 1 << 20)
    finally:
        os.close(fd)


def errno_of(call, *arguments):
    """The name of the error that a call ends with, or None."""
    try:
        call(*arguments)
    except OSError as problem:
        return errno.errorcode[problem.errno]
    return None

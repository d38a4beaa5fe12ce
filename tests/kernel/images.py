#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""images.py FOLDER: mounts each image of FOLDER, reads all that it says it has, and changes it.

Runs in the guest. Calls may fail, by an error that means damage or what it may lead to; the kernel
must not. Prints how many could be mounted.
"""
import errno
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../integration/fuse"))
import control  # noqa: E402: of the other tests

IMAGE, PLACE = "/mnt/image", "/mnt/volume"
# A damaged tree may say that it has any number of files, or itself in itself.
VISITS_MAX, DEPTH_MAX = 150, 6
EXPECTED = {getattr(errno, name) for name in (
    "EIO", "EUCLEAN", "EBADMSG", "ESTALE", "EROFS", "ENOSPC", "ENOENT", "ENOTDIR", "EISDIR",
    "ELOOP", "EEXIST", "ENOTEMPTY", "EMLINK", "EOVERFLOW", "ENXIO", "EINVAL", "ENODATA", "EPERM",
    "E2BIG", "ERANGE", "EFBIG", "ENAMETOOLONG", "EBUSY", "EOPNOTSUPP", "ENOMEM", "EACCES")}
calls = refused = 0


def attempt(call, *arguments, **options):
    global calls, refused
    calls += 1
    try:
        return call(*arguments, **options)
    except OSError as problem:
        refused += 1
        if problem.errno not in EXPECTED:
            raise
        return None


def read(path):
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        for offset in (0, 1 << 20, 1 << 40):
            attempt(os.pread, fd, 1 << 20, offset)
        attempt(os.lseek, fd, 0, os.SEEK_HOLE)
        attempt(control.FORK_READ.on, fd, (1).to_bytes(4, "little") + (15872).to_bytes(4, "little"))
    finally:
        os.close(fd)


def visit(path, depth, left):
    if left[0] <= 0 or depth > DEPTH_MAX:
        return
    left[0] -= 1
    info = attempt(os.lstat, path)
    for key in attempt(os.listxattr, path, follow_symlinks=False) or []:
        attempt(os.getxattr, path, key, follow_symlinks=False)
    kind = info.st_mode >> 12 if info else 0
    if kind == 4:
        for name in (attempt(os.listdir, path) or [])[:VISITS_MAX]:
            visit(os.path.join(path, name), depth + 1, left)
        attempt(os.mkdir, os.path.join(path, "made"))
    elif kind == 8:
        attempt(read, path)
    elif kind == 10:
        attempt(os.readlink, path)


def write(path):
    with open(path, "r+b" if os.path.isfile(path) else "wb") as stream:
        stream.seek(3000)
        stream.write(bytes(range(256)) * 100)
        stream.flush()
        os.fsync(stream.fileno())


def change():
    names = sorted(attempt(os.listdir, PLACE) or [])
    for number, name in enumerate(names[:30]):
        path = os.path.join(PLACE, name)
        call = (write, os.unlink, lambda at: os.rename(at, at + "~"),
                lambda at: os.truncate(at, 5000), lambda at: os.chmod(at, 0o600),
                lambda at: os.setxattr(at, "user.x", b"y" * 500), os.rmdir)[number % 7]
        if not os.path.islink(path):
            attempt(call, path)
    attempt(write, os.path.join(PLACE, "written"))
    attempt(control.snapshot_create, PLACE, "taken")
    for row in attempt(control.snapshot_list, PLACE) or []:
        attempt(control.snapshot_delete, PLACE, number=row["id"])
    attempt(control.sync, PLACE)


def judge(image):
    """Whether it could be mounted."""
    shutil.copyfile(image, IMAGE)
    done = subprocess.run(("mount", "-t", "vexfs", "-o", "loop", IMAGE, PLACE),
                          capture_output=True, text=True, check=False)
    if done.returncode:
        return False
    visit(PLACE, 0, [VISITS_MAX])
    visit(os.path.join(PLACE, ".vexfs"), 0, [VISITS_MAX])
    change()
    visit(PLACE, 0, [VISITS_MAX])
    subprocess.run(("umount", PLACE), check=True)
    return True


def main():
    os.makedirs(PLACE, exist_ok=True)
    images = sorted(os.listdir(sys.argv[1]), key=int)
    mounted = sum(judge(os.path.join(sys.argv[1], name)) for name in images)
    print(f"{len(images)} images, {mounted} mounted; {calls} calls, {refused} refused")
    return 0 if mounted and refused else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Goal: vexfs-fuse mounts, behaves under mount(8), unmounts cleanly, and says what is wrong.

Method: the program is run as a person, fstab and mount(8) do, on good and bad images.
"""
import errno
import os
import shutil
import signal
import subprocess
import time
import unittest

import mounted
from mounted import MountedTest, is_mounted, program, run


class Mounting(MountedTest):
    is_mounted_at_start = False

    def test_background_mount_is_ready_when_the_command_returns(self):
        done = run(program("vexfs-fuse"), self.volume.image, self.volume.path)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.write("file", b"content")
        with open("/proc/self/mounts", encoding="utf-8") as stream:
            line = [row.split() for row in stream if row.split()[1] == self.volume.path][0]
        self.assertEqual(line[0], self.volume.image)
        self.assertEqual(line[2], "fuse.vexfs")
        self.assertIn("default_permissions", line[3])
        self.assertEqual(run("umount", self.volume.path).returncode, 0)
        # The image is free, and closed cleanly, without the caller having to wait.
        self.assert_clean()
        self.volume.mount()
        self.assertEqual(self.read("file"), b"content")

    def head_of_image(self):
        with open(self.volume.image, "rb") as stream:
            return stream.read(16 << 20)

    def test_read_only(self):
        self.volume.mount()
        self.write("file", b"content")
        self.volume.umount()
        before = self.head_of_image()
        self.volume.mount("ro")
        self.assertEqual(self.read("file"), b"content")
        self.assert_errno(errno.EROFS, self.write, "other", b"")
        self.assert_errno(errno.EROFS, os.unlink, self.path("file"))
        self.volume.umount()
        self.assertEqual(self.head_of_image(), before)

    def test_the_kernel_may_keep_more_than_a_hundredth(self):
        self.volume.mount()
        device = os.stat(self.volume.path).st_dev
        path = f"/sys/class/bdi/{os.major(device)}:{os.minor(device)}/max_ratio"
        with open(path, encoding="ascii") as stream:
            self.assertEqual(stream.read().strip(), "40")

    def test_an_image_on_a_read_only_filesystem_says_how_to_mount_it(self):
        place = os.path.join(self.folder, "ro")
        os.mkdir(place)
        self.assertEqual(run("mount", "-t", "tmpfs", "tmpfs", place).returncode, 0)
        self.addCleanup(run, "umount", "-l", place)
        self.assertEqual(
            run(program("mkfs.vexfs"), "--size", "32M", place + "/image").returncode, 0)
        self.assertEqual(run("mount", "-o", "remount,ro", place).returncode, 0)
        refused = run(program("vexfs-fuse"), place + "/image", self.volume.path)
        self.assertEqual(refused.returncode, 32)
        self.assertIn("mount with -o ro", refused.stderr)
        done = run(program("vexfs-fuse"), "-o", "ro", place + "/image", self.volume.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(os.listdir(self.volume.path), [])
        self.assertEqual(run("umount", self.volume.path).returncode, 0)

    def test_kernel_options_take_effect(self):
        self.volume.mount("noexec,nodev,nosuid,cache=8M,commit=5")
        self.write("script", b"#!/bin/sh\nexit 0\n")
        os.chmod(self.path("script"), 0o755)
        self.assert_errno(errno.EACCES, subprocess.run, [self.path("script")], check=False)
        self.volume.umount()
        self.volume.mount()
        self.assertEqual(run(self.path("script")).returncode, 0)

    def test_as_a_mount_helper(self):
        helper = os.path.join(self.folder, "mount.fuse.vexfs")
        os.symlink(program("vexfs-fuse"), helper)
        words = [helper, self.volume.image, self.volume.path, "-o",
                 "rw,_netdev,x-systemd.automount", "-t", "fuse.vexfs"]
        fake = run(*words, "-f")
        self.assertEqual((fake.returncode, fake.stderr), (0, ""))
        self.assertFalse(is_mounted(self.volume.path))
        self.assertEqual(run(*words).returncode, 0)
        self.assertTrue(is_mounted(self.volume.path))
        self.assertEqual(run("umount", self.volume.path).returncode, 0)

    def test_by_mount_fuse(self):
        done = run("mount", "-t", "fuse", "-o", "noatime,allow_other",
                   f"{program('vexfs-fuse')}#{self.volume.image}", self.volume.path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(is_mounted(self.volume.path))
        self.write("file", b"x")
        self.assertEqual(run("umount", self.volume.path).returncode, 0)

    def test_by_mount8_and_fstab(self):
        # As installed: mount(8) finds the helper by its name in /sbin. In a mount namespace of its
        # own, so that the machine's /sbin and fstab stay as they are.
        fstab = os.path.join(self.folder, "fstab")
        with open(fstab, "w", encoding="utf-8") as stream:
            stream.write(f"{self.volume.image} {self.volume.path} fuse.vexfs "
                         "defaults,noauto,nofail,commit=2 0 0\n")
        script = f"""set -e
            mount -t tmpfs tmpfs /usr/sbin
            ln -s {program('vexfs-fuse')} /usr/sbin/mount.fuse.vexfs
            mount -t fuse.vexfs {self.volume.image} {self.volume.path}
            echo one > {self.volume.path}/one
            umount {self.volume.path}
            mount --fstab {fstab} {self.volume.path}
            cat {self.volume.path}/one
            umount {self.volume.path}"""
        done = run("unshare", "--mount", "sh", "-c", script)
        self.assertEqual((done.returncode, done.stdout), (0, "one\n"), done.stderr)

    def test_as_a_user_through_fusermount(self):
        # In a mount namespace with a /dev/fuse that users may open, as on a desktop.
        place = os.path.join(self.folder, "user")
        os.mkdir(place)
        os.chown(place, 65534, 65534)
        # The tree may lie in a home that other users cannot look into.
        os.mkdir(place + "/bin")
        mine = {name: shutil.copy2(program(name), place + "/bin")
                for name in ("mkfs.vexfs", "vexfs-fuse", "fsck.vexfs")}
        with open(place + "/script", "w", encoding="utf-8") as stream:
            stream.write(f"""set -e
                cd {place}; mkdir mnt
                {mine['mkfs.vexfs']} --size 32M image
                {mine['vexfs-fuse']} image mnt
                grep -q "{place}/mnt fuse.vexfs rw,nosuid,nodev" /proc/mounts
                mkdir mnt/dir; echo text > mnt/dir/file; ln -s file mnt/dir/link
                stat -c %u:%a mnt/dir/file
                fusermount3 -u mnt
                {mine['fsck.vexfs']} -n --data image
                {mine['vexfs-fuse']} image mnt; cat mnt/dir/link; fusermount3 -u mnt""")
        script = f"""set -e
            mknod {self.folder}/fuse c 10 229; chmod 666 {self.folder}/fuse
            mount --bind {self.folder}/fuse /dev/fuse
            umask 022
            exec setpriv --reuid 65534 --regid 65534 --clear-groups sh {place}/script"""
        done = run("unshare", "--mount", "sh", "-c", script)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("65534:644", done.stdout)
        self.assertTrue(done.stdout.endswith("text\n"), done.stdout)

    def test_sigterm_keeps_what_was_written(self):
        self.volume.mount()
        with open(self.path("open"), "wb") as stream:
            stream.write(b"x" * 3000000)
            stream.flush()
            self.volume.driver.send_signal(signal.SIGTERM)
            self.volume.wait()
            try:
                stream.close()
            except OSError:
                pass  # the mount is gone, as it should be
        self.assertFalse(is_mounted(self.volume.path))
        self.assert_clean()
        self.volume.mount()
        self.assertEqual(self.read("open"), b"x" * 3000000)

    def test_what_is_not_synced_reaches_the_disk_within_the_commit_interval(self):
        self.volume.mount("commit=1")
        self.write("file", b"content")
        time.sleep(6)  # the interval, and what a slow machine needs for a commit
        self.volume.kill()
        self.volume.mount()
        self.assertEqual(self.read("file"), b"content")


class Refusing(MountedTest):
    is_mounted_at_start = False

    def assert_refused(self, text, *words, code=32):
        done = run(program("vexfs-fuse"), *words)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(text, done.stderr)
        self.assertTrue(done.stderr.startswith("vexfs-fuse: "), done.stderr)
        self.assertFalse(is_mounted(self.volume.path))

    def image(self, size, content=b""):
        path = os.path.join(self.folder, "bad")
        with open(path, "wb") as stream:
            stream.write(content)
            stream.truncate(size)
        return path

    def test_no_image(self):
        self.assert_refused("no such image", self.folder + "/absent", self.volume.path)

    def test_a_zeroed_image(self):
        self.assert_refused("nothing but zeros", self.image(32 << 20), self.volume.path)

    def test_a_random_image(self):
        self.assert_refused("not a VexFS volume", self.image(32 << 20, os.urandom(32 << 20)),
                            self.volume.path)

    def test_an_empty_image(self):
        self.assert_refused("less than one block", self.image(0), self.volume.path)

    def test_another_filesystem(self):
        path = self.image(32 << 20)
        run("mkfs.ext4", "-q", path, check=True)
        self.assert_refused("an ext2, ext3 or ext4 filesystem", path, self.volume.path)

    def test_a_truncated_image(self):
        os.truncate(self.volume.image, 20 << 20)
        self.assert_refused("truncated", self.volume.image, self.volume.path)

    def test_a_folder_as_image(self):
        self.assert_refused("neither an image file nor a block device", self.folder,
                            self.volume.path)

    def test_no_mount_point(self):
        self.assert_refused("/absent: No such file", self.volume.image, self.folder + "/absent",
                            code=1)

    def test_a_file_as_mount_point(self):
        self.assert_refused("not a directory", self.volume.image, self.volume.image, code=1)

    def test_bad_options(self):
        self.assert_refused("'colour=red'", "-o", "colour=red", self.volume.image,
                            self.volume.path, code=1)
        self.assert_refused("commit=0", "-o", "commit=0", self.volume.image, self.volume.path,
                            code=1)
        self.assert_refused("are needed", self.volume.image, code=1)

    def test_an_image_that_is_mounted(self):
        self.volume.mount()
        other = self.folder + "/other"
        os.mkdir(other)
        done = run(program("vexfs-fuse"), self.volume.image, other)
        self.assertEqual(done.returncode, 32)
        self.assertIn("in use by another program", done.stderr)
        done = run(program("fsck.vexfs"), self.volume.image)
        self.assertEqual(done.returncode, 8)
        self.assertIn("in use by another program", done.stderr)
        self.write("still", b"works")

    def test_help_and_version(self):
        self.assertIn("usage: vexfs-fuse", run(program("vexfs-fuse"), "--help").stdout)
        self.assertRegex(run(program("vexfs-fuse"), "--version").stdout, r"^vexfs-fuse \d")


if __name__ == "__main__":
    mounted.main()

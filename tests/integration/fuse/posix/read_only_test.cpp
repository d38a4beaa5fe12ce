// SPDX-License-Identifier: Apache-2.0
// Goal: what cannot be changed says so, whichever call tries, whoever calls, and after what comes
//   before it in the order of checks: EEXIST of a name that is there, and nothing else where all is
//   read-only; permissions and names in a snapshot, which lies in a mount that is not.
// Method: one table of calls, on a mount that is bound read-only (on any filesystem), on our own
//   volume mounted read-only, and in a snapshot; as root and as a user who owns nothing there.
#include "tests/integration/fuse/posix/place.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <vexfs/ioctl.h>

namespace vexfs::test {
namespace {

struct Row
{
    const char *name;
    Outcome (*call)();
    int mounted;  ///< where the whole filesystem is read-only, for everybody
    int snapshot; ///< in a snapshot, for root
    int snapshotStranger;
    int boundStranger = 0; ///< where it is only bound so, if not as mounted
    /// The same where the kernel asks the mount before the file, as 6.1 does; 0: nothing else.
    int boundStrangerOlder = 0;
};

const Row kRows[] = {
    {"open to write", [] { return opened("file", O_WRONLY); }, EROFS, EROFS, EACCES,
     EACCES},
    {"open to read and write", [] { return opened("shared", O_RDWR); }, EROFS, EROFS, EROFS},
    {"open to append", [] { return opened("shared", O_WRONLY | O_APPEND); }, EROFS, EROFS, EROFS},
    {"open and cut", [] { return opened("shared", O_RDONLY | O_TRUNC); }, EROFS, EROFS, EROFS},
    {"open to read", [] { return opened("shared", O_RDONLY); }, 0, 0, 0},
    {"create", [] { return opened("new", O_CREAT | O_WRONLY); }, EROFS, EROFS, EACCES},
    {"create in a folder of all", [] { return opened("all/new", O_CREAT | O_RDONLY); }, EROFS,
     EROFS, EROFS},
    {"create what is there", [] { return opened("shared", O_CREAT | O_RDONLY); }, 0, 0, 0},
    {"create only what is there",
     [] { return opened("shared", O_CREAT | O_EXCL | O_RDONLY); }, EEXIST, EEXIST, EEXIST},
    {"create without a name", [] { return opened("all", O_TMPFILE | O_RDWR); }, EROFS, EROFS,
     EROFS},
    {"mkdir", [] { return outcome(mkdir("all/new", 0755)); }, EROFS, EROFS, EROFS},
    {"mkdir of what is there", [] { return outcome(mkdir("all", 0755)); }, EEXIST, EEXIST, EEXIST},
    {"mkdir in nothing", [] { return outcome(mkdir("absent/new", 0755)); }, ENOENT, ENOENT,
     ENOENT},
    {"mkdir without permission", [] { return outcome(mkdir("new", 0755)); }, EROFS, EROFS, EACCES},
    {"mkfifo", [] { return outcome(mkfifo("all/new", 0644)); }, EROFS, EROFS, EROFS},
    {"mknod", [] { return outcome(mknod("all/new", S_IFREG | 0644, 0)); }, EROFS, EROFS, EROFS},
    {"symlink", [] { return outcome(symlink("x", "all/new")); }, EROFS, EROFS, EROFS},
    {"symlink over what is there", [] { return outcome(symlink("x", "shared")); }, EEXIST, EEXIST,
     EEXIST},
    {"link", [] { return outcome(link("shared", "all/new")); }, EROFS, EROFS, EROFS},
    {"link over what is there", [] { return outcome(link("shared", "file")); }, EEXIST, EEXIST,
     EEXIST},
    {"link from nothing", [] { return outcome(link("absent", "all/new")); }, ENOENT, ENOENT,
     ENOENT},
    {"unlink", [] { return outcome(unlink("all/inner")); }, EROFS, EROFS, EROFS},
    {"unlink without permission", [] { return outcome(unlink("file")); }, EROFS, EROFS, EACCES},
    {"unlink of nothing", [] { return outcome(unlink("all/absent")); }, EROFS, ENOENT, ENOENT},
    {"unlink of a folder", [] { return outcome(unlink("all/empty")); }, EROFS, EISDIR, EISDIR},
    {"rmdir", [] { return outcome(rmdir("all/empty")); }, EROFS, EROFS, EROFS},
    {"rmdir of nothing", [] { return outcome(rmdir("all/absent")); }, EROFS, ENOENT, ENOENT},
    {"rmdir of a file", [] { return outcome(rmdir("all/inner")); }, EROFS, ENOTDIR, ENOTDIR},
    {"rename", [] { return outcome(rename("all/inner", "all/new")); }, EROFS, EROFS, EROFS},
    {"rename over what is there", [] { return outcome(rename("all/inner", "all/other")); }, EROFS,
     EROFS, EROFS},
    {"rename of nothing", [] { return outcome(rename("all/absent", "all/new")); }, EROFS, ENOENT,
     ENOENT},
    {"rename without permission", [] { return outcome(rename("file", "new")); }, EROFS, EROFS,
     EACCES},
    {"truncate", [] { return outcome(truncate("shared", 0)); }, EROFS, EROFS, EROFS},
    {"truncate without permission", [] { return outcome(truncate("file", 0)); }, EROFS, EROFS,
     EACCES, EACCES, EROFS},
    {"truncate of nothing", [] { return outcome(truncate("absent", 0)); }, ENOENT, ENOENT, ENOENT},
    {"truncate of a folder", [] { return outcome(truncate("all", 0)); }, EISDIR, EISDIR, EISDIR},
    {"chmod", [] { return outcome(chmod("file", 0600)); }, EROFS, EROFS, EPERM},
    {"chmod of nothing", [] { return outcome(chmod("absent", 0600)); }, ENOENT, ENOENT, ENOENT},
    {"chown", [] { return outcome(chown("file", 1, 1)); }, EROFS, EROFS, EPERM},
    {"lchown", [] { return outcome(lchown("link", 1, 1)); }, EROFS, EROFS, EPERM},
    {"utimensat", [] { return outcome(utimensat(AT_FDCWD, "shared", nullptr, 0)); }, EROFS, EROFS,
     EROFS},
    {"utimensat without permission",
     [] { return outcome(utimensat(AT_FDCWD, "file", nullptr, 0)); }, EROFS, EROFS, EACCES},
    {"setxattr", [] { return outcome(setxattr("shared", "user.a", "b", 1, 0)); }, EROFS, EROFS,
     EROFS},
    {"setxattr without permission",
     [] { return outcome(setxattr("file", "user.a", "b", 1, 0)); }, EROFS, EROFS, EACCES},
    {"removexattr", [] { return outcome(removexattr("shared", "user.is")); }, EROFS, EROFS, EROFS},
    {"removexattr of nothing", [] { return outcome(removexattr("shared", "user.none")); }, EROFS,
     EROFS, EROFS},
    // The kernel asks only the mount and the mode, and both would allow it in a snapshot.
    {"access to write", [] { return outcome(access("shared", W_OK)); }, EROFS, 0, 0},
    {"access to write without permission", [] { return outcome(access("file", W_OK)); }, EROFS, 0,
     EACCES, EACCES},
    {"access to read", [] { return outcome(access("shared", R_OK)); }, 0, 0, 0},
    {"access to write into a pipe", [] { return outcome(access("pipe", W_OK)); }, 0, 0, 0},
};

class ReadOnly : public Posix
{
protected:
    void SetUp() override
    {
        Posix::SetUp();
        makeFile("file", "content");
        makeFile("shared", "content", 0666);
        makeDir("all", 0777);
        makeFile("all/inner", "content", 0666);
        makeFile("all/other", "content", 0666);
        makeDir("all/empty", 0777);
        ASSERT_EQ(outcome(symlink("file", "link")), kDone);
        ASSERT_EQ(outcome(mkfifo("pipe", 0666)), kDone);
        ASSERT_EQ(outcome(chmod("pipe", 0666)), kDone);
        ASSERT_EQ(outcome(setxattr("shared", "user.is", "x", 1, 0)), kDone);
    }

    static int onBound(const Row &row)
    {
        return row.boundStranger ? row.boundStranger : row.mounted;
    }
    static int onMounted(const Row &row) { return row.mounted; }
    static int inSnapshot(const Row &row) { return row.snapshot; }
    static int inSnapshotAsStranger(const Row &row) { return row.snapshotStranger; }

    /// All calls below @p path, which looks afterwards as before.
    static void expectAll(const std::string &path, int (*asRoot)(const Row &),
                          int (*asStranger)(const Row &))
    {
        ASSERT_EQ(outcome(chdir(path.c_str())), kDone);
        const struct stat before = statOf("shared");
        for (const Row &row : kRows) {
            EXPECT_EQ(row.call(), fails(asRoot(row))) << row.name;
            const Outcome told = as(kStranger, row.call);
            if (asStranger == onBound && row.boundStrangerOlder &&
                told == fails(row.boundStrangerOlder))
                continue;
            EXPECT_EQ(told, fails(asStranger(row))) << row.name << ", stranger";
        }
        const struct stat after = statOf("shared");
        EXPECT_EQ(after.st_ctim.tv_sec, before.st_ctim.tv_sec);
        EXPECT_EQ(after.st_ctim.tv_nsec, before.st_ctim.tv_nsec);
        EXPECT_EQ(contentOf("shared"), "content");
        EXPECT_EQ(outcome(access("all/inner", F_OK)), kDone);
        EXPECT_EQ(outcome(access("all/new", F_OK)), fails(ENOENT));
    }
};

TEST_F(ReadOnly, OnAMountThatIsBoundReadOnly)
{
    const char *path = m_path.c_str();
    ASSERT_EQ(outcome(mount(path, path, nullptr, MS_BIND, nullptr)), kDone);
    EXPECT_EQ(outcome(mount(nullptr, path, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr)),
              kDone);
    expectAll(m_path, onMounted, onBound);
    ASSERT_EQ(outcome(chdir("/")), kDone);
    EXPECT_EQ(outcome(umount2(path, 0)), kDone);
}

TEST_F(ReadOnly, OnAVolumeThatIsMountedReadOnly)
{
    if (!isOwnVolume())
        return; // others' mounts are not ours to change
    const std::string base = mountPoint();
    ASSERT_EQ(outcome(mount(nullptr, base.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr)),
              kDone);
    expectAll(m_path, onMounted, onMounted);
    ASSERT_EQ(outcome(mount(nullptr, base.c_str(), nullptr, MS_REMOUNT, nullptr)), kDone);
    EXPECT_EQ(outcome(unlink((m_path + "/file").c_str())), kDone);
}

TEST_F(ReadOnly, InASnapshot)
{
    if (!isOwnVolume())
        return; // others have none
    const std::string base = mountPoint();
    const int root = open(base.c_str(), O_RDONLY | O_DIRECTORY);
    ASSERT_GE(root, 0);
    vexfs_ioc_snapshot_create made{};
    made.source = VEXFS_TREE_LIVE;
    strcpy(made.name, "sealed");
    ASSERT_EQ(outcome(ioctl(root, VEXFS_IOC_SNAPSHOT_CREATE, &made)), kDone);
    expectAll(base + "/.vexfs/snapshots/sealed" + m_path.substr(base.size()), inSnapshot,
              inSnapshotAsStranger);
    ASSERT_EQ(outcome(chdir("/")), kDone);
    vexfs_ioc_snapshot_delete gone{};
    strcpy(gone.name, "sealed");
    EXPECT_EQ(outcome(ioctl(root, VEXFS_IOC_SNAPSHOT_DELETE, &gone)), kDone);
    close(root);
}

} // namespace
} // namespace vexfs::test

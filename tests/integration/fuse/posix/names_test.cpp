// SPDX-License-Identifier: Apache-2.0
// Goal: names are made, moved and removed as POSIX and Linux say, with the times that follow.
// Method: one rule a row or a test, on a real filesystem; failures leave everything as it was.
#include "tests/integration/fuse/posix/place.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

namespace vexfs::test {
namespace {

/// The kinds of things that can have a name.
struct Kind
{
    const char *name;
    mode_t type;
    void (*make)(const char *path);
};

const Kind kKinds[] = {
    {"file", S_IFREG, [](const char *path) { makeFile(path); }},
    {"directory", S_IFDIR, [](const char *path) { makeDir(path); }},
    {"fifo", S_IFIFO, [](const char *path) { ASSERT_EQ(mkfifo(path, 0644), 0); }},
    {"symlink", S_IFLNK, [](const char *path) { ASSERT_EQ(symlink("target", path), 0); }},
    {"character device", S_IFCHR,
     [](const char *path) { ASSERT_EQ(mknod(path, S_IFCHR | 0644, makedev(1, 3)), 0); }},
    {"block device", S_IFBLK,
     [](const char *path) { ASSERT_EQ(mknod(path, S_IFBLK | 0644, makedev(259, 77)), 0); }},
    {"socket", S_IFSOCK,
     [](const char *path) {
         sockaddr_un address{};
         address.sun_family = AF_UNIX;
         snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
         const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
         ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)), 0);
         close(fd);
     }},
};

Outcome renameAt(const char *from, const char *to, unsigned flags)
{
    return outcome(renameat2(AT_FDCWD, from, AT_FDCWD, to, flags));
}

bool operator==(const timespec &a, const timespec &b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/// What a call did to the times of a file.
struct Touched
{
    bool atime, mtime, ctime;
    bool operator==(const Touched &other) const
    {
        return atime == other.atime && mtime == other.mtime && ctime == other.ctime;
    }
    friend std::ostream &operator<<(std::ostream &out, const Touched &t)
    {
        return out << (t.atime ? "a" : "-") << (t.mtime ? "m" : "-") << (t.ctime ? "c" : "-");
    }
};
constexpr Touched kNone{false, false, false};
constexpr Touched kEntries{false, true, true}; ///< of a directory that got or lost a name
constexpr Touched kStatus{false, false, true};

class Names : public Posix
{
protected:
    Touched touched(const std::string &path, const std::function<void()> &act,
                    const std::string &later = "")
    {
        const struct stat before = statOf(path);
        waitForClock();
        act();
        const struct stat now = statOf(later.empty() ? path : later);
        return {!(before.st_atim == now.st_atim), !(before.st_mtim == now.st_mtim),
                !(before.st_ctim == now.st_ctim)};
    }
};

TEST_F(Names, EveryKindIsMadeFoundLinkedMovedAndRemoved)
{
    for (const Kind &kind : kKinds) {
        SCOPED_TRACE(kind.name);
        kind.make("one");
        EXPECT_EQ(statOf("one").st_mode & S_IFMT, kind.type);
        EXPECT_EQ(statOf("one").st_nlink, kind.type == S_IFDIR ? 2u : 1u);
        const ino_t inode = statOf("one").st_ino;
        if (kind.type == S_IFDIR) {
            EXPECT_EQ(outcome(link("one", "two")), fails(EPERM));
        } else {
            EXPECT_EQ(outcome(link("one", "two")), kDone);
            EXPECT_EQ(statOf("two").st_ino, inode);
            EXPECT_EQ(statOf("one").st_nlink, 2u);
            EXPECT_EQ(outcome(unlink("two")), kDone);
            EXPECT_EQ(statOf("one").st_nlink, 1u);
        }
        EXPECT_EQ(outcome(rename("one", "three")), kDone);
        EXPECT_EQ(statOf("three").st_ino, inode);
        EXPECT_EQ(outcome(access("one", F_OK)), fails(ENOENT));
        if (kind.type == S_IFDIR) {
            EXPECT_EQ(outcome(unlink("three")), fails(EISDIR));
            EXPECT_EQ(outcome(rmdir("three")), kDone);
        } else {
            EXPECT_EQ(outcome(rmdir("three")), fails(ENOTDIR));
            EXPECT_EQ(outcome(unlink("three")), kDone);
        }
    }
}

TEST_F(Names, WhatExistsIsNotMadeAgain)
{
    for (const Kind &kind : kKinds) {
        SCOPED_TRACE(kind.name);
        makeFile("file");
        kind.make("taken");
        EXPECT_EQ(outcome(mkdir("taken", 0755)), fails(EEXIST));
        EXPECT_EQ(outcome(mkfifo("taken", 0644)), fails(EEXIST));
        EXPECT_EQ(outcome(mknod("taken", S_IFCHR | 0644, 0)), fails(EEXIST));
        EXPECT_EQ(outcome(symlink("x", "taken")), fails(EEXIST));
        EXPECT_EQ(outcome(link("file", "taken")), fails(EEXIST));
        EXPECT_EQ(outcome(open("taken", O_CREAT | O_EXCL | O_WRONLY, 0644)), fails(EEXIST));
        EXPECT_EQ(renameAt("file", "taken", RENAME_NOREPLACE), fails(EEXIST));
        remove("taken");
        remove("file");
    }
}

TEST_F(Names, MakingAndRemovingStampsTheDirectory)
{
    for (const Kind &kind : kKinds) {
        SCOPED_TRACE(kind.name);
        makeDir("d");
        EXPECT_EQ(touched("d", [&] { kind.make("d/x"); }), kEntries);
        EXPECT_EQ(touched("d", [] { EXPECT_EQ(mkdir("d/x", 0755), -1); }), kNone);
        EXPECT_EQ(touched("d", [] { EXPECT_EQ(rename("d/x", "d/y"), 0); }), kEntries);
        EXPECT_EQ(touched("d", [] { EXPECT_EQ(unlink("d/absent"), -1); }), kNone);
        EXPECT_EQ(touched("d", [] { EXPECT_EQ(remove("d/y"), 0); }), kEntries);
        EXPECT_EQ(rmdir("d"), 0);
    }
}

TEST_F(Names, LinksStampTheFile)
{
    makeFile("file");
    EXPECT_EQ(touched("file", [] { EXPECT_EQ(link("file", "second"), 0); }), kStatus);
    EXPECT_EQ(touched("file", [] { EXPECT_EQ(link("file", "second"), -1); }), kNone);
    EXPECT_EQ(touched("file", [] { EXPECT_EQ(unlink("second"), 0); }), kStatus);
    const struct stat made = statOf("file");
    EXPECT_EQ(made.st_nlink, 1u);
    waitForClock();
    const struct stat before = statOf(".");
    makeFile("new");
    EXPECT_GE(statOf("new").st_mtim.tv_sec, before.st_mtim.tv_sec);
    EXPECT_TRUE(statOf("new").st_atim == statOf("new").st_mtim);
}

TEST_F(Names, DirectoriesCountTheirSubdirectories)
{
    makeDir("a");
    makeDir("b");
    makeDir("a/sub");
    // Some filesystems do not count; those that do count so.
    if (statOf("a").st_nlink == 3) {
        ASSERT_EQ(rename("a/sub", "b/sub"), 0);
        EXPECT_EQ(statOf("a").st_nlink, 2u);
        EXPECT_EQ(statOf("b").st_nlink, 3u);
    }
    EXPECT_TRUE(!isOwnVolume() || statOf("b").st_nlink == 3);
    struct stat parent{};
    ASSERT_EQ(stat("b/sub/..", &parent), 0);
    EXPECT_EQ(parent.st_ino, statOf("b").st_ino);
}

struct RenameRow
{
    const char *from, *to;
    unsigned flags;
    int error;
};

TEST_F(Names, RenameTellsWhatIsWrong)
{
    makeDir("empty");
    makeDir("full");
    makeDir("full/sub");
    makeDir("full/sub/deep");
    makeFile("file");
    makeFile("other");
    const RenameRow rows[] = {
        {"empty", "file", 0, ENOTDIR},
        {"file", "empty", 0, EISDIR},
        {"empty", "full", 0, ENOTEMPTY},
        {"full", "full/sub/into", 0, EINVAL},
        {"full", "full/sub", 0, EINVAL},
        {"full/sub", "full", 0, ENOTEMPTY},
        {"file", "full", 0, EISDIR},
        {"full/.", "elsewhere", 0, EBUSY},
        {"full/..", "elsewhere", 0, EBUSY},
        {"empty", "full/.", 0, EBUSY},
        {"file", "other", RENAME_NOREPLACE, EEXIST},
        {"file", "absent", RENAME_EXCHANGE, ENOENT},
        {"absent", "file", RENAME_EXCHANGE, ENOENT},
        {"full", "full/sub/deep", RENAME_EXCHANGE, EINVAL},
        {"file", "other", RENAME_NOREPLACE | RENAME_EXCHANGE, EINVAL},
        {"file", "other", 64, EINVAL},
        {"file/", "new", 0, ENOTDIR},
        {"file", "new/", 0, ENOTDIR},
    };
    for (const RenameRow &row : rows)
        EXPECT_EQ(renameAt(row.from, row.to, row.flags), fails(row.error))
            << row.from << " to " << row.to;
    EXPECT_EQ(outcome(access("full/sub/deep", F_OK)), kDone);
}

TEST_F(Names, RenameReplacesAndExchanges)
{
    makeFile("a", "a");
    makeFile("b", "b");
    makeDir("d");
    makeDir("e");
    const int held = open("b", O_RDONLY);
    const ino_t inode = statOf("a").st_ino;
    EXPECT_EQ(renameAt("a", "b", 0), kDone);
    EXPECT_EQ(statOf("b").st_ino, inode);
    EXPECT_EQ(contentOf("b"), "a");
    struct stat replaced{};
    ASSERT_EQ(fstat(held, &replaced), 0);
    EXPECT_EQ(replaced.st_nlink, 0u);
    char c = 0;
    EXPECT_EQ(read(held, &c, 1), 1);
    EXPECT_EQ(c, 'b');
    close(held);
    EXPECT_EQ(renameAt("d", "e", 0), kDone) << "an empty directory is replaced";
    EXPECT_EQ(renameAt("b", "e", RENAME_EXCHANGE), kDone);
    EXPECT_EQ(contentOf("e"), "a");
    EXPECT_TRUE(S_ISDIR(statOf("b").st_mode));
    EXPECT_EQ(outcome(link("e", "same")), kDone);
    EXPECT_EQ(renameAt("e", "same", 0), kDone) << "two names of one file: nothing happens";
    EXPECT_EQ(outcome(access("e", F_OK)), kDone);
}

TEST_F(Names, RemovingWhatIsInUseOrNotEmpty)
{
    makeDir("d");
    makeDir("d/sub");
    EXPECT_EQ(outcome(rmdir("d")), fails(ENOTEMPTY));
    EXPECT_EQ(outcome(rmdir("d/.")), fails(EINVAL));
    EXPECT_EQ(outcome(rmdir("d/sub/..")), fails(ENOTEMPTY));
    EXPECT_EQ(outcome(rmdir("/proc")), fails(EBUSY));
    const int held = open("d/sub", O_RDONLY | O_DIRECTORY);
    EXPECT_EQ(outcome(rmdir("d/sub")), kDone);
    EXPECT_EQ(outcome(openat(held, "new", O_CREAT | O_WRONLY, 0644)), fails(ENOENT));
    EXPECT_EQ(outcome(mkdirat(held, "new", 0755)), fails(ENOENT));
    close(held);
    makeFile("file", "still here");
    const int fd = open("file", O_RDWR);
    EXPECT_EQ(outcome(unlink("file")), kDone);
    char text[10];
    EXPECT_EQ(pread(fd, text, sizeof(text), 0), 10);
    EXPECT_EQ(pwrite(fd, text, sizeof(text), 100000), 10);
    struct stat info{};
    ASSERT_EQ(fstat(fd, &info), 0);
    EXPECT_EQ(info.st_nlink, 0u);
    EXPECT_EQ(info.st_size, 100010);
    EXPECT_EQ(fchmod(fd, 0600), 0);
    close(fd);
}

TEST_F(Names, SymlinksHoldAnyTarget)
{
    const std::string longest(PATH_MAX - 1, 't');
    EXPECT_EQ(outcome(symlink(longest.c_str(), "long")), kDone);
    char target[PATH_MAX];
    EXPECT_EQ(readlink("long", target, sizeof(target)), PATH_MAX - 1);
    EXPECT_EQ(outcome(symlink((longest + "t").c_str(), "longer")), fails(ENAMETOOLONG));
    EXPECT_EQ(outcome(symlink("", "empty")), fails(ENOENT));
    EXPECT_EQ(outcome(symlink("absent", "dangling")), kDone);
    EXPECT_EQ(statOf("dangling").st_size, 6);
    EXPECT_EQ(readlink("dangling", target, 3), 3) << "cut, without an error";
    EXPECT_EQ(outcome(open("dangling", O_RDONLY)), fails(ENOENT));
    EXPECT_EQ(outcome(open("dangling", O_RDONLY | O_NOFOLLOW)), fails(ELOOP));
    const int fd = open("dangling", O_CREAT | O_WRONLY, 0644);
    EXPECT_GE(fd, 0) << "makes what it points to";
    close(fd);
    EXPECT_EQ(outcome(access("absent", F_OK)), kDone);
    makeFile("file");
    EXPECT_EQ(outcome(readlink("file", target, sizeof(target))), fails(EINVAL));
}

TEST_F(Names, FilesWithoutANameGetOneLater)
{
    const int fd = open(".", O_TMPFILE | O_RDWR, 0640);
    ASSERT_GE(fd, 0) << outcome(-1);
    struct stat info{};
    ASSERT_EQ(write(fd, "content", 7), 7);
    ASSERT_EQ(fstat(fd, &info), 0);
    EXPECT_EQ(info.st_nlink, 0u);
    EXPECT_EQ(info.st_mode, mode_t{S_IFREG | 0640});
    const std::string self = "/proc/self/fd/" + std::to_string(fd);
    EXPECT_EQ(outcome(linkat(AT_FDCWD, self.c_str(), AT_FDCWD, "named", AT_SYMLINK_FOLLOW)), kDone);
    EXPECT_EQ(outcome(linkat(fd, "", AT_FDCWD, "twice", AT_EMPTY_PATH)), kDone);
    EXPECT_EQ(statOf("named").st_nlink, 2u);
    close(fd);
    EXPECT_EQ(contentOf("named"), "content");
    const int exclusive = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0640);
    ASSERT_GE(exclusive, 0);
    EXPECT_EQ(outcome(linkat(exclusive, "", AT_FDCWD, "never", AT_EMPTY_PATH)), fails(ENOENT));
    close(exclusive);
    EXPECT_EQ(outcome(open(".", O_TMPFILE | O_RDONLY, 0640)), fails(EINVAL));
    EXPECT_EQ(outcome(open("absent", O_TMPFILE | O_RDWR, 0640)), fails(ENOENT));
    EXPECT_EQ(outcome(open("named", O_TMPFILE | O_RDWR, 0640)), fails(ENOTDIR));
}

TEST_F(Names, DeviceNumbersAreKept)
{
    const struct
    {
        unsigned major, minor;
    } rows[] = {{1, 3}, {259, 1048575}, {0, 0}, {4095, 255}};
    for (const auto &row : rows) {
        ASSERT_EQ(mknod("node", S_IFBLK | 0600, makedev(row.major, row.minor)), 0);
        EXPECT_EQ(statOf("node").st_rdev, makedev(row.major, row.minor));
        unlink("node");
    }
    EXPECT_EQ(outcome(mknod("x", S_IFDIR | 0755, 0)), fails(EPERM));
    ASSERT_EQ(chmod(".", 0777), 0);
    EXPECT_EQ(as(kOwner, [] { return outcome(mknod("x", S_IFCHR | 0644, makedev(1, 3))); }),
              fails(EPERM));
    EXPECT_EQ(as(kOwner, [] { return outcome(mknod("f", S_IFREG | 0644, 0)); }), kDone);
    EXPECT_EQ(as(kOwner, [] { return outcome(mkfifo("p", 0644)); }), kDone);
}

TEST_F(Names, ManyHardLinks)
{
    constexpr unsigned kMost = 65000; // as ext4; others have other limits
    makeDir("links");
    makeFile("file");
    unsigned made = 1;
    Outcome last = kDone;
    while (made < kMost + 5 && last == kDone) {
        last = outcome(link("file", ("links/" + std::to_string(made)).c_str()));
        made += last == kDone;
    }
    EXPECT_EQ(statOf("file").st_nlink, made);
    EXPECT_GE(made, kMost);
    if (isOwnVolume()) {
        EXPECT_EQ(last, fails(EMLINK));
        EXPECT_EQ(made, kMost);
    }
    for (unsigned i = 1; i < made; i++)
        ASSERT_EQ(unlink(("links/" + std::to_string(i)).c_str()), 0);
    EXPECT_EQ(statOf("file").st_nlink, 1u);
}

} // namespace
} // namespace vexfs::test

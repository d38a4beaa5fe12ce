// SPDX-License-Identifier: Apache-2.0
// Goal: whatever call is given a path, what is wrong with the path is told as POSIX says.
// Method: a table of calls and a table of bad paths; each call meets each path.
#include "tests/integration/fuse/posix/place.h"

#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace vexfs::test {
namespace {

struct PathCall
{
    const char *name;
    Outcome (*call)(const char *path);
    bool makes;       ///< the last name need not exist
    bool looksAtLink; ///< works on a link at the end, not on what it points to
};

const PathCall kCalls[] = {
    {"access", [](const char *path) { return outcome(access(path, F_OK)); }, false, false},
    {"chmod", [](const char *path) { return outcome(chmod(path, 0755)); }, false, false},
    {"chown", [](const char *path) { return outcome(chown(path, 0, 0)); }, false, false},
    {"lchown", [](const char *path) { return outcome(lchown(path, 0, 0)); }, false, true},
    {"stat",
     [](const char *path) {
         struct stat out{};
         return outcome(stat(path, &out));
     },
     false, false},
    {"lstat",
     [](const char *path) {
         struct stat out{};
         return outcome(lstat(path, &out));
     },
     false, true},
    {"statvfs",
     [](const char *path) {
         struct statvfs out{};
         return outcome(statvfs(path, &out));
     },
     false, false},
    {"open", [](const char *path) { return opened(path, O_RDONLY); }, false, false},
    {"open O_CREAT", [](const char *path) { return opened(path, O_CREAT | O_RDONLY); }, true,
     false},
    {"open a directory",
     [](const char *path) {
         const Outcome result = opened(path, O_RDONLY | O_DIRECTORY);
         return result.error == ENOTDIR && access(path, F_OK) == 0 ? kDone : result;
     },
     false, false},
    {"truncate", [](const char *path) { return outcome(truncate(path, 0)); }, false, false},
    {"utimensat", [](const char *path) { return outcome(utimensat(AT_FDCWD, path, nullptr, 0)); },
     false, false},
    {"utimensat of a link",
     [](const char *path) {
         return outcome(utimensat(AT_FDCWD, path, nullptr, AT_SYMLINK_NOFOLLOW));
     },
     false, true},
    {"getxattr",
     [](const char *path) {
         const Outcome result = outcome(getxattr(path, "user.none", nullptr, 0));
         return result.error == ENODATA ? kDone : result;
     },
     false, false},
    {"setxattr", [](const char *path) { return outcome(setxattr(path, "user.a", "b", 1, 0)); },
     false, false},
    {"listxattr", [](const char *path) { return outcome(listxattr(path, nullptr, 0)); }, false,
     false},
    {"removexattr",
     [](const char *path) {
         const Outcome result = outcome(removexattr(path, "user.none"));
         return result.error == ENODATA ? kDone : result;
     },
     false, false},
    {"readlink",
     [](const char *path) {
         char out[16];
         const Outcome result = outcome(readlink(path, out, sizeof(out)));
         return result.error == EINVAL ? kDone : result; // it is there, but no link
     },
     false, true},
    {"link from", [](const char *path) { return outcome(link(path, "linked")); }, false, true},
    {"link to", [](const char *path) { return outcome(link("file", path)); }, true, true},
    {"symlink", [](const char *path) { return outcome(symlink("anything", path)); }, true, true},
    {"mkdir", [](const char *path) { return outcome(mkdir(path, 0755)); }, true, true},
    {"mkfifo", [](const char *path) { return outcome(mkfifo(path, 0644)); }, true, true},
    {"mknod",
     [](const char *path) { return outcome(mknod(path, S_IFCHR | 0644, makedev(1, 3))); }, true,
     true},
    {"rename from", [](const char *path) { return outcome(rename(path, "renamed")); }, false,
     true},
    {"rename to", [](const char *path) { return outcome(rename("file", path)); }, true, true},
    {"unlink", [](const char *path) { return outcome(unlink(path)); }, false, true},
    {"rmdir", [](const char *path) { return outcome(rmdir(path)); }, false, true},
};

class PathErrors : public Posix
{
protected:
    void SetUp() override
    {
        Posix::SetUp();
        makeFile("file");
        makeDir("dir");
        ASSERT_EQ(symlink("loop", "loop"), 0);
        ASSERT_EQ(symlink("loop-b", "loop-a"), 0);
        ASSERT_EQ(symlink("loop-a", "loop-b"), 0);
    }

    static void expectAll(const std::string &path, int error)
    {
        for (const PathCall &call : kCalls)
            EXPECT_EQ(call.call(path.c_str()), fails(error))
                << call.name << " " << path.substr(0, 40);
    }
};

TEST_F(PathErrors, AFileOnTheWay)
{
    expectAll("file/name", ENOTDIR);
    expectAll("file/a/b", ENOTDIR);
}

TEST_F(PathErrors, NothingOnTheWay)
{
    expectAll("absent/name", ENOENT);
}

TEST_F(PathErrors, AnEmptyPath)
{
    expectAll("", ENOENT);
}

TEST_F(PathErrors, NothingAtTheEnd)
{
    for (const PathCall &call : kCalls) {
        if (!call.makes) {
            EXPECT_EQ(call.call("dir/absent"), fails(ENOENT)) << call.name;
        }
    }
}

TEST_F(PathErrors, ANameOf256Bytes)
{
    expectAll(std::string(NAME_MAX + 1, 'n'), ENAMETOOLONG);
    expectAll("dir/" + std::string(NAME_MAX + 1, 'n') + "/x", ENAMETOOLONG);
}

TEST_F(PathErrors, APathOf4096Bytes)
{
    std::string path;
    while (path.size() < PATH_MAX)
        path += "./";
    path.resize(PATH_MAX);
    path.back() = 'x';
    expectAll(path, ENAMETOOLONG);
}

TEST_F(PathErrors, LinksThatGoRound)
{
    expectAll("loop/name", ELOOP);
    expectAll("loop-a/name", ELOOP);
    for (const PathCall &call : kCalls) {
        if (!call.looksAtLink) {
            EXPECT_EQ(call.call("loop-a"), fails(ELOOP)) << call.name;
        }
    }
}

TEST_F(PathErrors, MemoryThatIsNotThere)
{
    for (const PathCall &call : kCalls)
        EXPECT_EQ(call.call(reinterpret_cast<const char *>(UINTPTR_MAX)), fails(EFAULT))
            << call.name;
}

TEST_F(PathErrors, NamesAndPathsAsLongAsTheyMayBe)
{
    const std::string longest(NAME_MAX, 'n');
    makeFile(longest, "content");
    EXPECT_EQ(contentOf(longest), "content");
    std::string path;
    while (path.size() + longest.size() + 2 < PATH_MAX)
        path += "./";
    path += longest;
    ASSERT_LT(path.size(), size_t{PATH_MAX});
    EXPECT_EQ(contentOf(path), "content");
    EXPECT_EQ(outcome(unlink(path.c_str())), kDone);
    std::string deep = "deep";
    makeDir(deep);
    while (deep.size() + 200 < PATH_MAX) {
        deep += "/" + std::string(150, 'd');
        ASSERT_EQ(outcome(mkdir(deep.c_str(), 0755)), kDone) << deep.size();
    }
    EXPECT_EQ(outcome(access(deep.c_str(), X_OK)), kDone);
}

TEST_F(PathErrors, ADirectoryThatMayNotBeSearched)
{
    makeDir("closed", 0600, kOwner);
    makeFile("closed/name", "", 0666, kOwner);
    makeDir("open", 0777);
    for (const PathCall &call : kCalls)
        EXPECT_EQ(as(kOwner, [&] { return call.call("closed/name"); }), fails(EACCES)) << call.name;
}

TEST_F(PathErrors, ADirectoryThatMayNotBeWritten)
{
    makeDir("closed", 0555, kOwner);
    makeFile("closed/file", "", 0666, kOwner);
    makeDir("closed/dir", 0777, kOwner);
    const auto refused = [](const char *what, const std::function<Outcome()> &call) {
        EXPECT_EQ(as(kOwner, call), fails(EACCES)) << what;
    };
    refused("mkdir", [] { return outcome(mkdir("closed/new", 0755)); });
    refused("mkfifo", [] { return outcome(mkfifo("closed/new", 0644)); });
    refused("symlink", [] { return outcome(symlink("x", "closed/new")); });
    refused("create", [] { return opened("closed/new", O_CREAT | O_WRONLY); });
    refused("tmpfile", [] { return opened("closed", O_TMPFILE | O_RDWR); });
    refused("link", [] { return outcome(link("closed/file", "closed/new")); });
    refused("unlink", [] { return outcome(unlink("closed/file")); });
    refused("rmdir", [] { return outcome(rmdir("closed/dir")); });
    refused("rename", [] { return outcome(rename("closed/file", "closed/new")); });
    // What is there may be changed all the same.
    EXPECT_EQ(as(kOwner, [] { return opened("closed/file", O_RDWR | O_TRUNC); }), kDone);
}

TEST_F(PathErrors, TwoFilesystems)
{
    EXPECT_EQ(outcome(link("file", "/dev/vexfs-posix")), fails(EXDEV));
    EXPECT_EQ(outcome(rename("file", "/dev/vexfs-posix")), fails(EXDEV));
    EXPECT_EQ(outcome(rename("/proc/version", "version")), fails(EXDEV));
}

} // namespace
} // namespace vexfs::test

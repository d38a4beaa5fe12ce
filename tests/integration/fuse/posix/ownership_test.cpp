// SPDX-License-Identifier: Apache-2.0
// Goal: who may do what, and what set-id bits, sticky directories, groups and access lists mean.
// Method: each rule as root, as the owner, as one of his group and as a stranger.
#include "tests/integration/fuse/posix/place.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace vexfs::test {
namespace {

const User kRoot{0, 0, {}};

class Ownership : public Posix
{
protected:
    void SetUp() override
    {
        Posix::SetUp();
        ASSERT_EQ(chmod(".", 0777), 0);
    }

    void makeOwned(mode_t mode) { makeFile("file", "content", mode, kOwner); }
};

Outcome appendTo(const char *path)
{
    const int fd = open(path, O_WRONLY | O_APPEND);
    const Outcome result = outcome(fd < 0 ? fd : write(fd, "x", 1));
    if (fd >= 0)
        close(fd);
    return result;
}

TEST_F(Ownership, PermissionBitsDecideForOwnerGroupAndOthers)
{
    const User *users[] = {&kOwner, &kMember, &kStranger};
    const int shifts[] = {6, 3, 0};
    for (unsigned bits = 0; bits < 8; bits++) {
        for (size_t i = 0; i < std::size(users); i++) {
            makeOwned(bits << shifts[i]);
            const auto expect = [&](unsigned bit, const std::function<Outcome()> &call) {
                EXPECT_EQ(as(*users[i], call), bits & bit ? kDone : fails(EACCES))
                    << bits << " class " << i << " bit " << bit;
            };
            expect(4, [] { return opened("file", O_RDONLY); });
            expect(2, [] { return opened("file", O_WRONLY); });
            expect(1, [] { return outcome(access("file", X_OK)); });
            expect(2, [] { return outcome(truncate("file", 0)); });
            unlink("file");
        }
    }
}

TEST_F(Ownership, ChmodIsForTheOwner)
{
    makeOwned(0600);
    EXPECT_EQ(as(kOwner, [] { return outcome(chmod("file", 0751)); }), kDone);
    EXPECT_EQ(modeOf("file"), mode_t{0751});
    EXPECT_EQ(as(kMember, [] { return outcome(chmod("file", 0777)); }), fails(EPERM));
    EXPECT_EQ(as(kStranger, [] { return outcome(chmod("file", 0777)); }), fails(EPERM));
    EXPECT_EQ(outcome(chmod("file", 06777)), kDone);
    EXPECT_EQ(modeOf("file"), mode_t{06777});
}

TEST_F(Ownership, ChmodTakesSetgidAwayFromThoseOutsideTheGroup)
{
    makeFile("file", "", 0755, {kOwner.uid, kMember.gid, {}});
    EXPECT_EQ(as(kOwner, [] { return outcome(chmod("file", 02755)); }), kDone);
    EXPECT_EQ(modeOf("file"), mode_t{0755});
    EXPECT_EQ(as({kOwner.uid, kOwner.gid, {kMember.gid}},
                 [] { return outcome(chmod("file", 02755)); }),
              kDone);
    EXPECT_EQ(modeOf("file"), mode_t{02755});
}

TEST_F(Ownership, ChownIsForRootAndGroupsForTheirMembers)
{
    makeOwned(0644);
    const uid_t none = static_cast<uid_t>(-1);
    EXPECT_EQ(as(kOwner, [&] { return outcome(chown("file", kMember.uid, none)); }), fails(EPERM));
    EXPECT_EQ(as(kOwner, [&] { return outcome(chown("file", none, kMember.gid)); }), fails(EPERM));
    EXPECT_EQ(as({kOwner.uid, kOwner.gid, {kMember.gid}},
                 [&] { return outcome(chown("file", none, kMember.gid)); }),
              kDone);
    EXPECT_EQ(statOf("file").st_gid, kMember.gid);
    EXPECT_EQ(as(kStranger, [&] { return outcome(chown("file", none, kStranger.gid)); }),
              fails(EPERM));
    EXPECT_EQ(outcome(chown("file", 123456, 654321)), kDone);
    EXPECT_EQ(statOf("file").st_uid, 123456u);
    EXPECT_EQ(outcome(symlink("file", "link")), kDone);
    EXPECT_EQ(outcome(lchown("link", 7, 8)), kDone);
    EXPECT_EQ(statOf("link").st_uid, 7u);
    EXPECT_EQ(statOf("file").st_uid, 123456u);
}

struct SetIdRow
{
    mode_t before, after;
};

TEST_F(Ownership, ChownTakesSetIdBitsAway)
{
    const SetIdRow rows[] = {{06755, 0755}, {04644, 0644}, {02755, 0755}, {0755, 0755}};
    const User owner{kOwner.uid, kOwner.gid, {kMember.gid}};
    for (const SetIdRow &row : rows) {
        for (const bool byRoot : {false, true}) {
            makeOwned(row.before);
            const auto call = [] { return outcome(chown("file", -1, kMember.gid)); };
            EXPECT_EQ(byRoot ? call() : as(owner, call), kDone);
            EXPECT_EQ(modeOf("file"), row.after) << std::oct << row.before << " root " << byRoot;
            unlink("file");
        }
    }
    makeDir("dir", 06755, kOwner);
    EXPECT_EQ(as(owner, [] { return outcome(chown("dir", -1, kMember.gid)); }), kDone);
    EXPECT_EQ(modeOf("dir"), mode_t{06755}) << "directories keep theirs";
}

TEST_F(Ownership, ChownOfNothingTakesSetIdBitsAwayToo)
{
    makeOwned(06755);
    EXPECT_EQ(as(kOwner, [] { return outcome(chown("file", -1, -1)); }), kDone);
    EXPECT_EQ(modeOf("file"), mode_t{0755});
}

TEST_F(Ownership, ChangingContentTakesSetIdBitsAway)
{
    const struct
    {
        const char *name;
        Outcome (*call)();
    } rows[] = {
        {"write", [] { return appendTo("file"); }},
        {"truncate", [] { return outcome(truncate("file", 3)); }},
        {"open with O_TRUNC", [] { return opened("file", O_WRONLY | O_TRUNC); }},
        {"fallocate",
         [] {
             const int fd = open("file", O_RDWR);
             const Outcome result = outcome(fallocate(fd, 0, 0, 8192));
             close(fd);
             return result;
         }},
        {"direct write",
         [] {
             const int fd = open("file", O_RDWR | O_DIRECT);
             alignas(4096) static char block[4096];
             const Outcome result = outcome(pwrite(fd, block, sizeof(block), 0));
             close(fd);
             return result.error == EINVAL ? appendTo("file") : result; // tmpfs of old
         }},
    };
    for (const auto &row : rows) {
        SCOPED_TRACE(row.name);
        makeOwned(06777);
        EXPECT_EQ(as(kStranger, row.call), kDone);
        EXPECT_EQ(modeOf("file"), mode_t{0777});
        ASSERT_EQ(chmod("file", 06777), 0);
        EXPECT_EQ(row.call(), kDone);
        EXPECT_EQ(modeOf("file"), mode_t{06777}) << "root keeps them";
        unlink("file");
    }
    // Where the group may not execute, set-group-id is not for programs, and its members keep it.
    makeOwned(02766);
    EXPECT_EQ(as(kMember, [] { return appendTo("file"); }), kDone);
    EXPECT_EQ(modeOf("file"), mode_t{02766});
    EXPECT_EQ(as(kStranger, [] { return appendTo("file"); }), kDone);
    EXPECT_EQ(modeOf("file"), mode_t{0766});
}

TEST_F(Ownership, StickyDirectoriesKeepNamesForTheirOwners)
{
    makeDir("sticky", 01777, kOwner);
    makeDir("plain", 0777, kOwner);
    for (const char *dir : {"sticky", "plain"}) {
        const Outcome refused = strcmp(dir, "sticky") == 0 ? fails(EPERM) : kDone;
        const std::string file = std::string(dir) + "/file";
        const std::string sub = std::string(dir) + "/sub";
        const std::string moved = std::string(dir) + "/moved";
        makeFile(file, "", 0666, kMember);
        makeDir(sub, 0777, kMember);
        EXPECT_EQ(as(kStranger, [&] { return outcome(rename(file.c_str(), moved.c_str())); }),
                  refused);
        rename(moved.c_str(), file.c_str());
        EXPECT_EQ(as(kStranger, [&] { return outcome(unlink(file.c_str())); }), refused);
        EXPECT_EQ(as(kStranger, [&] { return outcome(rmdir(sub.c_str())); }), refused);
    }
    // The owner of the file, or of the directory, may.
    EXPECT_EQ(as(kMember, [] { return outcome(unlink("sticky/file")); }), kDone);
    EXPECT_EQ(as(kOwner, [] { return outcome(rmdir("sticky/sub")); }), kDone);
    // A name that would replace another's is refused as well.
    makeFile("sticky/mine", "", 0666, kStranger);
    makeFile("sticky/theirs", "", 0666, kMember);
    EXPECT_EQ(as(kStranger, [] { return outcome(rename("sticky/mine", "sticky/theirs")); }),
              fails(EPERM));
}

TEST_F(Ownership, NewFilesBelongToTheirMakerAndInheritGroups)
{
    makeDir("group", 02777, {kOwner.uid, kMember.gid, {}});
    EXPECT_EQ(as(kStranger, [] { return opened("plain", O_CREAT | O_WRONLY); }), kDone);
    EXPECT_EQ(statOf("plain").st_uid, kStranger.uid);
    EXPECT_EQ(statOf("plain").st_gid, kStranger.gid);
    EXPECT_EQ(as(kStranger, [] { return opened("group/file", O_CREAT | O_WRONLY); }), kDone);
    EXPECT_EQ(statOf("group/file").st_gid, kMember.gid);
    EXPECT_EQ(as(kStranger, [] { return outcome(mkdir("group/dir", 0755)); }), kDone);
    EXPECT_EQ(statOf("group/dir").st_gid, kMember.gid);
    EXPECT_EQ(modeOf("group/dir"), mode_t{02755});
    // Whoever is not in the group cannot make a program that runs with it.
    EXPECT_EQ(as(kStranger,
                 [] {
                     umask(0);
                     return outcome(open("group/program", O_CREAT | O_WRONLY, 02755));
                 }),
              kDone);
    EXPECT_EQ(modeOf("group/program"), mode_t{0755});
}

TEST_F(Ownership, TheUmaskIsTakenOffNewFiles)
{
    for (const mode_t mask : {0, 022, 077, 0777}) {
        const mode_t before = umask(mask);
        EXPECT_EQ(outcome(mkdir("d", 0777)), kDone);
        EXPECT_EQ(outcome(mkfifo("p", 0666)), kDone);
        const int fd = open("f", O_CREAT | O_WRONLY, 0666);
        const int nameless = open(".", O_TMPFILE | O_RDWR, 0666);
        umask(before);
        struct stat info{};
        EXPECT_EQ(fstat(nameless, &info), 0);
        EXPECT_EQ(info.st_mode & 07777, 0666u & ~mask);
        EXPECT_EQ(modeOf("d"), 0777u & ~mask);
        EXPECT_EQ(modeOf("p"), 0666u & ~mask);
        EXPECT_EQ(modeOf("f"), 0666u & ~mask);
        close(fd);
        close(nameless);
        rmdir("d");
        unlink("p");
        unlink("f");
    }
}

TEST_F(Ownership, TimesAreForTheOwnerAndNowForWriters)
{
    makeOwned(0666);
    const timespec past[2] = {{1000, 1}, {2000, 2}};
    const auto set = [&past] { return outcome(utimensat(AT_FDCWD, "file", past, 0)); };
    const auto now = [] { return outcome(utimensat(AT_FDCWD, "file", nullptr, 0)); };
    EXPECT_EQ(as(kOwner, set), kDone);
    EXPECT_EQ(as(kStranger, set), fails(EPERM));
    EXPECT_EQ(as(kStranger, now), kDone) << "who may write may say that it is now";
    ASSERT_EQ(chmod("file", 0644), 0);
    EXPECT_EQ(as(kStranger, now), fails(EACCES));
    EXPECT_EQ(as(kRoot, set), kDone);
}

/// An access list in the form of the extended attribute.
std::string listOf(const std::vector<std::array<uint32_t, 3>> &entries)
{
    std::string out("\2\0\0\0", 4);
    for (const auto &[tag, permissions, id] : entries) {
        const uint16_t head[2] = {static_cast<uint16_t>(tag), static_cast<uint16_t>(permissions)};
        out.append(reinterpret_cast<const char *>(head), 4);
        out.append(reinterpret_cast<const char *>(&id), 4);
    }
    return out;
}

constexpr uint32_t kNoId = 0xffffffff;
constexpr uint32_t kUserObject = 1, kOneUser = 2, kGroupObject = 4, kMask = 16, kOthers = 32;

Outcome setList(const char *path, const char *name, const std::string &list)
{
    return outcome(setxattr(path, name, list.data(), list.size(), 0));
}

TEST_F(Ownership, AccessListsAreEnforced)
{
    makeOwned(0600);
    const std::string list = listOf({{kUserObject, 6, kNoId},
                                     {kOneUser, 4, kStranger.uid},
                                     {kGroupObject, 0, kNoId},
                                     {kMask, 4, kNoId},
                                     {kOthers, 0, kNoId}});
    ASSERT_EQ(setList("file", "system.posix_acl_access", list), kDone);
    EXPECT_EQ(modeOf("file"), mode_t{0640}) << "the group bits show the mask";
    EXPECT_EQ(as(kStranger, [] { return opened("file", O_RDONLY); }), kDone);
    EXPECT_EQ(as(kStranger, [] { return opened("file", O_RDWR); }), fails(EACCES));
    EXPECT_EQ(as(kMember, [] { return opened("file", O_RDONLY); }), fails(EACCES));
    ASSERT_EQ(chmod("file", 0600), 0);
    EXPECT_EQ(as(kStranger, [] { return opened("file", O_RDONLY); }), fails(EACCES))
        << "chmod cuts the mask";
    EXPECT_FALSE(setList("file", "system.posix_acl_access", "rubbish") == kDone);
    EXPECT_EQ(setList("file", "system.posix_acl_default", list), fails(EACCES));
}

TEST_F(Ownership, DefaultListsAreHandedDown)
{
    makeDir("dir", 0777, kOwner);
    const std::string list = listOf({{kUserObject, 7, kNoId},
                                     {kOneUser, 7, kStranger.uid},
                                     {kGroupObject, 5, kNoId},
                                     {kMask, 7, kNoId},
                                     {kOthers, 0, kNoId}});
    ASSERT_EQ(setList("dir", "system.posix_acl_default", list), kDone);
    const mode_t before = umask(077);
    EXPECT_EQ(outcome(mkdir("dir/sub", 0777)), kDone);
    const int fd = open("dir/file", O_CREAT | O_WRONLY, 0666);
    const int nameless = open("dir", O_TMPFILE | O_RDWR, 0666);
    umask(before);
    close(fd);
    EXPECT_EQ(modeOf("dir/file"), mode_t{0660}) << "the list counts, the umask does not";
    EXPECT_EQ(modeOf("dir/sub"), mode_t{0770});
    EXPECT_GT(fgetxattr(nameless, "system.posix_acl_access", nullptr, 0), 0);
    close(nameless);
    EXPECT_EQ(as(kStranger, [] { return opened("dir/file", O_RDWR); }), kDone);
    EXPECT_EQ(getxattr("dir/sub", "system.posix_acl_default", nullptr, 0),
              static_cast<ssize_t>(list.size()));
    EXPECT_EQ(outcome(getxattr("dir/file", "system.posix_acl_default", nullptr, 0)),
              fails(ENODATA));
}

TEST_F(Ownership, AnAccessListTakesSetgidAwayFromThoseOutsideTheGroup)
{
    makeFile("file", "", 02755, {kOwner.uid, kMember.gid, {}});
    const std::string list = listOf(
        {{kUserObject, 7, kNoId}, {kGroupObject, 5, kNoId}, {kOthers, 5, kNoId}});
    EXPECT_EQ(as(kOwner, [&] { return setList("file", "system.posix_acl_access", list); }), kDone);
    EXPECT_EQ(modeOf("file"), mode_t{0755});
}

TEST_F(Ownership, ExtendedAttributesByNamespace)
{
    makeOwned(0644);
    EXPECT_EQ(outcome(setxattr("file", "user.a", "1", 1, XATTR_CREATE)), kDone);
    EXPECT_EQ(outcome(setxattr("file", "user.a", "2", 1, XATTR_CREATE)), fails(EEXIST));
    EXPECT_EQ(outcome(setxattr("file", "user.b", "2", 1, XATTR_REPLACE)), fails(ENODATA));
    EXPECT_EQ(outcome(removexattr("file", "user.b")), fails(ENODATA));
    EXPECT_EQ(outcome(getxattr("file", "user.b", nullptr, 0)), fails(ENODATA));
    EXPECT_EQ(outcome(setxattr("file", "unknown.a", "1", 1, 0)), fails(EOPNOTSUPP));
    EXPECT_EQ(outcome(setxattr("file", "user.", "1", 1, 0)), fails(EINVAL));
    EXPECT_EQ(outcome(setxattr("file", ("user." + std::string(251, 'x')).c_str(), "1", 1, 0)),
              fails(ERANGE));
    char small[1];
    EXPECT_EQ(outcome(setxattr("file", "user.a", "longer", 6, 0)), kDone);
    EXPECT_EQ(outcome(getxattr("file", "user.a", small, 1)), fails(ERANGE));
    EXPECT_EQ(outcome(listxattr("file", small, 1)), fails(ERANGE));
    EXPECT_EQ(as(kStranger, [] { return outcome(setxattr("file", "user.a", "3", 1, 0)); }),
              fails(EACCES));
    EXPECT_EQ(as(kOwner, [] { return outcome(setxattr("file", "trusted.a", "3", 1, 0)); }),
              fails(EPERM));
    ASSERT_EQ(mkfifo("pipe", 0666), 0);
    EXPECT_EQ(outcome(setxattr("pipe", "user.a", "1", 1, 0)), fails(EPERM));
    const std::string large(60000, 'v');
    if (isOwnVolume()) {
        EXPECT_EQ(outcome(setxattr("file", "user.large", large.data(), large.size(), 0)), kDone);
        EXPECT_EQ(getxattr("file", "user.large", nullptr, 0), 60000);
    }
}

} // namespace
} // namespace vexfs::test

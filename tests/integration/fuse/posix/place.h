// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace vexfs::test {

/// The outcome of a system call: 0 or an errno, with its name in messages.
struct Outcome
{
    int error = 0;
    bool operator==(const Outcome &other) const { return error == other.error; }
};
std::ostream &operator<<(std::ostream &out, const Outcome &outcome);

/// The outcome of a call that returned @p value.
Outcome outcome(long value);
/// The outcome of open(2), of which nothing stays open.
Outcome opened(const char *path, int flags);
constexpr Outcome kDone{};
constexpr Outcome fails(int error)
{
    return {error};
}

struct User
{
    uid_t uid;
    gid_t gid;
    std::vector<gid_t> groups;
};

/// People without privileges: an owner, one who shares his group, one who shares nothing.
extern const User kOwner;
extern const User kMember;
extern const User kStranger;

/// Makes @p call in a child process that has become @p user for good.
Outcome as(const User &user, const std::function<Outcome()> &call);

/// A directory of its own for each test, which is the working directory: of a fresh volume mounted
/// by this program, or below VEXFS_POSIX_DIR.
class Posix : public testing::Test
{
protected:
    void SetUp() override;
    void TearDown() override;

    std::string m_path; ///< absolute
};

/// Whether the tests run on a volume of our own, and not on some other filesystem.
bool isOwnVolume();
/// Whether the filesystem can mount again read-only.
std::string mountPoint();

/// Makes a file with @p content, owned by @p user.
void makeFile(const std::string &path, const std::string &content = "", mode_t mode = 0644,
              const User &user = {0, 0, {}});
void makeDir(const std::string &path, mode_t mode = 0755, const User &user = {0, 0, {}});
std::string contentOf(const std::string &path);
struct stat statOf(const std::string &path); ///< lstat(2); a failure fails the test
mode_t modeOf(const std::string &path);      ///< permissions and set-id bits

/// Longer than the tick of the clock that stamps changes.
void waitForClock();

} // namespace vexfs::test

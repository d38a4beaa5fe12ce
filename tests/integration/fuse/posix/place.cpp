// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/fuse/posix/place.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <sstream>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace vexfs::test {

const User kOwner{11001, 11001, {}};
const User kMember{11002, 11002, {11001}};
const User kStranger{11003, 11003, {}};

std::ostream &operator<<(std::ostream &out, const Outcome &outcome)
{
    return out << (outcome.error ? strerrorname_np(outcome.error) : "success");
}

Outcome outcome(long value)
{
    return {value < 0 ? errno : 0};
}

Outcome opened(const char *path, int flags)
{
    const int fd = open(path, flags, 0644);
    const Outcome result = outcome(fd);
    if (fd >= 0)
        close(fd);
    return result;
}

Outcome as(const User &user, const std::function<Outcome()> &call)
{
    constexpr int kNotMade = 250; // no errno
    const pid_t child = fork();
    if (child == 0) {
        if (setgroups(user.groups.size(), user.groups.data()) != 0 || setgid(user.gid) != 0 ||
            setuid(user.uid) != 0)
            _exit(kNotMade);
        _exit(call().error);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) == kNotMade) {
        ADD_FAILURE() << "the child did not make the call; status " << status;
        return {ECHILD};
    }
    return {WEXITSTATUS(status)};
}

void waitForClock()
{
    std::this_thread::sleep_for(std::chrono::milliseconds(15));
}

void makeFile(const std::string &path, const std::string &content, mode_t mode, const User &user)
{
    std::ofstream(path) << content;
    ASSERT_EQ(outcome(chown(path.c_str(), user.uid, user.gid)), kDone) << path;
    ASSERT_EQ(outcome(chmod(path.c_str(), mode)), kDone) << path;
}

void makeDir(const std::string &path, mode_t mode, const User &user)
{
    ASSERT_EQ(outcome(mkdir(path.c_str(), 0700)), kDone) << path;
    ASSERT_EQ(outcome(chown(path.c_str(), user.uid, user.gid)), kDone) << path;
    ASSERT_EQ(outcome(chmod(path.c_str(), mode)), kDone) << path;
}

std::string contentOf(const std::string &path)
{
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

struct stat statOf(const std::string &path)
{
    struct stat out{};
    EXPECT_EQ(outcome(lstat(path.c_str(), &out)), kDone) << path;
    return out;
}

mode_t modeOf(const std::string &path)
{
    return statOf(path).st_mode & 07777;
}

namespace {

/// Runs a program; its exit status.
int run(const std::vector<std::string> &words)
{
    std::vector<char *> arguments;
    for (const std::string &word : words)
        arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        execvp(arguments[0], arguments.data());
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Where the tests run.
class Place : public testing::Environment
{
public:
    void SetUp() override
    {
        umask(022);
        if (const char *dir = getenv("VEXFS_POSIX_DIR")) {
            m_base = dir;
            return;
        }
        const char *programs = getenv("VEXFS_BIN");
        ASSERT_NE(programs, nullptr) << "set VEXFS_BIN or VEXFS_POSIX_DIR";
        ASSERT_EQ(geteuid(), 0u) << "these tests need root and /dev/fuse";
        m_programs = programs;
        char name[] = "/tmp/vexfs-posix-XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        ASSERT_EQ(chmod(name, 0755), 0);
        m_folder = name;
        m_base = m_folder + "/mnt";
        ASSERT_EQ(mkdir(m_base.c_str(), 0755), 0);
        ASSERT_EQ(run({m_programs + "/mkfs.vexfs", "--size", "1G", image()}), 0);
        mount();
    }

    void TearDown() override
    {
        if (m_folder.empty())
            return;
        EXPECT_EQ(umount2(m_base.c_str(), 0), 0) << strerror(errno);
        int status = -1;
        waitpid(m_driver, &status, 0);
        EXPECT_EQ(status, 0) << "vexfs-fuse ended badly";
        EXPECT_EQ(run({m_programs + "/fsck.vexfs", "-n", "--data", image()}), 0);
        std::filesystem::remove_all(m_folder);
    }

    const std::string &base() const { return m_base; }
    bool isOwn() const { return !m_folder.empty(); }
    std::string nextDirectory() { return m_base + "/posix-" + std::to_string(m_count++); }

private:
    std::string image() const { return m_folder + "/image"; }

    void mount()
    {
        struct stat before{};
        struct stat now{};
        ASSERT_EQ(stat(m_base.c_str(), &before), 0);
        m_driver = fork();
        if (m_driver == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM); // a test that crashes leaves no mount behind
            const std::string driver = m_programs + "/vexfs-fuse";
            execl(driver.c_str(), driver.c_str(), "-f", "-o", "allow_other", image().c_str(),
                  m_base.c_str(), nullptr);
            _exit(127);
        }
        for (int i = 0; i < 1000; i++) {
            if (stat(m_base.c_str(), &now) == 0 && now.st_dev != before.st_dev)
                return;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        FAIL() << "no mount";
    }

    std::string m_base;
    std::string m_folder;
    std::string m_programs;
    pid_t m_driver = 0;
    int m_count = 0;
};

Place *place = nullptr;

} // namespace

void Posix::SetUp()
{
    m_path = place->nextDirectory();
    std::filesystem::remove_all(m_path);
    ASSERT_NO_FATAL_FAILURE(makeDir(m_path));
    ASSERT_EQ(chdir(m_path.c_str()), 0);
}

void Posix::TearDown()
{
    ASSERT_EQ(chdir("/"), 0);
    std::filesystem::remove_all(m_path);
}

bool isOwnVolume()
{
    return place->isOwn();
}

std::string mountPoint()
{
    return place->base();
}

} // namespace vexfs::test

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    vexfs::test::place = new vexfs::test::Place; // GoogleTest owns it
    testing::AddGlobalTestEnvironment(vexfs::test::place);
    return RUN_ALL_TESTS();
}

// SPDX-License-Identifier: Apache-2.0
//
// Goal: on a descriptor that is not on VexFS every call says NotSupported, and what is wrong with
// the arguments is told before the driver is asked. Method: the root directory; the calls on a real
// mount are in tests/integration/daemon.
#include "common/ctl/control.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

using namespace vexfs;
using base::Errc;

namespace {

class ControlTest : public testing::Test
{
protected:
    void SetUp() override { m_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }
    void TearDown() override { close(m_fd); }

    int m_fd = -1;
};

} // namespace

TEST_F(ControlTest, SaysNotSupportedElsewhere)
{
    EXPECT_EQ(ctl::volumeInfo(m_fd).error().code, Errc::NotSupported);
    EXPECT_EQ(ctl::sync(m_fd).error().code, Errc::NotSupported);
    EXPECT_EQ(ctl::waitForCommit(m_fd, 0, 0).error().code, Errc::NotSupported);
    EXPECT_EQ(ctl::createSnapshot(m_fd, {1, "a", false, false}).error().code, Errc::NotSupported);
    EXPECT_EQ(ctl::deleteSnapshot(m_fd, 256).error().code, Errc::NotSupported);
    EXPECT_EQ(ctl::listSnapshots(m_fd, true).error().code, Errc::NotSupported);
    EXPECT_EQ(ctl::diff(m_fd, 0, 1, 0).error().code, Errc::NotSupported);
    EXPECT_EQ(ctl::statInode(m_fd, 1, 1).error().code, Errc::NotSupported);
    EXPECT_EQ(ctl::inodePath(m_fd, 1, 1, 0).error().code, Errc::NotSupported);
    EXPECT_EQ(ctl::readFork(m_fd, 1, 100).error().code, Errc::NotSupported);
    EXPECT_EQ(ctl::writeFork(m_fd, 1, 0, "x", true).error().code, Errc::NotSupported);
}

TEST_F(ControlTest, RefusesNamesThatDoNotFit)
{
    for (const QByteArray &name : {QByteArray(), QByteArray(256, 'x'), QByteArray("a\0b", 3)}) {
        const auto made = ctl::createSnapshot(m_fd, {1, name, false, false});
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().code, Errc::InvalidArgs);
    }
}

TEST_F(ControlTest, KeepsTheErrnoOfTheCall)
{
    EXPECT_EQ(ctl::sync(-1).error().sysErrno, EBADF);
}

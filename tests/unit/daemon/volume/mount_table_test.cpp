// SPDX-License-Identifier: Apache-2.0
//
// Goal: mounts of VexFS are found among all others, whatever their paths hold. Method: lines as the
// kernel writes them, and broken ones.
#include "daemon/volume/mount_table.h"

#include <gtest/gtest.h>

using namespace vexfs::daemon;

TEST(MountTable, FindsVexfsMountsOnly)
{
    const QByteArray text =
        "22 1 0:21 / /proc rw,nosuid shared:5 - proc proc rw\n"
        "90 1 0:50 / /mnt/docs rw,nosuid,nodev shared:7 master:2 - fuse.vexfs /img/a rw,user_id=0\n"
        "91 1 0:51 / /mnt/ro ro - fuse.vexfs /img/b ro\n"
        "92 1 0:52 / /mnt/x rw - fuse.sshfs host: rw\n";
    const auto mounts = parseMountInfo(text);
    ASSERT_EQ(mounts.size(), 2);
    EXPECT_EQ(mounts[0].mountPoint, QByteArray("/mnt/docs"));
    EXPECT_EQ(mounts[0].source, QByteArray("/img/a"));
    EXPECT_FALSE(mounts[0].isReadOnly);
    EXPECT_TRUE(mounts[1].isReadOnly);
}

TEST(MountTable, UndoesTheEscapesOfTheKernel)
{
    const auto mounts =
        parseMountInfo("9 1 0:5 / /a\\040b\\134c\\012d rw - fuse.vexfs /i\\011mg rw\n");
    ASSERT_EQ(mounts.size(), 1);
    EXPECT_EQ(mounts[0].mountPoint, QByteArray("/a b\\c\nd"));
    EXPECT_EQ(mounts[0].source, QByteArray("/i\tmg"));
}

TEST(MountTable, LeavesBrokenLinesOut)
{
    EXPECT_TRUE(parseMountInfo("").isEmpty());
    EXPECT_TRUE(parseMountInfo("1 2 3 -\n- fuse.vexfs x\n1 2 3 4 5 6 - fuse.vexfs").isEmpty());
}

TEST(MountTable, ReadsTheRealOne)
{
    EXPECT_TRUE(MountTable::read());
}

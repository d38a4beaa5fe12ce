// SPDX-License-Identifier: Apache-2.0
//
// Goal: mounts of VexFS are found among all others, whatever their paths hold. Method: lines as the
// kernel writes them, and broken ones.
#include "daemon/volume/mount_table.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <gtest/gtest.h>

using namespace vexfs::daemon;

TEST(MountTable, FindsVexfsMountsOnly)
{
    const QByteArray text =
        "22 1 0:21 / /proc rw,nosuid shared:5 - proc proc rw\n"
        "90 1 0:50 / /mnt/docs rw,nosuid,nodev shared:7 master:2 - fuse.vexfs /img/a rw,user_id=0\n"
        "91 1 0:51 / /mnt/ro ro - fuse.vexfs /img/b ro\n"
        "92 1 0:52 / /mnt/x rw - fuse.sshfs host: rw\n"
        "93 1 7:0 / /mnt/k rw,relatime - vexfs /dev/loop0 rw,commit=5\n"
        "94 1 8:1 / /mnt/v rw - vexfsold /dev/sda1 rw\n";
    const auto mounts = parseMountInfo(text);
    ASSERT_EQ(mounts.size(), 3);
    EXPECT_EQ(mounts[0].mountPoint, QByteArray("/mnt/docs"));
    EXPECT_EQ(mounts[0].source, QByteArray("/img/a"));
    EXPECT_FALSE(mounts[0].isReadOnly);
    EXPECT_FALSE(mounts[0].isByKernel);
    EXPECT_TRUE(mounts[1].isReadOnly);
    EXPECT_EQ(mounts[2].mountPoint, QByteArray("/mnt/k"));
    EXPECT_EQ(mounts[2].source, QByteArray("/dev/loop0"));
    EXPECT_TRUE(mounts[2].isByKernel);
}

TEST(MountTable, SeesTheImageBehindALoopDevice)
{
    const QTemporaryDir folder;
    const auto attach = [&folder](const QString &device, const QByteArray &image) {
        const QString path = folder.filePath(device + QStringLiteral("/loop"));
        ASSERT_TRUE(QDir().mkpath(path));
        QFile file(path + QStringLiteral("/backing_file"));
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(image + '\n');
    };
    attach(QStringLiteral("loop3"), "/img/a b");
    attach(QStringLiteral("loop4"), "/img/gone (deleted)");
    EXPECT_EQ(imageBehind("/dev/loop3", folder.path()), QByteArray("/img/a b"));
    EXPECT_EQ(imageBehind("/dev/loop4", folder.path()), QByteArray("/dev/loop4"));
    EXPECT_EQ(imageBehind("/dev/loop5", folder.path()), QByteArray("/dev/loop5"));
    EXPECT_EQ(imageBehind("/dev/sda1", folder.path()), QByteArray("/dev/sda1"));
    EXPECT_EQ(imageBehind("/img/loop3", folder.path()), QByteArray("/img/loop3"));
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

// SPDX-License-Identifier: Apache-2.0
//
// Goal: images are remembered across restarts, and a damaged file loses nothing but itself. Method:
// a temporary folder.
#include "daemon/volume/known_images.h"

#include <QFile>
#include <QTemporaryDir>
#include <gtest/gtest.h>

using namespace vexfs;
using namespace vexfs::daemon;

TEST(KnownImages, RemembersAcrossLoads)
{
    const QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("deeper/volumes.json"));
    KnownImages images(file);
    EXPECT_TRUE(images.load());
    ASSERT_TRUE(
        images.remember({QStringLiteral("u1"), QStringLiteral("docs"), QStringLiteral("/a")}));
    ASSERT_TRUE(images.remember({QStringLiteral("u2"), QString(), QStringLiteral("/b")}));
    KnownImages again(file);
    ASSERT_TRUE(again.load());
    ASSERT_EQ(again.images().size(), 2);
    EXPECT_EQ(again.images()[0].label, QStringLiteral("docs"));
    EXPECT_EQ(again.images()[1].image, QStringLiteral("/b"));
}

TEST(KnownImages, AFileHoldsOneVolume)
{
    const QTemporaryDir folder;
    KnownImages images(folder.filePath(QStringLiteral("v.json")));
    ASSERT_TRUE(images.remember({QStringLiteral("u1"), QString(), QStringLiteral("/a")}));
    ASSERT_TRUE(images.remember({QStringLiteral("u2"), QString(), QStringLiteral("/a")}));
    ASSERT_EQ(images.images().size(), 1);
    EXPECT_EQ(images.images()[0].uuid, QStringLiteral("u2"));
}

TEST(KnownImages, SetsADamagedFileAside)
{
    const QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("v.json"));
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("{\"volumes\": [");
    file.close();
    KnownImages images(path);
    const auto loaded = images.load();
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, base::Errc::Corrupt);
    EXPECT_TRUE(QFile::exists(path + QStringLiteral(".damaged")));
    EXPECT_TRUE(images.remember({QStringLiteral("u"), QString(), QStringLiteral("/a")}));
    EXPECT_TRUE(KnownImages(path).load());
}

// SPDX-License-Identifier: Apache-2.0
//
// Goal: every name of a file survives the way into a URI and back. Method: hand-picked names, among
// them one that is not UTF-8, and all bytes but '/' and NUL.
#include "common/base/file_uri.h"

#include <gtest/gtest.h>

using namespace vexfs::base;

TEST(FileUri, EscapesWhatUrisCannotHold)
{
    EXPECT_EQ(uriFromPath("/a b/50%#?.txt"), QStringLiteral("file:///a%20b/50%25%23%3F.txt"));
    EXPECT_EQ(uriReferenceFromPath("x/\xc3\xa4"), QStringLiteral("x/%C3%A4"));
}

TEST(FileUri, KeepsNamesThatAreNotUtf8)
{
    QByteArray path = "/";
    for (int byte = 1; byte < 256; ++byte) {
        if (byte != '/')
            path += static_cast<char>(byte);
    }
    const auto back = pathFromUri(uriFromPath(path));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, path);
}

TEST(FileUri, CleansPathsByTheirText)
{
    EXPECT_EQ(cleanPath("/a//b/./c/../d/"), QByteArray("/a/b/d"));
    EXPECT_EQ(cleanPath("/../.."), QByteArray("/"));
    EXPECT_EQ(pathFromUri(QStringLiteral("file:///tmp/../etc/")).value(), QByteArray("/etc"));
}

TEST(FileUri, AcceptsAbsolutePathsAndLocalhost)
{
    EXPECT_EQ(pathFromUri(QStringLiteral("/a%20b")).value(), QByteArray("/a%20b"));
    EXPECT_EQ(pathFromUri(QStringLiteral("file://localhost/a%20b")).value(), QByteArray("/a b"));
}

TEST(FileUri, RefusesWhatIsNoFileOfThisMachine)
{
    for (const char *each : {"", "a/b", "http://x/y", "file://other/x", "file:relative"}) {
        const auto path = pathFromUri(QString::fromLatin1(each));
        ASSERT_FALSE(path) << each;
        EXPECT_EQ(path.error().code, Errc::InvalidArgs) << each;
    }
    EXPECT_FALSE(pathFromUri(QStringLiteral("file:///a%00b")));
}

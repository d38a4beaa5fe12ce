// SPDX-License-Identifier: Apache-2.0
//
// Goal: a{sv} options are read by the rules of VexFS1. Method: each rule with a value that keeps it
// and one that breaks it.
#include "common/dbus/options.h"

#include <gtest/gtest.h>

using namespace vexfs;
using base::Errc;
using dbus::Options;

namespace {

QVariantMap one(const char *key, const QVariant &value)
{
    return {{QString::fromLatin1(key), value}};
}

} // namespace

TEST(Options, IgnoresUnknownKeysUnlessTheyMatter)
{
    EXPECT_TRUE(Options(one("colour", 1), {"limit"}).status());
    const auto status = Options(one("!colour", 1), {"limit"}).status();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::NotSupported);
}

TEST(Options, ReadsKnownKeysThatMatter)
{
    Options options(one("!limit", 7U), {"limit"});
    EXPECT_EQ(options.number("limit", 20, 1000), 7U);
    EXPECT_TRUE(options.status());
}

TEST(Options, AcceptsEveryIntegerType)
{
    for (const QVariant &value :
         {QVariant(5), QVariant(5U), QVariant(5LL), QVariant(5ULL), QVariant::fromValue<uchar>(5),
          QVariant::fromValue<short>(5), QVariant::fromValue<ushort>(5)}) {
        Options options(one("limit", value), {"limit"});
        EXPECT_EQ(options.number("limit", 20, 1000), 5U) << value.typeName();
        EXPECT_TRUE(options.status()) << value.typeName();
    }
}

TEST(Options, RefusesWrongTypesAndRanges)
{
    for (const QVariant &value : {QVariant(-1), QVariant(1001), QVariant(QStringLiteral("5"))}) {
        Options options(one("limit", value), {"limit"});
        options.number("limit", 20, 1000);
        ASSERT_FALSE(options.status());
        EXPECT_EQ(options.status().error().code, Errc::InvalidArgs);
    }
    Options flag(one("force", 1), {"force"});
    flag.boolean("force");
    EXPECT_FALSE(flag.status());
    Options mode(one("mode", QStringLiteral("odd")), {"mode"});
    mode.word("mode", QStringLiteral("auto"), {QStringLiteral("auto")});
    EXPECT_FALSE(mode.status());
    Options score(one("min-score", 1.5), {"min-score"});
    score.real("min-score", 0, 0, 1);
    EXPECT_FALSE(score.status());
}

TEST(Options, AbsentOnesHaveTheirFallback)
{
    Options options({}, {"limit", "mode", "scope", "volumes"});
    EXPECT_EQ(options.number("limit", 20, 1000), 20U);
    EXPECT_EQ(options.text("mode", QStringLiteral("x")), QStringLiteral("x"));
    EXPECT_TRUE(options.texts("scope").isEmpty());
    EXPECT_TRUE(options.paths("volumes").isEmpty());
    EXPECT_FALSE(options.has("mode"));
    EXPECT_TRUE(options.status());
}

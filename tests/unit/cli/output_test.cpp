// SPDX-License-Identifier: Apache-2.0
//
// Goal: sizes, times, names and tables look as CLI.md says, whatever comes in. Method: examples.
#include "cli/output/human.h"
#include "cli/output/progress_bar.h"
#include "cli/output/table.h"

#include <gtest/gtest.h>

#include <sstream>

using namespace vexfs::cli;

TEST(Human, SizesArePowersOf1024)
{
    EXPECT_EQ(humanBytes(0), QStringLiteral("0 B"));
    EXPECT_EQ(humanBytes(1023), QStringLiteral("1023 B"));
    EXPECT_EQ(humanBytes(1536), QStringLiteral("1.5 KiB"));
    EXPECT_EQ(humanBytes(64ULL << 30U), QStringLiteral("64.0 GiB"));
}

TEST(Human, ReadsSizesAsPeopleWriteThem)
{
    EXPECT_EQ(parseBytes(QStringLiteral("4096")), 4096U);
    EXPECT_EQ(parseBytes(QStringLiteral("64G")), 64ULL << 30U);
    EXPECT_EQ(parseBytes(QStringLiteral("1.5k")), 1536U);
    EXPECT_EQ(parseBytes(QStringLiteral("2MiB")), 2ULL << 20U);
    for (const char *each : {"", "G", "-1", "1X", "64 G G", "99999999P", "1e3"})
        EXPECT_FALSE(parseBytes(QString::fromLatin1(each))) << each;
}

TEST(Human, TimesAreUtcInJson)
{
    EXPECT_EQ(isoTime(0), QString());
    EXPECT_EQ(isoTime(1'000'000), QStringLiteral("1970-01-01T00:00:01Z"));
    EXPECT_EQ(isoTime(1'500'000), QStringLiteral("1970-01-01T00:00:01.500Z"));
}

TEST(Human, NamesCannotForgeOutput)
{
    EXPECT_EQ(shownPath("/a\nb\x1b[31m"), QStringLiteral("/a\\x0ab\\x1b[31m"));
    EXPECT_EQ(oneLine(QStringLiteral("a\nb\tc\x1b")), QStringLiteral("a b c "));
}

TEST(Table, AlignsColumns)
{
    Table table({QStringLiteral("NAME"), QStringLiteral(">SIZE")});
    table.addRow({QStringLiteral("a"), QStringLiteral("1")});
    table.addRow({QStringLiteral("longer"), QStringLiteral("12345")});
    std::ostringstream out;
    table.write(out);
    EXPECT_EQ(out.str(), "NAME     SIZE\na           1\nlonger  12345\n");
}

TEST(ProgressBar, IsSilentAtFirstWithoutATerminal)
{
    std::ostringstream err;
    {
        ProgressBar bar(err, false);
        bar.update(0.5, QStringLiteral("copying"));
    }
    EXPECT_EQ(err.str(), "");
    ProgressBar bar(err, true);
    bar.update(0.5, QStringLiteral("copying"));
    EXPECT_NE(err.str().find(" 50 %  copying"), std::string::npos);
}

// SPDX-License-Identifier: Apache-2.0
//
// Goal: what people type is understood, or refused with the place of what was not.
#include "daemon/query/query_language.h"

#include <QTimeZone>
#include <gtest/gtest.h>

using namespace vexfs;
using namespace vexfs::daemon;
using vexfs::base::Errc;

namespace {

const QDateTime kNow(QDate(2026, 3, 15), QTime(12, 30), QTimeZone::utc());

ParsedQuery parse(const char *typed)
{
    const auto query = parseQueryLanguage(QString::fromUtf8(typed), kNow);
    EXPECT_TRUE(query) << typed << ": " << qPrintable(query ? QString() : query.error().what);
    return query ? *query : ParsedQuery();
}

QString refused(const char *typed, Errc code = Errc::InvalidQuery)
{
    const auto query = parseQueryLanguage(QString::fromUtf8(typed), kNow);
    EXPECT_FALSE(query) << typed;
    if (query)
        return {};
    EXPECT_EQ(query.error().code, code) << typed;
    return query.error().what;
}

int64_t ns(const QDate &date)
{
    return QDateTime(date, QTime(0, 0), QTimeZone::utc()).toMSecsSinceEpoch() * 1'000'000;
}

} // namespace

TEST(QueryLanguage, TellsEveryConditionFromTheWords)
{
    const ParsedQuery query = parse("rent type:pdf,odt after:2025-01 before:2026 in:~/Work "
                                    "size:>1M tag:finance \"in arrears\" -draft name:*2024* "
                                    "similar:\"/mnt/my letter.odt\" at:yesterday contract");
    EXPECT_EQ(query.text, QStringLiteral("rent in arrears contract"));
    EXPECT_EQ(query.types, (QStringList{QStringLiteral("pdf"), QStringLiteral("odt")}));
    EXPECT_EQ(query.sinceNs, ns(QDate(2025, 1, 1)));
    EXPECT_EQ(query.untilNs, ns(QDate(2026, 1, 1)));
    EXPECT_EQ(query.folders, QStringList{QStringLiteral("~/Work")});
    EXPECT_EQ(query.sizeMin, (1U << 20U) + 1);
    EXPECT_EQ(query.sizeMax, kNoSizeMax);
    EXPECT_EQ(query.tags, QStringList{QStringLiteral("finance")});
    EXPECT_EQ(query.phrases, QStringList{QStringLiteral("in arrears")});
    EXPECT_EQ(query.without, QStringList{QStringLiteral("draft")});
    EXPECT_EQ(query.names, QStringList{QStringLiteral("*2024*")});
    EXPECT_EQ(query.similar, QStringLiteral("/mnt/my letter.odt"));
    EXPECT_EQ(query.at, QStringLiteral("yesterday"));
    EXPECT_EQ(parse("tea snapshot:\"before the move\"").at, QStringLiteral("before the move"));
}

TEST(QueryLanguage, WithoutGoesWithWordsPhrasesAndMostConditions)
{
    const ParsedQuery query
        = parse("-\"as is\" -type:pdf -in:/mnt/old -tag:done -name:copy -x tea -- - well-known");
    EXPECT_EQ(query.without, (QStringList{QStringLiteral("as is"), QStringLiteral("x")}));
    EXPECT_EQ(query.withoutTypes, QStringList{QStringLiteral("pdf")});
    EXPECT_EQ(query.withoutFolders, QStringList{QStringLiteral("/mnt/old")});
    EXPECT_EQ(query.withoutTags, QStringList{QStringLiteral("done")});
    EXPECT_EQ(query.withoutNames, QStringList{QStringLiteral("copy")});
    EXPECT_EQ(query.text, QStringLiteral("tea -- - well-known"));
    EXPECT_TRUE(refused("tea -after:2025").startsWith(QLatin1String("at 5: ")));
}

TEST(QueryLanguage, OtherColonsAndOpenQuotesAreText)
{
    EXPECT_EQ(parse("Re: rent https://example.org/in:x 10:30").text,
              QStringLiteral("Re: rent https://example.org/in:x 10:30"));
    const ParsedQuery open = parse("tea \"green le");
    EXPECT_EQ(open.text, QStringLiteral("tea green le"));
    EXPECT_TRUE(open.phrases.isEmpty());
    EXPECT_EQ(parse("\u201egr\u00fcner Tee\u201c").phrases,
              QStringList{QString::fromUtf8("gr\u00fcner Tee")});
    EXPECT_TRUE(parse("\"\" \" \"").phrases.isEmpty());
}

TEST(QueryLanguage, SizesAreRanges)
{
    const std::tuple<const char *, uint64_t, uint64_t> table[] = {
        {"size:>1k", 1025, kNoSizeMax}, {"size:>=1k", 1024, kNoSizeMax},
        {"size:<1k", 0, 1023},          {"size:<=1KiB", 0, 1024},
        {"size<2M", 0, (2U << 20U) - 1}, {"size>0", 1, kNoSizeMax},
        {"size:4096", 4096, 4096},      {"size:=4kB", 4096, 4096},
        {"size:1k..2k", 1024, 2048},    {"size:..2k", 0, 2048},
        {"size:1.5k..", 1536, kNoSizeMax},
        {"size:>1k size:<4k", 1025, 4095}};
    for (const auto &[typed, from, to] : table) {
        EXPECT_EQ(parse(typed).sizeMin, from) << typed;
        EXPECT_EQ(parse(typed).sizeMax, to) << typed;
    }
    for (const char *typed : {"size:big", "size:>", "size:1e9", "size:inf", "size:-1", "size:1..x",
                              "size:<0", "size:99999999P", "size:=="})
        EXPECT_TRUE(refused(typed).startsWith(QLatin1String("at 6: "))) << typed;
    EXPECT_FALSE(refused("size:>2k size:<1k").isEmpty());
}

TEST(QueryLanguage, DatesAreTheirFirstMoment)
{
    const std::pair<const char *, QDateTime> table[] = {
        {"2025", QDate(2025, 1, 1).startOfDay(Qt::UTC)},
        {"2025-02", QDate(2025, 2, 1).startOfDay(Qt::UTC)},
        {"2025-02-28", QDate(2025, 2, 28).startOfDay(Qt::UTC)},
        {"2025-02-28T10:30", QDateTime(QDate(2025, 2, 28), QTime(10, 30), QTimeZone::utc())},
        {"today", QDate(2026, 3, 15).startOfDay(Qt::UTC)},
        {"Yesterday", QDate(2026, 3, 14).startOfDay(Qt::UTC)},
        {"36h", kNow.addSecs(-36 * 3600)},
        {"7d", kNow.addDays(-7)},
        {"2w", kNow.addDays(-14)},
        {"6m", kNow.addMonths(-6)},
        {"1y", kNow.addYears(-1)}};
    for (const auto &[typed, date] : table)
        EXPECT_EQ(parseDate(QString::fromUtf8(typed), kNow), date) << typed;
    for (const char *typed : {"2025-13", "2025-02-30", "soon", "d", "-7d", "7x", "99999d", "20255",
                              "2025-1", "", "0x1d"})
        EXPECT_FALSE(parseDate(QString::fromUtf8(typed), kNow).isValid()) << typed;
}

TEST(QueryLanguage, TellsThePlaceOfWhatItDoesNotUnderstand)
{
    EXPECT_TRUE(refused("tea after:2025-13 cup").startsWith(QLatin1String("at 11: ")));
    EXPECT_TRUE(refused("\U0001f375\U0001f375 type:").startsWith(QLatin1String("at 9: ")));
    EXPECT_TRUE(refused("in:\"/mnt/x").startsWith(QLatin1String("at 4: ")));
    EXPECT_TRUE(refused("tag:\"\"").startsWith(QLatin1String("at 5: ")));
    EXPECT_TRUE(refused("similar:a similar:b").startsWith(QLatin1String("at 11: ")));
    EXPECT_FALSE(refused("after:2025 before:2024").isEmpty());
    EXPECT_FALSE(refused(QByteArray("tag:x ").repeated(65).constData()).isEmpty());
    EXPECT_FALSE(refused(QByteArray(20'001, 'x').constData()).isEmpty());
    EXPECT_TRUE(refused("tea -at:2025").startsWith(QLatin1String("at 5: ")));
    EXPECT_TRUE(refused("at:2025 snapshot:x").startsWith(QLatin1String("at 9: ")));
}

// SPDX-License-Identifier: Apache-2.0
//
// Goal: counters, kept answers and known texts are what they say, at their limits too.
#include "daemon/index/catalog.h"
#include "daemon/search/embedded_texts.h"
#include "daemon/search/index_counters.h"
#include "daemon/search/result_cache.h"
#include "daemon/search/searched_past.h"
#include "daemon/search/stem_counts.h"
#include "daemon/service/work_policy.h"

#include <QTemporaryDir>
#include <gtest/gtest.h>

using namespace vexfs::daemon;

namespace {

SearchReply replyOf(const char *path, int snippetChars)
{
    SearchReply reply;
    SearchHit hit;
    hit.path = path;
    hit.snippet = QString(snippetChars, u'x');
    reply.hits = {hit};
    return reply;
}

uint64_t valueOf(const QVector<CounterRow> &rows, const char *name)
{
    for (const CounterRow &row : rows) {
        if (row.name == QLatin1String(name))
            return row.value;
    }
    ADD_FAILURE() << "no counter " << name;
    return 0;
}

} // namespace

TEST(LatencyHistogram, BucketsDoubleAndPercentilesAreTheirBounds)
{
    LatencyHistogram histogram;
    EXPECT_EQ(histogram.percentileUs(0.5), 0U);
    for (const int64_t us : {-5, 0, 1, 2, 3, 4, 5, 8, 9})
        histogram.add(us);
    QVector<CounterRow> rows;
    histogram.tell(QStringLiteral("x"), rows);
    EXPECT_EQ(valueOf(rows, "x.count"), 9U);
    EXPECT_EQ(valueOf(rows, "x.total-us"), 32U);
    EXPECT_EQ(valueOf(rows, "x.up-to-1-us"), 3U);
    EXPECT_EQ(valueOf(rows, "x.up-to-2-us"), 1U);
    EXPECT_EQ(valueOf(rows, "x.up-to-4-us"), 2U);
    EXPECT_EQ(valueOf(rows, "x.up-to-8-us"), 2U);
    EXPECT_EQ(valueOf(rows, "x.up-to-16-us"), 1U);
    EXPECT_EQ(valueOf(rows, "x.p50-us"), 4U);
    EXPECT_EQ(valueOf(rows, "x.p99-us"), 16U);
    histogram.add(3'600'000'000);
    rows.clear();
    histogram.tell(QStringLiteral("x"), rows);
    EXPECT_EQ(valueOf(rows, "x.above-4194304-us"), 1U);
}

TEST(ResultCache, KeepsWhatWasUsedLastWithinItsBytes)
{
    CacheCounters counters;
    ResultCache cache(counters, 20'000);
    cache.put("a", replyOf("a", 4000));
    cache.put("b", replyOf("b", 4000));
    EXPECT_TRUE(cache.find("a"));
    cache.put("c", replyOf("c", 4000)); // b was used longest ago
    EXPECT_FALSE(cache.find("b"));
    EXPECT_EQ(cache.find("a")->hits.constFirst().path, "a");
    EXPECT_TRUE(cache.find("c"));
    cache.put("huge", replyOf("huge", 40'000));
    EXPECT_FALSE(cache.find("huge"));
    EXPECT_EQ(counters.hits, 3U);
    EXPECT_EQ(counters.misses, 2U);
    EXPECT_EQ(counters.evictions, 1U);
    EXPECT_EQ(counters.entries, 2U);
    EXPECT_LE(counters.bytes, 20'000U);
    cache.clear();
    EXPECT_FALSE(cache.find("a"));
    EXPECT_EQ(counters.bytes, 0U);
}

TEST(ResultCache, EveryPartOfARequestIsPartOfItsKey)
{
    const SearchRequest plain;
    const QByteArray key = resultKey(plain, 1, "m");
    EXPECT_EQ(resultKey(plain, 1, "m"), key);
    EXPECT_NE(resultKey(plain, 2, "m"), key);
    EXPECT_NE(resultKey(plain, 1, "n"), key);
    std::vector<SearchRequest> others(12);
    others[0].text = QStringLiteral("x");
    others[1].limit = 3;
    others[2].offset = 3;
    others[3].mode = SearchMode::Vector;
    others[4].scopes = {"x"};
    others[5].withoutScopes = {"x"};
    others[6].tags = {QStringLiteral("x")};
    others[7].sizeMin = 1;
    others[8].isPrefix = true;
    others[9].similarTo = "x";
    others[10].vector = {1.0F};
    others[11].hasFeedback = false;
    for (size_t i = 0; i < others.size(); ++i)
        EXPECT_NE(resultKey(others[i], 1, "m"), key) << i;
}

TEST(EmbeddedTexts, KnowTheLastFileOfAText)
{
    CacheCounters counters;
    EmbeddedTexts texts(counters);
    const QByteArray hash("0123456789abcdef");
    EXPECT_EQ(texts.find(hash), 0U);
    texts.add(hash, 7);
    texts.add(QByteArray(), 8);
    EXPECT_EQ(texts.find(hash), 7U);
    EXPECT_EQ(texts.find(QByteArray()), 0U);
    texts.remove(hash, 6);
    EXPECT_EQ(texts.find(hash), 7U);
    EXPECT_EQ(counters.entries, 1U);
    texts.remove(hash, 7);
    EXPECT_EQ(texts.find(hash), 0U);
}

TEST(WorkPolicy, InhibitorsHoldAndTheBatteryIsKnown)
{
    WorkPolicy policy;
    EXPECT_EQ(policy.limits(), WorkLimits());
    EXPECT_TRUE(WorkPolicy::isKnown(QStringLiteral("indexing:snapshots")));
    for (const char *bad : {"", "indexing:", "all"})
        EXPECT_FALSE(WorkPolicy::isKnown(QLatin1String(bad))) << bad;
    const auto other = policy.addInhibitor({QStringLiteral("snapshots"), {}, {}, 0});
    EXPECT_TRUE(policy.limits().hold.isEmpty());
    const auto first = policy.addInhibitor(
        {QStringLiteral("snapshots:indexing"), QStringLiteral("film"), QStringLiteral("plays"), 1});
    EXPECT_EQ(policy.limits().hold, QStringLiteral("inhibited"));
    EXPECT_EQ(policy.limits().message, QStringLiteral("film: plays"));
    policy.removeInhibitor(first);
    policy.removeInhibitor(first);
    EXPECT_EQ(policy.inhibitors().size(), 1);
    policy.removeInhibitor(other);
    policy.setBattery(true);
    EXPECT_TRUE(policy.limits().isOnBattery);
    policy.setBattery(false);
    EXPECT_EQ(policy.limits(), WorkLimits());
}

// Files 10 to 59; what file n says is true of trees n and n + 1, and of files above 50 it goes on.
class AliveSetsTest : public testing::Test
{
protected:
    void SetUp() override
    {
        auto catalog = Catalog::open(m_folder.path(), Database::Access::ReadWrite);
        ASSERT_TRUE(catalog) << qPrintable(catalog.error().what);
        m_catalog = std::move(*catalog);
        QVector<FileRecord> records;
        for (uint64_t ino = 10; ino < 60; ++ino) {
            FileRecord record;
            record.row.ino = ino;
            record.row.paths = {QByteArray::number(qulonglong(ino))};
            record.row.birthTree = ino;
            record.row.deathTree = ino <= 50 ? ino + 2 : 0;
            records.append(record);
        }
        ASSERT_TRUE(m_catalog->writeFiles(records, {}));
        for (uint64_t tree = 1; tree < 100; ++tree)
            m_past.snapshots.append({tree, 0, QByteArray::number(qulonglong(tree))});
    }

    InodeSet askedAt(AliveSets &sets, uint64_t tree, uint64_t generation = 1)
    {
        m_past.at = m_past.snapshots[qsizetype(tree) - 1];
        const auto keys = sets.find(*m_catalog, generation, m_past);
        EXPECT_TRUE(keys);
        return keys ? (*keys)->all : InodeSet();
    }

    QTemporaryDir m_folder;
    std::unique_ptr<Catalog> m_catalog;
    SearchedPast m_past;
    CacheCounters m_counters;
};

TEST_F(AliveSetsTest, SayWhatATreeHasAndWhatAnyHas)
{
    AliveSets sets(m_counters);
    EXPECT_TRUE(askedAt(sets, 9).empty());
    EXPECT_EQ(askedAt(sets, 10), (InodeSet{10}));
    EXPECT_EQ(askedAt(sets, 30), (InodeSet{29, 30}));
    EXPECT_EQ(askedAt(sets, 99).size(), 9U);
    m_past.at.reset();
    m_past.scope = SnapshotScope::Only;
    EXPECT_EQ((*sets.find(*m_catalog, 1, m_past))->all.size(), 50U);
    m_past.snapshots.resize(20);
    EXPECT_EQ((*sets.find(*m_catalog, 1, m_past))->all.size(), 11U);
    m_past.scope = SnapshotScope::All;
    EXPECT_EQ((*sets.find(*m_catalog, 1, m_past))->all.size(), 50U);
    EXPECT_EQ(holdersOf(m_past, 5, 8), (std::pair<qsizetype, qsizetype>(4, 7)));
    EXPECT_EQ(holdersOf(m_past, 90, kNoTree), (std::pair<qsizetype, qsizetype>(20, 20)));
}

TEST_F(AliveSetsTest, AreKeptWithinTheirBytesAndForOneGenerationOnly)
{
    constexpr size_t kBytes = 6000;
    AliveSets sets(m_counters, kBytes);
    for (uint64_t tree = 10; tree < 90; ++tree) {
        EXPECT_EQ(askedAt(sets, tree).contains(tree), tree < 60) << tree;
        EXPECT_LE(m_counters.bytes, kBytes);
    }
    EXPECT_EQ(m_counters.misses, 80U);
    EXPECT_EQ(m_counters.hits, 0U);
    EXPECT_GT(m_counters.entries, 0U);
    EXPECT_EQ(m_counters.evictions, 80U - m_counters.entries);
    askedAt(sets, 89);
    EXPECT_EQ(m_counters.hits, 1U);
    // What is written later is in none of those that are known.
    FileRecord record;
    record.row.ino = 70;
    record.row.paths = {"70"};
    record.row.birthTree = 80;
    ASSERT_TRUE(m_catalog->writeFiles({record}, {}));
    EXPECT_TRUE(askedAt(sets, 89, 2).contains(70));
    EXPECT_EQ(m_counters.entries, 1U);
    // A reader that is late gets its answer, and nothing of it is kept.
    askedAt(sets, 88, 1);
    EXPECT_EQ(m_counters.entries, 1U);
    sets.clear();
    EXPECT_EQ(m_counters.bytes, 0U);
}

TEST(StemCounts, AreOfOneGenerationAndOfNowOrThen)
{
    using enum StemCounts::Where;
    CacheCounters counters;
    StemCounts counts(counters);
    EXPECT_FALSE(counts.find(1, Now, "lamp"));
    counts.put(1, Now, "lamp", 3);
    counts.put(1, Then, "lamp", 0);
    EXPECT_EQ(counts.find(1, Now, "lamp"), 3U);
    EXPECT_EQ(counts.find(1, Then, "lamp"), 0U);
    EXPECT_FALSE(counts.find(2, Now, "lamp"));
    counts.put(2, Now, "sea", 5);
    EXPECT_FALSE(counts.find(2, Now, "lamp"));
    counts.put(1, Now, "late", 7);
    EXPECT_FALSE(counts.find(2, Now, "late"));
    EXPECT_EQ(counters.entries, 1U);
    counts.put(2, Now, std::string(100'000, 'x'), 1);
    EXPECT_EQ(counters.entries, 1U);
    for (int i = 0; i < 50'000; ++i)
        counts.put(2, Now, std::to_string(i), 1);
    EXPECT_LE(counters.entries, 20'000U);
    EXPECT_LE(counters.bytes, 20'000U * 100);
    EXPECT_GT(counters.evictions, 0U);
}

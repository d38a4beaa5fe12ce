// SPDX-License-Identifier: Apache-2.0
//
// Goal: counters, kept answers and known texts are what they say, at their limits too.
#include "daemon/search/embedded_texts.h"
#include "daemon/search/index_counters.h"
#include "daemon/search/result_cache.h"
#include "daemon/service/work_policy.h"

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
    policy.setCpuShare(0.0);
    EXPECT_GT(policy.limits().cpuShare, 0.0);
}

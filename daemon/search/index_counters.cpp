// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/index_counters.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace vexfs::daemon {

void LatencyHistogram::add(int64_t us)
{
    const auto time = static_cast<uint64_t>(std::max<int64_t>(us, 0));
    const int bucket = time <= 1 ? 0 : static_cast<int>(std::bit_width(time - 1));
    ++m_buckets[static_cast<size_t>(std::min(bucket, kBuckets - 1))];
    ++m_count;
    m_totalUs += time;
}

uint64_t LatencyHistogram::percentileUs(double share) const
{
    std::array<uint64_t, kBuckets> counts{};
    uint64_t total = 0;
    for (size_t i = 0; i < counts.size(); ++i)
        total += counts[i] = m_buckets[i];
    const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(total)));
    uint64_t seen = 0;
    for (int i = 0; i < kBuckets; ++i) {
        seen += counts[static_cast<size_t>(i)];
        if (seen >= wanted && seen > 0)
            return boundUs(i);
    }
    return 0;
}

void LatencyHistogram::tell(const QString &prefix, QVector<CounterRow> &out) const
{
    const auto us = CounterUnit::Microseconds;
    out += {prefix + QStringLiteral(".count"), m_count, false, CounterUnit::Count};
    out += {prefix + QStringLiteral(".total-us"), m_totalUs, false, us};
    out += {prefix + QStringLiteral(".p50-us"), percentileUs(0.50), true, us};
    out += {prefix + QStringLiteral(".p95-us"), percentileUs(0.95), true, us};
    out += {prefix + QStringLiteral(".p99-us"), percentileUs(0.99), true, us};
    for (int i = 0; i < kBuckets; ++i) {
        if (const uint64_t count = m_buckets[static_cast<size_t>(i)]; count > 0) {
            const QString name = i + 1 < kBuckets ? QStringLiteral(".up-to-%1-us")
                                                  : QStringLiteral(".above-%1-us");
            out += {prefix + name.arg(boundUs(std::min(i, kBuckets - 2))), count, false,
                    CounterUnit::Count};
        }
    }
}

void CacheCounters::tell(const QString &prefix, QVector<CounterRow> &out) const
{
    out += {prefix + QStringLiteral(".hits"), hits, false, CounterUnit::Count};
    out += {prefix + QStringLiteral(".misses"), misses, false, CounterUnit::Count};
    out += {prefix + QStringLiteral(".evictions"), evictions, false, CounterUnit::Count};
    out += {prefix + QStringLiteral(".entries"), entries, true, CounterUnit::Count};
    out += {prefix + QStringLiteral(".bytes"), bytes, true, CounterUnit::Bytes};
    hitTime.tell(prefix + QStringLiteral(".hit"), out);
    missTime.tell(prefix + QStringLiteral(".miss"), out);
}

void IndexCounters::tell(QVector<CounterRow> &out) const
{
    results.tell(QStringLiteral("cache.results"), out);
    trees.tell(QStringLiteral("cache.snapshots"), out);
    stems.tell(QStringLiteral("cache.stems"), out);
    embeddings.tell(QStringLiteral("cache.embeddings"), out);
    search.tell(QStringLiteral("search"), out);
    filter.tell(QStringLiteral("search.filter"), out);
    words.tell(QStringLiteral("search.words"), out);
    meaning.tell(QStringLiteral("search.meaning"), out);
    batch.tell(QStringLiteral("index.batch"), out);
    out += {QStringLiteral("search.weak"), weakAnswers, false, CounterUnit::Count};
    out += {QStringLiteral("index.files"), filesIndexed, false, CounterUnit::Count};
    out += {QStringLiteral("index.failures"), filesFailed, false, CounterUnit::Count};
    out += {QStringLiteral("index.rested-us"), restedUs, false, CounterUnit::Microseconds};
}

} // namespace vexfs::daemon

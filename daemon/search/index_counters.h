// SPDX-License-Identifier: Apache-2.0
//
// daemon/search/index_counters.h - what the index of one volume counts while it works.
//
// Counters only rise until the index is stopped; whoever wants a rate reads twice. Nothing here
// locks: threads add to atomics, a reader sees each as it is at that moment.
#pragma once

#include <QString>
#include <QVector>

#include <array>
#include <atomic>
#include <cstdint>

namespace vexfs::daemon {

enum class CounterUnit { Count, Bytes, Microseconds };

/// A counter (only rises) or a gauge by its name.
struct CounterRow
{
    QString name;
    uint64_t value = 0;
    bool isGauge = false;
    CounterUnit unit = CounterUnit::Count;
};

/// How long things took, in buckets that double: the last one takes all that is longer.
class LatencyHistogram
{
public:
    static constexpr int kBuckets = 24;  ///< up to 1, 2, 4 ... us; the last but one 4.2 s

    void add(int64_t us);
    uint64_t count() const { return m_count; }
    /// No more than this share of what was added took longer; the bound of its bucket.
    uint64_t percentileUs(double share) const;
    /// prefix.count, .total-us, .p50-us, .p95-us, .p99-us, and a counter for each bucket in use.
    void tell(const QString &prefix, QVector<CounterRow> &out) const;

private:
    static uint64_t boundUs(int bucket) { return 1ULL << static_cast<unsigned>(bucket); }

    std::array<std::atomic<uint64_t>, kBuckets> m_buckets{};
    std::atomic<uint64_t> m_count{0};
    std::atomic<uint64_t> m_totalUs{0};
};

struct CacheCounters
{
    std::atomic<uint64_t> hits{0};
    std::atomic<uint64_t> misses{0};
    std::atomic<uint64_t> evictions{0};
    std::atomic<uint64_t> entries{0};
    std::atomic<uint64_t> bytes{0};
    LatencyHistogram hitTime;
    LatencyHistogram missTime;

    void tell(const QString &prefix, QVector<CounterRow> &out) const;
};

/// Owner: IndexContext; thread: any.
struct IndexCounters
{
    CacheCounters results;     ///< whole answers
    CacheCounters trees;       ///< what snapshots have, of those that were searched
    CacheCounters stems;       ///< how many files have a stem
    CacheCounters embeddings;  ///< of chunks: vectors of a file with the same text, or computed
    LatencyHistogram search;
    LatencyHistogram filter;
    LatencyHistogram words;
    LatencyHistogram meaning;
    LatencyHistogram batch;    ///< of files, from the queue into the index
    std::atomic<uint64_t> filesIndexed{0};
    std::atomic<uint64_t> filesFailed{0};
    std::atomic<uint64_t> weakAnswers{0};
    std::atomic<uint64_t> restedUs{0};  ///< to stay within the budget of processor time

    void tell(QVector<CounterRow> &out) const;
};

} // namespace vexfs::daemon

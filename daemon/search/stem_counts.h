// SPDX-License-Identifier: Apache-2.0
//
// daemon/search/stem_counts.h - how many files have a stem, as the catalog said.
//
// The full-text index has to read the whole list of a stem's files to tell. All that is kept is of
// one generation of the catalog.
#pragma once

#include "daemon/search/index_counters.h"

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace vexfs::daemon {

/// Owner: IndexContext; thread: any.
class StemCounts
{
public:
    /// Among live files, or among versions of the past.
    enum class Where { Now, Then };

    explicit StemCounts(CacheCounters &counters) : m_counters(counters) {}

    std::optional<uint64_t> find(uint64_t generation, Where where, const std::string &stem);
    void put(uint64_t generation, Where where, const std::string &stem, uint64_t count);

private:
    static constexpr size_t kStemsMax = 20'000;   ///< then all are forgotten
    static constexpr size_t kStemBytesMax = 256;  ///< longer ones are not kept

    std::unordered_map<std::string, uint64_t> &of(Where where)
    {
        return m_counts[where == Where::Now ? 0 : 1];
    }

    CacheCounters &m_counters;
    std::mutex m_mutex;  ///< guards what follows
    uint64_t m_generation = 0;
    std::unordered_map<std::string, uint64_t> m_counts[2];
    size_t m_bytes = 0;
};

} // namespace vexfs::daemon

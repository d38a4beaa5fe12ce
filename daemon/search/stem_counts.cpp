// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/stem_counts.h"

namespace vexfs::daemon {

std::optional<uint64_t> StemCounts::find(uint64_t generation, Where where,
                                         const std::string &stem)
{
    const std::lock_guard lock(m_mutex);
    const auto &counts = of(where);
    const auto known = counts.find(stem);
    if (generation != m_generation || known == counts.end()) {
        ++m_counters.misses;
        return std::nullopt;
    }
    ++m_counters.hits;
    return known->second;
}

void StemCounts::put(uint64_t generation, Where where, const std::string &stem, uint64_t count)
{
    const std::lock_guard lock(m_mutex);
    if (generation < m_generation || stem.size() > kStemBytesMax)
        return;
    const size_t entries = m_counts[0].size() + m_counts[1].size();
    if (generation > m_generation || entries >= kStemsMax) {
        m_counters.evictions += entries;
        m_counts[0].clear();
        m_counts[1].clear();
        m_bytes = 0;
        m_generation = generation;
    }
    constexpr size_t kNodeBytes = 64;
    if (of(where).emplace(stem, count).second)
        m_bytes += kNodeBytes + stem.size();
    m_counters.entries = m_counts[0].size() + m_counts[1].size();
    m_counters.bytes = m_bytes;
}

} // namespace vexfs::daemon

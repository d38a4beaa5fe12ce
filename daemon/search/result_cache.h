// SPDX-License-Identifier: Apache-2.0
//
// daemon/search/result_cache.h - whole answers of one volume, for as long as nothing changes.
//
// The key holds the generation of the catalog and the model, so an answer is found again only while
// it is still the right one; what is of older generations is pushed out by what is newer.
#pragma once

#include "daemon/query/search_types.h"
#include "daemon/search/index_counters.h"

#include <QByteArray>

#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace vexfs::daemon {

/// What an answer depends on, as bytes.
QByteArray resultKey(const SearchRequest &request, uint64_t generation, const QByteArray &model);

/// Least recently used goes first. Owner: IndexContext; thread: any.
class ResultCache
{
public:
    explicit ResultCache(CacheCounters &counters, size_t bytesMax = 8U << 20U)
        : m_counters(counters), m_bytesMax(bytesMax)
    {
    }

    std::optional<SearchReply> find(const QByteArray &key);
    void put(const QByteArray &key, const SearchReply &reply);
    void clear();

private:
    struct Entry
    {
        QByteArray key;
        SearchReply reply;
        size_t bytes = 0;
    };
    void dropLast();

    CacheCounters &m_counters;
    const size_t m_bytesMax;
    std::mutex m_mutex;  ///< guards what follows
    std::list<Entry> m_entries;  ///< last used first
    std::unordered_map<QByteArray, std::list<Entry>::iterator> m_places;
    size_t m_bytes = 0;
};

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/result_cache.h"

#include <QDataStream>
#include <QIODevice>

namespace vexfs::daemon {

namespace {

size_t bytesOf(const SearchReply &reply)
{
    size_t bytes = sizeof(SearchReply);
    for (const SearchHit &hit : reply.hits) {
        bytes += sizeof(SearchHit) + static_cast<size_t>(hit.path.size())
            + sizeof(QChar) * static_cast<size_t>(hit.title.size() + hit.snippet.size())
            + sizeof(HighlightRange) * static_cast<size_t>(hit.highlights.size());
    }
    return bytes;
}

} // namespace

QByteArray resultKey(const SearchRequest &request, uint64_t generation, const QByteArray &model)
{
    QByteArray key;
    QDataStream out(&key, QIODevice::WriteOnly);
    out << quint64(generation) << model << request.text << request.limit << request.offset
        << int(request.mode) << request.scopes << request.mimeTypes << qint64(request.sinceNs)
        << qint64(request.untilNs) << request.minScore << request.hasFeedback << request.isPrefix
        << request.phrases << request.without << request.withoutScopes << request.withoutMimeTypes
        << request.names << request.withoutNames << request.tags << request.withoutTags
        << quint64(request.sizeMin) << quint64(request.sizeMax) << request.similarTo
        << request.vector << int(request.snapshots) << request.atSnapshot << qint64(request.atNs)
        << request.isByVersion << int(request.plan);
    return key;
}

std::optional<SearchReply> ResultCache::find(const QByteArray &key)
{
    const std::lock_guard lock(m_mutex);
    const auto place = m_places.find(key);
    if (place == m_places.end()) {
        ++m_counters.misses;
        return std::nullopt;
    }
    ++m_counters.hits;
    m_entries.splice(m_entries.begin(), m_entries, place->second);
    return place->second->reply;
}

void ResultCache::put(const QByteArray &key, const SearchReply &reply)
{
    const std::lock_guard lock(m_mutex);
    const size_t bytes = bytesOf(reply) + 2 * static_cast<size_t>(key.size());
    if (bytes > m_bytesMax || m_places.contains(key))
        return;
    m_entries.push_front({key, reply, bytes});
    m_places.emplace(key, m_entries.begin());
    m_bytes += bytes;
    while (m_bytes > m_bytesMax)
        dropLast();
    m_counters.entries = m_entries.size();
    m_counters.bytes = m_bytes;
}

void ResultCache::clear()
{
    const std::lock_guard lock(m_mutex);
    m_entries.clear();
    m_places.clear();
    m_bytes = 0;
    m_counters.entries = 0;
    m_counters.bytes = 0;
}

void ResultCache::dropLast()
{
    const Entry &last = m_entries.back();
    m_bytes -= last.bytes;
    m_places.erase(last.key);
    m_entries.pop_back();
    ++m_counters.evictions;
}

} // namespace vexfs::daemon

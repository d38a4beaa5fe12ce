// SPDX-License-Identifier: Apache-2.0
#include "daemon/search/embedded_texts.h"

#include <cstring>

namespace vexfs::daemon {

namespace {

uint64_t keyOf(const QByteArray &textHash)
{
    uint64_t key = 0;
    if (textHash.size() >= qsizetype(sizeof key))
        std::memcpy(&key, textHash.constData(), sizeof key);
    return key;
}

} // namespace

void EmbeddedTexts::add(const QByteArray &textHash, uint64_t ino)
{
    const uint64_t key = keyOf(textHash);
    const std::lock_guard lock(m_mutex);
    if (key == 0)
        return;
    if (m_files.size() >= kTextsMax && !m_files.contains(key)) {
        m_files.erase(m_files.begin());
        ++m_counters.evictions;
    }
    m_files[key] = ino;
    tellSize();
}

uint64_t EmbeddedTexts::find(const QByteArray &textHash) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_files.find(keyOf(textHash));
    return found == m_files.end() ? 0 : found->second;
}

void EmbeddedTexts::remove(const QByteArray &textHash, uint64_t ino)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_files.find(keyOf(textHash));
    if (found != m_files.end() && found->second == ino)
        m_files.erase(found);
    tellSize();
}

void EmbeddedTexts::clear()
{
    const std::lock_guard lock(m_mutex);
    m_files.clear();
    tellSize();
}

void EmbeddedTexts::tellSize()
{
    m_counters.entries = m_files.size();
    // Of a node and its share of the table.
    constexpr size_t kEntry = sizeof(std::pair<uint64_t, uint64_t>) + 2 * sizeof(void *);
    m_counters.bytes = m_files.size() * kEntry;
}

} // namespace vexfs::daemon

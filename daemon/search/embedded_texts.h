// SPDX-License-Identifier: Apache-2.0
//
// daemon/search/embedded_texts.h - which file has a text already, with its vectors.
//
// The vectors themselves lie in the vector forks; this only knows where to look. So a copy of a
// file, and a file that was moved by copying, are not embedded again, and nothing is stored twice.
#pragma once

#include "daemon/search/index_counters.h"

#include <QByteArray>

#include <mutex>
#include <unordered_map>

namespace vexfs::daemon {

/// Owner: IndexContext; thread: any. Half of a text's hash is the key: whoever asks reads the fork,
/// which has the whole of it, before believing.
class EmbeddedTexts
{
public:
    explicit EmbeddedTexts(CacheCounters &counters) : m_counters(counters) {}

    void add(const QByteArray &textHash, uint64_t ino);
    /// 0 when no file is known to have it.
    uint64_t find(const QByteArray &textHash) const;
    /// The file has it no more; harmless when another one is known for that text.
    void remove(const QByteArray &textHash, uint64_t ino);
    void clear();

private:
    static constexpr size_t kTextsMax = 1'000'000;

    void tellSize();

    CacheCounters &m_counters;
    mutable std::mutex m_mutex;  ///< guards what follows
    std::unordered_map<uint64_t, uint64_t> m_files;
};

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/ingest/slow_lane.h - files that take long, read aside so that no other waits for them.
#pragma once

#include "daemon/ingest/extractor.h"

#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

namespace vexfs::daemon {

/// A thread and children of its own. Thread: any; every member locks for itself.
class SlowLane
{
public:
    /// A file's content: another generation is another content.
    struct Key
    {
        uint64_t ino = 0;
        uint64_t generation = 0;
        bool operator==(const Key &) const = default;
    };

    SlowLane(const QString &program, ExtractLimits limits, const std::atomic<bool> &stopping);
    /// stopping must be set before.
    ~SlowLane();

    /// Queues the file, of which it keeps a descriptor of its own. False when too many wait.
    bool add(const Key &key, const ExtractJob &job);
    bool has(const Key &key) const;
    /// Its document, once; nothing while it is not done.
    std::optional<base::Result<Document>> take(const Key &key);

private:
    struct Entry
    {
        Key key;
        ExtractJob job;
        std::optional<base::Result<Document>> document;
        bool isBegun = false;
    };

    void run();

    const std::atomic<bool> &m_stopping;
    Extractor m_extractor;
    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::list<Entry> m_entries;
    bool m_isEnding = false;
    std::thread m_thread;
};

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/ingest/slow_lane.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace vexfs::daemon {

namespace {

// Each holds a descriptor, or a document that nobody has come for yet.
constexpr size_t kEntriesMax = 16;

} // namespace

SlowLane::SlowLane(const QString &program, ExtractLimits limits,
                   const std::atomic<bool> &stopping)
    : m_stopping(stopping), m_extractor(program, limits, stopping), m_thread([this] { run(); })
{
}

SlowLane::~SlowLane()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isEnding = true;
    }
    m_wake.notify_all();
    m_thread.join();
    for (const Entry &entry : m_entries) {
        if (entry.job.file >= 0)
            close(entry.job.file);
    }
}

bool SlowLane::add(const Key &key, const ExtractJob &job)
{
    const std::lock_guard lock(m_mutex);
    // What was read of files that are gone or have changed is of no use to anybody.
    const auto old = std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry &entry) {
        return entry.document && (entry.key.ino == key.ino || m_entries.size() == kEntriesMax);
    });
    if (old != m_entries.end())
        m_entries.erase(old);
    if (m_entries.size() >= kEntriesMax)
        return false;
    const int file = fcntl(job.file, F_DUPFD_CLOEXEC, 0);
    if (file < 0)
        return false;
    m_entries.push_back({key, job, std::nullopt, false});
    m_entries.back().job.file = file;
    m_wake.notify_all();
    return true;
}

bool SlowLane::has(const Key &key) const
{
    const std::lock_guard lock(m_mutex);
    return std::any_of(m_entries.begin(), m_entries.end(),
                       [&](const Entry &entry) { return entry.key == key; });
}

std::optional<base::Result<Document>> SlowLane::take(const Key &key)
{
    const std::lock_guard lock(m_mutex);
    const auto found = std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry &entry) {
        return entry.key == key && entry.document;
    });
    if (found == m_entries.end())
        return std::nullopt;
    auto document = std::move(found->document);
    m_entries.erase(found);
    return document;
}

void SlowLane::run()
{
    std::unique_lock lock(m_mutex);
    while (true) {
        const auto next = std::find_if(m_entries.begin(), m_entries.end(),
                                       [](const Entry &entry) { return !entry.isBegun; });
        if (m_isEnding || m_stopping)
            return;
        if (next == m_entries.end()) {
            m_wake.wait(lock);
            continue;
        }
        // A list, and only entries that are done go from it: the place stays.
        next->isBegun = true;
        const ExtractJob job = next->job;
        lock.unlock();
        base::Result<Document> document = m_extractor.extract(job);
        close(job.file);
        lock.lock();
        next->job.file = -1;
        next->document = std::move(document);
    }
}

} // namespace vexfs::daemon

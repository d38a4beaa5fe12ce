// SPDX-License-Identifier: Apache-2.0
#include "daemon/ingest/extract_pool.h"

#include <algorithm>
#include <thread>

namespace vexfs::daemon {

ExtractPool::ExtractPool(const QString &program, ExtractLimits limits, int workers)
    : m_slow(program, limits, m_stopping)
{
    limits.timeoutMs = std::min(limits.timeoutMs, limits.patienceMs);
    for (int i = 0; i < std::max(1, workers); ++i)
        m_workers.push_back(std::make_unique<Extractor>(program, limits, m_stopping));
}

ExtractPool::~ExtractPool()
{
    m_stopping = true;
}

base::Result<std::optional<Document>>
ExtractPool::extract(Extractor &extractor, const SlowLane::Key &key, const ExtractJob &job)
{
    if (auto done = m_slow.take(key)) {
        if (!*done)
            return tl::unexpected(done->error());
        return std::optional(std::move(**done));
    }
    if (m_slow.has(key))
        return std::nullopt;
    base::Result<Document> document = extractor.extract(job);
    if (!document)
        return tl::unexpected(document.error());
    // Where too many wait already, it stays to be asked for and tried again.
    if (document->isTimedOut) {
        m_slow.add(key, job);
        return std::nullopt;
    }
    return std::optional(std::move(*document));
}

void ExtractPool::run(int count, const std::function<void(int, Extractor &)> &work)
{
    std::atomic<int> next{0};
    const auto loop = [&](Extractor &worker) {
        for (int index = next++; index < count; index = next++)
            work(index, worker);
    };
    // The calling thread is the first; a single file needs no other.
    std::vector<std::thread> threads;
    for (size_t i = 1; i < m_workers.size() && static_cast<int>(i) < count; ++i)
        threads.emplace_back([&, i] { loop(*m_workers[i]); });
    loop(*m_workers.front());
    for (std::thread &thread : threads)
        thread.join();
}

} // namespace vexfs::daemon

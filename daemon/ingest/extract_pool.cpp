// SPDX-License-Identifier: Apache-2.0
#include "daemon/ingest/extract_pool.h"

#include <algorithm>
#include <thread>

namespace vexfs::daemon {

ExtractPool::ExtractPool(const QString &program, ExtractLimits limits, int workers)
{
    for (int i = 0; i < std::max(1, workers); ++i)
        m_workers.push_back(std::make_unique<ExtractWorker>(program, limits, m_stopping));
}

ExtractPool::~ExtractPool() = default;

void ExtractPool::run(int count, const std::function<void(int, ExtractWorker &)> &work)
{
    std::atomic<int> next{0};
    const auto loop = [&](ExtractWorker &worker) {
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

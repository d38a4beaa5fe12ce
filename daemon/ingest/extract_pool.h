// SPDX-License-Identifier: Apache-2.0
//
// daemon/ingest/extract_pool.h - a few extractors side by side.
#pragma once

#include "daemon/ingest/extract_worker.h"

#include <functional>
#include <memory>
#include <vector>

namespace vexfs::daemon {

/// Owner: the indexing thread. run() blocks it; stop() may be called from anywhere.
class ExtractPool
{
public:
    ExtractPool(const QString &program, ExtractLimits limits, int workers);
    ~ExtractPool();

    /// Calls work(index, worker) once for each index below count, on as many threads as there are
    /// workers, and returns when all are done. work must not throw.
    void run(int count, const std::function<void(int, ExtractWorker &)> &work);

    /// Makes running and further extractions end with Cancelled.
    void stop() { m_stopping = true; }

private:
    std::atomic<bool> m_stopping{false};
    std::vector<std::unique_ptr<ExtractWorker>> m_workers;
};

} // namespace vexfs::daemon

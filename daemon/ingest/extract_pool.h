// SPDX-License-Identifier: Apache-2.0
//
// daemon/ingest/extract_pool.h - a few extractors side by side.
#pragma once

#include "daemon/ingest/slow_lane.h"

#include <functional>
#include <memory>
#include <vector>

namespace vexfs::daemon {

/// Owner: the indexing thread. run() blocks it; stop() may be called from anywhere, extract() from
/// the threads of run().
class ExtractPool
{
public:
    ExtractPool(const QString &program, ExtractLimits limits, int workers);
    ~ExtractPool();

    /// Calls work(index, extractor) once for each index below count, on as many threads as there
    /// are workers, each taking the next index when it is free, and returns when all are done. work
    /// must not throw.
    void run(int count, const std::function<void(int, Extractor &)> &work);

    /// The file's document, by an extractor of run(); nothing when it takes so long that it is read
    /// aside: ask again later, with the same key.
    base::Result<std::optional<Document>> extract(Extractor &extractor, const SlowLane::Key &key,
                                                  const ExtractJob &job);

    /// Makes running and further extractions end with Cancelled.
    void stop() { m_stopping = true; }

private:
    std::atomic<bool> m_stopping{false};
    std::vector<std::unique_ptr<Extractor>> m_workers;
    SlowLane m_slow;
};

} // namespace vexfs::daemon

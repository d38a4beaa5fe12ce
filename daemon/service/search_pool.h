// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/search_pool.h - threads that read the catalog.
//
// A connection to SQLite belongs to one thread, and all must be closed before the volume can be
// unmounted; so searches run on threads of the index's own, whoever asks.
#pragma once

#include "daemon/index/catalog.h"
#include "daemon/service/index_context.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vexfs::daemon {

/// Owner: IndexService; run() may be called from any thread but its own.
class SearchPool
{
public:
    explicit SearchPool(IndexContext &context) : m_context(context) {}
    ~SearchPool() { stop(); }

    void start(int threads);
    /// Closes all connections. Work that has not begun ends with Cancelled.
    void stop();

    /// Runs work with a reader's catalog and waits for it. Fails with IndexNotReady (not started),
    /// Cancelled (stopped first), or as opening the catalog fails.
    base::Status run(const std::function<base::Status(Catalog &)> &work);

private:
    struct Task
    {
        const std::function<base::Status(Catalog &)> *work = nullptr;
        base::Status result;
        bool isDone = false;
    };

    void loop();
    base::Status perform(const Task &task, std::unique_ptr<Catalog> &catalog, uint64_t &epoch);

    IndexContext &m_context;
    std::mutex m_mutex;  ///< guards what follows
    std::condition_variable m_wake;
    std::condition_variable m_done;
    std::deque<Task *> m_tasks;
    bool m_isRunning = false;
    std::vector<std::thread> m_threads;
};

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/search_pool.h"

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

void SearchPool::start(int threads)
{
    const std::lock_guard lock(m_mutex);
    m_isRunning = true;
    for (int i = 0; i < threads; ++i)
        m_threads.emplace_back([this] { loop(); });
}

void SearchPool::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isRunning = false;
        for (Task *task : m_tasks) {
            task->result = fail(Errc::Cancelled, QStringLiteral("the index is stopping"));
            task->isDone = true;
        }
        m_tasks.clear();
    }
    m_wake.notify_all();
    m_done.notify_all();
    for (std::thread &thread : m_threads)
        thread.join();
    m_threads.clear();
}

Status SearchPool::run(const std::function<Status(Catalog &)> &work)
{
    Task task;
    task.work = &work;
    std::unique_lock lock(m_mutex);
    if (!m_isRunning)
        return fail(Errc::IndexNotReady, QStringLiteral("the index of this volume is not running"));
    m_tasks.push_back(&task);
    m_wake.notify_one();
    m_done.wait(lock, [&] { return task.isDone; });
    return task.result;
}

void SearchPool::loop()
{
    std::unique_ptr<Catalog> catalog;
    uint64_t epoch = 0;
    std::unique_lock lock(m_mutex);
    while (true) {
        m_wake.wait(lock, [&] { return !m_tasks.empty() || !m_isRunning; });
        if (m_tasks.empty())
            return;
        Task *task = m_tasks.front();
        m_tasks.pop_front();
        lock.unlock();
        const Status result = perform(*task, catalog, epoch);
        lock.lock();
        task->result = result;
        task->isDone = true;
        m_done.notify_all();
    }
}

Status SearchPool::perform(const Task &task, std::unique_ptr<Catalog> &catalog, uint64_t &epoch)
{
    // The file behind an open connection may have been set aside.
    const uint64_t now = m_context.catalogEpoch;
    if (!catalog || epoch != now) {
        catalog.reset();
        Result<std::unique_ptr<Catalog>> opened
            = Catalog::open(m_context.directory, Database::Access::ReadOnly);
        if (!opened) {
            return fail(opened.error().code == Errc::NotFound ? Errc::IndexNotReady
                                                              : opened.error().code,
                        opened.error().what);
        }
        catalog = std::move(*opened);
        epoch = now;
    }
    const Status result = catalog->readTogether([&] { return (*task.work)(*catalog); });
    if (!result && result.error().code == Errc::Corrupt)
        catalog.reset();
    return result;
}

} // namespace vexfs::daemon

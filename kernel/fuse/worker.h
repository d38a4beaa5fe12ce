// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace vexfs::fuse {

/// One thread, begun when first needed, for what would wait for the session's own threads if they
/// did it: the kernel's writing back of a file. Owned by the driver; any thread.
class Worker
{
public:
    ~Worker() { stop(); }

    void add(std::function<void()> task)
    {
        const std::lock_guard lock(m_mutex);
        m_tasks.push_back(std::move(task));
        if (!m_thread.joinable())
            m_thread = std::thread([this] { run(); });
        m_wake.notify_one();
    }

    /// Does what was added and ends; nothing may be added afterwards.
    void stop()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_isStopped = true;
            m_wake.notify_one();
        }
        if (m_thread.joinable())
            m_thread.join();
    }

private:
    void run()
    {
        std::unique_lock lock(m_mutex);
        for (;;) {
            m_wake.wait(lock, [this] { return m_isStopped || !m_tasks.empty(); });
            if (m_tasks.empty())
                return;
            const std::function<void()> task = std::move(m_tasks.front());
            m_tasks.pop_front();
            lock.unlock();
            task();
            lock.lock();
        }
    }

    std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<std::function<void()>> m_tasks;
    bool m_isStopped = false;
    std::thread m_thread;
};

} // namespace vexfs::fuse

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "kernel/fuse/serve/ticker.h"

#include "kernel/fuse/driver.h"
#include "kernel/fuse/serve/request_loop.h"

#include <chrono>
#include <cstring>
#include <syslog.h>

namespace vexfs::fuse {

namespace {

constexpr std::chrono::milliseconds kPeriod{100};

} // namespace

Ticker::~Ticker()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isStopped = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

void Ticker::run()
{
    int lastError = 0;
    std::unique_lock lock(m_mutex);
    while (!m_isStopped) {
        lock.unlock();
        const int result = vexfs_volume_tick(m_driver.volume);
        m_loop.tick();
        m_driver.waits.poll();
        m_driver.accessTimes.store(false);
        // Once per kind of trouble, not ten times a second.
        if (result < 0 && result != lastError)
            syslog(LOG_ERR, "background work failed: %s", strerror(-result));
        lastError = result < 0 ? result : 0;
        lock.lock();
        if (result != 1)
            m_wake.wait_for(lock, kPeriod, [this] { return m_isStopped; });
    }
}

} // namespace vexfs::fuse

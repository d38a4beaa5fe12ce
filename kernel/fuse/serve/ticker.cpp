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
constexpr std::chrono::seconds kBlocksPeriod{1};

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

/// With a writeback cache the kernel keeps attributes of open files without asking again; how many
/// blocks they have changes when their pages are written back.
void Ticker::tellBlocks()
{
    const auto now = std::chrono::steady_clock::now();
    if (now - m_blocksTold < kBlocksPeriod)
        return;
    m_blocksTold = now;
    for (const uint64_t node : m_driver.writers.takeWritten())
        fuse_lowlevel_notify_inval_inode(m_driver.session, node, -1, 0);
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
        tellBlocks();
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

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "wait_queue.h"

#include <algorithm>
#include <cerrno>
#include <endian.h>
#include <vexfs/ioctl.h>

namespace vexfs::fuse {

namespace {

void answer(fuse_req_t request, uint64_t since, uint64_t liveGeneration)
{
    vexfs_ioc_wait out{};
    out.since = htole64(since);
    out.live_generation = htole64(liveGeneration);
    fuse_reply_ioctl(request, 0, &out, sizeof(out));
}

uint64_t liveGeneration(vexfs_volume *volume)
{
    struct vexfs_volume_info info{};
    vexfs_volume_info(volume, &info);
    return info.live_generation;
}

} // namespace

bool WaitQueue::settle(const Waiter &waiter, uint64_t live, uint64_t nowUs) const
{
    if (live > waiter.since || nowUs >= waiter.deadlineUs)
        answer(waiter.request, waiter.since, live);
    else if (m_isClosed || fuse_req_interrupted(waiter.request))
        fuse_reply_err(waiter.request, EINTR);
    else
        return false;
    return true;
}

void WaitQueue::add(fuse_req_t request, uint64_t since, uint32_t timeoutMs)
{
    const uint64_t now = vexfs_port_monotonic_us();
    const Waiter waiter{request, since, now + uint64_t{timeoutMs} * 1000};
    const std::lock_guard lock(m_mutex);
    // Under the lock, so that a commit after this look is seen by the next poll().
    if (!settle(waiter, liveGeneration(m_volume), now))
        m_waiters.push_back(waiter);
}

void WaitQueue::poll()
{
    const std::lock_guard lock(m_mutex);
    if (m_waiters.empty())
        return;
    const uint64_t live = liveGeneration(m_volume);
    const uint64_t now = vexfs_port_monotonic_us();
    std::erase_if(m_waiters,
                  [&](const Waiter &waiter) { return settle(waiter, live, now); });
}

void WaitQueue::close()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isClosed = true;
    }
    poll();
}

size_t WaitQueue::size()
{
    const std::lock_guard lock(m_mutex);
    return m_waiters.size();
}

} // namespace vexfs::fuse

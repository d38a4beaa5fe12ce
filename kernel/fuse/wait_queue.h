// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include "fuse_api.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>
#include <vexfs/volume.h>

namespace vexfs::fuse {

/// Requests that wait for the next commit (VEXFS_IOC_WAIT), without a thread for each: libfuse has
/// few, and waits last minutes. Owned by the driver; answered by whoever calls poll().
class WaitQueue
{
public:
    explicit WaitQueue(vexfs_volume *volume) : m_volume(volume) {}

    /// Takes @p request over. It is answered at once when there is nothing to wait for.
    void add(fuse_req_t request, uint64_t since, uint32_t timeoutMs);

    /// Answers those whose commit came, whose time is up, or whose caller was interrupted.
    void poll();

    /// Answers all with EINTR, and from now on every new one.
    void close();

    size_t size();

private:
    struct Waiter
    {
        fuse_req_t request;
        uint64_t since;
        uint64_t deadlineUs;
    };

    bool settle(const Waiter &waiter, uint64_t liveGeneration, uint64_t nowUs) const;

    vexfs_volume *m_volume;
    std::mutex m_mutex;
    std::vector<Waiter> m_waiters;
    bool m_isClosed = false;
};

} // namespace vexfs::fuse

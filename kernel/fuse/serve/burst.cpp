// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "kernel/fuse/serve/burst.h"

#include <fcntl.h>
#include <unistd.h>
#include <vexfs/port.h>

namespace vexfs::fuse {

namespace {

/// A burst is kSample requests within so long; it is over when a tick sees fewer.
constexpr uint64_t kSampleMaxUs = 5000;
constexpr int32_t kAwake = 0;
constexpr int32_t kAny = 2000 * 1000 * 1000; ///< the kernel's own default: no wish

} // namespace

Burst::Burst(bool isWanted)
    : m_fd(isWanted ? open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC) : -1)
{}

Burst::~Burst()
{
    if (m_fd >= 0)
        close(m_fd); // takes the wish back
}

void Burst::ask(int32_t latencyUs)
{
    if (m_fd >= 0)
        (void)!write(m_fd, &latencyUs, sizeof(latencyUs));
}

void Burst::sample()
{
    const uint64_t now = vexfs_port_monotonic_us();
    const uint64_t before = m_sampledUs.exchange(now, std::memory_order_relaxed);
    if (m_isHeld.load(std::memory_order_relaxed) || now - before > kSampleMaxUs)
        return;
    const std::lock_guard lock(m_mutex);
    if (!m_isHeld.exchange(true))
        ask(kAwake);
}

void Burst::tick()
{
    const uint64_t requests = m_requests.load(std::memory_order_relaxed);
    const bool isOver = requests - m_requestsAtTick < kSample;
    m_requestsAtTick = requests;
    if (!isOver || !m_isHeld.load(std::memory_order_relaxed))
        return;
    const std::lock_guard lock(m_mutex);
    m_isHeld = false;
    ask(kAny);
}

} // namespace vexfs::fuse

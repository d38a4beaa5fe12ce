// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

namespace vexfs::fuse {

/// Notices when requests come one after the other, and asks the kernel to wake idle processors
/// quickly meanwhile (PM QoS, /dev/cpu_dma_latency; Documentation/power/pm_qos_interface.rst). A
/// request is two wake-ups, of the driver and of who waits for the answer; where idle means halted,
/// above all in virtual machines, these take several times as long as the request itself. Idle
/// processors poll instead of sleep while a burst lasts, and no longer than a tenth of a second
/// after it. Without the right to ask (mounts by users) it does nothing.
class Burst
{
public:
    /// @p isWanted: by the mount's options.
    explicit Burst(bool isWanted);
    ~Burst();
    Burst(const Burst &) = delete;
    Burst &operator=(const Burst &) = delete;

    /// A request has come; any thread.
    void note()
    {
        if ((m_requests.fetch_add(1, std::memory_order_relaxed) + 1) % kSample == 0)
            sample();
    }

    /// To be called every tenth of a second.
    void tick();

private:
    static constexpr uint64_t kSample = 32;

    void sample();
    void ask(int32_t latencyUs);

    int m_fd = -1;
    std::atomic<uint64_t> m_requests{0};
    std::atomic<uint64_t> m_sampledUs{0};
    std::atomic<bool> m_isHeld{false};
    uint64_t m_requestsAtTick = 0;
    std::mutex m_mutex; ///< for asking
};

} // namespace vexfs::fuse

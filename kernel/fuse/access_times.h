// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vexfs/volume.h>

namespace vexfs::fuse {

/// Times of access by the rules of relatime: the first read after a change counts, and one a day.
/// They are kept here and stored now and then, so that reading does not write. Owned by the driver;
/// any thread.
class AccessTimes
{
public:
    AccessTimes(vexfs_volume *volume, bool isOn) : m_volume(volume), m_isOn(isOn) {}

    /// @p node was read. Cheap unless something changed since the last time.
    void noteRead(uint64_t node)
    {
        if (m_isOn && slotOf(node).load(std::memory_order_relaxed) != node)
            judge(node);
    }

    /// Content or times of @p node changed: its next read is judged again.
    void noteChange(uint64_t node)
    {
        std::atomic<uint64_t> &slot = slotOf(node);
        if (slot.load(std::memory_order_relaxed) == node)
            slot.store(0, std::memory_order_relaxed);
    }

    /// Somebody sets the time of access of @p node: what is kept here is void.
    void discard(uint64_t node);

    /// Puts what is kept here into @p attr.
    void show(uint64_t node, vexfs_attr *attr);

    /// Stores what has been kept for long enough, or everything.
    void store(bool isEnd);

private:
    static constexpr size_t kSlots = 4096;

    std::atomic<uint64_t> &slotOf(uint64_t node) { return m_judged[node % kSlots]; }
    void judge(uint64_t node);

    vexfs_volume *m_volume;
    const bool m_isOn;
    std::array<std::atomic<uint64_t>, kSlots> m_judged{}; ///< nodes whose next read tells nothing
    std::mutex m_mutex;                                   ///< of what follows
    std::unordered_map<uint64_t, vexfs_time> m_kept;
    std::atomic<size_t> m_count{0};
    std::chrono::steady_clock::time_point m_stored = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point m_cleared = m_stored;
};

} // namespace vexfs::fuse

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "access_times.h"

#include "node_id.h"

namespace vexfs::fuse {

namespace {

constexpr std::chrono::seconds kStoreInterval{60};
constexpr std::chrono::hours kJudgeAgain{1};
constexpr s64 kDay = 86400;
/// More than these are stored at once, so that the table stays small.
constexpr size_t kKeptMax = 65536;

vexfs_time now()
{
    const s64 ns = vexfs_port_time_ns();
    return {ns / 1000000000, static_cast<u32>(ns % 1000000000)};
}

bool isAfter(const vexfs_time &a, const vexfs_time &b)
{
    return a.sec != b.sec ? a.sec > b.sec : a.nsec > b.nsec;
}

} // namespace

void AccessTimes::judge(uint64_t node)
{
    const vexfs_id id = idOfNode(node);
    vexfs_attr attr{};
    if (isVirtual(node) || id.tree >= VEXFS_VOLUME_TREE_FIRST)
        return; // snapshots stay as they were
    // Before the look at the times, so that a change meanwhile undoes it.
    slotOf(node).store(node, std::memory_order_relaxed);
    if (vexfs_volume_getattr(m_volume, id, &attr) != 0)
        return;
    const vexfs_time time = now();
    const std::lock_guard lock(m_mutex);
    const auto kept = m_kept.find(node);
    const vexfs_time last = kept == m_kept.end() ? attr.atime : kept->second;
    if (isAfter(last, attr.mtime) && isAfter(last, attr.ctime) && time.sec - last.sec < kDay)
        return;
    m_kept[node] = time;
    m_count = m_kept.size();
}

void AccessTimes::discard(uint64_t node)
{
    noteChange(node);
    if (m_count == 0)
        return;
    const std::lock_guard lock(m_mutex);
    m_kept.erase(node);
    m_count = m_kept.size();
}

void AccessTimes::show(uint64_t node, vexfs_attr *attr)
{
    if (m_count == 0)
        return;
    const std::lock_guard lock(m_mutex);
    const auto kept = m_kept.find(node);
    if (kept != m_kept.end())
        attr->atime = kept->second;
}

void AccessTimes::store(bool isEnd)
{
    const auto time = std::chrono::steady_clock::now();
    if (time - m_cleared > kJudgeAgain) {
        for (std::atomic<uint64_t> &slot : m_judged)
            slot.store(0, std::memory_order_relaxed);
        m_cleared = time;
    }
    if (m_count == 0 || (!isEnd && time - m_stored < kStoreInterval && m_count < kKeptMax))
        return;
    m_stored = time;
    // One by one under the lock, so that none is stored after somebody set another.
    const std::lock_guard lock(m_mutex);
    for (const auto &[node, atime] : m_kept) {
        vexfs_setattr set{};
        set.valid = VEXFS_SET_ATIME | VEXFS_SET_SAME_CTIME;
        set.atime = atime;
        // Best effort, as relatime is: the file may be gone, or the volume full.
        (void)vexfs_volume_setattr(m_volume, idOfNode(node), &set, nullptr);
    }
    m_kept.clear();
    m_count = 0;
}

} // namespace vexfs::fuse

// SPDX-License-Identifier: Apache-2.0
#include "tests/support/crash_states.h"
#include "tests/support/volume_driver.h"

#include <cstring>
#include <functional>

namespace vexfs::test {

namespace {

bool makesDurable(OpKind kind)
{
    return kind == OpKind::Commit || kind == OpKind::Fsync || kind == OpKind::SnapshotCreate;
}

/// Whether it is the same to everybody who looks at the volume, before and after.
bool changesNothing(OpKind kind)
{
    return kind == OpKind::Commit || kind == OpKind::Fsync || kind == OpKind::Tick ||
           kind == OpKind::Trim;
}

} // namespace

Recording::Recording(const SimImage &base, const ModelVolume &model,
                     const std::vector<Operation> &script)
{
    ModelVolume now = model;
    SimDevice device(base);
    device.beginRecording();
    vexfs_volume *volume = nullptr;
    vexfs_open_options options{};
    options.commit_interval_ms = 3600000; // the script says when
    options.cache_bytes = 4u << 20;
    if (const int error = vexfs_volume_open(device.dev(), &options, &volume)) {
        m_problem = std::string("open failed: ") + strerror(-error);
        return;
    }
    note(now, device.eventCount(), true, "");
    VolumeDriver driver(volume);
    for (const Operation &operation : script) {
        uint64_t done = 0;
        const size_t begin = device.eventCount();
        const ModelVolume before = now;
        const int error = driver.apply(operation, &done);
        const int expected = now.apply(operation, done);
        if (error != expected && m_problem.empty()) {
            m_problem = operation.text() + " gave " + std::to_string(error) + ", should give " +
                        std::to_string(expected);
            break;
        }
        const bool isDurable = !error && makesDurable(operation.kind);
        const bool isChange = !error && !changesNothing(operation.kind);
        if (isChange)
            notePortions(before, operation, done, begin);
        note(now, device.eventCount(), isDurable, isChange ? operation.text() : "");
    }
    m_events = device.events();
    if (m_problem.empty())
        m_problem = volumeDifference(volume, now);
    const int error = vexfs_volume_close(volume);
    if (error && m_problem.empty())
        m_problem = std::string("close failed: ") + strerror(-error);
}

/// What is done in portions that end where blocks do: a crash may show the first ones alone.
void Recording::notePortions(const ModelVolume &before, const Operation &operation, uint64_t done,
                             size_t events)
{
    Operation portion = operation;
    switch (operation.kind) {
    case OpKind::Write:
    case OpKind::WriteVectors:
    case OpKind::Punch:
    case OpKind::ZeroRangeKeep: break;
    // The last portion is the one with which the size grows.
    case OpKind::ZeroRange: portion.kind = OpKind::ZeroRangeKeep; break;
    default: return;
    }
    uint64_t bytes = VEXFS_BLOCK_BYTES - operation.offset % VEXFS_BLOCK_BYTES;
    for (; bytes < done; bytes += VEXFS_BLOCK_BYTES) {
        ModelVolume part = before;
        if (operation.kind != OpKind::Write && operation.kind != OpKind::WriteVectors)
            portion.number = bytes;
        part.apply(portion, bytes);
        note(part, events, false, operation.text() + " first " + std::to_string(bytes));
    }
}

void Recording::note(const ModelVolume &model, size_t events, bool isDurable,
                     const std::string &change)
{
    uint64_t history = m_steps.empty() ? 1 : m_steps.back().history;
    if (!change.empty())
        history = history * 0x9e3779b97f4a7c15ull + std::hash<std::string>()(change);
    m_steps.push_back({model, events, isDurable, history});
}

std::pair<size_t, size_t> Recording::allowed(size_t events) const
{
    size_t first = 0;
    size_t last = 0;
    for (size_t i = 0; i < m_steps.size(); i++) {
        if (m_steps[i].isDurable && m_steps[i].eventsAfter <= events)
            first = i;
        if (i == 0 || m_steps[i - 1].eventsAfter < events)
            last = i;
    }
    return {first, std::max(first, last)};
}

uint64_t Recording::expectation(size_t first, size_t last) const
{
    return m_steps[first].history * 31 + m_steps[last].history;
}

} // namespace vexfs::test

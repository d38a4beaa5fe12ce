// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/segment/sealed_segment.h - searches one sealed segment (vector/SEGMENT.md).
//
// The file is checked as a whole when it is opened, and every number in it that is followed later;
// the engine's reader does the first, so that there is one opinion of what a segment is. Its codes
// and links then lie in memory that is fast to read at random.
#pragma once

#include "daemon/index/segment/filter_plan.h"
#include "daemon/index/segment/graph_walk.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace vexfs::daemon {

struct SegmentHit
{
    uint32_t node = 0;
    float distance = 0.0F; ///< 1 - cosine, squared distance, or -inner product
};

struct SegmentRow
{
    uint64_t ino = 0;
    uint32_t record = 0;
};

/// How hard to look.
struct SegmentLook
{
    uint32_t count = 10;   ///< hits wanted, at most kWalkWidthMax
    uint32_t width = 64;   ///< kept in view on the way, not below count
    float rerank = 1.5F;   ///< hits times this are compared exactly
    bool isCoarse = true;  ///< walks by the coarse codes, where there are any
    const WalkFilter *maybeFilter = nullptr;
    FilterWay way = FilterWay::During; ///< with a filter: During or After
    /// In place of a filter, for After only.
    const std::function<bool(uint32_t node)> *maybeKeeps = nullptr;
    uint32_t reach = 0; ///< with a filter: how many of all are kept in view, not below width
};

/// Owner: an index. Threads: any, once it is open.
class SealedSegment
{
public:
    enum class Memory {
        Packed, ///< copied to huge pages
        Mapped, ///< left in the file's pages, which the system may drop
    };

    /// nullptr with a negative errno: -EBADMSG (checksum), -EUCLEAN (no segment, or one that
    /// contradicts itself), -EPROTONOSUPPORT, -ENOMEM, what reading says.
    static std::unique_ptr<SealedSegment> open(const std::string &path, Memory memory, int &error);
    ~SealedSegment();

    uint32_t count() const;
    uint32_t dimension() const;
    uint32_t metric() const;
    std::string model() const;
    /// Differs when anything in the file does.
    uint32_t identity() const;
    uint64_t generation() const;
    /// In memory and in the file, together, that searches use.
    size_t bytes() const;
    SegmentRow row(uint32_t node) const;
    /// As it was sealed: codes times scale, or the halves.
    std::vector<float> vector(uint32_t node) const;

    /// By walking; nearest first. What is done is added to counters. Throws std::bad_alloc.
    std::vector<SegmentHit> search(std::span<const float> query, const SegmentLook &look,
                                   WalkCounters *maybeCounters = nullptr) const;
    /// By comparing each of nodes; nearest first. Throws std::bad_alloc.
    std::vector<SegmentHit> scan(std::span<const float> query, std::span<const uint32_t> nodes,
                                 uint32_t count) const;
    /// Of all searches.
    WalkCounters counters() const;
    /// Uses another processor's loop; for tests and measurements.
    void useKernels(const WalkKernels &kernels);

private:
    SealedSegment();
    struct State;
    std::unique_ptr<State> m_state;
};

} // namespace vexfs::daemon

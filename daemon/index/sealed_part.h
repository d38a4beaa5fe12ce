// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/sealed_part.h - a sealed segment and which of its files still count.
#pragma once

#include "daemon/index/segment/filter_plan.h"
#include "daemon/index/segment/sealed_segment.h"
#include "daemon/index/vector_index.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace vexfs::daemon {

/// Owner: the layered index, whose lock says when forget() may be called: alone.
class SealedPart
{
public:
    /// nullptr with a negative errno, as SealedSegment::open().
    static std::shared_ptr<SealedPart> open(const std::string &folder, const std::string &name,
                                            int &error);

    const std::string &name() const { return m_name; }
    const SealedSegment &segment() const { return *m_segment; }
    size_t live() const { return m_liveNodes; }
    bool has(uint64_t ino) const;
    std::vector<uint64_t> inodes() const;
    std::vector<uint64_t> forgotten() const;

    /// Its vectors are found no more. False when there are none.
    bool forget(uint64_t ino);

    /// Chunks of a file and their vectors, in the order of chunks.
    std::vector<std::pair<uint32_t, std::vector<float>>> vectorsOf(uint64_t ino) const;
    std::vector<float> vector(uint64_t ino, uint32_t chunk) const;

    /// Nearest first, with maybeOnly by the way that is asked for; None: the cheapest. Throws
    /// std::bad_alloc.
    std::vector<VectorHit> search(std::span<const float> query, size_t count,
                                  const InodeSet *maybeOnly, VectorPlan &plan,
                                  FilterWay way = FilterWay::None) const;

private:
    SealedPart() = default;
    bool isLive(uint32_t file) const { return (m_live[file >> 6] >> (file & 63) & 1) != 0; }
    std::vector<SegmentHit> searchAll(std::span<const float> query, uint32_t count,
                                      WalkCounters &counters) const;
    std::vector<SegmentHit> searchSome(std::span<const float> query, uint32_t count,
                                       size_t enough, const InodeSet &only,
                                       const FilterChoice &choice, VectorPlan &plan) const;
    FilterChoice chosen(const InodeSet &only, uint32_t wanted, FilterWay way,
                        VectorPlan &plan) const;
    std::vector<uint32_t> nodesOf(const InodeSet &only) const;
    std::vector<uint64_t> bitsOf(const InodeSet &only) const;
    uint32_t expectedToPass(const InodeSet &only) const;

    std::string m_name;
    std::unique_ptr<SealedSegment> m_segment;
    std::vector<uint64_t> m_inodes;  ///< of the files, by their number here
    std::unordered_map<uint64_t, uint32_t> m_fileOf;
    std::vector<uint32_t> m_fileOfNode;
    std::vector<uint32_t> m_nodes;   ///< file after file
    std::vector<uint32_t> m_firstNode; ///< of each file, and behind the last
    std::vector<uint64_t> m_live;    ///< a bit per file
    size_t m_liveNodes = 0;
    mutable FilterCosts m_costs;
};

} // namespace vexfs::daemon

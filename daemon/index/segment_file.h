// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/segment_file.h - writes sealed segments (vexfs/segment.h), crash-safely.
//
// Knows no index and no Qt: whoever has a graph hands it over node by node. The nodes are written
// in breadth-first order from the entries, so that those that are visited together lie together.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace vexfs::daemon {

/// One vector and where it comes from.
struct SegmentNode
{
    uint64_t ino = 0;
    uint64_t beginBytes = 0;
    uint64_t endBytes = 0;
    uint32_t record = 0;
    uint32_t page = 0;
    float scale = 1.0F;
    std::span<const int8_t> codes; ///< dimension of them
    std::span<const uint32_t> links; ///< numbers of nodes; more than maxLinks are cut off
    std::span<const float> values;   ///< dimension of them, if the graph has halves
};

/// A graph. node() is asked several times for each number below count; what its spans name must
/// live until the next call.
struct SegmentGraph
{
    uint8_t uuid[16] = {};
    uint64_t tree = 0;
    uint64_t generation = 0;
    std::string model;
    uint32_t dimension = 0;
    uint32_t metric = 1; ///< VEXFS_METRIC_*
    uint32_t maxLinks = 32;
    uint32_t count = 0;
    bool hasHalves = false; ///< keeps the values as binary16 beside the codes
    std::vector<uint32_t> entries; ///< where searches begin
    std::function<SegmentNode(uint32_t)> node;
};

/// Writes path.new, syncs it, and renames it to path. Returns 0 or a negative errno: -EINVAL for a
/// graph that no segment can hold or that links to nodes that it does not have. After an error path
/// is as it was.
int writeSegment(const std::string &path, const SegmentGraph &graph);

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/segment/graph_builder.h - builds the graph that a sealed segment holds.
//
// Nodes are inserted in batches: each node of a batch walks through the graph as it was before the
// batch, in parallel, and the links are made afterwards. So the graph depends on the vectors alone
// and not on the number of threads. (The scheme of ParlayANN, Manohar et al., 2024; which links
// are kept is decided as by HNSW, Malkov and Yashunin, 2016, with the slack of Vamana,
// Subramanya et al., 2019.)
#pragma once

#include "daemon/index/segment_file.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace vexfs::daemon {

struct GraphBuildOptions
{
    uint32_t dimension = 0;
    uint32_t metric = 1;      ///< VEXFS_METRIC_*
    uint32_t links = 32;      ///< of each node at most
    uint32_t ownLinks = 20;   ///< that a new node chooses; others link to it beyond that
    uint32_t width = 320;     ///< neighbours that are looked at for a new node
    uint32_t secondWidth = 0; ///< likewise in a second round over all nodes; 0: there is none
    float slack = 1.1F;       ///< 1 as HNSW; more keeps longer links
    uint32_t ways = 8;        ///< links that should lead to each node at least
    uint32_t entries = 48;    ///< nodes at which searches begin, at most
    unsigned threads = 1;
    /// Asked now and then; true stops the work.
    std::function<bool()> isCancelled;
};

/// Owner and thread: whoever seals; build() starts threads of its own and waits for them.
class GraphBuilder
{
public:
    explicit GraphBuilder(GraphBuildOptions options);
    ~GraphBuilder();

    /// The next node. codes: dimension of them. Throws std::bad_alloc.
    void add(std::span<const int8_t> codes, float scale);
    /// Links all of them. False when cancelled. Throws std::bad_alloc.
    bool build();

    uint32_t count() const;
    std::span<const int8_t> codes(uint32_t node) const;
    float scale(uint32_t node) const;
    std::vector<uint32_t> links(uint32_t node) const;
    std::vector<uint32_t> entries() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// Codes of a vector as vector forks have them; returns the scale.
float quantise(std::span<const float> vector, std::span<int8_t> codes);

} // namespace vexfs::daemon

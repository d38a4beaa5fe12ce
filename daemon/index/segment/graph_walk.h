// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/segment/graph_walk.h - the inner loop of vector search: a walk through a graph.
//
// A graph's nodes lie as a sealed segment has them (kernel/core/vector/SEGMENT.md): codes, numbers,
// links, in one piece. The loop is compiled for several processors and chosen when the program
// starts; all of them compute the same integer inner products. Knows no files and no Qt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace vexfs::daemon {

/// What a node's distance needs besides its inner product with the query.
struct NodeTerm
{
    float add = 0.0F;
    float factor = 0.0F;
};

/// Nodes and links that the caller keeps as they are. Every link and entry is below count.
struct WalkGraph
{
    const uint8_t *nodes = nullptr; ///< aligned to 64
    size_t nodeBytes = 0;           ///< a multiple of 64
    uint32_t codeBytes = 0;         ///< a multiple of 64; links begin 24 bytes behind them
    uint32_t links = 0;             ///< of each node; unused places have its own number
    uint32_t count = 0;
    const NodeTerm *terms = nullptr;
    const uint32_t *entries = nullptr;
    uint32_t entryCount = 0;
    /// Coarse codes, if there are any: four bits, 8 added, of elements i and i + 64 in byte i of
    /// each 64, the latter in the higher half.
    const uint8_t *maybeCoarse = nullptr; ///< aligned to 64
    uint32_t coarseBytes = 0;             ///< of a node: codeBytes / 2, a multiple of 64
    const NodeTerm *coarseTerms = nullptr;

    const uint8_t *node(uint32_t number) const { return nodes + number * nodeBytes; }
    const uint32_t *linksOf(uint32_t number) const
    {
        return reinterpret_cast<const uint32_t *>(node(number) + codeBytes + 24);
    }
};

/// distance(node) = offset + add + factor * scale * dot(codes, the node's codes).
struct WalkQuery
{
    const int8_t *codes = nullptr; ///< aligned to 64, zeros behind the last up to codeBytes
    float scale = 1.0F;
    float offset = 0.0F;
};

/// Which nodes may be found: those whose label has its bit set. Without labels, a node's number.
struct WalkFilter
{
    const uint64_t *allowed = nullptr;
    const uint32_t *maybeLabels = nullptr;

    bool passes(uint32_t number) const
    {
        const uint32_t label = maybeLabels ? maybeLabels[number] : number;
        return (allowed[label >> 6] >> (label & 63) & 1) != 0;
    }
};

/// With a filter, what does not pass leads on and is not found; width is then the number of those
/// to look for that pass, and reach bounds how many of all are kept in view.
struct WalkRequest
{
    uint32_t width = 0;
    uint32_t reach = 0;
    const WalkFilter *maybeFilter = nullptr;
};

constexpr uint32_t kWalkWidthMax = 8192;
constexpr uint32_t kWalkLinksMax = 128;

struct WalkCounters
{
    uint64_t opened = 0;
    uint64_t distances = 0;
};

/// Memory of one walk at a time; grows and never shrinks. Keys are a distance and a number, and
/// order by both.
class WalkScratch
{
public:
    /// Room for a walk over count nodes that keeps width keys. Throws std::bad_alloc.
    void reserve(uint32_t count, uint32_t width);

    uint64_t *known() const { return m_known.get(); }
    uint64_t *beam() const { return m_beam; }
    uint64_t *found() const { return m_found; }
    WalkCounters counters;

private:
    std::unique_ptr<uint64_t[]> m_known;
    std::unique_ptr<uint64_t[]> m_keys;
    uint64_t *m_beam = nullptr;  ///< aligned to 64, with a zero before it
    uint64_t *m_found = nullptr; ///< likewise
    uint32_t m_count = 0;
    uint32_t m_width = 0;
};

/// An order-preserving key; the lowest bit is the walk's own.
inline uint32_t walkNumber(uint64_t key) { return static_cast<uint32_t>(key) >> 1; }
float walkDistance(uint64_t key);
uint64_t walkKey(float distance, uint32_t number);

/// One processor's way. Threads: any, each with its own scratch.
struct WalkKernels
{
    const char *name;
    /// The nodes nearest to the query, nearest first: their keys are at scratch.found(). Returns
    /// how many, at most request.width.
    uint32_t (*walk)(const WalkGraph &, const WalkQuery &, const WalkRequest &, WalkScratch &);
    /// The same by the coarse codes, which the graph must have.
    uint32_t (*walkCoarse)(const WalkGraph &, const WalkQuery &, const WalkRequest &,
                           WalkScratch &);
    /// Distances of count nodes.
    void (*distances)(const WalkGraph &, const WalkQuery &, const uint32_t *numbers,
                      uint32_t count, float *out);
    /// Of rows of IEEE binary16 (dimension of them) with a query of floats.
    float (*halfDot)(const float *query, const uint16_t *row, uint32_t dimension);
    float (*halfSquare)(const float *query, const uint16_t *row, uint32_t dimension);
    /// Of a row of codes.
    float (*codeDot)(const float *query, const int8_t *row, uint32_t dimension);
    /// Of rows of floats.
    float (*dot)(const float *query, const float *row, uint32_t dimension);
    float (*square)(const float *query, const float *row, uint32_t dimension);
};

/// The fastest that this processor can run.
const WalkKernels &walkKernels();
/// "scalar", "avx2", "vnni"; nullptr when this processor or build has no such thing.
const WalkKernels *walkKernelsNamed(const char *name);

extern const WalkKernels kScalarWalk;
#if defined(__x86_64__)
extern const WalkKernels kAvx2Walk;
extern const WalkKernels kVnniWalk;
#endif

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/segment/graph_walk_loop.h - the walk, for who can compute distances.
//
// Each graph_walk_*.cpp includes it once and is compiled for another processor. Hence everything
// here has internal linkage and uses no function of the library: the linker might take the wrong
// copy of one.
//
// The walk is the beam search of HNSW's lowest level (Malkov and Yashunin, 2016), arranged so that
// the memory's latency is hidden: what the links of a node lead to is asked for a whole step before
// it is compared, and four vectors are compared at a time.
#pragma once

#include "daemon/index/segment/graph_walk.h"

#include <cstring>

namespace vexfs::daemon {
namespace {

constexpr uint64_t kNoKey = ~uint64_t{0};
constexpr uint32_t kNoNode = ~uint32_t{0};
constexpr float kFarthest = __builtin_inff();
constexpr size_t kLine = 64;

// Floats order as integers when the sign is turned (Herf, "Radix Tricks", 2001).
inline uint64_t keyOf(float distance, uint32_t number)
{
    int32_t bits = 0;
    memcpy(&bits, &distance, sizeof bits);
    const uint32_t ordered =
        static_cast<uint32_t>(bits) ^ (static_cast<uint32_t>(bits >> 31) | 0x80000000U);
    return static_cast<uint64_t>(ordered) << 32 | static_cast<uint64_t>(number) << 1;
}

inline float distanceOf(uint64_t key)
{
    uint32_t ordered = static_cast<uint32_t>(key >> 32);
    ordered ^= (ordered & 0x80000000U) != 0 ? 0x80000000U : 0xFFFFFFFFU;
    float distance = 0.0F;
    memcpy(&distance, &ordered, sizeof distance);
    return distance;
}

/// Keys in order, the best `width` of those that came. The lowest bit of a key says: was opened.
class PlainBeam
{
public:
    PlainBeam(uint64_t *keys, uint32_t width) : m_keys(keys), m_width(width) {}

    float worst() const { return m_worst; }
    uint32_t size() const { return m_size; }

    void insert(uint64_t key)
    {
        uint32_t at = m_size;
        if (m_size == m_width) {
            if (key >= m_keys[at - 1])
                return;
            at--;
        } else {
            m_size++;
        }
        for (; at > 0 && m_keys[at - 1] > key; at--)
            m_keys[at] = m_keys[at - 1];
        m_keys[at] = key;
        if (at < m_first)
            m_first = at;
        if (m_size == m_width)
            m_worst = distanceOf(m_keys[m_size - 1]);
    }

    uint64_t next()
    {
        while (m_first < m_size && (m_keys[m_first] & 1) != 0)
            m_first++;
        return m_first < m_size ? m_keys[m_first] : kNoKey;
    }
    void open() { m_keys[m_first] |= 1; }

private:
    uint64_t *m_keys;
    uint32_t m_width;
    uint32_t m_size = 0;
    uint32_t m_first = 0;
    float m_worst = kFarthest;
};

/// The codes that a comparison reads.
struct FineCodes
{
    static const uint8_t *of(const WalkGraph &graph, uint32_t number) { return graph.node(number); }
    static const NodeTerm *term(const WalkGraph &graph, uint32_t number)
    {
        return graph.terms + number;
    }
    static uint32_t bytes(const WalkGraph &graph) { return graph.codeBytes; }
};

struct CoarseCodes
{
    static const uint8_t *of(const WalkGraph &graph, uint32_t number)
    {
        return graph.maybeCoarse + size_t{number} * graph.coarseBytes;
    }
    static const NodeTerm *term(const WalkGraph &graph, uint32_t number)
    {
        return graph.coarseTerms + number;
    }
    static uint32_t bytes(const WalkGraph &graph) { return graph.coarseBytes; }
};

template <class Codes> void prefetchCodes(const WalkGraph &graph, uint32_t number)
{
    const uint8_t *from = Codes::of(graph, number);
    for (size_t at = 0; at < Codes::bytes(graph); at += kLine)
        __builtin_prefetch(from + at);
    __builtin_prefetch(Codes::term(graph, number));
}

/// Compare has: Codes, and void four(const uint8_t *const nodes[4], const NodeTerm *const terms[4],
/// float out[4]) const.
template <class Compare, class Beam>
class Walk
{
public:
    Walk(const WalkGraph &graph, const Compare &compare, const WalkRequest &request,
         WalkScratch &scratch)
        : m_graph(graph), m_compare(compare), m_known(scratch.known()),
          m_filter(request.maybeFilter),
          m_beam(request.maybeFilter ? scratch.beam() : scratch.found(),
                 request.maybeFilter ? request.reach : request.width),
          m_found(request.maybeFilter ? scratch.found() : scratch.beam(), request.width)
    {
    }

    uint32_t run(WalkCounters &counters)
    {
        memset(m_known, 0, (size_t{m_graph.count} + 63) / 64 * sizeof(uint64_t));
        start();
        // Of two batches one is on its way from memory while the other is compared.
        uint32_t batch[2][kWalkLinksMax + 4];
        uint32_t waiting[2] = {0, 0};
        uint32_t now = 0;
        for (;;) {
            const uint64_t next = m_beam.next();
            const bool isDone = next == kNoKey || isTooFar(next);
            waiting[now] = 0;
            if (!isDone) {
                m_beam.open();
                waiting[now] = gather(walkNumber(next), batch[now]);
                prefetchNext();
            }
            const uint32_t before = now ^ 1;
            if (waiting[before] > 0)
                rank(batch[before], waiting[before]);
            else if (isDone)
                break;
            waiting[before] = 0;
            now = before;
        }
        counters.opened += m_opened;
        counters.distances += m_distances;
        return m_filter ? m_found.size() : m_beam.size();
    }

private:
    bool isTooFar(uint64_t key) const
    {
        return m_filter && distanceOf(key) > m_found.worst();
    }

    void start()
    {
        uint32_t batch[64 + 4];
        for (uint32_t i = 0; i < m_graph.entryCount;) {
            uint32_t count = 0;
            for (; i < m_graph.entryCount && count < 64; i++) {
                const uint32_t number = m_graph.entries[i];
                const uint64_t bit = uint64_t{1} << (number & 63);
                if ((m_known[number >> 6] & bit) == 0)
                    batch[count++] = number;
                m_known[number >> 6] |= bit;
            }
            if (count > 0)
                rank(batch, count);
        }
    }

    void prefetchLinks(uint32_t number) const
    {
        const uint8_t *from = m_graph.node(number) + m_graph.codeBytes;
        for (size_t at = 0; at < m_graph.nodeBytes - m_graph.codeBytes; at += kLine)
            __builtin_prefetch(from + at);
    }

    void prefetchNext()
    {
        const uint64_t next = m_beam.next();
        if (next != kNoKey)
            prefetchLinks(walkNumber(next));
    }

    // What the links lead to and was not met before; asks for it.
    uint32_t gather(uint32_t number, uint32_t *out)
    {
        m_opened++;
        const uint32_t *links = m_graph.linksOf(number);
        uint32_t count = 0;
        for (uint32_t i = 0; i < m_graph.links; i++) {
            const uint32_t to = links[i];
            const uint64_t word = m_known[to >> 6];
            const uint64_t bit = uint64_t{1} << (to & 63);
            m_known[to >> 6] = word | bit;
            out[count] = to;
            count += (word & bit) == 0 ? 1 : 0;
        }
        for (uint32_t i = 0; i < count; i++)
            prefetchCodes<typename Compare::Codes>(m_graph, out[i]);
        return count;
    }

    void rank(uint32_t *numbers, uint32_t count)
    {
        m_distances += count;
        for (uint32_t i = count; (i & 3) != 0; i++)
            numbers[i] = numbers[count - 1];
        const uint64_t next = m_beam.next();
        for (uint32_t i = 0; i < count; i += 4) {
            const uint8_t *nodes[4];
            const NodeTerm *terms[4];
            for (uint32_t j = 0; j < 4; j++) {
                nodes[j] = Compare::Codes::of(m_graph, numbers[i + j]);
                terms[j] = Compare::Codes::term(m_graph, numbers[i + j]);
            }
            float distance[4];
            m_compare.four(nodes, terms, distance);
            const uint32_t rest = count - i < 4 ? count - i : 4;
            for (uint32_t j = 0; j < rest; j++)
                take(numbers[i + j], distance[j], next);
        }
    }

    void take(uint32_t number, float distance, uint64_t next)
    {
        // Not a number is never nearer.
        if (!(distance < m_beam.worst()))
            return;
        const uint64_t key = keyOf(distance, number);
        if (key < next)
            prefetchLinks(number);
        m_beam.insert(key);
        if (m_filter && distance < m_found.worst() && m_filter->passes(number))
            m_found.insert(key);
    }

    const WalkGraph &m_graph;
    const Compare &m_compare;
    uint64_t *m_known;
    const WalkFilter *m_filter;
    Beam m_beam;
    Beam m_found;
    uint64_t m_opened = 0;
    uint64_t m_distances = 0;
};

template <class Compare>
void distancesOf(const WalkGraph &graph, const Compare &compare, const uint32_t *numbers,
                 uint32_t count, float *out)
{
    constexpr uint32_t kAhead = 8;
    for (uint32_t i = 0; i < count; i += 4) {
        for (uint32_t j = i + kAhead; j < i + kAhead + 4 && j < count; j++)
            prefetchCodes<FineCodes>(graph, numbers[j]);
        const uint8_t *nodes[4];
        const NodeTerm *terms[4];
        for (uint32_t j = 0; j < 4; j++) {
            const uint32_t number = numbers[i + j < count ? i + j : count - 1];
            nodes[j] = graph.node(number);
            terms[j] = graph.terms + number;
        }
        float distance[4];
        compare.four(nodes, terms, distance);
        for (uint32_t j = 0; j < 4 && i + j < count; j++)
            out[i + j] = distance[j];
    }
}

} // namespace
} // namespace vexfs::daemon

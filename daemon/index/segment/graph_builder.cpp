// SPDX-License-Identifier: Apache-2.0
#include "daemon/index/segment/graph_builder.h"

#include "daemon/index/segment/graph_walk.h"
#include "daemon/index/segment/node_term.h"
#include "daemon/index/segment/packed_memory.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <thread>

namespace vexfs::daemon {

namespace {

constexpr float kCodeMax = 127.0F;
constexpr float kRounding = 12582912.0F; ///< 1.5 * 2^23
constexpr uint32_t kBatchMax = 1024;
constexpr uint32_t kBatchShare = 32; ///< a batch is at most this part of what is there
constexpr uint32_t kAtATime = 16;    ///< nodes that a thread takes
constexpr uint32_t kPlaceOfLinks = 24;

uint32_t squareOf(std::span<const int8_t> codes)
{
    uint32_t square = 0;
    for (const int8_t code : codes)
        square += static_cast<uint32_t>(code * code);
    return square;
}

/// A link that is to be made back.
struct Back
{
    uint32_t to = 0;
    uint32_t from = 0;
    auto operator<=>(const Back &) const = default;
};

struct Candidate
{
    float distance = 0.0F;
    uint32_t node = 0;
    auto operator<=>(const Candidate &) const = default;
};

} // namespace

float quantise(std::span<const float> vector, std::span<int8_t> codes)
{
    float largest = 0.0F;
    for (const float value : vector)
        largest = std::max(largest, std::fabs(value));
    const float scale = largest > 0.0F ? largest / kCodeMax : 1.0F;
    for (size_t i = 0; i < vector.size(); ++i) {
        // Adding so much leaves no place for a fraction: rounded as by nearbyint(), but no call.
        const float rounded = (vector[i] / scale + kRounding) - kRounding;
        codes[i] = static_cast<int8_t>(std::min(std::max(rounded, -kCodeMax), kCodeMax));
    }
    return scale;
}

struct GraphBuilder::State
{
    explicit State(GraphBuildOptions given) : options(std::move(given))
    {
        codeBytes = (options.dimension + 63) / 64 * 64;
        nodeBytes = codeBytes + (kPlaceOfLinks + options.links * 4 + 63) / 64 * 64;
    }

    uint8_t *node(uint32_t number) { return nodes.data() + number * nodeBytes; }
    const int8_t *codesOf(uint32_t number)
    {
        return reinterpret_cast<const int8_t *>(node(number));
    }
    uint32_t *linksOf(uint32_t number)
    {
        return reinterpret_cast<uint32_t *>(node(number) + codeBytes + kPlaceOfLinks);
    }
    WalkQuery query(uint32_t number)
    {
        return walkQuery(options.metric, codesOf(number), scales[number], squares[number]);
    }
    WalkGraph graph()
    {
        return {nodes.data(), nodeBytes, codeBytes, options.links, count,
                terms.data(), entries.data(), static_cast<uint32_t>(entries.size()),
                nullptr, 0, nullptr};
    }

    uint32_t linkCount(uint32_t number)
    {
        const uint32_t *links = linksOf(number);
        uint32_t used = 0;
        while (used < options.links && links[used] != number)
            used++;
        return used;
    }

    void setLinks(uint32_t number, const std::vector<uint32_t> &to)
    {
        uint32_t *links = linksOf(number);
        for (uint32_t i = 0; i < options.links; i++)
            links[i] = i < to.size() ? to[i] : number;
    }

    void prune(uint32_t number, uint32_t most, const std::vector<Candidate> &candidates,
               std::vector<uint32_t> &kept);
    void chooseEntries(uint32_t inserted);
    void linkBatch(uint32_t first, uint32_t end, uint32_t seenCount, uint32_t width);
    void search(uint32_t number, const WalkGraph &seen, uint32_t width, WalkScratch &scratch,
                std::vector<uint32_t> &kept);
    void linkBack(uint32_t number, std::span<const Back> backs, std::vector<uint32_t> &kept);
    void makeReachable();
    template <class Work> void inParallel(uint32_t items, Work &&work);

    GraphBuildOptions options;
    uint32_t codeBytes = 0;
    size_t nodeBytes = 0;
    uint32_t count = 0;
    PackedMemory nodes;
    std::vector<float> scales;
    std::vector<uint32_t> squares;
    std::vector<NodeTerm> terms;
    std::vector<uint32_t> entries;
    const WalkKernels &kernels = walkKernels();
};

/// Calls work(first, end, thread) for parts of items.
template <class Work> void GraphBuilder::State::inParallel(uint32_t items, Work &&work)
{
    const unsigned threads = items > kAtATime ? std::max(1U, options.threads) : 1;
    std::atomic<uint32_t> next{0};
    const auto take = [&](unsigned thread) {
        for (uint32_t at; (at = next.fetch_add(kAtATime)) < items;)
            work(at, std::min(items, at + kAtATime), thread);
    };
    std::vector<std::thread> others;
    for (unsigned i = 1; i < threads; i++)
        others.emplace_back(take, i);
    take(0);
    for (std::thread &each : others)
        each.join();
}

/// Of candidates in order, those to which no kept one is nearer than the node itself.
void GraphBuilder::State::prune(uint32_t number, uint32_t most,
                                const std::vector<Candidate> &candidates,
                                std::vector<uint32_t> &kept)
{
    const WalkGraph all = graph();
    kept.clear();
    // An inner product is no distance: it has no ratio.
    const float slack = options.metric == VEXFS_METRIC_DOT ? 1.0F : options.slack;
    float distances[4];
    for (const Candidate &each : candidates) {
        if (kept.size() == most)
            break;
        if (each.node == number)
            continue;
        const WalkQuery its = query(each.node);
        bool isKept = true;
        for (size_t i = 0; isKept && i < kept.size(); i += 4) {
            const auto some = static_cast<uint32_t>(std::min<size_t>(4, kept.size() - i));
            kernels.distances(all, its, kept.data() + i, some, distances);
            for (uint32_t j = 0; j < some; j++)
                isKept = isKept && kept[i + j] != each.node &&
                         distances[j] * slack > each.distance;
        }
        if (isKept)
            kept.push_back(each.node);
    }
}

/// Spread over what is there, so that one of them is near to everything.
void GraphBuilder::State::chooseEntries(uint32_t inserted)
{
    const uint32_t wanted = std::min(options.entries, inserted);
    entries.clear();
    for (uint32_t i = 0; i < wanted; i++)
        entries.push_back(static_cast<uint32_t>(uint64_t{i} * inserted / wanted));
}

void GraphBuilder::State::search(uint32_t number, const WalkGraph &seen, uint32_t width,
                                 WalkScratch &scratch, std::vector<uint32_t> &kept)
{
    const uint32_t found = kernels.walk(seen, query(number), {width, 0, nullptr}, scratch);
    std::vector<Candidate> candidates(found);
    for (uint32_t i = 0; i < found; i++)
        candidates[i] = {walkDistance(scratch.found()[i]), walkNumber(scratch.found()[i])};
    prune(number, std::min(options.ownLinks, options.links), candidates, kept);
}

void GraphBuilder::State::linkBack(uint32_t number, std::span<const Back> backs,
                                   std::vector<uint32_t> &kept)
{
    const uint32_t *links = linksOf(number);
    kept.assign(links, links + linkCount(number));
    for (const Back &back : backs) {
        if (std::find(kept.begin(), kept.end(), back.from) == kept.end())
            kept.push_back(back.from);
    }
    if (kept.size() > options.links) {
        std::vector<float> distances(kept.size());
        kernels.distances(graph(), query(number), kept.data(), static_cast<uint32_t>(kept.size()),
                          distances.data());
        std::vector<Candidate> candidates;
        for (size_t i = 0; i < kept.size(); i++)
            candidates.push_back({distances[i], kept[i]});
        std::sort(candidates.begin(), candidates.end());
        prune(number, options.links, candidates, kept);
    }
    setLinks(number, kept);
}

/// Chooses links for the nodes of a batch by walks through the first `seenCount` nodes, and makes
/// them and their ways back when all are chosen.
void GraphBuilder::State::linkBatch(uint32_t first, uint32_t end, uint32_t seenCount,
                                    uint32_t width)
{
    const unsigned threads = std::max(1U, options.threads);
    WalkGraph seen = graph();
    seen.count = seenCount;
    std::vector<std::vector<uint32_t>> chosen(end - first);
    std::vector<WalkScratch> scratch(threads);
    inParallel(end - first, [&](uint32_t from, uint32_t to, unsigned thread) {
        scratch[thread].reserve(seenCount, width);
        for (uint32_t i = from; i < to; i++)
            search(first + i, seen, width, scratch[thread], chosen[i]);
    });
    std::vector<Back> backs;
    for (uint32_t i = 0; i < chosen.size(); i++) {
        setLinks(first + i, chosen[i]);
        for (const uint32_t each : chosen[i])
            backs.push_back({each, first + i});
    }
    std::sort(backs.begin(), backs.end());
    std::vector<uint32_t> starts;
    for (uint32_t i = 0; i < backs.size(); i++) {
        if (i == 0 || backs[i].to != backs[i - 1].to)
            starts.push_back(i);
    }
    const auto places = static_cast<uint32_t>(starts.size());
    starts.push_back(static_cast<uint32_t>(backs.size()));
    inParallel(places, [&](uint32_t from, uint32_t to, unsigned) {
        std::vector<uint32_t> kept;
        for (uint32_t i = from; i < to; i++)
            linkBack(backs[starts[i]].to,
                     std::span(backs).subspan(starts[i], starts[i + 1] - starts[i]), kept);
    });
}

/// Pruning may leave nodes that few links lead to, or none: no search comes there. Their neighbours
/// link to them in place of one that many lead to.
void GraphBuilder::State::makeReachable()
{
    std::vector<uint32_t> ways(count);
    for (uint32_t node = 0; node < count; node++) {
        for (uint32_t i = 0; i < linkCount(node); i++)
            ways[linksOf(node)[i]]++;
    }
    const uint32_t enough = std::min(options.ways, options.links);
    for (uint32_t node = 0; node < count; node++) {
        const uint32_t *own = linksOf(node);
        for (uint32_t i = 0; i < linkCount(node) && ways[node] < enough; i++) {
            uint32_t *its = linksOf(own[i]);
            const uint32_t used = linkCount(own[i]);
            if (std::find(its, its + used, node) != its + used)
                continue;
            uint32_t place = used;
            if (used == options.links) {
                // The later ones are farther.
                while (place > 0 && ways[its[place - 1]] <= enough + 1)
                    place--;
                if (place-- == 0)
                    continue;
                ways[its[place]]--;
            }
            its[place] = node;
            ways[node]++;
        }
    }
}

GraphBuilder::GraphBuilder(GraphBuildOptions options)
    : m_state(std::make_unique<State>(std::move(options)))
{
}

GraphBuilder::~GraphBuilder() = default;

void GraphBuilder::add(std::span<const int8_t> codes, float scale)
{
    State &state = *m_state;
    state.nodes.resize((state.count + size_t{1}) * state.nodeBytes);
    memset(state.node(state.count), 0, state.nodeBytes);
    memcpy(state.node(state.count), codes.data(), state.options.dimension);
    const uint32_t square = squareOf(codes);
    state.scales.push_back(scale);
    state.squares.push_back(square);
    state.terms.push_back(nodeTerm(state.options.metric, scale, square));
    state.count++;
    state.setLinks(state.count - 1, {});
}

bool GraphBuilder::build()
{
    State &state = *m_state;
    const auto isCancelled = [&state] {
        return state.options.isCancelled && state.options.isCancelled();
    };
    uint32_t done = std::min(state.count, 1U);
    while (done < state.count) {
        if (isCancelled())
            return false;
        state.chooseEntries(done);
        const uint32_t end = std::min(state.count, done + std::clamp(done / kBatchShare, 1U,
                                                                     kBatchMax));
        state.linkBatch(done, end, done, state.options.width);
        done = end;
    }
    state.chooseEntries(done);
    // What came early has seen little of what came later.
    for (uint32_t at = 0; state.options.secondWidth > 0 && at < state.count; at += kBatchMax) {
        if (isCancelled())
            return false;
        state.linkBatch(at, std::min(state.count, at + kBatchMax), state.count,
                        state.options.secondWidth);
    }
    state.makeReachable();
    return true;
}

uint32_t GraphBuilder::count() const
{
    return m_state->count;
}

std::span<const int8_t> GraphBuilder::codes(uint32_t node) const
{
    return {m_state->codesOf(node), m_state->options.dimension};
}

float GraphBuilder::scale(uint32_t node) const
{
    return m_state->scales[node];
}

std::vector<uint32_t> GraphBuilder::links(uint32_t node) const
{
    const uint32_t *links = m_state->linksOf(node);
    return {links, links + m_state->linkCount(node)};
}

std::vector<uint32_t> GraphBuilder::entries() const
{
    return m_state->entries;
}

} // namespace vexfs::daemon

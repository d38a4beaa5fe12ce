// SPDX-License-Identifier: Apache-2.0
#include "daemon/index/segment/sealed_segment.h"

#include "daemon/index/segment/graph_builder.h"
#include "daemon/index/segment/half.h"
#include "daemon/index/segment/node_term.h"
#include "daemon/index/segment/packed_memory.h"
#include "kernel/core/include/vexfs/segment.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::daemon {

static_assert(std::endian::native == std::endian::little, "links are used as they lie in the file");
static_assert(sizeof(vexfs_disk_segment_node) == 24, "where WalkGraph looks for links");

namespace {

/// A whole file, mapped.
class MappedFile
{
public:
    MappedFile() = default;
    MappedFile(const MappedFile &) = delete;
    MappedFile &operator=(const MappedFile &) = delete;
    ~MappedFile()
    {
        if (m_data)
            munmap(m_data, m_size);
    }

    int open(const std::string &path)
    {
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
            return -errno;
        struct stat about{};
        int error = fstat(fd, &about) ? -errno : 0;
        if (!error && (!S_ISREG(about.st_mode) || about.st_size < VEXFS_SEGMENT_HEADER_BYTES))
            error = -EUCLEAN;
        if (!error) {
            m_size = static_cast<size_t>(about.st_size);
            void *at = mmap(nullptr, m_size, PROT_READ, MAP_PRIVATE, fd, 0);
            if (at == MAP_FAILED)
                error = -errno;
            else
                m_data = static_cast<uint8_t *>(at);
        }
        close(fd);
        return error;
    }

    uint8_t *data() const { return m_data; }
    size_t size() const { return m_size; }

    vexfs_segment_source source()
    {
        return {[](void *context, u64 offset, u32, void *, const u8 **out) {
                    *out = static_cast<MappedFile *>(context)->m_data + offset;
                    return 0;
                },
                this};
    }

private:
    uint8_t *m_data = nullptr;
    size_t m_size = 0;
};

constexpr uint32_t kCoarseLine = 128; ///< elements whose coarse codes fill a line
// With fewer elements the error of coarse codes costs more steps than their size saves (measured).
constexpr uint32_t kCoarseMin = 256;
// Where codes are cut off, in units of their root mean square: best for what is spread normally.
constexpr float kCoarseCut = 2.73F;

/// Codes -8..7; returns by what an inner product with them is multiplied. That is the length's
/// square over the product of the codes with themselves rounded, so that the error has no bias
/// (as in RaBitQ, Gao and Long, 2024).
float roundCoarsely(std::span<const int8_t> codes, std::vector<int> &rounded)
{
    float square = 0.0F;
    uint32_t used = 0;
    for (const int8_t code : codes) {
        square += static_cast<float>(code * code);
        used += code != 0 ? 1 : 0;
    }
    const float step =
        used > 0 ? kCoarseCut * std::sqrt(square / static_cast<float>(used)) / 7.5F : 1.0F;
    float product = 0.0F;
    for (size_t i = 0; i < codes.size(); i++) {
        rounded[i] = std::clamp(static_cast<int>(std::lrint(static_cast<float>(codes[i]) / step)),
                                -8, 7);
        product += static_cast<float>(codes[i] * rounded[i]);
    }
    return product > 0.0F ? square / product : 0.0F;
}

float squareOf(std::span<const float> query)
{
    float square = 0.0F;
    for (const float value : query)
        square += value * value;
    return square;
}

bool isNearer(const SegmentHit &a, const SegmentHit &b)
{
    return a.distance != b.distance ? a.distance < b.distance : a.node < b.node;
}

} // namespace

struct SealedSegment::State
{
    int load(const std::string &path, Memory memory);
    int check() const;
    void pack();
    void makeCoarse();
    float exact(std::span<const float> query, float offset, float scale, uint32_t node) const;
    void rerank(std::span<const float> query, std::vector<SegmentHit> &hits) const;
    std::unique_ptr<WalkScratch> takeScratch() const;
    void giveBack(std::unique_ptr<WalkScratch> scratch) const;

    MappedFile file;
    vexfs_segment segment{};
    PackedMemory packed;
    PackedMemory coarse;
    std::vector<NodeTerm> terms;
    std::vector<NodeTerm> coarseTerms;
    std::vector<uint32_t> entries;
    const uint8_t *halves = nullptr;
    WalkGraph graph;
    const WalkKernels *kernels = &walkKernels();
    mutable std::mutex mutex;
    mutable std::vector<std::unique_ptr<WalkScratch>> scratches;
    mutable WalkCounters counters;
};

/// Links and numbers, which the checksums say nothing of.
int SealedSegment::State::check() const
{
    for (const uint32_t entry : entries) {
        if (entry >= segment.nodes)
            return -EUCLEAN;
    }
    for (uint32_t node = 0; node < segment.nodes; node++) {
        const uint32_t *links = graph.linksOf(node);
        for (uint32_t i = 0; i < segment.links; i++) {
            if (links[i] >= segment.nodes)
                return -EUCLEAN;
        }
        if (!std::isfinite(terms[node].add) || !std::isfinite(terms[node].factor))
            return -EUCLEAN;
    }
    return 0;
}

void SealedSegment::State::pack()
{
    const size_t nodes = size_t{segment.nodes} * segment.node_bytes;
    const size_t rows = segment.halves_offset ? size_t{segment.nodes} * segment.halves_bytes : 0;
    packed.resize(nodes + rows);
    memcpy(packed.data(), file.data() + segment.nodes_offset, nodes + rows);
    madvise(file.data(), file.size(), MADV_DONTNEED);
    graph.nodes = packed.data();
    halves = rows > 0 ? packed.data() + nodes : nullptr;
}

/// A walk reads little of most nodes that it meets: four bits per element rank them well enough to
/// know where to go, at half the misses. What they find is ranked by the codes afterwards.
void SealedSegment::State::makeCoarse()
{
    graph.coarseBytes = segment.code_bytes / 2;
    coarse.resize(size_t{segment.nodes} * graph.coarseBytes);
    coarseTerms.resize(segment.nodes);
    std::vector<int> rounded(segment.code_bytes);
    for (uint32_t node = 0; node < segment.nodes; node++) {
        const auto *codes = reinterpret_cast<const int8_t *>(graph.node(node));
        const float factor = roundCoarsely({codes, segment.code_bytes}, rounded);
        coarseTerms[node] = {terms[node].add, terms[node].factor * factor};
        uint8_t *to = coarse.data() + size_t{node} * graph.coarseBytes;
        for (uint32_t i = 0; i < graph.coarseBytes; i++) {
            const uint32_t from = (i & ~63U) * 2 + (i & 63U);
            to[i] = static_cast<uint8_t>((rounded[from] + 8) | (rounded[from + 64] + 8) << 4);
        }
    }
    graph.maybeCoarse = coarse.data();
    graph.coarseTerms = coarseTerms.data();
}

int SealedSegment::State::load(const std::string &path, Memory memory)
{
    int error = file.open(path);
    if (!error)
        error = vexfs_segment_open(file.data(), file.size(), &segment);
    const vexfs_segment_source source = file.source();
    if (!error)
        error = vexfs_segment_verify(&segment, &source);
    if (error)
        return error;
    graph = {file.data() + segment.nodes_offset, segment.node_bytes, segment.code_bytes,
             segment.links, segment.nodes, nullptr, nullptr, segment.entries,
             nullptr, 0, nullptr};
    halves = segment.halves_offset ? file.data() + segment.halves_offset : nullptr;
    if (memory == Memory::Packed)
        pack();
    terms.reserve(segment.nodes);
    for (uint32_t node = 0; node < segment.nodes; node++) {
        vexfs_disk_segment_node numbers{};
        memcpy(&numbers, graph.node(node) + segment.code_bytes, sizeof numbers);
        terms.push_back(nodeTerm(segment.metric,
                                 std::bit_cast<float>(vexfs_get32(numbers.scale)),
                                 vexfs_get32(numbers.square)));
    }
    entries.resize(segment.entries);
    memcpy(entries.data(), file.data() + segment.entries_offset,
           segment.entries * sizeof(uint32_t));
    graph.terms = terms.data();
    graph.entries = entries.data();
    if (memory == Memory::Packed && segment.code_bytes >= kCoarseMin &&
        segment.code_bytes % kCoarseLine == 0)
        makeCoarse();
    return check();
}

std::unique_ptr<WalkScratch> SealedSegment::State::takeScratch() const
{
    const std::lock_guard lock(mutex);
    if (scratches.empty())
        return std::make_unique<WalkScratch>();
    std::unique_ptr<WalkScratch> scratch = std::move(scratches.back());
    scratches.pop_back();
    return scratch;
}

void SealedSegment::State::giveBack(std::unique_ptr<WalkScratch> scratch) const
{
    const std::lock_guard lock(mutex);
    counters.opened += scratch->counters.opened;
    counters.distances += scratch->counters.distances;
    scratch->counters = {};
    scratches.push_back(std::move(scratch));
}

float SealedSegment::State::exact(std::span<const float> query, float offset, float scale,
                                  uint32_t node) const
{
    const uint32_t dimension = segment.dimension;
    if (!halves) {
        const auto *codes = reinterpret_cast<const int8_t *>(graph.node(node));
        return offset + terms[node].add +
               terms[node].factor * scale * kernels->codeDot(query.data(), codes, dimension);
    }
    const auto *row =
        reinterpret_cast<const uint16_t *>(halves + size_t{node} * segment.halves_bytes);
    if (segment.metric == VEXFS_NEAR_L2)
        return kernels->halfSquare(query.data(), row, dimension);
    return (segment.metric == VEXFS_NEAR_COSINE ? 1.0F : 0.0F) -
           scale * kernels->halfDot(query.data(), row, dimension);
}

/// By the values themselves, in place of the codes.
void SealedSegment::State::rerank(std::span<const float> query, std::vector<SegmentHit> &hits) const
{
    for (const SegmentHit &hit : hits) {
        const uint8_t *row = halves ? halves + size_t{hit.node} * segment.halves_bytes
                                    : graph.node(hit.node);
        const size_t bytes = halves ? segment.halves_bytes : segment.code_bytes;
        for (size_t at = 0; at < bytes; at += 64)
            __builtin_prefetch(row + at);
    }
    float offset = 0.0F;
    float scale = 1.0F;
    if (segment.metric == VEXFS_NEAR_COSINE) {
        const float square = squareOf(query);
        offset = 1.0F;
        scale = square > 0.0F ? 1.0F / std::sqrt(square) : 0.0F;
    } else if (segment.metric == VEXFS_NEAR_L2) {
        offset = squareOf(query);
    }
    for (SegmentHit &hit : hits)
        hit.distance = exact(query, offset, scale, hit.node);
}

SealedSegment::SealedSegment() : m_state(std::make_unique<State>()) {}
SealedSegment::~SealedSegment() = default;

std::unique_ptr<SealedSegment> SealedSegment::open(const std::string &path, Memory memory,
                                                   int &error)
{
    try {
        std::unique_ptr<SealedSegment> segment(new SealedSegment);
        error = segment->m_state->load(path, memory);
        return error ? nullptr : std::move(segment);
    } catch (const std::bad_alloc &) {
        error = -ENOMEM;
        return nullptr;
    }
}

namespace {

/// A query as codes, for as long as a search runs.
struct CodedQuery
{
    CodedQuery(std::span<const float> values, const vexfs_segment &segment)
    {
        memset(codes + values.size(), 0, segment.code_bytes - values.size());
        const float scale = quantise(values, {codes, values.size()});
        uint32_t square = 0;
        for (size_t i = 0; i < values.size(); i++)
            square += static_cast<uint32_t>(codes[i] * codes[i]);
        query = walkQuery(segment.metric, codes, scale, square);
    }

    alignas(64) int8_t codes[VEXFS_SEARCH_DIMENSION_MAX];
    WalkQuery query;
};

/// Puts what the coarse codes found in the order of the codes.
void refine(const WalkGraph &graph, const WalkKernels &kernels, const WalkQuery &query,
            std::span<uint64_t> keys)
{
    std::vector<uint32_t> numbers(keys.size());
    std::vector<float> distances(keys.size());
    for (size_t i = 0; i < keys.size(); i++)
        numbers[i] = walkNumber(keys[i]);
    kernels.distances(graph, query, numbers.data(), static_cast<uint32_t>(numbers.size()),
                      distances.data());
    for (size_t i = 0; i < keys.size(); i++)
        keys[i] = walkKey(distances[i], numbers[i]);
    std::sort(keys.begin(), keys.end());
}

void keepNearest(std::vector<SegmentHit> &hits, uint32_t count)
{
    std::sort(hits.begin(), hits.end(), isNearer);
    hits.resize(std::min<size_t>(hits.size(), count));
}

} // namespace

std::vector<SegmentHit> SealedSegment::search(std::span<const float> query,
                                              const SegmentLook &look,
                                              WalkCounters *maybeCounters) const
{
    const State &state = *m_state;
    const CodedQuery coded(query, state.segment);
    const bool isAfter = look.maybeKeeps || (look.maybeFilter && look.way == FilterWay::After);
    const auto isKept = [&look](uint32_t number) {
        return look.maybeKeeps ? (*look.maybeKeeps)(number) : look.maybeFilter->passes(number);
    };
    WalkRequest request;
    request.width = std::clamp(std::max({look.width, look.count, isAfter ? look.reach : 0}), 1U,
                               kWalkWidthMax);
    request.reach = std::clamp(look.reach, request.width, kWalkWidthMax);
    request.maybeFilter = isAfter ? nullptr : look.maybeFilter;
    std::unique_ptr<WalkScratch> scratch = state.takeScratch();
    scratch->reserve(state.segment.nodes, request.reach);
    const bool isCoarse = look.isCoarse && state.graph.maybeCoarse;
    const auto walk = isCoarse ? state.kernels->walkCoarse : state.kernels->walk;
    const uint32_t found = walk(state.graph, coded.query, request, *scratch);
    const auto wanted =
        static_cast<size_t>(std::max(1.0F, look.rerank) * static_cast<float>(look.count));
    if (isCoarse && found > wanted)
        refine(state.graph, *state.kernels, coded.query, {scratch->found(), found});
    std::vector<SegmentHit> hits;
    hits.reserve(std::min<size_t>(wanted, found));
    for (uint32_t i = 0; i < found && hits.size() < wanted; i++) {
        const uint32_t number = walkNumber(scratch->found()[i]);
        if (!isAfter || isKept(number))
            hits.push_back({number, 0.0F});
    }
    if (maybeCounters) {
        maybeCounters->opened += scratch->counters.opened;
        maybeCounters->distances += scratch->counters.distances;
    }
    state.giveBack(std::move(scratch));
    state.rerank(query, hits);
    keepNearest(hits, look.count);
    return hits;
}

std::vector<SegmentHit> SealedSegment::scan(std::span<const float> query,
                                            std::span<const uint32_t> nodes, uint32_t count) const
{
    const State &state = *m_state;
    const CodedQuery coded(query, state.segment);
    std::vector<float> distances(nodes.size());
    state.kernels->distances(state.graph, coded.query, nodes.data(),
                             static_cast<uint32_t>(nodes.size()), distances.data());
    std::vector<SegmentHit> hits(nodes.size());
    for (size_t i = 0; i < nodes.size(); i++)
        hits[i] = {nodes[i], distances[i]};
    const size_t kept = std::min<size_t>(hits.size(), size_t{2} * count);
    std::nth_element(hits.begin(), hits.begin() + static_cast<ptrdiff_t>(kept), hits.end(),
                     isNearer);
    hits.resize(kept);
    state.rerank(query, hits);
    keepNearest(hits, count);
    return hits;
}

std::vector<float> SealedSegment::vector(uint32_t node) const
{
    const State &state = *m_state;
    std::vector<float> values(state.segment.dimension);
    const auto *row = reinterpret_cast<const uint16_t *>(
        state.halves + size_t{node} * state.segment.halves_bytes);
    vexfs_disk_segment_node numbers{};
    memcpy(&numbers, state.graph.node(node) + state.segment.code_bytes, sizeof numbers);
    const auto scale = std::bit_cast<float>(vexfs_get32(numbers.scale));
    for (size_t i = 0; i < values.size(); i++) {
        const auto code = static_cast<int8_t>(state.graph.node(node)[i]);
        values[i] = state.halves ? floatOfHalf(row[i]) : scale * static_cast<float>(code);
    }
    return values;
}

SegmentRow SealedSegment::row(uint32_t node) const
{
    vexfs_disk_segment_row row{};
    memcpy(&row, m_state->file.data() + m_state->segment.rows_offset + node * sizeof row,
           sizeof row);
    return {vexfs_get64(row.ino), vexfs_get32(row.record)};
}

WalkCounters SealedSegment::counters() const
{
    const std::lock_guard lock(m_state->mutex);
    return m_state->counters;
}

uint32_t SealedSegment::count() const { return m_state->segment.nodes; }
uint32_t SealedSegment::dimension() const { return m_state->segment.dimension; }
uint32_t SealedSegment::metric() const { return m_state->segment.metric; }
uint64_t SealedSegment::generation() const { return m_state->segment.generation; }
void SealedSegment::useKernels(const WalkKernels &kernels) { m_state->kernels = &kernels; }

uint32_t SealedSegment::identity() const
{
    vexfs_disk_segment header{};
    memcpy(&header, m_state->file.data(), sizeof header);
    return vexfs_get32(header.csum);
}

std::string SealedSegment::model() const
{
    const auto *model = reinterpret_cast<const char *>(m_state->segment.model);
    return {model, strnlen(model, sizeof m_state->segment.model)};
}

size_t SealedSegment::bytes() const
{
    const State &state = *m_state;
    return state.packed.size() + state.coarse.size() +
           (state.terms.size() + state.coarseTerms.size()) * sizeof(NodeTerm) +
           (state.packed.size() > 0 ? state.segment.nodes_offset : state.file.size());
}

} // namespace vexfs::daemon

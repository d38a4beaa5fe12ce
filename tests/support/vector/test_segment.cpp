// SPDX-License-Identifier: Apache-2.0
#include "tests/support/vector/test_segment.h"

#include "tests/support/random.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>

namespace vexfs::test {

namespace {

int32_t dotOf(const TestVector &a, const TestVector &b)
{
    int32_t sum = 0;
    for (size_t i = 0; i < a.codes.size(); i++)
        sum += a.codes[i] * b.codes[i];
    return sum;
}

} // namespace

TestGraph::TestGraph(std::vector<TestVector> vectors, uint32_t links, uint64_t seed)
    : m_vectors(std::move(vectors)), m_maxLinks(links), m_links(m_vectors.size())
{
    Random random(seed);
    const auto count = static_cast<uint32_t>(m_vectors.size());
    std::vector<std::pair<float, uint32_t>> order(count);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < count; j++) {
            const float length = std::sqrt(static_cast<float>(dotOf(m_vectors[j], m_vectors[j])));
            order[j] = {-static_cast<float>(dotOf(m_vectors[i], m_vectors[j])) /
                            std::max(length, 1.0F), j};
        }
        const auto near = std::min<size_t>(links * 3 / 4 + 1, count);
        std::partial_sort(order.begin(), order.begin() + static_cast<ptrdiff_t>(near), order.end());
        for (size_t j = 0; j < near; j++) {
            if (order[j].second != i)
                m_links[i].push_back(order[j].second);
        }
        while (m_links[i].size() < links)
            m_links[i].push_back(static_cast<uint32_t>(random.below(count)));
    }
    for (uint32_t i = 0; i < std::min(count, 16u); i++)
        m_entries.push_back(i * (count / std::min(count, 16u)));
}

daemon::SegmentGraph TestGraph::graph(vexfs_metric metric) const
{
    daemon::SegmentGraph graph;
    graph.tree = 1;
    graph.generation = 7;
    graph.model = "model";
    graph.dimension = static_cast<uint32_t>(m_vectors[0].codes.size());
    graph.metric = metric;
    graph.maxLinks = m_maxLinks;
    graph.count = static_cast<uint32_t>(m_vectors.size());
    graph.entries = m_entries;
    graph.node = [this](uint32_t i) {
        daemon::SegmentNode node;
        node.ino = 100 + i / 3;
        node.record = i % 3;
        node.beginBytes = i;
        node.endBytes = i + 5;
        node.page = i + 1;
        node.scale = m_vectors[i].scale;
        node.codes = m_vectors[i].codes;
        node.links = m_links[i];
        return node;
    };
    return graph;
}

SegmentBytes::SegmentBytes(const std::string &bytes)
    : m_data(static_cast<uint8_t *>(std::aligned_alloc(64, (bytes.size() + 63) / 64 * 64))),
      m_size(bytes.size())
{
    memcpy(m_data.get(), bytes.data(), bytes.size());
}

SegmentBytes SegmentBytes::ofFile(const std::string &path)
{
    std::ifstream stream(path, std::ios::binary);
    return SegmentBytes(std::string(std::istreambuf_iterator<char>(stream), {}));
}

vexfs_segment_source SegmentBytes::source()
{
    return {[](void *context, u64 offset, u32 bytes, void *, const u8 **out) {
                auto *self = static_cast<SegmentBytes *>(context);
                if (offset > self->m_size || bytes > self->m_size - offset)
                    abort(); // the reader is to ask for nothing that the header does not have
                *out = self->data() + offset;
                return 0;
            },
            this};
}

vexfs_segment_source SegmentBytes::copyingSource()
{
    return {[](void *context, u64 offset, u32 bytes, void *scratch, const u8 **out) {
                auto *self = static_cast<SegmentBytes *>(context);
                if (offset > self->m_size || bytes > self->m_size - offset)
                    abort();
                memcpy(scratch, self->data() + offset, bytes);
                *out = static_cast<const u8 *>(scratch);
                return 0;
            },
            this};
}

int SegmentBytes::open(vexfs_segment *out) const
{
    if (m_size < VEXFS_SEGMENT_HEADER_BYTES)
        return -EUCLEAN;
    return vexfs_segment_open(m_data.get(), m_size, out);
}

void SegmentBytes::repairChecksums(bool ofContent)
{
    if (m_size < VEXFS_SEGMENT_HEADER_BYTES)
        return;
    vexfs_disk_segment header{};
    memcpy(&header, data(), sizeof(header));
    const uint64_t table = vexfs_get64(header.csums_offset);
    if (ofContent && table >= VEXFS_SEGMENT_HEADER_BYTES && table <= m_size) {
        uint64_t at = VEXFS_SEGMENT_HEADER_BYTES;
        uint64_t entry = table;
        for (; at < table && m_size - entry >= sizeof(vexfs_le32);
             at += VEXFS_SEGMENT_CHUNK_BYTES, entry += sizeof(vexfs_le32)) {
            const size_t bytes = std::min<uint64_t>(VEXFS_SEGMENT_CHUNK_BYTES, table - at);
            const vexfs_le32 csum = vexfs_put32(vexfs_port_crc32c(0, data() + at, bytes));
            memcpy(data() + entry, &csum, sizeof(csum));
        }
        header.csums_csum = vexfs_put32(vexfs_port_crc32c(0, data() + table, entry - table));
        memcpy(data(), &header, sizeof(header));
    }
    header.csum =
        vexfs_put32(vexfs_port_crc32c(0, data() + 12, VEXFS_SEGMENT_HEADER_BYTES - 12));
    memcpy(data(), &header, sizeof(header));
}

} // namespace vexfs::test

// SPDX-License-Identifier: Apache-2.0
#include "daemon/index/segment_file.h"

#include "daemon/index/segment/half.h"
#include "kernel/core/include/vexfs/segment.h"

#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace vexfs::daemon {

namespace {

constexpr uint32_t kNone = ~0U;

uint64_t padded(uint64_t bytes)
{
    return (bytes + VEXFS_VECTOR_PAD_BYTES - 1) / VEXFS_VECTOR_PAD_BYTES * VEXFS_VECTOR_PAD_BYTES;
}

/// The numbers that nodes get, and what the layout follows from.
struct Plan
{
    std::vector<uint32_t> order;    ///< by new number, the old one
    std::vector<uint32_t> numberOf; ///< by old number, the new one
    uint64_t codeBytes, nodeBytes, entriesOffset, rowsOffset, nodesOffset, csumsOffset, fileBytes;
    uint64_t halvesOffset, halvesBytes;
};

bool isPossible(const SegmentGraph &graph)
{
    return graph.count > 0 && graph.count <= VEXFS_SEGMENT_NODES_MAX && graph.dimension > 0 &&
           graph.dimension <= VEXFS_SEARCH_DIMENSION_MAX && graph.maxLinks > 0 &&
           graph.maxLinks <= VEXFS_SEGMENT_LINKS_MAX && !graph.entries.empty() &&
           graph.entries.size() <= VEXFS_SEGMENT_ENTRIES_MAX &&
           graph.entries.size() <= graph.count && !graph.model.empty() &&
           graph.model.size() < VEXFS_VECTOR_MODEL_MAX_BYTES && graph.metric >= 1 &&
           graph.metric <= 3;
}

/// Breadth first from the entries; what they do not lead to comes last. False when a link leads
/// nowhere.
bool orderNodes(const SegmentGraph &graph, Plan &plan)
{
    plan.order.reserve(graph.count);
    plan.numberOf.assign(graph.count, kNone);
    const auto meet = [&](uint32_t node) {
        if (node >= graph.count)
            return false;
        if (plan.numberOf[node] == kNone) {
            plan.numberOf[node] = static_cast<uint32_t>(plan.order.size());
            plan.order.push_back(node);
        }
        return true;
    };
    for (const uint32_t entry : graph.entries) {
        if (!meet(entry))
            return false;
    }
    uint32_t unmet = 0;
    for (uint32_t at = 0; at < graph.count; at++) {
        while (at == plan.order.size()) {
            if (plan.numberOf[unmet] == kNone)
                meet(unmet);
            unmet++;
        }
        for (const uint32_t link : graph.node(plan.order[at]).links) {
            if (!meet(link))
                return false;
        }
    }
    return true;
}

void layOut(const SegmentGraph &graph, Plan &plan)
{
    plan.codeBytes = padded(graph.dimension);
    plan.nodeBytes = plan.codeBytes + padded(sizeof(vexfs_disk_segment_node) +
                                             graph.maxLinks * sizeof(vexfs_le32));
    plan.entriesOffset = VEXFS_SEGMENT_HEADER_BYTES;
    plan.rowsOffset = plan.entriesOffset + padded(graph.entries.size() * sizeof(vexfs_le32));
    plan.nodesOffset =
        plan.rowsOffset + padded(uint64_t{graph.count} * sizeof(vexfs_disk_segment_row));
    plan.csumsOffset = plan.nodesOffset + graph.count * plan.nodeBytes;
    if (graph.hasHalves) {
        plan.halvesBytes = padded(graph.dimension * sizeof(uint16_t));
        plan.halvesOffset = plan.csumsOffset;
        plan.csumsOffset += graph.count * plan.halvesBytes;
    }
    const uint64_t chunks = (plan.csumsOffset - VEXFS_SEGMENT_HEADER_BYTES +
                             VEXFS_SEGMENT_CHUNK_BYTES - 1) / VEXFS_SEGMENT_CHUNK_BYTES;
    plan.fileBytes = plan.csumsOffset + chunks * sizeof(vexfs_le32);
}

/// A file that is written from its start to its end, with a checksum per chunk. The first error
/// stays.
class Body
{
public:
    explicit Body(int fd) : m_fd(fd) {}

    void add(const void *data, size_t bytes)
    {
        const auto *from = static_cast<const uint8_t *>(data);
        while (bytes > 0) {
            const size_t part = std::min<size_t>(bytes, VEXFS_SEGMENT_CHUNK_BYTES - m_chunk.size());
            m_chunk.insert(m_chunk.end(), from, from + part);
            from += part;
            bytes -= part;
            m_offset += part;
            if (m_chunk.size() == VEXFS_SEGMENT_CHUNK_BYTES)
                flush();
        }
    }

    void padTo(uint64_t offset)
    {
        const std::vector<uint8_t> zeros(offset - m_offset);
        add(zeros.data(), zeros.size());
    }

    void flush()
    {
        if (m_chunk.empty())
            return;
        m_csums.push_back(vexfs_put32(vexfs_port_crc32c(0, m_chunk.data(), m_chunk.size())));
        write(m_chunk.data(), m_chunk.size(), m_offset - m_chunk.size());
        m_chunk.clear();
    }

    void write(const void *data, size_t bytes, uint64_t offset)
    {
        const auto *from = static_cast<const uint8_t *>(data);
        while (!m_error && bytes > 0) {
            const ssize_t done = pwrite(m_fd, from, bytes, static_cast<off_t>(offset));
            if (done < 0 && errno == EINTR)
                continue;
            if (done <= 0) {
                m_error = done < 0 ? -errno : -EIO;
                return;
            }
            from += done;
            bytes -= static_cast<size_t>(done);
            offset += static_cast<uint64_t>(done);
        }
    }

    uint64_t offset() const { return m_offset; }
    const std::vector<vexfs_le32> &csums() const { return m_csums; }
    int error() const { return m_error; }

private:
    int m_fd;
    int m_error = 0;
    uint64_t m_offset = VEXFS_SEGMENT_HEADER_BYTES;
    std::vector<uint8_t> m_chunk;
    std::vector<vexfs_le32> m_csums;
};

void writeRows(const SegmentGraph &graph, const Plan &plan, Body &body)
{
    for (const uint32_t entry : graph.entries) {
        const vexfs_le32 number = vexfs_put32(plan.numberOf[entry]);
        body.add(&number, sizeof(number));
    }
    body.padTo(plan.rowsOffset);
    for (const uint32_t old : plan.order) {
        const SegmentNode node = graph.node(old);
        vexfs_disk_segment_row row{};
        row.ino = vexfs_put64(node.ino);
        row.begin_bytes = vexfs_put64(node.beginBytes);
        row.end_bytes = vexfs_put64(node.endBytes);
        row.record = vexfs_put32(node.record);
        row.page = vexfs_put32(node.page);
        body.add(&row, sizeof(row));
    }
    body.padTo(plan.nodesOffset);
}

void writeNodes(const SegmentGraph &graph, const Plan &plan, Body &body)
{
    std::vector<uint8_t> bytes(plan.nodeBytes);
    for (uint32_t number = 0; number < graph.count; number++) {
        const SegmentNode node = graph.node(plan.order[number]);
        std::fill(bytes.begin(), bytes.end(), uint8_t{0});
        memcpy(bytes.data(), node.codes.data(), graph.dimension);
        vexfs_disk_segment_node numbers{};
        vexfs_segment_node_fill(node.codes.data(), graph.dimension,
                                std::bit_cast<uint32_t>(node.scale), &numbers);
        uint8_t *at = bytes.data() + plan.codeBytes;
        memcpy(at, &numbers, sizeof(numbers));
        at += sizeof(numbers);
        for (uint32_t i = 0; i < graph.maxLinks; i++) {
            // A place that is not used links to the node itself, which is known when it is open.
            const uint32_t link = i < node.links.size() ? plan.numberOf[node.links[i]] : number;
            const vexfs_le32 stored = vexfs_put32(link);
            memcpy(at + i * sizeof(stored), &stored, sizeof(stored));
        }
        body.add(bytes.data(), bytes.size());
    }
}

void writeHalves(const SegmentGraph &graph, const Plan &plan, Body &body)
{
    std::vector<uint8_t> bytes(plan.halvesBytes);
    for (const uint32_t old : graph.hasHalves ? plan.order : std::vector<uint32_t>{}) {
        const SegmentNode node = graph.node(old);
        for (size_t i = 0; i < graph.dimension; i++) {
            const vexfs_le16 half = vexfs_put16(halfOfFloat(node.values[i]));
            memcpy(bytes.data() + i * sizeof(half), &half, sizeof(half));
        }
        body.add(bytes.data(), bytes.size());
    }
    body.flush();
}

void writeHeader(const SegmentGraph &graph, const Plan &plan, Body &body)
{
    const size_t tableBytes = body.csums().size() * sizeof(vexfs_le32);
    std::vector<uint8_t> bytes(VEXFS_SEGMENT_HEADER_BYTES);
    vexfs_disk_segment header{};
    memcpy(header.magic, VEXFS_SEGMENT_MAGIC, sizeof(header.magic));
    header.version = vexfs_put32(VEXFS_SEGMENT_VERSION);
    memcpy(header.uuid, graph.uuid, sizeof(header.uuid));
    header.tree = vexfs_put64(graph.tree);
    header.generation = vexfs_put64(graph.generation);
    memcpy(header.model, graph.model.data(), graph.model.size());
    header.dimension = vexfs_put32(graph.dimension);
    header.element = 3;
    header.metric = static_cast<uint8_t>(graph.metric);
    header.links = vexfs_put16(static_cast<uint16_t>(graph.maxLinks));
    header.nodes = vexfs_put32(graph.count);
    header.entries = vexfs_put32(static_cast<uint32_t>(graph.entries.size()));
    header.code_bytes = vexfs_put32(static_cast<uint32_t>(plan.codeBytes));
    header.node_bytes = vexfs_put32(static_cast<uint32_t>(plan.nodeBytes));
    header.entries_offset = vexfs_put64(plan.entriesOffset);
    header.rows_offset = vexfs_put64(plan.rowsOffset);
    header.nodes_offset = vexfs_put64(plan.nodesOffset);
    header.csums_offset = vexfs_put64(plan.csumsOffset);
    header.file_bytes = vexfs_put64(plan.fileBytes);
    header.halves_offset = vexfs_put64(plan.halvesOffset);
    header.csums_csum = vexfs_put32(vexfs_port_crc32c(0, body.csums().data(), tableBytes));
    memcpy(bytes.data(), &header, sizeof(header));
    header.csum = vexfs_put32(vexfs_port_crc32c(0, bytes.data() + 12, bytes.size() - 12));
    memcpy(bytes.data(), &header, sizeof(header));
    body.write(body.csums().data(), tableBytes, plan.csumsOffset);
    body.write(bytes.data(), bytes.size(), 0);
}

/// The folder of a path, to make the rename durable.
int syncFolderOf(const std::string &path)
{
    const size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    const int error = fsync(fd) ? -errno : 0;
    close(fd);
    return error;
}

} // namespace

int writeSegment(const std::string &path, const SegmentGraph &graph)
{
    Plan plan{};
    if (!isPossible(graph) || !orderNodes(graph, plan))
        return -EINVAL;
    layOut(graph, plan);
    const std::string temporary = path + ".new";
    const int fd = open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return -errno;
    Body body(fd);
    writeRows(graph, plan, body);
    writeNodes(graph, plan, body);
    writeHalves(graph, plan, body);
    writeHeader(graph, plan, body);
    int error = body.error();
    if (!error && fsync(fd))
        error = -errno;
    if (close(fd) && !error)
        error = -errno;
    if (!error && rename(temporary.c_str(), path.c_str()))
        error = -errno;
    if (error) {
        unlink(temporary.c_str());
        return error;
    }
    return syncFolderOf(path);
}

} // namespace vexfs::daemon

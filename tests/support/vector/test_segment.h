// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "daemon/index/segment_file.h"
#include "tests/support/vector/vector_files.h"

#include <vexfs/segment.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace vexfs::test {

/// A graph over vectors for tests: each node is linked to those that are nearest of all, and to a
/// few at random, which is slow to make and good to search.
class TestGraph
{
public:
    TestGraph(std::vector<TestVector> vectors, uint32_t links, uint64_t seed);
    /// Node i is record i % 3 of inode 100 + i / 3.
    daemon::SegmentGraph graph(vexfs_metric metric = VEXFS_NEAR_COSINE) const;
    const std::vector<TestVector> &vectors() const { return m_vectors; }

private:
    std::vector<TestVector> m_vectors;
    uint32_t m_maxLinks;
    std::vector<std::vector<uint32_t>> m_links;
    std::vector<uint32_t> m_entries;
};

/// A segment in memory, as a daemon maps it: aligned, and not a byte more than the file has.
class SegmentBytes
{
public:
    explicit SegmentBytes(const std::string &bytes);
    static SegmentBytes ofFile(const std::string &path);

    /// Points into the memory.
    vexfs_segment_source source();
    /// Copies to where the reader has room, as a host without a mapping does.
    vexfs_segment_source copyingSource();
    uint8_t *data() { return m_data.get(); }
    size_t size() const { return m_size; }
    int open(vexfs_segment *out) const;
    /// Puts right the checksums that an edit made wrong, as far as the header makes sense; or the
    /// header's own only.
    void repairChecksums(bool ofContent = true);

private:
    struct Free
    {
        void operator()(uint8_t *memory) const { std::free(memory); }
    };
    std::unique_ptr<uint8_t, Free> m_data;
    size_t m_size = 0;
};

} // namespace vexfs::test

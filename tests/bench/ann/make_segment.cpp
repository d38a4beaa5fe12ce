// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/ann/make_segment.h"

#include "daemon/index/segment/sealed_segment.h"

#include <algorithm>
#include <cerrno>
#include <vector>

namespace vexfs::bench {

using namespace vexfs::daemon;

int makeSegment(const std::string &path, const float *rows, size_t count,
                const GraphBuildOptions &options, uint32_t chunksPerFile)
{
    GraphBuilder builder(options);
    const uint32_t dimension = options.dimension;
    std::vector<int8_t> codes(dimension);
    for (size_t row = 0; row < count; row++) {
        const float scale = quantise({rows + row * dimension, dimension}, codes);
        builder.add(codes, scale);
    }
    if (!builder.build())
        return -ECANCELED;
    std::vector<uint32_t> links;
    std::vector<float> values(dimension);
    SegmentGraph graph;
    graph.tree = 1;
    graph.model = "bench";
    graph.dimension = dimension;
    graph.metric = options.metric;
    graph.maxLinks = options.links;
    graph.count = builder.count();
    graph.hasHalves = true;
    graph.entries = builder.entries();
    graph.node = [&](uint32_t row) {
        const float *from = rows + size_t{row} * dimension;
        std::copy(from, from + dimension, values.begin());
        links = builder.links(row);
        SegmentNode node;
        node.ino = uint64_t{row / chunksPerFile} + 1;
        node.record = row % chunksPerFile;
        node.scale = builder.scale(row);
        node.codes = builder.codes(row);
        node.links = links;
        node.values = values;
        return node;
    };
    return writeSegment(path, graph);
}

} // namespace vexfs::bench

// SPDX-License-Identifier: Apache-2.0
//
// tests/bench/ann/make_segment.h - a sealed segment of rows of floats, as the daemon makes one.
#pragma once

#include "daemon/index/segment/graph_builder.h"

#include <string>

namespace vexfs::bench {

/// Builds the graph of count rows and writes the segment to path, synced. Row r is chunk
/// r % chunksPerFile of file r / chunksPerFile + 1. Returns 0 or a negative errno.
int makeSegment(const std::string &path, const float *rows, size_t count,
                const daemon::GraphBuildOptions &options, uint32_t chunksPerFile);

} // namespace vexfs::bench

// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/segment/node_term.h - distances of the three metrics from inner products of codes.
#pragma once

#include "daemon/index/segment/graph_walk.h"

#include "kernel/include/uapi/vexfs/vector_fork.h"

#include <cmath>

namespace vexfs::daemon {

/// Of a node with codes of that sum of squares, times scale.
inline NodeTerm nodeTerm(uint32_t metric, float scale, uint32_t square)
{
    if (metric == VEXFS_METRIC_L2)
        return {scale * scale * static_cast<float>(square), -2.0F * scale};
    if (metric == VEXFS_METRIC_DOT)
        return {0.0F, -scale};
    return {0.0F, square > 0 ? -1.0F / std::sqrt(static_cast<float>(square)) : 0.0F};
}

/// Of a query likewise: distances are 1 - cosine, the square of the distance, or -product.
inline WalkQuery walkQuery(uint32_t metric, const int8_t *codes, float scale, uint32_t square)
{
    if (metric == VEXFS_METRIC_L2)
        return {codes, scale, scale * scale * static_cast<float>(square)};
    if (metric == VEXFS_METRIC_DOT)
        return {codes, scale, 0.0F};
    return {codes, square > 0 ? 1.0F / std::sqrt(static_cast<float>(square)) : 0.0F, 1.0F};
}

} // namespace vexfs::daemon

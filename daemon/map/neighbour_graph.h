// SPDX-License-Identifier: Apache-2.0
//
// daemon/map/neighbour_graph.h - who is near whom, and how much that says.
#pragma once

#include "daemon/map/layout.h"

namespace vexfs::daemon {

/// weight: 0..1, how sure it is that the two are alike. Each pair once, first < second, in order.
struct GraphEdge
{
    uint32_t first = 0;
    uint32_t second = 0;
    float weight = 0.0F;
};

/// The fuzzy union of what each point's neighbours are to it (section 3.1 of the paper). Fails
/// with Cancelled and as input.neighbours() does.
base::Result<std::vector<GraphEdge>> neighbourGraph(const LayoutInput &input,
                                                    const LayoutOptions &options);

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/map/neighbour_graph.h"

#include <algorithm>
#include <cmath>

namespace vexfs::daemon {

namespace {

constexpr size_t kLookEvery = 256;
constexpr int kWidthRounds = 48;

struct Near
{
    uint32_t point = 0;
    float distance = 0.0F;
};

// Others than the point itself, each once, nearest first.
std::vector<Near> nearOf(const std::vector<Neighbour> &found, size_t point, size_t count,
                         size_t most)
{
    std::vector<Near> near;
    for (const Neighbour &each : found) {
        const bool isKnown = std::any_of(near.begin(), near.end(), [&](const Near &other) {
            return other.point == each.point;
        });
        if (each.point == point || each.point >= count || isKnown
            || !std::isfinite(each.similarity))
            continue;
        near.push_back({each.point, std::max(0.0F, 1.0F - each.similarity)});
        if (near.size() == most)
            break;
    }
    std::sort(near.begin(), near.end(), [](const Near &a, const Near &b) {
        return a.distance != b.distance ? a.distance < b.distance : a.point < b.point;
    });
    return near;
}

// The width at which memberships add up to log2 of how many neighbours there are.
float widthOf(const std::vector<Near> &near, float nearest)
{
    const double wanted = std::log2(double(near.size()) + 1.0);
    double low = 0.0;
    double high = 0.0;
    double width = 1.0;
    for (int round = 0; round < kWidthRounds; ++round) {
        double sum = 0.0;
        for (const Near &each : near)
            sum += std::exp(-std::max(0.0F, each.distance - nearest) / width);
        (sum > wanted ? high : low) = width;
        width = high > 0.0 ? (low + high) / 2.0 : width * 2.0;
    }
    return float(width);
}

void addEdges(const std::vector<Near> &near, uint32_t point, std::vector<GraphEdge> &edges)
{
    if (near.empty())
        return;
    // What is exactly alike says nothing of how far the others are.
    const auto first = std::find_if(near.begin(), near.end(),
                                    [](const Near &each) { return each.distance > 1e-6F; });
    const float nearest = first == near.end() ? 0.0F : first->distance;
    const float width = std::max(widthOf(near, nearest), 1e-4F);
    for (const Near &each : near) {
        const float weight = std::exp(-std::max(0.0F, each.distance - nearest) / width);
        edges.push_back({std::min(point, each.point), std::max(point, each.point), weight});
    }
}

// a + b - ab where both ends name each other.
void unite(std::vector<GraphEdge> &edges)
{
    std::sort(edges.begin(), edges.end(), [](const GraphEdge &a, const GraphEdge &b) {
        if (a.first != b.first)
            return a.first < b.first;
        return a.second != b.second ? a.second < b.second : a.weight < b.weight;
    });
    size_t kept = 0;
    for (size_t i = 0; i < edges.size(); ++i) {
        GraphEdge edge = edges[i];
        if (i + 1 < edges.size() && edges[i + 1].first == edge.first
            && edges[i + 1].second == edge.second) {
            ++i;
            edge.weight += edges[i].weight - edge.weight * edges[i].weight;
        }
        edges[kept++] = edge;
    }
    edges.resize(kept);
}

} // namespace

base::Result<std::vector<GraphEdge>> neighbourGraph(const LayoutInput &input,
                                                    const LayoutOptions &options)
{
    std::vector<GraphEdge> edges;
    edges.reserve(input.count * options.neighbours);
    for (size_t i = 0; i < input.count; ++i) {
        if (i % kLookEvery == 0
            && !options.goOn(LayoutStage::Neighbours, double(i) / double(input.count)))
            return base::fail(base::Errc::Cancelled, QStringLiteral("the layout was cancelled"));
        const auto found = input.neighbours(i, size_t(options.neighbours) + 1);
        if (!found)
            return tl::unexpected(found.error());
        addEdges(nearOf(*found, i, input.count, options.neighbours), uint32_t(i), edges);
    }
    unite(edges);
    return edges;
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/map/placement.h"

#include "daemon/map/random.h"

#include <algorithm>
#include <map>

namespace vexfs::daemon {

namespace {

/// As the layout parts what is exactly alike.
constexpr float kJitter = 1e-3F;
/// Rounding of a cosine: below it two are the same.
constexpr double kDistanceLeast = 1e-6;

double weightOf(const PlacedNeighbour &neighbour)
{
    const double distance = std::max(1.0 - double(neighbour.similarity), kDistanceLeast);
    return 1.0 / (distance * distance);
}

// Points of no cluster are no group: each counts for itself.
uint64_t groupOf(const MapPoint &point)
{
    return point.cluster == kNoCluster ? (uint64_t(kNoCluster) << 32U) ^ point.ino : point.cluster;
}

} // namespace

MapPoint placeAmong(uint64_t id, std::span<const PlacedNeighbour> neighbours)
{
    std::vector<PlacedNeighbour> sorted(neighbours.begin(), neighbours.end());
    std::sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) {
        return a.similarity != b.similarity ? a.similarity > b.similarity
                                            : a.point.ino < b.point.ino;
    });
    std::map<uint64_t, double> weights;
    uint64_t best = groupOf(sorted.front().point);
    for (const PlacedNeighbour &each : sorted)
        weights[groupOf(each.point)] += weightOf(each);
    for (const auto &[group, weight] : weights) {
        if (weight > weights[best])
            best = group;
    }
    double x = 0.0;
    double y = 0.0;
    MapPoint out{id, {}, kNoCluster};
    for (const PlacedNeighbour &each : sorted) {
        if (groupOf(each.point) != best)
            continue;
        out.cluster = each.point.cluster;
        x += weightOf(each) * double(each.point.place.x);
        y += weightOf(each) * double(each.point.place.y);
    }
    Random random(id);
    out.place.x = float(x / weights[best]) + random.symmetric() * kJitter;
    out.place.y = float(y / weights[best]) + random.symmetric() * kJitter;
    return out;
}

} // namespace vexfs::daemon

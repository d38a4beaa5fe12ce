// SPDX-License-Identifier: Apache-2.0
//
// daemon/map/placement.h - a place on a map that is laid out already, for one more point.
//
// The mean of the nearest neighbours that have a place, each weighing the inverse square of its
// distance (Shepard, "A two-dimensional interpolation function for irregularly-spaced data", ACM
// 1968), but of one cluster only: between two hills is nothing.
#pragma once

#include "daemon/map/map_file.h"

#include <span>

namespace vexfs::daemon {

struct PlacedNeighbour
{
    MapPoint point;
    float similarity = 0.0F;  ///< cosine
};

/// How many neighbours are worth asking for.
inline constexpr size_t kPlacedBy = 15;

/// Beside the place where they say it is by less than one could see, so that copies part: the same
/// neighbours and id give the same place. Neighbours are not empty; their order means nothing.
MapPoint placeAmong(uint64_t id, std::span<const PlacedNeighbour> neighbours);

} // namespace vexfs::daemon

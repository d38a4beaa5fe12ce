// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/map/map_changes.h - what became of the points of a map since it was last told.
#pragma once

#include "daemon/map/map_file.h"

#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace vexfs::daemon {

/// With more points in either list both are empty, and all is to be asked for again.
inline constexpr size_t kChangedMost = 1000;

struct MapChange
{
    uint64_t generation = 0;       ///< of the map
    std::vector<MapPoint> placed;  ///< in order of ino: new, or of another place or cluster
    std::vector<uint64_t> removed; ///< in order
    bool isCut = false;            ///< there are more than are told
};

/// From the points that were seen to those that are: both in order of ino.
MapChange changeOf(const std::vector<MapPoint> &before, const std::vector<MapPoint> &after,
                   uint64_t generation);

/// Owner: IndexMap; thread: any.
class MapChanges
{
public:
    /// What came last counts, of each point.
    void add(const MapChange &change);
    /// All since the last time; nothing when nothing changed.
    std::optional<MapChange> take();

private:
    std::mutex m_mutex;  ///< guards what follows
    bool m_isPending = false;
    bool m_isCut = false;
    uint64_t m_generation = 0;
    std::map<uint64_t, std::optional<MapPoint>> m_points;  ///< nothing: removed
};

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/map/map_file.h - a map that is kept, so that points are where they were after a restart.
//
// One file beside the index, written whole or not at all, with a checksum. It is derived: whatever
// is wrong with it, the map is laid out anew.
#pragma once

#include "daemon/map/clusters.h"

namespace vexfs::daemon {

/// What a point of a snapshot's map is beside today's; bits.
enum PointFlag : uint32_t {
    PointGone = 0x1,   ///< the file is no more
    PointOther = 0x2,  ///< it has changed since
};

struct MapPoint
{
    uint64_t ino = 0;
    Place place;
    uint32_t cluster = kNoCluster;
    uint32_t flags = 0;  ///< PointFlag; of what is shown, not of what is kept
};

struct MapState
{
    std::vector<MapPoint> points;  ///< in order of ino
    QVector<MapCluster> clusters;
    QByteArray model;         ///< of whose vectors it is
    QString projection;       ///< "umap", "pca"
    uint64_t generation = 0;  ///< of the index when it was made
};

/// Fails with NoSpace, Failed.
base::Status saveMap(const MapState &map, const QString &path);
/// Fails with NotFound, Corrupt.
base::Result<MapState> loadMap(const QString &path);

} // namespace vexfs::daemon

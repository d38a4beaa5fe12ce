// SPDX-License-Identifier: Apache-2.0
//
// daemon/map/clusters.h - where points of a map lie dense, and what they are about.
//
// Points are counted in the cells of a grid, the counts are smoothed, and each cell climbs to the
// peak above it: the hills of the map. Words that many of a hill's texts have and few others do
// name it (tf-idf over hills).
#pragma once

#include "daemon/map/layout.h"

#include <QByteArray>
#include <QString>
#include <QVector>

namespace vexfs::daemon {

inline constexpr uint32_t kNoCluster = 0xffffffffU;
inline constexpr size_t kClustersMax = 64;

struct MapCluster
{
    Place centre;
    uint64_t size = 0;
    QString label;
};

struct Clustering
{
    std::vector<uint32_t> ofPoint;  ///< a number of clusters, or kNoCluster
    QVector<MapCluster> clusters;   ///< largest first
};

/// Without labels. The same places give the same clusters.
Clustering findClusters(const std::vector<Place> &places);

/// Names clusters by some texts of each: (cluster, text). Common words of all say nothing.
void nameClusters(const std::vector<std::pair<uint32_t, QByteArray>> &texts,
                  QVector<MapCluster> &clusters);

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/map/map_calls.h - what is asked of the map of a volume.
#pragma once

#include "daemon/jobs/job.h"
#include "daemon/service/index_service.h"
#include "daemon/service/search_service.h"

namespace vexfs::daemon {

struct MapQuery
{
    uint64_t mostPoints = kMapPointsMax;
    QString text;  ///< Points are scored by it; empty: they are not.
    QString snapshot;  ///< What it holds are points; empty: what there is now.
};

/// Records as the Map interface has them.
struct MapRecords
{
    QByteArray bytes;
    uint32_t stride = 0;
    uint64_t count = 0;
    uint64_t generation = 0;
    QList<double> bounds;  ///< left, bottom, right, top
    QString projection;
    QString model;
    bool isStale = false;
};

struct MapRegion
{
    std::vector<Place> polygon;
    QString snapshot;  ///< as of MapQuery
    uint64_t generation = 0;  ///< 0: of any map
    uint64_t limit = 0;
    uint64_t after = 0;  ///< an inode
};

struct RegionPage
{
    QList<qulonglong> inodes;
    uint64_t total = 0;
    uint64_t next = 0;  ///< 0 at the end
};

/// They block. Fail as IndexService::mapView() does; mapRecords() as the search, too;
/// mapRegion() with InvalidArgs (no polygon) and StaleToken.
base::Result<MapRecords> mapRecords(IndexService &index, SearchService &search, const QString &id,
                                    const MapQuery &query);
base::Result<RegionPage> mapRegion(IndexService &index, const MapRegion &region);

/// Inside of a polygon by the even-odd rule.
bool isInside(const std::vector<Place> &polygon, const Place &place);

/// At most so many of the points, in proportion from each cluster, in their order.
std::vector<MapPoint> sampled(const std::vector<MapPoint> &points, uint64_t most);

/// Result: points. Cancelling it leaves the map as it was.
JobWork layingOut(const std::shared_ptr<IndexService> &index, const MapWish &wish);

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/map/index_map.h - the map of one volume: laid out over its index, kept beside it.
#pragma once

#include "daemon/service/map/map_changes.h"
#include "daemon/service/map/snapshot_map.h"

#include <functional>
#include <memory>
#include <mutex>

namespace vexfs::daemon {

struct IndexContext;

struct MapWish
{
    bool isOnlyAxes = false;
    bool isAnchored = true;  ///< Points that are on the map stay where they are.
    uint64_t seed = 1;
};

struct MapView
{
    std::shared_ptr<const MapState> map;
    std::vector<MapPoint> points;  ///< of it, those whose files may be read now
};

using MapProgress = std::function<bool(LayoutStage, double)>;

/// Owner: IndexService. Thread: any; one layout at a time.
class IndexMap
{
public:
    explicit IndexMap(IndexContext &context) : m_context(context), m_past(context) {}

    /// Blocks for seconds to minutes, on a thread of low priority. goOn may end it. Return: points.
    /// Fails with Busy (one is being made), IndexNotReady (no vectors yet), Cancelled, TooLarge, as
    /// the catalog does, and where the map cannot be kept.
    base::Result<uint64_t> layOut(const MapWish &wish, const CatalogReader &read,
                                  const MapProgress &goOn);

    /// Fails with IndexNotReady before the first layout.
    base::Result<MapView> view(Catalog &catalog);
    /// In the order of inodes; nothing for those that are gone, or may not be read.
    base::Result<QVector<std::optional<MapDocument>>> describe(Catalog &catalog,
                                                               const QVector<uint64_t> &inodes);

    /// The same of a snapshot, named by inodes, too: see SnapshotMap.
    base::Result<MapView> viewOf(const QString &snapshot, const CatalogReader &read);
    base::Result<QVector<std::optional<MapDocument>>>
    describeIn(const QString &snapshot, const CatalogReader &read,
               const QVector<uint64_t> &inodes);

    /// Of the points that may be read, since it was last asked. Does not block.
    std::optional<MapChange> takeChange() { return m_changes.take(); }
    /// The index has lost a file. Does not block.
    void fileRemoved(uint64_t ino);

    /// What was laid out last, null when there is nothing; does not read the disk.
    std::shared_ptr<const MapState> known() const;

    /// Waits until nobody lays out: then all of the index's parts have been let go of. What runs
    /// ends early when the context is stopping.
    void settle();

private:
    struct Gathered;
    base::Result<std::shared_ptr<const MapState>> state();
    base::Status gather(const MapWish &wish, const CatalogReader &read, Gathered &out);
    base::Status work(const MapWish &wish, const CatalogReader &read, const MapProgress &goOn);
    void put(std::shared_ptr<const MapState> map, const CatalogReader &read);
    base::Status name(const CatalogReader &read, MapState &map);
    bool isReadable(const QByteArray &path) const;
    QString filePath() const;

    IndexContext &m_context;
    SnapshotMap m_past;
    MapChanges m_changes;
    std::mutex m_running;  ///< held while laying out
    mutable std::mutex m_mutex;  ///< guards what follows
    std::shared_ptr<const MapState> m_map;
};

} // namespace vexfs::daemon

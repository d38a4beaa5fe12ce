// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/map/snapshot_map.h - the files of a snapshot on the map of a volume.
//
// A file that is on the map has its place there, whichever version of it the snapshot holds. What
// has none, since only the past holds it or it came after the layout, is placed by its own vectors,
// among what is near it and has a place; that is kept in memory as long as the map is the same.
#pragma once

#include "daemon/search/searched_past.h"
#include "daemon/service/map/map_parts.h"

#include <mutex>
#include <span>
#include <unordered_map>

namespace vexfs::daemon {

struct IndexContext;

/// Owner: IndexMap; thread: any. Reads the catalog in portions, so that searches go between, and
/// looks for the snapshot in each: one that is deleted meanwhile is NotFound.
class SnapshotMap
{
public:
    using Map = std::shared_ptr<const MapState>;

    explicit SnapshotMap(IndexContext &context) : m_context(context) {}

    /// In order of inode, which is their id; of those that may be read in the snapshot, and as far
    /// as they live, today. Fails with NotFound (no such snapshot), Cancelled, as reading does.
    base::Result<std::vector<MapPoint>> points(const Map &map, const CatalogReader &read,
                                               const QString &snapshot);
    /// In the order of inodes; nothing for what the snapshot does not hold, or may not be read.
    /// Their paths lead into the snapshot. Fails as points().
    base::Result<QVector<std::optional<MapDocument>>>
    describe(const Map &map, const CatalogReader &read, const QString &snapshot,
             const QVector<uint64_t> &inodes);

    void forget();

private:
    struct Portion;

    base::Result<SearchedPast> look(const QString &snapshot, uint64_t mustBe = 0) const;
    base::Result<Portion> readPortion(Catalog &catalog, const SearchedPast &past,
                                      std::span<const HeldVersion> held) const;
    std::optional<MapPoint> pointOf(const Map &map, const Meaning &meaning, uint64_t generation,
                                    const HeldVersion &held);
    std::optional<MapPoint> placed(const MapState &map, const Meaning &meaning,
                                   const HeldVersion &held) const;
    base::Status addNeighbours(Catalog &catalog, const SearchedPast &past, const Meaning &meaning,
                               const HeldVersion &held, MapDocument &document) const;

    IndexContext &m_context;
    std::mutex m_mutex;  ///< guards what follows
    Map m_map;           ///< that the places are on
    std::shared_ptr<VectorIndex> m_vectors;
    uint64_t m_generation = 0;  ///< of the catalog; keys of what is live may be other texts later
    std::unordered_map<uint64_t, MapPoint> m_past;
    std::unordered_map<uint64_t, MapPoint> m_live;
};

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/search/searched_past.h - the snapshots that a search of the past looks into.
#pragma once

#include "daemon/index/vector_index.h"
#include "daemon/query/search_types.h"
#include "daemon/volume/volume_view.h"

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

namespace vexfs::daemon {

class Catalog;

/// Where a version of a file is to be seen.
struct PastPlace
{
    QByteArray path;  ///< relative to its tree
    uint64_t sizeBytes = 0;
    int64_t mtimeNs = 0;
};

/// Places in snapshots that may be read: as long as there is the snapshot, they stay as they are.
/// Owner: IndexContext; thread: any.
class PlaceCache
{
public:
    std::optional<PastPlace> find(uint64_t tree, uint64_t inode) const;
    void put(uint64_t tree, uint64_t inode, const PastPlace &place);

private:
    static constexpr size_t kPlacesMax = 20'000;

    mutable std::mutex m_mutex;  ///< guards what follows
    std::map<std::pair<uint64_t, uint64_t>, PastPlace> m_places;
};

/// Roots of snapshots, open as long as a search lasts: the names of snapshots themselves are looked
/// up each time, which costs as much as all the rest. Owner and thread: the search.
class OpenTrees
{
public:
    OpenTrees() = default;
    ~OpenTrees();
    OpenTrees(const OpenTrees &) = delete;
    OpenTrees &operator=(const OpenTrees &) = delete;

    /// -1 when it cannot be opened. folder: absolute.
    int root(uint64_t tree, const QByteArray &folder);

private:
    std::map<uint64_t, int> m_roots;
};

/// Owner and thread: the search.
struct SearchedPast
{
    VolumeView *view = nullptr;
    std::shared_ptr<OpenTrees> trees;
    PlaceCache *places = nullptr;
    QVector<SnapshotTree> snapshots;  ///< in order of id
    std::optional<SnapshotTree> at;   ///< only what this one has
    SnapshotScope scope = SnapshotScope::Live;
    std::shared_ptr<const InodeSet> alive;  ///< keys of what may answer
};

/// The snapshots that a request is about. Fails with NotFound (no such snapshot, none so old), and
/// as the volume does.
base::Result<SearchedPast> searchedPast(VolumeView &view, const SearchRequest &request);

/// Tells them and no others apart, as long as the volume lives: ids are never used again.
QByteArray listSignature(const SearchedPast &past);

/// What the catalog knows of the places of a version.
struct VersionPaths
{
    uint64_t inode = 0;
    QVector<QByteArray> then;
    QVector<QByteArray> now;  ///< of what is live of the same inode
};

/// Where a version is in a snapshot, if whoever runs the daemon may open it there, and may open
/// what is live of it, too: taking rights away closes old copies. Nothing when not, or when it is
/// gone.
std::optional<PastPlace> placeInSnapshot(const SearchedPast &past, const SnapshotTree &snapshot,
                                         const VersionPaths &paths);

/// Which versions may answer, for the few trees that are asked for now. Owner: IndexContext;
/// thread: any.
class AliveSets
{
public:
    /// As of a generation of the catalog.
    base::Result<std::shared_ptr<const InodeSet>> find(Catalog &catalog, uint64_t generation,
                                                       const SearchedPast &past);
    void clear();

private:
    static constexpr size_t kSetsMin = 4;
    static constexpr size_t kKeysMax = 1'000'000;  ///< of all sets together, beyond those

    std::mutex m_mutex;  ///< guards what follows
    std::list<std::pair<QByteArray, std::shared_ptr<const InodeSet>>> m_sets;  ///< newest first
};

} // namespace vexfs::daemon

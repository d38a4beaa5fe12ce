// SPDX-License-Identifier: Apache-2.0
//
// daemon/search/searched_past.h - the snapshots that a search of the past looks into.
#pragma once

#include "daemon/index/catalog_types.h"
#include "daemon/index/vector_index.h"
#include "daemon/query/search_types.h"
#include "daemon/search/index_counters.h"
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

/// Keys of what may answer.
struct AliveKeys
{
    InodeSet all;
    InodeSet past;            ///< of these, the versions that only snapshots have
    uint64_t pastFiles = 0;   ///< such versions that there are, whether they may answer or not
};

/// Owner and thread: the search.
struct SearchedPast
{
    VolumeView *view = nullptr;
    std::shared_ptr<OpenTrees> trees;
    QVector<SnapshotTree> snapshots;  ///< in order of id
    std::optional<SnapshotTree> at;   ///< only what this one has
    SnapshotScope scope = SnapshotScope::Live;
    std::shared_ptr<const AliveKeys> alive;
};

/// The snapshots that a request is about. Fails with NotFound (no such snapshot, none so old), and
/// as the volume does.
base::Result<SearchedPast> searchedPast(VolumeView &view, const SearchRequest &request);

/// Tells them and no others apart, as long as the volume lives: ids are never used again.
QByteArray listSignature(const SearchedPast &past);

/// Numbers in past.snapshots, [first, second), of those with birth <= id < death.
std::pair<qsizetype, qsizetype> holdersOf(const SearchedPast &past, uint64_t birth, uint64_t death);

/// A version in one of the snapshots that have it, and what the catalog knows of its places.
struct PastVersion
{
    SnapshotTree snapshot;
    uint64_t inode = 0;
    QVector<QByteArray> then;
    QVector<QByteArray> now;  ///< of what is live of the same inode
};

/// Where each version is in its snapshot, if whoever runs the daemon may open it there, and may
/// open what is live of it, too: taking rights away closes old copies. Nothing when not, or when it
/// is gone. Asks the volume once for many, where it can be asked so.
QVector<std::optional<PastPlace>> placesInSnapshots(const SearchedPast &past,
                                                    const QVector<PastVersion> &versions);

/// Which versions may answer, for the trees that were asked for last. All that it keeps is of one
/// generation of the catalog, and within a budget of bytes. Owner: IndexContext; thread: any.
class AliveSets
{
public:
    explicit AliveSets(CacheCounters &counters, size_t bytesMax = 32U << 20U)
        : m_counters(counters), m_bytesMax(bytesMax)
    {
    }

    /// As of a generation of the catalog.
    base::Result<std::shared_ptr<const AliveKeys>> find(Catalog &catalog, uint64_t generation,
                                                        const SearchedPast &past);
    void clear();

private:
    using Lives = std::shared_ptr<const std::vector<KeyLife>>;
    struct Entry
    {
        QByteArray of;
        std::shared_ptr<const AliveKeys> keys;
        size_t bytes = 0;
    };

    std::shared_ptr<const AliveKeys> known(uint64_t generation, const QByteArray &of);
    base::Result<Lives> livesOf(Catalog &catalog, uint64_t generation);
    void keep(uint64_t generation, const QByteArray &of, std::shared_ptr<const AliveKeys> keys);
    void clearLocked(uint64_t generation);

    CacheCounters &m_counters;
    const size_t m_bytesMax;
    std::mutex m_mutex;  ///< guards what follows
    uint64_t m_generation = 0;  ///< of the catalog, that all is of
    Lives m_lives;              ///< null when it is not known, or larger than half of the budget
    std::list<Entry> m_entries; ///< last used first
    size_t m_bytes = 0;
};

} // namespace vexfs::daemon

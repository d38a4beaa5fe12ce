// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/vector_index.h - nearest vectors of one volume.
//
// Two implementations: the graph that searches are answered from, and the exact scan that judges
// it in tests. Vectors are unit vectors or zero; similarity is their cosine.
#pragma once

#include "common/base/error.h"
#include "daemon/index/segment/filter_way.h"

#include <QString>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

namespace vexfs::daemon {

using InodeSet = std::unordered_set<uint64_t>;

struct VectorHit
{
    uint64_t ino = 0;
    uint32_t chunk = 0;
    float similarity = 0.0F;
};

/// What a stored index must be of to be loaded.
struct VectorIndexIdentity
{
    QByteArray model;
    uint32_t dimension = 0;
};

/// Where a chunk lies in its file's text.
struct ChunkPlace
{
    uint64_t beginBytes = 0;
    uint64_t endBytes = 0;
    uint32_t page = 0;
};

/// What a sealed segment is of. place tells where a chunk lies; without it, nowhere.
struct SealRequest
{
    QString path;
    std::array<uint8_t, 16> volumeUuid{};
    uint64_t tree = 0;
    uint64_t generation = 0;
    std::function<ChunkPlace(uint64_t ino, uint32_t chunk)> place;
};

/// How a part of an index was searched: what was expected, and what it was.
struct VectorPlan
{
    const char *part = ""; ///< "sealed" or "fresh"
    FilterWay way = FilterWay::None;
    bool isCompleted = false; ///< a walk found too few, and all that passes was compared after it
    uint64_t rows = 0;          ///< vectors in the part
    uint64_t expectedRows = 0;  ///< of them that pass the filter
    uint64_t actualRows = 0;    ///< hits
    double expectedDistances = 0.0;
    uint64_t actualDistances = 0;
    double expectedUs = 0.0;
    double actualUs = 0.0;
    /// What each of kFilterWays was expected to take: infinite where it could not keep enough in
    /// view, 0 where nothing is known.
    std::array<double, 3> waysUs{};
};

/// Owner: the index service. Thread: any; searches run beside each other, changes one at a time.
class VectorIndex
{
public:
    virtual ~VectorIndex() = default;

    /// Vectors of a file's chunks 0, 1, ...; those it had are gone. They are found at once.
    /// Fails with InvalidVector (another dimension), NoSpace (out of memory); then it is as before
    /// or without the file.
    virtual base::Status put(uint64_t ino, const std::vector<std::vector<float>> &vectors) = 0;

    /// Forgets a file at once. Not knowing it is fine.
    virtual void remove(uint64_t ino) = 0;

    /// At most count chunks, most similar first. With maybeOnly, of those files only.
    virtual base::Result<std::vector<VectorHit>> search(std::span<const float> query, size_t count,
                                                        const InodeSet *maybeOnly) const = 0;

    /// As search(), and says how: a plan per part, for those that have parts. With a way the filter
    /// is searched in that way; a part that cannot takes another and says so.
    virtual base::Result<std::vector<VectorHit>> explain(std::span<const float> query, size_t count,
                                                         const InodeSet *maybeOnly, FilterWay,
                                                         std::vector<VectorPlan> &plans) const
    {
        plans.clear();
        return search(query, count, maybeOnly);
    }

    /// The vector of a chunk, as it is searched; empty when it is not known.
    virtual std::vector<float> vector(uint64_t ino, uint32_t chunk) const = 0;

    /// Chunks that can be found.
    virtual size_t count() const = 0;
    /// Files that have at least one.
    virtual std::vector<uint64_t> inodes() const = 0;

    /// Writes the whole index crash-safely; generation is of the catalog it belongs to.
    /// Fails with NoSpace, ReadOnly, Failed.
    virtual base::Status save(const QString &path, uint64_t generation) const = 0;

    /// Writes what can be found now as a sealed segment (vexfs/segment.h), crash-safely. Fails with
    /// NotFound (nothing to seal), NotSupported, NoSpace, ReadOnly, Failed.
    virtual base::Status seal(const SealRequest &request) const = 0;

    /// Does now what an index does in the background to be fast: for tests and tools. Fails with
    /// NoSpace, ReadOnly, Cancelled, Failed; then it is as before.
    virtual base::Status settle() { return {}; }

    /// Whether its thread is about to do that, or at it: a state saved now is larger than need be.
    virtual bool isSettling() const { return false; }

    /// Replaces everything by what was saved; returns its generation. Fails with NotFound, Corrupt
    /// (then nothing was changed), Conflict (another model or dimension).
    virtual base::Result<uint64_t> load(const QString &path) = 0;
};

/// hnswlib's graph.
std::unique_ptr<VectorIndex> createHnswIndex(const VectorIndexIdentity &identity);

/// Sealed segments, in the folder, and hnswlib's graph for what is not in them yet: one answer.
/// What is put is found at once; a thread of the index's own seals it and merges segments.
/// Loading removes files of other states that lie in the folder, and so does storing of its own.
/// Fewer fresh vectors than sealMin are not sealed by the thread.
constexpr size_t kSealMinVectors = 4096;
std::unique_ptr<VectorIndex> createLayeredIndex(const VectorIndexIdentity &identity,
                                                const QString &folder,
                                                size_t sealMin = kSealMinVectors);

/// Exact scan; save(), seal() and load() are NotSupported.
std::unique_ptr<VectorIndex> createExactIndex(const VectorIndexIdentity &identity);

} // namespace vexfs::daemon

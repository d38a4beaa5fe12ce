// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/past_keeper.h - what the index knows of versions that only snapshots have.
//
// Their texts lie in the tables of the past, their vectors in an index of their own beside the one
// of what is live. That one is a cache too: vectors that it lacks are made again from the texts.
#pragma once

#include "daemon/index/catalog.h"
#include "daemon/service/file_indexer.h"
#include "daemon/service/index_context.h"

#include <vector>

namespace vexfs::daemon {

/// Owner and thread: the indexing thread.
class PastKeeper
{
public:
    PastKeeper(IndexContext &context, Catalog &catalog) : m_context(context), m_catalog(catalog) {}

    /// Loads the stored vectors. Fails only where the catalog does.
    base::Status restore();

    /// Before files are written: keeps what snapshots have of their versions until now, and tells
    /// in record.row.birthTree from which tree on what was read of them is true.
    base::Status keepVersions(std::vector<IndexedFile> &files);
    /// The vectors of retired files, which the live index must still have.
    base::Status keepVectors(const QVector<RetiredFile> &retired);

    /// Whether anything is left for the next two; after a change of the model, all vectors are.
    base::Result<bool> hasWork();
    /// Reads some of the versions that only snapshots have; false when there are none.
    base::Result<bool> readSome(FileIndexer &indexer);
    /// Makes some of the vectors that are missing; false when there are none.
    base::Result<bool> embedSome();
    /// Vectors that are missing, as far as hasWork() has looked.
    uint64_t pending() const { return uint64_t(m_missing.size()); }

    /// Forgets what no snapshot has, if snapshots came or went since.
    base::Status collect();
    /// All versions are gone from the catalog.
    void clear();

    /// Stores the vectors, if they changed. A failure is logged: the next start makes them again.
    void save();

private:
    base::Result<QVector<uint64_t>> snapshotIds();
    base::Status settleOne(IndexedFile &file, const QVector<uint64_t> &snapshots, uint64_t anchor);
    base::Status readVersion(IndexedFile &file, const PastItem &item);
    base::Status findMissing();
    base::Status embedOne(uint64_t key);

    IndexContext &m_context;
    Catalog &m_catalog;
    std::shared_ptr<VectorIndex> m_vectors;  ///< that m_missing is about
    QVector<uint64_t> m_missing;   ///< versions whose vectors are still to be made
    QVector<uint64_t> m_late;      ///< of settleOne(): what is known of them ends at the anchor
    QVector<PastItem> m_unread;    ///< of settleOne()
    QVector<uint64_t> m_collected; ///< the snapshots that there were
    bool m_isDirty = false;
};

} // namespace vexfs::daemon

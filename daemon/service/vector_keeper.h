// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/vector_keeper.h - brings the vector index and the catalog to one state.
//
// The stored index is a cache with the generation of the catalog it belongs to. Older: what was
// written since comes from the vector forks. Missing, damaged, of another model: all of it does.
// No text is embedded here; a file whose fork does not fit goes back to the queue.
#pragma once

#include "daemon/index/catalog.h"
#include "daemon/service/index_context.h"

namespace vexfs::daemon {

/// Owner and thread: the indexing thread.
class VectorKeeper
{
public:
    VectorKeeper(IndexContext &context, Catalog &catalog) : m_context(context), m_catalog(catalog)
    {
    }

    /// Loads or rebuilds. Fails only where the catalog does, or with Cancelled.
    base::Status restore();

    /// Forgets the vectors of files that the catalog does not have.
    base::Status dropUnknown();

    /// Marks that the index differs from what is stored.
    void touch() { m_isDirty = true; }
    bool isDirty() const { return m_isDirty; }

    /// Whether the index is about to become smaller by itself.
    bool isSettling() const { return m_context.meaning().vectors->isSettling(); }

    /// Stores the index, if it changed. A failure is logged: the next start rebuilds.
    void save();

private:
    base::Result<uint64_t> loadStored();
    base::Status fill(const QVector<uint64_t> &inodes);
    bool fillOne(const FileRow &row);

    IndexContext &m_context;
    Catalog &m_catalog;
    bool m_isDirty = false;
};

} // namespace vexfs::daemon

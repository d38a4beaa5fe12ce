// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/vector_keeper.h"

#include "daemon/service/file_indexer.h"

#include <QLoggingCategory>

#include <unistd.h>

Q_LOGGING_CATEGORY(lcVectors, "vexfs.index.vectors")

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

// The generation that what is loaded is of; 0 when nothing could be loaded.
Result<uint64_t> VectorKeeper::loadStored()
{
    const Result<uint64_t> now = m_catalog.generation();
    if (!now)
        return now;
    const Result<uint64_t> stored
        = m_context.meaning().vectors->load(Catalog::vectorIndexPath(m_context.directory));
    if (!stored) {
        if (stored.error().code != Errc::NotFound)
            qCWarning(lcVectors, "vector index is built again: %s",
                      qPrintable(stored.error().what));
        return 0;
    }
    // From after a point that the catalog lost: what it holds is of no known state.
    if (*stored > *now) {
        qCWarning(lcVectors, "vector index is newer than the catalog and is built again");
        for (const uint64_t ino : m_context.meaning().vectors->inodes())
            m_context.meaning().vectors->remove(ino);
        m_isDirty = true;
        return 0;
    }
    m_isDirty = *stored != *now;
    return stored;
}

Status VectorKeeper::restore()
{
    const Result<uint64_t> stored = loadStored();
    if (!stored)
        return tl::unexpected(stored.error());
    const Result<uint64_t> now = m_catalog.generation();
    if (!now)
        return tl::unexpected(now.error());
    if (*stored != *now) {
        const Result<QVector<uint64_t>> missing = m_catalog.embeddedSince(*stored);
        if (!missing)
            return tl::unexpected(missing.error());
        Status done = *stored == 0 ? Status{} : dropUnknown();
        if (done)
            done = fill(*missing);
        if (!done)
            return done;
    }
    m_context.areVectorsComplete = true;
    return {};
}

Status VectorKeeper::dropUnknown()
{
    const Result<QVector<uint64_t>> known = m_catalog.allInodes();
    if (!known)
        return tl::unexpected(known.error());
    const InodeSet kept(known->begin(), known->end());
    for (const uint64_t ino : m_context.meaning().vectors->inodes()) {
        if (!kept.contains(ino))
            m_context.meaning().vectors->remove(ino);
    }
    return {};
}

Status VectorKeeper::fill(const QVector<uint64_t> &inodes)
{
    QVector<QueueItem> again;
    for (const uint64_t ino : inodes) {
        if (m_context.isStopping)
            return fail(Errc::Cancelled, QStringLiteral("indexing is stopping"));
        const Result<std::optional<FileRow>> row = m_catalog.file(ino);
        if (!row)
            return tl::unexpected(row.error());
        // Without a model it waits to be embedded, and there is no fork.
        const bool isWanted = row->has_value() && !(*row)->model.isEmpty();
        if (isWanted && !fillOne(**row))
            again.push_back({ino, QueueData, 0});
        m_isDirty = true;
    }
    return again.isEmpty() ? Status{} : m_catalog.enqueue(again);
}

bool VectorKeeper::fillOne(const FileRow &row)
{
    for (const QByteArray &path : row.paths) {
        const Result<int> file = m_context.view->open(path, row.ino);
        if (!file)
            continue;
        const auto vectors = readFork(*m_context.view, *m_context.meaning().embedder, *file, row);
        ::close(*file);
        if (!vectors)
            return false;
        return bool(m_context.meaning().vectors->put(row.ino, *vectors));
    }
    return false;
}

void VectorKeeper::save()
{
    if (!m_isDirty || !m_context.areVectorsComplete)
        return;
    const Result<uint64_t> generation = m_catalog.generation();
    if (!generation)
        return;
    const QString path = Catalog::vectorIndexPath(m_context.directory);
    const Status saved = m_context.meaning().vectors->save(path, *generation);
    if (!saved) {
        qCWarning(lcVectors, "vector index is not stored, the next start builds it again: %s",
                  qPrintable(saved.error().what));
    }
    m_isDirty = false;
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/past_keeper.h"

#include <QDir>
#include <QLoggingCategory>

#include <algorithm>

Q_LOGGING_CATEGORY(lcPast, "vexfs.index.past")

namespace vexfs::daemon {

using base::Errc;
using base::Result;
using base::Status;

namespace {

constexpr int kReadPortion = 48;
constexpr int kEmbedPortion = 48;

QString storedPath(const IndexContext &context)
{
    return Catalog::vectorIndexPath(pastDirectory(context.directory));
}

// The last of the snapshots in [birth, death); 0 when none is.
uint64_t holderOf(const QVector<uint64_t> &snapshots, uint64_t birth, uint64_t death)
{
    const auto end = std::lower_bound(snapshots.begin(), snapshots.end(), death);
    return end != snapshots.begin() && *(end - 1) >= birth ? *(end - 1) : 0;
}

} // namespace

Result<QVector<uint64_t>> PastKeeper::snapshotIds()
{
    const Result<QVector<SnapshotTree>> all = m_context.view->snapshots();
    if (!all)
        return tl::unexpected(all.error());
    QVector<uint64_t> ids;
    for (const SnapshotTree &each : *all)
        ids.push_back(each.id);
    return ids;
}

Status PastKeeper::restore()
{
    m_vectors = m_context.meaning().past;
    const Result<uint64_t> loaded = m_vectors->load(storedPath(m_context));
    if (!loaded && loaded.error().code != Errc::NotFound) {
        qCInfo(lcPast, "vectors of the past are made again: %s",
               qPrintable(loaded.error().what));
    }
    return findMissing();
}

Status PastKeeper::findMissing()
{
    const Result<QVector<uint64_t>> known = m_catalog.pastWithText();
    if (!known)
        return tl::unexpected(known.error());
    InodeSet wanted(known->begin(), known->end());
    for (const uint64_t key : m_vectors->inodes()) {
        if (wanted.erase(key) == 0)
            m_vectors->remove(key);
    }
    m_missing = QVector<uint64_t>(wanted.begin(), wanted.end());
    return {};
}

Status PastKeeper::keepVersions(std::vector<IndexedFile> &files)
{
    const Result<QVector<uint64_t>> snapshots = snapshotIds();
    const Result<uint64_t> anchor = m_catalog.anchor();
    if (!snapshots || !anchor)
        return tl::unexpected(snapshots ? anchor.error() : snapshots.error());
    m_late.clear();
    m_unread.clear();
    QVector<uint64_t> all;
    for (IndexedFile &file : files) {
        if (file.outcome == IndexedFile::Outcome::Deferred)
            continue;
        if (const Status settled = settleOne(file, *snapshots, *anchor); !settled)
            return settled;
        if (file.outcome != IndexedFile::Outcome::Deferred)
            all.push_back(file.item.ino);
    }
    if (snapshots->isEmpty())
        return {};
    auto retired = m_catalog.retire(all, *snapshots);
    if (retired && !m_late.isEmpty()) {
        const auto late = m_catalog.retire(m_late, *snapshots, *anchor + 1);
        if (!late)
            return tl::unexpected(late.error());
        *retired += *late;
    }
    if (!retired)
        return tl::unexpected(retired.error());
    const Status queued = m_unread.isEmpty() ? Status{} : m_catalog.queuePast(m_unread);
    return queued ? keepVectors(*retired) : queued;
}

// What was read may be younger than the anchor. Whether a snapshot taken since has it, or what was
// there before, the next step of the feed tells: the file waits for that. With none, the version of
// the anchor ends there, and what was read is of no tree until the next step.
Status PastKeeper::settleOne(IndexedFile &file, const QVector<uint64_t> &snapshots,
                             uint64_t anchor)
{
    const QueueItem &item = file.item;
    const auto life = m_catalog.lifeOf(item.ino);
    if (!life)
        return tl::unexpected(life.error());
    const bool isKnown = life->second != 0;
    FileRow &row = file.record.row;
    row.birthTree = item.birthTree != 0 ? item.birthTree : isKnown ? life->first : kNoTree;
    const bool isGone = file.outcome == IndexedFile::Outcome::Gone;
    const uint64_t first = isKnown ? std::min(row.birthTree, life->first) : row.birthTree;
    if (snapshots.isEmpty() || snapshots.constLast() < first)
        return {};
    const Result<InodeStat> then = m_context.view->stat(anchor, item.ino);
    const Result<QVector<QByteArray>> paths = m_context.view->paths(anchor, item.ino);
    const bool isContent = file.outcome == IndexedFile::Outcome::Written;
    if (!isGone && then && paths && *paths == row.paths
        && (!isContent || then->dataGeneration == row.dataGeneration))
        return {};
    if (!then && then.error().code != Errc::NotFound)
        return tl::unexpected(then.error());
    if (snapshots.constLast() > anchor) {
        file.outcome = IndexedFile::Outcome::Deferred;
        return {};
    }
    const uint64_t holder = holderOf(snapshots, row.birthTree, anchor + 1);
    if (item.birthTree != 0 && holder != 0)
        m_unread.push_back({item.ino, holder, item.birthTree, anchor + 1});
    m_late.push_back(item.ino);
    row.birthTree = kNoTree;
    return {};
}

Status PastKeeper::keepVectors(const QVector<RetiredFile> &retired)
{
    const Meaning meaning = m_context.meaning();
    for (const RetiredFile &each : retired) {
        std::vector<std::vector<float>> vectors;
        for (uint32_t chunk = 0; chunk < each.chunkCount; ++chunk) {
            std::vector<float> vector = meaning.vectors->vector(each.ino, chunk);
            if (vector.empty())
                break;
            vectors.push_back(std::move(vector));
        }
        if (each.chunkCount == 0)
            continue;
        if (vectors.size() != each.chunkCount || !meaning.past->put(each.key, vectors))
            m_missing.push_back(each.key);
        m_isDirty = true;
    }
    return {};
}

Result<bool> PastKeeper::hasWork()
{
    // Another model is in place: its index begins empty.
    if (m_vectors != m_context.meaning().past) {
        m_vectors = m_context.meaning().past;
        if (const Status found = findMissing(); !found)
            return tl::unexpected(found.error());
    }
    if (!m_missing.isEmpty())
        return true;
    const Result<QVector<PastItem>> unread = m_catalog.nextPast(1);
    if (!unread)
        return tl::unexpected(unread.error());
    return !unread->isEmpty();
}

Result<bool> PastKeeper::readSome(FileIndexer &indexer)
{
    const Result<QVector<PastItem>> items = m_catalog.nextPast(kReadPortion);
    const Result<QVector<SnapshotTree>> snapshots = m_context.view->snapshots();
    if (!items || !snapshots)
        return tl::unexpected(items ? snapshots.error() : items.error());
    QVector<QueueItem> wanted;
    QVector<SnapshotTree> trees;
    QVector<PastItem> here;
    for (const PastItem &item : *items) {
        const auto tree
            = std::find_if(snapshots->begin(), snapshots->end(),
                           [&](const SnapshotTree &each) { return each.id == item.tree; });
        // The snapshot is gone, and nothing needs what only it had.
        if (tree == snapshots->end()) {
            if (const Status dropped = m_catalog.dropPast(item); !dropped)
                return tl::unexpected(dropped.error());
            continue;
        }
        wanted.push_back({item.ino, QueueData, 0, item.birthTree});
        trees.push_back(*tree);
        here.push_back(item);
    }
    if (here.isEmpty())
        return !items->isEmpty();
    auto files = indexer.index(wanted, QVector<std::optional<FileRow>>(here.size()), trees);
    if (m_context.isStopping)
        return true;
    if (!files)
        return tl::unexpected(files.error());
    for (qsizetype i = 0; i < here.size(); ++i) {
        if (const Status done = readVersion((*files)[size_t(i)], here[i]); !done)
            return tl::unexpected(done.error());
    }
    return true;
}

Status PastKeeper::readVersion(IndexedFile &file, const PastItem &item)
{
    if (file.outcome == IndexedFile::Outcome::Deferred)
        return {};
    if (file.outcome != IndexedFile::Outcome::Written)
        return m_catalog.dropPast(item);
    const Result<uint64_t> key = m_catalog.writePast(file.record, item);
    if (!key)
        return tl::unexpected(key.error());
    if (file.vectors.empty())
        return {};
    m_isDirty = true;
    return m_context.meaning().past->put(*key, file.vectors);
}

Result<bool> PastKeeper::embedSome()
{
    if (m_missing.isEmpty())
        return false;
    for (int i = 0; i < kEmbedPortion && !m_missing.isEmpty() && !m_context.isStopping; ++i) {
        if (const Status done = embedOne(m_missing.constLast()); !done)
            return tl::unexpected(done.error());
        m_missing.removeLast();
    }
    m_isDirty = true;
    return true;
}

Status PastKeeper::embedOne(uint64_t key)
{
    const Result<StoredText> stored = m_catalog.storedText(key);
    if (!stored)
        return tl::unexpected(stored.error());
    if (stored->chunks.isEmpty())
        return {};
    const auto vectors = embedAndStore(*m_context.view, *m_context.meaning().embedder, -1,
                                       {stored->text, stored->chunks, 0});
    if (!vectors)
        return tl::unexpected(vectors.error());
    return m_vectors->put(key, *vectors);
}

Status PastKeeper::collect()
{
    const Result<QVector<uint64_t>> now = snapshotIds();
    if (!now)
        return tl::unexpected(now.error());
    if (*now == m_collected)
        return {};
    const Result<QVector<uint64_t>> keys = m_catalog.collectPast(*now);
    if (!keys)
        return tl::unexpected(keys.error());
    for (const uint64_t key : *keys) {
        m_context.meaning().past->remove(key);
        m_missing.removeAll(key);
    }
    m_isDirty = m_isDirty || !keys->isEmpty();
    m_collected = *now;
    return {};
}

void PastKeeper::clear()
{
    for (const uint64_t key : m_context.meaning().past->inodes())
        m_context.meaning().past->remove(key);
    m_missing.clear();
    m_isDirty = true;
}

void PastKeeper::save()
{
    if (!m_isDirty)
        return;
    const Result<uint64_t> generation = m_catalog.generation();
    if (!generation)
        return;
    const Status saved = m_context.meaning().past->save(storedPath(m_context), *generation);
    if (!saved) {
        qCWarning(lcPast, "vectors of the past are not stored, the next start makes them: %s",
                  qPrintable(saved.error().what));
    }
    m_isDirty = false;
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/index/index_feed.h"

#include <QUuid>

#include <sys/stat.h>

#include <algorithm>
#include <limits>

namespace vexfs::daemon {

using base::Errc;
using base::Result;
using base::Status;

namespace {

// More than this is a storm: it waits its turn behind what is queued already.
constexpr qsizetype kUrgentMax = 64;

uint32_t queueReasons(uint32_t kinds)
{
    uint32_t reasons = 0;
    if (kinds & (ChangeCreated | ChangeData))
        reasons |= QueueData;
    if (kinds & ChangeNames)
        reasons |= QueueNames;
    // Tags are extended attributes.
    if (kinds & (ChangeAttrs | ChangeXattrs))
        reasons |= QueueAttrs;
    return reasons;
}

} // namespace

Status IndexFeed::dropStrays()
{
    const Result<uint64_t> known = m_catalog.anchor();
    if (!known)
        return tl::unexpected(known.error());
    const Result<QVector<uint64_t>> anchors = m_view.listAnchors();
    if (!anchors)
        return tl::unexpected(anchors.error());
    for (const uint64_t anchor : *anchors) {
        if (anchor == *known)
            continue;
        const Status dropped = m_view.deleteAnchor(anchor);
        if (!dropped && dropped.error().code != Errc::NotFound)
            return dropped;
    }
    return {};
}

// The catalog's anchor if the volume still has it; else 0, the empty tree: everything is new.
Result<uint64_t> IndexFeed::usableAnchor()
{
    const Result<uint64_t> known = m_catalog.anchor();
    if (!known || *known == 0)
        return known;
    const Result<QVector<uint64_t>> anchors = m_view.listAnchors();
    if (!anchors)
        return tl::unexpected(anchors.error());
    return anchors->contains(*known) ? *known : 0;
}

Result<uint64_t> IndexFeed::takeAnchor()
{
    const QByteArray name = "index-" + QUuid::createUuid().toByteArray(QUuid::Id128);
    return m_view.createAnchor(name);
}

Result<IndexFeed::Step> IndexFeed::advance()
{
    const Result<uint64_t> from = usableAnchor();
    if (!from)
        return tl::unexpected(from.error());
    const Result<uint64_t> to = takeAnchor();
    if (!to)
        return tl::unexpected(to.error());
    FeedBatch batch;
    m_mayLack = false;
    batch.anchor = *to;
    batch.isComplete = *from == 0;
    Status done = collectAll(*from, batch);
    batch.isUrgent = !batch.isComplete && batch.queue.size() <= kUrgentMax;
    Result<QVector<Removed>> removed = knownFiles(batch.removed);
    if (done && !removed)
        done = tl::unexpected(removed.error());
    QVector<RetiredFile> retired;
    if (done)
        done = m_catalog.applyFeed(batch, &retired);
    // Whichever anchor the catalog does not hold now is of no use.
    const Status dropped = !done ? m_view.deleteAnchor(*to)
        : *from != 0             ? m_view.deleteAnchor(*from)
                                 : Status{};
    if (!done)
        return tl::unexpected(done.error());
    if (!dropped && dropped.error().code != Errc::NotFound)
        return tl::unexpected(dropped.error());
    return Step{uint64_t(batch.queue.size()), std::move(*removed), std::move(retired),
                batch.isComplete, m_mayLack};
}

Status IndexFeed::collectAll(uint64_t from, FeedBatch &batch)
{
    m_tracks.clear();
    m_directories.clear();
    const Result<QVector<SnapshotTree>> snapshots = m_view.snapshots();
    if (!snapshots)
        return tl::unexpected(snapshots.error());
    uint64_t before = from;
    for (const SnapshotTree &snapshot : *snapshots) {
        // One that was taken after the anchor is for the next step.
        if (snapshot.id > batch.anchor)
            break;
        batch.snapshots.push_back(snapshot.id);
        if (snapshot.id < from)
            continue;
        if (const Status done = collect(before, snapshot.id, batch); !done)
            return done;
        before = snapshot.id;
    }
    const Status done = collect(before, batch.anchor, batch);
    addTracks(batch);
    return done;
}

// The last version is what lives, or nothing; those before it are in the snapshots on the way.
void IndexFeed::addTracks(FeedBatch &batch) const
{
    for (const auto &[ino, track] : m_tracks) {
        if (!track.trees.isEmpty())
            batch.ends.push_back({ino, track.trees.constFirst()});
        for (qsizetype i = 0; i + 1 < track.trees.size(); ++i)
            batch.past.push_back({ino, track.trees[i], track.trees[i], track.trees[i + 1]});
        if (track.isRemoved)
            batch.removed.push_back(ino);
        else
            batch.queue.push_back(
                {ino, track.reasons, 0, track.trees.isEmpty() ? 0 : track.trees.constLast()});
    }
    std::sort(batch.queue.begin(), batch.queue.end(),
              [](const QueueItem &a, const QueueItem &b) { return a.ino < b.ino; });
}

void IndexFeed::track(uint64_t ino, uint32_t reasons, uint64_t tree)
{
    Track &track = m_tracks[ino];
    track.reasons |= reasons;
    track.isRemoved = false;
    const bool isVersion = (reasons & (QueueData | QueueNames)) != 0;
    if (isVersion && (track.trees.isEmpty() || track.trees.constLast() != tree))
        track.trees.push_back(tree);
}

Result<QVector<IndexFeed::Removed>> IndexFeed::knownFiles(const QVector<uint64_t> &inodes)
{
    QVector<Removed> known;
    for (const uint64_t ino : inodes) {
        const Result<std::optional<FileRow>> row = m_catalog.file(ino);
        if (!row)
            return tl::unexpected(row.error());
        if (row->has_value())
            known.push_back({ino, (*row)->path()});
    }
    return known;
}

Status IndexFeed::collect(uint64_t from, uint64_t to, FeedBatch &batch)
{
    m_before = from;
    uint64_t after = 0;
    while (true) {
        const Result<ChangePage> page = m_view.changes(from, to, after);
        if (!page)
            return tl::unexpected(page.error());
        for (const VolumeChange &change : page->changes) {
            if (const Status added = addChange(change, to, batch); !added)
                return added;
            after = change.ino;
        }
        if (page->atEnd || page->changes.isEmpty())
            return {};
    }
}

Status IndexFeed::addChange(const VolumeChange &change, uint64_t tree, FeedBatch &batch)
{
    if (change.kinds & ChangeRemoved) {
        const bool isReused = (change.kinds & ChangeCreated) != 0;
        if (!S_ISDIR(change.mode) && !isReused) {
            track(change.ino, QueueNames, tree);
            m_tracks[change.ino].isRemoved = true;
            return {};
        }
        batch.removed.push_back(change.ino);
        // Another file has the number now.
        if (!isReused)
            return {};
    }
    if (S_ISDIR(change.mode)) {
        return change.kinds & (ChangeCreated | ChangeNames)
            ? addDirectory(change.ino, tree, batch)
            : Status{};
    }
    const uint32_t reasons = queueReasons(change.kinds);
    if (S_ISREG(change.mode) && reasons != 0)
        track(change.ino, reasons, tree);
    return {};
}

Status IndexFeed::addDirectory(uint64_t ino, uint64_t tree, FeedBatch &batch)
{
    const Result<QVector<QByteArray>> paths = m_view.paths(tree, ino);
    if (!paths) {
        return paths.error().code == Errc::NotFound ? Status{}
                                                    : tl::unexpected(paths.error());
    }
    if (paths->isEmpty())
        return {};
    batch.directories.push_back({ino, paths->constFirst()});
    Result<std::optional<QByteArray>> before = m_catalog.directoryPath(ino);
    if (!before)
        return tl::unexpected(before.error());
    if (const auto known = m_directories.find(ino); known != m_directories.end())
        *before = known->second;
    m_directories[ino] = paths->constFirst();
    if (!before->has_value() || **before == paths->constFirst() || (*before)->isEmpty())
        return {};
    if (!batch.isComplete && m_isLeftOut && m_isLeftOut(**before)
        && !m_isLeftOut(paths->constFirst()))
        m_mayLack = true;
    return addMoved(**before, tree, batch);
}

// A directory moved, and with it everything that the catalog knows below its old path. Where things
// are now is asked one by one: several directories may have moved at once, into each other.
Status IndexFeed::addMoved(const QByteArray &oldPath, uint64_t tree, FeedBatch &batch)
{
    const auto directories = m_catalog.directoriesBelow(oldPath);
    if (!directories)
        return tl::unexpected(directories.error());
    for (const DirectoryRow &directory : *directories) {
        const Result<QVector<QByteArray>> paths = m_view.paths(tree, directory.ino);
        if (paths && !paths->isEmpty())
            batch.directories.push_back({directory.ino, paths->constFirst()});
        else if (!paths && paths.error().code != Errc::NotFound)
            return tl::unexpected(paths.error());
    }
    const auto files = m_catalog.filesBelow(oldPath);
    if (!files)
        return tl::unexpected(files.error());
    for (const uint64_t ino : *files) {
        const auto known = m_tracks.find(ino);
        if (known == m_tracks.end() || !known->second.isRemoved)
            track(ino, QueueNames, tree);
    }
    return batch.snapshots.isEmpty() ? Status{} : addUnread(oldPath, tree);
}

// Files that the catalog does not have yet moved along, too; a snapshot may know them by their old
// path, and they will be read under the new one.
Status IndexFeed::addUnread(const QByteArray &oldPath, uint64_t tree)
{
    if (m_before == 0)
        return {};
    const auto queued = m_catalog.nextQueued(std::numeric_limits<int>::max());
    if (!queued)
        return tl::unexpected(queued.error());
    QVector<uint64_t> unread;
    for (const QueueItem &item : *queued)
        unread.push_back(item.ino);
    for (const auto &[ino, known] : m_tracks) {
        if (!known.isRemoved)
            unread.push_back(ino);
    }
    for (const uint64_t ino : unread) {
        const auto paths = m_view.paths(m_before, ino);
        if (!paths && paths.error().code != Errc::NotFound)
            return tl::unexpected(paths.error());
        const auto isBelow
            = [&](const QByteArray &path) { return path.startsWith(oldPath + '/'); };
        if (paths && std::any_of(paths->begin(), paths->end(), isBelow))
            track(ino, QueueNames, tree);
    }
    return {};
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/snapshots/snapshot_changes.h"

#include <QMap>

#include <algorithm>

#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;
using base::Result;
using base::Status;

namespace {

constexpr uint64_t kLive = 1;

/// What is at a path of a tree.
struct Found
{
    uint64_t ino = 0;
    InodeStat stat;
    QByteArray path;

    bool isSame(const Found &other) const
    {
        // A folder changes with what lies in it; only its times tell.
        const bool isFolder = S_ISDIR(stat.mode);
        return ino == other.ino && stat.dataGeneration == other.stat.dataGeneration
            && (!isFolder || stat.mtimeNs == other.stat.mtimeNs);
    }
};

Result<std::optional<Found>> findAt(MountedVolume &volume, const SnapshotTree &tree,
                                    const QByteArray &path)
{
    const Result<int> opened = volume.openIn(tree, path);
    if (!opened && opened.error().code == Errc::NotFound)
        return std::nullopt;
    if (!opened)
        return tl::unexpected(opened.error());
    const auto info = ctl::volumeInfo(*opened);
    ::close(*opened);
    if (!info)
        return tl::unexpected(info.error());
    const auto stat = volume.stat(tree.id, info->ino);
    if (!stat)
        return tl::unexpected(stat.error());
    return Found{info->ino, *stat, path};
}

// At the path, or where the file was before it got that name.
Result<std::optional<Found>> findIn(MountedVolume &volume, const SnapshotTree &tree,
                                    const QByteArray &path, uint64_t ino)
{
    auto found = findAt(volume, tree, path);
    if (!found || found->has_value() || ino == 0)
        return found;
    const auto others = volume.paths(tree.id, ino);
    if (!others || others->isEmpty())
        return std::nullopt;
    return findAt(volume, tree, others->constFirst());
}

/// Takes changes of inodes to changes of paths.
class ChangeReader
{
public:
    ChangeReader(MountedVolume &volume, uint64_t from, uint64_t to)
        : m_volume(volume), m_from(from), m_to(to)
    {
    }

    Status add(const VolumeChange &change)
    {
        const bool isCreated = (change.kinds & ChangeCreated) != 0;
        const bool isRemoved = (change.kinds & ChangeRemoved) != 0;
        QVector<QByteArray> before;
        QVector<QByteArray> after;
        FileChange row;
        row.ino = change.ino;
        row.mode = change.mode;
        Status done;
        if (!isCreated)
            done = look(m_from, change.ino, before, row.oldSizeBytes, row.mtimeNs);
        if (done && !isRemoved)
            done = look(m_to, change.ino, after, row.sizeBytes, row.mtimeNs);
        if (!done)
            return done;
        // A file that has no name in either tree is one that is open and deleted.
        addRows(change.kinds, before, after, row);
        return {};
    }

    QList<FileChange> rows() const
    {
        QList<FileChange> all = m_rows.values();
        return all;
    }

private:
    Status look(uint64_t tree, uint64_t ino, QVector<QByteArray> &paths, uint64_t &size,
                int64_t &mtime)
    {
        const auto found = m_volume.paths(tree, ino);
        const auto stat = m_volume.stat(tree, ino);
        for (const base::Error *error :
             {found ? nullptr : &found.error(), stat ? nullptr : &stat.error()}) {
            if (error)
                return error->code == Errc::NotFound ? Status{} : tl::unexpected(*error);
        }
        paths = *found;
        size = stat->sizeBytes;
        mtime = stat->mtimeNs;
        return {};
    }

    void addRows(uint32_t kinds, const QVector<QByteArray> &before,
                 const QVector<QByteArray> &after, FileChange row)
    {
        QVector<QByteArray> gone;
        QVector<QByteArray> come;
        if ((kinds & (ChangeNames | ChangeCreated | ChangeRemoved)) != 0) {
            std::copy_if(before.begin(), before.end(), std::back_inserter(gone),
                         [&](const QByteArray &path) { return !after.contains(path); });
            std::copy_if(after.begin(), after.end(), std::back_inserter(come),
                         [&](const QByteArray &path) { return !before.contains(path); });
        }
        const qsizetype renamed = std::min(gone.size(), come.size());
        for (qsizetype i = 0; i < renamed; ++i)
            put(row, QStringLiteral("renamed"), come[i], gone[i]);
        for (qsizetype i = renamed; i < come.size(); ++i)
            put(row, QStringLiteral("added"), come[i], {});
        for (qsizetype i = renamed; i < gone.size(); ++i)
            put(row, QStringLiteral("removed"), gone[i], gone[i]);
        if (after.isEmpty() || before.isEmpty() || renamed > 0)
            return;
        const bool isFolder = S_ISDIR(row.mode);
        if ((kinds & ChangeData) != 0 && !isFolder)
            put(row, QStringLiteral("modified"), after.constFirst(), before.constFirst());
        else if ((kinds & (ChangeAttrs | ChangeXattrs)) != 0 && (kinds & ChangeEntries) == 0)
            put(row, QStringLiteral("metadata"), after.constFirst(), before.constFirst());
    }

    // What goes and comes under one name was replaced, as editors do it.
    void put(FileChange row, const QString &kind, const QByteArray &path, const QByteArray &oldPath)
    {
        row.kind = kind;
        row.path = path;
        row.oldPath = oldPath;
        const auto known = m_rows.find(path);
        if (known == m_rows.end()) {
            m_rows.insert(path, row);
            return;
        }
        const bool isAdded = known->kind == QLatin1String("added");
        const FileChange &now = isAdded ? *known : row;
        const FileChange &then = isAdded ? row : *known;
        if ((now.kind == QLatin1String("added") || now.kind == QLatin1String("renamed"))
            && then.kind == QLatin1String("removed")) {
            FileChange both = now;
            both.kind = (now.mode & S_IFMT) == (then.mode & S_IFMT) ? QStringLiteral("modified")
                                                                    : QStringLiteral("type");
            both.oldSizeBytes = then.oldSizeBytes;
            both.oldPath = path;
            *known = both;
        }
    }

    MountedVolume &m_volume;
    const uint64_t m_from;
    const uint64_t m_to;
    QMap<QByteArray, FileChange> m_rows;
};

} // namespace

Result<SnapshotTree> treeOf(MountedVolume &volume, const QString &name)
{
    if (name.isEmpty())
        return SnapshotTree{kLive, 0, {}};
    const auto all = volume.listSnapshots();
    if (!all)
        return tl::unexpected(all.error());
    for (const ctl::Snapshot &each : *all) {
        if (QString::fromUtf8(each.name) == name)
            return SnapshotTree{each.id, each.createdNs, each.name};
    }
    return base::fail(Errc::NotFound, QStringLiteral("There is no snapshot '%1'").arg(name));
}

QByteArray pathInTree(const MountedVolume &volume, const SnapshotTree &tree, const QByteArray &path)
{
    const QByteArray root = volume.mountPoint() + '/';
    return tree.id == kLive ? root + path : root + ".vexfs/snapshots/" + tree.name + '/' + path;
}

Result<QList<FileVersion>> versionsOf(MountedVolume &volume, const QByteArray &path)
{
    const auto snapshots = volume.snapshots();
    if (!snapshots)
        return tl::unexpected(snapshots.error());
    QVector<SnapshotTree> trees = *snapshots;
    trees.append(SnapshotTree{kLive, 0, {}});
    QList<FileVersion> versions;
    std::optional<Found> last;
    bool isGap = true;
    QByteArray where = path;
    for (auto tree = trees.crbegin(); tree != trees.crend(); ++tree) {
        const auto found = findIn(volume, *tree, where, last ? last->ino : 0);
        if (!found)
            return tl::unexpected(found.error());
        if (!found->has_value()) {
            isGap = true;
            continue;
        }
        const bool isLive = tree->id == kLive;
        const QString name = QString::fromUtf8(tree->name);
        if (isGap || !last || !last->isSame(**found)) {
            FileVersion version;
            version.path = pathInTree(volume, *tree, (*found)->path);
            version.mtimeNs = (*found)->stat.mtimeNs;
            version.sizeBytes = (*found)->stat.sizeBytes;
            version.isLive = isLive;
            version.deletedAfter = isGap && !isLive ? name : QString();
            versions.append(version);
        }
        if (!isLive)
            versions.last().snapshots.append(name);
        isGap = false;
        last = **found;
        where = last->path;
    }
    if (versions.isEmpty()) {
        return base::fail(Errc::NotFound,
                          QStringLiteral("No snapshot has '%1', nor is it there now")
                              .arg(QString::fromUtf8(path)));
    }
    return versions;
}

Result<QList<FileChange>> changesBetween(MountedVolume &volume, const SnapshotTree &from,
                                         const SnapshotTree &to)
{
    // What is not on disk yet is in no tree.
    if (const Status synced = volume.syncAll(); !synced)
        return tl::unexpected(synced.error());
    ChangeReader reader(volume, from.id, to.id);
    uint64_t after = 0;
    while (true) {
        const Result<ChangePage> page = volume.changes(from.id, to.id, after);
        if (!page)
            return tl::unexpected(page.error());
        for (const VolumeChange &change : page->changes) {
            if (const Status added = reader.add(change); !added)
                return tl::unexpected(added.error());
            after = change.ino;
        }
        if (page->atEnd || page->changes.isEmpty())
            return reader.rows();
    }
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/snapshot_service.h"

#include "daemon/service/volume_service.h"

#include <QDateTime>

#include <algorithm>

namespace vexfs::daemon {

using base::Errc;

namespace {

constexpr int kNumbersMax = 1000;

base::Result<QHash<QString, uint64_t>> idsByName(const MountedVolume &volume)
{
    const auto all = volume.listSnapshots();
    if (!all)
        return tl::unexpected(all.error());
    QHash<QString, uint64_t> out;
    for (const ctl::Snapshot &each : *all)
        out.insert(QString::fromUtf8(each.name), each.id);
    return out;
}

tl::unexpected<base::Error> noSuchSnapshot(const QString &name)
{
    return base::fail(Errc::NotFound, QStringLiteral("There is no snapshot '%1'").arg(name));
}

bool isWanted(const SnapshotRow &row, const SnapshotQuery &query)
{
    return row.createdUs >= query.sinceUs &&
           (query.untilUs == 0 || row.createdUs < query.untilUs) &&
           (query.cleanup.isEmpty() || row.record.cleanup == query.cleanup) &&
           (row.name.contains(query.text, Qt::CaseInsensitive) ||
            row.record.description.contains(query.text, Qt::CaseInsensitive));
}

base::Result<QHash<uint64_t, SnapshotRecord>> recordsOf(const MountedVolume &volume)
{
    auto records = SnapshotRecords::open(volume.indexDirectory(), Database::Access::ReadOnly);
    if (!records)
        return tl::unexpected(records.error());
    return records->all();
}

base::Status note(const MountedVolume &volume, uint64_t id, const SnapshotRecord &record)
{
    auto records = SnapshotRecords::open(volume.indexDirectory(), Database::Access::ReadWrite);
    if (!records)
        return tl::unexpected(records.error());
    return records->put(id, record);
}

QString nameFromTime()
{
    return QDateTime::currentDateTime().toString(QStringLiteral("yyyy-MM-dd_HH.mm.ss.zzz"));
}

} // namespace

SnapshotService::SnapshotService(VolumeService *volumes, QObject *parent)
    : QObject(parent), m_volumes(volumes)
{}

base::Result<QString> SnapshotService::create(const QString &uuid, const SnapshotWish &wish)
{
    const auto handle = m_volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    const QString time = wish.name.isEmpty() ? nameFromTime() : wish.name;
    QString wanted = time;
    if (wanted.contains(u'/') || wanted == QLatin1String(".") || wanted == QLatin1String("..")) {
        return base::fail(Errc::InvalidArgs,
                          QStringLiteral("A snapshot cannot have the name '%1'").arg(wanted));
    }
    auto made = handle->volume->createSnapshot(wanted.toUtf8(), wish.isWritable);
    // A clock that was set back may have made one of that time before.
    for (int number = 2; wish.name.isEmpty() && !made
         && made.error().code == Errc::AlreadyExists && number <= kNumbersMax; ++number) {
        wanted = QStringLiteral("%1-%2").arg(time).arg(number);
        made = handle->volume->createSnapshot(wanted.toUtf8(), wish.isWritable);
    }
    if (!made && made.error().code == Errc::AlreadyExists) {
        return base::fail(Errc::AlreadyExists,
                          QStringLiteral("There is a snapshot '%1' already").arg(wanted));
    }
    if (!made)
        return tl::unexpected(made.error());
    if (wish.record != SnapshotRecord()) {
        if (const auto noted = note(*handle->volume, made->id, wish.record); !noted) {
            // Whole or not at all; what fails now leaves one that nobody lets go.
            static_cast<void>(handle->volume->deleteSnapshot(made->id));
            return tl::unexpected(noted.error());
        }
    }
    m_volumes->refreshSoon();
    Q_EMIT added(uuid, {wanted});
    return wanted;
}

base::Result<SnapshotPage> SnapshotService::list(const QString &uuid, const SnapshotQuery &query)
{
    const auto handle = m_volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    const auto all = handle->volume->listSnapshots();
    const auto records = recordsOf(*handle->volume);
    if (!all || !records)
        return tl::unexpected(all ? records.error() : all.error());
    SnapshotPage page;
    // Ids rise with time and are never used again.
    for (auto each = all->crbegin(); each != all->crend(); ++each) {
        const SnapshotRow row{each->id,
                              QString::fromUtf8(each->name),
                              handle->volume->mountPoint() + "/.vexfs/snapshots/" + each->name,
                              each->createdNs / 1000,
                              each->inodes,
                              each->isWritable,
                              each->isLocked,
                              records->value(each->id),
                              {}};
        if (!isWanted(row, query))
            continue;
        ++page.total;
        if (query.after != 0 && row.id >= query.after)
            continue;
        if (page.rows.size() < query.limit) {
            page.rows.append(row);
            if (query.withSpace) {
                const auto space = spaceOf(*handle->volume, {row.name}, true);
                if (!space)
                    return tl::unexpected(space.error());
                page.rows.last().space = *space;
            }
        }
        else if (page.next == 0)
            page.next = page.rows.constLast().id;
    }
    return page;
}

base::Status SnapshotService::verifyNames(const QString &uuid, const QStringList &names)
{
    const auto handle = m_volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    const auto all = handle->volume->listSnapshots();
    if (!all)
        return tl::unexpected(all.error());
    for (const QString &name : names) {
        const auto found = std::find_if(all->begin(), all->end(), [&](const ctl::Snapshot &each) {
            return QString::fromUtf8(each.name) == name;
        });
        if (found == all->end())
            return noSuchSnapshot(name);
        if (found->isLocked) {
            return base::fail(Errc::SnapshotInUse,
                              QStringLiteral("Snapshot '%1' is locked").arg(name));
        }
    }
    return {};
}

base::Result<QList<FileChange>> SnapshotService::changes(const QString &uuid, const QString &from,
                                                         const QString &to)
{
    const auto handle = m_volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    const auto before = treeOf(*handle->volume, from);
    const auto after = treeOf(*handle->volume, to);
    if (!before || !after)
        return tl::unexpected(before ? after.error() : before.error());
    return changesBetween(*handle->volume, *before, *after);
}

base::Result<QList<FileVersion>> SnapshotService::versions(const QByteArray &path)
{
    const auto location = m_volumes->locate(path);
    if (!location)
        return tl::unexpected(location.error());
    const auto handle = m_volumes->handle(location->uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    return versionsOf(*handle->volume, location->relativePath);
}

base::Result<ctl::SnapshotSpace> SnapshotService::space(const QString &uuid,
                                                        const QStringList &names)
{
    const auto handle = m_volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    return spaceOf(*handle->volume, names, false);
}

base::Result<ctl::SnapshotSpace> SnapshotService::spaceById(const QString &uuid,
                                                            const QVector<uint64_t> &ids)
{
    const auto handle = m_volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    return spaceOf(*handle->volume, ids);
}

base::Status SnapshotService::edit(const QString &uuid, const QString &name,
                                   const SnapshotEdit &edit)
{
    const auto handle = m_volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    MountedVolume &volume = *handle->volume;
    if (edit.hasRecord()) {
        const auto tree = treeOf(volume, name);
        const auto records = recordsOf(volume);
        if (!tree || !records)
            return tl::unexpected(tree ? records.error() : tree.error());
        SnapshotRecord record = records->value(tree->id);
        record.description = edit.description.value_or(record.description);
        record.cleanup = edit.cleanup.value_or(record.cleanup);
        record.keepUntilUs = edit.keepUntilUs.value_or(record.keepUntilUs);
        record.metadata = edit.metadata.value_or(record.metadata);
        if (const auto noted = note(volume, tree->id, record); !noted)
            return noted;
    }
    if (edit.hasChange()) {
        if (const auto done = changeSnapshot(volume, name, edit.change); !done)
            return done;
    }
    Q_EMIT changed(uuid, {edit.change.name ? QString::fromUtf8(*edit.change.name) : name});
    return {};
}

base::Result<SnapshotTree> SnapshotService::prepareRollback(const QString &uuid,
                                                            const QString &snapshot)
{
    const auto handle = m_volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    if (snapshot.isEmpty())
        return base::fail(Errc::InvalidArgs, QStringLiteral("Say to which snapshot"));
    return treeOf(*handle->volume, snapshot);
}

JobWork SnapshotService::rollback(const QString &uuid, const SnapshotTree &snapshot)
{
    return [this, uuid, snapshot](Job &) -> base::Result<QVariantMap> {
        const auto handle = m_volumes->handle(uuid);
        if (!handle)
            return tl::unexpected(handle.error());
        auto result = rollBack(*handle->volume, snapshot);
        if (result)
            tellAdded(uuid, *result);
        return result;
    };
}

base::Result<RestoreRequest> SnapshotService::prepareRestore(const QString &uuid,
                                                             const QString &snapshot,
                                                             RestoreRequest request)
{
    const auto handle = m_volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    if (snapshot.isEmpty())
        return base::fail(Errc::InvalidArgs, QStringLiteral("Say from which snapshot"));
    const auto tree = treeOf(*handle->volume, snapshot);
    if (!tree)
        return tl::unexpected(tree.error());
    request.snapshot = *tree;
    for (QByteArray &path : request.paths) {
        const auto location = m_volumes->locate(path);
        if (!location)
            return tl::unexpected(location.error());
        if (location->uuid != uuid) {
            return base::fail(Errc::InvalidArgs, QStringLiteral("'%1' is of another volume")
                                                     .arg(QString::fromUtf8(path)));
        }
        path = location->relativePath;
    }
    if (const auto fits = verifyRestore(*handle->volume, request); !fits)
        return tl::unexpected(fits.error());
    return request;
}

void SnapshotService::tellAdded(const QString &uuid, const QVariantMap &result)
{
    const QString name = result.value(QStringLiteral("undo-snapshot")).toString();
    if (!name.isEmpty())
        Q_EMIT added(uuid, {name, name + QStringLiteral("-done")});
    m_volumes->refreshSoon();
}

JobWork SnapshotService::restoration(const QString &uuid, const RestoreRequest &request)
{
    return [this, uuid, request](Job &job) -> base::Result<QVariantMap> {
        const auto handle = m_volumes->handle(uuid);
        if (!handle)
            return tl::unexpected(handle.error());
        auto result = restore(*handle->volume, request, job);
        if (result)
            tellAdded(uuid, *result);
        return result;
    };
}

base::Result<SnapshotTree> SnapshotService::prepareUndo(const QString &uuid,
                                                        const QString &snapshot)
{
    const auto handle = m_volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    return undoSnapshot(*handle->volume, snapshot);
}

JobWork SnapshotService::undoing(const QString &uuid, const SnapshotTree &before)
{
    return [this, uuid, before](Job &job) -> base::Result<QVariantMap> {
        const auto handle = m_volumes->handle(uuid);
        if (!handle)
            return tl::unexpected(handle.error());
        auto result = undo(*handle->volume, before, job);
        if (result)
            tellAdded(uuid, *result);
        return result;
    };
}

JobWork SnapshotService::deletion(const QString &uuid, const QStringList &names)
{
    return [this, uuid, names](Job &job) -> base::Result<QVariantMap> {
        const auto handle = m_volumes->handle(uuid);
        if (!handle)
            return tl::unexpected(handle.error());
        const auto ids = idsByName(*handle->volume);
        if (!ids)
            return tl::unexpected(ids.error());
        const auto total = static_cast<uint64_t>(names.size());
        QStringList gone;
        base::Status outcome;
        for (const QString &name : names) {
            if (job.isCancelRequested())
                outcome =
                    base::fail(Errc::Cancelled, QStringLiteral("Stopped before '%1'").arg(name));
            else if (!ids->contains(name))
                outcome = noSuchSnapshot(name);
            else
                outcome = handle->volume->dropSnapshot(ids->value(name));
            if (!outcome)
                break;
            gone.append(name);
            job.setItems({static_cast<uint64_t>(gone.size()), total});
        }
        // All of them by one commit.
        if (const auto synced = handle->volume->syncAll(); !synced && outcome)
            outcome = synced;
        if (!gone.isEmpty() && handle->index)
            handle->index->snapshotsChanged();
        if (!gone.isEmpty())
            Q_EMIT removed(uuid, gone);
        m_volumes->refreshSoon();
        if (!outcome)
            return tl::unexpected(outcome.error());
        return QVariantMap{{QStringLiteral("deleted"), static_cast<qulonglong>(gone.size())}};
    };
}

base::Status SnapshotService::dropById(const QString &uuid, const QVector<uint64_t> &ids)
{
    if (ids.isEmpty())
        return {};
    const auto handle = m_volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    const auto all = handle->volume->listSnapshots();
    if (!all)
        return tl::unexpected(all.error());
    QStringList gone;
    for (const ctl::Snapshot &each : *all) {
        if (!ids.contains(each.id))
            continue;
        const auto done = handle->volume->dropSnapshot(each.id);
        const bool isPassed = !done
            && (done.error().code == Errc::Busy || done.error().code == Errc::NotFound);
        if (!done && !isPassed)
            return done;
        if (done)
            gone.append(QString::fromUtf8(each.name));
    }
    if (gone.isEmpty())
        return {};
    if (const auto synced = handle->volume->syncAll(); !synced)
        return synced;
    if (handle->index)
        handle->index->snapshotsChanged();
    m_volumes->refreshSoon();
    Q_EMIT removed(uuid, gone);
    return {};
}

} // namespace vexfs::daemon

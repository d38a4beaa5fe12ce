// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/snapshot_service.h"

#include "daemon/service/volume_service.h"

#include <QDateTime>

#include <algorithm>

namespace vexfs::daemon {

using base::Errc;

namespace {

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
           row.name.contains(query.text, Qt::CaseInsensitive);
}

} // namespace

SnapshotService::SnapshotService(VolumeService *volumes, QObject *parent)
    : QObject(parent), m_volumes(volumes)
{}

base::Result<QString> SnapshotService::create(const QString &uuid, const QString &name,
                                              bool isWritable)
{
    const auto handle = m_volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    const QString wanted =
        name.isEmpty()
            ? QDateTime::currentDateTime().toString(QStringLiteral("yyyy-MM-dd_HH.mm.ss.zzz"))
            : name;
    if (wanted.contains(u'/') || wanted == QLatin1String(".") || wanted == QLatin1String("..")) {
        return base::fail(Errc::InvalidArgs,
                          QStringLiteral("A snapshot cannot have the name '%1'").arg(wanted));
    }
    const auto made = handle->volume->createSnapshot(wanted.toUtf8(), isWritable);
    if (!made && made.error().code == Errc::AlreadyExists) {
        return base::fail(Errc::AlreadyExists,
                          QStringLiteral("There is a snapshot '%1' already").arg(wanted));
    }
    if (!made)
        return tl::unexpected(made.error());
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
    if (!all)
        return tl::unexpected(all.error());
    SnapshotPage page;
    // Ids rise with time and are never used again.
    for (auto each = all->crbegin(); each != all->crend(); ++each) {
        const SnapshotRow row{each->id,
                              QString::fromUtf8(each->name),
                              handle->volume->mountPoint() + "/.vexfs/snapshots/" + each->name,
                              each->createdNs / 1000,
                              each->inodes,
                              each->isWritable};
        if (!isWanted(row, query))
            continue;
        ++page.total;
        if (query.after != 0 && row.id >= query.after)
            continue;
        if (page.rows.size() < query.limit)
            page.rows.append(row);
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
    const auto ids = idsByName(*handle->volume);
    if (!ids)
        return tl::unexpected(ids.error());
    for (const QString &name : names) {
        if (!ids->contains(name))
            return noSuchSnapshot(name);
    }
    return {};
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
                outcome = handle->volume->deleteSnapshot(ids->value(name));
            if (!outcome)
                break;
            gone.append(name);
            job.setItems({static_cast<uint64_t>(gone.size()), total});
        }
        if (!gone.isEmpty())
            Q_EMIT removed(uuid, gone);
        m_volumes->refreshSoon();
        if (!outcome)
            return tl::unexpected(outcome.error());
        return QVariantMap{{QStringLiteral("deleted"), static_cast<qulonglong>(gone.size())}};
    };
}

} // namespace vexfs::daemon

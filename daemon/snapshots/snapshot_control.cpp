// SPDX-License-Identifier: Apache-2.0
#include "daemon/snapshots/snapshot_control.h"

#include "daemon/volume/live_root.h"

#include <QDateTime>

#include <algorithm>

namespace vexfs::daemon {

using base::Errc;
using base::Result;
using base::Status;

namespace {

constexpr int kNumbersMax = 1000;

} // namespace

Result<ctl::SnapshotSpace> spaceOf(MountedVolume &volume, const QStringList &names,
                                   bool withReferenced)
{
    QVector<uint64_t> ids;
    for (const QString &name : names) {
        const auto tree = name.isEmpty()
            ? base::fail(Errc::InvalidArgs, QStringLiteral("A snapshot has no name"))
            : treeOf(volume, name);
        if (!tree)
            return tl::unexpected(tree.error());
        ids.append(tree->id);
    }
    return spaceOf(volume, ids, withReferenced);
}

Result<ctl::SnapshotSpace> spaceOf(MountedVolume &volume, QVector<uint64_t> ids,
                                   bool withReferenced)
{
    std::sort(ids.begin(), ids.end());
    if (ids.isEmpty() || std::adjacent_find(ids.begin(), ids.end()) != ids.end()) {
        return base::fail(Errc::InvalidArgs,
                          QStringLiteral("Name at least one snapshot, and each once"));
    }
    const LiveRoot root(volume);
    if (!root.fd())
        return tl::unexpected(root.fd().error());
    return ctl::snapshotSpace(*root.fd(), ids, withReferenced);
}

Status changeSnapshot(MountedVolume &volume, const QString &name,
                      const ctl::SnapshotChange &change)
{
    const auto tree = treeOf(volume, name);
    const LiveRoot root(volume);
    if (!tree || !root.fd())
        return tl::unexpected(tree ? root.fd().error() : tree.error());
    if (name.isEmpty())
        return base::fail(Errc::InvalidArgs, QStringLiteral("Say which snapshot"));
    return ctl::changeSnapshot(*root.fd(), tree->id, change);
}

Result<QVariantMap> rollBack(MountedVolume &volume, const SnapshotTree &snapshot)
{
    const QString time
        = QDateTime::currentDateTime().toString(QStringLiteral("yyyy-MM-dd_HH.mm.ss.zzz"));
    const LiveRoot root(volume);
    if (!root.fd())
        return tl::unexpected(root.fd().error());
    QString name = QStringLiteral("undo-%1-rollback").arg(time);
    auto safety = ctl::rollBack(*root.fd(), snapshot.id, name.toUtf8());
    // A clock that was set back may have made one of that time before.
    for (int number = 2; !safety && safety.error().code == Errc::AlreadyExists
         && number <= kNumbersMax; ++number) {
        name = QStringLiteral("undo-%1-%2-rollback").arg(time).arg(number);
        safety = ctl::rollBack(*root.fd(), snapshot.id, name.toUtf8());
    }
    if (!safety)
        return tl::unexpected(safety.error());
    const auto after = volume.createSnapshot((name + QStringLiteral("-done")).toUtf8(), false);
    if (!after)
        return tl::unexpected(after.error());
    return QVariantMap{{QStringLiteral("undo-snapshot"), name}};
}

} // namespace vexfs::daemon

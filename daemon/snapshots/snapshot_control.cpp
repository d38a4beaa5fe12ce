// SPDX-License-Identifier: Apache-2.0
#include "daemon/snapshots/snapshot_control.h"

#include <QDateTime>

#include <algorithm>

#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;
using base::Result;
using base::Status;

namespace {

/// The root of the live tree, open as long as this lives.
class Root
{
public:
    explicit Root(MountedVolume &volume) : m_fd(volume.openIn(SnapshotTree{1, 0, {}}, ".")) {}
    ~Root()
    {
        if (m_fd)
            ::close(*m_fd);
    }
    Root(const Root &) = delete;
    Root &operator=(const Root &) = delete;
    const Result<int> &fd() const { return m_fd; }

private:
    Result<int> m_fd;
};

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
    std::sort(ids.begin(), ids.end());
    if (ids.isEmpty() || std::adjacent_find(ids.begin(), ids.end()) != ids.end()) {
        return base::fail(Errc::InvalidArgs,
                          QStringLiteral("Name at least one snapshot, and each once"));
    }
    const Root root(volume);
    if (!root.fd())
        return tl::unexpected(root.fd().error());
    return ctl::snapshotSpace(*root.fd(), ids, withReferenced);
}

Status changeSnapshot(MountedVolume &volume, const QString &name,
                      const ctl::SnapshotChange &change)
{
    const auto tree = treeOf(volume, name);
    const Root root(volume);
    if (!tree || !root.fd())
        return tl::unexpected(tree ? root.fd().error() : tree.error());
    if (name.isEmpty())
        return base::fail(Errc::InvalidArgs, QStringLiteral("Say which snapshot"));
    return ctl::changeSnapshot(*root.fd(), tree->id, change);
}

Result<QVariantMap> rollBack(MountedVolume &volume, const SnapshotTree &snapshot)
{
    const QString name = QStringLiteral("undo-%1-rollback")
                             .arg(QDateTime::currentDateTime().toString(
                                 QStringLiteral("yyyy-MM-dd_HH.mm.ss.zzz")));
    const Root root(volume);
    if (!root.fd())
        return tl::unexpected(root.fd().error());
    const auto safety = ctl::rollBack(*root.fd(), snapshot.id, name.toUtf8());
    if (!safety)
        return tl::unexpected(safety.error());
    const auto after = volume.createSnapshot((name + QStringLiteral("-done")).toUtf8(), false);
    if (!after)
        return tl::unexpected(after.error());
    return QVariantMap{{QStringLiteral("undo-snapshot"), name}};
}

} // namespace vexfs::daemon

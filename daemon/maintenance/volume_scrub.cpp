// SPDX-License-Identifier: Apache-2.0
#include "daemon/maintenance/volume_scrub.h"

#include "common/base/file_uri.h"
#include "common/ctl/maintenance.h"
#include "daemon/volume/live_root.h"

#include <vexfs/ioctl.h>

#include <QThread>

#include <cerrno>

namespace vexfs::daemon {

using base::Errc;
using base::Result;

namespace {

constexpr unsigned long kPollMs = 100;

QString reasonOf(const ctl::ScrubRow &row)
{
    const QString kind = row.sysErrno == EIO       ? QStringLiteral("cannot be read")
                         : row.sysErrno == EBADMSG ? QStringLiteral("does not match its checksum")
                                                   : QStringLiteral("is not what should be there");
    return QStringLiteral("Block %1 (%2) %3").arg(row.block).arg(row.what, kind);
}

/// The folder where a tree can be seen. That of the live one for what only the daemon sees: the
/// trees that it compares with are a moment behind it.
QByteArray folderOf(MountedVolume &volume, uint64_t tree)
{
    const QByteArray root = volume.mountPoint() + '/';
    if (tree == VEXFS_TREE_INDEX)
        return root + ".vexfs/index/";
    if (const auto snapshots = volume.snapshots(); snapshots && tree != kLiveTree) {
        for (const SnapshotTree &each : *snapshots) {
            if (each.id == tree)
                return root + ".vexfs/snapshots/" + each.name + '/';
        }
    }
    return root;
}

/// The mount point when it is metadata, or a file that has gone since.
QString uriOf(MountedVolume &volume, const ctl::ScrubRow &row)
{
    const auto paths = row.ino == 0
                           ? QVector<QByteArray>()
                           : volume.paths(row.tree, row.ino).value_or(QVector<QByteArray>());
    if (paths.isEmpty())
        return base::uriFromPath(volume.mountPoint());
    return base::uriFromPath(folderOf(volume, row.tree) + paths.constFirst());
}

/// Follows the scrub that runs. Cancelled when the job is.
Result<ctl::ScrubStatus> follow(int root, Job &job)
{
    for (;;) {
        const auto status = ctl::scrubStatus(root);
        if (!status || status->state != ctl::ScrubState::Running)
            return status;
        job.setBytes({status->doneBytes, std::max(status->usedBytes, status->doneBytes)});
        if (job.isCancelRequested()) {
            if (auto stopped = ctl::stopScrub(root); !stopped)
                return tl::unexpected(stopped.error());
            return base::fail(Errc::Cancelled, QStringLiteral("The scrub was stopped"));
        }
        QThread::msleep(kPollMs);
    }
}

Result<uint64_t> tellFindings(MountedVolume &volume, int root, uint64_t rows, Job &job)
{
    uint64_t told = 0;
    while (told < rows) {
        const auto page = ctl::scrubRows(root, told);
        if (!page)
            return tl::unexpected(page.error());
        if (page->isEmpty())
            break;
        for (const ctl::ScrubRow &each : *page)
            job.addProblem(uriOf(volume, each), {Errc::Corrupt, reasonOf(each), each.sysErrno});
        told += static_cast<uint64_t>(page->size());
    }
    return told;
}

} // namespace

Result<QVariantMap> scrub(MountedVolume &volume, uint64_t bytesPerSecond, Job &job)
{
    const LiveRoot root(volume);
    if (!root.fd())
        return tl::unexpected(root.fd().error());
    if (auto started = ctl::startScrub(*root.fd(), bytesPerSecond); !started)
        return tl::unexpected(started.error());
    const auto ended = follow(*root.fd(), job);
    if (!ended)
        return tl::unexpected(ended.error());
    if (const auto told = tellFindings(volume, *root.fd(), ended->rows, job); !told)
        return tl::unexpected(told.error());
    if (ended->state != ctl::ScrubState::Done) {
        return base::fail(Errc::Failed, ended->state == ctl::ScrubState::Stopped
                                            ? QStringLiteral("Somebody else stopped the scrub")
                                            : QStringLiteral("The driver had no memory to go on"));
    }
    job.setBytes({ended->doneBytes, ended->doneBytes});
    return QVariantMap{{QStringLiteral("consistent"), ended->findings == 0},
                       {QStringLiteral("findings"), static_cast<qulonglong>(ended->findings)},
                       {QStringLiteral("bytes"), static_cast<qulonglong>(ended->doneBytes)}};
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/document_service.h"

#include "daemon/service/adding/addition.h"
#include "daemon/service/volume_service.h"

#include <QFile>

#include <cerrno>
#include <climits>

#include <sys/stat.h>

namespace vexfs::daemon {

using base::Errc;

namespace {

/// Whether a folder is this one or below it, by whatever links and mounts its path goes.
bool isSameOrBelow(QByteArray folder, const struct stat &top)
{
    for (int depth = 0; depth < PATH_MAX; ++depth) {
        struct stat here = {};
        struct stat above = {};
        if (stat(folder.constData(), &here) != 0)
            return false;
        if (here.st_dev == top.st_dev && here.st_ino == top.st_ino)
            return true;
        folder += "/..";
        if (stat(folder.constData(), &above) != 0
            || (above.st_dev == here.st_dev && above.st_ino == here.st_ino))
            return false;
    }
    return false;
}

/// The folder, or where it is to be made the next one above it that is there.
QByteArray nearestFolder(QByteArray path)
{
    struct stat info = {};
    while (path.size() > 1 && lstat(path.constData(), &info) != 0 && errno == ENOENT)
        path = path.left(std::max<qsizetype>(path.lastIndexOf('/'), 1));
    return path;
}

} // namespace

DocumentService::DocumentService(VolumeService *volumes) : m_volumes(volumes) {}

base::Result<QString> DocumentService::prepare(AddRequest *request) const
{
    if (request->sources.isEmpty())
        return base::fail(Errc::InvalidArgs, QStringLiteral("There is nothing to add"));
    if (request->into.isEmpty()) {
        const auto mounted = m_volumes->mountedVolumes();
        if (mounted.size() != 1) {
            return base::fail(Errc::InvalidArgs,
                              QStringLiteral("%1 volumes are mounted: say into which folder to add")
                                  .arg(mounted.size()));
        }
        request->into = mounted.constFirst().volume->mountPoint();
    }
    const auto location = m_volumes->locate(request->into);
    if (!location)
        return tl::unexpected(location.error());
    if (!location->snapshot.isEmpty())
        return base::fail(Errc::ReadOnly, QStringLiteral("Nothing can be added to a snapshot"));
    struct stat info = {};
    const QByteArray there =
        request->isIntoMade ? nearestFolder(request->into) : request->into;
    if (stat(there.constData(), &info) != 0 || !S_ISDIR(info.st_mode)) {
        return base::fail(
            Errc::NotFound,
            QStringLiteral("There is no folder %1").arg(QFile::decodeName(there)));
    }
    for (const QByteArray &source : std::as_const(request->sources)) {
        if (lstat(source.constData(), &info) != 0)
            return base::failErrno(errno, QFile::decodeName(source));
        if (S_ISDIR(info.st_mode) && isSameOrBelow(there, info)) {
            return base::fail(
                Errc::InvalidArgs,
                QStringLiteral("%1 cannot be added to itself").arg(QFile::decodeName(source)));
        }
    }
    return location->uuid;
}

JobWork DocumentService::addition(const QString &uuid, const AddRequest &request)
{
    return [this, uuid, request](Job &job) -> base::Result<QVariantMap> {
        const auto handle = m_volumes->handle(uuid);
        if (!handle)
            return tl::unexpected(handle.error());
        return runAddition(m_volumes, *handle, request, &job);
    };
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/adding/originals.h"

#include <QFile>
#include <QScopeGuard>
#include <QSet>

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;

namespace {

/// The volume's own sync does not reach a folder that a link leads out of it.
base::Status syncPath(const QByteArray &path, int flags)
{
    const int fd = ::open(path.constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
    if (fd < 0)
        return base::failErrno(errno,
                               QStringLiteral("Cannot open %1").arg(QFile::decodeName(path)));
    const auto closing = qScopeGuard([fd] { ::close(fd); });
    if (fsync(fd) != 0) {
        return base::failErrno(
            errno, QStringLiteral("Cannot write to disk %1").arg(QFile::decodeName(path)));
    }
    return {};
}

base::Status removeOriginal(const Original &original)
{
    struct stat now = {};
    if (lstat(original.path.constData(), &now) != 0) {
        if (errno == ENOENT)
            return {};
        return base::failErrno(errno, QStringLiteral("It was copied; the original cannot be read"));
    }
    if (!original.identity.isOf(now)) {
        return base::fail(Errc::Conflict, QStringLiteral("It was changed after it was copied; the "
                                                         "original was kept"));
    }
    if (::unlink(original.path.constData()) != 0) {
        return base::failErrno(
            errno, QStringLiteral("It was copied, but the original cannot be removed"));
    }
    return {};
}

} // namespace

base::Status Originals::settle(const Kept &kept)
{
    if (m_waiting.isEmpty())
        return {};
    QSet<QByteArray> folders;
    for (const Original &each : std::as_const(m_waiting)) {
        if (auto synced = syncPath(each.copy, O_NOFOLLOW); !synced)
            return synced;
        folders.insert(each.copy.left(each.copy.lastIndexOf('/')));
    }
    for (const QByteArray &folder : std::as_const(folders)) {
        if (auto synced = syncPath(folder, O_DIRECTORY); !synced)
            return synced;
    }
    if (auto synced = m_volume->syncAll(); !synced)
        return synced;
    for (const Original &each : std::exchange(m_waiting, {})) {
        if (const auto removed = removeOriginal(each); !removed)
            kept(each.path, removed.error());
    }
    return {};
}

void Originals::removeFolders(const Kept &kept)
{
    while (!m_folders.isEmpty()) {
        const QByteArray path = m_folders.takeLast();
        if (::rmdir(path.constData()) == 0 || errno == ENOTEMPTY || errno == EEXIST
            || errno == ENOENT)
            continue;
        kept(path, base::failErrno(errno, QStringLiteral("The folder cannot be removed")).value());
    }
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/beneath.h"

#include <cerrno>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vexfs::daemon {

base::Result<int> openBelow(int root, const QByteArray &path, int flags, Mounts mounts)
{
    open_how how = {};
    how.flags = static_cast<uint64_t>(flags) | O_CLOEXEC;
    how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;
    if (mounts == Mounts::Stay)
        how.resolve |= RESOLVE_NO_XDEV;
    const char *name = path.isEmpty() ? "." : path.constData();
    const long opened = syscall(SYS_openat2, root, name, &how, sizeof how);
    if (opened >= 0)
        return static_cast<int>(opened);
    const int cause = errno == ELOOP || errno == EXDEV || errno == ENOTDIR ? ENOENT : errno;
    return base::failErrno(cause, QStringLiteral("Cannot open %1").arg(QString::fromUtf8(path)));
}

base::Result<int> openFileBelow(int root, const QByteArray &path, uint64_t ino, Mounts mounts)
{
    // O_NONBLOCK: the name may by now be that of a fifo, which must not hold us.
    const auto opened = openBelow(root, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, mounts);
    if (!opened)
        return opened;
    struct stat found = {};
    const bool isSame =
        fstat(*opened, &found) == 0 && found.st_ino == ino && S_ISREG(found.st_mode);
    if (isSame)
        return *opened;
    ::close(*opened);
    return base::fail(
        base::Errc::NotFound,
        QStringLiteral("%1 is no longer the file it was").arg(QString::fromUtf8(path)));
}

} // namespace vexfs::daemon

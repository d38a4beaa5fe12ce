// SPDX-License-Identifier: Apache-2.0
#include "daemon/bus/memory_file.h"

#include <QFile>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace vexfs::daemon {

base::Result<QDBusUnixFileDescriptor> sealedFile(const char *name, const QByteArray &bytes)
{
    const int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    QFile file;
    const bool isWritten = fd >= 0 && file.open(fd, QIODevice::WriteOnly | QIODevice::Unbuffered)
        && file.write(bytes) == bytes.size();
    const int error = errno;
    file.close();
    QDBusUnixFileDescriptor out;
    if (isWritten && lseek(fd, 0, SEEK_SET) == 0
        && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
        out.setFileDescriptor(fd);
    if (fd >= 0)
        ::close(fd);
    if (!out.isValid())
        return base::failErrno(error, QStringLiteral("Cannot hand over %1").arg(
                                          QString::fromLatin1(name)));
    return out;
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "common/ctl/control_wire.h"

#include <cerrno>
#include <cstring>

#include <sys/ioctl.h>

namespace vexfs::ctl {

base::Status callDriver(int fd, unsigned long request, void *argument, const char *what)
{
    if (ioctl(fd, request, argument) == 0)
        return {};
    return base::failErrno(errno,
                           QStringLiteral("The volume refused to %1").arg(QLatin1String(what)));
}

base::Result<QByteArray> textField(const char *field, size_t bytes, const char *what)
{
    const void *end = memchr(field, 0, bytes);
    if (!end) {
        return base::fail(
            base::Errc::Corrupt,
            QStringLiteral("The driver sent a %1 without end").arg(QLatin1String(what)));
    }
    return QByteArray(field, static_cast<const char *>(end) - field);
}

base::Status setTextField(char *field, size_t bytes, const QByteArray &text, const char *what)
{
    const size_t length = static_cast<size_t>(text.size());
    if (length == 0 || length >= bytes || text.contains('\0')) {
        return base::fail(base::Errc::InvalidArgs,
                          QStringLiteral("A %1 has 1 to %2 bytes and no NUL")
                              .arg(QLatin1String(what))
                              .arg(bytes - 1));
    }
    memcpy(field, text.constData(), length);
    field[length] = 0;
    return {};
}

} // namespace vexfs::ctl

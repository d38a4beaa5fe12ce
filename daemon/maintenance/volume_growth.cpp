// SPDX-License-Identifier: Apache-2.0
#include "daemon/maintenance/volume_growth.h"

#include "common/ctl/maintenance.h"
#include "daemon/volume/live_root.h"

#include <QFile>

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;
using base::Result;

namespace {

/// Files have no block behind the new end until something is written there.
base::Status extendFile(const QByteArray &image, uint64_t bytes)
{
    const QString shown = QFile::decodeName(image);
    struct stat info = {};
    if (::stat(image.constData(), &info) != 0)
        return base::failErrno(errno, shown);
    if (!S_ISREG(info.st_mode)) {
        return base::fail(Errc::InvalidArgs,
                          QStringLiteral("%1 is a device, which has the size that it has; "
                                         "ask for 'max'")
                              .arg(shown));
    }
    if (bytes < static_cast<uint64_t>(info.st_size)) {
        return base::fail(Errc::NotSupported,
                          QStringLiteral("%1 has %2 bytes already, and volumes do not shrink")
                              .arg(shown)
                              .arg(info.st_size));
    }
    if (::truncate(image.constData(), static_cast<off_t>(bytes)) != 0)
        return base::failErrno(errno, shown);
    return {};
}

} // namespace

Result<uint64_t> growVolume(MountedVolume &volume, const QByteArray &image, uint64_t wantedBytes)
{
    const LiveRoot root(volume);
    if (!root.fd())
        return tl::unexpected(root.fd().error());
    if (wantedBytes != 0) {
        if (image.isEmpty()) {
            return base::fail(Errc::NotSupported,
                              QStringLiteral("It is not known which file the volume is in"));
        }
        if (auto longer = extendFile(image, wantedBytes); !longer)
            return tl::unexpected(longer.error());
    }
    return ctl::grow(*root.fd());
}

} // namespace vexfs::daemon

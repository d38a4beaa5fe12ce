// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/fuse_driver.h - makes, mounts and unmounts volumes by the programs for it.
//
// Knows their command lines and what they print; all calls block until the program has ended.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QStringList>

#include <cstdint>

namespace vexfs::daemon {

struct FormatRequest
{
    QByteArray image;
    QString uuid;
    QString label;
    uint64_t sizeBytes = 0; ///< 0: the size that the file has.
    bool isForced = false;
};

struct MountRequest
{
    QByteArray image;
    QByteArray mountPoint;
    bool isReadOnly = false;
    QStringList driverOptions;
};

/// What an image says about itself.
struct ImageInfo
{
    QString uuid;
    QString label;
};

/// AlreadyExists (holds something, not forced), Failed.
base::Status formatImage(const FormatRequest &request);

/// NotFound (no such image), Corrupt (not a volume).
base::Result<ImageInfo> inspectImage(const QByteArray &image);

/// Of one that is not mounted. Failed with what the program said.
base::Status labelImage(const QByteArray &image, const QString &label);

/// Returns when the volume can be used. NotFound, Busy, Failed with what the driver said.
base::Status mountImage(const MountRequest &request);

/// Busy when files are open there, unless isLazy. Then waits until the driver has let go of the
/// image, so that it can be mounted or checked at once; TimedOut when it does not.
base::Status unmountImage(const QByteArray &mountPoint, const QByteArray &image, bool isLazy);

} // namespace vexfs::daemon

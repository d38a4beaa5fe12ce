// SPDX-License-Identifier: Apache-2.0
//
// common/ctl/maintenance.h - looking after a volume in use: scrub, grow, label; as control.h.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QVector>

#include <cstdint>

namespace vexfs::ctl {

enum class ScrubState {
    None, ///< None since the mount.
    Running,
    Done,
    Stopped,
    Failed
};

/// Of the scrub that runs, or of the last one since the mount.
struct ScrubStatus
{
    ScrubState state = ScrubState::None;
    uint64_t doneBytes = 0;
    uint64_t usedBytes = 0; ///< doneBytes may end a little above or below.
    uint64_t findings = 0;  ///< Blocks that are wrong.
    uint64_t rows = 0;      ///< So many of them scrubRows() has.
};

struct ScrubRow
{
    uint64_t tree = 0; ///< Whose data it is; ino 0 is metadata.
    uint64_t ino = 0;
    uint64_t block = 0;
    int sysErrno =
        0; ///< EIO: not readable; EBADMSG: wrong checksum; EUCLEAN: not what belongs there.
    QString what;
};

/// bytesPerSecond: 0 for as fast as it goes. Busy when one runs.
base::Status startScrub(int fd, uint64_t bytesPerSecond);
/// Ends it now; nothing when none runs.
base::Status stopScrub(int fd);
base::Result<ScrubStatus> scrubStatus(int fd);
/// From row first on, at most what one call carries.
base::Result<QVector<ScrubRow>> scrubRows(int fd, uint64_t first);

/// Makes use of an image or device that has become larger; the size of the volume now, in bytes.
base::Result<uint64_t> grow(int fd);

/// On disk when it returns; "" for none. InvalidArgs when it is too long.
base::Status setLabel(int fd, const QString &label);

} // namespace vexfs::ctl

// SPDX-License-Identifier: Apache-2.0
//
// daemon/maintenance/volume_check.h - fsck.vexfs over a volume that is not mounted.
#pragma once

#include "daemon/jobs/job.h"

#include <QByteArray>

namespace vexfs::daemon {

struct CheckRequest
{
    bool isRepair = false;
    bool hasData = false; ///< Read all data and verify its checksums, too.
};

/// Blocks until fsck.vexfs has ended; a check is ended by cancelling the job, a repair is not.
/// What was found becomes the problems of the job. Result: consistent (b), repaired (b),
/// findings (aa{sv}: text), summary (s). Busy when the image is in use; Corrupt when it is no
/// volume.
base::Result<QVariantMap> checkImage(const QByteArray &image, const CheckRequest &request,
                                     Job &job);

} // namespace vexfs::daemon

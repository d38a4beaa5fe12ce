// SPDX-License-Identifier: Apache-2.0
//
// daemon/maintenance/volume_scrub.h - reading all of a mounted volume and verifying its checksums.
#pragma once

#include "daemon/jobs/job.h"
#include "daemon/volume/mounted_volume.h"

namespace vexfs::daemon {

/// Runs to its end, or until the job is cancelled; what is wrong becomes the problems of the job,
/// by file. Blocks. Result: consistent (b), findings (t), bytes (t). bytesPerSecond: 0 for as fast
/// as it goes. Busy when one runs.
base::Result<QVariantMap> scrub(MountedVolume &volume, uint64_t bytesPerSecond, Job &job);

} // namespace vexfs::daemon

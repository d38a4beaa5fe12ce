// SPDX-License-Identifier: Apache-2.0
//
// daemon/maintenance/volume_growth.h - a mounted volume becomes larger, with its image file.
#pragma once

#include "daemon/volume/mounted_volume.h"

namespace vexfs::daemon {

/// wantedBytes: of the image file, which is made so large first; 0 for all that the file or device
/// has now. Returns the size of the volume. NotSupported when it would have to shrink, InvalidArgs
/// when a block device should become larger, NoSpace, Failed.
base::Result<uint64_t> growVolume(MountedVolume &volume, const QByteArray &image,
                                  uint64_t wantedBytes);

} // namespace vexfs::daemon

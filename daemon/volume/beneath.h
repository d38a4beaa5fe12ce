// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/beneath.h - opens what lies below a folder, and nothing else.
#pragma once

#include "common/base/error.h"

#include <QByteArray>

#include <cstdint>

namespace vexfs::daemon {

enum class Mounts { Cross, Stay };

/// Opens a path relative to an open folder ("" is the folder itself), without following a symlink
/// anywhere in it and without leaving the folder; with Mounts::Stay, on no other mount. The caller
/// closes the descriptor. A symlink in the path, and with Stay another mount, are NotFound.
base::Result<int> openBelow(int root, const QByteArray &path, int flags, Mounts mounts);

/// The same for reading a regular file that still has that inode number; else NotFound.
base::Result<int> openFileBelow(int root, const QByteArray &path, uint64_t ino, Mounts mounts);

} // namespace vexfs::daemon

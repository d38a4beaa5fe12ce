// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/mount/request.h"

#include <iosfwd>

namespace vexfs::cli {

/// Whether the running kernel mounts vexfs; loads the module when it is there and we may.
bool isKernelDriverThere();

// Both return an exit code of mount(8), after a message to @p err unless it is 0.

/// By the module. An image file gets a loop device, which goes away with the mount.
int mountByKernel(const MountRequest &request, std::ostream &err);

/// By vexfs-fuse. Notes in /run/mount that umount.vexfs is to unmount it, because umount(8) alone
/// does not wait for the driver.
int mountByFuse(const MountRequest &request, std::ostream &err);

} // namespace vexfs::cli

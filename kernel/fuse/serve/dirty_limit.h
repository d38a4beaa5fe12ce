// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include <string>

namespace vexfs::fuse {

/// Makes this process one that others' memory waits for (PR_SET_IO_FLUSHER, prctl(2)): in its turn
/// it does not wait for pages that only it can write back. To be called before there are threads;
/// without the right to it does nothing.
void becomeFlusher();

/// Lets the kernel keep more data for the mount at @p mountpoint before it makes who writes wait.
/// FUSE begins with a hundredth of what all filesystems may keep (max_ratio;
/// Documentation/ABI/testing/sysfs-class-bdi): little memory, and little that waits for a driver
/// that may be anything. A part is left to the filesystem that the image is on, so that this driver
/// is never made to wait for pages of its own mount. May be called before requests are served;
/// without the right to it does nothing.
void raiseDirtyLimit(const std::string &mountpoint);

} // namespace vexfs::fuse

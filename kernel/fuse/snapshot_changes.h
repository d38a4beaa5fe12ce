// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include "driver.h"

#include <functional>
#include <string>

namespace vexfs::fuse {

/// Does @p change, which takes something from under the kernel, when what the kernel has of
/// @p tree was written back; then lets it forget what it keeps of that tree. By the driver's
/// worker, since the kernel waits for this program while it writes back. @p done gets what
/// @p change returned.
void changeUnderKernel(Driver &driver, uint64_t tree, std::function<int()> change,
                       std::function<void(int error)> done);

} // namespace vexfs::fuse

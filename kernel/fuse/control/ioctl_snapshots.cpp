// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// Control calls about snapshots that are there (uapi/vexfs/ioctl_snapshots.h).
#include "kernel/fuse/control/ioctl.h"

#include <cerrno>
#include <vexfs/ioctl.h>

namespace vexfs::fuse {

void ioctlSnapshotChange(const IoctlCall &call)
{
    call.fail(-EOPNOTSUPP);
}

void ioctlRollback(const IoctlCall &call)
{
    call.fail(-EOPNOTSUPP);
}

void ioctlSnapshotSpace(const IoctlCall &call)
{
    call.fail(-EOPNOTSUPP);
}

} // namespace vexfs::fuse

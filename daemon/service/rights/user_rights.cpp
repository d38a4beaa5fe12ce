// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/rights/user_rights.h"

#include "daemon/volume/program.h"

#include <algorithm>
#include <initializer_list>

#include <unistd.h>

namespace vexfs::daemon {

namespace {

using base::Action;
using base::Permission;

Permission withPrograms(std::initializer_list<const char *> names)
{
    const bool areThere = std::all_of(names.begin(), names.end(), [](const char *name) {
        return findProgram(QLatin1String(name)).has_value();
    });
    return areThere ? Permission::Yes : Permission::No;
}

/// In a container the device is often missing, or not the user's to open. Who may mount needs
/// nobody's help.
Permission mounting()
{
    if (::access("/dev/fuse", R_OK | W_OK) != 0)
        return Permission::No;
    return ::geteuid() == 0 ? withPrograms({"vexfs-fuse"})
                            : withPrograms({"vexfs-fuse", "fusermount3"});
}

} // namespace

base::Permissions userRights()
{
    return {
        {Action::VolumeMount, mounting()},
        // For everybody, by the kernel's driver, is the system role's.
        {Action::VolumeMountSystem, Permission::No},
        {Action::VolumeManage, withPrograms({"mkfs.vexfs", "vexfs-dump", "vexfs-tune"})},
        // A scrub is the driver's; a check has a program, which says so where it is missing.
        {Action::Maintain, Permission::Yes},
        {Action::MaintainRepair, withPrograms({"fsck.vexfs"})},
        {Action::SnapshotCreate, Permission::Yes},
        {Action::SnapshotDelete, Permission::Yes},
        {Action::SnapshotRestoreOwn, Permission::Yes},
        {Action::SnapshotRollback, Permission::Yes},
        {Action::Schedule, Permission::Yes},
        {Action::Statistics, Permission::Yes},
    };
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "common/ctl/snapshots.h"

#include "common/ctl/control_wire.h"

namespace vexfs::ctl {

using base::Errc;

base::Status changeSnapshot(int fd, uint64_t id, const SnapshotChange &change)
{
    vexfs_ioc_snapshot_change raw = {};
    uint32_t what = 0;
    raw.id = put(id);
    if (change.name) {
        what |= VEXFS_SNAPSHOT_CHANGE_NAME;
        if (auto fits = setTextField(raw.name, sizeof raw.name, *change.name, "snapshot name");
            !fits)
            return fits;
    }
    if (change.isLocked) {
        what |= VEXFS_SNAPSHOT_LOCKED;
        raw.flags = put(*change.isLocked ? VEXFS_SNAPSHOT_LOCKED : 0U);
    }
    raw.what = put(what);
    return callDriver(fd, VEXFS_IOC_SNAPSHOT_CHANGE, &raw, "change a snapshot");
}

base::Result<uint64_t> rollBack(int fd, uint64_t id, const QByteArray &safetyName)
{
    vexfs_ioc_rollback raw = {};
    raw.id = put(id);
    if (auto fits = setTextField(raw.name, sizeof raw.name, safetyName, "snapshot name"); !fits)
        return tl::unexpected(fits.error());
    if (auto done = callDriver(fd, VEXFS_IOC_ROLLBACK, &raw, "roll back"); !done)
        return tl::unexpected(done.error());
    return get(raw.safety_id);
}

base::Result<SnapshotSpace> snapshotSpace(int fd, const QVector<uint64_t> &ids,
                                          bool withReferenced)
{
    vexfs_ioc_snapshot_space raw = {};
    uint32_t count = 0;
    for (const uint64_t id : ids) {
        // Hidden ones would be in a longer range, and are not meant: each has one of its own.
        if (count == VEXFS_IOC_RANGES_MAX) {
            return base::fail(Errc::TooLarge, QStringLiteral("More than %1 snapshots at once")
                                                  .arg(VEXFS_IOC_RANGES_MAX));
        }
        raw.ranges[count].first = put(id);
        raw.ranges[count].last = put(id);
        ++count;
    }
    raw.count = put(count);
    raw.flags = put(withReferenced ? VEXFS_SPACE_REFERENCED : 0U);
    if (auto done = callDriver(fd, VEXFS_IOC_SNAPSHOT_SPACE, &raw, "count what snapshots take");
        !done)
        return tl::unexpected(done.error());
    return SnapshotSpace{get(raw.snapshots), get(raw.reclaim_bytes), get(raw.referenced_bytes)};
}

} // namespace vexfs::ctl

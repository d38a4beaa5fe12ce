// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// Control calls about snapshots that are there (uapi/vexfs/ioctl_snapshots.h).
#include "kernel/fuse/control/ioctl.h"
#include "kernel/fuse/snapshot_changes.h"

#include <cerrno>
#include <endian.h>
#include <memory>
#include <vector>
#include <vexfs/ioctl.h>

namespace vexfs::fuse {

static_assert(VEXFS_SNAPSHOT_LOCKED == VEXFS_TREE_LOCKED);
static_assert(VEXFS_SNAPSHOT_STAGING == VEXFS_TREE_STAGING);

namespace {

void replyDone(fuse_req_t request, int error)
{
    if (error)
        replyError(request, error);
    else
        fuse_reply_ioctl(request, 0, nullptr, 0);
}

} // namespace

void ioctlSnapshotChange(const IoctlCall &call)
{
    const std::shared_ptr<vexfs_ioc_snapshot_change> argument =
        call.argument<vexfs_ioc_snapshot_change>(true);
    const int nameBytes =
        argument ? boundedLength(argument->name, sizeof(argument->name)) : -EINVAL;
    if (nameBytes < 0 || !isZero(argument->reserved, 4)) {
        call.fail(-EINVAL);
        return;
    }
    if (!isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    const u32 what = le32toh(argument->what);
    const bool renames = what & VEXFS_SNAPSHOT_CHANGE_NAME;
    vexfs_snapshot_change change{};
    change.id = le64toh(argument->id);
    change.mask = what & ~VEXFS_SNAPSHOT_CHANGE_NAME;
    change.flags = le32toh(argument->flags);
    change.name = renames ? argument->name : nullptr;
    change.name_bytes = static_cast<u32>(nameBytes);
    if (!renames && nameBytes != 0) {
        call.fail(-EINVAL);
        return;
    }
    const bool fixes = (change.mask & ~change.flags) & VEXFS_TREE_WRITABLE;
    if (!fixes) {
        replyDone(call.request, vexfs_volume_snapshot_change(call.driver.volume, &change));
        return;
    }
    // What the kernel has of the tree can be written back now, and not afterwards.
    changeUnderKernel(
        call.driver, change.id,
        [&driver = call.driver, argument, change] {
            return vexfs_volume_snapshot_change(driver.volume, &change);
        },
        [request = call.request](int error) { replyDone(request, error); });
}

void ioctlRollback(const IoctlCall &call)
{
    const std::shared_ptr<vexfs_ioc_rollback> argument = call.argument<vexfs_ioc_rollback>(true);
    const int nameBytes =
        argument ? boundedLength(argument->name, sizeof(argument->name)) : -EINVAL;
    if (nameBytes < 0 || argument->reserved0 != 0 || argument->safety_id != 0 ||
        argument->generation != 0 || !isZero(argument->reserved, 4)) {
        call.fail(-EINVAL);
        return;
    }
    if (!isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    changeUnderKernel(
        call.driver, VEXFS_VOLUME_TREE_LIVE,
        [&driver = call.driver, argument, nameBytes] {
            vexfs_snapshot safety{};
            const int error = vexfs_volume_rollback(
                driver.volume, le64toh(argument->id), argument->name, static_cast<u32>(nameBytes),
                le32toh(argument->flags), &safety);
            argument->safety_id = htole64(safety.id);
            argument->generation = htole64(safety.generation);
            return error;
        },
        [request = call.request, argument](int error) {
            if (error)
                replyError(request, error);
            else
                fuse_reply_ioctl(request, 0, argument.get(), sizeof(*argument));
        });
}

void ioctlSnapshotSpace(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_snapshot_space>(true);
    const u32 count = argument ? le32toh(argument->count) : 0;
    if (count == 0 || count > VEXFS_IOC_RANGES_MAX || argument->snapshots != 0 ||
        argument->reclaim_bytes != 0 || argument->referenced_bytes != 0 ||
        (le32toh(argument->flags) & ~VEXFS_SPACE_REFERENCED) || !isZero(argument->reserved, 4)) {
        call.fail(-EINVAL);
        return;
    }
    if (!isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    std::vector<vexfs_id_range> ranges(count);
    for (u32 i = 0; i < count; i++) {
        ranges[i].first = le64toh(argument->ranges[i].first);
        ranges[i].last = le64toh(argument->ranges[i].last);
    }
    vexfs_space_query query{};
    query.ranges = ranges.data();
    query.ranges_count = count;
    query.referenced = le32toh(argument->flags) & VEXFS_SPACE_REFERENCED;
    query.context = call.request;
    query.interrupted = [](void *context) {
        return fuse_req_interrupted(static_cast<fuse_req_t>(context)) != 0;
    };
    vexfs_space_answer answer{};
    const int error = vexfs_volume_snapshot_space(call.driver.volume, &query, &answer);
    call.driver.waits.poll();
    if (error) {
        call.fail(error);
        return;
    }
    argument->snapshots = htole64(answer.snapshots);
    argument->reclaim_bytes = htole64(answer.reclaim_blocks * VEXFS_BLOCK_BYTES);
    argument->referenced_bytes = htole64(answer.referenced_blocks * VEXFS_BLOCK_BYTES);
    call.reply(*argument);
}

} // namespace vexfs::fuse

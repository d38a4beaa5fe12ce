// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// Control calls about snapshots and the difference of trees.
#include "kernel/fuse/control/ioctl.h"

#include <array>
#include <cerrno>
#include <endian.h>
#include <vexfs/ioctl.h>

namespace vexfs::fuse {

static_assert(VEXFS_SNAPSHOT_WRITABLE == VEXFS_TREE_WRITABLE);
static_assert(VEXFS_SNAPSHOT_HIDDEN == VEXFS_TREE_HIDDEN);
static_assert(VEXFS_CHANGE_CREATED == VEXFS_DIFF_CREATED);
static_assert(VEXFS_CHANGE_ENTRIES == VEXFS_DIFF_ENTRIES);

void ioctlSnapshotCreate(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_snapshot_create>(true);
    if (!argument) {
        call.fail(-EINVAL);
        return;
    }
    const u32 flags = le32toh(argument->flags);
    const int nameBytes = boundedLength(argument->name, sizeof(argument->name));
    if (!isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    if (nameBytes < 0 || (flags & ~VEXFS_TREE_FLAGS) || argument->reserved0 != 0 ||
        argument->id != 0 || argument->generation != 0 || argument->created_ns != 0 ||
        !isZero(argument->reserved, 4)) {
        call.fail(-EINVAL);
        return;
    }
    vexfs_snapshot row{};
    const int error = vexfs_volume_snapshot_create(call.driver.volume, le64toh(argument->source),
                                                   argument->name, static_cast<u32>(nameBytes),
                                                   flags, &row);
    call.driver.waits.poll();
    if (error) {
        call.fail(error);
        return;
    }
    argument->id = htole64(row.id);
    argument->generation = htole64(row.generation);
    argument->created_ns = htole64(static_cast<uint64_t>(row.created_ns));
    call.reply(*argument);
}

void ioctlSnapshotDelete(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_snapshot_delete>(true);
    const int nameBytes =
        argument ? boundedLength(argument->name, sizeof(argument->name)) : -EINVAL;
    const uint32_t flags = argument ? le32toh(argument->flags) : 0;
    if (nameBytes < 0 || argument->reserved0 != 0 || !isZero(argument->reserved, 2)
        || (flags & ~VEXFS_SNAPSHOT_DELETE_SOON) != 0) {
        call.fail(-EINVAL);
        return;
    }
    if (!isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    uint64_t id = le64toh(argument->id);
    if (id == 0) {
        vexfs_snapshot row{};
        const int error = vexfs_volume_snapshot_lookup(call.driver.volume, argument->name,
                                                       static_cast<u32>(nameBytes), &row);
        if (error) {
            call.fail(error);
            return;
        }
        id = row.id;
    }
    const bool isSoon = (flags & VEXFS_SNAPSHOT_DELETE_SOON) != 0;
    if (const int error = isSoon ? vexfs_volume_snapshot_drop(call.driver.volume, id)
                                 : vexfs_volume_snapshot_delete(call.driver.volume, id))
        call.fail(error);
    else
        call.succeed();
}

void ioctlSnapshotList(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_snapshot_list>(true);
    if (!argument || argument->count != 0 || !isZero(argument->reserved, 2) ||
        (le32toh(argument->flags) & ~VEXFS_SNAPSHOT_HIDDEN)) {
        call.fail(-EINVAL);
        return;
    }
    auto rows = std::make_unique<std::array<vexfs_snapshot, VEXFS_IOC_SNAPSHOTS_MAX>>();
    u32 count = 0;
    const int error = vexfs_volume_snapshot_list(call.driver.volume, le64toh(argument->after),
                                                 le32toh(argument->flags), rows->data(),
                                                 VEXFS_IOC_SNAPSHOTS_MAX, &count);
    if (error) {
        call.fail(error);
        return;
    }
    auto out = std::make_unique<vexfs_ioc_snapshot_list>();
    out->after = argument->after;
    out->flags = argument->flags;
    out->count = htole32(count);
    for (u32 i = 0; i < count; i++) {
        const vexfs_snapshot &row = (*rows)[i];
        vexfs_ioc_snapshot &to = out->rows[i];
        to.id = htole64(row.id);
        to.source = htole64(row.source);
        to.generation = htole64(row.generation);
        to.created_ns = htole64(static_cast<uint64_t>(row.created_ns));
        to.flags = htole32(row.flags);
        to.inodes = htole64(row.inodes);
        static_assert(sizeof(to.name) == sizeof(row.name));
        memcpy(to.name, row.name, row.name_bytes);
    }
    call.reply(*out);
}

void ioctlDiff(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_diff>(true);
    if (!argument || argument->count != 0 || argument->flags != 0 ||
        !isZero(argument->reserved, 4)) {
        call.fail(-EINVAL);
        return;
    }
    if (!isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    auto rows = std::make_unique<std::array<vexfs_change, VEXFS_IOC_CHANGES_MAX>>();
    u32 count = 0;
    bool isEnd = false;
    const int error = vexfs_volume_diff(call.driver.volume, le64toh(argument->from),
                                        le64toh(argument->to), le64toh(argument->after_ino),
                                        rows->data(), VEXFS_IOC_CHANGES_MAX, &count, &isEnd);
    if (error) {
        call.fail(error);
        return;
    }
    auto out = std::make_unique<vexfs_ioc_diff>();
    out->from = argument->from;
    out->to = argument->to;
    out->after_ino = argument->after_ino;
    out->count = htole32(count);
    out->flags = htole32(isEnd ? VEXFS_DIFF_END : 0);
    for (u32 i = 0; i < count; i++) {
        const vexfs_change &row = (*rows)[i];
        out->rows[i].ino = htole64(row.ino);
        out->rows[i].kinds = htole32(row.kinds);
        out->rows[i].mode = htole32(row.mode);
    }
    call.reply(*out);
}

} // namespace vexfs::fuse

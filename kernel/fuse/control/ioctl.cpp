// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// The control ABI (uapi/vexfs/ioctl.h): which call is meant, and those about the volume as a whole.
#include "kernel/fuse/control/ioctl.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <endian.h>
#include <linux/fs.h>
#include <vexfs/ioctl.h>

namespace vexfs::fuse {

static_assert(VEXFS_TREE_LIVE == VEXFS_VOLUME_TREE_LIVE);
static_assert(VEXFS_TREE_INDEX == VEXFS_VOLUME_TREE_INDEX);
static_assert(VEXFS_TREE_FIRST == VEXFS_VOLUME_TREE_FIRST);

namespace {

struct Handler
{
    unsigned int command;
    void (*answer)(const IoctlCall &call);
    bool isShort = false;
};

constexpr std::array kHandlers = {
    Handler{VEXFS_IOC_VOLUME, ioctlVolume, true},
    Handler{VEXFS_IOC_SYNC, ioctlSync},
    Handler{VEXFS_IOC_WAIT, ioctlWait},
    Handler{VEXFS_IOC_SNAPSHOT_CREATE, ioctlSnapshotCreate},
    Handler{VEXFS_IOC_SNAPSHOT_DELETE, ioctlSnapshotDelete},
    Handler{VEXFS_IOC_SNAPSHOT_LIST, ioctlSnapshotList},
    Handler{VEXFS_IOC_DIFF, ioctlDiff},
    Handler{VEXFS_IOC_STAT, ioctlStat, true},
    Handler{VEXFS_IOC_PATH, ioctlPath, true},
    Handler{VEXFS_IOC_FORK_READ, ioctlForkRead, true},
    Handler{VEXFS_IOC_FORK_WRITE, ioctlForkWrite, true},
    Handler{VEXFS_IOC_STATS, ioctlStats},
    Handler{VEXFS_IOC_SCRUB, ioctlScrub},
    Handler{VEXFS_IOC_SCRUB_LIST, ioctlScrubList},
    Handler{VEXFS_IOC_GROW, ioctlGrow},
    Handler{VEXFS_IOC_LABEL, ioctlLabel},
    Handler{VEXFS_IOC_SEARCH, ioctlSearch},
    Handler{VEXFS_IOC_LOOK, ioctlLook, true},
    Handler{VEXFS_IOC_SNAPSHOT_CHANGE, ioctlSnapshotChange},
    Handler{VEXFS_IOC_ROLLBACK, ioctlRollback},
    Handler{VEXFS_IOC_SNAPSHOT_SPACE, ioctlSnapshotSpace},
    Handler{FITRIM, ioctlTrim},
    Handler{FS_IOC_GETFLAGS, ioctlGetFlags, true},
    Handler{FS_IOC_FSGETXATTR, ioctlGetExtendedFlags},
    Handler{FS_IOC_SETFLAGS, ioctlSetFlags},
};

void doIoctl(fuse_req_t request, fuse_ino_t node, unsigned int command, void *,
             fuse_file_info *file, unsigned, const void *in, size_t inBytes, size_t)
{
    const IoctlCall call{request, driverOf(request), node, file ? file->fh : 0, in, inBytes};
    for (const Handler &handler : kHandlers) {
        if (handler.command == command) {
            handler.answer(call);
            return;
        }
    }
    fuse_reply_err(request, ENOTTY);
}

} // namespace

int boundedLength(const char *text, size_t size)
{
    const size_t length = strnlen(text, size);
    return length == size ? -EINVAL : static_cast<int>(length);
}

void fillIoctlOperation(fuse_lowlevel_ops *operations)
{
    operations->ioctl = doIoctl;
}

bool isShortControlCall(unsigned command)
{
    const auto *handler = std::find_if(kHandlers.begin(), kHandlers.end(), [=](const Handler &one) {
        return one.command == command;
    });
    return handler != kHandlers.end() && handler->isShort;
}

void ioctlVolume(const IoctlCall &call)
{
    struct vexfs_volume_info info{};
    vexfs_volume_info(call.driver.volume, &info);
    vexfs_ioc_volume out{};
    out.abi = htole32(VEXFS_IOC_ABI);
    out.flags = htole32((info.read_only ? VEXFS_VOLUME_READ_ONLY : 0) |
                        (info.poisoned ? VEXFS_VOLUME_POISONED : 0));
    memcpy(out.uuid, info.uuid, sizeof(out.uuid));
    out.generation = htole64(info.generation);
    out.live_generation = htole64(info.live_generation);
    out.size_bytes = htole64(info.size_blocks * VEXFS_BLOCK_BYTES);
    out.used_bytes = htole64((info.size_blocks - info.fixed_blocks - info.free_blocks)
                             * VEXFS_BLOCK_BYTES);
    out.free_bytes = htole64(info.available_blocks * VEXFS_BLOCK_BYTES);
    out.snapshots = htole64(info.snapshots);
    out.snapshot_changes = htole64(info.snapshot_changes);
    out.inodes = htole64(info.inodes);
    out.vectors_bytes = htole64(info.vectors_bytes);
    // Directories that are on no disk belong to no tree.
    const vexfs_id id = isVirtual(call.node) ? vexfs_id{0, 0} : idOfNode(call.node);
    out.tree = htole64(id.tree);
    out.ino = htole64(id.ino);
    out.format_version = htole32(info.format_version);
    out.block_bytes = htole32(VEXFS_BLOCK_BYTES);
    static_assert(sizeof(out.label) == sizeof(info.label));
    memcpy(out.label, info.label, sizeof(out.label));
    call.reply(out);
}

void ioctlSync(const IoctlCall &call)
{
    u64 generation = 0;
    call.driver.commitsAsked.fetch_add(1, std::memory_order_relaxed);
    const int error = vexfs_volume_commit(call.driver.volume, &generation);
    call.driver.waits.poll();
    if (error) {
        call.fail(error);
        return;
    }
    vexfs_ioc_sync out{};
    out.generation = htole64(generation);
    call.reply(out);
}

void ioctlWait(const IoctlCall &call)
{
    constexpr uint32_t kTimeoutMaxMs = 600000;
    const auto argument = call.argument<vexfs_ioc_wait>(true);
    const uint32_t timeoutMs = argument ? le32toh(argument->timeout_ms) : 0;
    if (!argument || timeoutMs > kTimeoutMaxMs || argument->reserved0 != 0 ||
        !isZero(argument->reserved, 2)) {
        call.fail(-EINVAL);
        return;
    }
    call.driver.waits.add(call.request, le64toh(argument->since), timeoutMs);
}

namespace {

void addCounter(vexfs_ioc_stats &out, const char *name, uint64_t value, u32 kind, u32 unit)
{
    const u32 row = le32toh(out.count);
    if (row >= VEXFS_IOC_COUNTERS_MAX)
        return;
    vexfs_ioc_counter &counter = out.rows[row];
    strncpy(counter.name, name, sizeof(counter.name) - 1);
    counter.value = htole64(value);
    counter.kind = htole32(kind);
    counter.unit = htole32(unit);
    out.count = htole32(row + 1);
}

} // namespace

void ioctlStats(const IoctlCall &call)
{
    constexpr u32 kCounter = 0;
    constexpr u32 kGauge = 1;
    constexpr u32 kCount = 0;
    constexpr u32 kBytes = 1;
    Driver &driver = call.driver;
    auto out = std::make_unique<vexfs_ioc_stats>();
    std::array<vexfs_counter, VEXFS_IOC_COUNTERS_MAX> rows{};
    const u32 count =
        vexfs_volume_counters(driver.volume, rows.data(), static_cast<u32>(rows.size()));
    addCounter(*out, "fuse.lookups", driver.lookups, kCounter, kCount);
    addCounter(*out, "fuse.reads", driver.reads, kCounter, kCount);
    addCounter(*out, "fuse.read_bytes", driver.readBytes, kCounter, kBytes);
    addCounter(*out, "fuse.writes", driver.writes, kCounter, kCount);
    addCounter(*out, "fuse.write_bytes", driver.writeBytes, kCounter, kBytes);
    addCounter(*out, "fuse.commits_asked", driver.commitsAsked, kCounter, kCount);
    addCounter(*out, "fuse.syncs_asked", driver.syncsAsked, kCounter, kCount);
    addCounter(*out, "fuse.nodes_held", driver.nodes.size(), kGauge, kCount);
    addCounter(*out, "fuse.waiters", driver.waits.size(), kGauge, kCount);
    for (u32 i = 0; i < count; i++)
        addCounter(*out, rows[i].name, rows[i].value, rows[i].kind, rows[i].unit);
    out->time_us = htole64(vexfs_port_monotonic_us());
    call.reply(*out);
}

} // namespace vexfs::fuse

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// The calls of the control ABI that look after a volume in use: scrub, grow, label, trim.
#include "kernel/fuse/control/ioctl.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <endian.h>
#include <linux/fs.h>
#include <vexfs/ioctl.h>
#include <vexfs/maintain.h>

namespace vexfs::fuse {

static_assert(static_cast<int>(ScrubState::None) == VEXFS_SCRUB_STATE_NONE);
static_assert(static_cast<int>(ScrubState::Running) == VEXFS_SCRUB_STATE_RUNNING);
static_assert(static_cast<int>(ScrubState::Done) == VEXFS_SCRUB_STATE_DONE);
static_assert(static_cast<int>(ScrubState::Stopped) == VEXFS_SCRUB_STATE_STOPPED);
static_assert(static_cast<int>(ScrubState::Failed) == VEXFS_SCRUB_STATE_FAILED);

namespace {

void replyStatus(const IoctlCall &call)
{
    const ScrubStatus status = call.driver.scrubber.status();
    vexfs_ioc_scrub out{};
    out.state = htole32(static_cast<uint32_t>(status.state));
    out.rate_bytes = htole64(status.rateBytes);
    out.done_bytes = htole64(status.progress.done_blocks * VEXFS_BLOCK_BYTES);
    out.used_bytes = htole64(status.progress.used_blocks * VEXFS_BLOCK_BYTES);
    out.findings = htole64(status.progress.findings);
    out.rows = htole64(status.rows);
    out.started_ns = htole64(static_cast<uint64_t>(status.startedNs));
    out.ended_ns = htole64(static_cast<uint64_t>(status.endedNs));
    call.reply(out);
}

} // namespace

void ioctlScrub(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_scrub>(true);
    const uint32_t action = argument ? le32toh(argument->action) : 0;
    if (!argument || action > VEXFS_SCRUB_STOP || !isZero(argument->reserved, 8)) {
        call.fail(-EINVAL);
        return;
    }
    if (action != VEXFS_SCRUB_STATUS && !isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    int error = 0;
    if (action == VEXFS_SCRUB_START)
        error = call.driver.scrubber.start(le64toh(argument->rate_bytes));
    else if (action == VEXFS_SCRUB_STOP)
        call.driver.scrubber.stop();
    if (error)
        call.fail(error);
    else
        replyStatus(call);
}

void ioctlScrubList(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_scrub_list>(true);
    if (!argument || argument->reserved0 != 0 || !isZero(argument->reserved, 2)) {
        call.fail(-EINVAL);
        return;
    }
    if (!isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    auto out = std::make_unique<vexfs_ioc_scrub_list>();
    out->first = argument->first;
    uint32_t count = 0;
    for (const ScrubRow &row :
         call.driver.scrubber.rows(le64toh(argument->first), VEXFS_IOC_SCRUB_ROWS_MAX)) {
        vexfs_ioc_scrub_row &to = out->rows[count++];
        to.tree = htole64(row.tree);
        to.ino = htole64(row.ino);
        to.block = htole64(row.block);
        to.error = htole32(static_cast<uint32_t>(-row.error));
        strncpy(to.what, row.what.c_str(), sizeof(to.what) - 1);
    }
    out->count = htole32(count);
    call.reply(*out);
}

void ioctlGrow(const IoctlCall &call)
{
    if (!isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    u64 sizeBlocks = 0;
    int error = vexfs_dev_measure(call.driver.device);
    if (!error)
        error = vexfs_volume_grow(call.driver.volume, &sizeBlocks);
    if (error) {
        call.fail(error);
        return;
    }
    vexfs_ioc_grow out{};
    out.size_bytes = htole64(sizeBlocks * VEXFS_BLOCK_BYTES);
    call.reply(out);
}

void ioctlLabel(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_label>(true);
    const int length =
        argument ? boundedLength(argument->label, sizeof(argument->label)) : -EINVAL;
    if (length < 0 || !isZero(argument->reserved, 2)) {
        call.fail(-EINVAL);
        return;
    }
    if (!isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    const int error = vexfs_volume_set_label(call.driver.volume, argument->label,
                                             static_cast<u32>(length));
    if (error)
        call.fail(error);
    else
        call.succeed();
}

// FITRIM, as fstrim(8) asks it of any filesystem.
void ioctlTrim(const IoctlCall &call)
{
    const auto argument = call.argument<fstrim_range>(true);
    if (!isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    struct vexfs_volume_info info{};
    vexfs_volume_info(call.driver.volume, &info);
    const uint64_t sizeBytes = info.size_blocks * VEXFS_BLOCK_BYTES;
    if (!argument || argument->start >= sizeBytes || argument->len < VEXFS_BLOCK_BYTES ||
        argument->minlen > uint64_t{VEXFS_TRIM_RUN_MAX} * VEXFS_BLOCK_BYTES) {
        call.fail(-EINVAL);
        return;
    }
    const uint64_t bytes = std::min<uint64_t>(argument->len, sizeBytes - argument->start);
    vexfs_trim trim{};
    // Whole blocks within the range.
    trim.block = (argument->start + VEXFS_BLOCK_BYTES - 1) / VEXFS_BLOCK_BYTES;
    trim.end = (argument->start + bytes) / VEXFS_BLOCK_BYTES;
    trim.min_blocks =
        std::max<uint64_t>((argument->minlen + VEXFS_BLOCK_BYTES - 1) / VEXFS_BLOCK_BYTES, 1);
    int more = 1;
    while (more == 1)
        more = fuse_req_interrupted(call.request) ? -EINTR
                                                  : vexfs_volume_trim_step(call.driver.volume,
                                                                           &trim);
    if (more) {
        call.fail(more);
        return;
    }
    fstrim_range out = *argument;
    out.len = trim.trimmed_blocks * VEXFS_BLOCK_BYTES;
    call.reply(out);
}

} // namespace vexfs::fuse

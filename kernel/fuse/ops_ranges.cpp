// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// Requests about ranges of content: fallocate, lseek for holes and data, copy_file_range.
#include "driver.h"
#include "raw_requests.h"

#include <algorithm>
#include <cerrno>
#include <linux/falloc.h>
#include <unistd.h>
#include <vexfs/ranges.h>

namespace vexfs::fuse {

namespace {

static_assert(VEXFS_ALLOCATE_KEEP_SIZE == FALLOC_FL_KEEP_SIZE &&
              VEXFS_ALLOCATE_PUNCH == FALLOC_FL_PUNCH_HOLE &&
              VEXFS_ALLOCATE_ZERO == FALLOC_FL_ZERO_RANGE);

/// The kernel takes no longer answer to copy_file_range.
constexpr uint64_t kCopyBytesMax = 1u << 30;

void doFallocate(fuse_req_t request, fuse_ino_t node, int mode, off_t offset, off_t length,
                 fuse_file_info *)
{
    Driver &driver = driverOf(request);
    const vexfs_id id = idOfNode(node);
    u64 at = static_cast<u64>(offset);
    u64 left = static_cast<u64>(length);
    int error = length <= 0 ? -EINVAL : 0;
    while (!error && left > 0) {
        u64 done = 0;
        error = vexfs_volume_allocate(driver.volume, id, static_cast<u32>(mode), at, left, &done);
        at += done;
        left -= done;
    }
    driver.accessTimes.noteChange(node);
    // Who may keep set-id bits is not told here; only root may, nearly.
    if (!error && fuse_req_ctx(request)->uid != 0)
        error = dropSetId(request, id);
    replyError(request, error);
}

void doCopyFileRange(fuse_req_t request, fuse_ino_t from, off_t fromOffset, fuse_file_info *,
                     fuse_ino_t to, off_t toOffset, fuse_file_info *, size_t length, int flags)
{
    Driver &driver = driverOf(request);
    vexfs_clone clone{};
    clone.from = idOfNode(from);
    clone.to = idOfNode(to);
    clone.from_offset = static_cast<u64>(fromOffset);
    clone.to_offset = static_cast<u64>(toOffset);
    clone.len_bytes = std::min<u64>(length, kCopyBytesMax);
    u64 done = 0;
    int error = flags ? -EINVAL : vexfs_volume_copy(driver.volume, &clone, &done);
    driver.accessTimes.noteRead(from);
    driver.accessTimes.noteChange(to);
    if (!error && fuse_req_ctx(request)->uid != 0)
        error = dropSetId(request, clone.to);
    if (error)
        replyError(request, error);
    else
        fuse_reply_write(request, done);
}

void answerSeek(fuse_req_t request, fuse_ino_t node, off_t offset, int whence)
{
    u64 found = 0;
    const int error = vexfs_volume_seek(driverOf(request).volume, idOfNode(node),
                                        static_cast<u64>(offset), whence == SEEK_HOLE, &found);
    if (error)
        replyError(request, error);
    else
        fuse_reply_lseek(request, static_cast<off_t>(found));
}

void doLseek(fuse_req_t request, fuse_ino_t node, off_t offset, int whence, fuse_file_info *)
{
    if (isVirtual(node) || (whence != SEEK_HOLE && whence != SEEK_DATA)) {
        fuse_reply_err(request, EINVAL);
        return;
    }
    Driver &driver = driverOf(request);
    if (!driver.writers.has(node)) {
        answerSeek(request, node, offset, whence);
        return;
    }
    // The kernel may hold what was written and does not write it back for this by itself.
    driver.worker.add([=, &driver] {
        fuse_lowlevel_notify_inval_inode(driver.session, node, 0, 0);
        answerSeek(request, node, offset, whence);
    });
}

} // namespace

void fillRangeOperations(fuse_lowlevel_ops *operations)
{
    operations->fallocate = doFallocate;
    operations->copy_file_range = doCopyFileRange;
    operations->lseek = doLseek;
}

} // namespace vexfs::fuse

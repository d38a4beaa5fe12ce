// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// Requests about content: open, read, write, fsync.
#include "driver.h"
#include "raw_requests.h"

#include <cerrno>
#include <fcntl.h>
#include <memory>

namespace vexfs::fuse {

namespace {

/// One buffer for each thread of the session, as large as the largest read so far.
char *readBuffer(size_t size)
{
    thread_local std::unique_ptr<char[]> buffer;
    thread_local size_t bytes = 0;
    if (bytes < size) {
        buffer.reset(new char[size]);
        bytes = size;
    }
    return buffer.get();
}

void doOpen(fuse_req_t request, fuse_ino_t node, fuse_file_info *file)
{
    Driver &driver = driverOf(request); // a request is gone once it is answered
    const int access = file->flags & O_ACCMODE;
    // Said here, because with a writeback cache write(2) would succeed and the data be lost later.
    if (access != O_RDONLY && !isTreeWritable(driver, idOfNode(node).tree)) {
        fuse_reply_err(request, EROFS);
        return;
    }
    openedFile(driver, node, file);
    if (fuse_reply_open(request, file) == -ENOENT)
        closedFile(driver, node, file->flags);
}

void doRelease(fuse_req_t request, fuse_ino_t node, fuse_file_info *file)
{
    closedFile(driverOf(request), node, file->flags);
    fuse_reply_err(request, 0);
}

void doRead(fuse_req_t request, fuse_ino_t node, size_t size, off_t offset, fuse_file_info *file)
{
    Driver &driver = driverOf(request);
    if (!(file->flags & O_NOATIME))
        driver.accessTimes.noteRead(node);
    char *buffer = readBuffer(size);
    u32 got = 0;
    const int error =
        vexfs_volume_read(driver.volume, idOfNode(node), 0,
                          static_cast<u64>(offset), buffer, static_cast<u32>(size), &got);
    driver.reads.fetch_add(1, std::memory_order_relaxed);
    driver.readBytes.fetch_add(got, std::memory_order_relaxed);
    if (error)
        replyError(request, error);
    else
        fuse_reply_buf(request, buffer, got);
}

void doWrite(fuse_req_t request, fuse_ino_t node, const char *data, size_t size, off_t offset,
             fuse_file_info *)
{
    Driver &driver = driverOf(request);
    u32 done = 0;
    int error = requestExtras().killsSetId ? dropSetId(request, idOfNode(node)) : 0;
    if (!error)
        error = vexfs_volume_write(driver.volume, idOfNode(node), 0, static_cast<u64>(offset), data,
                                   static_cast<u32>(size), &done);
    driver.accessTimes.noteChange(node);
    driver.writers.noteWrite(node);
    driver.writes.fetch_add(1, std::memory_order_relaxed);
    driver.writeBytes.fetch_add(done, std::memory_order_relaxed);
    if (error)
        replyError(request, error);
    else
        fuse_reply_write(request, done);
}

void doFsync(fuse_req_t request, fuse_ino_t node, int, fuse_file_info *)
{
    Driver &driver = driverOf(request);
    driver.syncsAsked.fetch_add(1, std::memory_order_relaxed);
    const int error = vexfs_volume_fsync(driver.volume, idOfNode(node));
    driver.waits.poll();
    replyError(request, error);
}

} // namespace

// Left out on purpose. flush: the kernel writes back on close by itself. Locks: those of the kernel
// do, since nobody else opens the files.
void fillDataOperations(fuse_lowlevel_ops *operations)
{
    operations->open = doOpen;
    operations->release = doRelease;
    operations->read = doRead;
    operations->write = doWrite;
    operations->fsync = doFsync;
}

} // namespace vexfs::fuse

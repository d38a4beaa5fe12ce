// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// Control calls about one inode: attributes and path by number, and its forks.
#include "kernel/fuse/control/ioctl.h"

#include <cerrno>
#include <endian.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <vexfs/ioctl.h>

namespace vexfs::fuse {

static_assert(VEXFS_FORK_VECTORS < VEXFS_FORK_COUNT);

namespace {

uint64_t nanoseconds(const vexfs_time &time)
{
    return htole64(static_cast<uint64_t>(time.sec * 1000000000 + time.nsec));
}

int absentIsEnoent(int error)
{
    return error == -ESTALE ? -ENOENT : error;
}

/// Root, the file's owner or the volume's.
int checkFileOwner(const IoctlCall &call)
{
    vexfs_attr attr{};
    if (const int error = vexfs_volume_getattr(call.driver.volume, idOfNode(call.node), &attr))
        return error;
    const uid_t uid = call.uid();
    return uid == attr.uid || isVolumeOwner(call.driver, uid) ? 0 : -EPERM;
}

/// Vectors tell what a text says, so they are read by those who may read it: the descriptor shows
/// that, unless it is write-only.
int checkReader(const IoctlCall &call)
{
    return call.openFlags == O_WRONLY ? checkFileOwner(call) : 0;
}

} // namespace

void ioctlStat(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_stat>(true);
    if (!argument || !isZero(argument->reserved, 4)) {
        call.fail(-EINVAL);
        return;
    }
    if (!isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    const vexfs_id id{le64toh(argument->tree), le64toh(argument->ino)};
    vexfs_attr attr{};
    if (const int error = vexfs_volume_getattr(call.driver.volume, id, &attr)) {
        call.fail(absentIsEnoent(error));
        return;
    }
    vexfs_ioc_stat out{};
    out.tree = argument->tree;
    out.ino = argument->ino;
    out.mode = htole32(attr.mode);
    out.nlink = htole32(attr.nlink);
    out.uid = htole32(attr.uid);
    out.gid = htole32(attr.gid);
    out.size_bytes = htole64(attr.size_bytes);
    out.allocated_bytes = htole64(attr.allocated_bytes);
    out.vectors_bytes = htole64(attr.vectors_bytes);
    out.data_generation = htole64(attr.data_generation);
    out.mtime_ns = nanoseconds(attr.mtime);
    out.ctime_ns = nanoseconds(attr.ctime);
    out.btime_ns = nanoseconds(attr.btime);
    call.reply(out);
}

void ioctlPath(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_path>(true);
    if (!argument || argument->reserved0 != 0 || !isZero(argument->reserved, 2)) {
        call.fail(-EINVAL);
        return;
    }
    if (!isVolumeOwner(call.driver, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    const vexfs_id id{le64toh(argument->tree), le64toh(argument->ino)};
    auto out = std::make_unique<vexfs_ioc_path>();
    out->tree = argument->tree;
    out->ino = argument->ino;
    out->index = argument->index;
    const int error = vexfs_volume_path(call.driver.volume, id, le32toh(argument->index), out->path,
                                        sizeof(out->path));
    if (error)
        call.fail(absentIsEnoent(error));
    else
        call.reply(*out);
}

void ioctlForkRead(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_fork_read>(true);
    const u32 fork = argument ? le32toh(argument->fork) : VEXFS_FORK_COUNT;
    if (fork >= VEXFS_FORK_COUNT || argument->size_bytes != 0 || isVirtual(call.node) ||
        le32toh(argument->len_bytes) > VEXFS_IOC_FORK_DATA_BYTES ||
        le64toh(argument->offset_bytes) > VEXFS_FILE_MAX_BYTES) {
        call.fail(-EINVAL);
        return;
    }
    if (const int error = checkReader(call)) {
        call.fail(error);
        return;
    }
    const vexfs_id id = idOfNode(call.node);
    auto out = std::make_unique<vexfs_ioc_fork_read>();
    vexfs_attr attr{};
    u32 got = 0;
    int error = vexfs_volume_getattr(call.driver.volume, id, &attr);
    if (!error && S_ISREG(attr.mode))
        error = vexfs_volume_read(call.driver.volume, id, fork, le64toh(argument->offset_bytes),
                                  out->data, le32toh(argument->len_bytes), &got);
    if (error) {
        call.fail(error);
        return;
    }
    out->fork = argument->fork;
    out->offset_bytes = argument->offset_bytes;
    out->len_bytes = htole32(got);
    if (S_ISREG(attr.mode))
        out->size_bytes = htole64(fork == VEXFS_FORK_DATA ? attr.size_bytes : attr.vectors_bytes);
    call.reply(*out);
}

void ioctlForkWrite(const IoctlCall &call)
{
    const auto argument = call.argument<vexfs_ioc_fork_write>(true);
    const u32 fork = argument ? le32toh(argument->fork) : VEXFS_FORK_DATA;
    const u32 flags = argument ? le32toh(argument->flags) : 0;
    if (fork == VEXFS_FORK_DATA || fork >= VEXFS_FORK_COUNT || isVirtual(call.node) ||
        (flags & ~VEXFS_FORK_WRITE_TRUNCATE) || argument->reserved0 != 0 ||
        le32toh(argument->len_bytes) > VEXFS_IOC_FORK_DATA_BYTES ||
        le64toh(argument->offset_bytes) > VEXFS_FILE_MAX_BYTES - VEXFS_IOC_FORK_DATA_BYTES) {
        call.fail(-EINVAL);
        return;
    }
    if (const int error = checkFileOwner(call)) {
        call.fail(error);
        return;
    }
    const vexfs_id id = idOfNode(call.node);
    const u64 offset = le64toh(argument->offset_bytes);
    const u32 length = le32toh(argument->len_bytes);
    u32 done = 0;
    while (done < length) {
        u32 now = 0;
        const int error = vexfs_volume_write(call.driver.volume, id, fork, offset + done,
                                             argument->data + done, length - done, &now);
        if (error) {
            call.fail(error);
            return;
        }
        done += now;
    }
    const int error = flags & VEXFS_FORK_WRITE_TRUNCATE
                          ? vexfs_volume_truncate(call.driver.volume, id, fork, offset + length)
                          : 0;
    if (error)
        call.fail(error);
    else
        call.succeed();
}

} // namespace vexfs::fuse

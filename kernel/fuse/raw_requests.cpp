// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "raw_requests.h"

#include "driver.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace vexfs::fuse {

namespace {

/// Flags of the INIT reply that libfuse 3.14 does not know, in the lower 32 bits.
constexpr uint32_t kMoreFlags = FUSE_HANDLE_KILLPRIV_V2 | FUSE_SETXATTR_EXT;

thread_local RequestExtras extras;
thread_local bool isInit = false;
thread_local uint32_t offered = 0; ///< of kMoreFlags, by the kernel in INIT
std::atomic<bool> hasLongSetxattr{false};

template <class Body> Body *bodyOf(fuse_in_header *header)
{
    return reinterpret_cast<Body *>(header + 1);
}

void fillAttr(uint64_t node, const vexfs_attr &attr, fuse_attr *out)
{
    const struct stat from = statOf(node, attr);
    out->ino = node;
    out->size = static_cast<uint64_t>(from.st_size);
    out->blocks = static_cast<uint64_t>(from.st_blocks);
    out->atime = static_cast<uint64_t>(from.st_atim.tv_sec);
    out->mtime = static_cast<uint64_t>(from.st_mtim.tv_sec);
    out->ctime = static_cast<uint64_t>(from.st_ctim.tv_sec);
    out->atimensec = static_cast<uint32_t>(from.st_atim.tv_nsec);
    out->mtimensec = static_cast<uint32_t>(from.st_mtim.tv_nsec);
    out->ctimensec = static_cast<uint32_t>(from.st_ctim.tv_nsec);
    out->mode = from.st_mode;
    out->nlink = static_cast<uint32_t>(from.st_nlink);
    out->uid = from.st_uid;
    out->gid = from.st_gid;
    out->rdev = static_cast<uint32_t>(from.st_rdev);
    out->blksize = static_cast<uint32_t>(from.st_blksize);
}

struct TmpfileReply
{
    fuse_out_header header;
    fuse_entry_out entry;
    fuse_open_out open;
};

int makeTmpfile(Driver &driver, fuse_in_header *header, TmpfileReply *reply)
{
    const auto *in = bodyOf<fuse_create_in>(header);
    vexfs_create what{};
    what.mode = S_IFREG | (in->mode & 07777);
    vexfs_id id{};
    vexfs_attr attr{};
    const Caller caller{header->uid, header->gid, static_cast<mode_t>(in->umask)};
    if (isVirtual(header->nodeid))
        return -EOPNOTSUPP;
    if (const int error =
            createInode(driver, caller, header->nodeid, nullptr, what, &id, &attr))
        return error;
    const uint64_t node = nodeOfId(id);
    if (node == 0) {
        vexfs_volume_evict(driver.volume, id);
        return -EOVERFLOW;
    }
    driver.nodes.add(node);
    (void)driver.nodes.unlink(node); // no name: freed when the kernel forgets it
    reply->entry.nodeid = node;
    reply->entry.generation = driver.replacements.load(std::memory_order_relaxed);
    reply->entry.attr_valid = static_cast<uint64_t>(kLongTimeout);
    reply->entry.entry_valid = reply->entry.attr_valid;
    fillAttr(node, attr, &reply->entry.attr);
    fuse_file_info file{};
    file.flags = static_cast<int>(in->flags);
    openedFile(driver, node, &file);
    reply->open.fh = file.fh;
    reply->open.open_flags = FOPEN_KEEP_CACHE;
    return 0;
}

void answerTmpfile(int fd, Driver &driver, fuse_in_header *header)
{
    TmpfileReply reply{};
    const int error = makeTmpfile(driver, header, &reply);
    reply.header.unique = header->unique;
    reply.header.error = error;
    reply.header.len = error ? sizeof(reply.header) : sizeof(reply);
    const ssize_t written = write(fd, &reply, reply.header.len);
    if (error || written >= 0 || errno != ENOENT)
        return;
    // The caller was interrupted and the kernel does not take the file.
    closedFile(driver, reply.entry.nodeid, static_cast<int>(bodyOf<fuse_create_in>(header)->flags));
    if (driver.nodes.drop(reply.entry.nodeid, 1))
        vexfs_volume_evict(driver.volume, idOfNode(reply.entry.nodeid));
}

/// Takes out of the long form of a SETXATTR request what libfuse does not expect there.
size_t shortenSetxattr(fuse_in_header *header, size_t bytes)
{
    const size_t extra = sizeof(fuse_setxattr_in) - FUSE_COMPAT_SETXATTR_IN_SIZE;
    auto *in = bodyOf<fuse_setxattr_in>(header);
    if (bytes < sizeof(*header) + sizeof(*in))
        return bytes;
    extras.killsSetgidByAcl = in->setxattr_flags & FUSE_SETXATTR_ACL_KILL_SGID;
    char *to = reinterpret_cast<char *>(in) + FUSE_COMPAT_SETXATTR_IN_SIZE;
    memmove(to, to + extra, bytes - sizeof(*header) - sizeof(*in));
    header->len -= static_cast<uint32_t>(extra);
    return bytes - extra;
}

/// Notes what only the raw request tells. Returns its length, which may have changed.
size_t noteExtras(fuse_in_header *header, size_t bytes)
{
    extras = {};
    switch (header->opcode) {
    case FUSE_INIT:
        isInit = true;
        offered = bodyOf<fuse_init_in>(header)->flags & kMoreFlags;
        break;
    case FUSE_WRITE:
        extras.killsSetId = bodyOf<fuse_write_in>(header)->write_flags & FUSE_WRITE_KILL_SUIDGID;
        break;
    case FUSE_SETATTR:
        extras.killsSetId = bodyOf<fuse_setattr_in>(header)->valid & FATTR_KILL_SUIDGID;
        break;
    case FUSE_SETXATTR:
        if (hasLongSetxattr)
            return shortenSetxattr(header, bytes);
        break;
    default:
        break;
    }
    return bytes;
}

ssize_t readRequest(int fd, void *buffer, size_t size, void *userdata)
{
    for (;;) {
        const ssize_t got = read(fd, buffer, size);
        if (got < static_cast<ssize_t>(sizeof(fuse_in_header)))
            return got;
        auto *header = static_cast<fuse_in_header *>(buffer);
        if (header->opcode != FUSE_TMPFILE)
            return static_cast<ssize_t>(noteExtras(header, static_cast<size_t>(got)));
        answerTmpfile(fd, *static_cast<Driver *>(userdata), header);
    }
}

ssize_t writeReply(int fd, iovec *parts, int count, void *)
{
    if (isInit) {
        isInit = false;
        if (count > 1 && parts[1].iov_len >= offsetof(fuse_init_out, flags) + sizeof(uint32_t)) {
            static_cast<fuse_init_out *>(parts[1].iov_base)->flags |= offered;
            hasLongSetxattr = offered & FUSE_SETXATTR_EXT;
        }
    }
    return writev(fd, parts, count);
}

bool isInGroup(fuse_req_t request, gid_t group)
{
    if (fuse_req_ctx(request)->gid == group)
        return true;
    std::array<gid_t, 1024> groups;
    const int count = fuse_req_getgroups(request, static_cast<int>(groups.size()), groups.data());
    const auto end = groups.begin() + std::clamp<int>(count, 0, static_cast<int>(groups.size()));
    return std::find(groups.begin(), end, group) != end;
}

} // namespace

const RequestExtras &requestExtras()
{
    return extras;
}

mode_t withoutSetId(fuse_req_t request, const vexfs_attr &attr, bool isPrivileged)
{
    const mode_t mode = attr.mode & 07777 & ~mode_t{S_ISUID};
    const bool keepsGroup = !(mode & S_IXGRP) && (isPrivileged || isInGroup(request, attr.gid));
    return keepsGroup ? mode : mode & ~mode_t{S_ISGID};
}

int dropSetId(fuse_req_t request, vexfs_id id)
{
    Driver &driver = driverOf(request);
    vexfs_attr attr{};
    if (const int error = vexfs_volume_getattr(driver.volume, id, &attr))
        return error;
    if (!(attr.mode & (S_ISUID | S_ISGID)))
        return 0;
    vexfs_setattr set{};
    set.valid = VEXFS_SET_MODE;
    set.mode = withoutSetId(request, attr, false);
    const int error = vexfs_volume_setattr(driver.volume, id, &set, nullptr);
    // The attributes that the kernel keeps; it asks again.
    fuse_lowlevel_notify_inval_inode(driver.session, nodeOfId(id), -1, 0);
    return error;
}

int interceptRequests(fuse_session *session)
{
    fuse_custom_io io{};
    io.read = readRequest;
    io.writev = writeReply;
    return fuse_session_custom_io(session, &io, fuse_session_fd(session));
}

} // namespace vexfs::fuse

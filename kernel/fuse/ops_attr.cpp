// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// Requests about attributes: getattr, setattr, readlink, statfs.
#include "acl.h"
#include "driver.h"
#include "raw_requests.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <sys/stat.h>

namespace vexfs::fuse {

namespace {

vexfs_time engineTime(const timespec &time)
{
    return {time.tv_sec, static_cast<u32>(time.tv_nsec)};
}

vexfs_time now()
{
    const s64 ns = vexfs_port_time_ns();
    return {ns / 1000000000, static_cast<u32>(ns % 1000000000)};
}

void doGetattr(fuse_req_t request, fuse_ino_t node, fuse_file_info *)
{
    Driver &driver = driverOf(request);
    if (isVirtual(node)) {
        struct stat out{};
        if (const int error = statVirtual(driver, node, &out))
            replyError(request, error);
        else
            fuse_reply_attr(request, &out, 0);
        return;
    }
    vexfs_attr attr{};
    if (const int error = vexfs_volume_getattr(driver.volume, idOfNode(node), &attr)) {
        replyError(request, error);
        return;
    }
    driver.accessTimes.show(node, &attr);
    const struct stat out = statOf(node, attr);
    fuse_reply_attr(request, &out, kLongTimeout);
}

vexfs_setattr wantedOf(const struct stat &asked, int which)
{
    vexfs_setattr set{};
    const auto want = [&](int flag, u32 valid) {
        if (which & flag)
            set.valid |= valid;
        return (which & flag) != 0;
    };
    if (want(FUSE_SET_ATTR_MODE, VEXFS_SET_MODE))
        set.mode = asked.st_mode & 07777;
    if (want(FUSE_SET_ATTR_UID, VEXFS_SET_UID))
        set.uid = asked.st_uid;
    if (want(FUSE_SET_ATTR_GID, VEXFS_SET_GID))
        set.gid = asked.st_gid;
    if (want(FUSE_SET_ATTR_SIZE, VEXFS_SET_SIZE))
        set.size_bytes = static_cast<u64>(asked.st_size);
    if (want(FUSE_SET_ATTR_ATIME, VEXFS_SET_ATIME))
        set.atime = which & FUSE_SET_ATTR_ATIME_NOW ? now() : engineTime(asked.st_atim);
    if (want(FUSE_SET_ATTR_MTIME, VEXFS_SET_MTIME))
        set.mtime = which & FUSE_SET_ATTR_MTIME_NOW ? now() : engineTime(asked.st_mtim);
    // With a writeback cache the kernel keeps ctime too, and hands it down.
    if (want(FUSE_SET_ATTR_CTIME, VEXFS_SET_CTIME))
        set.ctime = engineTime(asked.st_ctim);
    return set;
}

/// chmod changes the access list as well, where there is one.
int followMode(vexfs_volume *volume, vexfs_id id, mode_t mode)
{
    std::string value(VEXFS_XATTR_VALUE_MAX_BYTES, '\0');
    u32 bytes = 0;
    const u32 nameBytes = static_cast<u32>(strlen(kAclAccess));
    const int error = vexfs_volume_getxattr(volume, id, kAclAccess, nameBytes, value.data(),
                                            static_cast<u32>(value.size()), &bytes);
    if (error)
        return error == -ENODATA ? 0 : error;
    value.resize(bytes);
    value = aclOfMode(value, mode);
    return vexfs_volume_setxattr(volume, id, kAclAccess, nameBytes, value.data(),
                                 static_cast<u32>(value.size()), VEXFS_XATTR_REPLACE);
}

void doSetattr(fuse_req_t request, fuse_ino_t node, struct stat *asked, int which,
               fuse_file_info *)
{
    Driver &driver = driverOf(request);
    if (isVirtual(node)) {
        fuse_reply_err(request, EPERM);
        return;
    }
    const vexfs_id id = idOfNode(node);
    vexfs_setattr set = wantedOf(*asked, which);
    vexfs_attr attr{};
    int error = 0;
    // chown(path, -1, -1) takes set-id bits away too, but comes without the flag that says so;
    // nothing else sets ctime alone.
    const bool isChownOfNothing = which == FUSE_SET_ATTR_CTIME;
    if ((requestExtras().killsSetId || isChownOfNothing) && !(set.valid & VEXFS_SET_MODE)) {
        error = vexfs_volume_getattr(driver.volume, id, &attr);
        if ((attr.mode & (S_ISUID | S_ISGID)) && !S_ISDIR(attr.mode)) {
            // Of the causes only a chown comes from the privileged too.
            const bool isChown = isChownOfNothing ||
                                 which & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID);
            set.mode = withoutSetId(request, attr, isChown && fuse_req_ctx(request)->uid == 0);
            set.valid |= VEXFS_SET_MODE;
        }
    }
    if (set.valid & VEXFS_SET_ATIME)
        driver.accessTimes.discard(node);
    else
        driver.accessTimes.noteChange(node);
    if (!error && (set.valid & VEXFS_SET_MODE))
        error = followMode(driver.volume, id, set.mode);
    if (!error)
        error = vexfs_volume_setattr(driver.volume, id, &set, &attr);
    if (error) {
        replyError(request, error);
        return;
    }
    driver.accessTimes.show(node, &attr);
    const struct stat out = statOf(node, attr);
    fuse_reply_attr(request, &out, kLongTimeout);
}

void doReadlink(fuse_req_t request, fuse_ino_t node)
{
    char target[VEXFS_SYMLINK_MAX_BYTES + 1];
    u32 bytes = 0;
    const int error = isVirtual(node)
                          ? -EINVAL
                          : vexfs_volume_readlink(driverOf(request).volume, idOfNode(node), target,
                                                  VEXFS_SYMLINK_MAX_BYTES, &bytes);
    if (error) {
        replyError(request, error);
        return;
    }
    target[bytes] = '\0';
    driverOf(request).accessTimes.noteRead(node);
    fuse_reply_readlink(request, target);
}

void doStatfs(fuse_req_t request, fuse_ino_t)
{
    struct vexfs_volume_info info{};
    vexfs_volume_info(driverOf(request).volume, &info);
    struct statvfs out{};
    out.f_bsize = VEXFS_BLOCK_BYTES;
    out.f_frsize = VEXFS_BLOCK_BYTES;
    out.f_blocks = info.size_blocks - info.fixed_blocks;
    out.f_bfree = info.free_blocks;
    out.f_bavail = info.available_blocks;
    // Inodes take space from the same pool as data: a small one about an eighth of a block.
    out.f_ffree = info.available_blocks * 8;
    out.f_favail = out.f_ffree;
    out.f_files = info.inodes + out.f_ffree;
    out.f_namemax = VEXFS_NAME_MAX_BYTES;
    fuse_reply_statfs(request, &out);
}

} // namespace

void fillAttrOperations(fuse_lowlevel_ops *operations)
{
    operations->getattr = doGetattr;
    operations->setattr = doSetattr;
    operations->readlink = doReadlink;
    operations->statfs = doStatfs;
}

} // namespace vexfs::fuse

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "driver.h"

#include "acl.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <syslog.h>

namespace vexfs::fuse {

namespace {

timespec timeOf(const vexfs_time &time)
{
    return {static_cast<time_t>(time.sec), static_cast<long>(time.nsec)};
}

void forgetNode(Driver &driver, uint64_t node)
{
    if (driver.nodes.drop(node, 1))
        vexfs_volume_evict(driver.volume, idOfNode(node)); // else freed at the next open
}

/// What a new inode gets besides its permissions.
struct Inherited
{
    std::string access;
    std::string defaults;
};

/// The umask counts only where the directory has no default list.
int inherit(Driver &driver, const Caller &caller, fuse_ino_t parent, mode_t *mode, Inherited *out)
{
    std::array<char, VEXFS_FIRST_XATTR_MAX_BYTES> value;
    u32 bytes = 0;
    const int error =
        vexfs_volume_getxattr(driver.volume, idOfNode(parent), kAclDefault,
                              static_cast<u32>(strlen(kAclDefault)), value.data(),
                              static_cast<u32>(value.size()), &bytes);
    if (error == -ENODATA) {
        *mode &= ~caller.umask;
        return 0;
    }
    if (error)
        return error;
    const std::string list(value.data(), bytes);
    if (!inheritAcl(list, mode, &out->access))
        return -EUCLEAN;
    if (S_ISDIR(*mode))
        out->defaults = list;
    return 0;
}

vexfs_first_xattr attribute(const char *name, const std::string &list)
{
    return {name, list.data(), static_cast<u32>(strlen(name)), static_cast<u32>(list.size())};
}

} // namespace

struct stat statOf(uint64_t node, const vexfs_attr &attr)
{
    struct stat out{};
    out.st_ino = node;
    out.st_mode = attr.mode;
    out.st_nlink = attr.nlink;
    out.st_uid = attr.uid;
    out.st_gid = attr.gid;
    out.st_rdev = attr.rdev;
    out.st_size = static_cast<off_t>(attr.size_bytes);
    out.st_blocks = static_cast<blkcnt_t>(vexfs_attr_sectors(&attr));
    out.st_blksize = VEXFS_BLOCK_BYTES;
    out.st_atim = timeOf(attr.atime);
    out.st_mtim = timeOf(attr.mtime);
    out.st_ctim = timeOf(attr.ctime);
    return out;
}

int statVirtual(Driver &driver, uint64_t node, struct stat *out)
{
    const vexfs_id root{VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO};
    vexfs_attr attr{};
    if (const int error = vexfs_volume_getattr(driver.volume, root, &attr))
        return error;
    attr.mode = S_IFDIR | 0555;
    attr.nlink = node == kControlDir ? 4 : 2;
    attr.size_bytes = 0;
    attr.allocated_bytes = 0;
    *out = statOf(node, attr);
    return 0;
}

bool makeEntry(Driver &driver, vexfs_id id, const vexfs_attr &attr, fuse_entry_param *entry)
{
    *entry = {};
    entry->ino = nodeOfId(id);
    if (entry->ino == 0)
        return false;
    vexfs_attr shown = attr;
    driver.accessTimes.show(entry->ino, &shown);
    entry->attr = statOf(entry->ino, shown);
    if (id.tree == VEXFS_VOLUME_TREE_LIVE && S_ISREG(attr.mode))
        entry->generation = driver.replacements.load(std::memory_order_relaxed);
    entry->attr_timeout = kLongTimeout;
    entry->entry_timeout = kLongTimeout;
    driver.nodes.add(entry->ino);
    return true;
}

void replyEntry(fuse_req_t request, vexfs_id id, const vexfs_attr &attr)
{
    fuse_entry_param entry;
    Driver &driver = driverOf(request);
    if (!makeEntry(driver, id, attr, &entry)) {
        fuse_reply_err(request, EOVERFLOW);
        return;
    }
    // The caller was interrupted and the kernel does not take the entry: the hold is void.
    if (fuse_reply_entry(request, &entry) == -ENOENT)
        forgetNode(driver, entry.ino);
}

void replyError(fuse_req_t request, int error)
{
    // Structure and checksum errors have names of their own on disk tools; callers of a filesystem
    // know them as EUCLEAN and EBADMSG too (as on XFS and ext4), so they pass as they are.
    fuse_reply_err(request, error < 0 ? -error : 0);
}

void settleRemoved(Driver &driver, const vexfs_removed &removed)
{
    if (removed.id.ino == 0 || removed.nlink != 0)
        return;
    if (!driver.nodes.unlink(nodeOfId(removed.id)))
        return;
    // The name is gone already, which is what was asked for; what cannot be freed now is freed at
    // the next open of the volume.
    if (const int error = vexfs_volume_evict(driver.volume, removed.id))
        syslog(LOG_WARNING, "inode %llu is freed later (error %d)",
               static_cast<unsigned long long>(removed.id.ino), error);
}

void openedFile(Driver &driver, uint64_t node, fuse_file_info *file)
{
    const int access = file->flags & O_ACCMODE;
    if (access != O_RDONLY)
        driver.writers.add(node);
    file->fh = static_cast<uint64_t>(access);
    file->keep_cache = 1;
}

void closedFile(Driver &driver, uint64_t node, int flags)
{
    if ((flags & O_ACCMODE) != O_RDONLY)
        driver.writers.drop(node);
}

int createInode(Driver &driver, const Caller &caller, fuse_ino_t parent, const char *name,
                vexfs_create what, vexfs_id *id, vexfs_attr *attr)
{
    Inherited lists;
    std::array<vexfs_first_xattr, VEXFS_FIRST_XATTRS_MAX> xattrs{};
    if (name && isFixed(parent, name))
        return isControlName(parent, name) ? -EEXIST : -EPERM;
    what.uid = caller.uid;
    what.gid = caller.gid;
    if (!S_ISLNK(what.mode)) {
        if (const int error = inherit(driver, caller, parent, &what.mode, &lists))
            return error;
    }
    if (!lists.access.empty())
        xattrs.at(what.xattr_count++) = attribute(kAclAccess, lists.access);
    if (!lists.defaults.empty())
        xattrs.at(what.xattr_count++) = attribute(kAclDefault, lists.defaults);
    what.xattrs = xattrs.data();
    return vexfs_volume_create(driver.volume, idOfNode(parent), name,
                               name ? static_cast<u32>(strlen(name)) : 0, &what, id, attr);
}

bool isVolumeOwner(Driver &driver, uid_t uid)
{
    if (uid == 0)
        return true;
    const vexfs_id root{VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO};
    vexfs_attr attr{};
    return vexfs_volume_getattr(driver.volume, root, &attr) == 0 && attr.uid == uid;
}

bool isOwnerOf(Driver &driver, vexfs_id id, uid_t uid)
{
    vexfs_attr attr{};
    return uid == 0 ||
           (vexfs_volume_getattr(driver.volume, id, &attr) == 0 && attr.uid == uid);
}

bool isTreeWritable(Driver &driver, uint64_t tree)
{
    struct vexfs_volume_info info{};
    vexfs_volume_info(driver.volume, &info);
    if (info.read_only || info.poisoned)
        return false;
    if (tree < VEXFS_VOLUME_TREE_FIRST)
        return true;
    vexfs_snapshot row{};
    u32 count = 0;
    const int error = vexfs_volume_snapshot_list(driver.volume, tree - 1, VEXFS_TREE_HIDDEN, &row,
                                                 1, &count);
    return error == 0 && count == 1 && row.id == tree && (row.flags & VEXFS_TREE_WRITABLE);
}

} // namespace vexfs::fuse

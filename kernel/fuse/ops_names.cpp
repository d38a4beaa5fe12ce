// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// Requests about names: lookup, forget, create, link, unlink, rename.
#include "driver.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <sys/stat.h>

namespace vexfs::fuse {

namespace {

u32 lengthOf(const char *name)
{
    return static_cast<u32>(strlen(name));
}

void replyVirtual(fuse_req_t request, uint64_t node)
{
    fuse_entry_param entry{};
    Driver &driver = driverOf(request);
    if (const int error = statVirtual(driver, node, &entry.attr)) {
        replyError(request, error);
        return;
    }
    entry.ino = node;
    entry.entry_timeout = kLongTimeout;
    // Owner and times are those of the root, which may change.
    fuse_reply_entry(request, &entry);
}

/// The root of another tree. It may go away when a snapshot is deleted: the kernel asks each time.
void replyTreeRoot(fuse_req_t request, uint64_t tree)
{
    Driver &driver = driverOf(request);
    const vexfs_id id{tree, VEXFS_ROOT_INO};
    vexfs_attr attr{};
    fuse_entry_param entry{};
    if (const int error = vexfs_volume_getattr(driver.volume, id, &attr)) {
        replyError(request, error == -ESTALE ? -ENOENT : error);
        return;
    }
    if (!makeEntry(driver, id, attr, &entry)) {
        fuse_reply_err(request, EOVERFLOW);
        return;
    }
    entry.entry_timeout = 0;
    if (fuse_reply_entry(request, &entry) == -ENOENT)
        (void)driver.nodes.drop(entry.ino, 1); // a root always has a name
}

void lookupVirtual(fuse_req_t request, fuse_ino_t parent, std::string_view name)
{
    if (parent == kControlDir && name == "snapshots") {
        replyVirtual(request, kSnapshotsDir);
    } else if (parent == kControlDir && name == "index") {
        replyTreeRoot(request, VEXFS_VOLUME_TREE_INDEX);
    } else if (parent == kSnapshotsDir) {
        vexfs_snapshot row{};
        const int error = vexfs_volume_snapshot_lookup(
            driverOf(request).volume, name.data(), static_cast<u32>(name.size()), &row);
        if (error)
            replyError(request, error);
        else
            replyTreeRoot(request, row.id);
    } else {
        fuse_reply_err(request, ENOENT);
    }
}

void doLookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    Driver &driver = driverOf(request);
    driver.lookups.fetch_add(1, std::memory_order_relaxed);
    if (isControlName(parent, name)) {
        replyVirtual(request, kControlDir);
        return;
    }
    if (isVirtual(parent)) {
        lookupVirtual(request, parent, name);
        return;
    }
    vexfs_id id{};
    vexfs_attr attr{};
    const int error =
        vexfs_volume_lookup(driver.volume, idOfNode(parent), name, lengthOf(name), &id, &attr);
    if (error == 0) {
        replyEntry(request, id, attr);
    } else if (error == -ENOENT) {
        // An entry without a node: the kernel remembers that there is none.
        fuse_entry_param entry{};
        entry.entry_timeout = kLongTimeout;
        fuse_reply_entry(request, &entry);
    } else {
        replyError(request, error);
    }
}

void forgetOne(Driver &driver, uint64_t node, uint64_t count)
{
    if (!isVirtual(node) && driver.nodes.drop(node, count))
        vexfs_volume_evict(driver.volume, idOfNode(node)); // else freed at the next open
}

void doForget(fuse_req_t request, fuse_ino_t node, uint64_t count)
{
    forgetOne(driverOf(request), node, count);
    fuse_reply_none(request);
}

void doForgetMulti(fuse_req_t request, size_t count, fuse_forget_data *forgets)
{
    for (size_t i = 0; i < count; i++)
        forgetOne(driverOf(request), forgets[i].ino, forgets[i].nlookup);
    fuse_reply_none(request);
}

void createAndReply(fuse_req_t request, fuse_ino_t parent, const char *name,
                    const vexfs_create &what)
{
    vexfs_id id{};
    vexfs_attr attr{};
    if (const int error = createInode(driverOf(request), callerOf(request), parent, name, what, &id,
                                      &attr))
        replyError(request, error);
    else
        replyEntry(request, id, attr);
}

void doMknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
    vexfs_create what{};
    what.mode = mode;
    what.rdev = device;
    createAndReply(request, parent, name, what);
}

void doMkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode)
{
    vexfs_create what{};
    what.mode = (mode & 07777) | S_IFDIR;
    createAndReply(request, parent, name, what);
}

void doSymlink(fuse_req_t request, const char *target, fuse_ino_t parent, const char *name)
{
    if (strlen(target) > VEXFS_SYMLINK_MAX_BYTES) {
        fuse_reply_err(request, ENAMETOOLONG);
        return;
    }
    vexfs_create what{};
    what.mode = S_IFLNK | 0777;
    what.target = target;
    what.target_bytes = lengthOf(target);
    createAndReply(request, parent, name, what);
}

void doCreate(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
              fuse_file_info *file)
{
    Driver &driver = driverOf(request);
    vexfs_create what{};
    vexfs_id id{};
    vexfs_attr attr{};
    fuse_entry_param entry;
    what.mode = (mode & 07777) | S_IFREG;
    if (const int error =
            createInode(driver, callerOf(request), parent, name, what, &id, &attr)) {
        replyError(request, error);
        return;
    }
    if (!makeEntry(driver, id, attr, &entry)) {
        fuse_reply_err(request, EOVERFLOW);
        return;
    }
    openedFile(driver, entry.ino, file);
    if (fuse_reply_create(request, &entry, file) == -ENOENT) {
        closedFile(driver, entry.ino, file->flags);
        forgetOne(driver, entry.ino, 1);
    }
}

void doLink(fuse_req_t request, fuse_ino_t node, fuse_ino_t parent, const char *name)
{
    if (isVirtual(node) || isFixed(parent, name)) {
        fuse_reply_err(request, isControlName(parent, name) ? EEXIST : EPERM);
        return;
    }
    vexfs_attr attr{};
    const int error = vexfs_volume_link(driverOf(request).volume, idOfNode(node), idOfNode(parent),
                                        name, lengthOf(name), &attr);
    if (error) {
        replyError(request, error);
        return;
    }
    driverOf(request).nodes.link(node);
    replyEntry(request, idOfNode(node), attr);
}

using Remove = int (*)(vexfs_volume *, vexfs_id, const char *, u32, vexfs_removed *);

void removeAndReply(fuse_req_t request, fuse_ino_t parent, const char *name, Remove remove)
{
    Driver &driver = driverOf(request);
    vexfs_removed removed{};
    if (isFixed(parent, name)) {
        fuse_reply_err(request, EPERM);
        return;
    }
    const int error = remove(driver.volume, idOfNode(parent), name, lengthOf(name), &removed);
    if (!error)
        settleRemoved(driver, removed);
    replyError(request, error);
}

void doUnlink(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    removeAndReply(request, parent, name, vexfs_volume_unlink);
}

void doRmdir(fuse_req_t request, fuse_ino_t parent, const char *name)
{
    removeAndReply(request, parent, name, vexfs_volume_rmdir);
}

void doRename(fuse_req_t request, fuse_ino_t parent, const char *name, fuse_ino_t newParent,
              const char *newName, unsigned int flags)
{
    Driver &driver = driverOf(request);
    if (isFixed(parent, name) || isFixed(newParent, newName)) {
        fuse_reply_err(request, EPERM);
        return;
    }
    vexfs_rename rename{};
    vexfs_removed removed{};
    rename.old_dir = idOfNode(parent);
    rename.new_dir = idOfNode(newParent);
    rename.old_name = name;
    rename.new_name = newName;
    rename.old_name_bytes = lengthOf(name);
    rename.new_name_bytes = lengthOf(newName);
    static_assert(VEXFS_RENAME_NOREPLACE == RENAME_NOREPLACE &&
                  VEXFS_RENAME_EXCHANGE == RENAME_EXCHANGE &&
                  VEXFS_RENAME_WHITEOUT == RENAME_WHITEOUT);
    rename.flags = flags;
    rename.uid = fuse_req_ctx(request)->uid;
    rename.gid = fuse_req_ctx(request)->gid;
    const int error = vexfs_volume_rename(driver.volume, &rename, &removed);
    if (!error)
        settleRemoved(driver, removed);
    replyError(request, error);
}

} // namespace

void fillNameOperations(fuse_lowlevel_ops *operations)
{
    operations->lookup = doLookup;
    operations->forget = doForget;
    operations->forget_multi = doForgetMulti;
    operations->mknod = doMknod;
    operations->mkdir = doMkdir;
    operations->symlink = doSymlink;
    operations->create = doCreate;
    operations->link = doLink;
    operations->unlink = doUnlink;
    operations->rmdir = doRmdir;
    operations->rename = doRename;
}

} // namespace vexfs::fuse

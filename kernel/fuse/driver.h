// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include "access_times.h"
#include "fuse_api.h"
#include "node_id.h"
#include "node_table.h"
#include "scrubber.h"
#include "wait_queue.h"
#include "worker.h"

#include <atomic>
#include <string_view>
#include <vexfs/posix_dev.h>
#include <vexfs/volume.h>

namespace vexfs::fuse {

/// What one mount consists of. Made by main, alive until the session is gone; any thread.
struct Driver
{
    explicit Driver(vexfs_volume *opened, bool keepsAccessTimes = false)
        : volume(opened), accessTimes(opened, keepsAccessTimes), waits(opened), scrubber(opened)
    {}

    vexfs_volume *volume;
    vexfs_dev *device = nullptr;     ///< that it is on; set before the first request
    fuse_session *session = nullptr; ///< set before the first request
    NodeTable nodes;
    OpenWriters writers;
    AccessTimes accessTimes;
    WaitQueue waits;
    Worker worker;
    Scrubber scrubber;
    /// How often the live tree was replaced. The kernel goes on by a file's old size as long as it
    /// knows the file, so that it must take one that is looked up again for another.
    std::atomic<uint64_t> replacements{0};
    std::atomic<uint64_t> lookups{0}, reads{0}, writes{0}, readBytes{0}, writeBytes{0},
        commitsAsked{0}, syncsAsked{0};
};

inline Driver &driverOf(fuse_req_t request)
{
    return *static_cast<Driver *>(fuse_req_userdata(request));
}

/// Entries and attributes change by requests of this mount only, so the kernel may keep them.
constexpr double kLongTimeout = 86400.0;

/// stat(2) of an inode; @p node is what st_ino says.
struct stat statOf(uint64_t node, const vexfs_attr &attr);

/// stat(2) of a directory that only this driver knows.
int statVirtual(Driver &driver, uint64_t node, struct stat *out);

/// Answers @p request with an entry that the kernel holds from now on.
void replyEntry(fuse_req_t request, vexfs_id id, const vexfs_attr &attr);

/// Fills @p entry and counts the hold; false when the numbers do not fit a node id.
bool makeEntry(Driver &driver, vexfs_id id, const vexfs_attr &attr, fuse_entry_param *entry);

/// Answers with a negative errno of the engine, or success.
void replyError(fuse_req_t request, int error);

/// After an operation took a name away: frees the inode if nobody holds it.
void settleRemoved(Driver &driver, const vexfs_removed &removed);

/// Whether "/.vexfs" is what this names.
inline bool isControlName(fuse_ino_t parent, std::string_view name)
{
    return parent == VEXFS_ROOT_INO && name == kControlName;
}

/// Whether names in @p parent cannot be made, moved or removed by requests.
inline bool isFixed(fuse_ino_t parent, std::string_view name)
{
    return isVirtual(parent) || isControlName(parent, name);
}

/// A descriptor of @p node was opened with @p file's flags: fills in the rest for the kernel.
void openedFile(Driver &driver, uint64_t node, fuse_file_info *file);
void closedFile(Driver &driver, uint64_t node, int flags);

/// Who makes a file.
struct Caller
{
    uid_t uid;
    gid_t gid;
    mode_t umask;
};

inline Caller callerOf(fuse_req_t request)
{
    const fuse_ctx *context = fuse_req_ctx(request);
    return {context->uid, context->gid, context->umask};
}

/// Makes what @p what says, owned by @p caller, with the permissions and access lists that follow
/// from @p parent's default list or the umask, in one operation. @p name null: a file without a
/// name. Returns 0 or a negative errno.
int createInode(Driver &driver, const Caller &caller, fuse_ino_t parent, const char *name,
                vexfs_create what, vexfs_id *id, vexfs_attr *attr);

/// Whether @p uid may control the volume: root, or who owns the root directory.
bool isVolumeOwner(Driver &driver, uid_t uid);

/// Root or the file's owner.
bool isOwnerOf(Driver &driver, vexfs_id id, uid_t uid);

/// Whether a tree takes changes; an error of the engine counts as not.
bool isTreeWritable(Driver &driver, uint64_t tree);

/// The requests, one file per concern.
void fillNameOperations(fuse_lowlevel_ops *operations);
void fillAttrOperations(fuse_lowlevel_ops *operations);
void fillXattrOperations(fuse_lowlevel_ops *operations);
void fillDirOperations(fuse_lowlevel_ops *operations);
void fillDataOperations(fuse_lowlevel_ops *operations);
void fillRangeOperations(fuse_lowlevel_ops *operations);
void fillIoctlOperation(fuse_lowlevel_ops *operations);

/// Whether a control call is over as soon as a read or write is, unless it waits for the disk.
bool isShortControlCall(unsigned command);

} // namespace vexfs::fuse

/* SPDX-License-Identifier: (GPL-2.0-or-later WITH Linux-syscall-note) OR Apache-2.0 */
/*
 * vexfs/ioctl_snapshots.h - what is done with snapshots after they were made: a part of
 * vexfs/ioctl.h, whose rules apply. Beyond the errors there, -EOPNOTSUPP: this driver cannot do it.
 */
#ifndef VEXFS_UAPI_IOCTL_SNAPSHOTS_H
#define VEXFS_UAPI_IOCTL_SNAPSHOTS_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * Flags of a snapshot, in CREATE, LIST and CHANGE.
 *
 * WRITABLE makes it a clone: files in it can be changed, under .vexfs/snapshots/<name>. Source 0
 * makes an empty tree, which has to be WRITABLE.
 * HIDDEN: not listed, not found by name: the daemon's anchors.
 * LOCKED: cannot be deleted; the lock is taken off first.
 * STAGING, with HIDDEN and WRITABLE only: found by its name all the same, by whoever knows it, so
 * that it can be filled with a file system's calls. CHANGE makes it an ordinary snapshot.
 */
#define VEXFS_SNAPSHOT_WRITABLE	0x1u
#define VEXFS_SNAPSHOT_HIDDEN	0x2u
#define VEXFS_SNAPSHOT_LOCKED	0x4u
#define VEXFS_SNAPSHOT_STAGING	0x8u

/**
 * struct vexfs_ioc_snapshot_change - another name, other flags, or both at once: all of it is on
 * disk when the call returns, or nothing. Volume; owner.
 * @id:    in: the snapshot. Its id stays.
 * @what:  in: VEXFS_SNAPSHOT_CHANGE_NAME, and the VEXFS_SNAPSHOT_* flags that change.
 * @flags: in: their new values, a part of @what.
 * @name:  in: as for CREATE, with CHANGE_NAME; else empty.
 * What is open in a tree that becomes read-only stays open and gets -EROFS.
 * Errors: -ENOENT, -EEXIST (another snapshot has the name), -EINVAL (also flags that do not go
 * together), -ENOSPC.
 */
struct vexfs_ioc_snapshot_change {
	__le64 id;
	__le32 what;
	__le32 flags;
	__le64 reserved[4];
	char name[256];
};
#define VEXFS_SNAPSHOT_CHANGE_NAME	0x80000000u

/**
 * struct vexfs_ioc_rollback - the live tree becomes what a snapshot holds. Before it, in the same
 * transaction, a snapshot of the live tree as it is: both are on disk when the call returns, or
 * neither. Volume; owner.
 * @id:        in: the snapshot to go back to, which stays as it is.
 * @flags:     in: of the safety snapshot: VEXFS_SNAPSHOT_LOCKED, _HIDDEN, or 0.
 * @safety_id: out: the snapshot of what was live.
 * @generation: out: that has it.
 * @name:      in: of the safety snapshot, as for CREATE.
 * A file that is open stands for the file of the same inode number in the snapshot; where there is
 * none its calls give -ESTALE. Under vexfs-fuse they give -EIO instead as soon as its name was
 * looked up again. Inode numbers of what is gone are not given out again.
 * Errors: -ENOENT, -EEXIST (the name is taken), -EINVAL, -ENOSPC.
 */
struct vexfs_ioc_rollback {
	__le64 id;
	__le32 flags;
	__le32 reserved0;
	__le64 safety_id;
	__le64 generation;
	__le64 reserved[4];
	char name[256];
};

/** struct vexfs_ioc_id_range - the snapshots with @first <= id <= @last. */
struct vexfs_ioc_id_range {
	__le64 first;
	__le64 last;
};
#define VEXFS_IOC_RANGES_MAX	900u

/**
 * struct vexfs_ioc_snapshot_space - what deleting a set of snapshots would give back, to the block.
 * Volume; owner. Only nodes that nobody outside the set refers to are read.
 * @count:  in: ranges, 1..VEXFS_IOC_RANGES_MAX, in order and apart.
 * @flags:  in: VEXFS_SPACE_REFERENCED to have @referenced_bytes too.
 * @ranges: in: whom. A range may hold hidden snapshots, but they are only in the set when the range
 *          is of one id (first == last).
 * @snapshots: out: how many are in the set.
 * @reclaim_bytes: out: blocks that are free once all of the set are deleted and cleared away. Of
 *          one snapshot these are its exclusive bytes.
 * @referenced_bytes: out: blocks that the trees of the set refer to, those of each tree by
 *          themselves, a block as often as it is referred to; as `du` would add up, and nodes.
 *          What was counted before is remembered while mounted, so that further snapshots cost
 *          what is different in them.
 * Errors: -ENOENT (a range of one id that is no snapshot), -EINTR, -EAGAIN (a clone in the set is
 * being written to), -ENOMEM.
 */
struct vexfs_ioc_snapshot_space {
	__le32 count;
	__le32 flags;
	__le64 snapshots;
	__le64 reclaim_bytes;
	__le64 referenced_bytes;
	__le64 reserved[4];
	struct vexfs_ioc_id_range ranges[VEXFS_IOC_RANGES_MAX];
};
#define VEXFS_SPACE_REFERENCED	0x1u

/*
 * Kinds of a change between two trees, as DIFF tells them per inode. Names of the exact difference,
 * as people see it, follow from them:
 *   added     CREATED
 *   removed   REMOVED
 *   modified  DATA (a symlink's target too)
 *   renamed   RENAMED: a name that it had is gone and another is there; ask PATH in both trees.
 *             What lies below a directory that was renamed is not told.
 *   linked    NAMES without RENAMED: hard links came or went
 *   metadata  ATTRS, XATTRS or TIMES, without DATA
 *   type      an inode never changes its type, and no number is used twice: a path whose REMOVED
 *             inode and whose CREATED inode differ in type (S_IFMT of mode). When the types are
 *             the same, that path was replaced, as editors do it that write a new file.
 */
#define VEXFS_CHANGE_CREATED	0x01u	/* only in @to */
#define VEXFS_CHANGE_REMOVED	0x02u	/* only in @from */
#define VEXFS_CHANGE_DATA	0x04u	/* fork 0 or its size */
#define VEXFS_CHANGE_ATTRS	0x08u	/* mode, owner, times, flags */
#define VEXFS_CHANGE_NAMES	0x10u	/* hard links added, removed, renamed or moved */
#define VEXFS_CHANGE_XATTRS	0x20u
#define VEXFS_CHANGE_VECTORS	0x40u	/* fork 1 */
#define VEXFS_CHANGE_ENTRIES	0x80u	/* of a directory: entries came or went */
#define VEXFS_CHANGE_RENAMED	0x100u	/* a name went and a name came; with NAMES */
#define VEXFS_CHANGE_TIMES	0x200u	/* of a directory: nothing but when it was changed */

#define VEXFS_IOC_SNAPSHOT_CHANGE	_IOW('V', 0x55, struct vexfs_ioc_snapshot_change)
#define VEXFS_IOC_ROLLBACK		_IOWR('V', 0x56, struct vexfs_ioc_rollback)
#define VEXFS_IOC_SNAPSHOT_SPACE	_IOWR('V', 0x57, struct vexfs_ioc_snapshot_space)

#endif

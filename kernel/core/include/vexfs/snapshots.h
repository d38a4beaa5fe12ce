/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/snapshots.h - snapshots of trees, and what differs between two trees. A part of
 * vexfs/volume.h, whose rules apply.
 */
#ifndef VEXFS_SNAPSHOTS_H
#define VEXFS_SNAPSHOTS_H

#include <vexfs/volume.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VEXFS_TREE_WRITABLE	0x1u
#define VEXFS_TREE_HIDDEN	0x2u

struct vexfs_snapshot {
	u64 id;
	u64 source;
	u64 generation;		/* of the source when it was taken */
	s64 created_ns;
	u64 inodes;
	u32 flags;		/* VEXFS_TREE_* */
	u32 name_bytes;
	char name[VEXFS_NAME_MAX_BYTES + 1];
};

/** On disk when it returns. Return: 0, -EEXIST, -ENOENT (@source), -EINVAL (name or flags). */
int vexfs_volume_snapshot_create(struct vexfs_volume *volume, u64 source, const char *name,
				 u32 name_bytes, u32 flags, struct vexfs_snapshot *out);
/**
 * Gone when it returns; its space comes back by ticks. Return: 0, -ENOENT, -EINVAL (no snapshot).
 */
int vexfs_volume_snapshot_delete(struct vexfs_volume *volume, u64 id);
/** Rows with ids above @after, in order; @flags VEXFS_TREE_HIDDEN: hidden ones too. */
int vexfs_volume_snapshot_list(struct vexfs_volume *volume, u64 after, u32 flags,
			       struct vexfs_snapshot *rows, u32 rows_max, u32 *count);
/** Visible ones by name. Return: 0, -ENOENT. */
int vexfs_volume_snapshot_lookup(struct vexfs_volume *volume, const char *name, u32 name_bytes,
				 struct vexfs_snapshot *out);

#define VEXFS_DIFF_CREATED	0x01u	/* the same bits as VEXFS_CHANGE_* in uapi/vexfs/ioctl.h */
#define VEXFS_DIFF_REMOVED	0x02u
#define VEXFS_DIFF_DATA		0x04u
#define VEXFS_DIFF_ATTRS	0x08u
#define VEXFS_DIFF_NAMES	0x10u
#define VEXFS_DIFF_XATTRS	0x20u
#define VEXFS_DIFF_VECTORS	0x40u
#define VEXFS_DIFF_ENTRIES	0x80u

struct vexfs_change {
	u64 ino;
	u32 kinds;
	u32 mode;
};

/**
 * vexfs_volume_diff() - inodes above @after_ino that differ between two trees, in order of number.
 * @from 0 is the empty tree. @end is set when there are no more. Cost: what differs, not what is.
 * Return: 0, -ENOENT (no such tree).
 */
int vexfs_volume_diff(struct vexfs_volume *volume, u64 from, u64 to, u64 after_ino,
		      struct vexfs_change *rows, u32 rows_max, u32 *count, bool *end);

#ifdef __cplusplus
}
#endif

#endif

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
#define VEXFS_TREE_HIDDEN	0x2u	/* not listed, and not found by name unless STAGING */
#define VEXFS_TREE_LOCKED	0x4u	/* not to be deleted */
#define VEXFS_TREE_STAGING	0x8u	/* being filled: with HIDDEN and WRITABLE only */
#define VEXFS_TREE_FLAGS \
	(VEXFS_TREE_WRITABLE | VEXFS_TREE_HIDDEN | VEXFS_TREE_LOCKED | VEXFS_TREE_STAGING)

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

/**
 * On disk when it returns. @source 0: a new, empty tree, writable, whose root belongs to who owns
 * the live tree's. Return: 0, -EEXIST, -ENOENT (@source), -EINVAL (name or flags).
 */
int vexfs_volume_snapshot_create(struct vexfs_volume *volume, u64 source, const char *name,
				 u32 name_bytes, u32 flags, struct vexfs_snapshot *out);
/**
 * Gone when it returns; its space comes back by ticks. Return: 0, -ENOENT, -EINVAL (no snapshot),
 * -EBUSY (locked).
 */
int vexfs_volume_snapshot_delete(struct vexfs_volume *volume, u64 id);
/**
 * The same, on disk with the next commit: for many, which a sync after the last makes durable
 * together. Return: as vexfs_volume_snapshot_delete().
 */
int vexfs_volume_snapshot_drop(struct vexfs_volume *volume, u64 id);
/** Rows with ids above @after, in order; @flags VEXFS_TREE_HIDDEN: hidden ones too. */
int vexfs_volume_snapshot_list(struct vexfs_volume *volume, u64 after, u32 flags,
			       struct vexfs_snapshot *rows, u32 rows_max, u32 *count);
/** Visible ones by name. Return: 0, -ENOENT. */
int vexfs_volume_snapshot_lookup(struct vexfs_volume *volume, const char *name, u32 name_bytes,
				 struct vexfs_snapshot *out);

/** struct vexfs_snapshot_change - what is to be different about a snapshot. */
struct vexfs_snapshot_change {
	u64 id;
	u32 mask, flags;	/* VEXFS_TREE_*: which of them change, and to what */
	const char *name;	/* NULL: it keeps its name */
	u32 name_bytes;
};

/**
 * vexfs_volume_snapshot_change() - all of it is on disk when it returns, or nothing. Return: 0,
 * -ENOENT, -EEXIST (another has the name), -EINVAL (no snapshot, no such name, flags that do not
 * go together, or what is read-only is to be writable).
 */
int vexfs_volume_snapshot_change(struct vexfs_volume *volume,
				 const struct vexfs_snapshot_change *change);

/**
 * vexfs_volume_rollback() - the live tree becomes what snapshot @id holds; what it was is the new
 * snapshot @safety, which may be LOCKED or HIDDEN. Both are on disk when it returns, or neither.
 * Ids of inodes stand for those of the same number in the other tree; where there are none they
 * are -ESTALE. Hosts drop what they keep of the live tree. Waits for writes that are going on.
 * Return: 0, -ENOENT, -EEXIST, -EINVAL.
 */
int vexfs_volume_rollback(struct vexfs_volume *volume, u64 id, const char *name, u32 name_bytes,
			  u32 flags, struct vexfs_snapshot *safety);

struct vexfs_id_range {
	u64 first, last;
};

/**
 * struct vexfs_space_query - about which snapshots. @ranges: of ids, in order and apart; hidden
 * ones count only when a range has one id. @referenced: whether that is asked for, too.
 * @interrupted: asked now and then, may be NULL.
 */
struct vexfs_space_query {
	const struct vexfs_id_range *ranges;
	u32 ranges_count;
	bool referenced;
	bool (*interrupted)(void *context);
	void *context;
};

/**
 * struct vexfs_space_answer - @reclaim_blocks: free once the set is deleted and cleared away, but
 * for what the root tree itself needs less. @referenced_blocks: of each tree by itself, and blocks
 * as often as they are referred to.
 */
struct vexfs_space_answer {
	u64 snapshots;
	u64 reclaim_blocks;
	u64 referenced_blocks;
};

/**
 * vexfs_volume_snapshot_space() - what a set of snapshots holds. Commits first. Reads what would be
 * freed, and for @referenced what was not added up before in this mount; lets go of the volume's
 * lock in between. Return: 0, -EINVAL (ranges), -ENOENT (a range of one id that is none), -EINTR,
 * -EAGAIN (one was deleted, or a clone was changed meanwhile).
 */
int vexfs_volume_snapshot_space(struct vexfs_volume *volume, const struct vexfs_space_query *query,
				struct vexfs_space_answer *answer);

#define VEXFS_DIFF_CREATED	0x01u	/* as VEXFS_CHANGE_* in uapi/vexfs/ioctl_snapshots.h */
#define VEXFS_DIFF_REMOVED	0x02u
#define VEXFS_DIFF_DATA		0x04u
#define VEXFS_DIFF_ATTRS	0x08u
#define VEXFS_DIFF_NAMES	0x10u
#define VEXFS_DIFF_XATTRS	0x20u
#define VEXFS_DIFF_VECTORS	0x40u
#define VEXFS_DIFF_ENTRIES	0x80u
#define VEXFS_DIFF_RENAMED	0x100u
#define VEXFS_DIFF_TIMES	0x200u

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

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * fs/inode.h - inodes: attributes, and what happens to those without a name.
 *
 * An inode without a name has an orphan item, so that a crash does not leak it; so has one whose
 * content beyond its size is still being freed.
 *
 * Locking: txn->lock, by reading or by writing as the function needs; *_locked: held by the caller.
 * Whoever changes a fork has the inode's own lock around that.
 */
#ifndef VEXFS_FS_INODE_H
#define VEXFS_FS_INODE_H

#include "txn/txn.h"

#define VEXFS_S_IFMT	0170000u
#define VEXFS_S_IFSOCK	0140000u
#define VEXFS_S_IFLNK	0120000u
#define VEXFS_S_IFREG	0100000u
#define VEXFS_S_IFBLK	0060000u
#define VEXFS_S_IFDIR	0040000u
#define VEXFS_S_IFCHR	0020000u
#define VEXFS_S_IFIFO	0010000u
#define VEXFS_S_ISGID	0002000u
#define VEXFS_S_PERM	0007777u

struct vexfs_inode {
	u32 mode, nlink, uid, gid;
	u64 rdev;
	u64 flags;		/* VEXFS_INODE_* */
	u64 size[VEXFS_FORK_COUNT];
	u64 blocks[VEXFS_FORK_COUNT];
	u64 data_generation;
	struct vexfs_time atime, mtime, ctime, btime;
};

static inline bool vexfs_inode_is(const struct vexfs_inode *inode, u32 type)
{
	return (inode->mode & VEXFS_S_IFMT) == type;
}

static inline struct vexfs_key vexfs_inode_key(u64 ino)
{
	return vexfs_key_make(ino, VEXFS_ITEM_INODE, 0);
}

static inline struct vexfs_key vexfs_orphan_key(u64 ino)
{
	return vexfs_key_make(0, VEXFS_ITEM_ORPHAN, ino);
}

struct vexfs_time vexfs_time_now(void);

/** Return: 0, -EUCLEAN. */
int vexfs_inode_decode(const void *data, u32 bytes, struct vexfs_inode *out);
void vexfs_inode_encode(const struct vexfs_inode *inode, struct vexfs_disk_inode *out);

/** vexfs_inode_read() - Return: 0, -ESTALE (no such inode), -EUCLEAN. */
int vexfs_inode_read(const struct vexfs_tree *tree, u64 ino, struct vexfs_inode *out);
/** vexfs_inode_update() - its item was prepared. */
void vexfs_inode_update(struct vexfs_tree *tree, u64 ino, const struct vexfs_inode *inode);
void vexfs_inode_insert(struct vexfs_tree *tree, u64 ino, const struct vexfs_inode *inode);
int vexfs_inode_prepare(struct vexfs_tree *tree, u64 ino, u32 room_bytes);

void vexfs_inode_attr(const struct vexfs_inode *inode, struct vexfs_attr *out);

int vexfs_inode_getattr(struct vexfs_txn *txn, struct vexfs_id id, struct vexfs_attr *attr);
int vexfs_inode_setattr(struct vexfs_txn *txn, struct vexfs_id id, const struct vexfs_setattr *set,
			struct vexfs_attr *attr);

/** vexfs_inode_evict() - frees an inode that has no name; nothing happens to others. */
int vexfs_inode_evict(struct vexfs_txn *txn, struct vexfs_id id);

/**
 * vexfs_inode_finish_cut() - frees what lies beyond the sizes of an inode with CUTTING set; with
 * @may_unlock it lets go of the lock between steps.
 */
int vexfs_inode_finish_cut(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino,
			   bool may_unlock);

/**
 * vexfs_inode_settle() - the same, if @inode has CUTTING set, and reads it again. To be called
 * before anything else of an operation that makes it grow or changes its number of names.
 */
int vexfs_inode_settle(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino,
		       struct vexfs_inode *inode);

/**
 * vexfs_orphans_clear() - finishes what a crash interrupted, in one tree; @txn->lock is not held.
 */
int vexfs_orphans_clear(struct vexfs_txn *txn, u64 tree);

#endif

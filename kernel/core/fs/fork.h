/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * fs/fork.h - the numbered byte streams of an inode.
 *
 * A small fork is one inline extent; others are extents of up to VEXFS_EXTENT_MAX_BLOCKS with a
 * checksum per block, and holes. Bytes of the last block beyond the size are zero on disk. Data is
 * never overwritten in place: it goes to new blocks, then the extents change.
 *
 * Locking: as in inode.h.
 */
#ifndef VEXFS_FS_FORK_H
#define VEXFS_FS_FORK_H

#include "fs/inode.h"

static inline struct vexfs_key vexfs_fork_key(u64 ino, u32 fork, u64 file_block)
{
	return vexfs_key_make(ino, (u8)(VEXFS_ITEM_EXTENT + fork), file_block);
}

int vexfs_fork_read(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 offset_bytes,
		    void *out, u32 size, u32 *got);
int vexfs_fork_write(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 offset_bytes,
		     const void *data, u32 size, u32 *done);
int vexfs_fork_truncate(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 size_bytes);

/**
 * vexfs_fork_cut_locked() - frees extents from @file_block on, in steps with room made between
 * them. The inode's block count follows. Return: 0, errors; what was freed stays freed.
 */
int vexfs_fork_cut_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino, u32 fork,
			  u64 file_block);

/** vexfs_fork_block_read_locked() - one block of a fork, zeros in holes; @out is a whole block. */
int vexfs_fork_block_read_locked(struct vexfs_subvol *subvol, u64 ino, u32 fork, u64 file_block,
				 void *out);

/** struct vexfs_store - a run of whole blocks that takes the place of what a fork has there. */
struct vexfs_store {
	u64 ino;
	u32 fork;
	u64 file_block;
	u32 blocks;		/* 1..VEXFS_EXTENT_MAX_BLOCKS */
	const u8 *data;
	u64 size_bytes;		/* of the fork afterwards */
	bool touch;		/* fork 0 changed: times and data_generation */
	bool cutting;		/* set VEXFS_INODE_CUTTING, with an orphan item if it has a name */
};

/**
 * vexfs_fork_store_locked() - writes a run and points the fork at it; may take fewer blocks than
 * asked, then the size grows no further than these. Return: 0 with the count in @stored.
 */
int vexfs_fork_store_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol,
			    enum vexfs_space_use use, const struct vexfs_store *store,
			    u32 *stored);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * fs/fork.h - the numbered byte streams of an inode.
 *
 * A small fork is one inline extent; others are extents of up to VEXFS_EXTENT_MAX_BLOCKS with a
 * checksum per block, and holes. Bytes of the last block beyond the size are zero on disk. Data is
 * never overwritten in place: blocks are reserved, written while the volume's lock is free, and
 * then the extents change. The inode's lock keeps other writers of the file away meanwhile.
 *
 * A compressed extent shows a part of what its frame holds, and refers to all blocks of the frame.
 * So cutting it changes the item only, and when it is cut in two, both parts refer to the frame.
 *
 * Locking: as in inode.h.
 */
#ifndef VEXFS_FS_FORK_H
#define VEXFS_FS_FORK_H

#include <vexfs/ranges.h>

#include "fs/inode.h"

static inline struct vexfs_key vexfs_fork_key(u64 ino, u32 fork, u64 file_block)
{
	return vexfs_key_make(ino, (u8)(VEXFS_ITEM_EXTENT + fork), file_block);
}

int vexfs_fork_read(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 offset_bytes,
		    void *out, u32 size, u32 *got);
int vexfs_fork_write(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 offset_bytes,
		     const void *data, u32 size, u32 *done);
/** vexfs_fork_write_promised() - to fork 0, with room that was promised. */
int vexfs_fork_write_promised(struct vexfs_txn *txn, struct vexfs_id id, u64 offset_bytes,
			      const void *data, u32 size, u32 *done);
int vexfs_fork_truncate(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 size_bytes);

/** vexfs_fork_open_locked() - a regular file to be changed, settled. Return: as for writing. */
int vexfs_fork_open_locked(struct vexfs_txn *txn, struct vexfs_id id, struct vexfs_subvol **subvol,
			   struct vexfs_inode *inode);

/** What a cut frees: all of a fork, or what lies beyond its size as long as CUTTING is set. */
enum vexfs_cut {
	VEXFS_CUT_ALL,
	VEXFS_CUT_BEYOND,
};
/* Contracts: vexfs/volume.h, functions of the same verb. */
int vexfs_fork_allocate(struct vexfs_txn *txn, struct vexfs_id id, u32 flags, u64 offset_bytes,
			u64 len_bytes, u64 *done);
int vexfs_fork_seek(struct vexfs_txn *txn, struct vexfs_id id, u64 offset_bytes, bool hole,
		    u64 *out);
int vexfs_fork_places(struct vexfs_txn *txn, struct vexfs_id id, u64 offset_bytes,
		      struct vexfs_placed *rows, u32 rows_max, u32 *count);
int vexfs_fork_clone(struct vexfs_txn *txn, const struct vexfs_clone *clone, u64 *done);
int vexfs_fork_copy(struct vexfs_txn *txn, const struct vexfs_clone *clone, u64 *done);

/**
 * vexfs_fork_cut_locked() - frees extents in steps with room made between them, letting go of the
 * lock if @may_unlock. The inode's block count follows. Return: 0, errors; what was freed stays
 * freed.
 */
int vexfs_fork_cut_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino, u32 fork,
			  enum vexfs_cut what, bool may_unlock);

/**
 * vexfs_fork_block_read() - one block of a fork, zeros in holes; @out is a whole block. The
 * volume's
 * lock is not held.
 */
int vexfs_fork_block_read(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 file_block,
			  void *out);

/**
 * vexfs_fork_frame_check() - reads the frame of a compressed extent, and whether it holds what the
 * extent shows. Return: 0, -EBADMSG, -EUCLEAN, errors of reading.
 */
int vexfs_fork_frame_check(struct vexfs_txn *txn, const struct vexfs_extent *extent);

/** struct vexfs_run - blocks that were reserved for a run of a fork, to be written. */
struct vexfs_run {
	u64 file_block;
	u32 blocks;		/* of the file, 1..VEXFS_EXTENT_MAX_BLOCKS */
	u32 disk_blocks;	/* the same unless compressed */
	u32 frame_bytes;	/* compressed, else 0 */
	u64 block;
	u64 birth;		/* generation in which it is written */
	bool fills;		/* the fork has these blocks: they were reserved for it before */
	struct vexfs_le32 csum[VEXFS_EXTENT_MAX_BLOCKS];
};

/**
 * vexfs_run_reserve_locked() - blocks for up to @want blocks of a fork, near those before them.
 * Return: 0, -ENOSPC, errors of reading.
 */
int vexfs_run_reserve_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol,
			     enum vexfs_space_use use, u64 ino, u32 fork, u64 file_block, u32 want,
			     struct vexfs_run *run);
/**
 * vexfs_run_fill_locked() - up to @want blocks that fork 0 has reserved at @file_block for itself
 * alone. Whoever writes there takes no room that was not promised to him.
 * Return: 0, -ENOENT (there are none), -ENOSPC, errors of reading.
 */
int vexfs_run_fill_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino,
			  u64 file_block, u32 want, struct vexfs_run *run);
/** vexfs_run_is_sole() - whether its blocks have one reference each. Return: as above. */
int vexfs_run_is_sole(struct vexfs_space *space, const struct vexfs_run *run, bool *sole);
/**
 * vexfs_run_reserve_frame_locked() - blocks in one piece for a frame of @frame_bytes, which holds
 * @blocks blocks of a fork. Return: 1 when there is no such piece, else as above.
 */
int vexfs_run_reserve_frame_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino,
				   u64 file_block, u32 blocks, u32 frame_bytes,
				   struct vexfs_run *run);
/** vexfs_run_write() - writes the run's data; no lock but the inode's is held. */
int vexfs_run_write(struct vexfs_txn *txn, struct vexfs_run *run, const u8 *data);
/**
 * struct vexfs_drop - what becomes of an extent's references when file blocks are taken out of it:
 * those to the @count blocks from @block on go, or @adds: get one more each.
 */
struct vexfs_drop {
	u64 block;
	u32 count;
	bool adds;
};

/** vexfs_extent_drop() - when [@from, @to) is taken out of @extent at file block @at. */
void vexfs_extent_drop(const struct vexfs_extent *extent, u64 at, u64 from, u64 to,
		       struct vexfs_drop *drop);
/** vexfs_drop_prepare() - after the last vexfs_tree_prepare(), which may count in the same. */
int vexfs_drop_prepare(struct vexfs_tree *tree, const struct vexfs_drop *drop);
/**
 * vexfs_drop_apply() - in the map; after the items have changed, because a replay counts when it
 * comes to the record, and a leaf that it copies then counts what is still in it.
 */
void vexfs_drop_apply(struct vexfs_tree *tree, const struct vexfs_drop *drop);
/** vexfs_drop_blocks() - how many blocks the inode counts less; modulo 2^64. */
static inline u64 vexfs_drop_blocks(const struct vexfs_drop *drop)
{
	return drop->adds ? 0 - (u64)drop->count : drop->count;
}

/** vexfs_run_release() - gives the blocks back; takes the volume's lock. */
void vexfs_run_release(struct vexfs_txn *txn, const struct vexfs_run *run);

/** struct vexfs_store - a run that takes the place of what a fork has there. */
struct vexfs_store {
	u64 ino;
	u32 fork;
	const struct vexfs_run *run;
	u64 size_bytes;		/* of the fork afterwards, at least */
	bool sets_size;		/* exactly */
	bool touch;		/* fork 0 changed: times and data_generation */
	bool cutting;		/* set VEXFS_INODE_CUTTING, with an orphan item if it has a name */
};

/**
 * vexfs_fork_store_locked() - points the fork at the run, which becomes its own. Return: 0, -EAGAIN
 * (the run fills blocks that were shared meanwhile), -ENOSPC, errors of reading.
 */
int vexfs_fork_store_locked(struct vexfs_subvol *subvol, const struct vexfs_store *store);

#endif

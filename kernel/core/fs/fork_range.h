/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * fs/fork_range.h - what fork 0 has from one file block to another, and putting something else
 * there. Between the files that reserve, punch, seek and clone.
 *
 * Locking: txn->lock, by reading for vexfs_fork_span_find(), by writing for *_locked(); whoever
 * changes a file holds its inode's lock all the time.
 */
#ifndef VEXFS_FS_FORK_RANGE_H
#define VEXFS_FS_FORK_RANGE_H

#include "fs/fork.h"

#define VEXFS_DATA_FORK		0u
#define VEXFS_SPAN_HOLE		0u	/* no extent; beside VEXFS_EXTENT_* */

/* Behind the last block of the largest file. */
#define VEXFS_FILE_BLOCKS_END	(VEXFS_FILE_MAX_BYTES / VEXFS_BLOCK_BYTES + 1)

#define VEXFS_SPAN_CSUMS_MAX_BYTES	(VEXFS_EXTENT_MAX_BLOCKS * VEXFS_CSUM_CRC32C_BYTES)

/**
 * struct vexfs_span - file blocks of one kind, from one that was asked for to the end of its extent
 * or hole. @extent is the part of the extent that begins there.
 */
struct vexfs_span {
	u32 kind;
	u64 end;
	struct vexfs_extent extent;
};

/**
 * vexfs_fork_span_find() - @csums, if not NULL, takes the checksums of @span->extent, which then
 * points to them. Return: 0, -EUCLEAN and errors of reading.
 */
int vexfs_fork_span_find(struct vexfs_subvol *subvol, u64 ino, u64 file_block, u8 *csums,
			struct vexfs_span *span);

/**
 * struct vexfs_replace - what is to be in place of the file blocks [@from, @to), at most
 * VEXFS_EXTENT_MAX_BLOCKS of them unless it is a hole.
 * @to:     in a hole it may come out smaller: as far as one operation reaches.
 * @extent: NULL is a hole.
 * @shares: the blocks of @extent have other references; otherwise they are reserved for it.
 * @end_bytes: where the fork ends at least, as far as @to reaches.
 */
struct vexfs_replace {
	u64 ino;
	u64 from, to;
	const struct vexfs_extent *extent;
	bool shares;
	u64 end_bytes;
};

/**
 * vexfs_fork_replace_locked() - stores @inode too, with its new count of blocks. The fork has no
 * inline extent. On failure nothing has changed, and blocks that were reserved for @extent are
 * still the caller's. Return: 0, -EMLINK, -ENOSPC, errors of reading.
 */
int vexfs_fork_replace_locked(struct vexfs_subvol *subvol, struct vexfs_replace *replace,
			      struct vexfs_inode *inode);

/**
 * struct vexfs_rewrite - a block of the fork that is written again elsewhere, with @bytes from
 * @within on made zeros. Inline bytes come to a block of their own that way.
 */
struct vexfs_rewrite {
	struct vexfs_run run;
	u32 within, bytes;
	u64 size_bytes;		/* of the fork afterwards, at least */
	bool touch;
};

/** vexfs_fork_rewrite_begin_locked() - reserves the block; vexfs_fork_rewrite() must follow. */
int vexfs_fork_rewrite_begin_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol,
				    enum vexfs_space_use use, u64 ino, u64 file_block,
				    struct vexfs_rewrite *rewrite);
/** vexfs_fork_rewrite() - only the inode's lock is held. */
int vexfs_fork_rewrite(struct vexfs_txn *txn, struct vexfs_id id, enum vexfs_space_use use,
		       struct vexfs_rewrite *rewrite);

/** vexfs_fork_touch() - times of a change; of content too when @content. Nothing is stored. */
void vexfs_fork_touch(const struct vexfs_subvol *subvol, struct vexfs_inode *inode, bool content);

#endif

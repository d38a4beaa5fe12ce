/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vector/gather.h - from the forks of one leaf's files to rows.
 *
 * The files are listed under the volume's lock and read without it. When the leaf, and the next one
 * if a file goes on there, are the same before and after, then what was read is their content.
 */
#ifndef VEXFS_VECTOR_GATHER_H
#define VEXFS_VECTOR_GATHER_H

#include "vector/walk.h"

/* No more inodes fit in a leaf. */
#define VEXFS_GATHER_FILES	128u
/* Small forks are read one behind the other into this, larger ones in parts of it. */
#define VEXFS_GATHER_BYTES	(1u << 20)
/* Rows that are kept at a time; what has more in one leaf is compared in parts and not cached. */
#define VEXFS_GATHER_ROWS_BYTES	(32u << 20)

struct vexfs_gather {
	struct vexfs_txn *txn;
	u64 tree;
	const struct vexfs_vector_kernels *kernels;
	/* Takes the rows that there are so far; they are freed when it returns. */
	int (*spill)(void *context, const struct vexfs_vector_leaf *leaf);
	void *context;

	struct vexfs_leaf_ref at;	/* the leaf as it was found */
	bool keeps;			/* it may be cached */
	bool changed;			/* a fork was another when it was read */
	struct {
		u64 ino, size, data_generation;
	} files[VEXFS_GATHER_FILES];
	u32 file_count;
	struct vexfs_vector_fork forks[VEXFS_GATHER_FILES];
	struct vexfs_vector_piece pieces[VEXFS_GATHER_FILES];
	u32 piece_count;
	u8 *bytes;			/* VEXFS_GATHER_BYTES, when there was something to read */
	u32 used;
};

/** vexfs_gather_create() - Return: 0, -ENOMEM. */
int vexfs_gather_create(struct vexfs_txn *txn, u64 tree, const struct vexfs_vector_kernels *kernels,
			struct vexfs_gather **out);
void vexfs_gather_destroy(struct vexfs_gather *gather);

/**
 * vexfs_gather_leaf() - rows of the files whose inode items are in the leaf that has the place of
 * @from, and not before it; that leaf is in gather->at afterwards. A fork that cannot be read is
 * counted in the leaf. *out is pinned once. Return: 0, -ENOMEM, -ENOENT (the tree is gone), errors
 * of reading the tree, errors of gather->spill().
 */
int vexfs_gather_leaf(struct vexfs_gather *gather, const struct vexfs_key *from,
		      struct vexfs_vector_leaf **out);

#endif

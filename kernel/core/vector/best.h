/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vector/best.h - the best rows of a search so far, none of a file that the asker may not read.
 *
 * A row is asked for permission when it is about to become a hit, which few are. So hits do not run
 * out however many files are denied, and what is no hit costs nothing.
 */
#ifndef VEXFS_VECTOR_BEST_H
#define VEXFS_VECTOR_BEST_H

#include "fs/access.h"
#include "vector/leaf.h"

#define VEXFS_BEST_FILES	256u

struct vexfs_best {
	struct vexfs_txn *txn;
	u64 tree;
	struct vexfs_access access;
	struct {
		u64 ino;	/* 0 is free */
		bool may;
	} files[VEXFS_BEST_FILES];
	s64 ranks[VEXFS_SEARCH_HITS_MAX];
	struct vexfs_hit *hits;
	u32 count, max;
	u64 denied;
	bool (*interrupted)(void *context);
	void *context;
};

/** vexfs_best_wants() - whether a row of this rank may be a hit. */
static inline bool vexfs_best_wants(const struct vexfs_best *best, s64 rank)
{
	return best->count < best->max || rank >= best->ranks[best->count - 1];
}

/** vexfs_best_offer() - Return: 0, -EINTR, errors of reading. txn->lock is not held. */
int vexfs_best_offer(struct vexfs_best *best, const struct vexfs_vector_row *row, s64 rank);

#endif

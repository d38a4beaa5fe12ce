/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vector/walk.h - the leaves of a file tree, without reading them.
 *
 * A pointer carries the generation in which its node was written, and that is never below those of
 * the nodes under it: so what did not change since a generation is stepped over, whole subtrees at
 * a time.
 */
#ifndef VEXFS_VECTOR_WALK_H
#define VEXFS_VECTOR_WALK_H

#include "vector/leaf.h"

/** struct vexfs_leaf_ref - a leaf: keys from @low on, below @end unless it is the last. */
struct vexfs_leaf_ref {
	struct vexfs_ptr ptr;
	struct vexfs_leaf_name name;	/* next_* of the leaf that follows, 0 for none */
	struct vexfs_key low, end;
	bool is_last;
};

/**
 * vexfs_leaves_list() - leaves born after @birth, from the one that has the place of @from on, in
 * order of keys; txn->lock is held. Fewer than @max when these were all.
 * Return: 0, errors of reading.
 */
int vexfs_leaves_list(const struct vexfs_tree *tree, const struct vexfs_key *from, u64 birth,
		      struct vexfs_leaf_ref *out, u32 max, u32 *count);

#endif

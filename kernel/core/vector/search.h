/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vector/search.h - the nearest vectors of a tree. Contracts: vexfs/search.h.
 *
 * A scan goes over a tree in portions of leaves. Under the volume's lock it lists some leaves;
 * then, without it, rows are compared, from the cache where a leaf is in it, and otherwise from the
 * forks, each read as any other reader would. When the tree has changed meanwhile it goes on where
 * it was, by key, as it finds it then.
 */
#ifndef VEXFS_VECTOR_SEARCH_H
#define VEXFS_VECTOR_SEARCH_H

#include "vector/leaf.h"
#include "vector/sealed.h"

/** struct vexfs_vector_host - what a volume has for searches. */
struct vexfs_vector_host {
	struct vexfs_vector_cache *cache;
	struct vexfs_sealed_cache *sealed;
	const struct vexfs_vector_kernels *kernels;
};

int vexfs_vector_search(struct vexfs_txn *txn, const struct vexfs_vector_host *host,
			const struct vexfs_search *search, struct vexfs_hit *hits,
			struct vexfs_search_result *result);

int vexfs_vector_may_read(struct vexfs_txn *txn, struct vexfs_id id,
			  const struct vexfs_credentials *who, bool *may);

#endif

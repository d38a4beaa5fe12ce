/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vector/sealed.h - sealed segments that lie in the volume, and their chunks in memory.
 *
 * They are the files in the folder "segments" of tree 2. A file is known by inode number and the
 * generation of its last change, and only when that is on disk: so a chunk in memory is never that
 * of another content. Blocks were checked against the volume's checksums when they were read, which
 * makes those of the segment superfluous here.
 *
 * Locking: a mutex of its own (rank CACHE), for the slots.
 */
#ifndef VEXFS_VECTOR_SEALED_H
#define VEXFS_VECTOR_SEALED_H

#include <vexfs/segment.h>

#include "txn/txn.h"

#define VEXFS_SEALED_FOLDER	"segments"
/* Files of the folder that are looked at. */
#define VEXFS_SEALED_FILES_MAX	64u

struct vexfs_sealed_slot {
	u64 ino, data_generation, chunk;
	u8 *bytes;		/* NULL: free */
};

struct vexfs_sealed_cache {
	struct vexfs_mutex *mutex;
	struct vexfs_sealed_slot *slots;	/* NULL before the first use */
	u32 slot_count;
};

int vexfs_sealed_cache_init(struct vexfs_sealed_cache *cache, u64 budget_bytes);
void vexfs_sealed_cache_fini(struct vexfs_sealed_cache *cache);

/** struct vexfs_sealed - a segment that was found, and where it is read from. */
struct vexfs_sealed {
	struct vexfs_txn *txn;
	struct vexfs_sealed_cache *cache;
	struct vexfs_segment segment;
	struct vexfs_segment_source source;
	u64 ino, data_generation;
};

/**
 * vexfs_sealed_find() - the newest segment that covers what @search asks for; *found is false when
 * there is none. Files that are no segments are stepped over. @out must stay where it is.
 * Return: 0, -ENOMEM, errors of reading.
 */
int vexfs_sealed_find(struct vexfs_txn *txn, struct vexfs_sealed_cache *cache,
		      const struct vexfs_search *search, struct vexfs_sealed *out, bool *found);

#endif

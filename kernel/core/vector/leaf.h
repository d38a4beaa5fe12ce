/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vector/leaf.h - the vectors of the files of one leaf, laid out to be compared, and the cache of
 * them.
 *
 * A tree's leaf that is on disk never changes, and neither do the blocks that its extents refer to:
 * block and birth name its content, and that of the forks in it, for as long as the volume lives,
 * in every tree and snapshot that shares it. So what is cached under them is never stale. A file
 * belongs to the leaf that has its inode item; when it goes on in the next leaf, that one's block
 * and birth are part of the name.
 *
 * The cache has a budget, and what is in it stays as long as searches use it: a scan that does not
 * fit goes on without, rather than drive out what the next one will want first.
 *
 * Locking: a mutex of its own (rank CACHE) for the table; leaves do not change and are counted.
 */
#ifndef VEXFS_VECTOR_LEAF_H
#define VEXFS_VECTOR_LEAF_H

#include "txn/txn.h"
#include "vector/score.h"

/** struct vexfs_vector_row - where a row comes from. */
struct vexfs_vector_row {
	u64 ino;
	u64 begin_bytes, end_bytes;
	u32 record;
	u32 page;
	bool stale;
};

/** struct vexfs_vector_run - rows of one model and dimension, beside each other. */
struct vexfs_vector_run {
	struct vexfs_vector_run *next;
	u8 model[VEXFS_VECTOR_MODEL_MAX_BYTES];
	u32 dimension;
	u32 stride;			/* dimension, padded */
	u32 rows;
	u32 skipped;			/* vectors of the model that are not among the rows */
	size_t bytes;			/* of memory */
	s8 *codes;			/* aligned to VEXFS_VECTOR_PAD_BYTES */
	struct vexfs_norm *norms;
	struct vexfs_vector_row *sources;
};

/** struct vexfs_leaf_name - @next is zero when no file goes on in the next leaf. */
struct vexfs_leaf_name {
	u64 block, birth;
	u64 next_block, next_birth;
};

struct vexfs_vector_leaf {
	struct vexfs_vector_leaf *hash_next;
	struct vexfs_leaf_name name;
	struct vexfs_vector_run *runs;
	size_t bytes;
	u32 pins;			/* the table's included */
	u64 used;			/* number of the last search that did */
	u32 damaged;			/* forks that could not be read */
	bool goes_on;			/* name.next counts */
	bool spilled;			/* some of its rows were used and freed */
};

struct vexfs_vector_counters {
	u64 searches, scanned, hits, misses, evictions;
};

struct vexfs_vector_cache {
	struct vexfs_mutex *mutex;
	struct vexfs_vector_leaf **table;	/* NULL before the first search */
	u64 bytes, budget_bytes;
	u64 search;			/* number of the last one */
	u32 hand;			/* slot at which eviction goes on */
	struct vexfs_vector_counters counters;
};

int vexfs_vector_cache_init(struct vexfs_vector_cache *cache, u64 budget_bytes);
void vexfs_vector_cache_fini(struct vexfs_vector_cache *cache);

/** vexfs_vector_cache_begin() - a search begins. Return: 0 with its number in @search, -ENOMEM. */
int vexfs_vector_cache_begin(struct vexfs_vector_cache *cache, u64 *search);

/** vexfs_vector_cache_end() - it compared @scanned rows. */
void vexfs_vector_cache_end(struct vexfs_vector_cache *cache, u64 scanned);

/**
 * vexfs_vector_cache_get() - the leaves that are there of @count names, pinned, NULL for others.
 * names[i].next_* are those of the leaf that follows, whether a file goes on there or not.
 */
void vexfs_vector_cache_get(struct vexfs_vector_cache *cache, u64 search,
			    const struct vexfs_leaf_name *names, u32 count,
			    struct vexfs_vector_leaf **out);
/** vexfs_vector_cache_put() - unpins @count of them, NULL among them. */
void vexfs_vector_cache_put(struct vexfs_vector_cache *cache, struct vexfs_vector_leaf **leaves,
			    u32 count);
/** vexfs_vector_cache_insert() - keeps @leaf if there is room; it stays pinned by the caller. */
void vexfs_vector_cache_insert(struct vexfs_vector_cache *cache, u64 search,
			       struct vexfs_vector_leaf *leaf);

/** vexfs_vector_leaf_create() - one without rows, pinned once. Return: NULL without memory. */
struct vexfs_vector_leaf *vexfs_vector_leaf_create(void);

/** vexfs_vector_leaf_clear() - without rows again. */
void vexfs_vector_leaf_clear(struct vexfs_vector_leaf *leaf);
/** vexfs_vector_leaf_free() - of one that is not in the cache. */
void vexfs_vector_leaf_free(struct vexfs_vector_leaf *leaf);

/**
 * struct vexfs_vector_fork - the header of a vector fork, checked.
 */
struct vexfs_vector_fork {
	u8 model[VEXFS_VECTOR_MODEL_MAX_BYTES];
	u32 dimension;
	u32 record_bytes;
	u32 records;
	bool is_i8;
	u64 data_generation;
	u64 text_bytes;
};

/**
 * vexfs_vector_fork_verify() - whether a fork of @size bytes that begins with @header is one.
 * Return: 0, -EUCLEAN.
 */
int vexfs_vector_fork_verify(const struct vexfs_disk_vectors *header, u64 size,
			     struct vexfs_vector_fork *out);

/** struct vexfs_vector_piece - @count records of a fork from @first on, as they are on disk. */
struct vexfs_vector_piece {
	const struct vexfs_vector_fork *fork;
	u64 ino;
	bool stale;
	u32 first, count;
	const u8 *records;
};

/**
 * vexfs_vector_leaf_add() - rows of @count pieces, which are of one model and dimension. A record
 * that is none is counted as skipped. Return: 0, -ENOMEM.
 */
int vexfs_vector_leaf_add(struct vexfs_vector_leaf *leaf, const struct vexfs_vector_piece *pieces,
			  u32 count, const struct vexfs_vector_kernels *kernels);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/search.h - the nearest vectors of a tree. A part of vexfs/volume.h, whose rules apply.
 *
 * Every vector fork of the tree is looked at that has the model and the dimension of the query,
 * and what a call returns is complete from the moment at which a fork was written. Where a sealed
 * segment (vexfs/segment.h) covers the tree as of some generation, it answers for what did not
 * change since, nearly exactly, and only the rest is looked at. A hit is given only of a file that
 * the caller could open for reading by one of its paths in that tree.
 *
 * All arithmetic is on integers, so that both hosts answer the same bits. Scores are in units of
 * 2^-VEXFS_SCORE_SHIFT, and higher is nearer.
 */
#ifndef VEXFS_SEARCH_H
#define VEXFS_SEARCH_H

#include <vexfs/volume.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The same as in uapi/vexfs/vector_fork.h and uapi/vexfs/ioctl.h. */
#define VEXFS_VECTOR_MODEL_MAX_BYTES	64u
#define VEXFS_SEARCH_DIMENSION_MAX	4096u
#define VEXFS_SEARCH_HITS_MAX		240u
#define VEXFS_SCORE_SHIFT		32u

/* Rows and queries are padded to a multiple of this, queries with zeros. */
#define VEXFS_VECTOR_PAD_BYTES		64u

/**
 * struct vexfs_vector_kernels - the inner loop, which a host may have a faster one of.
 * @dot: out[i] = the sum over j of query[j] * rows[i * stride + j], for @count rows. @query and
 *       @rows are aligned to VEXFS_VECTOR_PAD_BYTES, @stride and @padded are multiples of it;
 *       @padded is at most 8,192, so that every sum fits. May not sleep.
 */
struct vexfs_vector_kernels {
	const char *name;
	void (*dot)(const s8 *query, const s8 *rows, size_t stride, u32 count, u32 padded,
		    s32 *out);
};

/** The engine's own, in plain C; all others must give the same. */
extern const struct vexfs_vector_kernels vexfs_vector_scalar;

/**
 * struct vexfs_credentials - who asks. @privileged: may read whatever has a path. @in_group:
 * whether the caller is in group @gid; does not sleep.
 */
struct vexfs_credentials {
	u32 uid;
	bool privileged;
	bool (*in_group)(void *context, u32 gid);
	void *context;
};

/** enum vexfs_metric - how near two vectors are. Numbers are those of uapi/vexfs/vector_fork.h. */
enum vexfs_metric {
	VEXFS_NEAR_COSINE = 1,	/* their cosine */
	VEXFS_NEAR_L2 = 2,	/* minus the square of their distance */
	VEXFS_NEAR_DOT = 3,	/* their inner product */
};

#define VEXFS_SEARCH_WITH_SCALAR	0x1u	/* by the engine's own kernels, to compare */
#define VEXFS_SEARCH_EXACTLY		0x2u	/* without sealed segments */

/**
 * struct vexfs_search - a question. @query: @dimension elements, each @scale (the bits of an IEEE
 * binary32, above 0) times what it says. @model: NUL-padded. @interrupted: asked now and then, may
 * be NULL.
 */
struct vexfs_search {
	u64 tree;
	const s8 *query;
	u32 dimension;
	u32 scale;
	enum vexfs_metric metric;
	u32 hits_max;
	u32 flags;
	u8 model[VEXFS_VECTOR_MODEL_MAX_BYTES];
	struct vexfs_credentials who;
	bool (*interrupted)(void *context);
	void *context;
};

/**
 * struct vexfs_hit - a vector: number @record of its file's fork, of bytes of the file's text.
 * @stale: the file's data changed after that text was taken.
 */
struct vexfs_hit {
	u64 ino;
	u64 begin_bytes, end_bytes;
	s64 score;
	u32 record;
	u32 page;
	bool stale;
};

/**
 * struct vexfs_search_result - @count hits, nearest first; of equals the lower inode number, then
 * the lower record. @scanned: vectors that were compared. @skipped: vectors of the model that were
 * not: elements that are no integers, another dimension, a scale that is none. @damaged: forks that
 * could not be read. @denied: times that a vector would have been a hit of a file not permitted.
 * @segment_generation: of the segment that answered for what is older, 0 for none.
 */
struct vexfs_search_result {
	u32 count;
	u64 scanned, skipped, damaged, denied;
	u64 segment_generation;
};

/**
 * vexfs_volume_search() - @hits has room for search->hits_max. A tree that changes meanwhile is
 * seen partly as it was and partly as it is, each file as of one moment.
 * Return: 0, -EINVAL (dimension, hits_max, metric, scale or model), -ENOENT (no such tree), -EACCES
 * (a hidden tree, by others than root and the owner of the volume), -EINTR.
 */
int vexfs_volume_search(struct vexfs_volume *volume, const struct vexfs_search *search,
			struct vexfs_hit *hits, struct vexfs_search_result *result);

/** vexfs_volume_may_read() - whether a search by @who would give hits of @id. */
int vexfs_volume_may_read(struct vexfs_volume *volume, struct vexfs_id id,
			  const struct vexfs_credentials *who, bool *may);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/segment.h - a sealed segment: vectors of a tree as of one generation, and a graph through
 * which the nearest of them are found by looking at few. The bytes, and their one reader.
 *
 * A segment is a file that is written once. It is believed nothing: whoever opens it checks the
 * header, and the reader checks every number that it follows, so that a wrong file gives an error
 * or wrong hits, and never a crash, an overrun or a loop without end. Its content is covered by
 * checksums per chunk, which a reader that gets the file through a filesystem of its own may leave
 * to that. On disk: kernel/core/vector/SEGMENT.md.
 */
#ifndef VEXFS_SEGMENT_H
#define VEXFS_SEGMENT_H

#include <vexfs/disk_types.h>
#include <vexfs/search.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VEXFS_SEGMENT_MAGIC		"VexFSSeg"
#define VEXFS_SEGMENT_VERSION		2u
#define VEXFS_SEGMENT_HEADER_BYTES	4096u
#define VEXFS_SEGMENT_CHUNK_BYTES	65536u
#define VEXFS_SEGMENT_NODES_MAX		(1u << 26)
#define VEXFS_SEGMENT_LINKS_MAX		128u
#define VEXFS_SEGMENT_ENTRIES_MAX	1024u
#define VEXFS_SEGMENT_EF_MAX		1024u

/* At offset 0; zeros behind it up to VEXFS_SEGMENT_HEADER_BYTES. */
struct vexfs_disk_segment {
	u8 magic[8];
	struct vexfs_le32 csum;		/* of bytes 12..4095 */
	struct vexfs_le32 version;
	u8 uuid[16];			/* of the volume, zero for other filesystems */
	struct vexfs_le64 tree;
	struct vexfs_le64 generation;	/* of the tree that is covered */
	u8 model[64];
	struct vexfs_le32 dimension;
	u8 element;			/* 3: int8; others are not known yet */
	u8 metric;			/* that the graph was built for */
	struct vexfs_le16 links;	/* of every node */
	struct vexfs_le32 nodes;
	struct vexfs_le32 entries;
	struct vexfs_le32 code_bytes;	/* elements of a node, padded */
	struct vexfs_le32 node_bytes;
	struct vexfs_le64 entries_offset;
	struct vexfs_le64 rows_offset;
	struct vexfs_le64 nodes_offset;
	struct vexfs_le64 csums_offset;
	struct vexfs_le64 file_bytes;
	struct vexfs_le32 csums_csum;	/* of the table of checksums */
	struct vexfs_le32 zero;
	struct vexfs_le64 halves_offset;	/* 0: none */
};

/* Where node number i of the graph comes from. */
struct vexfs_disk_segment_row {
	struct vexfs_le64 ino;
	struct vexfs_le64 begin_bytes;
	struct vexfs_le64 end_bytes;
	struct vexfs_le32 record;
	struct vexfs_le32 page;
};

/* Behind the codes of a node; its links follow, each the number of a node. */
struct vexfs_disk_segment_node {
	struct vexfs_le64 reciprocal;	/* 2^39 / |codes|, rounded down; 0 for zeros */
	struct vexfs_le32 square;	/* |codes|^2 */
	struct vexfs_le32 scale;	/* bits of a binary32 */
	struct vexfs_le32 sum;		/* of the codes, signed */
	struct vexfs_le32 zero;
};

#ifdef __cplusplus
#define VEXFS_SEGMENT_ASSERT(condition) static_assert(condition)
#else
#define VEXFS_SEGMENT_ASSERT(condition) _Static_assert(condition, #condition)
#endif
VEXFS_SEGMENT_ASSERT(sizeof(struct vexfs_disk_segment) == 192);
VEXFS_SEGMENT_ASSERT(offsetof(struct vexfs_disk_segment, model) == 48);
VEXFS_SEGMENT_ASSERT(offsetof(struct vexfs_disk_segment, nodes) == 120);
VEXFS_SEGMENT_ASSERT(offsetof(struct vexfs_disk_segment, entries_offset) == 136);
VEXFS_SEGMENT_ASSERT(sizeof(struct vexfs_disk_segment_row) == 32);
VEXFS_SEGMENT_ASSERT(sizeof(struct vexfs_disk_segment_node) == 24);

/** struct vexfs_segment - a header that was checked. */
struct vexfs_segment {
	u64 tree, generation;
	u8 uuid[16];
	u8 model[VEXFS_VECTOR_MODEL_MAX_BYTES];
	enum vexfs_metric metric;
	u32 dimension, code_bytes, node_bytes;
	u32 nodes, links, entries;
	u64 entries_offset, rows_offset, nodes_offset, csums_offset, file_bytes;
	u64 halves_offset;		/* of rows of halves_bytes, or 0 */
	u32 halves_bytes;
	u32 csums_csum;
};

/**
 * vexfs_segment_open() - checks the first VEXFS_SEGMENT_HEADER_BYTES of a file of @file_bytes.
 * Return: 0, -EBADMSG (checksum), -EUCLEAN (not a segment, or one that contradicts itself),
 * -EPROTONOSUPPORT (of a later version or another element type).
 */
int vexfs_segment_open(const void *header, u64 file_bytes, struct vexfs_segment *out);

/**
 * struct vexfs_segment_source - the bytes of a segment. @get: @bytes of it from @offset on, within
 * the file, either where they lie already or copied to @scratch, which has room for them; *out says
 * where, and what it names stays as it is until the search is over, but for @scratch.
 */
struct vexfs_segment_source {
	int (*get)(void *context, u64 offset, u32 bytes, void *scratch, const u8 **out);
	void *context;
};

/** vexfs_segment_verify() - reads all of it against its checksums. Return: 0, -EBADMSG, @get's. */
int vexfs_segment_verify(const struct vexfs_segment *segment,
			 const struct vexfs_segment_source *source);

/** struct vexfs_segment_hit - node number @node, ranked; higher is nearer. */
struct vexfs_segment_hit {
	s64 rank;
	u32 node;
};

struct vexfs_segment_search;

/**
 * vexfs_segment_search_create() - for searches of one segment, one after the other. @ef: nodes that
 * are kept in view, 1..VEXFS_SEGMENT_EF_MAX. Return: 0, -EINVAL, -ENOMEM.
 */
int vexfs_segment_search_create(const struct vexfs_segment *segment,
				const struct vexfs_segment_source *source,
				const struct vexfs_vector_kernels *kernels, u32 ef,
				struct vexfs_segment_search **out);
void vexfs_segment_search_destroy(struct vexfs_segment_search *search);

/**
 * vexfs_segment_search_run() - the nodes nearest to @query, at most ef of them, nearest first, by
 * the segment's metric. @query: segment->dimension elements with scale @scale. *hits belongs to
 * @search until the next run. Return: 0, -EINVAL (scale), -EUCLEAN (a link leads nowhere), -EINTR,
 * @get's.
 */
int vexfs_segment_search_run(struct vexfs_segment_search *search, const s8 *query, u32 scale,
			     bool (*interrupted)(void *context), void *context,
			     const struct vexfs_segment_hit **hits, u32 *count);

/** vexfs_segment_search_score() - a hit's rank as a score of vexfs/search.h. */
s64 vexfs_segment_search_score(const struct vexfs_segment_search *search, s64 rank);

/** vexfs_segment_row() - where a node comes from. Return: 0, -EUCLEAN, @get's. */
int vexfs_segment_row(const struct vexfs_segment *segment,
		      const struct vexfs_segment_source *source, u32 node, struct vexfs_hit *out);

/** vexfs_segment_node_fill() - for who writes one: the numbers of a node, from its codes. */
void vexfs_segment_node_fill(const s8 *codes, u32 dimension, u32 scale,
			     struct vexfs_disk_segment_node *out);

#ifdef __cplusplus
}
#endif

#endif

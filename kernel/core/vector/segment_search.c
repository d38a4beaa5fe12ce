// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * segment_search.c - the nearest nodes of a graph, by going from each to those that it links to.
 *
 * The view is a list of the ef best nodes so far, in order. The best that was not opened yet is
 * opened: its links that were not seen are ranked, and enter the list if they are good enough. It
 * ends when all in the list are open. Each node is ranked once at most and opened once at most, so
 * no file makes this longer than the number of its nodes.
 */
#include <vexfs/segment.h>

#include <vexfs/errors.h>

#include "vector/score.h"

/* Rows that are ranked at a time. */
#define BATCH	4u
#define RECIPROCAL_MAX	(1ull << 39)
#define RANK_NONE	(-0x7fffffffffffffffll - 1)

struct seen {
	s64 rank;
	u32 node;
	bool open;
};

struct vexfs_segment_search {
	const struct vexfs_segment *segment;
	const struct vexfs_segment_source *source;
	const struct vexfs_vector_kernels *kernels;
	struct vexfs_ranking ranking;
	u32 ef, count;
	u32 first;			/* none before it is still to be opened */
	struct seen *view;		/* ef of them, best first */
	struct vexfs_segment_hit *hits;
	u64 *known;			/* a bit per node that was ranked */
	u8 *scratch;			/* BATCH nodes */
	s8 *query;
	const u8 *found[BATCH];		/* nodes to be ranked */
	u32 numbers[BATCH];
	u32 waiting;
	u32 links[VEXFS_SEGMENT_LINKS_MAX];
};

static size_t known_bytes(const struct vexfs_segment *segment)
{
	return ((size_t)segment->nodes + 63) / 64 * sizeof(u64);
}

void vexfs_segment_search_destroy(struct vexfs_segment_search *search)
{
	if (!search)
		return;
	vexfs_port_free(search->view);
	vexfs_port_free(search->hits);
	vexfs_port_free(search->known);
	vexfs_port_free(search->scratch);
	vexfs_port_free(search->query);
	vexfs_port_free(search);
}

int vexfs_segment_search_create(const struct vexfs_segment *segment,
				const struct vexfs_segment_source *source,
				const struct vexfs_vector_kernels *kernels, u32 ef,
				struct vexfs_segment_search **out)
{
	struct vexfs_segment_search *search;

	if (!ef || ef > VEXFS_SEGMENT_EF_MAX)
		return VEXFS_ERR(EINVAL);
	search = vexfs_port_alloc(sizeof(*search));
	if (!search)
		return VEXFS_ERR(ENOMEM);
	search->segment = segment;
	search->source = source;
	search->kernels = kernels;
	search->ef = ef;
	search->view = vexfs_port_alloc(ef * sizeof(*search->view));
	search->hits = vexfs_port_alloc(ef * sizeof(*search->hits));
	search->known = vexfs_port_alloc(known_bytes(segment));
	/* So large, they are aligned by every host. */
	search->scratch = vexfs_port_alloc((size_t)BATCH * segment->node_bytes + 512);
	search->query = vexfs_port_alloc(VEXFS_SEARCH_DIMENSION_MAX);
	if (!search->view || !search->hits || !search->known || !search->scratch ||
	    !search->query) {
		vexfs_segment_search_destroy(search);
		return VEXFS_ERR(ENOMEM);
	}
	*out = search;
	return 0;
}

/* ---- the view ---- */

static void view_insert(struct vexfs_segment_search *search, u32 node, s64 rank)
{
	u32 at = search->count;

	if (at == search->ef) {
		if (rank <= search->view[at - 1].rank)
			return;
		at--;
	} else {
		search->count++;
	}
	for (; at && search->view[at - 1].rank < rank; at--)
		search->view[at] = search->view[at - 1];
	search->view[at] = (struct seen){ .rank = rank, .node = node };
	if (at < search->first)
		search->first = at;
}

static bool view_next(struct vexfs_segment_search *search, u32 *node)
{
	while (search->first < search->count && search->view[search->first].open)
		search->first++;
	if (search->first == search->count)
		return false;
	search->view[search->first].open = true;
	*node = search->view[search->first].node;
	return true;
}

/* ---- ranking ---- */

static s64 node_rank(const struct vexfs_segment_search *search, const u8 *node, s32 dot)
{
	struct vexfs_disk_segment_node disk;
	struct vexfs_scale scale;
	struct vexfs_norm norm;

	memcpy(&disk, node + search->segment->code_bytes, sizeof(disk));
	norm.reciprocal = vexfs_get64(disk.reciprocal);
	norm.square = vexfs_get32(disk.square);
	norm.scale = vexfs_get32(disk.scale);
	/* What these say may be wrong, but must not overflow: a cosine is 1 at most. */
	if (norm.reciprocal > RECIPROCAL_MAX || norm.square > VEXFS_DOT_MAX ||
	    vexfs_scale_decode(norm.scale, &scale))
		return RANK_NONE;
	if (search->segment->metric == VEXFS_NEAR_COSINE)
		return (s64)((u64)(s64)dot * norm.reciprocal);
	return vexfs_rank(&search->ranking, &norm, dot);
}

static void waiting_rank(struct vexfs_segment_search *search)
{
	u32 i;

	for (i = 0; i < search->waiting; i++) {
		s32 dot;

		search->kernels->dot(search->query, (const s8 *)search->found[i],
				     search->segment->code_bytes, 1, search->segment->code_bytes,
				     &dot);
		view_insert(search, search->numbers[i], node_rank(search, search->found[i], dot));
	}
	search->waiting = 0;
}

/* Ranks @node, soon, unless it was. */
static int node_offer(struct vexfs_segment_search *search, u32 node)
{
	const struct vexfs_segment *segment = search->segment;
	int err;

	if (node >= segment->nodes)
		return VEXFS_ERR(EUCLEAN);
	if (search->known[node / 64] >> node % 64 & 1)
		return 0;
	search->known[node / 64] |= 1ull << node % 64;
	err = search->source->get(search->source->context,
				  segment->nodes_offset + (u64)node * segment->node_bytes,
				  segment->node_bytes,
				  search->scratch + (size_t)search->waiting * segment->node_bytes,
				  &search->found[search->waiting]);
	if (err)
		return err;
	__builtin_prefetch(search->found[search->waiting]);
	__builtin_prefetch(search->found[search->waiting] + segment->code_bytes);
	search->numbers[search->waiting++] = node;
	if (search->waiting == BATCH)
		waiting_rank(search);
	return 0;
}

static int node_open(struct vexfs_segment_search *search, u32 node)
{
	const struct vexfs_segment *segment = search->segment;
	struct vexfs_le32 stored;
	const u8 *data;
	u32 i;
	int err = search->source->get(search->source->context,
				      segment->nodes_offset + (u64)node * segment->node_bytes,
				      segment->node_bytes, search->scratch, &data);

	if (err)
		return err;
	data += segment->code_bytes + sizeof(struct vexfs_disk_segment_node);
	for (i = 0; i < segment->links; i++) {
		memcpy(&stored, data + i * sizeof(stored), sizeof(stored));
		search->links[i] = vexfs_get32(stored);
	}
	for (i = 0; !err && i < segment->links; i++)
		err = node_offer(search, search->links[i]);
	waiting_rank(search);
	return err;
}

/* ---- one search ---- */

static int entries_offer(struct vexfs_segment_search *search)
{
	const struct vexfs_segment *segment = search->segment;
	struct vexfs_le32 stored;
	const u8 *data;
	u32 i;
	int err = 0;

	for (i = 0; !err && i < segment->entries; i++) {
		err = search->source->get(search->source->context,
					  segment->entries_offset + i * sizeof(stored),
					  sizeof(stored), &stored, &data);
		if (err)
			break;
		memcpy(&stored, data, sizeof(stored));
		err = node_offer(search, vexfs_get32(stored));
	}
	waiting_rank(search);
	return err;
}

static int query_prepare(struct vexfs_segment_search *search, const s8 *query, u32 scale)
{
	const struct vexfs_segment *segment = search->segment;
	struct vexfs_scale decoded;
	s32 square;
	int err = vexfs_scale_decode(scale, &decoded);

	if (err || !decoded.fraction)
		return err ? err : VEXFS_ERR(EINVAL);
	memset(search->query, 0, segment->code_bytes);
	memcpy(search->query, query, segment->dimension);
	search->kernels->dot(search->query, search->query, segment->code_bytes, 1,
			     segment->code_bytes, &square);
	vexfs_ranking_init(&search->ranking, segment->metric, (u32)square, scale);
	memset(search->known, 0, known_bytes(segment));
	search->count = search->first = search->waiting = 0;
	return 0;
}

int vexfs_segment_search_run(struct vexfs_segment_search *search, const s8 *query, u32 scale,
			     bool (*interrupted)(void *context), void *context,
			     const struct vexfs_segment_hit **hits, u32 *count)
{
	u32 node, i;
	int err = query_prepare(search, query, scale);

	if (!err)
		err = entries_offer(search);
	while (!err && view_next(search, &node)) {
		if (interrupted && interrupted(context))
			return VEXFS_ERR(EINTR);
		err = node_open(search, node);
	}
	if (err)
		return err;
	for (i = 0; i < search->count; i++)
		search->hits[i] = (struct vexfs_segment_hit){ search->view[i].rank,
							      search->view[i].node };
	*hits = search->hits;
	*count = search->count;
	return 0;
}

s64 vexfs_segment_search_score(const struct vexfs_segment_search *search, s64 rank)
{
	return vexfs_rank_score(&search->ranking, rank);
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "vector/search.h"

#include <vexfs/errors.h>

#include "fs/fork.h"
#include "vector/best.h"
#include "vector/gather.h"
#include "vector/sealed.h"

/* Leaves that are listed at a time, and pinned in the cache. */
#define PORTION		128u
/* Rows that are compared at a time: a host's kernel may have to keep others waiting so long. */
#define BATCH_BYTES	(64u << 10)
#define BATCH_ROWS	256u
/* Of the codes that come next: all of a leaf with small forks, which ends before it gets going. */
#define PREFETCH_BYTES	8192u

struct scan {
	struct vexfs_txn *txn;
	struct vexfs_vector_cache *cache;
	struct vexfs_sealed_cache *sealed;
	const struct vexfs_vector_kernels *kernels;
	const struct vexfs_search *search;
	struct vexfs_search_result *result;
	struct vexfs_ranking ranking;
	struct vexfs_gather *gather;
	u64 number;			/* of the search */
	u64 birth;			/* what is not younger was answered by a segment */
	u64 extra;			/* last file that was looked at apart from its leaf */
	struct vexfs_key from;		/* what comes next */
	bool at_end;
	u32 count;
	struct vexfs_leaf_ref refs[PORTION];
	struct vexfs_leaf_name names[PORTION];
	struct vexfs_vector_leaf *leaves[PORTION];
	s32 dots[BATCH_ROWS];
	struct vexfs_best best;
	s8 *query;			/* padded and aligned */
};

/* ---- comparing ---- */

static int batch_rank(struct scan *scan, const struct vexfs_vector_run *run, u32 first, u32 count)
{
	u32 i;
	int err = 0;

	for (i = 0; !err && i < count; i++) {
		const struct vexfs_vector_row *row = &run->sources[first + i];
		s64 rank = vexfs_rank(&scan->ranking, &run->norms[first + i], scan->dots[i]);
		struct vexfs_key key;

		if (!vexfs_best_wants(&scan->best, rank))
			continue;
		key = vexfs_inode_key(row->ino);
		if (vexfs_key_compare(&key, &scan->from) >= 0)
			err = vexfs_best_offer(&scan->best, row, rank);
	}
	return err;
}

static int run_compare(struct scan *scan, const struct vexfs_vector_run *run)
{
	u32 batch = BATCH_BYTES / run->stride, first;
	int err = 0;

	if (memcmp(run->model, scan->search->model, sizeof(run->model)))
		return 0;
	scan->result->skipped += run->skipped;
	if (run->dimension != scan->search->dimension) {
		scan->result->skipped += run->rows;
		return 0;
	}
	if (batch > BATCH_ROWS)
		batch = BATCH_ROWS;
	for (first = 0; !err && first < run->rows; first += batch) {
		u32 count = run->rows - first < batch ? run->rows - first : batch;

		scan->kernels->dot(scan->query, run->codes + (size_t)first * run->stride,
				   run->stride, count, run->stride, scan->dots);
		err = batch_rank(scan, run, first, count);
	}
	scan->result->scanned += run->rows;
	return err;
}

static int leaf_compare(struct scan *scan, const struct vexfs_vector_leaf *leaf)
{
	const struct vexfs_vector_run *run;
	int err = 0;

	for (run = leaf->runs; !err && run; run = run->next)
		err = run_compare(scan, run);
	return err;
}

static int spilled_compare(void *context, const struct vexfs_vector_leaf *leaf)
{
	return leaf_compare(context, leaf);
}

/* ---- going over the tree ---- */

static int portion_list(struct scan *scan)
{
	struct vexfs_subvol *subvol;
	u32 i;
	int err;

	vexfs_port_rwlock_read_lock(scan->txn->lock);
	err = vexfs_subvol_get(scan->txn, scan->search->tree, &subvol);
	if (!err)
		err = vexfs_leaves_list(&subvol->tree, &scan->from, scan->birth, scan->refs,
					PORTION, &scan->count);
	vexfs_port_rwlock_read_unlock(scan->txn->lock);
	for (i = 0; !err && i < scan->count; i++)
		scan->names[i] = scan->refs[i].name;
	return err;
}

static void move_behind(struct scan *scan, const struct vexfs_leaf_ref *ref)
{
	scan->at_end = ref->is_last;
	scan->from = ref->end;
}

/* A leaf that is not in the cache. *changed: the rest of the portion is not as it was listed. */
static int leaf_fetch(struct scan *scan, const struct vexfs_leaf_ref *ref, bool *changed)
{
	struct vexfs_vector_leaf *leaf;
	const struct vexfs_leaf_ref *at = &scan->gather->at;
	int err = vexfs_gather_leaf(scan->gather, &scan->from, &leaf);

	if (err)
		return err;
	err = leaf_compare(scan, leaf);
	scan->result->damaged += leaf->damaged;
	if (!err && scan->gather->keeps)
		vexfs_vector_cache_insert(scan->cache, scan->number, leaf);
	vexfs_vector_cache_put(scan->cache, &leaf, 1);
	*changed = at->is_last != ref->is_last ||
		   (!at->is_last && vexfs_key_compare(&at->end, &ref->end));
	move_behind(scan, at);
	return err;
}

/* Fetches what will be needed of the leaves that come next. */
static void portion_prefetch(const struct scan *scan, u32 at)
{
	const struct vexfs_vector_run *run;
	u64 bytes;
	u32 i;

	if (at + 2 < scan->count && scan->leaves[at + 2])
		__builtin_prefetch(scan->leaves[at + 2]->runs);
	if (at + 1 >= scan->count || !scan->leaves[at + 1] || !scan->leaves[at + 1]->runs)
		return;
	run = scan->leaves[at + 1]->runs;
	__builtin_prefetch(run->norms);
	bytes = (u64)run->rows * run->stride;
	for (i = 0; i < bytes && i < PREFETCH_BYTES; i += VEXFS_VECTOR_PAD_BYTES)
		__builtin_prefetch(run->codes + i);
}

/*
 * Whether anything of a file is in a leaf that is younger than the segment; *inode: its inode item.
 * A segment answers for the others.
 */
static int file_look(struct scan *scan, u64 ino, bool *any, bool *inode)
{
	struct vexfs_key key = vexfs_inode_key(ino);
	struct vexfs_subvol *subvol;
	struct vexfs_leaf_ref ref;
	u32 count = 0;
	int err;

	vexfs_port_rwlock_read_lock(scan->txn->lock);
	err = vexfs_subvol_get(scan->txn, scan->search->tree, &subvol);
	if (!err)
		err = vexfs_leaves_list(&subvol->tree, &key, scan->birth, &ref, 1, &count);
	vexfs_port_rwlock_read_unlock(scan->txn->lock);
	if (err)
		return err;
	/* The first of the young ones: that of the inode item, or one behind it. */
	*inode = count && vexfs_key_compare(&ref.low, &key) <= 0;
	*any = count && ref.low.object <= ino;
	return 0;
}

/* A file that goes on in a young leaf while its inode item is in an old one. */
static int straddler_compare(struct scan *scan, const struct vexfs_leaf_ref *ref)
{
	struct vexfs_key key = vexfs_inode_key(ref->low.object), from = scan->from;
	struct vexfs_vector_leaf *leaf;
	bool any, inode;
	int err;

	if (!scan->birth || !ref->low.object || ref->low.object == scan->extra ||
	    vexfs_key_compare(&ref->low, &key) <= 0)
		return 0;
	scan->extra = ref->low.object;
	err = file_look(scan, scan->extra, &any, &inode);
	if (err || inode)
		return err;
	scan->from = key;
	err = vexfs_gather_leaf(scan->gather, &key, &leaf);
	if (!err) {
		err = leaf_compare(scan, leaf);
		vexfs_vector_cache_put(scan->cache, &leaf, 1);
	}
	scan->from = from;
	return err;
}

static int portion_compare(struct scan *scan)
{
	bool changed = false;
	u32 i;
	int err = 0;

	for (i = 0; !err && !changed && i < scan->count; i++) {
		if (scan->search->interrupted && scan->search->interrupted(scan->search->context))
			return VEXFS_ERR(EINTR);
		if (vexfs_key_compare(&scan->from, &scan->refs[i].low) < 0)
			scan->from = scan->refs[i].low;
		err = straddler_compare(scan, &scan->refs[i]);
		if (err)
			break;
		if (scan->leaves[i]) {
			portion_prefetch(scan, i);
			err = leaf_compare(scan, scan->leaves[i]);
			scan->result->damaged += scan->leaves[i]->damaged;
			move_behind(scan, &scan->refs[i]);
		} else {
			err = leaf_fetch(scan, &scan->refs[i], &changed);
		}
	}
	return err;
}

static int tree_scan(struct scan *scan)
{
	int err = 0;

	while (!err && !scan->at_end) {
		err = portion_list(scan);
		if (err || !scan->count)
			break;
		vexfs_vector_cache_get(scan->cache, scan->number, scan->names, scan->count,
				       scan->leaves);
		err = portion_compare(scan);
		vexfs_vector_cache_put(scan->cache, scan->leaves, scan->count);
	}
	return err;
}

/* ---- what a sealed segment answers ---- */

/*
 * The row of a hit, if it is that of the fork as it is now; else it is found among what is younger,
 * or gone.
 */
static int sealed_row_read(struct scan *scan, const struct vexfs_sealed *sealed, u32 node,
			   struct vexfs_vector_row *row, bool *valid)
{
	struct vexfs_id id = { scan->search->tree, 0 };
	struct vexfs_disk_vectors header;
	struct vexfs_vector_fork fork;
	struct vexfs_attr attr;
	struct vexfs_hit hit;
	bool any, inode;
	u32 got = 0;
	int err = vexfs_segment_row(&sealed->segment, &sealed->source, node, &hit);

	*valid = false;
	if (!err)
		err = file_look(scan, hit.ino, &any, &inode);
	if (err || any)
		return err;
	id.ino = hit.ino;
	err = vexfs_inode_getattr(scan->txn, id, &attr);
	if (!err)
		err = vexfs_fork_read(scan->txn, id, 1, 0, &header, sizeof(header), &got);
	if (err == -ESTALE || err == -EISDIR || (!err && got < sizeof(header)))
		return 0;
	if (!err)
		err = vexfs_vector_fork_verify(&header, attr.vectors_bytes, &fork);
	if (err)
		return err == -EUCLEAN ? 0 : err;
	*valid = hit.record < fork.records &&
		 !memcmp(fork.model, scan->search->model, sizeof(fork.model));
	*row = (struct vexfs_vector_row){ .ino = hit.ino,
					  .begin_bytes = hit.begin_bytes,
					  .end_bytes = hit.end_bytes,
					  .record = hit.record,
					  .page = hit.page,
					  .stale = fork.data_generation != attr.data_generation };
	return 0;
}

/* Offers the hits of a segment. *enough is false when others may have to be looked for. */
static int sealed_offer(struct scan *scan, const struct vexfs_sealed *sealed,
			const struct vexfs_segment_hit *hits, u32 count, bool *enough)
{
	struct vexfs_vector_row row;
	u32 i;
	int err = 0;

	for (i = 0; !err && i < count && scan->best.count < scan->best.max; i++) {
		bool valid;

		err = sealed_row_read(scan, sealed, hits[i].node, &row, &valid);
		if (!err && valid)
			err = vexfs_best_offer(&scan->best, &row, hits[i].rank);
	}
	*enough = scan->best.count == scan->best.max || count == sealed->segment.nodes;
	scan->result->scanned += count;
	return err;
}

/* As many as are wanted, and some more, since some will be gone, or denied. */
static u32 view_size(const struct vexfs_search *search)
{
	u32 size = search->hits_max * 4;

	if (size < 128)
		return 128;
	return size < VEXFS_SEGMENT_EF_MAX ? size : VEXFS_SEGMENT_EF_MAX;
}

static int sealed_run(struct scan *scan, const struct vexfs_sealed *sealed, bool *enough)
{
	const struct vexfs_search *search = scan->search;
	const struct vexfs_segment_hit *hits;
	struct vexfs_segment_search *run;
	u32 count;
	int err = vexfs_segment_search_create(&sealed->segment, &sealed->source, scan->kernels,
					      view_size(search), &run);

	if (err)
		return err;
	err = vexfs_segment_search_run(run, search->query, search->scale, search->interrupted,
				       search->context, &hits, &count);
	if (!err)
		err = sealed_offer(scan, sealed, hits, count, enough);
	vexfs_segment_search_destroy(run);
	return err;
}

/*
 * What does not work with a segment is done without it: it is a help, and nothing that is only
 * there.
 */
static int sealed_search(struct scan *scan)
{
	struct vexfs_sealed *sealed;
	bool found, enough = false;
	int err;

	if (scan->search->flags & VEXFS_SEARCH_EXACTLY)
		return 0;
	sealed = vexfs_port_alloc(sizeof(*sealed));
	if (!sealed)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_sealed_find(scan->txn, scan->sealed, scan->search, sealed, &found);
	if (!err && found) {
		scan->birth = sealed->segment.generation;
		err = sealed_run(scan, sealed, &enough);
		if (err == -EIO || err == -EBADMSG || err == -EUCLEAN || err == -ESTALE)
			err = 0;
		if (!enough) {
			scan->birth = 0;
			scan->best.count = 0;
			scan->result->scanned = 0;
		}
		scan->result->segment_generation = scan->birth;
	}
	vexfs_port_free(sealed);
	return err;
}

/* ---- one search ---- */

static int question_check(struct vexfs_txn *txn, const struct vexfs_search *search)
{
	struct vexfs_subvol *subvol, *live;
	struct vexfs_scale scale;
	struct vexfs_inode root;
	int err;

	if (!search->dimension || search->dimension > VEXFS_SEARCH_DIMENSION_MAX ||
	    !search->hits_max || search->hits_max > VEXFS_SEARCH_HITS_MAX || !search->model[0] ||
	    (search->flags & ~(VEXFS_SEARCH_WITH_SCALAR | VEXFS_SEARCH_EXACTLY)) ||
	    search->metric < VEXFS_NEAR_COSINE || search->metric > VEXFS_NEAR_DOT)
		return VEXFS_ERR(EINVAL);
	err = vexfs_scale_decode(search->scale, &scale);
	if (err || !scale.fraction)
		return err ? err : VEXFS_ERR(EINVAL);
	vexfs_port_rwlock_read_lock(txn->lock);
	err = vexfs_subvol_get(txn, search->tree, &subvol);
	if (!err && (subvol->flags & VEXFS_TREE_HIDDEN) && !search->who.privileged) {
		err = vexfs_subvol_get(txn, VEXFS_VOLUME_TREE_LIVE, &live);
		if (!err)
			err = vexfs_inode_read(&live->tree, VEXFS_ROOT_INO, &root);
		if (!err && root.uid != search->who.uid)
			err = VEXFS_ERR(EACCES);
	}
	vexfs_port_rwlock_read_unlock(txn->lock);
	return err;
}

static int query_prepare(struct scan *scan)
{
	const struct vexfs_search *search = scan->search;
	u32 padded = (search->dimension + VEXFS_VECTOR_PAD_BYTES - 1) / VEXFS_VECTOR_PAD_BYTES *
		     VEXFS_VECTOR_PAD_BYTES;
	s32 square;

	/* So much at least is aligned by every host. */
	scan->query = vexfs_port_alloc(VEXFS_SEARCH_DIMENSION_MAX);
	if (!scan->query)
		return VEXFS_ERR(ENOMEM);
	memcpy(scan->query, search->query, search->dimension);
	scan->kernels->dot(scan->query, scan->query, padded, 1, padded, &square);
	vexfs_ranking_init(&scan->ranking, search->metric, (u32)square, search->scale);
	return 0;
}

static void best_prepare(struct scan *scan, struct vexfs_hit *hits)
{
	const struct vexfs_search *search = scan->search;
	struct vexfs_best *best = &scan->best;

	best->txn = scan->txn;
	best->tree = search->tree;
	best->hits = hits;
	best->max = search->hits_max;
	best->interrupted = search->interrupted;
	best->context = search->context;
	vexfs_access_init(&best->access, &search->who);
}

static int scan_run(struct scan *scan, struct vexfs_hit *hits)
{
	u32 i;
	int err = vexfs_vector_cache_begin(scan->cache, &scan->number);

	if (!err)
		err = query_prepare(scan);
	if (!err)
		err = vexfs_gather_create(scan->txn, scan->search->tree, scan->kernels,
					  &scan->gather);
	if (err)
		return err;
	scan->gather->spill = spilled_compare;
	scan->gather->context = scan;
	best_prepare(scan, hits);
	err = sealed_search(scan);
	if (!err)
		err = tree_scan(scan);
	if (err)
		return err;
	for (i = 0; i < scan->best.count; i++)
		hits[i].score = vexfs_rank_score(&scan->ranking, scan->best.ranks[i]);
	scan->result->count = scan->best.count;
	scan->result->denied = scan->best.denied;
	vexfs_vector_cache_end(scan->cache, scan->result->scanned);
	return 0;
}

static int question_answer(struct vexfs_txn *txn, const struct vexfs_vector_host *host,
			   const struct vexfs_search *search, struct vexfs_hit *hits,
			   struct vexfs_search_result *result)
{
	struct vexfs_search_result found = { 0 };
	struct scan *scan = vexfs_port_alloc(sizeof(*scan));
	int err;

	if (!scan)
		return VEXFS_ERR(ENOMEM);
	scan->txn = txn;
	scan->cache = host->cache;
	scan->sealed = host->sealed;
	scan->kernels = search->flags & VEXFS_SEARCH_WITH_SCALAR ? &vexfs_vector_scalar :
								   host->kernels;
	scan->search = search;
	scan->result = &found;
	err = scan_run(scan, hits);
	if (!err)
		*result = found;
	vexfs_gather_destroy(scan->gather);
	vexfs_port_free(scan->query);
	vexfs_port_free(scan);
	return err;
}

int vexfs_vector_search(struct vexfs_txn *txn, const struct vexfs_vector_host *host,
			const struct vexfs_search *search, struct vexfs_hit *hits,
			struct vexfs_search_result *result)
{
	int err = question_check(txn, search);

	if (!err)
		err = question_answer(txn, host, search, hits, result);
	/* The tree is gone, maybe since a moment ago. Of a file that is gone nobody hears. */
	return err == -ESTALE ? VEXFS_ERR(ENOENT) : err;
}

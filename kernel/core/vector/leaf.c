// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "vector/leaf.h"

#include <vexfs/errors.h>

#define SLOTS		(1u << 14)
/* Slots that one insertion looks through for what can go. */
#define EVICT_SLOTS	256u

struct vexfs_vector_leaf *vexfs_vector_leaf_create(void)
{
	struct vexfs_vector_leaf *leaf = vexfs_port_alloc(sizeof(*leaf));

	if (!leaf)
		return NULL;
	leaf->pins = 1;
	leaf->bytes = sizeof(*leaf);
	return leaf;
}

void vexfs_vector_leaf_clear(struct vexfs_vector_leaf *leaf)
{
	while (leaf->runs) {
		struct vexfs_vector_run *run = leaf->runs;

		leaf->runs = run->next;
		vexfs_port_free(run->codes);
		vexfs_port_free(run);
	}
	leaf->bytes = sizeof(*leaf);
	leaf->damaged = 0;
}

void vexfs_vector_leaf_free(struct vexfs_vector_leaf *leaf)
{
	vexfs_vector_leaf_clear(leaf);
	vexfs_port_free(leaf);
}

/* ---- rows ---- */

int vexfs_vector_fork_verify(const struct vexfs_disk_vectors *header, u64 size,
			     struct vexfs_vector_fork *out)
{
	u32 element = header->element, element_bytes = 4, record_bytes;

	if (vexfs_get32(header->magic) != VEXFS_VECTOR_FORK_MAGIC ||
	    vexfs_get32(header->header_bytes) != sizeof(*header) || vexfs_get16(header->flags) ||
	    element < VEXFS_VECTOR_ELEMENT_F32 || element > VEXFS_VECTOR_ELEMENT_I8)
		return VEXFS_ERR(EUCLEAN);
	if (element != VEXFS_VECTOR_ELEMENT_F32)
		element_bytes = element == VEXFS_VECTOR_ELEMENT_F16 ? 2 : 1;
	out->dimension = vexfs_get32(header->dimension);
	if (!out->dimension || out->dimension > VEXFS_VECTOR_FORK_DIMENSION_MAX)
		return VEXFS_ERR(EUCLEAN);
	record_bytes = (u32)sizeof(struct vexfs_disk_vector) + out->dimension * element_bytes;
	record_bytes = (record_bytes + VEXFS_VECTOR_ALIGN - 1) / VEXFS_VECTOR_ALIGN *
		       VEXFS_VECTOR_ALIGN;
	out->record_bytes = vexfs_get32(header->record_bytes);
	out->records = vexfs_get32(header->record_count);
	if (out->record_bytes != record_bytes ||
	    size != sizeof(*header) + (u64)out->records * record_bytes)
		return VEXFS_ERR(EUCLEAN);
	out->is_i8 = element == VEXFS_VECTOR_ELEMENT_I8;
	out->data_generation = vexfs_get64(header->data_generation);
	out->text_bytes = vexfs_get64(header->text_bytes);
	memcpy(out->model, header->model, sizeof(out->model));
	return 0;
}

static struct vexfs_vector_run *run_create(const struct vexfs_vector_fork *fork, u32 rows)
{
	struct vexfs_vector_run *run = vexfs_port_alloc(sizeof(*run));
	u32 stride = (fork->dimension + VEXFS_VECTOR_PAD_BYTES - 1) / VEXFS_VECTOR_PAD_BYTES *
		     VEXFS_VECTOR_PAD_BYTES;
	size_t codes = (size_t)rows * stride;

	if (!run)
		return NULL;
	memcpy(run->model, fork->model, sizeof(run->model));
	run->dimension = fork->dimension;
	run->stride = stride;
	run->bytes = sizeof(*run);
	if (!rows)
		return run;
	run->bytes += codes + rows * (sizeof(*run->norms) + sizeof(*run->sources));
	/* One piece, so that a scan finds what it needs side by side; so large, it is aligned. */
	run->codes = vexfs_port_alloc(run->bytes < 512 ? 512 : run->bytes);
	if (!run->codes) {
		vexfs_port_free(run);
		return NULL;
	}
	run->norms = (struct vexfs_norm *)(run->codes + codes);
	run->sources = (struct vexfs_vector_row *)(run->norms + rows);
	return run;
}

static void record_add(struct vexfs_vector_run *run, const struct vexfs_vector_piece *piece,
		       u32 index, const struct vexfs_vector_kernels *kernels)
{
	const u8 *record = piece->records + (size_t)index * piece->fork->record_bytes;
	struct vexfs_vector_row *row = &run->sources[run->rows];
	s8 *codes = run->codes + (size_t)run->rows * run->stride;
	struct vexfs_disk_vector head;
	struct vexfs_scale scale;
	s32 square;

	memcpy(&head, record, sizeof(head));
	row->begin_bytes = vexfs_get64(head.begin_bytes);
	row->end_bytes = vexfs_get64(head.end_bytes);
	if (row->begin_bytes > row->end_bytes || row->end_bytes > piece->fork->text_bytes ||
	    vexfs_scale_decode(vexfs_get32(head.scale), &scale)) {
		run->skipped++;
		return;
	}
	row->ino = piece->ino;
	row->record = piece->first + index;
	row->page = vexfs_get32(head.page);
	row->stale = piece->stale;
	memcpy(codes, record + sizeof(head), run->dimension);
	memset(codes + run->dimension, 0, run->stride - run->dimension);
	kernels->dot(codes, codes, run->stride, 1, run->stride, &square);
	vexfs_norm_init(&run->norms[run->rows], (u32)square, vexfs_get32(head.scale));
	run->rows++;
}

int vexfs_vector_leaf_add(struct vexfs_vector_leaf *leaf, const struct vexfs_vector_piece *pieces,
			  u32 count, const struct vexfs_vector_kernels *kernels)
{
	struct vexfs_vector_run *run;
	u32 rows = 0, i, j;

	for (i = 0; i < count; i++)
		rows += pieces[i].fork->is_i8 ? pieces[i].count : 0;
	run = run_create(pieces[0].fork, rows);
	if (!run)
		return VEXFS_ERR(ENOMEM);
	for (i = 0; i < count; i++) {
		for (j = 0; pieces[i].fork->is_i8 && j < pieces[i].count; j++)
			record_add(run, &pieces[i], j, kernels);
		run->skipped += pieces[i].fork->is_i8 ? 0 : pieces[i].count;
	}
	run->next = leaf->runs;
	leaf->runs = run;
	leaf->bytes += run->bytes;
	return 0;
}

/* ---- the cache; its mutex is held in functions that end in _locked ---- */

int vexfs_vector_cache_init(struct vexfs_vector_cache *cache, u64 budget_bytes)
{
	memset(cache, 0, sizeof(*cache));
	cache->budget_bytes = budget_bytes;
	cache->mutex = vexfs_port_mutex_create(VEXFS_RANK_CACHE);
	return cache->mutex ? 0 : VEXFS_ERR(ENOMEM);
}

void vexfs_vector_cache_fini(struct vexfs_vector_cache *cache)
{
	u32 i;

	for (i = 0; cache->table && i < SLOTS; i++) {
		while (cache->table[i]) {
			struct vexfs_vector_leaf *leaf = cache->table[i];

			cache->table[i] = leaf->hash_next;
			vexfs_vector_leaf_free(leaf);
		}
	}
	vexfs_port_free(cache->table);
	vexfs_port_mutex_destroy(cache->mutex);
	memset(cache, 0, sizeof(*cache));
}

int vexfs_vector_cache_begin(struct vexfs_vector_cache *cache, u64 *search)
{
	int err = 0;

	vexfs_port_mutex_lock(cache->mutex);
	if (!cache->table)
		cache->table = vexfs_port_alloc(SLOTS * sizeof(*cache->table));
	if (cache->table) {
		*search = ++cache->search;
		cache->counters.searches++;
	} else {
		err = VEXFS_ERR(ENOMEM);
	}
	vexfs_port_mutex_unlock(cache->mutex);
	return err;
}

void vexfs_vector_cache_end(struct vexfs_vector_cache *cache, u64 scanned)
{
	vexfs_port_mutex_lock(cache->mutex);
	cache->counters.scanned += scanned;
	vexfs_port_mutex_unlock(cache->mutex);
}

static struct vexfs_vector_leaf **slot_of(struct vexfs_vector_cache *cache, u64 block)
{
	return &cache->table[(block / VEXFS_QUAD_BLOCKS * 0x9e3779b97f4a7c15ull >> 32) % SLOTS];
}

static bool is_named(const struct vexfs_vector_leaf *leaf, const struct vexfs_leaf_name *name)
{
	return leaf->name.block == name->block && leaf->name.birth == name->birth &&
	       (!leaf->goes_on || (leaf->name.next_block == name->next_block &&
				   leaf->name.next_birth == name->next_birth));
}

void vexfs_vector_cache_get(struct vexfs_vector_cache *cache, u64 search,
			    const struct vexfs_leaf_name *names, u32 count,
			    struct vexfs_vector_leaf **out)
{
	u32 i;

	vexfs_port_mutex_lock(cache->mutex);
	/* Where they are is nowhere near each other: all are fetched before the first is needed. */
	for (i = 0; i < count; i++)
		__builtin_prefetch(slot_of(cache, names[i].block));
	for (i = 0; i < count; i++)
		__builtin_prefetch(*slot_of(cache, names[i].block));
	for (i = 0; i < count; i++) {
		struct vexfs_vector_leaf *leaf = *slot_of(cache, names[i].block);

		while (leaf && !is_named(leaf, &names[i]))
			leaf = leaf->hash_next;
		out[i] = leaf;
		if (leaf) {
			leaf->pins++;
			leaf->used = search;
			cache->counters.hits++;
		} else {
			cache->counters.misses++;
		}
	}
	vexfs_port_mutex_unlock(cache->mutex);
}

static void unpin_locked(struct vexfs_vector_leaf *leaf)
{
	VEXFS_ASSERT(leaf->pins);
	if (!--leaf->pins)
		vexfs_vector_leaf_free(leaf);
}

void vexfs_vector_cache_put(struct vexfs_vector_cache *cache, struct vexfs_vector_leaf **leaves,
			    u32 count)
{
	u32 i;

	vexfs_port_mutex_lock(cache->mutex);
	for (i = 0; i < count; i++) {
		if (leaves[i])
			unpin_locked(leaves[i]);
		leaves[i] = NULL;
	}
	vexfs_port_mutex_unlock(cache->mutex);
}

/* Drops what neither this search nor the two before it have used. */
static void evict_locked(struct vexfs_vector_cache *cache, u64 search, size_t wanted)
{
	u32 looked;

	for (looked = 0; looked < EVICT_SLOTS && cache->bytes + wanted > cache->budget_bytes;
	     looked++) {
		struct vexfs_vector_leaf **at = &cache->table[cache->hand];

		while (*at) {
			struct vexfs_vector_leaf *leaf = *at;

			if (leaf->used + 2 >= search) {
				at = &leaf->hash_next;
				continue;
			}
			*at = leaf->hash_next;
			cache->bytes -= leaf->bytes;
			cache->counters.evictions++;
			unpin_locked(leaf);
		}
		cache->hand = (cache->hand + 1) % SLOTS;
	}
}

void vexfs_vector_cache_insert(struct vexfs_vector_cache *cache, u64 search,
			       struct vexfs_vector_leaf *leaf)
{
	struct vexfs_vector_leaf **slot, *there;

	vexfs_port_mutex_lock(cache->mutex);
	slot = slot_of(cache, leaf->name.block);
	for (there = *slot; there && !is_named(there, &leaf->name); there = there->hash_next)
		;
	if (!there)
		evict_locked(cache, search, leaf->bytes);
	if (!there && cache->bytes + leaf->bytes <= cache->budget_bytes) {
		leaf->hash_next = *slot;
		leaf->used = search;
		leaf->pins++;
		*slot = leaf;
		cache->bytes += leaf->bytes;
	}
	vexfs_port_mutex_unlock(cache->mutex);
}

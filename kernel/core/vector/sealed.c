// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "vector/sealed.h"

#include <vexfs/errors.h>

#include "fs/fork.h"
#include "fs/name.h"

#define CHUNK	VEXFS_SEGMENT_CHUNK_BYTES

int vexfs_sealed_cache_init(struct vexfs_sealed_cache *cache, u64 budget_bytes)
{
	memset(cache, 0, sizeof(*cache));
	cache->slot_count = budget_bytes / CHUNK > 16 ? (u32)(budget_bytes / CHUNK) : 16;
	cache->mutex = vexfs_port_mutex_create(VEXFS_RANK_CACHE);
	return cache->mutex ? 0 : VEXFS_ERR(ENOMEM);
}

void vexfs_sealed_cache_fini(struct vexfs_sealed_cache *cache)
{
	u32 i;

	for (i = 0; cache->slots && i < cache->slot_count; i++)
		vexfs_port_free(cache->slots[i].bytes);
	vexfs_port_free(cache->slots);
	vexfs_port_mutex_destroy(cache->mutex);
	memset(cache, 0, sizeof(*cache));
}

/* ---- bytes of a segment ---- */

/* Chunks of one file are beside each other, so that they do not drive out one another. */
static struct vexfs_sealed_slot *slot_of(const struct vexfs_sealed *sealed, u64 chunk)
{
	u64 hash = sealed->ino * 0x9e3779b97f4a7c15ull >> 20;

	return &sealed->cache->slots[(hash + chunk) % sealed->cache->slot_count];
}

static bool chunk_copy(const struct vexfs_sealed *sealed, u64 chunk, u32 within, u32 bytes,
		       void *out)
{
	const struct vexfs_sealed_slot *slot = slot_of(sealed, chunk);
	bool hit;

	vexfs_port_mutex_lock(sealed->cache->mutex);
	hit = slot->bytes && slot->ino == sealed->ino && slot->chunk == chunk &&
	      slot->data_generation == sealed->data_generation;
	if (hit)
		memcpy(out, slot->bytes + within, bytes);
	vexfs_port_mutex_unlock(sealed->cache->mutex);
	return hit;
}

static int chunk_load(const struct vexfs_sealed *sealed, u64 chunk)
{
	struct vexfs_sealed_slot *slot = slot_of(sealed, chunk);
	struct vexfs_id id = { VEXFS_VOLUME_TREE_INDEX, sealed->ino };
	u8 *bytes = vexfs_port_alloc(CHUNK), *old;
	u32 got;
	int err;

	if (!bytes)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_fork_read(sealed->txn, id, 0, chunk * CHUNK, bytes, CHUNK, &got);
	if (err) {
		vexfs_port_free(bytes);
		return err;
	}
	vexfs_port_mutex_lock(sealed->cache->mutex);
	old = slot->bytes;
	*slot = (struct vexfs_sealed_slot){ sealed->ino, sealed->data_generation, chunk, bytes };
	vexfs_port_mutex_unlock(sealed->cache->mutex);
	vexfs_port_free(old);
	return 0;
}

static int sealed_get(void *context, u64 offset, u32 bytes, void *scratch, const u8 **out)
{
	const struct vexfs_sealed *sealed = context;
	u32 done = 0;

	while (done < bytes) {
		u64 chunk = (offset + done) / CHUNK;
		u32 within = (offset + done) % CHUNK;
		u32 part = CHUNK - within < bytes - done ? CHUNK - within : bytes - done;
		int err;

		while (!chunk_copy(sealed, chunk, within, part, (u8 *)scratch + done)) {
			err = chunk_load(sealed, chunk);
			if (err)
				return err;
		}
		done += part;
	}
	*out = scratch;
	return 0;
}

/* ---- which segment ---- */

struct candidates {
	u64 inos[VEXFS_SEALED_FILES_MAX];
	u32 count;
};

static bool candidate_add(void *context, const struct vexfs_entry *entry)
{
	struct candidates *all = context;

	if (entry->type == VEXFS_S_IFREG)
		all->inos[all->count++] = entry->id.ino;
	return all->count < VEXFS_SEALED_FILES_MAX;
}

/* Whether what @segment covers is in the tree that is asked for; txn->lock is held. */
static bool covers(const struct vexfs_txn *txn, const struct vexfs_segment *segment,
		   const struct vexfs_subvol *subvol, const struct vexfs_search *search)
{
	if (memcmp(segment->uuid, txn->io.super.uuid, sizeof(segment->uuid)) ||
	    memcmp(segment->model, search->model, sizeof(segment->model)) ||
	    segment->dimension != search->dimension || segment->metric != search->metric ||
	    segment->generation > txn->io.super.generation)
		return false;
	/* A snapshot has what its source had when it was taken, under the same generations. */
	return segment->tree == search->tree ||
	       (segment->tree == subvol->source &&
		subvol->source_generation >= segment->generation);
}

static int candidate_read(struct vexfs_sealed *sealed, u64 ino, u8 *header, bool *usable)
{
	struct vexfs_id id = { VEXFS_VOLUME_TREE_INDEX, ino };
	struct vexfs_txn *txn = sealed->txn;
	struct vexfs_attr attr;
	u32 got = 0;
	int err = vexfs_inode_getattr(txn, id, &attr);

	*usable = false;
	if (!err)
		err = vexfs_fork_read(txn, id, 0, 0, header, VEXFS_SEGMENT_HEADER_BYTES, &got);
	if (err == -ENOMEM || err == -EIO)
		return err;
	if (err || got < VEXFS_SEGMENT_HEADER_BYTES ||
	    vexfs_segment_open(header, attr.size_bytes, &sealed->segment))
		return 0;
	sealed->ino = ino;
	sealed->data_generation = attr.data_generation;
	*usable = true;
	return 0;
}

static int newest_choose(const struct candidates *all, const struct vexfs_search *search,
			 u8 *header, struct vexfs_sealed *out, bool *found)
{
	struct vexfs_sealed sealed = *out;
	struct vexfs_txn *txn = out->txn;
	struct vexfs_subvol *subvol;
	bool usable;
	u32 i;
	int err = 0;

	for (i = 0; !err && i < all->count; i++) {
		err = candidate_read(&sealed, all->inos[i], header, &usable);
		if (err || !usable)
			continue;
		vexfs_port_rwlock_read_lock(txn->lock);
		err = vexfs_subvol_get(txn, search->tree, &subvol);
		if (!err && sealed.data_generation <= txn->io.super.generation &&
		    covers(txn, &sealed.segment, subvol, search) &&
		    (!*found || sealed.segment.generation > out->segment.generation)) {
			*out = sealed;
			*found = true;
		}
		vexfs_port_rwlock_read_unlock(txn->lock);
	}
	return err;
}

static int slots_make(struct vexfs_sealed_cache *cache)
{
	int err = 0;

	vexfs_port_mutex_lock(cache->mutex);
	if (!cache->slots)
		cache->slots = vexfs_port_alloc(cache->slot_count * sizeof(*cache->slots));
	if (!cache->slots)
		err = VEXFS_ERR(ENOMEM);
	vexfs_port_mutex_unlock(cache->mutex);
	return err;
}

int vexfs_sealed_find(struct vexfs_txn *txn, struct vexfs_sealed_cache *cache,
		      const struct vexfs_search *search, struct vexfs_sealed *out, bool *found)
{
	struct vexfs_name name = { VEXFS_SEALED_FOLDER, sizeof(VEXFS_SEALED_FOLDER) - 1 };
	struct vexfs_id root = { VEXFS_VOLUME_TREE_INDEX, VEXFS_ROOT_INO }, folder;
	struct candidates *all;
	struct vexfs_attr attr;
	u8 *header;
	int err = vexfs_name_lookup(txn, root, name, &folder, &attr);

	*found = false;
	if (err == -ENOENT || (!err && (attr.mode & VEXFS_S_IFMT) != VEXFS_S_IFDIR))
		return 0;
	if (err)
		return err;
	all = vexfs_port_alloc(sizeof(*all));
	header = vexfs_port_alloc(VEXFS_SEGMENT_HEADER_BYTES);
	err = all && header ? slots_make(cache) : VEXFS_ERR(ENOMEM);
	out->txn = txn;
	out->cache = cache;
	out->source = (struct vexfs_segment_source){ sealed_get, out };
	if (!err)
		err = vexfs_name_readdir(txn, folder, 0, candidate_add, all);
	if (!err)
		err = newest_choose(all, search, header, out, found);
	vexfs_port_free(header);
	vexfs_port_free(all);
	return err;
}

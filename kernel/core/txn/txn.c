// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "txn/txn.h"

#include <vexfs/errors.h>

/* Generations that a superblock reserves; after a crash as many are jumped over at most. */
#define GENERATIONS_AHEAD	4096u
#define GENERATIONS_LEFT	16u

/* Nodes that one operation may need at the most; see kernel/core/README.md. */
#define OPERATION_QUADS		96u

/* A transaction is committed when its nodes in memory reach this. */
#define DIRTY_BYTES_MAX		(48u << 20)

#define CACHE_BYTES_DEFAULT	(64ull << 20)

bool vexfs_txn_is_dirty(const struct vexfs_txn *txn)
{
	return txn->io.dirty_bytes || txn->space.dirty_pages;
}

static int locks_create(struct vexfs_txn *txn)
{
	txn->lock = vexfs_port_rwlock_create();
	txn->subvols_mutex = vexfs_port_mutex_create();
	txn->wait_mutex = vexfs_port_mutex_create();
	txn->wait_cond = vexfs_port_cond_create();
	return txn->lock && txn->subvols_mutex && txn->wait_mutex && txn->wait_cond ?
		       0 :
		       VEXFS_ERR(ENOMEM);
}

static void txn_free(struct vexfs_txn *txn)
{
	vexfs_subvols_free(txn);
	vexfs_space_fini(&txn->space);
	vexfs_io_fini(&txn->io);
	vexfs_port_rwlock_destroy(txn->lock);
	vexfs_port_mutex_destroy(txn->subvols_mutex);
	vexfs_port_mutex_destroy(txn->wait_mutex);
	vexfs_port_cond_destroy(txn->wait_cond);
}

static int txn_init(struct vexfs_txn *txn, struct vexfs_dev *dev, u64 cache_bytes)
{
	int err;

	memset(txn, 0, sizeof(*txn));
	if (!cache_bytes)
		cache_bytes = CACHE_BYTES_DEFAULT;
	err = vexfs_io_init(&txn->io, dev, cache_bytes / 4 * 3);
	if (err)
		return err;
	txn->root_tree.io = &txn->io;
	txn->root_tree.space = &txn->space;
	txn->root_tree.is_root_tree = true;
	return locks_create(txn);
}

static void adopt_super(struct vexfs_txn *txn, u64 cache_bytes)
{
	const struct vexfs_super *super = &txn->io.super;

	txn->root_tree.root = super->root_tree;
	txn->next_tree_id = super->next_tree_id;
	txn->next_dead_id = super->next_dead_id;
	txn->live_generation = super->live_generation;
	(void)vexfs_space_init(&txn->space, &txn->io,
			       (cache_bytes ? cache_bytes : CACHE_BYTES_DEFAULT) / 4);
}

/* Reserves generations above those that the last user of the volume may have written with. */
static int generations_reserve(struct vexfs_txn *txn)
{
	struct vexfs_super *super = &txn->io.super;
	u64 next = super->generation_limit + 1;
	int err;

	super->sequence++;
	super->generation_limit = next + GENERATIONS_AHEAD;
	err = vexfs_super_ring_write(&txn->io, super);
	txn->io.generation = next;
	return err;
}

int vexfs_txn_open(struct vexfs_txn *txn, struct vexfs_dev *dev,
		   const struct vexfs_open_options *options)
{
	int err = txn_init(txn, dev, options->cache_bytes);

	if (!err)
		err = vexfs_super_ring_read(dev, &txn->io.super);
	if (err)
		goto out_free;
	txn->read_only = options->read_only;
	if (!txn->read_only && (txn->io.super.ro_compat & ~(u64)VEXFS_RO_COMPAT_KNOWN))
		err = VEXFS_ERR(EPROTONOSUPPORT);
	if (!err && !txn->read_only && vexfs_port_dev_is_read_only(dev))
		err = VEXFS_ERR(EROFS);
	if (err)
		goto out_free;
	adopt_super(txn, options->cache_bytes);
	txn->io.generation = txn->io.super.generation + 1;
	if (!txn->read_only)
		err = generations_reserve(txn);
	if (err)
		goto out_free;
	return 0;

out_free:
	txn_free(txn);
	return err;
}

int vexfs_txn_format(struct vexfs_txn *txn, struct vexfs_dev *dev, const struct vexfs_super *super)
{
	int err = txn_init(txn, dev, 0);

	if (err) {
		txn_free(txn);
		return err;
	}
	txn->io.super = *super;
	adopt_super(txn, 0);
	txn->io.generation = super->generation + 1;
	err = vexfs_tree_create(&txn->root_tree);
	if (err)
		txn_free(txn);
	return err;
}

void vexfs_txn_close(struct vexfs_txn *txn)
{
	struct vexfs_super *super = &txn->io.super;

	if (!txn->read_only && !txn->poisoned && !vexfs_txn_is_dirty(txn)) {
		super->sequence++;
		super->generation_limit = super->generation;
		/* Failing is harmless: the next open jumps over the reserved generations. */
		(void)vexfs_super_ring_write(&txn->io, super);
	}
	txn_free(txn);
}

/* ---- operations ---- */

static void poison(struct vexfs_txn *txn, const char *why, int err)
{
	if (!txn->poisoned)
		vexfs_port_warn(why, txn->io.generation, (u64)-err);
	txn->poisoned = true;
}

int vexfs_txn_step(struct vexfs_txn *txn, enum vexfs_space_use use)
{
	int err;

	if (txn->read_only || txn->poisoned)
		return VEXFS_ERR(EROFS);
	if (vexfs_space_has_room(&txn->space, use, OPERATION_QUADS) &&
	    txn->io.dirty_bytes < DIRTY_BYTES_MAX)
		return 0;
	if (vexfs_txn_is_dirty(txn)) {
		err = vexfs_txn_commit_locked(txn);
		if (err)
			return err;
	}
	return vexfs_space_has_room(&txn->space, use, OPERATION_QUADS) ? 0 : VEXFS_ERR(ENOSPC);
}

int vexfs_txn_begin(struct vexfs_txn *txn, enum vexfs_space_use use)
{
	int err;

	vexfs_port_rwlock_write_lock(txn->lock);
	err = vexfs_txn_step(txn, use);
	if (err)
		vexfs_port_rwlock_write_unlock(txn->lock);
	return err;
}

int vexfs_txn_end(struct vexfs_txn *txn, int result)
{
	if (txn->space.damaged)
		poison(txn, "the volume is damaged; read-only until it was checked", -EUCLEAN);
	if (!txn->dirty_since_us && vexfs_txn_is_dirty(txn))
		txn->dirty_since_us = vexfs_port_monotonic_us();
	vexfs_port_rwlock_write_unlock(txn->lock);
	return result;
}

/* ---- commit ---- */

/* Fills in the checksums of children that this transaction wrote. */
static void children_seal(struct vexfs_txn *txn, struct vexfs_node *node)
{
	u32 i, count = vexfs_node_count(node->data);

	for (i = 0; i < count; i++) {
		struct vexfs_node *child;
		struct vexfs_ptr ptr;

		vexfs_node_child(node->data, i, &ptr);
		if (ptr.birth != txn->io.generation)
			continue;
		child = vexfs_node_dirty_find(&txn->io, ptr.block);
		VEXFS_ASSERT(child);
		memcpy(ptr.csum, child->csum, VEXFS_CSUM_BYTES);
		vexfs_node_set_child(node->data, i, &ptr);
	}
}

static void nodes_seal(struct vexfs_txn *txn, bool in_root_tree)
{
	struct vexfs_node *node;
	u32 level;

	for (level = 0; level < VEXFS_LEVEL_MAX; level++) {
		for (node = txn->io.dirty[in_root_tree][level]; node; node = node->dirty_next) {
			if (level)
				children_seal(txn, node);
			vexfs_node_seal(&txn->io, node);
		}
	}
}

static int nodes_write(struct vexfs_txn *txn)
{
	struct vexfs_node *node;
	u32 kind, level;
	int err;

	for (kind = 0; kind < 2; kind++) {
		for (level = 0; level < VEXFS_LEVEL_MAX; level++) {
			for (node = txn->io.dirty[kind][level]; node; node = node->dirty_next) {
				err = vexfs_io_write(&txn->io, node->block, VEXFS_NODE_BLOCKS,
						     node->data);
				if (err)
					return err;
			}
		}
	}
	return 0;
}

static void super_advance(struct vexfs_txn *txn, bool live_changed, struct vexfs_super *next)
{
	struct vexfs_node *root;

	next->sequence++;
	next->generation = txn->io.generation;
	if (live_changed)
		next->live_generation = txn->io.generation;
	if (next->generation_limit < txn->io.generation + GENERATIONS_LEFT)
		next->generation_limit = txn->io.generation + GENERATIONS_AHEAD;
	next->next_tree_id = txn->next_tree_id;
	next->next_dead_id = txn->next_dead_id;
	if (txn->root_tree.root.birth == txn->io.generation) {
		root = vexfs_node_dirty_find(&txn->io, txn->root_tree.root.block);
		VEXFS_ASSERT(root);
		memcpy(txn->root_tree.root.csum, root->csum, VEXFS_CSUM_BYTES);
	}
	next->root_tree = txn->root_tree.root;
}

/* Data is written already. Nodes, map pages, flush, superblocks, flush. */
static int commit_write(struct vexfs_txn *txn, struct vexfs_super *next)
{
	int err = nodes_write(txn);

	if (!err)
		err = vexfs_space_write(&txn->space, next->map_roots);
	if (!err)
		err = vexfs_io_flush(&txn->io);
	return err ? err : vexfs_super_ring_write(&txn->io, next);
}

static void commit_finish(struct vexfs_txn *txn, const struct vexfs_super *next)
{
	txn->io.super = *next;
	vexfs_nodes_cleaned(&txn->io);
	vexfs_space_committed(&txn->space);
	vexfs_subvols_cleaned(txn);
	txn->root_tree.dirty = false;
	txn->io.generation = next->generation + 1;
	txn->dirty_since_us = 0;
	txn->commits++;
	vexfs_port_mutex_lock(txn->wait_mutex);
	if (txn->live_generation != next->live_generation) {
		txn->live_generation = next->live_generation;
		vexfs_port_cond_broadcast(txn->wait_cond);
	}
	vexfs_port_mutex_unlock(txn->wait_mutex);
}

static bool live_is_dirty(const struct vexfs_txn *txn)
{
	const struct vexfs_subvol *subvol;

	for (subvol = txn->subvols; subvol; subvol = subvol->next) {
		if (subvol->tree.id == VEXFS_VOLUME_TREE_LIVE)
			return subvol->tree.dirty || subvol->dirty;
	}
	return false;
}

int vexfs_txn_commit_locked(struct vexfs_txn *txn)
{
	bool live_changed = live_is_dirty(txn);
	struct vexfs_super *next;
	int err;

	if (txn->space.damaged)
		poison(txn, "the volume is damaged; read-only until it was checked", -EUCLEAN);
	if (txn->poisoned)
		return VEXFS_ERR(EROFS);
	if (!vexfs_txn_is_dirty(txn))
		return 0;
	next = vexfs_port_alloc(sizeof(*next));
	err = next ? vexfs_subvols_prepare(txn) : VEXFS_ERR(ENOMEM);
	if (!err) {
		nodes_seal(txn, false);
		vexfs_subvols_store(txn);
		nodes_seal(txn, true);
		*next = txn->io.super;
		super_advance(txn, live_changed, next);
		err = commit_write(txn, next);
	}
	if (err)
		poison(txn, "a commit failed; the volume is read-only until it is mounted again",
		       err);
	else
		commit_finish(txn, next);
	vexfs_port_free(next);
	return err;
}

int vexfs_txn_commit(struct vexfs_txn *txn, u64 *generation)
{
	int err;

	if (txn->read_only) {
		if (generation)
			*generation = txn->io.super.generation;
		return 0;
	}
	vexfs_port_rwlock_write_lock(txn->lock);
	err = vexfs_txn_commit_locked(txn);
	if (!err && generation)
		*generation = txn->io.super.generation;
	vexfs_port_rwlock_write_unlock(txn->lock);
	return err;
}

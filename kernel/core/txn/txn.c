// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "txn/txn.h"

#include <vexfs/errors.h>

/* Two can hold what was freed: the running transaction and the one on its way to disk. */
#define COMMITS_FOR_ROOM	2u

/* Nodes that one operation may need at the most; see kernel/core/README.md. */
#define OPERATION_QUADS		96u

/* The same for a write into blocks that were reserved for it, which touches few keys. */
#define PROMISED_QUADS		32u

/* Whoever finds this much in changed nodes commits before adding to it. */
#define DIRTY_BYTES_MAX		(48u << 20)

#define CACHE_BYTES_DEFAULT	(64ull << 20)

bool vexfs_txn_is_dirty(const struct vexfs_txn *txn)
{
	return txn->io.dirty_bytes || txn->space.dirty_pages;
}

static int locks_create(struct vexfs_txn *txn)
{
	txn->writers_lock = vexfs_port_rwlock_create(VEXFS_RANK_INODE);
	txn->commit_mutex = vexfs_port_mutex_create(VEXFS_RANK_COMMIT);
	txn->reuse_lock = vexfs_port_rwlock_create(VEXFS_RANK_REUSE);
	txn->lock = vexfs_port_rwlock_create(VEXFS_RANK_VOLUME);
	txn->inode_locks_mutex = vexfs_port_mutex_create(VEXFS_RANK_TABLE);
	txn->subvols_mutex = vexfs_port_mutex_create(VEXFS_RANK_TABLE);
	txn->wait_mutex = vexfs_port_mutex_create(VEXFS_RANK_WAIT);
	txn->wait_cond = vexfs_port_cond_create();
	return txn->writers_lock && txn->commit_mutex && txn->reuse_lock && txn->lock &&
			       txn->inode_locks_mutex && txn->subvols_mutex && txn->wait_mutex &&
			       txn->wait_cond ?
		       0 :
		       VEXFS_ERR(ENOMEM);
}

static void txn_free(struct vexfs_txn *txn)
{
	vexfs_subvols_free(txn);
	vexfs_log_fini(&txn->log);
	vexfs_space_fini(&txn->space);
	vexfs_frames_fini(&txn->frames);
	vexfs_io_fini(&txn->io);
	vexfs_port_free(txn->sums);
	vexfs_port_rwlock_destroy(txn->writers_lock);
	vexfs_port_mutex_destroy(txn->commit_mutex);
	vexfs_port_rwlock_destroy(txn->reuse_lock);
	vexfs_port_rwlock_destroy(txn->lock);
	vexfs_port_mutex_destroy(txn->inode_locks_mutex);
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
	err = vexfs_io_init(&txn->io, dev, cache_bytes / 16 * 11);
	if (!err)
		err = vexfs_frames_init(&txn->frames, cache_bytes / 16);
	if (err)
		return err;
	vexfs_log_init(&txn->log, &txn->io);
	txn->root_tree.io = &txn->io;
	txn->root_tree.space = &txn->space;
	txn->root_tree.log = &txn->log;
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
	if (super->incompat & VEXFS_INCOMPAT_LOG)
		txn->log.next_sequence = super->log_sequence;
	(void)vexfs_space_init(&txn->space, &txn->io,
			       (cache_bytes ? cache_bytes : CACHE_BYTES_DEFAULT) / 4);
}

int vexfs_txn_open(struct vexfs_txn *txn, struct vexfs_dev *dev,
		   const struct vexfs_open_options *options)
{
	return vexfs_txn_open_at(txn, dev, options, NULL);
}

int vexfs_txn_open_at(struct vexfs_txn *txn, struct vexfs_dev *dev,
		      const struct vexfs_open_options *options, const struct vexfs_super *super)
{
	int err = txn_init(txn, dev, options->cache_bytes);

	if (!err && super)
		txn->io.super = *super;
	else if (!err)
		err = vexfs_super_ring_read(dev, &txn->io.super);
	if (err)
		goto out_free;
	vexfs_io_set_super(&txn->io, &txn->io.super);
	txn->read_only = txn->log.off = options->read_only;
	if (!txn->read_only)
		err = vexfs_txn_check_writable(txn);
	if (err)
		goto out_free;
	adopt_super(txn, options->cache_bytes);
	txn->space.discards = options->discard;
	txn->io.generation = txn->io.super.generation_limit + 1;
	err = vexfs_txn_choose_compression(txn, options->compress);
	if (!err && !txn->read_only)
		err = vexfs_txn_reserve_generations(txn);
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
	vexfs_io_set_super(&txn->io, super);
	adopt_super(txn, 0);
	txn->io.generation = super->generation + 1;
	err = vexfs_tree_create(&txn->root_tree);
	if (err)
		txn_free(txn);
	return err;
}

void vexfs_txn_close(struct vexfs_txn *txn)
{
	if (!txn->read_only && !txn->poisoned && !vexfs_txn_is_dirty(txn))
		vexfs_txn_mark_clean(txn);
	txn_free(txn);
}

/* ---- operations ---- */

void vexfs_txn_poison(struct vexfs_txn *txn, const char *why, int err)
{
	if (!txn->poisoned)
		vexfs_port_warn(why, txn->io.generation, (u64)-err);
	txn->poisoned = true;
}

/* Whether an operation can begin; the lock is held. */
static bool has_room(const struct vexfs_txn *txn, enum vexfs_space_use use)
{
	u64 quads = use == VEXFS_SPACE_PROMISED ? PROMISED_QUADS : OPERATION_QUADS;

	return vexfs_space_has_room(&txn->space, use, quads);
}

/* Takes the lock, after as many commits as it takes to have room. */
static int lock_with_room(struct vexfs_txn *txn, enum vexfs_space_use use)
{
	u32 commits;
	int err;

	for (commits = 0;; commits++) {
		bool pinned;

		vexfs_port_rwlock_write_lock(txn->lock);
		if (txn->read_only || txn->poisoned)
			return VEXFS_ERR(EROFS);
		if (has_room(txn, use) && (txn->io.dirty_bytes < DIRTY_BYTES_MAX || commits))
			return 0;
		/* What the transaction freed, or the one that is being written. */
		pinned = vexfs_txn_is_dirty(txn) || txn->space.writing_pages;
		if (commits == COMMITS_FOR_ROOM || !pinned)
			return has_room(txn, use) ? 0 : VEXFS_ERR(ENOSPC);
		vexfs_port_rwlock_write_unlock(txn->lock);
		err = vexfs_txn_commit(txn, NULL);
		if (err) {
			vexfs_port_rwlock_write_lock(txn->lock);
			return err;
		}
	}
}

int vexfs_txn_begin(struct vexfs_txn *txn, enum vexfs_space_use use)
{
	int err = lock_with_room(txn, use);

	if (err)
		vexfs_port_rwlock_write_unlock(txn->lock);
	return err;
}

/* The operation so far, or a portion of it, is complete. */
static void group_end(struct vexfs_txn *txn)
{
	struct vexfs_subvol *subvol = txn->changed;

	txn->changed = NULL;
	if (subvol && (subvol->next_ino != subvol->logged_ino ||
		       subvol->inodes != subvol->logged_inodes ||
		       subvol->vectors_bytes != subvol->logged_vectors)) {
		subvol->logged_ino = subvol->next_ino;
		subvol->logged_inodes = subvol->inodes;
		subvol->logged_vectors = subvol->vectors_bytes;
		vexfs_log_tree(&txn->log, subvol->tree.id, subvol->next_ino, subvol->inodes,
			       subvol->vectors_bytes);
	}
	vexfs_log_end(&txn->log);
	if (!txn->dirty_since_us && vexfs_txn_is_dirty(txn))
		txn->dirty_since_us = vexfs_port_monotonic_us();
}

int vexfs_txn_step(struct vexfs_txn *txn, enum vexfs_space_use use, struct vexfs_subvol *subvol)
{
	int err;

	group_end(txn);
	if (txn->poisoned)
		return VEXFS_ERR(EROFS);
	if (!has_room(txn, use) || txn->io.dirty_bytes >= DIRTY_BYTES_MAX) {
		if (subvol)
			subvol->pins++;
		vexfs_port_rwlock_write_unlock(txn->lock);
		err = lock_with_room(txn, use);
		if (subvol && !--subvol->pins && subvol->gone) {
			vexfs_port_free(subvol);
			return VEXFS_ERR(ESTALE);
		}
		if (err)
			return err;
	}
	txn->changed = subvol;
	return 0;
}

int vexfs_txn_step_locked(struct vexfs_txn *txn, enum vexfs_space_use use)
{
	struct vexfs_subvol *subvol = txn->changed;

	group_end(txn);
	txn->changed = subvol;
	if (txn->poisoned)
		return VEXFS_ERR(EROFS);
	return has_room(txn, use) ? 0 : VEXFS_ERR(ENOSPC);
}

int vexfs_txn_end(struct vexfs_txn *txn, int result)
{
	if (txn->space.damaged)
		vexfs_txn_poison(txn, "the volume is damaged; read-only until it was checked",
				 -EUCLEAN);
	group_end(txn);
	vexfs_port_rwlock_write_unlock(txn->lock);
	return result;
}

/* ---- references to data ---- */

void vexfs_data_claim(struct vexfs_tree *tree, u64 block, u32 count)
{
	vexfs_space_claim(tree->space, block, count);
	vexfs_log_blocks(tree->log, VEXFS_LOG_CLAIM, tree->id, block, count);
}

void vexfs_data_inc(struct vexfs_tree *tree, u64 block, u32 count)
{
	vexfs_space_inc(tree->space, block, count);
	vexfs_log_blocks(tree->log, VEXFS_LOG_INC, tree->id, block, count);
}

void vexfs_data_dec(struct vexfs_tree *tree, u64 block, u32 count)
{
	vexfs_space_dec(tree->space, block, count);
	vexfs_log_blocks(tree->log, VEXFS_LOG_DEC, tree->id, block, count);
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * From memory to disk: commits, and batches of the log.
 *
 * A commit freezes what changed (final bytes of nodes, copies of map pages, the superblock) under
 * the volume's lock, and writes it without: operations of the next generation copy frozen nodes
 * before they change them, as they copy any other.
 */
#include <vexfs/errors.h>

#include "txn/txn.h"

/* A generation on its way to disk. */
struct commit {
	struct vexfs_super next;
	struct vexfs_disk_super disk;	/* memory for it: nothing is allocated after the freezing */
	struct vexfs_map_write *map_writes;
	u64 groups;			/* of the log that it covers */
};

/* ---- freezing; txn->lock is held for writing ---- */

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

static void super_advance(struct vexfs_txn *txn, bool live_changed, struct vexfs_super *next)
{
	struct vexfs_node *root;

	next->sequence++;
	next->generation = txn->io.generation;
	if (live_changed)
		next->live_generation = txn->io.generation;
	if (next->generation_limit < txn->io.generation + VEXFS_GENERATIONS_LEFT)
		next->generation_limit = txn->io.generation + VEXFS_GENERATIONS_AHEAD;
	next->incompat |= VEXFS_INCOMPAT_LOG;
	next->log_sequence = txn->log.next_sequence;
	next->next_tree_id = txn->next_tree_id;
	next->next_dead_id = txn->next_dead_id;
	if (txn->root_tree.root.birth == txn->io.generation) {
		root = vexfs_node_dirty_find(&txn->io, txn->root_tree.root.block);
		VEXFS_ASSERT(root);
		memcpy(txn->root_tree.root.csum, root->csum, VEXFS_CSUM_BYTES);
	}
	next->root_tree = txn->root_tree.root;
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

static int commit_freeze(struct vexfs_txn *txn, struct commit *commit)
{
	bool live_changed = live_is_dirty(txn);
	int err = vexfs_subvols_prepare(txn);

	commit->next = txn->io.super;
	if (!err)
		err = vexfs_space_freeze(&txn->space, &commit->map_writes,
					 commit->next.map_roots);
	if (err)
		return err;
	nodes_seal(txn, false);
	vexfs_subvols_store(txn);
	nodes_seal(txn, true);
	super_advance(txn, live_changed, &commit->next);
	vexfs_nodes_freeze(&txn->io);
	vexfs_subvols_cleaned(txn);
	txn->root_tree.dirty = false;
	commit->groups = txn->log.groups;
	vexfs_log_void(&txn->log);
	txn->io.generation++;
	txn->dirty_since_us = 0;
	return 0;
}

/* ---- writing; only commit_mutex is held ---- */

/* Data was written when it came. Nodes, map pages, flush, superblocks, flush. */
static int commit_write(struct vexfs_txn *txn, struct commit *commit)
{
	int err = vexfs_nodes_write(&txn->io);

	if (!err)
		err = vexfs_space_write(&txn->io, commit->map_writes);
	if (!err)
		err = vexfs_io_flush(&txn->io);
	return err ? err : vexfs_super_ring_put(&txn->io, &commit->next, &commit->disk);
}

static void commit_finish(struct vexfs_txn *txn, const struct commit *commit)
{
	/* Readers that still look at blocks freed before let go of them first. */
	vexfs_port_rwlock_write_lock(txn->reuse_lock);
	vexfs_port_rwlock_write_lock(txn->lock);
	vexfs_io_set_super(&txn->io, &commit->next);
	vexfs_nodes_cleaned(&txn->io);
	vexfs_space_committed(&txn->space);
	vexfs_log_restart(&txn->log, commit->groups);
	txn->commits++;
	txn->committed_us = vexfs_port_monotonic_us();
	vexfs_port_rwlock_write_unlock(txn->lock);
	vexfs_port_rwlock_write_unlock(txn->reuse_lock);
	vexfs_port_mutex_lock(txn->wait_mutex);
	if (txn->live_generation != commit->next.live_generation) {
		txn->live_generation = commit->next.live_generation;
		vexfs_port_cond_broadcast(txn->wait_cond);
	}
	vexfs_port_mutex_unlock(txn->wait_mutex);
}

static void commit_failed(struct vexfs_txn *txn, int err)
{
	vexfs_port_rwlock_write_lock(txn->lock);
	vexfs_txn_poison(txn, "a commit failed; the volume is read-only until it is mounted again",
			 err);
	vexfs_port_rwlock_write_unlock(txn->lock);
}

/* Freezes under the lock. Return: 1 when there is something to write, 0, or an error. */
static int commit_begin(struct vexfs_txn *txn, struct commit *commit)
{
	int err = 0;

	vexfs_port_rwlock_write_lock(txn->lock);
	if (txn->space.damaged)
		vexfs_txn_poison(txn, "the volume is damaged; read-only until it was checked",
				 -EUCLEAN);
	if (txn->poisoned)
		err = VEXFS_ERR(EROFS);
	else if (vexfs_txn_is_dirty(txn))
		err = commit_freeze(txn, commit);
	else
		commit = NULL;
	vexfs_port_rwlock_write_unlock(txn->lock);
	return err ? err : commit != NULL;
}

/*
 * commit_mutex is held. Without the memory to begin nothing has happened, and the next one may have
 * it; unless an operation @is_last done with it, which cannot say any more that it was not.
 */
static int commit_one(struct vexfs_txn *txn, bool is_last)
{
	struct commit *commit = vexfs_port_alloc(sizeof(*commit));
	int err = commit ? commit_begin(txn, commit) : VEXFS_ERR(ENOMEM);
	bool may_go_on = err == -EROFS || (err == -ENOMEM && !is_last);

	if (err == 1) {
		err = commit_write(txn, commit);
		if (!err)
			commit_finish(txn, commit);
	}
	if (err && !may_go_on)
		commit_failed(txn, err);
	if (commit)
		vexfs_map_writes_free(commit->map_writes);
	vexfs_port_free(commit);
	return err;
}

static int commit(struct vexfs_txn *txn, bool is_last, u64 *generation)
{
	int err = 0;

	vexfs_port_mutex_lock(txn->commit_mutex);
	if (!txn->read_only)
		err = commit_one(txn, is_last);
	if (!err && generation)
		*generation = txn->io.super.generation;
	vexfs_port_mutex_unlock(txn->commit_mutex);
	return err;
}

int vexfs_txn_commit(struct vexfs_txn *txn, u64 *generation)
{
	return commit(txn, false, generation);
}

int vexfs_txn_commit_last(struct vexfs_txn *txn)
{
	return commit(txn, true, NULL);
}

int vexfs_txn_commit_change(struct vexfs_txn *txn,
			    int (*change)(struct vexfs_txn *txn, void *context), void *context)
{
	int err;

	vexfs_port_mutex_lock(txn->commit_mutex);
	vexfs_port_rwlock_write_lock(txn->lock);
	err = txn->read_only || txn->poisoned ? VEXFS_ERR(EROFS) : change(txn, context);
	vexfs_port_rwlock_write_unlock(txn->lock);
	if (!err)
		err = commit_one(txn, true);
	vexfs_port_mutex_unlock(txn->commit_mutex);
	return err;
}

/* ---- the log; commit_mutex is held ---- */

/* Return: 0, -ENOSPC (a commit is what it takes), errors of writing, which poison. */
static int batch_write(struct vexfs_txn *txn)
{
	struct vexfs_log_batch batch;
	int err;

	vexfs_port_rwlock_write_lock(txn->lock);
	err = txn->poisoned ? VEXFS_ERR(EROFS) : vexfs_log_take(&txn->log, &batch);
	vexfs_port_rwlock_write_unlock(txn->lock);
	if (err)
		return err;
	err = vexfs_log_write(&txn->log, &batch);
	if (!err)
		err = vexfs_io_flush(&txn->io);
	if (err) {
		commit_failed(txn, err);
		return err;
	}
	txn->log.durable_groups = batch.groups;
	__atomic_store_n(&txn->synced_us, vexfs_port_monotonic_us(), __ATOMIC_RELAXED);
	return 0;
}

int vexfs_txn_sync(struct vexfs_txn *txn)
{
	bool read_only;
	u64 groups;
	int err = 0;

	vexfs_port_rwlock_read_lock(txn->lock);
	read_only = txn->read_only;
	groups = txn->log.groups;
	vexfs_port_rwlock_read_unlock(txn->lock);
	if (read_only)
		return 0;
	/* Whoever comes first takes along what the others wait for. */
	vexfs_port_mutex_lock(txn->commit_mutex);
	if (txn->log.durable_groups < groups) {
		err = batch_write(txn);
		if (err == -ENOSPC)
			err = commit_one(txn, false);
	}
	vexfs_port_mutex_unlock(txn->commit_mutex);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Who may write to the volume: what the superblock says of it, and how an open volume comes to be
 * read-only or writable.
 *
 * A read-only volume that replayed a log has the result in memory, as changes of the generation
 * that a writable one would have made them in. So it becomes writable by reserving that generation
 * on disk, and commits what it has.
 */
#include <vexfs/errors.h>

#include "txn/txn.h"

/* ---- the superblock ---- */

int vexfs_txn_choose_compression(struct vexfs_txn *txn, u32 option)
{
	struct vexfs_super *super = &txn->io.super;

	if (option != VEXFS_COMPRESS_NONE && option > VEXFS_COMPRESS_LEVEL_MAX)
		return VEXFS_ERR(EINVAL);
	txn->compress_level = option ? option : super->compress_level;
	if (option == VEXFS_COMPRESS_NONE)
		txn->compress_level = 0;
	if (txn->compress_level)
		super->incompat |= VEXFS_INCOMPAT_ZSTD;
	return 0;
}

int vexfs_txn_reserve_generations(struct vexfs_txn *txn)
{
	struct vexfs_super *super = &txn->io.super;

	super->sequence++;
	super->generation_limit = txn->io.generation + VEXFS_GENERATIONS_AHEAD;
	/* What the log holds already is there until it is committed. */
	if (!(super->incompat & VEXFS_INCOMPAT_LOG))
		super->log_sequence = txn->log.next_sequence;
	super->incompat |= VEXFS_INCOMPAT_LOG;
	return vexfs_super_ring_write(&txn->io, super);
}

void vexfs_txn_mark_clean(struct vexfs_txn *txn)
{
	struct vexfs_super *super = &txn->io.super;

	super->sequence++;
	super->generation_limit = super->generation;
	super->incompat &= ~(u64)VEXFS_INCOMPAT_LOG;
	super->log_sequence = 0;
	/* Failing is harmless: the next open jumps over the reserved generations. */
	(void)vexfs_super_ring_write(&txn->io, super);
}

int vexfs_txn_check_writable(const struct vexfs_txn *txn)
{
	if (txn->io.super.ro_compat & ~(u64)VEXFS_RO_COMPAT_KNOWN)
		return VEXFS_ERR(EPROTONOSUPPORT);
	return vexfs_port_dev_is_read_only(txn->io.dev) ? VEXFS_ERR(EROFS) : 0;
}

/* ---- an open volume ---- */

/* Whoever may write to the device besides us has not. */
static int super_is_ours(struct vexfs_txn *txn)
{
	struct vexfs_super *disk = vexfs_port_alloc(sizeof(*disk));
	int err = disk ? vexfs_super_ring_read(txn->io.dev, disk) : VEXFS_ERR(ENOMEM);

	if (!err && (disk->sequence > txn->io.super.sequence ||
		     memcmp(disk->node_uuid, txn->io.super.node_uuid, sizeof(disk->node_uuid))))
		err = VEXFS_ERR(EBUSY);
	vexfs_port_free(disk);
	return err;
}

static int writable_locked(struct vexfs_txn *txn)
{
	int err;

	if (!txn->read_only)
		return 0;
	if (txn->poisoned)
		return VEXFS_ERR(EROFS);
	err = vexfs_txn_check_writable(txn);
	if (!err)
		err = super_is_ours(txn);
	if (!err)
		err = vexfs_txn_reserve_generations(txn);
	if (!err)
		txn->read_only = txn->log.off = false;
	return err;
}

int vexfs_txn_make_writable(struct vexfs_txn *txn)
{
	int err;

	vexfs_port_mutex_lock(txn->commit_mutex);
	vexfs_port_rwlock_write_lock(txn->lock);
	err = writable_locked(txn);
	vexfs_port_rwlock_write_unlock(txn->lock);
	vexfs_port_mutex_unlock(txn->commit_mutex);
	/* What a replay left in memory. */
	return err ? err : vexfs_txn_commit(txn, NULL);
}

int vexfs_txn_make_read_only(struct vexfs_txn *txn)
{
	int err = vexfs_txn_commit(txn, NULL);

	vexfs_port_mutex_lock(txn->commit_mutex);
	vexfs_port_rwlock_write_lock(txn->lock);
	if (txn->poisoned)
		err = 0;	/* as read-only as it gets */
	else if (!err && vexfs_txn_is_dirty(txn) && !txn->read_only)
		err = VEXFS_ERR(EBUSY);
	else if (!err && !txn->read_only)
		vexfs_txn_mark_clean(txn);
	if (!err)
		txn->read_only = txn->log.off = true;
	vexfs_port_rwlock_write_unlock(txn->lock);
	vexfs_port_mutex_unlock(txn->commit_mutex);
	return err;
}

int vexfs_txn_set_options(struct vexfs_txn *txn, const struct vexfs_open_options *options)
{
	bool packs = options->compress && options->compress != VEXFS_COMPRESS_NONE;
	int err = 0;

	if (packs && options->compress > VEXFS_COMPRESS_LEVEL_MAX)
		return VEXFS_ERR(EINVAL);
	if (packs && !options->read_only)
		err = vexfs_txn_admit(txn, VEXFS_INCOMPAT_ZSTD);
	if (err)
		return err;
	vexfs_port_rwlock_write_lock(txn->lock);
	err = vexfs_txn_choose_compression(txn, options->compress);
	txn->space.discards = options->discard;
	vexfs_port_rwlock_write_unlock(txn->lock);
	return err;
}

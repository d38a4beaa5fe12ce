// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Doing again what the log has. First the blocks that it gave to data are taken, so that nothing
 * else gets them; then the records are applied in their order; then all of it is one commit. What
 * interrupts this finds the log as it was.
 */
#include <vexfs/errors.h>

#include "txn/txn.h"

struct batch {
	struct batch *next;
	u8 *bytes;
	u32 records_bytes;	/* those that count */
};

struct replay {
	struct vexfs_txn *txn;
	struct batch *first, *last;
	bool stopped;		/* data of the last batch did not reach the disk: end there */
};

static const u8 *records_of(const struct batch *batch)
{
	return batch->bytes + sizeof(struct vexfs_disk_log_batch);
}

static void batches_free(struct replay *replay)
{
	while (replay->first) {
		struct batch *batch = replay->first;

		replay->first = batch->next;
		vexfs_port_free(batch->bytes);
		vexfs_port_free(batch);
	}
}

static int batches_read(struct replay *replay)
{
	struct vexfs_txn *txn = replay->txn;
	struct batch **end = &replay->first;
	u64 sequence = txn->io.super.log_sequence;
	u32 at = 0;
	int err = 0;

	while (!err) {
		struct batch *batch = vexfs_port_alloc(sizeof(*batch));

		if (!batch)
			return VEXFS_ERR(ENOMEM);
		err = vexfs_log_read(&txn->io, txn->io.super.generation, sequence, &at,
				     &batch->bytes, &batch->records_bytes);
		if (err) {
			vexfs_port_free(batch);
			break;
		}
		*end = replay->last = batch;
		end = &batch->next;
		sequence++;
	}
	txn->log.next_sequence = sequence;
	return err == -ENOENT ? 0 : err;
}

static int each_record(struct replay *replay, const struct batch *batch,
		       int (*visit)(struct replay *replay, const struct vexfs_log_record *record))
{
	struct vexfs_log_record record;
	u32 offset = 0;
	int err = 0;

	while (!err && offset < batch->records_bytes) {
		err = vexfs_log_decode(records_of(batch), batch->records_bytes, &offset, &record);
		if (!err)
			err = visit(replay, &record);
	}
	return err;
}

static int each_batch(struct replay *replay,
		      int (*visit)(struct replay *replay, const struct vexfs_log_record *record))
{
	const struct batch *batch;
	int err = 0;

	for (batch = replay->first; batch && !err; batch = batch->next)
		err = each_record(replay, batch, visit);
	return err;
}

/* ---- the end of the log ---- */

static bool block_is_whole(struct vexfs_io *io, u64 block, const u8 *csum, u8 *scratch)
{
	struct vexfs_le32 stored;

	memcpy(&stored, csum, sizeof(stored));
	return !vexfs_io_read(io, block, 1, scratch) &&
	       vexfs_port_crc32c(0, scratch, VEXFS_BLOCK_BYTES) == vexfs_get32(stored);
}

static bool last_batch_wrote(const struct replay *replay, u64 block)
{
	struct vexfs_log_record record;
	u32 offset = 0;

	while (offset < replay->last->records_bytes) {
		if (vexfs_log_decode(records_of(replay->last), replay->last->records_bytes,
				     &offset, &record))
			return false;
		if ((record.kind == VEXFS_LOG_CLAIM || record.kind == VEXFS_LOG_FILL) &&
		    block >= record.block && block - record.block < record.count)
			return true;
	}
	return false;
}

/*
 * Whether what the last batch wrote of an extent is on disk. Older blocks that do not check were
 * lost in another way, which is for whoever reads them to hear.
 */
static int extent_is_whole(struct replay *replay, const struct vexfs_extent *extent, bool *whole)
{
	u8 *scratch = vexfs_port_alloc(VEXFS_BLOCK_BYTES);
	u32 i;

	if (!scratch)
		return VEXFS_ERR(ENOMEM);
	*whole = true;
	for (i = 0; i < extent->disk_blocks && *whole; i++)
		*whole = block_is_whole(&replay->txn->io, extent->block + i,
					extent->payload + (size_t)i * VEXFS_CSUM_CRC32C_BYTES,
					scratch) ||
			 !last_batch_wrote(replay, extent->block + i);
	vexfs_port_free(scratch);
	return 0;
}

static int record_check_data(struct replay *replay, const struct vexfs_log_record *record)
{
	struct vexfs_extent extent;
	bool whole = true;
	int err = 0;

	if ((record->kind != VEXFS_LOG_INSERT && record->kind != VEXFS_LOG_UPDATE) ||
	    !vexfs_key_is_extent(&record->key))
		return 0;
	err = vexfs_extent_decode(record->data, record->bytes, record->key.offset, &extent);
	if (!err && extent.csum_bytes)
		err = extent_is_whole(replay, &extent, &whole);
	replay->stopped = replay->stopped || !whole;
	return err;
}

/*
 * The last batch may have reached the disk without the data that it refers to, since one flush was
 * to cover both. It was promised to nobody then: it ends before the first such operation.
 */
static int last_batch_trim(struct replay *replay)
{
	struct vexfs_log_record record;
	struct batch *last = replay->last;
	u32 offset = 0, group = 0;
	int err = 0;

	while (last && !err && !replay->stopped && offset < last->records_bytes) {
		err = vexfs_log_decode(records_of(last), last->records_bytes, &offset, &record);
		if (!err)
			err = record_check_data(replay, &record);
		if (!err && !replay->stopped && record.kind == VEXFS_LOG_END)
			group = offset;
	}
	if (last && !err)
		last->records_bytes = group;
	return err;
}

/* ---- applying ---- */

static int claim_take(struct replay *replay, const struct vexfs_log_record *record)
{
	if (record->kind != VEXFS_LOG_CLAIM)
		return 0;
	return vexfs_space_take(&replay->txn->space, record->block, record->count);
}

static int item_apply(struct vexfs_tree *tree, const struct vexfs_log_record *record)
{
	u32 bytes, room = VEXFS_TREE_ITEM_ROOM(record->bytes);
	bool is_insert = record->kind == VEXFS_LOG_INSERT;
	u8 none;
	int err = vexfs_tree_read(tree, &record->key, &none, 0, &bytes);

	if (err && err != -ENOENT)
		return err;
	if (is_insert != (err == -ENOENT) || record->key.type < VEXFS_ITEM_INODE)
		return VEXFS_ERR(EUCLEAN);
	err = vexfs_tree_prepare(tree, &record->key, room);
	if (err)
		return err;
	if (is_insert)
		vexfs_tree_insert(tree, &record->key, record->data, record->bytes);
	else if (record->kind == VEXFS_LOG_UPDATE)
		vexfs_tree_update(tree, &record->key, record->data, record->bytes);
	else
		vexfs_tree_remove(tree, &record->key);
	return 0;
}

static int blocks_apply(struct vexfs_txn *txn, const struct vexfs_log_record *record)
{
	bool inc = record->kind == VEXFS_LOG_INC;
	int err = vexfs_space_prepare(&txn->space, record->block, record->count, inc);

	if (err)
		return err;
	if (inc)
		vexfs_space_inc(&txn->space, record->block, record->count);
	else
		vexfs_space_dec(&txn->space, record->block, record->count);
	return 0;
}

static int sums_apply(struct vexfs_subvol *subvol, const struct vexfs_log_record *record)
{
	if (record->next_ino < subvol->next_ino)
		return VEXFS_ERR(EUCLEAN);
	subvol->next_ino = record->next_ino;
	subvol->inodes = record->inodes;
	subvol->vectors_bytes = record->vectors_bytes;
	subvol->dirty = true;
	return 0;
}

static int record_apply(struct replay *replay, const struct vexfs_log_record *record)
{
	struct vexfs_txn *txn = replay->txn;
	struct vexfs_subvol *subvol;
	int err;

	if (record->kind == VEXFS_LOG_CLAIM || record->kind == VEXFS_LOG_FILL ||
	    record->kind == VEXFS_LOG_END)
		return 0;
	err = vexfs_subvol_get_writable(txn, record->tree, &subvol);
	if (err)
		return err == -ESTALE || err == -EROFS ? VEXFS_ERR(EUCLEAN) : err;
	switch (record->kind) {
	case VEXFS_LOG_INC:
	case VEXFS_LOG_DEC:
		return blocks_apply(txn, record);
	case VEXFS_LOG_TREE:
		return sums_apply(subvol, record);
	default:
		return item_apply(&subvol->tree, record);
	}
}

int vexfs_txn_replay(struct vexfs_txn *txn)
{
	struct replay replay = { .txn = txn };
	struct vexfs_key live = vexfs_key_make(VEXFS_VOLUME_TREE_LIVE, VEXFS_ITEM_ROOT, 0);
	bool was_off = txn->log.off, any;
	int err;

	if (!(txn->io.super.incompat & VEXFS_INCOMPAT_LOG))
		return 0;
	txn->log.off = true;
	err = batches_read(&replay);
	if (!err)
		err = last_batch_trim(&replay);
	any = replay.first != NULL;
	vexfs_port_rwlock_write_lock(txn->lock);
	if (!err)
		err = each_batch(&replay, claim_take);
	if (!err)
		err = each_batch(&replay, record_apply);
	if (!err && txn->space.damaged)
		err = VEXFS_ERR(EUCLEAN);
	/* Even if nothing was left to do, these batches must not be continued: a new generation. */
	if (!err && any)
		err = vexfs_tree_prepare(&txn->root_tree, &live, 0);
	txn->changed = NULL;
	vexfs_port_rwlock_write_unlock(txn->lock);
	txn->log.off = was_off;
	batches_free(&replay);
	if (err || !any || txn->read_only)
		return err;
	return vexfs_txn_commit(txn, NULL);
}

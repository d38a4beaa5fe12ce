// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Changes of the superblock itself, each a commit of its own. */
#include "txn/txn.h"

#include <vexfs/errors.h>

struct growth {
	u64 total_blocks;
};

/*
 * Where the back ring will be nothing may be that could pass for a superblock: the device may have
 * held a larger volume before. Until the commit nothing refers to it.
 */
static int ring_clear(struct vexfs_txn *txn, u64 total_blocks)
{
	u8 *zeros = vexfs_port_alloc(VEXFS_SUPER_SLOTS * VEXFS_BLOCK_BYTES);
	int err;

	if (!zeros)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_port_dev_write(txn->io.dev, vexfs_super_back_block(total_blocks),
				   VEXFS_SUPER_SLOTS, zeros);
	if (!err)
		err = vexfs_port_dev_flush(txn->io.dev);
	vexfs_port_free(zeros);
	return err;
}

static int grow(struct vexfs_txn *txn, void *context)
{
	const struct growth *growth = context;
	int err;

	/* The two rings must not overlap, since one of them is always good. */
	if (growth->total_blocks < txn->io.super.total_blocks + VEXFS_SUPER_SLOTS)
		return 0;
	err = ring_clear(txn, growth->total_blocks);
	if (!err)
		err = vexfs_space_grow(&txn->space, growth->total_blocks);
	if (!err) {
		txn->io.size_blocks = growth->total_blocks;
		txn->io.back_ring_is_new = true;
	}
	return err;
}

int vexfs_txn_grow(struct vexfs_txn *txn)
{
	u64 device_blocks = vexfs_port_dev_size_blocks(txn->io.dev);
	struct growth growth = { .total_blocks = vexfs_total_blocks_usable(device_blocks) };

	return vexfs_txn_commit_change(txn, grow, &growth);
}

struct label {
	const char *bytes;
	u32 count;
};

static int label_set(struct vexfs_txn *txn, void *context)
{
	struct vexfs_key live = vexfs_key_make(VEXFS_VOLUME_TREE_LIVE, VEXFS_ITEM_ROOT, 0);
	const struct label *label = context;
	/* A commit is not begun for the sake of the superblock alone. */
	int err = vexfs_tree_prepare(&txn->root_tree, &live, 0);

	if (err)
		return err;
	memset(txn->io.super.label, 0, sizeof(txn->io.super.label));
	memcpy(txn->io.super.label, label->bytes, label->count);
	return 0;
}

int vexfs_txn_set_label(struct vexfs_txn *txn, const char *bytes, u32 count)
{
	struct label label = { bytes, count };

	if (count > VEXFS_LABEL_MAX_BYTES)
		return VEXFS_ERR(EINVAL);
	return vexfs_txn_commit_change(txn, label_set, &label);
}

static int uuid_set(struct vexfs_txn *txn, void *context)
{
	struct vexfs_key live = vexfs_key_make(VEXFS_VOLUME_TREE_LIVE, VEXFS_ITEM_ROOT, 0);
	struct vexfs_super *super = &txn->io.super;
	int err = vexfs_tree_prepare(&txn->root_tree, &live, 0);

	if (err)
		return err;
	memcpy(super->uuid, context, sizeof(super->uuid));
	if (memcmp(super->uuid, super->node_uuid, sizeof(super->uuid)))
		super->incompat |= VEXFS_INCOMPAT_NODE_UUID;
	else
		super->incompat &= ~(u64)VEXFS_INCOMPAT_NODE_UUID;
	return 0;
}

int vexfs_txn_set_uuid(struct vexfs_txn *txn, const u8 uuid[16])
{
	u8 zero[16] = { 0 }, copy[16];

	if (!memcmp(uuid, zero, sizeof(zero)))
		return VEXFS_ERR(EINVAL);
	memcpy(copy, uuid, sizeof(copy));
	return vexfs_txn_commit_change(txn, uuid_set, copy);
}

static int feature_set(struct vexfs_txn *txn, void *context)
{
	struct vexfs_key live = vexfs_key_make(VEXFS_VOLUME_TREE_LIVE, VEXFS_ITEM_ROOT, 0);
	const u64 *feature = context;
	int err = vexfs_tree_prepare(&txn->root_tree, &live, 0);

	if (!err)
		txn->io.super.incompat |= *feature;
	return err;
}

int vexfs_txn_admit(struct vexfs_txn *txn, u64 feature)
{
	bool has;

	vexfs_port_rwlock_read_lock(txn->lock);
	has = (txn->io.super.incompat & feature) == feature;
	vexfs_port_rwlock_read_unlock(txn->lock);
	return has ? 0 : vexfs_txn_commit_change(txn, feature_set, &feature);
}

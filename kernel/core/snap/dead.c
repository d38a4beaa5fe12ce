// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Freeing what a deleted snapshot held, in portions.
 *
 * The root tree keeps a list of dead subtrees. A portion takes the newest: when others refer to its
 * node too, the reference is dropped and that is all; otherwise its children become dead subtrees
 * of their own, some at a time, and the node is freed after the last. Taking the newest first goes
 * down
 * before it goes sideways, so that the list stays short. A crash finds the list as of some portion.
 */
#include <vexfs/errors.h>

#include "snap/snap.h"

#define CHILDREN_PER_STEP	64u
#define STEPS_PER_CALL		16u

#define DEAD_ITEM_ROOM	VEXFS_TREE_ITEM_ROOM((u32)sizeof(struct vexfs_disk_dead))

struct dead {
	struct vexfs_key key;
	struct vexfs_ptr ptr;
	u32 next_child;
};

/* The newest entry of the list. Return: 0, -ENOENT, errors of reading. */
static int dead_find(struct vexfs_txn *txn, struct dead *out)
{
	struct vexfs_key key = vexfs_key_make(0, VEXFS_ITEM_DEAD, ~0ull);
	struct vexfs_disk_dead disk;
	struct vexfs_cursor cursor;
	int err = vexfs_cursor_open_floor(&cursor, &txn->root_tree, &key);

	if (err)
		return err;
	err = -ENOENT;
	if (!cursor.at_end) {
		key = vexfs_cursor_key(&cursor);
		if (!key.object && key.type == VEXFS_ITEM_DEAD)
			err = vexfs_cursor_bytes(&cursor) == sizeof(disk) ? 0 :
									    VEXFS_ERR(EUCLEAN);
	}
	if (!err) {
		memcpy(&disk, vexfs_cursor_data(&cursor), sizeof(disk));
		out->key = key;
		vexfs_ptr_decode(&disk.ptr, &out->ptr);
		out->next_child = vexfs_get32(disk.next_child);
	}
	vexfs_cursor_close(&cursor);
	return err;
}

/* Drops the list's reference to a node; the node goes when it was the last. */
static int entry_drop(struct vexfs_txn *txn, const struct dead *dead, u32 refs)
{
	int err = vexfs_space_prepare(&txn->space, dead->ptr.block, VEXFS_NODE_BLOCKS, 0);

	if (!err)
		err = vexfs_tree_prepare(&txn->root_tree, &dead->key, 0);
	if (err)
		return err;
	vexfs_tree_remove(&txn->root_tree, &dead->key);
	vexfs_space_dec(&txn->space, dead->ptr.block, VEXFS_NODE_BLOCKS);
	if (refs == 1)
		vexfs_node_forget(&txn->io, dead->ptr.block);
	return 0;
}

static int prepare_dec(void *space, u64 block, u32 count)
{
	return vexfs_space_prepare(space, block, count, 0);
}

static int apply_dec(void *space, u64 block, u32 count)
{
	vexfs_space_dec(space, block, count);
	return 0;
}

static int leaf_drop(struct vexfs_txn *txn, const struct dead *dead, struct vexfs_node *node)
{
	int err = vexfs_node_children(node->data, prepare_dec, &txn->space);

	if (!err)
		err = vexfs_tree_prepare(&txn->root_tree, &dead->key, 0);
	if (!err)
		err = vexfs_space_prepare(&txn->space, dead->ptr.block, VEXFS_NODE_BLOCKS, 0);
	if (err) {
		vexfs_node_put(&txn->io, node);
		return err;
	}
	(void)vexfs_node_children(node->data, apply_dec, &txn->space);
	vexfs_node_put(&txn->io, node);
	return entry_drop(txn, dead, 1);
}

/* Puts up to CHILDREN_PER_STEP children on the list. */
static int children_detach(struct vexfs_txn *txn, const struct dead *dead, const void *node)
{
	u32 i, count = vexfs_node_count(node), from = dead->next_child;
	u32 to = count - from < CHILDREN_PER_STEP ? count : from + CHILDREN_PER_STEP;
	u32 room = (to - from) * DEAD_ITEM_ROOM;
	struct vexfs_disk_dead disk;
	int err = vexfs_tree_prepare(&txn->root_tree, &dead->key, room);

	for (i = from; i < to && !err; i++) {
		struct vexfs_key key = vexfs_key_make(0, VEXFS_ITEM_DEAD,
						 txn->next_dead_id + (to - 1 - i));

		err = vexfs_tree_prepare(&txn->root_tree, &key, room);
	}
	if (err)
		return err;
	for (i = from; i < to; i++) {
		struct vexfs_key key = vexfs_key_make(0, VEXFS_ITEM_DEAD,
						 txn->next_dead_id + (to - 1 - i));
		struct vexfs_ptr child;

		memset(&disk, 0, sizeof(disk));
		vexfs_node_child(node, i, &child);
		vexfs_ptr_encode(&child, &disk.ptr);
		vexfs_tree_insert(&txn->root_tree, &key, &disk, sizeof(disk));
	}
	txn->next_dead_id += to - from;
	memset(&disk, 0, sizeof(disk));
	vexfs_ptr_encode(&dead->ptr, &disk.ptr);
	disk.next_child = vexfs_put32(to);
	vexfs_tree_update(&txn->root_tree, &dead->key, &disk, sizeof(disk));
	return 0;
}

static int portion(struct vexfs_txn *txn)
{
	struct vexfs_node *node;
	struct dead dead;
	u32 refs;
	int err = dead_find(txn, &dead);

	if (!err)
		err = vexfs_space_refs(&txn->space, dead.ptr.block, &refs);
	if (err)
		return err;
	if (refs > 1 && !dead.next_child)
		return entry_drop(txn, &dead, refs);
	err = vexfs_node_get(&txn->io, &dead.ptr, &node);
	if (err)
		return err;
	if (!node->level)
		return leaf_drop(txn, &dead, node);
	if (dead.next_child < vexfs_node_count(node->data)) {
		err = children_detach(txn, &dead, node->data);
		vexfs_node_put(&txn->io, node);
		return err;
	}
	vexfs_node_put(&txn->io, node);
	return entry_drop(txn, &dead, 1);
}

int vexfs_dead_step(struct vexfs_txn *txn)
{
	u32 i;
	int err = vexfs_txn_begin(txn, VEXFS_SPACE_RELEASE);

	if (err)
		return err;
	for (i = 0; i < STEPS_PER_CALL && !err; i++) {
		err = vexfs_txn_step(txn, VEXFS_SPACE_RELEASE, NULL);
		if (!err)
			err = portion(txn);
	}
	if (err == -ENOENT) {
		txn->has_dead = false;
		return vexfs_txn_end(txn, 0);
	}
	return vexfs_txn_end(txn, err ? err : 1);
}

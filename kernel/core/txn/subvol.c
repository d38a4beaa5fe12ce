// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* File trees and their items in the root tree. */
#include "txn/txn.h"

#include <vexfs/errors.h>

u32 vexfs_subvol_encode(const struct vexfs_subvol *subvol, void *out)
{
	struct vexfs_disk_root disk;

	memset(&disk, 0, sizeof(disk));
	vexfs_ptr_encode(&subvol->tree.root, &disk.ptr);
	disk.source = vexfs_put64(subvol->source);
	disk.source_generation = vexfs_put64(subvol->source_generation);
	disk.changed_generation = vexfs_put64(subvol->changed_generation);
	disk.created_ns = vexfs_put64((u64)subvol->created_ns);
	disk.next_ino = vexfs_put64(subvol->next_ino);
	disk.inodes = vexfs_put64(subvol->inodes);
	disk.vectors_bytes = vexfs_put64(subvol->vectors_bytes);
	disk.flags = vexfs_put32(subvol->flags);
	disk.name_bytes = (u8)subvol->name_bytes;
	memcpy(out, &disk, sizeof(disk));
	memcpy((u8 *)out + sizeof(disk), subvol->name, subvol->name_bytes);
	return (u32)sizeof(disk) + subvol->name_bytes;
}

int vexfs_subvol_decode(const void *data, u32 bytes, struct vexfs_subvol *out)
{
	struct vexfs_disk_root disk;

	if (bytes < sizeof(disk))
		return VEXFS_ERR(EUCLEAN);
	memcpy(&disk, data, sizeof(disk));
	if (bytes != sizeof(disk) + disk.name_bytes)
		return VEXFS_ERR(EUCLEAN);
	vexfs_ptr_decode(&disk.ptr, &out->tree.root);
	out->source = vexfs_get64(disk.source);
	out->source_generation = vexfs_get64(disk.source_generation);
	out->changed_generation = vexfs_get64(disk.changed_generation);
	out->created_ns = (s64)vexfs_get64(disk.created_ns);
	out->next_ino = vexfs_get64(disk.next_ino);
	out->inodes = vexfs_get64(disk.inodes);
	out->vectors_bytes = vexfs_get64(disk.vectors_bytes);
	out->flags = vexfs_get32(disk.flags);
	out->name_bytes = disk.name_bytes;
	memcpy(out->name, (const u8 *)data + sizeof(disk), disk.name_bytes);
	out->name[disk.name_bytes] = 0;
	out->logged_ino = out->next_ino;
	out->logged_inodes = out->inodes;
	out->logged_vectors = out->vectors_bytes;
	if (out->tree.root.level >= VEXFS_LEVEL_MAX || out->next_ino <= VEXFS_ROOT_INO)
		return VEXFS_ERR(EUCLEAN);
	return 0;
}

static struct vexfs_subvol **slot_of(struct vexfs_txn *txn, u64 id)
{
	return &txn->subvol_slots[id % VEXFS_SUBVOL_SLOTS];
}

static struct vexfs_subvol *find_locked(struct vexfs_txn *txn, u64 id)
{
	struct vexfs_subvol *subvol = *slot_of(txn, id);

	while (subvol && subvol->tree.id != id)
		subvol = subvol->next_in_slot;
	return subvol;
}

void vexfs_subvol_add(struct vexfs_txn *txn, struct vexfs_subvol *subvol)
{
	struct vexfs_subvol **slot = slot_of(txn, subvol->tree.id);

	subvol->next = txn->subvols;
	subvol->back = &txn->subvols;
	if (subvol->next)
		subvol->next->back = &subvol->next;
	txn->subvols = subvol;
	subvol->next_in_slot = *slot;
	*slot = subvol;
}

static struct vexfs_subvol *subvol_alloc(struct vexfs_txn *txn, u64 id)
{
	struct vexfs_subvol *subvol = vexfs_port_alloc(sizeof(*subvol));

	if (!subvol)
		return NULL;
	subvol->tree.io = &txn->io;
	subvol->tree.space = &txn->space;
	subvol->tree.log = &txn->log;
	subvol->tree.id = id;
	return subvol;
}

static int subvol_load(struct vexfs_txn *txn, u64 id, struct vexfs_subvol **out)
{
	struct vexfs_key key = vexfs_key_make(id, VEXFS_ITEM_ROOT, 0);
	u8 item[VEXFS_ROOT_ITEM_MAX_BYTES];
	struct vexfs_subvol *subvol;
	u32 bytes;
	int err;

	err = vexfs_tree_read(&txn->root_tree, &key, item, sizeof(item), &bytes);
	if (err == -ENOENT)
		return VEXFS_ERR(ESTALE);
	if (err)
		return err;
	if (bytes > sizeof(item))
		return VEXFS_ERR(EUCLEAN);
	subvol = subvol_alloc(txn, id);
	if (!subvol)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_subvol_decode(item, bytes, subvol);
	if (err) {
		vexfs_port_free(subvol);
		return err;
	}
	*out = subvol;
	return 0;
}

int vexfs_subvol_get(struct vexfs_txn *txn, u64 id, struct vexfs_subvol **out)
{
	struct vexfs_subvol *subvol;
	int err = 0;

	vexfs_port_mutex_lock(txn->subvols_mutex);
	subvol = find_locked(txn, id);
	if (!subvol) {
		err = subvol_load(txn, id, &subvol);
		if (!err)
			vexfs_subvol_add(txn, subvol);
	}
	vexfs_port_mutex_unlock(txn->subvols_mutex);
	if (!err)
		*out = subvol;
	return err;
}

int vexfs_subvol_get_writable(struct vexfs_txn *txn, u64 id, struct vexfs_subvol **out)
{
	struct vexfs_subvol *subvol;
	int err = vexfs_subvol_get(txn, id, &subvol);

	if (err)
		return err;
	if (!(subvol->flags & VEXFS_TREE_WRITABLE))
		return VEXFS_ERR(EROFS);
	txn->changed = subvol;
	*out = subvol;
	return 0;
}

int vexfs_subvol_create(struct vexfs_txn *txn, u64 id, u32 flags, struct vexfs_subvol **out)
{
	struct vexfs_key key = vexfs_key_make(id, VEXFS_ITEM_ROOT, 0);
	struct vexfs_subvol *subvol = subvol_alloc(txn, id);
	u8 item[VEXFS_ROOT_ITEM_MAX_BYTES];
	int err;

	if (!subvol)
		return VEXFS_ERR(ENOMEM);
	subvol->flags = flags;
	subvol->next_ino = VEXFS_ROOT_INO + 1;
	subvol->created_ns = vexfs_port_time_ns();
	err = vexfs_tree_create(&subvol->tree);
	if (!err)
		err = vexfs_tree_prepare(&txn->root_tree, &key,
					 VEXFS_TREE_ITEM_ROOM(VEXFS_ROOT_ITEM_MAX_BYTES));
	if (err) {
		vexfs_port_free(subvol);
		return err;
	}
	vexfs_tree_insert(&txn->root_tree, &key, item, vexfs_subvol_encode(subvol, item));
	vexfs_subvol_add(txn, subvol);
	*out = subvol;
	return 0;
}

static bool is_dirty(const struct vexfs_subvol *subvol)
{
	return subvol->tree.dirty || subvol->dirty;
}

int vexfs_subvols_prepare(struct vexfs_txn *txn)
{
	struct vexfs_subvol *subvol;
	int err = 0;

	for (subvol = txn->subvols; subvol && !err; subvol = subvol->next) {
		struct vexfs_key key = vexfs_key_make(subvol->tree.id, VEXFS_ITEM_ROOT, 0);

		if (is_dirty(subvol))
			err = vexfs_tree_prepare(&txn->root_tree, &key, 0);
	}
	return err;
}

void vexfs_subvols_store(struct vexfs_txn *txn)
{
	u8 item[VEXFS_ROOT_ITEM_MAX_BYTES];
	struct vexfs_subvol *subvol;

	for (subvol = txn->subvols; subvol; subvol = subvol->next) {
		struct vexfs_key key = vexfs_key_make(subvol->tree.id, VEXFS_ITEM_ROOT, 0);
		struct vexfs_ptr *root = &subvol->tree.root;

		if (!is_dirty(subvol))
			continue;
		if (root->birth == txn->io.generation) {
			struct vexfs_node *node = vexfs_node_dirty_find(&txn->io, root->block);

			VEXFS_ASSERT(node);
			memcpy(root->csum, node->csum, VEXFS_CSUM_BYTES);
		}
		if (subvol->tree.dirty)
			subvol->changed_generation = txn->io.generation;
		vexfs_tree_update(&txn->root_tree, &key, item, vexfs_subvol_encode(subvol, item));
	}
}

void vexfs_subvols_cleaned(struct vexfs_txn *txn)
{
	struct vexfs_subvol *subvol;

	for (subvol = txn->subvols; subvol; subvol = subvol->next)
		subvol->tree.dirty = subvol->dirty = false;
}

void vexfs_subvol_unload(struct vexfs_txn *txn, struct vexfs_subvol *subvol)
{
	struct vexfs_subvol **at = slot_of(txn, subvol->tree.id);

	while (*at != subvol)
		at = &(*at)->next_in_slot;
	*at = subvol->next_in_slot;
	*subvol->back = subvol->next;
	if (subvol->next)
		subvol->next->back = subvol->back;
	if (txn->changed == subvol)
		txn->changed = NULL;
	if (subvol->pins)
		subvol->gone = true;
	else
		vexfs_port_free(subvol);
}

void vexfs_subvols_free(struct vexfs_txn *txn)
{
	while (txn->subvols)
		vexfs_subvol_unload(txn, txn->subvols);
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* The root tree: which trees there are and what they are called. */
#include <vexfs/errors.h>

#include "check/repair.h"

/* The hidden trees that people's programs keep have names; one without is our own, half built. */
static bool is_unfinished(u64 id, const struct vexfs_subvol *subvol)
{
	return id >= VEXFS_VOLUME_TREE_FIRST && (subvol->flags & VEXFS_TREE_HIDDEN) &&
	       !subvol->name_bytes;
}

static int root_visit(struct vexfs_repair *repair, struct vexfs_subvol *subvol)
{
	const struct vexfs_item *item = &repair->item;
	struct vexfs_key key = item->key;

	memset(subvol, 0, sizeof(*subvol));
	if (vexfs_subvol_decode(item->data, item->bytes, subvol)) {
		vexfs_repair_tell(repair, "removed a tree whose item is damaged", key.object);
		return vexfs_repair_item_remove(repair, &key);
	}
	if (!is_unfinished(key.object, subvol))
		return 0;
	vexfs_repair_tell(repair, "removed what an unfinished repair had left", 0);
	return vexfs_repair_item_remove(repair, &key);
}

static int name_visit(struct vexfs_repair *repair)
{
	struct vexfs_key key = repair->item.key;
	struct vexfs_subvol *subvol;
	struct vexfs_place place;
	struct vexfs_name name;
	u64 tree;
	int err = vexfs_snap_name_decode(repair->item.data, repair->item.bytes, &tree, &name);

	if (!err)
		err = vexfs_subvol_get(repair->txn, tree, &subvol);
	if (!err)
		err = vexfs_snap_name_find(repair->txn, name, &place);
	/* One at a key of another hash is not found; the right one is made afterwards. */
	if (!err && place.found && place.cookie == key.offset &&
	    subvol->name_bytes == name.count && !memcmp(subvol->name, name.bytes, name.count))
		return 0;
	if (err && err != -ESTALE && err != -EUCLEAN)
		return err;
	vexfs_repair_tell(repair, "removed a snapshot's name without the snapshot", 0);
	return vexfs_repair_item_remove(repair, &key);
}

static int item_visit(struct vexfs_repair *repair)
{
	struct vexfs_key key = repair->item.key;
	struct vexfs_subvol *subvol;
	int err;

	if (key.object && key.type == VEXFS_ITEM_ROOT && !key.offset) {
		subvol = vexfs_port_alloc(sizeof(*subvol));
		err = subvol ? root_visit(repair, subvol) : VEXFS_ERR(ENOMEM);
		vexfs_port_free(subvol);
		return err;
	}
	if (!key.object && key.type == VEXFS_ITEM_ROOT_NAME)
		return 0;	/* after the trees */
	/* Dead subtrees: once nothing refers to them the recount frees them. */
	if (key.object || key.type != VEXFS_ITEM_DEAD)
		vexfs_repair_tell(repair, "removed an unknown item of the root tree", 0);
	return vexfs_repair_item_remove(repair, &key);
}

static int name_item_visit(struct vexfs_repair *repair)
{
	return repair->item.key.type == VEXFS_ITEM_ROOT_NAME ? name_visit(repair) : 0;
}

int vexfs_repair_root_items(struct vexfs_repair *repair)
{
	int err;

	repair->tree = &repair->txn->root_tree;
	err = vexfs_repair_each(repair, item_visit);
	return err ? err : vexfs_repair_each(repair, name_item_visit);
}

int vexfs_repair_next_tree(struct vexfs_repair *repair, u64 after, u64 *id)
{
	struct vexfs_key key = vexfs_key_make(after + 1, 0, 0);
	struct vexfs_cursor cursor;
	int err = vexfs_cursor_open(&cursor, &repair->txn->root_tree, &key);

	if (err)
		return err;
	*id = cursor.at_end ? 0 : vexfs_cursor_key(&cursor).object;
	vexfs_cursor_close(&cursor);
	return 0;
}

/* A name that no other tree has: "#" and the id, as for inodes, and as much more as it takes. */
static int free_name_find(struct vexfs_repair *repair, u64 id, char *bytes, struct vexfs_name *name)
{
	struct vexfs_place place;
	int err;

	*name = vexfs_repair_number_name(id, bytes);
	for (;;) {
		err = vexfs_snap_name_find(repair->txn, *name, &place);
		if (err || (!place.found && place.has_free))
			return err;
		if (name->count == VEXFS_NAME_MAX_BYTES)
			return VEXFS_ERR(EEXIST);
		bytes[name->count++] = '+';
	}
}

static int snapshot_rename(struct vexfs_repair *repair, struct vexfs_subvol *subvol)
{
	struct vexfs_key key = vexfs_key_make(subvol->tree.id, VEXFS_ITEM_ROOT, 0);
	u8 item[VEXFS_ROOT_ITEM_MAX_BYTES];
	char bytes[VEXFS_NAME_MAX_BYTES];
	struct vexfs_name name;
	int err = free_name_find(repair, subvol->tree.id, bytes, &name);

	if (!err)
		err = vexfs_tree_prepare(&repair->txn->root_tree, &key,
					 VEXFS_TREE_ITEM_ROOM(VEXFS_ROOT_ITEM_MAX_BYTES));
	if (err)
		return err;
	memset(subvol->name, 0, sizeof(subvol->name));
	memcpy(subvol->name, name.bytes, name.count);
	subvol->name_bytes = name.count;
	subvol->dirty = true;
	/* At once, since a commit makes no room for an item that has grown. */
	vexfs_tree_update(&repair->txn->root_tree, &key, item, vexfs_subvol_encode(subvol, item));
	repair->subvol = subvol;
	vexfs_repair_tell(repair, "gave a snapshot without a name of its own a new one", 0);
	repair->subvol = NULL;
	return vexfs_txn_step(repair->txn, VEXFS_SPACE_RELEASE, NULL);
}

/* Two may have one name, and damage may have left one that nothing could be called by. */
static int snapshot_name_ensure(struct vexfs_repair *repair, struct vexfs_subvol *subvol)
{
	struct vexfs_name name = { subvol->name, subvol->name_bytes };
	struct vexfs_place place = { .found = false };
	bool is_valid = !vexfs_name_check(name);
	int err = is_valid ? vexfs_snap_name_find(repair->txn, name, &place) : 0;

	if (err || (place.found && place.ino == subvol->tree.id))
		return err;
	if (!is_valid || place.found || !place.has_free)
		err = snapshot_rename(repair, subvol);
	return err ? err : vexfs_snap_name_restore(repair->txn, subvol);
}

int vexfs_repair_root_names(struct vexfs_repair *repair)
{
	struct vexfs_subvol *subvol;
	u64 id = 0;
	int err = vexfs_repair_next_tree(repair, VEXFS_VOLUME_TREE_FIRST - 1, &id);

	while (!err && id) {
		err = vexfs_txn_step(repair->txn, VEXFS_SPACE_RELEASE, NULL);
		if (!err)
			err = vexfs_subvol_get(repair->txn, id, &subvol);
		if (!err)
			err = snapshot_name_ensure(repair, subvol);
		if (!err)
			err = vexfs_repair_next_tree(repair, id, &id);
	}
	return err;
}

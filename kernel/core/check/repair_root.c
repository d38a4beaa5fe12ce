// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* The root tree: which trees there are and what they are called. */
#include <vexfs/errors.h>

#include "check/repair.h"

/* ---- the tree itself ---- */

struct root_judge {
	bool is_disordered, has_live;
};

static int judge_leaf(void *context, const void *node, const struct vexfs_key *low,
		      const struct vexfs_key *high)
{
	struct vexfs_key live = vexfs_key_make(VEXFS_VOLUME_TREE_LIVE, VEXFS_ITEM_ROOT, 0);
	u32 i, count = vexfs_node_count(node);
	struct root_judge *judge = context;

	for (i = 0; i < count; i++) {
		struct vexfs_key key = vexfs_node_key(node, i);

		if (vexfs_key_compare(&key, low) < 0 || vexfs_key_compare(&key, high) >= 0)
			judge->is_disordered = true;
		if (!vexfs_key_compare(&key, &live))
			judge->has_live = true;
	}
	return 0;
}

static int judge_gap(void *context, const struct vexfs_ptr *ptr, const struct vexfs_key *low,
		     const struct vexfs_key *high)
{
	(void)context;
	(void)ptr;
	(void)low;
	(void)high;
	return VEXFS_ERR(EUCLEAN);
}

static void judge_disorder(void *context)
{
	struct root_judge *judge = context;

	judge->is_disordered = true;
}

int vexfs_repair_root_judge(struct vexfs_io *io, const struct vexfs_ptr *root, bool *is_disordered)
{
	struct root_judge judge = { .is_disordered = false };
	const struct vexfs_repair_visitor visitor = { .leaf = judge_leaf,
						      .gap = judge_gap,
						      .disorder = judge_disorder,
						      .context = &judge };
	int err = vexfs_repair_walk(io, root, &vexfs_key_lowest, &vexfs_key_highest, &visitor);

	*is_disordered = judge.is_disordered;
	if (!err && !judge.has_live)
		err = VEXFS_ERR(EUCLEAN);
	return err;
}

static int rebuild_leaf(void *context, const void *node, const struct vexfs_key *low,
			const struct vexfs_key *high)
{
	struct vexfs_tree *fresh = context;
	u32 i, unused, count = vexfs_node_count(node);
	u8 none;
	int err = 0;

	(void)low;
	(void)high;
	for (i = 0; i < count && !err; i++) {
		struct vexfs_key key = vexfs_node_key(node, i);
		u32 bytes = vexfs_node_data_bytes(node, i);

		err = vexfs_tree_read(fresh, &key, &none, 0, &unused);
		if (err != -ENOENT)
			continue;
		err = vexfs_tree_prepare(fresh, &key, VEXFS_TREE_ITEM_ROOM(bytes));
		if (!err)
			vexfs_tree_insert(fresh, &key, vexfs_node_data(node, i), bytes);
	}
	return err;
}

/*
 * In one step, since a commit takes the root tree as it is; it is a small one, and its nodes may
 * use all the room there is.
 */
int vexfs_repair_root_rebuild(struct vexfs_repair *repair)
{
	struct vexfs_tree fresh = repair->txn->root_tree;
	const struct vexfs_repair_visitor visitor = { .leaf = rebuild_leaf,
						      .gap = judge_gap,
						      .context = &fresh };
	int err = vexfs_tree_create(&fresh);

	if (!err)
		err = vexfs_repair_walk(&repair->txn->io, &repair->txn->root_tree.root,
					&vexfs_key_lowest, &vexfs_key_highest, &visitor);
	if (err)
		return err;
	vexfs_repair_tell(repair, "put the root tree in order", 0);
	repair->txn->root_tree.root = fresh.root;
	repair->txn->root_tree.dirty = true;
	return 0;
}

/* ---- its items ---- */

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

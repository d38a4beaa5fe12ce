// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "snap/snap.h"

#include <vexfs/errors.h>

#include "format/hash.h"

#define NAME_ITEM_MAX_BYTES	((u32)sizeof(struct vexfs_disk_root_name) + VEXFS_NAME_MAX_BYTES)

static struct vexfs_key name_key(u64 cookie)
{
	return vexfs_key_make(0, VEXFS_ITEM_ROOT_NAME, cookie);
}

static struct vexfs_key root_key(u64 id)
{
	return vexfs_key_make(id, VEXFS_ITEM_ROOT, 0);
}

int vexfs_snap_name_decode(const void *data, u32 bytes, u64 *tree, struct vexfs_name *name)
{
	struct vexfs_disk_root_name disk;

	if (bytes < sizeof(disk))
		return VEXFS_ERR(EUCLEAN);
	memcpy(&disk, data, sizeof(disk));
	if (bytes != sizeof(disk) + disk.name_bytes)
		return VEXFS_ERR(EUCLEAN);
	*tree = vexfs_get64(disk.tree);
	name->bytes = (const char *)data + sizeof(disk);
	name->count = disk.name_bytes;
	return 0;
}

int vexfs_snap_name_find(struct vexfs_txn *txn, struct vexfs_name name, struct vexfs_place *place)
{
	u64 base = vexfs_cookie(vexfs_hash(txn->io.super.hash_seed, name.bytes, name.count));
	struct vexfs_key key = name_key(base);
	struct vexfs_cursor cursor;
	u64 next_free = base;
	int err = vexfs_cursor_open(&cursor, &txn->root_tree, &key);

	memset(place, 0, sizeof(*place));
	while (!err && !cursor.at_end && !place->found) {
		struct vexfs_name at;
		u64 tree;

		key = vexfs_cursor_key(&cursor);
		if (key.object || key.type != VEXFS_ITEM_ROOT_NAME ||
		    key.offset >= base + VEXFS_COOKIE_PROBES)
			break;
		if (key.offset == next_free)
			next_free++;
		err = vexfs_snap_name_decode(vexfs_cursor_data(&cursor),
					     vexfs_cursor_bytes(&cursor), &tree, &at);
		if (!err && at.count == name.count && !memcmp(at.bytes, name.bytes, at.count)) {
			place->found = true;
			place->cookie = key.offset;
			place->ino = tree;
		}
		if (!err)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	place->has_free = next_free < base + VEXFS_COOKIE_PROBES;
	place->free_cookie = next_free;
	return err;
}

static void snapshot_fill(const struct vexfs_subvol *subvol, struct vexfs_snapshot *out)
{
	memset(out, 0, sizeof(*out));
	out->id = subvol->tree.id;
	out->source = subvol->source;
	out->generation = subvol->source_generation;
	out->created_ns = subvol->created_ns;
	out->inodes = subvol->inodes;
	out->flags = subvol->flags;
	out->name_bytes = subvol->name_bytes;
	memcpy(out->name, subvol->name, sizeof(out->name));
}

/* ---- create ---- */

static int snapshot_prepare(struct vexfs_txn *txn, const struct vexfs_subvol *source, u64 id,
			    struct vexfs_name name, struct vexfs_place *place)
{
	u32 room = VEXFS_TREE_ITEM_ROOM(VEXFS_ROOT_ITEM_MAX_BYTES) +
		   VEXFS_TREE_ITEM_ROOM(NAME_ITEM_MAX_BYTES);
	struct vexfs_key root = root_key(id), named;
	int err = vexfs_snap_name_find(txn, name, place);

	if (err)
		return err;
	if (place->found)
		return VEXFS_ERR(EEXIST);
	if (!place->has_free)
		return VEXFS_ERR(ENOSPC);
	named = name_key(place->free_cookie);
	err = vexfs_space_prepare(&txn->space, source->tree.root.block, VEXFS_NODE_BLOCKS, 1);
	if (!err)
		err = vexfs_tree_prepare(&txn->root_tree, &root, room);
	if (!err)
		err = vexfs_tree_prepare(&txn->root_tree, &named, room);
	return err;
}

static void tree_name_insert(struct vexfs_txn *txn, u64 cookie, u64 id, struct vexfs_name name)
{
	struct vexfs_disk_root_name disk = { .tree = vexfs_put64(id),
					     .name_bytes = (u8)name.count };
	struct vexfs_key key = name_key(cookie);
	u8 item[NAME_ITEM_MAX_BYTES];

	memcpy(item, &disk, sizeof(disk));
	memcpy(item + sizeof(disk), name.bytes, name.count);
	vexfs_tree_insert(&txn->root_tree, &key, item, (u32)sizeof(disk) + name.count);
}

int vexfs_snap_name_restore(struct vexfs_txn *txn, const struct vexfs_subvol *subvol)
{
	struct vexfs_name name = { subvol->name, subvol->name_bytes };
	struct vexfs_place place;
	struct vexfs_key key;
	int err = vexfs_snap_name_find(txn, name, &place);

	if (err)
		return err;
	if (place.found)
		return place.ino == subvol->tree.id ? 0 : VEXFS_ERR(EEXIST);
	if (!place.has_free)
		return VEXFS_ERR(ENOSPC);
	key = name_key(place.free_cookie);
	err = vexfs_tree_prepare(&txn->root_tree, &key,
				 VEXFS_TREE_ITEM_ROOM(NAME_ITEM_MAX_BYTES));
	if (!err)
		tree_name_insert(txn, place.free_cookie, subvol->tree.id, name);
	return err;
}

static int create_locked(struct vexfs_txn *txn, u64 source_id, struct vexfs_name name, u32 flags,
			 struct vexfs_snapshot *out)
{
	struct vexfs_subvol *source, *subvol;
	u8 item[VEXFS_ROOT_ITEM_MAX_BYTES];
	struct vexfs_place place;
	struct vexfs_key key;
	int err = vexfs_subvol_get(txn, source_id, &source);

	if (err)
		return err == -ESTALE ? VEXFS_ERR(ENOENT) : err;
	subvol = vexfs_port_alloc(sizeof(*subvol));
	if (!subvol)
		return VEXFS_ERR(ENOMEM);
	*subvol = *source;
	subvol->pins = 0;
	subvol->tree.id = txn->next_tree_id;
	subvol->source = source_id;
	subvol->source_generation = txn->io.generation;
	subvol->created_ns = vexfs_port_time_ns();
	subvol->flags = flags;
	subvol->name_bytes = name.count;
	memset(subvol->name, 0, sizeof(subvol->name));
	memcpy(subvol->name, name.bytes, name.count);
	subvol->dirty = true;
	err = snapshot_prepare(txn, source, subvol->tree.id, name, &place);
	if (err) {
		vexfs_port_free(subvol);
		return err;
	}
	vexfs_space_inc(&txn->space, subvol->tree.root.block, VEXFS_NODE_BLOCKS);
	key = root_key(subvol->tree.id);
	vexfs_tree_insert(&txn->root_tree, &key, item, vexfs_subvol_encode(subvol, item));
	tree_name_insert(txn, place.free_cookie, subvol->tree.id, name);
	txn->next_tree_id++;
	txn->snapshot_count += !(flags & VEXFS_TREE_HIDDEN);
	subvol->next = txn->subvols;
	txn->subvols = subvol;
	snapshot_fill(subvol, out);
	return 0;
}

int vexfs_snap_create(struct vexfs_txn *txn, u64 source, struct vexfs_name name, u32 flags,
		      struct vexfs_snapshot *out)
{
	int err = vexfs_name_check(name);

	if (err || vexfs_name_is_dots(name) ||
	    (flags & ~(VEXFS_TREE_WRITABLE | VEXFS_TREE_HIDDEN)))
		return VEXFS_ERR(EINVAL);
	err = vexfs_txn_begin(txn, VEXFS_SPACE_NORMAL);
	if (err)
		return err;
	err = vexfs_txn_end(txn, create_locked(txn, source, name, flags, out));
	return err ? err : vexfs_txn_commit_last(txn);
}

/* ---- delete ---- */

/* *again: nothing was done, a commit must come first. */
static int delete_locked(struct vexfs_txn *txn, u64 id, bool *again)
{
	u32 room = VEXFS_TREE_ITEM_ROOM((u32)sizeof(struct vexfs_disk_dead));
	struct vexfs_disk_dead disk = { 0 };
	struct vexfs_key root = root_key(id), named, dead;
	struct vexfs_subvol *subvol;
	struct vexfs_place place;
	int err = vexfs_subvol_get(txn, id, &subvol);

	if (err)
		return err == -ESTALE ? VEXFS_ERR(ENOENT) : err;
	/* A dead subtree is read back by its checksum, which a node gets when it is frozen. */
	*again = subvol->tree.root.birth == txn->io.generation;
	if (*again)
		return 0;
	err = vexfs_snap_name_find(txn, (struct vexfs_name){ subvol->name, subvol->name_bytes },
				     &place);
	if (!err && (!place.found || place.ino != id))
		err = VEXFS_ERR(EUCLEAN);
	if (err)
		return err;
	named = name_key(place.cookie);
	dead = vexfs_key_make(0, VEXFS_ITEM_DEAD, txn->next_dead_id);
	err = vexfs_tree_prepare(&txn->root_tree, &dead, room);
	if (!err)
		err = vexfs_tree_prepare(&txn->root_tree, &root, room);
	if (!err)
		err = vexfs_tree_prepare(&txn->root_tree, &named, room);
	if (err)
		return err;
	vexfs_ptr_encode(&subvol->tree.root, &disk.ptr);
	vexfs_tree_insert(&txn->root_tree, &dead, &disk, sizeof(disk));
	vexfs_tree_remove(&txn->root_tree, &root);
	vexfs_tree_remove(&txn->root_tree, &named);
	txn->next_dead_id++;
	txn->has_dead = true;
	txn->snapshot_count -= !(subvol->flags & VEXFS_TREE_HIDDEN);
	vexfs_subvol_unload(txn, subvol);
	return 0;
}

int vexfs_snap_delete(struct vexfs_txn *txn, u64 id)
{
	bool again;
	int err;

	if (id < VEXFS_VOLUME_TREE_FIRST)
		return VEXFS_ERR(EINVAL);
	do {
		err = vexfs_txn_begin(txn, VEXFS_SPACE_RELEASE);
		if (err)
			return err;
		again = false;
		err = vexfs_txn_end(txn, delete_locked(txn, id, &again));
		if (!err && again)
			err = vexfs_txn_commit(txn, NULL);
	} while (!err && again);
	return err ? err : vexfs_txn_commit_last(txn);
}

/* ---- list ---- */

static bool is_shown(u32 tree_flags, u32 flags)
{
	return !(tree_flags & VEXFS_TREE_HIDDEN) || (flags & VEXFS_TREE_HIDDEN);
}

/* Visits the root items of snapshots with ids above @after; @visit returns false to stop. */
static int roots_walk(struct vexfs_txn *txn, u64 after,
		      bool (*visit)(void *context, const struct vexfs_subvol *subvol),
		      void *context)
{
	struct vexfs_subvol *subvol = vexfs_port_alloc(sizeof(*subvol));
	struct vexfs_cursor cursor;
	struct vexfs_key key;
	bool wanted = true;
	int err;

	if (!subvol)
		return VEXFS_ERR(ENOMEM);
	key = root_key(after + 1 > VEXFS_VOLUME_TREE_FIRST ? after + 1 : VEXFS_VOLUME_TREE_FIRST);
	err = vexfs_cursor_open(&cursor, &txn->root_tree, &key);
	while (!err && !cursor.at_end && wanted) {
		key = vexfs_cursor_key(&cursor);
		if (key.type == VEXFS_ITEM_ROOT) {
			err = vexfs_subvol_decode(vexfs_cursor_data(&cursor),
						  vexfs_cursor_bytes(&cursor), subvol);
			subvol->tree.id = key.object;
			wanted = !err && visit(context, subvol);
		}
		if (!err && wanted)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	vexfs_port_free(subvol);
	return err;
}

struct listing {
	struct vexfs_snapshot *rows;
	u32 rows_max, count, flags;
};

static bool listing_add(void *context, const struct vexfs_subvol *subvol)
{
	struct listing *listing = context;

	if (is_shown(subvol->flags, listing->flags))
		snapshot_fill(subvol, &listing->rows[listing->count++]);
	return listing->count < listing->rows_max;
}

int vexfs_snap_list(struct vexfs_txn *txn, u64 after, u32 flags, struct vexfs_snapshot *rows,
		    u32 rows_max, u32 *count)
{
	struct listing listing = { .rows = rows, .rows_max = rows_max, .flags = flags };
	int err;

	if (!rows_max)
		return VEXFS_ERR(EINVAL);
	vexfs_port_rwlock_read_lock(txn->lock);
	err = roots_walk(txn, after, listing_add, &listing);
	vexfs_port_rwlock_read_unlock(txn->lock);
	if (!err)
		*count = listing.count;
	return err;
}

static bool visible_count(void *context, const struct vexfs_subvol *subvol)
{
	*(u64 *)context += !(subvol->flags & VEXFS_TREE_HIDDEN);
	return true;
}

int vexfs_snap_count(struct vexfs_txn *txn, u64 *count)
{
	*count = 0;
	return roots_walk(txn, 0, visible_count, count);
}

int vexfs_snap_lookup(struct vexfs_txn *txn, struct vexfs_name name, struct vexfs_snapshot *out)
{
	struct vexfs_subvol *subvol;
	struct vexfs_place place;
	int err;

	if (vexfs_name_check(name))
		return VEXFS_ERR(ENOENT);
	vexfs_port_rwlock_read_lock(txn->lock);
	err = vexfs_snap_name_find(txn, name, &place);
	if (!err && !place.found)
		err = VEXFS_ERR(ENOENT);
	if (!err)
		err = vexfs_subvol_get(txn, place.ino, &subvol);
	if (!err && (subvol->flags & VEXFS_TREE_HIDDEN))
		err = VEXFS_ERR(ENOENT);
	if (!err)
		snapshot_fill(subvol, out);
	vexfs_port_rwlock_read_unlock(txn->lock);
	return err;
}

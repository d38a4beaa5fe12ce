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

bool vexfs_snap_flags_fit(u32 flags)
{
	u32 staging = VEXFS_TREE_STAGING | VEXFS_TREE_HIDDEN | VEXFS_TREE_WRITABLE;

	if (flags & ~VEXFS_TREE_FLAGS)
		return false;
	return !(flags & VEXFS_TREE_STAGING) || (flags & staging) == staging;
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

void vexfs_snap_fill(const struct vexfs_subvol *subvol, struct vexfs_snapshot *out)
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

int vexfs_snap_insert(struct vexfs_txn *txn, struct vexfs_subvol *subvol)
{
	u32 room = VEXFS_TREE_ITEM_ROOM(VEXFS_ROOT_ITEM_MAX_BYTES) +
		   VEXFS_TREE_ITEM_ROOM(NAME_ITEM_MAX_BYTES);
	struct vexfs_name name = { subvol->name, subvol->name_bytes };
	struct vexfs_key root = root_key(subvol->tree.id), named;
	u8 item[VEXFS_ROOT_ITEM_MAX_BYTES];
	struct vexfs_place place;
	int err = vexfs_snap_name_find(txn, name, &place);

	if (err)
		return err;
	if (place.found)
		return VEXFS_ERR(EEXIST);
	if (!place.has_free)
		return VEXFS_ERR(ENOSPC);
	named = name_key(place.free_cookie);
	err = vexfs_space_prepare(&txn->space, subvol->tree.root.block, VEXFS_NODE_BLOCKS, 1);
	if (!err)
		err = vexfs_tree_prepare(&txn->root_tree, &root, room);
	if (!err)
		err = vexfs_tree_prepare(&txn->root_tree, &named, room);
	if (err)
		return err;
	vexfs_space_inc(&txn->space, subvol->tree.root.block, VEXFS_NODE_BLOCKS);
	vexfs_tree_insert(&txn->root_tree, &root, item, vexfs_subvol_encode(subvol, item));
	tree_name_insert(txn, place.free_cookie, subvol->tree.id, name);
	txn->next_tree_id++;
	txn->snapshot_count += !(subvol->flags & VEXFS_TREE_HIDDEN);
	txn->list_changes += !(subvol->flags & VEXFS_TREE_HIDDEN);
	vexfs_subvol_add(txn, subvol);
	return 0;
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

int vexfs_snap_copy(struct vexfs_txn *txn, const struct vexfs_subvol *source,
		    struct vexfs_name name, u32 flags, struct vexfs_subvol **out)
{
	struct vexfs_subvol *subvol = vexfs_port_alloc(sizeof(*subvol));

	if (!subvol)
		return VEXFS_ERR(ENOMEM);
	*subvol = *source;
	subvol->pins = 0;
	subvol->tree.id = txn->next_tree_id;
	subvol->source = source->tree.id;
	subvol->source_generation = txn->io.generation;
	subvol->created_ns = vexfs_port_time_ns();
	subvol->flags = flags;
	subvol->name_bytes = name.count;
	memset(subvol->name, 0, sizeof(subvol->name));
	memcpy(subvol->name, name.bytes, name.count);
	subvol->dirty = true;
	*out = subvol;
	return 0;
}

static int create_locked(struct vexfs_txn *txn, u64 source_id, struct vexfs_name name, u32 flags,
			 struct vexfs_snapshot *out)
{
	struct vexfs_subvol *source, *subvol;
	int err = vexfs_subvol_get(txn, source_id, &source);

	if (err)
		return err == -ESTALE ? VEXFS_ERR(ENOENT) : err;
	err = vexfs_snap_copy(txn, source, name, flags, &subvol);
	if (err)
		return err;
	err = vexfs_snap_insert(txn, subvol);
	if (err) {
		vexfs_port_free(subvol);
		return err;
	}
	vexfs_snap_fill(subvol, out);
	return 0;
}

/*
 * A tree of its own, made like a copy of one that is not there. The owner of the live tree's root
 * owns its root, and nobody else sees in until he says so.
 */
static int create_empty_locked(struct vexfs_txn *txn, struct vexfs_name name, u32 flags,
			       struct vexfs_snapshot *out)
{
	struct vexfs_subvol *live, *subvol;
	struct vexfs_subvol none = { .next_ino = VEXFS_ROOT_INO + 1 };
	struct vexfs_inode root;
	int err = vexfs_subvol_get(txn, VEXFS_VOLUME_TREE_LIVE, &live);

	if (!err)
		err = vexfs_inode_read(&live->tree, VEXFS_ROOT_INO, &root);
	if (err)
		return err;
	none.tree = live->tree;
	none.tree.id = 0;
	err = vexfs_snap_copy(txn, &none, name, flags, &subvol);
	if (err)
		return err;
	err = vexfs_tree_create(&subvol->tree);
	if (err)
		goto out_free;
	err = vexfs_root_make(subvol, 0700, root.uid, root.gid);
	if (!err)
		err = vexfs_snap_insert(txn, subvol);
	if (err) {
		vexfs_space_dec(&txn->space, subvol->tree.root.block, VEXFS_NODE_BLOCKS);
		vexfs_node_forget(&txn->io, subvol->tree.root.block);
		goto out_free;
	}
	/* Unlike a copy it was the only one to refer to its root before. */
	vexfs_space_dec(&txn->space, subvol->tree.root.block, VEXFS_NODE_BLOCKS);
	vexfs_snap_fill(subvol, out);
	return 0;

out_free:
	vexfs_port_free(subvol);
	return err;
}

int vexfs_snap_create(struct vexfs_txn *txn, u64 source, struct vexfs_name name, u32 flags,
		      struct vexfs_snapshot *out)
{
	int err = vexfs_name_check(name);

	if (err || vexfs_name_is_dots(name) || !vexfs_snap_flags_fit(flags) ||
	    (!source && !(flags & VEXFS_TREE_WRITABLE)))
		return VEXFS_ERR(EINVAL);
	err = vexfs_txn_begin(txn, VEXFS_SPACE_NORMAL);
	if (err)
		return err;
	err = source ? create_locked(txn, source, name, flags, out) :
		       create_empty_locked(txn, name, flags, out);
	err = vexfs_txn_end(txn, err);
	return err ? err : vexfs_txn_commit_last(txn);
}

/* ---- change ---- */

/* *place: of the name it has, *fresh: of the new one; *renames when these differ. */
static int change_places(struct vexfs_txn *txn, const struct vexfs_subvol *subvol,
			 const struct vexfs_snapshot_change *change, struct vexfs_place *place,
			 struct vexfs_place *fresh, bool *renames)
{
	struct vexfs_name now = { subvol->name, subvol->name_bytes };
	struct vexfs_name name = { change->name, change->name_bytes };
	int err;

	*renames = change->name &&
		   (name.count != now.count || memcmp(name.bytes, now.bytes, now.count));
	if (!*renames)
		return 0;
	err = vexfs_snap_name_find(txn, now, place);
	if (!err && (!place->found || place->ino != subvol->tree.id))
		err = VEXFS_ERR(EUCLEAN);
	if (!err)
		err = vexfs_snap_name_find(txn, name, fresh);
	if (!err && fresh->found)
		err = VEXFS_ERR(EEXIST);
	if (!err && !fresh->has_free)
		err = VEXFS_ERR(ENOSPC);
	return err;
}

static void change_apply(struct vexfs_txn *txn, struct vexfs_subvol *subvol,
			 const struct vexfs_snapshot_change *change, u32 flags, bool renames)
{
	struct vexfs_key root = root_key(subvol->tree.id);
	u8 item[VEXFS_ROOT_ITEM_MAX_BYTES];

	txn->list_changes += !(flags & subvol->flags & VEXFS_TREE_HIDDEN);
	txn->snapshot_count += !(flags & VEXFS_TREE_HIDDEN);
	txn->snapshot_count -= !(subvol->flags & VEXFS_TREE_HIDDEN);
	subvol->flags = flags;
	if (renames) {
		memset(subvol->name, 0, sizeof(subvol->name));
		memcpy(subvol->name, change->name, change->name_bytes);
		subvol->name_bytes = change->name_bytes;
	}
	subvol->dirty = true;
	vexfs_tree_update(&txn->root_tree, &root, item, vexfs_subvol_encode(subvol, item));
}

static int change_locked(struct vexfs_txn *txn, const struct vexfs_snapshot_change *change)
{
	u32 room = VEXFS_TREE_ITEM_ROOM(VEXFS_ROOT_ITEM_MAX_BYTES) +
		   VEXFS_TREE_ITEM_ROOM(NAME_ITEM_MAX_BYTES);
	struct vexfs_name name = { change->name, change->name_bytes };
	struct vexfs_key root = root_key(change->id), key;
	struct vexfs_place place, fresh;
	struct vexfs_subvol *subvol;
	bool renames;
	u32 flags;
	int err = vexfs_subvol_get(txn, change->id, &subvol);

	if (err)
		return err == -ESTALE ? VEXFS_ERR(ENOENT) : err;
	flags = (subvol->flags & ~change->mask) | change->flags;
	/* What was read-only stays: others may rely on what it is. */
	if (!vexfs_snap_flags_fit(flags) || (flags & ~subvol->flags & VEXFS_TREE_WRITABLE))
		return VEXFS_ERR(EINVAL);
	err = change_places(txn, subvol, change, &place, &fresh, &renames);
	if (!err)
		err = vexfs_tree_prepare(&txn->root_tree, &root, room);
	if (!err && renames) {
		key = name_key(fresh.free_cookie);
		err = vexfs_tree_prepare(&txn->root_tree, &key, room);
	}
	if (!err && renames) {
		key = name_key(place.cookie);
		err = vexfs_tree_prepare(&txn->root_tree, &key, room);
	}
	if (err)
		return err;
	if (renames)
		tree_name_insert(txn, fresh.free_cookie, change->id, name);
	change_apply(txn, subvol, change, flags, renames);
	if (renames)
		vexfs_tree_remove(&txn->root_tree, &key);
	return 0;
}

int vexfs_snap_change(struct vexfs_txn *txn, const struct vexfs_snapshot_change *change)
{
	struct vexfs_name name = { change->name, change->name_bytes };
	int err;

	if (change->id < VEXFS_VOLUME_TREE_FIRST || (change->mask & ~VEXFS_TREE_FLAGS) ||
	    (change->flags & ~change->mask) ||
	    (change->name && (vexfs_name_check(name) || vexfs_name_is_dots(name))))
		return VEXFS_ERR(EINVAL);
	err = vexfs_txn_begin(txn, VEXFS_SPACE_RELEASE);
	if (err)
		return err;
	err = vexfs_txn_end(txn, change_locked(txn, change));
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
	if (subvol->flags & VEXFS_TREE_LOCKED)
		return VEXFS_ERR(EBUSY);
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
	txn->tree_removals++;
	txn->list_changes += !(subvol->flags & VEXFS_TREE_HIDDEN);
	txn->snapshot_count -= !(subvol->flags & VEXFS_TREE_HIDDEN);
	vexfs_subvol_unload(txn, subvol);
	return 0;
}

int vexfs_snap_delete(struct vexfs_txn *txn, u64 id, bool is_now)
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
	return err || !is_now ? err : vexfs_txn_commit_last(txn);
}

/* ---- list ---- */

static bool is_shown(u32 tree_flags, u32 flags)
{
	return !(tree_flags & VEXFS_TREE_HIDDEN) || (flags & VEXFS_TREE_HIDDEN);
}

int vexfs_snap_roots_walk(struct vexfs_txn *txn, u64 after,
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
		vexfs_snap_fill(subvol, &listing->rows[listing->count++]);
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
	err = vexfs_snap_roots_walk(txn, after, listing_add, &listing);
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
	return vexfs_snap_roots_walk(txn, 0, visible_count, count);
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
	if (!err && (subvol->flags & VEXFS_TREE_HIDDEN) && !(subvol->flags & VEXFS_TREE_STAGING))
		err = VEXFS_ERR(ENOENT);
	if (!err)
		vexfs_snap_fill(subvol, out);
	vexfs_port_rwlock_read_unlock(txn->lock);
	return err;
}

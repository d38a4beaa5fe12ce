// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Reading names: lookup, directories, symlinks, and paths by way of back references. */
#include <vexfs/errors.h>

#include "fs/name.h"

#define BATCH_BYTES	16384u
#define DEPTH_MAX	4096u

/* Readdir cookies of "." and ".."; those of entries begin above VEXFS_COOKIE_PROBES. */
#define COOKIE_DOT	1u
#define COOKIE_DOT_DOT	2u

static int lookup_locked(struct vexfs_txn *txn, struct vexfs_id dir, struct vexfs_name name,
			 u64 *ino, struct vexfs_inode *inode)
{
	struct vexfs_subvol *subvol;
	struct vexfs_place place;
	int err = vexfs_subvol_get(txn, dir.tree, &subvol);

	if (!err)
		err = vexfs_inode_read(&subvol->tree, dir.ino, inode);
	if (!err && !vexfs_inode_is(inode, VEXFS_S_IFDIR))
		err = VEXFS_ERR(ENOTDIR);
	if (err)
		return err;
	if (vexfs_name_is_dots(name)) {
		*ino = dir.ino;
		if (name.count == 2)
			err = vexfs_parent_find(&subvol->tree, dir.ino, ino);
		return err ? err : vexfs_inode_read(&subvol->tree, *ino, inode);
	}
	err = vexfs_entry_find(&subvol->tree, dir.ino, name, &place);
	if (err)
		return err;
	if (!place.found)
		return VEXFS_ERR(ENOENT);
	*ino = place.ino;
	return vexfs_entry_inode_read(&subvol->tree, &place, inode);
}

int vexfs_name_lookup(struct vexfs_txn *txn, struct vexfs_id dir, struct vexfs_name name,
		      struct vexfs_id *id, struct vexfs_attr *attr)
{
	struct vexfs_inode inode;
	u64 ino;
	int err;

	if (name.count > VEXFS_NAME_MAX_BYTES)
		return VEXFS_ERR(ENAMETOOLONG);
	if (vexfs_name_check(name))
		return VEXFS_ERR(ENOENT);
	vexfs_port_rwlock_read_lock(txn->lock);
	err = lookup_locked(txn, dir, name, &ino, &inode);
	vexfs_port_rwlock_read_unlock(txn->lock);
	if (err)
		return err;
	id->tree = dir.tree;
	id->ino = ino;
	vexfs_inode_attr(&inode, attr);
	return 0;
}

int vexfs_name_readlink(struct vexfs_txn *txn, struct vexfs_id id, char *out, u32 size, u32 *bytes)
{
	struct vexfs_key key = vexfs_key_make(id.ino, VEXFS_ITEM_SYMLINK, 0);
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	u32 length = 0;
	int err;

	vexfs_port_rwlock_read_lock(txn->lock);
	err = vexfs_subvol_get(txn, id.tree, &subvol);
	if (!err)
		err = vexfs_inode_read(&subvol->tree, id.ino, &inode);
	if (!err && !vexfs_inode_is(&inode, VEXFS_S_IFLNK))
		err = VEXFS_ERR(EINVAL);
	if (!err)
		err = vexfs_tree_read(&subvol->tree, &key, out, size, &length);
	if (err == -ENOENT)
		err = VEXFS_ERR(EUCLEAN);
	vexfs_port_rwlock_read_unlock(txn->lock);
	if (!err)
		*bytes = length < size ? length : size;
	return err;
}

/* ---- readdir: a batch is copied under the lock, and given out without it ---- */

struct batch_entry {
	u64 ino, cookie;
	u32 type;
	u32 name_bytes;
	char name[VEXFS_NAME_MAX_BYTES + 1];
};

#define BATCH_ENTRIES	(BATCH_BYTES / sizeof(struct batch_entry))

struct batch {
	u32 count;
	bool at_end;
	struct batch_entry entries[BATCH_ENTRIES];
};

static void batch_add(struct batch *batch, u64 ino, u64 cookie, u32 type, struct vexfs_name name)
{
	struct batch_entry *entry = &batch->entries[batch->count++];

	entry->ino = ino;
	entry->cookie = cookie;
	entry->type = type;
	entry->name_bytes = name.count;
	memcpy(entry->name, name.bytes, name.count);
	entry->name[name.count] = 0;
}

static int batch_dots(const struct vexfs_tree *tree, u64 dir, u64 cookie, struct batch *batch)
{
	u64 parent;
	int err;

	if (cookie < COOKIE_DOT)
		batch_add(batch, dir, COOKIE_DOT, VEXFS_S_IFDIR, (struct vexfs_name){ ".", 1 });
	if (cookie >= COOKIE_DOT_DOT)
		return 0;
	err = vexfs_parent_find(tree, dir, &parent);
	if (err == -ENOENT) {
		/* Removed while it was open. */
		parent = dir;
		err = 0;
	}
	if (!err)
		batch_add(batch, parent, COOKIE_DOT_DOT, VEXFS_S_IFDIR,
			  (struct vexfs_name){ "..", 2 });
	return err;
}

static int batch_entries(const struct vexfs_tree *tree, u64 dir, u64 cookie, struct batch *batch)
{
	struct vexfs_key key = vexfs_entry_key(dir, cookie < VEXFS_COOKIE_PROBES ? 0 : cookie + 1);
	struct vexfs_cursor cursor;
	int err = vexfs_cursor_open(&cursor, tree, &key);

	while (!err && batch->count < BATCH_ENTRIES) {
		struct vexfs_name name;
		u64 ino;
		u32 type;

		if (!cursor.at_end)
			key = vexfs_cursor_key(&cursor);
		batch->at_end = cursor.at_end || key.object != dir ||
				key.type != VEXFS_ITEM_ENTRY;
		if (batch->at_end)
			break;
		err = vexfs_entry_decode(vexfs_cursor_data(&cursor), vexfs_cursor_bytes(&cursor),
					 &ino, &type, &name);
		if (!err) {
			batch_add(batch, ino, key.offset, type, name);
			err = vexfs_cursor_next(&cursor);
		}
	}
	vexfs_cursor_close(&cursor);
	return err;
}

static int batch_fill(struct vexfs_txn *txn, struct vexfs_id dir, u64 cookie, struct batch *batch)
{
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	int err;

	batch->count = 0;
	vexfs_port_rwlock_read_lock(txn->lock);
	err = vexfs_subvol_get(txn, dir.tree, &subvol);
	if (!err)
		err = vexfs_inode_read(&subvol->tree, dir.ino, &inode);
	if (!err && !vexfs_inode_is(&inode, VEXFS_S_IFDIR))
		err = VEXFS_ERR(ENOTDIR);
	if (!err)
		err = batch_dots(&subvol->tree, dir.ino, cookie, batch);
	if (!err)
		err = batch_entries(&subvol->tree, dir.ino, cookie, batch);
	vexfs_port_rwlock_read_unlock(txn->lock);
	return err;
}

int vexfs_name_readdir(struct vexfs_txn *txn, struct vexfs_id dir, u64 cookie,
		       bool (*emit)(void *context, const struct vexfs_entry *entry), void *context)
{
	struct batch *batch = vexfs_port_alloc(sizeof(*batch));
	bool wanted = true;
	int err = 0;
	u32 i;

	if (!batch)
		return VEXFS_ERR(ENOMEM);
	while (!err && wanted && !batch->at_end) {
		err = batch_fill(txn, dir, cookie, batch);
		for (i = 0; !err && i < batch->count && wanted; i++) {
			struct vexfs_entry entry = { .name = batch->entries[i].name,
						     .name_bytes = batch->entries[i].name_bytes,
						     .type = batch->entries[i].type,
						     .cookie = batch->entries[i].cookie };

			entry.id.tree = dir.tree;
			entry.id.ino = batch->entries[i].ino;
			cookie = entry.cookie;
			wanted = emit(context, &entry);
		}
	}
	vexfs_port_free(batch);
	return err;
}

/* ---- paths ---- */

/* The @index-th back reference of @ino, put in front of the path that begins at *at. */
static int path_prepend(const struct vexfs_tree *tree, u64 ino, u32 index, char *out, u32 *at,
			u64 *parent)
{
	struct vexfs_key key = vexfs_backref_key(ino, 0);
	struct vexfs_backref ref = { 0 };
	struct vexfs_cursor cursor;
	int err = vexfs_cursor_open(&cursor, tree, &key);

	for (; !err; index--) {
		if (!cursor.at_end)
			key = vexfs_cursor_key(&cursor);
		if (cursor.at_end || key.object != ino || key.type != VEXFS_ITEM_BACKREF) {
			err = VEXFS_ERR(ENOENT);
			break;
		}
		if (!index)
			break;
		err = vexfs_cursor_next(&cursor);
	}
	if (!err)
		err = vexfs_backref_decode(vexfs_cursor_data(&cursor),
					   vexfs_cursor_bytes(&cursor), &ref);
	if (!err && *at < ref.name.count + 1)
		err = VEXFS_ERR(ENAMETOOLONG);
	if (!err) {
		out[--*at] = '/';
		*at -= ref.name.count;
		memcpy(out + *at, ref.name.bytes, ref.name.count);
		*parent = ref.parent;
	}
	vexfs_cursor_close(&cursor);
	return err;
}

static int path_locked(struct vexfs_txn *txn, struct vexfs_id id, u32 index, char *out, u32 size)
{
	u32 at = size, depth;
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	int err = vexfs_subvol_get(txn, id.tree, &subvol);

	if (!err)
		err = vexfs_inode_read(&subvol->tree, id.ino, &inode);
	if (err)
		return err == -ESTALE ? VEXFS_ERR(ENOENT) : err;
	for (depth = 0; id.ino != VEXFS_ROOT_INO && depth < DEPTH_MAX; depth++) {
		err = path_prepend(&subvol->tree, id.ino, depth ? 0 : index, out, &at, &id.ino);
		if (err)
			return err;
	}
	if (id.ino != VEXFS_ROOT_INO)
		return VEXFS_ERR(EUCLEAN);
	if (!depth && index)
		return VEXFS_ERR(ENOENT);
	memmove(out, out + at, size - at);
	out[depth ? size - at - 1 : 0] = 0;
	return 0;
}

int vexfs_name_path(struct vexfs_txn *txn, struct vexfs_id id, u32 index, char *out, u32 size)
{
	int err;

	if (!size)
		return VEXFS_ERR(ENAMETOOLONG);
	vexfs_port_rwlock_read_lock(txn->lock);
	err = path_locked(txn, id, index, out, size);
	vexfs_port_rwlock_read_unlock(txn->lock);
	return err;
}

/* ---- one name ---- */

static int name_find_locked(const struct vexfs_tree *tree, u64 dir, u64 ino, char *out, u32 size)
{
	struct vexfs_key key = vexfs_backref_key(ino, 0);
	struct vexfs_backref ref = { 0 };
	struct vexfs_cursor cursor;
	int err = vexfs_cursor_open(&cursor, tree, &key);

	while (!err) {
		if (!cursor.at_end)
			key = vexfs_cursor_key(&cursor);
		if (cursor.at_end || key.object != ino || key.type != VEXFS_ITEM_BACKREF)
			err = VEXFS_ERR(ENOENT);
		if (!err)
			err = vexfs_backref_decode(vexfs_cursor_data(&cursor),
						   vexfs_cursor_bytes(&cursor), &ref);
		if (err || ref.parent == dir)
			break;
		err = vexfs_cursor_next(&cursor);
	}
	if (!err && ref.name.count >= size)
		err = VEXFS_ERR(ENAMETOOLONG);
	if (!err) {
		memcpy(out, ref.name.bytes, ref.name.count);
		out[ref.name.count] = 0;
	}
	vexfs_cursor_close(&cursor);
	return err;
}

int vexfs_name_in(struct vexfs_txn *txn, struct vexfs_id dir, struct vexfs_id id, char *out,
		  u32 size)
{
	struct vexfs_subvol *subvol;
	int err;

	if (dir.tree != id.tree)
		return VEXFS_ERR(ENOENT);
	vexfs_port_rwlock_read_lock(txn->lock);
	err = vexfs_subvol_get(txn, id.tree, &subvol);
	if (!err)
		err = name_find_locked(&subvol->tree, dir.ino, id.ino, out, size);
	vexfs_port_rwlock_read_unlock(txn->lock);
	return err;
}

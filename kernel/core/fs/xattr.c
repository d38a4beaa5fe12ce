// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "fs/xattr.h"

#include <vexfs/errors.h>

#include "format/hash.h"

#define CHUNK	VEXFS_XATTR_CHUNK_BYTES
#define PROBES	VEXFS_COOKIE_PROBES
#define HEADER	((u32)sizeof(struct vexfs_disk_xattr))

/* Where a name is, or could be put. */
struct place {
	bool found;
	u64 offset;		/* key offset of chunk 0, when found */
	u32 value_bytes;
	bool has_free;
	u64 free_offset;	/* chunk 0 of a probe that is not in use */
};

struct name {
	const char *bytes;
	u32 count;
};

static u64 hash_base(const struct vexfs_tree *tree, struct name name)
{
	u64 hash = vexfs_hash(tree->io->super.hash_seed, name.bytes, name.count);

	return hash & ~(u64)((PROBES << VEXFS_XATTR_PROBE_SHIFT) - 1);
}

static u32 chunks_of(u32 value_bytes)
{
	return value_bytes <= CHUNK ? 1 : (value_bytes + CHUNK - 1) / CHUNK;
}

/* Bytes of the value that chunk @chunk holds. */
static u32 chunk_bytes(u32 value_bytes, u32 chunk)
{
	u32 rest = value_bytes - chunk * CHUNK;

	return rest < CHUNK ? rest : CHUNK;
}

int vexfs_xattr_decode(const void *data, u32 bytes, u32 *value_bytes, u32 *name_bytes)
{
	struct vexfs_disk_xattr disk;

	if (bytes < HEADER)
		return VEXFS_ERR(EUCLEAN);
	memcpy(&disk, data, sizeof(disk));
	*value_bytes = vexfs_get32(disk.value_bytes);
	*name_bytes = disk.name_bytes;
	if (!*name_bytes || *value_bytes > VEXFS_XATTR_VALUE_MAX_BYTES ||
	    bytes != HEADER + *name_bytes + chunk_bytes(*value_bytes, 0))
		return VEXFS_ERR(EUCLEAN);
	return 0;
}

static int probe_visit(const struct vexfs_cursor *cursor, struct name name, u64 offset,
		       struct place *place)
{
	const u8 *data = vexfs_cursor_data(cursor);
	u32 value_bytes, name_bytes;
	int err = vexfs_xattr_decode(data, vexfs_cursor_bytes(cursor), &value_bytes, &name_bytes);

	if (err)
		return err;
	if (name_bytes == name.count && !memcmp(data + HEADER, name.bytes, name.count)) {
		place->found = true;
		place->offset = offset;
		place->value_bytes = value_bytes;
	}
	return 0;
}

static int place_find(struct vexfs_subvol *subvol, u64 ino, struct name name, struct place *place)
{
	u64 base = hash_base(&subvol->tree, name);
	u64 end = base + (PROBES << VEXFS_XATTR_PROBE_SHIFT) - 1;
	struct vexfs_key key = vexfs_key_make(ino, VEXFS_ITEM_XATTR, base);
	struct vexfs_cursor cursor;
	u64 next_free = base;
	int err = vexfs_cursor_open(&cursor, &subvol->tree, &key);

	memset(place, 0, sizeof(*place));
	while (!err && !cursor.at_end) {
		u64 probe;

		key = vexfs_cursor_key(&cursor);
		if (key.object != ino || key.type != VEXFS_ITEM_XATTR || key.offset > end)
			break;
		probe = key.offset & ~(u64)((1u << VEXFS_XATTR_PROBE_SHIFT) - 1);
		if (probe == next_free)
			next_free += 1u << VEXFS_XATTR_PROBE_SHIFT;
		if (key.offset == probe)
			err = probe_visit(&cursor, name, probe, place);
		if (!err)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	place->has_free = next_free <= end;
	place->free_offset = next_free;
	return err;
}

/* ---- reading ---- */

static int value_read(struct vexfs_subvol *subvol, u64 ino, const struct place *place,
		      u32 name_bytes, u8 *out)
{
	u8 *item = vexfs_port_alloc(VEXFS_ITEM_MAX_BYTES);
	u32 chunk, count = chunks_of(place->value_bytes), bytes;
	int err = 0;

	if (!item)
		return VEXFS_ERR(ENOMEM);
	for (chunk = 0; chunk < count && !err; chunk++) {
		struct vexfs_key key = vexfs_key_make(ino, VEXFS_ITEM_XATTR, place->offset + chunk);
		u32 skip = chunk ? 0 : HEADER + name_bytes;

		err = vexfs_tree_read(&subvol->tree, &key, item, VEXFS_ITEM_MAX_BYTES, &bytes);
		if (err == -ENOENT ||
		    (!err && bytes != skip + chunk_bytes(place->value_bytes, chunk)))
			err = VEXFS_ERR(EUCLEAN);
		if (!err)
			memcpy(out + (size_t)chunk * CHUNK, item + skip, bytes - skip);
	}
	vexfs_port_free(item);
	return err;
}

int vexfs_xattr_get_locked(struct vexfs_subvol *subvol, u64 ino, const char *name, u32 name_bytes,
			   void *out, u32 size, u32 *bytes)
{
	struct place place;
	int err = place_find(subvol, ino, (struct name){ name, name_bytes }, &place);

	if (err)
		return err;
	if (!place.found)
		return VEXFS_ERR(ENODATA);
	if (size && size < place.value_bytes)
		return VEXFS_ERR(ERANGE);
	if (size)
		err = value_read(subvol, ino, &place, name_bytes, out);
	if (!err)
		*bytes = place.value_bytes;
	return err;
}

static int get_locked(struct vexfs_txn *txn, struct vexfs_id id, struct name name, void *out,
		      u32 size, u32 *bytes)
{
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	int err = vexfs_subvol_get(txn, id.tree, &subvol);

	if (!err)
		err = vexfs_inode_read(&subvol->tree, id.ino, &inode);
	return err ? err : vexfs_xattr_get_locked(subvol, id.ino, name.bytes, name.count, out,
						  size, bytes);
}

int vexfs_xattr_get(struct vexfs_txn *txn, struct vexfs_id id, const char *name, u32 name_bytes,
		    void *out, u32 size, u32 *bytes)
{
	int err;

	if (!name_bytes || name_bytes > VEXFS_XATTR_NAME_MAX_BYTES)
		return VEXFS_ERR(ERANGE);
	vexfs_port_rwlock_read_lock(txn->lock);
	err = get_locked(txn, id, (struct name){ name, name_bytes }, out, size, bytes);
	vexfs_port_rwlock_read_unlock(txn->lock);
	return err;
}

static int list_locked(struct vexfs_txn *txn, struct vexfs_id id, char *out, u32 size, u32 *bytes)
{
	struct vexfs_key key = vexfs_key_make(id.ino, VEXFS_ITEM_XATTR, 0);
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	struct vexfs_cursor cursor;
	u32 total = 0;
	int err = vexfs_subvol_get(txn, id.tree, &subvol);

	if (!err)
		err = vexfs_inode_read(&subvol->tree, id.ino, &inode);
	if (err)
		return err;
	err = vexfs_cursor_open(&cursor, &subvol->tree, &key);
	while (!err && !cursor.at_end) {
		u32 value_bytes, name_bytes;

		key = vexfs_cursor_key(&cursor);
		if (key.object != id.ino || key.type != VEXFS_ITEM_XATTR)
			break;
		if (!(key.offset & ((1u << VEXFS_XATTR_PROBE_SHIFT) - 1))) {
			err = vexfs_xattr_decode(vexfs_cursor_data(&cursor),
						 vexfs_cursor_bytes(&cursor), &value_bytes,
						 &name_bytes);
			if (!err && size && name_bytes >= size - total)
				err = VEXFS_ERR(ERANGE);
			if (!err && size) {
				memcpy(out + total, vexfs_cursor_data(&cursor) + HEADER,
				       name_bytes);
				out[total + name_bytes] = 0;
			}
			total += err ? 0 : name_bytes + 1;
		}
		if (!err)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	if (!err)
		*bytes = total;
	return err;
}

int vexfs_xattr_list(struct vexfs_txn *txn, struct vexfs_id id, char *out, u32 size, u32 *bytes)
{
	int err;

	vexfs_port_rwlock_read_lock(txn->lock);
	err = list_locked(txn, id, out, size, bytes);
	vexfs_port_rwlock_read_unlock(txn->lock);
	return err;
}

/* ---- changing ---- */

static void chunks_remove(struct vexfs_subvol *subvol, u64 ino, u64 offset, u32 from, u32 to)
{
	for (; from < to; from++) {
		struct vexfs_key key = vexfs_key_make(ino, VEXFS_ITEM_XATTR, offset + from);

		vexfs_tree_remove(&subvol->tree, &key);
	}
}

/* Chunks 1.. of a new value; nobody sees them before chunk 0. */
static int chunks_insert(struct vexfs_subvol *subvol, u64 ino, u64 offset, const u8 *value,
			 u32 value_bytes)
{
	u32 chunk, count = chunks_of(value_bytes);
	int err;

	for (chunk = 1; chunk < count; chunk++) {
		struct vexfs_key key = vexfs_key_make(ino, VEXFS_ITEM_XATTR, offset + chunk);
		u32 bytes = chunk_bytes(value_bytes, chunk);

		err = vexfs_tree_prepare(&subvol->tree, &key, VEXFS_TREE_ITEM_ROOM(bytes));
		if (err) {
			chunks_remove(subvol, ino, offset, 1, chunk);
			return err;
		}
		vexfs_tree_insert(&subvol->tree, &key, value + (size_t)chunk * CHUNK, bytes);
	}
	return 0;
}

static int old_prepare(struct vexfs_subvol *subvol, u64 ino, const struct place *place, u32 room)
{
	u32 chunk, bytes;
	int err = 0;

	for (chunk = 0; place->found && chunk < chunks_of(place->value_bytes) && !err; chunk++) {
		struct vexfs_key key = vexfs_key_make(ino, VEXFS_ITEM_XATTR, place->offset + chunk);
		u8 none;

		err = vexfs_tree_read(&subvol->tree, &key, &none, 0, &bytes);
		if (err == -ENOENT)
			err = VEXFS_ERR(EUCLEAN);
		if (!err)
			err = vexfs_tree_prepare(&subvol->tree, &key, room);
	}
	return err;
}

static u32 first_chunk_make(u8 *item, struct name name, const void *value, u32 value_bytes)
{
	struct vexfs_disk_xattr disk = { .value_bytes = vexfs_put32(value_bytes),
					 .name_bytes = (u8)name.count };
	u32 bytes = chunk_bytes(value_bytes, 0);

	memcpy(item, &disk, HEADER);
	memcpy(item + HEADER, name.bytes, name.count);
	if (bytes)
		memcpy(item + HEADER + name.count, value, bytes);
	return HEADER + name.count + bytes;
}

/* ---- those of a new inode ---- */

static struct name new_name(const struct vexfs_create *what, u32 index)
{
	return (struct name){ what->xattrs[index].name, what->xattrs[index].name_bytes };
}

static struct vexfs_key new_key(const struct vexfs_tree *tree, u64 ino,
				const struct vexfs_create *what, u32 index)
{
	u64 offset = hash_base(tree, new_name(what, index));
	u32 i;

	for (i = 0; i < index; i++) {
		if (hash_base(tree, new_name(what, i)) == offset)
			offset += 1u << VEXFS_XATTR_PROBE_SHIFT;
	}
	return vexfs_key_make(ino, VEXFS_ITEM_XATTR, offset);
}

u32 vexfs_xattrs_new_room(const struct vexfs_create *what)
{
	u32 i, room = 0;

	for (i = 0; i < what->xattr_count; i++)
		room += VEXFS_TREE_ITEM_ROOM(HEADER + what->xattrs[i].name_bytes +
					     what->xattrs[i].value_bytes);
	return room;
}

int vexfs_xattrs_new_prepare(struct vexfs_tree *tree, u64 ino, const struct vexfs_create *what,
			     u32 room_bytes)
{
	u32 i;
	int err = 0;

	for (i = 0; i < what->xattr_count && !err; i++) {
		struct vexfs_key key = new_key(tree, ino, what, i);

		err = vexfs_tree_prepare(tree, &key, room_bytes);
	}
	return err;
}

void vexfs_xattrs_new_insert(struct vexfs_tree *tree, u64 ino, const struct vexfs_create *what,
			     u8 *buffer)
{
	u32 i;

	for (i = 0; i < what->xattr_count; i++) {
		struct vexfs_key key = new_key(tree, ino, what, i);

		vexfs_tree_insert(tree, &key, buffer,
				  first_chunk_make(buffer, new_name(what, i),
						   what->xattrs[i].value,
						   what->xattrs[i].value_bytes));
	}
}

/* ---- setting and removing ---- */

static int replace(struct vexfs_subvol *subvol, struct vexfs_id id, struct vexfs_inode *inode,
		   const struct place *place, const u8 *item, u32 item_bytes)
{
	struct vexfs_key key = vexfs_key_make(id.ino, VEXFS_ITEM_XATTR, place->free_offset);
	u32 room = item ? VEXFS_TREE_ITEM_ROOM(item_bytes) : 0;
	int err = vexfs_inode_prepare(&subvol->tree, id.ino, room);

	if (!err)
		err = old_prepare(subvol, id.ino, place, room);
	if (!err && item)
		err = vexfs_tree_prepare(&subvol->tree, &key, room);
	if (err)
		return err;
	if (item)
		vexfs_tree_insert(&subvol->tree, &key, item, item_bytes);
	inode->ctime = vexfs_time_now();
	vexfs_inode_update(&subvol->tree, id.ino, inode);
	if (place->found)
		chunks_remove(subvol, id.ino, place->offset, 0, chunks_of(place->value_bytes));
	return 0;
}

static int set_locked(struct vexfs_txn *txn, struct vexfs_id id, struct name name,
		      const void *value, u32 value_bytes, u32 flags)
{
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	struct place place;
	u8 *item;
	int err = vexfs_subvol_get_writable(txn, id.tree, &subvol);

	if (!err)
		err = vexfs_inode_read(&subvol->tree, id.ino, &inode);
	if (!err)
		err = place_find(subvol, id.ino, name, &place);
	if (err)
		return err;
	if (place.found && (flags & VEXFS_XATTR_CREATE))
		return VEXFS_ERR(EEXIST);
	if (!place.found && (flags & VEXFS_XATTR_REPLACE))
		return VEXFS_ERR(ENODATA);
	if (!place.has_free)
		return VEXFS_ERR(ENOSPC);
	item = vexfs_port_alloc(VEXFS_ITEM_MAX_BYTES);
	if (!item)
		return VEXFS_ERR(ENOMEM);
	err = chunks_insert(subvol, id.ino, place.free_offset, value, value_bytes);
	if (!err) {
		err = replace(subvol, id, &inode, &place, item,
			      first_chunk_make(item, name, value, value_bytes));
		if (err)
			chunks_remove(subvol, id.ino, place.free_offset, 1,
				      chunks_of(value_bytes));
	}
	vexfs_port_free(item);
	return err;
}

int vexfs_xattr_set(struct vexfs_txn *txn, struct vexfs_id id, const char *name, u32 name_bytes,
		    const void *value, u32 value_bytes, u32 flags)
{
	int err;

	if (!name_bytes || name_bytes > VEXFS_XATTR_NAME_MAX_BYTES)
		return VEXFS_ERR(ERANGE);
	if (value_bytes > VEXFS_XATTR_VALUE_MAX_BYTES)
		return VEXFS_ERR(E2BIG);
	if (flags & ~(VEXFS_XATTR_CREATE | VEXFS_XATTR_REPLACE))
		return VEXFS_ERR(EINVAL);
	err = vexfs_txn_begin(txn, VEXFS_SPACE_NORMAL);
	if (err)
		return err;
	return vexfs_txn_end(txn, set_locked(txn, id, (struct name){ name, name_bytes }, value,
					     value_bytes, flags));
}

static int remove_locked(struct vexfs_txn *txn, struct vexfs_id id, struct name name)
{
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	struct place place;
	int err = vexfs_subvol_get_writable(txn, id.tree, &subvol);

	if (!err)
		err = vexfs_inode_read(&subvol->tree, id.ino, &inode);
	if (!err)
		err = place_find(subvol, id.ino, name, &place);
	if (err)
		return err;
	if (!place.found)
		return VEXFS_ERR(ENODATA);
	return replace(subvol, id, &inode, &place, NULL, 0);
}

int vexfs_xattr_remove(struct vexfs_txn *txn, struct vexfs_id id, const char *name, u32 name_bytes)
{
	int err;

	if (!name_bytes || name_bytes > VEXFS_XATTR_NAME_MAX_BYTES)
		return VEXFS_ERR(ERANGE);
	err = vexfs_txn_begin(txn, VEXFS_SPACE_RELEASE);
	if (err)
		return err;
	return vexfs_txn_end(txn, remove_locked(txn, id, (struct name){ name, name_bytes }));
}

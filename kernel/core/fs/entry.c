// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "fs/entry.h"

#include <vexfs/errors.h>

#include "format/hash.h"

#define TYPE_SHIFT	12u

int vexfs_name_check(struct vexfs_name name)
{
	u32 i;

	if (name.count > VEXFS_NAME_MAX_BYTES)
		return VEXFS_ERR(ENAMETOOLONG);
	for (i = 0; i < name.count; i++) {
		if (!name.bytes[i] || name.bytes[i] == '/')
			return VEXFS_ERR(EINVAL);
	}
	return name.count ? 0 : VEXFS_ERR(EINVAL);
}

bool vexfs_name_is_dots(struct vexfs_name name)
{
	return name.bytes[0] == '.' &&
	       (name.count == 1 || (name.count == 2 && name.bytes[1] == '.'));
}

int vexfs_entry_decode(const void *data, u32 bytes, u64 *ino, u32 *type, struct vexfs_name *name)
{
	struct vexfs_disk_entry disk;

	if (bytes < sizeof(disk))
		return VEXFS_ERR(EUCLEAN);
	memcpy(&disk, data, sizeof(disk));
	name->bytes = (const char *)data + sizeof(disk);
	name->count = disk.name_bytes;
	if (bytes != sizeof(disk) + name->count || vexfs_name_check(*name))
		return VEXFS_ERR(EUCLEAN);
	*ino = vexfs_get64(disk.ino);
	*type = (u32)disk.type << TYPE_SHIFT;
	return *ino ? 0 : VEXFS_ERR(EUCLEAN);
}

static u32 entry_encode(u64 ino, u32 type, struct vexfs_name name, u8 *out)
{
	struct vexfs_disk_entry disk = { .ino = vexfs_put64(ino),
					 .type = (u8)(type >> TYPE_SHIFT),
					 .name_bytes = (u8)name.count };

	memcpy(out, &disk, sizeof(disk));
	memcpy(out + sizeof(disk), name.bytes, name.count);
	return (u32)sizeof(disk) + name.count;
}

static int entry_visit(const struct vexfs_cursor *cursor, struct vexfs_name name,
		       struct vexfs_place *place)
{
	struct vexfs_name at;
	u64 ino;
	u32 type;
	int err = vexfs_entry_decode(vexfs_cursor_data(cursor), vexfs_cursor_bytes(cursor), &ino,
				     &type, &at);

	if (err)
		return err;
	if (at.count == name.count && !memcmp(at.bytes, name.bytes, name.count)) {
		place->found = true;
		place->cookie = vexfs_cursor_key(cursor).offset;
		place->ino = ino;
		place->type = type;
	}
	return 0;
}

int vexfs_entry_find(const struct vexfs_tree *tree, u64 dir, struct vexfs_name name,
		     struct vexfs_place *place)
{
	u64 base = vexfs_cookie(vexfs_hash(tree->io->super.hash_seed, name.bytes, name.count));
	struct vexfs_key key = vexfs_entry_key(dir, base);
	struct vexfs_cursor cursor;
	u64 next_free = base;
	int err = vexfs_cursor_open(&cursor, tree, &key);

	memset(place, 0, sizeof(*place));
	while (!err && !cursor.at_end && !place->found) {
		key = vexfs_cursor_key(&cursor);
		if (key.object != dir || key.type != VEXFS_ITEM_ENTRY ||
		    key.offset >= base + VEXFS_COOKIE_PROBES)
			break;
		if (key.offset == next_free)
			next_free++;
		err = entry_visit(&cursor, name, place);
		if (!err)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	place->has_free = next_free < base + VEXFS_COOKIE_PROBES;
	place->free_cookie = next_free;
	return err;
}

int vexfs_entry_inode_read(const struct vexfs_tree *tree, const struct vexfs_place *place,
			   struct vexfs_inode *out)
{
	int err = vexfs_inode_read(tree, place->ino, out);

	return err == -ESTALE ? VEXFS_ERR(EUCLEAN) : err;
}

int vexfs_entry_prepare(struct vexfs_tree *tree, u64 dir, u64 cookie, u32 room_bytes)
{
	struct vexfs_key key = vexfs_entry_key(dir, cookie);

	return vexfs_tree_prepare(tree, &key, room_bytes);
}

void vexfs_entry_insert(struct vexfs_tree *tree, u64 dir, u64 cookie, u64 ino, u32 type,
			struct vexfs_name name)
{
	struct vexfs_key key = vexfs_entry_key(dir, cookie);
	u8 item[VEXFS_ENTRY_MAX_BYTES];

	vexfs_tree_insert(tree, &key, item, entry_encode(ino, type, name, item));
}

void vexfs_entry_update(struct vexfs_tree *tree, u64 dir, u64 cookie, u64 ino, u32 type,
			struct vexfs_name name)
{
	struct vexfs_key key = vexfs_entry_key(dir, cookie);
	u8 item[VEXFS_ENTRY_MAX_BYTES];

	vexfs_tree_update(tree, &key, item, entry_encode(ino, type, name, item));
}

void vexfs_entry_remove(struct vexfs_tree *tree, u64 dir, u64 cookie)
{
	struct vexfs_key key = vexfs_entry_key(dir, cookie);

	vexfs_tree_remove(tree, &key);
}

int vexfs_dir_is_empty(const struct vexfs_tree *tree, u64 dir, bool *empty)
{
	struct vexfs_key key = vexfs_entry_key(dir, 0);
	struct vexfs_cursor cursor;
	int err = vexfs_cursor_open(&cursor, tree, &key);

	if (err)
		return err;
	*empty = true;
	if (!cursor.at_end) {
		key = vexfs_cursor_key(&cursor);
		*empty = key.object != dir || key.type != VEXFS_ITEM_ENTRY;
	}
	vexfs_cursor_close(&cursor);
	return 0;
}

/* ---- back references ---- */

int vexfs_backref_decode(const void *data, u32 bytes, struct vexfs_backref *out)
{
	struct vexfs_disk_backref disk;

	if (bytes < sizeof(disk))
		return VEXFS_ERR(EUCLEAN);
	memcpy(&disk, data, sizeof(disk));
	out->parent = vexfs_get64(disk.parent);
	out->cookie = vexfs_get64(disk.cookie);
	out->name.bytes = (const char *)data + sizeof(disk);
	out->name.count = disk.name_bytes;
	if (bytes != sizeof(disk) + disk.name_bytes || vexfs_name_check(out->name) || !out->parent)
		return VEXFS_ERR(EUCLEAN);
	return 0;
}

static u64 backref_base(const struct vexfs_tree *tree, u64 parent, u64 cookie)
{
	struct vexfs_le64 words[2] = { vexfs_put64(parent), vexfs_put64(cookie) };

	return vexfs_cookie(vexfs_hash(tree->io->super.hash_seed, words, sizeof(words)));
}

int vexfs_backref_find(const struct vexfs_tree *tree, u64 ino, u64 parent, u64 cookie, bool *found,
		       u64 *offset, u64 *free_offset)
{
	u64 base = backref_base(tree, parent, cookie);
	struct vexfs_key key = vexfs_backref_key(ino, base);
	struct vexfs_cursor cursor;
	int err = vexfs_cursor_open(&cursor, tree, &key);

	*found = false;
	*free_offset = base;
	while (!err && !cursor.at_end && !*found) {
		struct vexfs_backref ref;

		key = vexfs_cursor_key(&cursor);
		if (key.object != ino || key.type != VEXFS_ITEM_BACKREF ||
		    key.offset >= base + VEXFS_COOKIE_PROBES)
			break;
		if (key.offset == *free_offset)
			++*free_offset;
		err = vexfs_backref_decode(vexfs_cursor_data(&cursor),
					   vexfs_cursor_bytes(&cursor), &ref);
		if (!err && ref.parent == parent && ref.cookie == cookie) {
			*found = true;
			*offset = key.offset;
		}
		if (!err)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	if (!err && !*found && *free_offset >= base + VEXFS_COOKIE_PROBES)
		err = VEXFS_ERR(ENOSPC);
	return err;
}

static u32 backref_encode(const struct vexfs_backref *ref, u8 *out)
{
	struct vexfs_disk_backref disk = { .parent = vexfs_put64(ref->parent),
					   .cookie = vexfs_put64(ref->cookie),
					   .name_bytes = (u8)ref->name.count };

	memcpy(out, &disk, sizeof(disk));
	memcpy(out + sizeof(disk), ref->name.bytes, ref->name.count);
	return (u32)sizeof(disk) + ref->name.count;
}

void vexfs_backref_insert(struct vexfs_tree *tree, u64 ino, u64 offset,
			  const struct vexfs_backref *ref)
{
	struct vexfs_key key = vexfs_backref_key(ino, offset);
	u8 item[VEXFS_BACKREF_MAX_BYTES];

	vexfs_tree_insert(tree, &key, item, backref_encode(ref, item));
}

void vexfs_backref_update(struct vexfs_tree *tree, u64 ino, u64 offset,
			  const struct vexfs_backref *ref)
{
	struct vexfs_key key = vexfs_backref_key(ino, offset);
	u8 item[VEXFS_BACKREF_MAX_BYTES];

	vexfs_tree_update(tree, &key, item, backref_encode(ref, item));
}

int vexfs_parent_find(const struct vexfs_tree *tree, u64 dir, u64 *parent)
{
	struct vexfs_key key = vexfs_backref_key(dir, 0);
	struct vexfs_backref ref;
	struct vexfs_cursor cursor;
	int err;

	if (dir == VEXFS_ROOT_INO) {
		*parent = dir;
		return 0;
	}
	err = vexfs_cursor_open(&cursor, tree, &key);
	if (err)
		return err;
	err = VEXFS_ERR(ENOENT);
	if (!cursor.at_end) {
		key = vexfs_cursor_key(&cursor);
		if (key.object == dir && key.type == VEXFS_ITEM_BACKREF)
			err = vexfs_backref_decode(vexfs_cursor_data(&cursor),
						   vexfs_cursor_bytes(&cursor), &ref);
	}
	if (!err)
		*parent = ref.parent;
	vexfs_cursor_close(&cursor);
	return err;
}

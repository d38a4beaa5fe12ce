// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Names: an entry and its back reference each tell all of a name, so either can be made from the
 * other. What is left without a name, and directories that lead in a circle, go to lost+found.
 */
#include <vexfs/errors.h>

#include "check/repair.h"
#include "format/hash.h"

static const struct vexfs_name lost_found_name = { "lost+found", 10 };

static int entry_drop(struct vexfs_repair *repair, u64 dir, u64 cookie, const char *why)
{
	struct vexfs_key key = vexfs_entry_key(dir, cookie);

	vexfs_repair_tell(repair, why, dir);
	return vexfs_repair_item_remove(repair, &key);
}

/* Whether the back reference at @offset tells the name that the entry has. */
static int backref_has_name(struct vexfs_repair *repair, u64 ino, u64 offset,
			    struct vexfs_name name, bool *same)
{
	struct vexfs_key key = vexfs_backref_key(ino, offset);
	u8 item[VEXFS_BACKREF_MAX_BYTES];
	struct vexfs_backref ref;
	u32 bytes;
	int err = vexfs_tree_read(repair->tree, &key, item, sizeof(item), &bytes);

	if (!err)
		err = bytes <= sizeof(item) ? vexfs_backref_decode(item, bytes, &ref) :
					      VEXFS_ERR(EUCLEAN);
	if (!err)
		*same = ref.name.count == name.count &&
			!memcmp(ref.name.bytes, name.bytes, name.count);
	return err;
}

/* In room that was prepared; @is_there: with another name, perhaps. */
static void backref_put(struct vexfs_repair *repair, u64 ino, u64 offset,
			const struct vexfs_backref *ref, bool is_there)
{
	if (is_there)
		vexfs_backref_update(repair->tree, ino, offset, ref);
	else
		vexfs_backref_insert(repair->tree, ino, offset, ref);
}

/* Gives @ino a name. Return: 0, -EEXIST (taken), -ENOSPC (too many of one hash, or no room). */
static int name_add(struct vexfs_repair *repair, u64 dir, struct vexfs_name name, u64 ino, u32 type)
{
	struct vexfs_backref ref = { .parent = dir, .name = name };
	u64 offset, free_offset;
	struct vexfs_place place;
	struct vexfs_key key;
	bool has_ref;
	int err = vexfs_repair_change(repair);

	if (!err)
		err = vexfs_entry_find(repair->tree, dir, name, &place);
	if (err)
		return err;
	if (place.found)
		return VEXFS_ERR(EEXIST);
	if (!place.has_free)
		return VEXFS_ERR(ENOSPC);
	ref.cookie = place.free_cookie;
	err = vexfs_backref_find(repair->tree, ino, dir, ref.cookie, &has_ref, &offset,
				 &free_offset);
	if (err)
		return err;
	offset = has_ref ? offset : free_offset;
	key = vexfs_backref_key(ino, offset);
	err = vexfs_entry_prepare(repair->tree, dir, ref.cookie, VEXFS_NAME_ROOM_BYTES);
	if (!err)
		err = vexfs_tree_prepare(repair->tree, &key, VEXFS_NAME_ROOM_BYTES);
	if (err)
		return err;
	vexfs_entry_insert(repair->tree, dir, ref.cookie, ino, type, name);
	backref_put(repair, ino, offset, &ref, has_ref);
	return 0;
}

static int backref_write(struct vexfs_repair *repair, u64 ino, u64 offset,
			 const struct vexfs_backref *ref, bool is_there)
{
	struct vexfs_key key = vexfs_backref_key(ino, offset);
	int err = vexfs_repair_change(repair);

	if (!err)
		err = vexfs_tree_prepare(repair->tree, &key,
					 VEXFS_TREE_ITEM_ROOM(VEXFS_BACKREF_MAX_BYTES));
	if (!err)
		backref_put(repair, ino, offset, ref, is_there);
	return err;
}

static int type_of(struct vexfs_repair *repair, u64 ino, u32 *type)
{
	struct vexfs_inode inode;
	int err = vexfs_inode_read(repair->tree, ino, &inode);

	if (!err)
		*type = inode.mode & VEXFS_S_IFMT;
	return err;
}

/* Whether back reference @ref of @ino has the entry that it tells of, with its name. */
static int backref_judge(struct vexfs_repair *repair, u64 ino, const struct vexfs_backref *ref,
			 bool *good)
{
	struct vexfs_key key = vexfs_entry_key(ref->parent, ref->cookie);
	u8 item[VEXFS_ENTRY_MAX_BYTES];
	struct vexfs_name name;
	u32 bytes, type;
	u64 at;
	int err = vexfs_tree_read(repair->tree, &key, item, sizeof(item), &bytes);

	*good = false;
	if (err)
		return err == -ENOENT ? 0 : err;
	if (bytes <= sizeof(item) && !vexfs_entry_decode(item, bytes, &at, &type, &name))
		*good = at == ino && name.count == ref->name.count &&
			!memcmp(name.bytes, ref->name.bytes, name.count);
	return 0;
}

/* Whether an inode has a back reference that is good. */
static int has_name(struct vexfs_repair *repair, u64 ino, bool *found)
{
	struct vexfs_key key = vexfs_backref_key(ino, 0);
	struct vexfs_cursor cursor;
	int err = vexfs_cursor_open(&cursor, repair->tree, &key);

	*found = false;
	while (!err && !cursor.at_end && !*found) {
		struct vexfs_backref ref;

		key = vexfs_cursor_key(&cursor);
		if (key.object != ino || key.type != VEXFS_ITEM_BACKREF)
			break;
		err = vexfs_backref_decode(vexfs_cursor_data(&cursor),
					   vexfs_cursor_bytes(&cursor), &ref);
		if (!err)
			err = backref_judge(repair, ino, &ref, found);
		if (!err)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	return err;
}

/* ---- entries ---- */

struct entry {
	u64 dir, cookie, ino;
	u32 type;
	struct vexfs_name name;
};

/* An entry of a sound directory and inode, in its place: its type and its back reference. */
static int entry_settle(struct vexfs_repair *repair, const struct entry *entry, u32 type)
{
	struct vexfs_backref ref = { entry->dir, entry->cookie, entry->name };
	u64 offset, free_offset;
	bool found, same = true, has_other = false;
	int err;

	if (type != entry->type) {
		vexfs_repair_tell(repair, "corrected the type of an entry", entry->dir);
		err = vexfs_repair_change(repair);
		if (!err)
			err = vexfs_entry_prepare(repair->tree, entry->dir, entry->cookie, 0);
		if (err)
			return err;
		vexfs_entry_update(repair->tree, entry->dir, entry->cookie, entry->ino, type,
				   entry->name);
	}
	err = vexfs_backref_find(repair->tree, entry->ino, entry->dir, entry->cookie, &found,
				 &offset, &free_offset);
	if (err == -ENOSPC)
		return entry_drop(repair, entry->dir, entry->cookie, "removed an entry");
	/* The entry's name is the true one: the hash that it lies at is of it. */
	if (!err && found)
		err = backref_has_name(repair, entry->ino, offset, entry->name, &same);
	if (err || (found && same))
		return err;
	if (found) {
		vexfs_repair_tell(repair, "corrected the name in a back reference", entry->ino);
		return backref_write(repair, entry->ino, offset, &ref, true);
	}
	if (type == VEXFS_S_IFDIR)
		err = has_name(repair, entry->ino, &has_other);
	if (err)
		return err;
	if (has_other)
		return entry_drop(repair, entry->dir, entry->cookie,
				  "removed a second name of a directory");
	vexfs_repair_tell(repair, "made a back reference", entry->ino);
	return backref_write(repair, entry->ino, free_offset, &ref, false);
}

static int entry_visit(struct vexfs_repair *repair)
{
	struct entry entry = { .dir = repair->item.key.object, .cookie = repair->item.key.offset };
	struct vexfs_place place;
	u32 type, dir_type;
	u64 base;
	int err;

	if (!entry.dir || repair->item.key.type != VEXFS_ITEM_ENTRY)
		return 0;
	err = vexfs_entry_decode(repair->item.data, repair->item.bytes, &entry.ino, &entry.type,
				 &entry.name);
	if (!err)
		err = type_of(repair, entry.dir, &dir_type);
	if (err)
		return err;
	if (dir_type != VEXFS_S_IFDIR)
		return entry_drop(repair, entry.dir, entry.cookie,
				  "removed an entry of what is no directory");
	err = entry.ino == VEXFS_ROOT_INO ? -ESTALE : type_of(repair, entry.ino, &type);
	if (err == -ESTALE)
		return entry_drop(repair, entry.dir, entry.cookie,
				  "removed an entry without its inode");
	if (!err)
		err = vexfs_entry_find(repair->tree, entry.dir, entry.name, &place);
	if (err)
		return err;
	base = vexfs_cookie(vexfs_hash(repair->tree->io->super.hash_seed, entry.name.bytes,
				       entry.name.count));
	if (place.found && place.cookie == entry.cookie)
		return entry_settle(repair, &entry, type);
	err = entry_drop(repair, entry.dir, entry.cookie,
			 place.found ? "removed an entry that was there twice" :
				       "moved an entry to its place");
	if (err || place.found || entry.cookie - base < VEXFS_COOKIE_PROBES)
		return err;
	err = name_add(repair, entry.dir, entry.name, entry.ino, type);
	return err == -EEXIST ? 0 : err;
}

/* ---- back references ---- */

/* The names of an inode come one after the other; a directory keeps the first that is good. */
static int second_name_visit(struct vexfs_repair *repair, u64 ino, const struct vexfs_backref *ref)
{
	struct vexfs_key key = repair->item.key;
	u32 type;
	int err;

	if (repair->at.ino != ino) {
		repair->at.ino = ino;
		return 0;
	}
	err = type_of(repair, ino, &type);
	if (err || type != VEXFS_S_IFDIR)
		return err;
	err = vexfs_repair_item_remove(repair, &key);
	return err ? err : entry_drop(repair, ref->parent, ref->cookie,
				      "removed a second name of a directory");
}

/* Whether a good back reference lies where lookups find it, and not at a key of another hash. */
static int backref_is_placed(struct vexfs_repair *repair, u64 ino, const struct vexfs_backref *ref,
			     u64 at, bool *placed)
{
	u64 offset, free_offset;
	int err = vexfs_backref_find(repair->tree, ino, ref->parent, ref->cookie, placed, &offset,
				     &free_offset);

	*placed = !err && *placed && offset == at;
	return err == -ENOSPC ? 0 : err;
}

static int backref_visit(struct vexfs_repair *repair)
{
	u64 ino = repair->item.key.object;
	struct vexfs_key key = repair->item.key;
	struct vexfs_backref ref;
	bool good, placed, has_other = false;
	u32 type = 0, parent_type;
	int err;

	if (!ino || key.type != VEXFS_ITEM_BACKREF)
		return 0;
	err = vexfs_backref_decode(repair->item.data, repair->item.bytes, &ref);
	if (!err)
		err = backref_judge(repair, ino, &ref, &good);
	if (err)
		return err;
	if (good && ino != VEXFS_ROOT_INO) {
		err = backref_is_placed(repair, ino, &ref, key.offset, &placed);
		if (err || placed)
			return err ? err : second_name_visit(repair, ino, &ref);
		/* The entry has another one, which is where it is looked for. */
		vexfs_repair_tell(repair, "removed a back reference in a wrong place", ino);
		return vexfs_repair_item_remove(repair, &key);
	}
	vexfs_repair_tell(repair, "removed a back reference without its entry", ino);
	err = vexfs_repair_item_remove(repair, &key);
	if (!err)
		err = type_of(repair, ino, &type);
	if (!err && type == VEXFS_S_IFDIR)
		err = has_name(repair, ino, &has_other);
	if (err || has_other || ino == VEXFS_ROOT_INO)
		return err;
	err = type_of(repair, ref.parent, &parent_type);
	if (err || parent_type != VEXFS_S_IFDIR)
		return err == -ESTALE ? 0 : err;
	err = name_add(repair, ref.parent, ref.name, ino, type);
	if (!err)
		vexfs_repair_tell(repair, "made an entry again", ref.parent);
	return err == -EEXIST ? 0 : err;
}

/* ---- what has no way to the root ---- */

static int lost_found_make(struct vexfs_repair *repair)
{
	struct vexfs_inode inode = { .mode = VEXFS_S_IFDIR | 0700, .nlink = 2 };
	char name[16] = "lost+found";
	struct vexfs_name at = lost_found_name;
	struct vexfs_place place;
	u64 ino = repair->subvol->next_ino;
	int err;

	while (!(err = vexfs_entry_find(repair->tree, VEXFS_ROOT_INO, at, &place)) &&
	       place.found) {
		if (place.type == VEXFS_S_IFDIR) {
			repair->lost_found = place.ino;
			return 0;
		}
		name[10]++;
		name[10] = name[10] < '0' ? '0' : name[10];
		at = (struct vexfs_name){ name, 11 };
	}
	if (!err)
		err = vexfs_repair_change(repair);
	if (!err)
		err = vexfs_inode_prepare(repair->tree, ino,
					  VEXFS_TREE_ITEM_ROOM((u32)sizeof(struct
									   vexfs_disk_inode)));
	if (err)
		return err;
	inode.atime = inode.mtime = inode.ctime = inode.btime = vexfs_time_now();
	vexfs_inode_insert(repair->tree, ino, &inode);
	repair->subvol->next_ino++;
	repair->subvol->dirty = true;
	repair->lost_found = ino;
	return name_add(repair, VEXFS_ROOT_INO, at, ino, VEXFS_S_IFDIR);
}

struct vexfs_name vexfs_repair_number_name(u64 number, char *out)
{
	char digits[20];
	u32 count = 0, i;

	for (; number; number /= 10)
		digits[count++] = (char)('0' + number % 10);
	out[0] = '#';
	for (i = 0; i < count; i++)
		out[1 + i] = digits[count - 1 - i];
	return (struct vexfs_name){ out, count + 1 };
}

static int attach(struct vexfs_repair *repair, u64 ino, u32 type)
{
	struct vexfs_key orphan = vexfs_orphan_key(ino);
	char name[VEXFS_REPAIR_NUMBER_BYTES];
	u32 unused;
	u8 none;
	int err = 0;

	if (!repair->lost_found)
		err = lost_found_make(repair);
	if (!err)
		err = name_add(repair, repair->lost_found, vexfs_repair_number_name(ino, name),
			       ino, type);
	if (err)
		return err;
	vexfs_repair_tell(repair, "has no name any more and is in lost+found", ino);
	err = vexfs_tree_read(repair->tree, &orphan, &none, 0, &unused);
	return err == -ENOENT ? 0 : err ? err : vexfs_repair_item_remove(repair, &orphan);
}

/*
 * Follows parents from @dir; *circle when that comes back to @dir. One that leads into a circle
 * without being of it is left alone: the circle is cut where it is met.
 */
static int circle_find(struct vexfs_repair *repair, u64 dir, bool *circle)
{
	u64 at = dir, marker = dir, steps = 0, limit = 1;
	int err = 0;

	*circle = false;
	while (at != VEXFS_ROOT_INO) {
		err = vexfs_parent_find(repair->tree, at, &at);
		if (err || at == dir) {
			*circle = !err;
			return err == -ENOENT ? 0 : err;
		}
		if (at == marker)
			return 0;
		if (++steps == limit) {
			marker = at;
			limit *= 2;
		}
	}
	return 0;
}

static int circle_cut(struct vexfs_repair *repair, u64 dir)
{
	struct vexfs_key key = vexfs_backref_key(dir, 0);
	struct vexfs_cursor cursor;
	struct vexfs_backref ref;
	u64 cookie, parent;
	int err = vexfs_cursor_open(&cursor, repair->tree, &key);

	if (err)
		return err;
	key = vexfs_cursor_key(&cursor);
	err = vexfs_backref_decode(vexfs_cursor_data(&cursor), vexfs_cursor_bytes(&cursor), &ref);
	parent = ref.parent;
	cookie = ref.cookie;
	vexfs_cursor_close(&cursor);
	if (!err)
		err = vexfs_repair_item_remove(repair, &key);
	return err ? err : entry_drop(repair, parent, cookie, "cut a circle of directories");
}

static int reach_visit(struct vexfs_repair *repair)
{
	u64 ino = repair->item.key.object, parent;
	struct vexfs_key orphan = vexfs_orphan_key(ino);
	struct vexfs_inode inode;
	bool circle = false;
	u32 unused;
	u8 none;
	int err;

	if (!ino || repair->item.key.type != VEXFS_ITEM_INODE || ino == VEXFS_ROOT_INO)
		return 0;
	err = vexfs_inode_decode(repair->item.data, repair->item.bytes, &inode);
	if (!err)
		err = vexfs_parent_find(repair->tree, ino, &parent);
	if (!err && vexfs_inode_is(&inode, VEXFS_S_IFDIR)) {
		err = circle_find(repair, ino, &circle);
		if (!err && circle)
			err = circle_cut(repair, ino);
		return err || !circle ? err : attach(repair, ino, VEXFS_S_IFDIR);
	}
	if (err != -ENOENT)
		return err;
	err = vexfs_tree_read(repair->tree, &orphan, &none, 0, &unused);
	/* It was deleted, and is only not yet freed. */
	if (!err && !inode.nlink)
		return 0;
	return err && err != -ENOENT ? err : attach(repair, ino, inode.mode & VEXFS_S_IFMT);
}

int vexfs_repair_names(struct vexfs_repair *repair)
{
	int err;

	repair->lost_found = 0;
	err = vexfs_repair_each(repair, entry_visit);
	repair->at.ino = 0;
	if (!err)
		err = vexfs_repair_each(repair, backref_visit);
	return err ? err : vexfs_repair_each(repair, reach_visit);
}

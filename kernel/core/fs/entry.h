/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * fs/entry.h - one name of an inode: the entry in its directory, and the reference back.
 *
 * An entry's key offset is a hash cookie of the name, which is also its readdir cookie; the back
 * reference of the child is keyed by a hash of parent and cookie, and repeats the name, so that an
 * inode becomes a path without a search. Locking: inode.h; all are called under txn->lock.
 */
#ifndef VEXFS_FS_ENTRY_H
#define VEXFS_FS_ENTRY_H

#include "fs/inode.h"

struct vexfs_name {
	const char *bytes;
	u32 count;
};

/** struct vexfs_place - where a name is in a directory, or where it could be put. */
struct vexfs_place {
	bool found;
	u64 cookie;		/* of the entry, when found */
	u64 ino;
	u32 type;		/* S_IFMT part of a mode */
	bool has_free;
	u64 free_cookie;
};

#define VEXFS_ENTRY_MAX_BYTES	((u32)sizeof(struct vexfs_disk_entry) + VEXFS_NAME_MAX_BYTES)
#define VEXFS_BACKREF_MAX_BYTES	((u32)sizeof(struct vexfs_disk_backref) + VEXFS_NAME_MAX_BYTES)

/* Room that a name takes: an entry and a back reference. */
#define VEXFS_NAME_ROOM_BYTES \
	(VEXFS_TREE_ITEM_ROOM(VEXFS_ENTRY_MAX_BYTES) + \
	 VEXFS_TREE_ITEM_ROOM(VEXFS_BACKREF_MAX_BYTES))

/** vexfs_name_check() - Return: 0, -ENAMETOOLONG, -EINVAL (empty, or '/' or NUL in it). */
int vexfs_name_check(struct vexfs_name name);
bool vexfs_name_is_dots(struct vexfs_name name);

/** vexfs_entry_find() - Return: 0 (see @place), errors of reading. */
int vexfs_entry_find(const struct vexfs_tree *tree, u64 dir, struct vexfs_name name,
		     struct vexfs_place *place);
/** vexfs_entry_decode() - @name points into @data. Return: 0, -EUCLEAN. */
int vexfs_entry_decode(const void *data, u32 bytes, u64 *ino, u32 *type, struct vexfs_name *name);

/** vexfs_entry_inode_read() - of the inode found. Return: 0, -EUCLEAN (also when there is none). */
int vexfs_entry_inode_read(const struct vexfs_tree *tree, const struct vexfs_place *place,
			   struct vexfs_inode *out);

static inline struct vexfs_key vexfs_entry_key(u64 dir, u64 cookie)
{
	return vexfs_key_make(dir, VEXFS_ITEM_ENTRY, cookie);
}

int vexfs_entry_prepare(struct vexfs_tree *tree, u64 dir, u64 cookie, u32 room_bytes);
void vexfs_entry_insert(struct vexfs_tree *tree, u64 dir, u64 cookie, u64 ino, u32 type,
			struct vexfs_name name);
/** vexfs_entry_update() - the same name now means another inode. */
void vexfs_entry_update(struct vexfs_tree *tree, u64 dir, u64 cookie, u64 ino, u32 type,
			struct vexfs_name name);
void vexfs_entry_remove(struct vexfs_tree *tree, u64 dir, u64 cookie);

/** vexfs_dir_is_empty() - Return: 0, errors of reading. */
int vexfs_dir_is_empty(const struct vexfs_tree *tree, u64 dir, bool *empty);

/** struct vexfs_backref - a back reference, decoded; the name points into the item. */
struct vexfs_backref {
	u64 parent;
	u64 cookie;
	struct vexfs_name name;
};

int vexfs_backref_decode(const void *data, u32 bytes, struct vexfs_backref *out);

/**
 * vexfs_backref_find() - key offset of the back reference for (@parent, @cookie), and one that is
 * free. Return: 0 with *found telling, errors of reading, -ENOSPC (no free one).
 */
int vexfs_backref_find(const struct vexfs_tree *tree, u64 ino, u64 parent, u64 cookie, bool *found,
		       u64 *offset, u64 *free_offset);

static inline struct vexfs_key vexfs_backref_key(u64 ino, u64 offset)
{
	return vexfs_key_make(ino, VEXFS_ITEM_BACKREF, offset);
}

void vexfs_backref_insert(struct vexfs_tree *tree, u64 ino, u64 offset,
			  const struct vexfs_backref *ref);
/** vexfs_backref_update() - for repair: gives the one at @offset another name. */
void vexfs_backref_update(struct vexfs_tree *tree, u64 ino, u64 offset,
			  const struct vexfs_backref *ref);

/** vexfs_parent_find() - the one parent of a directory; the root's is itself. */
int vexfs_parent_find(const struct vexfs_tree *tree, u64 dir, u64 *parent);

#endif

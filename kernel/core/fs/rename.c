// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Rename, in one piece: everything is looked up and prepared, then entries, back references and
 * inodes change together.
 */
#include <vexfs/errors.h>

#include "fs/name.h"

/* Deeper than any path can be; a longer chain of parents is a loop in a damaged tree. */
#define DEPTH_MAX	(1u << 20)

/* One end of a rename: a name in a directory and what it means. */
struct end {
	u64 dir_ino;
	struct vexfs_name name;
	struct vexfs_place place;
	struct vexfs_inode dir;		/* unused for the new end when both are the same */
	struct vexfs_inode inode;	/* when found */
	u64 backref_offset;		/* of the reference to be removed, when found */
};

struct renaming {
	struct vexfs_subvol *subvol;
	struct vexfs_tree *tree;
	struct end old, new;
	u64 moved_backref;		/* free offset for the old inode at its new name */
	u64 swapped_backref;		/* for the other one, when exchanging */
	struct vexfs_inode whiteout;	/* what takes the old name, and its number */
	u64 whiteout_ino;
	u64 whiteout_backref;
	u32 flags;
	bool same_dir;
};

static bool leaves_whiteout(const struct renaming *r)
{
	return r->flags & VEXFS_RENAME_WHITEOUT;
}

static struct vexfs_inode *dir_of_new(struct renaming *r)
{
	return r->same_dir ? &r->old.dir : &r->new.dir;
}

static u64 cookie_of_new(const struct renaming *r)
{
	return r->new.place.found ? r->new.place.cookie : r->new.place.free_cookie;
}

/* A directory must not become its own ancestor. */
static int ancestry_check(const struct vexfs_tree *tree, u64 dir, u64 moved)
{
	u64 parent;
	u32 depth;

	for (depth = 0; depth < DEPTH_MAX; depth++) {
		int err;

		if (dir == moved)
			return VEXFS_ERR(EINVAL);
		err = vexfs_parent_find(tree, dir, &parent);
		if (err)
			return err;
		if (parent == dir)
			return 0;
		dir = parent;
	}
	return VEXFS_ERR(EUCLEAN);
}

static int end_find(struct vexfs_txn *txn, struct renaming *r, struct end *end)
{
	u64 unused;
	bool found;
	int err = vexfs_entry_find(r->tree, end->dir_ino, end->name, &end->place);

	if (err || !end->place.found)
		return err;
	err = vexfs_entry_inode_read(r->tree, &end->place, &end->inode);
	if (!err)
		err = vexfs_inode_settle(txn, r->subvol, end->place.ino, &end->inode);
	if (!err)
		err = vexfs_backref_find(r->tree, end->place.ino, end->dir_ino, end->place.cookie,
					 &found, &end->backref_offset, &unused);
	if (!err && (!found || !end->inode.nlink))
		err = VEXFS_ERR(EUCLEAN);
	return err;
}

static bool is_dir(const struct end *end)
{
	return vexfs_inode_is(&end->inode, VEXFS_S_IFDIR);
}

static int target_check(const struct renaming *r)
{
	bool empty;
	int err;

	if (is_dir(&r->old) && !is_dir(&r->new))
		return VEXFS_ERR(ENOTDIR);
	if (!is_dir(&r->old) && is_dir(&r->new))
		return VEXFS_ERR(EISDIR);
	if (!is_dir(&r->new))
		return 0;
	err = vexfs_dir_is_empty(r->tree, r->new.place.ino, &empty);
	if (err)
		return err;
	return empty ? 0 : VEXFS_ERR(ENOTEMPTY);
}

static int rename_check(struct renaming *r)
{
	int err = 0;

	if (!r->old.place.found)
		return VEXFS_ERR(ENOENT);
	if ((r->flags & VEXFS_RENAME_EXCHANGE) && !r->new.place.found)
		return VEXFS_ERR(ENOENT);
	if ((r->flags & VEXFS_RENAME_NOREPLACE) && r->new.place.found)
		return VEXFS_ERR(EEXIST);
	if (!r->new.place.found && !r->new.place.has_free)
		return VEXFS_ERR(ENOSPC);
	if (is_dir(&r->old))
		err = ancestry_check(r->tree, r->new.dir_ino, r->old.place.ino);
	if (!err && (r->flags & VEXFS_RENAME_EXCHANGE) && is_dir(&r->new))
		err = ancestry_check(r->tree, r->old.dir_ino, r->new.place.ino);
	if (!err && r->new.place.found && !(r->flags & VEXFS_RENAME_EXCHANGE) &&
	    r->new.place.ino != r->old.place.ino)
		err = target_check(r);
	return err;
}

static int backref_places_find(struct renaming *r)
{
	u64 unused;
	bool found;
	int err = vexfs_backref_find(r->tree, r->old.place.ino, r->new.dir_ino, cookie_of_new(r),
				     &found, &unused, &r->moved_backref);

	if (!err && found)
		err = VEXFS_ERR(EUCLEAN);
	if (!err && leaves_whiteout(r))
		return vexfs_backref_find(r->tree, r->whiteout_ino, r->old.dir_ino,
					  r->old.place.cookie, &found, &unused,
					  &r->whiteout_backref);
	if (err || !(r->flags & VEXFS_RENAME_EXCHANGE))
		return err;
	err = vexfs_backref_find(r->tree, r->new.place.ino, r->old.dir_ino, r->old.place.cookie,
				 &found, &unused, &r->swapped_backref);
	return !err && found ? VEXFS_ERR(EUCLEAN) : err;
}

#define RENAME_ROOM \
	(2 * VEXFS_NAME_ROOM_BYTES + VEXFS_TREE_ITEM_ROOM(0))
#define WHITEOUT_ROOM \
	(VEXFS_TREE_ITEM_ROOM((u32)sizeof(struct vexfs_disk_inode)) + VEXFS_NAME_ROOM_BYTES)

static u32 room_of(const struct renaming *r)
{
	return RENAME_ROOM + (leaves_whiteout(r) ? WHITEOUT_ROOM : 0);
}

static int end_prepare(struct renaming *r, struct end *end, u64 cookie)
{
	u32 room = room_of(r);
	int err = vexfs_inode_prepare(r->tree, end->dir_ino, room);

	if (!err)
		err = vexfs_entry_prepare(r->tree, end->dir_ino, cookie, room);
	if (err || !end->place.found)
		return err;
	err = vexfs_inode_prepare(r->tree, end->place.ino, room);
	if (!err) {
		struct vexfs_key backref = vexfs_backref_key(end->place.ino, end->backref_offset);

		err = vexfs_tree_prepare(r->tree, &backref, room);
	}
	return err;
}

static int whiteout_prepare(struct renaming *r)
{
	struct vexfs_key backref = vexfs_backref_key(r->whiteout_ino, r->whiteout_backref);
	int err = vexfs_inode_prepare(r->tree, r->whiteout_ino, room_of(r));

	return err ? err : vexfs_tree_prepare(r->tree, &backref, room_of(r));
}

static int rename_prepare(struct renaming *r)
{
	u32 room = room_of(r);
	struct vexfs_key moved = vexfs_backref_key(r->old.place.ino, r->moved_backref);
	struct vexfs_key swapped = vexfs_backref_key(r->new.place.ino, r->swapped_backref);
	struct vexfs_key orphan = vexfs_orphan_key(r->new.place.ino);
	int err = end_prepare(r, &r->old, r->old.place.cookie);

	if (!err)
		err = end_prepare(r, &r->new, cookie_of_new(r));
	if (!err)
		err = vexfs_tree_prepare(r->tree, &moved, room);
	if (!err && (r->flags & VEXFS_RENAME_EXCHANGE))
		err = vexfs_tree_prepare(r->tree, &swapped, room);
	else if (!err && r->new.place.found)
		err = vexfs_tree_prepare(r->tree, &orphan, room);
	if (!err && leaves_whiteout(r))
		err = whiteout_prepare(r);
	return err;
}

static void whiteout_fill(struct renaming *r, const struct vexfs_rename *rename)
{
	struct vexfs_inode *inode = &r->whiteout;

	inode->mode = VEXFS_S_IFCHR;
	inode->uid = rename->uid;
	inode->gid = r->old.dir.mode & VEXFS_S_ISGID ? r->old.dir.gid : rename->gid;
	inode->nlink = 1;
	inode->atime = inode->mtime = inode->ctime = inode->btime = vexfs_time_now();
	inode->data_generation = r->tree->io->generation;
}

static void whiteout_insert(struct renaming *r)
{
	struct vexfs_backref ref = { r->old.dir_ino, r->old.place.cookie, r->old.name };

	vexfs_inode_insert(r->tree, r->whiteout_ino, &r->whiteout);
	vexfs_backref_insert(r->tree, r->whiteout_ino, r->whiteout_backref, &ref);
	vexfs_entry_update(r->tree, r->old.dir_ino, r->old.place.cookie, r->whiteout_ino,
			   VEXFS_S_IFCHR, r->old.name);
	r->subvol->next_ino++;
	r->subvol->inodes++;
	r->subvol->dirty = true;
}

static u32 type_of(const struct end *end)
{
	return end->inode.mode & VEXFS_S_IFMT;
}

static void backref_drop(struct renaming *r, const struct end *end)
{
	struct vexfs_key key = vexfs_backref_key(end->place.ino, end->backref_offset);

	vexfs_tree_remove(r->tree, &key);
}

static void dirs_update(struct renaming *r, s32 old_entries, s32 old_subdirs, s32 new_entries,
			s32 new_subdirs)
{
	vexfs_dir_touch(&r->old.dir, old_entries, old_subdirs);
	vexfs_dir_touch(dir_of_new(r), new_entries, new_subdirs);
	vexfs_inode_update(r->tree, r->old.dir_ino, &r->old.dir);
	if (!r->same_dir)
		vexfs_inode_update(r->tree, r->new.dir_ino, &r->new.dir);
}

static void exchange_apply(struct renaming *r)
{
	struct vexfs_backref moved = { r->new.dir_ino, r->new.place.cookie, r->new.name };
	struct vexfs_backref swapped = { r->old.dir_ino, r->old.place.cookie, r->old.name };
	s32 subdirs = (s32)is_dir(&r->new) - (s32)is_dir(&r->old);

	vexfs_backref_insert(r->tree, r->old.place.ino, r->moved_backref, &moved);
	vexfs_backref_insert(r->tree, r->new.place.ino, r->swapped_backref, &swapped);
	vexfs_entry_update(r->tree, r->new.dir_ino, r->new.place.cookie, r->old.place.ino,
			   type_of(&r->old), r->new.name);
	vexfs_entry_update(r->tree, r->old.dir_ino, r->old.place.cookie, r->new.place.ino,
			   type_of(&r->new), r->old.name);
	dirs_update(r, 0, subdirs, 0, -subdirs);
	r->old.inode.ctime = r->new.inode.ctime = r->old.dir.ctime;
	vexfs_inode_update(r->tree, r->old.place.ino, &r->old.inode);
	vexfs_inode_update(r->tree, r->new.place.ino, &r->new.inode);
	backref_drop(r, &r->old);
	backref_drop(r, &r->new);
}

static void move_apply(struct renaming *r)
{
	struct vexfs_backref moved = { r->new.dir_ino, cookie_of_new(r), r->new.name };
	struct vexfs_key orphan = vexfs_orphan_key(r->new.place.ino);
	bool replaces = r->new.place.found;
	struct vexfs_inode *target = &r->new.inode;
	s32 gone = replaces && is_dir(&r->new), dir = is_dir(&r->old);

	vexfs_backref_insert(r->tree, r->old.place.ino, r->moved_backref, &moved);
	if (replaces)
		target->nlink = is_dir(&r->new) ? 0 : target->nlink - 1;
	if (replaces && !target->nlink)
		vexfs_tree_insert(r->tree, &orphan, NULL, 0);
	if (replaces)
		vexfs_entry_update(r->tree, r->new.dir_ino, r->new.place.cookie, r->old.place.ino,
				   type_of(&r->old), r->new.name);
	else
		vexfs_entry_insert(r->tree, r->new.dir_ino, r->new.place.free_cookie,
				   r->old.place.ino, type_of(&r->old), r->new.name);
	if (leaves_whiteout(r))
		whiteout_insert(r);
	dirs_update(r, leaves_whiteout(r) ? 0 : -1, -dir, replaces ? 0 : 1, dir - gone);
	r->old.inode.ctime = r->old.dir.ctime;
	vexfs_inode_update(r->tree, r->old.place.ino, &r->old.inode);
	if (replaces) {
		target->ctime = r->old.dir.ctime;
		vexfs_inode_update(r->tree, r->new.place.ino, target);
	}
	if (!leaves_whiteout(r))
		vexfs_entry_remove(r->tree, r->old.dir_ino, r->old.place.cookie);
	backref_drop(r, &r->old);
	if (replaces)
		backref_drop(r, &r->new);
}

static int rename_locked(struct vexfs_txn *txn, struct renaming *r,
			 const struct vexfs_rename *rename)
{
	int err = vexfs_subvol_get_writable(txn, rename->old_dir.tree, &r->subvol);

	if (err)
		return err;
	r->tree = &r->subvol->tree;
	r->whiteout_ino = r->subvol->next_ino;
	err = vexfs_dir_read(r->tree, r->old.dir_ino, &r->old.dir);
	if (!err)
		err = vexfs_dir_read(r->tree, r->new.dir_ino, &r->new.dir);
	if (!err)
		err = end_find(txn, r, &r->old);
	if (!err)
		err = end_find(txn, r, &r->new);
	if (!err)
		err = rename_check(r);
	if (err)
		return err;
	/* Two names of one inode: rename(2) does nothing, and neither has anything to exchange. */
	if (r->new.place.found && r->new.place.ino == r->old.place.ino) {
		r->new.place.found = false;
		return 0;
	}
	err = backref_places_find(r);
	if (!err)
		err = rename_prepare(r);
	if (err)
		return err;
	whiteout_fill(r, rename);
	if (r->flags & VEXFS_RENAME_EXCHANGE)
		exchange_apply(r);
	else
		move_apply(r);
	return 0;
}

static int names_check(const struct renaming *r)
{
	int err = vexfs_name_check(r->old.name);

	if (!err)
		err = vexfs_name_check(r->new.name);
	if (!err && (vexfs_name_is_dots(r->old.name) || vexfs_name_is_dots(r->new.name)))
		err = VEXFS_ERR(EINVAL);
	return err;
}

int vexfs_name_rename(struct vexfs_txn *txn, const struct vexfs_rename *rename,
		      struct vexfs_removed *removed)
{
	const u32 moving = VEXFS_RENAME_NOREPLACE | VEXFS_RENAME_WHITEOUT;
	struct renaming *r;
	int err;

	if ((rename->flags & ~moving) && rename->flags != VEXFS_RENAME_EXCHANGE)
		return VEXFS_ERR(EINVAL);
	if (rename->old_dir.tree != rename->new_dir.tree)
		return VEXFS_ERR(EXDEV);
	r = vexfs_port_alloc(sizeof(*r));
	if (!r)
		return VEXFS_ERR(ENOMEM);
	r->flags = rename->flags;
	r->old.dir_ino = rename->old_dir.ino;
	r->new.dir_ino = rename->new_dir.ino;
	r->same_dir = r->old.dir_ino == r->new.dir_ino;
	r->old.name = (struct vexfs_name){ rename->old_name, rename->old_name_bytes };
	r->new.name = (struct vexfs_name){ rename->new_name, rename->new_name_bytes };
	err = names_check(r);
	if (!err)
		err = vexfs_txn_begin(txn, VEXFS_SPACE_NORMAL);
	if (!err)
		err = vexfs_txn_end(txn, rename_locked(txn, r, rename));
	if (!err) {
		bool replaced = r->new.place.found && !(r->flags & VEXFS_RENAME_EXCHANGE);

		removed->id.tree = rename->old_dir.tree;
		removed->id.ino = replaced ? r->new.place.ino : 0;
		removed->nlink = replaced ? r->new.inode.nlink : 0;
	}
	vexfs_port_free(r);
	return err;
}

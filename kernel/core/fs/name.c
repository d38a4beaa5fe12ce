// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Making and removing names. */
#include "fs/name.h"

#include <vexfs/errors.h>

#include "fs/compression.h"
#include "fs/xattr.h"

#define SYMLINK_ROOM	VEXFS_TREE_ITEM_ROOM(VEXFS_SYMLINK_MAX_BYTES)
#define INODE_ROOM	VEXFS_TREE_ITEM_ROOM((u32)sizeof(struct vexfs_disk_inode))
#define CREATE_ROOM	(INODE_ROOM + VEXFS_NAME_ROOM_BYTES + VEXFS_TREE_ITEM_ROOM(0))

int vexfs_dir_read(const struct vexfs_tree *tree, u64 ino, struct vexfs_inode *out)
{
	int err = vexfs_inode_read(tree, ino, out);

	if (err)
		return err;
	if (!vexfs_inode_is(out, VEXFS_S_IFDIR))
		return VEXFS_ERR(ENOTDIR);
	return out->nlink ? 0 : VEXFS_ERR(ENOENT);
}

void vexfs_dir_touch(struct vexfs_inode *dir, s32 entries, s32 subdirs)
{
	dir->size[0] += (u64)(s64)entries;
	dir->nlink += (u32)subdirs;
	dir->mtime = dir->ctime = vexfs_time_now();
}

int vexfs_root_make(struct vexfs_subvol *subvol, u32 mode, u32 uid, u32 gid)
{
	struct vexfs_inode inode = { .mode = VEXFS_S_IFDIR | mode, .nlink = 2, .uid = uid,
				     .gid = gid };
	int err = vexfs_inode_prepare(&subvol->tree, VEXFS_ROOT_INO, INODE_ROOM);

	if (err)
		return err;
	inode.atime = inode.mtime = inode.ctime = inode.btime = vexfs_time_now();
	vexfs_inode_insert(&subvol->tree, VEXFS_ROOT_INO, &inode);
	subvol->inodes = 1;
	subvol->dirty = true;
	return 0;
}

/* ---- create ---- */

struct creation {
	struct vexfs_subvol *subvol;
	struct vexfs_inode dir, inode;
	struct vexfs_place place;
	struct vexfs_name name;		/* count 0: a file without a name */
	u64 dir_ino, ino;
	u64 backref_offset;
	const struct vexfs_create *what;
	u8 *xattr_buffer;		/* NULL without attributes */
};

static int xattrs_check(const struct vexfs_create *what)
{
	u32 i;

	if (what->xattr_count > VEXFS_FIRST_XATTRS_MAX ||
	    (what->mode & VEXFS_S_IFMT) == VEXFS_S_IFLNK)
		return VEXFS_ERR(EINVAL);
	for (i = 0; i < what->xattr_count; i++) {
		if (!what->xattrs[i].name_bytes ||
		    what->xattrs[i].name_bytes > VEXFS_XATTR_NAME_MAX_BYTES)
			return VEXFS_ERR(ERANGE);
		if (what->xattrs[i].value_bytes > VEXFS_FIRST_XATTR_MAX_BYTES)
			return VEXFS_ERR(E2BIG);
	}
	return CREATE_ROOM + vexfs_xattrs_new_room(what) <= VEXFS_TREE_ROOM_MAX_BYTES ?
		       0 :
		       VEXFS_ERR(E2BIG);
}

static int creation_check(const struct vexfs_create *what, struct vexfs_name name)
{
	int err = what->xattr_count ? xattrs_check(what) : 0;

	if (err)
		return err;
	switch (what->mode & VEXFS_S_IFMT) {
	case VEXFS_S_IFLNK:
		if (!what->target_bytes || !name.count)
			return VEXFS_ERR(EINVAL);
		if (what->target_bytes > VEXFS_SYMLINK_MAX_BYTES)
			return VEXFS_ERR(ENAMETOOLONG);
		return 0;
	case VEXFS_S_IFREG:
		return 0;
	case VEXFS_S_IFDIR:
	case VEXFS_S_IFCHR:
	case VEXFS_S_IFBLK:
	case VEXFS_S_IFIFO:
	case VEXFS_S_IFSOCK:
		return name.count ? 0 : VEXFS_ERR(EINVAL);
	default:
		return VEXFS_ERR(EINVAL);
	}
}

static void creation_inode_fill(struct creation *c)
{
	const struct vexfs_create *what = c->what;
	struct vexfs_inode *inode = &c->inode;

	memset(inode, 0, sizeof(*inode));
	inode->mode = what->mode & (VEXFS_S_IFMT | VEXFS_S_PERM);
	inode->uid = what->uid;
	inode->gid = what->gid;
	if (c->dir.mode & VEXFS_S_ISGID) {
		inode->gid = c->dir.gid;
		if (vexfs_inode_is(inode, VEXFS_S_IFDIR))
			inode->mode |= VEXFS_S_ISGID;
	}
	if (vexfs_inode_is(inode, VEXFS_S_IFREG) || vexfs_inode_is(inode, VEXFS_S_IFDIR))
		inode->flags = c->dir.flags & VEXFS_COMPRESSION_FLAGS;
	inode->nlink = !c->name.count ? 0 : vexfs_inode_is(inode, VEXFS_S_IFDIR) ? 2 : 1;
	if (vexfs_inode_is(inode, VEXFS_S_IFBLK) || vexfs_inode_is(inode, VEXFS_S_IFCHR))
		inode->rdev = what->rdev;
	if (vexfs_inode_is(inode, VEXFS_S_IFLNK))
		inode->size[0] = what->target_bytes;
	inode->atime = inode->mtime = inode->ctime = inode->btime = vexfs_time_now();
	inode->data_generation = c->subvol->tree.io->generation;
}

static int creation_prepare(struct creation *c)
{
	struct vexfs_key symlink = vexfs_key_make(c->ino, VEXFS_ITEM_SYMLINK, 0);
	struct vexfs_key backref = vexfs_backref_key(c->ino, c->backref_offset);
	struct vexfs_key orphan = vexfs_orphan_key(c->ino);
	struct vexfs_tree *tree = &c->subvol->tree;
	bool is_symlink = vexfs_inode_is(&c->inode, VEXFS_S_IFLNK);
	u32 room = CREATE_ROOM + (is_symlink ? SYMLINK_ROOM : 0) + vexfs_xattrs_new_room(c->what);
	int err = vexfs_inode_prepare(tree, c->ino, room);

	if (!err)
		err = vexfs_xattrs_new_prepare(tree, c->ino, c->what, room);
	if (!c->name.count)
		return err ? err : vexfs_tree_prepare(tree, &orphan, room);
	if (!err)
		err = vexfs_inode_prepare(tree, c->dir_ino, room);
	if (!err)
		err = vexfs_entry_prepare(tree, c->dir_ino, c->place.free_cookie, room);
	if (!err)
		err = vexfs_tree_prepare(tree, &backref, room);
	if (!err && is_symlink)
		err = vexfs_tree_prepare(tree, &symlink, room);
	return err;
}

static void creation_apply(struct creation *c)
{
	struct vexfs_key symlink = vexfs_key_make(c->ino, VEXFS_ITEM_SYMLINK, 0);
	struct vexfs_backref ref = { c->dir_ino, c->place.free_cookie, c->name };
	struct vexfs_key orphan = vexfs_orphan_key(c->ino);
	struct vexfs_tree *tree = &c->subvol->tree;

	vexfs_inode_insert(tree, c->ino, &c->inode);
	vexfs_xattrs_new_insert(tree, c->ino, c->what, c->xattr_buffer);
	if (vexfs_inode_is(&c->inode, VEXFS_S_IFLNK))
		vexfs_tree_insert(tree, &symlink, c->what->target, c->what->target_bytes);
	if (c->name.count) {
		vexfs_backref_insert(tree, c->ino, c->backref_offset, &ref);
		vexfs_entry_insert(tree, c->dir_ino, c->place.free_cookie, c->ino,
				   c->inode.mode & VEXFS_S_IFMT, c->name);
		vexfs_dir_touch(&c->dir, 1, vexfs_inode_is(&c->inode, VEXFS_S_IFDIR));
		vexfs_inode_update(tree, c->dir_ino, &c->dir);
	} else {
		vexfs_tree_insert(tree, &orphan, NULL, 0);
	}
	c->subvol->next_ino++;
	c->subvol->inodes++;
	c->subvol->dirty = true;
}

static int place_for_new(struct creation *c)
{
	bool found;
	u64 unused;
	int err;

	if (!c->name.count)
		return 0;
	if (vexfs_name_is_dots(c->name))
		return VEXFS_ERR(EEXIST);
	err = vexfs_entry_find(&c->subvol->tree, c->dir_ino, c->name, &c->place);
	if (err)
		return err;
	if (c->place.found)
		return VEXFS_ERR(EEXIST);
	if (!c->place.has_free)
		return VEXFS_ERR(ENOSPC);
	return vexfs_backref_find(&c->subvol->tree, c->ino, c->dir_ino, c->place.free_cookie,
				  &found, &unused, &c->backref_offset);
}

static int create_locked(struct vexfs_txn *txn, struct creation *c, u64 tree)
{
	int err = vexfs_subvol_get_writable(txn, tree, &c->subvol);

	if (!err)
		err = vexfs_dir_read(&c->subvol->tree, c->dir_ino, &c->dir);
	if (err)
		return err;
	c->ino = c->subvol->next_ino;
	err = place_for_new(c);
	if (err)
		return err;
	creation_inode_fill(c);
	err = creation_prepare(c);
	if (err)
		return err;
	creation_apply(c);
	return 0;
}

int vexfs_name_create(struct vexfs_txn *txn, struct vexfs_id dir, struct vexfs_name name,
		      const struct vexfs_create *what, struct vexfs_id *id,
		      struct vexfs_attr *attr)
{
	struct creation c = { .name = name, .dir_ino = dir.ino, .what = what };
	int err = name.count ? vexfs_name_check(name) : 0;

	if (!err)
		err = creation_check(what, name);
	if (!err && what->xattr_count) {
		c.xattr_buffer = vexfs_port_alloc(VEXFS_ITEM_MAX_BYTES);
		err = c.xattr_buffer ? 0 : VEXFS_ERR(ENOMEM);
	}
	if (!err)
		err = vexfs_txn_begin(txn, VEXFS_SPACE_NORMAL);
	if (!err)
		err = vexfs_txn_end(txn, create_locked(txn, &c, dir.tree));
	vexfs_port_free(c.xattr_buffer);
	if (err)
		return err;
	id->tree = dir.tree;
	id->ino = c.ino;
	vexfs_inode_attr(&c.inode, attr);
	return 0;
}

/* ---- link ---- */

static int link_locked(struct vexfs_txn *txn, struct creation *c, u64 tree)
{
	struct vexfs_key orphan = vexfs_orphan_key(c->ino), backref;
	struct vexfs_backref ref = { c->dir_ino, 0, c->name };
	struct vexfs_tree *t;
	int err = vexfs_subvol_get_writable(txn, tree, &c->subvol);

	if (err)
		return err;
	t = &c->subvol->tree;
	err = vexfs_inode_read(t, c->ino, &c->inode);
	if (!err && vexfs_inode_is(&c->inode, VEXFS_S_IFDIR))
		err = VEXFS_ERR(EPERM);
	if (!err && c->inode.nlink >= VEXFS_LINK_MAX)
		err = VEXFS_ERR(EMLINK);
	if (!err)
		err = vexfs_inode_settle(txn, c->subvol, c->ino, &c->inode);
	if (!err)
		err = vexfs_dir_read(t, c->dir_ino, &c->dir);
	if (!err)
		err = place_for_new(c);
	if (err)
		return err;
	backref = vexfs_backref_key(c->ino, c->backref_offset);
	ref.cookie = c->place.free_cookie;
	err = vexfs_inode_prepare(t, c->ino, VEXFS_NAME_ROOM_BYTES);
	if (!err)
		err = vexfs_inode_prepare(t, c->dir_ino, VEXFS_NAME_ROOM_BYTES);
	if (!err)
		err = vexfs_entry_prepare(t, c->dir_ino, ref.cookie, VEXFS_NAME_ROOM_BYTES);
	if (!err)
		err = vexfs_tree_prepare(t, &backref, VEXFS_NAME_ROOM_BYTES);
	if (!err && !c->inode.nlink)
		err = vexfs_tree_prepare(t, &orphan, VEXFS_NAME_ROOM_BYTES);
	if (err)
		return err;
	vexfs_backref_insert(t, c->ino, c->backref_offset, &ref);
	vexfs_entry_insert(t, c->dir_ino, ref.cookie, c->ino, c->inode.mode & VEXFS_S_IFMT,
			   c->name);
	vexfs_dir_touch(&c->dir, 1, 0);
	vexfs_inode_update(t, c->dir_ino, &c->dir);
	c->inode.nlink++;
	c->inode.ctime = c->dir.ctime;
	vexfs_inode_update(t, c->ino, &c->inode);
	if (c->inode.nlink == 1)
		vexfs_tree_remove(t, &orphan);
	return 0;
}

int vexfs_name_link(struct vexfs_txn *txn, struct vexfs_id id, struct vexfs_id dir,
		    struct vexfs_name name, struct vexfs_attr *attr)
{
	struct creation c = { .name = name, .dir_ino = dir.ino, .ino = id.ino };
	int err = vexfs_name_check(name);

	if (!err && id.tree != dir.tree)
		err = VEXFS_ERR(EXDEV);
	if (!err)
		err = vexfs_txn_begin(txn, VEXFS_SPACE_NORMAL);
	if (err)
		return err;
	err = vexfs_txn_end(txn, link_locked(txn, &c, id.tree));
	if (!err)
		vexfs_inode_attr(&c.inode, attr);
	return err;
}

/* ---- unlink, rmdir ---- */

static int removal_check(const struct vexfs_tree *tree, u64 ino, const struct vexfs_inode *inode,
			 bool is_rmdir)
{
	bool empty;
	int err;

	if (!is_rmdir)
		return vexfs_inode_is(inode, VEXFS_S_IFDIR) ? VEXFS_ERR(EISDIR) : 0;
	if (!vexfs_inode_is(inode, VEXFS_S_IFDIR))
		return VEXFS_ERR(ENOTDIR);
	err = vexfs_dir_is_empty(tree, ino, &empty);
	if (err)
		return err;
	return empty ? 0 : VEXFS_ERR(ENOTEMPTY);
}

static int remove_prepare(struct creation *c, const struct vexfs_key *backref)
{
	struct vexfs_key orphan = vexfs_orphan_key(c->place.ino);
	u32 room = VEXFS_TREE_ITEM_ROOM(0);
	struct vexfs_tree *tree = &c->subvol->tree;
	int err = vexfs_inode_prepare(tree, c->dir_ino, room);

	if (!err)
		err = vexfs_inode_prepare(tree, c->place.ino, room);
	if (!err)
		err = vexfs_entry_prepare(tree, c->dir_ino, c->place.cookie, room);
	if (!err)
		err = vexfs_tree_prepare(tree, backref, room);
	if (!err)
		err = vexfs_tree_prepare(tree, &orphan, room);
	return err;
}

static int remove_locked(struct vexfs_txn *txn, struct creation *c, u64 tree_id, bool is_rmdir)
{
	struct vexfs_key orphan, backref;
	struct vexfs_tree *tree;
	u64 offset, unused;
	bool found;
	int err = vexfs_subvol_get_writable(txn, tree_id, &c->subvol);

	if (err)
		return err;
	tree = &c->subvol->tree;
	err = vexfs_dir_read(tree, c->dir_ino, &c->dir);
	if (!err)
		err = vexfs_entry_find(tree, c->dir_ino, c->name, &c->place);
	if (!err && !c->place.found)
		err = VEXFS_ERR(ENOENT);
	if (!err)
		err = vexfs_entry_inode_read(tree, &c->place, &c->inode);
	if (err)
		return err;
	err = removal_check(tree, c->place.ino, &c->inode, is_rmdir);
	if (!err)
		err = vexfs_inode_settle(txn, c->subvol, c->place.ino, &c->inode);
	if (!err)
		err = vexfs_backref_find(tree, c->place.ino, c->dir_ino, c->place.cookie, &found,
					 &offset, &unused);
	if (!err && (!found || !c->inode.nlink))
		err = VEXFS_ERR(EUCLEAN);
	if (err)
		return err;
	backref = vexfs_backref_key(c->place.ino, offset);
	orphan = vexfs_orphan_key(c->place.ino);
	err = remove_prepare(c, &backref);
	if (err)
		return err;
	c->inode.nlink = is_rmdir ? 0 : c->inode.nlink - 1;
	if (!c->inode.nlink)
		vexfs_tree_insert(tree, &orphan, NULL, 0);
	vexfs_dir_touch(&c->dir, -1, is_rmdir ? -1 : 0);
	c->inode.ctime = c->dir.ctime;
	vexfs_inode_update(tree, c->dir_ino, &c->dir);
	vexfs_inode_update(tree, c->place.ino, &c->inode);
	vexfs_entry_remove(tree, c->dir_ino, c->place.cookie);
	vexfs_tree_remove(tree, &backref);
	return 0;
}

int vexfs_name_remove(struct vexfs_txn *txn, struct vexfs_id dir, struct vexfs_name name,
		      bool is_rmdir, struct vexfs_removed *removed)
{
	struct creation c = { .name = name, .dir_ino = dir.ino };
	int err = vexfs_name_check(name);

	if (!err && vexfs_name_is_dots(name))
		err = !is_rmdir ? VEXFS_ERR(EISDIR) :
		      name.count == 1 ? VEXFS_ERR(EINVAL) : VEXFS_ERR(ENOTEMPTY);
	if (!err)
		err = vexfs_txn_begin(txn, VEXFS_SPACE_RELEASE);
	if (err)
		return err;
	err = vexfs_txn_end(txn, remove_locked(txn, &c, dir.tree, is_rmdir));
	if (err)
		return err;
	removed->id.tree = dir.tree;
	removed->id.ino = c.place.ino;
	removed->nlink = c.inode.nlink;
	return 0;
}

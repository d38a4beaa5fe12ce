// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * One file tree: its items come in order of inode, so each inode is judged when its last item was
 * seen. Names are followed both ways, from entry to back reference and from back reference to
 * entry.
 */
#include <vexfs/errors.h>

#include "check/check.h"
#include "format/hash.h"
#include "fs/fork.h"
#include "fs/xattr.h"

struct gathered {
	u64 ino;		/* 0: none */
	bool has_inode;
	struct vexfs_inode inode;
	u64 backrefs, entries, subdirs;
	u64 blocks[VEXFS_FORK_COUNT];
	u64 extent_end[VEXFS_FORK_COUNT];	/* in file blocks */
	u64 data_end[VEXFS_FORK_COUNT];		/* the same without what is only reserved */
	bool has_symlink;
};

struct tree_check {
	struct vexfs_checker *checker;
	struct vexfs_subvol *subvol;
	struct gathered at;
	u64 inodes, vectors_bytes;
};

static void complain(struct tree_check *check, const char *what, u64 expected, u64 actual)
{
	vexfs_checker_report(check->checker, (struct vexfs_finding){ .what = what,
								     .ino = check->at.ino,
								     .expected = expected,
								     .actual = actual });
}

static void expect(struct tree_check *check, const char *what, u64 expected, u64 actual)
{
	if (expected != actual)
		complain(check, what, expected, actual);
}

/* Turns an error of reading into a finding; only running out of memory ends the check. */
static int told(struct tree_check *check, const char *what, int err)
{
	if (!err || err == -ENOMEM)
		return err;
	vexfs_checker_report(check->checker, (struct vexfs_finding){ .what = what,
								     .ino = check->at.ino,
								     .error = err });
	return 0;
}

/* ---- the end of an inode ---- */

static int orphan_check(struct tree_check *check)
{
	struct vexfs_key key = vexfs_orphan_key(check->at.ino);
	bool wanted = !check->at.inode.nlink || (check->at.inode.flags & VEXFS_INODE_CUTTING);
	u32 bytes;
	u8 none;
	int err = vexfs_tree_read(&check->subvol->tree, &key, &none, 0, &bytes);

	if (err && err != -ENOENT)
		return told(check, "orphan item", err);
	expect(check, "orphan item", wanted, !err);
	return 0;
}

static void links_check(struct tree_check *check)
{
	const struct gathered *at = &check->at;

	if (!vexfs_inode_is(&at->inode, VEXFS_S_IFDIR)) {
		expect(check, "link count", at->backrefs, at->inode.nlink);
		expect(check, "entries in what is no directory", 0, at->entries);
		return;
	}
	expect(check, "entry count of a directory", at->entries, at->inode.size[0]);
	if (at->inode.nlink)
		expect(check, "link count of a directory", 2 + at->subdirs, at->inode.nlink);
	expect(check, "parents of a directory",
	       at->ino != VEXFS_ROOT_INO && at->inode.nlink ? 1 : 0, at->backrefs);
}

static void sizes_check(struct tree_check *check)
{
	const struct gathered *at = &check->at;
	u32 fork;

	for (fork = 0; fork < VEXFS_FORK_COUNT; fork++) {
		u64 blocks = (at->inode.size[fork] + VEXFS_BLOCK_BYTES - 1) / VEXFS_BLOCK_BYTES;

		expect(check, "block count", at->blocks[fork], at->inode.blocks[fork]);
		if (at->data_end[fork] > blocks && !(at->inode.flags & VEXFS_INODE_CUTTING) &&
		    at->inode.nlink)
			complain(check, "extent beyond the end", blocks, at->data_end[fork]);
	}
	expect(check, "symlink target", vexfs_inode_is(&at->inode, VEXFS_S_IFLNK),
	       at->has_symlink);
}

static int inode_finish(struct tree_check *check)
{
	if (!check->at.ino)
		return 0;
	if (!check->at.has_inode) {
		complain(check, "items without an inode", 1, 0);
		return 0;
	}
	check->inodes++;
	check->vectors_bytes += check->at.inode.size[1];
	links_check(check);
	sizes_check(check);
	return orphan_check(check);
}

/* ---- items ---- */

static int inode_visit(struct tree_check *check, const struct vexfs_cursor *cursor)
{
	int err = vexfs_inode_decode(vexfs_cursor_data(cursor), vexfs_cursor_bytes(cursor),
				     &check->at.inode);

	check->at.has_inode = !err;
	check->checker->result.inodes++;
	if (check->at.ino >= check->subvol->next_ino)
		complain(check, "inode number", check->subvol->next_ino, check->at.ino);
	return told(check, "inode item", err);
}

static int backref_visit(struct tree_check *check, const struct vexfs_cursor *cursor)
{
	struct vexfs_backref ref;
	struct vexfs_place place;
	int err = vexfs_backref_decode(vexfs_cursor_data(cursor), vexfs_cursor_bytes(cursor), &ref);

	check->at.backrefs++;
	if (!err)
		err = vexfs_entry_find(&check->subvol->tree, ref.parent, ref.name, &place);
	if (err)
		return told(check, "back reference", err);
	if (!place.found || place.ino != check->at.ino || place.cookie != ref.cookie)
		complain(check, "back reference without its entry", check->at.ino,
			 place.found ? place.ino : 0);
	return 0;
}

static int entry_visit(struct tree_check *check, const struct vexfs_cursor *cursor)
{
	u64 cookie = vexfs_cursor_key(cursor).offset, base, ino, offset, unused;
	struct vexfs_tree *tree = &check->subvol->tree;
	struct vexfs_inode inode;
	struct vexfs_name name;
	bool found;
	u32 type;
	int err = vexfs_entry_decode(vexfs_cursor_data(cursor), vexfs_cursor_bytes(cursor), &ino,
				     &type, &name);

	check->at.entries++;
	check->checker->result.entries++;
	if (err)
		return told(check, "directory entry", err);
	base = vexfs_cookie(vexfs_hash(tree->io->super.hash_seed, name.bytes, name.count));
	if (cookie - base >= VEXFS_COOKIE_PROBES)
		complain(check, "hash of an entry", base, cookie);
	err = vexfs_inode_read(tree, ino, &inode);
	if (!err)
		err = vexfs_backref_find(tree, ino, check->at.ino, cookie, &found, &offset,
					 &unused);
	if (err)
		return told(check, "inode of an entry", err);
	if (!found)
		complain(check, "entry without its back reference", 1, 0);
	expect(check, "type of an entry", inode.mode & VEXFS_S_IFMT, type);
	check->at.subdirs += vexfs_inode_is(&inode, VEXFS_S_IFDIR);
	return 0;
}

static int xattr_visit(struct tree_check *check, const struct vexfs_cursor *cursor)
{
	struct vexfs_key key = vexfs_cursor_key(cursor);
	u32 chunk, value_bytes, name_bytes, bytes;
	u8 none;
	int err;

	if (key.offset & ((1u << VEXFS_XATTR_PROBE_SHIFT) - 1))
		return 0;
	err = vexfs_xattr_decode(vexfs_cursor_data(cursor), vexfs_cursor_bytes(cursor),
				 &value_bytes, &name_bytes);
	for (chunk = 1; !err && chunk * VEXFS_XATTR_CHUNK_BYTES < value_bytes; chunk++) {
		key.offset++;
		err = vexfs_tree_read(&check->subvol->tree, &key, &none, 0, &bytes);
	}
	return told(check, "extended attribute", err);
}

static int extent_visit(struct tree_check *check, const struct vexfs_cursor *cursor)
{
	struct vexfs_key key = vexfs_cursor_key(cursor);
	u32 fork = key.type - VEXFS_ITEM_EXTENT;
	struct vexfs_extent extent;
	int err = vexfs_extent_decode(vexfs_cursor_data(cursor), vexfs_cursor_bytes(cursor),
				      key.offset, &extent);

	if (err)
		return 0;	/* the recount has told */
	if (fork >= VEXFS_FORK_COUNT) {
		complain(check, "number of a fork", VEXFS_FORK_COUNT - 1, fork);
		return 0;
	}
	if (check->at.has_inode && !vexfs_inode_is(&check->at.inode, VEXFS_S_IFREG))
		complain(check, "content of what is no file", 0, extent.len);
	if (key.offset < check->at.extent_end[fork])
		complain(check, "overlapping extents", check->at.extent_end[fork], key.offset);
	check->at.blocks[fork] += extent.disk_blocks;
	if (extent.kind == VEXFS_EXTENT_INLINE)
		extent.len = extent.len != 0;
	check->at.extent_end[fork] = key.offset + extent.len;
	if (extent.kind != VEXFS_EXTENT_UNWRITTEN)
		check->at.data_end[fork] = check->at.extent_end[fork];
	return 0;
}

static int symlink_visit(struct tree_check *check, const struct vexfs_cursor *cursor)
{
	check->at.has_symlink = true;
	expect(check, "length of a symlink", check->at.inode.size[0], vexfs_cursor_bytes(cursor));
	return 0;
}

/* Items of object 0 are orphans; whether they should be is judged with their inode. */
static int orphan_visit(struct tree_check *check, const struct vexfs_key *key)
{
	struct vexfs_inode inode;
	int err;

	if (key->type != VEXFS_ITEM_ORPHAN)
		return told(check, "item of no inode", VEXFS_ERR(EUCLEAN));
	err = vexfs_inode_read(&check->subvol->tree, key->offset, &inode);
	return told(check, "inode of an orphan item", err);
}

static int item_visit(struct tree_check *check, const struct vexfs_cursor *cursor)
{
	struct vexfs_key key = vexfs_cursor_key(cursor);
	int err;

	if (!key.object)
		return orphan_visit(check, &key);
	if (key.object != check->at.ino) {
		err = inode_finish(check);
		if (err)
			return err;
		memset(&check->at, 0, sizeof(check->at));
		check->at.ino = key.object;
	}
	switch (key.type) {
	case VEXFS_ITEM_INODE:
		return inode_visit(check, cursor);
	case VEXFS_ITEM_BACKREF:
		return backref_visit(check, cursor);
	case VEXFS_ITEM_XATTR:
		return xattr_visit(check, cursor);
	case VEXFS_ITEM_SYMLINK:
		return symlink_visit(check, cursor);
	case VEXFS_ITEM_ENTRY:
		return entry_visit(check, cursor);
	default:
		if (vexfs_key_is_extent(&key))
			return extent_visit(check, cursor);
		return told(check, "type of an item", VEXFS_ERR(EUCLEAN));
	}
}

int vexfs_tree_check(struct vexfs_checker *checker, struct vexfs_subvol *subvol)
{
	struct tree_check *check = vexfs_port_alloc(sizeof(*check));
	struct vexfs_key lowest = { 0 };
	struct vexfs_inode root;
	struct vexfs_cursor cursor;
	int err;

	if (!check)
		return VEXFS_ERR(ENOMEM);
	check->checker = checker;
	check->subvol = subvol;
	err = vexfs_cursor_open(&cursor, &subvol->tree, &lowest);
	while (!err && !cursor.at_end) {
		err = item_visit(check, &cursor);
		if (!err)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	if (!err)
		err = inode_finish(check);
	check->at.ino = VEXFS_ROOT_INO;
	if (!err)
		err = told(check, "root directory",
			   vexfs_dir_read(&subvol->tree, VEXFS_ROOT_INO, &root));
	check->at.ino = 0;
	expect(check, "inode count of a tree", check->inodes, subvol->inodes);
	expect(check, "vector bytes of a tree", check->vectors_bytes, subvol->vectors_bytes);
	err = told(check, "tree", err);
	vexfs_port_free(check);
	return err;
}

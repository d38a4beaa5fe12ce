// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Items one by one, and what the items of an inode say together. */
#include <vexfs/errors.h>

#include "check/repair.h"
#include "fs/fork.h"
#include "fs/xattr.h"

static bool extent_is_sane(const struct vexfs_super *super, const struct vexfs_key *key,
			   const void *data, u32 bytes)
{
	struct vexfs_extent extent;
	u64 block;

	if (key->type - VEXFS_ITEM_EXTENT >= VEXFS_FORK_COUNT ||
	    vexfs_extent_decode(data, bytes, key->offset, &extent))
		return false;
	if (extent.block >= super->total_blocks ||
	    extent.disk_blocks > super->total_blocks - extent.block)
		return false;
	for (block = extent.block; block < extent.block + extent.disk_blocks; block++) {
		if (vexfs_block_is_fixed(super, block))
			return false;
	}
	return true;
}

bool vexfs_repair_item_is_sane(const struct vexfs_super *super, const struct vexfs_key *key,
			       const void *data, u32 bytes)
{
	struct vexfs_inode inode;
	struct vexfs_backref ref;
	struct vexfs_name name;
	u32 first, second;
	u64 ino;

	if (!key->object)
		return key->type == VEXFS_ITEM_ORPHAN && !bytes;
	switch (key->type) {
	case VEXFS_ITEM_INODE:
		return !key->offset && bytes == sizeof(struct vexfs_disk_inode) &&
		       !vexfs_inode_decode(data, bytes, &inode);
	case VEXFS_ITEM_BACKREF:
		return !vexfs_backref_decode(data, bytes, &ref);
	case VEXFS_ITEM_XATTR:
		if (key->offset & ((1u << VEXFS_XATTR_PROBE_SHIFT) - 1))
			return bytes && bytes <= VEXFS_XATTR_CHUNK_BYTES;
		return !vexfs_xattr_decode(data, bytes, &first, &second);
	case VEXFS_ITEM_SYMLINK:
		return !key->offset && bytes && bytes < VEXFS_BLOCK_BYTES;
	case VEXFS_ITEM_ENTRY:
		return !vexfs_entry_decode(data, bytes, &ino, &first, &name) && ino;
	default:
		return vexfs_key_is_extent(key) && extent_is_sane(super, key, data, bytes);
	}
}

/* ---- walking and changing ---- */

int vexfs_repair_change(struct vexfs_repair *repair)
{
	vexfs_cursor_close(&repair->cursor);
	return vexfs_txn_step(repair->txn, VEXFS_SPACE_RELEASE, NULL);
}

int vexfs_repair_item_remove(struct vexfs_repair *repair, const struct vexfs_key *key)
{
	int err = vexfs_repair_change(repair);

	if (!err)
		err = vexfs_tree_prepare(repair->tree, key, 0);
	if (!err)
		vexfs_tree_remove(repair->tree, key);
	return err;
}

static bool successor(struct vexfs_key *key)
{
	if (++key->offset)
		return true;
	if (++key->type)
		return true;
	return ++key->object != 0;
}

int vexfs_repair_each(struct vexfs_repair *repair, int (*visit)(struct vexfs_repair *repair))
{
	struct vexfs_cursor *cursor = &repair->cursor;
	struct vexfs_key key = vexfs_key_lowest;
	int err = vexfs_cursor_open(cursor, repair->tree, &key);

	while (!err && !cursor->at_end) {
		repair->item.key = key = vexfs_cursor_key(cursor);
		repair->item.bytes = vexfs_cursor_bytes(cursor);
		memcpy(repair->item.data, vexfs_cursor_data(cursor), repair->item.bytes);
		err = visit(repair);
		if (err)
			break;
		if (cursor->height)
			err = vexfs_cursor_next(cursor);
		else if (successor(&key))
			err = vexfs_cursor_open(cursor, repair->tree, &key);
	}
	vexfs_cursor_close(cursor);
	return err;
}

/* ---- what the items of one inode say ---- */

static void extent_gather(struct vexfs_gathered *at, const struct vexfs_item *item)
{
	u32 fork = item->key.type - VEXFS_ITEM_EXTENT;
	struct vexfs_extent extent;

	if (vexfs_extent_decode(item->data, item->bytes, item->key.offset, &extent))
		return;
	at->blocks[fork] += extent.disk_blocks;
	if (extent.kind == VEXFS_EXTENT_INLINE) {
		at->end_block[fork] = at->data_end[fork] = extent.len != 0;
		at->end_bytes[fork] = extent.len;
	} else {
		at->end_block[fork] = item->key.offset + extent.len;
	}
	if (extent.kind == VEXFS_EXTENT_UNWRITTEN || extent.kind == VEXFS_EXTENT_INLINE)
		return;
	at->data_end[fork] = at->end_block[fork];
	at->end_bytes[fork] = at->end_block[fork] * VEXFS_BLOCK_BYTES;
}

static void item_gather(struct vexfs_gathered *at, const struct vexfs_item *item)
{
	struct vexfs_name name;
	u32 type;
	u64 ino;

	switch (item->key.type) {
	case VEXFS_ITEM_INODE:
		at->has_inode = !vexfs_inode_decode(item->data, item->bytes, &at->inode);
		break;
	case VEXFS_ITEM_BACKREF:
		at->backrefs++;
		break;
	case VEXFS_ITEM_SYMLINK:
		at->has_symlink = true;
		at->symlink_bytes = item->bytes;
		break;
	case VEXFS_ITEM_ENTRY:
		at->entries++;
		if (!vexfs_entry_decode(item->data, item->bytes, &ino, &type, &name))
			at->subdirs += type == VEXFS_S_IFDIR;
		break;
	default:
		if (vexfs_key_is_extent(&item->key))
			extent_gather(at, item);
	}
}

/* ---- every object is an inode ---- */

/* The type that a name of the inode gives it, as far as such an inode can be made of nothing. */
static u32 type_by_name(struct vexfs_repair *repair, u64 ino)
{
	struct vexfs_key key = vexfs_backref_key(ino, 0);
	struct vexfs_place place = { .found = false };
	struct vexfs_cursor cursor;
	struct vexfs_backref ref;

	if (vexfs_cursor_open(&cursor, repair->tree, &key))
		return VEXFS_S_IFREG;
	if (!cursor.at_end) {
		key = vexfs_cursor_key(&cursor);
		if (key.object == ino && key.type == VEXFS_ITEM_BACKREF &&
		    !vexfs_backref_decode(vexfs_cursor_data(&cursor),
					  vexfs_cursor_bytes(&cursor), &ref) &&
		    vexfs_entry_find(repair->tree, ref.parent, ref.name, &place))
			place.found = false;
	}
	vexfs_cursor_close(&cursor);
	if (place.found && place.ino == ino &&
	    (place.type == VEXFS_S_IFDIR || place.type == VEXFS_S_IFIFO ||
	     place.type == VEXFS_S_IFSOCK))
		return place.type;
	return VEXFS_S_IFREG;
}

static u32 mode_guess(struct vexfs_repair *repair, const struct vexfs_gathered *at)
{
	if (at->entries || at->ino == VEXFS_ROOT_INO)
		return VEXFS_S_IFDIR | 0700;
	if (at->has_symlink)
		return VEXFS_S_IFLNK | 0777;
	if (at->end_block[0] || at->end_block[1])
		return VEXFS_S_IFREG | 0600;
	return type_by_name(repair, at->ino) | 0600;
}

static int inode_make(struct vexfs_repair *repair, u64 ino, u32 mode, const u64 *size_bytes)
{
	struct vexfs_inode inode = { .mode = mode, .size = { size_bytes[0], size_bytes[1] } };
	int err = vexfs_repair_change(repair);

	if (!err)
		err = vexfs_inode_prepare(repair->tree, ino,
					  VEXFS_TREE_ITEM_ROOM((u32)sizeof(struct
									   vexfs_disk_inode)));
	if (err)
		return err;
	inode.data_generation = repair->txn->io.generation;
	inode.atime = inode.mtime = inode.ctime = inode.btime = vexfs_time_now();
	vexfs_inode_insert(repair->tree, ino, &inode);
	return 0;
}

/* Makes inode @ino be a directory, whatever it was. */
static int root_make(struct vexfs_repair *repair)
{
	const u64 empty[VEXFS_FORK_COUNT] = { 0, 0 };
	struct vexfs_inode inode;
	int err = vexfs_inode_read(repair->tree, VEXFS_ROOT_INO, &inode);

	if (err == -ESTALE) {
		vexfs_repair_tell(repair, "made a root directory", VEXFS_ROOT_INO);
		return inode_make(repair, VEXFS_ROOT_INO, VEXFS_S_IFDIR | 0700, empty);
	}
	if (err || vexfs_inode_is(&inode, VEXFS_S_IFDIR))
		return err;
	vexfs_repair_tell(repair, "made the root a directory", VEXFS_ROOT_INO);
	inode.mode = VEXFS_S_IFDIR | 0700;
	err = vexfs_repair_change(repair);
	if (!err)
		err = vexfs_inode_prepare(repair->tree, VEXFS_ROOT_INO, 0);
	if (!err)
		vexfs_inode_update(repair->tree, VEXFS_ROOT_INO, &inode);
	return err;
}

/* A link whose target is lost leads nowhere, but keeps its name. */
static int symlink_make(struct vexfs_repair *repair, u64 ino)
{
	struct vexfs_key key = vexfs_key_make(ino, VEXFS_ITEM_SYMLINK, 0);
	int err = vexfs_repair_change(repair);

	if (!err)
		err = vexfs_tree_prepare(repair->tree, &key, VEXFS_TREE_ITEM_ROOM(1));
	if (!err) {
		vexfs_tree_insert(repair->tree, &key, "?", 1);
		vexfs_repair_tell(repair, "lost the target of a symbolic link", ino);
	}
	return err;
}

static int object_finish(struct vexfs_repair *repair)
{
	const struct vexfs_gathered *at = &repair->at;
	struct vexfs_key key = vexfs_key_make(at->ino, VEXFS_ITEM_SYMLINK, 0);
	bool is_link;
	u32 mode;

	if (!at->ino)
		return 0;
	if (!at->has_inode) {
		vexfs_repair_tell(repair, "made an inode for items without one", at->ino);
		mode = mode_guess(repair, at);
		/* What came before it was known to be no file is seen once more. */
		if ((mode & VEXFS_S_IFMT) != VEXFS_S_IFREG &&
		    (at->end_block[0] || at->end_block[1]))
			repair->has_more_items = true;
		return inode_make(repair, at->ino, mode, at->end_bytes);
	}
	is_link = vexfs_inode_is(&at->inode, VEXFS_S_IFLNK);
	if (is_link && !at->has_symlink)
		return symlink_make(repair, at->ino);
	if (!is_link && at->has_symlink) {
		vexfs_repair_tell(repair, "removed the target of what is no symbolic link",
				  at->ino);
		return vexfs_repair_item_remove(repair, &key);
	}
	return 0;
}

/* Whether an attribute has all its chunks, and a chunk its attribute. */
static int xattr_is_whole(struct vexfs_repair *repair, bool *whole)
{
	const u64 mask = (1u << VEXFS_XATTR_PROBE_SHIFT) - 1;
	struct vexfs_key key = repair->item.key;
	u32 value_bytes = 0, name_bytes, unused, chunk;
	u8 none;
	int err = 0;

	*whole = true;
	if (key.offset & mask) {
		key.offset &= ~mask;
		err = vexfs_tree_read(repair->tree, &key, &none, 0, &unused);
	} else {
		err = vexfs_xattr_decode(repair->item.data, repair->item.bytes, &value_bytes,
					 &name_bytes);
	}
	for (chunk = 1; !err && chunk * VEXFS_XATTR_CHUNK_BYTES < value_bytes; chunk++) {
		key.offset++;
		err = vexfs_tree_read(repair->tree, &key, &none, 0, &unused);
	}
	if (err == -ENOENT || err == -EUCLEAN) {
		*whole = false;
		err = 0;
	}
	return err;
}

static int object_visit(struct vexfs_repair *repair)
{
	struct vexfs_gathered *at = &repair->at;
	struct vexfs_key key = repair->item.key;
	u32 fork = key.type - VEXFS_ITEM_EXTENT;
	struct vexfs_inode inode;
	bool whole;
	int err;

	if (!key.object) {
		err = vexfs_inode_read(repair->tree, key.offset, &inode);
		return err == -ESTALE ? vexfs_repair_item_remove(repair, &key) : err;
	}
	if (key.object != at->ino) {
		err = object_finish(repair);
		if (err)
			return err;
		memset(at, 0, sizeof(*at));
		at->ino = key.object;
	}
	if (vexfs_key_is_extent(&key) && at->has_inode &&
	    !vexfs_inode_is(&at->inode, VEXFS_S_IFREG)) {
		vexfs_repair_tell(repair, "removed content of what is no file", at->ino);
		return vexfs_repair_item_remove(repair, &key);
	}
	if (vexfs_key_is_extent(&key) && key.offset < at->end_block[fork]) {
		vexfs_repair_tell(repair, "removed an extent that overlapped another", at->ino);
		return vexfs_repair_item_remove(repair, &key);
	}
	if (key.type == VEXFS_ITEM_XATTR) {
		err = xattr_is_whole(repair, &whole);
		if (err || whole)
			return err;
		vexfs_repair_tell(repair, "removed an incomplete extended attribute", at->ino);
		return vexfs_repair_item_remove(repair, &key);
	}
	item_gather(at, &repair->item);
	return 0;
}

int vexfs_repair_inodes(struct vexfs_repair *repair)
{
	int err = root_make(repair);

	do {
		repair->has_more_items = false;
		memset(&repair->at, 0, sizeof(repair->at));
		if (!err)
			err = vexfs_repair_each(repair, object_visit);
		if (!err)
			err = object_finish(repair);
	} while (!err && repair->has_more_items);	/* a second time at the most */
	return err;
}

/* ---- numbers that follow from the items ---- */

static void inode_totals(const struct vexfs_gathered *at, struct vexfs_inode *inode)
{
	u32 fork;

	if (vexfs_inode_is(inode, VEXFS_S_IFDIR)) {
		inode->nlink = at->backrefs || at->ino == VEXFS_ROOT_INO ?
				       2 + (u32)at->subdirs :
				       0;
		inode->size[0] = at->entries;
	} else {
		inode->nlink = (u32)at->backrefs;
	}
	if (at->has_symlink && vexfs_inode_is(inode, VEXFS_S_IFLNK))
		inode->size[0] = at->symlink_bytes;
	for (fork = 0; fork < VEXFS_FORK_COUNT; fork++) {
		u64 blocks = (inode->size[fork] + VEXFS_BLOCK_BYTES - 1) / VEXFS_BLOCK_BYTES;

		inode->blocks[fork] = at->blocks[fork];
		/* Rather some zeros too many than content too little. */
		if (at->data_end[fork] > blocks && !(inode->flags & VEXFS_INODE_CUTTING) &&
		    inode->nlink && !vexfs_inode_is(inode, VEXFS_S_IFDIR))
			inode->size[fork] = at->end_bytes[fork];
	}
}

static int orphan_settle(struct vexfs_repair *repair, u64 ino, bool wanted)
{
	struct vexfs_key key = vexfs_orphan_key(ino);
	u32 unused;
	u8 none;
	int err = vexfs_tree_read(repair->tree, &key, &none, 0, &unused);

	if (err && err != -ENOENT)
		return err;
	if (wanted == !err)
		return 0;
	vexfs_repair_tell(repair, "corrected whether an inode is an orphan", ino);
	if (!wanted)
		return vexfs_repair_item_remove(repair, &key);
	err = vexfs_repair_change(repair);
	if (!err)
		err = vexfs_tree_prepare(repair->tree, &key, VEXFS_TREE_ITEM_ROOM(0));
	if (!err)
		vexfs_tree_insert(repair->tree, &key, &none, 0);
	return err;
}

static int totals_finish(struct vexfs_repair *repair)
{
	struct vexfs_gathered *at = &repair->at;
	struct vexfs_disk_inode before, after;
	struct vexfs_inode inode = at->inode;
	int err = 0;

	if (!at->ino || !at->has_inode)
		return 0;
	inode_totals(at, &inode);
	vexfs_inode_encode(&at->inode, &before);
	vexfs_inode_encode(&inode, &after);
	if (memcmp(&before, &after, sizeof(before))) {
		vexfs_repair_tell(repair, "corrected link count, size or block count", at->ino);
		err = vexfs_repair_change(repair);
		if (!err)
			err = vexfs_inode_prepare(repair->tree, at->ino, 0);
		if (err)
			return err;
		vexfs_inode_update(repair->tree, at->ino, &inode);
	}
	repair->inodes++;
	repair->vectors_bytes += inode.size[1];
	if (at->ino >= repair->next_ino)
		repair->next_ino = at->ino + 1;
	return orphan_settle(repair, at->ino,
			     !inode.nlink || (inode.flags & VEXFS_INODE_CUTTING));
}

static int totals_visit(struct vexfs_repair *repair)
{
	int err;

	if (!repair->item.key.object)
		return 0;
	if (repair->item.key.object != repair->at.ino) {
		err = totals_finish(repair);
		if (err)
			return err;
		memset(&repair->at, 0, sizeof(repair->at));
		repair->at.ino = repair->item.key.object;
	}
	item_gather(&repair->at, &repair->item);
	return 0;
}

int vexfs_repair_totals(struct vexfs_repair *repair)
{
	struct vexfs_subvol *subvol = repair->subvol;
	struct vexfs_key key = vexfs_key_make(subvol->tree.id, VEXFS_ITEM_ROOT, 0);
	int err;

	memset(&repair->at, 0, sizeof(repair->at));
	repair->inodes = repair->vectors_bytes = 0;
	repair->next_ino = subvol->next_ino;
	err = vexfs_repair_each(repair, totals_visit);
	if (!err)
		err = totals_finish(repair);
	if (err)
		return err;
	if (subvol->inodes == repair->inodes && subvol->vectors_bytes == repair->vectors_bytes &&
	    subvol->next_ino == repair->next_ino)
		return 0;
	/* A commit is not begun for the sake of sums alone. */
	err = vexfs_repair_change(repair);
	if (!err)
		err = vexfs_tree_prepare(&repair->txn->root_tree, &key, 0);
	if (err)
		return err;
	vexfs_repair_tell(repair, "corrected the sums of a tree", 0);
	subvol->inodes = repair->inodes;
	subvol->vectors_bytes = repair->vectors_bytes;
	subvol->next_ino = repair->next_ino;
	subvol->dirty = true;
	return 0;
}

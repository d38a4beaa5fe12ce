// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Spans of a fork, and what takes their place: no data is read or written here. */
#include "fs/fork_range.h"

#include <vexfs/errors.h>

/* A span of blocks may have this many extents in the way: one for each block, and one before. */
#define PIECES_MAX	(VEXFS_EXTENT_MAX_BLOCKS + 1u)

/* Room for the new extent and for the right rest of one in the way. */
#define REPLACE_ROOM_BYTES	(2 * VEXFS_TREE_ITEM_ROOM(VEXFS_EXTENT_ITEM_MAX_BYTES))

/* An extent that is in the way. */
struct piece {
	u64 at;			/* key offset */
	u64 block;
	u32 len;		/* file blocks */
	u32 disk_blocks;
	u8 kind;
};

struct replacing {
	struct vexfs_tree *tree;
	const struct vexfs_replace *what;
	u64 to;
	u32 count;
	struct piece pieces[PIECES_MAX];
	u8 item[VEXFS_EXTENT_ITEM_MAX_BYTES];
};

static struct vexfs_key key_at(u64 ino, u64 file_block)
{
	return vexfs_fork_key(ino, VEXFS_DATA_FORK, file_block);
}

/* ---- looking ---- */

static void span_fill(struct vexfs_span *span, const struct vexfs_extent *extent, u64 at,
		     u64 file_block, u8 *csums)
{
	span->kind = extent->kind;
	span->extent = *extent;
	span->extent.payload = NULL;
	if (extent->kind == VEXFS_EXTENT_INLINE) {
		span->end = 1;
		return;
	}
	span->end = at + extent->len;
	span->extent.payload = extent->payload;
	vexfs_extent_cut_front(&span->extent, (u32)(file_block - at));
	if (csums)
		memcpy(csums, span->extent.payload,
		       (size_t)span->extent.disk_blocks * extent->csum_bytes);
	span->extent.payload = csums;
}

int vexfs_fork_span_find(struct vexfs_subvol *subvol, u64 ino, u64 file_block, u8 *csums,
			struct vexfs_span *span)
{
	struct vexfs_key key = key_at(ino, file_block), first = key_at(ino, 0), at;
	struct vexfs_cursor cursor;
	struct vexfs_extent extent;
	int err = vexfs_cursor_open_floor(&cursor, &subvol->tree, &key);

	memset(span, 0, sizeof(*span));
	span->end = VEXFS_FILE_BLOCKS_END;
	while (!err && !cursor.at_end) {
		at = vexfs_cursor_key(&cursor);
		if (at.object > ino || (at.object == ino && at.type > first.type))
			break;
		if (vexfs_key_compare(&at, &first) >= 0) {
			if (at.offset > file_block) {
				span->end = at.offset;
				break;
			}
			err = vexfs_extent_decode(vexfs_cursor_data(&cursor),
						  vexfs_cursor_bytes(&cursor), at.offset, &extent);
			if (err)
				break;
			if (file_block - at.offset <
			    (extent.kind == VEXFS_EXTENT_INLINE ? 1 : extent.len)) {
				span_fill(span, &extent, at.offset, file_block, csums);
				break;
			}
		}
		err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	return err;
}

/* ---- replacing ---- */

static int pieces_collect(struct replacing *r)
{
	u64 ino = r->what->ino;
	struct vexfs_key key = key_at(ino, r->what->from), first = key_at(ino, 0);
	struct vexfs_cursor cursor;
	struct vexfs_extent extent;
	int err = vexfs_cursor_open_floor(&cursor, r->tree, &key);

	while (!err && !cursor.at_end) {
		key = vexfs_cursor_key(&cursor);
		if (key.object > ino || (key.object == ino && key.type > first.type) ||
		    (key.object == ino && key.type == first.type && key.offset >= r->to))
			break;
		if (vexfs_key_compare(&key, &first) >= 0) {
			err = vexfs_extent_decode(vexfs_cursor_data(&cursor),
						  vexfs_cursor_bytes(&cursor), key.offset, &extent);
			if (!err && extent.kind == VEXFS_EXTENT_INLINE)
				err = VEXFS_ERR(EUCLEAN);
			if (err)
				break;
			if (r->count == PIECES_MAX) {
				r->to = key.offset;
				break;
			}
			if (key.offset + extent.len > r->what->from)
				r->pieces[r->count++] = (struct piece){ key.offset, extent.block,
									extent.len,
									extent.disk_blocks,
									extent.kind };
		}
		err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	return err;
}

/* What goes with the part of @piece that lies in the range. */
static void piece_drop(const struct replacing *r, const struct piece *piece,
		       struct vexfs_drop *drop)
{
	const struct vexfs_extent extent = { .kind = piece->kind, .block = piece->block,
					     .len = piece->len,
					     .disk_blocks = piece->disk_blocks };

	vexfs_extent_drop(&extent, piece->at, r->what->from, r->to, drop);
}

/* References come last: copying a shared leaf on the way to a key counts in the same blocks. */
static int replace_prepare(struct replacing *r)
{
	const struct vexfs_extent *extent = r->what->extent;
	struct vexfs_key key = key_at(r->what->ino, r->what->from);
	struct vexfs_drop drop;
	u32 i, incs = 1;
	int err = vexfs_inode_prepare(r->tree, r->what->ino, REPLACE_ROOM_BYTES);

	if (!err && extent)
		err = vexfs_tree_prepare(r->tree, &key, REPLACE_ROOM_BYTES);
	for (i = 0; i < r->count && !err; i++) {
		const struct piece *piece = &r->pieces[i];

		key = key_at(r->what->ino, piece->at);
		err = vexfs_tree_prepare(r->tree, &key, 0);
		if (!err && piece->at + piece->len > r->to) {
			key = key_at(r->what->ino, r->to);
			err = vexfs_tree_prepare(r->tree, &key, REPLACE_ROOM_BYTES);
		}
	}
	for (i = 0; i < r->count && !err; i++) {
		piece_drop(r, &r->pieces[i], &drop);
		err = vexfs_drop_prepare(r->tree, &drop);
		/* Of the same frame, for all we know. */
		incs += drop.adds;
	}
	if (!err && r->what->shares)
		err = vexfs_space_prepare(r->tree->space, extent->block, extent->disk_blocks, incs);
	return err;
}

/* Reads the item of a piece, which was prepared and so is in memory. */
static void piece_read(struct replacing *r, const struct piece *piece, struct vexfs_extent *extent)
{
	struct vexfs_key key = key_at(r->what->ino, piece->at);
	u32 bytes;
	int err = vexfs_tree_read(r->tree, &key, r->item, sizeof(r->item), &bytes);

	VEXFS_ASSERT(!err && bytes <= sizeof(r->item));
	err = vexfs_extent_decode(r->item, bytes, key.offset, extent);
	VEXFS_ASSERT(!err);
}

static void right_rest_insert(struct replacing *r, const struct piece *piece)
{
	struct vexfs_key key = key_at(r->what->ino, r->to);
	struct vexfs_extent extent;

	piece_read(r, piece, &extent);
	vexfs_extent_cut_front(&extent, (u32)(r->to - piece->at));
	vexfs_tree_insert(r->tree, &key, r->item, vexfs_extent_encode(&extent, r->item));
}

static void left_rest_update(struct replacing *r, const struct piece *piece)
{
	struct vexfs_key key = key_at(r->what->ino, piece->at);
	struct vexfs_extent extent;

	piece_read(r, piece, &extent);
	vexfs_extent_shorten(&extent, (u32)(r->what->from - piece->at));
	vexfs_tree_update(r->tree, &key, r->item, vexfs_extent_encode(&extent, r->item));
}

/* Returns whether it took the place of an item with the same key. */
static bool extent_put(struct replacing *r)
{
	struct vexfs_key key = key_at(r->what->ino, r->what->from);
	u32 bytes = vexfs_extent_encode(r->what->extent, r->item);
	bool exists = r->count && r->pieces[0].at == r->what->from;

	if (exists)
		vexfs_tree_update(r->tree, &key, r->item, bytes);
	else
		vexfs_tree_insert(r->tree, &key, r->item, bytes);
	return exists;
}

static void replace_apply(struct replacing *r, struct vexfs_inode *inode)
{
	const struct vexfs_replace *what = r->what;
	u64 end = r->to * VEXFS_BLOCK_BYTES;
	struct vexfs_drop drop;
	bool replaced = false;
	u32 i;

	if (end > what->end_bytes)
		end = what->end_bytes;
	if (end > inode->size[VEXFS_DATA_FORK])
		inode->size[VEXFS_DATA_FORK] = end;
	/* Before its item is shortened or replaced; only the last may reach beyond the range. */
	if (r->count) {
		const struct piece *last = &r->pieces[r->count - 1];

		if (last->at + last->len > r->to)
			right_rest_insert(r, last);
		if (r->pieces[0].at < what->from)
			left_rest_update(r, &r->pieces[0]);
	}
	if (what->extent) {
		replaced = extent_put(r);
		inode->blocks[VEXFS_DATA_FORK] += what->extent->disk_blocks;
	}
	/* First up, then down: they may be the same blocks. */
	if (what->shares)
		vexfs_data_inc(r->tree, what->extent->block, what->extent->disk_blocks);
	else if (what->extent)
		vexfs_data_claim(r->tree, what->extent->block, what->extent->disk_blocks);
	for (i = 0; i < r->count; i++) {
		piece_drop(r, &r->pieces[i], &drop);
		inode->blocks[VEXFS_DATA_FORK] -= vexfs_drop_blocks(&drop);
	}
	vexfs_inode_update(r->tree, what->ino, inode);
	for (i = 0; i < r->count; i++) {
		struct vexfs_key key = key_at(what->ino, r->pieces[i].at);

		if (r->pieces[i].at > what->from || (r->pieces[i].at == what->from && !replaced))
			vexfs_tree_remove(r->tree, &key);
		piece_drop(r, &r->pieces[i], &drop);
		vexfs_drop_apply(r->tree, &drop);
	}
}

int vexfs_fork_replace_locked(struct vexfs_subvol *subvol, struct vexfs_replace *replace,
			      struct vexfs_inode *inode)
{
	struct replacing *r = vexfs_port_alloc(sizeof(*r));
	int err;

	if (!r)
		return VEXFS_ERR(ENOMEM);
	VEXFS_ASSERT(!replace->extent || replace->to - replace->from == replace->extent->len);
	r->tree = &subvol->tree;
	r->what = replace;
	r->to = replace->to;
	err = pieces_collect(r);
	if (!err)
		err = replace_prepare(r);
	if (!err) {
		replace_apply(r, inode);
		replace->to = r->to;
	}
	vexfs_port_free(r);
	return err;
}

/* ---- what the operations share ---- */

int vexfs_fork_rewrite_begin_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol,
				    enum vexfs_space_use use, u64 ino, u64 file_block,
				    struct vexfs_rewrite *rewrite)
{
	return vexfs_run_reserve_locked(txn, subvol, use, ino, VEXFS_DATA_FORK, file_block, 1,
					&rewrite->run);
}

static int rewrite_store(struct vexfs_txn *txn, struct vexfs_id id, enum vexfs_space_use use,
			 const struct vexfs_rewrite *rewrite)
{
	struct vexfs_store store = { .ino = id.ino, .fork = VEXFS_DATA_FORK, .run = &rewrite->run,
				     .size_bytes = rewrite->size_bytes, .touch = rewrite->touch };
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	int err = vexfs_txn_begin(txn, use);

	if (err)
		return err;
	err = vexfs_fork_open_locked(txn, id, &subvol, &inode);
	if (!err)
		err = vexfs_fork_store_locked(subvol, &store);
	return vexfs_txn_end(txn, err);
}

int vexfs_fork_rewrite(struct vexfs_txn *txn, struct vexfs_id id, enum vexfs_space_use use,
		       struct vexfs_rewrite *rewrite)
{
	u8 *bounce = vexfs_port_alloc(VEXFS_BLOCK_BYTES);
	int err = bounce ? vexfs_fork_block_read(txn, id, VEXFS_DATA_FORK,
						 rewrite->run.file_block, bounce) :
			   VEXFS_ERR(ENOMEM);

	if (!err) {
		memset(bounce + rewrite->within, 0, rewrite->bytes);
		err = vexfs_run_write(txn, &rewrite->run, bounce);
	}
	if (!err)
		err = rewrite_store(txn, id, use, rewrite);
	if (err)
		vexfs_run_release(txn, &rewrite->run);
	vexfs_port_free(bounce);
	return err;
}

void vexfs_fork_touch(const struct vexfs_subvol *subvol, struct vexfs_inode *inode, bool content)
{
	inode->mtime = inode->ctime = vexfs_time_now();
	if (content)
		inode->data_generation = subvol->tree.io->generation;
}

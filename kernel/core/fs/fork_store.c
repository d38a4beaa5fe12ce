// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Pointing a fork at new blocks, and cutting it: the only places that change extents. */
#include "fs/fork.h"

#include <vexfs/errors.h>

/* Extents that one step of a cut removes. */
#define CUT_EXTENTS	64u

/* An extent that is in the way of a run, and what becomes of it. */
struct overlap {
	u64 at;			/* key offset */
	u64 block;
	u32 len;		/* file blocks; for inline 1: it is alone and at 0 */
	u32 disk_blocks;
};

struct store_work {
	struct overlap overlaps[VEXFS_EXTENT_MAX_BLOCKS + 1];
	u32 count;
	struct overlap previous;	/* ends where the run begins; len 0 when there is none */
	bool previous_is_ours;		/* plain and written by this transaction */
	u8 item[VEXFS_EXTENT_ITEM_MAX_BYTES];
	u8 old[VEXFS_INLINE_MAX_BYTES + sizeof(struct vexfs_disk_extent)];
};

/* Room for the new extent, the right rest of an old one, an orphan item. */
#define STORE_ROOM_BYTES \
	(2 * VEXFS_TREE_ITEM_ROOM(VEXFS_EXTENT_ITEM_MAX_BYTES) + VEXFS_TREE_ITEM_ROOM(0))

static u32 extent_len_blocks(const struct vexfs_extent *extent)
{
	return extent->kind == VEXFS_EXTENT_INLINE ? 1 : extent->len;
}

static int overlap_add(struct store_work *work, const struct overlap *overlap)
{
	if (work->count > VEXFS_EXTENT_MAX_BLOCKS)
		return VEXFS_ERR(EUCLEAN);
	work->overlaps[work->count++] = *overlap;
	return 0;
}

/* Looks at the extent under the cursor. *done is set behind the end of the run. */
static int overlap_visit(struct vexfs_subvol *subvol, const struct vexfs_cursor *cursor,
			 const struct vexfs_store *store, struct store_work *work, bool *done)
{
	struct vexfs_key key = vexfs_cursor_key(cursor);
	struct vexfs_key first = vexfs_fork_key(store->ino, store->fork, 0);
	struct vexfs_extent extent;
	struct overlap overlap;
	int err;

	if (vexfs_key_compare(&key, &first) < 0)
		return 0;
	*done = key.object != store->ino || key.type != first.type ||
		key.offset >= store->file_block + store->blocks;
	if (*done)
		return 0;
	err = vexfs_extent_decode(vexfs_cursor_data(cursor), vexfs_cursor_bytes(cursor),
				  key.offset, &extent);
	if (err)
		return err;
	overlap = (struct overlap){ .at = key.offset, .block = extent.block,
				    .len = extent_len_blocks(&extent),
				    .disk_blocks = extent.disk_blocks };
	if (key.offset + overlap.len > store->file_block)
		return overlap_add(work, &overlap);
	if (key.offset + overlap.len == store->file_block) {
		work->previous = overlap;
		work->previous_is_ours = extent.kind == VEXFS_EXTENT_PLAIN &&
					 extent.birth == subvol->tree.io->generation;
	}
	return 0;
}

static int overlaps_collect(struct vexfs_subvol *subvol, const struct vexfs_store *store,
			    struct store_work *work)
{
	struct vexfs_key key = vexfs_fork_key(store->ino, store->fork,
					      store->file_block ? store->file_block - 1 : 0);
	struct vexfs_cursor cursor;
	bool done = false;
	int err = vexfs_cursor_open_floor(&cursor, &subvol->tree, &key);

	while (!err && !done && !cursor.at_end) {
		err = overlap_visit(subvol, &cursor, store, work, &done);
		if (!err && !done)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	return err;
}

/* The part of an overlap that lies in [from, to), as disk blocks. */
static void overlap_part(const struct overlap *overlap, u64 from, u64 to, u64 *block, u32 *count)
{
	u64 start = overlap->at > from ? overlap->at : from;
	u64 end = overlap->at + overlap->len < to ? overlap->at + overlap->len : to;

	*count = overlap->disk_blocks && start < end ? (u32)(end - start) : 0;
	*block = overlap->block + (start - overlap->at);
}

static int overlaps_prepare(struct vexfs_subvol *subvol, u64 ino, u32 fork,
			    const struct store_work *work, u64 from, u64 to, u32 room)
{
	u32 i;
	int err = 0;

	for (i = 0; i < work->count && !err; i++) {
		const struct overlap *overlap = &work->overlaps[i];
		struct vexfs_key key = vexfs_fork_key(ino, fork, overlap->at);
		u64 block;
		u32 count;

		overlap_part(overlap, from, to, &block, &count);
		if (count)
			err = vexfs_space_prepare(subvol->tree.space, block, count, false);
		if (!err)
			err = vexfs_tree_prepare(&subvol->tree, &key, room);
	}
	return err;
}

/* Reads an item that was prepared, so that it is in memory. */
static void item_reread(struct vexfs_subvol *subvol, const struct vexfs_key *key, u8 *item,
			u32 size, struct vexfs_extent *extent)
{
	u32 bytes;
	int err = vexfs_tree_read(&subvol->tree, key, item, size, &bytes);

	VEXFS_ASSERT(!err && bytes <= size);
	err = vexfs_extent_decode(item, bytes, key->offset, extent);
	VEXFS_ASSERT(!err);
}

/* Inserts the part of @overlap from file block @from on as an extent of its own. */
static void right_rest_insert(struct vexfs_subvol *subvol, u64 ino, u32 fork,
			      const struct overlap *overlap, u64 from, struct store_work *work)
{
	struct vexfs_key key = vexfs_fork_key(ino, fork, overlap->at);
	u32 skip = (u32)(from - overlap->at);
	struct vexfs_extent extent;

	item_reread(subvol, &key, work->old, sizeof(work->old), &extent);
	extent.payload += (size_t)skip * extent.csum_bytes;
	extent.block += skip;
	extent.len -= skip;
	extent.disk_blocks -= skip;
	key.offset = from;
	vexfs_tree_insert(&subvol->tree, &key, work->old,
			  vexfs_extent_encode(&extent, work->old));
}

/* Shortens @overlap to end at file block @to. */
static void left_rest_update(struct vexfs_subvol *subvol, u64 ino, u32 fork,
			     const struct overlap *overlap, u64 to, struct store_work *work)
{
	struct vexfs_key key = vexfs_fork_key(ino, fork, overlap->at);
	struct vexfs_extent extent;

	item_reread(subvol, &key, work->old, sizeof(work->old), &extent);
	extent.len = extent.disk_blocks = (u32)(to - overlap->at);
	vexfs_tree_update(&subvol->tree, &key, work->old,
			  vexfs_extent_encode(&extent, work->old));
}

/* ---- store ---- */

struct placed {
	u64 block;
	u32 blocks;
	u64 from, to;		/* file blocks */
	bool joins_previous;
};

static u32 new_item_encode(struct vexfs_subvol *subvol, const struct vexfs_store *store,
			   const struct placed *placed, struct store_work *work)
{
	struct vexfs_key key = vexfs_fork_key(store->ino, store->fork, work->previous.at);
	struct vexfs_extent extent = { .kind = VEXFS_EXTENT_PLAIN,
				       .csum_bytes = VEXFS_CSUM_CRC32C_BYTES,
				       .block = placed->block,
				       .birth = subvol->tree.io->generation };
	u8 *payload = work->item + sizeof(struct vexfs_disk_extent);
	u32 i;

	if (placed->joins_previous)
		item_reread(subvol, &key, work->item, sizeof(work->item), &extent);
	for (i = 0; i < placed->blocks; i++) {
		const u8 *data = store->data + (size_t)i * VEXFS_BLOCK_BYTES;
		struct vexfs_le32 crc = vexfs_put32(vexfs_port_crc32c(0, data, VEXFS_BLOCK_BYTES));

		memcpy(payload + (size_t)(extent.len + i) * sizeof(crc), &crc, sizeof(crc));
	}
	extent.len += placed->blocks;
	extent.disk_blocks = extent.len;
	extent.payload = payload;
	return vexfs_extent_encode(&extent, work->item);
}

static void inode_apply(struct vexfs_subvol *subvol, const struct vexfs_store *store,
			struct vexfs_inode *inode, u64 size_bytes)
{
	u64 old = inode->size[store->fork];

	inode->size[store->fork] = size_bytes;
	if (store->touch) {
		inode->mtime = inode->ctime = vexfs_time_now();
		inode->data_generation = subvol->tree.io->generation;
	}
	if (store->cutting)
		inode->flags |= VEXFS_INODE_CUTTING;
	if (store->fork == 1) {
		subvol->vectors_bytes += size_bytes - old;
		subvol->dirty = true;
	}
	vexfs_inode_update(&subvol->tree, store->ino, inode);
}

static void store_apply(struct vexfs_subvol *subvol, const struct vexfs_store *store,
			const struct placed *placed, struct store_work *work,
			struct vexfs_inode *inode, u64 size_bytes)
{
	struct vexfs_key key = vexfs_fork_key(store->ino, store->fork, placed->from);
	struct vexfs_key orphan = vexfs_orphan_key(store->ino);
	u32 i, bytes = new_item_encode(subvol, store, placed, work);
	bool replaced = false;

	for (i = 0; i < work->count; i++) {
		struct overlap *overlap = &work->overlaps[i];

		if (overlap->at < placed->to && overlap->at + overlap->len > placed->to)
			right_rest_insert(subvol, store->ino, store->fork, overlap, placed->to,
					  work);
		replaced = replaced || overlap->at == placed->from;
	}
	if (store->cutting && inode->nlink)
		vexfs_tree_insert(&subvol->tree, &orphan, NULL, 0);
	if (placed->joins_previous)
		key.offset = work->previous.at;
	if (replaced || placed->joins_previous)
		vexfs_tree_update(&subvol->tree, &key, work->item, bytes);
	else
		vexfs_tree_insert(&subvol->tree, &key, work->item, bytes);
	for (i = 0; i < work->count; i++) {
		struct overlap *overlap = &work->overlaps[i];
		u64 block;
		u32 count;

		overlap_part(overlap, placed->from, placed->to, &block, &count);
		if (overlap->at < placed->from)
			left_rest_update(subvol, store->ino, store->fork, overlap, placed->from,
					 work);
		inode->blocks[store->fork] -= count;
	}
	inode->blocks[store->fork] += placed->blocks;
	inode_apply(subvol, store, inode, size_bytes);
	for (i = 0; i < work->count; i++) {
		struct overlap *overlap = &work->overlaps[i];
		u64 block;
		u32 count;

		overlap_part(overlap, placed->from, placed->to, &block, &count);
		if (overlap->at >= placed->from && overlap->at < placed->to &&
		    overlap->at != key.offset) {
			struct vexfs_key old = vexfs_fork_key(store->ino, store->fork, overlap->at);

			vexfs_tree_remove(&subvol->tree, &old);
		}
		vexfs_space_dec(subvol->tree.space, block, count);
	}
}

static int store_prepare(struct vexfs_subvol *subvol, const struct vexfs_store *store,
			 const struct placed *placed, const struct store_work *work)
{
	struct vexfs_key orphan = vexfs_orphan_key(store->ino), key;
	u64 keys[3] = { placed->from, placed->to, work->previous.at };
	u32 i, count = placed->joins_previous ? 3 : 2;
	int err = overlaps_prepare(subvol, store->ino, store->fork, work, placed->from, placed->to,
				   STORE_ROOM_BYTES);

	for (i = 0; i < count && !err; i++) {
		key = vexfs_fork_key(store->ino, store->fork, keys[i]);
		err = vexfs_tree_prepare(&subvol->tree, &key, STORE_ROOM_BYTES);
	}
	if (!err && store->cutting)
		err = vexfs_tree_prepare(&subvol->tree, &orphan, STORE_ROOM_BYTES);
	return err ? err : vexfs_inode_prepare(&subvol->tree, store->ino, STORE_ROOM_BYTES);
}

/* Drops the overlaps that a run shorter than wished does not reach. */
static void overlaps_narrow(struct store_work *work, u64 to)
{
	while (work->count && work->overlaps[work->count - 1].at >= to)
		work->count--;
}

int vexfs_fork_store_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol,
			    enum vexfs_space_use use, const struct vexfs_store *store, u32 *stored)
{
	struct store_work *work = vexfs_port_alloc(sizeof(*work));
	u64 size_bytes = store->size_bytes, hint;
	struct vexfs_inode inode;
	struct placed placed = { 0 };
	int err;

	if (!work)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_inode_read(&subvol->tree, store->ino, &inode);
	if (!err)
		err = overlaps_collect(subvol, store, work);
	hint = work->previous.disk_blocks ? work->previous.block + work->previous.len : 0;
	if (!err)
		err = vexfs_space_alloc_data(&txn->space, use, hint, store->blocks, &placed.block,
					     &placed.blocks);
	if (err)
		goto out_free;
	placed.from = store->file_block;
	placed.to = store->file_block + placed.blocks;
	placed.joins_previous = work->previous_is_ours && placed.block == hint &&
				work->previous.len + placed.blocks <= VEXFS_EXTENT_MAX_BLOCKS;
	overlaps_narrow(work, placed.to);
	if (placed.blocks < store->blocks && size_bytes > placed.to * VEXFS_BLOCK_BYTES)
		size_bytes = placed.to * VEXFS_BLOCK_BYTES;
	if (placed.blocks < store->blocks && size_bytes < inode.size[store->fork])
		size_bytes = inode.size[store->fork];
	err = vexfs_io_write(&txn->io, placed.block, placed.blocks, store->data);
	if (!err)
		err = store_prepare(subvol, store, &placed, work);
	if (err) {
		vexfs_space_dec(&txn->space, placed.block, placed.blocks);
		goto out_free;
	}
	store_apply(subvol, store, &placed, work, &inode, size_bytes);
	*stored = placed.blocks;
out_free:
	vexfs_port_free(work);
	return err;
}

/* ---- cut ---- */

static int cut_collect(struct vexfs_subvol *subvol, u64 ino, u32 fork, u64 from,
		       struct store_work *work)
{
	struct vexfs_key key = vexfs_fork_key(ino, fork, from);
	struct vexfs_key first = vexfs_fork_key(ino, fork, 0);
	struct vexfs_cursor cursor;
	int err = vexfs_cursor_open_floor(&cursor, &subvol->tree, &key);

	work->count = 0;
	while (!err && !cursor.at_end && work->count < CUT_EXTENTS) {
		struct vexfs_extent extent;
		struct overlap overlap;

		key = vexfs_cursor_key(&cursor);
		if (key.object > ino || (key.object == ino && key.type > first.type))
			break;
		if (vexfs_key_compare(&key, &first) >= 0) {
			err = vexfs_extent_decode(vexfs_cursor_data(&cursor),
						  vexfs_cursor_bytes(&cursor), key.offset, &extent);
			if (err)
				break;
			overlap = (struct overlap){ .at = key.offset, .block = extent.block,
						    .len = extent_len_blocks(&extent),
						    .disk_blocks = extent.disk_blocks };
			if (key.offset + overlap.len > from)
				err = overlap_add(work, &overlap);
		}
		if (!err)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	return err;
}

static void cut_apply(struct vexfs_subvol *subvol, u64 ino, u32 fork, u64 from,
		      struct store_work *work, struct vexfs_inode *inode)
{
	u32 i, count;
	u64 block;

	for (i = 0; i < work->count; i++) {
		struct overlap *overlap = &work->overlaps[i];

		overlap_part(overlap, from, ~0ull, &block, &count);
		inode->blocks[fork] -= count;
		if (overlap->at < from)
			left_rest_update(subvol, ino, fork, overlap, from, work);
	}
	vexfs_inode_update(&subvol->tree, ino, inode);
	for (i = 0; i < work->count; i++) {
		struct overlap *overlap = &work->overlaps[i];
		struct vexfs_key key = vexfs_fork_key(ino, fork, overlap->at);

		overlap_part(overlap, from, ~0ull, &block, &count);
		if (overlap->at >= from)
			vexfs_tree_remove(&subvol->tree, &key);
		vexfs_space_dec(subvol->tree.space, block, count);
	}
}

int vexfs_fork_cut_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino, u32 fork,
			  u64 file_block)
{
	struct store_work *work = vexfs_port_alloc(sizeof(*work));
	struct vexfs_inode inode;
	int err;

	if (!work)
		return VEXFS_ERR(ENOMEM);
	do {
		err = vexfs_txn_step(txn, VEXFS_SPACE_RELEASE);
		if (!err)
			err = vexfs_inode_read(&subvol->tree, ino, &inode);
		if (!err)
			err = cut_collect(subvol, ino, fork, file_block, work);
		if (err || !work->count)
			break;
		err = overlaps_prepare(subvol, ino, fork, work, file_block, ~0ull, 0);
		if (!err)
			err = vexfs_inode_prepare(&subvol->tree, ino, 0);
		if (!err)
			cut_apply(subvol, ino, fork, file_block, work, &inode);
	} while (!err);
	vexfs_port_free(work);
	return err;
}

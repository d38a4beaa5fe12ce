// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Pointing a fork at new blocks, and cutting it: the only places that change extents. */
#include "fs/fork.h"

#include <vexfs/errors.h>

/* Extents that one step of a cut removes. */
#define CUT_EXTENTS	64u

/* An extent that is in the way of a run, and what becomes of it. */
struct overlap {
	u64 at;			/* key offset */
	u32 len;		/* file blocks; for inline 1: it is alone and at 0 */
	struct vexfs_drop drop;
};

struct store_work {
	struct overlap overlaps[VEXFS_EXTENT_MAX_BLOCKS + 1];
	u32 count;
	struct overlap previous;	/* ends where the run begins; len 0 when there is none */
	bool previous_joins;		/* the run can become part of its extent */
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

static struct overlap overlap_of(const struct vexfs_extent *extent, u64 at, u64 from, u64 to)
{
	struct overlap overlap = { .at = at, .len = extent_len_blocks(extent) };

	vexfs_extent_drop(extent, at, from, to, &overlap.drop);
	return overlap;
}

static int overlap_add(struct store_work *work, const struct overlap *overlap)
{
	if (work->count > VEXFS_EXTENT_MAX_BLOCKS)
		return VEXFS_ERR(EUCLEAN);
	work->overlaps[work->count++] = *overlap;
	return 0;
}

static bool joins(const struct vexfs_extent *extent, const struct vexfs_run *run)
{
	return extent->kind == VEXFS_EXTENT_PLAIN && !run->frame_bytes &&
	       extent->birth == run->birth &&
	       extent->block + extent->len == run->block &&
	       extent->len + run->blocks <= VEXFS_EXTENT_MAX_BLOCKS;
}

/* Looks at the extent under the cursor. *done is set behind the end of the run. */
static int overlap_visit(const struct vexfs_cursor *cursor, const struct vexfs_store *store,
			 struct store_work *work, bool *done)
{
	struct vexfs_key key = vexfs_cursor_key(cursor);
	struct vexfs_key first = vexfs_fork_key(store->ino, store->fork, 0);
	const struct vexfs_run *run = store->run;
	struct vexfs_extent extent;
	struct overlap overlap;
	int err;

	if (vexfs_key_compare(&key, &first) < 0)
		return 0;
	*done = key.object != store->ino || key.type != first.type ||
		key.offset >= run->file_block + run->blocks;
	if (*done)
		return 0;
	err = vexfs_extent_decode(vexfs_cursor_data(cursor), vexfs_cursor_bytes(cursor),
				  key.offset, &extent);
	if (err)
		return err;
	overlap = overlap_of(&extent, key.offset, run->file_block, run->file_block + run->blocks);
	if (key.offset + overlap.len > run->file_block)
		return overlap_add(work, &overlap);
	if (key.offset + overlap.len == run->file_block) {
		work->previous = overlap;
		work->previous_joins = joins(&extent, run);
	}
	return 0;
}

static int overlaps_collect(struct vexfs_subvol *subvol, const struct vexfs_store *store,
			    struct store_work *work)
{
	u64 from = store->run->file_block;
	struct vexfs_key key = vexfs_fork_key(store->ino, store->fork, from ? from - 1 : 0);
	struct vexfs_cursor cursor;
	bool done = false;
	int err = vexfs_cursor_open_floor(&cursor, &subvol->tree, &key);

	while (!err && !done && !cursor.at_end) {
		err = overlap_visit(&cursor, store, work, &done);
		if (!err && !done)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	return err;
}

static int overlaps_prepare(struct vexfs_subvol *subvol, u64 ino, u32 fork,
			    const struct store_work *work, u32 room)
{
	u32 i;
	int err = 0;

	for (i = 0; i < work->count && !err; i++) {
		struct vexfs_key key = vexfs_fork_key(ino, fork, work->overlaps[i].at);

		err = vexfs_tree_prepare(&subvol->tree, &key, room);
	}
	return err;
}

static int drops_prepare(struct vexfs_subvol *subvol, const struct store_work *work)
{
	u32 i;
	int err = 0;

	for (i = 0; i < work->count && !err; i++)
		err = vexfs_drop_prepare(&subvol->tree, &work->overlaps[i].drop);
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
	struct vexfs_extent extent;

	item_reread(subvol, &key, work->old, sizeof(work->old), &extent);
	vexfs_extent_cut_front(&extent, (u32)(from - overlap->at));
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
	vexfs_extent_shorten(&extent, (u32)(to - overlap->at));
	vexfs_tree_update(&subvol->tree, &key, work->old,
			  vexfs_extent_encode(&extent, work->old));
}

/* ---- references that go with a part of an extent ---- */

void vexfs_extent_drop(const struct vexfs_extent *extent, u64 at, u64 from, u64 to,
		       struct vexfs_drop *drop)
{
	u64 end = at + extent->len, start = at > from ? at : from;
	bool keeps_left = at < from, keeps_right = end > to;

	*drop = (struct vexfs_drop){ .block = extent->block };
	if (!extent->disk_blocks || start >= end || at >= to)
		return;
	if (extent->kind == VEXFS_EXTENT_COMPRESSED) {
		drop->adds = keeps_left && keeps_right;
		drop->count = keeps_left == keeps_right ? extent->disk_blocks : 0;
		return;
	}
	drop->block += start - at;
	drop->count = (u32)((end < to ? end : to) - start);
}

int vexfs_drop_prepare(struct vexfs_tree *tree, const struct vexfs_drop *drop)
{
	return drop->count ?
		       vexfs_space_prepare(tree->space, drop->block, drop->count, drop->adds) :
		       0;
}

void vexfs_drop_apply(struct vexfs_tree *tree, const struct vexfs_drop *drop)
{
	if (drop->adds)
		vexfs_data_inc(tree, drop->block, drop->count);
	else if (drop->count)
		vexfs_data_dec(tree, drop->block, drop->count);
}

/* ---- what all who change a fork begin with ---- */

int vexfs_fork_open_locked(struct vexfs_txn *txn, struct vexfs_id id, struct vexfs_subvol **subvol,
			   struct vexfs_inode *inode)
{
	int err = vexfs_subvol_get_writable(txn, id.tree, subvol);

	if (!err)
		err = vexfs_inode_read(&(*subvol)->tree, id.ino, inode);
	if (err)
		return err;
	if (vexfs_inode_is(inode, VEXFS_S_IFDIR))
		return VEXFS_ERR(EISDIR);
	if (!vexfs_inode_is(inode, VEXFS_S_IFREG))
		return VEXFS_ERR(EINVAL);
	return vexfs_inode_settle(txn, *subvol, id.ino, inode);
}

/* ---- runs ---- */

/* Where the extent that ends at @file_block continues on disk; 0 when there is none. */
static int hint_find(struct vexfs_subvol *subvol, u64 ino, u32 fork, u64 file_block, u64 *hint)
{
	struct vexfs_key key = vexfs_fork_key(ino, fork, file_block - 1), at;
	struct vexfs_cursor cursor;
	struct vexfs_extent extent;
	int err;

	*hint = 0;
	if (!file_block)
		return 0;
	err = vexfs_cursor_open_floor(&cursor, &subvol->tree, &key);
	if (!err && !cursor.at_end) {
		at = vexfs_cursor_key(&cursor);
		if (at.object == ino && at.type == key.type) {
			err = vexfs_extent_decode(vexfs_cursor_data(&cursor),
						  vexfs_cursor_bytes(&cursor), at.offset, &extent);
			if (!err && extent.disk_blocks && at.offset + extent.len == file_block)
				*hint = extent.block + extent.disk_blocks;
		}
	}
	vexfs_cursor_close(&cursor);
	return err;
}

int vexfs_run_reserve_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol,
			     enum vexfs_space_use use, u64 ino, u32 fork, u64 file_block, u32 want,
			     struct vexfs_run *run)
{
	u64 hint;
	int err = hint_find(subvol, ino, fork, file_block, &hint);

	if (!err)
		err = vexfs_space_reserve(&txn->space, use, hint, want, &run->block, &run->blocks);
	run->disk_blocks = run->blocks;
	run->frame_bytes = 0;
	run->file_block = file_block;
	run->birth = txn->io.generation;
	run->fills = false;
	return err;
}

int vexfs_run_reserve_frame_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino,
				   u64 file_block, u32 blocks, u32 frame_bytes,
				   struct vexfs_run *run)
{
	u32 want = (frame_bytes + VEXFS_BLOCK_BYTES - 1) / VEXFS_BLOCK_BYTES;
	int err = vexfs_run_reserve_locked(txn, subvol, VEXFS_SPACE_NORMAL, ino, 0, file_block,
					   want, run);

	if (err)
		return err;
	if (run->disk_blocks < want) {
		vexfs_space_unhold(&txn->space, run->block, run->disk_blocks);
		return 1;
	}
	run->blocks = blocks;
	run->frame_bytes = frame_bytes;
	return 0;
}

int vexfs_run_write(struct vexfs_txn *txn, struct vexfs_run *run, const u8 *data)
{
	u32 i;

	for (i = 0; i < run->disk_blocks; i++)
		run->csum[i] = vexfs_put32(vexfs_port_crc32c(
			0, data + (size_t)i * VEXFS_BLOCK_BYTES, VEXFS_BLOCK_BYTES));
	return vexfs_io_write(&txn->io, run->block, run->disk_blocks, data);
}

void vexfs_run_release(struct vexfs_txn *txn, const struct vexfs_run *run)
{
	if (run->fills)
		return;
	vexfs_port_rwlock_write_lock(txn->lock);
	vexfs_space_release(&txn->space, run->block, run->disk_blocks);
	vexfs_port_rwlock_write_unlock(txn->lock);
}

/* ---- store ---- */

struct placed {
	u64 from, to;		/* file blocks */
};

static u32 new_item_encode(struct vexfs_subvol *subvol, const struct vexfs_store *store,
			   struct store_work *work)
{
	struct vexfs_key key = vexfs_fork_key(store->ino, store->fork, work->previous.at);
	const struct vexfs_run *run = store->run;
	struct vexfs_extent extent = { .kind = run->frame_bytes ? VEXFS_EXTENT_COMPRESSED :
								  VEXFS_EXTENT_PLAIN,
				       .csum_bytes = VEXFS_CSUM_CRC32C_BYTES,
				       .block = run->block,
				       .birth = run->birth,
				       .disk_bytes = run->frame_bytes };
	u8 *payload = work->item + sizeof(struct vexfs_disk_extent);

	if (work->previous_joins)
		item_reread(subvol, &key, work->item, sizeof(work->item), &extent);
	memcpy(payload + (size_t)extent.disk_blocks * sizeof(run->csum[0]), run->csum,
	       run->disk_blocks * sizeof(run->csum[0]));
	extent.len += run->blocks;
	extent.disk_blocks += run->disk_blocks;
	extent.payload = payload;
	return vexfs_extent_encode(&extent, work->item);
}

static void inode_apply(struct vexfs_subvol *subvol, const struct vexfs_store *store,
			struct vexfs_inode *inode)
{
	u64 old = inode->size[store->fork], size_bytes = store->size_bytes;

	if (!store->sets_size && size_bytes < old)
		size_bytes = old;
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
			struct vexfs_inode *inode)
{
	struct vexfs_key key = vexfs_fork_key(store->ino, store->fork, placed->from);
	struct vexfs_key orphan = vexfs_orphan_key(store->ino);
	u32 i, bytes = new_item_encode(subvol, store, work);
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
	if (store->run->fills)
		vexfs_log_blocks(subvol->tree.log, VEXFS_LOG_FILL, subvol->tree.id,
				 store->run->block, store->run->blocks);
	else
		vexfs_data_claim(&subvol->tree, store->run->block,
				 store->run->disk_blocks);
	if (work->previous_joins)
		key.offset = work->previous.at;
	if (replaced || work->previous_joins)
		vexfs_tree_update(&subvol->tree, &key, work->item, bytes);
	else
		vexfs_tree_insert(&subvol->tree, &key, work->item, bytes);
	inode->blocks[store->fork] += store->run->disk_blocks;
	for (i = 0; i < work->count; i++) {
		struct overlap *overlap = &work->overlaps[i];

		if (overlap->at < placed->from)
			left_rest_update(subvol, store->ino, store->fork, overlap, placed->from,
					 work);
		inode->blocks[store->fork] -= vexfs_drop_blocks(&overlap->drop);
	}
	inode_apply(subvol, store, inode);
	for (i = 0; i < work->count; i++) {
		struct overlap *overlap = &work->overlaps[i];

		if (overlap->at >= placed->from && overlap->at < placed->to &&
		    overlap->at != key.offset) {
			struct vexfs_key old = vexfs_fork_key(store->ino, store->fork, overlap->at);

			vexfs_tree_remove(&subvol->tree, &old);
		}
		if (!store->run->fills)
			vexfs_drop_apply(&subvol->tree, &overlap->drop);
	}
}

static int store_prepare(struct vexfs_subvol *subvol, const struct vexfs_store *store,
			 const struct placed *placed, const struct store_work *work)
{
	struct vexfs_key orphan = vexfs_orphan_key(store->ino), key;
	u64 keys[3] = { placed->from, placed->to, work->previous.at };
	u32 i, count = work->previous_joins ? 3 : 2;
	int err = overlaps_prepare(subvol, store->ino, store->fork, work, STORE_ROOM_BYTES);

	for (i = 0; i < count && !err; i++) {
		key = vexfs_fork_key(store->ino, store->fork, keys[i]);
		err = vexfs_tree_prepare(&subvol->tree, &key, STORE_ROOM_BYTES);
	}
	if (!err && store->cutting)
		err = vexfs_tree_prepare(&subvol->tree, &orphan, STORE_ROOM_BYTES);
	if (!err)
		err = vexfs_inode_prepare(&subvol->tree, store->ino, STORE_ROOM_BYTES);
	return err ? err : drops_prepare(subvol, work);
}

/* A snapshot may have come while the data was written; then it has these blocks too. */
static int fill_check(struct vexfs_subvol *subvol, const struct vexfs_run *run,
		      const struct store_work *work)
{
	bool sole;
	int err = vexfs_run_is_sole(subvol->tree.space, run, &sole);

	if (!err && work->count != 1)
		err = VEXFS_ERR(EUCLEAN);
	if (err)
		return err;
	return sole ? 0 : VEXFS_ERR(EAGAIN);
}

int vexfs_fork_store_locked(struct vexfs_subvol *subvol, const struct vexfs_store *store)
{
	struct store_work *work = vexfs_port_alloc(sizeof(*work));
	struct placed placed = { .from = store->run->file_block,
				 .to = store->run->file_block + store->run->blocks };
	struct vexfs_inode inode;
	int err;

	if (!work)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_inode_read(&subvol->tree, store->ino, &inode);
	if (!err)
		err = overlaps_collect(subvol, store, work);
	if (!err)
		err = store_prepare(subvol, store, &placed, work);
	if (!err && store->run->fills)
		err = fill_check(subvol, store->run, work);
	if (!err)
		store_apply(subvol, store, &placed, work, &inode);
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
			overlap = overlap_of(&extent, key.offset, from, ~0ull);
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
	u32 i;

	for (i = 0; i < work->count; i++) {
		struct overlap *overlap = &work->overlaps[i];

		inode->blocks[fork] -= vexfs_drop_blocks(&overlap->drop);
		if (overlap->at < from)
			left_rest_update(subvol, ino, fork, overlap, from, work);
	}
	vexfs_inode_update(&subvol->tree, ino, inode);
	for (i = 0; i < work->count; i++) {
		struct overlap *overlap = &work->overlaps[i];
		struct vexfs_key key = vexfs_fork_key(ino, fork, overlap->at);

		if (overlap->at >= from)
			vexfs_tree_remove(&subvol->tree, &key);
		vexfs_drop_apply(&subvol->tree, &overlap->drop);
	}
}

static u64 cut_start(const struct vexfs_inode *inode, u32 fork, enum vexfs_cut what)
{
	if (what == VEXFS_CUT_ALL)
		return 0;
	return (inode->size[fork] + VEXFS_BLOCK_BYTES - 1) / VEXFS_BLOCK_BYTES;
}

int vexfs_fork_cut_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino, u32 fork,
			  enum vexfs_cut what, bool may_unlock)
{
	struct store_work *work = vexfs_port_alloc(sizeof(*work));
	struct vexfs_inode inode;
	u64 from;
	int err;

	if (!work)
		return VEXFS_ERR(ENOMEM);
	do {
		err = may_unlock ? vexfs_txn_step(txn, VEXFS_SPACE_RELEASE, subvol) :
				   vexfs_txn_step_locked(txn, VEXFS_SPACE_RELEASE);
		/* Anything may have happened meanwhile, the end of this cut included. */
		if (!err)
			err = vexfs_inode_read(&subvol->tree, ino, &inode);
		if (err || (what == VEXFS_CUT_BEYOND && !(inode.flags & VEXFS_INODE_CUTTING)))
			break;
		from = cut_start(&inode, fork, what);
		err = cut_collect(subvol, ino, fork, from, work);
		if (err || !work->count)
			break;
		err = overlaps_prepare(subvol, ino, fork, work, 0);
		if (!err)
			err = vexfs_inode_prepare(&subvol->tree, ino, 0);
		if (!err)
			err = drops_prepare(subvol, work);
		if (!err)
			cut_apply(subvol, ino, fork, from, work, &inode);
	} while (!err);
	vexfs_port_free(work);
	return err;
}

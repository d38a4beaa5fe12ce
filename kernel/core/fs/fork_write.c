// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Writing and truncating forks: how a request becomes runs of blocks or an inline extent. */
#include <vexfs/errors.h>

#include "fs/fork.h"
#include "fs/fork_pack.h"

/* One portion of a write, with everything it needs to know. */
struct portion {
	struct vexfs_txn *txn;
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	u64 tree, ino;
	u32 fork;
	u64 offset;
	const u8 *data;
	u32 size;
	enum vexfs_space_use use;
	bool elsewhere;		/* not into blocks that are reserved for it */
};

struct inline_item {
	struct vexfs_disk_extent head;	/* as on disk; the encoder fills it in */
	u8 bytes[VEXFS_INLINE_MAX_BYTES];
};

/* Reads the inline extent into @item; *found is false when the fork has none. */
static int inline_read(struct vexfs_subvol *subvol, u64 ino, u32 fork, struct inline_item *item,
		       u32 *len, bool *found)
{
	struct vexfs_key key = vexfs_fork_key(ino, fork, 0);
	struct vexfs_extent extent;
	u32 bytes;
	int err;

	memset(item, 0, sizeof(*item));
	*len = 0;
	*found = false;
	err = vexfs_tree_read(&subvol->tree, &key, item, sizeof(*item), &bytes);
	if (err == -ENOENT)
		return 0;
	if (!err && bytes > sizeof(*item))
		err = VEXFS_ERR(EUCLEAN);
	if (!err)
		err = vexfs_extent_decode(item, bytes, 0, &extent);
	if (!err && extent.kind != VEXFS_EXTENT_INLINE)
		err = VEXFS_ERR(EUCLEAN);
	if (err)
		return err;
	*len = extent.len;
	*found = true;
	return 0;
}

/* Sets the fork's size, and what goes with a change of content. */
static void inode_resize(struct vexfs_subvol *subvol, struct vexfs_inode *inode, u32 fork,
			 u64 size_bytes)
{
	if (fork == 0) {
		inode->mtime = inode->ctime = vexfs_time_now();
		inode->data_generation = subvol->tree.io->generation;
	} else {
		subvol->vectors_bytes += size_bytes - inode->size[fork];
		subvol->dirty = true;
	}
	inode->size[fork] = size_bytes;
}

/* Writes @len inline bytes (0 removes the item) and the size. */
static int inline_store(struct vexfs_subvol *subvol, u64 ino, u32 fork, struct inline_item *item,
			u32 len, bool exists, struct vexfs_inode *inode, u64 size_bytes)
{
	struct vexfs_key key = vexfs_fork_key(ino, fork, 0);
	struct vexfs_extent extent = { .kind = VEXFS_EXTENT_INLINE, .len = len,
				       .birth = subvol->tree.io->generation,
				       .payload = item->bytes };
	u32 bytes, room = VEXFS_TREE_ITEM_ROOM((u32)sizeof(*item));
	int err = vexfs_inode_prepare(&subvol->tree, ino, room);

	if (!err && (len || exists))
		err = vexfs_tree_prepare(&subvol->tree, &key, room);
	if (err)
		return err;
	bytes = vexfs_extent_encode(&extent, item);
	if (len && exists)
		vexfs_tree_update(&subvol->tree, &key, item, bytes);
	else if (len)
		vexfs_tree_insert(&subvol->tree, &key, item, bytes);
	inode_resize(subvol, inode, fork, size_bytes);
	vexfs_inode_update(&subvol->tree, ino, inode);
	if (!len && exists)
		vexfs_tree_remove(&subvol->tree, &key);
	return 0;
}

static u64 grown(const struct portion *p, u64 end)
{
	return end > p->inode.size[p->fork] ? end : p->inode.size[p->fork];
}

static int portion_inline(struct portion *p, u32 *done)
{
	struct inline_item *item = vexfs_port_alloc(sizeof(*item));
	u32 len, end = (u32)p->offset + p->size;
	bool exists;
	int err;

	if (!item)
		return VEXFS_ERR(ENOMEM);
	err = inline_read(p->subvol, p->ino, p->fork, item, &len, &exists);
	if (!err) {
		memcpy(item->bytes + p->offset, p->data, p->size);
		err = inline_store(p->subvol, p->ino, p->fork, item, len > end ? len : end, exists,
				   &p->inode, grown(p, end));
	}
	vexfs_port_free(item);
	if (!err)
		*done = p->size;
	return err;
}

/* ---- blocks ---- */

static struct vexfs_id id_of(const struct portion *p)
{
	return (struct vexfs_id){ p->tree, p->ino };
}

/* Brings the portion's tree and inode up to date, with nothing left over from a truncation. */
static int portion_open_locked(struct portion *p)
{
	return vexfs_fork_open_locked(p->txn, id_of(p), &p->subvol, &p->inode);
}

static int run_reserve(struct portion *p, enum vexfs_space_use use, u64 file_block, u32 blocks,
		       struct vexfs_run *run)
{
	return vexfs_run_reserve_locked(p->txn, p->subvol, use, p->ino, p->fork, file_block,
					blocks, run);
}

/* Writes a reserved run, then points the fork at it. The volume's lock is not held. */
static int run_store(struct portion *p, enum vexfs_space_use use, struct vexfs_run *run,
		     const u8 *data, struct vexfs_store *store)
{
	int err = vexfs_run_write(p->txn, run, data);

	if (!err)
		err = vexfs_txn_begin(p->txn, use);
	if (!err) {
		err = portion_open_locked(p);
		if (!err)
			err = vexfs_fork_store_locked(p->subvol, store);
		if (!err && store->cutting)
			(void)vexfs_inode_finish_cut(p->txn, p->subvol, p->ino, true);
		err = vexfs_txn_end(p->txn, err);
	}
	if (err)
		vexfs_run_release(p->txn, run);
	return err;
}

/* What the blocks of a write are to become. */
struct block_write {
	struct vexfs_packing packing;
	struct vexfs_run run;
	struct vexfs_store store;
	u8 bounce[VEXFS_BLOCK_BYTES];
	bool is_partial;	/* some bytes of one block: the others come from the fork */
	bool is_expelled;	/* inline bytes that become a block; no byte of the write yet */
};

/*
 * Where the blocks of a portion go: where they are reserved, or the frame that is ready, or as they
 * are, as far as no frame is to be tried.
 */
static int run_choose(struct portion *p, u64 file_block, u32 want, struct block_write *blocks)
{
	struct vexfs_packing *packing = &blocks->packing;
	bool packs = packing->level && !blocks->is_partial;
	int err = -ENOENT;

	if (!p->fork && p->inode.blocks[0] && !p->elsewhere)
		err = vexfs_run_fill_locked(p->txn, p->subvol, p->ino, file_block, want,
					    &blocks->run);
	if (err != -ENOENT)
		return err;
	if (p->use == VEXFS_SPACE_PROMISED)
		return VEXFS_ERR(ENOSPC);
	if (packs && packing->blocks) {
		err = vexfs_run_reserve_frame_locked(p->txn, p->subvol, p->ino, file_block,
						     packing->blocks, packing->frame_bytes,
						     &blocks->run);
		/* Room that was promised is for plain blocks, too. */
		if (err != 1 && !(err == -ENOSPC && p->use == VEXFS_SPACE_RELEASE))
			return err;
		vexfs_packing_refuse(packing);
	}
	if (packs && want > packing->plain_until - file_block)
		want = (u32)(packing->plain_until - file_block);
	return run_reserve(p, p->use, file_block, want, &blocks->run);
}

/* How a portion is written. Return: 0 when it is done, 1 when @blocks have been reserved. */
static int portion_begin_locked(struct portion *p, struct block_write *blocks, u32 *done)
{
	u32 within = p->offset % VEXFS_BLOCK_BYTES, want = p->size / VEXFS_BLOCK_BYTES;
	u64 file_block = p->offset / VEXFS_BLOCK_BYTES;
	struct vexfs_key key = vexfs_fork_key(p->ino, p->fork, 0);
	u32 bytes;
	u8 kind;
	int err = portion_open_locked(p);

	if (err || !p->size)
		return err;
	if (p->use != VEXFS_SPACE_PROMISED && !p->inode.blocks[p->fork] &&
	    p->offset + p->size <= VEXFS_INLINE_MAX_BYTES)
		return portion_inline(p, done);
	blocks->is_expelled = false;
	if (!p->inode.blocks[p->fork] && p->offset >= VEXFS_BLOCK_BYTES) {
		err = vexfs_tree_read(&p->subvol->tree, &key, &kind, sizeof(kind), &bytes);
		if (err && err != -ENOENT)
			return err;
		/* Blocks that the inode does not count would be expelled for ever. */
		if (!err && kind != VEXFS_EXTENT_INLINE)
			return VEXFS_ERR(EUCLEAN);
		blocks->is_expelled = !err;
	}
	blocks->is_partial = within || !want || blocks->is_expelled;
	if (blocks->is_expelled)
		file_block = 0;
	if (blocks->is_partial)
		want = 1;
	if (want > VEXFS_EXTENT_MAX_BLOCKS)
		want = VEXFS_EXTENT_MAX_BLOCKS;
	err = run_choose(p, file_block, want, blocks);
	return err ? err : 1;
}

/* The reserved blocks of a portion, from the data to the tree. */
static int portion_blocks(struct portion *p, struct block_write *blocks, u32 *done)
{
	u32 within = p->offset % VEXFS_BLOCK_BYTES;
	u32 part = blocks->run.blocks * VEXFS_BLOCK_BYTES;
	const u8 *data = p->data;
	int err = 0;

	if (blocks->run.frame_bytes) {
		data = blocks->packing.bench->packed;
		part = part < p->size ? part : p->size;
	}
	if (blocks->is_partial) {
		part = VEXFS_BLOCK_BYTES - within < p->size ? VEXFS_BLOCK_BYTES - within : p->size;
		if (blocks->is_expelled)
			part = 0;
		data = blocks->bounce;
		err = vexfs_fork_block_read(p->txn, id_of(p), p->fork, blocks->run.file_block,
					    blocks->bounce);
		memcpy(blocks->bounce + within, p->data, part);
	}
	if (err) {
		vexfs_run_release(p->txn, &blocks->run);
		return err;
	}
	blocks->store = (struct vexfs_store){ .ino = p->ino,
					      .fork = p->fork,
					      .run = &blocks->run,
					      .size_bytes = part ? p->offset + part : 0,
					      .touch = p->fork == 0 };
	err = run_store(p, p->use, &blocks->run, data, &blocks->store);
	if (!err)
		*done = part;
	return err;
}

static int portion_write(struct portion *p, struct block_write *blocks, u32 *done)
{
	int err;

	*done = 0;
	vexfs_packing_next(&blocks->packing, p->offset, p->data, p->size);
	err = vexfs_txn_begin(p->txn, p->use);
	if (err)
		return err;
	err = vexfs_txn_end(p->txn, portion_begin_locked(p, blocks, done));
	return err == 1 ? portion_blocks(p, blocks, done) : err;
}

/* Portion after portion; *total is what was written. */
static int portions_write(struct portion *p, struct block_write *blocks, u32 *total)
{
	bool retried = false;
	int err;

	/* A write of nothing still says whether it could have been one. */
	do {
		u32 part;

		err = portion_write(p, blocks, &part);
		if (err == -EAGAIN && !p->elsewhere) {
			p->elsewhere = true;
			continue;
		}
		if (err == -ENOSPC && retried && p->use == VEXFS_SPACE_NORMAL) {
			/* What is reserved for this file can be had all the same. */
			p->use = VEXFS_SPACE_PROMISED;
			continue;
		}
		if (err == -ENOSPC && !retried) {
			/* What was freed since the last commit can be had after the next. */
			retried = true;
			err = vexfs_txn_commit(p->txn, NULL);
			if (!err)
				continue;
		}
		if (err)
			break;
		p->offset += part;
		p->data += part;
		p->size -= part;
		*total += part;
	} while (p->size);
	return err;
}

static int write_whole(struct portion *p, u32 *done)
{
	struct vexfs_inode_lock *lock;
	struct block_write *blocks;
	u32 total = 0;
	int err;

	if (p->fork >= VEXFS_FORK_COUNT)
		return VEXFS_ERR(EINVAL);
	if (p->offset > VEXFS_FILE_MAX_BYTES - p->size)
		return VEXFS_ERR(EFBIG);
	blocks = vexfs_port_alloc(sizeof(*blocks));
	if (!blocks)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_inode_lock(p->txn, id_of(p), &lock);
	if (!err) {
		vexfs_packing_begin(&blocks->packing, p->txn, id_of(p), p->fork);
		err = portions_write(p, blocks, &total);
		vexfs_packing_end(&blocks->packing);
		vexfs_inode_unlock(p->txn, lock);
	}
	vexfs_port_free(blocks);
	if (err && !total)
		return err;
	*done = total;
	return 0;
}

int vexfs_fork_write(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 offset_bytes,
		     const void *data, u32 size, u32 *done)
{
	struct portion p = { .txn = txn, .tree = id.tree, .ino = id.ino, .fork = fork,
			     .offset = offset_bytes, .data = data, .size = size,
			     .use = VEXFS_SPACE_NORMAL };

	return write_whole(&p, done);
}

int vexfs_fork_write_promised(struct vexfs_txn *txn, struct vexfs_id id, u64 offset_bytes,
			      const void *data, u32 size, u32 *done)
{
	struct portion p = { .txn = txn, .tree = id.tree, .ino = id.ino,
			     .offset = offset_bytes, .data = data, .size = size,
			     .use = VEXFS_SPACE_RELEASE };

	return write_whole(&p, done);
}

/* ---- truncate ---- */

static int inline_cut(struct portion *p, u64 size_bytes)
{
	struct inline_item *item = vexfs_port_alloc(sizeof(*item));
	u32 len;
	bool exists;
	int err;

	if (!item)
		return VEXFS_ERR(ENOMEM);
	err = inline_read(p->subvol, p->ino, p->fork, item, &len, &exists);
	if (!err) {
		if (len > size_bytes)
			len = (u32)size_bytes;
		err = inline_store(p->subvol, p->ino, p->fork, item, len, exists, &p->inode,
				   size_bytes);
	}
	vexfs_port_free(item);
	return err;
}

/* Whether @file_block has data on disk that a cut inside it must zero the rest of. */
static int block_is_mapped(struct portion *p, u64 file_block, bool *mapped)
{
	struct vexfs_key key = vexfs_fork_key(p->ino, p->fork, file_block), at;
	struct vexfs_cursor cursor;
	struct vexfs_extent extent;
	int err = vexfs_cursor_open_floor(&cursor, &p->subvol->tree, &key);

	*mapped = false;
	if (err)
		return err;
	if (!cursor.at_end) {
		at = vexfs_cursor_key(&cursor);
		if (at.object == key.object && at.type == key.type && at.offset <= file_block) {
			err = vexfs_extent_decode(vexfs_cursor_data(&cursor),
						  vexfs_cursor_bytes(&cursor), at.offset, &extent);
			*mapped = !err &&
				  (extent.kind == VEXFS_EXTENT_PLAIN ||
				   extent.kind == VEXFS_EXTENT_COMPRESSED) &&
				  at.offset + extent.len > file_block;
		}
	}
	vexfs_cursor_close(&cursor);
	return err;
}

/* The new size alone; with @cutting what lies beyond is marked as being freed. */
static int size_set(struct portion *p, u64 size_bytes, bool cutting)
{
	struct vexfs_key key = vexfs_orphan_key(p->ino);
	bool orphan = cutting && p->inode.nlink;
	u32 room = orphan ? VEXFS_TREE_ITEM_ROOM(0) : 0;
	int err = vexfs_inode_prepare(&p->subvol->tree, p->ino, room);

	if (!err && orphan)
		err = vexfs_tree_prepare(&p->subvol->tree, &key, room);
	if (err)
		return err;
	if (orphan)
		vexfs_tree_insert(&p->subvol->tree, &key, NULL, 0);
	if (cutting)
		p->inode.flags |= VEXFS_INODE_CUTTING;
	inode_resize(p->subvol, &p->inode, p->fork, size_bytes);
	vexfs_inode_update(&p->subvol->tree, p->ino, &p->inode);
	return 0;
}

/* The new size and the zeroed rest of its last block, in one change; the run is reserved. */
static int tail_cut(struct portion *p, struct block_write *blocks, u64 size_bytes)
{
	u32 keep = size_bytes % VEXFS_BLOCK_BYTES;
	int err = vexfs_fork_block_read(p->txn, id_of(p), p->fork, blocks->run.file_block,
					blocks->bounce);

	if (err) {
		vexfs_run_release(p->txn, &blocks->run);
		return err;
	}
	memset(blocks->bounce + keep, 0, VEXFS_BLOCK_BYTES - keep);
	blocks->store = (struct vexfs_store){ .ino = p->ino,
					      .fork = p->fork,
					      .run = &blocks->run,
					      .size_bytes = size_bytes,
					      .sets_size = true,
					      .touch = p->fork == 0,
					      .cutting = true };
	return run_store(p, VEXFS_SPACE_RELEASE, &blocks->run, blocks->bounce, &blocks->store);
}

/* Return: 0 when it is done, 1 when a block for the new end has been reserved. */
static int truncate_begin_locked(struct portion *p, struct block_write *blocks, u64 size_bytes)
{
	bool mapped = false;
	int err = portion_open_locked(p);

	if (err)
		return err;
	if (size_bytes >= p->inode.size[p->fork])
		return size_set(p, size_bytes, false);
	if (!p->inode.blocks[p->fork])
		return inline_cut(p, size_bytes);
	if (size_bytes % VEXFS_BLOCK_BYTES)
		err = block_is_mapped(p, size_bytes / VEXFS_BLOCK_BYTES, &mapped);
	if (err)
		return err;
	if (mapped) {
		err = run_reserve(p, VEXFS_SPACE_RELEASE, size_bytes / VEXFS_BLOCK_BYTES, 1,
				  &blocks->run);
		return err ? err : 1;
	}
	err = size_set(p, size_bytes, true);
	/*
	 * The fork has its new size now, whatever comes. What cannot be freed at once is freed
	 * before the inode changes again, or when the volume is opened.
	 */
	if (!err)
		(void)vexfs_inode_finish_cut(p->txn, p->subvol, p->ino, true);
	return err;
}

static int truncate(struct portion *p, struct block_write *blocks, u64 size_bytes)
{
	int err = vexfs_txn_begin(p->txn, VEXFS_SPACE_RELEASE);

	if (err)
		return err;
	err = vexfs_txn_end(p->txn, truncate_begin_locked(p, blocks, size_bytes));
	return err == 1 ? tail_cut(p, blocks, size_bytes) : err;
}

int vexfs_fork_truncate(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 size_bytes)
{
	struct portion p = { .txn = txn, .tree = id.tree, .ino = id.ino, .fork = fork };
	struct vexfs_inode_lock *lock;
	struct block_write *blocks;
	int err;

	if (fork >= VEXFS_FORK_COUNT)
		return VEXFS_ERR(EINVAL);
	if (size_bytes > VEXFS_FILE_MAX_BYTES)
		return VEXFS_ERR(EFBIG);
	blocks = vexfs_port_alloc(sizeof(*blocks));
	if (!blocks)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_inode_lock(txn, id, &lock);
	if (!err) {
		err = truncate(&p, blocks, size_bytes);
		vexfs_inode_unlock(txn, lock);
	}
	vexfs_port_free(blocks);
	return err;
}

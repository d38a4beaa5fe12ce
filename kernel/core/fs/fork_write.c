// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Writing and truncating forks: how a request becomes runs of blocks or an inline extent. */
#include <vexfs/errors.h>

#include "fs/fork.h"

/* One portion of a write, with everything it needs to know. */
struct portion {
	struct vexfs_txn *txn;
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	u64 ino;
	u32 fork;
	u64 offset;
	const u8 *data;
	u32 size;
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

static int store(struct portion *p, u64 file_block, u32 blocks, const u8 *data, u64 size_bytes,
		 u32 *stored)
{
	struct vexfs_store what = { .ino = p->ino,
				    .fork = p->fork,
				    .file_block = file_block,
				    .blocks = blocks,
				    .data = data,
				    .size_bytes = size_bytes,
				    .touch = p->fork == 0 };

	return vexfs_fork_store_locked(p->txn, p->subvol, VEXFS_SPACE_NORMAL, &what, stored);
}

/* Part of one block: what is around it comes from the fork. */
static int portion_partial(struct portion *p, u32 *done)
{
	u64 file_block = p->offset / VEXFS_BLOCK_BYTES;
	u32 within = p->offset % VEXFS_BLOCK_BYTES, part = VEXFS_BLOCK_BYTES - within, stored;
	u8 *bounce = vexfs_port_alloc(VEXFS_BLOCK_BYTES);
	int err;

	if (!bounce)
		return VEXFS_ERR(ENOMEM);
	if (part > p->size)
		part = p->size;
	err = vexfs_fork_block_read_locked(p->subvol, p->ino, p->fork, file_block, bounce);
	if (!err) {
		memcpy(bounce + within, p->data, part);
		err = store(p, file_block, 1, bounce, grown(p, p->offset + part), &stored);
	}
	vexfs_port_free(bounce);
	if (!err)
		*done = part;
	return err;
}

static int portion_blocks(struct portion *p, u32 *done)
{
	u32 blocks = p->size / VEXFS_BLOCK_BYTES, stored;
	int err;

	if (blocks > VEXFS_EXTENT_MAX_BLOCKS)
		blocks = VEXFS_EXTENT_MAX_BLOCKS;
	err = store(p, p->offset / VEXFS_BLOCK_BYTES, blocks, p->data,
		    grown(p, p->offset + (u64)blocks * VEXFS_BLOCK_BYTES), &stored);
	if (!err)
		*done = stored * VEXFS_BLOCK_BYTES;
	return err;
}

/* Moves inline bytes to a block, when the write that follows will not do it by itself. */
static int inline_expel(struct portion *p)
{
	struct vexfs_key key = vexfs_fork_key(p->ino, p->fork, 0);
	u8 *bounce, none;
	u32 bytes, stored;
	int err = vexfs_tree_read(&p->subvol->tree, &key, &none, 0, &bytes);

	if (err)
		return err == -ENOENT ? 0 : err;
	bounce = vexfs_port_alloc(VEXFS_BLOCK_BYTES);
	if (!bounce)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_fork_block_read_locked(p->subvol, p->ino, p->fork, 0, bounce);
	if (!err)
		err = store(p, 0, 1, bounce, p->inode.size[p->fork], &stored);
	vexfs_port_free(bounce);
	return err ? err : vexfs_inode_read(&p->subvol->tree, p->ino, &p->inode);
}

static int writable_inode(struct vexfs_txn *txn, struct vexfs_id id, struct vexfs_subvol **subvol,
			  struct vexfs_inode *inode)
{
	int err = vexfs_subvol_get_writable(txn, id.tree, subvol);

	if (!err)
		err = vexfs_inode_read(&(*subvol)->tree, id.ino, inode);
	if (err)
		return err;
	if (vexfs_inode_is(inode, VEXFS_S_IFDIR))
		return VEXFS_ERR(EISDIR);
	return vexfs_inode_is(inode, VEXFS_S_IFREG) ? 0 : VEXFS_ERR(EINVAL);
}

static int portion_write(struct portion *p, u32 *done)
{
	int err = vexfs_inode_settle(p->txn, p->subvol, p->ino, &p->inode);

	if (err)
		return err;
	if (!p->inode.blocks[p->fork] && p->offset + p->size <= VEXFS_INLINE_MAX_BYTES)
		return portion_inline(p, done);
	if (!p->inode.blocks[p->fork] && p->offset >= VEXFS_BLOCK_BYTES) {
		err = inline_expel(p);
		if (err)
			return err;
	}
	if (p->offset % VEXFS_BLOCK_BYTES || p->size < VEXFS_BLOCK_BYTES)
		return portion_partial(p, done);
	return portion_blocks(p, done);
}

static int portion_locked(struct vexfs_txn *txn, struct vexfs_id id, struct portion *p, u32 *done)
{
	int err = writable_inode(txn, id, &p->subvol, &p->inode);

	return err || !p->size ? err : portion_write(p, done);
}

int vexfs_fork_write(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 offset_bytes,
		     const void *data, u32 size, u32 *done)
{
	struct portion p = { .txn = txn, .ino = id.ino, .fork = fork, .offset = offset_bytes,
			     .data = data, .size = size };
	bool retried = false;
	u32 total = 0;
	int err = 0;

	if (fork >= VEXFS_FORK_COUNT)
		return VEXFS_ERR(EINVAL);
	if (offset_bytes > VEXFS_FILE_MAX_BYTES - size)
		return VEXFS_ERR(EFBIG);
	/* A write of nothing still says whether it could have been one. */
	do {
		u32 part = 0;

		err = vexfs_txn_begin(txn, VEXFS_SPACE_NORMAL);
		if (!err)
			err = vexfs_txn_end(txn, portion_locked(txn, id, &p, &part));
		if (err == -ENOSPC && !retried) {
			/* What was freed since the last commit can be had after the next. */
			retried = true;
			err = vexfs_txn_commit(txn, NULL);
			if (!err)
				continue;
		}
		if (err)
			break;
		p.offset += part;
		p.data += part;
		p.size -= part;
		total += part;
	} while (p.size);
	if (err && !total)
		return err;
	*done = total;
	return 0;
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
			*mapped = !err && extent.kind == VEXFS_EXTENT_PLAIN &&
				  at.offset + extent.len > file_block;
		}
	}
	vexfs_cursor_close(&cursor);
	return err;
}

/* The new size and the zeroed rest of its last block, in one change. */
static int tail_cut(struct portion *p, u64 size_bytes)
{
	u8 *bounce = vexfs_port_alloc(VEXFS_BLOCK_BYTES);
	struct vexfs_store what = { .ino = p->ino,
				    .fork = p->fork,
				    .file_block = size_bytes / VEXFS_BLOCK_BYTES,
				    .blocks = 1,
				    .data = bounce,
				    .size_bytes = size_bytes,
				    .touch = p->fork == 0,
				    .cutting = true };
	u32 keep = size_bytes % VEXFS_BLOCK_BYTES, stored;
	int err;

	if (!bounce)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_fork_block_read_locked(p->subvol, p->ino, p->fork, what.file_block, bounce);
	if (!err) {
		memset(bounce + keep, 0, VEXFS_BLOCK_BYTES - keep);
		err = vexfs_fork_store_locked(p->txn, p->subvol, VEXFS_SPACE_RELEASE, &what,
					      &stored);
	}
	vexfs_port_free(bounce);
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

static int shrink(struct portion *p, u64 size_bytes)
{
	bool mapped = false;
	int err = 0;

	if (size_bytes % VEXFS_BLOCK_BYTES)
		err = block_is_mapped(p, size_bytes / VEXFS_BLOCK_BYTES, &mapped);
	if (!err)
		err = mapped ? tail_cut(p, size_bytes) : size_set(p, size_bytes, true);
	/*
	 * The fork has its new size now, whatever comes. What cannot be freed at once is freed
	 * before the inode changes again, or when the volume is opened.
	 */
	if (!err)
		(void)vexfs_inode_finish_cut(p->txn, p->subvol, p->ino);
	return err;
}

static int truncate_locked(struct portion *p, struct vexfs_id id, u64 size_bytes)
{
	int err = writable_inode(p->txn, id, &p->subvol, &p->inode);

	if (!err)
		err = vexfs_inode_settle(p->txn, p->subvol, p->ino, &p->inode);
	if (err)
		return err;
	if (size_bytes >= p->inode.size[p->fork])
		return size_set(p, size_bytes, false);
	if (!p->inode.blocks[p->fork])
		return inline_cut(p, size_bytes);
	return shrink(p, size_bytes);
}

int vexfs_fork_truncate(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 size_bytes)
{
	struct portion p = { .txn = txn, .ino = id.ino, .fork = fork };
	int err;

	if (fork >= VEXFS_FORK_COUNT)
		return VEXFS_ERR(EINVAL);
	if (size_bytes > VEXFS_FILE_MAX_BYTES)
		return VEXFS_ERR(EFBIG);
	err = vexfs_txn_begin(txn, VEXFS_SPACE_RELEASE);
	if (err)
		return err;
	return vexfs_txn_end(txn, truncate_locked(&p, id, size_bytes));
}

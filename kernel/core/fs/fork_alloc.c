// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Reserving blocks, punching holes, zeroing ranges (fallocate): a range is gone through in steps,
 * each of which is one operation, so that nothing is ever half reserved or half punched.
 */
#include <vexfs/errors.h>

#include "fs/fork_range.h"

#define BLOCK	VEXFS_BLOCK_BYTES

struct allocation {
	struct vexfs_txn *txn;
	struct vexfs_id id;
	u32 flags;
	u64 at, end;		/* bytes still to be done */
	u64 hint;		/* where the blocks before these went */
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	struct vexfs_rewrite rewrite;
};

/* What a step under the lock may return besides errors: a block is to be rewritten without it. */
#define STEP_REWRITES	1

struct inline_item {
	struct vexfs_disk_extent head;
	u8 bytes[VEXFS_INLINE_MAX_BYTES];
};

static bool is_punch(const struct allocation *a)
{
	return a->flags & VEXFS_ALLOCATE_PUNCH;
}

static bool is_zero(const struct allocation *a)
{
	return a->flags & VEXFS_ALLOCATE_ZERO;
}

static enum vexfs_space_use use_of(const struct allocation *a)
{
	return is_punch(a) ? VEXFS_SPACE_RELEASE : VEXFS_SPACE_NORMAL;
}

/* What the inode says when all up to @reached is done. The size grows with the last step only. */
static void inode_advance(struct allocation *a, u64 reached)
{
	bool grows = !(a->flags & VEXFS_ALLOCATE_KEEP_SIZE) && reached == a->end &&
		     a->end > a->inode.size[VEXFS_DATA_FORK];

	vexfs_fork_touch(a->subvol, &a->inode, grows || is_punch(a) || is_zero(a));
	if (grows)
		a->inode.size[VEXFS_DATA_FORK] = a->end;
}

/* A step that found nothing to change; the last one stores the inode all the same. */
static int pass(struct allocation *a, u64 reached)
{
	int err;

	if (reached < a->end)
		return 0;
	err = vexfs_inode_prepare(&a->subvol->tree, a->id.ino, 0);
	if (err)
		return err;
	inode_advance(a, reached);
	vexfs_inode_update(&a->subvol->tree, a->id.ino, &a->inode);
	return 0;
}

/* Reserves up to @count blocks for file blocks from @block on; *reached in bytes of the file. */
static int reserve(struct allocation *a, u64 block, u32 count, u64 *reached)
{
	struct vexfs_extent extent = { .kind = VEXFS_EXTENT_UNWRITTEN,
				       .birth = a->subvol->tree.io->generation };
	struct vexfs_replace replace = { .ino = a->id.ino, .from = block, .extent = &extent };
	u32 got;
	u64 end;
	int err = vexfs_space_reserve(&a->txn->space, VEXFS_SPACE_NORMAL, a->hint, count,
				      &extent.block, &got);

	if (err)
		return err;
	extent.len = extent.disk_blocks = got;
	replace.to = block + got;
	end = replace.to * BLOCK;
	inode_advance(a, end < a->end ? end : a->end);
	err = vexfs_fork_replace_locked(a->subvol, &replace, &a->inode);
	if (err) {
		vexfs_space_release(&a->txn->space, extent.block, got);
		return err;
	}
	a->hint = extent.block + got;
	*reached = end;
	return 0;
}

static u32 at_most(u64 blocks)
{
	return blocks < VEXFS_EXTENT_MAX_BLOCKS ? (u32)blocks : VEXFS_EXTENT_MAX_BLOCKS;
}

static int reserve_step(struct allocation *a, u64 *reached)
{
	u64 block = a->at / BLOCK, to = a->end / BLOCK + (a->end % BLOCK != 0);
	struct vexfs_span span;
	int err = vexfs_fork_span_find(a->subvol, a->id.ino, block, NULL, &span);

	if (err)
		return err;
	if (span.end < to)
		to = span.end;
	if (span.kind == VEXFS_SPAN_HOLE)
		return reserve(a, block, at_most(to - block), reached);
	*reached = to * BLOCK;
	return pass(a, *reached < a->end ? *reached : a->end);
}

/* ---- punching and zeroing ---- */

static int rewrite_begin(struct allocation *a, u64 block)
{
	int err = vexfs_fork_rewrite_begin_locked(a->txn, a->subvol, use_of(a), a->id.ino, block,
						  &a->rewrite);

	return err ? err : STEP_REWRITES;
}

static int block_zero(struct allocation *a, u64 block, u32 within, u32 bytes, u64 reached)
{
	inode_advance(a, reached);
	a->rewrite.within = within;
	a->rewrite.bytes = bytes;
	a->rewrite.touch = true;
	a->rewrite.size_bytes = a->inode.size[VEXFS_DATA_FORK];
	return rewrite_begin(a, block);
}

/* Inline bytes go to a block, and nothing else happens in this step. */
static int expel(struct allocation *a)
{
	a->rewrite.within = a->rewrite.bytes = 0;
	a->rewrite.touch = false;
	a->rewrite.size_bytes = 0;
	return rewrite_begin(a, 0);
}

/* A part of one block. */
static int edge_step(struct allocation *a, u64 *reached)
{
	u64 block = a->at / BLOCK;
	u32 within = a->at % BLOCK, bytes = BLOCK - within;
	struct vexfs_span span;
	int err = vexfs_fork_span_find(a->subvol, a->id.ino, block, NULL, &span);

	if (err)
		return err;
	if (bytes > a->end - a->at)
		bytes = (u32)(a->end - a->at);
	*reached = a->at + bytes;
	if (span.kind == VEXFS_EXTENT_PLAIN || span.kind == VEXFS_EXTENT_COMPRESSED)
		return block_zero(a, block, within, bytes, *reached);
	if (span.kind == VEXFS_SPAN_HOLE && is_zero(a))
		return reserve(a, block, 1, reached);
	return pass(a, *reached);
}

/* Whole blocks up to file block @to. */
static int clear_step(struct allocation *a, u64 to, u64 *reached)
{
	struct vexfs_replace replace = { .ino = a->id.ino, .from = a->at / BLOCK, .to = to };
	bool skip;
	struct vexfs_span span;
	int err = vexfs_fork_span_find(a->subvol, a->id.ino, replace.from, NULL, &span);

	if (err)
		return err;
	skip = span.kind == (is_zero(a) ? VEXFS_EXTENT_UNWRITTEN : VEXFS_SPAN_HOLE);
	if (!skip && is_zero(a))
		return reserve(a, replace.from, at_most(to - replace.from), reached);
	if (skip) {
		*reached = (span.end < to ? span.end : to) * BLOCK;
		return pass(a, *reached < a->end ? *reached : a->end);
	}
	vexfs_fork_touch(a->subvol, &a->inode, true);
	err = vexfs_fork_replace_locked(a->subvol, &replace, &a->inode);
	if (!err)
		*reached = replace.to * BLOCK;
	return err;
}

/* Zeros in inline bytes stay inline: that needs no room at all. */
static int inline_zero(struct allocation *a, u64 *reached)
{
	struct vexfs_key key = vexfs_fork_key(a->id.ino, VEXFS_DATA_FORK, 0);
	struct inline_item *item = vexfs_port_alloc(sizeof(*item));
	u32 bytes = 0, len;
	int err = item ? vexfs_tree_read(&a->subvol->tree, &key, item, sizeof(*item), &bytes) :
			 VEXFS_ERR(ENOMEM);

	if (!err)
		err = vexfs_tree_prepare(&a->subvol->tree, &key, 0);
	if (!err)
		err = vexfs_inode_prepare(&a->subvol->tree, a->id.ino, 0);
	if (!err) {
		len = bytes - (u32)sizeof(item->head);
		if (a->at < len)
			memset(item->bytes + a->at, 0,
			       (a->end < len ? (u32)a->end : len) - (size_t)a->at);
		inode_advance(a, a->end);
		vexfs_tree_update(&a->subvol->tree, &key, item, bytes);
		vexfs_inode_update(&a->subvol->tree, a->id.ino, &a->inode);
		*reached = a->end;
	}
	vexfs_port_free(item);
	return err;
}

/* ---- going through the range ---- */

/* Whether a reservation can succeed at all, so that one that cannot does not fill the volume. */
static bool has_space(const struct allocation *a)
{
	u64 wanted = (a->end - a->at) / BLOCK;

	return is_punch(a) || wanted <= a->inode.blocks[VEXFS_DATA_FORK] +
						a->txn->space.free_blocks;
}

static int step_kind(struct allocation *a, u64 *reached)
{
	u64 end = a->end;
	struct vexfs_span span;
	int err;

	if (!a->inode.blocks[VEXFS_DATA_FORK]) {
		err = vexfs_fork_span_find(a->subvol, a->id.ino, 0, NULL, &span);
		if (err)
			return err;
		if (span.kind == VEXFS_EXTENT_INLINE)
			return is_punch(a) ? inline_zero(a, reached) : expel(a);
	}
	if (!is_punch(a) && !is_zero(a))
		return reserve_step(a, reached);
	/* Behind the end there is nothing in the last block that could be kept. */
	if (is_punch(a) && end >= a->inode.size[VEXFS_DATA_FORK] && end % BLOCK)
		end += BLOCK - end % BLOCK;
	if (a->at % BLOCK || end - a->at < BLOCK)
		return edge_step(a, reached);
	return clear_step(a, end / BLOCK, reached);
}

static int step(struct allocation *a)
{
	u64 reached = a->at;
	int err = vexfs_txn_begin(a->txn, use_of(a));

	if (err)
		return err;
	err = vexfs_fork_open_locked(a->txn, a->id, &a->subvol, &a->inode);
	if (!err && !has_space(a))
		err = VEXFS_ERR(ENOSPC);
	if (!err)
		err = step_kind(a, &reached);
	err = vexfs_txn_end(a->txn, err);
	if (err == STEP_REWRITES)
		err = vexfs_fork_rewrite(a->txn, a->id, use_of(a), &a->rewrite);
	if (!err)
		a->at = reached < a->end ? reached : a->end;
	return err;
}

static int steps(struct allocation *a)
{
	bool retried = false;
	int err = 0;

	while (a->at < a->end && !err) {
		err = step(a);
		if (err == -ENOSPC && !retried) {
			/* What was freed since the last commit can be had after the next. */
			retried = true;
			err = vexfs_txn_commit(a->txn, NULL);
		}
	}
	return err;
}

static int request_check(u32 flags, u64 offset_bytes, u64 len_bytes)
{
	const u32 kinds = VEXFS_ALLOCATE_PUNCH | VEXFS_ALLOCATE_ZERO;

	if ((flags & ~(kinds | VEXFS_ALLOCATE_KEEP_SIZE)) || (flags & kinds) == kinds ||
	    (flags & (kinds | VEXFS_ALLOCATE_KEEP_SIZE)) == VEXFS_ALLOCATE_PUNCH)
		return VEXFS_ERR(EOPNOTSUPP);
	if (!len_bytes)
		return VEXFS_ERR(EINVAL);
	if (len_bytes > VEXFS_FILE_MAX_BYTES || offset_bytes > VEXFS_FILE_MAX_BYTES - len_bytes)
		return VEXFS_ERR(EFBIG);
	return 0;
}

int vexfs_fork_allocate(struct vexfs_txn *txn, struct vexfs_id id, u32 flags, u64 offset_bytes,
			u64 len_bytes, u64 *done)
{
	struct vexfs_inode_lock *lock;
	struct allocation *a;
	u64 part = 0;
	int err = request_check(flags, offset_bytes, len_bytes);

	if (err)
		return err;
	a = vexfs_port_alloc(sizeof(*a));
	if (!a)
		return VEXFS_ERR(ENOMEM);
	a->txn = txn;
	a->id = id;
	a->flags = flags;
	a->at = offset_bytes;
	a->end = offset_bytes + len_bytes;
	err = vexfs_inode_lock(txn, id, &lock);
	if (!err) {
		err = steps(a);
		vexfs_inode_unlock(txn, lock);
		part = a->at - offset_bytes;
	}
	vexfs_port_free(a);
	if (err && !part)
		return err;
	*done = part;
	return 0;
}

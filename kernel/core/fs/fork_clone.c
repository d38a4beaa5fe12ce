// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Copying ranges between files: whole blocks by reference, what is left by reading and writing.
 * A range is gone through in steps; each is one operation.
 */
#include <vexfs/errors.h>

#include "fs/fork_range.h"

#define BLOCK		VEXFS_BLOCK_BYTES
#define COPY_BYTES	(256u << 10)

struct cloning {
	struct vexfs_txn *txn;
	struct vexfs_id from, to;
	u64 source, target;	/* offsets in bytes */
	u64 left;
	struct vexfs_subvol *from_subvol, *to_subvol;
	struct vexfs_inode from_inode, to_inode;
	bool may_copy;		/* what cannot be had by reference; else that is an error */
	bool must_copy;		/* what comes next cannot be had by reference */
	struct vexfs_rewrite rewrite;
	u8 csums[VEXFS_SPAN_CSUMS_MAX_BYTES];
};

/* What a step under the lock may return besides errors: inline bytes of the target go first. */
#define STEP_REWRITES	1

static int ends_open_locked(struct cloning *c)
{
	int err = vexfs_fork_open_locked(c->txn, c->to, &c->to_subvol, &c->to_inode);

	if (!err)
		err = vexfs_subvol_get(c->txn, c->from.tree, &c->from_subvol);
	if (!err)
		err = vexfs_inode_read(&c->from_subvol->tree, c->from.ino, &c->from_inode);
	if (err)
		return err;
	if (vexfs_inode_is(&c->from_inode, VEXFS_S_IFDIR))
		return VEXFS_ERR(EISDIR);
	return vexfs_inode_is(&c->from_inode, VEXFS_S_IFREG) ? 0 : VEXFS_ERR(EINVAL);
}

/*
 * How many blocks can be taken by reference. A part of a block only where it is the last of both
 * files, so that what is behind the end is zeros.
 */
static u64 whole_blocks(const struct cloning *c)
{
	u64 blocks = c->left / BLOCK;

	if (c->source % BLOCK || c->target % BLOCK)
		return 0;
	if (c->left % BLOCK && c->source + c->left == c->from_inode.size[VEXFS_DATA_FORK] &&
	    c->target + c->left >= c->to_inode.size[VEXFS_DATA_FORK])
		blocks++;
	return blocks;
}

static int span_take(struct cloning *c, const struct vexfs_span *span, u64 blocks, u64 *bytes)
{
	struct vexfs_replace replace = { .ino = c->to.ino, .from = c->target / BLOCK };
	struct vexfs_extent extent = span->extent;
	int err;

	if (span->kind == VEXFS_EXTENT_PLAIN || span->kind == VEXFS_EXTENT_COMPRESSED) {
		vexfs_extent_shorten(&extent, (u32)blocks);
		replace.extent = &extent;
		replace.shares = true;
	}
	replace.to = replace.from + blocks;
	replace.end_bytes = c->target + c->left;
	vexfs_fork_touch(c->to_subvol, &c->to_inode, true);
	err = vexfs_fork_replace_locked(c->to_subvol, &replace, &c->to_inode);
	if (err)
		return err;
	/* A hole may reach less far than was asked for. */
	blocks = replace.to - replace.from;
	*bytes = blocks * BLOCK < c->left ? blocks * BLOCK : c->left;
	return 0;
}

static int rewrite_begin(struct cloning *c)
{
	int err = vexfs_fork_rewrite_begin_locked(c->txn, c->to_subvol, VEXFS_SPACE_NORMAL,
						  c->to.ino, 0, &c->rewrite);

	return err ? err : STEP_REWRITES;
}

/* Takes the next span by reference, or says that it must be copied. */
static int step_locked(struct cloning *c, u64 *bytes)
{
	struct vexfs_span span;
	u64 blocks;
	int err = ends_open_locked(c);

	if (err)
		return err;
	if (c->source >= c->from_inode.size[VEXFS_DATA_FORK]) {
		c->left = 0;
		return 0;
	}
	if (c->left > c->from_inode.size[VEXFS_DATA_FORK] - c->source)
		c->left = c->from_inode.size[VEXFS_DATA_FORK] - c->source;
	blocks = whole_blocks(c);
	err = blocks ? vexfs_fork_span_find(c->from_subvol, c->from.ino, c->source / BLOCK,
					   c->csums, &span) : 0;
	c->must_copy = !blocks || (!err && span.kind == VEXFS_EXTENT_INLINE);
	if (err || c->must_copy)
		return err;
	if (blocks > span.end - c->source / BLOCK)
		blocks = span.end - c->source / BLOCK;
	if (!c->to_inode.blocks[VEXFS_DATA_FORK]) {
		struct vexfs_span first;

		err = vexfs_fork_span_find(c->to_subvol, c->to.ino, 0, NULL, &first);
		if (!err && first.kind == VEXFS_EXTENT_INLINE)
			err = rewrite_begin(c);
		if (err)
			return err;
	}
	return span_take(c, &span, blocks, bytes);
}

static void advance(struct cloning *c, u64 bytes)
{
	c->source += bytes;
	c->target += bytes;
	c->left -= bytes;
}

static int clone_step_unlocked(struct cloning *c)
{
	u64 bytes = 0;
	int err = vexfs_txn_begin(c->txn, VEXFS_SPACE_NORMAL);

	if (err)
		return err;
	err = vexfs_txn_end(c->txn, step_locked(c, &bytes));
	if (err == STEP_REWRITES)
		return vexfs_fork_rewrite(c->txn, c->to, VEXFS_SPACE_NORMAL, &c->rewrite);
	if (!err)
		advance(c, bytes);
	return err;
}

static int clone_step(struct cloning *c)
{
	struct vexfs_inode_lock *lock;
	int err = vexfs_inode_lock(c->txn, c->to, &lock);

	if (err)
		return err;
	err = clone_step_unlocked(c);
	vexfs_inode_unlock(c->txn, lock);
	return err;
}

static int copy_step(struct cloning *c)
{
	u64 want = c->left;
	u32 part, done, got = 0;
	u8 *buffer;
	int err;

	/* Up to where references may be possible again. */
	if (c->source % BLOCK == c->target % BLOCK && want > BLOCK - c->source % BLOCK)
		want = BLOCK - c->source % BLOCK;
	part = want < COPY_BYTES ? (u32)want : COPY_BYTES;
	buffer = vexfs_port_alloc(part);
	if (!buffer)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_fork_read(c->txn, c->from, VEXFS_DATA_FORK, c->source, buffer, part, &got);
	if (!err && !got)
		c->left = 0;
	if (!err && got)
		err = vexfs_fork_write(c->txn, c->to, VEXFS_DATA_FORK, c->target, buffer, got,
				       &done);
	if (!err && got)
		advance(c, done);
	vexfs_port_free(buffer);
	return err;
}

static int request_check(const struct vexfs_clone *clone)
{
	u64 from = clone->from_offset, to = clone->to_offset, len = clone->len_bytes;
	bool same = clone->from.tree == clone->to.tree && clone->from.ino == clone->to.ino;

	if (len > VEXFS_FILE_MAX_BYTES || from > VEXFS_FILE_MAX_BYTES - len ||
	    to > VEXFS_FILE_MAX_BYTES - len)
		return VEXFS_ERR(EFBIG);
	if (same && from < to + len && to < from + len)
		return VEXFS_ERR(EINVAL);
	return 0;
}

/* One more go after a commit, which may make room. */
static int enospc_retry(struct cloning *c, int err, bool *retried)
{
	if (err != -ENOSPC || *retried)
		return err;
	*retried = true;
	return vexfs_txn_commit(c->txn, NULL);
}

static int go_through(struct cloning *c)
{
	bool retried = false;
	int err = 0;

	while (c->left && !err) {
		c->must_copy = false;
		err = clone_step(c);
		if (!err && c->must_copy && !c->may_copy)
			return VEXFS_ERR(EINVAL);
		if (err == -EMLINK && c->may_copy) {
			/* As many references as can be: the next one is a copy. */
			c->must_copy = true;
			err = 0;
		}
		if (!err && c->must_copy)
			err = copy_step(c);
		err = enospc_retry(c, err, &retried);
	}
	return err;
}

static int range_copy(struct vexfs_txn *txn, const struct vexfs_clone *clone, bool by_reference,
		      u64 *done)
{
	struct cloning *c;
	u64 copied;
	int err = request_check(clone);

	if (err)
		return err;
	c = vexfs_port_alloc(sizeof(*c));
	err = c ? 0 : VEXFS_ERR(ENOMEM);
	if (!err) {
		c->txn = txn;
		c->may_copy = !by_reference;
		c->from = clone->from;
		c->to = clone->to;
		c->source = clone->from_offset;
		c->target = clone->to_offset;
		c->left = clone->len_bytes;
		err = go_through(c);
		copied = c->source - clone->from_offset;
		if (!err || copied) {
			*done = copied;
			err = 0;
		}
	}
	vexfs_port_free(c);
	return err;
}

int vexfs_fork_clone(struct vexfs_txn *txn, const struct vexfs_clone *clone, u64 *done)
{
	return range_copy(txn, clone, true, done);
}

int vexfs_fork_copy(struct vexfs_txn *txn, const struct vexfs_clone *clone, u64 *done)
{
	return range_copy(txn, clone, false, done);
}

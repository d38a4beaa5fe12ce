// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Reading forks: from extents to bytes, each block against its checksum.
 *
 * A read has two halves. Under the volume's lock it plans: which blocks, with which checksums, go
 * where; holes and inline bytes are filled in at once. Then it reads, with the volume's lock free
 * and the reuse lock held, which keeps freed blocks from being written again meanwhile.
 */
#include "fs/fork.h"

#include <vexfs/errors.h>

#define PLAN_PARTS	16u
#define PLAN_BLOCKS	(2 * VEXFS_EXTENT_MAX_BLOCKS)

/* A run of blocks on disk, or a frame, and the bytes of it that are wanted. */
struct part {
	u64 block;
	u64 birth;
	u32 blocks, first_csum;
	u32 frame_bytes;	/* 0: not compressed */
	u32 within, bytes;	/* from the start of the first block, or of what the frame holds */
	u8 *out;
};

struct plan {
	u32 parts, csums;
	struct part part[PLAN_PARTS];
	struct vexfs_le32 csum[PLAN_BLOCKS];
};

/* ---- reading ---- */

static int blocks_check(const struct plan *plan, const struct part *part, u32 index, u32 count,
			const u8 *bytes)
{
	u32 i;

	for (i = 0; i < count; i++) {
		u32 stored = vexfs_get32(plan->csum[part->first_csum + index + i]);

		if (vexfs_port_crc32c(0, bytes + (size_t)i * VEXFS_BLOCK_BYTES,
				      VEXFS_BLOCK_BYTES) != stored) {
			vexfs_port_warn("data block does not match its checksum",
					part->block + index + i, part->birth);
			return VEXFS_ERR(EBADMSG);
		}
	}
	return 0;
}

/* One block of which only some bytes are wanted. */
static int partial_read(struct vexfs_io *io, const struct plan *plan, const struct part *part,
			u32 index, u32 within, u32 bytes, u8 *out)
{
	u8 *bounce = vexfs_port_alloc(VEXFS_BLOCK_BYTES);
	int err;

	if (!bounce)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_io_read(io, part->block + index, 1, bounce);
	if (!err)
		err = blocks_check(plan, part, index, 1, bounce);
	if (!err)
		memcpy(out, bounce + within, bytes);
	vexfs_port_free(bounce);
	return err;
}

static int part_read(struct vexfs_io *io, const struct plan *plan, const struct part *part)
{
	u32 at = part->within, left = part->bytes;
	u8 *out = part->out;
	int err = 0;

	while (left && !err) {
		u32 index = at / VEXFS_BLOCK_BYTES, within = at % VEXFS_BLOCK_BYTES;
		u32 bytes = left - left % VEXFS_BLOCK_BYTES;

		if (within || !bytes) {
			bytes = VEXFS_BLOCK_BYTES - within < left ? VEXFS_BLOCK_BYTES - within :
								    left;
			err = partial_read(io, plan, part, index, within, bytes, out);
		} else {
			err = vexfs_io_read(io, part->block + index, bytes / VEXFS_BLOCK_BYTES,
					    out);
			if (!err)
				err = blocks_check(plan, part, index, bytes / VEXFS_BLOCK_BYTES,
						   out);
		}
		at += bytes;
		out += bytes;
		left -= bytes;
	}
	return err;
}

/* Reads and unpacks a frame, unless the bench has it already. */
static int frame_load(struct vexfs_io *io, const struct plan *plan, const struct part *part,
		      struct vexfs_bench *bench)
{
	int err;

	if (bench->block == part->block && bench->birth == part->birth)
		return 0;
	err = vexfs_io_read(io, part->block, part->blocks, bench->packed);
	if (!err)
		err = blocks_check(plan, part, 0, part->blocks, bench->packed);
	if (!err)
		err = vexfs_bench_unpack(bench, part->frame_bytes);
	if (err)
		return err;
	bench->block = part->block;
	bench->birth = part->birth;
	return 0;
}

static int frame_read(struct vexfs_txn *txn, const struct plan *plan, const struct part *part)
{
	struct vexfs_bench *bench;
	int err = vexfs_bench_get(&txn->frames, part->block, part->birth, &bench);

	if (err)
		return err;
	err = frame_load(&txn->io, plan, part, bench);
	if (!err && part->within + part->bytes > bench->bytes) {
		vexfs_port_warn("frame holds less than its extent shows", part->block, part->birth);
		err = VEXFS_ERR(EUCLEAN);
	}
	if (!err && part->out)
		memcpy(part->out, bench->unpacked + part->within, part->bytes);
	vexfs_bench_put(&txn->frames, bench);
	return err;
}

static int plan_read(struct vexfs_txn *txn, const struct plan *plan)
{
	u32 i;
	int err = 0;

	for (i = 0; i < plan->parts && !err; i++)
		err = plan->part[i].frame_bytes ? frame_read(txn, plan, &plan->part[i]) :
						  part_read(&txn->io, plan, &plan->part[i]);
	return err;
}

/* ---- planning ---- */

/* Bytes [@from, @from + @bytes) of a plain extent. Return: how many of them the plan has room
 * for. */
static u32 plain_plan(struct plan *plan, const struct vexfs_extent *extent, u64 from, u32 bytes,
		      u8 *out)
{
	struct part *part = &plan->part[plan->parts];
	u32 first = (u32)(from / VEXFS_BLOCK_BYTES), within = from % VEXFS_BLOCK_BYTES;
	u32 room = PLAN_BLOCKS - plan->csums, blocks;

	if (plan->parts == PLAN_PARTS || !room)
		return 0;
	blocks = (within + bytes + VEXFS_BLOCK_BYTES - 1) / VEXFS_BLOCK_BYTES;
	if (blocks > room) {
		blocks = room;
		bytes = blocks * VEXFS_BLOCK_BYTES - within;
	}
	*part = (struct part){ .block = extent->block + first, .birth = extent->birth,
			       .blocks = blocks, .first_csum = plan->csums,
			       .within = within, .bytes = bytes, .out = out };
	memcpy(&plan->csum[plan->csums], extent->payload + (size_t)first * sizeof(plan->csum[0]),
	       blocks * sizeof(plan->csum[0]));
	plan->csums += blocks;
	plan->parts++;
	return bytes;
}

/* The same of a compressed one, whose frame must be read whole. */
static u32 frame_plan(struct plan *plan, const struct vexfs_extent *extent, u64 from, u32 bytes,
		      u8 *out)
{
	if (plan->parts == PLAN_PARTS || extent->disk_blocks > PLAN_BLOCKS - plan->csums)
		return 0;
	plan->part[plan->parts++] = (struct part){
		.block = extent->block, .birth = extent->birth,
		.blocks = extent->disk_blocks, .first_csum = plan->csums,
		.frame_bytes = extent->disk_bytes,
		.within = extent->skip * VEXFS_BLOCK_BYTES + (u32)from, .bytes = bytes, .out = out
	};
	memcpy(&plan->csum[plan->csums], extent->payload,
	       extent->disk_blocks * sizeof(plan->csum[0]));
	plan->csums += extent->disk_blocks;
	return bytes;
}

static u32 extent_plan(struct plan *plan, const struct vexfs_extent *extent, u64 from, u32 bytes,
		       u8 *out)
{
	u32 have = 0;

	switch (extent->kind) {
	case VEXFS_EXTENT_INLINE:
		if (from < extent->len)
			have = extent->len - from < bytes ? (u32)(extent->len - from) : bytes;
		memcpy(out, extent->payload + (have ? from : 0), have);
		memset(out + have, 0, bytes - have);
		return bytes;
	case VEXFS_EXTENT_PLAIN:
		return plain_plan(plan, extent, from, bytes, out);
	case VEXFS_EXTENT_COMPRESSED:
		return frame_plan(plan, extent, from, bytes, out);
	default:
		memset(out, 0, bytes);
		return bytes;
	}
}

/* The extent under the cursor when it belongs to this fork. */
static int extent_at(const struct vexfs_cursor *cursor, u64 ino, u32 fork, bool *found, u64 *start,
		     struct vexfs_extent *extent)
{
	struct vexfs_key key;

	*found = false;
	if (cursor->at_end)
		return 0;
	key = vexfs_cursor_key(cursor);
	if (key.object != ino || key.type != VEXFS_ITEM_EXTENT + fork)
		return 0;
	*found = true;
	*start = key.offset * VEXFS_BLOCK_BYTES;
	return vexfs_extent_decode(vexfs_cursor_data(cursor), vexfs_cursor_bytes(cursor),
				   key.offset, extent);
}

/* Where an extent ends, in bytes of the fork; an inline one is alone, so it may as well never. */
static u64 extent_end(u64 start, const struct vexfs_extent *extent)
{
	return extent->kind == VEXFS_EXTENT_INLINE ? ~0ull :
						     start + (u64)extent->len * VEXFS_BLOCK_BYTES;
}

/*
 * Brings the cursor to the first extent of the fork that ends after @offset. *found is false when
 * there is none; keys before the fork's first one are stepped over too.
 */
static int extent_seek(struct vexfs_cursor *cursor, u64 ino, u32 fork, u64 offset, bool *found,
		       u64 *start, struct vexfs_extent *extent)
{
	struct vexfs_key first = vexfs_fork_key(ino, fork, 0);

	for (;;) {
		int err = extent_at(cursor, ino, fork, found, start, extent);

		if (err)
			return err;
		if (*found && extent_end(*start, extent) > offset)
			return 0;
		if (!*found) {
			struct vexfs_key key;

			if (cursor->at_end)
				return 0;
			key = vexfs_cursor_key(cursor);
			if (vexfs_key_compare(&key, &first) > 0)
				return 0;
		}
		err = vexfs_cursor_next(cursor);
		if (err)
			return err;
	}
}

/* Plans bytes from @offset on; *planned may be less than @bytes when the plan is full, never 0. */
static int range_plan(struct vexfs_subvol *subvol, u64 ino, u32 fork, u64 offset, u8 *out,
		      u32 bytes, struct plan *plan, u32 *planned)
{
	struct vexfs_key key = vexfs_fork_key(ino, fork, offset / VEXFS_BLOCK_BYTES);
	struct vexfs_cursor cursor;
	u64 at = offset, end = offset + bytes;
	u32 part = 1;
	int err = vexfs_cursor_open_floor(&cursor, &subvol->tree, &key);

	plan->parts = plan->csums = 0;
	while (!err && at < end && part) {
		struct vexfs_extent extent;
		u64 start, stop = end;
		bool found;

		err = extent_seek(&cursor, ino, fork, at, &found, &start, &extent);
		if (err)
			break;
		if (found && start <= at) {
			if (stop > extent_end(start, &extent))
				stop = extent_end(start, &extent);
			part = extent_plan(plan, &extent, at - start, (u32)(stop - at),
					   out + (at - offset));
		} else {
			if (found && start < stop)
				stop = start;
			part = (u32)(stop - at);
			memset(out + (at - offset), 0, part);
		}
		at += part;
	}
	vexfs_cursor_close(&cursor);
	*planned = (u32)(at - offset);
	return err;
}

/* Plans the next bytes of a read and fills them in. @size: of what is wanted; 0 at the end. */
static int portion_read(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 offset, u8 *out,
			u32 size, struct plan *plan, u32 *got)
{
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	int err;

	*got = 0;
	vexfs_port_rwlock_read_lock(txn->reuse_lock);
	vexfs_port_rwlock_read_lock(txn->lock);
	err = vexfs_subvol_get(txn, id.tree, &subvol);
	if (!err)
		err = vexfs_inode_read(&subvol->tree, id.ino, &inode);
	if (!err && vexfs_inode_is(&inode, VEXFS_S_IFDIR))
		err = VEXFS_ERR(EISDIR);
	if (!err && offset < inode.size[fork]) {
		if (inode.size[fork] - offset < size)
			size = (u32)(inode.size[fork] - offset);
		err = range_plan(subvol, id.ino, fork, offset, out, size, plan, got);
	}
	vexfs_port_rwlock_read_unlock(txn->lock);
	if (!err && *got)
		err = plan_read(txn, plan);
	vexfs_port_rwlock_read_unlock(txn->reuse_lock);
	return err;
}

int vexfs_fork_read(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 offset_bytes,
		    void *out, u32 size, u32 *got)
{
	struct plan *plan;
	u32 total = 0, part = 1;
	int err = 0;

	if (fork >= VEXFS_FORK_COUNT)
		return VEXFS_ERR(EINVAL);
	plan = vexfs_port_alloc(sizeof(*plan));
	if (!plan)
		return VEXFS_ERR(ENOMEM);
	/* Once at least, so that an inode that cannot be read says so. */
	do {
		err = portion_read(txn, id, fork, offset_bytes + total, (u8 *)out + total,
				   size - total, plan, &part);
		total += part;
	} while (!err && part && total < size);
	vexfs_port_free(plan);
	if (!err)
		*got = total;
	return err;
}

int vexfs_fork_block_read(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 file_block,
			  void *out)
{
	struct plan *plan = vexfs_port_alloc(sizeof(*plan));
	struct vexfs_subvol *subvol;
	u32 planned;
	int err;

	if (!plan)
		return VEXFS_ERR(ENOMEM);
	vexfs_port_rwlock_read_lock(txn->reuse_lock);
	vexfs_port_rwlock_read_lock(txn->lock);
	err = vexfs_subvol_get(txn, id.tree, &subvol);
	if (!err)
		err = range_plan(subvol, id.ino, fork, file_block * VEXFS_BLOCK_BYTES, out,
				 VEXFS_BLOCK_BYTES, plan, &planned);
	vexfs_port_rwlock_read_unlock(txn->lock);
	if (!err)
		err = plan_read(txn, plan);
	vexfs_port_rwlock_read_unlock(txn->reuse_lock);
	vexfs_port_free(plan);
	return err;
}

int vexfs_fork_frame_check(struct vexfs_txn *txn, const struct vexfs_extent *extent)
{
	struct plan *plan = vexfs_port_alloc(sizeof(*plan));
	int err;

	if (!plan)
		return VEXFS_ERR(ENOMEM);
	(void)frame_plan(plan, extent, 0, extent->len * VEXFS_BLOCK_BYTES, NULL);
	err = plan_read(txn, plan);
	vexfs_port_free(plan);
	return err;
}

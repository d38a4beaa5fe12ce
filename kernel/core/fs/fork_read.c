// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Reading forks: from extents to bytes, each block against its checksum. */
#include "fs/fork.h"

#include <vexfs/errors.h>

static bool block_is_intact(const struct vexfs_extent *extent, u32 index, const u8 *block)
{
	struct vexfs_le32 stored;

	memcpy(&stored, extent->payload + (size_t)index * VEXFS_CSUM_CRC32C_BYTES,
	       sizeof(stored));
	return vexfs_port_crc32c(0, block, VEXFS_BLOCK_BYTES) == vexfs_get32(stored);
}

/* Whole blocks of a plain extent, verified. */
static int blocks_read(struct vexfs_io *io, const struct vexfs_extent *extent, u32 index, u32 count,
		       u8 *out)
{
	u32 i;
	int err = vexfs_io_read(io, extent->block + index, count, out);

	if (err)
		return err;
	for (i = 0; i < count; i++) {
		if (!block_is_intact(extent, index + i, out + (size_t)i * VEXFS_BLOCK_BYTES)) {
			vexfs_port_warn("data block does not match its checksum",
					extent->block + index + i, extent->birth);
			return VEXFS_ERR(EBADMSG);
		}
	}
	return 0;
}

static int partial_read(struct vexfs_io *io, const struct vexfs_extent *extent, u32 index,
			u32 within, u32 bytes, u8 *out)
{
	u8 *bounce = vexfs_port_alloc(VEXFS_BLOCK_BYTES);
	int err;

	if (!bounce)
		return VEXFS_ERR(ENOMEM);
	err = blocks_read(io, extent, index, 1, bounce);
	if (!err)
		memcpy(out, bounce + within, bytes);
	vexfs_port_free(bounce);
	return err;
}

/* Bytes [@from, @from + @bytes) of a plain extent. */
static int plain_read(struct vexfs_io *io, const struct vexfs_extent *extent, u64 from, u32 bytes,
		      u8 *out)
{
	int err = 0;

	while (bytes && !err) {
		u32 index = (u32)(from / VEXFS_BLOCK_BYTES), within = from % VEXFS_BLOCK_BYTES;
		u32 part = bytes - bytes % VEXFS_BLOCK_BYTES;

		if (within || !part) {
			part = VEXFS_BLOCK_BYTES - within;
			if (part > bytes)
				part = bytes;
			err = partial_read(io, extent, index, within, part, out);
		} else {
			err = blocks_read(io, extent, index, part / VEXFS_BLOCK_BYTES, out);
		}
		from += part;
		out += part;
		bytes -= part;
	}
	return err;
}

static int extent_part_read(struct vexfs_io *io, const struct vexfs_extent *extent, u64 from,
			    u32 bytes, u8 *out)
{
	u32 have = 0;

	switch (extent->kind) {
	case VEXFS_EXTENT_INLINE:
		if (from < extent->len)
			have = extent->len - from < bytes ? (u32)(extent->len - from) : bytes;
		memcpy(out, extent->payload + (have ? from : 0), have);
		memset(out + have, 0, bytes - have);
		return 0;
	case VEXFS_EXTENT_PLAIN:
		return plain_read(io, extent, from, bytes, out);
	default:
		memset(out, 0, bytes);
		return 0;
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

static int range_read(struct vexfs_subvol *subvol, u64 ino, u32 fork, u64 offset, u8 *out,
		      u32 bytes)
{
	struct vexfs_key key = vexfs_fork_key(ino, fork, offset / VEXFS_BLOCK_BYTES);
	struct vexfs_cursor cursor;
	u64 end = offset + bytes;
	int err = vexfs_cursor_open_floor(&cursor, &subvol->tree, &key);

	while (!err && offset < end) {
		struct vexfs_extent extent;
		u64 start, stop = end;
		bool found;

		err = extent_seek(&cursor, ino, fork, offset, &found, &start, &extent);
		if (err)
			break;
		if (found && start <= offset) {
			if (stop > extent_end(start, &extent))
				stop = extent_end(start, &extent);
			err = extent_part_read(subvol->tree.io, &extent, offset - start,
					       (u32)(stop - offset), out);
		} else {
			if (found && start < stop)
				stop = start;
			memset(out, 0, (size_t)(stop - offset));
		}
		out += stop - offset;
		offset = stop;
	}
	vexfs_cursor_close(&cursor);
	return err;
}

int vexfs_fork_block_read_locked(struct vexfs_subvol *subvol, u64 ino, u32 fork, u64 file_block,
				 void *out)
{
	return range_read(subvol, ino, fork, file_block * VEXFS_BLOCK_BYTES, out,
			  VEXFS_BLOCK_BYTES);
}

int vexfs_fork_read(struct vexfs_txn *txn, struct vexfs_id id, u32 fork, u64 offset_bytes,
		    void *out, u32 size, u32 *got)
{
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	u32 bytes = 0;
	int err;

	if (fork >= VEXFS_FORK_COUNT)
		return VEXFS_ERR(EINVAL);
	vexfs_port_rwlock_read_lock(txn->lock);
	err = vexfs_subvol_get(txn, id.tree, &subvol);
	if (!err)
		err = vexfs_inode_read(&subvol->tree, id.ino, &inode);
	if (!err && vexfs_inode_is(&inode, VEXFS_S_IFDIR))
		err = VEXFS_ERR(EISDIR);
	if (!err && offset_bytes < inode.size[fork]) {
		bytes = size;
		if (inode.size[fork] - offset_bytes < bytes)
			bytes = (u32)(inode.size[fork] - offset_bytes);
		err = range_read(subvol, id.ino, fork, offset_bytes, out, bytes);
	}
	vexfs_port_rwlock_read_unlock(txn->lock);
	if (!err)
		*got = bytes;
	return err;
}

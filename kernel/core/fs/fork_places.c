// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Where a file's content lies on the device, and whether others have it too (FIEMAP). */
#include <vexfs/errors.h>

#include "fs/fork_range.h"

struct placing {
	struct vexfs_subvol *subvol;
	u64 ino;
	struct vexfs_placed *rows;
	u32 rows_max, count;
	bool ended;
};

/*
 * A snapshot refers to the root of a tree, and what is below it counts once until somebody changes
 * it: whatever hangs on a node with two references is in two trees.
 */
static int path_is_shared(const struct placing *p, u64 file_block, bool *shared)
{
	struct vexfs_key key = vexfs_fork_key(p->ino, VEXFS_DATA_FORK, file_block);
	struct vexfs_cursor cursor;
	u32 level, refs;
	int err = vexfs_cursor_open_floor(&cursor, &p->subvol->tree, &key);

	for (level = 0; !err && !*shared && level < cursor.height; level++) {
		err = vexfs_space_refs(p->subvol->tree.space, cursor.path[level]->block, &refs);
		*shared = !err && refs > 1;
	}
	vexfs_cursor_close(&cursor);
	return err;
}

static int blocks_are_shared(const struct placing *p, const struct vexfs_extent *extent,
			     bool *shared)
{
	u32 i, refs;
	int err = 0;

	for (i = 0; !err && !*shared && i < extent->disk_blocks; i++) {
		err = vexfs_space_refs(p->subvol->tree.space, extent->block + i, &refs);
		*shared = !err && refs > 1;
	}
	return err;
}

static int row_fill(struct placing *p, u64 file_block, const struct vexfs_span *span)
{
	struct vexfs_placed *row = &p->rows[p->count];
	bool is_inline = span->kind == VEXFS_EXTENT_INLINE, shared = false;
	int err = path_is_shared(p, file_block, &shared);

	if (!err)
		err = blocks_are_shared(p, &span->extent, &shared);
	if (err)
		return err;
	row->offset_bytes = file_block * VEXFS_BLOCK_BYTES;
	row->len_bytes = is_inline ? span->extent.len :
				     (span->end - file_block) * VEXFS_BLOCK_BYTES;
	row->device_bytes = span->extent.block * VEXFS_BLOCK_BYTES;
	row->flags = (is_inline ? VEXFS_PLACE_INLINE : 0) |
		     (span->kind == VEXFS_EXTENT_UNWRITTEN ? VEXFS_PLACE_UNWRITTEN : 0) |
		     (span->extent.disk_bytes ? VEXFS_PLACE_COMPRESSED : 0) |
		     (shared ? VEXFS_PLACE_SHARED : 0);
	p->count++;
	return 0;
}

/* One more than there is room for is looked for, to know which is the last. */
static int rows_fill(struct placing *p, u64 file_block)
{
	struct vexfs_span span;
	int err = 0;

	while (!err && file_block < VEXFS_FILE_BLOCKS_END) {
		err = vexfs_fork_span_find(p->subvol, p->ino, file_block, NULL, &span);
		if (err)
			return err;
		if (span.kind != VEXFS_SPAN_HOLE) {
			if (p->count == p->rows_max)
				return 0;
			err = row_fill(p, file_block, &span);
		}
		file_block = span.end;
	}
	p->ended = true;
	return err;
}

int vexfs_fork_places(struct vexfs_txn *txn, struct vexfs_id id, u64 offset_bytes,
		      struct vexfs_placed *rows, u32 rows_max, u32 *count)
{
	struct placing p = { .ino = id.ino, .rows = rows, .rows_max = rows_max };
	struct vexfs_inode inode;
	int err;

	/* Alone: counts are looked up, and pages of the map may be read for that. */
	vexfs_port_rwlock_write_lock(txn->lock);
	err = vexfs_subvol_get(txn, id.tree, &p.subvol);
	if (!err)
		err = vexfs_inode_read(&p.subvol->tree, id.ino, &inode);
	if (!err && !vexfs_inode_is(&inode, VEXFS_S_IFREG))
		err = VEXFS_ERR(EINVAL);
	if (!err)
		err = rows_fill(&p, offset_bytes / VEXFS_BLOCK_BYTES);
	vexfs_port_rwlock_write_unlock(txn->lock);
	if (err)
		return err;
	if (p.ended && p.count)
		rows[p.count - 1].flags |= VEXFS_PLACE_LAST;
	*count = p.count;
	return 0;
}

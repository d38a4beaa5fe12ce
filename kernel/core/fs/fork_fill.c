// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Writing into blocks that fallocate() reserved, where they are: on a full volume there are no
 * others, and a file that was reserved in one piece stays in one.
 *
 * Data is never overwritten, but these blocks have none: on disk nothing says what is in them until
 * the extent is a written one. It must be the only one that has them, in the tree as it is: then it
 * is in the last commit as well, where they were either free or unwritten. And a block that is
 * shared is never made a written one in one place alone, so all who share it see the same.
 */
#include <vexfs/errors.h>

#include "fs/fork_range.h"

int vexfs_run_is_sole(struct vexfs_space *space, const struct vexfs_run *run, bool *sole)
{
	u32 i, refs = 1;
	int err = 0;

	for (i = 0; i < run->blocks && !err && refs == 1; i++)
		err = vexfs_space_refs(space, run->block + i, &refs);
	*sole = refs == 1;
	return err;
}

/* The unwritten extent that has @file_block, and its key. Return: 0, -ENOENT, errors of reading. */
static int unwritten_find(struct vexfs_subvol *subvol, u64 ino, u64 file_block,
			  struct vexfs_key *at, struct vexfs_extent *extent)
{
	struct vexfs_key key = vexfs_fork_key(ino, VEXFS_DATA_FORK, file_block);
	struct vexfs_cursor cursor;
	int err = vexfs_cursor_open_floor(&cursor, &subvol->tree, &key);

	if (!err && cursor.at_end)
		err = -ENOENT;
	if (!err) {
		*at = vexfs_cursor_key(&cursor);
		if (at->object != ino || at->type != key.type || at->offset > file_block)
			err = -ENOENT;
	}
	if (!err)
		err = vexfs_extent_decode(vexfs_cursor_data(&cursor), vexfs_cursor_bytes(&cursor),
					  at->offset, extent);
	if (!err && (extent->kind != VEXFS_EXTENT_UNWRITTEN ||
		     file_block - at->offset >= extent->len))
		err = -ENOENT;
	vexfs_cursor_close(&cursor);
	return err;
}

int vexfs_run_fill_locked(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino,
			  u64 file_block, u32 want, struct vexfs_run *run)
{
	struct vexfs_extent extent;
	struct vexfs_key key;
	bool sole;
	u32 skip;
	int err = unwritten_find(subvol, ino, file_block, &key, &extent);

	/* Counts are of this tree alone only when the path to the item is. */
	if (!err)
		err = vexfs_tree_prepare(&subvol->tree, &key, 0);
	if (err)
		return err;
	skip = (u32)(file_block - key.offset);
	run->file_block = file_block;
	run->block = extent.block + skip;
	run->blocks = want < extent.len - skip ? want : extent.len - skip;
	run->disk_blocks = run->blocks;
	run->frame_bytes = 0;
	run->birth = txn->io.generation;
	run->fills = true;
	err = vexfs_run_is_sole(&txn->space, run, &sole);
	return err || sole ? err : -ENOENT;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Where a fork has data, and where it has none (SEEK_DATA, SEEK_HOLE). */
#include <vexfs/errors.h>

#include "fs/fork_range.h"

static bool is_data(const struct vexfs_span *span)
{
	return span->kind != VEXFS_SPAN_HOLE && span->kind != VEXFS_EXTENT_UNWRITTEN;
}

static int seek_locked(struct vexfs_subvol *subvol, u64 ino, u64 size_bytes, u64 offset_bytes,
		       bool hole, u64 *out)
{
	u64 block = offset_bytes / VEXFS_BLOCK_BYTES;
	struct vexfs_span span;
	int err;

	while (block * VEXFS_BLOCK_BYTES < size_bytes) {
		err = vexfs_fork_span_find(subvol, ino, block, NULL, &span);
		if (err)
			return err;
		if (is_data(&span) != hole) {
			u64 start = block * VEXFS_BLOCK_BYTES;

			*out = start > offset_bytes ? start : offset_bytes;
			return 0;
		}
		block = span.end;
	}
	if (!hole)
		return VEXFS_ERR(ENXIO);
	/* There is a hole behind the end of every file. */
	*out = size_bytes;
	return 0;
}

int vexfs_fork_seek(struct vexfs_txn *txn, struct vexfs_id id, u64 offset_bytes, bool hole,
		    u64 *out)
{
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	u64 found = 0;
	int err;

	vexfs_port_rwlock_read_lock(txn->lock);
	err = vexfs_subvol_get(txn, id.tree, &subvol);
	if (!err)
		err = vexfs_inode_read(&subvol->tree, id.ino, &inode);
	if (!err && !vexfs_inode_is(&inode, VEXFS_S_IFREG))
		err = VEXFS_ERR(EINVAL);
	if (!err && offset_bytes >= inode.size[VEXFS_DATA_FORK])
		err = VEXFS_ERR(ENXIO);
	if (!err)
		err = seek_locked(subvol, id.ino, inode.size[VEXFS_DATA_FORK], offset_bytes, hole,
				  &found);
	vexfs_port_rwlock_read_unlock(txn->lock);
	if (!err)
		*out = found;
	return err;
}

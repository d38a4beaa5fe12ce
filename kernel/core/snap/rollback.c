// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * The live tree becomes what a snapshot holds: its root is one more reference to the snapshot's,
 * and the reference it had becomes the safety snapshot's. One commit has both.
 *
 * Who is in the middle of changing a file is waited for, since he relies on that file's extents;
 * whoever comes later finds the other tree. Files that had no name when the snapshot was taken are
 * freed at the end, as after a crash.
 */
#include <vexfs/errors.h>

#include "snap/snap.h"

static void live_replace(struct vexfs_subvol *live, const struct vexfs_subvol *by)
{
	live->tree.root = by->tree.root;
	live->tree.dirty = true;
	live->dirty = true;
	live->inodes = by->inodes;
	live->vectors_bytes = by->vectors_bytes;
	/* Numbers that were given out since are not given out again. */
	if (live->next_ino < by->next_ino)
		live->next_ino = by->next_ino;
	live->source = by->tree.id;
	live->source_generation = by->tree.io->generation;
	live->logged_ino = live->next_ino;
	live->logged_inodes = live->inodes;
	live->logged_vectors = live->vectors_bytes;
}

static int rollback_locked(struct vexfs_txn *txn, u64 id, struct vexfs_name name, u32 flags,
			   struct vexfs_snapshot *out)
{
	struct vexfs_subvol *live, *source, *safety;
	int err = vexfs_subvol_get(txn, VEXFS_VOLUME_TREE_LIVE, &live);

	if (!err)
		err = vexfs_subvol_get(txn, id, &source);
	if (err)
		return err == -ESTALE ? VEXFS_ERR(ENOENT) : err;
	err = vexfs_snap_copy(txn, live, name, flags, &safety);
	if (err)
		return err;
	err = vexfs_space_prepare(&txn->space, source->tree.root.block, VEXFS_NODE_BLOCKS, 2);
	if (!err)
		err = vexfs_space_prepare(&txn->space, live->tree.root.block, VEXFS_NODE_BLOCKS, 1);
	if (!err)
		err = vexfs_snap_insert(txn, safety);
	if (err) {
		vexfs_port_free(safety);
		return err;
	}
	vexfs_space_inc(&txn->space, source->tree.root.block, VEXFS_NODE_BLOCKS);
	vexfs_space_dec(&txn->space, live->tree.root.block, VEXFS_NODE_BLOCKS);
	live_replace(live, source);
	vexfs_snap_fill(safety, out);
	return 0;
}

int vexfs_snap_rollback(struct vexfs_txn *txn, u64 id, struct vexfs_name name, u32 flags,
			struct vexfs_snapshot *safety)
{
	int err;

	if (id < VEXFS_VOLUME_TREE_FIRST || vexfs_name_check(name) || vexfs_name_is_dots(name) ||
	    (flags & ~(VEXFS_TREE_LOCKED | VEXFS_TREE_HIDDEN)))
		return VEXFS_ERR(EINVAL);
	vexfs_port_rwlock_write_lock(txn->writers_lock);
	err = vexfs_txn_begin(txn, VEXFS_SPACE_NORMAL);
	if (!err) {
		err = vexfs_txn_end(txn, rollback_locked(txn, id, name, flags, safety));
		if (!err)
			err = vexfs_txn_commit_last(txn);
		/* It is done; what is left is freed at the next open of the volume. */
		if (!err)
			(void)vexfs_orphans_clear(txn, VEXFS_VOLUME_TREE_LIVE);
	}
	vexfs_port_rwlock_write_unlock(txn->writers_lock);
	return err;
}

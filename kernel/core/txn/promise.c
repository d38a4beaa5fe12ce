// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Promises of space to hosts that write later. */
#include "txn/txn.h"

#include <vexfs/errors.h>

/* Two can hold what was freed: the running transaction and the one on its way to disk. */
#define COMMITS_FOR_ROOM	2u

int vexfs_txn_promise(struct vexfs_txn *txn, u64 blocks)
{
	u32 commits;
	int err;

	for (commits = 0;; commits++) {
		bool pinned;

		vexfs_port_rwlock_write_lock(txn->lock);
		if (txn->read_only || txn->poisoned)
			err = VEXFS_ERR(EROFS);
		else
			err = vexfs_space_promise(&txn->space, blocks) ? 0 : -ENOSPC;
		pinned = vexfs_txn_is_dirty(txn) || txn->space.writing_pages;
		vexfs_port_rwlock_write_unlock(txn->lock);
		if (err != -ENOSPC)
			return err;
		if (commits == COMMITS_FOR_ROOM || !pinned)
			return VEXFS_ERR(ENOSPC);
		err = vexfs_txn_commit(txn, NULL);
		if (err)
			return err;
	}
}

void vexfs_txn_unpromise(struct vexfs_txn *txn, u64 blocks)
{
	if (!blocks)
		return;
	vexfs_port_rwlock_write_lock(txn->lock);
	vexfs_space_unpromise(&txn->space, blocks);
	vexfs_port_rwlock_write_unlock(txn->lock);
}

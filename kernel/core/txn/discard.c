// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Telling the device, now and then, what it need not keep. */
#include <vexfs/errors.h>

#include "txn/txn.h"

/* One step: little enough that a volume with no other room left hardly misses it. */
#define STEP_RUNS	32u
#define STEP_BLOCKS	1024u

/* While the volume is being changed, this much may wait. */
#define BUSY_BLOCKS	16384u

/* A volume that nobody changed for so long is idle. */
#define IDLE_US		2000000u

bool vexfs_discard_is_due(struct vexfs_txn *txn)
{
	u64 stale = txn->space.stale_blocks;

	if (!stale || txn->read_only || txn->poisoned)
		return false;
	return stale >= BUSY_BLOCKS || (!vexfs_txn_is_dirty(txn) &&
					vexfs_port_monotonic_us() - txn->committed_us >= IDLE_US);
}

int vexfs_discard_step(struct vexfs_txn *txn)
{
	struct vexfs_space_run *runs = vexfs_port_alloc(STEP_RUNS * sizeof(*runs));
	u32 i, count;
	u64 blocks = 0;
	int err = 0;

	if (!runs)
		return VEXFS_ERR(ENOMEM);
	vexfs_port_rwlock_write_lock(txn->lock);
	count = vexfs_space_stale_take(&txn->space, runs, STEP_RUNS, STEP_BLOCKS);
	vexfs_port_rwlock_write_unlock(txn->lock);
	for (i = 0; i < count && !err; i++) {
		err = vexfs_port_dev_discard(txn->io.dev, runs[i].block, runs[i].blocks);
		blocks += err ? 0 : runs[i].blocks;
	}
	vexfs_port_rwlock_write_lock(txn->lock);
	vexfs_space_stale_return(&txn->space, runs, count);
	txn->discarded_blocks += blocks;
	/* A device that cannot or will not is not asked again. */
	if (err)
		txn->space.discards = false;
	vexfs_port_rwlock_write_unlock(txn->lock);
	vexfs_port_free(runs);
	return count && !err ? 1 : 0;
}

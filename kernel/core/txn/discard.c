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

/*
 * Somebody who waited for an fsync a moment ago waits for the next one soon, and ten times as long
 * beside a hole that is punched (the host's journal has to take it first). So there is a step only
 * now and then, until no fsync came for as long as QUIET_US.
 */
#define QUIET_US	1000000u
#define BESIDE_FSYNC_US	500000u

static bool is_in_the_way(const struct vexfs_txn *txn, u64 now)
{
	u64 synced_us = __atomic_load_n(&txn->synced_us, __ATOMIC_RELAXED);

	/* An fsync may have ended since @now was taken. */
	return synced_us && now < synced_us + QUIET_US &&
	       now < txn->discarded_us + BESIDE_FSYNC_US;
}

bool vexfs_discard_is_due(struct vexfs_txn *txn)
{
	u64 stale = txn->space.stale_blocks, now;

	if (!stale || txn->read_only || txn->poisoned)
		return false;
	now = vexfs_port_monotonic_us();
	if (stale >= BUSY_BLOCKS)
		return !is_in_the_way(txn, now);
	return !vexfs_txn_is_dirty(txn) && now - txn->committed_us >= IDLE_US;
}

/* Discards held runs and gives them back; no lock is held. *blocks: that many went well. */
static int runs_discard(struct vexfs_txn *txn, const struct vexfs_space_run *runs, u32 count,
			u64 *blocks)
{
	u32 i;
	int err = 0;

	*blocks = 0;
	for (i = 0; i < count && !err; i++) {
		err = vexfs_port_dev_discard(txn->io.dev, runs[i].block, runs[i].blocks);
		*blocks += err ? 0 : runs[i].blocks;
	}
	vexfs_port_rwlock_write_lock(txn->lock);
	vexfs_space_stale_return(&txn->space, runs, count);
	txn->discarded_blocks += *blocks;
	txn->discarded_us = vexfs_port_monotonic_us();
	/* A device that cannot or will not is not asked again. */
	if (err)
		txn->space.discards = false;
	vexfs_port_rwlock_write_unlock(txn->lock);
	return err;
}

int vexfs_discard_step(struct vexfs_txn *txn)
{
	struct vexfs_space_run *runs = vexfs_port_alloc(STEP_RUNS * sizeof(*runs));
	u32 count;
	u64 blocks;
	int err;

	if (!runs)
		return VEXFS_ERR(ENOMEM);
	vexfs_port_rwlock_write_lock(txn->lock);
	count = vexfs_space_stale_take(&txn->space, runs, STEP_RUNS, STEP_BLOCKS);
	vexfs_port_rwlock_write_unlock(txn->lock);
	err = runs_discard(txn, runs, count, &blocks);
	vexfs_port_free(runs);
	return count && !err ? 1 : 0;
}

/*
 * Only what is available is held: neither what the last commit has, nor what the log or a writer
 * has been given since, nor what a reader may still look at.
 */
static int trim_hold(struct vexfs_txn *txn, struct vexfs_trim *trim, struct vexfs_space_run *runs,
		     u32 *count)
{
	u64 total = txn->io.super.total_blocks, end = trim->end < total ? trim->end : total;
	u64 page_end = trim->block - trim->block % VEXFS_MAP_PAGE_COUNTS + VEXFS_MAP_PAGE_COUNTS;

	if (txn->read_only || txn->poisoned)
		return VEXFS_ERR(EROFS);
	if (!trim->min_blocks || trim->min_blocks > VEXFS_MAP_PAGE_COUNTS)
		return VEXFS_ERR(EINVAL);
	if (trim->block >= end) {
		*count = 0;
		return 0;
	}
	vexfs_space_trim(&txn->space);
	return vexfs_space_free_take(&txn->space, &trim->block, end < page_end ? end : page_end,
				     (u32)trim->min_blocks, runs, count);
}

int vexfs_trim_step(struct vexfs_txn *txn, struct vexfs_trim *trim)
{
	struct vexfs_space_run *runs = vexfs_port_alloc(STEP_RUNS * sizeof(*runs));
	u32 count = STEP_RUNS;
	u64 blocks = 0, before = trim->block;
	int err;

	if (!runs)
		return VEXFS_ERR(ENOMEM);
	vexfs_port_rwlock_write_lock(txn->lock);
	err = trim_hold(txn, trim, runs, &count);
	vexfs_port_rwlock_write_unlock(txn->lock);
	if (!err)
		err = runs_discard(txn, runs, count, &blocks);
	trim->trimmed_blocks += blocks;
	vexfs_port_free(runs);
	return err ? err : trim->block != before;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * promise.c - room for dirty pages, so that write(2) says -ENOSPC and writeback never does.
 *
 * A folio whose private field is set has a promise of one block. The engine is asked for many at a
 * time; what is left lies in the mount until a page wants it or a tick gives it back.
 */
#include <linux/pagemap.h>

#include "vexfs_fs.h"

#define BATCH_BLOCKS	256u

static bool take_one(struct vexfs_mount *mount)
{
	return atomic64_dec_if_positive(&mount->promises) >= 0;
}

static int promise_page(struct vexfs_mount *mount)
{
	int err = 0;

	if (take_one(mount))
		return 0;
	mutex_lock(&mount->promise_mutex);
	WRITE_ONCE(mount->promises_used, true);
	if (!take_one(mount)) {
		err = vexfs_volume_promise(mount->volume, BATCH_BLOCKS);
		if (!err)
			atomic64_add(BATCH_BLOCKS - 1, &mount->promises);
		else if (err == -ENOSPC)
			err = vexfs_volume_promise(mount->volume, 1);
	}
	mutex_unlock(&mount->promise_mutex);
	return err;
}

int vexfs_promise_folio(struct inode *inode, struct folio *folio)
{
	int err;

	if (folio_test_private(folio))
		return 0;
	err = promise_page(vexfs_mount_of(inode));
	if (err)
		return err;
	folio_attach_private(folio, (void *)1);
	atomic_inc(&VEXFS_I(inode)->promised_pages);
	return 0;
}

u32 vexfs_folio_unpromise(struct inode *inode, struct folio *folio)
{
	if (!folio_test_private(folio))
		return 0;
	folio_detach_private(folio);
	atomic_dec(&VEXFS_I(inode)->promised_pages);
	return 1;
}

void vexfs_promises_return(struct vexfs_mount *mount, u64 blocks)
{
	atomic64_add(blocks, &mount->promises);
}

void vexfs_promises_trim(struct vexfs_mount *mount, bool all)
{
	s64 left;

	if (!atomic64_read(&mount->promises))
		return;
	mutex_lock(&mount->promise_mutex);
	if (all || !mount->promises_used) {
		left = atomic64_xchg(&mount->promises, 0);
		vexfs_volume_unpromise(mount->volume, (u64)left);
	}
	mount->promises_used = false;
	mutex_unlock(&mount->promise_mutex);
}

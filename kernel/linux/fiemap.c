// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* fiemap.c - where a file's content lies on the device (FS_IOC_FIEMAP). */
#include <linux/fiemap.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include <vexfs/ranges.h>

#include "vexfs_fs.h"

#define ROWS_MAX	32u

static u32 flags_of(const struct vexfs_placed *row)
{
	return (row->flags & VEXFS_PLACE_UNWRITTEN ? FIEMAP_EXTENT_UNWRITTEN : 0) |
	       (row->flags & VEXFS_PLACE_COMPRESSED ? FIEMAP_EXTENT_ENCODED : 0) |
	       (row->flags & VEXFS_PLACE_INLINE ?
			FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_NOT_ALIGNED : 0) |
	       (row->flags & VEXFS_PLACE_SHARED ? FIEMAP_EXTENT_SHARED : 0) |
	       (row->flags & VEXFS_PLACE_LAST ? FIEMAP_EXTENT_LAST : 0);
}

/* Return: 1 when no more are wanted, 0, or an error. */
static int rows_emit(struct fiemap_extent_info *info, const struct vexfs_placed *rows, u32 count,
		     u64 end)
{
	u32 i;
	int result = 0;

	for (i = 0; i < count && !result; i++) {
		if (rows[i].offset_bytes >= end)
			return 1;
		result = fiemap_fill_next_extent(info, rows[i].offset_bytes, rows[i].device_bytes,
						 rows[i].len_bytes, flags_of(&rows[i]));
	}
	return result;
}

int vexfs_fiemap(struct inode *inode, struct fiemap_extent_info *info, u64 start, u64 len)
{
	struct vexfs_placed *rows = kmalloc_array(ROWS_MAX, sizeof(*rows), GFP_KERNEL);
	u64 at = start;
	u32 count = 0;
	int result = rows ? vexfs_alive(inode) : -ENOMEM;

	if (!result)
		result = fiemap_prep(inode, info, start, &len, 0);
	inode_lock_shared(inode);
	/* Pages that wait have no place yet. */
	if (!result)
		result = filemap_write_and_wait(inode->i_mapping);
	while (!result) {
		result = vexfs_volume_places(vexfs_volume_of(inode), VEXFS_I(inode)->id, at, rows,
					     ROWS_MAX, &count);
		if (result || !count)
			break;
		result = rows_emit(info, rows, count, start + len);
		at = rows[count - 1].offset_bytes + rows[count - 1].len_bytes;
		if (rows[count - 1].flags & VEXFS_PLACE_LAST)
			break;
		if (fatal_signal_pending(current))
			result = -EINTR;
	}
	inode_unlock_shared(inode);
	kfree(rows);
	return result == 1 ? 0 : result;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* direct.c - O_DIRECT: bytes between programs and the engine without the page cache. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "vexfs_fs.h"

#define PART_BYTES	(1u << 20)

static int part_read(struct inode *inode, loff_t offset, void *memory, u32 bytes,
		     struct iov_iter *iter, u32 *done)
{
	u32 got = 0;
	int err = vexfs_volume_read(vexfs_volume_of(inode), VEXFS_I(inode)->id, 0, (u64)offset,
				    memory, bytes, &got);

	if (err)
		return err;
	*done = (u32)copy_to_iter(memory, got, iter);
	return *done || !got ? 0 : -EFAULT;
}

static int part_write(struct inode *inode, loff_t offset, void *memory, u32 bytes,
		      struct iov_iter *iter, u32 *done)
{
	int err;

	bytes = (u32)copy_from_iter(memory, bytes, iter);
	if (!bytes)
		return -EFAULT;
	err = vexfs_volume_write(vexfs_volume_of(inode), VEXFS_I(inode)->id, 0, (u64)offset,
				 memory, bytes, done);
	if (*done < bytes)
		iov_iter_revert(iter, bytes - *done);
	return err;
}

/* Callers have written back what the page cache has of the range, and drop it after a write. */
ssize_t vexfs_direct_io(struct kiocb *iocb, struct iov_iter *iter)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	bool is_write = iov_iter_rw(iter) == WRITE;
	loff_t offset = iocb->ki_pos;
	void *memory = kvmalloc(min_t(size_t, iov_iter_count(iter), PART_BYTES), GFP_KERNEL);
	ssize_t total = 0;
	int err = 0;

	if (!memory)
		return -ENOMEM;
	while (iov_iter_count(iter) && !err) {
		u32 bytes = (u32)min_t(size_t, iov_iter_count(iter), PART_BYTES), done = 0;

		if (is_write)
			err = part_write(inode, offset, memory, bytes, iter, &done);
		else
			err = part_read(inode, offset, memory, bytes, iter, &done);
		offset += done;
		total += done;
		if (done < bytes)
			break;
	}
	kvfree(memory);
	return total ? total : err;
}

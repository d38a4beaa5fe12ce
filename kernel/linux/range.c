// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* range.c - ranges of a file: reserving, punching, zeroing, cloning, and finding data. */
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#include <vexfs/ranges.h>

#include "vexfs_fs.h"

/* ---- fallocate ---- */

static int allocate_all(struct inode *inode, int mode, loff_t offset, loff_t len)
{
	struct vexfs_id id = VEXFS_I(inode)->id;
	int err = 0;

	while (len > 0 && !err) {
		u64 done = 0;

		err = vexfs_volume_allocate(vexfs_volume_of(inode), id, (u32)mode, (u64)offset,
					    (u64)len, &done);
		if (fatal_signal_pending(current))
			err = -EINTR;
		offset += (loff_t)done;
		len -= (loff_t)done;
	}
	return err;
}

/* The engine and the page cache together; the inode and its invalidate lock are held. */
static int allocate_locked(struct inode *inode, int mode, loff_t offset, loff_t len)
{
	bool is_content = mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE);
	loff_t end = offset + len, first = round_down(offset, PAGE_SIZE);
	loff_t last = min_t(u64, round_up((u64)end, PAGE_SIZE) - 1, LLONG_MAX);
	int err = 0;

	/* Whole pages go below before the engine changes them, and are read anew after it has. */
	if (is_content)
		err = filemap_write_and_wait_range(inode->i_mapping, first, last);
	if (err)
		return err;
	down_write(&VEXFS_I(inode)->io_lock);
	if (end > i_size_read(inode) && !(mode & FALLOC_FL_KEEP_SIZE))
		vexfs_zero_tail(inode);
	err = allocate_all(inode, mode, offset, len);
	if (is_content)
		truncate_inode_pages_range(inode->i_mapping, first, last);
	if (!err && !(mode & FALLOC_FL_KEEP_SIZE) && end > i_size_read(inode))
		i_size_write(inode, end);
	up_write(&VEXFS_I(inode)->io_lock);
	return err;
}

long vexfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file_inode(file);
	int err = 0;

	BUILD_BUG_ON(VEXFS_ALLOCATE_KEEP_SIZE != FALLOC_FL_KEEP_SIZE);
	BUILD_BUG_ON(VEXFS_ALLOCATE_PUNCH != FALLOC_FL_PUNCH_HOLE);
	BUILD_BUG_ON(VEXFS_ALLOCATE_ZERO != FALLOC_FL_ZERO_RANGE);
	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	if (vexfs_is_shut_down(vexfs_mount_of(inode)))
		return -EIO;
	inode_lock(inode);
	if (!(mode & FALLOC_FL_KEEP_SIZE))
		err = inode_newsize_ok(inode, offset + len);
	if (!err)
		err = file_modified(file);
	if (!err) {
		filemap_invalidate_lock(inode->i_mapping);
		err = allocate_locked(inode, mode, offset, len);
		filemap_invalidate_unlock(inode->i_mapping);
	}
	/* The engine stamped the file, too; the VFS's time is the one that counts. */
	mark_inode_dirty_sync(inode);
	inode_unlock(inode);
	return err;
}

/* ---- clone ---- */

/* The engine refuses small content that is in no block: it is copied, if it @may_copy. */
static int clone_all(struct vexfs_volume *volume, struct vexfs_clone *clone, bool may_copy,
		     u64 *total)
{
	int err = 0;

	while (clone->len_bytes && !err) {
		u64 done = 0;

		err = vexfs_volume_clone(volume, clone, &done);
		if (err == -EINVAL && may_copy)
			err = vexfs_volume_copy(volume, clone, &done);
		if (!err && !done)
			break;
		clone->from_offset += done;
		clone->to_offset += done;
		clone->len_bytes -= done;
		*total += done;
		if (fatal_signal_pending(current))
			err = -EINTR;
	}
	return *total ? 0 : err;
}

static loff_t remap_locked(struct file *from, loff_t from_pos, struct file *to, loff_t to_pos,
			   loff_t len, unsigned int flags)
{
	struct inode *source = file_inode(from), *target = file_inode(to);
	struct vexfs_clone clone = { .from = VEXFS_I(source)->id, .to = VEXFS_I(target)->id };
	u64 total = 0;
	int err;

	/* All of it: a hole before dirty pages is beyond the end, to the engine. */
	err = filemap_write_and_wait(source->i_mapping);
	if (!err && (flags & REMAP_FILE_DEDUP))
		err = filemap_write_and_wait(target->i_mapping);
	if (err)
		return err;
	err = generic_remap_file_range_prep(from, from_pos, to, to_pos, &len, flags);
	if (err < 0 || !len)
		return err;
	clone.from_offset = (u64)from_pos;
	clone.to_offset = (u64)to_pos;
	clone.len_bytes = (u64)len;
	down_write(&VEXFS_I(target)->io_lock);
	if (to_pos > i_size_read(target))
		vexfs_zero_tail(target);
	/* The same bytes in two places already: nothing is to be gained by copying them. */
	err = clone_all(vexfs_volume_of(target), &clone, !(flags & REMAP_FILE_DEDUP), &total);
	if (total && !(flags & REMAP_FILE_DEDUP)) {
		loff_t end = to_pos + (loff_t)total;

		truncate_inode_pages_range(target->i_mapping, to_pos, PAGE_ALIGN(end) - 1);
		if (end > i_size_read(target))
			i_size_write(target, end);
	}
	up_write(&VEXFS_I(target)->io_lock);
	mark_inode_dirty_sync(target);
	return err ? err : (loff_t)total;
}

loff_t vexfs_remap_file_range(struct file *from, loff_t from_pos, struct file *to, loff_t to_pos,
			      loff_t len, unsigned int flags)
{
	struct inode *source = file_inode(from), *target = file_inode(to);
	loff_t done;

	if (flags & ~(REMAP_FILE_CAN_SHORTEN | REMAP_FILE_DEDUP))
		return -EINVAL;
	if (vexfs_is_shut_down(vexfs_mount_of(source)))
		return -EIO;
	lock_two_nondirectories(source, target);
	filemap_invalidate_lock_two(source->i_mapping, target->i_mapping);
	done = remap_locked(from, from_pos, to, to_pos, len, flags);
	filemap_invalidate_unlock_two(source->i_mapping, target->i_mapping);
	unlock_two_nondirectories(source, target);
	return done;
}

/* ---- seek ---- */

static loff_t seek_content(struct file *file, loff_t offset, bool hole)
{
	struct inode *inode = file_inode(file);
	u64 found;
	int err;

	if (offset < 0)
		return -ENXIO;
	if (vexfs_is_shut_down(vexfs_mount_of(inode)))
		return -EIO;
	inode_lock_shared(inode);
	/* Only the engine knows holes, and only of what it has. */
	err = filemap_write_and_wait(inode->i_mapping);
	if (!err)
		err = vexfs_volume_seek(vexfs_volume_of(inode), VEXFS_I(inode)->id, (u64)offset,
					hole, &found);
	inode_unlock_shared(inode);
	return err ? err : vfs_setpos(file, (loff_t)found, inode->i_sb->s_maxbytes);
}

loff_t vexfs_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_HOLE || whence == SEEK_DATA)
		return seek_content(file, offset, whence == SEEK_HOLE);
	return generic_file_llseek(file, offset, whence);
}

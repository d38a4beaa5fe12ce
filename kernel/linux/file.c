// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* file.c - regular files: reading and writing through the page cache, mapping, syncing. */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/uio.h>
#include <linux/writeback.h>

#include "vexfs_fs.h"

static ssize_t vexfs_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct vexfs_mount *mount = vexfs_mount_of(file_inode(iocb->ki_filp));
	ssize_t got;

	if (vexfs_is_shut_down(mount))
		return -EIO;
	got = generic_file_read_iter(iocb, to);
	vexfs_count(mount, VEXFS_COUNT_READS, 1);
	if (got > 0)
		vexfs_count(mount, VEXFS_COUNT_READ_BYTES, (u64)got);
	return got;
}

/*
 * Pages are promised new room, which a full volume has not; but the engine may have blocks that
 * are reserved for just this range, and says so only when it gets the data.
 */
static ssize_t write_through(struct kiocb *iocb, struct iov_iter *from)
{
	ssize_t done;

	iocb->ki_flags |= IOCB_DIRECT;
	done = __generic_file_write_iter(iocb, from);
	iocb->ki_flags &= ~IOCB_DIRECT;
	return done;
}

static ssize_t vexfs_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	struct vexfs_mount *mount = vexfs_mount_of(inode);
	ssize_t done;

	if (vexfs_is_shut_down(mount))
		return -EIO;
	inode_lock(inode);
	done = generic_write_checks(iocb, from);
	if (done > 0 && iocb->ki_pos > i_size_read(inode))
		vexfs_zero_tail(inode);
	if (done > 0)
		done = __generic_file_write_iter(iocb, from);
	if (done == -ENOSPC && !(iocb->ki_flags & IOCB_DIRECT))
		done = write_through(iocb, from);
	inode_unlock(inode);
	vexfs_count(mount, VEXFS_COUNT_WRITES, 1);
	if (done <= 0)
		return done;
	vexfs_count(mount, VEXFS_COUNT_WRITE_BYTES, (u64)done);
	return generic_write_sync(iocb, done);
}

static const struct vm_operations_struct vexfs_vm_ops = {
	.fault = filemap_fault,
	.map_pages = filemap_map_pages,
	.page_mkwrite = vexfs_page_mkwrite,
};

static int vexfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	int err = vexfs_alive(file_inode(file));

	if (err)
		return err;
	file_accessed(file);
	vma->vm_ops = &vexfs_vm_ops;
	return 0;
}

int vexfs_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct inode *inode = file_inode(file);
	struct vexfs_mount *mount = vexfs_mount_of(inode);
	struct vexfs_id id = VEXFS_I(inode)->id;
	int err = file_write_and_wait_range(file, start, end);

	vexfs_count(mount, VEXFS_COUNT_SYNCS_ASKED, 1);
	if (!err)
		err = vexfs_alive(inode);
	if (!err && !datasync)
		err = sync_inode_metadata(inode, 1);
	if (err)
		return err;
	if (vexfs_is_virtual(inode))
		id = (struct vexfs_id){ VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO };
	return vexfs_volume_fsync(mount->volume, id);
}

const struct file_operations vexfs_file_fops = {
	.llseek = vexfs_llseek,
	.read_iter = vexfs_read_iter,
	.write_iter = vexfs_write_iter,
	.mmap = vexfs_mmap,
	.open = generic_file_open,
	.fsync = vexfs_fsync,
	.splice_read = filemap_splice_read,
	.splice_write = iter_file_splice_write,
	.fallocate = vexfs_fallocate,
	.remap_file_range = vexfs_remap_file_range,
	.unlocked_ioctl = vexfs_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

const struct inode_operations vexfs_file_iops = {
	.permission = vexfs_permission,
	.getattr = vexfs_getattr,
	.setattr = vexfs_setattr,
	.listxattr = vexfs_listxattr,
	.VEXFS_GET_ACL = vexfs_get_acl,
	.set_acl = vexfs_set_acl,
	.fileattr_get = vexfs_fileattr_get,
	.fileattr_set = vexfs_fileattr_set,
	.fiemap = vexfs_fiemap,
};

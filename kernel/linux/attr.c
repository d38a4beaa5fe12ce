// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* attr.c - attributes: who may, what they are, and changing them, sizes included. */
#include <linux/pagemap.h>
#include <linux/posix_acl.h>

#include "vexfs_fs.h"

int vexfs_permission(vexfs_idmap *idmap, struct inode *inode, int mask)
{
	if (vexfs_is_shut_down(vexfs_mount_of(inode)))
		return -EIO;
	if ((mask & MAY_WRITE) && VEXFS_I(inode)->read_only &&
	    (S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode) || S_ISLNK(inode->i_mode)))
		return -EROFS;
	return generic_permission(idmap, inode, mask);
}

int vexfs_getattr(vexfs_idmap *idmap, const struct path *path, struct kstat *stat, u32 mask,
		  unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);
	struct vexfs_inode *own = VEXFS_I(inode);
	struct vexfs_attr attr;
	int err = vexfs_alive(inode);

	if (err)
		return err;
	vexfs_fillattr(idmap, mask, inode, stat);
	stat->blksize = VEXFS_BLOCK_BYTES;
	stat->result_mask |= STATX_BTIME;
	stat->btime = own->btime;
	if (!S_ISREG(inode->i_mode) || !(mask & STATX_BLOCKS))
		return 0;
	err = vexfs_volume_getattr(vexfs_volume_of(inode), own->id, &attr);
	if (err)
		return err;
	/* Pages that wait to be written will have blocks. */
	stat->blocks = vexfs_attr_sectors(&attr) +
		       (u64)atomic_read(&own->promised_pages) * (PAGE_SIZE >> VEXFS_SECTOR_SHIFT);
	return 0;
}

int vexfs_zero_tail(struct inode *inode)
{
	loff_t size = i_size_read(inode);
	size_t within = offset_in_page(size);
	struct page *page;

	if (!within)
		return 0;
	page = find_lock_page(inode->i_mapping, size >> PAGE_SHIFT);
	if (!page)
		return 0;
	wait_for_stable_page(page);
	zero_user_segment(page, within, PAGE_SIZE);
	unlock_page(page);
	put_page(page);
	return 0;
}

/* The permission bits that chmod(2) leaves, as setattr_copy() has them. */
static u32 mode_of(vexfs_idmap *idmap, struct inode *inode, const struct iattr *attr)
{
	umode_t mode = attr->ia_mode;
	kgid_t gid = attr->ia_valid & ATTR_GID ? attr->ia_gid : inode->i_gid;

	if (!in_group_p(gid) && !capable_wrt_inode_uidgid(idmap, inode, CAP_FSETID))
		mode &= ~S_ISGID;
	return mode & S_IALLUGO;
}

static void wanted_of(vexfs_idmap *idmap, struct inode *inode, struct iattr *attr,
		      struct vexfs_setattr *set)
{
	if (attr->ia_valid & ATTR_MODE) {
		set->valid |= VEXFS_SET_MODE;
		set->mode = mode_of(idmap, inode, attr);
		attr->ia_mode = (umode_t)((inode->i_mode & S_IFMT) | set->mode);
	}
	if (attr->ia_valid & ATTR_UID) {
		set->valid |= VEXFS_SET_UID;
		set->uid = from_kuid(&init_user_ns, attr->ia_uid);
	}
	if (attr->ia_valid & ATTR_GID) {
		set->valid |= VEXFS_SET_GID;
		set->gid = from_kgid(&init_user_ns, attr->ia_gid);
	}
	if (attr->ia_valid & ATTR_SIZE) {
		set->valid |= VEXFS_SET_SIZE;
		set->size_bytes = (u64)attr->ia_size;
	}
	if (attr->ia_valid & ATTR_ATIME) {
		set->valid |= VEXFS_SET_ATIME;
		set->atime = vexfs_time_of(attr->ia_atime);
	}
	if (attr->ia_valid & ATTR_MTIME) {
		set->valid |= VEXFS_SET_MTIME;
		set->mtime = vexfs_time_of(attr->ia_mtime);
	}
	if (attr->ia_valid & ATTR_CTIME) {
		set->valid |= VEXFS_SET_CTIME;
		set->ctime = vexfs_time_of(attr->ia_ctime);
	}
}

/* The engine first, since it may say no; nothing is written back in between. */
static int resize(struct inode *inode, const struct vexfs_setattr *set)
{
	struct vexfs_inode *own = VEXFS_I(inode);
	loff_t size = (loff_t)set->size_bytes;
	int err = 0;

	filemap_invalidate_lock(inode->i_mapping);
	down_write(&own->io_lock);
	if (size > i_size_read(inode))
		err = vexfs_zero_tail(inode);
	if (!err)
		err = vexfs_volume_setattr(vexfs_volume_of(inode), own->id, set, NULL);
	if (!err)
		truncate_setsize(inode, size);
	up_write(&own->io_lock);
	filemap_invalidate_unlock(inode->i_mapping);
	return err;
}

int vexfs_setattr(vexfs_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	struct vexfs_setattr set = { 0 };
	int err = vexfs_alive(inode);

	if (!err)
		err = setattr_prepare(idmap, dentry, attr);
	if (err)
		return err;
	/* truncate(2) leaves it to us to say so; the times of now are there. */
	if (attr->ia_valid & ATTR_SIZE)
		attr->ia_valid |= ATTR_MTIME | ATTR_CTIME;
	wanted_of(idmap, inode, attr, &set);
	if (set.valid & VEXFS_SET_SIZE)
		err = resize(inode, &set);
	else
		err = vexfs_volume_setattr(vexfs_volume_of(inode), VEXFS_I(inode)->id, &set, NULL);
	if (err)
		return err;
	setattr_copy(idmap, inode, attr);
	if (attr->ia_valid & ATTR_MODE)
		err = vexfs_acl_chmod(idmap, dentry);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* inode.c - inodes of the VFS, from and to those of the engine. */
#include <linux/writeback.h>

#include "vexfs_fs.h"

static void times_fill(struct inode *inode, const struct vexfs_attr *attr)
{
	inode_set_atime_to_ts(inode, vexfs_timespec_of(attr->atime));
	inode_set_mtime_to_ts(inode, vexfs_timespec_of(attr->mtime));
	inode_set_ctime_to_ts(inode, vexfs_timespec_of(attr->ctime));
}

static void operations_fill(struct inode *inode, dev_t rdev)
{
	switch (inode->i_mode & S_IFMT) {
	case S_IFREG:
		inode->i_op = &vexfs_file_iops;
		inode->i_fop = &vexfs_file_fops;
		inode->i_mapping->a_ops = &vexfs_aops;
		break;
	case S_IFDIR:
		inode->i_op = &vexfs_dir_iops;
		inode->i_fop = &vexfs_dir_fops;
		break;
	case S_IFLNK:
		inode->i_op = &vexfs_symlink_iops;
		inode_nohighmem(inode);
		break;
	default:
		inode->i_op = &vexfs_special_iops;
		init_special_inode(inode, inode->i_mode, rdev);
	}
}

static void inode_fill(struct inode *inode, struct vexfs_id id, const struct vexfs_attr *attr)
{
	struct vexfs_inode *own = VEXFS_I(inode);

	own->id = id;
	own->btime = vexfs_timespec_of(attr->btime);
	inode->i_mode = (umode_t)attr->mode;
	i_uid_write(inode, attr->uid);
	i_gid_write(inode, attr->gid);
	set_nlink(inode, attr->nlink);
	inode->i_size = (loff_t)attr->size_bytes;
	inode->i_blocks = vexfs_attr_sectors(attr);
	times_fill(inode, attr);
	/* The host's encoding of the numbers, as stat(2) has it in user space. */
	operations_fill(inode, new_decode_dev((u32)attr->rdev));
}

/* What holds for every inode of the tree. Return: 0, or an error of the engine. */
static int tree_is_read_only(struct vexfs_volume *volume, u64 tree, bool *read_only)
{
	struct vexfs_snapshot *row;
	u32 count = 0;
	int err;

	*read_only = false;
	if (tree < VEXFS_VOLUME_TREE_FIRST)
		return 0;
	row = vexfs_port_alloc(sizeof(*row));
	if (!row)
		return -ENOMEM;
	err = vexfs_volume_snapshot_list(volume, tree - 1, VEXFS_TREE_HIDDEN, row, 1, &count);
	if (!err && (!count || row->id != tree))
		err = -ESTALE;
	if (!err)
		*read_only = !(row->flags & VEXFS_TREE_WRITABLE);
	vexfs_port_free(row);
	return err;
}

static bool is_known_type(u32 mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return true;
	default:
		return false;
	}
}

struct inode *vexfs_iget(struct super_block *sb, struct vexfs_id id, const struct vexfs_attr *attr)
{
	struct vexfs_mount *mount = sb->s_fs_info;
	u64 node = vexfs_node_of(id);
	struct vexfs_attr read;
	struct inode *inode;
	int err = 0;

	if (!node)
		return ERR_PTR(-EOVERFLOW);
	inode = iget_locked(sb, node);
	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (!(inode->i_state & I_NEW))
		return inode;
	/*
	 * Read now, when the inode is ours: attributes that a lookup brought may be older than what
	 * an inode of the same number stored when it was evicted.
	 */
	if (!attr) {
		err = vexfs_volume_getattr(mount->volume, id, &read);
		attr = &read;
	}
	if (!err && !is_known_type(attr->mode))
		err = -EUCLEAN;
	if (!err)
		err = tree_is_read_only(mount->volume, id.tree, &VEXFS_I(inode)->read_only);
	if (err) {
		iget_failed(inode);
		return ERR_PTR(err);
	}
	inode_fill(inode, id, attr);
	if (VEXFS_I(inode)->read_only)
		inode->i_flags |= S_NOATIME;
	unlock_new_inode(inode);
	return inode;
}

void vexfs_refresh(struct inode *inode)
{
	struct vexfs_attr attr;

	/* It was there a moment ago: what cannot be read now is told by the next who needs it. */
	if (vexfs_volume_getattr(vexfs_volume_of(inode), VEXFS_I(inode)->id, &attr))
		return;
	set_nlink(inode, attr.nlink);
	inode_set_ctime_to_ts(inode, vexfs_timespec_of(attr.ctime));
	if (S_ISREG(inode->i_mode))
		return;
	inode_set_mtime_to_ts(inode, vexfs_timespec_of(attr.mtime));
	i_size_write(inode, (loff_t)attr.size_bytes);
	inode->i_blocks = vexfs_attr_sectors(&attr);
}

static bool time_differs(struct vexfs_time a, struct timespec64 b)
{
	return a.sec != b.tv_sec || a.nsec != (u32)b.tv_nsec;
}

int vexfs_store_times(struct inode *inode)
{
	struct vexfs_setattr set = { .valid = VEXFS_SET_ATIME | VEXFS_SET_MTIME | VEXFS_SET_CTIME };
	struct vexfs_volume *volume = vexfs_volume_of(inode);
	struct vexfs_id id = VEXFS_I(inode)->id;
	struct vexfs_attr attr;
	int err;

	if (vexfs_is_virtual(inode) || VEXFS_I(inode)->read_only)
		return 0;
	err = vexfs_volume_getattr(volume, id, &attr);
	if (err == -ESTALE)	/* its tree was deleted: nobody needs its times */
		return 0;
	if (err)
		return err;
	if (!time_differs(attr.atime, inode_get_atime(inode)) &&
	    !time_differs(attr.mtime, inode_get_mtime(inode)) &&
	    !time_differs(attr.ctime, inode_get_ctime(inode)))
		return 0;
	set.atime = vexfs_time_of(inode_get_atime(inode));
	set.mtime = vexfs_time_of(inode_get_mtime(inode));
	set.ctime = vexfs_time_of(inode_get_ctime(inode));
	err = vexfs_volume_setattr(volume, id, &set, NULL);
	return err == -ESTALE ? 0 : err;
}

int vexfs_write_inode(struct inode *inode, struct writeback_control *wbc)
{
	return vexfs_store_times(inode);
}

void vexfs_evict_inode(struct inode *inode)
{
	bool is_gone = !inode->i_nlink && !is_bad_inode(inode) && !vexfs_is_virtual(inode);

	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	if (!is_gone)
		return;
	sb_start_intwrite(inode->i_sb);
	/* What cannot be freed now is freed at the next open of the volume. */
	(void)vexfs_volume_evict(vexfs_volume_of(inode), VEXFS_I(inode)->id);
	sb_end_intwrite(inode->i_sb);
}

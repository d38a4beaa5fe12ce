// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* rename.c - renameat2(2). */
#include "vexfs_fs.h"

int vexfs_rename(vexfs_idmap *idmap, struct inode *old_dir, struct dentry *old_dentry,
		 struct inode *new_dir, struct dentry *new_dentry, unsigned int flags)
{
	struct inode *moved = d_inode(old_dentry), *target = d_inode(new_dentry);
	struct vexfs_rename rename = {
		.old_dir = VEXFS_I(old_dir)->id,
		.new_dir = VEXFS_I(new_dir)->id,
		.old_name = old_dentry->d_name.name,
		.new_name = new_dentry->d_name.name,
		.old_name_bytes = old_dentry->d_name.len,
		.new_name_bytes = new_dentry->d_name.len,
		.flags = flags,
	};
	struct vexfs_removed removed;
	int err;

	BUILD_BUG_ON(VEXFS_RENAME_NOREPLACE != RENAME_NOREPLACE);
	BUILD_BUG_ON(VEXFS_RENAME_EXCHANGE != RENAME_EXCHANGE);
	BUILD_BUG_ON(VEXFS_RENAME_WHITEOUT != RENAME_WHITEOUT);
	if (vexfs_is_virtual(moved) || (target && vexfs_is_virtual(target)))
		return -EPERM;
	err = vexfs_volume_rename(vexfs_volume_of(old_dir), &rename, &removed);
	if (err)
		return err;
	vexfs_refresh(old_dir);
	if (new_dir != old_dir)
		vexfs_refresh(new_dir);
	vexfs_refresh(moved);
	if (!target || target == moved)
		return 0;
	if (removed.id.ino && !removed.nlink)
		clear_nlink(target);
	else
		vexfs_refresh(target);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* flags.c - the flags of lsattr and chattr, as far as they are ours: c (compress), m (do not). */
#include <linux/fs.h>
#include <linux/fileattr.h>

#include "vexfs_fs.h"

#define KNOWN	(FS_COMPR_FL | FS_NOCOMP_FL)

static u32 flags_of(const struct vexfs_attr *attr)
{
	switch (attr->compression) {
	case VEXFS_COMPRESSION_ZSTD:
		return FS_COMPR_FL;
	case VEXFS_COMPRESSION_NONE:
		return FS_NOCOMP_FL;
	default:
		return 0;
	}
}

int vexfs_fileattr_get(struct dentry *dentry, struct fileattr *fa)
{
	struct inode *inode = d_inode(dentry);
	struct vexfs_attr attr = { 0 };
	int err = vexfs_alive(inode);

	if (!err && !vexfs_is_virtual(inode))
		err = vexfs_volume_getattr(vexfs_volume_of(inode), VEXFS_I(inode)->id, &attr);
	if (!err)
		fileattr_fill_flags(fa, flags_of(&attr));
	return err;
}

int vexfs_fileattr_set(vexfs_idmap *idmap, struct dentry *dentry, struct fileattr *fa)
{
	struct inode *inode = d_inode(dentry);
	struct vexfs_setattr set = { .valid = VEXFS_SET_COMPRESSION };
	int err = vexfs_alive(inode);

	if (err)
		return err;
	if (fileattr_has_fsx(fa) || (fa->flags & ~KNOWN))
		return -EOPNOTSUPP;
	if ((fa->flags & KNOWN) == KNOWN)
		return -EINVAL;
	if (vexfs_is_virtual(inode))
		return -EPERM;
	set.compression = fa->flags & FS_COMPR_FL  ? VEXFS_COMPRESSION_ZSTD :
			  fa->flags & FS_NOCOMP_FL ? VEXFS_COMPRESSION_NONE :
						     VEXFS_COMPRESSION_UNSET;
	err = vexfs_volume_setattr(vexfs_volume_of(inode), VEXFS_I(inode)->id, &set, NULL);
	if (!err)
		vexfs_refresh(inode);
	return err;
}

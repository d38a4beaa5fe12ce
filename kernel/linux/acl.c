// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* acl.c - POSIX access lists: the kernel's, stored as the attributes that user space knows. */
#include <linux/fs.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <linux/slab.h>
#include <linux/xattr.h>

#include "vexfs_fs.h"

static const char *name_of(int type)
{
	return type == ACL_TYPE_ACCESS ? XATTR_NAME_POSIX_ACL_ACCESS :
					 XATTR_NAME_POSIX_ACL_DEFAULT;
}

struct posix_acl *vexfs_get_acl(struct inode *inode, int type, bool rcu)
{
	struct vexfs_volume *volume = vexfs_volume_of(inode);
	struct vexfs_id id = VEXFS_I(inode)->id;
	const char *name = name_of(type);
	struct posix_acl *acl;
	u32 bytes;
	void *value;
	int err;

	if (rcu)
		return ERR_PTR(-ECHILD);
	err = vexfs_volume_getxattr(volume, id, name, (u32)strlen(name), NULL, 0, &bytes);
	if (err)
		return err == -ENODATA ? NULL : ERR_PTR(err);
	value = kvmalloc(bytes ? bytes : 1, GFP_KERNEL);
	if (!value)
		return ERR_PTR(-ENOMEM);
	err = vexfs_volume_getxattr(volume, id, name, (u32)strlen(name), value, bytes, &bytes);
	acl = err ? ERR_PTR(err) : posix_acl_from_xattr(&init_user_ns, value, bytes);
	kvfree(value);
	/* Replaced by a longer one meanwhile: the caller looks again. */
	return acl == ERR_PTR(-ERANGE) ? ERR_PTR(-EAGAIN) : acl;
}

static void *encode(const struct posix_acl *acl, u32 *bytes)
{
	int size = (int)posix_acl_xattr_size(acl->a_count);
	void *value = kmalloc(size, GFP_KERNEL);
	int err;

	if (!value)
		return ERR_PTR(-ENOMEM);
	err = posix_acl_to_xattr(&init_user_ns, acl, value, size);
	if (err < 0) {
		kfree(value);
		return ERR_PTR(err);
	}
	*bytes = (u32)err;
	return value;
}

static int acl_store(struct inode *inode, const struct posix_acl *acl, int type)
{
	struct vexfs_volume *volume = vexfs_volume_of(inode);
	struct vexfs_id id = VEXFS_I(inode)->id;
	const char *name = name_of(type);
	u32 bytes = 0;
	void *value;
	int err;

	if (!acl) {
		err = vexfs_volume_removexattr(volume, id, name, (u32)strlen(name));
		return err == -ENODATA ? 0 : err;
	}
	value = encode(acl, &bytes);
	if (IS_ERR(value))
		return PTR_ERR(value);
	/* New files get a default list in the same operation in which they are made. */
	if (type == ACL_TYPE_DEFAULT && bytes > VEXFS_FIRST_XATTR_MAX_BYTES)
		err = -ENOSPC;
	else
		err = vexfs_volume_setxattr(volume, id, name, (u32)strlen(name), value, bytes, 0);
	kfree(value);
	return err;
}

int vexfs_set_acl(vexfs_idmap *idmap, vexfs_acl_owner *owner, struct posix_acl *acl, int type)
{
	struct inode *inode = vexfs_acl_inode(owner);
	struct vexfs_setattr set = { .valid = VEXFS_SET_MODE };
	umode_t mode = inode->i_mode;
	struct posix_acl *stored = acl;
	int err = 0;

	if (type == ACL_TYPE_DEFAULT && !S_ISDIR(inode->i_mode))
		return acl ? -EACCES : 0;
	/* A list that says no more than the mode need not be kept. */
	if (type == ACL_TYPE_ACCESS && acl)
		err = posix_acl_update_mode(idmap, inode, &mode, &stored);
	if (!err && mode != inode->i_mode) {
		set.mode = mode & S_IALLUGO;
		err = vexfs_volume_setattr(vexfs_volume_of(inode), VEXFS_I(inode)->id, &set, NULL);
	}
	if (err)
		return err;
	inode->i_mode = mode;
	err = acl_store(inode, stored, type);
	vexfs_refresh(inode);
	if (!err)
		set_cached_acl(inode, type, stored);
	return err;
}

static int inherit_one(struct vexfs_inherited *out, const struct posix_acl *acl, int type)
{
	struct vexfs_first_xattr *xattr = &out->xattrs[out->count];
	void *value;

	if (!acl)
		return 0;
	value = encode(acl, &xattr->value_bytes);
	if (IS_ERR(value))
		return PTR_ERR(value);
	xattr->name = name_of(type);
	xattr->name_bytes = (u32)strlen(xattr->name);
	xattr->value = value;
	out->count++;
	return 0;
}

int vexfs_inherit(struct inode *dir, umode_t *mode, struct vexfs_inherited *out)
{
	struct posix_acl *defaults = NULL, *access = NULL;
	int err = posix_acl_create(dir, mode, &defaults, &access);

	if (err)
		return err;
	err = inherit_one(out, access, ACL_TYPE_ACCESS);
	if (!err)
		err = inherit_one(out, defaults, ACL_TYPE_DEFAULT);
	posix_acl_release(access);
	posix_acl_release(defaults);
	if (err)
		vexfs_inherited_free(out);
	return err;
}

void vexfs_inherited_free(struct vexfs_inherited *inherited)
{
	while (inherited->count)
		kfree(inherited->xattrs[--inherited->count].value);
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* xattr.c - extended attributes: the namespaces user, trusted and security. */
#include <linux/fs.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/xattr.h>

#include "vexfs_fs.h"

static int xattr_get(const struct xattr_handler *handler, struct dentry *dentry,
		     struct inode *inode, const char *name, void *value, size_t size)
{
	const char *whole = xattr_full_name(handler, name);
	u32 bytes;
	int err;

	if (vexfs_is_shut_down(vexfs_mount_of(inode)))
		return -EIO;
	if (vexfs_is_virtual(inode))
		return -ENODATA;
	if (size > VEXFS_XATTR_VALUE_MAX_BYTES)
		size = VEXFS_XATTR_VALUE_MAX_BYTES;
	err = vexfs_volume_getxattr(vexfs_volume_of(inode), VEXFS_I(inode)->id, whole,
				    (u32)strlen(whole), value, value ? (u32)size : 0, &bytes);
	return err ? err : (int)bytes;
}

static int xattr_set(const struct xattr_handler *handler, vexfs_idmap *idmap,
		     struct dentry *dentry, struct inode *inode, const char *name,
		     const void *value, size_t size, int flags)
{
	const char *whole = xattr_full_name(handler, name);
	struct vexfs_volume *volume = vexfs_volume_of(inode);
	struct vexfs_id id = VEXFS_I(inode)->id;
	u32 bytes = (u32)strlen(whole);
	int err;

	BUILD_BUG_ON(VEXFS_XATTR_CREATE != XATTR_CREATE || VEXFS_XATTR_REPLACE != XATTR_REPLACE);
	if (vexfs_is_shut_down(vexfs_mount_of(inode)))
		return -EIO;
	if (vexfs_is_virtual(inode))
		return -EPERM;
	if (value)
		err = vexfs_volume_setxattr(volume, id, whole, bytes, value, (u32)size, (u32)flags);
	else
		err = vexfs_volume_removexattr(volume, id, whole, bytes);
	if (!err)
		vexfs_refresh(inode);
	return err;
}

static const struct xattr_handler user_handler = {
	.prefix = XATTR_USER_PREFIX,
	.get = xattr_get,
	.set = xattr_set,
};

static const struct xattr_handler trusted_handler = {
	.prefix = XATTR_TRUSTED_PREFIX,
	.get = xattr_get,
	.set = xattr_set,
};

static const struct xattr_handler security_handler = {
	.prefix = XATTR_SECURITY_PREFIX,
	.get = xattr_get,
	.set = xattr_set,
};

static const struct xattr_handler compression_handler = {
	.name = VEXFS_XATTR_COMPRESSION,
	.get = xattr_get,
	.set = xattr_set,
};

const struct xattr_handler *vexfs_xattr_handlers[] = {
	&compression_handler,
	&user_handler,
	&trusted_handler,
	&security_handler,
	VEXFS_ACL_HANDLERS
	NULL,
};

/* ---- listing ---- */

/* trusted.* is for those with privileges, its names included. */
static bool is_visible(const char *name)
{
	return strncmp(name, XATTR_TRUSTED_PREFIX, XATTR_TRUSTED_PREFIX_LEN) ||
	       capable(CAP_SYS_ADMIN);
}

static ssize_t visible_copy(const char *names, u32 bytes, char *list, size_t size)
{
	size_t total = 0;
	u32 at, one;

	for (at = 0; at < bytes; at += one) {
		one = (u32)strnlen(names + at, bytes - at) + 1;
		if (at + one > bytes)
			return -EUCLEAN;
		if (!is_visible(names + at))
			continue;
		if (list && total + one > size)
			return -ERANGE;
		if (list)
			memcpy(list + total, names + at, one);
		total += one;
	}
	return (ssize_t)total;
}

ssize_t vexfs_listxattr(struct dentry *dentry, char *list, size_t size)
{
	struct inode *inode = d_inode(dentry);
	struct vexfs_volume *volume = vexfs_volume_of(inode);
	struct vexfs_id id = VEXFS_I(inode)->id;
	ssize_t result = -ERANGE;
	u32 bytes;
	char *names;
	int err, attempt;

	/* The list may grow between the two calls, so that a failure for size means: ask again. */
	for (attempt = 0; attempt < 8 && result == -ERANGE; attempt++) {
		err = vexfs_volume_listxattr(volume, id, NULL, 0, &bytes);
		if (err || !bytes)
			return err;
		names = kvmalloc(bytes, GFP_KERNEL);
		if (!names)
			return -ENOMEM;
		err = vexfs_volume_listxattr(volume, id, names, bytes, &bytes);
		result = err ? err : visible_copy(names, bytes, size ? list : NULL, size);
		kvfree(names);
		if (!err)
			break;
	}
	return result;
}

/* ---- security modules ---- */

static int security_store(struct inode *inode, const struct xattr *xattrs, void *context)
{
	const struct xattr *xattr;
	int err = 0;

	for (xattr = xattrs; xattr->name && !err; xattr++) {
		char *name = kasprintf(GFP_KERNEL, "%s%s", XATTR_SECURITY_PREFIX, xattr->name);

		if (!name)
			return -ENOMEM;
		err = vexfs_volume_setxattr(vexfs_volume_of(inode), VEXFS_I(inode)->id, name,
					    (u32)strlen(name), xattr->value, (u32)xattr->value_len,
					    0);
		kfree(name);
	}
	return err;
}

int vexfs_init_security(struct inode *inode, struct inode *dir, const struct qstr *name)
{
	int err = security_inode_init_security(inode, dir, name, security_store, NULL);

	return err == -EOPNOTSUPP ? 0 : err;
}

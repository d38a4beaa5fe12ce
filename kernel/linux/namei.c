// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* namei.c - names: looking up, making, linking, removing. */
#include <linux/namei.h>
#include <linux/slab.h>

#include "vexfs_fs.h"

static struct dentry *vexfs_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct vexfs_mount *mount = vexfs_mount_of(dir);
	struct inode *inode = NULL;
	struct vexfs_attr attr;
	struct vexfs_id id;
	int err;

	if (dentry->d_name.len > VEXFS_NAME_MAX_BYTES)
		return ERR_PTR(-ENAMETOOLONG);
	vexfs_count(mount, VEXFS_COUNT_LOOKUPS, 1);
	if (vexfs_is_control_name(dir, &dentry->d_name))
		return d_splice_alias(vexfs_control_dir(dir->i_sb, VEXFS_CONTROL_INO), dentry);
	err = vexfs_volume_lookup(mount->volume, VEXFS_I(dir)->id, dentry->d_name.name,
				  dentry->d_name.len, &id, &attr);
	if (!err)
		inode = vexfs_iget(dir->i_sb, id, NULL);
	else if (err != -ENOENT)
		inode = ERR_PTR(err);
	/* A name without an inode behind it is damage, not an invitation to ask again. */
	if (inode == ERR_PTR(-ESTALE) && id.tree == VEXFS_VOLUME_TREE_LIVE)
		inode = ERR_PTR(-EUCLEAN);
	return d_splice_alias(inode, dentry);
}

/* Makes what @what says in the engine, owned by the caller, and an inode for it. */
static struct inode *make(struct inode *dir, const struct qstr *name, struct vexfs_create *what)
{
	struct vexfs_inherited inherited = { .count = 0 };
	umode_t mode = (umode_t)what->mode;
	struct vexfs_attr attr;
	struct inode *inode;
	struct vexfs_id id;
	int err = 0;

	if (!S_ISLNK(mode))
		err = vexfs_inherit(dir, &mode, &inherited);
	if (err)
		return ERR_PTR(err);
	what->mode = mode;
	what->uid = from_kuid(&init_user_ns, current_fsuid());
	what->gid = from_kgid(&init_user_ns, current_fsgid());
	what->xattrs = inherited.xattrs;
	what->xattr_count = inherited.count;
	err = vexfs_volume_create(vexfs_volume_of(dir), VEXFS_I(dir)->id, name ? name->name : NULL,
				  name ? name->len : 0, what, &id, &attr);
	vexfs_inherited_free(&inherited);
	if (err)
		return ERR_PTR(err);
	inode = vexfs_iget(dir->i_sb, id, &attr);
	if (IS_ERR(inode))
		return inode;
	err = vexfs_init_security(inode, dir, name);
	if (err) {
		iput(inode);
		return ERR_PTR(err);
	}
	return inode;
}

static int make_named(struct inode *dir, struct dentry *dentry, struct vexfs_create *what)
{
	struct inode *inode = make(dir, &dentry->d_name, what);

	vexfs_refresh(dir);
	if (IS_ERR(inode))
		return PTR_ERR(inode);
	d_instantiate(dentry, inode);
	return 0;
}

static int vexfs_create(vexfs_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode,
			bool excl)
{
	struct vexfs_create what = { .mode = (mode & S_IALLUGO) | S_IFREG };

	return make_named(dir, dentry, &what);
}

static int vexfs_mkdir(vexfs_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct vexfs_create what = { .mode = (mode & S_IALLUGO) | S_IFDIR };

	return make_named(dir, dentry, &what);
}

static int vexfs_mknod(vexfs_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode,
		       dev_t rdev)
{
	struct vexfs_create what = { .mode = mode, .rdev = new_encode_dev(rdev) };

	return make_named(dir, dentry, &what);
}

static int vexfs_symlink(vexfs_idmap *idmap, struct inode *dir, struct dentry *dentry,
			 const char *target)
{
	struct vexfs_create what = { .mode = S_IFLNK | 0777, .target = target };
	size_t bytes = strlen(target);

	if (bytes > VEXFS_SYMLINK_MAX_BYTES)
		return -ENAMETOOLONG;
	what.target_bytes = (u32)bytes;
	return make_named(dir, dentry, &what);
}

static int vexfs_tmpfile(vexfs_idmap *idmap, struct inode *dir, struct file *file, umode_t mode)
{
	struct vexfs_create what = { .mode = (mode & S_IALLUGO) | S_IFREG };
	struct inode *inode = make(dir, NULL, &what);

	if (IS_ERR(inode))
		return finish_open_simple(file, PTR_ERR(inode));
	/* d_tmpfile() takes the link away that the engine did not count in the first place. */
	set_nlink(inode, 1);
	d_tmpfile(file, inode);
	return finish_open_simple(file, 0);
}

static int vexfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(old);
	struct vexfs_attr attr;
	int err;

	if (vexfs_is_virtual(inode))
		return -EPERM;
	err = vexfs_volume_link(vexfs_volume_of(dir), VEXFS_I(inode)->id, VEXFS_I(dir)->id,
				dentry->d_name.name, dentry->d_name.len, &attr);
	if (err)
		return err;
	vexfs_refresh(dir);
	vexfs_refresh(inode);
	ihold(inode);
	d_instantiate(dentry, inode);
	return 0;
}

typedef int (*remove_call)(struct vexfs_volume *volume, struct vexfs_id dir, const char *name,
			   u32 name_bytes, struct vexfs_removed *removed);

static int remove_name(struct inode *dir, struct dentry *dentry, remove_call remove)
{
	struct inode *inode = d_inode(dentry);
	struct vexfs_removed removed;
	int err;

	if (vexfs_is_virtual(inode))
		return -EPERM;
	err = remove(vexfs_volume_of(dir), VEXFS_I(dir)->id, dentry->d_name.name,
		     dentry->d_name.len, &removed);
	if (err)
		return err;
	vexfs_refresh(dir);
	if (removed.nlink)
		vexfs_refresh(inode);
	else
		clear_nlink(inode);
	return 0;
}

static int vexfs_unlink(struct inode *dir, struct dentry *dentry)
{
	return remove_name(dir, dentry, vexfs_volume_unlink);
}

static int vexfs_rmdir(struct inode *dir, struct dentry *dentry)
{
	return remove_name(dir, dentry, vexfs_volume_rmdir);
}

static const char *vexfs_get_link(struct dentry *dentry, struct inode *inode,
				  struct delayed_call *done)
{
	char *target;
	u32 bytes;
	int err;

	if (!dentry)
		return ERR_PTR(-ECHILD);
	target = kmalloc(VEXFS_SYMLINK_MAX_BYTES + 1, GFP_KERNEL);
	if (!target)
		return ERR_PTR(-ENOMEM);
	err = vexfs_volume_readlink(vexfs_volume_of(inode), VEXFS_I(inode)->id, target,
				    VEXFS_SYMLINK_MAX_BYTES, &bytes);
	if (err) {
		kfree(target);
		return ERR_PTR(err);
	}
	target[bytes] = '\0';
	set_delayed_call(done, kfree_link, target);
	return target;
}

const struct inode_operations vexfs_dir_iops = {
	.lookup = vexfs_lookup,
	.create = vexfs_create,
	.link = vexfs_link,
	.unlink = vexfs_unlink,
	.symlink = vexfs_symlink,
	.mkdir = vexfs_mkdir,
	.rmdir = vexfs_rmdir,
	.mknod = vexfs_mknod,
	.rename = vexfs_rename,
	.tmpfile = vexfs_tmpfile,
	.permission = vexfs_permission,
	.getattr = vexfs_getattr,
	.setattr = vexfs_setattr,
	.listxattr = vexfs_listxattr,
	.VEXFS_GET_ACL = vexfs_get_acl,
	.set_acl = vexfs_set_acl,
	.fileattr_get = vexfs_fileattr_get,
	.fileattr_set = vexfs_fileattr_set,
};

const struct inode_operations vexfs_symlink_iops = {
	.get_link = vexfs_get_link,
	.permission = vexfs_permission,
	.getattr = vexfs_getattr,
	.setattr = vexfs_setattr,
	.listxattr = vexfs_listxattr,
};

const struct inode_operations vexfs_special_iops = {
	.permission = vexfs_permission,
	.getattr = vexfs_getattr,
	.setattr = vexfs_setattr,
	.listxattr = vexfs_listxattr,
	.VEXFS_GET_ACL = vexfs_get_acl,
	.set_acl = vexfs_set_acl,
};

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * control_dir.c - "/.vexfs", which is found by lookup and never listed: the snapshots by name, and
 * the daemon's own tree.
 */
#include <linux/namei.h>

#include "vexfs_fs.h"

bool vexfs_is_control_name(const struct inode *dir, const struct qstr *name)
{
	return dir->i_ino == VEXFS_ROOT_INO && name->len == strlen(VEXFS_CONTROL_NAME) &&
	       !memcmp(name->name, VEXFS_CONTROL_NAME, name->len);
}

/* Owner and times are those of the root, which may change. */
static void follow_root(struct inode *inode)
{
	const struct inode *root = d_inode(inode->i_sb->s_root);

	inode->i_uid = root->i_uid;
	inode->i_gid = root->i_gid;
	inode_set_atime_to_ts(inode, inode_get_atime(root));
	inode_set_mtime_to_ts(inode, inode_get_mtime(root));
	inode_set_ctime_to_ts(inode, inode_get_ctime(root));
	VEXFS_I(inode)->btime = VEXFS_I(root)->btime;
}

struct inode *vexfs_control_dir(struct super_block *sb, u64 ino)
{
	struct inode *inode = iget_locked(sb, ino);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	if (!(inode->i_state & I_NEW))
		return inode;
	/* Belongs to no tree of the volume. */
	VEXFS_I(inode)->id = (struct vexfs_id){ 0, 0 };
	inode->i_mode = S_IFDIR | 0555;
	inode->i_op = &vexfs_control_iops;
	inode->i_fop = &vexfs_control_fops;
	inode->i_flags |= S_NOATIME;
	set_nlink(inode, ino == VEXFS_CONTROL_INO ? 4 : 2);
	follow_root(inode);
	unlock_new_inode(inode);
	return inode;
}

/* ---- names ---- */

static bool is_name(const struct qstr *name, const char *text)
{
	return name->len == strlen(text) && !memcmp(name->name, text, name->len);
}

static int snapshot_find(struct super_block *sb, const struct qstr *name, u64 *tree)
{
	struct vexfs_mount *mount = sb->s_fs_info;
	struct vexfs_snapshot *row = vexfs_port_alloc(sizeof(*row));
	int err;

	if (!row)
		return -ENOMEM;
	err = vexfs_volume_snapshot_lookup(mount->volume, name->name, name->len, row);
	if (!err)
		*tree = row->id;
	vexfs_port_free(row);
	return err;
}

/* A snapshot may have been deleted, or another one of that name made, by an ioctl. */
static int snapshot_revalidate(struct dentry *dentry, unsigned int flags)
{
	struct inode *inode;
	u64 tree;
	int err;

	if (flags & LOOKUP_RCU)
		return -ECHILD;
	inode = d_inode(dentry);
	if (!inode)
		return 0;
	err = snapshot_find(inode->i_sb, &dentry->d_name, &tree);
	if (err)
		return err == -ENOENT ? 0 : err;
	return tree == VEXFS_I(inode)->id.tree;
}

static const struct dentry_operations snapshot_dops = {
	.d_revalidate = snapshot_revalidate,
};

static struct inode *tree_root(struct super_block *sb, u64 tree)
{
	struct inode *inode = vexfs_iget(sb, (struct vexfs_id){ tree, VEXFS_ROOT_INO }, NULL);

	return inode == ERR_PTR(-ESTALE) ? ERR_PTR(-ENOENT) : inode;
}

/* A dentry that came of a handle has no operations yet. */
static void revalidate_from_now(struct dentry *dentry)
{
	spin_lock(&dentry->d_lock);
	if (!dentry->d_op)
		d_set_d_op(dentry, &snapshot_dops);
	spin_unlock(&dentry->d_lock);
}

static struct dentry *snapshots_lookup(struct inode *dir, struct dentry *dentry)
{
	struct dentry *alias;
	struct inode *inode;
	u64 tree;
	int err = snapshot_find(dir->i_sb, &dentry->d_name, &tree);

	inode = err ? ERR_PTR(err) : tree_root(dir->i_sb, tree);
	if (inode == ERR_PTR(-ENOENT))
		inode = NULL;
	d_set_d_op(dentry, &snapshot_dops);
	alias = d_splice_alias(inode, dentry);
	if (!IS_ERR_OR_NULL(alias))
		revalidate_from_now(alias);
	return alias;
}

static struct dentry *control_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	const struct qstr *name = &dentry->d_name;
	struct inode *inode = NULL;

	if (name->len > VEXFS_NAME_MAX_BYTES)
		return ERR_PTR(-ENAMETOOLONG);
	if (dir->i_ino == VEXFS_SNAPSHOTS_INO)
		return snapshots_lookup(dir, dentry);
	if (is_name(name, VEXFS_SNAPSHOTS_NAME))
		inode = vexfs_control_dir(dir->i_sb, VEXFS_SNAPSHOTS_INO);
	else if (is_name(name, VEXFS_INDEX_NAME))
		inode = tree_root(dir->i_sb, VEXFS_VOLUME_TREE_INDEX);
	if (inode == ERR_PTR(-ENOENT))
		inode = NULL;
	return d_splice_alias(inode, dentry);
}

static int control_permission(vexfs_idmap *idmap, struct inode *inode, int mask)
{
	int err = vexfs_alive(inode);

	return err ? err : generic_permission(idmap, inode, mask);
}

static int control_getattr(vexfs_idmap *idmap, const struct path *path, struct kstat *stat,
			   u32 mask, unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);

	follow_root(inode);
	vexfs_fillattr(idmap, mask, inode, stat);
	stat->blksize = VEXFS_BLOCK_BYTES;
	return 0;
}

static int control_setattr(vexfs_idmap *idmap, struct dentry *dentry, struct iattr *attr)
{
	return -EPERM;
}

const struct inode_operations vexfs_control_iops = {
	.lookup = control_lookup,
	.permission = control_permission,
	.getattr = control_getattr,
	.setattr = control_setattr,
	.fileattr_get = vexfs_fileattr_get,
	.fileattr_set = vexfs_fileattr_set,
};

/* ---- listing: a snapshot's position is its id, above those of "." and ".." ---- */

static bool emit_fixed(struct dir_context *ctx, loff_t pos, const char *name, u64 ino)
{
	if (ctx->pos >= pos)
		return true;
	if (!dir_emit(ctx, name, (int)strlen(name), ino, DT_DIR))
		return false;
	ctx->pos = pos;
	return true;
}

static int snapshots_emit(struct vexfs_volume *volume, struct dir_context *ctx)
{
	struct vexfs_snapshot *row = vexfs_port_alloc(sizeof(*row));
	u64 after = max_t(u64, (u64)ctx->pos, VEXFS_VOLUME_TREE_FIRST - 1);
	int err = row ? 0 : -ENOMEM;

	while (!err) {
		u32 count = 0;

		err = vexfs_volume_snapshot_list(volume, after, 0, row, 1, &count);
		if (err || !count)
			break;
		after = row->id;
		if (!dir_emit(ctx, row->name, (int)row->name_bytes,
			      vexfs_node_of((struct vexfs_id){ after, VEXFS_ROOT_INO }), DT_DIR))
			break;
		ctx->pos = (loff_t)after;
	}
	vexfs_port_free(row);
	return err;
}

static int control_iterate(struct file *file, struct dir_context *ctx)
{
	struct inode *inode = file_inode(file);
	bool is_top = inode->i_ino == VEXFS_CONTROL_INO;

	if (vexfs_is_shut_down(vexfs_mount_of(inode)))
		return -EIO;
	if (!emit_fixed(ctx, 1, ".", inode->i_ino) ||
	    !emit_fixed(ctx, 2, "..", is_top ? VEXFS_ROOT_INO : VEXFS_CONTROL_INO))
		return 0;
	if (!is_top)
		return snapshots_emit(vexfs_volume_of(inode), ctx);
	if (emit_fixed(ctx, 3, VEXFS_SNAPSHOTS_NAME, VEXFS_SNAPSHOTS_INO))
		emit_fixed(ctx, 4, VEXFS_INDEX_NAME,
			   vexfs_node_of((struct vexfs_id){ VEXFS_VOLUME_TREE_INDEX,
							    VEXFS_ROOT_INO }));
	return 0;
}

const struct file_operations vexfs_control_fops = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate_shared = control_iterate,
	.fsync = vexfs_fsync,
	.unlocked_ioctl = vexfs_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * export.c - inodes by handle: for NFS, and open_by_handle_at(2).
 *
 * A handle is the number that stat(2) shows, which names the tree, too, and is never given to
 * another inode of the volume: there is no generation beside it. With a parent it is two of them.
 */
#include <linux/exportfs.h>
#include <linux/slab.h>

#include "vexfs_fs.h"

/* Types of handles; those of other filesystems are in exportfs.h. */
#define FILEID_NODE		0x56
#define FILEID_NODE_PARENT	0x57

#define NODE_WORDS	2	/* of 32 bits */

struct handle {
	u64 node, parent;
} __packed __aligned(4);

static int encode_fh(struct inode *inode, __u32 *words, int *max_words, struct inode *parent)
{
	struct handle *handle = (struct handle *)words;
	int needed = parent ? 2 * NODE_WORDS : NODE_WORDS;

	if (*max_words < needed) {
		*max_words = needed;
		return FILEID_INVALID;
	}
	*max_words = needed;
	handle->node = inode->i_ino;
	if (parent)
		handle->parent = parent->i_ino;
	return parent ? FILEID_NODE_PARENT : FILEID_NODE;
}

static struct inode *node_get(struct super_block *sb, u64 node)
{
	struct vexfs_mount *mount = sb->s_fs_info;
	struct vexfs_id id = { node >> VEXFS_TREE_SHIFT, node & ((1ull << VEXFS_TREE_SHIFT) - 1) };
	struct vexfs_attr attr;
	int err;

	if (vexfs_is_shut_down(mount))
		return ERR_PTR(-EIO);
	if (node == VEXFS_CONTROL_INO || node == VEXFS_SNAPSHOTS_INO)
		return vexfs_control_dir(sb, node);
	/* The live tree's number stands for what is on no disk. */
	if (id.tree == VEXFS_VOLUME_TREE_LIVE)
		return ERR_PTR(-ESTALE);
	if (!id.tree)
		id.tree = VEXFS_VOLUME_TREE_LIVE;
	/* An inode in memory may be of a snapshot that is gone, or a file that lost its names. */
	err = vexfs_volume_getattr(mount->volume, id, &attr);
	if (!err && !attr.nlink)
		err = -ESTALE;
	return err ? ERR_PTR(err) : vexfs_iget(sb, id, NULL);
}

static struct dentry *fh_to_dentry(struct super_block *sb, struct fid *fid, int words, int type)
{
	const struct handle *handle = (const struct handle *)fid->raw;

	if ((type != FILEID_NODE && type != FILEID_NODE_PARENT) || words < NODE_WORDS)
		return NULL;
	return d_obtain_alias(node_get(sb, handle->node));
}

static struct dentry *fh_to_parent(struct super_block *sb, struct fid *fid, int words, int type)
{
	const struct handle *handle = (const struct handle *)fid->raw;

	if (type != FILEID_NODE_PARENT || words < 2 * NODE_WORDS)
		return NULL;
	return d_obtain_alias(node_get(sb, handle->parent));
}

static bool is_tree_root(const struct inode *inode)
{
	struct vexfs_id id = VEXFS_I(inode)->id;

	return id.ino == VEXFS_ROOT_INO && id.tree != VEXFS_VOLUME_TREE_LIVE;
}

static struct dentry *get_parent(struct dentry *child)
{
	struct inode *inode = d_inode(child);
	struct super_block *sb = inode->i_sb;
	struct vexfs_attr attr;
	struct vexfs_id id;
	int err;

	if (inode->i_ino == VEXFS_CONTROL_INO)
		return dget(sb->s_root);
	if (inode->i_ino == VEXFS_SNAPSHOTS_INO ||
	    (is_tree_root(inode) && VEXFS_I(inode)->id.tree == VEXFS_VOLUME_TREE_INDEX))
		return d_obtain_alias(vexfs_control_dir(sb, VEXFS_CONTROL_INO));
	if (is_tree_root(inode))
		return d_obtain_alias(vexfs_control_dir(sb, VEXFS_SNAPSHOTS_INO));
	err = vexfs_volume_lookup(vexfs_volume_of(inode), VEXFS_I(inode)->id, "..", 2, &id, &attr);
	return err ? ERR_PTR(err) : d_obtain_alias(vexfs_iget(sb, id, NULL));
}

static int snapshot_name(struct inode *inode, char *name)
{
	struct vexfs_snapshot *row = vexfs_port_alloc(sizeof(*row));
	u64 tree = VEXFS_I(inode)->id.tree;
	u32 count = 0;
	int err;

	if (!row)
		return -ENOMEM;
	err = vexfs_volume_snapshot_list(vexfs_volume_of(inode), tree - 1, VEXFS_TREE_HIDDEN, row,
					 1, &count);
	if (!err && (!count || row->id != tree))
		err = -ENOENT;
	if (!err) {
		memcpy(name, row->name, row->name_bytes);
		name[row->name_bytes] = '\0';
	}
	vexfs_port_free(row);
	return err;
}

static int name_copy(char *name, const char *text)
{
	strscpy(name, text, NAME_MAX + 1);
	return 0;
}

static int get_name(struct dentry *parent, char *name, struct dentry *child)
{
	struct inode *dir = d_inode(parent), *inode = d_inode(child);

	if (inode->i_ino == VEXFS_CONTROL_INO)
		return name_copy(name, VEXFS_CONTROL_NAME);
	if (inode->i_ino == VEXFS_SNAPSHOTS_INO)
		return name_copy(name, VEXFS_SNAPSHOTS_NAME);
	if (!is_tree_root(inode))
		return vexfs_volume_name_in(vexfs_volume_of(inode), VEXFS_I(dir)->id,
					    VEXFS_I(inode)->id, name, NAME_MAX + 1);
	if (VEXFS_I(inode)->id.tree == VEXFS_VOLUME_TREE_INDEX)
		return name_copy(name, VEXFS_INDEX_NAME);
	return snapshot_name(inode, name);
}

/* What a server answers for must be on disk first. */
static int commit_metadata(struct inode *inode)
{
	int err = sync_inode_metadata(inode, 1);

	if (err || vexfs_is_virtual(inode))
		return err;
	return vexfs_volume_fsync(vexfs_volume_of(inode), VEXFS_I(inode)->id);
}

const struct export_operations vexfs_export_ops = {
	.encode_fh = encode_fh,
	.fh_to_dentry = fh_to_dentry,
	.fh_to_parent = fh_to_parent,
	.get_parent = get_parent,
	.get_name = get_name,
	.commit_metadata = commit_metadata,
};

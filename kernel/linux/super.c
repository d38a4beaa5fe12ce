// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* super.c - mounting, and what concerns a mount as a whole. */
#define pr_fmt(fmt) "vexfs: " fmt

#include <linux/blkdev.h>
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/statfs.h>

#include "options.h"
#include "scrubber.h"
#include "vexfs_fs.h"

static struct kmem_cache *inode_cache;

/* ---- inodes ---- */

static void inode_construct(void *memory)
{
	struct vexfs_inode *own = memory;

	init_rwsem(&own->io_lock);
	inode_init_once(&own->vfs_inode);
}

static struct inode *alloc_inode(struct super_block *sb)
{
	struct vexfs_inode *own = alloc_inode_sb(sb, inode_cache, GFP_KERNEL);

	if (!own)
		return NULL;
	own->id = (struct vexfs_id){ 0, 0 };
	own->read_only = false;
	own->btime = (struct timespec64){ 0, 0 };
	atomic_set(&own->promised_pages, 0);
	return &own->vfs_inode;
}

static void free_inode(struct inode *inode)
{
	kmem_cache_free(inode_cache, VEXFS_I(inode));
}

/* ---- the mount as a whole ---- */

static int sync_fs(struct super_block *sb, int wait)
{
	struct vexfs_mount *mount = sb->s_fs_info;

	if (vexfs_is_shut_down(mount))
		return -EIO;
	/* The first pass only starts what the second waits for; a commit is one piece. */
	return wait ? vexfs_volume_commit(mount->volume, NULL) : 0;
}

/* Nobody writes any more when this is called, and nothing must until the thaw. */
static int freeze_fs(struct super_block *sb)
{
	struct vexfs_mount *mount = sb->s_fs_info;
	int err;

	vexfs_ticker_stop(mount);
	err = vexfs_volume_commit(mount->volume, NULL);
	if (err)
		vexfs_ticker_start(mount);
	return err;
}

static int unfreeze_fs(struct super_block *sb)
{
	vexfs_ticker_start(sb->s_fs_info);
	return 0;
}

static int statfs(struct dentry *dentry, struct kstatfs *out)
{
	struct vexfs_mount *mount = dentry->d_sb->s_fs_info;
	struct vexfs_volume_info *info;

	if (vexfs_is_shut_down(mount))
		return -EIO;
	info = kmalloc(sizeof(*info), GFP_KERNEL);
	if (!info)
		return -ENOMEM;
	vexfs_volume_info(mount->volume, info);
	out->f_type = VEXFS_VFS_MAGIC;
	out->f_bsize = VEXFS_BLOCK_BYTES;
	out->f_frsize = VEXFS_BLOCK_BYTES;
	out->f_blocks = info->size_blocks - info->fixed_blocks;
	out->f_bfree = info->free_blocks;
	out->f_bavail = info->available_blocks;
	/* Inodes take space from the same pool as data: a small one about an eighth of a block. */
	out->f_ffree = info->available_blocks * 8;
	out->f_files = info->inodes + out->f_ffree;
	out->f_namelen = VEXFS_NAME_MAX_BYTES;
	out->f_fsid = uuid_to_fsid(info->uuid);
	kfree(info);
	return 0;
}

static int show_options(struct seq_file *seq, struct dentry *root)
{
	const struct vexfs_mount *mount = root->d_sb->s_fs_info;

	return vexfs_options_show(seq, &mount->options);
}

static void put_super(struct super_block *sb)
{
	struct vexfs_mount *mount = sb->s_fs_info;
	int err;

	vexfs_sysfs_remove(mount);
	vexfs_shrinker_stop(mount);
	vexfs_scrubber_destroy(mount->scrubber);
	vexfs_ticker_stop(mount);
	vexfs_promises_trim(mount, true);
	vexfs_volume_shutdown(mount->volume);
	err = vexfs_volume_close(mount->volume);
	if (err && !vexfs_is_shut_down(mount))
		pr_err("%s: the last changes are not on disk (error %d)\n", sb->s_id, err);
	kfree(mount);
	sb->s_fs_info = NULL;
}

static const struct super_operations super_ops = {
	.alloc_inode = alloc_inode,
	.free_inode = free_inode,
	.write_inode = vexfs_write_inode,
	.evict_inode = vexfs_evict_inode,
	.put_super = put_super,
	.sync_fs = sync_fs,
	.freeze_fs = freeze_fs,
	.unfreeze_fs = unfreeze_fs,
	.statfs = statfs,
	.show_options = show_options,
};

/* ---- mounting ---- */

static void explain(struct fs_context *fc, int err)
{
	switch (err) {
	case -EINVAL:
		errorf(fc, "no VexFS volume on this device; make one with mkfs.vexfs");
		break;
	case -EBADMSG:
		errorf(fc, "every superblock is damaged; see fsck.vexfs");
		break;
	case -EPROTONOSUPPORT:
		errorf(fc, "the volume needs features that this module does not know");
		break;
	case -ENOSPC:
		errorf(fc, "the device is shorter than the volume on it");
		break;
	case -EUCLEAN:
		errorf(fc, "the volume is damaged; see fsck.vexfs");
		break;
	case -EROFS:
		errorf(fc, "the device is read-only; mount with -o ro");
		break;
	default:
		break;
	}
}

static int volume_open(struct vexfs_mount *mount, bool read_only)
{
	struct vexfs_open_options open = {
		.read_only = read_only,
		.discard = mount->options.discard,
		.cache_bytes = mount->options.cache_bytes,
		.commit_interval_ms = mount->options.commit_interval_ms,
		.compress = mount->options.compress,
		.vector_kernels = vexfs_vector_kernels(),
	};

	return vexfs_volume_open(&mount->dev, &open, &mount->volume);
}

static void super_fill(struct super_block *sb, struct vexfs_mount *mount)
{
	sb->s_op = &super_ops;
	sb->s_xattr = vexfs_xattr_handlers;
	sb->s_export_op = &vexfs_export_ops;
	sb->s_magic = VEXFS_VFS_MAGIC;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_time_gran = 1;
	sb->s_flags |= SB_POSIXACL;
	/* The engine counts checksums over pages while they are written. */
	sb->s_iflags |= SB_I_STABLE_WRITES;
}

static int uuid_fill(struct super_block *sb)
{
	struct vexfs_mount *mount = sb->s_fs_info;
	struct vexfs_volume_info *info = kmalloc(sizeof(*info), GFP_KERNEL);

	if (!info)
		return -ENOMEM;
	vexfs_volume_info(mount->volume, info);
	memcpy(&sb->s_uuid, info->uuid, sizeof(sb->s_uuid));
	kfree(info);
	return 0;
}

static int root_make(struct super_block *sb)
{
	struct vexfs_id id = { VEXFS_VOLUME_TREE_LIVE, VEXFS_ROOT_INO };
	struct inode *root = vexfs_iget(sb, id, NULL);

	if (IS_ERR(root))
		return PTR_ERR(root);
	if (!S_ISDIR(root->i_mode)) {
		iput(root);
		return -EUCLEAN;
	}
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

/* What put_super() does, for a mount that did not come to be one. */
static void mount_undo(struct vexfs_mount *mount)
{
	vexfs_sysfs_remove(mount);
	vexfs_shrinker_stop(mount);
	vexfs_scrubber_destroy(mount->scrubber);
	if (mount->volume)
		vexfs_volume_close(mount->volume);
	mount->sb->s_fs_info = NULL;
	kfree(mount);
}

static int fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct vexfs_mount *mount = kzalloc(sizeof(*mount), GFP_KERNEL);
	int err;

	if (!mount)
		return -ENOMEM;
	sb->s_fs_info = mount;
	mount->sb = sb;
	mount->options = *(const struct vexfs_mount_options *)fc->fs_private;
	mutex_init(&mount->promise_mutex);
	super_fill(sb, mount);
	if (!sb_set_blocksize(sb, VEXFS_BLOCK_BYTES)) {
		errorf(fc, "the device's sectors are larger than a block");
		err = -EINVAL;
		goto out_undo;
	}
	vexfs_dev_init(&mount->dev, sb->s_bdev);
	err = volume_open(mount, sb_rdonly(sb));
	if (err)
		explain(fc, err);
	if (!err)
		err = vexfs_scrubber_create(mount->volume, &mount->scrubber);
	if (!err)
		err = uuid_fill(sb);
	if (!err)
		err = vexfs_shrinker_start(mount);
	if (!err)
		err = vexfs_sysfs_add(mount);
	/* The last: whoever has a root is ended by put_super(). */
	if (!err)
		err = root_make(sb);
	if (err)
		goto out_undo;
	vexfs_ticker_start(mount);
	return 0;

out_undo:
	mount_undo(mount);
	return err;
}

static int get_tree(struct fs_context *fc)
{
	return get_tree_bdev(fc, fill_super);
}

static void free_context(struct fs_context *fc)
{
	kfree(fc->fs_private);
}

static const struct fs_context_operations context_ops = {
	.parse_param = vexfs_options_parse,
	.get_tree = get_tree,
	.reconfigure = vexfs_reconfigure,
	.free = free_context,
};

static int init_context(struct fs_context *fc)
{
	struct vexfs_mount_options *options = kzalloc(sizeof(*options), GFP_KERNEL);

	if (!options)
		return -ENOMEM;
	if (fc->purpose == FS_CONTEXT_FOR_RECONFIGURE)
		*options = ((struct vexfs_mount *)fc->root->d_sb->s_fs_info)->options;
	else
		options->discard = true;
	fc->fs_private = options;
	fc->ops = &context_ops;
	return 0;
}

static struct file_system_type vexfs_type = {
	.owner = THIS_MODULE,
	.name = "vexfs",
	.init_fs_context = init_context,
	.parameters = vexfs_parameters,
	.kill_sb = kill_block_super,
	.fs_flags = FS_REQUIRES_DEV,
};

int vexfs_super_register(void)
{
	int err;

	inode_cache = kmem_cache_create("vexfs_inode", sizeof(struct vexfs_inode), 0,
					SLAB_RECLAIM_ACCOUNT | SLAB_MEM_SPREAD | SLAB_ACCOUNT,
					inode_construct);
	if (!inode_cache)
		return -ENOMEM;
	err = register_filesystem(&vexfs_type);
	if (err)
		kmem_cache_destroy(inode_cache);
	return err;
}

void vexfs_super_unregister(void)
{
	unregister_filesystem(&vexfs_type);
	/* Inodes are freed by RCU. */
	rcu_barrier();
	kmem_cache_destroy(inode_cache);
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* dir.c - listing directories. Positions are the engine's cookies. */
#include "vexfs_fs.h"

static bool emit(void *context, const struct vexfs_entry *entry)
{
	struct dir_context *ctx = context;

	if (!dir_emit(ctx, entry->name, (int)entry->name_bytes, vexfs_node_of(entry->id),
		      fs_umode_to_dtype((umode_t)entry->type)))
		return false;
	ctx->pos = (loff_t)entry->cookie;
	return true;
}

static int vexfs_iterate(struct file *file, struct dir_context *ctx)
{
	struct inode *inode = file_inode(file);
	int err = vexfs_alive(inode);

	if (err)
		return err;
	return vexfs_volume_readdir(vexfs_volume_of(inode), VEXFS_I(inode)->id, (u64)ctx->pos,
				    emit, ctx);
}

const struct file_operations vexfs_dir_fops = {
	.llseek = generic_file_llseek,
	.read = generic_read_dir,
	.iterate_shared = vexfs_iterate,
	.fsync = vexfs_fsync,
	.unlocked_ioctl = vexfs_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

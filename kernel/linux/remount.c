// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* remount.c - a mount gets other options: read-only or not, and those of what is yet to come. */
#include <linux/fs_context.h>

#include <vexfs/maintain.h>

#include "options.h"
#include "vexfs_fs.h"

static void explain(struct fs_context *fc, int err)
{
	switch (err) {
	case -EROFS:
		errorf(fc, "the device is read-only, or writing to it failed; unmount it first");
		break;
	case -EPROTONOSUPPORT:
		errorf(fc, "the volume needs features that this module can only read with");
		break;
	case -EBUSY:
		errorf(fc, "somebody else wrote to the device; unmount it first");
		break;
	default:
		break;
	}
}

static int volume_reconfigure(struct vexfs_mount *mount, const struct vexfs_mount_options *options,
			      bool read_only)
{
	struct vexfs_open_options open = {
		.read_only = read_only,
		.discard = options->discard,
		.commit_interval_ms = options->commit_interval_ms,
		.compress = options->compress,
	};
	int err;

	vexfs_ticker_stop(mount);
	if (read_only)
		vexfs_promises_trim(mount, true);
	vexfs_dev_measure(&mount->dev);
	err = vexfs_volume_reconfigure(mount->volume, &open);
	vexfs_ticker_start(mount);
	return err;
}

/* The VFS keeps writers out of a mount that becomes read-only, and has not let them in before. */
int vexfs_reconfigure(struct fs_context *fc)
{
	const struct vexfs_mount_options *options = fc->fs_private;
	struct super_block *sb = fc->root->d_sb;
	struct vexfs_mount *mount = sb->s_fs_info;
	int err;

	if (options->cache_bytes != mount->options.cache_bytes) {
		errorf(fc, "cache is for the first mount only");
		return -EINVAL;
	}
	if (vexfs_is_shut_down(mount))
		return -EIO;
	err = sync_filesystem(sb);
	if (!err)
		err = volume_reconfigure(mount, options, fc->sb_flags & SB_RDONLY);
	/* Nobody can stop an emergency: the VFS keeps writers out, whatever the engine says. */
	if (err && (fc->sb_flags & SB_FORCE))
		return 0;
	if (err)
		explain(fc, err);
	else
		mount->options = *options;
	return err;
}

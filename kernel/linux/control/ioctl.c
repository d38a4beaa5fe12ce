// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* ioctl.c - which call is meant, its bytes in and out, and those about the volume as a whole. */
#include "control/ioctl.h"

#include <linux/compat.h>
#include <linux/mount.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/writeback.h>

#define WAIT_MAX_MS	600000u

/* As ext4, xfs and f2fs have it; no header of the kernel does. */
#define FS_IOC_SHUTDOWN	_IOR('X', 125, __u32)

bool vexfs_is_volume_owner(const struct vexfs_call *call)
{
	return capable(CAP_SYS_ADMIN) ||
	       uid_eq(current_fsuid(), d_inode(call->mount->sb->s_root)->i_uid);
}

bool vexfs_is_zero(const void *field, size_t bytes)
{
	return !memchr_inv(field, 0, bytes);
}

int vexfs_bounded_length(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	return length == size ? -EINVAL : (int)length;
}

/* ---- the volume ---- */

static int ioctl_volume(const struct vexfs_call *call)
{
	struct vexfs_volume_info *info = kmalloc(sizeof(*info), GFP_KERNEL);
	struct vexfs_ioc_volume *out = call->argument;
	struct vexfs_id id = VEXFS_I(call->inode)->id;

	if (!info)
		return -ENOMEM;
	BUILD_BUG_ON(sizeof(out->label) != sizeof(info->label));
	vexfs_volume_info(call->mount->volume, info);
	out->abi = cpu_to_le32(VEXFS_IOC_ABI);
	out->flags = cpu_to_le32((info->read_only ? VEXFS_VOLUME_READ_ONLY : 0) |
				 (info->poisoned ? VEXFS_VOLUME_POISONED : 0));
	memcpy(out->uuid, info->uuid, sizeof(out->uuid));
	out->generation = cpu_to_le64(info->generation);
	out->live_generation = cpu_to_le64(info->live_generation);
	out->size_bytes = cpu_to_le64(info->size_blocks * VEXFS_BLOCK_BYTES);
	out->used_bytes = cpu_to_le64((info->size_blocks - info->fixed_blocks -
				       info->free_blocks) * VEXFS_BLOCK_BYTES);
	out->free_bytes = cpu_to_le64(info->available_blocks * VEXFS_BLOCK_BYTES);
	out->snapshots = cpu_to_le64(info->snapshots);
	out->snapshot_changes = cpu_to_le64(info->snapshot_changes);
	out->inodes = cpu_to_le64(info->inodes);
	out->vectors_bytes = cpu_to_le64(info->vectors_bytes);
	out->tree = cpu_to_le64(id.tree);
	out->ino = cpu_to_le64(id.ino);
	out->format_version = cpu_to_le32(info->format_version);
	out->block_bytes = cpu_to_le32(VEXFS_BLOCK_BYTES);
	memcpy(out->label, info->label, sizeof(out->label));
	kfree(info);
	return 0;
}

/* All that programs have written, pages of the cache included. */
static int ioctl_sync(const struct vexfs_call *call)
{
	struct vexfs_ioc_sync *out = call->argument;
	struct super_block *sb = call->mount->sb;
	u64 generation = 0;
	int err;

	vexfs_count(call->mount, VEXFS_COUNT_COMMITS_ASKED, 1);
	down_read(&sb->s_umount);
	err = sync_filesystem(sb);
	up_read(&sb->s_umount);
	if (!err)
		err = vexfs_volume_commit(call->mount->volume, &generation);
	out->generation = cpu_to_le64(generation);
	return err;
}

static int ioctl_wait(const struct vexfs_call *call)
{
	struct vexfs_ioc_wait *wait = call->argument;
	u32 timeout_ms = le32_to_cpu(wait->timeout_ms);
	u64 generation;
	int err;

	if (timeout_ms > WAIT_MAX_MS || wait->reserved0 ||
	    !vexfs_is_zero(wait->reserved, sizeof(wait->reserved)))
		return -EINVAL;
	vexfs_count(call->mount, VEXFS_COUNT_WAITERS, 1);
	err = vexfs_volume_wait(call->mount->volume, le64_to_cpu(wait->since), timeout_ms,
				&generation);
	vexfs_count(call->mount, VEXFS_COUNT_WAITERS, (u64)-1);
	wait->live_generation = err ? 0 : cpu_to_le64(generation);
	return err;
}

/* ---- which call ---- */

struct handler {
	unsigned int command;
	bool writes;		/* to the volume: the mount must allow it */
	int (*answer)(const struct vexfs_call *call);
};

static const struct handler handlers[] = {
	{ VEXFS_IOC_VOLUME, false, ioctl_volume },
	{ VEXFS_IOC_SYNC, false, ioctl_sync },
	{ VEXFS_IOC_WAIT, false, ioctl_wait },
	{ VEXFS_IOC_SNAPSHOT_CREATE, true, vexfs_ioctl_snapshot_create },
	{ VEXFS_IOC_SNAPSHOT_DELETE, true, vexfs_ioctl_snapshot_delete },
	{ VEXFS_IOC_SNAPSHOT_LIST, false, vexfs_ioctl_snapshot_list },
	{ VEXFS_IOC_DIFF, false, vexfs_ioctl_diff },
	{ VEXFS_IOC_STAT, false, vexfs_ioctl_stat },
	{ VEXFS_IOC_PATH, false, vexfs_ioctl_path },
	{ VEXFS_IOC_FORK_READ, false, vexfs_ioctl_fork_read },
	{ VEXFS_IOC_FORK_WRITE, true, vexfs_ioctl_fork_write },
	{ VEXFS_IOC_STATS, false, vexfs_ioctl_stats },
	{ VEXFS_IOC_SCRUB, false, vexfs_ioctl_scrub },
	{ VEXFS_IOC_SCRUB_LIST, false, vexfs_ioctl_scrub_list },
	{ VEXFS_IOC_GROW, true, vexfs_ioctl_grow },
	{ VEXFS_IOC_LABEL, true, vexfs_ioctl_label },
	{ VEXFS_IOC_SEARCH, false, vexfs_ioctl_search },
	{ VEXFS_IOC_LOOK, false, vexfs_ioctl_look },
	{ VEXFS_IOC_SNAPSHOT_CHANGE, true, vexfs_ioctl_snapshot_change },
	{ VEXFS_IOC_ROLLBACK, true, vexfs_ioctl_rollback },
	{ VEXFS_IOC_SNAPSHOT_SPACE, false, vexfs_ioctl_snapshot_space },
	{ FITRIM, false, vexfs_ioctl_trim },
	{ FS_IOC_SHUTDOWN, false, vexfs_ioctl_shutdown },
};

static int answer(const struct handler *handler, const struct vexfs_call *call)
{
	int err = vexfs_alive(call->inode);

	/* Who has gone down need not be told again. */
	if (err && handler->command != FS_IOC_SHUTDOWN)
		return err;
	err = handler->writes ? mnt_want_write_file(call->file) : 0;
	if (err)
		return err;
	err = handler->answer(call);
	if (handler->writes)
		mnt_drop_write_file(call->file);
	return err;
}

/* FS_IOC_SHUTDOWN was numbered as if it brought something out; it brings something in. */
static bool brings_in(unsigned int command)
{
	return (_IOC_DIR(command) & _IOC_WRITE) || command == FS_IOC_SHUTDOWN;
}

static bool brings_out(unsigned int command)
{
	return (_IOC_DIR(command) & _IOC_READ) && command != FS_IOC_SHUTDOWN;
}

static int transfer_and_answer(const struct handler *handler, struct file *file,
			       void __user *user)
{
	struct inode *inode = file_inode(file);
	struct vexfs_call call = { file, inode, vexfs_mount_of(inode), NULL };
	size_t bytes = _IOC_SIZE(handler->command);
	int err = 0;

	call.argument = kvzalloc(bytes, GFP_KERNEL);
	if (!call.argument)
		return -ENOMEM;
	if (brings_in(handler->command) && copy_from_user(call.argument, user, bytes))
		err = -EFAULT;
	if (!err)
		err = answer(handler, &call);
	if (!err && brings_out(handler->command) && copy_to_user(user, call.argument, bytes))
		err = -EFAULT;
	kvfree(call.argument);
	return err;
}

long vexfs_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	size_t i;

	BUILD_BUG_ON(VEXFS_TREE_LIVE != VEXFS_VOLUME_TREE_LIVE);
	BUILD_BUG_ON(VEXFS_TREE_INDEX != VEXFS_VOLUME_TREE_INDEX);
	BUILD_BUG_ON(VEXFS_TREE_FIRST != VEXFS_VOLUME_TREE_FIRST);
	for (i = 0; i < ARRAY_SIZE(handlers); i++)
		if (handlers[i].command == command)
			return transfer_and_answer(&handlers[i], file, (void __user *)argument);
	return -ENOTTY;
}

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* ioctl.h - the control ABI (uapi/vexfs/ioctl.h), answered: one struct per call, one function. */
#ifndef VEXFS_LINUX_IOCTL_H
#define VEXFS_LINUX_IOCTL_H

#include <linux/fs.h>

#include <vexfs/ioctl.h>

#include "vexfs_fs.h"

/**
 * struct vexfs_call - one call being answered. @argument: as large as the command's struct, what
 * came in (zeros for calls that bring nothing in); what is to go out takes its place.
 */
struct vexfs_call {
	struct file *file;
	struct inode *inode;
	struct vexfs_mount *mount;
	void *argument;
};

bool vexfs_is_volume_owner(const struct vexfs_call *call);
/** vexfs_is_zero() - whether all of @bytes bytes are; for reserved fields. */
bool vexfs_is_zero(const void *field, size_t bytes);
/** Length of a string in its array; -EINVAL without a NUL. */
int vexfs_bounded_length(const char *text, size_t size);

int vexfs_ioctl_stats(const struct vexfs_call *call);
int vexfs_ioctl_snapshot_create(const struct vexfs_call *call);
int vexfs_ioctl_snapshot_delete(const struct vexfs_call *call);
int vexfs_ioctl_snapshot_list(const struct vexfs_call *call);
int vexfs_ioctl_diff(const struct vexfs_call *call);
int vexfs_ioctl_stat(const struct vexfs_call *call);
int vexfs_ioctl_path(const struct vexfs_call *call);
int vexfs_ioctl_fork_read(const struct vexfs_call *call);
int vexfs_ioctl_fork_write(const struct vexfs_call *call);
int vexfs_ioctl_scrub(const struct vexfs_call *call);
int vexfs_ioctl_scrub_list(const struct vexfs_call *call);
int vexfs_ioctl_grow(const struct vexfs_call *call);
int vexfs_ioctl_label(const struct vexfs_call *call);
int vexfs_ioctl_search(const struct vexfs_call *call);
int vexfs_ioctl_look(const struct vexfs_call *call);
int vexfs_ioctl_snapshot_change(const struct vexfs_call *call);
int vexfs_ioctl_rollback(const struct vexfs_call *call);
int vexfs_ioctl_snapshot_space(const struct vexfs_call *call);
int vexfs_ioctl_trim(const struct vexfs_call *call);
int vexfs_ioctl_shutdown(const struct vexfs_call *call);

#endif

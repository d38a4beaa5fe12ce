// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* ioctl_snapshots.c - calls about snapshots that are there (uapi/vexfs/ioctl_snapshots.h). */
#include "control/ioctl.h"

int vexfs_ioctl_snapshot_change(const struct vexfs_call *call)
{
	return -EOPNOTSUPP;
}

int vexfs_ioctl_rollback(const struct vexfs_call *call)
{
	return -EOPNOTSUPP;
}

int vexfs_ioctl_snapshot_space(const struct vexfs_call *call)
{
	return -EOPNOTSUPP;
}

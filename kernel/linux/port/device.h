/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* device.h - the device that a mount lends to the engine. */
#ifndef VEXFS_LINUX_PORT_DEVICE_H
#define VEXFS_LINUX_PORT_DEVICE_H

#include <linux/types.h>

struct block_device;

struct vexfs_dev {
	struct block_device *bdev;
	u64 size_blocks;
	bool read_only;
	bool dead;		/* everything fails from now on: FS_IOC_SHUTDOWN */
};

void vexfs_dev_init(struct vexfs_dev *dev, struct block_device *bdev);

/**
 * vexfs_dev_measure() - looks at the block device again, which may have grown, or may be writable
 * now.
 */
void vexfs_dev_measure(struct vexfs_dev *dev);

void vexfs_dev_kill(struct vexfs_dev *dev);

#endif

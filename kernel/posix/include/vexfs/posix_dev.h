/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/posix_dev.h - devices of the posix host: image files, block devices, memory.
 *
 * A device is a table of functions with a size, so that tests can put their own under the engine.
 * The engine sees none of this; it calls vexfs_port_dev_*().
 */
#ifndef VEXFS_POSIX_DEV_H
#define VEXFS_POSIX_DEV_H

#include <vexfs/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct vexfs_dev_ops - what a kind of device does. Same contracts as vexfs_port_dev_*(); the
 * range was checked against the size, and write is not called on a read-only device.
 */
struct vexfs_dev_ops {
	int (*read)(struct vexfs_dev *dev, u64 block, u32 count, void *out);
	int (*write)(struct vexfs_dev *dev, u64 block, u32 count, const void *data);
	int (*flush)(struct vexfs_dev *dev);
	int (*discard)(struct vexfs_dev *dev, u64 block, u32 count);	/* NULL: not supported */
	void (*close)(struct vexfs_dev *dev);
};

/**
 * struct vexfs_dev - the head of each kind's own struct. Constant after it was opened, but for
 * vexfs_dev_measure().
 */
struct vexfs_dev {
	const struct vexfs_dev_ops *ops;
	u64 size_blocks;
	bool read_only;
};

#define VEXFS_DEV_READ_ONLY	0x1u

/**
 * vexfs_dev_open() - opens an image file or a block device.
 * @flags: VEXFS_DEV_*. Read-only openers share the device; a writer has it alone, against other
 * processes of this host (flock) and, for block devices, against mounts (O_EXCL).
 *
 * Return: 0, -EBUSY (in use), -EINVAL (neither a regular file nor a block device), or what open(2)
 * says: -ENOENT, -EACCES, -EROFS, ...
 */
int vexfs_dev_open(const char *path, u32 flags, struct vexfs_dev **out);

/** vexfs_dev_open_memory() - zeroed memory of @size_blocks. Return: 0 or -ENOMEM. */
int vexfs_dev_open_memory(u64 size_blocks, struct vexfs_dev **out);

/**
 * vexfs_dev_measure() - looks whether the image or device has become larger. One that has become
 * smaller keeps its size here, and reads beyond its end fail. Return: 0, -EIO.
 */
int vexfs_dev_measure(struct vexfs_dev *dev);

/** vexfs_dev_close() - closes without a flush; takes NULL. */
void vexfs_dev_close(struct vexfs_dev *dev);

#ifdef __cplusplus
}
#endif

#endif

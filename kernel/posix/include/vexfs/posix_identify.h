/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/posix_identify.h - what a device holds, and errors in words, for programs that open
 * volumes.
 */
#ifndef VEXFS_POSIX_IDENTIFY_H
#define VEXFS_POSIX_IDENTIFY_H

#include <vexfs/posix_dev.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vexfs_identify() - what the first blocks of a device look like, for messages: "an ext2, ext3 or
 * ext4 filesystem", "nothing but zeros", ... Knows the common ones only. Return: NULL when unknown.
 */
const char *vexfs_identify(struct vexfs_dev *dev);

/**
 * vexfs_explain_dev_error() - why vexfs_dev_open() failed: what, where, and what to do.
 * @error: its negative errno. @out holds @size bytes and is always terminated.
 */
void vexfs_explain_dev_error(const char *path, int error, char *out, size_t size);

/** vexfs_explain_volume_error() - the same for vexfs_volume_open() and vexfs_check() on @dev. */
void vexfs_explain_volume_error(const char *path, struct vexfs_dev *dev, int error, char *out,
				size_t size);

#ifdef __cplusplus
}
#endif

#endif

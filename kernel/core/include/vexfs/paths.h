/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* vexfs/paths.h - from an inode to its names. The rest of vexfs/volume.h, and its rules, apply. */
#ifndef VEXFS_PATHS_H
#define VEXFS_PATHS_H

#include <vexfs/volume.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vexfs_volume_path() - the @index-th path of an inode, relative to the root of its tree, without a
 * leading '/', NUL-terminated. Return: 0, -ENOENT (no such inode or index), -ENAMETOOLONG.
 */
int vexfs_volume_path(struct vexfs_volume *volume, struct vexfs_id id, u32 index, char *out,
		      u32 size);

/**
 * vexfs_volume_name_in() - a name that @id has in the directory @dir of its tree, NUL-terminated;
 * the first of several. Return: 0, -ENOENT (it has none there), -ENAMETOOLONG (@size).
 */
int vexfs_volume_name_in(struct vexfs_volume *volume, struct vexfs_id dir, struct vexfs_id id,
			 char *out, u32 size);

#ifdef __cplusplus
}
#endif

#endif

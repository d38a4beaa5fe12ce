/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* vexfs/maintain.h - changes of a mounted volume as a whole. */
#ifndef VEXFS_MAINTAIN_H
#define VEXFS_MAINTAIN_H

#include <vexfs/volume.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vexfs_volume_grow() - makes use of a device that has become larger, if only by 8 blocks; on disk
 * when it returns. @size_blocks: of the volume now. Return: 0, -EROFS, errors of a commit.
 */
int vexfs_volume_grow(struct vexfs_volume *volume, u64 *size_blocks);

/** vexfs_volume_set_label() - on disk when it returns. Return: 0, -EINVAL (too long), as above. */
int vexfs_volume_set_label(struct vexfs_volume *volume, const char *label, u32 label_bytes);

/**
 * vexfs_volume_set_uuid() - what the volume is known by from now on; on disk when it returns. Nodes
 * keep the one that they were written with. Not for mounts: others know the volume by its uuid.
 * Return: 0, -EINVAL (all zero), as above.
 */
int vexfs_volume_set_uuid(struct vexfs_volume *volume, const u8 uuid[16]);

#ifdef __cplusplus
}
#endif

#endif

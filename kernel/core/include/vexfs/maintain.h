/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* vexfs/maintain.h - changes of a mounted volume as a whole. */
#ifndef VEXFS_MAINTAIN_H
#define VEXFS_MAINTAIN_H

#include <vexfs/volume.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vexfs_volume_reconfigure() - a volume in use gets other options, all but @cache_bytes: read-only
 * to writable as well, which recovers as an open does, and back, which leaves the volume on disk as
 * a close does. Callers see to it that nobody changes anything meanwhile; readers may go on.
 * Return: 0, -EINVAL (unknown level of compression), -EROFS (the device is read-only, or a commit
 * has failed), -EPROTONOSUPPORT (features that only readers need not know), -EBUSY (somebody else
 * wrote to the device, or somebody changed something), errors of a commit.
 */
int vexfs_volume_reconfigure(struct vexfs_volume *volume, const struct vexfs_open_options *options);

/**
 * vexfs_volume_cache_bytes() - how much memory caches hold that can be had back; takes no lock, and
 * may be a moment old.
 */
u64 vexfs_volume_cache_bytes(struct vexfs_volume *volume);
/**
 * vexfs_volume_cache_shrink() - frees about @bytes of it, what was not used for the longest time
 * first. For hosts whose memory runs short: waits for no lock and takes no memory, so that it may
 * be called from within vexfs_port_alloc(). Return: how much was freed; 0 when the cache is busy.
 */
u64 vexfs_volume_cache_shrink(struct vexfs_volume *volume, u64 bytes);

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

/**
 * struct vexfs_trim - free blocks are discarded from @block on to @end, where they lie in runs of
 * at least @min_blocks (1..VEXFS_TRIM_RUN_MAX). @trimmed_blocks counts them.
 */
struct vexfs_trim {
	u64 block, end;
	u64 min_blocks;
	u64 trimmed_blocks;
};
#define VEXFS_TRIM_RUN_MAX	2048u

/**
 * vexfs_volume_trim_step() - a portion, also of what was discarded before or where the options of
 * the open say that nothing is. Between two portions anybody may use the volume. Return: 1 when
 * there may be more, 0 at the end, -EROFS, -EINVAL, -EOPNOTSUPP (the device cannot), -EIO.
 */
int vexfs_volume_trim_step(struct vexfs_volume *volume, struct vexfs_trim *trim);

#ifdef __cplusplus
}
#endif

#endif

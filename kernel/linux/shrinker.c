// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* shrinker.c - the engine's caches give memory back when the kernel runs short of it. */
#include <linux/mm.h>
#include <linux/shrinker.h>

#include <vexfs/maintain.h>

#include "vexfs_fs.h"

/* What the kernel counts and asks for is in pages. */
static unsigned long cache_count(struct shrinker *shrinker, struct shrink_control *control)
{
	struct vexfs_mount *mount = vexfs_shrinker_context(shrinker);

	return (unsigned long)(vexfs_volume_cache_bytes(mount->volume) >> PAGE_SHIFT);
}

/* The engine waits for no lock here, so that it does not matter who needs the memory. */
static unsigned long cache_scan(struct shrinker *shrinker, struct shrink_control *control)
{
	struct vexfs_mount *mount = vexfs_shrinker_context(shrinker);
	u64 freed = vexfs_volume_cache_shrink(mount->volume,
					      (u64)control->nr_to_scan << PAGE_SHIFT);

	return freed ? (unsigned long)(freed >> PAGE_SHIFT) : SHRINK_STOP;
}

int vexfs_shrinker_start(struct vexfs_mount *mount)
{
	mount->shrinker = vexfs_shrinker_register(cache_count, cache_scan, mount, mount->sb->s_id);
	return mount->shrinker ? 0 : -ENOMEM;
}

void vexfs_shrinker_stop(struct vexfs_mount *mount)
{
	vexfs_shrinker_unregister(mount->shrinker);
	mount->shrinker = NULL;
}

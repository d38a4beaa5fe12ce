// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* ticker.c - the engine's background time: commits by age, and freeing what was deleted. */
#define pr_fmt(fmt) "vexfs: " fmt

#include "vexfs_fs.h"

#define PERIOD_MS	100

/* Nothing is written to a mount that is read-only or frozen. */
static bool may_write(const struct vexfs_mount *mount)
{
	return !sb_rdonly(mount->sb);
}

static void tick(struct work_struct *work)
{
	struct vexfs_mount *mount = container_of(to_delayed_work(work), struct vexfs_mount, tick);
	int result = 0;

	if (may_write(mount)) {
		vexfs_promises_trim(mount, false);
		result = vexfs_volume_tick(mount->volume);
	}
	/* Once per kind of trouble, not ten times a second. */
	if (result < 0 && result != mount->tick_error)
		pr_err("%s: background work failed (error %d)\n", mount->sb->s_id, result);
	mount->tick_error = result < 0 ? result : 0;
	queue_delayed_work(system_unbound_wq, &mount->tick,
			   result == 1 ? 0 : msecs_to_jiffies(PERIOD_MS));
}

void vexfs_ticker_start(struct vexfs_mount *mount)
{
	INIT_DELAYED_WORK(&mount->tick, tick);
	queue_delayed_work(system_unbound_wq, &mount->tick, msecs_to_jiffies(PERIOD_MS));
}

void vexfs_ticker_stop(struct vexfs_mount *mount)
{
	cancel_delayed_work_sync(&mount->tick);
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* ioctl_maintenance.c - looking after a volume in use: counters, scrub, grow, label, shutdown. */
#define pr_fmt(fmt) "vexfs: " fmt

#include "control/ioctl.h"

#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/sched/signal.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/writeback.h>

#include <vexfs/maintain.h>

#include "scrubber.h"

/* ---- counters ---- */

static void counter_add(struct vexfs_ioc_stats *out, const struct vexfs_counter *counter)
{
	u32 row = le32_to_cpu(out->count);

	if (row >= VEXFS_IOC_COUNTERS_MAX)
		return;
	strscpy(out->rows[row].name, counter->name, sizeof(out->rows[row].name));
	out->rows[row].value = cpu_to_le64(counter->value);
	out->rows[row].kind = cpu_to_le32(counter->kind);
	out->rows[row].unit = cpu_to_le32(counter->unit);
	out->count = cpu_to_le32(row + 1);
}

int vexfs_ioctl_stats(const struct vexfs_call *call)
{
	struct vexfs_ioc_stats *out = call->argument;
	struct vexfs_counter *rows = kvcalloc(VEXFS_IOC_COUNTERS_MAX, sizeof(*rows), GFP_KERNEL);
	u32 i, count;

	if (!rows)
		return -ENOMEM;
	count = vexfs_counters(call->mount, rows, VEXFS_IOC_COUNTERS_MAX);
	for (i = 0; i < count; i++)
		counter_add(out, &rows[i]);
	out->time_us = cpu_to_le64(vexfs_port_monotonic_us());
	kvfree(rows);
	return 0;
}

/* ---- scrub ---- */

int vexfs_ioctl_scrub(const struct vexfs_call *call)
{
	struct vexfs_ioc_scrub *scrub = call->argument;
	u32 action = le32_to_cpu(scrub->action);
	int err = 0;

	if (action > VEXFS_SCRUB_STOP || !vexfs_is_zero(scrub->reserved, sizeof(scrub->reserved)))
		return -EINVAL;
	if (action != VEXFS_SCRUB_STATUS && !vexfs_is_volume_owner(call))
		return -EPERM;
	if (action == VEXFS_SCRUB_START)
		err = vexfs_scrubber_start(call->mount->scrubber, le64_to_cpu(scrub->rate_bytes));
	else if (action == VEXFS_SCRUB_STOP)
		vexfs_scrubber_stop(call->mount->scrubber);
	memset(scrub, 0, sizeof(*scrub));
	vexfs_scrubber_status(call->mount->scrubber, scrub);
	return err;
}

int vexfs_ioctl_scrub_list(const struct vexfs_call *call)
{
	struct vexfs_ioc_scrub_list *list = call->argument;

	if (list->reserved0 || !vexfs_is_zero(list->reserved, sizeof(list->reserved)))
		return -EINVAL;
	if (!vexfs_is_volume_owner(call))
		return -EPERM;
	memset(list->rows, 0, sizeof(list->rows));
	list->count = cpu_to_le32(vexfs_scrubber_rows(call->mount->scrubber,
						      le64_to_cpu(list->first), list->rows,
						      VEXFS_IOC_SCRUB_ROWS_MAX));
	return 0;
}

/* ---- the volume itself ---- */

int vexfs_ioctl_grow(const struct vexfs_call *call)
{
	struct vexfs_ioc_grow *out = call->argument;
	u64 size_blocks;
	int err;

	if (!vexfs_is_volume_owner(call))
		return -EPERM;
	vexfs_dev_measure(&call->mount->dev);
	err = vexfs_volume_grow(call->mount->volume, &size_blocks);
	if (!err)
		out->size_bytes = cpu_to_le64(size_blocks * VEXFS_BLOCK_BYTES);
	return err;
}

int vexfs_ioctl_label(const struct vexfs_call *call)
{
	const struct vexfs_ioc_label *label = call->argument;
	int length = vexfs_bounded_length(label->label, sizeof(label->label));

	if (length < 0 || !vexfs_is_zero(label->reserved, sizeof(label->reserved)))
		return -EINVAL;
	if (!vexfs_is_volume_owner(call))
		return -EPERM;
	return vexfs_volume_set_label(call->mount->volume, label->label, (u32)length);
}

/* FITRIM, as fstrim(8) asks it of any filesystem. */
int vexfs_ioctl_trim(const struct vexfs_call *call)
{
	struct fstrim_range *range = call->argument;
	struct vexfs_volume_info *info;
	struct vexfs_trim trim = { 0 };
	u64 size_bytes, bytes;
	int more = 1;

	if (!vexfs_is_volume_owner(call))
		return -EPERM;
	info = kmalloc(sizeof(*info), GFP_KERNEL);
	if (!info)
		return -ENOMEM;
	vexfs_volume_info(call->mount->volume, info);
	size_bytes = info->size_blocks * VEXFS_BLOCK_BYTES;
	kfree(info);
	if (range->start >= size_bytes || range->len < VEXFS_BLOCK_BYTES ||
	    range->minlen > (u64)VEXFS_TRIM_RUN_MAX * VEXFS_BLOCK_BYTES)
		return -EINVAL;
	bytes = min_t(u64, range->len, size_bytes - range->start);
	/* Whole blocks within the range. */
	trim.block = DIV_ROUND_UP_ULL(range->start, VEXFS_BLOCK_BYTES);
	trim.end = (range->start + bytes) / VEXFS_BLOCK_BYTES;
	trim.min_blocks = max_t(u64, DIV_ROUND_UP_ULL(range->minlen, VEXFS_BLOCK_BYTES), 1);
	/* Whoever froze the volume wants its device to stay as it is. */
	sb_start_write(call->mount->sb);
	while (more == 1)
		more = fatal_signal_pending(current) ?
			       -EINTR :
			       vexfs_volume_trim_step(call->mount->volume, &trim);
	sb_end_write(call->mount->sb);
	range->len = trim.trimmed_blocks * VEXFS_BLOCK_BYTES;
	return more;
}

enum {
	GOING_DOWN_FULLSYNC,	/* by freezing: everything is on disk */
	GOING_DOWN_LOGSYNC,	/* the engine's changes are on disk, pages need not be */
	GOING_DOWN_NOLOGSYNC,	/* as if the power were lost */
};

int vexfs_ioctl_shutdown(const struct vexfs_call *call)
{
	u32 how = *(const u32 *)call->argument;
	struct super_block *sb = call->mount->sb;
	int err = 0;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (how > GOING_DOWN_NOLOGSYNC)
		return -EINVAL;
	if (vexfs_is_shut_down(call->mount))
		return 0;
	/* Writers stand still until it is done, so that all that they wrote is there. */
	if (how == GOING_DOWN_FULLSYNC)
		err = bdev_freeze(sb->s_bdev);
	else if (how == GOING_DOWN_LOGSYNC)
		err = vexfs_volume_commit(call->mount->volume, NULL);
	if (err)
		return err;
	pr_alert("%s: shut down by request\n", sb->s_id);
	vexfs_dev_kill(&call->mount->dev);
	if (how == GOING_DOWN_FULLSYNC)
		bdev_thaw(sb->s_bdev);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#define pr_fmt(fmt) "vexfs: " fmt

#include "scrubber.h"

#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include <vexfs/scrub.h>

/* A volume of which more is wrong than this has other problems; the count goes on. */
#define ROWS_MAX	10000u

struct vexfs_scrubber {
	struct vexfs_volume *volume;
	struct mutex start_mutex;	/* one start or stop at a time; taken before @mutex */
	struct mutex mutex;		/* guards what follows */
	struct task_struct *thread;
	u32 state;
	u64 rate_bytes;
	s64 started_ns, ended_ns;
	struct vexfs_scrub_progress progress;
	u32 row_count;
	struct vexfs_ioc_scrub_row *rows;	/* ROWS_MAX; as the ABI has them */
};

int vexfs_scrubber_create(struct vexfs_volume *volume, struct vexfs_scrubber **out)
{
	struct vexfs_scrubber *scrubber = kzalloc(sizeof(*scrubber), GFP_KERNEL);

	if (!scrubber)
		return -ENOMEM;
	scrubber->volume = volume;
	mutex_init(&scrubber->start_mutex);
	mutex_init(&scrubber->mutex);
	*out = scrubber;
	return 0;
}

static void on_finding(void *context, const struct vexfs_finding *finding)
{
	struct vexfs_scrubber *scrubber = context;
	struct vexfs_ioc_scrub_row *row;

	pr_err_ratelimited("scrub: block %llu (%s) of inode %llu in tree %llu is wrong\n",
			   finding->block, finding->what, finding->ino, finding->tree);
	mutex_lock(&scrubber->mutex);
	if (scrubber->row_count < ROWS_MAX) {
		row = &scrubber->rows[scrubber->row_count++];
		memset(row, 0, sizeof(*row));
		row->tree = cpu_to_le64(finding->tree);
		row->ino = cpu_to_le64(finding->ino);
		row->block = cpu_to_le64(finding->block);
		row->error = cpu_to_le32((u32)-finding->error);
		strscpy(row->what, finding->what, sizeof(row->what));
	}
	mutex_unlock(&scrubber->mutex);
}

/* Sleeps until @done_blocks are due at the rate. Return: whether the run is to end. */
static bool pause_until_due(struct vexfs_scrubber *scrubber, u64 start_us, u64 done_blocks)
{
	u64 bytes = done_blocks * VEXFS_BLOCK_BYTES, due_us, passed_us;

	while (scrubber->rate_bytes && !kthread_should_stop()) {
		due_us = mul_u64_u64_div_u64(bytes, USEC_PER_SEC, scrubber->rate_bytes);
		passed_us = vexfs_port_monotonic_us() - start_us;
		if (passed_us >= due_us)
			break;
		schedule_timeout_interruptible(
			usecs_to_jiffies((u32)min_t(u64, due_us - passed_us, USEC_PER_SEC)));
	}
	return kthread_should_stop();
}

/* Return: 0 at the end, 1 when it was stopped, or an error. */
static int steps(struct vexfs_scrubber *scrubber, struct vexfs_scrub *run)
{
	struct vexfs_check_options options = { .report = on_finding, .context = scrubber };
	u64 start_us = vexfs_port_monotonic_us();
	int more;

	for (;;) {
		struct vexfs_scrub_progress progress = { 0 };

		more = vexfs_volume_scrub_step(scrubber->volume, run, &options, &progress);
		mutex_lock(&scrubber->mutex);
		scrubber->progress = progress;
		mutex_unlock(&scrubber->mutex);
		if (more != 1)
			return more;
		cond_resched();
		if (pause_until_due(scrubber, start_us, progress.done_blocks))
			return 1;
	}
}

static int scrub_thread(void *context)
{
	struct vexfs_scrubber *scrubber = context;
	struct vexfs_scrub *run = NULL;
	int result = vexfs_volume_scrub_begin(scrubber->volume, &run);

	if (!result)
		result = steps(scrubber, run);
	vexfs_volume_scrub_end(run);
	mutex_lock(&scrubber->mutex);
	scrubber->state = !result ? VEXFS_SCRUB_STATE_DONE :
			  result == 1 ? VEXFS_SCRUB_STATE_STOPPED : VEXFS_SCRUB_STATE_FAILED;
	scrubber->ended_ns = vexfs_port_time_ns();
	mutex_unlock(&scrubber->mutex);
	return 0;
}

/* The thread has a reference of ours, so that it can be waited for when it has ended. */
static void thread_join(struct vexfs_scrubber *scrubber)
{
	if (!scrubber->thread)
		return;
	kthread_stop(scrubber->thread);
	put_task_struct(scrubber->thread);
	scrubber->thread = NULL;
	/* Stopped before it got to run at all. */
	mutex_lock(&scrubber->mutex);
	if (scrubber->state == VEXFS_SCRUB_STATE_RUNNING) {
		scrubber->state = VEXFS_SCRUB_STATE_STOPPED;
		scrubber->ended_ns = vexfs_port_time_ns();
	}
	mutex_unlock(&scrubber->mutex);
}

static int start_locked(struct vexfs_scrubber *scrubber, u64 rate_bytes)
{
	struct task_struct *thread;
	u32 state;

	mutex_lock(&scrubber->mutex);
	state = scrubber->state;
	mutex_unlock(&scrubber->mutex);
	if (state == VEXFS_SCRUB_STATE_RUNNING)
		return -EBUSY;
	thread_join(scrubber);
	if (!scrubber->rows)
		scrubber->rows = kvcalloc(ROWS_MAX, sizeof(*scrubber->rows), GFP_KERNEL);
	if (!scrubber->rows)
		return -ENOMEM;
	thread = kthread_create(scrub_thread, scrubber, "vexfs-scrub");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	mutex_lock(&scrubber->mutex);
	scrubber->state = VEXFS_SCRUB_STATE_RUNNING;
	scrubber->rate_bytes = rate_bytes;
	scrubber->started_ns = vexfs_port_time_ns();
	scrubber->ended_ns = 0;
	memset(&scrubber->progress, 0, sizeof(scrubber->progress));
	scrubber->row_count = 0;
	mutex_unlock(&scrubber->mutex);
	get_task_struct(thread);
	scrubber->thread = thread;
	wake_up_process(thread);
	return 0;
}

int vexfs_scrubber_start(struct vexfs_scrubber *scrubber, u64 rate_bytes)
{
	int err;

	mutex_lock(&scrubber->start_mutex);
	err = start_locked(scrubber, rate_bytes);
	mutex_unlock(&scrubber->start_mutex);
	return err;
}

void vexfs_scrubber_stop(struct vexfs_scrubber *scrubber)
{
	mutex_lock(&scrubber->start_mutex);
	thread_join(scrubber);
	mutex_unlock(&scrubber->start_mutex);
}

void vexfs_scrubber_destroy(struct vexfs_scrubber *scrubber)
{
	if (!scrubber)
		return;
	vexfs_scrubber_stop(scrubber);
	kvfree(scrubber->rows);
	kfree(scrubber);
}

void vexfs_scrubber_status(struct vexfs_scrubber *scrubber, struct vexfs_ioc_scrub *out)
{
	mutex_lock(&scrubber->mutex);
	out->state = cpu_to_le32(scrubber->state);
	out->rate_bytes = cpu_to_le64(scrubber->rate_bytes);
	out->done_bytes = cpu_to_le64(scrubber->progress.done_blocks * VEXFS_BLOCK_BYTES);
	out->used_bytes = cpu_to_le64(scrubber->progress.used_blocks * VEXFS_BLOCK_BYTES);
	out->findings = cpu_to_le64(scrubber->progress.findings);
	out->rows = cpu_to_le64(scrubber->row_count);
	out->started_ns = cpu_to_le64((u64)scrubber->started_ns);
	out->ended_ns = cpu_to_le64((u64)scrubber->ended_ns);
	mutex_unlock(&scrubber->mutex);
}

u32 vexfs_scrubber_rows(struct vexfs_scrubber *scrubber, u64 first,
			struct vexfs_ioc_scrub_row *rows, u32 rows_max)
{
	u32 count = 0;

	mutex_lock(&scrubber->mutex);
	if (first < scrubber->row_count)
		count = min_t(u64, scrubber->row_count - first, rows_max);
	if (count)
		memcpy(rows, scrubber->rows + first, count * sizeof(*rows));
	mutex_unlock(&scrubber->mutex);
	return count;
}

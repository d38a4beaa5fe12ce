// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* ioctl_search.c - finding vectors, and looking at what was found, for whoever may read it. */
#include "control/ioctl.h"

#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uidgid.h>

#include <vexfs/paths.h>
#include <vexfs/search.h>
#include <vexfs/vector_fork.h>

static bool in_group(void *context, u32 gid)
{
	kgid_t kgid = make_kgid(&init_user_ns, gid);

	return gid_valid(kgid) && in_group_p(kgid);
}

/* Asked every few thousand rows: others get their turn, too. */
static bool is_interrupted(void *context)
{
	cond_resched();
	return signal_pending(current);
}

static void credentials_init(struct vexfs_credentials *who)
{
	who->uid = from_kuid(&init_user_ns, current_fsuid());
	who->privileged = capable(CAP_DAC_READ_SEARCH) || capable(CAP_DAC_OVERRIDE);
	who->in_group = in_group;
}

static void hits_encode(struct vexfs_ioc_search *out, const struct vexfs_search_result *result,
			const struct vexfs_hit *hits)
{
	u32 i;

	memset(out->rows, 0, sizeof(out->rows));
	out->hits = cpu_to_le32(result->count);
	out->scanned = cpu_to_le64(result->scanned);
	out->skipped = cpu_to_le64(result->skipped);
	out->damaged = cpu_to_le64(result->damaged);
	out->segment_generation = cpu_to_le64(result->segment_generation);
	for (i = 0; i < result->count; i++) {
		struct vexfs_ioc_hit *row = &out->rows[i];

		row->ino = cpu_to_le64(hits[i].ino);
		row->begin_bytes = cpu_to_le64(hits[i].begin_bytes);
		row->end_bytes = cpu_to_le64(hits[i].end_bytes);
		row->score = cpu_to_le64((u64)hits[i].score);
		row->record = cpu_to_le32(hits[i].record);
		row->page = cpu_to_le32(hits[i].page);
		row->flags = cpu_to_le32(hits[i].stale ? VEXFS_HIT_STALE : 0);
	}
}

static void abi_check(void)
{
	BUILD_BUG_ON(sizeof(struct vexfs_ioc_search) > VEXFS_IOC_BYTES_MAX);
	BUILD_BUG_ON(sizeof(struct vexfs_ioc_look) > VEXFS_IOC_BYTES_MAX);
	BUILD_BUG_ON(VEXFS_IOC_HITS_MAX != VEXFS_SEARCH_HITS_MAX);
	BUILD_BUG_ON(VEXFS_IOC_SEARCH_DIMENSION_MAX != VEXFS_SEARCH_DIMENSION_MAX);
	BUILD_BUG_ON(VEXFS_SEARCH_SCORE_SHIFT != VEXFS_SCORE_SHIFT);
	BUILD_BUG_ON(VEXFS_SEARCH_SCALAR != VEXFS_SEARCH_WITH_SCALAR);
	BUILD_BUG_ON((int)VEXFS_METRIC_COSINE != (int)VEXFS_NEAR_COSINE);
	BUILD_BUG_ON((int)VEXFS_METRIC_DOT != (int)VEXFS_NEAR_DOT);
}

int vexfs_ioctl_search(const struct vexfs_call *call)
{
	struct vexfs_ioc_search *argument = call->argument;
	struct vexfs_search search = {
		.tree = le64_to_cpu(argument->tree),
		.query = argument->query,
		.dimension = le32_to_cpu(argument->dimension),
		.scale = le32_to_cpu(argument->scale),
		.metric = (enum vexfs_metric)le32_to_cpu(argument->metric),
		.hits_max = le32_to_cpu(argument->hits),
		.flags = le32_to_cpu(argument->flags),
		.interrupted = is_interrupted,
	};
	struct vexfs_search_result result;
	struct vexfs_hit *hits;
	int err;

	abi_check();
	if (argument->reserved0 || argument->scanned || argument->skipped || argument->damaged ||
	    argument->segment_generation ||
	    !vexfs_is_zero(argument->reserved, sizeof(argument->reserved)))
		return -EINVAL;
	memcpy(search.model, argument->model, sizeof(search.model));
	credentials_init(&search.who);
	hits = kvcalloc(VEXFS_IOC_HITS_MAX, sizeof(*hits), GFP_KERNEL);
	if (!hits)
		return -ENOMEM;
	err = vexfs_volume_search(call->mount->volume, &search, hits, &result);
	if (!err)
		hits_encode(argument, &result, hits);
	kvfree(hits);
	return err;
}

/* ---- looking ---- */

/* @paths: bytes of look->paths that are taken. What is gone, its tree included, stays zeros. */
static int look_at_one(struct vexfs_volume *volume, const struct vexfs_credentials *who,
		       struct vexfs_ioc_look_row *row, struct vexfs_ioc_look *look, u32 *paths)
{
	struct vexfs_id id = { le64_to_cpu(row->tree), le64_to_cpu(row->ino) };
	bool wants_path = le32_to_cpu(row->flags) & VEXFS_LOOK_PATH, may = false;
	u32 room = VEXFS_IOC_LOOK_PATHS_BYTES - *paths, flags = VEXFS_LOOK_THERE;
	struct vexfs_attr attr;
	int err = vexfs_volume_getattr(volume, id, &attr);

	row->flags = 0;
	if (!err)
		err = vexfs_volume_may_read(volume, id, who, &may);
	if (err)
		return err == -ENOENT || err == -ESTALE ? 0 : err;
	if (may)
		flags |= VEXFS_LOOK_READABLE;
	row->size_bytes = cpu_to_le64(attr.size_bytes);
	row->mtime_ns = cpu_to_le64((u64)(attr.mtime.sec * NSEC_PER_SEC + attr.mtime.nsec));
	row->nlink = cpu_to_le32(attr.nlink);
	if (wants_path && room &&
	    !vexfs_volume_path(volume, id, 0, look->paths + *paths, room)) {
		row->path_at = cpu_to_le32(*paths);
		*paths += strlen(look->paths + *paths) + 1;
		flags |= VEXFS_LOOK_PATH;
	}
	row->flags = cpu_to_le32(flags);
	return 0;
}

static bool is_look(const struct vexfs_ioc_look *look)
{
	u32 count = le32_to_cpu(look->count), i;

	if (!count || count > VEXFS_IOC_LOOKS_MAX || look->reserved0 ||
	    !vexfs_is_zero(look->reserved, sizeof(look->reserved)) ||
	    !vexfs_is_zero(look->paths, sizeof(look->paths)))
		return false;
	for (i = 0; i < count; i++) {
		const struct vexfs_ioc_look_row *row = &look->rows[i];

		if (row->size_bytes || row->mtime_ns || row->nlink || row->path_at ||
		    row->reserved0 || (le32_to_cpu(row->flags) & ~VEXFS_LOOK_PATH))
			return false;
	}
	return true;
}

int vexfs_ioctl_look(const struct vexfs_call *call)
{
	struct vexfs_ioc_look *look = call->argument;
	struct vexfs_credentials who = {};
	u32 paths = 0, i;
	int err;

	if (!is_look(look))
		return -EINVAL;
	if (!vexfs_is_volume_owner(call))
		return -EPERM;
	credentials_init(&who);
	for (i = 0; i < le32_to_cpu(look->count); i++) {
		err = look_at_one(call->mount->volume, &who, &look->rows[i], look, &paths);
		if (err)
			return err;
		cond_resched();
	}
	memset(look->paths + paths, 0, sizeof(look->paths) - paths);
	return 0;
}

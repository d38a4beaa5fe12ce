// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "io/frame.h"

#include <vexfs/errors.h>

/* About what a bench takes: two frames, a decompressor, and with luck no compressor. */
#define BENCH_BYTES	(512u << 10)

int vexfs_frames_init(struct vexfs_frames *frames, u64 budget_bytes)
{
	frames->idle_max = budget_bytes < BENCH_BYTES ? 1 : (u32)(budget_bytes / BENCH_BYTES);
	frames->mutex = vexfs_port_mutex_create(VEXFS_RANK_CACHE);
	return frames->mutex ? 0 : VEXFS_ERR(ENOMEM);
}

static void bench_free(struct vexfs_bench *bench)
{
	vexfs_port_compressor_destroy(bench->compressor);
	vexfs_port_decompressor_destroy(bench->decompressor);
	vexfs_port_free(bench->packed);
	vexfs_port_free(bench->unpacked);
	vexfs_port_free(bench);
}

void vexfs_frames_fini(struct vexfs_frames *frames)
{
	while (frames->idle) {
		struct vexfs_bench *bench = frames->idle;

		frames->idle = bench->next;
		bench_free(bench);
	}
	vexfs_port_mutex_destroy(frames->mutex);
}

static int bench_create(struct vexfs_bench **out)
{
	struct vexfs_bench *bench = vexfs_port_alloc(sizeof(*bench));

	if (!bench)
		return VEXFS_ERR(ENOMEM);
	bench->packed = vexfs_port_alloc(VEXFS_FRAME_MAX_BYTES);
	bench->unpacked = vexfs_port_alloc(VEXFS_FRAME_MAX_BYTES);
	if (!bench->packed || !bench->unpacked) {
		bench_free(bench);
		return VEXFS_ERR(ENOMEM);
	}
	*out = bench;
	return 0;
}

static bool suits(const struct vexfs_bench *bench, u64 block, u64 birth)
{
	return block ? bench->block == block && bench->birth == birth : bench->compressor != NULL;
}

/* Takes a bench off the list; NULL when there is none, or none yet that need be given up. */
static struct vexfs_bench *idle_take(struct vexfs_frames *frames, u64 block, u64 birth)
{
	struct vexfs_bench **at = &frames->idle, *bench;

	while (*at && (*at)->next && !suits(*at, block, birth))
		at = &(*at)->next;
	bench = *at;
	if (!bench || (!suits(bench, block, birth) && bench->block &&
		       frames->idle_count < frames->idle_max))
		return NULL;
	*at = bench->next;
	frames->idle_count--;
	return bench;
}

int vexfs_bench_get(struct vexfs_frames *frames, u64 block, u64 birth, struct vexfs_bench **out)
{
	struct vexfs_bench *bench;
	bool hit;

	vexfs_port_mutex_lock(frames->mutex);
	bench = idle_take(frames, block, birth);
	hit = bench && suits(bench, block, birth);
	frames->counters.hits += block && hit;
	frames->counters.misses += block && !hit;
	vexfs_port_mutex_unlock(frames->mutex);
	if (!bench)
		return bench_create(out);
	*out = bench;
	return 0;
}

void vexfs_bench_put(struct vexfs_frames *frames, struct vexfs_bench *bench)
{
	vexfs_port_mutex_lock(frames->mutex);
	if (frames->idle_count < frames->idle_max) {
		bench->next = frames->idle;
		frames->idle = bench;
		frames->idle_count++;
		bench = NULL;
	}
	vexfs_port_mutex_unlock(frames->mutex);
	if (bench)
		bench_free(bench);
}

u64 vexfs_frames_cached_bytes(const struct vexfs_frames *frames)
{
	return (u64)__atomic_load_n(&frames->idle_count, __ATOMIC_RELAXED) * BENCH_BYTES;
}

/* The one that has been idle for the longest time. */
static struct vexfs_bench *last_take(struct vexfs_frames *frames)
{
	struct vexfs_bench **at = &frames->idle, *bench;

	while (*at && (*at)->next)
		at = &(*at)->next;
	bench = *at;
	if (bench) {
		*at = NULL;
		frames->idle_count--;
	}
	return bench;
}

u64 vexfs_frames_shrink(struct vexfs_frames *frames, u64 bytes)
{
	struct vexfs_bench *bench;
	u64 freed = 0;

	while (freed < bytes && vexfs_port_mutex_trylock(frames->mutex)) {
		bench = last_take(frames);
		vexfs_port_mutex_unlock(frames->mutex);
		if (!bench)
			break;
		bench_free(bench);
		freed += BENCH_BYTES;
	}
	return freed;
}

int vexfs_bench_unpack(struct vexfs_bench *bench, u32 frame_bytes)
{
	bench->block = 0;
	if (!bench->decompressor)
		bench->decompressor = vexfs_port_decompressor_create();
	if (!bench->decompressor)
		return VEXFS_ERR(ENOMEM);
	if (vexfs_port_decompress(bench->decompressor, bench->packed, frame_bytes, bench->unpacked,
				  VEXFS_FRAME_MAX_BYTES, &bench->bytes) ||
	    bench->bytes % VEXFS_BLOCK_BYTES)
		return VEXFS_ERR(EUCLEAN);
	return 0;
}

int vexfs_bench_pack(struct vexfs_bench *bench, u32 level, const u8 *data, u32 bytes,
		     u32 blocks_max, u32 *frame_bytes)
{
	u32 room = blocks_max * VEXFS_BLOCK_BYTES, rest;

	if (bench->compressor && bench->level != level) {
		vexfs_port_compressor_destroy(bench->compressor);
		bench->compressor = NULL;
	}
	if (!bench->compressor)
		bench->compressor = vexfs_port_compressor_create(level);
	if (!bench->compressor)
		return VEXFS_ERR(ENOMEM);
	bench->level = level;
	if (vexfs_port_compress(bench->compressor, data, bytes, bench->packed, room, frame_bytes))
		return -ENOSPC;
	rest = *frame_bytes % VEXFS_BLOCK_BYTES;
	if (rest)
		memset(bench->packed + *frame_bytes, 0, VEXFS_BLOCK_BYTES - rest);
	return 0;
}

void vexfs_frames_count(struct vexfs_frames *frames, u32 given_bytes, u32 stored_bytes,
			u32 left_bytes)
{
	vexfs_port_mutex_lock(frames->mutex);
	frames->counters.given_bytes += given_bytes;
	frames->counters.stored_bytes += stored_bytes;
	frames->counters.left_bytes += left_bytes;
	vexfs_port_mutex_unlock(frames->mutex);
}

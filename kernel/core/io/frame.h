/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * io/frame.h - compressed frames: benches, on which one frame at a time is packed or unpacked, and
 * what is known of how well it pays.
 *
 * A bench that is put back keeps what was unpacked on it last. Since a block is written once in a
 * generation, (block, birth) names that content for as long as the volume lives; so the idle
 * benches are a cache of frames, and small random reads need not unpack the same one again.
 *
 * Locking: a mutex of its own, for the list and the counters. A bench belongs to who took it.
 */
#ifndef VEXFS_IO_FRAME_H
#define VEXFS_IO_FRAME_H

#include <vexfs/format.h>

struct vexfs_bench {
	struct vexfs_bench *next;
	struct vexfs_compressor *compressor;	/* when it was needed; so is the other */
	u32 level;
	struct vexfs_decompressor *decompressor;
	u64 block, birth;	/* of the frame that was unpacked; block 0 is none */
	u32 bytes;
	u8 *packed;		/* a frame, in whole blocks */
	u8 *unpacked;		/* VEXFS_FRAME_MAX_BYTES */
};

struct vexfs_frame_counters {
	u64 given_bytes, stored_bytes;	/* that were compressed, and what became of them */
	u64 left_bytes;			/* that should have been, and were not worth it */
	u64 hits, misses;		/* frames found unpacked */
};

struct vexfs_frames {
	struct vexfs_mutex *mutex;
	struct vexfs_bench *idle;	/* the last used first */
	u32 idle_count, idle_max;
	struct vexfs_frame_counters counters;
};

/** vexfs_frames_init() - the idle benches take @budget_bytes, or one bench does. */
int vexfs_frames_init(struct vexfs_frames *frames, u64 budget_bytes);
void vexfs_frames_fini(struct vexfs_frames *frames);

/**
 * vexfs_bench_get() - the bench that holds the frame at @block, or any; with @block 0 one to pack
 * on. Return: 0, -ENOMEM.
 */
int vexfs_bench_get(struct vexfs_frames *frames, u64 block, u64 birth, struct vexfs_bench **out);
void vexfs_bench_put(struct vexfs_frames *frames, struct vexfs_bench *bench);

/** vexfs_frames_cached_bytes() - of idle benches; takes no lock. */
u64 vexfs_frames_cached_bytes(const struct vexfs_frames *frames);
/** vexfs_frames_shrink() - frees about @bytes of them, unless the list is busy. Return: as many. */
u64 vexfs_frames_shrink(struct vexfs_frames *frames, u64 bytes);

/**
 * vexfs_bench_unpack() - bench->packed to bench->unpacked; whole blocks come out. What frame it
 * was is for the caller to note. Return: 0, -ENOMEM, -EUCLEAN (it is no such frame).
 */
int vexfs_bench_unpack(struct vexfs_bench *bench, u32 frame_bytes);

/**
 * vexfs_bench_pack() - @data to bench->packed, and zeros to the end of the frame's last block.
 * Return: 0, -ENOMEM, -ENOSPC (it takes more than @blocks_max blocks).
 */
int vexfs_bench_pack(struct vexfs_bench *bench, u32 level, const u8 *data, u32 bytes,
		     u32 blocks_max, u32 *frame_bytes);

/** vexfs_frames_count() - adds to the counters. */
void vexfs_frames_count(struct vexfs_frames *frames, u32 given_bytes, u32 stored_bytes,
			u32 left_bytes);

#endif

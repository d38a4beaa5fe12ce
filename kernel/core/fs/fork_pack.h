/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * fs/fork_pack.h - which pieces of a write are compressed, and doing it.
 *
 * A piece ends where a multiple of VEXFS_FRAME_MAX_BYTES of the file does, so that writes one after
 * the other make full frames. What does not become smaller by a block and an eighth stays plain;
 * so does a piece of one block. After such a failure the pieces behind it are not tried at once.
 *
 * Locking: the inode's lock is held all the time, the volume's never.
 */
#ifndef VEXFS_FS_FORK_PACK_H
#define VEXFS_FS_FORK_PACK_H

#include "fs/fork.h"

struct vexfs_packing {
	struct vexfs_txn *txn;
	u32 level;		/* 0: everything stays as it is */
	u64 size_bytes;		/* of the fork before the write */
	u64 plain_until;	/* file block; what is before it stays as it is */
	u32 failures;		/* in a row */
	struct vexfs_bench *bench;	/* with the frame */
	u64 file_block;		/* of what the frame holds */
	u32 blocks;		/* 0: there is no frame */
	u32 frame_bytes;
	u16 histogram[256];
};

/** vexfs_packing_begin() - what is to be done with a write to this fork. */
void vexfs_packing_begin(struct vexfs_packing *packing, struct vexfs_txn *txn, struct vexfs_id id,
			 u32 fork);
/**
 * vexfs_packing_next() - makes a frame of what comes next, or says how far it stays plain. It does
 * not fail: without memory nothing is compressed.
 */
void vexfs_packing_next(struct vexfs_packing *packing, u64 offset, const u8 *data, u32 size);
/** vexfs_packing_refuse() - the frame cannot be stored. */
void vexfs_packing_refuse(struct vexfs_packing *packing);
void vexfs_packing_end(struct vexfs_packing *packing);

#endif

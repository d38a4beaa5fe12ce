// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "fs/fork_pack.h"

#include <vexfs/errors.h>

#include "fs/compression.h"

#define BLOCK		VEXFS_BLOCK_BYTES
#define FRAME_BLOCKS	VEXFS_FRAME_MAX_BLOCKS

/* Of each SAMPLE_EVERY bytes the first SAMPLE_BYTES are looked at. */
#define SAMPLE_BYTES	16u
#define SAMPLE_EVERY	256u

void vexfs_packing_begin(struct vexfs_packing *packing, struct vexfs_txn *txn, struct vexfs_id id,
			 u32 fork)
{
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;

	memset(packing, 0, sizeof(*packing));
	packing->txn = txn;
	if (fork != 0)
		return;
	vexfs_port_rwlock_read_lock(txn->lock);
	/* What is wrong with it the write will find too. */
	if (!vexfs_subvol_get(txn, id.tree, &subvol) &&
	    !vexfs_inode_read(&subvol->tree, id.ino, &inode)) {
		packing->level = vexfs_compression_level(txn, &inode);
		packing->size_bytes = inode.size[0];
	}
	vexfs_port_rwlock_read_unlock(txn->lock);
}

void vexfs_packing_end(struct vexfs_packing *packing)
{
	if (packing->bench)
		vexfs_bench_put(&packing->txn->frames, packing->bench);
	packing->bench = NULL;
}

/* Whether neighbouring blocks begin alike, which a count of bytes does not show. */
static bool repeats(const u8 *data, u32 bytes)
{
	u32 at;

	for (at = BLOCK; at + BLOCK <= bytes; at += BLOCK) {
		if (!memcmp(data + at - BLOCK, data + at, SAMPLE_BYTES))
			return true;
	}
	return false;
}

/*
 * Whether bytes of all values are about as frequent as in random data: then as many pairs of
 * samples are equal as by chance, one in 256. What is compressed or encrypted already is found so.
 */
static bool looks_random(struct vexfs_packing *packing, const u8 *data, u32 bytes)
{
	u64 samples = 0, pairs = 0;
	u32 at, i;

	memset(packing->histogram, 0, sizeof(packing->histogram));
	for (at = 0; at + SAMPLE_BYTES <= bytes; at += SAMPLE_EVERY) {
		for (i = 0; i < SAMPLE_BYTES; i++)
			packing->histogram[data[at + i]]++;
		samples += SAMPLE_BYTES;
	}
	for (i = 0; i < 256; i++)
		pairs += (u64)packing->histogram[i] * packing->histogram[i];
	pairs -= samples;
	return pairs * 256 * 8 < samples * (samples - 1) * 9 && !repeats(data, bytes);
}

/* How many blocks the piece at @file_block has; the last one may be filled up at the file's end. */
static u32 piece_blocks(const struct vexfs_packing *packing, u64 file_block, u32 size)
{
	u32 blocks = size / BLOCK, room = FRAME_BLOCKS - (u32)(file_block % FRAME_BLOCKS);

	if (size % BLOCK && file_block * BLOCK + size >= packing->size_bytes)
		blocks++;
	return blocks < room ? blocks : room;
}

/* Goes on to the first piece that may be worth a try. */
static void random_skip(struct vexfs_packing *packing, u64 file_block, const u8 *data, u32 size)
{
	u32 blocks = piece_blocks(packing, file_block, size), bytes;

	while (blocks > 1) {
		bytes = blocks * BLOCK < size ? blocks * BLOCK : size;
		if (!looks_random(packing, data, bytes))
			return;
		vexfs_frames_count(&packing->txn->frames, 0, 0, bytes);
		file_block += blocks;
		packing->plain_until = file_block;
		data += bytes;
		size -= bytes;
		blocks = piece_blocks(packing, file_block, size);
	}
}

/* The bytes of the piece, with zeros to the end of its last block. */
static const u8 *piece_bytes(struct vexfs_packing *packing, const u8 *data, u32 size, u32 bytes)
{
	struct vexfs_bench *bench = packing->bench;

	if (size >= bytes)
		return data;
	bench->block = 0;
	memcpy(bench->unpacked, data, size);
	memset(bench->unpacked + size, 0, bytes - size);
	return bench->unpacked;
}

static void pack(struct vexfs_packing *packing, u64 file_block, const u8 *data, u32 size,
		 u32 blocks)
{
	struct vexfs_frames *frames = &packing->txn->frames;
	u32 bytes = blocks * BLOCK, saved = blocks / 8 ? blocks / 8 : 1;
	int err = 0;

	if (!packing->bench)
		err = vexfs_bench_get(frames, 0, 0, &packing->bench);
	if (!err)
		err = vexfs_bench_pack(packing->bench, packing->level,
				       piece_bytes(packing, data, size, bytes), bytes,
				       blocks - saved, &packing->frame_bytes);
	if (!err) {
		packing->file_block = file_block;
		packing->blocks = blocks;
		packing->failures = 0;
		vexfs_frames_count(frames, bytes,
				   (packing->frame_bytes + BLOCK - 1) / BLOCK * BLOCK, 0);
		return;
	}
	if (err != -ENOSPC)
		packing->level = 0;
	vexfs_frames_count(frames, 0, 0, bytes < size ? bytes : size);
	packing->plain_until = file_block + blocks + packing->failures * FRAME_BLOCKS;
	packing->failures++;
}

void vexfs_packing_next(struct vexfs_packing *packing, u64 offset, const u8 *data, u32 size)
{
	u64 file_block = offset / BLOCK;
	u32 blocks;

	if (!packing->level || offset % BLOCK ||
	    (packing->blocks && packing->file_block == file_block))
		return;
	packing->blocks = 0;
	if (file_block < packing->plain_until)
		return;
	random_skip(packing, file_block, data, size);
	if (file_block < packing->plain_until)
		return;
	blocks = piece_blocks(packing, file_block, size);
	if (blocks > 1)
		pack(packing, file_block, data, size, blocks);
	else
		packing->plain_until = file_block + 1;
}

void vexfs_packing_refuse(struct vexfs_packing *packing)
{
	packing->plain_until = packing->file_block + packing->blocks;
	packing->blocks = 0;
}

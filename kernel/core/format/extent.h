/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* format/extent.h - extent items, decoded and encoded. Pure functions. */
#ifndef VEXFS_FORMAT_EXTENT_H
#define VEXFS_FORMAT_EXTENT_H

#include "format/node.h"

/** struct vexfs_extent - an extent item, decoded; @payload points into the item. */
struct vexfs_extent {
	u8 kind;		/* VEXFS_EXTENT_* */
	u32 csum_bytes;
	u32 len;		/* file blocks, or bytes for inline */
	u64 block;		/* 0 for inline */
	u64 birth;
	u32 disk_blocks;	/* 0 for inline */
	u32 skip;		/* compressed: blocks of the frame's content before these */
	u32 disk_bytes;		/* compressed: of the frame, else 0 */
	const u8 *payload;	/* checksums, or inline bytes */
};

#define VEXFS_EXTENT_ITEM_MAX_BYTES \
	((u32)sizeof(struct vexfs_disk_extent) + VEXFS_EXTENT_MAX_BLOCKS * VEXFS_CSUM_CRC32C_BYTES)

static inline bool vexfs_key_is_extent(const struct vexfs_key *key)
{
	return key->type >= VEXFS_ITEM_EXTENT && key->type < VEXFS_ITEM_EXTENT + 64;
}

/**
 * vexfs_extent_cut_front() - what is left of it without its first @blocks, not all of it. A part
 * of a compressed extent refers to the whole frame.
 */
void vexfs_extent_cut_front(struct vexfs_extent *extent, u32 blocks);
/** vexfs_extent_shorten() - to @blocks file blocks. */
void vexfs_extent_shorten(struct vexfs_extent *extent, u32 blocks);

/** Return: 0, -EUCLEAN (anything about it is wrong, for an item at key offset @file_block). */
int vexfs_extent_decode(const void *data, u32 bytes, u64 file_block, struct vexfs_extent *out);

/** vexfs_extent_encode() - header and payload to @out; returns the bytes of the item. */
u32 vexfs_extent_encode(const struct vexfs_extent *extent, void *out);

#endif

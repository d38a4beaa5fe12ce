/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/ranges.h - ranges of a file's content: reserving, punching, zeroing, cloning, and finding
 * what is data. The rest of vexfs/volume.h, and its rules, apply.
 */
#ifndef VEXFS_RANGES_H
#define VEXFS_RANGES_H

#include <vexfs/volume.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VEXFS_ALLOCATE_KEEP_SIZE	0x01u	/* the same bits as FALLOC_FL_* of fallocate(2) */
#define VEXFS_ALLOCATE_PUNCH		0x02u
#define VEXFS_ALLOCATE_ZERO		0x10u

/**
 * vexfs_volume_allocate() - reserves blocks for a range of fork 0, or makes a hole of it (PUNCH,
 * with KEEP_SIZE), or makes it read as zeros with blocks reserved (ZERO). Long ranges go in steps:
 * when an error comes after a part was done, that part is in @done and 0 is returned. The size
 * grows with the last step, when the range ends behind it, unless KEEP_SIZE is set.
 * Return: 0, -EOPNOTSUPP (other flags), -EINVAL (no length, no regular file), -EFBIG, -EISDIR.
 */
int vexfs_volume_allocate(struct vexfs_volume *volume, struct vexfs_id id, u32 flags,
			  u64 offset_bytes, u64 len_bytes, u64 *done);

/**
 * vexfs_volume_seek() - the first byte at or behind @offset_bytes of fork 0 that is data, or with
 * @hole one that is none. Reserved blocks are holes; so is the end. Return: 0, -ENXIO, -EINVAL.
 */
int vexfs_volume_seek(struct vexfs_volume *volume, struct vexfs_id id, u64 offset_bytes, bool hole,
		      u64 *out);

#define VEXFS_PLACE_UNWRITTEN	0x1u	/* reserved blocks, which read as zeros */
#define VEXFS_PLACE_COMPRESSED	0x2u	/* as part of the frame that begins there */
#define VEXFS_PLACE_INLINE	0x4u	/* in a tree node, at no place of its own */
#define VEXFS_PLACE_SHARED	0x8u	/* with other files, snapshots, or parts of this file */
#define VEXFS_PLACE_LAST	0x10u	/* nothing comes behind it */

/** struct vexfs_placed - where a piece of a file's content lies on the device. */
struct vexfs_placed {
	u64 offset_bytes, len_bytes;	/* in the file; the length of what is inline is any */
	u64 device_bytes;		/* 0 when it is inline */
	u32 flags;			/* VEXFS_PLACE_* */
};

/**
 * vexfs_volume_places() - pieces of fork 0 that end behind @offset_bytes, in order, holes left out;
 * also those behind the end of the file. What is inline is one piece. Return: 0, -EINVAL (no
 * regular file).
 */
int vexfs_volume_places(struct vexfs_volume *volume, struct vexfs_id id, u64 offset_bytes,
			struct vexfs_placed *rows, u32 rows_max, u32 *count);

/** struct vexfs_clone - a range of one file's fork 0 that another's is to be equal to. */
struct vexfs_clone {
	struct vexfs_id from, to;	/* trees may differ; @from's may be a snapshot */
	u64 from_offset, to_offset;
	u64 len_bytes;
};

/**
 * vexfs_volume_clone() - by reference: both files then have the same blocks. Offsets and length are
 * multiples of a block; only the last block of @from may be a part, when nothing comes behind it in
 * @to. In steps, as vexfs_volume_allocate(); @done is short at the end of @from.
 * Return: 0, -EINVAL (not aligned, inline, or the ranges overlap), -EMLINK (too many references),
 * -EFBIG, -EISDIR.
 */
int vexfs_volume_clone(struct vexfs_volume *volume, const struct vexfs_clone *clone, u64 *done);

/** vexfs_volume_copy() - the same of any bytes: by reference where that can be, else by copying. */
int vexfs_volume_copy(struct vexfs_volume *volume, const struct vexfs_clone *clone, u64 *done);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/disk_types.h - little-endian integers as they lie on disk.
 *
 * One-member structs of bytes: arithmetic on them does not compile, and they have no alignment, so
 * that disk structs have no padding. Spelled byte by byte because compilers fold that to one move.
 */
#ifndef VEXFS_DISK_TYPES_H
#define VEXFS_DISK_TYPES_H

#include <vexfs/port_types.h>

struct vexfs_le16 {
	u8 b[2];
};

struct vexfs_le32 {
	u8 b[4];
};

struct vexfs_le64 {
	u8 b[8];
};

static inline u16 vexfs_get16(struct vexfs_le16 v)
{
	return (u16)(v.b[0] | v.b[1] << 8);
}

static inline u32 vexfs_get32(struct vexfs_le32 v)
{
	return (u32)v.b[0] | (u32)v.b[1] << 8 | (u32)v.b[2] << 16 | (u32)v.b[3] << 24;
}

static inline u64 vexfs_get64(struct vexfs_le64 v)
{
	return (u64)v.b[0] | (u64)v.b[1] << 8 | (u64)v.b[2] << 16 | (u64)v.b[3] << 24 |
	       (u64)v.b[4] << 32 | (u64)v.b[5] << 40 | (u64)v.b[6] << 48 | (u64)v.b[7] << 56;
}

/* Masked, because sparse (the kernel's checker) minds constants that a cast cuts. */
#define VEXFS_BYTE(x, n)	((u8)((x) >> (8 * (n)) & 0xff))

static inline struct vexfs_le16 vexfs_put16(u16 x)
{
	return (struct vexfs_le16){ { VEXFS_BYTE(x, 0), VEXFS_BYTE(x, 1) } };
}

static inline struct vexfs_le32 vexfs_put32(u32 x)
{
	return (struct vexfs_le32){ { VEXFS_BYTE(x, 0), VEXFS_BYTE(x, 1), VEXFS_BYTE(x, 2),
				      VEXFS_BYTE(x, 3) } };
}

static inline struct vexfs_le64 vexfs_put64(u64 x)
{
	return (struct vexfs_le64){ { VEXFS_BYTE(x, 0), VEXFS_BYTE(x, 1), VEXFS_BYTE(x, 2),
				      VEXFS_BYTE(x, 3), VEXFS_BYTE(x, 4), VEXFS_BYTE(x, 5),
				      VEXFS_BYTE(x, 6), VEXFS_BYTE(x, 7) } };
}

#undef VEXFS_BYTE

#endif

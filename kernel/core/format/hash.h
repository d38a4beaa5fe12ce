/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* format/hash.h - keyed hashes of names and the cookies made of them. Pure functions. */
#ifndef VEXFS_FORMAT_HASH_H
#define VEXFS_FORMAT_HASH_H

#include <vexfs/format.h>

/** vexfs_hash() - SipHash-2-4 (Aumasson, Bernstein 2012) of @bytes bytes under a 16-byte key. */
u64 vexfs_hash(const u8 seed[16], const void *data, size_t bytes);

/**
 * vexfs_cookie() - first of the VEXFS_COOKIE_PROBES key offsets that a hash may have; never below
 * VEXFS_COOKIE_PROBES, so that 0, 1 and 2 are free for the start, "." and "..".
 */
static inline u64 vexfs_cookie(u64 hash)
{
	u64 cookie = (hash >> 1) & ~(u64)(VEXFS_COOKIE_PROBES - 1);

	return cookie ? cookie : VEXFS_COOKIE_PROBES;
}

#endif

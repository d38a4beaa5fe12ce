// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "format/hash.h"

static u64 rotate_left(u64 x, u32 bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_round(u64 v[4])
{
	v[0] += v[1];
	v[1] = rotate_left(v[1], 13) ^ v[0];
	v[0] = rotate_left(v[0], 32);
	v[2] += v[3];
	v[3] = rotate_left(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate_left(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate_left(v[1], 17) ^ v[2];
	v[2] = rotate_left(v[2], 32);
}

static u64 load64(const u8 *p)
{
	struct vexfs_le64 v;

	memcpy(&v, p, sizeof(v));
	return vexfs_get64(v);
}

u64 vexfs_hash(const u8 seed[16], const void *data, size_t bytes)
{
	const u8 *p = data;
	u64 k0 = load64(seed), k1 = load64(seed + 8);
	u64 v[4] = { k0 ^ 0x736f6d6570736575ull, k1 ^ 0x646f72616e646f6dull,
		     k0 ^ 0x6c7967656e657261ull, k1 ^ 0x7465646279746573ull };
	u64 last = (u64)bytes << 56;
	size_t i;

	for (i = 0; i + 8 <= bytes; i += 8) {
		u64 word = load64(p + i);

		v[3] ^= word;
		sip_round(v);
		sip_round(v);
		v[0] ^= word;
	}
	for (; i < bytes; i++)
		last |= (u64)p[i] << 8 * (i % 8);
	v[3] ^= last;
	sip_round(v);
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

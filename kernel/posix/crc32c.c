/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* crc32c.c - CRC-32C: by the instruction of SSE 4.2 where the processor has it, else by tables. */
#include <vexfs/port.h>
#include <vexfs/posix_hooks.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#define POLYNOMIAL	0x82f63b78u	/* 0x1edc6f41, bits reversed */

/* table[k][b]: what byte b does to the sum when k more bytes follow it. */
static u32 table[8][256];
static bool use_sse42;

__attribute__((constructor)) static void crc32c_init(void)
{
	u32 byte, bit, slice, crc;

	for (byte = 0; byte < 256; byte++) {
		crc = byte;
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
		table[0][byte] = crc;
	}
	for (byte = 0; byte < 256; byte++)
		for (slice = 1; slice < 8; slice++)
			table[slice][byte] = (table[slice - 1][byte] >> 8) ^
					     table[0][table[slice - 1][byte] & 0xff];
	use_sse42 = vexfs_posix_has_crc32c_sse42();
}

u32 vexfs_posix_crc32c_table(u32 crc, const void *data, size_t bytes)
{
	const u8 *p = data;

	crc = ~crc;
	for (; bytes >= 8; bytes -= 8, p += 8) {
		u32 low = crc ^ (p[0] | (u32)p[1] << 8 | (u32)p[2] << 16 | (u32)p[3] << 24);

		crc = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^
		      table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^
		      table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
	}
	for (; bytes; bytes--, p++)
		crc = (crc >> 8) ^ table[0][(crc ^ *p) & 0xff];
	return ~crc;
}

#if defined(__x86_64__)

bool vexfs_posix_has_crc32c_sse42(void)
{
	__builtin_cpu_init();
	return __builtin_cpu_supports("sse4.2");
}

__attribute__((target("sse4.2")))
u32 vexfs_posix_crc32c_sse42(u32 crc, const void *data, size_t bytes)
{
	const u8 *p = data;
	u64 sum = (u32)~crc;
	u64 word;

	for (; bytes >= 8; bytes -= 8, p += 8) {
		memcpy(&word, p, sizeof(word));
		sum = _mm_crc32_u64(sum, word);
	}
	for (; bytes; bytes--, p++)
		sum = _mm_crc32_u8((u32)sum, *p);
	return ~(u32)sum;
}

#else

bool vexfs_posix_has_crc32c_sse42(void)
{
	return false;
}

u32 vexfs_posix_crc32c_sse42(u32 crc, const void *data, size_t bytes)
{
	return vexfs_posix_crc32c_table(crc, data, bytes);
}

#endif

u32 vexfs_port_crc32c(u32 crc, const void *data, size_t bytes)
{
	if (use_sse42)
		return vexfs_posix_crc32c_sse42(crc, data, bytes);
	return vexfs_posix_crc32c_table(crc, data, bytes);
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* dot.c - the inner loop of a search, by which every faster one is judged. */
#include <vexfs/search.h>

static void scalar_dot(const s8 *query, const s8 *rows, size_t stride, u32 count, u32 padded,
		       s32 *out)
{
	u32 i, j;

	for (i = 0; i < count; i++) {
		const s8 *row = rows + i * stride;
		s32 sum = 0;

		for (j = 0; j < padded; j++)
			sum += query[j] * row[j];
		out[i] = sum;
	}
}

const struct vexfs_vector_kernels vexfs_vector_scalar = { "scalar", scalar_dot };

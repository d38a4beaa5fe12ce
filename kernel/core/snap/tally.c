// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "snap/tally.h"

#include <vexfs/errors.h>

#define SIZE_MIN	256u

static struct vexfs_tally_row *place_of(struct vexfs_tally_row *rows, u32 size, u64 first)
{
	u32 at = (u32)((first * 0x9e3779b97f4a7c15ull) >> 32) & (size - 1);

	while (rows[at].first && rows[at].first != first)
		at = (at + 1) & (size - 1);
	return &rows[at];
}

static int grow(struct vexfs_tally *tally)
{
	u32 i, size = tally->size ? 2 * tally->size : SIZE_MIN;
	struct vexfs_tally_row *rows;

	if (size > VEXFS_TALLY_ROWS_MAX)
		return VEXFS_ERR(ENOMEM);
	rows = vexfs_port_alloc((size_t)size * sizeof(*rows));
	if (!rows)
		return VEXFS_ERR(ENOMEM);
	for (i = 0; i < tally->size; i++)
		if (tally->rows[i].first)
			*place_of(rows, size, tally->rows[i].first) = tally->rows[i];
	vexfs_port_free(tally->rows);
	tally->rows = rows;
	tally->size = size;
	return 0;
}

int vexfs_tally_add(struct vexfs_tally *tally, u64 block, u32 *count)
{
	u64 first = block / VEXFS_TALLY_ROW + 1;
	struct vexfs_tally_row *row;
	int err = 0;

	if (4 * (u64)tally->used >= 3 * (u64)tally->size)
		err = grow(tally);
	if (err)
		return err;
	row = place_of(tally->rows, tally->size, first);
	if (!row->first) {
		row->first = first;
		tally->used++;
	}
	*count = ++row->counts[block % VEXFS_TALLY_ROW];
	return 0;
}

void vexfs_tally_fini(struct vexfs_tally *tally)
{
	vexfs_port_free(tally->rows);
	tally->rows = NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* snap/tally.h - how often each of many blocks was met. In memory; one user. */
#ifndef VEXFS_SNAP_TALLY_H
#define VEXFS_SNAP_TALLY_H

#include <vexfs/port.h>

/* Blocks are met in runs, so that they are counted in rows of so many. */
#define VEXFS_TALLY_ROW	16u
/* 4 Mi rows are 160 MiB: as many blocks as 256 GiB have. */
#define VEXFS_TALLY_ROWS_MAX	(1u << 22)

struct vexfs_tally_row {
	u64 first;			/* block / VEXFS_TALLY_ROW + 1; 0 is a free place */
	u16 counts[VEXFS_TALLY_ROW];
};

struct vexfs_tally {
	struct vexfs_tally_row *rows;	/* a table with open addresses */
	u32 size, used;
};

/** vexfs_tally_add() - @block was met once more. Return: 0 and *count, how often; -ENOMEM. */
int vexfs_tally_add(struct vexfs_tally *tally, u64 block, u32 *count);
void vexfs_tally_fini(struct vexfs_tally *tally);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* check/check.h - between the files of check/: what a run of vexfs_check() knows. */
#ifndef VEXFS_CHECK_CHECK_H
#define VEXFS_CHECK_CHECK_H

#include <vexfs/check.h>

#include "snap/snap.h"

/* Counts found by walking, a page at a time as in the map; recount.c has more behind them. */
struct vexfs_recount_zone {
	u16 *pages[VEXFS_MAP_FANOUT];
};

struct vexfs_checker {
	struct vexfs_txn *txn;
	const struct vexfs_check_options *options;
	struct vexfs_check_result result;
	struct vexfs_recount_zone **zones;
	u64 zone_count;
	u64 tree;		/* being walked, for findings */
	u8 *block;		/* a buffer */
};

/** vexfs_checker_report() - counts and tells a finding; fills in the tree. */
void vexfs_checker_report(struct vexfs_checker *checker, struct vexfs_finding finding);

/** vexfs_recount() - walks every tree, counting references. Return: 0, -ENOMEM. */
int vexfs_recount(struct vexfs_checker *checker);
/** vexfs_recount_compare() - with the map on disk. */
int vexfs_recount_compare(struct vexfs_checker *checker);
void vexfs_recount_free(struct vexfs_checker *checker);

/** vexfs_tree_check() - names, links, sizes and extents of one file tree. */
int vexfs_tree_check(struct vexfs_checker *checker, struct vexfs_subvol *subvol);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * check/scrub.h - reading everything that a mounted volume has on disk, in portions.
 *
 * A portion lists under the volume's lock what is to be read, and reads it without: superblocks,
 * map pages, then tree by tree its nodes and data. A block that two trees share is read once.
 *
 * Locking: takes commit_mutex, or reuse_lock for reading, and txn->lock; see core/README.md.
 */
#ifndef VEXFS_CHECK_SCRUB_H
#define VEXFS_CHECK_SCRUB_H

#include <vexfs/scrub.h>

#include "check/check.h"

int vexfs_scrub_create(struct vexfs_txn *txn, struct vexfs_scrub **out);
int vexfs_scrub_step(struct vexfs_txn *txn, struct vexfs_scrub *scrub,
		     const struct vexfs_check_options *options,
		     struct vexfs_scrub_progress *progress);

#endif

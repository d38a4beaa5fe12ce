/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/check.h - verification of a volume that is not mounted.
 *
 * Walks everything: superblocks, map pages, every tree; recomputes every reference count and
 * compares; checks names against inodes, links, backward references, extents, sizes and orphans;
 * reads every block of data when asked to. Never writes.
 */
#ifndef VEXFS_CHECK_H
#define VEXFS_CHECK_H

#include <vexfs/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct vexfs_finding - one thing that is wrong. Numbers that do not apply are 0. */
struct vexfs_finding {
	const char *what;	/* "reference count", "node checksum", "link count", ... */
	u64 tree, ino, block;
	u64 expected, actual;
	int error;		/* negative errno of a failed read, or 0 */
};

struct vexfs_check_options {
	bool data;		/* read every data block and verify its checksum */
	void (*report)(void *context, const struct vexfs_finding *finding);
	void *context;
};

struct vexfs_check_result {
	u64 findings;
	u64 trees, nodes, inodes, entries, extents;
	u64 data_blocks, data_blocks_read;
	u64 used_blocks, free_blocks;
};

/**
 * vexfs_check() - Return: 0 when the walk was done, whatever it found; else as vexfs_volume_open(),
 * or -ENOMEM.
 */
int vexfs_check(struct vexfs_dev *dev, const struct vexfs_check_options *options,
		struct vexfs_check_result *out);

#ifdef __cplusplus
}
#endif

#endif

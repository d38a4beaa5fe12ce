/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/check.h - verification of a volume that is not mounted.
 *
 * Walks everything: superblocks, map pages, every tree; recomputes every reference count and
 * compares; checks names against inodes, links, backward references, extents, sizes and orphans;
 * reads every block of data when asked to. vexfs_check() never writes; vexfs_repair() mends.
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

/**
 * vexfs_repair() - mends what vexfs_check() finds; for volumes that it found something in. What
 * still checks is kept: what lost its name goes to "lost+found" in the root of its tree, as
 * "#<inode>". Content that does not match its checksum stays, and stays unreadable.
 * @options: @report is told each thing that was done, in the past tense; @data is not used.
 * @actions: how many those were.
 *
 * In several commits: after a crash, or an error, the volume can be repaired again.
 * Return: 0 when everything was gone through (check again to be sure), -ENOMEM, -ENOSPC (no room
 * for copies of damaged trees), -EUCLEAN (no superblock leads to a root tree), -EROFS, -EIO, and as
 * vexfs_volume_open().
 */
int vexfs_repair(struct vexfs_dev *dev, const struct vexfs_check_options *options, u64 *actions);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * fs/access.h - whether somebody could open a file for reading by one of its paths.
 *
 * The kernel asks this of every open(2), by itself. A search finds files by what is in them, and
 * has to ask: read permission on the file, and search permission on every directory of a path that
 * leads to it, by mode, access list and groups, as acl_permission_check() of Linux has it. What is
 * known of directories is kept, for one asker and one tree, as long as a search takes.
 *
 * Locking: txn->lock, for reading; held by the caller.
 */
#ifndef VEXFS_FS_ACCESS_H
#define VEXFS_FS_ACCESS_H

#include <vexfs/search.h>

#include "fs/inode.h"

#define VEXFS_ACCESS_DIRS	256u
/* Directories above each other that are followed; a path of 4,096 bytes has half as many. */
#define VEXFS_ACCESS_DEPTH_MAX	4096u
/* Names of one file that are followed. */
#define VEXFS_ACCESS_NAMES_MAX	4096u

struct vexfs_access {
	const struct vexfs_credentials *who;
	struct {
		u64 ino;	/* 0 is free */
		bool may;
	} dirs[VEXFS_ACCESS_DIRS];
};

void vexfs_access_init(struct vexfs_access *access, const struct vexfs_credentials *who);

/**
 * vexfs_access_check() - *may is false, too, for what is no file, has no path, or is not there.
 * Return: 0, errors of reading.
 */
int vexfs_access_check(struct vexfs_access *access, struct vexfs_subvol *subvol, u64 ino,
		       bool *may);

#endif

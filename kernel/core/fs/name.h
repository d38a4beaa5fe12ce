/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * fs/name.h - operations on names. Contracts: vexfs/volume.h, functions of the same verb.
 *
 * Locking: they take txn->lock themselves.
 */
#ifndef VEXFS_FS_NAME_H
#define VEXFS_FS_NAME_H

#include "fs/entry.h"

int vexfs_name_lookup(struct vexfs_txn *txn, struct vexfs_id dir, struct vexfs_name name,
		      struct vexfs_id *id, struct vexfs_attr *attr);
int vexfs_name_create(struct vexfs_txn *txn, struct vexfs_id dir, struct vexfs_name name,
		      const struct vexfs_create *what, struct vexfs_id *id,
		      struct vexfs_attr *attr);
int vexfs_name_link(struct vexfs_txn *txn, struct vexfs_id id, struct vexfs_id dir,
		    struct vexfs_name name, struct vexfs_attr *attr);
int vexfs_name_remove(struct vexfs_txn *txn, struct vexfs_id dir, struct vexfs_name name,
		      bool is_rmdir, struct vexfs_removed *removed);
int vexfs_name_rename(struct vexfs_txn *txn, const struct vexfs_rename *rename,
		      struct vexfs_removed *removed);
int vexfs_name_readlink(struct vexfs_txn *txn, struct vexfs_id id, char *out, u32 size,
			u32 *bytes);
int vexfs_name_readdir(struct vexfs_txn *txn, struct vexfs_id dir, u64 cookie,
		       bool (*emit)(void *context, const struct vexfs_entry *entry),
		       void *context);
int vexfs_name_path(struct vexfs_txn *txn, struct vexfs_id id, u32 index, char *out, u32 size);

int vexfs_name_in(struct vexfs_txn *txn, struct vexfs_id dir, struct vexfs_id id, char *out,
		  u32 size);

/** vexfs_root_make() - the root directory of a tree that has none yet; txn->lock is not needed. */
int vexfs_root_make(struct vexfs_subvol *subvol, u32 mode, u32 uid, u32 gid);

/** vexfs_dir_read() - the inode of a directory that can take or lose names. */
int vexfs_dir_read(const struct vexfs_tree *tree, u64 ino, struct vexfs_inode *out);

/** vexfs_dir_touch() - @entries names and @subdirs directories more; mtime and ctime. */
void vexfs_dir_touch(struct vexfs_inode *dir, s32 entries, s32 subdirs);

#endif

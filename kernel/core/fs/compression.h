/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * fs/compression.h - what is to be compressed: the flags of inodes, which stand above what the
 * mount or the volume says, and the attribute by which they are seen and set.
 *
 * Only fork 0 is: vectors hardly become smaller. Locking: as in inode.h.
 */
#ifndef VEXFS_FS_COMPRESSION_H
#define VEXFS_FS_COMPRESSION_H

#include "fs/inode.h"

#define VEXFS_COMPRESSION_FLAGS	((u64)(VEXFS_INODE_COMPRESS | VEXFS_INODE_NOCOMPRESS))

/** vexfs_compression_level() - of what is written to @inode now; 0 is not compressed. */
u32 vexfs_compression_level(const struct vexfs_txn *txn, const struct vexfs_inode *inode);

/** vexfs_compression_get() - VEXFS_COMPRESSION_* of its flags. */
u32 vexfs_compression_get(const struct vexfs_inode *inode);
void vexfs_compression_set(struct vexfs_inode *inode, u32 compression);

/**
 * vexfs_compression_check() - before @compression is set: whether it may be, and the volume says
 * that there can be such flags. No lock is held. Return: 0, -EINVAL, errors of a commit.
 */
int vexfs_compression_check(struct vexfs_txn *txn, struct vexfs_id id, u32 compression);

/* As the functions of xattr.h, for all attributes and this one. */
int vexfs_attribute_get(struct vexfs_txn *txn, struct vexfs_id id, const char *name,
			u32 name_bytes, void *out, u32 size, u32 *bytes);
int vexfs_attribute_set(struct vexfs_txn *txn, struct vexfs_id id, const char *name,
			u32 name_bytes, const void *value, u32 value_bytes, u32 flags);
int vexfs_attribute_remove(struct vexfs_txn *txn, struct vexfs_id id, const char *name,
			   u32 name_bytes);
int vexfs_attribute_list(struct vexfs_txn *txn, struct vexfs_id id, char *out, u32 size,
			 u32 *bytes);

#endif

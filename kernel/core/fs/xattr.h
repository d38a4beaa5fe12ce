/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * fs/xattr.h - extended attributes: chunks of a value under a hash of the name.
 *
 * A new value goes under a new probe of the hash; the chunk with the name comes last, together with
 * the removal of the old value, so that readers and crashes see one or the other. Locking: inode.h.
 */
#ifndef VEXFS_FS_XATTR_H
#define VEXFS_FS_XATTR_H

#include "fs/inode.h"

/* Key offset: 52 bits of hash, 7 of probe, 5 of chunk. */
#define VEXFS_XATTR_PROBE_SHIFT	5u
#define VEXFS_XATTR_CHUNKS_MAX	(VEXFS_XATTR_VALUE_MAX_BYTES / VEXFS_XATTR_CHUNK_BYTES)

int vexfs_xattr_get(struct vexfs_txn *txn, struct vexfs_id id, const char *name, u32 name_bytes,
		    void *out, u32 size, u32 *bytes);
/** vexfs_xattr_get_locked() - the same of an inode that is known to exist. */
int vexfs_xattr_get_locked(struct vexfs_subvol *subvol, u64 ino, const char *name, u32 name_bytes,
			   void *out, u32 size, u32 *bytes);
int vexfs_xattr_set(struct vexfs_txn *txn, struct vexfs_id id, const char *name, u32 name_bytes,
		    const void *value, u32 value_bytes, u32 flags);
int vexfs_xattr_remove(struct vexfs_txn *txn, struct vexfs_id id, const char *name,
		       u32 name_bytes);
int vexfs_xattr_list(struct vexfs_txn *txn, struct vexfs_id id, char *out, u32 size, u32 *bytes);

/**
 * vexfs_xattrs_new_prepare() - the keys of the first attributes of an inode that is being made;
 * @room_bytes as for the whole operation. vexfs_xattrs_new_insert() then cannot fail; @buffer is of
 * VEXFS_ITEM_MAX_BYTES.
 */
int vexfs_xattrs_new_prepare(struct vexfs_tree *tree, u64 ino, const struct vexfs_create *what,
			     u32 room_bytes);
void vexfs_xattrs_new_insert(struct vexfs_tree *tree, u64 ino, const struct vexfs_create *what,
			     u8 *buffer);
/** vexfs_xattrs_new_room() - Return: the room that they take. */
u32 vexfs_xattrs_new_room(const struct vexfs_create *what);

/** vexfs_xattr_decode() - header of chunk 0. Return: 0, -EUCLEAN. */
int vexfs_xattr_decode(const void *data, u32 bytes, u32 *value_bytes, u32 *name_bytes);

#endif

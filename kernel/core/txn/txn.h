/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * txn/txn.h - the running transaction: what it may do, and how it becomes durable.
 *
 * States of a volume, and the function on each arrow:
 *
 *   closed --vexfs_txn_open()--> clean --vexfs_txn_begin()/_end()--> dirty
 *   dirty --vexfs_txn_commit() succeeds--> clean
 *   dirty --vexfs_txn_commit() fails, or the map contradicts a tree--> poisoned (read-only for
 * good)
 *
 * Invariants:
 *  1. What the newest superblock on disk refers to is never written to again (see space.h).
 *  2. Superblocks are written only after a flush that covers all that they refer to.
 *  3. Blocks are written only with generations up to the generation_limit on disk.
 *
 * Locking: txn->lock, one for the volume: readers share it, an operation that changes anything and
 * a commit hold it alone. subvols_mutex protects the table of loaded trees among readers. On disk:
 * FORMAT.md, "Superblocks" and "Commit".
 */
#ifndef VEXFS_TXN_TXN_H
#define VEXFS_TXN_TXN_H

#include <vexfs/volume.h>

#include "tree/tree.h"

/** struct vexfs_subvol - a file tree that is loaded: live, index, snapshot or clone. */
struct vexfs_subvol {
	struct vexfs_subvol *next;
	struct vexfs_tree tree;
	bool dirty;			/* fields below changed */
	u64 source, source_generation, changed_generation;
	s64 created_ns;
	u64 next_ino, inodes, vectors_bytes;
	u32 flags;			/* VEXFS_TREE_* */
	u32 name_bytes;
	char name[VEXFS_NAME_MAX_BYTES + 1];
};

struct vexfs_txn {
	struct vexfs_io io;
	struct vexfs_space space;
	struct vexfs_tree root_tree;
	struct vexfs_rwlock *lock;
	struct vexfs_mutex *subvols_mutex;
	struct vexfs_subvol *subvols;
	u64 next_tree_id, next_dead_id;
	u64 snapshot_count;		/* visible ones */
	bool read_only, poisoned;
	bool has_dead;			/* there may be dead subtrees to free */
	u64 dirty_since_us;		/* 0 when nothing changed since the last commit */
	u64 commits;

	struct vexfs_mutex *wait_mutex;
	struct vexfs_cond *wait_cond;
	bool shut_down;
	u64 live_generation;		/* on disk; under wait_mutex */
};

/**
 * vexfs_txn_open() - reads the newest superblock and what hangs on it; with @read_only false also
 * reserves generations. Errors: as vexfs_volume_open().
 */
int vexfs_txn_open(struct vexfs_txn *txn, struct vexfs_dev *dev,
		   const struct vexfs_open_options *options);

/** vexfs_txn_format() - as open, on an empty volume described by @super; nothing is read. */
int vexfs_txn_format(struct vexfs_txn *txn, struct vexfs_dev *dev,
		     const struct vexfs_super *super);

/** vexfs_txn_close() - frees memory, and marks the volume clean if all is committed. */
void vexfs_txn_close(struct vexfs_txn *txn);

/**
 * vexfs_txn_begin() - takes the lock to change something, with room for one operation's nodes.
 * Commits first when that is what it takes. Return: 0 with the lock, or without it -EROFS, -ENOSPC,
 * errors of the commit.
 */
int vexfs_txn_begin(struct vexfs_txn *txn, enum vexfs_space_use use);

/** vexfs_txn_step() - between two portions of one operation, lock kept: makes room again. */
int vexfs_txn_step(struct vexfs_txn *txn, enum vexfs_space_use use);

/** vexfs_txn_end() - gives the lock back; commits when much has gathered. Return: @result. */
int vexfs_txn_end(struct vexfs_txn *txn, int result);

int vexfs_txn_commit(struct vexfs_txn *txn, u64 *generation);
int vexfs_txn_commit_locked(struct vexfs_txn *txn);
bool vexfs_txn_is_dirty(const struct vexfs_txn *txn);

/* ---- superblock rings (super_ring.c) ---- */

int vexfs_super_ring_read(struct vexfs_dev *dev, struct vexfs_super *out);
int vexfs_super_ring_write(struct vexfs_io *io, const struct vexfs_super *super);

/* ---- file trees (subvol.c); txn->lock held ---- */

/** Return: 0, -ESTALE (no such tree). The tree stays loaded. */
int vexfs_subvol_get(struct vexfs_txn *txn, u64 id, struct vexfs_subvol **out);
/** The same, for writing. Return: also -EROFS. */
int vexfs_subvol_get_writable(struct vexfs_txn *txn, u64 id, struct vexfs_subvol **out);
/** vexfs_subvol_create() - an empty tree of its own with the root item for it. */
int vexfs_subvol_create(struct vexfs_txn *txn, u64 id, u32 flags, struct vexfs_subvol **out);
/** vexfs_subvol_prepare() - the root tree's path to every dirty tree's item. */
int vexfs_subvols_prepare(struct vexfs_txn *txn);
/** vexfs_subvols_store() - root items of dirty trees, whose nodes are sealed. */
void vexfs_subvols_store(struct vexfs_txn *txn);
void vexfs_subvols_cleaned(struct vexfs_txn *txn);
void vexfs_subvol_unload(struct vexfs_txn *txn, struct vexfs_subvol *subvol);
void vexfs_subvols_free(struct vexfs_txn *txn);
u32 vexfs_subvol_encode(const struct vexfs_subvol *subvol, void *out);
int vexfs_subvol_decode(const void *data, u32 bytes, struct vexfs_subvol *out);

#define VEXFS_ROOT_ITEM_MAX_BYTES	((u32)sizeof(struct vexfs_disk_root) + VEXFS_NAME_MAX_BYTES)

#endif

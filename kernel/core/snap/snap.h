/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * snap/snap.h - snapshots, what they free, and the difference of two trees.
 *
 * A snapshot is one more reference to a root node. Contracts: vexfs/volume.h, functions of the same
 * verb. Locking: they take txn->lock themselves.
 */
#ifndef VEXFS_SNAP_SNAP_H
#define VEXFS_SNAP_SNAP_H

#include "fs/name.h"

int vexfs_snap_create(struct vexfs_txn *txn, u64 source, struct vexfs_name name, u32 flags,
		      struct vexfs_snapshot *out);
/* Not on disk yet; @is_now: on disk when it returns. */
int vexfs_snap_delete(struct vexfs_txn *txn, u64 id, bool is_now);
int vexfs_snap_list(struct vexfs_txn *txn, u64 after, u32 flags, struct vexfs_snapshot *rows,
		    u32 rows_max, u32 *count);
int vexfs_snap_lookup(struct vexfs_txn *txn, struct vexfs_name name, struct vexfs_snapshot *out);

/** vexfs_snap_count() - visible snapshots, by a walk of the root tree; for the time of opening. */
int vexfs_snap_count(struct vexfs_txn *txn, u64 *count);

/**
 * vexfs_snap_name_find() - like vexfs_entry_find(), for names of trees: place->ino is the tree's
 * id. The lock is held. Return: 0 (see @place), errors of reading.
 */
int vexfs_snap_name_find(struct vexfs_txn *txn, struct vexfs_name name, struct vexfs_place *place);

/**
 * vexfs_snap_name_restore() - for repair: makes a snapshot that is loaded be found by its name; the
 * lock is held. Return: 0, -EEXIST (another has the name), and as vexfs_tree_prepare().
 */
int vexfs_snap_name_restore(struct vexfs_txn *txn, const struct vexfs_subvol *subvol);
/** vexfs_snap_name_decode() - a ROOT_NAME item. Return: 0, -EUCLEAN. */
int vexfs_snap_name_decode(const void *data, u32 bytes, u64 *tree, struct vexfs_name *name);

/**
 * vexfs_dead_step() - frees one portion of what deleted snapshots held.
 * Return: 1 when there is more, 0 when not, errors.
 */
int vexfs_dead_step(struct vexfs_txn *txn);

int vexfs_snap_change(struct vexfs_txn *txn, const struct vexfs_snapshot_change *change);
int vexfs_snap_rollback(struct vexfs_txn *txn, u64 id, struct vexfs_name name, u32 flags,
			struct vexfs_snapshot *safety);

int vexfs_snap_diff(struct vexfs_txn *txn, u64 from, u64 to, u64 after_ino,
		    struct vexfs_change *rows, u32 rows_max, u32 *count, bool *end);

/** vexfs_snap_space() - see vexfs_volume_snapshot_space(). */
int vexfs_snap_space(struct vexfs_txn *txn, const struct vexfs_space_query *query,
		     struct vexfs_space_answer *answer);

/* ---- between the files of snap/; txn->lock is held ---- */

/**
 * vexfs_snap_roots_walk() - visits the root items of snapshots with ids above @after, in order;
 * @visit returns false to stop.
 */
int vexfs_snap_roots_walk(struct vexfs_txn *txn, u64 after,
			  bool (*visit)(void *context, const struct vexfs_subvol *subvol),
			  void *context);

/** vexfs_snap_flags_fit() - whether a tree may have these flags, and together. */
bool vexfs_snap_flags_fit(u32 flags);
/** vexfs_snap_fill() - what hosts are told of a tree. */
void vexfs_snap_fill(const struct vexfs_subvol *subvol, struct vexfs_snapshot *out);
/**
 * vexfs_snap_copy() - a copy of @source under the next id, which nothing knows of yet; freed by
 * vexfs_port_free() until it is inserted. Return: 0, -ENOMEM.
 */
int vexfs_snap_copy(struct vexfs_txn *txn, const struct vexfs_subvol *source,
		    struct vexfs_name name, u32 flags, struct vexfs_subvol **out);
/**
 * vexfs_snap_insert() - the volume has the copy from here on: its items, one more reference to its
 * root node, its place among the loaded trees. Return: 0, -EEXIST, -ENOSPC, -EMLINK and errors of
 * reading, with nothing changed.
 */
int vexfs_snap_insert(struct vexfs_txn *txn, struct vexfs_subvol *subvol);

#endif

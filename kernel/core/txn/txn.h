/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * txn/txn.h - the running transaction: what it may do, and how it becomes durable.
 *
 * States of a volume, and the function on each arrow:
 *
 *   closed --vexfs_txn_open()--> clean --vexfs_txn_begin()/_end()--> dirty
 *   dirty --vexfs_txn_commit() freezes it--> clean, with a commit on its way to disk
 *   any --a commit or log write fails, or the map contradicts a tree--> poisoned (read-only)
 *
 * Invariants:
 *  1. What the newest superblock on disk refers to is never written to again (see space.h).
 *  2. Superblocks are written only after a flush that covers all that they refer to.
 *  3. Blocks are written only with generations up to the generation_limit on disk.
 *
 *  4. One commit or log batch is on its way to disk at a time; operations go on meanwhile.
 *
 * Locking: kernel/core/README.md. On disk: FORMAT.md, "Superblocks", "Commit" and "Intent log".
 */
#ifndef VEXFS_TXN_TXN_H
#define VEXFS_TXN_TXN_H

#include <vexfs/maintain.h>

#include "io/frame.h"
#include "tree/tree.h"

/** struct vexfs_subvol - a file tree that is loaded: live, index, snapshot or clone. */
struct vexfs_subvol {
	struct vexfs_subvol *next;
	struct vexfs_subvol **back;	/* what points here */
	struct vexfs_subvol *next_in_slot;
	struct vexfs_tree tree;
	bool dirty;			/* fields below changed */
	u32 pins;			/* operations that let go of the lock and come back */
	bool gone;			/* deleted meanwhile */
	u64 source, source_generation, changed_generation;
	s64 created_ns;
	u64 next_ino, inodes, vectors_bytes;
	u64 logged_ino, logged_inodes, logged_vectors;	/* as the log has them */
	u32 flags;			/* VEXFS_TREE_* */
	u32 name_bytes;
	char name[VEXFS_NAME_MAX_BYTES + 1];
};

#define VEXFS_INODE_LOCK_SLOTS	64u
/* Every operation looks its tree up, and with snapshots there may be thousands. */
#define VEXFS_SUBVOL_SLOTS	512u

/* Generations that a superblock reserves; after a crash as many are jumped over at most. */
#define VEXFS_GENERATIONS_AHEAD	4096u
#define VEXFS_GENERATIONS_LEFT	16u

struct vexfs_txn {
	struct vexfs_io io;
	struct vexfs_frames frames;
	struct vexfs_space space;
	struct vexfs_log log;
	struct vexfs_tree root_tree;
	struct vexfs_rwlock *writers_lock;	/* read: by who holds an inode's lock */
	struct vexfs_mutex *commit_mutex;
	struct vexfs_rwlock *reuse_lock;
	struct vexfs_rwlock *lock;
	struct vexfs_mutex *inode_locks_mutex;
	struct vexfs_inode_lock *inode_locks[VEXFS_INODE_LOCK_SLOTS];
	struct vexfs_mutex *subvols_mutex;
	struct vexfs_subvol *subvols;	/* all that are loaded */
	struct vexfs_subvol *subvol_slots[VEXFS_SUBVOL_SLOTS];	/* the same, by id */
	struct vexfs_subvol *changed;	/* by the operation that has the lock */
	u64 next_tree_id, next_dead_id;
	u64 snapshot_count;		/* visible ones */
	u64 tree_removals;		/* since the mount */
	u64 list_changes;		/* of visible ones: made, changed, gone; since the mount */
	void *sums;			/* what snap/reclaim.c has added up; may be NULL */
	bool read_only, poisoned;
	u32 compress_level;		/* of what no flag decides; 0 is not */
	bool has_dead;			/* there may be dead subtrees to free */
	u64 dirty_since_us;		/* 0 when nothing changed since the last commit */
	u64 commits, discarded_blocks;
	u64 committed_us;		/* end of the last commit */
	u64 discarded_us;		/* end of the last discard */
	u64 synced_us;			/* end of the last batch of the log; atomic */

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

/**
 * vexfs_txn_open_at() - the same, from @super instead of the newest superblock; for repair. The
 * caller sees to it that sequence and generation_limit are those of the newest.
 */
int vexfs_txn_open_at(struct vexfs_txn *txn, struct vexfs_dev *dev,
		      const struct vexfs_open_options *options, const struct vexfs_super *super);

/** vexfs_txn_format() - as open, on an empty volume described by @super; nothing is read. */
int vexfs_txn_format(struct vexfs_txn *txn, struct vexfs_dev *dev,
		     const struct vexfs_super *super);

/* ---- who may write (access.c) ---- */

/**
 * vexfs_txn_choose_compression() - what is compressed in this mount; the next superblock tells the
 * disk. Return: 0, -EINVAL (unknown level).
 */
int vexfs_txn_choose_compression(struct vexfs_txn *txn, u32 option);
/** vexfs_txn_check_writable() - Return: 0, -EPROTONOSUPPORT, -EROFS; as vexfs_volume_open(). */
int vexfs_txn_check_writable(const struct vexfs_txn *txn);
/** vexfs_txn_reserve_generations() - from the running one on; the volume is in use. */
int vexfs_txn_reserve_generations(struct vexfs_txn *txn);
/** vexfs_txn_mark_clean() - all is committed, and nobody writes any more. */
void vexfs_txn_mark_clean(struct vexfs_txn *txn);
/** Contracts: vexfs_volume_reconfigure(); nobody changes anything meanwhile. */
int vexfs_txn_make_writable(struct vexfs_txn *txn);
int vexfs_txn_make_read_only(struct vexfs_txn *txn);
int vexfs_txn_set_options(struct vexfs_txn *txn, const struct vexfs_open_options *options);

/** vexfs_txn_close() - frees memory, and marks the volume clean if all is committed. */
void vexfs_txn_close(struct vexfs_txn *txn);

/**
 * vexfs_txn_begin() - takes the lock to change something, with room for one operation's nodes.
 * Commits first when that is what it takes. Return: 0 with the lock, or without it -EROFS, -ENOSPC,
 * errors of the commit.
 */
int vexfs_txn_begin(struct vexfs_txn *txn, enum vexfs_space_use use);

/**
 * vexfs_txn_step() - between two portions of one operation: what came before is complete, and there
 * is room again. May let go of the lock in between, so that what was read must be read again;
 * @subvol stays. Return: 0, errors of begin, -ESTALE (@subvol was deleted). The lock is held
 * anyway.
 */
int vexfs_txn_step(struct vexfs_txn *txn, enum vexfs_space_use use, struct vexfs_subvol *subvol);

/** vexfs_txn_step_locked() - the same without letting go. Return: 0, -ENOSPC, -EROFS. */
int vexfs_txn_step_locked(struct vexfs_txn *txn, enum vexfs_space_use use);

/** vexfs_txn_end() - gives the lock back. Return: @result. */
int vexfs_txn_end(struct vexfs_txn *txn, int result);

/**
 * vexfs_txn_commit() - puts everything on disk as a new generation; no lock is held by the caller.
 * Operations wait while it freezes what changed, not while it writes. @generation may be NULL.
 * After -ENOMEM the volume is as before, and a later commit may work; other errors poison it.
 */
int vexfs_txn_commit(struct vexfs_txn *txn, u64 *generation);
/** vexfs_txn_commit_last() - as the end of what cannot be undone: any error poisons. */
int vexfs_txn_commit_last(struct vexfs_txn *txn);

/**
 * vexfs_txn_commit_change() - calls @change under the volume's lock and commits what it made dirty,
 * with no commit and no batch of the log in between: for what a log must not meet halfway.
 * Return: 0, -EROFS, errors of @change (nothing was changed) and of the commit.
 */
int vexfs_txn_commit_change(struct vexfs_txn *txn,
			    int (*change)(struct vexfs_txn *txn, void *context), void *context);

/** vexfs_txn_grow() - to the size of the device; nothing happens when that is not larger. */
int vexfs_txn_grow(struct vexfs_txn *txn);
int vexfs_txn_set_label(struct vexfs_txn *txn, const char *bytes, u32 count);
int vexfs_txn_set_uuid(struct vexfs_txn *txn, const u8 uuid[16]);

/**
 * vexfs_txn_admit() - the superblock on disk has @feature among the incompat ones when it returns;
 * no lock is held.
 */
int vexfs_txn_admit(struct vexfs_txn *txn, u64 feature);

/** vexfs_txn_sync() - puts everything on disk, by the log if it can; no lock is held. */
int vexfs_txn_sync(struct vexfs_txn *txn);

/**
 * vexfs_txn_replay() - does again what the log has since the last commit. On a read-only volume it
 * stays in memory. Return: 0, -EUCLEAN (the log contradicts the volume), errors of I/O.
 */
int vexfs_txn_replay(struct vexfs_txn *txn);

/* ---- promises (promise.c); contracts: vexfs/volume.h; no lock is held ---- */

int vexfs_txn_promise(struct vexfs_txn *txn, u64 blocks);
void vexfs_txn_unpromise(struct vexfs_txn *txn, u64 blocks);

/* ---- discarding what is free (discard.c) ---- */

/** vexfs_discard_is_due() - the volume is idle, or much has gathered; txn->lock is held. */
bool vexfs_discard_is_due(struct vexfs_txn *txn);
/** vexfs_discard_step() - a portion; no lock is held. Return: 1 when there was one, 0, -ENOMEM. */
int vexfs_discard_step(struct vexfs_txn *txn);

/** vexfs_trim_step() - see vexfs_volume_trim_step(). */
int vexfs_trim_step(struct vexfs_txn *txn, struct vexfs_trim *trim);

bool vexfs_txn_is_dirty(const struct vexfs_txn *txn);
void vexfs_txn_poison(struct vexfs_txn *txn, const char *why, int err);

/** vexfs_data_claim() and the like - references to data blocks, with their records in the log. */
void vexfs_data_claim(struct vexfs_tree *tree, u64 block, u32 count);
void vexfs_data_inc(struct vexfs_tree *tree, u64 block, u32 count);
void vexfs_data_dec(struct vexfs_tree *tree, u64 block, u32 count);

/* ---- writers of one file, one at a time (inode_lock.c) ---- */

struct vexfs_inode_lock;
/** Return: 0, -ENOMEM. Taken before all other locks. */
int vexfs_inode_lock(struct vexfs_txn *txn, struct vexfs_id id, struct vexfs_inode_lock **out);
void vexfs_inode_unlock(struct vexfs_txn *txn, struct vexfs_inode_lock *lock);

/* ---- superblock rings (super_ring.c) ---- */

int vexfs_super_ring_read(struct vexfs_dev *dev, struct vexfs_super *out);
int vexfs_super_ring_write(struct vexfs_io *io, const struct vexfs_super *super);
/** vexfs_super_ring_put() - the same with the caller's memory. */
int vexfs_super_ring_put(struct vexfs_io *io, const struct vexfs_super *super,
			 struct vexfs_disk_super *disk);

/* ---- file trees (subvol.c); txn->lock held ---- */

/** Return: 0, -ESTALE (no such tree). The tree stays loaded. */
int vexfs_subvol_get(struct vexfs_txn *txn, u64 id, struct vexfs_subvol **out);
/** The same, for writing. Return: also -EROFS. */
int vexfs_subvol_get_writable(struct vexfs_txn *txn, u64 id, struct vexfs_subvol **out);
/** vexfs_subvol_add() - into the table; with txn->lock for reading, under subvols_mutex too. */
void vexfs_subvol_add(struct vexfs_txn *txn, struct vexfs_subvol *subvol);
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

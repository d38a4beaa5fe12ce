/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * log/log.h - the intent log: what was done since the last commit, so that an fsync need not be
 * one.
 *
 * Every change of an item of a file tree, and of the references to data blocks, leaves a record.
 * Records of one operation form a group. An fsync writes the gathered groups as one batch, behind
 * the batches since the last commit, and flushes once. A mount replays them over that commit.
 * A commit makes all of it void. How nodes were split or copied is not recorded: it comes out of
 * the replay again.
 *
 * Invariants:
 *  1. Batches on disk are groups without a gap from the last commit on, in the order of time.
 *  2. A batch was written after the flush of the one before it: only the last can be without the
 *     data that it refers to.
 *  3. What the log cannot say (changes of the root tree, too many records, no memory) makes it
 *     unfit until the next commit; then an fsync is a commit.
 *
 * Recording cannot fail. Locking: records and groups, the volume's writer lock; batches, the commit
 * mutex. On disk: FORMAT.md, "Intent log".
 */
#ifndef VEXFS_LOG_LOG_H
#define VEXFS_LOG_LOG_H

#include "io/io.h"

struct vexfs_log {
	struct vexfs_io *io;
	bool off;			/* nothing is recorded: read-only, or replaying */
	bool unfit;
	u8 *pending;			/* head of a batch, then its records */
	u32 pending_bytes, capacity_bytes;
	bool group_is_open;
	u64 groups;			/* ended so far */
	u64 durable_groups;		/* on disk, by a batch or a commit */
	u64 next_sequence;		/* of batches */
	u32 next_block;			/* in the log, for the next batch */
	u64 batches, batch_bytes;	/* counters */
};

/** struct vexfs_log_batch - records on their way to disk. */
struct vexfs_log_batch {
	u8 *bytes;		/* whole blocks; NULL when there is nothing to write */
	u32 blocks;
	u64 groups;		/* durable when it is written */
};

void vexfs_log_init(struct vexfs_log *log, struct vexfs_io *io);
void vexfs_log_fini(struct vexfs_log *log);

void vexfs_log_item(struct vexfs_log *log, u8 kind, u64 tree, const struct vexfs_key *key,
		    const void *data, u32 bytes);
void vexfs_log_blocks(struct vexfs_log *log, u8 kind, u64 tree, u64 block, u32 count);
void vexfs_log_tree(struct vexfs_log *log, u64 tree, u64 next_ino, u64 inodes, u64 vectors_bytes);
/** vexfs_log_end() - what was recorded since the last call is one operation. */
void vexfs_log_end(struct vexfs_log *log);
void vexfs_log_set_unfit(struct vexfs_log *log);

/** vexfs_log_void() - a commit has taken over all that was recorded so far. */
void vexfs_log_void(struct vexfs_log *log);
/** vexfs_log_restart() - that commit is on disk: batches start over. */
void vexfs_log_restart(struct vexfs_log *log, u64 durable_groups);

/** vexfs_log_take() - the pending groups, as a batch. Return: 0, -ENOSPC (commit instead). */
int vexfs_log_take(struct vexfs_log *log, struct vexfs_log_batch *batch);
/** vexfs_log_write() - writes and frees it; the caller flushes. Return: 0, -EIO, -ENOSPC. */
int vexfs_log_write(struct vexfs_log *log, struct vexfs_log_batch *batch);

/**
 * vexfs_log_read() - the batch at log block *at if it is number @sequence after commit @generation.
 * Return: 0 with its blocks in @bytes (to be freed) and *at behind it, -ENOENT (there is none),
 * -EIO, -ENOMEM.
 */
int vexfs_log_read(struct vexfs_io *io, u64 generation, u64 sequence, u32 *at, u8 **bytes,
		   u32 *records_bytes);

/** struct vexfs_log_record - one record, decoded; @data points into the batch. */
struct vexfs_log_record {
	u8 kind;			/* VEXFS_LOG_* */
	u64 tree;
	struct vexfs_key key;
	u64 block;
	u32 count;
	u64 next_ino, inodes, vectors_bytes;
	const u8 *data;
	u32 bytes;
};

/** vexfs_log_decode() - the record at @offset, which it moves on. Return: 0, -EUCLEAN. */
int vexfs_log_decode(const u8 *records, u32 records_bytes, u32 *offset,
		     struct vexfs_log_record *out);

#endif

/* SPDX-License-Identifier: (GPL-2.0-or-later WITH Linux-syscall-note) OR Apache-2.0 */
/*
 * vexfs/ioctl.h - the control ABI of a mounted VexFS volume.
 *
 * The only bytes that the filesystem and the daemon share. The same on vexfs.ko and vexfs-fuse.
 * Every struct has a fixed size, little-endian fields, no pointers, no implicit padding, and is at
 * most VEXFS_IOC_BYTES_MAX bytes long (FUSE carries 16,383). Reserved fields must be zero in and
 * are zero out. A string is UTF-8 or any bytes but NUL, NUL-terminated inside its array.
 *
 * Where a call says "volume", any open file or directory of the mount will do; the calls marked
 * "file" act on the inode of the descriptor, which may lie in a snapshot.
 *
 * Who may: "any" is whoever could open the descriptor; "owner" is root or the user who owns the
 * root directory of the live tree; "file owner" is root, the owner of the file, or "owner".
 *
 * Errors common to all: -EINVAL (reserved field not zero, bad size or count, string without NUL),
 * -EPERM (not permitted), -EROFS (volume or snapshot is read-only), -EIO, -EUCLEAN, -EBADMSG.
 */
#ifndef VEXFS_UAPI_IOCTL_H
#define VEXFS_UAPI_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "ioctl_search.h"
#include "ioctl_snapshots.h"

#define VEXFS_IOC_ABI		1u
#define VEXFS_IOC_BYTES_MAX	16000u
#define VEXFS_IOC_NAME_BYTES	256u	/* one name with its NUL */
#define VEXFS_IOC_LABEL_BYTES	256u
#define VEXFS_IOC_PATH_BYTES	4096u	/* one path with its NUL */

/* Tree ids. Snapshots and clones have ids from VEXFS_TREE_FIRST on; ids are never used again. */
#define VEXFS_TREE_LIVE		1u	/* the tree that is mounted */
#define VEXFS_TREE_INDEX	2u	/* the daemon's own files, at .vexfs/index */
#define VEXFS_TREE_FIRST	256u

#define VEXFS_FORK_DATA		0u
#define VEXFS_FORK_VECTORS	1u

/**
 * struct vexfs_ioc_volume - what this mount is. Volume; any.
 * @abi:            VEXFS_IOC_ABI of the driver.
 * @flags:          VEXFS_VOLUME_*.
 * @uuid:           of the volume, RFC 4122 byte order.
 * @generation:     last generation on disk.
 * @live_generation: generation of the last change to the live tree that is on disk.
 * @size_bytes:     of the device. @free_bytes: allocatable now.
 * @used_bytes:     that files, metadata, snapshots and vectors take up together.
 * @snapshots:      visible snapshots. @inodes: of the live tree.
 * @vectors_bytes:  bytes in vector forks of the live tree.
 * @tree:           of the descriptor. @ino: of the descriptor, within that tree.
 * @snapshot_changes: rises when the list of visible snapshots becomes another; of this mount,
 *                  never 0.
 */
struct vexfs_ioc_volume {
	__le32 abi;
	__le32 flags;
	__u8 uuid[16];
	__le64 generation;
	__le64 live_generation;
	__le64 size_bytes;
	__le64 free_bytes;
	__le64 snapshots;
	__le64 inodes;
	__le64 vectors_bytes;
	__le64 tree;
	__le64 ino;
	__le32 format_version;
	__le32 block_bytes;
	char label[VEXFS_IOC_LABEL_BYTES];
	__le64 used_bytes;
	__le64 snapshot_changes;
	__le64 reserved[14];
};
#define VEXFS_VOLUME_READ_ONLY	0x1u
#define VEXFS_VOLUME_POISONED	0x2u	/* a commit failed: read-only until remount */

/**
 * struct vexfs_ioc_sync - commit everything. Volume; any.
 * @generation: out: a generation that holds all that was done before the call.
 */
struct vexfs_ioc_sync {
	__le64 generation;
	__le64 reserved[3];
};

/**
 * struct vexfs_ioc_wait - wait for the next commit that changed the live tree. Volume; any.
 * @since:      in: return as soon as live_generation is above this.
 * @timeout_ms: in: at most 600,000. 0 asks without waiting.
 * @live_generation: out: the present one; equal to @since when time ran out.
 * Errors: -EINTR.
 */
struct vexfs_ioc_wait {
	__le64 since;
	__le32 timeout_ms;
	__le32 reserved0;
	__le64 live_generation;
	__le64 reserved[2];
};

/**
 * struct vexfs_ioc_snapshot_create - a snapshot of a tree, on disk when the call returns.
 * Volume; owner.
 * @source:     in: tree id, or 0 for a new, empty tree.
 * @flags:      in: VEXFS_SNAPSHOT_*, explained in ioctl_snapshots.h.
 * @name:       in: 1..255 bytes, no '/', not "." or "..".
 * @id, @generation, @created_ns: out.
 * Errors: -EEXIST (a snapshot of that name exists), -ENOENT (no such source), -ENOSPC.
 */
struct vexfs_ioc_snapshot_create {
	__le64 source;
	__le32 flags;
	__le32 reserved0;
	__le64 id;
	__le64 generation;
	__le64 created_ns;
	__le64 reserved[4];
	char name[VEXFS_IOC_NAME_BYTES];
};

/**
 * struct vexfs_ioc_snapshot_delete - Volume; owner. The name is gone when the call returns; space
 * comes back in the background. @id: in, 0 to find it by @name. @flags: in:
 * VEXFS_SNAPSHOT_DELETE_SOON: on disk with the next commit, not when the call returns.
 * Errors: -ENOENT, -EBUSY (locked).
 */
struct vexfs_ioc_snapshot_delete {
	__le64 id;
	__le32 flags;
	__le32 reserved0;
	__le64 reserved[2];
	char name[VEXFS_IOC_NAME_BYTES];
};

#define VEXFS_SNAPSHOT_DELETE_SOON	0x1u

/** struct vexfs_ioc_snapshot - one row of the list. Times in ns since the epoch. */
struct vexfs_ioc_snapshot {
	__le64 id;
	__le64 source;
	__le64 generation;
	__le64 created_ns;
	__le32 flags;
	__le32 reserved0;
	__le64 inodes;
	__le64 reserved[2];
	char name[VEXFS_IOC_NAME_BYTES];
};
#define VEXFS_IOC_SNAPSHOTS_MAX	48u

/**
 * struct vexfs_ioc_snapshot_list - Volume; any. Rows in order of id.
 * @after: in: id to continue after, 0 for the first. @flags: in: VEXFS_SNAPSHOT_HIDDEN for hidden
 * ones too. @count: out; fewer than VEXFS_IOC_SNAPSHOTS_MAX means that was all.
 */
struct vexfs_ioc_snapshot_list {
	__le64 after;
	__le32 flags;
	__le32 count;
	__le64 reserved[2];
	struct vexfs_ioc_snapshot rows[VEXFS_IOC_SNAPSHOTS_MAX];
};

/** struct vexfs_ioc_change - one inode that differs between two trees. */
struct vexfs_ioc_change {
	__le64 ino;
	__le32 kinds;		/* VEXFS_CHANGE_*, ioctl_snapshots.h */
	__le32 mode;		/* in @to; in @from when the inode is gone */
};
#define VEXFS_IOC_CHANGES_MAX	900u

/**
 * struct vexfs_ioc_diff - inodes that differ between two trees, in order of inode number. Volume;
 * owner. Subtrees that both share are skipped, so the cost is that of what changed.
 * @from, @to: in: tree ids; @from 0 is the empty tree (everything is CREATED).
 * @after_ino: in: 0, then the last ino of the rows before. @count: out; 0 means the end.
 * @flags:     out: VEXFS_DIFF_END when no more rows follow.
 * Errors: -ENOENT (no such tree).
 */
struct vexfs_ioc_diff {
	__le64 from;
	__le64 to;
	__le64 after_ino;
	__le32 count;
	__le32 flags;
	__le64 reserved[4];
	struct vexfs_ioc_change rows[VEXFS_IOC_CHANGES_MAX];
};
#define VEXFS_DIFF_END		0x1u

/**
 * struct vexfs_ioc_stat - an inode by number, without opening it. Volume; owner.
 * @tree, @ino:  in.
 * @data_generation: generation of the last change to fork 0. Compare with what a vector fork says
 *               it was computed from.
 * Errors: -ENOENT.
 */
struct vexfs_ioc_stat {
	__le64 tree;
	__le64 ino;
	__le32 mode;
	__le32 nlink;
	__le32 uid;
	__le32 gid;
	__le64 size_bytes;
	__le64 allocated_bytes;
	__le64 vectors_bytes;
	__le64 data_generation;
	__le64 mtime_ns;
	__le64 ctime_ns;
	__le64 btime_ns;
	__le64 reserved[4];
};

/**
 * struct vexfs_ioc_path - a path of an inode, relative to its tree's root, without a leading '/'
 * ("" for the root itself). Volume; owner.
 * @index: in: 0 for the first name; hard links have more. Order is stable while names are.
 * Errors: -ENOENT (no such inode, or no name of that index), -ENAMETOOLONG.
 */
struct vexfs_ioc_path {
	__le64 tree;
	__le64 ino;
	__le32 index;
	__le32 reserved0;
	__le64 reserved[2];
	char path[VEXFS_IOC_PATH_BYTES];
};

#define VEXFS_IOC_FORK_DATA_BYTES	15872u

/**
 * struct vexfs_ioc_fork_read - bytes of a numbered stream. File; any who may read the file.
 * @len_bytes: in: wanted, at most VEXFS_IOC_FORK_DATA_BYTES; out: got, 0 at the end.
 * @size_bytes: out: of the whole fork, 0 when the file has none of that number.
 */
struct vexfs_ioc_fork_read {
	__le32 fork;
	__le32 len_bytes;
	__le64 offset_bytes;
	__le64 size_bytes;
	__u8 data[VEXFS_IOC_FORK_DATA_BYTES];
};

/**
 * struct vexfs_ioc_fork_write - write bytes of a numbered stream other than fork 0. File; file
 * owner; the descriptor may be read-only. Times of the file do not change.
 * @flags: in: VEXFS_FORK_WRITE_TRUNCATE cuts the fork at the end of what is written. A fork is
 *         removed by TRUNCATE with @offset_bytes and @len_bytes 0.
 * Of a long fork, pieces that end at multiples of 4,096 bytes are written once, others twice.
 * Errors: -ENOSPC, -EFBIG.
 */
struct vexfs_ioc_fork_write {
	__le32 fork;
	__le32 len_bytes;
	__le64 offset_bytes;
	__le32 flags;
	__le32 reserved0;
	__u8 data[VEXFS_IOC_FORK_DATA_BYTES];
};
#define VEXFS_FORK_WRITE_TRUNCATE	0x1u

/** struct vexfs_ioc_counter - a named counter or gauge. */
struct vexfs_ioc_counter {
	char name[40];
	__le64 value;
	__le32 kind;		/* 0 counter, 1 gauge */
	__le32 unit;		/* 0 count, 1 bytes, 2 microseconds */
};
#define VEXFS_IOC_COUNTERS_MAX	256u

/** struct vexfs_ioc_stats - counters of the driver and the engine. Volume; any. */
struct vexfs_ioc_stats {
	__le32 count;		/* out */
	__le32 reserved0;
	__le64 time_us;		/* out: monotonic */
	struct vexfs_ioc_counter rows[VEXFS_IOC_COUNTERS_MAX];
};

/**
 * struct vexfs_ioc_scrub - reading everything in the background, and how far that is. Volume;
 * owner, but STATUS any.
 * @action:     in: VEXFS_SCRUB_STATUS, _START (-EBUSY when one runs) or _STOP (ends it now).
 * @rate_bytes: in, for START: per second at most, 0 for as fast as it goes; out: the same.
 * @state:      out: VEXFS_SCRUB_STATE_* of the run, or of the last one since the mount.
 * @done_bytes, @used_bytes: out: read so far, and in use in the volume: done may end a little
 *              above or below, since the volume changes meanwhile.
 * @findings:   out: blocks that are wrong. @rows: how many of them VEXFS_IOC_SCRUB_LIST has.
 * @started_ns, @ended_ns: out: since the epoch; ended is 0 while it runs.
 */
struct vexfs_ioc_scrub {
	__le32 action;
	__le32 state;
	__le64 rate_bytes;
	__le64 done_bytes;
	__le64 used_bytes;
	__le64 findings;
	__le64 rows;
	__le64 started_ns;
	__le64 ended_ns;
	__le64 reserved[8];
};
#define VEXFS_SCRUB_STATUS	0u
#define VEXFS_SCRUB_START	1u
#define VEXFS_SCRUB_STOP	2u

#define VEXFS_SCRUB_STATE_NONE		0u	/* none since the mount */
#define VEXFS_SCRUB_STATE_RUNNING	1u
#define VEXFS_SCRUB_STATE_DONE		2u
#define VEXFS_SCRUB_STATE_STOPPED	3u
#define VEXFS_SCRUB_STATE_FAILED	4u	/* out of memory */

/**
 * struct vexfs_ioc_scrub_row - a block that is wrong. @tree and @ino tell whose data it is (see
 * VEXFS_IOC_PATH); ino 0 is metadata. @error: positive errno: EIO cannot be read, EBADMSG does not
 * match its checksum, EUCLEAN is not what should be there.
 */
struct vexfs_ioc_scrub_row {
	__le64 tree;
	__le64 ino;
	__le64 block;
	__le32 error;
	__le32 reserved0;
	char what[32];
};
#define VEXFS_IOC_SCRUB_ROWS_MAX	200u

/** struct vexfs_ioc_scrub_list - Volume; owner. @first: in: row to begin with. @count: out. */
struct vexfs_ioc_scrub_list {
	__le64 first;
	__le32 count;
	__le32 reserved0;
	__le64 reserved[2];
	struct vexfs_ioc_scrub_row rows[VEXFS_IOC_SCRUB_ROWS_MAX];
};

/**
 * struct vexfs_ioc_grow - makes use of an image or device that has become larger. Volume; owner.
 * @size_bytes: out: of the volume now, the same as before when there was nothing to gain.
 */
struct vexfs_ioc_grow {
	__le64 size_bytes;
	__le64 reserved[3];
};

/** struct vexfs_ioc_label - a new label, "" for none; on disk when it returns. Volume; owner. */
struct vexfs_ioc_label {
	char label[VEXFS_IOC_LABEL_BYTES];
	__le64 reserved[2];
};

/* Beside these, FITRIM of <linux/fs.h> is answered. Volume; owner. */

#define VEXFS_IOC_VOLUME		_IOR('V', 0x40, struct vexfs_ioc_volume)
#define VEXFS_IOC_SYNC			_IOR('V', 0x41, struct vexfs_ioc_sync)
#define VEXFS_IOC_WAIT			_IOWR('V', 0x42, struct vexfs_ioc_wait)
#define VEXFS_IOC_SNAPSHOT_CREATE	_IOWR('V', 0x43, struct vexfs_ioc_snapshot_create)
#define VEXFS_IOC_SNAPSHOT_DELETE	_IOW('V', 0x44, struct vexfs_ioc_snapshot_delete)
#define VEXFS_IOC_SNAPSHOT_LIST		_IOWR('V', 0x45, struct vexfs_ioc_snapshot_list)
#define VEXFS_IOC_DIFF			_IOWR('V', 0x46, struct vexfs_ioc_diff)
#define VEXFS_IOC_STAT			_IOWR('V', 0x47, struct vexfs_ioc_stat)
#define VEXFS_IOC_PATH			_IOWR('V', 0x48, struct vexfs_ioc_path)
#define VEXFS_IOC_FORK_READ		_IOWR('V', 0x49, struct vexfs_ioc_fork_read)
#define VEXFS_IOC_FORK_WRITE		_IOW('V', 0x4a, struct vexfs_ioc_fork_write)
#define VEXFS_IOC_STATS			_IOR('V', 0x4b, struct vexfs_ioc_stats)
#define VEXFS_IOC_SCRUB			_IOWR('V', 0x50, struct vexfs_ioc_scrub)
#define VEXFS_IOC_SCRUB_LIST		_IOWR('V', 0x51, struct vexfs_ioc_scrub_list)
#define VEXFS_IOC_GROW			_IOR('V', 0x52, struct vexfs_ioc_grow)
#define VEXFS_IOC_LABEL			_IOW('V', 0x53, struct vexfs_ioc_label)
#define VEXFS_IOC_SEARCH		_IOWR('V', 0x54, struct vexfs_ioc_search)
#define VEXFS_IOC_LOOK			_IOWR('V', 0x58, struct vexfs_ioc_look)

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/volume.h - the engine, as its hosts see it.
 *
 * A volume is opened on a device and asked by inode number; there are no paths, no open files and
 * no credentials in here: hosts look names up one by one, keep their own handles, and let the
 * kernel check permissions by the attributes they return.
 *
 * Every function returns 0 or a negative errno value unless it says otherwise. Values come out
 * through pointers and are untouched on failure. An operation that fails has changed nothing. All
 * functions may sleep and may be called by any number of threads at once on one volume, except
 * open,
 * close and format. A change is in the running transaction when its function returns, and on disk
 * after vexfs_volume_commit() or the next vexfs_volume_tick() that commits.
 *
 * Common errors, not repeated below: -EIO, -ENOMEM, -EUCLEAN (structure on disk is wrong), -EBADMSG
 * (checksum does not match), -ESTALE (no such tree or inode), -EROFS (read-only volume or snapshot,
 * or the volume was poisoned by a failed commit), -ENOSPC.
 */
#ifndef VEXFS_VOLUME_H
#define VEXFS_VOLUME_H

#include <vexfs/port.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VEXFS_NAME_MAX_BYTES	255u
#define VEXFS_SYMLINK_MAX_BYTES	4095u
#define VEXFS_XATTR_NAME_MAX_BYTES	255u
#define VEXFS_XATTR_VALUE_MAX_BYTES	65536u
#define VEXFS_LABEL_MAX_BYTES	255u
#define VEXFS_LINK_MAX		65000u
#define VEXFS_FILE_MAX_BYTES	0x7fffffffffffffffull
#define VEXFS_DEVICE_MIN_BYTES	(16u << 20)
#define VEXFS_FORK_COUNT	2u		/* 0 data, 1 vectors */
#define VEXFS_ROOT_INO		1u

/* The same ids as in uapi/vexfs/ioctl.h. */
#define VEXFS_VOLUME_TREE_LIVE	1u
#define VEXFS_VOLUME_TREE_INDEX	2u
#define VEXFS_VOLUME_TREE_FIRST	256u

struct vexfs_volume;

/** struct vexfs_id - names an inode: its tree (subvolume or snapshot) and its number there. */
struct vexfs_id {
	u64 tree;
	u64 ino;
};

struct vexfs_time {
	s64 sec;
	u32 nsec;
};

/** struct vexfs_attr - attributes of an inode. @mode has the file type, as st_mode. */
struct vexfs_attr {
	u32 mode;
	u32 nlink;
	u32 uid;
	u32 gid;
	u64 rdev;		/* host's encoding, 64 bits */
	u64 size_bytes;
	u64 allocated_bytes;	/* of fork 0, blocks of metadata not counted */
	u64 vectors_bytes;	/* size of fork 1 */
	u64 data_generation;	/* generation of the last change to fork 0 */
	struct vexfs_time atime, mtime, ctime, btime;
	u32 compression;	/* VEXFS_COMPRESSION_* */
};
/** vexfs_attr_sectors() - st_blocks of stat(2), in units of 512 bytes. */
u64 vexfs_attr_sectors(const struct vexfs_attr *attr);

/* What is said of a file or directory; what is made in a directory begins with the same. */
#define VEXFS_COMPRESSION_UNSET	0u	/* as the mount option, or the volume, says */
#define VEXFS_COMPRESSION_ZSTD	1u
#define VEXFS_COMPRESSION_NONE	2u

/* ---- making, opening, closing ---- */

/**
 * struct vexfs_format_options - @size_blocks 0 is the whole device; @uuid all zero makes one up;
 * uid and gid own the root directory.
 */
struct vexfs_format_options {
	u64 size_blocks;
	u8 uuid[16];
	const char *label;
	u32 label_bytes;
	u32 uid, gid;
	u32 compress;		/* level of zstd for new data, at most 15; 0 is none */
};

/**
 * vexfs_volume_format() - makes an empty volume. Writes a fixed, small number of blocks wherever
 * the device is and however large. What was there before is not looked at: that is the host's
 * business. Return: 0, -EINVAL (label too long, unknown level), -ENOSPC (device below
 * VEXFS_DEVICE_MIN_BYTES or @size_blocks above it), -EFBIG (larger than the format can address).
 */
int vexfs_volume_format(struct vexfs_dev *dev, const struct vexfs_format_options *options);

/** struct vexfs_open_options - @cache_bytes: budget of the caches, 0 is 64 MiB. */
struct vexfs_open_options {
	bool read_only;
	bool discard;		/* tell the device what was freed, in idle time and at the end */
	u64 cache_bytes;
	u32 commit_interval_ms;	/* 0 is 1000: age at which vexfs_volume_tick() commits */
	u32 compress;		/* 0 as the volume says, a level of zstd, or VEXFS_COMPRESS_NONE */
	u64 vector_cache_bytes;	/* of searches; 0 is as much again */
	const struct vexfs_vector_kernels *vector_kernels;	/* NULL: the engine's (search.h) */
};
#define VEXFS_COMPRESS_NONE	~0u
#define VEXFS_COMPRESS_DEFAULT	3u	/* the level where nothing else is said */

/**
 * vexfs_volume_open() - opens a volume for use; recovers to the newest state that is on disk.
 * Return: 0, -EINVAL (no VexFS superblock in the front ring or the back one; an unknown level of
 * compression), -EBADMSG (there are superblocks but none is whole), -EPROTONOSUPPORT (needs
 * features that this engine does not know), -ENOSPC (device is shorter than the volume), -EROFS
 * (device is read-only and options are not).
 */
int vexfs_volume_open(struct vexfs_dev *dev, const struct vexfs_open_options *options,
		      struct vexfs_volume **out);

/**
 * vexfs_volume_close() - commits and frees everything; @volume is gone whatever is returned. No
 * other thread may be inside a call. Return: the result of the last commit.
 */
int vexfs_volume_close(struct vexfs_volume *volume);

/** vexfs_volume_commit() - puts all that was done before on disk. @generation may be NULL. */
int vexfs_volume_commit(struct vexfs_volume *volume, u64 *generation);

/**
 * vexfs_volume_fsync() - puts what was done to @id before on disk; what was done to others before
 * it may come with it, in the order in which it was done.
 */
int vexfs_volume_fsync(struct vexfs_volume *volume, struct vexfs_id id);

/**
 * vexfs_volume_tick() - background work in small portions: commits what is older than the commit
 * interval, frees what deleted snapshots and files held. Hosts call it a few times a second.
 * Return: 1 when there is more to do at once, 0 when not, or an error.
 */
int vexfs_volume_tick(struct vexfs_volume *volume);

struct vexfs_volume_info {
	u8 uuid[16];
	char label[VEXFS_LABEL_MAX_BYTES + 1];
	u64 generation;			/* last on disk */
	u64 live_generation;		/* last on disk that changed the live tree */
	u64 size_blocks;
	u64 fixed_blocks;		/* superblocks, map, log: never anybody's */
	u64 free_blocks;		/* not referenced, reserve included */
	u64 available_blocks;		/* what writers may still take */
	u64 inodes;			/* of the live tree */
	u64 snapshots;			/* visible ones */
	u64 snapshot_changes;		/* of their list, since the mount; 1 is none */
	u64 vectors_bytes;		/* of the live tree */
	u32 format_version;
	bool read_only;
	bool poisoned;
	u32 compress_level;		/* of new data in this mount; 0 is none */
	u64 features;			/* VEXFS_INCOMPAT_* of format.h, as on disk */
};
#ifdef __cplusplus /* where the function hides the struct's constructor */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
void vexfs_volume_info(struct vexfs_volume *volume, struct vexfs_volume_info *out);
#ifdef __cplusplus
#pragma GCC diagnostic pop
#endif

/**
 * vexfs_volume_wait() - waits until live_generation is above @since or @timeout_ms passed.
 * Return: 0 with the present one in @out, -EINTR, -ESHUTDOWN (vexfs_volume_shutdown() was called).
 */
int vexfs_volume_wait(struct vexfs_volume *volume, u64 since, u32 timeout_ms, u64 *out);

/** vexfs_volume_shutdown() - wakes all waiters for good; hosts call it before they join threads. */
void vexfs_volume_shutdown(struct vexfs_volume *volume);

/* ---- names ---- */

/** vexfs_volume_lookup() - Return: 0, -ENOENT, -ENOTDIR, -ENAMETOOLONG. "." and ".." work. */
int vexfs_volume_lookup(struct vexfs_volume *volume, struct vexfs_id dir, const char *name,
			u32 name_bytes, struct vexfs_id *id, struct vexfs_attr *attr);

/**
 * struct vexfs_create - what to make. @mode: type (S_IFMT) and permissions, as given to mknod(2);
 * setgid inheritance is applied by the engine, the umask by the host. @target for S_IFLNK. @xattrs:
 * of anything else, with different names.
 */
struct vexfs_create {
	u32 mode;
	u32 uid, gid;
	u64 rdev;
	const char *target;
	u32 target_bytes;
	const struct vexfs_first_xattr *xattrs;
	u32 xattr_count;
};

/** struct vexfs_first_xattr - an attribute that a file has from its first moment. */
struct vexfs_first_xattr {
	const char *name;
	const void *value;
	u32 name_bytes, value_bytes;
};
#define VEXFS_FIRST_XATTRS_MAX		2u
#define VEXFS_FIRST_XATTR_MAX_BYTES	2052u	/* an access list of 256 entries */

/**
 * vexfs_volume_create() - makes a file, directory, symlink or node of any type. With @name NULL it
 * makes a regular file without a name (O_TMPFILE) that vexfs_volume_link() can name later.
 * Return: 0, -EEXIST, -ENOENT (@dir was removed), -ENOTDIR, -ENAMETOOLONG, -EINVAL, -E2BIG,
 * -EMLINK.
 */
int vexfs_volume_create(struct vexfs_volume *volume, struct vexfs_id dir, const char *name,
			u32 name_bytes, const struct vexfs_create *what, struct vexfs_id *id,
			struct vexfs_attr *attr);

/** vexfs_volume_link() - Return: 0, -EEXIST, -EMLINK, -EPERM (a directory), -EXDEV (other tree). */
int vexfs_volume_link(struct vexfs_volume *volume, struct vexfs_id id, struct vexfs_id dir,
		      const char *name, u32 name_bytes, struct vexfs_attr *attr);

/**
 * struct vexfs_removed - the inode that lost a name; @id.ino 0 when none did. When @nlink is 0, it
 * lives on, nameless, until the host calls vexfs_volume_evict(); a host without handles to it does
 * so at once. What a crash leaves over is freed at the next open.
 */
struct vexfs_removed {
	struct vexfs_id id;
	u32 nlink;
};

/** Return: 0, -ENOENT, -EISDIR (use rmdir). */
int vexfs_volume_unlink(struct vexfs_volume *volume, struct vexfs_id dir, const char *name,
			u32 name_bytes, struct vexfs_removed *removed);
/** Return: 0, -ENOENT, -ENOTDIR, -ENOTEMPTY, -EINVAL ("."), -EBUSY (root). */
int vexfs_volume_rmdir(struct vexfs_volume *volume, struct vexfs_id dir, const char *name,
		       u32 name_bytes, struct vexfs_removed *removed);

#define VEXFS_RENAME_NOREPLACE	0x1u
#define VEXFS_RENAME_EXCHANGE	0x2u
#define VEXFS_RENAME_WHITEOUT	0x4u

/**
 * struct vexfs_rename - one rename. Flags as of renameat2(2). @uid and @gid: of the whiteout that
 * takes the old name, a character device 0, as overlayfs knows it.
 */
struct vexfs_rename {
	struct vexfs_id old_dir, new_dir;
	const char *old_name, *new_name;
	u32 old_name_bytes, new_name_bytes;
	u32 flags;
	u32 uid, gid;
};

/**
 * Return: 0, -ENOENT, -EEXIST (NOREPLACE), -ENOTEMPTY, -EISDIR, -ENOTDIR, -EINVAL (a directory into
 * itself, unknown flags), -EXDEV (other tree), -EMLINK.
 */
int vexfs_volume_rename(struct vexfs_volume *volume, const struct vexfs_rename *rename,
			struct vexfs_removed *removed);

/** vexfs_volume_evict() - the host forgets @id: frees it when it has no name. */
int vexfs_volume_evict(struct vexfs_volume *volume, struct vexfs_id id);

/** Return: 0, -EINVAL (no symlink). @out is not NUL-terminated; at most @size bytes are written. */
int vexfs_volume_readlink(struct vexfs_volume *volume, struct vexfs_id id, char *out, u32 size,
			  u32 *bytes);

/**
 * struct vexfs_entry - one directory entry. @cookie continues after it; cookies are positive,
 * stable while the entry exists, and survive a remount. @type is the S_IFMT part of the mode.
 */
struct vexfs_entry {
	const char *name;
	u32 name_bytes;
	u32 type;
	struct vexfs_id id;
	u64 cookie;
};

/**
 * vexfs_volume_readdir() - entries after @cookie (0 from the start), "." and ".." first, to @emit
 * until it returns false (that entry was not taken) or there are no more. @emit is called without
 * locks held and may call the engine; the name is valid during the call only.
 */
int vexfs_volume_readdir(struct vexfs_volume *volume, struct vexfs_id dir, u64 cookie,
			 bool (*emit)(void *context, const struct vexfs_entry *entry),
			 void *context);

/* ---- attributes ---- */

int vexfs_volume_getattr(struct vexfs_volume *volume, struct vexfs_id id, struct vexfs_attr *attr);

#define VEXFS_SET_MODE	0x01u	/* permission bits; the type stays */
#define VEXFS_SET_UID	0x02u
#define VEXFS_SET_GID	0x04u
#define VEXFS_SET_SIZE	0x08u
#define VEXFS_SET_ATIME	0x10u
#define VEXFS_SET_MTIME	0x20u
#define VEXFS_SET_CTIME	0x40u	/* otherwise ctime is now whenever anything was set */
#define VEXFS_SET_SAME_CTIME	0x80u	/* ctime stays: a time of access that was kept back */
#define VEXFS_SET_COMPRESSION	0x100u	/* of what is written from now on */

struct vexfs_setattr {
	u32 valid;		/* VEXFS_SET_* */
	u32 mode, uid, gid;
	u64 size_bytes;
	struct vexfs_time atime, mtime, ctime;
	u32 compression;	/* VEXFS_COMPRESSION_* */
};

/**
 * Return: 0, -EISDIR or -EINVAL (size of what has none; compression of what is neither file nor
 * directory, or an unknown one), -EFBIG. @attr may be NULL.
 */
int vexfs_volume_setattr(struct vexfs_volume *volume, struct vexfs_id id,
			 const struct vexfs_setattr *set, struct vexfs_attr *attr);

#define VEXFS_XATTR_CREATE	0x1u
#define VEXFS_XATTR_REPLACE	0x2u

/**
 * The compression of a file or directory as an attribute: "zstd" or "none"; without it, it is
 * UNSET. Its value is one of these or -EINVAL, and it is on nothing else: -EINVAL.
 */
#define VEXFS_XATTR_COMPRESSION	"vexfs.compression"

/** Names are whole ("user.mime_type"), as bytes; which namespaces exist is the host's business. */
/** Return: 0, -ENODATA, -ERANGE (@size not 0 and too small). @size 0 asks for the length. */
int vexfs_volume_getxattr(struct vexfs_volume *volume, struct vexfs_id id, const char *name,
			  u32 name_bytes, void *out, u32 size, u32 *bytes);
/** Return: 0, -EEXIST, -ENODATA, -ERANGE (name length), -E2BIG (value length). */
int vexfs_volume_setxattr(struct vexfs_volume *volume, struct vexfs_id id, const char *name,
			  u32 name_bytes, const void *value, u32 value_bytes, u32 flags);
int vexfs_volume_removexattr(struct vexfs_volume *volume, struct vexfs_id id, const char *name,
			     u32 name_bytes);
/** NUL-terminated names one after the other. Return: 0, -ERANGE. @size 0 asks for the length. */
int vexfs_volume_listxattr(struct vexfs_volume *volume, struct vexfs_id id, char *out, u32 size,
			   u32 *bytes);

/* ---- content ---- */

/** @got is short at the end of the fork only. Holes read as zeros. */
int vexfs_volume_read(struct vexfs_volume *volume, struct vexfs_id id, u32 fork, u64 offset_bytes,
		      void *out, u32 size, u32 *got);

/**
 * vexfs_volume_write() - writes at @offset_bytes, growing the fork; mtime and ctime change for fork
 * 0 only. When an error comes after a part was written, that part is in @done and 0 is returned.
 * Return: 0, -EFBIG, -EISDIR, -EINVAL.
 */
int vexfs_volume_write(struct vexfs_volume *volume, struct vexfs_id id, u32 fork, u64 offset_bytes,
		       const void *data, u32 size, u32 *done);

/**
 * vexfs_volume_promise() - keeps room for @blocks blocks of data that the host takes from programs
 * now and writes later, by vexfs_volume_write_promised(), which then does not fail for lack of it.
 * Nothing on disk. Commits, when that is what makes room. Return: 0, -ENOSPC.
 */
int vexfs_volume_promise(struct vexfs_volume *volume, u64 blocks);
/** vexfs_volume_unpromise() - @blocks of what was promised will not be written. */
void vexfs_volume_unpromise(struct vexfs_volume *volume, u64 blocks);
/** vexfs_volume_write_promised() - as vexfs_volume_write() to fork 0; the promise stays. */
int vexfs_volume_write_promised(struct vexfs_volume *volume, struct vexfs_id id, u64 offset_bytes,
				const void *data, u32 size, u32 *done);

/** vexfs_volume_truncate() - sets the size of a fork; times change for fork 0 only. */
int vexfs_volume_truncate(struct vexfs_volume *volume, struct vexfs_id id, u32 fork,
			  u64 size_bytes);

/* Ranges of content - reserved, punched, cloned, sought: vexfs/ranges.h. */

/* ---- counters ---- */

struct vexfs_counter {
	const char *name;
	u64 value;
	u32 kind;	/* 0 counter, 1 gauge */
	u32 unit;	/* 0 count, 1 bytes, 2 microseconds */
};
/** Return: how many rows were written, at most @rows_max. */
u32 vexfs_volume_counters(struct vexfs_volume *volume, struct vexfs_counter *rows, u32 rows_max);

#ifdef __cplusplus
}
#endif

#include <vexfs/paths.h>
#include <vexfs/snapshots.h>

#endif

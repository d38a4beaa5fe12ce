/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs_fs.h - what the files of the module share: a mount, an inode, and who does what.
 *
 * Locking: kernel/linux/README.md.
 */
#ifndef VEXFS_LINUX_VEXFS_FS_H
#define VEXFS_LINUX_VEXFS_FS_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/workqueue.h>

#include <vexfs/volume.h>

#include "compat.h"
#include "port/device.h"

#define VEXFS_VFS_MAGIC	0x56584653	/* "VXFS": statfs, not on disk */

/* What st_blocks counts in. */
#define VEXFS_SECTOR_SHIFT	9

struct vexfs_scrubber;
struct vexfs_vector_kernels;
struct vexfs_sysfs;
struct fiemap_extent_info;
struct fileattr;
struct fs_context;

struct vexfs_mount_options {
	bool discard;
	u64 cache_bytes;	/* 0 is the engine's default */
	u32 commit_interval_ms;	/* 0 is the engine's default */
	u32 compress;		/* 0 is as the volume says */
};

enum vexfs_module_counter {
	VEXFS_COUNT_LOOKUPS,
	VEXFS_COUNT_READS,
	VEXFS_COUNT_READ_BYTES,
	VEXFS_COUNT_WRITES,
	VEXFS_COUNT_WRITE_BYTES,
	VEXFS_COUNT_COMMITS_ASKED,
	VEXFS_COUNT_SYNCS_ASKED,
	VEXFS_COUNT_WAITERS,	/* a gauge */
	VEXFS_COUNTS,
};

/** struct vexfs_mount - one super block and the volume below it. */
struct vexfs_mount {
	struct super_block *sb;
	struct vexfs_volume *volume;
	struct vexfs_dev dev;
	struct vexfs_mount_options options;
	struct delayed_work tick;	/* background time of the engine (ticker.c) */
	int tick_error;			/* the last one told of */
	atomic64_t promises;		/* blocks promised by the engine, to no page yet */
	struct mutex promise_mutex;	/* one asks for more at a time */
	bool promises_used;		/* since the last tick */
	struct vexfs_scrubber *scrubber;
	struct vexfs_sysfs *sysfs;
	struct shrinker *shrinker;
	atomic64_t counts[VEXFS_COUNTS];
};

/** struct vexfs_inode - an inode of the engine, or a directory that only this host knows. */
struct vexfs_inode {
	struct vexfs_id id;
	bool read_only;			/* in a snapshot that cannot be written to */
	struct timespec64 btime;
	atomic_t promised_pages;	/* dirty and not on disk yet */
	/*
	 * Read: pages go to the engine. Write: the content changes in the engine and in the page
	 * cache, as one.
	 */
	struct rw_semaphore io_lock;
	struct inode vfs_inode;
};

static inline struct vexfs_inode *VEXFS_I(const struct inode *inode)
{
	return container_of(inode, struct vexfs_inode, vfs_inode);
}

static inline struct vexfs_mount *vexfs_mount_of(const struct inode *inode)
{
	return inode->i_sb->s_fs_info;
}

static inline struct vexfs_volume *vexfs_volume_of(const struct inode *inode)
{
	return vexfs_mount_of(inode)->volume;
}

static inline bool vexfs_is_shut_down(const struct vexfs_mount *mount)
{
	return READ_ONCE(mount->dev.dead);
}

/** vexfs_alive() - Return: 0, or -EIO of all calls on a mount that was shut down. */
static inline int vexfs_alive(const struct inode *inode)
{
	return vexfs_is_shut_down(vexfs_mount_of(inode)) ? -EIO : 0;
}

static inline void vexfs_count(struct vexfs_mount *mount, enum vexfs_module_counter counter, u64 by)
{
	atomic64_add(by, &mount->counts[counter]);
}

/*
 * Inode numbers are those of stat(2) under vexfs-fuse, too: the live tree's as they are, other
 * trees' below their tree id. The live tree's id there stands for directories that are on no disk.
 */
#define VEXFS_TREE_SHIFT	40
#define VEXFS_CONTROL_INO	(((u64)VEXFS_VOLUME_TREE_LIVE << VEXFS_TREE_SHIFT) | 1)
#define VEXFS_SNAPSHOTS_INO	(((u64)VEXFS_VOLUME_TREE_LIVE << VEXFS_TREE_SHIFT) | 2)

static inline bool vexfs_is_virtual(const struct inode *inode)
{
	return inode->i_ino >> VEXFS_TREE_SHIFT == VEXFS_VOLUME_TREE_LIVE;
}

/** 0 when the numbers are beyond what fits; no volume gets there in its life. */
static inline u64 vexfs_node_of(struct vexfs_id id)
{
	if (id.ino >> VEXFS_TREE_SHIFT || id.tree >> (64 - VEXFS_TREE_SHIFT))
		return 0;
	return id.tree == VEXFS_VOLUME_TREE_LIVE ? id.ino : id.tree << VEXFS_TREE_SHIFT | id.ino;
}

static inline struct vexfs_time vexfs_time_of(struct timespec64 time)
{
	return (struct vexfs_time){ time.tv_sec, (u32)time.tv_nsec };
}

static inline struct timespec64 vexfs_timespec_of(struct vexfs_time time)
{
	return (struct timespec64){ .tv_sec = time.sec, .tv_nsec = time.nsec };
}

/* inode.c */
/**
 * vexfs_iget() - the inode @id; @attr NULL reads its attributes, else it was made just now.
 * Return: an inode, or an error: -EOVERFLOW, and those of the engine.
 */
struct inode *vexfs_iget(struct super_block *sb, struct vexfs_id id, const struct vexfs_attr *attr);
/** vexfs_refresh() - link count, times and a directory's size, after the engine changed them. */
void vexfs_refresh(struct inode *inode);
/** vexfs_store_times() - has the engine know the times that the VFS keeps. */
int vexfs_store_times(struct inode *inode);
int vexfs_write_inode(struct inode *inode, struct writeback_control *wbc);
void vexfs_evict_inode(struct inode *inode);

/* attr.c */
int vexfs_permission(vexfs_idmap *idmap, struct inode *inode, int mask);
int vexfs_getattr(vexfs_idmap *idmap, const struct path *path, struct kstat *stat, u32 mask,
		  unsigned int flags);
int vexfs_setattr(vexfs_idmap *idmap, struct dentry *dentry, struct iattr *attr);

/* namei.c, rename.c, dir.c, control_dir.c */
extern const struct inode_operations vexfs_dir_iops, vexfs_symlink_iops, vexfs_special_iops;
extern const struct file_operations vexfs_dir_fops;
extern const struct inode_operations vexfs_control_iops;
extern const struct file_operations vexfs_control_fops;
int vexfs_rename(vexfs_idmap *idmap, struct inode *old_dir, struct dentry *old_dentry,
		 struct inode *new_dir, struct dentry *new_dentry, unsigned int flags);
/** vexfs_control_dir() - "/.vexfs", or a directory below it, by its inode number. */
struct inode *vexfs_control_dir(struct super_block *sb, u64 ino);
/** vexfs_is_control_name() - whether @name in @dir is that of the control directory. */
bool vexfs_is_control_name(const struct inode *dir, const struct qstr *name);

/* The names in and below the root of what no directory lists. */
#define VEXFS_CONTROL_NAME	".vexfs"
#define VEXFS_SNAPSHOTS_NAME	"snapshots"
#define VEXFS_INDEX_NAME	"index"

/* export.c, flags.c, fiemap.c */
extern const struct export_operations vexfs_export_ops;
int vexfs_fileattr_get(struct dentry *dentry, struct fileattr *fa);
int vexfs_fileattr_set(vexfs_idmap *idmap, struct dentry *dentry, struct fileattr *fa);
int vexfs_fiemap(struct inode *inode, struct fiemap_extent_info *info, u64 start, u64 len);

/* file.c, range.c, direct.c, aops.c, writeback.c, promise.c */
extern const struct inode_operations vexfs_file_iops;
extern const struct file_operations vexfs_file_fops;
extern const struct address_space_operations vexfs_aops;
int vexfs_fsync(struct file *file, loff_t start, loff_t end, int datasync);
ssize_t vexfs_direct_io(struct kiocb *iocb, struct iov_iter *iter);
/** vexfs_content_read() - @bytes at @offset, with zeros behind the end of the file. May sleep. */
int vexfs_content_read(struct inode *inode, loff_t offset, void *out, u32 bytes);

/** vexfs_readahead_register() - the threads that read ahead, for all mounts. */
int vexfs_readahead_register(void);
void vexfs_readahead_unregister(void);
void vexfs_readahead(struct readahead_control *rac);

/** vexfs_pages_map() - @count locked or stable pages as one piece of memory; NULL: no room. */
void *vexfs_pages_map(struct page **pages, u32 count);
void vexfs_pages_unmap(void *memory, u32 count);
int vexfs_writepages(struct address_space *mapping, struct writeback_control *wbc);
vm_fault_t vexfs_page_mkwrite(struct vm_fault *vmf);
/** vexfs_zero_tail() - before a file grows: what mmap left behind its end in its last page. */
int vexfs_zero_tail(struct inode *inode);
long vexfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len);
loff_t vexfs_remap_file_range(struct file *from, loff_t from_pos, struct file *to, loff_t to_pos,
			      loff_t len, unsigned int flags);
loff_t vexfs_llseek(struct file *file, loff_t offset, int whence);

/**
 * vexfs_promise_folio() - room for a folio that is about to become dirty; the folio is locked. Kept
 * until it is written or dropped. Return: 0, -ENOSPC and errors of a commit.
 */
int vexfs_promise_folio(struct inode *inode, struct folio *folio);
/** vexfs_folio_unpromise() - the folio is clean. Return: how many blocks it had. */
u32 vexfs_folio_unpromise(struct inode *inode, struct folio *folio);
/** vexfs_promises_return() - for other pages, or in the end for others. */
void vexfs_promises_return(struct vexfs_mount *mount, u64 blocks);
/** vexfs_promises_trim() - gives back to the engine what nobody needs. */
void vexfs_promises_trim(struct vexfs_mount *mount, bool all);

/* xattr.c, acl.c */
extern const struct xattr_handler *vexfs_xattr_handlers[];
ssize_t vexfs_listxattr(struct dentry *dentry, char *list, size_t size);
int vexfs_init_security(struct inode *inode, struct inode *dir, const struct qstr *name);
struct posix_acl *vexfs_get_acl(struct inode *inode, int type, bool rcu);
int vexfs_set_acl(vexfs_idmap *idmap, vexfs_acl_owner *owner, struct posix_acl *acl, int type);
/**
 * struct vexfs_inherited - the access lists of a new inode, as attributes of it, and its mode as
 * they want it.
 */
struct vexfs_inherited {
	struct vexfs_first_xattr xattrs[VEXFS_FIRST_XATTRS_MAX];
	u32 count;
};
int vexfs_inherit(struct inode *dir, umode_t *mode, struct vexfs_inherited *out);
void vexfs_inherited_free(struct vexfs_inherited *inherited);

/* control/ */
long vexfs_ioctl(struct file *file, unsigned int command, unsigned long argument);

/* ticker.c */
void vexfs_ticker_start(struct vexfs_mount *mount);
void vexfs_ticker_stop(struct vexfs_mount *mount);

/* control/counters.c */
/** vexfs_counters() - as vexfs_volume_counters(), with those of the module first. */
u32 vexfs_counters(struct vexfs_mount *mount, struct vexfs_counter *rows, u32 rows_max);

/* shrinker.c, control/sysfs.c: of an open volume; the end of each takes any state. */
int vexfs_shrinker_start(struct vexfs_mount *mount);
void vexfs_shrinker_stop(struct vexfs_mount *mount);
int vexfs_sysfs_add(struct vexfs_mount *mount);
void vexfs_sysfs_remove(struct vexfs_mount *mount);
int vexfs_sysfs_register(void);
void vexfs_sysfs_unregister(void);

/* remount.c */
int vexfs_reconfigure(struct fs_context *fc);

/* super.c */
int vexfs_super_register(void);
void vexfs_super_unregister(void);

/** vexfs_vector_kernels() - the fastest that this processor can run (vector.c). */
const struct vexfs_vector_kernels *vexfs_vector_kernels(void);

#endif

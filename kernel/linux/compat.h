/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * compat.h - what the kernels that this builds with call by different names. VEXFS_HAS_* comes of
 * looking for those names in the headers (../Kbuild); the oldest kernel's way is the last.
 */
#ifndef VEXFS_LINUX_COMPAT_H
#define VEXFS_LINUX_COMPAT_H

#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <linux/shrinker.h>
#include <linux/slab.h>

/* ---- whose ids a mount shows: a type of its own (6.3), or a user namespace ---- */

#ifdef VEXFS_HAS_IDMAP
typedef struct mnt_idmap vexfs_idmap;
#else
typedef struct user_namespace vexfs_idmap;
#endif

/* ---- times of an inode, by calls (ctime 6.6, the others 6.7) ---- */

#ifndef VEXFS_HAS_CTIME_CALLS
static inline struct timespec64 inode_get_ctime(const struct inode *inode)
{
	return inode->i_ctime;
}

static inline void inode_set_ctime_to_ts(struct inode *inode, struct timespec64 time)
{
	inode->i_ctime = time;
}
#endif

#ifndef VEXFS_HAS_MTIME_CALLS
static inline struct timespec64 inode_get_atime(const struct inode *inode)
{
	return inode->i_atime;
}

static inline struct timespec64 inode_get_mtime(const struct inode *inode)
{
	return inode->i_mtime;
}

static inline void inode_set_atime_to_ts(struct inode *inode, struct timespec64 time)
{
	inode->i_atime = time;
}

static inline void inode_set_mtime_to_ts(struct inode *inode, struct timespec64 time)
{
	inode->i_mtime = time;
}
#endif

/* ---- attributes (6.6) ---- */

static inline void vexfs_fillattr(vexfs_idmap *idmap, u32 mask, struct inode *inode,
				  struct kstat *stat)
{
#ifdef VEXFS_HAS_FILLATTR_MASK
	generic_fillattr(idmap, mask, inode, stat);
#else
	generic_fillattr(idmap, inode, stat);
#endif
}

/* ---- access lists: of a dentry (6.2), or of an inode ---- */

#ifdef VEXFS_HAS_INODE_ACL
typedef struct dentry vexfs_acl_owner;
#define VEXFS_GET_ACL	get_inode_acl
/* The VFS finds them itself. */
#define VEXFS_ACL_HANDLERS

static inline struct inode *vexfs_acl_inode(struct dentry *owner)
{
	return d_inode(owner);
}

static inline int vexfs_acl_chmod(vexfs_idmap *idmap, struct dentry *dentry)
{
	return posix_acl_chmod(idmap, dentry, d_inode(dentry)->i_mode);
}
#else
typedef struct inode vexfs_acl_owner;
#define VEXFS_GET_ACL	get_acl
#define VEXFS_ACL_HANDLERS	&posix_acl_access_xattr_handler, &posix_acl_default_xattr_handler,

static inline struct inode *vexfs_acl_inode(struct inode *owner)
{
	return owner;
}

static inline int vexfs_acl_chmod(vexfs_idmap *idmap, struct dentry *dentry)
{
	return posix_acl_chmod(idmap, d_inode(dentry), d_inode(dentry)->i_mode);
}
#endif

/* ---- the page cache ---- */

#ifndef VEXFS_HAS_SPLICE_READ	/* 6.5 */
#define filemap_splice_read	generic_file_splice_read
#endif

#ifdef VEXFS_HAS_REMOVE_FOLIO	/* 6.8 */
#define VEXFS_ERROR_REMOVE	.error_remove_folio = generic_error_remove_folio
#else
#define VEXFS_ERROR_REMOVE	.error_remove_page = generic_error_remove_page
#endif

#ifdef VEXFS_HAS_WRITE_FOLIO	/* 6.12: write_begin() and write_end() */
typedef struct folio vexfs_write_unit;

static inline vexfs_write_unit *vexfs_write_unit_of(struct page *page)
{
	return page_folio(page);
}

static inline struct folio *vexfs_write_folio(vexfs_write_unit *unit)
{
	return unit;
}
#else
typedef struct page vexfs_write_unit;

static inline vexfs_write_unit *vexfs_write_unit_of(struct page *page)
{
	return page;
}

static inline struct folio *vexfs_write_folio(vexfs_write_unit *unit)
{
	return page_folio(unit);
}
#endif

#ifdef VEXFS_HAS_WRITEPAGE_FOLIO	/* 6.4: write_cache_pages() */
typedef struct folio vexfs_dirty_unit;

static inline struct page *vexfs_dirty_page(vexfs_dirty_unit *unit)
{
	return folio_page(unit, 0);
}
#else
typedef struct page vexfs_dirty_unit;

static inline struct page *vexfs_dirty_page(vexfs_dirty_unit *unit)
{
	return unit;
}
#endif

/* ---- memory, devices ---- */

#ifndef SLAB_MEM_SPREAD	/* until 6.8 */
#define SLAB_MEM_SPREAD	0
#endif

#ifndef VEXFS_HAS_BDEV_FREEZE	/* 6.8 */
#define bdev_freeze	freeze_bdev
#define bdev_thaw	thaw_bdev
#endif

/* ---- a shrinker: the kernel's (6.7), or of whoever made it ---- */

typedef unsigned long (*vexfs_shrinker_call)(struct shrinker *shrinker,
					     struct shrink_control *control);

#ifdef VEXFS_HAS_SHRINKER_ALLOC
static inline struct shrinker *vexfs_shrinker_register(vexfs_shrinker_call count,
						       vexfs_shrinker_call scan, void *context,
						       const char *name)
{
	struct shrinker *shrinker = shrinker_alloc(0, "vexfs:%s", name);

	if (!shrinker)
		return NULL;
	shrinker->private_data = context;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker_register(shrinker);
	return shrinker;
}

static inline void *vexfs_shrinker_context(const struct shrinker *shrinker)
{
	return shrinker->private_data;
}

static inline void vexfs_shrinker_unregister(struct shrinker *shrinker)
{
	shrinker_free(shrinker);
}
#else
struct vexfs_shrinker {
	struct shrinker shrinker;
	void *context;
};

static inline struct shrinker *vexfs_shrinker_register(vexfs_shrinker_call count,
						       vexfs_shrinker_call scan, void *context,
						       const char *name)
{
	struct vexfs_shrinker *own = kzalloc(sizeof(*own), GFP_KERNEL);

	if (!own)
		return NULL;
	own->context = context;
	own->shrinker.count_objects = count;
	own->shrinker.scan_objects = scan;
	own->shrinker.seeks = DEFAULT_SEEKS;
	if (register_shrinker(&own->shrinker, "vexfs:%s", name)) {
		kfree(own);
		return NULL;
	}
	return &own->shrinker;
}

static inline void *vexfs_shrinker_context(const struct shrinker *shrinker)
{
	return container_of(shrinker, struct vexfs_shrinker, shrinker)->context;
}

static inline void vexfs_shrinker_unregister(struct shrinker *shrinker)
{
	if (!shrinker)
		return;
	unregister_shrinker(shrinker);
	kfree(container_of(shrinker, struct vexfs_shrinker, shrinker));
}
#endif

#endif

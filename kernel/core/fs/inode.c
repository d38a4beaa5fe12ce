// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "fs/inode.h"

#include <vexfs/errors.h>

#include "fs/compression.h"
#include "fs/fork.h"

#define INODE_FLAGS_KNOWN	(VEXFS_INODE_CUTTING | VEXFS_COMPRESSION_FLAGS)

/* In these stat(2) counts, whatever the device has. */
#define VEXFS_STAT_SECTOR_BYTES	512u
#define NSEC_PER_SEC	1000000000

/* Items of attributes and names that are freed between two looks at the room that is left. */
#define EVICT_ITEMS	64u

struct vexfs_time vexfs_time_now(void)
{
	s64 ns = vexfs_port_time_ns();
	s64 sec = ns / NSEC_PER_SEC, rest = ns % NSEC_PER_SEC;

	if (rest < 0) {
		rest += NSEC_PER_SEC;
		sec--;
	}
	return (struct vexfs_time){ .sec = sec, .nsec = (u32)rest };
}

static struct vexfs_time time_decode(const struct vexfs_disk_time *disk)
{
	return (struct vexfs_time){ .sec = (s64)vexfs_get64(disk->sec),
				    .nsec = vexfs_get32(disk->nsec) };
}

static struct vexfs_disk_time time_encode(struct vexfs_time time)
{
	return (struct vexfs_disk_time){ .sec = vexfs_put64((u64)time.sec),
					 .nsec = vexfs_put32(time.nsec) };
}

static bool type_is_known(u32 mode)
{
	switch (mode & VEXFS_S_IFMT) {
	case VEXFS_S_IFREG:
	case VEXFS_S_IFDIR:
	case VEXFS_S_IFLNK:
	case VEXFS_S_IFBLK:
	case VEXFS_S_IFCHR:
	case VEXFS_S_IFIFO:
	case VEXFS_S_IFSOCK:
		return !(mode & ~(VEXFS_S_IFMT | VEXFS_S_PERM));
	default:
		return false;
	}
}

int vexfs_inode_decode(const void *data, u32 bytes, struct vexfs_inode *out)
{
	struct vexfs_disk_inode disk;
	struct vexfs_inode inode;
	u32 fork;

	if (bytes != sizeof(disk))
		return VEXFS_ERR(EUCLEAN);
	memcpy(&disk, data, sizeof(disk));
	inode.mode = vexfs_get32(disk.mode);
	inode.nlink = vexfs_get32(disk.nlink);
	inode.uid = vexfs_get32(disk.uid);
	inode.gid = vexfs_get32(disk.gid);
	inode.rdev = vexfs_get64(disk.rdev);
	inode.flags = vexfs_get64(disk.flags);
	for (fork = 0; fork < VEXFS_FORK_COUNT; fork++) {
		inode.size[fork] = vexfs_get64(disk.size[fork]);
		inode.blocks[fork] = vexfs_get64(disk.blocks[fork]);
	}
	inode.data_generation = vexfs_get64(disk.data_generation);
	inode.atime = time_decode(&disk.atime);
	inode.mtime = time_decode(&disk.mtime);
	inode.ctime = time_decode(&disk.ctime);
	inode.btime = time_decode(&disk.btime);
	if (!type_is_known(inode.mode) || (inode.flags & ~INODE_FLAGS_KNOWN) ||
	    (inode.flags & VEXFS_COMPRESSION_FLAGS) == VEXFS_COMPRESSION_FLAGS ||
	    inode.size[0] > VEXFS_FILE_MAX_BYTES ||
	    inode.size[1] > VEXFS_FILE_MAX_BYTES)
		return VEXFS_ERR(EUCLEAN);
	*out = inode;
	return 0;
}

void vexfs_inode_encode(const struct vexfs_inode *inode, struct vexfs_disk_inode *out)
{
	u32 fork;

	memset(out, 0, sizeof(*out));
	out->mode = vexfs_put32(inode->mode);
	out->nlink = vexfs_put32(inode->nlink);
	out->uid = vexfs_put32(inode->uid);
	out->gid = vexfs_put32(inode->gid);
	out->rdev = vexfs_put64(inode->rdev);
	out->flags = vexfs_put64(inode->flags);
	for (fork = 0; fork < VEXFS_FORK_COUNT; fork++) {
		out->size[fork] = vexfs_put64(inode->size[fork]);
		out->blocks[fork] = vexfs_put64(inode->blocks[fork]);
	}
	out->data_generation = vexfs_put64(inode->data_generation);
	out->atime = time_encode(inode->atime);
	out->mtime = time_encode(inode->mtime);
	out->ctime = time_encode(inode->ctime);
	out->btime = time_encode(inode->btime);
}

int vexfs_inode_read(const struct vexfs_tree *tree, u64 ino, struct vexfs_inode *out)
{
	struct vexfs_key key = vexfs_inode_key(ino);
	struct vexfs_disk_inode disk;
	u32 bytes;
	int err = vexfs_tree_read(tree, &key, &disk, sizeof(disk), &bytes);

	if (err)
		return err == -ENOENT ? VEXFS_ERR(ESTALE) : err;
	return vexfs_inode_decode(&disk, bytes, out);
}

void vexfs_inode_update(struct vexfs_tree *tree, u64 ino, const struct vexfs_inode *inode)
{
	struct vexfs_key key = vexfs_inode_key(ino);
	struct vexfs_disk_inode disk;

	vexfs_inode_encode(inode, &disk);
	vexfs_tree_update(tree, &key, &disk, sizeof(disk));
}

void vexfs_inode_insert(struct vexfs_tree *tree, u64 ino, const struct vexfs_inode *inode)
{
	struct vexfs_key key = vexfs_inode_key(ino);
	struct vexfs_disk_inode disk;

	vexfs_inode_encode(inode, &disk);
	vexfs_tree_insert(tree, &key, &disk, sizeof(disk));
}

int vexfs_inode_prepare(struct vexfs_tree *tree, u64 ino, u32 room_bytes)
{
	struct vexfs_key key = vexfs_inode_key(ino);

	return vexfs_tree_prepare(tree, &key, room_bytes);
}

void vexfs_inode_attr(const struct vexfs_inode *inode, struct vexfs_attr *out)
{
	out->mode = inode->mode;
	out->nlink = inode->nlink;
	out->uid = inode->uid;
	out->gid = inode->gid;
	out->rdev = inode->rdev;
	out->size_bytes = inode->size[0];
	out->allocated_bytes = inode->blocks[0] * VEXFS_BLOCK_BYTES;
	out->vectors_bytes = inode->size[1];
	out->data_generation = inode->data_generation;
	out->atime = inode->atime;
	out->mtime = inode->mtime;
	out->ctime = inode->ctime;
	out->btime = inode->btime;
	out->compression = vexfs_compression_get(inode);
}

u64 vexfs_attr_sectors(const struct vexfs_attr *attr)
{
	/*
	 * What lies in the tree has no blocks, but is no hole either: programs that copy would look
	 * for its holes, and read it instead of having it cloned.
	 */
	if (attr->allocated_bytes == 0 && attr->size_bytes <= VEXFS_INLINE_MAX_BYTES &&
	    (attr->mode & VEXFS_S_IFMT) == VEXFS_S_IFREG)
		return (attr->size_bytes + VEXFS_STAT_SECTOR_BYTES - 1) / VEXFS_STAT_SECTOR_BYTES;
	return attr->allocated_bytes / VEXFS_STAT_SECTOR_BYTES;
}

int vexfs_inode_getattr(struct vexfs_txn *txn, struct vexfs_id id, struct vexfs_attr *attr)
{
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	int err;

	vexfs_port_rwlock_read_lock(txn->lock);
	err = vexfs_subvol_get(txn, id.tree, &subvol);
	if (!err)
		err = vexfs_inode_read(&subvol->tree, id.ino, &inode);
	vexfs_port_rwlock_read_unlock(txn->lock);
	if (!err)
		vexfs_inode_attr(&inode, attr);
	return err;
}

static void setattr_apply(struct vexfs_inode *inode, const struct vexfs_setattr *set)
{
	if (set->valid & VEXFS_SET_MODE)
		inode->mode = (inode->mode & VEXFS_S_IFMT) | (set->mode & VEXFS_S_PERM);
	if (set->valid & VEXFS_SET_UID)
		inode->uid = set->uid;
	if (set->valid & VEXFS_SET_GID)
		inode->gid = set->gid;
	if (set->valid & VEXFS_SET_ATIME)
		inode->atime = set->atime;
	if (set->valid & VEXFS_SET_MTIME)
		inode->mtime = set->mtime;
	if (set->valid & VEXFS_SET_COMPRESSION)
		vexfs_compression_set(inode, set->compression);
	if (!(set->valid & VEXFS_SET_SAME_CTIME))
		inode->ctime = set->valid & VEXFS_SET_CTIME ? set->ctime : vexfs_time_now();
}

static int setattr_locked(struct vexfs_txn *txn, struct vexfs_id id,
			  const struct vexfs_setattr *set, struct vexfs_inode *inode)
{
	struct vexfs_subvol *subvol;
	int err = vexfs_subvol_get_writable(txn, id.tree, &subvol);

	if (!err)
		err = vexfs_inode_read(&subvol->tree, id.ino, inode);
	if (!err)
		err = vexfs_inode_prepare(&subvol->tree, id.ino, 0);
	if (err)
		return err;
	setattr_apply(inode, set);
	vexfs_inode_update(&subvol->tree, id.ino, inode);
	return 0;
}

static int size_is_settable(struct vexfs_txn *txn, struct vexfs_id id, u64 size_bytes)
{
	struct vexfs_attr attr;
	int err = vexfs_inode_getattr(txn, id, &attr);

	if (err)
		return err;
	if ((attr.mode & VEXFS_S_IFMT) == VEXFS_S_IFDIR)
		return VEXFS_ERR(EISDIR);
	if ((attr.mode & VEXFS_S_IFMT) != VEXFS_S_IFREG)
		return VEXFS_ERR(EINVAL);
	return size_bytes > VEXFS_FILE_MAX_BYTES ? VEXFS_ERR(EFBIG) : 0;
}

int vexfs_inode_setattr(struct vexfs_txn *txn, struct vexfs_id id, const struct vexfs_setattr *set,
			struct vexfs_attr *attr)
{
	struct vexfs_inode inode;
	int err;

	if (set->valid & VEXFS_SET_COMPRESSION) {
		err = vexfs_compression_check(txn, id, set->compression);
		if (err)
			return err;
	}
	if (set->valid & VEXFS_SET_SIZE) {
		err = size_is_settable(txn, id, set->size_bytes);
		if (!err)
			err = vexfs_fork_truncate(txn, id, 0, set->size_bytes);
		if (err)
			return err;
		if (!(set->valid & ~VEXFS_SET_SIZE))
			return attr ? vexfs_inode_getattr(txn, id, attr) : 0;
	}
	err = vexfs_txn_begin(txn, VEXFS_SPACE_RELEASE);
	if (err)
		return err;
	err = vexfs_txn_end(txn, setattr_locked(txn, id, set, &inode));
	if (!err && attr)
		vexfs_inode_attr(&inode, attr);
	return err;
}

/* ---- the end of an inode ---- */

/* Removes up to EVICT_ITEMS items of types below extents, the inode itself left out. */
static int items_remove_some(struct vexfs_subvol *subvol, u64 ino, bool *more)
{
	struct vexfs_key from = vexfs_key_make(ino, VEXFS_ITEM_INODE, 1);
	struct vexfs_cursor cursor;
	struct vexfs_key key;
	u32 i;
	int err = 0;

	*more = true;
	for (i = 0; i < EVICT_ITEMS && !err; i++) {
		err = vexfs_cursor_open(&cursor, &subvol->tree, &from);
		if (err)
			return err;
		*more = !cursor.at_end;
		if (*more) {
			key = vexfs_cursor_key(&cursor);
			*more = key.object == ino && !vexfs_key_is_extent(&key);
		}
		vexfs_cursor_close(&cursor);
		if (!*more)
			return 0;
		err = vexfs_tree_prepare(&subvol->tree, &key, 0);
		if (!err)
			vexfs_tree_remove(&subvol->tree, &key);
	}
	return err;
}

static int inode_free(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino,
		      const struct vexfs_inode *inode)
{
	struct vexfs_key orphan = vexfs_orphan_key(ino), key = vexfs_inode_key(ino);
	bool more = true;
	int err = 0;
	u32 fork;

	for (fork = 0; fork < VEXFS_FORK_COUNT && !err; fork++)
		err = vexfs_fork_cut_locked(txn, subvol, ino, fork, VEXFS_CUT_ALL, true);
	while (!err && more) {
		err = vexfs_txn_step(txn, VEXFS_SPACE_RELEASE, subvol);
		if (!err)
			err = items_remove_some(subvol, ino, &more);
	}
	if (!err)
		err = vexfs_tree_prepare(&subvol->tree, &key, 0);
	if (!err)
		err = vexfs_tree_prepare(&subvol->tree, &orphan, 0);
	if (err)
		return err;
	vexfs_tree_remove(&subvol->tree, &key);
	vexfs_tree_remove(&subvol->tree, &orphan);
	subvol->inodes -= subvol->inodes ? 1 : 0;
	subvol->vectors_bytes -= inode->size[1] < subvol->vectors_bytes ? inode->size[1] :
									  subvol->vectors_bytes;
	subvol->dirty = true;
	return 0;
}

int vexfs_inode_finish_cut(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino,
			   bool may_unlock)
{
	struct vexfs_key orphan = vexfs_orphan_key(ino);
	struct vexfs_inode inode;
	u32 fork;
	int err = 0;

	for (fork = 0; fork < VEXFS_FORK_COUNT && !err; fork++)
		err = vexfs_fork_cut_locked(txn, subvol, ino, fork, VEXFS_CUT_BEYOND, may_unlock);
	if (!err)
		err = vexfs_inode_read(&subvol->tree, ino, &inode);
	if (err || !(inode.flags & VEXFS_INODE_CUTTING))
		return err;
	if (!err)
		err = vexfs_inode_prepare(&subvol->tree, ino, 0);
	if (!err && inode.nlink)
		err = vexfs_tree_prepare(&subvol->tree, &orphan, 0);
	if (err)
		return err;
	inode.flags &= ~(u64)VEXFS_INODE_CUTTING;
	vexfs_inode_update(&subvol->tree, ino, &inode);
	if (inode.nlink)
		vexfs_tree_remove(&subvol->tree, &orphan);
	return 0;
}

int vexfs_inode_settle(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino,
		       struct vexfs_inode *inode)
{
	int err;

	if (!(inode->flags & VEXFS_INODE_CUTTING))
		return 0;
	err = vexfs_inode_finish_cut(txn, subvol, ino, false);
	return err ? err : vexfs_inode_read(&subvol->tree, ino, inode);
}

/* For an inode with an orphan item: frees it, or finishes cutting what has a name. */
static int orphan_finish(struct vexfs_txn *txn, struct vexfs_subvol *subvol, u64 ino)
{
	struct vexfs_inode inode;
	int err = vexfs_inode_read(&subvol->tree, ino, &inode);

	if (err)
		return err;
	if (!inode.nlink)
		return inode_free(txn, subvol, ino, &inode);
	/* A name without CUTTING cannot be: an orphan item that has no reason. */
	return inode.flags & VEXFS_INODE_CUTTING ? vexfs_inode_finish_cut(txn, subvol, ino, true) :
						   VEXFS_ERR(EUCLEAN);
}

static int evict_locked(struct vexfs_txn *txn, struct vexfs_id id)
{
	struct vexfs_subvol *subvol;
	struct vexfs_inode inode;
	int err = vexfs_subvol_get_writable(txn, id.tree, &subvol);

	if (!err)
		err = vexfs_inode_read(&subvol->tree, id.ino, &inode);
	return err || inode.nlink ? err : inode_free(txn, subvol, id.ino, &inode);
}

int vexfs_inode_evict(struct vexfs_txn *txn, struct vexfs_id id)
{
	struct vexfs_inode_lock *lock;
	int err = vexfs_inode_lock(txn, id, &lock);

	if (err)
		return err;
	err = vexfs_txn_begin(txn, VEXFS_SPACE_RELEASE);
	if (!err)
		err = vexfs_txn_end(txn, evict_locked(txn, id));
	vexfs_inode_unlock(txn, lock);
	return err;
}

static int orphan_next(struct vexfs_subvol *subvol, u64 after, u64 *ino)
{
	struct vexfs_key key = vexfs_orphan_key(after + 1);
	struct vexfs_cursor cursor;
	int err = vexfs_cursor_open(&cursor, &subvol->tree, &key);

	if (err)
		return err;
	err = -ENOENT;
	if (!cursor.at_end) {
		key = vexfs_cursor_key(&cursor);
		if (!key.object && key.type == VEXFS_ITEM_ORPHAN) {
			*ino = key.offset;
			err = 0;
		}
	}
	vexfs_cursor_close(&cursor);
	return err;
}

int vexfs_orphans_clear(struct vexfs_txn *txn, u64 tree)
{
	struct vexfs_subvol *subvol;
	u64 ino = 0;
	int err;

	for (;;) {
		/* Looking does not need room, so a full volume without orphans opens. */
		vexfs_port_rwlock_read_lock(txn->lock);
		err = vexfs_subvol_get(txn, tree, &subvol);
		if (!err)
			err = orphan_next(subvol, ino, &ino);
		vexfs_port_rwlock_read_unlock(txn->lock);
		if (err)
			return err == -ENOENT ? 0 : err;
		err = vexfs_txn_begin(txn, VEXFS_SPACE_RELEASE);
		if (err)
			return err;
		err = vexfs_txn_end(txn, orphan_finish(txn, subvol, ino));
		if (err)
			return err;
	}
}

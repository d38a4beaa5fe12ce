/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * tree/tree.h - copy-on-write B+trees.
 *
 * A change has two halves. vexfs_tree_prepare() may fail: it reads the path to a key, copies what
 * is
 * shared or on disk, splits until there is room. All of that leaves the tree's items as they are.
 * insert, update and remove work on prepared paths and cannot fail. An operation prepares every key
 * it will touch and then changes them, in the order insert, update, remove: so it is done wholly or
 * not at all, and a removal never takes away the leaf that an insertion was prepared for.
 *
 * Invariants:
 *  1. Every key below child i of an inner node is >= key i, and < key i+1.
 *  2. Only a root leaf is empty. An inner root has at least two children, but for damage.
 *  3. A node with birth == io->generation and one reference may be changed in place; any other is
 *     copied first, and when others refer to it too, its children get one more reference.
 *
 * Locking: changes need the volume's writer lock, reads its reader lock. Cursors end with the lock.
 */
#ifndef VEXFS_TREE_TREE_H
#define VEXFS_TREE_TREE_H

#include "format/extent.h"
#include "log/log.h"
#include "space/space.h"

struct vexfs_tree {
	struct vexfs_io *io;
	struct vexfs_space *space;
	struct vexfs_log *log;
	u64 id;
	bool is_root_tree;
	bool dirty;		/* root changed since the last commit */
	struct vexfs_ptr root;
};

/* What an operation may ask for in one leaf, item headers included; see the split in tree.c. */
#define VEXFS_TREE_ROOM_MAX_BYTES	5400u
#define VEXFS_TREE_ITEM_ROOM(bytes)	((u32)sizeof(struct vexfs_disk_item) + (bytes))

/** vexfs_tree_create() - an empty tree. Return: 0, -ENOSPC, -ENOMEM, errors of reading the map. */
int vexfs_tree_create(struct vexfs_tree *tree);

/**
 * vexfs_tree_prepare() - makes the leaf for @key changeable, with at least @room_bytes free. @room
 * is the sum over all insertions of the operation, since they may meet in one leaf.
 * Return: 0, -ENOSPC, -ENOMEM, -EIO, -EBADMSG, -EUCLEAN, -EMLINK (too many snapshots share a node).
 */
int vexfs_tree_prepare(struct vexfs_tree *tree, const struct vexfs_key *key, u32 room_bytes);

/* These three leave a record in the log; in the root tree they make it unfit. */
void vexfs_tree_insert(struct vexfs_tree *tree, const struct vexfs_key *key, const void *data,
		       u32 bytes);
/** The item exists; growth was part of the room. */
void vexfs_tree_update(struct vexfs_tree *tree, const struct vexfs_key *key, const void *data,
		       u32 bytes);
void vexfs_tree_remove(struct vexfs_tree *tree, const struct vexfs_key *key);

/** vexfs_tree_read() - copies at most @size bytes of an item. Return: 0, -ENOENT, errors of I/O. */
int vexfs_tree_read(const struct vexfs_tree *tree, const struct vexfs_key *key, void *out,
		    u32 size, u32 *bytes);

/** struct vexfs_cursor - a place in a tree; its path is pinned. Close it before any change. */
struct vexfs_cursor {
	struct vexfs_io *io;
	u32 height;		/* nodes in path; 0 is closed */
	bool at_end;
	struct vexfs_node *path[VEXFS_LEVEL_MAX];	/* by level */
	u32 index[VEXFS_LEVEL_MAX];
};

/** vexfs_cursor_open() - at the first item not below @key, or at the end. */
int vexfs_cursor_open(struct vexfs_cursor *cursor, const struct vexfs_tree *tree,
		      const struct vexfs_key *key);
/** vexfs_cursor_open_floor() - at the last item not above @key, or the first, or the end. */
int vexfs_cursor_open_floor(struct vexfs_cursor *cursor, const struct vexfs_tree *tree,
			    const struct vexfs_key *key);
/** vexfs_cursor_next() - Return: 0 (maybe at the end now), errors; -EUCLEAN when keys go back. */
int vexfs_cursor_next(struct vexfs_cursor *cursor);
void vexfs_cursor_close(struct vexfs_cursor *cursor);

static inline struct vexfs_key vexfs_cursor_key(const struct vexfs_cursor *cursor)
{
	return vexfs_node_key(cursor->path[0]->data, cursor->index[0]);
}

static inline const u8 *vexfs_cursor_data(const struct vexfs_cursor *cursor)
{
	return vexfs_node_data(cursor->path[0]->data, cursor->index[0]);
}

static inline u32 vexfs_cursor_bytes(const struct vexfs_cursor *cursor)
{
	return vexfs_node_data_bytes(cursor->path[0]->data, cursor->index[0]);
}

/**
 * vexfs_node_children() - calls @each for every run of blocks that a node refers to: child nodes,
 * or the blocks of extents. Stops at the first error. Return: 0, @each's error, -EUCLEAN.
 */
int vexfs_node_children(const void *node,
			int (*each)(void *context, u64 block, u32 count), void *context);

#endif

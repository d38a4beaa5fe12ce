/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * io/io.h - checked access to the device, and the cache of tree nodes.
 *
 * Everything that is read through here was verified against the pointer that named it. The cache
 * holds clean nodes up to a budget, all dirty ones (those that the running transaction made), and
 * all that a commit is writing.
 *
 * Invariants:
 *  1. A clean node has the bytes that are on disk and the checksum in node->csum.
 *  2. A dirty node has birth == io->generation; its block was allocated in this transaction.
 *  3. A writing node has its final bytes and checksum; it may not be on disk yet.
 *  4. At most one node in the cache has a given block.
 *
 * Locking: the cache is protected by a mutex of its own, so that readers may share it. The bytes of
 * a node change only while it is dirty, under the volume's writer lock.
 */
#ifndef VEXFS_IO_IO_H
#define VEXFS_IO_IO_H

#include "format/node.h"
#include "format/super.h"

#define VEXFS_NODE_HASH	4096u

enum vexfs_node_state {
	VEXFS_NODE_CLEAN,
	VEXFS_NODE_DIRTY,
	VEXFS_NODE_WRITING,
};

struct vexfs_node {
	struct vexfs_node *hash_next;
	struct vexfs_node *lru_prev, *lru_next;	/* clean and not pinned only */
	struct vexfs_node *dirty_next, *dirty_prev;	/* or those that are written */
	u64 block;
	u64 birth;
	u8 csum[VEXFS_CSUM_BYTES];
	u8 level;
	enum vexfs_node_state state;
	bool in_root_tree;
	u32 pins;
	u8 *data;
};

struct vexfs_io_counters {
	u64 node_hits, node_misses, node_evictions;
	u64 read_blocks, written_blocks, flushes;
};

struct vexfs_io {
	struct vexfs_dev *dev;
	struct vexfs_super super;	/* last one on disk; the fixed fields never change */
	u64 size_blocks;		/* of the volume, for those without the volume's lock */
	u64 generation;			/* of the running transaction */
	bool back_ring_is_new;		/* the volume has grown, and nothing is in it yet */

	struct vexfs_mutex *mutex;	/* protects what follows */
	struct vexfs_node *hash[VEXFS_NODE_HASH];
	struct vexfs_node lru;		/* list head: next is the most recently used */
	struct vexfs_node *dirty[2][VEXFS_LEVEL_MAX];	/* [in_root_tree][level] */
	struct vexfs_node *writing;
	u64 clean_bytes, dirty_bytes, writing_bytes, budget_bytes;
	struct vexfs_io_counters counters;
};

int vexfs_io_init(struct vexfs_io *io, struct vexfs_dev *dev, u64 budget_bytes);
void vexfs_io_fini(struct vexfs_io *io);

/** vexfs_io_set_super() - what is on disk now; the writer lock is held, or nobody else is there. */
void vexfs_io_set_super(struct vexfs_io *io, const struct vexfs_super *super);

/** Return: 0, -EIO, -EUCLEAN (range beyond the volume). */
int vexfs_io_read(struct vexfs_io *io, u64 block, u32 count, void *out);
int vexfs_io_write(struct vexfs_io *io, u64 block, u32 count, const void *data);
/* So many pieces are a good deal for a device, and little on a stack. */
#define VEXFS_IO_PIECES_MAX	16u
int vexfs_io_write_pieces(struct vexfs_io *io, const struct vexfs_piece *pieces, u32 count);
int vexfs_io_flush(struct vexfs_io *io);

/**
 * vexfs_node_get() - the node that @ptr names, pinned. Dirty nodes are found by block and birth.
 * Return: 0, -EIO, -ENOMEM, -EBADMSG (checksum), -EUCLEAN (structure). Put with vexfs_node_put().
 */
int vexfs_node_get(struct vexfs_io *io, const struct vexfs_ptr *ptr, struct vexfs_node **out);
void vexfs_node_put(struct vexfs_io *io, struct vexfs_node *node);

/** vexfs_node_create() - a new dirty node at @block, pinned, its bytes zero. Return: 0, -ENOMEM,
 * -EUCLEAN (the block is in use). */
int vexfs_node_create(struct vexfs_io *io, u64 block, u32 level, bool in_root_tree,
		      struct vexfs_node **out);

/** vexfs_nodes_cached_bytes() - of those that can be dropped; takes no lock. */
u64 vexfs_nodes_cached_bytes(const struct vexfs_io *io);
/** vexfs_nodes_shrink() - drops about @bytes, unless the cache is busy. Return: how many. */
u64 vexfs_nodes_shrink(struct vexfs_io *io, u64 bytes);

/**
 * vexfs_node_forget() - drops what the cache holds for @block, dirty or not; unless it is pinned
 * or being written.
 */
void vexfs_node_forget(struct vexfs_io *io, u64 block);

/** vexfs_node_seal() - a dirty node's final checksum; fills in its header. */
void vexfs_node_seal(struct vexfs_io *io, struct vexfs_node *node);

/** vexfs_nodes_freeze() - the dirty nodes, all sealed, become those that a commit writes. */
void vexfs_nodes_freeze(struct vexfs_io *io);

/** vexfs_nodes_write() - writes the frozen ones; no lock is needed. Return: 0, -EIO, -ENOSPC. */
int vexfs_nodes_write(struct vexfs_io *io);

/** vexfs_nodes_cleaned() - the frozen nodes are on disk now. */
void vexfs_nodes_cleaned(struct vexfs_io *io);

/**
 * vexfs_node_dirty_find() - the dirty node at @block without pinning it; NULL when there is none.
 */
struct vexfs_node *vexfs_node_dirty_find(struct vexfs_io *io, u64 block);

#endif

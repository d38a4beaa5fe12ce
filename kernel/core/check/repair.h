/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * check/repair.h - between the files of check/: what a run of vexfs_repair() knows.
 *
 * The trees are the truth, the map follows from them. So a repair (1) finds a superblock whose root
 * tree can be read, (2) recounts, and makes the map good enough to allocate by, (3) builds each
 * tree that cannot be walked anew from what can be read of it, (4) mends names, links and sizes
 * item by item, without care for reference counts, (5) recounts again and makes the map exact.
 *
 * Each step ends with a commit of the engine, so a crash leaves the volume as before the step: not
 * whole yet, but no worse. Until step 5 nothing is given free that was in use.
 */
#ifndef VEXFS_CHECK_REPAIR_H
#define VEXFS_CHECK_REPAIR_H

#include "check/check.h"

/** struct vexfs_stray - the root of a subtree that the map counts more references to than exist. */
struct vexfs_stray {
	struct vexfs_ptr ptr;
	u64 tree;		/* that wrote it first */
	struct vexfs_key first;
};

struct vexfs_item {
	struct vexfs_key key;
	u32 bytes;
	u8 data[VEXFS_ITEM_MAX_BYTES];
};

/** struct vexfs_gathered - what the items of one inode say together. */
struct vexfs_gathered {
	u64 ino;		/* 0: none */
	bool has_inode, has_symlink;
	struct vexfs_inode inode;
	u64 backrefs, entries, subdirs;
	u32 symlink_bytes;
	u64 blocks[VEXFS_FORK_COUNT];	/* on disk */
	u64 end_block[VEXFS_FORK_COUNT];
	u64 data_end[VEXFS_FORK_COUNT];	/* the same without what is only reserved */
	u64 end_bytes[VEXFS_FORK_COUNT];	/* of that */
};

struct vexfs_repair {
	struct vexfs_checker checker;	/* its txn is ours */
	struct vexfs_txn *txn;
	const struct vexfs_check_options *options;
	u64 actions;			/* that were told */
	bool is_log_damaged;
	struct vexfs_stray *strays;	/* newest first */
	u64 stray_count, stray_room;

	struct vexfs_subvol *subvol;	/* being repaired */
	struct vexfs_tree *tree;	/* its tree, or the root tree */
	struct vexfs_cursor cursor;	/* of vexfs_repair_each(); closed by a change */
	struct vexfs_item item;		/* that is being visited */
	struct vexfs_gathered at;
	bool has_more_items;		/* that vexfs_repair_inodes() shall see again */
	u64 inodes, vectors_bytes, next_ino;	/* of the tree, as they should be */
	u64 lost_found;			/* inode of the directory; 0: not looked for yet */
};

/** vexfs_repair_tell() - an action; @what in the past tense. */
void vexfs_repair_tell(struct vexfs_repair *repair, const char *what, u64 ino);

/* ---- which state of the volume (repair_super.c) ---- */

/**
 * vexfs_repair_super() - the newest superblock whose root tree can be read in full, made the newest
 * of all by its numbers. @is_older: it is not what a mount would take. @is_ring_lost: one of the
 * two rings has nothing valid.
 * Return: 0, -ENOMEM, or what a mount would say when there is none.
 */
int vexfs_repair_super(struct vexfs_dev *dev, struct vexfs_super *out, bool *is_older,
		       bool *is_ring_lost);

/** vexfs_repair_rings() - writes every slot of both rings. */
int vexfs_repair_rings(struct vexfs_dev *dev, struct vexfs_super *super);

/* ---- walking what cannot be trusted (repair_walk.c) ---- */

/**
 * struct vexfs_repair_visitor - @leaf: its keys should be in [low, high). @gap: a node that cannot
 * be read, and so nothing between the two. @disorder: a node begins before the key that its parent
 * has for it; may be NULL. An error ends the walk.
 */
struct vexfs_repair_visitor {
	int (*leaf)(void *context, const void *node, const struct vexfs_key *low,
		    const struct vexfs_key *high);
	int (*gap)(void *context, const struct vexfs_ptr *ptr, const struct vexfs_key *low,
		   const struct vexfs_key *high);
	void (*disorder)(void *context);
	void *context;
};

int vexfs_repair_walk(struct vexfs_io *io, const struct vexfs_ptr *root,
		      const struct vexfs_key *low, const struct vexfs_key *high,
		      const struct vexfs_repair_visitor *visitor);

extern const struct vexfs_key vexfs_key_lowest, vexfs_key_highest;

/* ---- trees as a whole (repair_tree.c) ---- */

/** vexfs_repair_tree_judge() - whether a tree has to be built anew. Return: 0, -ENOMEM. */
int vexfs_repair_tree_judge(struct vexfs_repair *repair, const struct vexfs_ptr *root,
			    bool *is_damaged, bool *has_gap);
/** vexfs_repair_strays_find() - fills repair->strays; the map is as it was found. */
int vexfs_repair_strays_find(struct vexfs_repair *repair);
/** vexfs_repair_tree_rebuild() - repair->subvol, of what can be read; @items: how many. */
int vexfs_repair_tree_rebuild(struct vexfs_repair *repair, u64 *items);

/* ---- items (repair_item.c) ---- */

/** vexfs_repair_item_is_sane() - whether an item of a file tree can stand by itself. */
bool vexfs_repair_item_is_sane(const struct vexfs_super *super, const struct vexfs_key *key,
			       const void *data, u32 bytes);

/** vexfs_repair_change() - before a change of repair->tree: closes the cursor, makes room. */
int vexfs_repair_change(struct vexfs_repair *repair);
int vexfs_repair_item_remove(struct vexfs_repair *repair, const struct vexfs_key *key);

/**
 * vexfs_repair_each() - shows every item of repair->tree, in order and copied to repair->item, to
 * @visit, which may change the tree. Items that it inserts ahead are shown too.
 */
int vexfs_repair_each(struct vexfs_repair *repair, int (*visit)(struct vexfs_repair *repair));

/** vexfs_repair_inodes() - every object has an inode, of sound extents and attributes. */
int vexfs_repair_inodes(struct vexfs_repair *repair);
/** vexfs_repair_totals() - link counts, sizes, block counts, orphan items, sums of the tree. */
int vexfs_repair_totals(struct vexfs_repair *repair);

/* ---- names (repair_name.c) ---- */

/** vexfs_repair_names() - entries and back references agree; what has no name gets one. */
int vexfs_repair_names(struct vexfs_repair *repair);

#define VEXFS_REPAIR_NUMBER_BYTES	21u
/** vexfs_repair_number_name() - "#" and the number, for what has no name of its own. */
struct vexfs_name vexfs_repair_number_name(u64 number, char *out);

/* ---- the root tree (repair_root.c) ---- */

/**
 * vexfs_repair_root_judge() - @is_disordered: there are keys that a lookup does not find where they
 * are. Return: 0, -ENOMEM, -EUCLEAN (not all of it can be read, or there is no live tree in it).
 */
int vexfs_repair_root_judge(struct vexfs_io *io, const struct vexfs_ptr *root,
			    bool *is_disordered);
/** vexfs_repair_root_rebuild() - the same items in order; the first of two with one key. */
int vexfs_repair_root_rebuild(struct vexfs_repair *repair);
/** vexfs_repair_root_items() - items of the root tree; dead subtrees are left to the recount. */
int vexfs_repair_root_items(struct vexfs_repair *repair);
/** vexfs_repair_root_names() - snapshots are found by their names, of which each has its own. */
int vexfs_repair_root_names(struct vexfs_repair *repair);
/** vexfs_repair_next_tree() - id of the first tree above @after, 0 when there is none. */
int vexfs_repair_next_tree(struct vexfs_repair *repair, u64 after, u64 *id);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * space/space.h - who refers to which block how often, and which blocks are free.
 *
 * The twin map: one 16-bit count per block, in count pages under index pages of zones and regions,
 * under the roots in the superblock. Snapshots, clones and reflinks are all just another reference.
 *
 * Invariants:
 *  1. A block whose count falls to 0 is pinned: not given out before the transaction that freed it
 *     is on disk. So nothing that the last committed state refers to is ever overwritten, and a
 *     block is written at most once per generation.
 *  2. free_* of a page count blocks with count 0, avail_* those of them that can be given out:
 *     neither pinned nor reserved.
 *  3. A reserved block has count 0 on disk and in memory: if its writer does not come back, nothing
 *     was lost.
 *  4. A page is changed in memory only; the twin that the last superblock names stays as it is.
 *
 * Locking: the volume's writer lock is held in every function but vexfs_space_write(). On disk:
 * FORMAT.md, "Twin map".
 */
#ifndef VEXFS_SPACE_SPACE_H
#define VEXFS_SPACE_SPACE_H

#include "io/io.h"

#define VEXFS_MAP_PAGE_WORDS	(VEXFS_MAP_PAGE_COUNTS / 64)

struct vexfs_count_page {
	u64 index;			/* of the page in the volume */
	struct vexfs_count_page *dirty_next, *writing_next;
	bool dirty, writing;
	u32 free_blocks, free_quads;
	u32 avail_blocks, avail_quads;
	u32 reserved_blocks;
	struct vexfs_le16 *counts;	/* VEXFS_MAP_PAGE_COUNTS, as on disk */
	/* A bit per block. */
	u64 avail[VEXFS_MAP_PAGE_WORDS];
	u64 pinned[VEXFS_MAP_PAGE_WORDS];	/* freed by the running transaction */
	u64 settling[VEXFS_MAP_PAGE_WORDS];	/* freed by the one that is being written */
	u64 stale[VEXFS_MAP_PAGE_WORDS];	/* available, and not discarded */
	u32 stale_blocks;
	bool in_stale_list;
	struct vexfs_count_page *stale_next;
};

/* Blocks that one call of vexfs_space_free_take() holds at most. */
#define VEXFS_SPACE_FREE_TAKE_MAX	1024u

struct vexfs_space_run {
	u64 block;
	u32 blocks;
};

/** struct vexfs_map_write - a page as a commit writes it. */
struct vexfs_map_write {
	struct vexfs_map_write *next;
	u64 block;
	u8 *bytes;
};

struct vexfs_zone {
	u64 index;
	struct vexfs_zone *dirty_next;
	bool dirty;
	struct vexfs_disk_map_entry entries[VEXFS_MAP_FANOUT];
	struct vexfs_count_page *pages[VEXFS_MAP_FANOUT];
};

struct vexfs_region {
	u64 index;
	struct vexfs_region *dirty_next;
	bool dirty;
	struct vexfs_disk_map_entry entries[VEXFS_MAP_FANOUT];
	struct vexfs_zone *zones[VEXFS_MAP_FANOUT];
};

struct vexfs_space {
	struct vexfs_io *io;
	struct vexfs_disk_map_entry roots[VEXFS_MAP_ROOTS];
	struct vexfs_region *regions[VEXFS_MAP_ROOTS];
	struct vexfs_count_page *dirty_pages, *writing_pages;
	struct vexfs_count_page *stale_pages;
	u64 stale_blocks;
	bool discards;			/* the device is to be told */
	u64 free_blocks, free_quads;
	u64 avail_blocks, avail_quads;
	u64 reserve_quads;		/* kept for deleting on a full volume */
	u64 promised_blocks;		/* kept for data that hosts have taken in (promise.c) */
	u64 node_cursor, data_cursor;	/* blocks where the last search ended */
	u64 loaded_pages, loaded_pages_max;
	u64 page_hits, page_misses, page_evictions;
	bool damaged;			/* counts contradicted a tree: writing must stop */
};

/** vexfs_space_init() - from the map roots of io->super. Return: 0. */
int vexfs_space_init(struct vexfs_space *space, struct vexfs_io *io, u64 budget_bytes);
void vexfs_space_fini(struct vexfs_space *space);

/**
 * enum vexfs_space_use - who asks. NORMAL keeps the reserve, and the room that hosts were promised;
 * RELEASE may use both, because the caller is about to give space back, or was promised it;
 * PROMISED may use the reserve for nodes, but for what deleting needs, because the caller writes
 * where blocks are reserved for him.
 */
enum vexfs_space_use {
	VEXFS_SPACE_NORMAL,
	VEXFS_SPACE_RELEASE,
	VEXFS_SPACE_PROMISED,
};

/**
 * vexfs_space_alloc_node() - a quad, with count 1. Return: 0, -ENOSPC, -EIO, -EBADMSG, -EUCLEAN.
 */
int vexfs_space_alloc_node(struct vexfs_space *space, u64 *block);

/**
 * vexfs_space_reserve() - a run of up to @want blocks for data, at @hint if that is free (0 for
 * anywhere), so that they can be written before anything refers to them. @got may be less than
 * @want, never 0. Ends with claim or release. Return: 0, -ENOSPC, or as above.
 */
int vexfs_space_reserve(struct vexfs_space *space, enum vexfs_space_use use, u64 hint, u32 want,
			u64 *block, u32 *got);
/** vexfs_space_claim() - reserved blocks have one reference now. Cannot fail. */
void vexfs_space_claim(struct vexfs_space *space, u64 block, u32 count);
/** vexfs_space_release() - reserved blocks, perhaps written, are free after the next commit. */
void vexfs_space_release(struct vexfs_space *space, u64 block, u32 count);

/**
 * vexfs_space_promise() - keeps room for @blocks blocks of data, and the nodes that will point at
 * them, from NORMAL users. Return: whether there is as much.
 */
bool vexfs_space_promise(struct vexfs_space *space, u64 blocks);
void vexfs_space_unpromise(struct vexfs_space *space, u64 blocks);
/** vexfs_space_unpromised() - blocks that NORMAL users may still take. */
u64 vexfs_space_unpromised(const struct vexfs_space *space);

/** vexfs_space_take() - particular blocks, with count 1. Return: 0, -EUCLEAN (one is in use). */
int vexfs_space_take(struct vexfs_space *space, u64 block, u32 count);

/** vexfs_space_has_room() - whether @quads nodes can be allocated now by @use. */
bool vexfs_space_has_room(const struct vexfs_space *space, enum vexfs_space_use use, u64 quads);

/**
 * vexfs_space_prepare() - loads the map of [block, block + count) and checks that every block of it
 * is in use and can take @incs more references. After it inc and dec cannot fail.
 * Return: 0, -EUCLEAN (not allocated, fixed, or beyond the volume), -EMLINK (too many references).
 */
int vexfs_space_prepare(struct vexfs_space *space, u64 block, u32 count, u32 incs);
void vexfs_space_inc(struct vexfs_space *space, u64 block, u32 count);
void vexfs_space_dec(struct vexfs_space *space, u64 block, u32 count);

/** vexfs_space_refs() - the count of one block. Return: 0, -EUCLEAN and errors of reading. */
int vexfs_space_refs(struct vexfs_space *space, u64 block, u32 *refs);

/**
 * vexfs_space_freeze() - what changed, as it is now, to be written to the other twins; @roots are
 * for the superblock that makes them current. Nothing has changed when it fails. Return: 0,
 * -ENOMEM.
 */
int vexfs_space_freeze(struct vexfs_space *space, struct vexfs_map_write **writes,
		       struct vexfs_disk_map_entry roots[VEXFS_MAP_ROOTS]);
/** vexfs_space_write() - writes it; no lock is needed. */
int vexfs_space_write(struct vexfs_io *io, const struct vexfs_map_write *writes);
void vexfs_map_writes_free(struct vexfs_map_write *writes);

/** vexfs_space_committed() - what was frozen is current now: unpins. */
void vexfs_space_committed(struct vexfs_space *space);

/**
 * vexfs_space_stale_take() - runs of free blocks to be discarded, together at most @blocks_max;
 * nobody gets them until vexfs_space_stale_return(). Return: how many runs.
 */
u32 vexfs_space_stale_take(struct vexfs_space *space, struct vexfs_space_run *runs, u32 runs_max,
			   u32 blocks_max);
/**
 * vexfs_space_free_take() - the same with what is free in the map page of block *block, whether it
 * was discarded before or not: runs of at least @min_blocks there, as far as they lie below @end.
 * *block moves on to where the next call begins. @count: in: room in @runs; out: how many there
 * are. Return: 0, errors of reading the map.
 */
int vexfs_space_free_take(struct vexfs_space *space, u64 *block, u64 end, u32 min_blocks,
			  struct vexfs_space_run *runs, u32 *count);
void vexfs_space_stale_return(struct vexfs_space *space, const struct vexfs_space_run *runs,
			      u32 count);

/**
 * vexfs_space_grow() - the volume has @total_blocks now, which io->super says from here on.
 * Return: 0, errors of reading the map.
 */
int vexfs_space_grow(struct vexfs_space *space, u64 total_blocks);

/* Between space/ files. */
u32 vexfs_bits_count(u64 word);
void vexfs_space_mark_stale(struct vexfs_space *space, struct vexfs_count_page *page);
/* Available blocks that nobody may have for a while, and the end of that. */
void vexfs_space_hold(struct vexfs_space *space, struct vexfs_count_page *page, u32 at, u32 count);
void vexfs_space_unhold(struct vexfs_space *space, u64 block, u32 count);
int vexfs_space_region(struct vexfs_space *space, u64 index, struct vexfs_region **out);
int vexfs_space_zone(struct vexfs_space *space, u64 index, struct vexfs_zone **out);
int vexfs_space_page(struct vexfs_space *space, u64 index, struct vexfs_count_page **out);
void vexfs_space_tally_avail(struct vexfs_count_page *page);
void vexfs_space_mark_dirty(struct vexfs_space *space, struct vexfs_count_page *page);
void vexfs_space_trim(struct vexfs_space *space);
/* The totals of a page from its counts; the counts of a page that was never written. */
void vexfs_space_page_tally(struct vexfs_count_page *page);
void vexfs_space_page_fresh(struct vexfs_space *space, struct vexfs_count_page *page);

/* ---- repair (rebuild.c) ---- */

/**
 * vexfs_space_rebuild_page() - makes the map say @counts (NULL: nothing is used) for page @index,
 * whatever is on disk there; with @keep_more a count that is higher on disk stays. Nothing is
 * pinned or reserved yet, and vexfs_space_rebuild_totals() is called after the last page.
 * @changed: set when anything was different; else untouched. Return: 0, -ENOMEM.
 */
int vexfs_space_rebuild_page(struct vexfs_space *space, u64 index, const u16 *counts,
			     bool keep_more, bool *changed);
void vexfs_space_rebuild_totals(struct vexfs_space *space);

/**
 * vexfs_space_rebuild_zone() - makes the zone's index page readable, as if nothing were below it
 * when it is not; @is_lost tells. Return: 0, -ENOMEM.
 */
int vexfs_space_rebuild_zone(struct vexfs_space *space, u64 index, struct vexfs_zone **out,
			     bool *is_lost);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Finding free blocks, and changing counts.
 *
 * Nodes take quads, data takes runs. When only the reserve is left in quads, data of normal writers
 * gets the odd blocks between quads and no more, so that nodes for deleting can always be had.
 */
#include "space/space.h"

#include <vexfs/errors.h>

#define PAGE_QUADS	(VEXFS_MAP_PAGE_COUNTS / VEXFS_QUAD_BLOCKS)

/*
 * A page is good enough for data when it has a run of this length, or the whole of what is wanted.
 */
#define GOOD_RUN_BLOCKS	64u

/* Pages with free blocks that are looked at for a better run before the best one is taken. */
#define RUN_SEARCH_PAGES	8u

static u32 count_at(const struct vexfs_count_page *page, u32 at)
{
	return vexfs_get16(page->counts[at]);
}

static bool is_available(const struct vexfs_count_page *page, u32 at)
{
	return !count_at(page, at) && !(page->pinned[at / 8] & 1u << at % 8);
}

static bool quad_is_free(const struct vexfs_count_page *page, u32 quad)
{
	u32 i, at = quad * VEXFS_QUAD_BLOCKS;

	for (i = 0; i < VEXFS_QUAD_BLOCKS; i++) {
		if (count_at(page, at + i))
			return false;
	}
	return true;
}

static bool quad_is_available(const struct vexfs_count_page *page, u32 quad)
{
	u32 i, at = quad * VEXFS_QUAD_BLOCKS;

	for (i = 0; i < VEXFS_QUAD_BLOCKS; i++) {
		if (!is_available(page, at + i))
			return false;
	}
	return true;
}

/* Changes one count and keeps the totals of page and space; a count that falls to 0 is pinned. */
static void count_set(struct vexfs_space *space, struct vexfs_count_page *page, u32 at, u32 count)
{
	u32 quad = at / VEXFS_QUAD_BLOCKS;
	bool was_free = !count_at(page, at), quad_was_free = quad_is_free(page, quad);
	bool was_avail = is_available(page, at), quad_was_avail = quad_is_available(page, quad);
	s32 free_quads, avail_blocks, avail_quads;

	page->counts[at] = vexfs_put16((u16)count);
	if (!count)
		page->pinned[at / 8] |= (u8)(1u << at % 8);
	free_quads = (s32)quad_is_free(page, quad) - (s32)quad_was_free;
	avail_blocks = (s32)is_available(page, at) - (s32)was_avail;
	avail_quads = (s32)quad_is_available(page, quad) - (s32)quad_was_avail;

	page->free_blocks += (u32)((s32)!count - (s32)was_free);
	page->free_quads += (u32)free_quads;
	page->avail_blocks += (u32)avail_blocks;
	page->avail_quads += (u32)avail_quads;
	space->free_blocks += (u64)(s64)((s32)!count - (s32)was_free);
	space->free_quads += (u64)(s64)free_quads;
	space->avail_blocks += (u64)(s64)avail_blocks;
	space->avail_quads += (u64)(s64)avail_quads;
	vexfs_space_mark_dirty(space, page);
}

bool vexfs_space_has_room(const struct vexfs_space *space, enum vexfs_space_use use, u64 quads)
{
	return space->avail_quads >= quads + (use == VEXFS_SPACE_NORMAL ? space->reserve_quads : 0);
}

/* ---- search ---- */

struct run {
	u64 block;
	u32 blocks;
};

/*
 * Steps through the pages of the volume once, from @cursor on and around, and stops at those which
 * may have what is wanted: whole quads, or any free block.
 */
static int next_page(struct vexfs_space *space, u64 *cursor, u64 *left, bool quads,
		     struct vexfs_count_page **out)
{
	u64 pages = (space->io->super.total_blocks + VEXFS_MAP_PAGE_COUNTS - 1) /
		    VEXFS_MAP_PAGE_COUNTS;

	while (*left) {
		u64 index = *cursor % pages;
		struct vexfs_count_page *page;
		struct vexfs_zone *zone;
		const struct vexfs_disk_map_entry *entry;
		int err = vexfs_space_zone(space, index / VEXFS_MAP_FANOUT, &zone);

		if (err)
			return err;
		*cursor = index + 1;
		(*left)--;
		entry = &zone->entries[index % VEXFS_MAP_FANOUT];
		page = zone->pages[index % VEXFS_MAP_FANOUT];
		if (!page && (vexfs_get32(entry->flags) & VEXFS_MAP_PRESENT) &&
		    !vexfs_get32(quads ? entry->free_quads : entry->free_blocks))
			continue;
		err = vexfs_space_page(space, index, &page);
		if (err)
			return err;
		if (quads ? !page->avail_quads : !page->avail_blocks)
			continue;
		*out = page;
		return 0;
	}
	return VEXFS_ERR(ENOSPC);
}

static u64 pages_of(const struct vexfs_space *space)
{
	return space->io->super.total_blocks / VEXFS_MAP_PAGE_COUNTS + 1;
}

int vexfs_space_alloc_node(struct vexfs_space *space, u64 *block)
{
	u64 cursor = space->node_cursor, left = pages_of(space);
	struct vexfs_count_page *page = NULL;
	u32 quad, i;
	int err;

	if (!space->avail_quads)
		return VEXFS_ERR(ENOSPC);
	err = next_page(space, &cursor, &left, true, &page);
	if (err)
		return err;
	for (quad = 0; quad < PAGE_QUADS && !quad_is_available(page, quad);)
		quad++;
	VEXFS_ASSERT(quad < PAGE_QUADS);
	for (i = 0; i < VEXFS_QUAD_BLOCKS; i++)
		count_set(space, page, quad * VEXFS_QUAD_BLOCKS + i, 1);
	space->node_cursor = page->index;
	*block = page->index * VEXFS_MAP_PAGE_COUNTS + (u64)quad * VEXFS_QUAD_BLOCKS;
	return 0;
}

/* The first run of @page from @at on that is long enough, else its longest. */
static struct run run_in_page(const struct vexfs_count_page *page, u32 at, u32 good, bool odd_only)
{
	struct run best = { 0, 0 };
	u32 length = 0;

	for (; at < VEXFS_MAP_PAGE_COUNTS; at++) {
		bool usable = is_available(page, at) &&
			      !(odd_only && quad_is_available(page, at / VEXFS_QUAD_BLOCKS));

		length = usable ? length + 1 : 0;
		if (length > best.blocks) {
			best.blocks = length;
			best.block = page->index * VEXFS_MAP_PAGE_COUNTS + at + 1 - length;
			if (length >= good)
				break;
		}
	}
	return best;
}

static int run_search(struct vexfs_space *space, u32 want, bool odd_only, struct run *out)
{
	u64 cursor = space->data_cursor, left = pages_of(space);
	u32 good = want < GOOD_RUN_BLOCKS ? want : GOOD_RUN_BLOCKS, looked = 0;
	struct run best = { 0, 0 };

	while (best.blocks < good && looked < RUN_SEARCH_PAGES) {
		struct vexfs_count_page *page;
		struct run run;
		int err = next_page(space, &cursor, &left, false, &page);

		if (err == -ENOSPC && best.blocks)
			break;
		if (err)
			return err;
		run = run_in_page(page, 0, want, odd_only);
		if (run.blocks > best.blocks)
			best = run;
		/*
		 * A page may have nothing but quads that must be kept; it does not count as seen.
		 */
		looked += run.blocks ? 1 : 0;
	}
	*out = best;
	return 0;
}

/* The run that begins at @hint, which may be short or empty. */
static int run_at_hint(struct vexfs_space *space, u64 hint, bool odd_only, struct run *out)
{
	struct vexfs_count_page *page;
	struct run run = { hint, 0 };
	u32 at = (u32)(hint % VEXFS_MAP_PAGE_COUNTS);
	int err;

	*out = run;
	if (!hint || odd_only || hint >= space->io->super.total_blocks)
		return 0;
	err = vexfs_space_page(space, hint / VEXFS_MAP_PAGE_COUNTS, &page);
	if (err)
		return err;
	while (at < VEXFS_MAP_PAGE_COUNTS && is_available(page, at)) {
		at++;
		run.blocks++;
	}
	*out = run;
	return 0;
}

static u32 data_limit(const struct vexfs_space *space, enum vexfs_space_use use, bool *odd_only)
{
	u64 quads = space->avail_quads, keep = use == VEXFS_SPACE_NORMAL ? space->reserve_quads : 0;
	u64 odd = space->avail_blocks - quads * VEXFS_QUAD_BLOCKS;

	*odd_only = quads <= keep;
	if (*odd_only)
		return odd > VEXFS_EXTENT_MAX_BLOCKS ? VEXFS_EXTENT_MAX_BLOCKS : (u32)odd;
	quads = (quads - keep) * VEXFS_QUAD_BLOCKS;
	return quads > VEXFS_EXTENT_MAX_BLOCKS ? VEXFS_EXTENT_MAX_BLOCKS : (u32)quads;
}

int vexfs_space_alloc_data(struct vexfs_space *space, enum vexfs_space_use use, u64 hint, u32 want,
			   u64 *block, u32 *got)
{
	bool odd_only;
	u32 i, limit = data_limit(space, use, &odd_only);
	struct vexfs_count_page *page;
	struct run run;
	int err;

	VEXFS_ASSERT(want && want <= VEXFS_EXTENT_MAX_BLOCKS);
	if (!limit)
		return VEXFS_ERR(ENOSPC);
	err = run_at_hint(space, hint, odd_only, &run);
	if (!err && !run.blocks)
		err = run_search(space, want, odd_only, &run);
	if (err)
		return err;
	if (!run.blocks)
		return VEXFS_ERR(ENOSPC);
	if (run.blocks > want)
		run.blocks = want;
	if (run.blocks > limit)
		run.blocks = limit;
	err = vexfs_space_page(space, run.block / VEXFS_MAP_PAGE_COUNTS, &page);
	if (err)
		return err;
	for (i = 0; i < run.blocks; i++)
		count_set(space, page, (u32)(run.block % VEXFS_MAP_PAGE_COUNTS) + i, 1);
	space->data_cursor = page->index;
	*block = run.block;
	*got = run.blocks;
	return 0;
}

/* ---- references ---- */

int vexfs_space_refs(struct vexfs_space *space, u64 block, u32 *refs)
{
	struct vexfs_count_page *page;
	int err;

	if (block >= space->io->super.total_blocks)
		return VEXFS_ERR(EUCLEAN);
	err = vexfs_space_page(space, block / VEXFS_MAP_PAGE_COUNTS, &page);
	if (!err)
		*refs = count_at(page, (u32)(block % VEXFS_MAP_PAGE_COUNTS));
	return err;
}

int vexfs_space_prepare(struct vexfs_space *space, u64 block, u32 count, bool inc)
{
	u64 total = space->io->super.total_blocks, end = block + count;
	struct vexfs_count_page *page = NULL;
	int err;

	if (block >= total || count > total - block)
		return VEXFS_ERR(EUCLEAN);
	for (; block < end; block++) {
		u32 at = (u32)(block % VEXFS_MAP_PAGE_COUNTS), refs;

		if (!page || !at) {
			err = vexfs_space_page(space, block / VEXFS_MAP_PAGE_COUNTS, &page);
			if (err)
				return err;
		}
		refs = count_at(page, at);
		if (!refs || refs == VEXFS_REF_FIXED)
			return VEXFS_ERR(EUCLEAN);
		if (inc && refs == VEXFS_REF_MAX)
			return VEXFS_ERR(EMLINK);
	}
	return 0;
}

/* The page is in memory since vexfs_space_prepare(). */
static void change(struct vexfs_space *space, u64 block, u32 count, s32 by)
{
	struct vexfs_count_page *page = NULL;
	u64 end = block + count;

	for (; block < end; block++) {
		u32 at = (u32)(block % VEXFS_MAP_PAGE_COUNTS), refs;

		if (!page || !at) {
			int err = vexfs_space_page(space, block / VEXFS_MAP_PAGE_COUNTS, &page);

			VEXFS_ASSERT(!err);
		}
		refs = count_at(page, at);
		if (!refs || refs == VEXFS_REF_FIXED || (by > 0 && refs == VEXFS_REF_MAX)) {
			/* Two references in a damaged tree, where the map knows of one. */
			vexfs_port_warn("reference count contradicts a tree", block, refs);
			space->damaged = true;
			continue;
		}
		count_set(space, page, at, (u32)((s32)refs + by));
	}
}

void vexfs_space_inc(struct vexfs_space *space, u64 block, u32 count)
{
	change(space, block, count, 1);
}

void vexfs_space_dec(struct vexfs_space *space, u64 block, u32 count)
{
	change(space, block, count, -1);
}

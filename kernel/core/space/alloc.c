// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Finding free blocks, and changing counts.
 *
 * Nodes take quads, data takes runs. When only the reserve is left in quads, data of normal writers
 * gets the odd blocks between quads and no more, so that nodes for deleting can always be had.
 */
#include "space/space.h"

#include <vexfs/errors.h>

/*
 * A page is good enough for data when it has a run of this length, or the whole of what is wanted.
 */
#define GOOD_RUN_BLOCKS	64u

/*
 * What deleting finds whatever was promised: the nodes of an operation and of a commit. Below the
 * reserve by more than a write into reserved blocks needs.
 */
#define DELETING_QUADS	112u

/* Pages with free blocks that are looked at for a better run before the best one is taken. */
#define RUN_SEARCH_PAGES	8u

static u32 count_at(const struct vexfs_count_page *page, u32 at)
{
	return vexfs_get16(page->counts[at]);
}

static bool is_available(const struct vexfs_count_page *page, u32 at)
{
	return page->avail[at / 64] >> at % 64 & 1;
}

/* The four bits of @at's quad; 0xf when all of it is available. */
static u32 quad_bits(const struct vexfs_count_page *page, u32 at)
{
	at -= at % VEXFS_QUAD_BLOCKS;
	return (u32)(page->avail[at / 64] >> at % 64) & 0xf;
}

static bool quad_is_available(const struct vexfs_count_page *page, u32 at)
{
	return quad_bits(page, at) == 0xf;
}

static bool quad_is_free(const struct vexfs_count_page *page, u32 at)
{
	u64 counts;

	at -= at % VEXFS_QUAD_BLOCKS;
	memcpy(&counts, &page->counts[at], sizeof(counts));
	return !counts;
}

/* Gives a block out or takes it back, and keeps the totals. */
static void avail_set(struct vexfs_space *space, struct vexfs_count_page *page, u32 at, bool avail)
{
	u64 bit = 1ull << at % 64;

	if (is_available(page, at) == avail)
		return;
	if (!avail && quad_is_available(page, at)) {
		page->avail_quads--;
		space->avail_quads--;
	}
	page->avail[at / 64] ^= bit;
	if (page->stale[at / 64] & bit) {
		page->stale[at / 64] ^= bit;
		page->stale_blocks--;
		space->stale_blocks--;
	}
	if (avail && quad_is_available(page, at)) {
		page->avail_quads++;
		space->avail_quads++;
	}
	page->avail_blocks += avail ? 1u : ~0u;
	space->avail_blocks += avail ? 1u : ~0ull;
}

/* Changes one count and keeps the totals; a count that falls to 0 is pinned. */
static void count_set(struct vexfs_space *space, struct vexfs_count_page *page, u32 at, u32 count)
{
	bool was_free = !count_at(page, at), quad_was_free = quad_is_free(page, at);

	page->counts[at] = vexfs_put16((u16)count);
	if (was_free && count) {
		page->free_blocks--;
		space->free_blocks--;
		avail_set(space, page, at, false);
	} else if (!was_free && !count) {
		page->free_blocks++;
		space->free_blocks++;
		page->pinned[at / 64] |= 1ull << at % 64;
	}
	if (quad_was_free != quad_is_free(page, at)) {
		page->free_quads += quad_was_free ? ~0u : 1u;
		space->free_quads += quad_was_free ? ~0ull : 1u;
	}
	vexfs_space_mark_dirty(space, page);
}

/* Quads that @use leaves alone. */
static u64 quads_kept(const struct vexfs_space *space, enum vexfs_space_use use)
{
	switch (use) {
	case VEXFS_SPACE_RELEASE:
		return 0;
	case VEXFS_SPACE_PROMISED:
		return DELETING_QUADS;
	default:
		return space->reserve_quads;
	}
}

bool vexfs_space_has_room(const struct vexfs_space *space, enum vexfs_space_use use, u64 quads)
{
	if (space->avail_quads < quads + quads_kept(space, use))
		return false;
	return use != VEXFS_SPACE_NORMAL ||
	       vexfs_space_unpromised(space) >= quads * VEXFS_QUAD_BLOCKS;
}

/* ---- search ---- */

struct run {
	u64 block;
	u32 blocks;
};

/*
 * Steps through the pages of the volume, from the one with block @cursor on and around, and
 * stops at
 * those which may have what is wanted: whole quads, or any free block. @at is where in the page to
 * begin; the first page comes a second time, from its start, as the last.
 */
struct page_walk {
	u64 index, left;
	u32 at;
	bool quads;
};

static u64 pages_of(const struct vexfs_space *space)
{
	return (space->io->super.total_blocks + VEXFS_MAP_PAGE_COUNTS - 1) / VEXFS_MAP_PAGE_COUNTS;
}

static struct page_walk walk_from(const struct vexfs_space *space, u64 cursor, bool quads)
{
	u64 pages = pages_of(space);
	struct page_walk walk = { .index = cursor / VEXFS_MAP_PAGE_COUNTS % pages,
				  .left = pages + 1,
				  .at = (u32)(cursor % VEXFS_MAP_PAGE_COUNTS),
				  .quads = quads };

	return walk;
}

static int walk_next(struct vexfs_space *space, struct page_walk *walk,
		     struct vexfs_count_page **out, u32 *at)
{
	u64 pages = pages_of(space);

	while (walk->left) {
		u64 index = walk->index;
		struct vexfs_count_page *page;
		struct vexfs_zone *zone;
		const struct vexfs_disk_map_entry *entry;
		int err = vexfs_space_zone(space, index / VEXFS_MAP_FANOUT, &zone);

		if (err)
			return err;
		*at = walk->at;
		walk->at = 0;
		walk->index = (index + 1) % pages;
		walk->left--;
		entry = &zone->entries[index % VEXFS_MAP_FANOUT];
		page = zone->pages[index % VEXFS_MAP_FANOUT];
		if (!page && (vexfs_get32(entry->flags) & VEXFS_MAP_PRESENT) &&
		    !vexfs_get32(walk->quads ? entry->free_quads : entry->free_blocks))
			continue;
		err = vexfs_space_page(space, index, &page);
		if (err)
			return err;
		if (walk->quads ? !page->avail_quads : !page->avail_blocks)
			continue;
		*out = page;
		return 0;
	}
	return VEXFS_ERR(ENOSPC);
}

/* The first available quad of @page from @at on, or VEXFS_MAP_PAGE_COUNTS. */
static u32 quad_in_page(const struct vexfs_count_page *page, u32 at)
{
	at -= at % VEXFS_QUAD_BLOCKS;
	while (at < VEXFS_MAP_PAGE_COUNTS && !quad_is_available(page, at)) {
		if (!page->avail[at / 64])
			at += 64 - at % 64;
		else
			at += VEXFS_QUAD_BLOCKS;
	}
	return at;
}

int vexfs_space_alloc_node(struct vexfs_space *space, u64 *block)
{
	struct page_walk walk = walk_from(space, space->node_cursor, true);
	u32 at = VEXFS_MAP_PAGE_COUNTS, i;
	struct vexfs_count_page *page = NULL;
	int err = 0;

	if (!space->avail_quads)
		return VEXFS_ERR(ENOSPC);
	while (at == VEXFS_MAP_PAGE_COUNTS) {
		err = walk_next(space, &walk, &page, &at);
		if (err)
			return err;
		at = quad_in_page(page, at);
	}
	for (i = 0; i < VEXFS_QUAD_BLOCKS; i++)
		count_set(space, page, at + i, 1);
	*block = page->index * VEXFS_MAP_PAGE_COUNTS + at;
	space->node_cursor = *block + VEXFS_QUAD_BLOCKS;
	return 0;
}

/* The first run of @page from @at on that is long enough, else its longest. */
static struct run run_in_page(const struct vexfs_count_page *page, u32 at, u32 good, bool odd_only)
{
	struct run best = { 0, 0 };
	u32 length = 0;

	while (at < VEXFS_MAP_PAGE_COUNTS) {
		if (!(at % 64) && !page->avail[at / 64]) {
			length = 0;
			at += 64;
			continue;
		}
		if (is_available(page, at) && !(odd_only && quad_is_available(page, at)))
			length++;
		else
			length = 0;
		at++;
		if (length > best.blocks) {
			best.blocks = length;
			best.block = page->index * VEXFS_MAP_PAGE_COUNTS + at - length;
			if (length >= good)
				break;
		}
	}
	return best;
}

static int run_search(struct vexfs_space *space, u32 want, bool odd_only, struct run *out)
{
	struct page_walk walk = walk_from(space, space->data_cursor, false);
	u32 good = want < GOOD_RUN_BLOCKS ? want : GOOD_RUN_BLOCKS, looked = 0, at;
	struct run best = { 0, 0 };

	while (best.blocks < good && looked < RUN_SEARCH_PAGES) {
		struct vexfs_count_page *page;
		struct run run;
		int err = walk_next(space, &walk, &page, &at);

		if (err == -ENOSPC && best.blocks)
			break;
		if (err)
			return err;
		run = run_in_page(page, at, want, odd_only);
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
static int run_at_hint(struct vexfs_space *space, u64 hint, u32 want, bool odd_only,
		       struct run *out)
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
	while (at < VEXFS_MAP_PAGE_COUNTS && run.blocks < want && is_available(page, at)) {
		at++;
		run.blocks++;
	}
	*out = run;
	return 0;
}

static u32 data_limit(const struct vexfs_space *space, enum vexfs_space_use use, bool *odd_only)
{
	u64 quads = space->avail_quads, keep = quads_kept(space, use);
	u64 odd = space->avail_blocks - quads * VEXFS_QUAD_BLOCKS;

	*odd_only = quads <= keep;
	if (*odd_only)
		return odd > VEXFS_EXTENT_MAX_BLOCKS ? VEXFS_EXTENT_MAX_BLOCKS : (u32)odd;
	quads = (quads - keep) * VEXFS_QUAD_BLOCKS;
	return quads > VEXFS_EXTENT_MAX_BLOCKS ? VEXFS_EXTENT_MAX_BLOCKS : (u32)quads;
}

int vexfs_space_reserve(struct vexfs_space *space, enum vexfs_space_use use, u64 hint, u32 want,
			u64 *block, u32 *got)
{
	bool odd_only;
	u32 limit = data_limit(space, use, &odd_only);
	struct vexfs_count_page *page;
	struct run run;
	int err;

	if (use == VEXFS_SPACE_NORMAL && limit > vexfs_space_unpromised(space))
		limit = (u32)vexfs_space_unpromised(space);
	VEXFS_ASSERT(want && want <= VEXFS_EXTENT_MAX_BLOCKS);
	if (!limit)
		return VEXFS_ERR(ENOSPC);
	err = run_at_hint(space, hint, want, odd_only, &run);
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
	vexfs_space_hold(space, page, (u32)(run.block % VEXFS_MAP_PAGE_COUNTS), run.blocks);
	space->data_cursor = run.block + run.blocks;
	*block = run.block;
	*got = run.blocks;
	return 0;
}

void vexfs_space_hold(struct vexfs_space *space, struct vexfs_count_page *page, u32 at, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		avail_set(space, page, at + i, false);
	page->reserved_blocks += count;
}

/* Of a reserved run, which lies in one page, and that in memory. */
static struct vexfs_count_page *reserved_page(struct vexfs_space *space, u64 block, u32 count)
{
	struct vexfs_count_page *page;
	int err = vexfs_space_page(space, block / VEXFS_MAP_PAGE_COUNTS, &page);

	VEXFS_ASSERT(!err && page->reserved_blocks >= count);
	page->reserved_blocks -= count;
	return page;
}

void vexfs_space_claim(struct vexfs_space *space, u64 block, u32 count)
{
	struct vexfs_count_page *page = reserved_page(space, block, count);
	u32 i, at = (u32)(block % VEXFS_MAP_PAGE_COUNTS);

	for (i = 0; i < count; i++)
		count_set(space, page, at + i, 1);
}

void vexfs_space_release(struct vexfs_space *space, u64 block, u32 count)
{
	struct vexfs_count_page *page = reserved_page(space, block, count);
	u32 i, at = (u32)(block % VEXFS_MAP_PAGE_COUNTS);

	/* They may have been written, and that is done once per generation. */
	for (i = at; i < at + count; i++)
		page->pinned[i / 64] |= 1ull << i % 64;
	vexfs_space_mark_dirty(space, page);
}

void vexfs_space_unhold(struct vexfs_space *space, u64 block, u32 count)
{
	struct vexfs_count_page *page = reserved_page(space, block, count);
	u32 i, at = (u32)(block % VEXFS_MAP_PAGE_COUNTS);

	for (i = 0; i < count; i++)
		avail_set(space, page, at + i, true);
}

int vexfs_space_take(struct vexfs_space *space, u64 block, u32 count)
{
	u64 total = space->io->super.total_blocks, end = block + count;
	struct vexfs_count_page *page;

	if (block >= total || count > total - block)
		return VEXFS_ERR(EUCLEAN);
	for (; block < end; block++) {
		u32 at = (u32)(block % VEXFS_MAP_PAGE_COUNTS);
		int err = vexfs_space_page(space, block / VEXFS_MAP_PAGE_COUNTS, &page);

		if (err)
			return err;
		if (!is_available(page, at))
			return VEXFS_ERR(EUCLEAN);
		count_set(space, page, at, 1);
	}
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

int vexfs_space_prepare(struct vexfs_space *space, u64 block, u32 count, u32 incs)
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
		if (refs > VEXFS_REF_MAX - incs)
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

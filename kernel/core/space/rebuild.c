// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Writing the map anew from counts that were found by walking the trees, page by page, also where
 * what is on disk cannot be read. A page that was lost takes whichever twin is free by what its
 * parent still says; when the parent is lost too the volume was not usable anyway.
 */
#include "space/space.h"

#include <vexfs/errors.h>

static int region_make(struct vexfs_space *space, u64 index, bool *is_lost)
{
	struct vexfs_region *region;
	int err = vexfs_space_region(space, index, &region);

	if (!err || err == -ENOMEM)
		return err;
	region = vexfs_port_alloc(sizeof(*region));
	if (!region)
		return VEXFS_ERR(ENOMEM);
	region->index = index;
	space->regions[index] = region;
	*is_lost = true;
	return 0;
}

int vexfs_space_rebuild_zone(struct vexfs_space *space, u64 index, struct vexfs_zone **out,
			     bool *is_lost)
{
	u32 at = (u32)(index % VEXFS_REGION_ZONES);
	struct vexfs_zone *zone;
	int err;

	*is_lost = false;
	err = region_make(space, index / VEXFS_REGION_ZONES, is_lost);
	if (!err)
		err = vexfs_space_zone(space, index, out);
	if (!err || err == -ENOMEM)
		return err;
	zone = vexfs_port_alloc(sizeof(*zone));
	if (!zone)
		return VEXFS_ERR(ENOMEM);
	zone->index = index;
	space->regions[index / VEXFS_REGION_ZONES]->zones[at] = zone;
	*is_lost = true;
	*out = zone;
	return 0;
}

/* A page whose twin on disk is no good, as if nothing of it had been used. */
static int page_make(struct vexfs_space *space, u64 index, struct vexfs_count_page **out)
{
	struct vexfs_count_page *page = vexfs_port_alloc(sizeof(*page));
	struct vexfs_zone *zone;
	int err;

	if (!page)
		return VEXFS_ERR(ENOMEM);
	page->index = index;
	page->counts = vexfs_port_alloc(VEXFS_BLOCK_BYTES);
	err = page->counts ? 0 : VEXFS_ERR(ENOMEM);
	if (!err)
		err = vexfs_space_zone(space, index / VEXFS_MAP_FANOUT, &zone);
	if (err) {
		vexfs_port_free(page->counts);
		vexfs_port_free(page);
		return err;
	}
	vexfs_space_page_fresh(space, page);
	zone->pages[index % VEXFS_MAP_FANOUT] = page;
	space->loaded_pages++;
	vexfs_space_mark_dirty(space, page);
	*out = page;
	return 0;
}

int vexfs_space_rebuild_page(struct vexfs_space *space, u64 index, const u16 *counts,
			     bool keep_more, bool *changed)
{
	struct vexfs_count_page *page;
	struct vexfs_zone *zone;
	bool is_lost;
	u32 i;
	int err = vexfs_space_rebuild_zone(space, index / VEXFS_MAP_FANOUT, &zone, &is_lost);

	if (err)
		return err;
	err = vexfs_space_page(space, index, &page);
	if (err && err != -ENOMEM)
		err = page_make(space, index, &page);
	if (err)
		return err;
	for (i = 0; i < VEXFS_MAP_PAGE_COUNTS; i++) {
		u32 old = vexfs_get16(page->counts[i]), count = counts ? counts[i] : 0;

		if (old == VEXFS_REF_FIXED || old == count || (keep_more && old > count))
			continue;
		if (count > VEXFS_REF_MAX)
			count = VEXFS_REF_MAX;
		page->counts[i] = vexfs_put16((u16)count);
		vexfs_space_mark_dirty(space, page);
	}
	/* Its index pages are only written when a page below them is. */
	if (is_lost)
		vexfs_space_mark_dirty(space, page);
	if (page->dirty) {
		vexfs_space_page_tally(page);
		*changed = true;
	}
	return 0;
}

static void entry_add(struct vexfs_space *space, const struct vexfs_disk_map_entry *entry,
		      u64 start, u64 span)
{
	u64 fresh;

	if (vexfs_get32(entry->flags) & VEXFS_MAP_PRESENT) {
		space->free_blocks += vexfs_get32(entry->free_blocks);
		space->free_quads += vexfs_get32(entry->free_quads);
		return;
	}
	fresh = vexfs_fresh_blocks(&space->io->super, start, start + span);
	space->free_blocks += fresh;
	space->free_quads += fresh / VEXFS_QUAD_BLOCKS;
}

static void zone_add(struct vexfs_space *space, const struct vexfs_zone *zone)
{
	u64 start = zone->index * VEXFS_ZONE_BLOCKS;
	u32 i;

	for (i = 0; i < VEXFS_MAP_FANOUT; i++) {
		if (zone->pages[i]) {
			space->free_blocks += zone->pages[i]->free_blocks;
			space->free_quads += zone->pages[i]->free_quads;
		} else {
			entry_add(space, &zone->entries[i], start + i * VEXFS_MAP_PAGE_COUNTS,
				  VEXFS_MAP_PAGE_COUNTS);
		}
	}
}

void vexfs_space_rebuild_totals(struct vexfs_space *space)
{
	const u64 span = VEXFS_REGION_ZONES * VEXFS_ZONE_BLOCKS;
	u32 i, j;

	space->free_blocks = space->free_quads = 0;
	for (i = 0; i < VEXFS_MAP_ROOTS; i++) {
		const struct vexfs_region *region = space->regions[i];

		if (!region)
			entry_add(space, &space->roots[i], i * span, span);
		for (j = 0; region && j < VEXFS_REGION_ZONES; j++) {
			if (region->zones[j])
				zone_add(space, region->zones[j]);
			else
				entry_add(space, &region->entries[j],
					  i * span + j * VEXFS_ZONE_BLOCKS, VEXFS_ZONE_BLOCKS);
		}
	}
	space->avail_blocks = space->free_blocks;
	space->avail_quads = space->free_quads;
}

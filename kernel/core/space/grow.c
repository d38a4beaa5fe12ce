// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* A volume that gets longer: what marked its end becomes free, and so does what lies beyond. */
#include "space/space.h"

#include <vexfs/errors.h>

/* Blocks of the page in which the volume ended that have a fixed use no more. */
static u32 page_grow(struct vexfs_space *space, struct vexfs_count_page *page, u64 old_total)
{
	u64 start = page->index * VEXFS_MAP_PAGE_COUNTS;
	u32 i, freed = 0;

	for (i = 0; i < VEXFS_MAP_PAGE_COUNTS; i++) {
		if (vexfs_get16(page->counts[i]) != VEXFS_REF_FIXED ||
		    vexfs_block_is_fixed(&space->io->super, start + i))
			continue;
		page->counts[i] = vexfs_put16(0);
		freed++;
		/* The old ring is what the superblock on disk has until the commit. */
		if (start + i < old_total)
			page->pinned[i / 64] |= 1ull << i % 64;
		else
			page->avail[i / 64] |= 1ull << i % 64;
	}
	return freed;
}

int vexfs_space_grow(struct vexfs_space *space, u64 total_blocks)
{
	struct vexfs_super *super = &space->io->super;
	u64 old_total = super->total_blocks, index = (old_total - 1) / VEXFS_MAP_PAGE_COUNTS;
	struct vexfs_count_page *page;
	u64 fresh, reserve = total_blocks / VEXFS_QUAD_BLOCKS / 64;
	u32 freed, avail_blocks, avail_quads;
	int err = vexfs_space_page(space, index, &page);

	if (err)
		return err;
	super->total_blocks = total_blocks;
	avail_blocks = page->avail_blocks;
	avail_quads = page->avail_quads;
	freed = page_grow(space, page, old_total);
	vexfs_space_tally_avail(page);
	/* Fixed places begin and end at quads. */
	page->free_blocks += freed;
	page->free_quads += freed / VEXFS_QUAD_BLOCKS;
	fresh = vexfs_fresh_blocks(super, (index + 1) * VEXFS_MAP_PAGE_COUNTS, total_blocks);
	space->free_blocks += freed + fresh;
	space->free_quads += (freed + fresh) / VEXFS_QUAD_BLOCKS;
	space->avail_blocks += page->avail_blocks - avail_blocks + fresh;
	space->avail_quads += page->avail_quads - avail_quads + fresh / VEXFS_QUAD_BLOCKS;
	if (space->reserve_quads < reserve)
		space->reserve_quads = reserve > 8192 ? 8192 : reserve;
	/* Its index pages have sums that count on what lies beyond. */
	vexfs_space_mark_dirty(space, page);
	return 0;
}

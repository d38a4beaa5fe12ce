// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Which free blocks the device still keeps bytes for. A block gets its mark when the commit that
 * freed it is on disk, and loses it when it is given out again or discarded. Marks live in memory
 * only; what they do not know after a crash, or where the host does not want it, a trim of all the
 * volume finds.
 */
#include "space/space.h"

void vexfs_space_mark_stale(struct vexfs_space *space, struct vexfs_count_page *page)
{
	u32 i;

	space->stale_blocks -= page->stale_blocks;
	page->stale_blocks = 0;
	for (i = 0; i < VEXFS_MAP_PAGE_WORDS; i++) {
		page->stale[i] |= page->settling[i];
		page->stale_blocks += vexfs_bits_count(page->stale[i]);
	}
	space->stale_blocks += page->stale_blocks;
	if (page->stale_blocks && !page->in_stale_list) {
		page->in_stale_list = true;
		page->stale_next = space->stale_pages;
		space->stale_pages = page;
	}
}

/* The next run of stale blocks of @page from *at on that are still free. Return: its length. */
static u32 run_next(const struct vexfs_count_page *page, u32 *at, u32 most)
{
	u32 start = *at, length = 0;

	while (start < VEXFS_MAP_PAGE_COUNTS && !(page->stale[start / 64] >> start % 64 & 1))
		start += page->stale[start / 64] >> start % 64 ? 1 : 64 - start % 64;
	while (start + length < VEXFS_MAP_PAGE_COUNTS && length < most &&
	       page->stale[(start + length) / 64] >> (start + length) % 64 & 1)
		length++;
	*at = start;
	return length;
}

/* The first page of the list that has any; others leave the list. */
static struct vexfs_count_page *stale_page(struct vexfs_space *space)
{
	struct vexfs_count_page *page = space->stale_pages;

	while (page && !page->stale_blocks) {
		space->stale_pages = page->stale_next;
		page->stale_next = NULL;
		page->in_stale_list = false;
		page = space->stale_pages;
	}
	return page;
}

u32 vexfs_space_stale_take(struct vexfs_space *space, struct vexfs_space_run *runs, u32 runs_max,
			   u32 blocks_max)
{
	struct vexfs_count_page *page = stale_page(space);
	u32 count = 0, at = 0, length;

	while (page && count < runs_max && blocks_max) {
		length = run_next(page, &at, blocks_max);
		if (!length)
			break;
		runs[count].block = page->index * VEXFS_MAP_PAGE_COUNTS + at;
		runs[count++].blocks = length;
		vexfs_space_hold(space, page, at, length);
		blocks_max -= length;
		at += length;
	}
	return count;
}

static bool is_available(const struct vexfs_count_page *page, u32 at)
{
	return page->avail[at / 64] >> at % 64 & 1;
}

/* How long the run of available blocks is that @at is in, on both sides. */
static u32 run_around(const struct vexfs_count_page *page, u32 at)
{
	u32 from = at, to = at + 1;

	while (from && is_available(page, from - 1))
		from--;
	while (to < VEXFS_MAP_PAGE_COUNTS && is_available(page, to))
		to++;
	return to - from;
}

int vexfs_space_free_take(struct vexfs_space *space, u64 *block, u64 end, u32 min_blocks,
			  struct vexfs_space_run *runs, u32 *count)
{
	u64 start = *block - *block % VEXFS_MAP_PAGE_COUNTS;
	u32 at = (u32)(*block - start), most = VEXFS_SPACE_FREE_TAKE_MAX, got = 0;
	u32 to = end - start < VEXFS_MAP_PAGE_COUNTS ? (u32)(end - start) : VEXFS_MAP_PAGE_COUNTS;
	struct vexfs_count_page *page;
	int err = vexfs_space_page(space, start / VEXFS_MAP_PAGE_COUNTS, &page);

	if (err)
		return err;
	while (at < to && got < *count && most) {
		u32 length = 0;

		while (at + length < to && length < most && is_available(page, at + length))
			length++;
		if (length && run_around(page, at) >= min_blocks) {
			runs[got].block = start + at;
			runs[got++].blocks = length;
			most -= length;
		}
		at += length ? length : 1;
	}
	*block = start + at;
	*count = got;
	for (at = 0; at < got; at++)
		vexfs_space_hold(space, page, (u32)(runs[at].block - start), runs[at].blocks);
	return 0;
}

void vexfs_space_stale_return(struct vexfs_space *space, const struct vexfs_space_run *runs,
			      u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		vexfs_space_unhold(space, runs[i].block, runs[i].blocks);
}

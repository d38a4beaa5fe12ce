// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * The twin map's pages: loading them, writing their other twins, dropping them from memory.
 */
#include "space/space.h"

#include <vexfs/errors.h>

static u32 entry_free_blocks(const struct vexfs_disk_map_entry *entry)
{
	return vexfs_get32(entry->free_blocks);
}

static u32 entry_free_quads(const struct vexfs_disk_map_entry *entry)
{
	return vexfs_get32(entry->free_quads);
}

static u32 entry_flags(const struct vexfs_disk_map_entry *entry)
{
	return vexfs_get32(entry->flags);
}

static void entry_fill(struct vexfs_disk_map_entry *entry, const void *page, u64 blocks, u64 quads)
{
	bool flip = (entry_flags(entry) & VEXFS_MAP_PRESENT) &&
		    !(entry_flags(entry) & VEXFS_MAP_SLOT);

	entry->csum = vexfs_put32(vexfs_port_crc32c(0, page, VEXFS_BLOCK_BYTES));
	entry->free_blocks = vexfs_put32((u32)blocks);
	entry->free_quads = vexfs_put32((u32)quads);
	entry->flags = vexfs_put32(VEXFS_MAP_PRESENT | (flip ? VEXFS_MAP_SLOT : 0));
}

/* What lies below each entry of an index page, in blocks. */
static u64 entry_span(bool is_region)
{
	return is_region ? VEXFS_ZONE_BLOCKS : VEXFS_MAP_PAGE_COUNTS;
}

/* Adds up @count entries that cover the volume from block 0 or from where a page begins. */
static void sum_entries(const struct vexfs_space *space, const struct vexfs_disk_map_entry *entries,
			u32 count, u64 start, u64 span, u64 *blocks, u64 *quads)
{
	u32 i;

	*blocks = *quads = 0;
	for (i = 0; i < count; i++) {
		if (entry_flags(&entries[i]) & VEXFS_MAP_PRESENT) {
			*blocks += entry_free_blocks(&entries[i]);
			*quads += entry_free_quads(&entries[i]);
		} else {
			u64 fresh = vexfs_fresh_blocks(&space->io->super, start + i * span,
						       start + (i + 1) * span);

			*blocks += fresh;
			*quads += fresh / VEXFS_QUAD_BLOCKS;
		}
	}
}

static int page_read(struct vexfs_space *space, const struct vexfs_disk_map_entry *entry, u64 block,
		     void *out)
{
	int err = vexfs_io_read(space->io, block, 1, out);

	if (err)
		return err;
	if (vexfs_port_crc32c(0, out, VEXFS_BLOCK_BYTES) != vexfs_get32(entry->csum)) {
		vexfs_port_warn("map page does not match its checksum", block, 0);
		return VEXFS_ERR(EBADMSG);
	}
	return 0;
}

/* Reads an index page into @entries when there is one, and compares its sums with @entry's. */
static int index_page_load(struct vexfs_space *space, const struct vexfs_disk_map_entry *entry,
			   u64 block, u64 start, bool is_region,
			   struct vexfs_disk_map_entry *entries)
{
	u64 blocks, quads;
	int err;

	if (!(entry_flags(entry) & VEXFS_MAP_PRESENT))
		return 0;
	err = page_read(space, entry, block, entries);
	if (err)
		return err;
	sum_entries(space, entries, VEXFS_MAP_FANOUT, start, entry_span(is_region), &blocks,
		    &quads);
	if (blocks != entry_free_blocks(entry) || quads != entry_free_quads(entry))
		return VEXFS_ERR(EUCLEAN);
	return 0;
}

static u32 slot_of(const struct vexfs_disk_map_entry *entry)
{
	return entry_flags(entry) & VEXFS_MAP_SLOT ? 1 : 0;
}

int vexfs_space_region(struct vexfs_space *space, u64 index, struct vexfs_region **out)
{
	struct vexfs_region *region;
	const struct vexfs_disk_map_entry *entry = &space->roots[index];
	int err;

	VEXFS_ASSERT(index < VEXFS_MAP_ROOTS);
	if (!space->regions[index]) {
		region = vexfs_port_alloc(sizeof(*region));
		if (!region)
			return VEXFS_ERR(ENOMEM);
		region->index = index;
		err = index_page_load(space, entry, vexfs_region_page_block(index, slot_of(entry)),
				      index * VEXFS_REGION_ZONES * VEXFS_ZONE_BLOCKS, true,
				      region->entries);
		if (err) {
			vexfs_port_free(region);
			return err;
		}
		space->regions[index] = region;
	}
	*out = space->regions[index];
	return 0;
}

int vexfs_space_zone(struct vexfs_space *space, u64 index, struct vexfs_zone **out)
{
	struct vexfs_disk_map_entry *entry;
	struct vexfs_region *region;
	struct vexfs_zone *zone;
	u32 at = (u32)(index % VEXFS_REGION_ZONES);
	int err;

	err = vexfs_space_region(space, index / VEXFS_REGION_ZONES, &region);
	if (err)
		return err;
	if (!region->zones[at]) {
		entry = &region->entries[at];
		zone = vexfs_port_alloc(sizeof(*zone));
		if (!zone)
			return VEXFS_ERR(ENOMEM);
		zone->index = index;
		err = index_page_load(space, entry, vexfs_zone_page_block(index, slot_of(entry)),
				      index * VEXFS_ZONE_BLOCKS, false, zone->entries);
		if (err) {
			vexfs_port_free(zone);
			return err;
		}
		region->zones[at] = zone;
	}
	*out = region->zones[at];
	return 0;
}

static void count_page_free(struct vexfs_count_page *page)
{
	if (!page)
		return;
	vexfs_port_free(page->counts);
	vexfs_port_free(page);
}

/* One bit for each aligned four bits of @word that are all set. */
static u64 whole_quads(u64 word)
{
	word &= word >> 1;
	word &= word >> 2;
	return word & 0x1111111111111111ull;
}

u32 vexfs_bits_count(u64 word)
{
	u32 count = 0;

	for (; word; word &= word - 1)
		count++;
	return count;
}

void vexfs_space_tally_avail(struct vexfs_count_page *page)
{
	u32 i;

	page->avail_blocks = page->avail_quads = 0;
	for (i = 0; i < VEXFS_MAP_PAGE_WORDS; i++) {
		page->avail_blocks += vexfs_bits_count(page->avail[i]);
		page->avail_quads += vexfs_bits_count(whole_quads(page->avail[i]));
	}
}

void vexfs_space_page_tally(struct vexfs_count_page *page)
{
	u32 i;

	memset(page->avail, 0, sizeof(page->avail));
	for (i = 0; i < VEXFS_MAP_PAGE_COUNTS; i++) {
		if (!vexfs_get16(page->counts[i]))
			page->avail[i / 64] |= 1ull << i % 64;
	}
	vexfs_space_tally_avail(page);
	page->free_blocks = page->avail_blocks;
	page->free_quads = page->avail_quads;
}

void vexfs_space_page_fresh(struct vexfs_space *space, struct vexfs_count_page *page)
{
	u64 start = page->index * VEXFS_MAP_PAGE_COUNTS;
	u32 i;

	for (i = 0; i < VEXFS_MAP_PAGE_COUNTS; i++) {
		if (vexfs_block_is_fixed(&space->io->super, start + i))
			page->counts[i] = vexfs_put16(VEXFS_REF_FIXED);
	}
}

static int fixed_marks_check(struct vexfs_space *space, const struct vexfs_count_page *page)
{
	u64 start = page->index * VEXFS_MAP_PAGE_COUNTS;
	u32 i;

	for (i = 0; i < VEXFS_MAP_PAGE_COUNTS; i++) {
		bool fixed = vexfs_get16(page->counts[i]) == VEXFS_REF_FIXED;

		if (fixed != vexfs_block_is_fixed(&space->io->super, start + i))
			return VEXFS_ERR(EUCLEAN);
	}
	return 0;
}

static int count_page_load(struct vexfs_space *space, struct vexfs_zone *zone,
			   struct vexfs_count_page *page)
{
	const struct vexfs_disk_map_entry *entry = &zone->entries[page->index % VEXFS_MAP_FANOUT];
	int err;

	if (!(entry_flags(entry) & VEXFS_MAP_PRESENT)) {
		vexfs_space_page_fresh(space, page);
		vexfs_space_page_tally(page);
		return 0;
	}
	err = page_read(space, entry, vexfs_count_page_block(page->index, slot_of(entry)),
			page->counts);
	if (err)
		return err;
	vexfs_space_page_tally(page);
	if (page->free_blocks != entry_free_blocks(entry) ||
	    page->free_quads != entry_free_quads(entry))
		return VEXFS_ERR(EUCLEAN);
	return fixed_marks_check(space, page);
}

int vexfs_space_page(struct vexfs_space *space, u64 index, struct vexfs_count_page **out)
{
	u32 at = (u32)(index % VEXFS_MAP_FANOUT);
	struct vexfs_count_page *page;
	struct vexfs_zone *zone;
	int err;

	err = vexfs_space_zone(space, index / VEXFS_MAP_FANOUT, &zone);
	if (err)
		return err;
	if (zone->pages[at]) {
		space->page_hits++;
		*out = zone->pages[at];
		return 0;
	}
	space->page_misses++;
	page = vexfs_port_alloc(sizeof(*page));
	if (!page)
		return VEXFS_ERR(ENOMEM);
	page->index = index;
	page->counts = vexfs_port_alloc(VEXFS_BLOCK_BYTES);
	err = page->counts ? count_page_load(space, zone, page) : VEXFS_ERR(ENOMEM);
	if (err) {
		count_page_free(page);
		return err;
	}
	zone->pages[at] = page;
	space->loaded_pages++;
	*out = page;
	return 0;
}

void vexfs_space_mark_dirty(struct vexfs_space *space, struct vexfs_count_page *page)
{
	if (page->dirty)
		return;
	page->dirty = true;
	page->dirty_next = space->dirty_pages;
	space->dirty_pages = page;
}

/* ---- commit ---- */

/* What a commit has to write, gathered before anything of it changes. */
struct dirty_map {
	struct vexfs_zone *zones;
	struct vexfs_region *regions;
	struct vexfs_map_write *buffers;	/* one for each page of any kind */
};

void vexfs_map_writes_free(struct vexfs_map_write *writes)
{
	while (writes) {
		struct vexfs_map_write *write = writes;

		writes = write->next;
		vexfs_port_free(write->bytes);
		vexfs_port_free(write);
	}
}

static bool buffer_add(struct dirty_map *map)
{
	struct vexfs_map_write *write = vexfs_port_alloc(sizeof(*write));

	if (!write)
		return false;
	write->bytes = vexfs_port_alloc(VEXFS_BLOCK_BYTES);
	if (!write->bytes) {
		vexfs_port_free(write);
		return false;
	}
	write->next = map->buffers;
	map->buffers = write;
	return true;
}

static void dirty_map_forget(struct dirty_map *map)
{
	for (; map->zones; map->zones = map->zones->dirty_next)
		map->zones->dirty = false;
	for (; map->regions; map->regions = map->regions->dirty_next)
		map->regions->dirty = false;
}

/* The zone and region of @page, which are in memory because it is. */
static void parents_find(struct vexfs_space *space, const struct vexfs_count_page *page,
			 struct vexfs_zone **zone, struct vexfs_region **region)
{
	u64 index = page->index / VEXFS_MAP_FANOUT;

	*region = space->regions[index / VEXFS_REGION_ZONES];
	VEXFS_ASSERT(*region);
	*zone = (*region)->zones[index % VEXFS_REGION_ZONES];
	VEXFS_ASSERT(*zone);
}

static bool dirty_map_gather(struct vexfs_space *space, struct dirty_map *map)
{
	struct vexfs_count_page *page;
	bool ok = true;

	for (page = space->dirty_pages; page && ok; page = page->dirty_next) {
		struct vexfs_region *region;
		struct vexfs_zone *zone;

		parents_find(space, page, &zone, &region);
		ok = buffer_add(map);
		if (ok && !zone->dirty) {
			zone->dirty = true;
			zone->dirty_next = map->zones;
			map->zones = zone;
			ok = buffer_add(map);
		}
		if (ok && !region->dirty) {
			region->dirty = true;
			region->dirty_next = map->regions;
			map->regions = region;
			ok = buffer_add(map);
		}
	}
	return ok;
}

/* Takes a buffer for the page that @entry describes and moves it to @writes. */
static struct vexfs_map_write *buffer_fill(struct dirty_map *map, const void *bytes,
					   struct vexfs_map_write **writes)
{
	struct vexfs_map_write *write = map->buffers;

	VEXFS_ASSERT(write);
	map->buffers = write->next;
	memcpy(write->bytes, bytes, VEXFS_BLOCK_BYTES);
	write->next = *writes;
	*writes = write;
	return write;
}

static void pages_freeze(struct vexfs_space *space, struct dirty_map *map,
			 struct vexfs_map_write **writes)
{
	VEXFS_ASSERT(!space->writing_pages);
	while (space->dirty_pages) {
		struct vexfs_count_page *page = space->dirty_pages;
		struct vexfs_disk_map_entry *entry;
		struct vexfs_region *region;
		struct vexfs_zone *zone;

		parents_find(space, page, &zone, &region);
		entry = &zone->entries[page->index % VEXFS_MAP_FANOUT];
		entry_fill(entry, page->counts, page->free_blocks, page->free_quads);
		buffer_fill(map, page->counts, writes)->block =
			vexfs_count_page_block(page->index, slot_of(entry));
		memcpy(page->settling, page->pinned, sizeof(page->settling));
		memset(page->pinned, 0, sizeof(page->pinned));
		space->dirty_pages = page->dirty_next;
		page->dirty = false;
		page->dirty_next = NULL;
		page->writing = true;
		page->writing_next = space->writing_pages;
		space->writing_pages = page;
	}
}

static void zones_freeze(struct vexfs_space *space, struct dirty_map *map,
			 struct vexfs_map_write **writes)
{
	struct vexfs_zone *zone;
	u64 blocks, quads;

	for (zone = map->zones; zone; zone = zone->dirty_next) {
		struct vexfs_region *region = space->regions[zone->index / VEXFS_REGION_ZONES];
		struct vexfs_disk_map_entry *entry =
			&region->entries[zone->index % VEXFS_REGION_ZONES];

		sum_entries(space, zone->entries, VEXFS_MAP_FANOUT, zone->index * VEXFS_ZONE_BLOCKS,
			    entry_span(false), &blocks, &quads);
		entry_fill(entry, zone->entries, blocks, quads);
		buffer_fill(map, zone->entries, writes)->block =
			vexfs_zone_page_block(zone->index, slot_of(entry));
	}
}

static void regions_freeze(struct vexfs_space *space, struct dirty_map *map,
			   struct vexfs_map_write **writes)
{
	struct vexfs_region *region;
	u64 blocks, quads;

	for (region = map->regions; region; region = region->dirty_next) {
		struct vexfs_disk_map_entry *entry = &space->roots[region->index];

		sum_entries(space, region->entries, VEXFS_MAP_FANOUT,
			    region->index * VEXFS_REGION_ZONES * VEXFS_ZONE_BLOCKS,
			    entry_span(true), &blocks, &quads);
		entry_fill(entry, region->entries, blocks, quads);
		buffer_fill(map, region->entries, writes)->block =
			vexfs_region_page_block(region->index, slot_of(entry));
	}
}

int vexfs_space_freeze(struct vexfs_space *space, struct vexfs_map_write **writes,
		       struct vexfs_disk_map_entry roots[VEXFS_MAP_ROOTS])
{
	struct dirty_map map = { NULL, NULL, NULL };

	*writes = NULL;
	if (!dirty_map_gather(space, &map)) {
		dirty_map_forget(&map);
		vexfs_map_writes_free(map.buffers);
		return VEXFS_ERR(ENOMEM);
	}
	pages_freeze(space, &map, writes);
	zones_freeze(space, &map, writes);
	regions_freeze(space, &map, writes);
	dirty_map_forget(&map);
	memcpy(roots, space->roots, sizeof(space->roots));
	return 0;
}

int vexfs_space_write(struct vexfs_io *io, const struct vexfs_map_write *writes)
{
	struct vexfs_piece pieces[VEXFS_IO_PIECES_MAX];
	int err = 0;

	while (writes && !err) {
		u32 count = 0;

		for (; writes && count < VEXFS_IO_PIECES_MAX; writes = writes->next)
			pieces[count++] = (struct vexfs_piece){ writes->block, 1, writes->bytes };
		err = vexfs_io_write_pieces(io, pieces, count);
	}
	return err;
}

void vexfs_space_committed(struct vexfs_space *space)
{
	while (space->writing_pages) {
		struct vexfs_count_page *page = space->writing_pages;
		u32 i;

		space->writing_pages = page->writing_next;
		page->writing_next = NULL;
		page->writing = false;
		space->avail_blocks -= page->avail_blocks;
		space->avail_quads -= page->avail_quads;
		for (i = 0; i < VEXFS_MAP_PAGE_WORDS; i++)
			page->avail[i] |= page->settling[i];
		if (space->discards)
			vexfs_space_mark_stale(space, page);
		memset(page->settling, 0, sizeof(page->settling));
		vexfs_space_tally_avail(page);
		space->avail_blocks += page->avail_blocks;
		space->avail_quads += page->avail_quads;
	}
	vexfs_space_trim(space);
}

/* ---- memory ---- */

static void zone_trim(struct vexfs_space *space, struct vexfs_zone *zone, u64 keep)
{
	u32 i;

	for (i = 0; i < VEXFS_MAP_FANOUT && space->loaded_pages > keep; i++) {
		struct vexfs_count_page *page = zone->pages[i];

		if (!page || page->dirty || page->writing || page->reserved_blocks ||
		    page->in_stale_list)
			continue;
		count_page_free(page);
		zone->pages[i] = NULL;
		space->loaded_pages--;
		space->page_evictions++;
	}
}

void vexfs_space_trim(struct vexfs_space *space)
{
	u64 keep = space->loaded_pages_max / 2;
	u32 i, j;

	if (space->loaded_pages <= space->loaded_pages_max)
		return;
	for (i = 0; i < VEXFS_MAP_ROOTS; i++) {
		for (j = 0; space->regions[i] && j < VEXFS_REGION_ZONES; j++) {
			if (space->regions[i]->zones[j])
				zone_trim(space, space->regions[i]->zones[j], keep);
		}
	}
}

int vexfs_space_init(struct vexfs_space *space, struct vexfs_io *io, u64 budget_bytes)
{
	u64 span = (u64)VEXFS_REGION_ZONES * VEXFS_ZONE_BLOCKS, total = io->super.total_blocks;
	u64 reserve = total / VEXFS_QUAD_BLOCKS / 64;

	memset(space, 0, sizeof(*space));
	space->io = io;
	memcpy(space->roots, io->super.map_roots, sizeof(space->roots));
	sum_entries(space, space->roots, VEXFS_MAP_ROOTS, 0, span, &space->free_blocks,
		    &space->free_quads);
	space->avail_blocks = space->free_blocks;
	space->avail_quads = space->free_quads;
	space->reserve_quads = reserve < 192 ? 192 : reserve > 8192 ? 8192 : reserve;
	space->loaded_pages_max =
		budget_bytes / (VEXFS_BLOCK_BYTES + sizeof(struct vexfs_count_page));
	return 0;
}

void vexfs_space_fini(struct vexfs_space *space)
{
	u32 i, j, k;

	for (i = 0; i < VEXFS_MAP_ROOTS; i++) {
		struct vexfs_region *region = space->regions[i];

		for (j = 0; region && j < VEXFS_REGION_ZONES; j++) {
			struct vexfs_zone *zone = region->zones[j];

			for (k = 0; zone && k < VEXFS_MAP_FANOUT; k++)
				count_page_free(zone->pages[k]);
			vexfs_port_free(zone);
		}
		vexfs_port_free(region);
		space->regions[i] = NULL;
	}
}

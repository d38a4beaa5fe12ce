// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * The recount: every pointer of every tree is followed once, and counted each time it is met, which
 * gives the very numbers that the map must hold.
 */
#include <vexfs/errors.h>

#include "check/check.h"
#include "fs/fork.h"

/* Behind the counts of a page, a bit for each quad: a node there was read, and what it points to
 * was counted. */
#define PAGE_QUADS	(VEXFS_MAP_PAGE_COUNTS / VEXFS_QUAD_BLOCKS)
#define PAGE_BYTES	(VEXFS_MAP_PAGE_COUNTS * (u32)sizeof(u16) + PAGE_QUADS / 8)

static int counts_at(struct vexfs_checker *checker, u64 block, u16 **out)
{
	struct vexfs_recount_zone **zone = &checker->zones[vexfs_zone_of(block)];
	u32 page = (u32)(block / VEXFS_MAP_PAGE_COUNTS % VEXFS_MAP_FANOUT);

	if (!*zone)
		*zone = vexfs_port_alloc(sizeof(**zone));
	if (!*zone)
		return VEXFS_ERR(ENOMEM);
	if (!(*zone)->pages[page])
		(*zone)->pages[page] = vexfs_port_alloc(PAGE_BYTES);
	if (!(*zone)->pages[page])
		return VEXFS_ERR(ENOMEM);
	*out = (*zone)->pages[page] + block % VEXFS_MAP_PAGE_COUNTS;
	return 0;
}

/* Adds a reference to each block, unless they are beyond the volume. */
static int count_add(struct vexfs_checker *checker, u64 block, u32 count, bool *is_inside)
{
	u64 end = block + count;
	u16 *counts;
	int err;

	*is_inside = end >= block && end <= checker->txn->io.super.total_blocks;
	if (!*is_inside) {
		vexfs_checker_report(checker, (struct vexfs_finding){
						      .what = "pointer beyond the volume",
						      .block = block });
		return 0;
	}
	for (; block < end; block++) {
		err = counts_at(checker, block, &counts);
		if (err)
			return err;
		if (*counts < VEXFS_REF_FIXED)
			++*counts;
	}
	return 0;
}

/* The bit of the quad at @block, whose counts are there already. */
static u8 *entered_byte(struct vexfs_checker *checker, u64 block, u8 *bit)
{
	const struct vexfs_recount_zone *zone = checker->zones[vexfs_zone_of(block)];
	u16 *counts = zone->pages[block / VEXFS_MAP_PAGE_COUNTS % VEXFS_MAP_FANOUT];
	u32 quad = (u32)(block % VEXFS_MAP_PAGE_COUNTS) / VEXFS_QUAD_BLOCKS;

	*bit = (u8)(1u << quad % 8);
	return (u8 *)(counts + VEXFS_MAP_PAGE_COUNTS) + quad / 8;
}

static bool data_block_is_good(struct vexfs_checker *checker, u64 ino,
			     const struct vexfs_extent *extent, u32 index)
{
	struct vexfs_le32 stored;
	u32 crc;
	int err = vexfs_io_read(&checker->txn->io, extent->block + index, 1, checker->block);

	checker->result.data_blocks_read++;
	memcpy(&stored, extent->payload + (size_t)index * sizeof(stored), sizeof(stored));
	crc = err ? 0 : vexfs_port_crc32c(0, checker->block, VEXFS_BLOCK_BYTES);
	if (!err && crc == vexfs_get32(stored))
		return true;
	vexfs_checker_report(checker, (struct vexfs_finding){ .what = "data block checksum",
							      .ino = ino,
							      .block = extent->block + index,
							      .expected = vexfs_get32(stored),
							      .actual = crc,
							      .error = err });
	return false;
}

/*
 * The blocks of an extent that nothing referred to before, since others may have had a part of it;
 * of a frame also what it holds, each time.
 */
static int data_check(struct vexfs_checker *checker, u64 ino, const struct vexfs_extent *extent)
{
	u64 total = checker->txn->io.super.total_blocks;
	bool good = true;
	u16 *counts;
	u32 i;
	int err;

	if (extent->block >= total || extent->disk_blocks > total - extent->block)
		return 0;
	for (i = 0; i < extent->disk_blocks; i++) {
		err = counts_at(checker, extent->block + i, &counts);
		if (err)
			return err;
		if (!*counts)
			good = data_block_is_good(checker, ino, extent, i) && good;
	}
	if (!good || extent->kind != VEXFS_EXTENT_COMPRESSED)
		return 0;
	err = vexfs_fork_frame_check(checker->txn, extent);
	if (err && err != -ENOMEM)
		vexfs_checker_report(checker, (struct vexfs_finding){ .what = "compressed data",
								      .ino = ino,
								      .block = extent->block,
								      .error = err });
	return err == -ENOMEM ? err : 0;
}

static int extent_count(struct vexfs_checker *checker, const struct vexfs_key *key,
			const void *data, u32 bytes)
{
	struct vexfs_extent extent;
	bool is_inside;
	int err = vexfs_extent_decode(data, bytes, key->offset, &extent);

	if (err) {
		vexfs_checker_report(checker, (struct vexfs_finding){ .what = "extent item",
								      .ino = key->object,
								      .error = err });
		return 0;
	}
	checker->result.extents++;
	if (!extent.disk_blocks)
		return 0;
	if (checker->options->data && extent.csum_bytes)
		err = data_check(checker, key->object, &extent);
	if (!err)
		err = count_add(checker, extent.block, extent.disk_blocks, &is_inside);
	if (err)
		return err;
	checker->result.data_blocks += extent.disk_blocks;
	return 0;
}

static int leaf_count(struct vexfs_checker *checker, const void *node)
{
	u32 i, count = vexfs_node_count(node);
	int err = 0;

	for (i = 0; i < count && !err; i++) {
		struct vexfs_key key = vexfs_node_key(node, i);

		if (vexfs_key_is_extent(&key))
			err = extent_count(checker, &key, vexfs_node_data(node, i),
					   vexfs_node_data_bytes(node, i));
	}
	return err;
}

/*
 * Counts a pointer and loads its node if it was not met before; *out is NULL otherwise. A pointer
 * with a wrong checksum must not hide the node from the next one.
 */
static int node_enter(struct vexfs_checker *checker, const struct vexfs_ptr *ptr,
		      const struct vexfs_key *bound, struct vexfs_node **out)
{
	struct vexfs_key first;
	bool is_inside;
	u8 *entered, bit;
	int err = count_add(checker, ptr->block, VEXFS_NODE_BLOCKS, &is_inside);

	*out = NULL;
	if (err || !is_inside)
		return err;
	entered = entered_byte(checker, ptr->block, &bit);
	if (*entered & bit)
		return 0;
	err = vexfs_node_get(&checker->txn->io, ptr, out);
	if (err) {
		*out = NULL;
		vexfs_checker_report(checker, (struct vexfs_finding){ .what = "tree node",
								      .block = ptr->block,
								      .error = err });
		return err == -ENOMEM ? err : 0;
	}
	*entered |= bit;
	checker->result.nodes++;
	if (bound && vexfs_node_count((*out)->data)) {
		first = vexfs_node_key((*out)->data, 0);
		if (vexfs_key_compare(&first, bound) < 0)
			vexfs_checker_report(checker, (struct vexfs_finding){
							      .what = "order of keys",
							      .block = ptr->block });
	}
	return (*out)->level ? 0 : leaf_count(checker, (*out)->data);
}

/* Follows @ptr and all below; children of the first node before @first_child are left out. */
static int subtree_count(struct vexfs_checker *checker, const struct vexfs_ptr *ptr,
			 u32 first_child)
{
	struct vexfs_node *path[VEXFS_LEVEL_MAX] = { NULL }, *node;
	u32 index[VEXFS_LEVEL_MAX], level, top;
	int err = node_enter(checker, ptr, NULL, &node);

	if (err || !node)
		return err;
	level = top = node->level;
	path[level] = node;
	index[level] = first_child;
	while (!err) {
		if (!level || index[level] >= vexfs_node_count(path[level]->data)) {
			vexfs_node_put(&checker->txn->io, path[level]);
			path[level] = NULL;
			if (level == top)
				break;
			level++;
			continue;
		}
		{
			struct vexfs_key bound = vexfs_node_key(path[level]->data, index[level]);
			struct vexfs_ptr child;

			vexfs_node_child(path[level]->data, index[level]++, &child);
			err = node_enter(checker, &child, &bound, &node);
		}
		if (!err && node) {
			level--;
			path[level] = node;
			index[level] = 0;
		}
	}
	for (level = 0; level < VEXFS_LEVEL_MAX; level++)
		vexfs_node_put(&checker->txn->io, path[level]);
	return err;
}

/* What an item of the root tree points to. */
static int root_item_count(struct vexfs_checker *checker, const struct vexfs_cursor *cursor)
{
	struct vexfs_key key = vexfs_cursor_key(cursor);
	const u8 *data = vexfs_cursor_data(cursor);
	struct vexfs_disk_dead disk;
	struct vexfs_ptr ptr;
	u32 first_child = 0;

	if (key.type == VEXFS_ITEM_ROOT &&
	    vexfs_cursor_bytes(cursor) >= sizeof(struct vexfs_disk_root)) {
		memcpy(&disk.ptr, data + offsetof(struct vexfs_disk_root, ptr), sizeof(disk.ptr));
		checker->tree = key.object;
	} else if (key.type == VEXFS_ITEM_DEAD && vexfs_cursor_bytes(cursor) == sizeof(disk)) {
		memcpy(&disk, data, sizeof(disk));
		first_child = vexfs_get32(disk.next_child);
		checker->tree = 0;
	} else if (key.type == VEXFS_ITEM_ROOT_NAME) {
		return 0;
	} else {
		vexfs_checker_report(checker, (struct vexfs_finding){ .what = "root tree item",
								      .expected = key.type });
		return 0;
	}
	vexfs_ptr_decode(&disk.ptr, &ptr);
	return subtree_count(checker, &ptr, first_child);
}

int vexfs_recount(struct vexfs_checker *checker)
{
	struct vexfs_key lowest = { 0 };
	struct vexfs_cursor cursor;
	int err = subtree_count(checker, &checker->txn->root_tree.root, 0);

	if (err)
		return err;
	err = vexfs_cursor_open(&cursor, &checker->txn->root_tree, &lowest);
	while (!err && !cursor.at_end) {
		err = root_item_count(checker, &cursor);
		if (!err)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	checker->tree = 0;
	if (err && err != -ENOMEM) {
		vexfs_checker_report(checker, (struct vexfs_finding){ .what = "root tree",
								      .error = err });
		err = 0;
	}
	return err;
}

/* ---- against the map ---- */

static void page_compare(struct vexfs_checker *checker, const struct vexfs_count_page *page,
			 const u16 *counts)
{
	u64 start = page->index * VEXFS_MAP_PAGE_COUNTS;
	u32 i;

	for (i = 0; i < VEXFS_MAP_PAGE_COUNTS; i++) {
		u32 actual = vexfs_get16(page->counts[i]), expected = counts ? counts[i] : 0;

		if (actual == VEXFS_REF_FIXED && !expected)
			continue;
		checker->result.used_blocks += expected != 0;
		if (expected != actual)
			vexfs_checker_report(checker, (struct vexfs_finding){
							      .what = "reference count",
							      .block = start + i,
							      .expected = expected,
							      .actual = actual });
	}
}

static void map_page_report(struct vexfs_checker *checker, u64 block, int error)
{
	vexfs_checker_report(checker, (struct vexfs_finding){ .what = "map page",
							      .block = block,
							      .error = error });
}

static int zone_compare(struct vexfs_checker *checker, u64 index)
{
	struct vexfs_space *space = &checker->txn->space;
	struct vexfs_recount_zone *found = checker->zones[index];
	u64 pages = (space->io->super.total_blocks + VEXFS_MAP_PAGE_COUNTS - 1) /
		    VEXFS_MAP_PAGE_COUNTS;
	struct vexfs_zone *zone;
	u32 i;
	int err = vexfs_space_zone(space, index, &zone);

	for (i = 0; !err && i < VEXFS_MAP_FANOUT; i++) {
		struct vexfs_count_page *page;
		u64 at = index * VEXFS_MAP_FANOUT + i;

		if (at >= pages)
			break;
		if (!(vexfs_get32(zone->entries[i].flags) & VEXFS_MAP_PRESENT) &&
		    !(found && found->pages[i]))
			continue;
		err = vexfs_space_page(space, at, &page);
		if (!err)
			page_compare(checker, page, found ? found->pages[i] : NULL);
		else if (err != -ENOMEM)
			map_page_report(checker, vexfs_count_page_block(at, 0), err);
		err = err == -ENOMEM ? err : 0;
	}
	if (err && err != -ENOMEM) {
		map_page_report(checker, vexfs_zone_page_block(index, 0), err);
		err = 0;
	}
	vexfs_space_trim(space);
	return err;
}

int vexfs_recount_compare(struct vexfs_checker *checker)
{
	u64 zone;
	int err = 0;

	for (zone = 0; zone < checker->zone_count && !err; zone++) {
		const struct vexfs_disk_map_entry *root =
			&checker->txn->space.roots[zone / VEXFS_REGION_ZONES];

		/* Large sparse volumes: most regions were never touched. */
		if (!(vexfs_get32(root->flags) & VEXFS_MAP_PRESENT) && !checker->zones[zone])
			continue;
		err = zone_compare(checker, zone);
	}
	return err;
}

void vexfs_recount_free(struct vexfs_checker *checker)
{
	u64 zone;
	u32 page;

	for (zone = 0; zone < checker->zone_count; zone++) {
		for (page = 0; checker->zones[zone] && page < VEXFS_MAP_FANOUT; page++)
			vexfs_port_free(checker->zones[zone]->pages[page]);
		vexfs_port_free(checker->zones[zone]);
	}
	vexfs_port_free(checker->zones);
	checker->zones = NULL;
}

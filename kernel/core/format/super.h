/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * format/super.h - superblocks and the geometry that follows from the size of a volume.
 *
 * Pure functions. On disk: kernel/FORMAT.md, "Superblocks" and "Layout".
 */
#ifndef VEXFS_FORMAT_SUPER_H
#define VEXFS_FORMAT_SUPER_H

#include <vexfs/format.h>

/** struct vexfs_ptr - a checksummed pointer to a tree node, decoded. */
struct vexfs_ptr {
	u64 block;
	u64 birth;
	u8 csum[VEXFS_CSUM_BYTES];
	u8 level;
};

/** struct vexfs_super - a superblock, decoded; map roots stay in disk form. */
struct vexfs_super {
	u8 uuid[16];		/* what the volume is known by */
	u8 node_uuid[16];	/* what it was when it was made: nodes and the log carry it */
	u64 compat, ro_compat, incompat;
	u64 sequence;
	u64 generation, generation_limit, live_generation;
	u64 total_blocks;
	u64 log_block;
	u32 log_blocks;
	u64 log_sequence;
	u64 next_tree_id, next_dead_id;
	u64 created_ns;
	u8 hash_seed[16];
	u32 compress_level;
	struct vexfs_ptr root_tree;
	u8 label[256];
	struct vexfs_disk_map_entry map_roots[VEXFS_MAP_ROOTS];
};

void vexfs_ptr_decode(const struct vexfs_disk_ptr *disk, struct vexfs_ptr *out);
void vexfs_ptr_encode(const struct vexfs_ptr *ptr, struct vexfs_disk_ptr *out);

/** vexfs_csum() - the checksum of a node or block as it stands in a pointer, zero-padded. */
void vexfs_csum(const void *data, size_t bytes, u8 out[VEXFS_CSUM_BYTES]);

/** vexfs_super_encode() - fills a block, checksum included. */
void vexfs_super_encode(const struct vexfs_super *super, struct vexfs_disk_super *out);

/**
 * vexfs_super_decode() - checks and decodes a block that claims to be a superblock.
 * Return: 0, -EINVAL (no magic), -EBADMSG (checksum), -EPROTONOSUPPORT (version, sizes or incompat
 * features unknown), -EUCLEAN (a number is out of its range).
 */
int vexfs_super_decode(const struct vexfs_disk_super *disk, struct vexfs_super *out);

/** vexfs_total_blocks_usable() - size of the volume on a device of @blocks; 0: too small. */
u64 vexfs_total_blocks_usable(u64 blocks);

#define VEXFS_LOG_BLOCKS_MIN	64u

/** vexfs_log_blocks_for() - size of the log of a new volume; one that has grown keeps its own. */
u32 vexfs_log_blocks_for(u64 total_blocks);

static inline u64 vexfs_zone_of(u64 block)
{
	return block / VEXFS_ZONE_BLOCKS;
}

/** vexfs_zone_head() - first block of a zone's head; the head is VEXFS_ZONE_HEAD_BLOCKS long. */
static inline u64 vexfs_zone_head(u64 zone)
{
	return zone * VEXFS_ZONE_BLOCKS + (zone ? 0 : VEXFS_FRONT_BLOCKS);
}

/** Where a twin lies: count page @page of the volume, index page of @zone, page of @region. */
static inline u64 vexfs_count_page_block(u64 page, u32 slot)
{
	return vexfs_zone_head(page / VEXFS_MAP_FANOUT) + 4 + 2 * (page % VEXFS_MAP_FANOUT) + slot;
}

static inline u64 vexfs_zone_page_block(u64 zone, u32 slot)
{
	return vexfs_zone_head(zone) + 2 + slot;
}

static inline u64 vexfs_region_page_block(u64 region, u32 slot)
{
	return vexfs_zone_head(region * VEXFS_REGION_ZONES) + slot;
}

static inline u64 vexfs_super_back_block(u64 total_blocks)
{
	return total_blocks - VEXFS_SUPER_SLOTS;
}

/** vexfs_block_is_fixed() - has a use that the map does not count: heads, rings, log, beyond. */
bool vexfs_block_is_fixed(const struct vexfs_super *super, u64 block);

/**
 * vexfs_fresh_blocks() - blocks of [start, end) that are free before anything was allocated. Fixed
 * places begin and end at quads, so a quarter of it is the count of free quads.
 */
u64 vexfs_fresh_blocks(const struct vexfs_super *super, u64 start, u64 end);

#endif

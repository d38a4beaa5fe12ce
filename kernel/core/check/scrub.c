// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "check/scrub.h"

#include <vexfs/errors.h>

/* Blocks in a portion, but for the last leaf of it. */
#define STEP_BLOCKS	(VEXFS_SCRUB_STEP_BYTES / VEXFS_BLOCK_BYTES)

/* What the items of one leaf, the nodes above it and a zone's map pages can add at most. */
#define PLAN_ROOM	(STEP_BLOCKS + VEXFS_NODE_BYTES / VEXFS_CSUM_CRC32C_BYTES + \
			 VEXFS_LEVEL_MAX + VEXFS_MAP_FANOUT)

enum stage {
	STAGE_SUPERS,
	STAGE_MAP,
	STAGE_TREES,
	STAGE_DONE,
};

/* One thing to read: a node, or a block of data or of the map. */
struct planned {
	u64 block, ino;
	u32 count;
	u32 crc;
	const char *what;
	int error;		/* it is known already that it is wrong */
};

struct vexfs_scrub {
	enum stage stage;
	u64 zone;		/* of the map, next */
	u64 tree;		/* being read */
	struct vexfs_key key;	/* in it, next */
	struct vexfs_scrub_progress progress;
	u64 **seen;		/* a bit per block, in an array per zone */
	u64 zone_count;
	struct planned *plan;
	u32 planned;
	u8 *buffer;		/* a node's worth */
};

void vexfs_volume_scrub_end(struct vexfs_scrub *scrub)
{
	u64 i;

	if (!scrub)
		return;
	for (i = 0; scrub->seen && i < scrub->zone_count; i++)
		vexfs_port_free(scrub->seen[i]);
	vexfs_port_free(scrub->seen);
	vexfs_port_free(scrub->plan);
	vexfs_port_free(scrub->buffer);
	vexfs_port_free(scrub);
}

int vexfs_scrub_create(struct vexfs_txn *txn, struct vexfs_scrub **out)
{
	struct vexfs_scrub *scrub = vexfs_port_alloc(sizeof(*scrub));

	if (!scrub)
		return VEXFS_ERR(ENOMEM);
	scrub->zone_count = vexfs_zone_of(txn->io.size_blocks - 1) + 1;
	scrub->seen = vexfs_port_alloc(scrub->zone_count * sizeof(*scrub->seen));
	scrub->plan = vexfs_port_alloc(PLAN_ROOM * sizeof(*scrub->plan));
	scrub->buffer = vexfs_port_alloc(VEXFS_NODE_BYTES);
	scrub->tree = 0;
	if (!scrub->seen || !scrub->plan || !scrub->buffer) {
		vexfs_volume_scrub_end(scrub);
		return VEXFS_ERR(ENOMEM);
	}
	*out = scrub;
	return 0;
}

/* ---- planning ---- */

static void plan_add(struct vexfs_scrub *scrub, struct planned planned)
{
	VEXFS_ASSERT(scrub->planned < PLAN_ROOM);
	scrub->plan[scrub->planned++] = planned;
}

/* Whether @block is met for the first time. A volume that has grown meanwhile is not all seen. */
static int first_time(struct vexfs_scrub *scrub, u64 block, bool *first)
{
	u64 zone = vexfs_zone_of(block), at = block % VEXFS_ZONE_BLOCKS;
	u64 bit = 1ull << at % 64;

	*first = false;
	if (zone >= scrub->zone_count)
		return 0;
	if (!scrub->seen[zone])
		scrub->seen[zone] = vexfs_port_alloc(VEXFS_ZONE_BLOCKS / 8);
	if (!scrub->seen[zone])
		return VEXFS_ERR(ENOMEM);
	*first = !(scrub->seen[zone][at / 64] & bit);
	scrub->seen[zone][at / 64] |= bit;
	return 0;
}

static u32 crc_of(const void *stored)
{
	struct vexfs_le32 crc;

	memcpy(&crc, stored, sizeof(crc));
	return vexfs_get32(crc);
}

static int extent_plan(struct vexfs_scrub *scrub, const struct vexfs_key *key, const void *data,
		       u32 bytes)
{
	struct vexfs_extent extent;
	bool first;
	u32 i;
	int err = vexfs_extent_decode(data, bytes, key->offset, &extent);

	if (err) {
		plan_add(scrub, (struct planned){ .ino = key->object, .what = "extent item",
						  .error = err });
		return 0;
	}
	for (i = 0; extent.csum_bytes && i < extent.disk_blocks; i++) {
		err = first_time(scrub, extent.block + i, &first);
		if (err)
			return err;
		if (first)
			plan_add(scrub, (struct planned){
						.block = extent.block + i,
						.ino = key->object,
						.count = 1,
						.crc = crc_of(extent.payload + (size_t)i *
							      extent.csum_bytes),
						.what = "data" });
	}
	return 0;
}

/* What the running transaction made is not on disk yet. */
static int node_plan(struct vexfs_txn *txn, struct vexfs_scrub *scrub, const struct vexfs_ptr *ptr,
		     int error)
{
	bool first;
	int err = first_time(scrub, ptr->block, &first);

	if (!err && first && (error || ptr->birth <= txn->io.super.generation))
		plan_add(scrub, (struct planned){ .block = ptr->block,
						  .count = VEXFS_NODE_BLOCKS,
						  .crc = crc_of(ptr->csum),
						  .what = "tree node",
						  .error = error });
	return err;
}

static int leaf_plan(struct vexfs_scrub *scrub, const void *node, const struct vexfs_key *from)
{
	u32 i, count = vexfs_node_count(node);
	int err = 0;

	for (i = 0; i < count && !err; i++) {
		struct vexfs_key key = vexfs_node_key(node, i);

		if (vexfs_key_is_extent(&key) && vexfs_key_compare(&key, from) >= 0)
			err = extent_plan(scrub, &key, vexfs_node_data(node, i),
					  vexfs_node_data_bytes(node, i));
	}
	return err;
}

/*
 * Plans the leaf that holds scrub->key and what is above it, and moves the key behind it; *end when
 * that was the last. Nodes that cannot be read are told and stepped over.
 */
static int path_plan(struct vexfs_txn *txn, struct vexfs_scrub *scrub, struct vexfs_ptr ptr,
		     bool *end)
{
	struct vexfs_key next = { 0 };
	struct vexfs_node *node;
	bool is_leaf = false;
	int err = 0;

	*end = true;
	while (!err && !is_leaf) {
		int unreadable = vexfs_node_get(&txn->io, &ptr, &node);
		u32 index;

		if (unreadable == -ENOMEM)
			return unreadable;
		err = node_plan(txn, scrub, &ptr, unreadable);
		if (unreadable)
			break;
		is_leaf = !node->level;
		if (is_leaf) {
			err = err ? err : leaf_plan(scrub, node->data, &scrub->key);
		} else {
			index = vexfs_node_child_for(node->data, &scrub->key);
			if (index + 1 < vexfs_node_count(node->data)) {
				next = vexfs_node_key(node->data, index + 1);
				*end = false;
			}
			vexfs_node_child(node->data, index, &ptr);
		}
		vexfs_node_put(&txn->io, node);
	}
	/* Keys that go back would make this go round for ever. */
	if (!*end && vexfs_key_compare(&next, &scrub->key) <= 0)
		*end = true;
	scrub->key = next;
	return err;
}

/* Tree 0 stands for the root tree. */
static int next_tree(struct vexfs_txn *txn, struct vexfs_scrub *scrub)
{
	struct vexfs_key key = vexfs_key_make(scrub->tree + 1, 0, 0);
	struct vexfs_cursor cursor;
	int err = vexfs_cursor_open(&cursor, &txn->root_tree, &key);

	if (err == -ENOMEM)
		return err;
	if (err || cursor.at_end)
		scrub->stage = STAGE_DONE;
	else
		scrub->tree = vexfs_cursor_key(&cursor).object;
	scrub->key = vexfs_key_make(0, 0, 0);
	vexfs_cursor_close(&cursor);
	return 0;
}

/* Of one tree only, so that what is found can be told as of it. */
static int tree_plan(struct vexfs_txn *txn, struct vexfs_scrub *scrub)
{
	u64 tree = scrub->tree;
	int err = 0;

	while (!err && scrub->stage == STAGE_TREES && scrub->tree == tree &&
	       scrub->planned < STEP_BLOCKS) {
		struct vexfs_ptr root = txn->root_tree.root;
		struct vexfs_subvol *subvol;
		bool end = true;

		if (scrub->tree) {
			err = vexfs_subvol_get(txn, scrub->tree, &subvol);
			if (!err)
				root = subvol->tree.root;
		}
		/* Deleted since, or its item cannot be read, which its node was told for. */
		if (err == -ENOMEM)
			return err;
		err = err ? 0 : path_plan(txn, scrub, root, &end);
		if (!err && end)
			err = next_tree(txn, scrub);
	}
	return err;
}

/* ---- the map; commit_mutex is held, so that what is current on disk stays so ---- */

static void map_page_plan(struct vexfs_scrub *scrub, const struct vexfs_disk_map_entry *entry,
			  u64 first_twin)
{
	u32 flags = vexfs_get32(entry->flags);

	if (flags & VEXFS_MAP_PRESENT)
		plan_add(scrub, (struct planned){ .block = first_twin +
							   (flags & VEXFS_MAP_SLOT ? 1 : 0),
						  .count = 1,
						  .crc = vexfs_get32(entry->csum),
						  .what = "map page" });
}

static int zone_plan(struct vexfs_txn *txn, struct vexfs_scrub *scrub)
{
	u64 index = scrub->zone, region_index = index / VEXFS_REGION_ZONES;
	struct vexfs_region *region;
	struct vexfs_zone *zone;
	u32 i;
	int err;

	if (!(vexfs_get32(txn->space.roots[region_index].flags) & VEXFS_MAP_PRESENT))
		return 0;
	if (index % VEXFS_REGION_ZONES == 0)
		map_page_plan(scrub, &txn->space.roots[region_index],
			      vexfs_region_page_block(region_index, 0));
	err = vexfs_space_region(&txn->space, region_index, &region);
	if (err)
		return err == -ENOMEM ? err : 0;
	map_page_plan(scrub, &region->entries[index % VEXFS_REGION_ZONES],
		      vexfs_zone_page_block(index, 0));
	err = vexfs_space_zone(&txn->space, index, &zone);
	for (i = 0; !err && i < VEXFS_MAP_FANOUT; i++)
		map_page_plan(scrub, &zone->entries[i],
			      vexfs_count_page_block(index * VEXFS_MAP_FANOUT + i, 0));
	return err == -ENOMEM ? err : 0;
}

/* ---- reading ---- */

static void finding_report(struct vexfs_scrub *scrub, const struct vexfs_check_options *options,
			   const struct planned *planned, u32 crc, int err)
{
	const struct vexfs_finding finding = { .what = planned->what,
					       .tree = scrub->tree,
					       .ino = planned->ino,
					       .block = planned->block,
					       .expected = planned->crc,
					       .actual = crc,
					       .error = err };

	scrub->progress.findings++;
	if (options->report)
		options->report(options->context, &finding);
}

static void plan_read(struct vexfs_txn *txn, struct vexfs_scrub *scrub,
		      const struct vexfs_check_options *options, u32 first)
{
	u32 i;

	for (i = first; i < scrub->planned; i++) {
		const struct planned *planned = &scrub->plan[i];
		int err = planned->error;
		u32 crc = 0;

		if (!err) {
			err = vexfs_io_read(&txn->io, planned->block, planned->count,
					    scrub->buffer);
			scrub->progress.done_blocks += planned->count;
		}
		if (!err) {
			crc = vexfs_port_crc32c(0, scrub->buffer,
						planned->count * (size_t)VEXFS_BLOCK_BYTES);
			if (crc != planned->crc)
				err = VEXFS_ERR(EBADMSG);
		}
		if (err)
			finding_report(scrub, options, planned, crc, err);
	}
}

/* The slot that the last superblock went to, in both rings; others may be half written. */
static int supers_read(struct vexfs_txn *txn, struct vexfs_scrub *scrub,
		       const struct vexfs_check_options *options)
{
	u64 slot = txn->io.super.sequence % VEXFS_SUPER_SLOTS;
	u64 rings[2] = { VEXFS_SUPER_FRONT_BLOCK,
			 vexfs_super_back_block(txn->io.super.total_blocks) };
	struct vexfs_super *super = vexfs_port_alloc(sizeof(*super));
	u32 i;

	if (!super)
		return VEXFS_ERR(ENOMEM);
	for (i = 0; i < 2; i++) {
		const struct planned planned = { .block = rings[i] + slot, .what = "superblock" };
		int err = vexfs_io_read(&txn->io, planned.block, 1, scrub->buffer);

		scrub->progress.done_blocks++;
		if (!err)
			err = vexfs_super_decode((const void *)scrub->buffer, super);
		if (!err && super->sequence != txn->io.super.sequence)
			err = VEXFS_ERR(EUCLEAN);
		if (err)
			finding_report(scrub, options, &planned, 0, err);
	}
	vexfs_port_free(super);
	scrub->stage = STAGE_MAP;
	return 0;
}

static int fixed_step(struct vexfs_txn *txn, struct vexfs_scrub *scrub,
		      const struct vexfs_check_options *options)
{
	int err;

	vexfs_port_mutex_lock(txn->commit_mutex);
	if (scrub->stage == STAGE_SUPERS) {
		err = supers_read(txn, scrub, options);
	} else {
		vexfs_port_rwlock_write_lock(txn->lock);
		err = zone_plan(txn, scrub);
		vexfs_port_rwlock_write_unlock(txn->lock);
		plan_read(txn, scrub, options, 0);
		if (++scrub->zone == scrub->zone_count)
			scrub->stage = STAGE_TREES;
	}
	vexfs_port_mutex_unlock(txn->commit_mutex);
	return err;
}

static int trees_step(struct vexfs_txn *txn, struct vexfs_scrub *scrub,
		      const struct vexfs_check_options *options)
{
	u64 tree = scrub->tree, next;
	int err;

	vexfs_port_rwlock_read_lock(txn->reuse_lock);
	vexfs_port_rwlock_read_lock(txn->lock);
	err = tree_plan(txn, scrub);
	scrub->progress.used_blocks = txn->io.super.total_blocks - txn->space.free_blocks;
	vexfs_port_rwlock_read_unlock(txn->lock);
	next = scrub->tree;
	scrub->tree = tree;
	plan_read(txn, scrub, options, 0);
	scrub->tree = next;
	vexfs_port_rwlock_read_unlock(txn->reuse_lock);
	return err;
}

int vexfs_scrub_step(struct vexfs_txn *txn, struct vexfs_scrub *scrub,
		     const struct vexfs_check_options *options,
		     struct vexfs_scrub_progress *progress)
{
	int err = 0;

	scrub->planned = 0;
	if (scrub->stage == STAGE_TREES)
		err = trees_step(txn, scrub, options);
	else if (scrub->stage != STAGE_DONE)
		err = fixed_step(txn, scrub, options);
	*progress = scrub->progress;
	return err ? err : scrub->stage != STAGE_DONE;
}

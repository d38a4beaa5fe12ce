// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Building a tree anew. What lies below a node that is lost is looked for by the map: it still
 * counts a reference to it that no node holds any more. Such strays are adopted where their keys
 * belong, the newest first; items that do not stand by themselves are left behind.
 */
#include <vexfs/errors.h>

#include "check/repair.h"

/* ---- judging ---- */

struct judge {
	const struct vexfs_super *super;
	bool is_damaged, has_gap, at_root;
};

static bool is_between(const struct vexfs_key *key, const struct vexfs_key *low,
		       const struct vexfs_key *high)
{
	return vexfs_key_compare(key, low) >= 0 && vexfs_key_compare(key, high) < 0;
}

static int judge_leaf(void *context, const void *node, const struct vexfs_key *low,
		      const struct vexfs_key *high)
{
	u32 i, count = vexfs_node_count(node);
	struct judge *judge = context;

	if (!count && !judge->at_root)
		judge->is_damaged = true;
	for (i = 0; i < count; i++) {
		struct vexfs_key key = vexfs_node_key(node, i);

		if (!is_between(&key, low, high) ||
		    !vexfs_repair_item_is_sane(judge->super, &key, vexfs_node_data(node, i),
					       vexfs_node_data_bytes(node, i)))
			judge->is_damaged = true;
	}
	return 0;
}

static int judge_gap(void *context, const struct vexfs_ptr *ptr, const struct vexfs_key *low,
		     const struct vexfs_key *high)
{
	struct judge *judge = context;

	(void)low;
	(void)high;
	judge->is_damaged = true;
	/* Nothing hangs below a leaf. */
	if (ptr->level)
		judge->has_gap = true;
	return 0;
}

/* Lookups find all, and yet the next insert before the first key would put things out of order. */
static void judge_disorder(void *context)
{
	struct judge *judge = context;

	judge->is_damaged = true;
}

int vexfs_repair_tree_judge(struct vexfs_repair *repair, const struct vexfs_ptr *root,
			    bool *is_damaged, bool *has_gap)
{
	struct judge judge = { .super = &repair->txn->io.super, .at_root = !root->level };
	const struct vexfs_repair_visitor visitor = { .leaf = judge_leaf,
						      .gap = judge_gap,
						      .disorder = judge_disorder,
						      .context = &judge };
	int err = vexfs_repair_walk(&repair->txn->io, root, &vexfs_key_lowest,
				    &vexfs_key_highest, &visitor);

	*is_damaged = judge.is_damaged;
	*has_gap = judge.has_gap;
	return err;
}

/* ---- strays ---- */

static int stray_add(struct vexfs_repair *repair, const struct vexfs_stray *stray)
{
	struct vexfs_stray *more;
	u64 room;

	if (repair->stray_count == repair->stray_room) {
		room = repair->stray_room ? 2 * repair->stray_room : 64;
		more = vexfs_port_alloc(room * sizeof(*more));
		if (!more)
			return VEXFS_ERR(ENOMEM);
		if (repair->strays)
			memcpy(more, repair->strays, repair->stray_count * sizeof(*more));
		vexfs_port_free(repair->strays);
		repair->strays = more;
		repair->stray_room = room;
	}
	repair->strays[repair->stray_count++] = *stray;
	return 0;
}

/* A node cannot be compared with a checksum when its parent is lost; its structure must do. */
static int stray_read(struct vexfs_repair *repair, u64 block, u8 *node)
{
	const struct vexfs_disk_node *head = (const struct vexfs_disk_node *)node;
	struct vexfs_stray stray;
	int err = vexfs_io_read(&repair->txn->io, block, VEXFS_NODE_BLOCKS, node);

	if (err || head->level >= VEXFS_LEVEL_MAX)
		return 0;
	memset(&stray, 0, sizeof(stray));
	stray.ptr.block = block;
	stray.ptr.birth = vexfs_get64(head->birth);
	stray.ptr.level = head->level;
	stray.tree = vexfs_get64(head->tree);
	vexfs_csum(node, VEXFS_NODE_BYTES, stray.ptr.csum);
	if (vexfs_node_verify(node, &stray.ptr, repair->txn->io.super.node_uuid) ||
	    !vexfs_node_count(node) || !stray.tree)
		return 0;
	stray.first = vexfs_node_key(node, 0);
	return stray_add(repair, &stray);
}

static bool is_stray(const struct vexfs_count_page *page, const u16 *found, u32 at)
{
	u32 i, first = vexfs_get16(page->counts[at]);

	for (i = 0; i < VEXFS_QUAD_BLOCKS; i++) {
		if (vexfs_get16(page->counts[at + i]) != first)
			return false;
	}
	return first && first != VEXFS_REF_FIXED && first > (found ? found[at] : 0);
}

static int page_strays_find(struct vexfs_repair *repair, u64 index, const u16 *found, u8 *node)
{
	struct vexfs_count_page *page;
	u32 at;
	int err = vexfs_space_page(&repair->txn->space, index, &page);

	if (err)
		return err == -ENOMEM ? err : 0;
	for (at = 0; !err && at < VEXFS_MAP_PAGE_COUNTS; at += VEXFS_QUAD_BLOCKS) {
		if (is_stray(page, found, at))
			err = stray_read(repair, index * VEXFS_MAP_PAGE_COUNTS + at, node);
	}
	return err;
}

static int zone_strays_find(struct vexfs_repair *repair, u64 index, u8 *node)
{
	struct vexfs_recount_zone *found = repair->checker.zones[index];
	struct vexfs_space *space = &repair->txn->space;
	struct vexfs_zone *zone;
	u32 i;
	int err = vexfs_space_zone(space, index, &zone);

	if (err)
		return err == -ENOMEM ? err : 0;
	for (i = 0; !err && i < VEXFS_MAP_FANOUT; i++) {
		if (vexfs_get32(zone->entries[i].flags) & VEXFS_MAP_PRESENT)
			err = page_strays_find(repair, index * VEXFS_MAP_FANOUT + i,
					       found ? found->pages[i] : NULL, node);
		vexfs_space_trim(space);
	}
	return err;
}

static void strays_sort(struct vexfs_repair *repair)
{
	struct vexfs_stray *strays = repair->strays, kept;
	u64 gap, i, j;

	for (gap = repair->stray_count / 2; gap; gap /= 2) {
		for (i = gap; i < repair->stray_count; i++) {
			kept = strays[i];
			for (j = i; j >= gap && strays[j - gap].ptr.birth < kept.ptr.birth;
			     j -= gap)
				strays[j] = strays[j - gap];
			strays[j] = kept;
		}
	}
}

int vexfs_repair_strays_find(struct vexfs_repair *repair)
{
	u8 *node = vexfs_port_alloc(VEXFS_NODE_BYTES);
	u64 zone;
	int err = node ? 0 : VEXFS_ERR(ENOMEM);

	for (zone = 0; !err && zone < repair->checker.zone_count; zone++)
		err = zone_strays_find(repair, zone, node);
	vexfs_port_free(node);
	if (!err)
		strays_sort(repair);
	return err;
}

/* ---- building ---- */

struct build {
	struct vexfs_repair *repair;
	struct vexfs_tree *tree;	/* the one that grows */
	struct vexfs_key low, high;	/* of what is wanted now */
	u64 items;
};

static int item_add(struct build *build, const void *node, u32 index)
{
	struct vexfs_key key = vexfs_node_key(node, index);
	const void *data = vexfs_node_data(node, index);
	u32 bytes = vexfs_node_data_bytes(node, index), unused;
	u8 none;
	int err;

	if (!is_between(&key, &build->low, &build->high) ||
	    !vexfs_repair_item_is_sane(&build->repair->txn->io.super, &key, data, bytes))
		return 0;
	err = vexfs_tree_read(build->tree, &key, &none, 0, &unused);
	if (err != -ENOENT)
		return err;
	err = vexfs_txn_step(build->repair->txn, VEXFS_SPACE_RELEASE, NULL);
	if (!err)
		err = vexfs_tree_prepare(build->tree, &key, VEXFS_TREE_ITEM_ROOM(bytes));
	if (err)
		return err;
	vexfs_tree_insert(build->tree, &key, data, bytes);
	build->items++;
	return 0;
}

static int build_leaf(void *context, const void *node, const struct vexfs_key *low,
		      const struct vexfs_key *high)
{
	u32 i, count = vexfs_node_count(node);
	int err = 0;

	(void)low;
	(void)high;
	for (i = 0; i < count && !err; i++)
		err = item_add(context, node, i);
	return err;
}

static int no_gap(void *context, const struct vexfs_ptr *ptr, const struct vexfs_key *low,
		  const struct vexfs_key *high)
{
	(void)context;
	(void)ptr;
	(void)low;
	(void)high;
	return 0;
}

static bool may_fill(const struct vexfs_repair *repair, const struct vexfs_stray *stray,
		     const struct vexfs_ptr *lost)
{
	/* Not the daemon's own tree and others' at once; never what is younger than the parent. */
	return (stray->tree == VEXFS_VOLUME_TREE_INDEX) ==
		       (repair->subvol->tree.id == VEXFS_VOLUME_TREE_INDEX) &&
	       stray->ptr.level < lost->level && stray->ptr.birth <= lost->birth;
}

static int build_gap(void *context, const struct vexfs_ptr *ptr, const struct vexfs_key *low,
		     const struct vexfs_key *high)
{
	struct build *build = context;
	const struct vexfs_repair_visitor visitor = { .leaf = build_leaf,
						      .gap = no_gap,
						      .context = build };
	struct vexfs_repair *repair = build->repair;
	u64 i;
	int err = 0;

	vexfs_repair_tell(repair, "lost a node; looked for what was below it", 0);
	build->low = *low;
	build->high = *high;
	for (i = 0; !err && i < repair->stray_count; i++) {
		const struct vexfs_stray *stray = &repair->strays[i];

		if (may_fill(repair, stray, ptr) && vexfs_key_compare(&stray->first, high) < 0)
			err = vexfs_repair_walk(&repair->txn->io, &stray->ptr, low, high,
						&visitor);
	}
	build->low = vexfs_key_lowest;
	build->high = vexfs_key_highest;
	return err;
}

static int rebuilt_adopt(struct vexfs_repair *repair, struct vexfs_subvol *fresh)
{
	struct vexfs_key key = vexfs_key_make(fresh->tree.id, VEXFS_ITEM_ROOT, 0);
	int err = vexfs_txn_step(repair->txn, VEXFS_SPACE_RELEASE, NULL);

	if (!err)
		err = vexfs_tree_prepare(&repair->txn->root_tree, &key, 0);
	if (err)
		return err;
	vexfs_tree_remove(&repair->txn->root_tree, &key);
	repair->subvol->tree.root = fresh->tree.root;
	repair->subvol->tree.dirty = true;
	vexfs_subvol_unload(repair->txn, fresh);
	return 0;
}

/*
 * The new tree is a tree of its own, hidden and without a name, until it is complete: so commits in
 * the middle lose nothing, and a later repair knows it for what it is.
 */
int vexfs_repair_tree_rebuild(struct vexfs_repair *repair, u64 *items)
{
	struct build build = { .repair = repair,
			       .low = vexfs_key_lowest,
			       .high = vexfs_key_highest };
	const struct vexfs_repair_visitor visitor = { .leaf = build_leaf,
						      .gap = build_gap,
						      .context = &build };
	struct vexfs_subvol *fresh;
	int err = vexfs_txn_step(repair->txn, VEXFS_SPACE_RELEASE, NULL);

	if (!err)
		err = vexfs_subvol_create(repair->txn, repair->txn->next_tree_id,
					  VEXFS_TREE_HIDDEN, &fresh);
	if (err)
		return err;
	repair->txn->next_tree_id++;
	build.tree = &fresh->tree;
	err = vexfs_repair_walk(&repair->txn->io, &repair->subvol->tree.root, &vexfs_key_lowest,
				&vexfs_key_highest, &visitor);
	if (!err)
		err = rebuilt_adopt(repair, fresh);
	*items = build.items;
	return err;
}

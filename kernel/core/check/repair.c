// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* The steps of a repair; see repair.h. */
#include "check/repair.h"

#include <vexfs/errors.h>

void vexfs_repair_tell(struct vexfs_repair *repair, const char *what, u64 ino)
{
	struct vexfs_finding finding = { .what = what, .ino = ino };

	if (repair->subvol)
		finding.tree = repair->subvol->tree.id;
	repair->actions++;
	if (repair->options->report)
		repair->options->report(repair->options->context, &finding);
}

static void tell_volume(struct vexfs_repair *repair, const char *what)
{
	repair->subvol = NULL;
	vexfs_repair_tell(repair, what, 0);
}

/* ---- the map ---- */

static int zone_write(struct vexfs_repair *repair, u64 index, bool keep_more, bool *changed)
{
	struct vexfs_recount_zone *found = repair->checker.zones[index];
	struct vexfs_space *space = &repair->txn->space;
	struct vexfs_zone *zone;
	bool is_lost;
	u32 i;
	int err = vexfs_space_rebuild_zone(space, index, &zone, &is_lost);

	for (i = 0; !err && i < VEXFS_MAP_FANOUT; i++) {
		u64 page = index * VEXFS_MAP_FANOUT + i;

		if (page * VEXFS_MAP_PAGE_COUNTS >= space->io->super.total_blocks)
			break;
		if (!(vexfs_get32(zone->entries[i].flags) & VEXFS_MAP_PRESENT) &&
		    !(found && found->pages[i]) && !(is_lost && !i))
			continue;
		err = vexfs_space_rebuild_page(space, page, found ? found->pages[i] : NULL,
					       keep_more, changed);
		/* Its index pages are written for the sake of a page that changed. */
		if (!err && is_lost && !i)
			vexfs_space_mark_dirty(space, zone->pages[i]);
	}
	vexfs_space_trim(space);
	return err;
}

/* Makes the map say what the recount found; @keep_more: but gives nothing free. */
static int map_write(struct vexfs_repair *repair, bool keep_more)
{
	bool changed = false;
	u64 zone;
	int err = 0;

	for (zone = 0; zone < repair->checker.zone_count && !err; zone++) {
		const struct vexfs_disk_map_entry *root =
			&repair->txn->space.roots[zone / VEXFS_REGION_ZONES];

		if (!(vexfs_get32(root->flags) & VEXFS_MAP_PRESENT) &&
		    !repair->checker.zones[zone])
			continue;
		err = zone_write(repair, zone, keep_more, &changed);
	}
	if (err || !changed)
		return err;
	vexfs_space_rebuild_totals(&repair->txn->space);
	if (!keep_more)
		tell_volume(repair, "corrected reference counts");
	return 0;
}

static int commit(struct vexfs_repair *repair)
{
	int err;

	vexfs_port_rwlock_write_unlock(repair->txn->lock);
	err = vexfs_txn_commit(repair->txn, NULL);
	vexfs_port_rwlock_write_lock(repair->txn->lock);
	return err;
}

static int recount(struct vexfs_repair *repair)
{
	struct vexfs_checker *checker = &repair->checker;

	if (checker->zones)
		vexfs_recount_free(checker);
	memset(&checker->result, 0, sizeof(checker->result));
	checker->txn = repair->txn;
	checker->zones = vexfs_port_alloc(checker->zone_count * sizeof(*checker->zones));
	return checker->zones ? vexfs_recount(checker) : VEXFS_ERR(ENOMEM);
}

/* ---- trees ---- */

static int trees_judge(struct vexfs_repair *repair, bool *has_gap)
{
	u64 id = 0;
	int err = vexfs_repair_next_tree(repair, 0, &id);

	*has_gap = false;
	while (!err && id) {
		struct vexfs_subvol *subvol;
		bool is_damaged, gap = false;

		err = vexfs_subvol_get(repair->txn, id, &subvol);
		if (!err)
			err = vexfs_repair_tree_judge(repair, &subvol->tree.root, &is_damaged,
						      &gap);
		*has_gap |= gap;
		if (err != -ENOMEM)
			err = vexfs_repair_next_tree(repair, id, &id);
	}
	return err;
}

/* A snapshot of which nothing is left. */
static int tree_drop(struct vexfs_repair *repair)
{
	struct vexfs_subvol *subvol = repair->subvol;
	struct vexfs_key key = vexfs_key_make(subvol->tree.id, VEXFS_ITEM_ROOT, 0);
	int err = vexfs_txn_step(repair->txn, VEXFS_SPACE_RELEASE, NULL);

	if (!err)
		err = vexfs_tree_prepare(&repair->txn->root_tree, &key, 0);
	if (err)
		return err;
	vexfs_repair_tell(repair, "nothing of this snapshot could be saved; it is gone", 0);
	vexfs_tree_remove(&repair->txn->root_tree, &key);
	vexfs_subvol_unload(repair->txn, subvol);
	repair->subvol = NULL;
	return 0;
}

/* Mends what the check finds wrong in a tree that can be walked. */
static int tree_mend(struct vexfs_repair *repair, bool was_rebuilt)
{
	int err;

	repair->checker.result.findings = 0;
	repair->checker.tree = repair->subvol->tree.id;
	err = vexfs_tree_check(&repair->checker, repair->subvol);
	if (err || (!was_rebuilt && !repair->checker.result.findings))
		return err;
	repair->tree = &repair->subvol->tree;
	err = vexfs_repair_inodes(repair);
	if (!err)
		err = vexfs_repair_names(repair);
	return err ? err : vexfs_repair_totals(repair);
}

static int tree_repair(struct vexfs_repair *repair, u64 id)
{
	bool is_damaged, has_gap;
	u64 items = 1;
	int err = vexfs_subvol_get(repair->txn, id, &repair->subvol);

	if (!err)
		err = vexfs_repair_tree_judge(repair, &repair->subvol->tree.root, &is_damaged,
					      &has_gap);
	if (!err && is_damaged) {
		vexfs_repair_tell(repair, "built a damaged tree anew", 0);
		err = vexfs_repair_tree_rebuild(repair, &items);
	}
	if (!err && !items && id >= VEXFS_VOLUME_TREE_FIRST)
		err = tree_drop(repair);
	if (!err && repair->subvol)
		err = tree_mend(repair, is_damaged);
	repair->subvol = NULL;
	return err ? err : commit(repair);
}

/* The two trees that every volume has. */
static int tree_ensure(struct vexfs_repair *repair, u64 id)
{
	int err = vexfs_subvol_get(repair->txn, id, &repair->subvol);

	if (err != -ESTALE)
		return err;
	err = vexfs_txn_step(repair->txn, VEXFS_SPACE_RELEASE, NULL);
	if (!err)
		err = vexfs_subvol_create(repair->txn, id, VEXFS_TREE_WRITABLE, &repair->subvol);
	if (!err)
		vexfs_repair_tell(repair, "made a tree that was gone, empty", 0);
	return err;
}

static int trees_repair(struct vexfs_repair *repair)
{
	u64 id = 0;
	int err = vexfs_repair_root_items(repair);

	if (!err)
		err = tree_ensure(repair, VEXFS_VOLUME_TREE_LIVE);
	if (!err)
		err = tree_ensure(repair, VEXFS_VOLUME_TREE_INDEX);
	repair->subvol = NULL;
	if (!err)
		err = vexfs_repair_next_tree(repair, 0, &id);
	while (!err && id) {
		err = tree_repair(repair, id);
		if (!err)
			err = vexfs_repair_next_tree(repair, id, &id);
	}
	if (!err)
		err = vexfs_repair_root_names(repair);
	return err ? err : commit(repair);
}

/* ---- all of it ---- */

/*
 * What was synced after the last commit. It needs a map that can be allocated by, so that comes
 * first, but in memory only: a commit makes the log void.
 */
static int log_settle(struct vexfs_repair *repair, bool replays)
{
	struct vexfs_key live = vexfs_key_make(VEXFS_VOLUME_TREE_LIVE, VEXFS_ITEM_ROOT, 0);
	struct vexfs_txn *txn = repair->txn;
	int err = 0;

	if (replays) {
		vexfs_port_rwlock_write_unlock(txn->lock);
		err = vexfs_txn_replay(txn);
		vexfs_port_rwlock_write_lock(txn->lock);
		if (err && err != -ENOMEM)
			repair->is_log_damaged = true;
	} else {
		err = vexfs_tree_prepare(&txn->root_tree, &live, 0);
	}
	txn->log.off = true;
	return err ? err : commit(repair);
}

/* With the lock held, which keeps the engine's own rules and has no other taker here. */
static int repair_locked(struct vexfs_repair *repair, bool replays)
{
	struct vexfs_txn *txn = repair->txn;
	bool is_disordered, has_gap = true;
	int err = recount(repair);

	if (!err)
		err = vexfs_repair_root_judge(&txn->io, &txn->root_tree.root, &is_disordered);
	/* In disorder, the recount may not have found all trees: as if there were gaps. */
	if (!err && !is_disordered)
		err = trees_judge(repair, &has_gap);
	if (!err && has_gap)
		err = vexfs_repair_strays_find(repair);
	if (!err)
		err = map_write(repair, has_gap);
	if (!err && is_disordered)
		err = vexfs_repair_root_rebuild(repair);
	if (!err)
		err = log_settle(repair, replays);
	if (!err)
		err = trees_repair(repair);
	if (!err)
		err = recount(repair);
	if (!err)
		err = map_write(repair, false);
	return err ? err : commit(repair);
}

static int repair_run(struct vexfs_repair *repair, struct vexfs_dev *dev,
		      const struct vexfs_super *super, bool replays)
{
	const struct vexfs_check_options quiet = { .data = false };
	struct vexfs_open_options options = { .read_only = false };
	int err = vexfs_txn_open_at(repair->txn, dev, &options, super);

	if (err)
		return err;
	repair->checker.options = &quiet;
	repair->checker.zone_count = vexfs_zone_of(super->total_blocks - 1) + 1;
	vexfs_port_rwlock_write_lock(repair->txn->lock);
	err = repair_locked(repair, replays);
	vexfs_port_rwlock_write_unlock(repair->txn->lock);
	vexfs_txn_close(repair->txn);
	if (repair->checker.zones)
		vexfs_recount_free(&repair->checker);
	return err;
}

/* Again without the log if that is what does not fit: nothing of the first try is on disk. */
static int repair_with_log(struct vexfs_repair *repair, struct vexfs_dev *dev,
			   struct vexfs_super *super, bool replays)
{
	int err = repair_run(repair, dev, super, replays);

	if (!err || !repair->is_log_damaged)
		return err;
	repair->stray_count = 0;
	tell_volume(repair, "dropped what was synced after the last commit; it did not fit");
	err = vexfs_super_ring_read(dev, super);
	return err ? err : repair_run(repair, dev, super, false);
}

int vexfs_repair(struct vexfs_dev *dev, const struct vexfs_check_options *options, u64 *actions)
{
	struct vexfs_repair *repair = vexfs_port_alloc(sizeof(*repair));
	struct vexfs_super *super = vexfs_port_alloc(sizeof(*super));
	struct vexfs_txn *txn = vexfs_port_alloc(sizeof(*txn));
	bool is_older = false, is_ring_lost = false;
	int err = repair && super && txn ? 0 : VEXFS_ERR(ENOMEM);

	if (!err)
		err = vexfs_repair_super(dev, super, &is_older, &is_ring_lost);
	if (!err) {
		repair->options = options;
		repair->txn = txn;
		if (is_older)
			tell_volume(repair, "went back to an older state of the whole volume");
		err = repair_with_log(repair, dev, super, !is_older);
	}
	if (!err)
		err = vexfs_super_ring_read(dev, super);
	if (!err)
		err = vexfs_repair_rings(dev, super);
	if (!err && is_ring_lost)
		tell_volume(repair, "wrote a ring of superblocks again");
	if (!err)
		*actions = repair->actions;
	if (repair)
		vexfs_port_free(repair->strays);
	vexfs_port_free(txn);
	vexfs_port_free(repair);
	vexfs_port_free(super);
	return err;
}

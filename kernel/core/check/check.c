// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "check/check.h"

#include <vexfs/errors.h>

void vexfs_checker_report(struct vexfs_checker *checker, struct vexfs_finding finding)
{
	finding.tree = finding.tree ? finding.tree : checker->tree;
	checker->result.findings++;
	if (checker->options->report)
		checker->options->report(checker->options->context, &finding);
}

/* Two snapshots that nothing changed between have one root; checking it once will do. */
static bool root_was_checked(struct vexfs_txn *txn, const struct vexfs_subvol *subvol, u64 before)
{
	const struct vexfs_subvol *other;

	for (other = txn->subvols; other; other = other->next) {
		if (other != subvol && other->tree.id < before &&
		    other->tree.root.block == subvol->tree.root.block &&
		    other->next_ino == subvol->next_ino && other->inodes == subvol->inodes &&
		    other->vectors_bytes == subvol->vectors_bytes)
			return true;
	}
	return false;
}

static int tree_visit(struct vexfs_checker *checker, u64 id)
{
	struct vexfs_subvol *subvol;
	int err = vexfs_subvol_get(checker->txn, id, &subvol);

	checker->tree = id;
	checker->result.trees++;
	if (err == -ENOMEM)
		return err;
	if (err) {
		vexfs_checker_report(checker, (struct vexfs_finding){ .what = "root of a tree",
								      .error = err });
		return 0;
	}
	if (root_was_checked(checker->txn, subvol, id))
		return 0;
	return vexfs_tree_check(checker, subvol);
}

static int name_visit(struct vexfs_checker *checker, u64 id)
{
	struct vexfs_snapshot snapshot;
	struct vexfs_subvol *subvol;
	int err = vexfs_subvol_get(checker->txn, id, &subvol);

	if (err || id < VEXFS_VOLUME_TREE_FIRST || (subvol->flags & VEXFS_TREE_HIDDEN))
		return err == -ENOMEM ? err : 0;
	err = vexfs_snap_lookup(checker->txn,
				(struct vexfs_name){ subvol->name, subvol->name_bytes },
				&snapshot);
	if (err == -ENOMEM)
		return err;
	if (err || snapshot.id != id)
		vexfs_checker_report(checker,
				     (struct vexfs_finding){ .what = "name of a snapshot",
							     .tree = id,
							     .expected = id,
							     .actual = err ? 0 : snapshot.id,
							     .error = err });
	return 0;
}

/* Calls @visit for each tree in the root tree. */
static int trees_each(struct vexfs_checker *checker,
		      int (*visit)(struct vexfs_checker *checker, u64 id))
{
	struct vexfs_key key = vexfs_key_make(1, 0, 0);
	struct vexfs_cursor cursor;
	int err = vexfs_cursor_open(&cursor, &checker->txn->root_tree, &key);

	while (!err && !cursor.at_end) {
		key = vexfs_cursor_key(&cursor);
		if (key.type == VEXFS_ITEM_ROOT)
			err = visit(checker, key.object);
		if (!err)
			err = vexfs_cursor_next(&cursor);
	}
	vexfs_cursor_close(&cursor);
	if (err && err != -ENOMEM) {
		/* The recount has told which node it was. */
		vexfs_checker_report(checker, (struct vexfs_finding){ .what = "root tree",
								      .error = err });
		err = 0;
	}
	return err;
}

/* A ring may have slots that were never or only half written, but not nothing else. */
static int ring_check(struct vexfs_checker *checker, u64 first)
{
	struct vexfs_super *super = vexfs_port_alloc(sizeof(*super));
	u32 slot, valid = 0;

	if (!super)
		return VEXFS_ERR(ENOMEM);
	for (slot = 0; slot < VEXFS_SUPER_SLOTS; slot++) {
		const struct vexfs_disk_super *disk = (const void *)checker->block;

		if (!vexfs_io_read(&checker->txn->io, first + slot, 1, checker->block) &&
		    !vexfs_super_decode(disk, super))
			valid++;
	}
	vexfs_port_free(super);
	if (!valid)
		vexfs_checker_report(checker, (struct vexfs_finding){ .what = "superblock ring",
								      .block = first,
								      .error = -EUCLEAN });
	return 0;
}

/* Last, since it changes what is in memory: whether a mount could replay the log. */
static int log_check(struct vexfs_checker *checker)
{
	int err;

	if (checker->result.findings)
		return 0;
	err = vexfs_txn_replay(checker->txn);
	if (err && err != -ENOMEM) {
		vexfs_checker_report(checker, (struct vexfs_finding){
						      .what = "intent log",
						      .block = checker->txn->io.super.log_block,
						      .error = err });
		err = 0;
	}
	return err;
}

static int check_run(struct vexfs_checker *checker)
{
	u64 total = checker->txn->io.super.total_blocks;
	int err = ring_check(checker, VEXFS_SUPER_FRONT_BLOCK);

	if (!err)
		err = ring_check(checker, vexfs_super_back_block(total));
	if (!err)
		err = vexfs_recount(checker);
	if (!err)
		err = vexfs_recount_compare(checker);
	if (!err)
		err = trees_each(checker, tree_visit);
	checker->tree = 0;
	if (!err)
		err = trees_each(checker, name_visit);
	return err ? err : log_check(checker);
}

int vexfs_check(struct vexfs_dev *dev, const struct vexfs_check_options *options,
		struct vexfs_check_result *out)
{
	struct vexfs_open_options open_options = { .read_only = true };
	struct vexfs_checker checker = { .options = options };
	int err;

	checker.txn = vexfs_port_alloc(sizeof(*checker.txn));
	if (!checker.txn)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_txn_open(checker.txn, dev, &open_options);
	if (err) {
		vexfs_port_free(checker.txn);
		return err;
	}
	checker.zone_count = vexfs_zone_of(checker.txn->io.super.total_blocks - 1) + 1;
	checker.zones = vexfs_port_alloc(checker.zone_count * sizeof(*checker.zones));
	checker.block = vexfs_port_alloc(VEXFS_BLOCK_BYTES);
	err = checker.zones && checker.block ? check_run(&checker) : VEXFS_ERR(ENOMEM);
	checker.result.free_blocks = checker.txn->space.free_blocks;
	if (checker.zones)
		vexfs_recount_free(&checker);
	vexfs_port_free(checker.block);
	vexfs_txn_close(checker.txn);
	vexfs_port_free(checker.txn);
	if (!err)
		*out = checker.result;
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Which of the sixteen superblocks a repair begins with. */
#include <vexfs/errors.h>

#include "check/repair.h"

#define SLOTS	(2 * VEXFS_SUPER_SLOTS)

/* The valid ones of both rings, the newest first, and the highest of each number. */
struct found {
	struct vexfs_super supers[SLOTS];
	u32 count, in_ring[2];
	u64 sequence, generation_limit, next_tree_id, next_dead_id;
};

static void found_add(struct found *found, const struct vexfs_super *super)
{
	u32 at = found->count;

	while (at && found->supers[at - 1].sequence < super->sequence)
		at--;
	if (at && found->supers[at - 1].sequence == super->sequence)
		return;
	memmove(found->supers + at + 1, found->supers + at,
		(found->count - at) * sizeof(*super));
	found->supers[at] = *super;
	found->count++;
	if (super->sequence > found->sequence)
		found->sequence = super->sequence;
	if (super->generation_limit > found->generation_limit)
		found->generation_limit = super->generation_limit;
	if (super->next_tree_id > found->next_tree_id)
		found->next_tree_id = super->next_tree_id;
	if (super->next_dead_id > found->next_dead_id)
		found->next_dead_id = super->next_dead_id;
}

/* @newest: as a mount would find it. Superblocks of other volumes do not count. */
static int rings_read(struct vexfs_dev *dev, const struct vexfs_super *newest, struct found *found)
{
	struct vexfs_disk_super *disk = vexfs_port_alloc(sizeof(*disk));
	struct vexfs_super *super = vexfs_port_alloc(sizeof(*super));
	u64 back = vexfs_super_back_block(newest->total_blocks);
	u32 slot;

	for (slot = 0; disk && super && slot < SLOTS; slot++) {
		u64 block = slot < VEXFS_SUPER_SLOTS ? VEXFS_SUPER_FRONT_BLOCK + slot :
						       back + slot - VEXFS_SUPER_SLOTS;

		if (!vexfs_port_dev_read(dev, block, 1, disk) &&
		    !vexfs_super_decode(disk, super) &&
		    !memcmp(super->node_uuid, newest->node_uuid, sizeof(super->node_uuid)) &&
		    super->total_blocks == newest->total_blocks) {
			found_add(found, super);
			found->in_ring[slot / VEXFS_SUPER_SLOTS]++;
		}
	}
	slot = disk && super;
	vexfs_port_free(disk);
	vexfs_port_free(super);
	return slot ? 0 : VEXFS_ERR(ENOMEM);
}

/* Return: 0, -ENOMEM, -EUCLEAN (its root tree is not all there). */
static int super_judge(struct vexfs_dev *dev, const struct vexfs_super *super)
{
	struct vexfs_open_options options = { .read_only = true };
	struct vexfs_txn *txn = vexfs_port_alloc(sizeof(*txn));
	struct vexfs_subvol *live;
	bool is_disordered;
	int err;

	if (!txn)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_txn_open_at(txn, dev, &options, super);
	if (!err) {
		err = vexfs_repair_root_judge(&txn->io, &super->root_tree, &is_disordered);
		/* In order, it must also lead there. */
		if (!err && !is_disordered)
			err = vexfs_subvol_get(txn, VEXFS_VOLUME_TREE_LIVE, &live);
		vexfs_txn_close(txn);
	}
	vexfs_port_free(txn);
	return err;
}

int vexfs_repair_super(struct vexfs_dev *dev, struct vexfs_super *out, bool *is_older,
		       bool *is_ring_lost)
{
	struct found *found = vexfs_port_alloc(sizeof(*found));
	int err = found ? vexfs_super_ring_read(dev, out) : VEXFS_ERR(ENOMEM);
	u32 i;

	if (!err)
		err = rings_read(dev, out, found);
	if (!err)
		*is_ring_lost = !found->in_ring[0] || !found->in_ring[1];
	for (i = 0; !err && i < found->count; i++) {
		int verdict = super_judge(dev, &found->supers[i]);

		if (verdict == -ENOMEM)
			err = verdict;
		if (verdict)
			continue;
		*out = found->supers[i];
		*is_older = i > 0;
		out->sequence = found->sequence;
		out->generation_limit = found->generation_limit;
		out->next_tree_id = found->next_tree_id;
		out->next_dead_id = found->next_dead_id;
		break;
	}
	if (!err && i == found->count)
		err = VEXFS_ERR(EUCLEAN);
	vexfs_port_free(found);
	return err;
}

int vexfs_repair_rings(struct vexfs_dev *dev, struct vexfs_super *super)
{
	struct vexfs_io *io = vexfs_port_alloc(sizeof(*io));
	u32 i;
	int err = io ? vexfs_io_init(io, dev, VEXFS_NODE_BYTES) : VEXFS_ERR(ENOMEM);

	if (!err) {
		vexfs_io_set_super(io, super);
		for (i = 0; !err && i < VEXFS_SUPER_SLOTS; i++) {
			super->sequence++;
			err = vexfs_super_ring_write(io, super);
		}
		vexfs_io_fini(io);
	}
	vexfs_port_free(io);
	return err;
}

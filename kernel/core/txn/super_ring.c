// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Two rings of superblock slots: one at the front of the device, its copy at the back. */
#include "txn/txn.h"

#include <vexfs/errors.h>

struct search {
	struct vexfs_super *best;	/* valid when found */
	struct vexfs_super *scratch;
	bool found;
	int error;			/* the most telling one so far */
};

static int worse(int a, int b)
{
	/* "Not a superblock" says least; "from the future" says most. */
	if (a == -EPROTONOSUPPORT || b == -EPROTONOSUPPORT)
		return -EPROTONOSUPPORT;
	return a && a != -EINVAL ? a : b;
}

static int ring_search(struct vexfs_dev *dev, u64 first, struct search *search)
{
	struct vexfs_disk_super *disk = vexfs_port_alloc(sizeof(*disk));
	u32 slot;
	int err = 0;

	if (!disk)
		return VEXFS_ERR(ENOMEM);
	for (slot = 0; slot < VEXFS_SUPER_SLOTS; slot++) {
		err = vexfs_port_dev_read(dev, first + slot, 1, disk);
		if (!err)
			err = vexfs_super_decode(disk, search->scratch);
		if (err) {
			search->error = worse(err, search->error);
		} else if (!search->found ||
			   search->scratch->sequence > search->best->sequence) {
			*search->best = *search->scratch;
			search->found = true;
		}
	}
	vexfs_port_free(disk);
	return 0;
}

int vexfs_super_ring_read(struct vexfs_dev *dev, struct vexfs_super *out)
{
	u64 blocks = vexfs_port_dev_size_blocks(dev), usable = vexfs_total_blocks_usable(blocks);
	struct search search = { .best = out, .error = -EINVAL };
	int err = 0;

	search.scratch = vexfs_port_alloc(sizeof(*search.scratch));
	if (!search.scratch)
		return VEXFS_ERR(ENOMEM);
	if (blocks >= VEXFS_FRONT_BLOCKS)
		err = ring_search(dev, VEXFS_SUPER_FRONT_BLOCK, &search);
	if (!err && search.found && out->total_blocks > blocks)
		err = VEXFS_ERR(ENOSPC);
	/* The back ring lies where the volume ends, or, for all we know, where the device does. */
	if (!err && (search.found || usable))
		err = ring_search(dev,
				  vexfs_super_back_block(search.found ? out->total_blocks : usable),
				  &search);
	vexfs_port_free(search.scratch);
	if (err)
		return err;
	if (!search.found)
		return search.error;
	return out->total_blocks > blocks ? VEXFS_ERR(ENOSPC) : 0;
}

int vexfs_super_ring_put(struct vexfs_io *io, const struct vexfs_super *super,
			 struct vexfs_disk_super *disk)
{
	u64 front = VEXFS_SUPER_FRONT_BLOCK, back = vexfs_super_back_block(super->total_blocks);
	u32 slot = (u32)(super->sequence % VEXFS_SUPER_SLOTS);
	int err = 0;

	vexfs_super_encode(super, disk);
	/* A front ring that tells of a back ring is never without it. */
	if (io->back_ring_is_new) {
		err = vexfs_io_write(io, back + slot, 1, disk);
		if (!err)
			err = vexfs_io_flush(io);
		io->back_ring_is_new = err != 0;
	}
	if (!err)
		err = vexfs_io_write(io, front + slot, 1, disk);
	if (!err)
		err = vexfs_io_write(io, back + slot, 1, disk);
	return err ? err : vexfs_io_flush(io);
}

int vexfs_super_ring_write(struct vexfs_io *io, const struct vexfs_super *super)
{
	struct vexfs_disk_super *disk = vexfs_port_alloc(sizeof(*disk));
	int err = disk ? vexfs_super_ring_put(io, super, disk) : VEXFS_ERR(ENOMEM);

	vexfs_port_free(disk);
	return err;
}

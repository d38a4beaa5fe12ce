// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Promises: room for data that a host has taken from a program and brings to the engine later, so
 * that its write does not fail then. They are numbers in memory only.
 */
#include "space/space.h"

#include <vexfs/errors.h>

/* Of so many blocks of data, one more for nodes: single blocks in files of their own need most. */
#define BLOCKS_PER_NODE_BLOCK	32u

static u64 kept_for(u64 blocks)
{
	return blocks + (blocks + BLOCKS_PER_NODE_BLOCK - 1) / BLOCKS_PER_NODE_BLOCK;
}

u64 vexfs_space_unpromised(const struct vexfs_space *space)
{
	u64 quads = space->avail_quads, keep = space->reserve_quads;
	u64 odd = space->avail_blocks - quads * VEXFS_QUAD_BLOCKS;
	u64 room = odd + (quads > keep ? quads - keep : 0) * VEXFS_QUAD_BLOCKS;
	u64 kept = kept_for(space->promised_blocks);

	return room > kept ? room - kept : 0;
}

bool vexfs_space_promise(struct vexfs_space *space, u64 blocks)
{
	if (vexfs_space_unpromised(space) < kept_for(blocks) + 1)
		return false;
	space->promised_blocks += blocks;
	return true;
}

void vexfs_space_unpromise(struct vexfs_space *space, u64 blocks)
{
	VEXFS_ASSERT(blocks <= space->promised_blocks);
	space->promised_blocks -= blocks;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* A walk through a tree that steps over what cannot be read and tells where that was. */
#include <vexfs/errors.h>

#include "check/repair.h"

const struct vexfs_key vexfs_key_lowest = { 0, 0, 0 };
const struct vexfs_key vexfs_key_highest = { .object = ~0ull, .offset = ~0ull, .type = 0xff };

struct walk {
	struct vexfs_io *io;
	const struct vexfs_repair_visitor *visitor;
	struct vexfs_node *path[VEXFS_LEVEL_MAX];
	u32 index[VEXFS_LEVEL_MAX];		/* of the child to visit next */
	struct vexfs_key low[VEXFS_LEVEL_MAX], high[VEXFS_LEVEL_MAX];
};

static void order_judge(const struct walk *walk, const void *node, const struct vexfs_key *bound)
{
	struct vexfs_key first;

	if (!walk->visitor->disorder || !vexfs_node_count(node))
		return;
	first = vexfs_node_key(node, 0);
	if (vexfs_key_compare(&first, bound) < 0)
		walk->visitor->disorder(walk->visitor->context);
}

/* @bound: the parent's key for it; the first child's may be above @low. */
static int node_enter(struct walk *walk, const struct vexfs_ptr *ptr, const struct vexfs_key *bound,
		      const struct vexfs_key *low, const struct vexfs_key *high)
{
	struct vexfs_node *node;
	int err;

	if (ptr->level >= VEXFS_LEVEL_MAX)
		return walk->visitor->gap(walk->visitor->context, ptr, low, high);
	err = vexfs_node_get(walk->io, ptr, &node);
	if (err == -ENOMEM)
		return err;
	if (err)
		return walk->visitor->gap(walk->visitor->context, ptr, low, high);
	order_judge(walk, node->data, bound);
	if (!node->level) {
		err = walk->visitor->leaf(walk->visitor->context, node->data, low, high);
		vexfs_node_put(walk->io, node);
		return err;
	}
	walk->path[node->level] = node;
	walk->index[node->level] = 0;
	walk->low[node->level] = *low;
	walk->high[node->level] = *high;
	return 0;
}

static int child_enter(struct walk *walk, u32 level)
{
	const void *node = walk->path[level]->data;
	struct vexfs_key low = walk->low[level], high = walk->high[level];
	u32 index = walk->index[level]++;
	struct vexfs_key bound = vexfs_node_key(node, index);
	struct vexfs_ptr child;

	if (index)
		low = bound;
	if (index + 1 < vexfs_node_count(node))
		high = vexfs_node_key(node, index + 1);
	vexfs_node_child(node, index, &child);
	return node_enter(walk, &child, &bound, &low, &high);
}

int vexfs_repair_walk(struct vexfs_io *io, const struct vexfs_ptr *root,
		      const struct vexfs_key *low, const struct vexfs_key *high,
		      const struct vexfs_repair_visitor *visitor)
{
	struct walk *walk = vexfs_port_alloc(sizeof(*walk));
	u32 level;
	int err;

	if (!walk)
		return VEXFS_ERR(ENOMEM);
	walk->io = io;
	walk->visitor = visitor;
	err = node_enter(walk, root, &vexfs_key_lowest, low, high);
	/* The lowest node of the path that has a child left. */
	while (!err) {
		for (level = 1; level < VEXFS_LEVEL_MAX; level++) {
			struct vexfs_node *node = walk->path[level];

			if (node && walk->index[level] < vexfs_node_count(node->data))
				break;
			vexfs_node_put(io, node);
			walk->path[level] = NULL;
		}
		if (level == VEXFS_LEVEL_MAX)
			break;
		err = child_enter(walk, level);
	}
	for (level = 0; level < VEXFS_LEVEL_MAX; level++)
		vexfs_node_put(io, walk->path[level]);
	vexfs_port_free(walk);
	return err;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include <vexfs/inspect.h>

#include <vexfs/errors.h>

#include "txn/txn.h"

int vexfs_inspect_super(struct vexfs_dev *dev, u32 slot, u64 *block, struct vexfs_disk_super *out)
{
	u64 total = vexfs_total_blocks_usable(vexfs_port_dev_size_blocks(dev));
	struct vexfs_super *super;
	int err;

	if (slot >= 2 * VEXFS_SUPER_SLOTS || total < VEXFS_FRONT_BLOCKS)
		return VEXFS_ERR(EINVAL);
	super = vexfs_port_alloc(sizeof(*super));
	if (!super)
		return VEXFS_ERR(ENOMEM);
	/* A volume may be smaller than its device: the front ring knows. */
	if (slot >= VEXFS_SUPER_SLOTS && !vexfs_super_ring_read(dev, super))
		total = super->total_blocks;
	*block = slot < VEXFS_SUPER_SLOTS ?
			 VEXFS_SUPER_FRONT_BLOCK + slot :
			 vexfs_super_back_block(total) + slot - VEXFS_SUPER_SLOTS;
	err = vexfs_port_dev_read(dev, *block, 1, out);
	if (!err)
		err = vexfs_super_decode(out, super);
	vexfs_port_free(super);
	return err;
}

struct walk {
	struct vexfs_io *io;
	const struct vexfs_inspect_visitor *visitor;
	u64 object;
	struct vexfs_node *path[VEXFS_LEVEL_MAX];
	u32 index[VEXFS_LEVEL_MAX];
	bool wanted;
};

/* Whether the child at @index may hold items of the object. */
static bool may_hold(const struct walk *walk, const void *node, u32 index)
{
	if (!walk->object)
		return true;
	if (vexfs_node_key(node, index).object > walk->object)
		return false;
	return index + 1 == vexfs_node_count(node) ||
	       vexfs_node_key(node, index + 1).object >= walk->object;
}

static void items_visit(struct walk *walk, const void *node)
{
	u32 i, count = vexfs_node_count(node);

	for (i = 0; i < count && walk->wanted; i++) {
		if (walk->object && vexfs_node_key(node, i).object != walk->object)
			continue;
		walk->wanted = walk->visitor->item(walk->visitor->context,
						   vexfs_node_items(node) + i,
						   vexfs_node_data(node, i),
						   vexfs_node_data_bytes(node, i));
	}
}

/* Return: 0 with *out, which is NULL for a node that could not be read; -ENOMEM. */
static int node_visit(struct walk *walk, const struct vexfs_ptr *ptr, struct vexfs_node **out)
{
	struct vexfs_disk_ptr disk;
	int err = vexfs_node_get(walk->io, ptr, out);

	if (err)
		*out = NULL;
	if (err == -ENOMEM)
		return err;
	vexfs_ptr_encode(ptr, &disk);
	walk->wanted = walk->visitor->node(
		walk->visitor->context, &disk,
		*out ? (const struct vexfs_disk_node *)(*out)->data : NULL, err);
	if (*out && !(*out)->level && walk->wanted)
		items_visit(walk, (*out)->data);
	return 0;
}

static int walk_down(struct walk *walk, const struct vexfs_ptr *root)
{
	struct vexfs_node *node;
	u32 level, top;
	int err = node_visit(walk, root, &node);

	if (err || !node)
		return err;
	level = top = node->level;
	walk->path[level] = node;
	while (!err && walk->wanted) {
		const void *data = walk->path[level]->data;
		struct vexfs_ptr child;

		if (!level || walk->index[level] >= vexfs_node_count(data)) {
			vexfs_node_put(walk->io, walk->path[level]);
			walk->path[level] = NULL;
			if (level == top)
				break;
			level++;
			continue;
		}
		if (!may_hold(walk, data, walk->index[level]++))
			continue;
		vexfs_node_child(data, walk->index[level] - 1, &child);
		err = node_visit(walk, &child, &node);
		if (!err && node) {
			level--;
			walk->path[level] = node;
			walk->index[level] = 0;
		}
	}
	for (level = 0; level < VEXFS_LEVEL_MAX; level++)
		vexfs_node_put(walk->io, walk->path[level]);
	return err;
}

int vexfs_inspect_tree(struct vexfs_dev *dev, u64 tree, u64 object,
		       const struct vexfs_inspect_visitor *visitor)
{
	struct vexfs_open_options options = { .read_only = true };
	struct vexfs_txn *txn = vexfs_port_alloc(sizeof(*txn));
	struct walk walk = { .visitor = visitor, .object = object, .wanted = true };
	struct vexfs_subvol *subvol = NULL;
	int err;

	if (!txn)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_txn_open(txn, dev, &options);
	if (!err) {
		walk.io = &txn->io;
		if (tree)
			err = vexfs_subvol_get(txn, tree, &subvol);
		if (!err)
			err = walk_down(&walk, subvol ? &subvol->tree.root : &txn->root_tree.root);
		vexfs_txn_close(txn);
	}
	vexfs_port_free(txn);
	return err;
}

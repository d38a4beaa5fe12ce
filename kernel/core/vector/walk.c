// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "vector/walk.h"

#include <vexfs/errors.h>

/* A way down: where it goes on when the node at its end is done. */
struct descent {
	struct vexfs_key key;	/* place that is looked for; moves over what is skipped */
	struct vexfs_key end;	/* first key behind the node */
	bool has_end;
	struct vexfs_node *node;	/* of level 1, pinned; NULL when there is none */
};

/* The child for descent->key, or the first after it that was born later than @birth. */
static u32 child_choose(const void *node, u64 birth, struct descent *descent)
{
	u32 index = vexfs_node_child_for(node, &descent->key), first = index;
	u32 count = vexfs_node_count(node);
	struct vexfs_ptr ptr;

	for (; index < count; index++) {
		vexfs_node_child(node, index, &ptr);
		if (ptr.birth > birth)
			break;
	}
	if (index < count && index > first)
		descent->key = vexfs_node_key(node, index);
	if (index + 1 < count) {
		descent->end = vexfs_node_key(node, index + 1);
		descent->has_end = true;
	}
	return index;
}

/* To the node of level 1 above descent->key. Return: 1 when there is none this way, 0, errors. */
static int descend_once(const struct vexfs_tree *tree, u64 birth, struct descent *descent)
{
	struct vexfs_ptr ptr = tree->root;
	struct vexfs_node *node;
	u32 index;
	int err;

	descent->has_end = false;
	for (;;) {
		err = vexfs_node_get(tree->io, &ptr, &node);
		if (err)
			return err;
		if (node->level == 1)
			break;
		index = child_choose(node->data, birth, descent);
		if (index < vexfs_node_count(node->data))
			vexfs_node_child(node->data, index, &ptr);
		else
			err = 1;
		vexfs_node_put(tree->io, node);
		if (err)
			return err;
	}
	descent->node = node;
	return 0;
}

/* The same, going on behind what has nothing. The tree's root is above level 0. */
static int descend(const struct vexfs_tree *tree, u64 birth, struct descent *descent)
{
	int err;

	descent->node = NULL;
	for (;;) {
		struct vexfs_key before = descent->key;

		err = descend_once(tree, birth, descent);
		if (err != 1)
			break;
		if (!descent->has_end)
			return 0;
		if (vexfs_key_compare(&descent->end, &before) <= 0)
			return VEXFS_ERR(EUCLEAN);
		descent->key = descent->end;
	}
	if (!err && descent->has_end && vexfs_key_compare(&descent->end, &descent->key) <= 0) {
		vexfs_node_put(tree->io, descent->node);
		err = VEXFS_ERR(EUCLEAN);
	}
	return err;
}

/* Block and birth of the leaf at @key. */
static int leaf_find(const struct vexfs_tree *tree, const struct vexfs_key *key,
		     struct vexfs_leaf_name *name)
{
	struct descent descent = { .key = *key };
	struct vexfs_ptr ptr;
	int err = descend(tree, 0, &descent);

	if (err || !descent.node)
		return err;
	vexfs_node_child(descent.node->data, vexfs_node_child_for(descent.node->data, key), &ptr);
	name->next_block = ptr.block;
	name->next_birth = ptr.birth;
	vexfs_node_put(tree->io, descent.node);
	return 0;
}

static int ref_fill(const struct vexfs_tree *tree, const struct descent *descent, u32 index,
		    struct vexfs_leaf_ref *out)
{
	const void *node = descent->node->data;
	struct vexfs_ptr next;

	memset(out, 0, sizeof(*out));
	vexfs_node_child(node, index, &out->ptr);
	out->name.block = out->ptr.block;
	out->name.birth = out->ptr.birth;
	out->low = vexfs_node_key(node, index);
	if (index + 1 < vexfs_node_count(node)) {
		vexfs_node_child(node, index + 1, &next);
		out->end = vexfs_node_key(node, index + 1);
		out->name.next_block = next.block;
		out->name.next_birth = next.birth;
		return 0;
	}
	out->is_last = !descent->has_end;
	out->end = descent->end;
	return out->is_last ? 0 : leaf_find(tree, &out->end, &out->name);
}

/* Those below one node. */
static int children_list(const struct vexfs_tree *tree, const struct descent *descent, u64 birth,
			 struct vexfs_leaf_ref *out, u32 max, u32 *count)
{
	const void *node = descent->node->data;
	u32 index = vexfs_node_child_for(node, &descent->key);
	struct vexfs_ptr ptr;
	int err = 0;

	for (; !err && index < vexfs_node_count(node) && *count < max; index++) {
		vexfs_node_child(node, index, &ptr);
		if (ptr.birth <= birth)
			continue;
		err = ref_fill(tree, descent, index, &out[*count]);
		*count += !err;
	}
	return err;
}

int vexfs_leaves_list(const struct vexfs_tree *tree, const struct vexfs_key *from, u64 birth,
		      struct vexfs_leaf_ref *out, u32 max, u32 *count)
{
	struct descent descent = { .key = *from, .has_end = true };
	int err = 0;

	*count = 0;
	if (!tree->root.level) {
		if (tree->root.birth <= birth)
			return 0;
		memset(out, 0, sizeof(*out));
		out->ptr = tree->root;
		out->name.block = tree->root.block;
		out->name.birth = tree->root.birth;
		out->is_last = true;
		*count = 1;
		return 0;
	}
	while (!err && *count < max && descent.has_end) {
		err = descend(tree, birth, &descent);
		if (err || !descent.node)
			break;
		err = children_list(tree, &descent, birth, out, max, count);
		vexfs_node_put(tree->io, descent.node);
		descent.key = descent.end;
	}
	return err;
}

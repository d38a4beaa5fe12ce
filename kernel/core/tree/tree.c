// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * Preparing and changing: copy-on-write (Rodeh, "B-trees, Shadowing, and Clones", 2008), splitting
 * on the way down, merging on the way out.
 */
#include "tree/tree.h"

#include <vexfs/errors.h>

#define CHILD_ITEM_BYTES \
	((u32)(sizeof(struct vexfs_disk_item) + sizeof(struct vexfs_disk_ptr)))

/* Nodes that only the root tree may take, so that there is room for a commit. */
#define COMMIT_QUADS	16u

/* Below this a node looks for a sibling to merge with, when both fit into the second figure. */
#define MERGE_BELOW_BYTES	(VEXFS_NODE_ROOM_BYTES / 4)
#define MERGED_MAX_BYTES	(VEXFS_NODE_ROOM_BYTES / 4 * 3)

int vexfs_node_children(const void *node, int (*each)(void *context, u64 block, u32 count),
			void *context)
{
	u32 i, count = vexfs_node_count(node);
	int err = 0;

	for (i = 0; i < count && !err; i++) {
		struct vexfs_key key = vexfs_node_key(node, i);
		struct vexfs_extent extent;
		struct vexfs_ptr child;

		if (vexfs_node_level(node)) {
			vexfs_node_child(node, i, &child);
			err = each(context, child.block, VEXFS_NODE_BLOCKS);
		} else if (vexfs_key_is_extent(&key)) {
			err = vexfs_extent_decode(vexfs_node_data(node, i),
						  vexfs_node_data_bytes(node, i), key.offset,
						  &extent);
			if (!err && extent.disk_blocks)
				err = each(context, extent.block, extent.disk_blocks);
		}
	}
	return err;
}

static int prepare_inc(void *space, u64 block, u32 count)
{
	return vexfs_space_prepare(space, block, count, 1);
}

static int apply_inc(void *space, u64 block, u32 count)
{
	vexfs_space_inc(space, block, count);
	return 0;
}

static void node_release(struct vexfs_tree *tree, u64 block)
{
	vexfs_space_dec(tree->space, block, VEXFS_NODE_BLOCKS);
	vexfs_node_forget(tree->io, block);
}

/* A new dirty node, pinned, and its pointer (whose checksum comes at commit). */
static int node_new(struct vexfs_tree *tree, u32 level, struct vexfs_ptr *ptr,
		    struct vexfs_node **out)
{
	u64 block;
	int err;

	if (!tree->is_root_tree && tree->space->avail_quads <= COMMIT_QUADS)
		return VEXFS_ERR(ENOSPC);
	err = vexfs_space_alloc_node(tree->space, &block);
	if (err)
		return err;
	err = vexfs_node_create(tree->io, block, level, tree->is_root_tree, out);
	if (err) {
		vexfs_space_dec(tree->space, block, VEXFS_NODE_BLOCKS);
		return err;
	}
	memset(ptr, 0, sizeof(*ptr));
	ptr->block = block;
	ptr->birth = tree->io->generation;
	ptr->level = (u8)level;
	return 0;
}

int vexfs_tree_create(struct vexfs_tree *tree)
{
	struct vexfs_node *node;
	int err = node_new(tree, 0, &tree->root, &node);

	if (err)
		return err;
	vexfs_node_init(node->data, 0, tree->id, tree->io->super.node_uuid);
	vexfs_node_put(tree->io, node);
	tree->dirty = true;
	return 0;
}

static int node_copy(struct vexfs_tree *tree, struct vexfs_node *old, bool is_shared,
		     struct vexfs_ptr *ptr, struct vexfs_node **out)
{
	struct vexfs_ptr new_ptr;
	int err;

	err = vexfs_space_prepare(tree->space, old->block, VEXFS_NODE_BLOCKS, 0);
	if (!err && is_shared)
		err = vexfs_node_children(old->data, prepare_inc, tree->space);
	if (!err)
		err = node_new(tree, old->level, &new_ptr, out);
	if (err)
		return err;
	memcpy((*out)->data, old->data, VEXFS_NODE_BYTES);
	if (is_shared)
		(void)vexfs_node_children(old->data, apply_inc, tree->space);
	vexfs_space_dec(tree->space, old->block, VEXFS_NODE_BLOCKS);
	*ptr = new_ptr;
	return 0;
}

/* Makes what @ptr names changeable in place; @ptr then names that. The node comes pinned. */
static int node_own(struct vexfs_tree *tree, struct vexfs_ptr *ptr, struct vexfs_node **out)
{
	struct vexfs_node *old;
	u64 old_block = ptr->block;
	u32 refs;
	int err;

	err = vexfs_space_refs(tree->space, ptr->block, &refs);
	if (err)
		return err;
	if (!refs || refs == VEXFS_REF_FIXED)
		return VEXFS_ERR(EUCLEAN);
	err = vexfs_node_get(tree->io, ptr, &old);
	if (err)
		return err;
	if (old->state == VEXFS_NODE_DIRTY && refs == 1) {
		*out = old;
		return 0;
	}
	err = node_copy(tree, old, refs > 1, ptr, out);
	vexfs_node_put(tree->io, old);
	if (!err && refs == 1)
		vexfs_node_forget(tree->io, old_block);
	return err;
}

/* ---- splitting ---- */

/* Where to cut: after half of the bytes, or before the last item when keys come in order. */
static u32 split_index(const void *node, const struct vexfs_key *key)
{
	u32 i, count = vexfs_node_count(node), sum = 0, half = vexfs_node_used_bytes(node) / 2;
	struct vexfs_key last = vexfs_node_key(node, count - 1);

	if (vexfs_key_compare(key, &last) > 0)
		return count - 1;
	for (i = 0; i < count - 1; i++) {
		u32 bytes = (u32)sizeof(struct vexfs_disk_item) + vexfs_node_data_bytes(node, i);

		if (sum + bytes / 2 > half)
			break;
		sum += bytes;
	}
	return i ? i : 1;
}

/*
 * Splits child @index of @parent, both changeable, and leaves in @child the half that @key belongs
 * to. A leaf without VEXFS_TREE_ROOM_MAX_BYTES free has at least three items, and a cut by bytes
 * misses the middle by at most half an item, so either half has that much free.
 */
static int child_split(struct vexfs_tree *tree, struct vexfs_node *parent, u32 index,
		       const struct vexfs_key *key, struct vexfs_node **child)
{
	struct vexfs_node *left = *child, *right;
	struct vexfs_disk_ptr disk;
	struct vexfs_ptr ptr;
	struct vexfs_key first;
	u32 cut;
	int err = node_new(tree, left->level, &ptr, &right);

	if (err)
		return err;
	cut = split_index(left->data, key);
	vexfs_node_init(right->data, left->level, tree->id, tree->io->super.node_uuid);
	vexfs_node_move_tail(left->data, cut, right->data);
	first = vexfs_node_key(right->data, 0);
	vexfs_ptr_encode(&ptr, &disk);
	vexfs_node_insert(parent->data, index + 1, &first, &disk, sizeof(disk));
	if (vexfs_key_compare(key, &first) >= 0) {
		*child = right;
		right = left;
	}
	vexfs_node_put(tree->io, right);
	return 0;
}

/* Puts a new root above @root, which stays pinned. */
static int root_grow(struct vexfs_tree *tree, struct vexfs_node **parent)
{
	struct vexfs_key lowest = { 0 };
	struct vexfs_disk_ptr disk;
	struct vexfs_ptr ptr;
	u32 level = tree->root.level + 1u;
	int err;

	if (level >= VEXFS_LEVEL_MAX)
		return VEXFS_ERR(ENOSPC);
	err = node_new(tree, level, &ptr, parent);
	if (err)
		return err;
	vexfs_node_init((*parent)->data, level, tree->id, tree->io->super.node_uuid);
	vexfs_ptr_encode(&tree->root, &disk);
	vexfs_node_insert((*parent)->data, 0, &lowest, &disk, sizeof(disk));
	tree->root = ptr;
	return 0;
}

static u32 room_needed(const struct vexfs_node *node, u32 room_bytes)
{
	return node->level ? CHILD_ITEM_BYTES : room_bytes;
}

static bool has_room(const struct vexfs_node *node, u32 room_bytes)
{
	return vexfs_node_free_bytes(node->data) >= room_needed(node, room_bytes);
}

/* One step down: the child for @key, changeable and with room; takes the place of *node. */
static int descend(struct vexfs_tree *tree, const struct vexfs_key *key, u32 room_bytes,
		   struct vexfs_node **node)
{
	struct vexfs_node *parent = *node, *child;
	u32 index = vexfs_node_child_for(parent->data, key);
	struct vexfs_key bound = vexfs_node_key(parent->data, index);
	struct vexfs_ptr ptr;
	int err;

	vexfs_node_child(parent->data, index, &ptr);
	err = node_own(tree, &ptr, &child);
	if (err)
		return err;
	vexfs_node_set_child(parent->data, index, &ptr);
	if (vexfs_key_compare(key, &bound) < 0)
		vexfs_node_set_key(parent->data, index, key);
	if (!has_room(child, room_bytes)) {
		err = child_split(tree, parent, index, key, &child);
		if (err) {
			vexfs_node_put(tree->io, child);
			return err;
		}
	}
	vexfs_node_put(tree->io, parent);
	*node = child;
	return 0;
}

int vexfs_tree_prepare(struct vexfs_tree *tree, const struct vexfs_key *key, u32 room_bytes)
{
	struct vexfs_node *node;
	int err;

	VEXFS_ASSERT(room_bytes <= VEXFS_TREE_ROOM_MAX_BYTES);
	/* Work in many steps would go on for ever where changes do nothing any more. */
	if (tree->space->damaged)
		return VEXFS_ERR(EUCLEAN);
	err = node_own(tree, &tree->root, &node);
	if (err)
		return err;
	tree->dirty = true;
	if (!has_room(node, room_bytes)) {
		vexfs_node_put(tree->io, node);
		err = root_grow(tree, &node);
		if (err)
			return err;
	}
	while (node->level && !err)
		err = descend(tree, key, room_bytes, &node);
	vexfs_node_put(tree->io, node);
	return err;
}

/* ---- changing what was prepared ---- */

struct dirty_path {
	struct vexfs_node *nodes[VEXFS_LEVEL_MAX];	/* by level; not pinned, but dirty */
	u32 index[VEXFS_LEVEL_MAX];			/* of the child taken, or of the item */
	u32 top;
	bool exact;
};

/* Follows the dirty nodes towards @key; stops above the first that is not. Return: lowest level. */
static u32 dirty_path_find(struct vexfs_tree *tree, const struct vexfs_key *key,
			   struct dirty_path *path)
{
	struct vexfs_node *node = vexfs_node_dirty_find(tree->io, tree->root.block);
	struct vexfs_ptr ptr;
	u32 level = tree->root.level;

	path->top = level;
	path->exact = false;
	if (!node)
		return level + 1;
	for (;;) {
		path->nodes[level] = node;
		if (!level) {
			path->index[0] = vexfs_node_find(node->data, key, &path->exact);
			return 0;
		}
		path->index[level] = vexfs_node_child_for(node->data, key);
		vexfs_node_child(node->data, path->index[level], &ptr);
		node = vexfs_node_dirty_find(tree->io, ptr.block);
		if (!node)
			return level;
		level--;
	}
}

static void change_log(struct vexfs_tree *tree, u8 kind, const struct vexfs_key *key,
		       const void *data, u32 bytes)
{
	if (tree->is_root_tree)
		vexfs_log_set_unfit(tree->log);
	else
		vexfs_log_item(tree->log, kind, tree->id, key, data, bytes);
}

/*
 * Whether the leaf that was prepared for a key is there, has the item or has not, and takes @grown
 * bytes more. It is so in every tree whose keys are in order; in a forged one the volume stops.
 */
static bool is_prepared(struct vexfs_tree *tree, const struct dirty_path *path, u32 level,
			bool exact, u32 grown)
{
	if (!level && path->exact == exact &&
	    vexfs_node_free_bytes(path->nodes[0]->data) >= grown)
		return true;
	tree->space->damaged = true;
	return false;
}

void vexfs_tree_insert(struct vexfs_tree *tree, const struct vexfs_key *key, const void *data,
		       u32 bytes)
{
	struct dirty_path path;
	u32 level = dirty_path_find(tree, key, &path);

	if (!is_prepared(tree, &path, level, false, VEXFS_TREE_ITEM_ROOM(bytes)))
		return;
	change_log(tree, VEXFS_LOG_INSERT, key, data, bytes);
	vexfs_node_insert(path.nodes[0]->data, path.index[0], key, data, bytes);
}

static bool update_fits(struct vexfs_tree *tree, const struct dirty_path *path, u32 bytes)
{
	u32 old = vexfs_node_data_bytes(path->nodes[0]->data, path->index[0]);

	return bytes <= old || is_prepared(tree, path, 0, true, bytes - old);
}

void vexfs_tree_update(struct vexfs_tree *tree, const struct vexfs_key *key, const void *data,
		       u32 bytes)
{
	struct dirty_path path;
	u32 level = dirty_path_find(tree, key, &path);

	if (!is_prepared(tree, &path, level, true, 0) || !update_fits(tree, &path, bytes))
		return;
	change_log(tree, VEXFS_LOG_UPDATE, key, data, bytes);
	vexfs_node_resize(path.nodes[0]->data, path.index[0], bytes);
	memcpy(vexfs_node_data(path.nodes[0]->data, path.index[0]), data, bytes);
}

/* An inner root with one child hands over to it. */
static void root_shrink(struct vexfs_tree *tree)
{
	while (tree->root.level) {
		struct vexfs_node *root = vexfs_node_dirty_find(tree->io, tree->root.block);
		struct vexfs_ptr child;

		if (!root || vexfs_node_count(root->data) > 1)
			return;
		vexfs_node_child(root->data, 0, &child);
		node_release(tree, tree->root.block);
		tree->root = child;
	}
}

/* Takes an empty leaf out of its parents, and those that it leaves empty. */
static void empty_leaf_drop(struct vexfs_tree *tree, struct dirty_path *path)
{
	struct vexfs_node *leaf = path->nodes[0];
	u32 level, top = 0;

	while (top < path->top && vexfs_node_count(path->nodes[top + 1]->data) == 1)
		top++;
	if (top < path->top) {
		vexfs_node_remove(path->nodes[top + 1]->data, path->index[top + 1]);
		node_release(tree, leaf->block);
	} else {
		/* Nothing else in the tree: the leaf becomes its root. */
		memset(&tree->root, 0, sizeof(tree->root));
		tree->root.block = leaf->block;
		tree->root.birth = leaf->birth;
	}
	for (level = 1; level <= top; level++)
		node_release(tree, path->nodes[level]->block);
}

/* Merges child @index of @parent with the one after it when both fit. Return: whether it did. */
static bool children_merge(struct vexfs_tree *tree, struct vexfs_node *parent, u32 index)
{
	struct vexfs_node *left = NULL, *right = NULL;
	struct vexfs_ptr left_ptr, right_ptr;
	bool merged = false;

	vexfs_node_child(parent->data, index, &left_ptr);
	vexfs_node_child(parent->data, index + 1, &right_ptr);
	if (vexfs_node_get(tree->io, &left_ptr, &left) ||
	    vexfs_node_get(tree->io, &right_ptr, &right))
		goto out;
	if (vexfs_node_used_bytes(left->data) + vexfs_node_used_bytes(right->data) >
	    MERGED_MAX_BYTES)
		goto out;
	vexfs_node_put(tree->io, left);
	vexfs_node_put(tree->io, right);
	left = right = NULL;
	if (node_own(tree, &left_ptr, &left))
		goto out;
	vexfs_node_set_child(parent->data, index, &left_ptr);
	if (node_own(tree, &right_ptr, &right))
		goto out;
	vexfs_node_append_all(left->data, right->data);
	vexfs_node_remove(parent->data, index + 1);
	merged = true;
out:
	vexfs_node_put(tree->io, left);
	vexfs_node_put(tree->io, right);
	if (merged)
		node_release(tree, right_ptr.block);
	return merged;
}

/* Best effort: what cannot be merged now stays as it is, which is right too. */
static void path_balance(struct vexfs_tree *tree, const struct vexfs_key *key)
{
	struct dirty_path path;
	u32 level = dirty_path_find(tree, key, &path);

	for (; level < path.top; level++) {
		struct vexfs_node *parent = path.nodes[level + 1];
		u32 index = path.index[level + 1];

		if (vexfs_node_used_bytes(path.nodes[level]->data) >= MERGE_BELOW_BYTES)
			break;
		if (index + 1 < vexfs_node_count(parent->data) &&
		    children_merge(tree, parent, index))
			continue;
		if (!index || !children_merge(tree, parent, index - 1))
			break;
	}
	root_shrink(tree);
}

void vexfs_tree_remove(struct vexfs_tree *tree, const struct vexfs_key *key)
{
	struct dirty_path path;
	u32 level = dirty_path_find(tree, key, &path);

	if (!is_prepared(tree, &path, level, true, 0))
		return;
	change_log(tree, VEXFS_LOG_REMOVE, key, NULL, 0);
	vexfs_node_remove(path.nodes[0]->data, path.index[0]);
	if (!vexfs_node_count(path.nodes[0]->data))
		empty_leaf_drop(tree, &path);
	path_balance(tree, key);
}

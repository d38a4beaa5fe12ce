// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* Reading a tree in order of keys. */
#include "tree/tree.h"

#include <vexfs/errors.h>

void vexfs_cursor_close(struct vexfs_cursor *cursor)
{
	u32 level;

	for (level = 0; level < VEXFS_LEVEL_MAX; level++) {
		if (cursor->path[level])
			vexfs_node_put(cursor->io, cursor->path[level]);
		cursor->path[level] = NULL;
	}
	cursor->height = 0;
	cursor->at_end = true;
}

/* Fills the path from @level down, along @key or, without one, along the first children. */
static int path_fill(struct vexfs_cursor *cursor, u32 level, const struct vexfs_key *key)
{
	for (; level; level--) {
		const void *node = cursor->path[level]->data;
		struct vexfs_ptr ptr;
		int err;

		vexfs_node_child(node, cursor->index[level], &ptr);
		err = vexfs_node_get(cursor->io, &ptr, &cursor->path[level - 1]);
		if (err)
			return err;
		node = cursor->path[level - 1]->data;
		if (!vexfs_node_count(node))
			return VEXFS_ERR(EUCLEAN);
		cursor->index[level - 1] = 0;
		if (key && level - 1) {
			cursor->index[level - 1] = vexfs_node_child_for(node, key);
		} else if (key) {
			bool exact;

			cursor->index[0] = vexfs_node_find(node, key, &exact);
		}
	}
	return 0;
}

/* Steps over the end of a leaf, to the first item of the next one. */
static int leaf_next(struct vexfs_cursor *cursor)
{
	u32 level, down;

	for (level = 1; level < cursor->height; level++) {
		if (cursor->index[level] + 1 < vexfs_node_count(cursor->path[level]->data))
			break;
	}
	if (level >= cursor->height) {
		cursor->at_end = true;
		return 0;
	}
	for (down = 0; down < level; down++) {
		vexfs_node_put(cursor->io, cursor->path[down]);
		cursor->path[down] = NULL;
	}
	cursor->index[level]++;
	return path_fill(cursor, level, NULL);
}

static int settle(struct vexfs_cursor *cursor)
{
	int err;

	while (!cursor->at_end && cursor->index[0] >= vexfs_node_count(cursor->path[0]->data)) {
		err = leaf_next(cursor);
		if (err)
			return err;
	}
	return 0;
}

/* The path from the root along @key, down to the first item not below it, or past a leaf's last. */
static int path_open(struct vexfs_cursor *cursor, const struct vexfs_tree *tree,
		     const struct vexfs_key *key)
{
	u32 top = tree->root.level;
	bool exact;
	int err;

	memset(cursor, 0, sizeof(*cursor));
	cursor->io = tree->io;
	err = vexfs_node_get(tree->io, &tree->root, &cursor->path[top]);
	if (err)
		return err;
	cursor->height = top + 1;
	cursor->index[top] = top ? vexfs_node_child_for(cursor->path[top]->data, key) :
				   vexfs_node_find(cursor->path[top]->data, key, &exact);
	return path_fill(cursor, top, key);
}

int vexfs_cursor_open(struct vexfs_cursor *cursor, const struct vexfs_tree *tree,
		      const struct vexfs_key *key)
{
	int err = path_open(cursor, tree, key);

	if (!err)
		err = settle(cursor);
	if (!err && !cursor->at_end) {
		struct vexfs_key at = vexfs_cursor_key(cursor);

		if (vexfs_key_compare(&at, key) < 0)
			err = VEXFS_ERR(EUCLEAN);
	}
	if (err)
		vexfs_cursor_close(cursor);
	return err;
}

/*
 * Steps before the start of a leaf, to the last item of the one before; stays when there is none.
 */
static int leaf_previous(struct vexfs_cursor *cursor)
{
	u32 level = 1, down;

	while (level < cursor->height && !cursor->index[level])
		level++;
	if (level >= cursor->height)
		return 0;
	for (down = 0; down < level; down++) {
		vexfs_node_put(cursor->io, cursor->path[down]);
		cursor->path[down] = NULL;
	}
	cursor->index[level]--;
	for (; level; level--) {
		struct vexfs_ptr ptr;
		int err;

		vexfs_node_child(cursor->path[level]->data, cursor->index[level], &ptr);
		err = vexfs_node_get(cursor->io, &ptr, &cursor->path[level - 1]);
		if (err)
			return err;
		if (!vexfs_node_count(cursor->path[level - 1]->data))
			return VEXFS_ERR(EUCLEAN);
		cursor->index[level - 1] = vexfs_node_count(cursor->path[level - 1]->data) - 1;
	}
	return 0;
}

static bool stands_on(const struct vexfs_cursor *cursor, const struct vexfs_key *key)
{
	struct vexfs_key at;

	if (cursor->index[0] >= vexfs_node_count(cursor->path[0]->data))
		return false;
	at = vexfs_cursor_key(cursor);
	return !vexfs_key_compare(&at, key);
}

int vexfs_cursor_open_floor(struct vexfs_cursor *cursor, const struct vexfs_tree *tree,
			    const struct vexfs_key *key)
{
	int err = path_open(cursor, tree, key);

	if (!err && !stands_on(cursor, key)) {
		if (cursor->index[0])
			cursor->index[0]--;
		else
			err = leaf_previous(cursor);
	}
	if (!err)
		err = settle(cursor);
	if (err)
		vexfs_cursor_close(cursor);
	return err;
}

int vexfs_cursor_next(struct vexfs_cursor *cursor)
{
	struct vexfs_key last = vexfs_cursor_key(cursor), key;
	int err;

	cursor->index[0]++;
	err = settle(cursor);
	if (err || cursor->at_end)
		return err;
	key = vexfs_cursor_key(cursor);
	return vexfs_key_compare(&key, &last) > 0 ? 0 : VEXFS_ERR(EUCLEAN);
}

int vexfs_tree_read(const struct vexfs_tree *tree, const struct vexfs_key *key, void *out, u32 size,
		    u32 *bytes)
{
	struct vexfs_ptr ptr = tree->root;
	struct vexfs_node *node;
	bool exact;
	u32 index;
	int err;

	for (;;) {
		err = vexfs_node_get(tree->io, &ptr, &node);
		if (err)
			return err;
		if (!node->level)
			break;
		vexfs_node_child(node->data, vexfs_node_child_for(node->data, key), &ptr);
		vexfs_node_put(tree->io, node);
	}
	index = vexfs_node_find(node->data, key, &exact);
	if (exact) {
		*bytes = vexfs_node_data_bytes(node->data, index);
		memcpy(out, vexfs_node_data(node->data, index), *bytes < size ? *bytes : size);
	} else {
		err = VEXFS_ERR(ENOENT);
	}
	vexfs_node_put(tree->io, node);
	return err;
}

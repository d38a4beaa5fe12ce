// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * The difference of two trees: both are walked in order of keys, and a subtree that both point to
 * is stepped over on both sides. What differs is told per inode.
 *
 * Each side stands on an element: a pointer not yet followed (its key bounds the keys below from
 * under) or an item. The smaller element moves; equal pointers move together. An item that is
 * smaller than the other side's element cannot occur there any more.
 */
#include <vexfs/errors.h>

#include "snap/snap.h"

/* Of an inode being gathered; together they are VEXFS_DIFF_RENAMED. */
#define NAME_WENT	0x40000000u
#define NAME_CAME	0x80000000u

struct side {
	struct vexfs_io *io;
	struct vexfs_node *path[VEXFS_LEVEL_MAX];
	u32 index[VEXFS_LEVEL_MAX];
	u32 level;		/* of the node that the element is in */
	u32 top;
	bool at_end;
	bool has_last;
	struct vexfs_key last;	/* item before: keys must rise, or the tree is damaged */
};

struct diff {
	struct side from, to;
	const struct vexfs_subvol *from_tree, *to_tree;	/* from_tree NULL: the empty tree */
	u64 after_ino;
	u64 ino;		/* inode being gathered, 0 for none */
	u32 kinds;
	struct vexfs_change *rows;
	u32 rows_max, count;
};

static struct vexfs_key side_key(const struct side *side)
{
	return vexfs_node_key(side->path[side->level]->data, side->index[side->level]);
}

static const u8 *side_data(const struct side *side)
{
	return vexfs_node_data(side->path[side->level]->data, side->index[side->level]);
}

static u32 side_bytes(const struct side *side)
{
	return vexfs_node_data_bytes(side->path[side->level]->data, side->index[side->level]);
}

static void side_close(struct side *side)
{
	u32 level;

	for (level = 0; level < VEXFS_LEVEL_MAX; level++) {
		if (side->path[level])
			vexfs_node_put(side->io, side->path[level]);
		side->path[level] = NULL;
	}
}

/* Leaves nodes that are used up. */
static void side_settle(struct side *side)
{
	while (!side->at_end &&
	       side->index[side->level] >= vexfs_node_count(side->path[side->level]->data)) {
		if (side->level == side->top) {
			side->at_end = true;
			return;
		}
		vexfs_node_put(side->io, side->path[side->level]);
		side->path[side->level] = NULL;
		side->level++;
		side->index[side->level]++;
	}
}

static int side_advance(struct side *side)
{
	if (!side->level) {
		struct vexfs_key key = side_key(side);

		if (side->has_last && vexfs_key_compare(&key, &side->last) <= 0)
			return VEXFS_ERR(EUCLEAN);
		side->has_last = true;
		side->last = key;
	}
	side->index[side->level]++;
	side_settle(side);
	return 0;
}

/* Follows the pointer under the element, to the child's first item or, with @key, to its place. */
static int side_expand(struct side *side, const struct vexfs_key *key)
{
	struct vexfs_ptr ptr;
	struct vexfs_node *node;
	bool exact;
	int err;

	vexfs_node_child(side->path[side->level]->data, side->index[side->level], &ptr);
	err = vexfs_node_get(side->io, &ptr, &node);
	if (err)
		return err;
	side->level--;
	side->path[side->level] = node;
	if (!vexfs_node_count(node->data))
		return VEXFS_ERR(EUCLEAN);
	side->index[side->level] = 0;
	if (key)
		side->index[side->level] = side->level ? vexfs_node_child_for(node->data, key) :
							 vexfs_node_find(node->data, key, &exact);
	return 0;
}

/* Stands at the first item not below @key, or on an unfollowed pointer when that is above it. */
static int side_open(struct side *side, struct vexfs_io *io, const struct vexfs_subvol *subvol,
		     const struct vexfs_key *key)
{
	bool exact;
	int err = 0;

	side->io = io;
	side->at_end = !subvol;
	if (!subvol)
		return 0;
	side->top = side->level = subvol->tree.root.level;
	err = vexfs_node_get(io, &subvol->tree.root, &side->path[side->top]);
	if (err)
		return err;
	side->index[side->top] =
		side->top ? vexfs_node_child_for(side->path[side->top]->data, key) :
			    vexfs_node_find(side->path[0]->data, key, &exact);
	while (side->level && !err)
		err = side_expand(side, key);
	if (!err)
		side_settle(side);
	return err;
}

/* ---- telling ---- */

static bool time_differs(const struct vexfs_time *a, const struct vexfs_time *b)
{
	return a->sec != b->sec || a->nsec != b->nsec;
}

static int inode_kinds(const struct side *from, const struct side *to, u32 *kinds)
{
	struct vexfs_inode a, b;
	int err = vexfs_inode_decode(side_data(from), side_bytes(from), &a);

	if (!err)
		err = vexfs_inode_decode(side_data(to), side_bytes(to), &b);
	if (err)
		return err;
	if (!vexfs_inode_is(&b, VEXFS_S_IFDIR) &&
	    (a.data_generation != b.data_generation || a.size[0] != b.size[0]))
		*kinds |= VEXFS_DIFF_DATA;
	if (a.size[1] != b.size[1])
		*kinds |= VEXFS_DIFF_VECTORS;
	if (a.mode != b.mode || a.uid != b.uid || a.gid != b.gid || a.rdev != b.rdev ||
	    (!vexfs_inode_is(&b, VEXFS_S_IFDIR) && time_differs(&a.mtime, &b.mtime)))
		*kinds |= VEXFS_DIFF_ATTRS;
	if (vexfs_inode_is(&b, VEXFS_S_IFDIR) && time_differs(&a.mtime, &b.mtime))
		*kinds |= VEXFS_DIFF_TIMES;
	if (a.nlink != b.nlink && !vexfs_inode_is(&b, VEXFS_S_IFDIR))
		*kinds |= VEXFS_DIFF_NAMES;
	return 0;
}

static u32 item_kinds(u8 type)
{
	switch (type) {
	case VEXFS_ITEM_BACKREF:
		return VEXFS_DIFF_NAMES | NAME_WENT | NAME_CAME;
	case VEXFS_ITEM_XATTR:
		return VEXFS_DIFF_XATTRS;
	case VEXFS_ITEM_ENTRY:
		return VEXFS_DIFF_ENTRIES;
	case VEXFS_ITEM_SYMLINK:
	case VEXFS_ITEM_EXTENT:
		return VEXFS_DIFF_DATA;
	case VEXFS_ITEM_EXTENT + 1:
		return VEXFS_DIFF_VECTORS;
	default:
		return 0;
	}
}

static int mode_read(const struct vexfs_subvol *subvol, u64 ino, u32 *mode)
{
	struct vexfs_inode inode;
	int err = subvol ? vexfs_inode_read(&subvol->tree, ino, &inode) : -ESTALE;

	if (!err)
		*mode = inode.mode;
	return err;
}

/* Ends the gathering of one inode. */
static int row_flush(struct diff *diff)
{
	struct vexfs_change *row = &diff->rows[diff->count];
	int err;

	if (!diff->ino || !diff->kinds) {
		diff->ino = 0;
		diff->kinds = 0;
		return 0;
	}
	if ((diff->kinds & NAME_WENT) && (diff->kinds & NAME_CAME))
		diff->kinds |= VEXFS_DIFF_RENAMED;
	/* Whoever has entries that came or went has other times anyway. */
	if (diff->kinds != VEXFS_DIFF_TIMES)
		diff->kinds &= ~VEXFS_DIFF_TIMES;
	row->ino = diff->ino;
	row->kinds = diff->kinds & ~(NAME_WENT | NAME_CAME);
	err = mode_read(diff->to_tree, diff->ino, &row->mode);
	if (err == -ESTALE)
		err = mode_read(diff->from_tree, diff->ino, &row->mode);
	if (err)
		return err == -ESTALE ? VEXFS_ERR(EUCLEAN) : err;
	diff->count++;
	diff->ino = 0;
	diff->kinds = 0;
	return 0;
}

static int tell(struct diff *diff, const struct vexfs_key *key, u32 kinds)
{
	int err = 0;

	if (!key->object || key->object <= diff->after_ino)
		return 0;
	if (key->object != diff->ino)
		err = row_flush(diff);
	if (err || diff->count == diff->rows_max)
		return err;
	diff->ino = key->object;
	diff->kinds |= kinds;
	return 0;
}

static int only_in(struct diff *diff, struct side *side, u32 kind)
{
	struct vexfs_key key = side_key(side);
	u32 not_here = kind == VEXFS_DIFF_CREATED ? NAME_WENT : NAME_CAME;
	int err = tell(diff, &key,
		       key.type == VEXFS_ITEM_INODE ? kind : item_kinds(key.type) & ~not_here);

	return err ? err : side_advance(side);
}

static int in_both(struct diff *diff)
{
	struct vexfs_key key = side_key(&diff->from);
	u32 kinds = 0;
	int err = 0;

	if (side_bytes(&diff->from) != side_bytes(&diff->to) ||
	    memcmp(side_data(&diff->from), side_data(&diff->to), side_bytes(&diff->from))) {
		kinds = item_kinds(key.type);
		if (key.type == VEXFS_ITEM_INODE)
			err = inode_kinds(&diff->from, &diff->to, &kinds);
		if (!err && kinds)
			err = tell(diff, &key, kinds);
	}
	if (!err)
		err = side_advance(&diff->from);
	return err ? err : side_advance(&diff->to);
}

static bool same_subtree(const struct side *a, const struct side *b)
{
	struct vexfs_ptr x, y;

	if (!a->level || a->level != b->level)
		return false;
	vexfs_node_child(a->path[a->level]->data, a->index[a->level], &x);
	vexfs_node_child(b->path[b->level]->data, b->index[b->level], &y);
	return x.block == y.block && x.birth == y.birth;
}

static int diff_move(struct diff *diff)
{
	struct side *from = &diff->from, *to = &diff->to;
	struct vexfs_key a, b;
	int order, err;

	if (from->at_end || to->at_end) {
		struct side *side = from->at_end ? to : from;

		return side->level ? side_expand(side, NULL) :
		       only_in(diff, side, side == to ? VEXFS_DIFF_CREATED : VEXFS_DIFF_REMOVED);
	}
	if (same_subtree(from, to)) {
		err = side_advance(from);
		return err ? err : side_advance(to);
	}
	a = side_key(from);
	b = side_key(to);
	order = vexfs_key_compare(&a, &b);
	if (order == 0 && !from->level && !to->level)
		return in_both(diff);
	/* At equal keys pointers go first, and of two pointers the higher one. */
	if (order < 0 || (order == 0 && from->level && from->level >= to->level))
		return from->level ? side_expand(from, NULL) :
				     only_in(diff, from, VEXFS_DIFF_REMOVED);
	return to->level ? side_expand(to, NULL) : only_in(diff, to, VEXFS_DIFF_CREATED);
}

static int diff_walk(struct vexfs_txn *txn, struct diff *diff, bool *end)
{
	struct vexfs_key key = vexfs_key_make(diff->after_ino + 1, 0, 0);
	int err = side_open(&diff->from, &txn->io, diff->from_tree, &key);

	if (!err)
		err = side_open(&diff->to, &txn->io, diff->to_tree, &key);
	while (!err && diff->count < diff->rows_max &&
	       !(diff->from.at_end && diff->to.at_end))
		err = diff_move(diff);
	if (!err && diff->count < diff->rows_max)
		err = row_flush(diff);
	*end = diff->count < diff->rows_max;
	side_close(&diff->from);
	side_close(&diff->to);
	return err;
}

static bool same_root(const struct diff *diff)
{
	const struct vexfs_ptr *to = &diff->to_tree->tree.root;

	return diff->from_tree && diff->from_tree->tree.root.block == to->block &&
	       diff->from_tree->tree.root.birth == to->birth;
}

static int trees_get(struct vexfs_txn *txn, struct diff *diff, u64 from, u64 to)
{
	struct vexfs_subvol *subvol;
	int err = 0;

	if (from) {
		err = vexfs_subvol_get(txn, from, &subvol);
		if (!err)
			diff->from_tree = subvol;
	}
	if (!err)
		err = vexfs_subvol_get(txn, to, &subvol);
	if (!err)
		diff->to_tree = subvol;
	return err == -ESTALE ? VEXFS_ERR(ENOENT) : err;
}

int vexfs_snap_diff(struct vexfs_txn *txn, u64 from, u64 to, u64 after_ino,
		    struct vexfs_change *rows, u32 rows_max, u32 *count, bool *end)
{
	struct diff *diff;
	bool ended = true;
	int err;

	if (!rows_max || after_ino == ~0ull)
		return VEXFS_ERR(EINVAL);
	diff = vexfs_port_alloc(sizeof(*diff));
	if (!diff)
		return VEXFS_ERR(ENOMEM);
	diff->after_ino = after_ino;
	diff->rows = rows;
	diff->rows_max = rows_max;
	vexfs_port_rwlock_read_lock(txn->lock);
	err = trees_get(txn, diff, from, to);
	if (!err && !same_root(diff))
		err = diff_walk(txn, diff, &ended);
	vexfs_port_rwlock_read_unlock(txn->lock);
	if (!err) {
		*count = diff->count;
		*end = ended;
	}
	vexfs_port_free(diff);
	return err;
}

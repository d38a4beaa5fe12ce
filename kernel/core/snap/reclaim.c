// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * What deleting a set of snapshots would give back, and what trees refer to.
 *
 * The first is what vexfs_dead_step() would do, done on paper: each tree of the set gives back the
 * reference to its root; a node whose references have all been given back is free, and gives back
 * those to what it points to. Blocks with one reference need no memory; for others it is counted
 * how many were given back (tally.h). Only nodes that would be freed are read.
 *
 * The second adds up whole trees. A subtree's sum never changes, as its pointer says what is in it,
 * so sums are kept in a table of the mount.
 *
 * Both go down the tree in portions, with the volume's lock for one portion at a time. Between them
 * the pointers on the way stay good as long as the tree does: read-only trees do not change, and of
 * the others the root is looked at again.
 */
#include <vexfs/errors.h>

#include "snap/snap.h"
#include "snap/tally.h"

#define NODES_PER_PORTION	128u
#define SUMS_SIZE		65536u	/* a power of two */

/* A subtree's sum; @block 0 is a free place. */
struct sum {
	u64 block, birth, blocks;
};

struct step {
	struct vexfs_ptr ptr;
	u32 next;		/* child to go to */
	u64 sum;		/* of what is below, so far */
};

struct member {
	u64 id;
	bool is_writable;
	struct vexfs_ptr root;
};

struct reclaim {
	struct vexfs_txn *txn;
	const struct vexfs_space_query *query;
	struct vexfs_tally tally;
	struct member *members;
	u32 count, room;
	u32 range;		/* that the walk of the roots has come to */
	u32 exact;		/* ranges of one id that were met */
	u64 removals;		/* txn->tree_removals at the start */
	bool sums;		/* which of the two walks */
	struct step path[VEXFS_LEVEL_MAX];
	u32 depth;		/* steps on the path; 0: between trees */
	u32 next_member;
	u64 freed_blocks, referenced_blocks;
};

/* ---- who is meant ---- */

static int ranges_check(const struct vexfs_space_query *query, u32 *exact)
{
	u32 i;

	*exact = 0;
	for (i = 0; i < query->ranges_count; i++) {
		const struct vexfs_id_range *range = &query->ranges[i];

		if (range->first < VEXFS_VOLUME_TREE_FIRST || range->last < range->first ||
		    (i && range->first <= query->ranges[i - 1].last))
			return VEXFS_ERR(EINVAL);
		*exact += range->first == range->last;
	}
	return query->ranges_count ? 0 : VEXFS_ERR(EINVAL);
}

static bool member_count(void *context, const struct vexfs_subvol *subvol)
{
	struct reclaim *reclaim = context;
	const struct vexfs_space_query *query = reclaim->query;
	const struct vexfs_id_range *range;
	u64 id = subvol->tree.id;
	bool is_exact;

	while (reclaim->range < query->ranges_count && query->ranges[reclaim->range].last < id)
		reclaim->range++;
	if (reclaim->range == query->ranges_count)
		return false;
	range = &query->ranges[reclaim->range];
	is_exact = range->first == range->last;
	if (id < range->first || (!is_exact && (subvol->flags & VEXFS_TREE_HIDDEN)))
		return true;
	reclaim->exact += is_exact;
	if (reclaim->members) {
		struct member *member = &reclaim->members[reclaim->count];

		member->id = id;
		member->is_writable = subvol->flags & VEXFS_TREE_WRITABLE;
		member->root = subvol->tree.root;
	}
	reclaim->count++;
	return !reclaim->members || reclaim->count < reclaim->room;
}

static int members_walk(struct reclaim *reclaim)
{
	reclaim->range = reclaim->count = reclaim->exact = 0;
	return vexfs_snap_roots_walk(reclaim->txn, reclaim->query->ranges[0].first - 1,
				     member_count, reclaim);
}

/* The lock is held, and all is on disk: what the root tree says is what is. */
static int members_get(struct reclaim *reclaim, u32 exact)
{
	int err = members_walk(reclaim);

	if (!err && reclaim->exact != exact)
		err = VEXFS_ERR(ENOENT);
	if (err || !reclaim->count)
		return err;
	reclaim->room = reclaim->count;
	reclaim->members = vexfs_port_alloc((size_t)reclaim->room * sizeof(*reclaim->members));
	if (!reclaim->members)
		return VEXFS_ERR(ENOMEM);
	return members_walk(reclaim);
}

static int still_good(struct reclaim *reclaim, const struct member *member)
{
	struct vexfs_subvol *subvol;
	int err;

	if (reclaim->txn->tree_removals != reclaim->removals)
		return VEXFS_ERR(EAGAIN);
	if (!member->is_writable)
		return 0;
	err = vexfs_subvol_get(reclaim->txn, member->id, &subvol);
	if (!err && (subvol->tree.root.block != member->root.block ||
		     subvol->tree.root.birth != member->root.birth))
		err = VEXFS_ERR(EAGAIN);
	return err;
}

/* ---- giving back ---- */

static int give_back(struct reclaim *reclaim, u64 block, bool *is_free)
{
	u32 refs, met;
	int err = vexfs_space_refs(&reclaim->txn->space, block, &refs);

	if (err)
		return err;
	*is_free = refs == 1;
	if (*is_free)
		return 0;
	err = vexfs_tally_add(&reclaim->tally, block, &met);
	if (!err)
		*is_free = met == refs;
	return err;
}

static int data_give_back(void *context, u64 block, u32 count)
{
	struct reclaim *reclaim = context;
	bool is_free;
	int err = 0;
	u32 i;

	for (i = 0; i < count && !err; i++) {
		err = give_back(reclaim, block + i, &is_free);
		if (!err)
			reclaim->freed_blocks += is_free;
	}
	return err;
}

/* ---- adding up ---- */

static int blocks_add(void *context, u64 block, u32 count)
{
	(void)block;
	*(u64 *)context += count;
	return 0;
}

static struct sum *sum_place(struct reclaim *reclaim, const struct vexfs_ptr *ptr)
{
	struct sum *sums = reclaim->txn->sums;

	return &sums[(ptr->block / VEXFS_QUAD_BLOCKS) & (SUMS_SIZE - 1)];
}

static bool sum_find(struct reclaim *reclaim, const struct vexfs_ptr *ptr, u64 *blocks)
{
	const struct sum *sum = sum_place(reclaim, ptr);

	if (sum->block != ptr->block || sum->birth != ptr->birth)
		return false;
	*blocks = sum->blocks;
	return true;
}

static void sum_keep(struct reclaim *reclaim, const struct vexfs_ptr *ptr, u64 blocks)
{
	*sum_place(reclaim, ptr) = (struct sum){ ptr->block, ptr->birth, blocks };
}

static int sums_create(struct reclaim *reclaim)
{
	struct vexfs_txn *txn = reclaim->txn;

	if (!txn->sums)
		txn->sums = vexfs_port_alloc(SUMS_SIZE * sizeof(struct sum));
	return txn->sums ? 0 : VEXFS_ERR(ENOMEM);
}

/* ---- going down ---- */

/* Decides about what @ptr names: into it, or past it. */
static int enter(struct reclaim *reclaim, const struct vexfs_ptr *ptr)
{
	bool into = true;
	u64 blocks = 0;
	int err = 0;

	if (reclaim->sums) {
		into = !sum_find(reclaim, ptr, &blocks);
		if (!into && reclaim->depth)
			reclaim->path[reclaim->depth - 1].sum += blocks;
		else if (!into)
			reclaim->referenced_blocks += blocks;
	} else {
		err = give_back(reclaim, ptr->block, &into);
		if (!err && into)
			reclaim->freed_blocks += VEXFS_NODE_BLOCKS;
	}
	if (err || !into)
		return err;
	/* Levels fall by one from node to node, or reading the one before had failed. */
	VEXFS_ASSERT(reclaim->depth < VEXFS_LEVEL_MAX);
	reclaim->path[reclaim->depth++] = (struct step){ .ptr = *ptr };
	return 0;
}

static void leave(struct reclaim *reclaim)
{
	struct step *step = &reclaim->path[--reclaim->depth];
	u64 blocks = step->sum + VEXFS_NODE_BLOCKS;

	if (!reclaim->sums)
		return;
	sum_keep(reclaim, &step->ptr, blocks);
	if (reclaim->depth)
		reclaim->path[reclaim->depth - 1].sum += blocks;
	else
		reclaim->referenced_blocks += blocks;
}

/* One node further: to a child of the last on the path, or back from it. */
static int move(struct reclaim *reclaim)
{
	struct step *step = &reclaim->path[reclaim->depth - 1];
	struct vexfs_node *node;
	struct vexfs_ptr child;
	bool is_done = true;
	int err = vexfs_node_get(&reclaim->txn->io, &step->ptr, &node);

	if (err)
		return err;
	if (!node->level && reclaim->sums) {
		err = vexfs_node_children(node->data, blocks_add, &step->sum);
	} else if (!node->level) {
		err = vexfs_node_children(node->data, data_give_back, reclaim);
	} else if (step->next < vexfs_node_count(node->data)) {
		vexfs_node_child(node->data, step->next++, &child);
		is_done = false;
	}
	vexfs_node_put(&reclaim->txn->io, node);
	if (err)
		return err;
	if (!is_done)
		return enter(reclaim, &child);
	leave(reclaim);
	return 0;
}

/* Return: 1 when there is more, 0 when not, errors. The lock is held. */
static int portion(struct reclaim *reclaim)
{
	u32 i;
	int err = 0;

	if (reclaim->depth)
		err = still_good(reclaim, &reclaim->members[reclaim->next_member - 1]);
	for (i = 0; i < NODES_PER_PORTION && !err; i++) {
		if (reclaim->depth) {
			err = move(reclaim);
			continue;
		}
		if (reclaim->next_member == reclaim->count)
			return 0;
		err = still_good(reclaim, &reclaim->members[reclaim->next_member]);
		if (!err)
			err = enter(reclaim, &reclaim->members[reclaim->next_member++].root);
	}
	return err ? err : 1;
}

static int walk(struct reclaim *reclaim, bool sums)
{
	const struct vexfs_space_query *query = reclaim->query;
	struct vexfs_txn *txn = reclaim->txn;
	int more = 1;

	reclaim->sums = sums;
	reclaim->next_member = 0;
	while (more == 1) {
		if (query->interrupted && query->interrupted(query->context))
			return VEXFS_ERR(EINTR);
		vexfs_port_rwlock_write_lock(txn->lock);
		more = sums ? sums_create(reclaim) : 0;
		if (!more)
			more = portion(reclaim);
		vexfs_port_rwlock_write_unlock(txn->lock);
	}
	return more;
}

int vexfs_snap_space(struct vexfs_txn *txn, const struct vexfs_space_query *query,
		     struct vexfs_space_answer *answer)
{
	struct reclaim *reclaim;
	u32 exact;
	int err = ranges_check(query, &exact);

	if (err)
		return err;
	reclaim = vexfs_port_alloc(sizeof(*reclaim));
	if (!reclaim)
		return VEXFS_ERR(ENOMEM);
	reclaim->txn = txn;
	reclaim->query = query;
	/* Clones may have changed since; on a volume that cannot be written to nothing has. */
	err = vexfs_txn_commit(txn, NULL);
	if (err == -EROFS)
		err = 0;
	if (!err) {
		vexfs_port_rwlock_write_lock(txn->lock);
		reclaim->removals = txn->tree_removals;
		err = members_get(reclaim, exact);
		vexfs_port_rwlock_write_unlock(txn->lock);
	}
	if (!err)
		err = walk(reclaim, false);
	if (!err && query->referenced)
		err = walk(reclaim, true);
	if (!err)
		*answer = (struct vexfs_space_answer){ reclaim->count, reclaim->freed_blocks,
						       reclaim->referenced_blocks };
	vexfs_tally_fini(&reclaim->tally);
	vexfs_port_free(reclaim->members);
	vexfs_port_free(reclaim);
	return err;
}

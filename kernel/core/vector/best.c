// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "vector/best.h"
#include "vector/search.h"

#include <vexfs/errors.h>

static u32 slot_of(u64 ino)
{
	return (u32)(ino * 0x9e3779b97f4a7c15ull >> 32) % VEXFS_BEST_FILES;
}

static int file_check(struct vexfs_best *best, u64 ino, bool *may)
{
	u32 slot = slot_of(ino);
	struct vexfs_subvol *subvol;
	int err;

	if (best->files[slot].ino == ino) {
		*may = best->files[slot].may;
		return 0;
	}
	if (best->interrupted && best->interrupted(best->context))
		return VEXFS_ERR(EINTR);
	vexfs_port_rwlock_read_lock(best->txn->lock);
	err = vexfs_subvol_get(best->txn, best->tree, &subvol);
	if (!err)
		err = vexfs_access_check(&best->access, subvol, ino, may);
	vexfs_port_rwlock_read_unlock(best->txn->lock);
	if (err)
		return err;
	best->files[slot].ino = ino;
	best->files[slot].may = *may;
	return 0;
}

/* Whether (@rank, @row) comes before hit @index. */
static bool is_before(const struct vexfs_best *best, u32 index, const struct vexfs_vector_row *row,
		      s64 rank)
{
	const struct vexfs_hit *hit = &best->hits[index];

	if (rank != best->ranks[index])
		return rank > best->ranks[index];
	return row->ino != hit->ino ? row->ino < hit->ino : row->record < hit->record;
}

/* A file that changed between two looks at it may be met twice; what was seen last counts. */
static void earlier_drop(struct vexfs_best *best, const struct vexfs_vector_row *row)
{
	u32 at = 0;

	while (at < best->count &&
	       (best->hits[at].ino != row->ino || best->hits[at].record != row->record))
		at++;
	if (at == best->count)
		return;
	for (best->count--; at < best->count; at++) {
		best->hits[at] = best->hits[at + 1];
		best->ranks[at] = best->ranks[at + 1];
	}
}

int vexfs_best_offer(struct vexfs_best *best, const struct vexfs_vector_row *row, s64 rank)
{
	u32 at;
	bool may;
	int err;

	if (best->count == best->max && !is_before(best, best->count - 1, row, rank))
		return 0;
	err = file_check(best, row->ino, &may);
	if (err)
		return err;
	if (!may) {
		best->denied++;
		return 0;
	}
	earlier_drop(best, row);
	at = best->count < best->max ? best->count++ : best->count - 1;
	for (; at && is_before(best, at - 1, row, rank); at--) {
		best->hits[at] = best->hits[at - 1];
		best->ranks[at] = best->ranks[at - 1];
	}
	best->ranks[at] = rank;
	best->hits[at] = (struct vexfs_hit){ .ino = row->ino,
					     .begin_bytes = row->begin_bytes,
					     .end_bytes = row->end_bytes,
					     .record = row->record,
					     .page = row->page,
					     .stale = row->stale };
	return 0;
}

int vexfs_vector_may_read(struct vexfs_txn *txn, struct vexfs_id id,
			  const struct vexfs_credentials *who, bool *may)
{
	struct vexfs_access *access = vexfs_port_alloc(sizeof(*access));
	struct vexfs_subvol *subvol;
	int err;

	if (!access)
		return VEXFS_ERR(ENOMEM);
	vexfs_access_init(access, who);
	vexfs_port_rwlock_read_lock(txn->lock);
	err = vexfs_subvol_get(txn, id.tree, &subvol);
	if (!err)
		err = vexfs_access_check(access, subvol, id.ino, may);
	vexfs_port_rwlock_read_unlock(txn->lock);
	vexfs_port_free(access);
	return err;
}

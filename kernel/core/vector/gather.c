// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "vector/gather.h"

#include <vexfs/errors.h>

#include "fs/fork.h"

#define HEADER_BYTES	((u32)sizeof(struct vexfs_disk_vectors))
/* How often a leaf that changes while it is read is begun again, before it is taken as it comes. */
#define TRIES		3u

int vexfs_gather_create(struct vexfs_txn *txn, u64 tree, const struct vexfs_vector_kernels *kernels,
			struct vexfs_gather **out)
{
	struct vexfs_gather *gather = vexfs_port_alloc(sizeof(*gather));

	if (!gather)
		return VEXFS_ERR(ENOMEM);
	gather->txn = txn;
	gather->tree = tree;
	gather->kernels = kernels;
	*out = gather;
	return 0;
}

void vexfs_gather_destroy(struct vexfs_gather *gather)
{
	if (!gather)
		return;
	vexfs_port_free(gather->bytes);
	vexfs_port_free(gather);
}

/* ---- which files; txn->lock is held ---- */

static bool is_dirty(const struct vexfs_gather *gather, u64 birth)
{
	return birth == gather->txn->io.generation;
}

static int file_list(struct vexfs_gather *gather, u64 ino, const void *data, u32 bytes)
{
	struct vexfs_inode inode;
	int err = vexfs_inode_decode(data, bytes, &inode);

	if (err || !inode.size[1] || !vexfs_inode_is(&inode, VEXFS_S_IFREG))
		return err;
	if (gather->file_count == VEXFS_GATHER_FILES)
		return VEXFS_ERR(EUCLEAN);
	gather->files[gather->file_count].ino = ino;
	gather->files[gather->file_count].size = inode.size[1];
	gather->files[gather->file_count++].data_generation = inode.data_generation;
	return 0;
}

/* Whether the last file listed goes on in the next leaf; and beyond that, where nobody looks. */
static void end_look(struct vexfs_gather *gather, const void *node,
		     const struct vexfs_leaf_ref *next, bool *goes_on)
{
	u64 last = vexfs_node_key(node, vexfs_node_count(node) - 1).object;

	*goes_on = false;
	if (!gather->file_count || gather->files[gather->file_count - 1].ino != last || !next)
		return;
	*goes_on = true;
	if (is_dirty(gather, next->name.birth) || (!next->is_last && next->end.object == last))
		gather->keeps = false;
}

static int files_list(struct vexfs_gather *gather, const struct vexfs_key *from, bool *goes_on)
{
	struct vexfs_io *io = &gather->txn->io;
	struct vexfs_leaf_ref refs[2];
	struct vexfs_subvol *subvol;
	struct vexfs_node *node;
	u32 count, i;
	int err = vexfs_subvol_get(gather->txn, gather->tree, &subvol);

	gather->file_count = 0;
	if (err)
		return err;
	err = vexfs_leaves_list(&subvol->tree, from, 0, refs, 2, &count);
	if (!err && !count)
		err = VEXFS_ERR(EUCLEAN);
	if (!err)
		err = vexfs_node_get(io, &refs[0].ptr, &node);
	if (err)
		return err;
	gather->at = refs[0];
	gather->keeps = !is_dirty(gather, refs[0].name.birth) &&
			vexfs_key_compare(from, &refs[0].low) <= 0;
	for (i = 0; !err && i < vexfs_node_count(node->data); i++) {
		struct vexfs_key key = vexfs_node_key(node->data, i);

		if (key.type == VEXFS_ITEM_INODE && vexfs_key_compare(&key, from) >= 0)
			err = file_list(gather, key.object, vexfs_node_data(node->data, i),
					vexfs_node_data_bytes(node->data, i));
	}
	if (!err && vexfs_node_count(node->data))
		end_look(gather, node->data, count > 1 ? &refs[1] : NULL, goes_on);
	vexfs_node_put(io, node);
	return err;
}

/* ---- their forks ---- */

static bool same_kind(const struct vexfs_vector_fork *a, const struct vexfs_vector_fork *b)
{
	return a->dimension == b->dimension && !memcmp(a->model, b->model, sizeof(a->model));
}

/* The rows become too many: they are used, and not kept. */
static int spill(struct vexfs_gather *gather, struct vexfs_vector_leaf *leaf)
{
	int err = gather->spill(gather->context, leaf);

	vexfs_vector_leaf_clear(leaf);
	leaf->spilled = true;
	gather->keeps = false;
	return err;
}

/* Makes rows of the pieces that were read. */
static int pieces_flush(struct vexfs_gather *gather, struct vexfs_vector_leaf *leaf)
{
	u32 first = 0, i;
	int err = 0;

	for (i = 1; !err && i <= gather->piece_count; i++) {
		if (i < gather->piece_count &&
		    same_kind(gather->pieces[first].fork, gather->pieces[i].fork))
			continue;
		err = vexfs_vector_leaf_add(leaf, &gather->pieces[first], i - first,
					    gather->kernels);
		first = i;
	}
	gather->piece_count = 0;
	gather->used = 0;
	if (!err && leaf->bytes > VEXFS_GATHER_ROWS_BYTES)
		err = spill(gather, leaf);
	return err;
}

static void piece_add(struct vexfs_gather *gather, u32 file, const struct vexfs_vector_fork *fork,
		      u32 first, u32 count, const u8 *records)
{
	gather->forks[gather->piece_count] = *fork;
	gather->pieces[gather->piece_count] = (struct vexfs_vector_piece){
		.fork = &gather->forks[gather->piece_count],
		.ino = gather->files[file].ino,
		.stale = fork->data_generation != gather->files[file].data_generation,
		.first = first,
		.count = count,
		.records = records
	};
	gather->piece_count++;
}

/*
 * What is wrong with one fork is no reason not to search the others; and it may be only that its
 * size is no longer the one that was listed, in which case the leaf is looked at again.
 */
static int fork_failed(struct vexfs_gather *gather, u32 file, struct vexfs_vector_leaf *leaf,
		       int err)
{
	struct vexfs_id id = { gather->tree, gather->files[file].ino };
	struct vexfs_attr attr;

	if (!err || err == -ESTALE) {
		gather->changed = true;
		return 0;
	}
	if (err != -EIO && err != -EBADMSG && err != -EUCLEAN)
		return err;
	if (err == -EUCLEAN && (vexfs_inode_getattr(gather->txn, id, &attr) ||
				attr.vectors_bytes != gather->files[file].size))
		gather->changed = true;
	else
		leaf->damaged++;
	return 0;
}

static int fork_bytes_read(struct vexfs_gather *gather, u32 file, u64 offset, void *out, u32 size,
			   u32 *got)
{
	struct vexfs_id id = { gather->tree, gather->files[file].ino };

	*got = 0;
	return vexfs_fork_read(gather->txn, id, 1, offset, out, size, got);
}

/* A fork that does not fit in the buffer, part by part. */
static int large_read(struct vexfs_gather *gather, u32 file, struct vexfs_vector_leaf *leaf)
{
	struct vexfs_disk_vectors header;
	struct vexfs_vector_fork fork;
	u32 first = 0, got, part;
	int err = fork_bytes_read(gather, file, 0, &header, HEADER_BYTES, &got);

	if (!err)
		err = vexfs_vector_fork_verify(&header, gather->files[file].size, &fork);
	if (err)
		return fork_failed(gather, file, leaf, err);
	part = VEXFS_GATHER_BYTES / fork.record_bytes;
	while (!err && first < fork.records) {
		u32 count = fork.records - first < part ? fork.records - first : part;

		err = fork_bytes_read(gather, file,
				      HEADER_BYTES + (u64)first * fork.record_bytes,
				      gather->bytes, count * fork.record_bytes, &got);
		/* It became shorter meanwhile; the leaf will not be the same either. */
		if (err || got != count * fork.record_bytes)
			return fork_failed(gather, file, leaf, err);
		piece_add(gather, file, &fork, first, count, gather->bytes);
		err = pieces_flush(gather, leaf);
		first += count;
	}
	return err;
}

static int small_read(struct vexfs_gather *gather, u32 file, struct vexfs_vector_leaf *leaf)
{
	u8 *at = gather->bytes + gather->used;
	struct vexfs_disk_vectors header;
	struct vexfs_vector_fork fork;
	u32 size = (u32)gather->files[file].size, got;
	int err = fork_bytes_read(gather, file, 0, at, size, &got);

	if (err || got != size)
		return fork_failed(gather, file, leaf, err);
	if (size < HEADER_BYTES)
		return fork_failed(gather, file, leaf, VEXFS_ERR(EUCLEAN));
	memcpy(&header, at, HEADER_BYTES);
	err = vexfs_vector_fork_verify(&header, size, &fork);
	if (err)
		return fork_failed(gather, file, leaf, err);
	piece_add(gather, file, &fork, 0, fork.records, at + HEADER_BYTES);
	gather->used += size;
	return 0;
}

static int forks_read(struct vexfs_gather *gather, struct vexfs_vector_leaf *leaf)
{
	u32 i;
	int err = 0;

	if (!gather->bytes)
		gather->bytes = vexfs_port_alloc(VEXFS_GATHER_BYTES);
	if (!gather->bytes)
		return VEXFS_ERR(ENOMEM);
	gather->piece_count = gather->used = 0;
	gather->changed = false;
	for (i = 0; !err && i < gather->file_count; i++) {
		if (gather->files[i].size > VEXFS_GATHER_BYTES - gather->used)
			err = pieces_flush(gather, leaf);
		if (err)
			break;
		err = gather->files[i].size > VEXFS_GATHER_BYTES ? large_read(gather, i, leaf) :
								   small_read(gather, i, leaf);
	}
	return err ? err : pieces_flush(gather, leaf);
}

/* Whether what was read is what the leaf has. */
static int is_same(struct vexfs_gather *gather, bool goes_on, bool *same)
{
	struct vexfs_leaf_ref now;
	struct vexfs_subvol *subvol;
	u32 count;
	int err;

	vexfs_port_rwlock_read_lock(gather->txn->lock);
	err = vexfs_subvol_get(gather->txn, gather->tree, &subvol);
	if (!err)
		err = vexfs_leaves_list(&subvol->tree, &gather->at.low, 0, &now, 1, &count);
	vexfs_port_rwlock_read_unlock(gather->txn->lock);
	if (err)
		return err;
	*same = count && now.name.block == gather->at.name.block &&
		now.name.birth == gather->at.name.birth &&
		(!goes_on || (now.name.next_block == gather->at.name.next_block &&
			      now.name.next_birth == gather->at.name.next_birth));
	return 0;
}

static int leaf_try(struct vexfs_gather *gather, const struct vexfs_key *from,
		    struct vexfs_vector_leaf *leaf, bool *same)
{
	bool goes_on = false;
	int err;

	vexfs_port_rwlock_read_lock(gather->txn->lock);
	err = files_list(gather, from, &goes_on);
	vexfs_port_rwlock_read_unlock(gather->txn->lock);
	*same = true;
	if (err || !gather->file_count) {
		leaf->name = gather->at.name;
		return err;
	}
	err = forks_read(gather, leaf);
	if (!err)
		err = is_same(gather, goes_on, same);
	if (gather->changed)
		*same = false;
	leaf->name = gather->at.name;
	leaf->goes_on = goes_on;
	return err;
}

int vexfs_gather_leaf(struct vexfs_gather *gather, const struct vexfs_key *from,
		      struct vexfs_vector_leaf **out)
{
	struct vexfs_vector_leaf *leaf = vexfs_vector_leaf_create();
	bool same = false;
	u32 tries;
	int err = 0;

	if (!leaf)
		return VEXFS_ERR(ENOMEM);
	for (tries = 0; !err && !same && tries < TRIES; tries++) {
		vexfs_vector_leaf_clear(leaf);
		err = leaf_try(gather, from, leaf, &same);
		/* What was used already is not asked for again. */
		if (!err && !same && leaf->spilled)
			break;
	}
	if (err) {
		vexfs_vector_leaf_free(leaf);
		return err;
	}
	gather->keeps = gather->keeps && same;
	*out = leaf;
	return 0;
}

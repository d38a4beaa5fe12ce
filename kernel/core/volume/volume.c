// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* The facade: the engine's operations under the names that hosts know. */
#include <vexfs/maintain.h>
#include <vexfs/search.h>
#include <vexfs/volume.h>

#include <vexfs/errors.h>

#include "fs/compression.h"
#include "fs/fork.h"
#include "fs/name.h"
#include "check/scrub.h"
#include "snap/snap.h"
#include "vector/search.h"

#define COMMIT_INTERVAL_MS	1000u
#define FIRST_DEAD_ID		1u
#define CACHE_BYTES_DEFAULT	(64u << 20)

struct vexfs_volume {
	struct vexfs_txn txn;
	struct vexfs_vector_cache vectors;
	struct vexfs_sealed_cache sealed;
	const struct vexfs_vector_kernels *kernels;
	u32 commit_interval_ms;
	bool cleared;		/* of what a crash left over */
};

/* ---- format ---- */

static void super_fill(struct vexfs_super *super, const struct vexfs_format_options *options,
		       u64 total_blocks)
{
	u8 zero[16] = { 0 };

	memset(super, 0, sizeof(*super));
	memcpy(super->uuid, options->uuid, sizeof(super->uuid));
	if (!memcmp(super->uuid, zero, sizeof(zero))) {
		vexfs_port_random(super->uuid, sizeof(super->uuid));
		/* RFC 4122, version 4. */
		super->uuid[6] = (u8)((super->uuid[6] & 0x0f) | 0x40);
		super->uuid[8] = (u8)((super->uuid[8] & 0x3f) | 0x80);
	}
	memcpy(super->node_uuid, super->uuid, sizeof(super->uuid));
	vexfs_port_random(super->hash_seed, sizeof(super->hash_seed));
	super->generation = 1;
	super->generation_limit = 1;
	super->total_blocks = total_blocks;
	super->log_block = VEXFS_FRONT_BLOCKS + VEXFS_ZONE_HEAD_BLOCKS;
	super->log_blocks = vexfs_log_blocks_for(total_blocks);
	super->next_tree_id = VEXFS_VOLUME_TREE_FIRST;
	super->next_dead_id = FIRST_DEAD_ID;
	super->created_ns = (u64)vexfs_port_time_ns();
	super->compress_level = options->compress;
	if (options->compress)
		super->incompat |= VEXFS_INCOMPAT_ZSTD;
	if (options->label_bytes)
		memcpy(super->label, options->label, options->label_bytes);
}

/* Blocks that could pass for another filesystem or for an older volume of ours. */
static int old_marks_erase(struct vexfs_dev *dev, u64 total_blocks)
{
	u8 *zeros = vexfs_port_alloc(VEXFS_FRONT_BLOCKS * VEXFS_BLOCK_BYTES);
	int err;

	if (!zeros)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_port_dev_write(dev, 0, VEXFS_FRONT_BLOCKS, zeros);
	if (!err)
		err = vexfs_port_dev_write(dev, vexfs_super_back_block(total_blocks),
					   VEXFS_SUPER_SLOTS, zeros);
	if (!err)
		err = vexfs_port_dev_flush(dev);
	vexfs_port_free(zeros);
	return err;
}

static int trees_make(struct vexfs_txn *txn, const struct vexfs_format_options *options)
{
	struct vexfs_subvol *subvol;
	int err = vexfs_subvol_create(txn, VEXFS_VOLUME_TREE_LIVE, VEXFS_TREE_WRITABLE, &subvol);

	if (!err)
		err = vexfs_root_make(subvol, 0755, options->uid, options->gid);
	if (!err)
		err = vexfs_subvol_create(txn, VEXFS_VOLUME_TREE_INDEX, VEXFS_TREE_WRITABLE,
					  &subvol);
	if (!err)
		err = vexfs_root_make(subvol, 0700, options->uid, options->gid);
	return err;
}

int vexfs_volume_format(struct vexfs_dev *dev, const struct vexfs_format_options *options)
{
	u64 device_blocks = vexfs_port_dev_size_blocks(dev);
	u64 blocks = options->size_blocks ? options->size_blocks : device_blocks;
	struct vexfs_super *super;
	struct vexfs_txn *txn;
	int err;

	if (options->label_bytes > VEXFS_LABEL_MAX_BYTES ||
	    options->compress > VEXFS_COMPRESS_LEVEL_MAX)
		return VEXFS_ERR(EINVAL);
	if (blocks > VEXFS_TOTAL_BLOCKS_MAX)
		return VEXFS_ERR(EFBIG);
	if (blocks > device_blocks)
		return VEXFS_ERR(ENOSPC);
	blocks = vexfs_total_blocks_usable(blocks);
	if (!blocks)
		return VEXFS_ERR(ENOSPC);
	super = vexfs_port_alloc(sizeof(*super));
	txn = vexfs_port_alloc(sizeof(*txn));
	err = super && txn ? 0 : VEXFS_ERR(ENOMEM);
	if (!err)
		err = old_marks_erase(dev, blocks);
	if (!err) {
		super_fill(super, options, blocks);
		err = vexfs_txn_format(txn, dev, super);
	}
	if (!err) {
		err = trees_make(txn, options);
		if (!err)
			err = vexfs_txn_commit(txn, NULL);
		vexfs_txn_close(txn);
	}
	vexfs_port_free(txn);
	vexfs_port_free(super);
	return err;
}

/* ---- open, close, commit ---- */

/* Finishes what a crash interrupted, once: later, hosts may hold files without a name. */
static int crash_clear(struct vexfs_volume *volume)
{
	struct vexfs_txn *txn = &volume->txn;
	int err;

	if (volume->cleared)
		return 0;
	txn->has_dead = true;
	err = vexfs_orphans_clear(txn, VEXFS_VOLUME_TREE_LIVE);
	if (!err)
		err = vexfs_orphans_clear(txn, VEXFS_VOLUME_TREE_INDEX);
	/* Too full to clear up is no reason to keep people from what they have. */
	if (err && err != -ENOSPC)
		return err;
	volume->cleared = true;
	return 0;
}

static int recover(struct vexfs_volume *volume)
{
	struct vexfs_txn *txn = &volume->txn;
	struct vexfs_subvol *subvol;
	int err = vexfs_txn_replay(txn);

	if (!err)
		err = vexfs_subvol_get(txn, VEXFS_VOLUME_TREE_LIVE, &subvol);

	if (!err)
		err = vexfs_subvol_get(txn, VEXFS_VOLUME_TREE_INDEX, &subvol);
	if (err)
		return err == -ESTALE ? VEXFS_ERR(EUCLEAN) : err;
	err = vexfs_snap_count(txn, &txn->snapshot_count);
	return err || txn->read_only ? err : crash_clear(volume);
}

static void commit_interval_set(struct vexfs_volume *volume,
				const struct vexfs_open_options *options)
{
	u32 ms = options->commit_interval_ms ? options->commit_interval_ms : COMMIT_INTERVAL_MS;

	__atomic_store_n(&volume->commit_interval_ms, ms, __ATOMIC_RELAXED);
}

static u64 vector_cache_bytes(const struct vexfs_open_options *options)
{
	u64 bytes = options->vector_cache_bytes ? options->vector_cache_bytes :
						  options->cache_bytes;

	return bytes ? bytes : CACHE_BYTES_DEFAULT;
}

int vexfs_volume_open(struct vexfs_dev *dev, const struct vexfs_open_options *options,
		      struct vexfs_volume **out)
{
	struct vexfs_volume *volume = vexfs_port_alloc(sizeof(*volume));
	int err;

	if (!volume)
		return VEXFS_ERR(ENOMEM);
	commit_interval_set(volume, options);
	volume->kernels = options->vector_kernels ? options->vector_kernels : &vexfs_vector_scalar;
	err = vexfs_vector_cache_init(&volume->vectors, vector_cache_bytes(options));
	if (!err)
		err = vexfs_sealed_cache_init(&volume->sealed, vector_cache_bytes(options));
	if (err)
		goto out_free;
	err = vexfs_txn_open(&volume->txn, dev, options);
	if (!err) {
		err = recover(volume);
		if (err)
			vexfs_txn_close(&volume->txn);
	}
	if (err)
		goto out_free;
	*out = volume;
	return 0;

out_free:
	vexfs_sealed_cache_fini(&volume->sealed);
	vexfs_vector_cache_fini(&volume->vectors);
	vexfs_port_free(volume);
	return err;
}

int vexfs_volume_close(struct vexfs_volume *volume)
{
	int err = vexfs_txn_commit(&volume->txn, NULL);

	while (!err && !volume->txn.read_only && vexfs_discard_step(&volume->txn) == 1)
		;
	vexfs_sealed_cache_fini(&volume->sealed);
	vexfs_vector_cache_fini(&volume->vectors);
	vexfs_txn_close(&volume->txn);
	vexfs_port_free(volume);
	return err;
}

int vexfs_volume_reconfigure(struct vexfs_volume *volume, const struct vexfs_open_options *options)
{
	struct vexfs_txn *txn = &volume->txn;
	int err = 0;

	if (!options->read_only) {
		err = vexfs_txn_make_writable(txn);
		if (!err)
			err = crash_clear(volume);
	}
	if (!err)
		err = vexfs_txn_set_options(txn, options);
	if (!err && options->read_only)
		err = vexfs_txn_make_read_only(txn);
	if (!err)
		commit_interval_set(volume, options);
	return err;
}

int vexfs_volume_commit(struct vexfs_volume *volume, u64 *generation)
{
	return vexfs_txn_commit(&volume->txn, generation);
}

int vexfs_volume_fsync(struct vexfs_volume *volume, struct vexfs_id id)
{
	struct vexfs_attr attr;
	int err = vexfs_inode_getattr(&volume->txn, id, &attr);

	return err ? err : vexfs_txn_sync(&volume->txn);
}

int vexfs_volume_tick(struct vexfs_volume *volume)
{
	struct vexfs_txn *txn = &volume->txn;
	u32 interval_ms = __atomic_load_n(&volume->commit_interval_ms, __ATOMIC_RELAXED);
	bool is_due, has_dead, may_write, discard;
	u64 since;
	int err = 0;

	vexfs_port_rwlock_read_lock(txn->lock);
	may_write = !txn->poisoned && !txn->read_only;
	since = txn->dirty_since_us;
	has_dead = txn->has_dead;
	discard = vexfs_discard_is_due(txn);
	vexfs_port_rwlock_read_unlock(txn->lock);
	if (!may_write)
		return 0;
	is_due = since && vexfs_port_monotonic_us() - since >= (u64)interval_ms * 1000;
	if (is_due)
		err = vexfs_txn_commit(txn, NULL);
	if (!err && has_dead)
		err = vexfs_dead_step(txn);
	if (!err && discard)
		err = vexfs_discard_step(txn);
	return err;
}

void vexfs_volume_info(struct vexfs_volume *volume, struct vexfs_volume_info *out)
{
	struct vexfs_txn *txn = &volume->txn;
	u64 quads, odd, keep;
	struct vexfs_subvol *live;

	memset(out, 0, sizeof(*out));
	vexfs_port_rwlock_read_lock(txn->lock);
	memcpy(out->uuid, txn->io.super.uuid, sizeof(out->uuid));
	memcpy(out->label, txn->io.super.label, sizeof(out->label));
	out->generation = txn->io.super.generation;
	out->live_generation = txn->io.super.live_generation;
	out->size_blocks = txn->io.super.total_blocks;
	out->fixed_blocks = out->size_blocks -
			    vexfs_fresh_blocks(&txn->io.super, 0, out->size_blocks);
	out->free_blocks = txn->space.free_blocks;
	quads = txn->space.free_quads;
	keep = txn->space.reserve_quads;
	odd = txn->space.free_blocks - quads * VEXFS_QUAD_BLOCKS;
	out->available_blocks = odd + (quads > keep ? quads - keep : 0) * VEXFS_QUAD_BLOCKS;
	if (out->available_blocks > txn->space.promised_blocks)
		out->available_blocks -= txn->space.promised_blocks;
	else
		out->available_blocks = 0;
	if (!vexfs_subvol_get(txn, VEXFS_VOLUME_TREE_LIVE, &live)) {
		out->inodes = live->inodes;
		out->vectors_bytes = live->vectors_bytes;
	}
	out->snapshots = txn->snapshot_count;
	out->snapshot_changes = txn->list_changes + 1;
	out->format_version = VEXFS_FORMAT_VERSION;
	out->read_only = txn->read_only;
	out->poisoned = txn->poisoned;
	out->compress_level = txn->compress_level;
	out->features = txn->io.super.incompat;
	vexfs_port_rwlock_read_unlock(txn->lock);
}

int vexfs_volume_wait(struct vexfs_volume *volume, u64 since, u32 timeout_ms, u64 *out)
{
	struct vexfs_txn *txn = &volume->txn;
	u64 start = vexfs_port_monotonic_us(), limit = (u64)timeout_ms * 1000, passed = 0;
	int err = 0;

	vexfs_port_mutex_lock(txn->wait_mutex);
	while (!txn->shut_down && txn->live_generation <= since && passed < limit && !err) {
		err = vexfs_port_cond_wait(txn->wait_cond, txn->wait_mutex,
					   (u32)((limit - passed + 999) / 1000));
		if (err == -ETIMEDOUT)
			err = 0;
		passed = vexfs_port_monotonic_us() - start;
	}
	if (!err && txn->shut_down)
		err = VEXFS_ERR(ESHUTDOWN);
	if (!err)
		*out = txn->live_generation;
	vexfs_port_mutex_unlock(txn->wait_mutex);
	return err;
}

void vexfs_volume_shutdown(struct vexfs_volume *volume)
{
	struct vexfs_txn *txn = &volume->txn;

	vexfs_port_mutex_lock(txn->wait_mutex);
	txn->shut_down = true;
	vexfs_port_cond_broadcast(txn->wait_cond);
	vexfs_port_mutex_unlock(txn->wait_mutex);
}

u64 vexfs_volume_cache_bytes(struct vexfs_volume *volume)
{
	return vexfs_nodes_cached_bytes(&volume->txn.io) +
	       vexfs_frames_cached_bytes(&volume->txn.frames);
}

u64 vexfs_volume_cache_shrink(struct vexfs_volume *volume, u64 bytes)
{
	u64 freed = vexfs_nodes_shrink(&volume->txn.io, bytes);

	/* Benches are dearer to fill: a frame is read and unpacked as a whole. */
	if (freed < bytes)
		freed += vexfs_frames_shrink(&volume->txn.frames, bytes - freed);
	return freed;
}

u32 vexfs_volume_counters(struct vexfs_volume *volume, struct vexfs_counter *rows, u32 rows_max)
{
	struct vexfs_txn *txn = &volume->txn;
	struct vexfs_vector_counters vectors;
	struct vexfs_frame_counters frames;
	u64 vector_bytes;
	u32 i, count;

	vexfs_port_mutex_lock(volume->vectors.mutex);
	vectors = volume->vectors.counters;
	vector_bytes = volume->vectors.bytes;
	vexfs_port_mutex_unlock(volume->vectors.mutex);

	vexfs_port_mutex_lock(txn->frames.mutex);
	frames = txn->frames.counters;
	vexfs_port_mutex_unlock(txn->frames.mutex);
	vexfs_port_rwlock_read_lock(txn->lock);
	vexfs_port_mutex_lock(txn->io.mutex);
	{
		const struct vexfs_io_counters *io = &txn->io.counters;
		const struct vexfs_counter all[] = {
			{ "node_cache.hits", io->node_hits, 0, 0 },
			{ "node_cache.misses", io->node_misses, 0, 0 },
			{ "node_cache.evictions", io->node_evictions, 0, 0 },
			{ "node_cache.bytes",
			  txn->io.clean_bytes + txn->io.dirty_bytes + txn->io.writing_bytes, 1, 1 },
			{ "node_cache.dirty_bytes", txn->io.dirty_bytes + txn->io.writing_bytes, 1,
			  1 },
			{ "map_cache.hits", txn->space.page_hits, 0, 0 },
			{ "map_cache.misses", txn->space.page_misses, 0, 0 },
			{ "map_cache.evictions", txn->space.page_evictions, 0, 0 },
			{ "map_cache.bytes", txn->space.loaded_pages * VEXFS_BLOCK_BYTES, 1, 1 },
			{ "device.read_bytes", io->read_blocks * VEXFS_BLOCK_BYTES, 0, 1 },
			{ "device.written_bytes", io->written_blocks * VEXFS_BLOCK_BYTES, 0, 1 },
			{ "device.flushes", io->flushes, 0, 0 },
			{ "commits", txn->commits, 0, 0 },
			{ "device.discarded_bytes", txn->discarded_blocks * VEXFS_BLOCK_BYTES, 0,
			  1 },
			{ "log.batches", txn->log.batches, 0, 0 },
			{ "log.bytes", txn->log.batch_bytes, 0, 1 },
			{ "compression.given_bytes", frames.given_bytes, 0, 1 },
			{ "compression.stored_bytes", frames.stored_bytes, 0, 1 },
			{ "compression.left_bytes", frames.left_bytes, 0, 1 },
			{ "frame_cache.hits", frames.hits, 0, 0 },
			{ "frame_cache.misses", frames.misses, 0, 0 },
			{ "search.searches", vectors.searches, 0, 0 },
			{ "search.vectors", vectors.scanned, 0, 0 },
			{ "vector_cache.hits", vectors.hits, 0, 0 },
			{ "vector_cache.misses", vectors.misses, 0, 0 },
			{ "vector_cache.evictions", vectors.evictions, 0, 0 },
			{ "vector_cache.bytes", vector_bytes, 1, 1 },
		};

		count = (u32)(sizeof(all) / sizeof(all[0]));
		if (count > rows_max)
			count = rows_max;
		for (i = 0; i < count; i++)
			rows[i] = all[i];
	}
	vexfs_port_mutex_unlock(txn->io.mutex);
	vexfs_port_rwlock_read_unlock(txn->lock);
	return count;
}

/* ---- names ---- */

static struct vexfs_name name_of(const char *bytes, u32 count)
{
	return (struct vexfs_name){ bytes, count };
}

int vexfs_volume_lookup(struct vexfs_volume *volume, struct vexfs_id dir, const char *name,
			u32 name_bytes, struct vexfs_id *id, struct vexfs_attr *attr)
{
	return vexfs_name_lookup(&volume->txn, dir, name_of(name, name_bytes), id, attr);
}

int vexfs_volume_create(struct vexfs_volume *volume, struct vexfs_id dir, const char *name,
			u32 name_bytes, const struct vexfs_create *what, struct vexfs_id *id,
			struct vexfs_attr *attr)
{
	if (name && !name_bytes)
		return VEXFS_ERR(EINVAL);
	return vexfs_name_create(&volume->txn, dir, name_of(name, name ? name_bytes : 0), what, id,
				 attr);
}

int vexfs_volume_link(struct vexfs_volume *volume, struct vexfs_id id, struct vexfs_id dir,
		      const char *name, u32 name_bytes, struct vexfs_attr *attr)
{
	return vexfs_name_link(&volume->txn, id, dir, name_of(name, name_bytes), attr);
}

int vexfs_volume_unlink(struct vexfs_volume *volume, struct vexfs_id dir, const char *name,
			u32 name_bytes, struct vexfs_removed *removed)
{
	return vexfs_name_remove(&volume->txn, dir, name_of(name, name_bytes), false, removed);
}

int vexfs_volume_rmdir(struct vexfs_volume *volume, struct vexfs_id dir, const char *name,
		       u32 name_bytes, struct vexfs_removed *removed)
{
	return vexfs_name_remove(&volume->txn, dir, name_of(name, name_bytes), true, removed);
}

int vexfs_volume_rename(struct vexfs_volume *volume, const struct vexfs_rename *rename,
			struct vexfs_removed *removed)
{
	return vexfs_name_rename(&volume->txn, rename, removed);
}

int vexfs_volume_evict(struct vexfs_volume *volume, struct vexfs_id id)
{
	return vexfs_inode_evict(&volume->txn, id);
}

int vexfs_volume_readlink(struct vexfs_volume *volume, struct vexfs_id id, char *out, u32 size,
			  u32 *bytes)
{
	return vexfs_name_readlink(&volume->txn, id, out, size, bytes);
}

int vexfs_volume_readdir(struct vexfs_volume *volume, struct vexfs_id dir, u64 cookie,
			 bool (*emit)(void *context, const struct vexfs_entry *entry),
			 void *context)
{
	return vexfs_name_readdir(&volume->txn, dir, cookie, emit, context);
}

int vexfs_volume_path(struct vexfs_volume *volume, struct vexfs_id id, u32 index, char *out,
		      u32 size)
{
	return vexfs_name_path(&volume->txn, id, index, out, size);
}

int vexfs_volume_name_in(struct vexfs_volume *volume, struct vexfs_id dir, struct vexfs_id id,
			 char *out, u32 size)
{
	return vexfs_name_in(&volume->txn, dir, id, out, size);
}

/* ---- attributes and content ---- */

int vexfs_volume_getattr(struct vexfs_volume *volume, struct vexfs_id id, struct vexfs_attr *attr)
{
	return vexfs_inode_getattr(&volume->txn, id, attr);
}

int vexfs_volume_setattr(struct vexfs_volume *volume, struct vexfs_id id,
			 const struct vexfs_setattr *set, struct vexfs_attr *attr)
{
	return vexfs_inode_setattr(&volume->txn, id, set, attr);
}

int vexfs_volume_getxattr(struct vexfs_volume *volume, struct vexfs_id id, const char *name,
			  u32 name_bytes, void *out, u32 size, u32 *bytes)
{
	return vexfs_attribute_get(&volume->txn, id, name, name_bytes, out, size, bytes);
}

int vexfs_volume_setxattr(struct vexfs_volume *volume, struct vexfs_id id, const char *name,
			  u32 name_bytes, const void *value, u32 value_bytes, u32 flags)
{
	return vexfs_attribute_set(&volume->txn, id, name, name_bytes, value, value_bytes, flags);
}

int vexfs_volume_removexattr(struct vexfs_volume *volume, struct vexfs_id id, const char *name,
			     u32 name_bytes)
{
	return vexfs_attribute_remove(&volume->txn, id, name, name_bytes);
}

int vexfs_volume_listxattr(struct vexfs_volume *volume, struct vexfs_id id, char *out, u32 size,
			   u32 *bytes)
{
	return vexfs_attribute_list(&volume->txn, id, out, size, bytes);
}

int vexfs_volume_read(struct vexfs_volume *volume, struct vexfs_id id, u32 fork, u64 offset_bytes,
		      void *out, u32 size, u32 *got)
{
	return vexfs_fork_read(&volume->txn, id, fork, offset_bytes, out, size, got);
}

int vexfs_volume_write(struct vexfs_volume *volume, struct vexfs_id id, u32 fork, u64 offset_bytes,
		       const void *data, u32 size, u32 *done)
{
	return vexfs_fork_write(&volume->txn, id, fork, offset_bytes, data, size, done);
}

int vexfs_volume_promise(struct vexfs_volume *volume, u64 blocks)
{
	return vexfs_txn_promise(&volume->txn, blocks);
}

void vexfs_volume_unpromise(struct vexfs_volume *volume, u64 blocks)
{
	vexfs_txn_unpromise(&volume->txn, blocks);
}

int vexfs_volume_write_promised(struct vexfs_volume *volume, struct vexfs_id id, u64 offset_bytes,
				const void *data, u32 size, u32 *done)
{
	return vexfs_fork_write_promised(&volume->txn, id, offset_bytes, data, size, done);
}

int vexfs_volume_truncate(struct vexfs_volume *volume, struct vexfs_id id, u32 fork,
			  u64 size_bytes)
{
	return vexfs_fork_truncate(&volume->txn, id, fork, size_bytes);
}

int vexfs_volume_allocate(struct vexfs_volume *volume, struct vexfs_id id, u32 flags,
			  u64 offset_bytes, u64 len_bytes, u64 *done)
{
	return vexfs_fork_allocate(&volume->txn, id, flags, offset_bytes, len_bytes, done);
}

int vexfs_volume_seek(struct vexfs_volume *volume, struct vexfs_id id, u64 offset_bytes, bool hole,
		      u64 *out)
{
	return vexfs_fork_seek(&volume->txn, id, offset_bytes, hole, out);
}

int vexfs_volume_places(struct vexfs_volume *volume, struct vexfs_id id, u64 offset_bytes,
			struct vexfs_placed *rows, u32 rows_max, u32 *count)
{
	return vexfs_fork_places(&volume->txn, id, offset_bytes, rows, rows_max, count);
}

int vexfs_volume_clone(struct vexfs_volume *volume, const struct vexfs_clone *clone, u64 *done)
{
	return vexfs_fork_clone(&volume->txn, clone, done);
}

int vexfs_volume_copy(struct vexfs_volume *volume, const struct vexfs_clone *clone, u64 *done)
{
	return vexfs_fork_copy(&volume->txn, clone, done);
}

/* ---- snapshots ---- */

int vexfs_volume_snapshot_create(struct vexfs_volume *volume, u64 source, const char *name,
				 u32 name_bytes, u32 flags, struct vexfs_snapshot *out)
{
	return vexfs_snap_create(&volume->txn, source, name_of(name, name_bytes), flags, out);
}

int vexfs_volume_snapshot_delete(struct vexfs_volume *volume, u64 id)
{
	return vexfs_snap_delete(&volume->txn, id, true);
}

int vexfs_volume_snapshot_drop(struct vexfs_volume *volume, u64 id)
{
	return vexfs_snap_delete(&volume->txn, id, false);
}

int vexfs_volume_snapshot_list(struct vexfs_volume *volume, u64 after, u32 flags,
			       struct vexfs_snapshot *rows, u32 rows_max, u32 *count)
{
	return vexfs_snap_list(&volume->txn, after, flags, rows, rows_max, count);
}

int vexfs_volume_snapshot_lookup(struct vexfs_volume *volume, const char *name, u32 name_bytes,
				 struct vexfs_snapshot *out)
{
	return vexfs_snap_lookup(&volume->txn, name_of(name, name_bytes), out);
}

int vexfs_volume_snapshot_change(struct vexfs_volume *volume,
				 const struct vexfs_snapshot_change *change)
{
	return vexfs_snap_change(&volume->txn, change);
}

int vexfs_volume_rollback(struct vexfs_volume *volume, u64 id, const char *name, u32 name_bytes,
			  u32 flags, struct vexfs_snapshot *safety)
{
	return vexfs_snap_rollback(&volume->txn, id, name_of(name, name_bytes), flags, safety);
}

int vexfs_volume_snapshot_space(struct vexfs_volume *volume, const struct vexfs_space_query *query,
				struct vexfs_space_answer *answer)
{
	return vexfs_snap_space(&volume->txn, query, answer);
}

int vexfs_volume_diff(struct vexfs_volume *volume, u64 from, u64 to, u64 after_ino,
		      struct vexfs_change *rows, u32 rows_max, u32 *count, bool *end)
{
	return vexfs_snap_diff(&volume->txn, from, to, after_ino, rows, rows_max, count, end);
}

/* ---- search ---- */

int vexfs_volume_search(struct vexfs_volume *volume, const struct vexfs_search *search,
			struct vexfs_hit *hits, struct vexfs_search_result *result)
{
	const struct vexfs_vector_host host = { &volume->vectors, &volume->sealed,
						volume->kernels };

	return vexfs_vector_search(&volume->txn, &host, search, hits, result);
}

int vexfs_volume_may_read(struct vexfs_volume *volume, struct vexfs_id id,
			  const struct vexfs_credentials *who, bool *may)
{
	return vexfs_vector_may_read(&volume->txn, id, who, may);
}

/* ---- scrub ---- */

int vexfs_volume_scrub_begin(struct vexfs_volume *volume, struct vexfs_scrub **out)
{
	return vexfs_scrub_create(&volume->txn, out);
}

int vexfs_volume_scrub_step(struct vexfs_volume *volume, struct vexfs_scrub *scrub,
			    const struct vexfs_check_options *options,
			    struct vexfs_scrub_progress *progress)
{
	return vexfs_scrub_step(&volume->txn, scrub, options, progress);
}

/* ---- the volume itself ---- */

int vexfs_volume_grow(struct vexfs_volume *volume, u64 *size_blocks)
{
	int err = vexfs_txn_grow(&volume->txn);

	if (err)
		return err;
	vexfs_port_rwlock_read_lock(volume->txn.lock);
	*size_blocks = volume->txn.io.super.total_blocks;
	vexfs_port_rwlock_read_unlock(volume->txn.lock);
	return 0;
}

int vexfs_volume_trim_step(struct vexfs_volume *volume, struct vexfs_trim *trim)
{
	return vexfs_trim_step(&volume->txn, trim);
}

int vexfs_volume_set_label(struct vexfs_volume *volume, const char *label, u32 label_bytes)
{
	return vexfs_txn_set_label(&volume->txn, label, label_bytes);
}

int vexfs_volume_set_uuid(struct vexfs_volume *volume, const u8 uuid[16])
{
	return vexfs_txn_set_uuid(&volume->txn, uuid);
}

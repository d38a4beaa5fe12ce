// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "io/io.h"

#include <vexfs/errors.h>

int vexfs_io_init(struct vexfs_io *io, struct vexfs_dev *dev, u64 budget_bytes)
{
	memset(io, 0, sizeof(*io));
	io->dev = dev;
	io->budget_bytes = budget_bytes;
	io->lru.lru_next = io->lru.lru_prev = &io->lru;
	io->mutex = vexfs_port_mutex_create(VEXFS_RANK_CACHE);
	return io->mutex ? 0 : VEXFS_ERR(ENOMEM);
}

static void node_free(struct vexfs_node *node)
{
	vexfs_port_free(node->data);
	vexfs_port_free(node);
}

void vexfs_io_fini(struct vexfs_io *io)
{
	u32 i;

	for (i = 0; i < VEXFS_NODE_HASH; i++) {
		while (io->hash[i]) {
			struct vexfs_node *node = io->hash[i];

			io->hash[i] = node->hash_next;
			node_free(node);
		}
	}
	vexfs_port_mutex_destroy(io->mutex);
	io->mutex = NULL;
}

void vexfs_io_set_super(struct vexfs_io *io, const struct vexfs_super *super)
{
	if (&io->super != super)
		io->super = *super;
	__atomic_store_n(&io->size_blocks, super->total_blocks, __ATOMIC_RELAXED);
}

static bool range_is_inside(const struct vexfs_io *io, u64 block, u32 count)
{
	u64 total = __atomic_load_n(&io->size_blocks, __ATOMIC_RELAXED);

	return block < total && count <= total - block;
}

static void count_blocks(struct vexfs_io *io, u64 *counter, u32 blocks)
{
	vexfs_port_mutex_lock(io->mutex);
	*counter += blocks;
	vexfs_port_mutex_unlock(io->mutex);
}

int vexfs_io_read(struct vexfs_io *io, u64 block, u32 count, void *out)
{
	if (!range_is_inside(io, block, count))
		return VEXFS_ERR(EUCLEAN);
	count_blocks(io, &io->counters.read_blocks, count);
	return vexfs_port_dev_read(io->dev, block, count, out);
}

int vexfs_io_write(struct vexfs_io *io, u64 block, u32 count, const void *data)
{
	VEXFS_ASSERT(range_is_inside(io, block, count));
	count_blocks(io, &io->counters.written_blocks, count);
	return vexfs_port_dev_write(io->dev, block, count, data);
}

int vexfs_io_write_pieces(struct vexfs_io *io, const struct vexfs_piece *pieces, u32 count)
{
	u32 i, blocks = 0;

	for (i = 0; i < count; i++) {
		VEXFS_ASSERT(range_is_inside(io, pieces[i].block, pieces[i].count));
		blocks += pieces[i].count;
	}
	count_blocks(io, &io->counters.written_blocks, blocks);
	return vexfs_port_dev_write_pieces(io->dev, pieces, count);
}

int vexfs_io_flush(struct vexfs_io *io)
{
	count_blocks(io, &io->counters.flushes, 1);
	return vexfs_port_dev_flush(io->dev);
}

/* ---- the cache; io->mutex is held in functions that end in _locked ---- */

static struct vexfs_node **hash_slot(struct vexfs_io *io, u64 block)
{
	return &io->hash[(block / VEXFS_QUAD_BLOCKS * 0x9e3779b97f4a7c15ull >> 40) %
			 VEXFS_NODE_HASH];
}

static struct vexfs_node *find_locked(struct vexfs_io *io, u64 block)
{
	struct vexfs_node *node = *hash_slot(io, block);

	while (node && node->block != block)
		node = node->hash_next;
	return node;
}

static void lru_remove_locked(struct vexfs_node *node)
{
	if (!node->lru_next)
		return;
	node->lru_prev->lru_next = node->lru_next;
	node->lru_next->lru_prev = node->lru_prev;
	node->lru_next = node->lru_prev = NULL;
}

static void lru_add_locked(struct vexfs_io *io, struct vexfs_node *node)
{
	node->lru_next = io->lru.lru_next;
	node->lru_prev = &io->lru;
	node->lru_next->lru_prev = node;
	io->lru.lru_next = node;
}

static void dirty_remove_locked(struct vexfs_io *io, struct vexfs_node *node)
{
	if (node->dirty_prev)
		node->dirty_prev->dirty_next = node->dirty_next;
	else
		io->dirty[node->in_root_tree][node->level] = node->dirty_next;
	if (node->dirty_next)
		node->dirty_next->dirty_prev = node->dirty_prev;
	node->dirty_next = node->dirty_prev = NULL;
	node->state = VEXFS_NODE_CLEAN;
	io->dirty_bytes -= VEXFS_NODE_BYTES;
}

static void drop_locked(struct vexfs_io *io, struct vexfs_node *node)
{
	struct vexfs_node **at = hash_slot(io, node->block);

	VEXFS_ASSERT(!node->pins && node->state != VEXFS_NODE_WRITING);
	while (*at != node)
		at = &(*at)->hash_next;
	*at = node->hash_next;
	lru_remove_locked(node);
	if (node->state == VEXFS_NODE_DIRTY)
		dirty_remove_locked(io, node);
	else
		io->clean_bytes -= VEXFS_NODE_BYTES;
	node_free(node);
}

static void evict_locked(struct vexfs_io *io)
{
	while (io->clean_bytes > io->budget_bytes && io->lru.lru_prev != &io->lru) {
		drop_locked(io, io->lru.lru_prev);
		io->counters.node_evictions++;
	}
}

u64 vexfs_nodes_cached_bytes(const struct vexfs_io *io)
{
	return __atomic_load_n(&io->clean_bytes, __ATOMIC_RELAXED);
}

/* So many are freed before others get at the cache again. */
#define SHRINK_NODES	64u

u64 vexfs_nodes_shrink(struct vexfs_io *io, u64 bytes)
{
	u64 freed = 0;
	u32 i;

	do {
		if (!vexfs_port_mutex_trylock(io->mutex))
			break;
		for (i = 0; i < SHRINK_NODES && freed < bytes; i++) {
			if (io->lru.lru_prev == &io->lru)
				break;
			drop_locked(io, io->lru.lru_prev);
			io->counters.node_evictions++;
			freed += VEXFS_NODE_BYTES;
		}
		vexfs_port_mutex_unlock(io->mutex);
	} while (i == SHRINK_NODES && freed < bytes);
	return freed;
}

static void pin_locked(struct vexfs_node *node)
{
	if (!node->pins++)
		lru_remove_locked(node);
}

static struct vexfs_node *node_alloc(u64 block)
{
	struct vexfs_node *node = vexfs_port_alloc(sizeof(*node));

	if (!node)
		return NULL;
	node->data = vexfs_port_alloc(VEXFS_NODE_BYTES);
	if (!node->data) {
		vexfs_port_free(node);
		return NULL;
	}
	node->block = block;
	node->pins = 1;
	return node;
}

static int matches(const struct vexfs_node *node, const struct vexfs_ptr *ptr)
{
	if (node->birth != ptr->birth || node->level != ptr->level)
		return VEXFS_ERR(EUCLEAN);
	if (node->state != VEXFS_NODE_DIRTY && memcmp(node->csum, ptr->csum, VEXFS_CSUM_BYTES))
		return VEXFS_ERR(EBADMSG);
	return 0;
}

static int node_load(struct vexfs_io *io, const struct vexfs_ptr *ptr, struct vexfs_node **out)
{
	struct vexfs_node *node;
	int err;

	if (ptr->level >= VEXFS_LEVEL_MAX || ptr->birth > io->super.generation)
		return VEXFS_ERR(EUCLEAN);
	node = node_alloc(ptr->block);
	if (!node)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_io_read(io, ptr->block, VEXFS_NODE_BLOCKS, node->data);
	if (err)
		goto out_free;
	vexfs_csum(node->data, VEXFS_NODE_BYTES, node->csum);
	if (memcmp(node->csum, ptr->csum, VEXFS_CSUM_BYTES)) {
		vexfs_port_warn("tree node does not match its checksum", ptr->block, ptr->birth);
		err = VEXFS_ERR(EBADMSG);
		goto out_free;
	}
	err = vexfs_node_verify(node->data, ptr, io->super.node_uuid);
	if (err)
		goto out_free;
	node->birth = ptr->birth;
	node->level = ptr->level;
	*out = node;
	return 0;

out_free:
	node_free(node);
	return err;
}

static void insert_locked(struct vexfs_io *io, struct vexfs_node *node)
{
	struct vexfs_node **slot = hash_slot(io, node->block);

	node->hash_next = *slot;
	*slot = node;
}

int vexfs_node_get(struct vexfs_io *io, const struct vexfs_ptr *ptr, struct vexfs_node **out)
{
	struct vexfs_node *node, *loaded = NULL;
	int err;

	vexfs_port_mutex_lock(io->mutex);
	node = find_locked(io, ptr->block);
	if (!node) {
		io->counters.node_misses++;
		vexfs_port_mutex_unlock(io->mutex);
		err = node_load(io, ptr, &loaded);
		if (err)
			return err;
		vexfs_port_mutex_lock(io->mutex);
		node = find_locked(io, ptr->block);
	} else {
		io->counters.node_hits++;
	}
	if (node) {
		/* Cached all along, or another reader was faster than us. */
		err = matches(node, ptr);
		if (!err)
			pin_locked(node);
	} else {
		node = loaded;
		loaded = NULL;
		insert_locked(io, node);
		io->clean_bytes += VEXFS_NODE_BYTES;
		evict_locked(io);
		err = 0;
	}
	vexfs_port_mutex_unlock(io->mutex);
	if (loaded)
		node_free(loaded);
	if (!err)
		*out = node;
	return err;
}

void vexfs_node_put(struct vexfs_io *io, struct vexfs_node *node)
{
	if (!node)
		return;
	vexfs_port_mutex_lock(io->mutex);
	VEXFS_ASSERT(node->pins);
	if (!--node->pins && node->state == VEXFS_NODE_CLEAN)
		lru_add_locked(io, node);
	vexfs_port_mutex_unlock(io->mutex);
}

int vexfs_node_create(struct vexfs_io *io, u64 block, u32 level, bool in_root_tree,
		      struct vexfs_node **out)
{
	struct vexfs_node *node = node_alloc(block), *stale;

	if (!node)
		return VEXFS_ERR(ENOMEM);
	node->level = (u8)level;
	node->birth = io->generation;
	node->state = VEXFS_NODE_DIRTY;
	node->in_root_tree = in_root_tree;
	vexfs_port_mutex_lock(io->mutex);
	stale = find_locked(io, block);
	if (stale && (stale->pins || stale->state != VEXFS_NODE_CLEAN)) {
		/* A damaged map gave out a block that is in use. */
		vexfs_port_mutex_unlock(io->mutex);
		node_free(node);
		return VEXFS_ERR(EUCLEAN);
	}
	if (stale)
		drop_locked(io, stale);
	insert_locked(io, node);
	node->dirty_next = io->dirty[in_root_tree][level];
	if (node->dirty_next)
		node->dirty_next->dirty_prev = node;
	io->dirty[in_root_tree][level] = node;
	io->dirty_bytes += VEXFS_NODE_BYTES;
	vexfs_port_mutex_unlock(io->mutex);
	*out = node;
	return 0;
}

void vexfs_node_forget(struct vexfs_io *io, u64 block)
{
	struct vexfs_node *node;

	vexfs_port_mutex_lock(io->mutex);
	node = find_locked(io, block);
	/*
	 * Pinned: only a damaged tree that refers to itself gets here; leave it to its user. Being
	 * written: nobody asks for it again, and it goes the way of all clean nodes afterwards.
	 */
	if (node && !node->pins && node->state != VEXFS_NODE_WRITING)
		drop_locked(io, node);
	vexfs_port_mutex_unlock(io->mutex);
}

void vexfs_node_seal(struct vexfs_io *io, struct vexfs_node *node)
{
	struct vexfs_disk_node *head = (struct vexfs_disk_node *)node->data;

	VEXFS_ASSERT(node->state == VEXFS_NODE_DIRTY && node->birth == io->generation);
	head->block = vexfs_put64(node->block);
	head->birth = vexfs_put64(node->birth);
	vexfs_csum(node->data, VEXFS_NODE_BYTES, node->csum);
}

/* Puts the list @from in front of what is being written. */
static void list_freeze_locked(struct vexfs_io *io, struct vexfs_node **from)
{
	struct vexfs_node *node = *from, *last = NULL;

	for (; node; node = node->dirty_next) {
		node->state = VEXFS_NODE_WRITING;
		last = node;
	}
	if (!last)
		return;
	last->dirty_next = io->writing;
	if (io->writing)
		io->writing->dirty_prev = last;
	io->writing = *from;
	*from = NULL;
}

void vexfs_nodes_freeze(struct vexfs_io *io)
{
	u32 kind, level;

	vexfs_port_mutex_lock(io->mutex);
	VEXFS_ASSERT(!io->writing);
	for (kind = 0; kind < 2; kind++) {
		for (level = 0; level < VEXFS_LEVEL_MAX; level++)
			list_freeze_locked(io, &io->dirty[kind][level]);
	}
	io->writing_bytes = io->dirty_bytes;
	io->dirty_bytes = 0;
	vexfs_port_mutex_unlock(io->mutex);
}

int vexfs_nodes_write(struct vexfs_io *io)
{
	struct vexfs_piece pieces[VEXFS_IO_PIECES_MAX];
	/* Nobody else touches the list: one commit writes at a time. */
	struct vexfs_node *node = io->writing;
	int err = 0;

	while (node && !err) {
		u32 count = 0;

		for (; node && count < VEXFS_IO_PIECES_MAX; node = node->dirty_next)
			pieces[count++] = (struct vexfs_piece){ node->block, VEXFS_NODE_BLOCKS,
								node->data };
		err = vexfs_io_write_pieces(io, pieces, count);
	}
	return err;
}

void vexfs_nodes_cleaned(struct vexfs_io *io)
{
	vexfs_port_mutex_lock(io->mutex);
	while (io->writing) {
		struct vexfs_node *node = io->writing;

		io->writing = node->dirty_next;
		node->dirty_next = node->dirty_prev = NULL;
		node->state = VEXFS_NODE_CLEAN;
		if (!node->pins)
			lru_add_locked(io, node);
	}
	io->clean_bytes += io->writing_bytes;
	io->writing_bytes = 0;
	evict_locked(io);
	vexfs_port_mutex_unlock(io->mutex);
}

struct vexfs_node *vexfs_node_dirty_find(struct vexfs_io *io, u64 block)
{
	struct vexfs_node *node;

	vexfs_port_mutex_lock(io->mutex);
	node = find_locked(io, block);
	vexfs_port_mutex_unlock(io->mutex);
	return node && node->state == VEXFS_NODE_DIRTY ? node : NULL;
}

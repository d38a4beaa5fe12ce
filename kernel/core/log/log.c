// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "log/log.h"

#include <vexfs/errors.h>

#define FIRST_CAPACITY_BYTES	(16u * VEXFS_BLOCK_BYTES)
#define HEAD_BYTES		((u32)sizeof(struct vexfs_disk_log_batch))
#define RECORD_BYTES		((u32)sizeof(struct vexfs_disk_log_record))

/* More than this between two commits, and a commit is no slower than the log. */
#define PENDING_MAX_BYTES	(16u << 20)

void vexfs_log_init(struct vexfs_log *log, struct vexfs_io *io)
{
	memset(log, 0, sizeof(*log));
	log->io = io;
	log->next_sequence = 1;
}

void vexfs_log_fini(struct vexfs_log *log)
{
	vexfs_port_free(log->pending);
	log->pending = NULL;
}

static u32 blocks_for(u32 bytes)
{
	return (bytes + VEXFS_BLOCK_BYTES - 1) / VEXFS_BLOCK_BYTES;
}

static u32 pending_max(const struct vexfs_log *log)
{
	u64 ring = (u64)log->io->super.log_blocks * VEXFS_BLOCK_BYTES;

	return ring < PENDING_MAX_BYTES ? (u32)ring : PENDING_MAX_BYTES;
}

static void pending_drop(struct vexfs_log *log)
{
	vexfs_port_free(log->pending);
	log->pending = NULL;
	log->pending_bytes = log->capacity_bytes = 0;
}

void vexfs_log_set_unfit(struct vexfs_log *log)
{
	if (log->off)
		return;
	log->unfit = true;
	log->group_is_open = true;
	pending_drop(log);
}

/* Room for @bytes more; without it the log is unfit. */
static bool pending_grow(struct vexfs_log *log, u32 bytes)
{
	u32 need = (log->pending ? log->pending_bytes : HEAD_BYTES) + bytes;
	u32 capacity = log->capacity_bytes ? log->capacity_bytes : FIRST_CAPACITY_BYTES;
	u8 *grown;

	if (log->pending && need <= log->capacity_bytes)
		return true;
	while (capacity < need)
		capacity *= 2;
	grown = need <= pending_max(log) ? vexfs_port_alloc(capacity) : NULL;
	if (!grown) {
		vexfs_log_set_unfit(log);
		return false;
	}
	if (log->pending)
		memcpy(grown, log->pending, log->pending_bytes);
	else
		log->pending_bytes = HEAD_BYTES;
	vexfs_port_free(log->pending);
	log->pending = grown;
	log->capacity_bytes = capacity;
	return true;
}

static void record_add(struct vexfs_log *log, const struct vexfs_disk_log_record *record,
		       const void *data, u32 bytes)
{
	if (log->off)
		return;
	log->group_is_open = true;
	if (log->unfit || !pending_grow(log, RECORD_BYTES + bytes))
		return;
	memcpy(log->pending + log->pending_bytes, record, RECORD_BYTES);
	if (bytes)
		memcpy(log->pending + log->pending_bytes + RECORD_BYTES, data, bytes);
	log->pending_bytes += RECORD_BYTES + bytes;
}

void vexfs_log_item(struct vexfs_log *log, u8 kind, u64 tree, const struct vexfs_key *key,
		    const void *data, u32 bytes)
{
	struct vexfs_disk_log_record record = { .kind = kind,
						.type = key->type,
						.data_bytes = vexfs_put16((u16)bytes),
						.tree = vexfs_put64(tree),
						.object = vexfs_put64(key->object),
						.offset = vexfs_put64(key->offset) };

	record_add(log, &record, data, bytes);
}

void vexfs_log_blocks(struct vexfs_log *log, u8 kind, u64 tree, u64 block, u32 count)
{
	struct vexfs_disk_log_record record = { .kind = kind,
						.count = vexfs_put32(count),
						.tree = vexfs_put64(tree),
						.object = vexfs_put64(block) };

	if (count)
		record_add(log, &record, NULL, 0);
}

void vexfs_log_tree(struct vexfs_log *log, u64 tree, u64 next_ino, u64 inodes, u64 vectors_bytes)
{
	struct vexfs_le64 vectors = vexfs_put64(vectors_bytes);
	struct vexfs_disk_log_record record = { .kind = VEXFS_LOG_TREE,
						.data_bytes = vexfs_put16(sizeof(vectors)),
						.tree = vexfs_put64(tree),
						.object = vexfs_put64(next_ino),
						.offset = vexfs_put64(inodes) };

	record_add(log, &record, &vectors, sizeof(vectors));
}

void vexfs_log_end(struct vexfs_log *log)
{
	struct vexfs_disk_log_record record = { .kind = VEXFS_LOG_END };

	if (!log->group_is_open)
		return;
	record_add(log, &record, NULL, 0);
	log->group_is_open = false;
	log->groups++;
}

void vexfs_log_void(struct vexfs_log *log)
{
	pending_drop(log);
	log->unfit = false;
	log->group_is_open = false;
}

void vexfs_log_restart(struct vexfs_log *log, u64 durable_groups)
{
	log->durable_groups = durable_groups;
	log->next_block = 0;
}

/* ---- batches ---- */

int vexfs_log_take(struct vexfs_log *log, struct vexfs_log_batch *batch)
{
	struct vexfs_disk_log_batch *head;
	u32 blocks = blocks_for(log->pending_bytes);

	memset(batch, 0, sizeof(*batch));
	batch->groups = log->groups;
	if (log->unfit || blocks > log->io->super.log_blocks - log->next_block)
		return VEXFS_ERR(ENOSPC);
	if (!log->pending)
		return 0;
	head = (struct vexfs_disk_log_batch *)log->pending;
	head->magic = vexfs_put32(VEXFS_LOG_MAGIC);
	memcpy(head->uuid, log->io->super.node_uuid, sizeof(head->uuid));
	head->generation = vexfs_put64(log->io->super.generation);
	head->sequence = vexfs_put64(log->next_sequence);
	head->records_bytes = vexfs_put32(log->pending_bytes - HEAD_BYTES);
	/* The capacity is in whole blocks, zero behind the records. */
	batch->bytes = log->pending;
	batch->blocks = blocks;
	log->batch_bytes += log->pending_bytes;
	log->pending = NULL;
	pending_drop(log);
	return 0;
}

static u32 batch_csum(const struct vexfs_disk_log_batch *head, u32 records_bytes)
{
	u32 skip = (u32)(offsetof(struct vexfs_disk_log_batch, csum) + sizeof(head->csum));

	return vexfs_port_crc32c(0, (const u8 *)head + skip, HEAD_BYTES - skip + records_bytes);
}

int vexfs_log_write(struct vexfs_log *log, struct vexfs_log_batch *batch)
{
	struct vexfs_disk_log_batch *head = (struct vexfs_disk_log_batch *)batch->bytes;
	int err;

	if (!head)
		return 0;
	head->csum = vexfs_put32(batch_csum(head, vexfs_get32(head->records_bytes)));
	err = vexfs_io_write(log->io, log->io->super.log_block + log->next_block, batch->blocks,
			     batch->bytes);
	log->next_block += batch->blocks;
	log->next_sequence++;
	log->batches++;
	vexfs_port_free(batch->bytes);
	batch->bytes = NULL;
	return err;
}

static bool head_fits(const struct vexfs_io *io, const struct vexfs_disk_log_batch *head,
		      u64 generation, u64 sequence, u32 at)
{
	u64 left = (u64)(io->super.log_blocks - at) * VEXFS_BLOCK_BYTES;

	return vexfs_get32(head->magic) == VEXFS_LOG_MAGIC &&
	       !memcmp(head->uuid, io->super.node_uuid, sizeof(head->uuid)) &&
	       vexfs_get64(head->generation) == generation &&
	       vexfs_get64(head->sequence) == sequence &&
	       vexfs_get32(head->records_bytes) <= left - HEAD_BYTES;
}

static int batch_load(struct vexfs_io *io, u32 at, u32 blocks, u8 **bytes)
{
	int err;

	*bytes = vexfs_port_alloc((size_t)blocks * VEXFS_BLOCK_BYTES);
	if (!*bytes)
		return VEXFS_ERR(ENOMEM);
	err = vexfs_io_read(io, io->super.log_block + at, blocks, *bytes);
	if (err)
		vexfs_port_free(*bytes);
	return err;
}

int vexfs_log_read(struct vexfs_io *io, u64 generation, u64 sequence, u32 *at, u8 **bytes,
		   u32 *records_bytes)
{
	struct vexfs_disk_log_batch head;
	u32 blocks;
	u8 *loaded;
	int err;

	if (*at >= io->super.log_blocks)
		return -ENOENT;
	err = batch_load(io, *at, 1, &loaded);
	if (err)
		return err;
	memcpy(&head, loaded, sizeof(head));
	vexfs_port_free(loaded);
	if (!head_fits(io, &head, generation, sequence, *at))
		return -ENOENT;
	blocks = blocks_for(HEAD_BYTES + vexfs_get32(head.records_bytes));
	err = batch_load(io, *at, blocks, &loaded);
	if (err)
		return err;
	if (memcmp(loaded, &head, sizeof(head)) ||
	    batch_csum((struct vexfs_disk_log_batch *)loaded, vexfs_get32(head.records_bytes)) !=
		    vexfs_get32(head.csum)) {
		vexfs_port_free(loaded);
		return -ENOENT;
	}
	*at += blocks;
	*bytes = loaded;
	*records_bytes = vexfs_get32(head.records_bytes);
	return 0;
}

static bool record_is_sane(const struct vexfs_log_record *record)
{
	switch (record->kind) {
	case VEXFS_LOG_INSERT:
	case VEXFS_LOG_UPDATE:
		return record->bytes <= VEXFS_ITEM_MAX_BYTES;
	case VEXFS_LOG_REMOVE:
	case VEXFS_LOG_END:
		return !record->bytes;
	case VEXFS_LOG_CLAIM:
	case VEXFS_LOG_FILL:
	case VEXFS_LOG_INC:
	case VEXFS_LOG_DEC:
		return !record->bytes && record->count && record->count <= VEXFS_EXTENT_MAX_BLOCKS;
	case VEXFS_LOG_TREE:
		return record->bytes == sizeof(struct vexfs_le64);
	default:
		return false;
	}
}

int vexfs_log_decode(const u8 *records, u32 records_bytes, u32 *offset,
		     struct vexfs_log_record *out)
{
	struct vexfs_disk_log_record disk;

	if (records_bytes - *offset < RECORD_BYTES)
		return VEXFS_ERR(EUCLEAN);
	memcpy(&disk, records + *offset, RECORD_BYTES);
	memset(out, 0, sizeof(*out));
	out->kind = disk.kind;
	out->tree = vexfs_get64(disk.tree);
	out->key = vexfs_key_make(vexfs_get64(disk.object), disk.type, vexfs_get64(disk.offset));
	out->block = vexfs_get64(disk.object);
	out->count = vexfs_get32(disk.count);
	out->next_ino = vexfs_get64(disk.object);
	out->inodes = vexfs_get64(disk.offset);
	out->bytes = vexfs_get16(disk.data_bytes);
	out->data = records + *offset + RECORD_BYTES;
	if (out->bytes > records_bytes - *offset - RECORD_BYTES || !record_is_sane(out))
		return VEXFS_ERR(EUCLEAN);
	if (out->kind == VEXFS_LOG_TREE) {
		struct vexfs_le64 vectors;

		memcpy(&vectors, out->data, sizeof(vectors));
		out->vectors_bytes = vexfs_get64(vectors);
	}
	*offset += RECORD_BYTES + out->bytes;
	return 0;
}

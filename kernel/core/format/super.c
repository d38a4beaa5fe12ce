// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "format/super.h"

#include <vexfs/errors.h>

#define SUPER_CSUM_START	offsetof(struct vexfs_disk_super, uuid)

void vexfs_ptr_decode(const struct vexfs_disk_ptr *disk, struct vexfs_ptr *out)
{
	out->block = vexfs_get64(disk->block);
	out->birth = vexfs_get64(disk->birth);
	out->level = disk->level;
	memcpy(out->csum, disk->csum, VEXFS_CSUM_BYTES);
}

void vexfs_ptr_encode(const struct vexfs_ptr *ptr, struct vexfs_disk_ptr *out)
{
	memset(out, 0, sizeof(*out));
	out->block = vexfs_put64(ptr->block);
	out->birth = vexfs_put64(ptr->birth);
	out->level = ptr->level;
	memcpy(out->csum, ptr->csum, VEXFS_CSUM_BYTES);
}

void vexfs_csum(const void *data, size_t bytes, u8 out[VEXFS_CSUM_BYTES])
{
	struct vexfs_le32 crc = vexfs_put32(vexfs_port_crc32c(0, data, bytes));

	memset(out, 0, VEXFS_CSUM_BYTES);
	memcpy(out, &crc, sizeof(crc));
}

void vexfs_super_encode(const struct vexfs_super *super, struct vexfs_disk_super *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->magic, VEXFS_SUPER_MAGIC, sizeof(out->magic));
	memcpy(out->uuid, super->uuid, sizeof(out->uuid));
	if (super->incompat & VEXFS_INCOMPAT_NODE_UUID)
		memcpy(out->node_uuid, super->node_uuid, sizeof(out->node_uuid));
	out->format_version = vexfs_put32(VEXFS_FORMAT_VERSION);
	out->block_bytes = vexfs_put32(VEXFS_BLOCK_BYTES);
	out->node_bytes = vexfs_put32(VEXFS_NODE_BYTES);
	out->csum_type = vexfs_put16(VEXFS_CSUM_CRC32C);
	out->csum_bytes = vexfs_put16(VEXFS_CSUM_CRC32C_BYTES);
	out->compat = vexfs_put64(super->compat);
	out->ro_compat = vexfs_put64(super->ro_compat);
	out->incompat = vexfs_put64(super->incompat);
	out->sequence = vexfs_put64(super->sequence);
	out->generation = vexfs_put64(super->generation);
	out->generation_limit = vexfs_put64(super->generation_limit);
	out->live_generation = vexfs_put64(super->live_generation);
	out->total_blocks = vexfs_put64(super->total_blocks);
	out->log_block = vexfs_put64(super->log_block);
	out->log_blocks = vexfs_put32(super->log_blocks);
	out->log_sequence = vexfs_put64(super->log_sequence);
	out->next_tree_id = vexfs_put64(super->next_tree_id);
	out->next_dead_id = vexfs_put64(super->next_dead_id);
	out->created_ns = vexfs_put64(super->created_ns);
	memcpy(out->hash_seed, super->hash_seed, sizeof(out->hash_seed));
	if (super->incompat & VEXFS_INCOMPAT_ZSTD)
		out->compress_level = (u8)super->compress_level;
	vexfs_ptr_encode(&super->root_tree, &out->root_tree);
	memcpy(out->label, super->label, sizeof(out->label));
	memcpy(out->map_roots, super->map_roots, sizeof(out->map_roots));
	vexfs_csum((const u8 *)out + SUPER_CSUM_START, sizeof(*out) - SUPER_CSUM_START, out->csum);
}

static void super_fields_decode(const struct vexfs_disk_super *disk, struct vexfs_super *out)
{
	memcpy(out->uuid, disk->uuid, sizeof(out->uuid));
	memcpy(out->node_uuid,
	       vexfs_get64(disk->incompat) & VEXFS_INCOMPAT_NODE_UUID ? disk->node_uuid :
									disk->uuid,
	       sizeof(out->node_uuid));
	out->compat = vexfs_get64(disk->compat);
	out->ro_compat = vexfs_get64(disk->ro_compat);
	out->incompat = vexfs_get64(disk->incompat);
	out->sequence = vexfs_get64(disk->sequence);
	out->generation = vexfs_get64(disk->generation);
	out->generation_limit = vexfs_get64(disk->generation_limit);
	out->live_generation = vexfs_get64(disk->live_generation);
	out->total_blocks = vexfs_get64(disk->total_blocks);
	out->log_block = vexfs_get64(disk->log_block);
	out->log_blocks = vexfs_get32(disk->log_blocks);
	out->log_sequence = vexfs_get64(disk->log_sequence);
	out->next_tree_id = vexfs_get64(disk->next_tree_id);
	out->next_dead_id = vexfs_get64(disk->next_dead_id);
	out->created_ns = vexfs_get64(disk->created_ns);
	memcpy(out->hash_seed, disk->hash_seed, sizeof(out->hash_seed));
	out->compress_level = out->incompat & VEXFS_INCOMPAT_ZSTD ? disk->compress_level : 0;
	vexfs_ptr_decode(&disk->root_tree, &out->root_tree);
	memcpy(out->label, disk->label, sizeof(out->label));
	memcpy(out->map_roots, disk->map_roots, sizeof(out->map_roots));
}

static bool super_is_sane(const struct vexfs_super *super)
{
	/* Of a device that is too small, 0 blocks are usable: a forged 0 would agree. */
	if (!super->total_blocks ||
	    super->total_blocks != vexfs_total_blocks_usable(super->total_blocks))
		return false;
	if (super->log_block != VEXFS_FRONT_BLOCKS + VEXFS_ZONE_HEAD_BLOCKS ||
	    super->log_blocks > vexfs_log_blocks_for(super->total_blocks) ||
	    super->log_blocks < VEXFS_LOG_BLOCKS_MIN || super->log_blocks % VEXFS_QUAD_BLOCKS)
		return false;
	if (!super->generation || super->generation_limit < super->generation ||
	    super->generation_limit > ~0ull - (1u << 20) ||
	    super->live_generation > super->generation)
		return false;
	if (super->label[sizeof(super->label) - 1] ||
	    super->compress_level > VEXFS_COMPRESS_LEVEL_MAX)
		return false;
	return super->root_tree.level < VEXFS_LEVEL_MAX;
}

int vexfs_super_decode(const struct vexfs_disk_super *disk, struct vexfs_super *out)
{
	u8 csum[VEXFS_CSUM_BYTES];

	if (memcmp(disk->magic, VEXFS_SUPER_MAGIC, sizeof(disk->magic)))
		return VEXFS_ERR(EINVAL);
	vexfs_csum((const u8 *)disk + SUPER_CSUM_START, sizeof(*disk) - SUPER_CSUM_START, csum);
	if (memcmp(csum, disk->csum, sizeof(csum)))
		return VEXFS_ERR(EBADMSG);
	if (vexfs_get32(disk->format_version) != VEXFS_FORMAT_VERSION ||
	    vexfs_get32(disk->block_bytes) != VEXFS_BLOCK_BYTES ||
	    vexfs_get32(disk->node_bytes) != VEXFS_NODE_BYTES ||
	    vexfs_get16(disk->csum_type) != VEXFS_CSUM_CRC32C ||
	    vexfs_get16(disk->csum_bytes) != VEXFS_CSUM_CRC32C_BYTES ||
	    (vexfs_get64(disk->incompat) & ~(u64)VEXFS_INCOMPAT_KNOWN))
		return VEXFS_ERR(EPROTONOSUPPORT);
	super_fields_decode(disk, out);
	return super_is_sane(out) ? 0 : VEXFS_ERR(EUCLEAN);
}

u64 vexfs_total_blocks_usable(u64 blocks)
{
	u64 rest;

	blocks -= blocks % VEXFS_QUAD_BLOCKS;
	rest = blocks % VEXFS_ZONE_BLOCKS;
	if (blocks < VEXFS_ZONE_BLOCKS)
		return blocks * VEXFS_BLOCK_BYTES < (16u << 20) ? 0 : blocks;
	if (blocks > VEXFS_TOTAL_BLOCKS_MAX)
		return VEXFS_TOTAL_BLOCKS_MAX;
	return rest < VEXFS_ZONE_BLOCKS_MIN ? blocks - rest : blocks;
}

u32 vexfs_log_blocks_for(u64 total_blocks)
{
	u64 blocks = total_blocks / 64;

	if (blocks < VEXFS_LOG_BLOCKS_MIN)
		return VEXFS_LOG_BLOCKS_MIN;
	return blocks > 16384 ? 16384 : (u32)blocks / VEXFS_QUAD_BLOCKS * VEXFS_QUAD_BLOCKS;
}

bool vexfs_block_is_fixed(const struct vexfs_super *super, u64 block)
{
	u64 head = vexfs_zone_head(vexfs_zone_of(block));

	if (block < head + VEXFS_ZONE_HEAD_BLOCKS)
		return true;
	if (block - super->log_block < super->log_blocks)
		return true;
	return block >= vexfs_super_back_block(super->total_blocks);
}

static u64 overlap(u64 start, u64 end, u64 other_start, u64 other_end)
{
	u64 low = start > other_start ? start : other_start;
	u64 high = end < other_end ? end : other_end;

	return low < high ? high - low : 0;
}

u64 vexfs_fresh_blocks(const struct vexfs_super *super, u64 start, u64 end)
{
	u64 back = vexfs_super_back_block(super->total_blocks), zone, free;

	if (end > back)
		end = back;
	if (start >= end)
		return 0;
	free = end - start - overlap(start, end, 0, VEXFS_FRONT_BLOCKS) -
	       overlap(start, end, super->log_block, super->log_block + super->log_blocks);
	for (zone = vexfs_zone_of(start); zone <= vexfs_zone_of(end - 1); zone++) {
		u64 head = vexfs_zone_head(zone);

		free -= overlap(start, end, head, head + VEXFS_ZONE_HEAD_BLOCKS);
	}
	return free;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "format/extent.h"

#include <vexfs/errors.h>
#include <vexfs/volume.h>

#define FILE_BLOCKS_MAX	(VEXFS_FILE_MAX_BYTES / VEXFS_BLOCK_BYTES + 1)

static bool inline_is_sane(const struct vexfs_extent *extent, u32 payload_bytes, u64 file_block)
{
	return !file_block && !extent->csum_bytes && !extent->block && !extent->disk_blocks &&
	       extent->len <= VEXFS_INLINE_MAX_BYTES && extent->len == payload_bytes;
}

static bool blocks_are_sane(const struct vexfs_extent *extent, u32 payload_bytes, u64 file_block)
{
	u32 csum_bytes = extent->kind == VEXFS_EXTENT_PLAIN ? VEXFS_CSUM_CRC32C_BYTES : 0;

	return extent->len && extent->len <= VEXFS_EXTENT_MAX_BLOCKS &&
	       extent->disk_blocks == extent->len && extent->csum_bytes == csum_bytes &&
	       payload_bytes == extent->disk_blocks * csum_bytes &&
	       file_block <= FILE_BLOCKS_MAX - extent->len;
}

static bool frame_is_sane(const struct vexfs_extent *extent, u32 payload_bytes, u64 file_block)
{
	return extent->len && extent->len <= VEXFS_FRAME_MAX_BLOCKS &&
	       extent->skip <= VEXFS_FRAME_MAX_BLOCKS - extent->len && extent->disk_bytes &&
	       extent->disk_bytes <= VEXFS_FRAME_MAX_BYTES - VEXFS_BLOCK_BYTES &&
	       extent->disk_blocks ==
		       (extent->disk_bytes + VEXFS_BLOCK_BYTES - 1) / VEXFS_BLOCK_BYTES &&
	       extent->csum_bytes == VEXFS_CSUM_CRC32C_BYTES &&
	       payload_bytes == extent->disk_blocks * VEXFS_CSUM_CRC32C_BYTES &&
	       file_block <= FILE_BLOCKS_MAX - extent->len;
}

int vexfs_extent_decode(const void *data, u32 bytes, u64 file_block, struct vexfs_extent *out)
{
	struct vexfs_disk_extent disk;
	struct vexfs_extent extent;
	u32 payload_bytes;
	bool sane;

	if (bytes < sizeof(disk))
		return VEXFS_ERR(EUCLEAN);
	memcpy(&disk, data, sizeof(disk));
	payload_bytes = bytes - (u32)sizeof(disk);
	extent.kind = disk.kind;
	extent.csum_bytes = disk.csum_bytes;
	extent.len = vexfs_get32(disk.len);
	extent.block = vexfs_get64(disk.block);
	extent.birth = vexfs_get64(disk.birth);
	extent.disk_blocks = vexfs_get32(disk.disk_blocks);
	extent.skip = vexfs_get16(disk.skip);
	extent.disk_bytes = vexfs_get32(disk.disk_bytes);
	extent.payload = (const u8 *)data + sizeof(disk);
	switch (extent.kind) {
	case VEXFS_EXTENT_INLINE:
		sane = !extent.skip && !extent.disk_bytes &&
		       inline_is_sane(&extent, payload_bytes, file_block);
		break;
	case VEXFS_EXTENT_PLAIN:
	case VEXFS_EXTENT_UNWRITTEN:
		sane = !extent.skip && !extent.disk_bytes &&
		       blocks_are_sane(&extent, payload_bytes, file_block);
		break;
	case VEXFS_EXTENT_COMPRESSED:
		sane = frame_is_sane(&extent, payload_bytes, file_block);
		break;
	default:
		sane = false;
	}
	if (!sane)
		return VEXFS_ERR(EUCLEAN);
	*out = extent;
	return 0;
}

u32 vexfs_extent_encode(const struct vexfs_extent *extent, void *out)
{
	struct vexfs_disk_extent disk;
	u32 payload_bytes = extent->kind == VEXFS_EXTENT_INLINE ?
				    extent->len :
				    extent->disk_blocks * extent->csum_bytes;

	memset(&disk, 0, sizeof(disk));
	disk.kind = extent->kind;
	disk.csum_bytes = (u8)extent->csum_bytes;
	disk.skip = vexfs_put16((u16)extent->skip);
	disk.len = vexfs_put32(extent->len);
	disk.block = vexfs_put64(extent->block);
	disk.birth = vexfs_put64(extent->birth);
	disk.disk_blocks = vexfs_put32(extent->disk_blocks);
	disk.disk_bytes = vexfs_put32(extent->disk_bytes);
	if (payload_bytes)
		memmove((u8 *)out + sizeof(disk), extent->payload, payload_bytes);
	memcpy(out, &disk, sizeof(disk));
	return (u32)sizeof(disk) + payload_bytes;
}

void vexfs_extent_cut_front(struct vexfs_extent *extent, u32 blocks)
{
	extent->len -= blocks;
	if (extent->kind == VEXFS_EXTENT_COMPRESSED) {
		extent->skip += blocks;
		return;
	}
	extent->payload += (size_t)blocks * extent->csum_bytes;
	extent->block += blocks;
	extent->disk_blocks -= blocks;
}

void vexfs_extent_shorten(struct vexfs_extent *extent, u32 blocks)
{
	extent->len = blocks;
	if (extent->kind != VEXFS_EXTENT_COMPRESSED)
		extent->disk_blocks = blocks;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* compress.c - zstd, the kernel's, in memory that is taken once. */
#include <linux/kernel.h>
#include <linux/zstd.h>

#include <vexfs/errors.h>
#include <vexfs/port.h>

#define FRAME_MAX_BYTES	(128u << 10)

struct vexfs_compressor {
	zstd_parameters parameters;
	zstd_cctx *context;	/* in workspace */
	u8 workspace[] __aligned(8);
};

struct vexfs_compressor *vexfs_port_compressor_create(u32 level)
{
	zstd_parameters parameters = zstd_get_params((int)level, FRAME_MAX_BYTES);
	size_t bytes = zstd_cctx_workspace_bound(&parameters.cParams);
	struct vexfs_compressor *compressor = vexfs_port_alloc(sizeof(*compressor) + bytes);

	if (!compressor)
		return NULL;
	compressor->parameters = parameters;
	compressor->context = zstd_init_cctx(compressor->workspace, bytes);
	VEXFS_ASSERT(compressor->context);
	return compressor;
}

void vexfs_port_compressor_destroy(struct vexfs_compressor *compressor)
{
	vexfs_port_free(compressor);
}

int vexfs_port_compress(struct vexfs_compressor *compressor, const void *data, u32 bytes,
			void *frame, u32 room, u32 *frame_bytes)
{
	size_t got = zstd_compress_cctx(compressor->context, frame, room, data, bytes,
					&compressor->parameters);

	if (zstd_is_error(got))
		return -ENOSPC;
	*frame_bytes = (u32)got;
	return 0;
}

struct vexfs_decompressor {
	zstd_dctx *context;	/* in workspace */
	u8 workspace[] __aligned(8);
};

struct vexfs_decompressor *vexfs_port_decompressor_create(void)
{
	size_t bytes = zstd_dctx_workspace_bound();
	struct vexfs_decompressor *decompressor = vexfs_port_alloc(sizeof(*decompressor) + bytes);

	if (!decompressor)
		return NULL;
	decompressor->context = zstd_init_dctx(decompressor->workspace, bytes);
	VEXFS_ASSERT(decompressor->context);
	return decompressor;
}

void vexfs_port_decompressor_destroy(struct vexfs_decompressor *decompressor)
{
	vexfs_port_free(decompressor);
}

/* Neither a frame that is skipped over, nor anything behind it. */
static bool is_one_frame(const void *frame, u32 frame_bytes)
{
	const u8 magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };

	return frame_bytes >= sizeof(magic) && !memcmp(frame, magic, sizeof(magic)) &&
	       zstd_find_frame_compressed_size(frame, frame_bytes) == frame_bytes;
}

int vexfs_port_decompress(struct vexfs_decompressor *decompressor, const void *frame,
			  u32 frame_bytes, void *out, u32 room, u32 *bytes)
{
	size_t got;

	if (!is_one_frame(frame, frame_bytes))
		return -EUCLEAN;
	got = zstd_decompress_dctx(decompressor->context, out, room, frame, frame_bytes);
	if (zstd_is_error(got))
		return -EUCLEAN;
	*bytes = (u32)got;
	return 0;
}

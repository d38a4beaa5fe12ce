/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * compress.c - zstd, in memory from vexfs_port_alloc() that is taken once: libzstd itself takes
 * none.
 */
#define ZSTD_STATIC_LINKING_ONLY /* contexts in memory of ours */
#include <zstd.h>

#include <vexfs/errors.h>
#include <vexfs/port.h>

#define FRAME_MAX_BYTES	(128u << 10)

struct vexfs_compressor {
	ZSTD_CCtx *context;	/* in workspace */
	_Alignas(8) u8 workspace[];
};

static bool level_set(ZSTD_CCtx *context, u32 level, const ZSTD_compressionParameters *parameters)
{
	const struct {
		ZSTD_cParameter name;
		unsigned int value;
	} all[] = {
		{ ZSTD_c_compressionLevel, level },
		{ ZSTD_c_windowLog, parameters->windowLog },
		{ ZSTD_c_hashLog, parameters->hashLog },
		{ ZSTD_c_chainLog, parameters->chainLog },
		{ ZSTD_c_searchLog, parameters->searchLog },
		{ ZSTD_c_minMatch, parameters->minMatch },
		{ ZSTD_c_targetLength, parameters->targetLength },
		{ ZSTD_c_strategy, (unsigned int)parameters->strategy },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (ZSTD_isError(ZSTD_CCtx_setParameter(context, all[i].name, (int)all[i].value)))
			return false;
	}
	return true;
}

struct vexfs_compressor *vexfs_port_compressor_create(u32 level)
{
	ZSTD_compressionParameters parameters = ZSTD_getCParams((int)level, FRAME_MAX_BYTES, 0);
	size_t bytes = ZSTD_estimateCCtxSize_usingCParams(parameters);
	struct vexfs_compressor *compressor = vexfs_port_alloc(sizeof(*compressor) + bytes);

	if (!compressor)
		return NULL;
	compressor->context = ZSTD_initStaticCCtx(compressor->workspace, bytes);
	VEXFS_ASSERT(compressor->context && level_set(compressor->context, level, &parameters));
	return compressor;
}

void vexfs_port_compressor_destroy(struct vexfs_compressor *compressor)
{
	vexfs_port_free(compressor);
}

int vexfs_port_compress(struct vexfs_compressor *compressor, const void *data, u32 bytes,
			void *frame, u32 room, u32 *frame_bytes)
{
	size_t got = ZSTD_compress2(compressor->context, frame, room, data, bytes);

	if (ZSTD_isError(got))
		return -ENOSPC;
	*frame_bytes = (u32)got;
	return 0;
}

struct vexfs_decompressor {
	ZSTD_DCtx *context;
	_Alignas(8) u8 workspace[];
};

struct vexfs_decompressor *vexfs_port_decompressor_create(void)
{
	size_t bytes = ZSTD_estimateDCtxSize();
	struct vexfs_decompressor *decompressor = vexfs_port_alloc(sizeof(*decompressor) + bytes);

	if (!decompressor)
		return NULL;
	decompressor->context = ZSTD_initStaticDCtx(decompressor->workspace, bytes);
	VEXFS_ASSERT(decompressor->context);
	return decompressor;
}

void vexfs_port_decompressor_destroy(struct vexfs_decompressor *decompressor)
{
	vexfs_port_free(decompressor);
}

/* Neither a frame of before version 1 nor one that is skipped over, and nothing behind it. */
static bool is_one_frame(const void *frame, u32 frame_bytes)
{
	const u8 magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };

	return frame_bytes >= sizeof(magic) && !memcmp(frame, magic, sizeof(magic)) &&
	       ZSTD_findFrameCompressedSize(frame, frame_bytes) == frame_bytes;
}

int vexfs_port_decompress(struct vexfs_decompressor *decompressor, const void *frame,
			  u32 frame_bytes, void *out, u32 room, u32 *bytes)
{
	size_t got;

	if (!is_one_frame(frame, frame_bytes))
		return -EUCLEAN;
	/* Into one piece, so no window is kept: what the frame asks for as such does not matter. */
	got = ZSTD_decompressDCtx(decompressor->context, out, room, frame, frame_bytes);
	if (ZSTD_isError(got))
		return -EUCLEAN;
	*bytes = (u32)got;
	return 0;
}

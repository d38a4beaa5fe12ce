// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* segment.c - sealed segments: what the header says, checksums, rows. */
#include <vexfs/segment.h>

#include <vexfs/errors.h>
#include <vexfs/format.h>

#include "vector/score.h"

#define CSUM_FROM	12u
#define LINK_BYTES	((u32)sizeof(struct vexfs_le32))
#define CSUM_BYTES	((u32)sizeof(struct vexfs_le32))
#define HALF_BYTES	2ull

static u64 padded(u64 bytes)
{
	return (bytes + VEXFS_VECTOR_PAD_BYTES - 1) / VEXFS_VECTOR_PAD_BYTES *
	       VEXFS_VECTOR_PAD_BYTES;
}

static u64 chunks_of(const struct vexfs_segment *segment)
{
	return (segment->csums_offset - VEXFS_SEGMENT_HEADER_BYTES +
		VEXFS_SEGMENT_CHUNK_BYTES - 1) / VEXFS_SEGMENT_CHUNK_BYTES;
}

/* All offsets follow from the counts; they are written down for who looks with other eyes. */
static bool layout_fits(const struct vexfs_segment *segment)
{
	u64 at = VEXFS_SEGMENT_HEADER_BYTES;

	if (segment->code_bytes != padded(segment->dimension) ||
	    segment->node_bytes != segment->code_bytes +
					   padded(sizeof(struct vexfs_disk_segment_node) +
						  segment->links * LINK_BYTES))
		return false;
	if (segment->entries_offset != at)
		return false;
	at += padded((u64)segment->entries * LINK_BYTES);
	if (segment->rows_offset != at)
		return false;
	at += padded((u64)segment->nodes * sizeof(struct vexfs_disk_segment_row));
	if (segment->nodes_offset != at)
		return false;
	at += (u64)segment->nodes * segment->node_bytes;
	if (segment->halves_offset) {
		if (segment->halves_offset != at)
			return false;
		at += (u64)segment->nodes * segment->halves_bytes;
	}
	return segment->csums_offset == at &&
	       segment->file_bytes == at + chunks_of(segment) * CSUM_BYTES;
}

static void header_decode(const struct vexfs_disk_segment *disk, struct vexfs_segment *out)
{
	out->tree = vexfs_get64(disk->tree);
	out->generation = vexfs_get64(disk->generation);
	memcpy(out->uuid, disk->uuid, sizeof(out->uuid));
	memcpy(out->model, disk->model, sizeof(out->model));
	out->metric = (enum vexfs_metric)disk->metric;
	out->dimension = vexfs_get32(disk->dimension);
	out->code_bytes = vexfs_get32(disk->code_bytes);
	out->node_bytes = vexfs_get32(disk->node_bytes);
	out->nodes = vexfs_get32(disk->nodes);
	out->links = vexfs_get16(disk->links);
	out->entries = vexfs_get32(disk->entries);
	out->entries_offset = vexfs_get64(disk->entries_offset);
	out->rows_offset = vexfs_get64(disk->rows_offset);
	out->nodes_offset = vexfs_get64(disk->nodes_offset);
	out->csums_offset = vexfs_get64(disk->csums_offset);
	out->file_bytes = vexfs_get64(disk->file_bytes);
	out->csums_csum = vexfs_get32(disk->csums_csum);
	out->halves_offset = vexfs_get64(disk->halves_offset);
	out->halves_bytes = (u32)padded(out->dimension * HALF_BYTES);
}

static bool counts_fit(const struct vexfs_segment *segment)
{
	return segment->metric >= VEXFS_NEAR_COSINE && segment->metric <= VEXFS_NEAR_DOT &&
	       segment->model[0] && segment->dimension &&
	       segment->dimension <= VEXFS_SEARCH_DIMENSION_MAX && segment->nodes &&
	       segment->nodes <= VEXFS_SEGMENT_NODES_MAX && segment->links &&
	       segment->links <= VEXFS_SEGMENT_LINKS_MAX && segment->entries &&
	       segment->entries <= VEXFS_SEGMENT_ENTRIES_MAX &&
	       segment->entries <= segment->nodes;
}

int vexfs_segment_open(const void *header, u64 file_bytes, struct vexfs_segment *out)
{
	struct vexfs_disk_segment disk;
	struct vexfs_segment segment = { 0 };

	memcpy(&disk, header, sizeof(disk));
	if (memcmp(disk.magic, VEXFS_SEGMENT_MAGIC, sizeof(disk.magic)))
		return VEXFS_ERR(EUCLEAN);
	if (vexfs_port_crc32c(0, (const u8 *)header + CSUM_FROM,
			      VEXFS_SEGMENT_HEADER_BYTES - CSUM_FROM) != vexfs_get32(disk.csum))
		return VEXFS_ERR(EBADMSG);
	if (vexfs_get32(disk.version) != VEXFS_SEGMENT_VERSION ||
	    disk.element != VEXFS_VECTOR_ELEMENT_I8)
		return VEXFS_ERR(EPROTONOSUPPORT);
	header_decode(&disk, &segment);
	if (!counts_fit(&segment) || !layout_fits(&segment) || segment.file_bytes != file_bytes)
		return VEXFS_ERR(EUCLEAN);
	*out = segment;
	return 0;
}

/* ---- checksums ---- */

static int chunk_verify(const struct vexfs_segment *segment,
			const struct vexfs_segment_source *source, u64 chunk, void *scratch,
			u32 *table_crc)
{
	u64 offset = VEXFS_SEGMENT_HEADER_BYTES + chunk * VEXFS_SEGMENT_CHUNK_BYTES;
	u64 rest = segment->csums_offset - offset;
	u32 bytes = rest < VEXFS_SEGMENT_CHUNK_BYTES ? (u32)rest : VEXFS_SEGMENT_CHUNK_BYTES;
	struct vexfs_le32 stored;
	const u8 *data;
	int err = source->get(source->context, segment->csums_offset + chunk * CSUM_BYTES,
			      CSUM_BYTES, &stored, &data);

	if (err)
		return err;
	memcpy(&stored, data, sizeof(stored));
	*table_crc = vexfs_port_crc32c(*table_crc, &stored, sizeof(stored));
	err = source->get(source->context, offset, bytes, scratch, &data);
	if (err)
		return err;
	return vexfs_port_crc32c(0, data, bytes) == vexfs_get32(stored) ? 0 : VEXFS_ERR(EBADMSG);
}

int vexfs_segment_verify(const struct vexfs_segment *segment,
			 const struct vexfs_segment_source *source)
{
	void *scratch = vexfs_port_alloc(VEXFS_SEGMENT_CHUNK_BYTES);
	u64 chunk, chunks = chunks_of(segment);
	u32 table_crc = 0;
	int err = scratch ? 0 : VEXFS_ERR(ENOMEM);

	for (chunk = 0; !err && chunk < chunks; chunk++)
		err = chunk_verify(segment, source, chunk, scratch, &table_crc);
	if (!err && table_crc != segment->csums_csum)
		err = VEXFS_ERR(EBADMSG);
	vexfs_port_free(scratch);
	return err;
}

/* ---- rows ---- */

int vexfs_segment_row(const struct vexfs_segment *segment,
		      const struct vexfs_segment_source *source, u32 node, struct vexfs_hit *out)
{
	struct vexfs_disk_segment_row row;
	const u8 *data;
	int err;

	VEXFS_ASSERT(node < segment->nodes);
	err = source->get(source->context, segment->rows_offset + (u64)node * sizeof(row),
			  sizeof(row), &row, &data);
	if (err)
		return err;
	memcpy(&row, data, sizeof(row));
	if (!vexfs_get64(row.ino) || vexfs_get64(row.begin_bytes) > vexfs_get64(row.end_bytes))
		return VEXFS_ERR(EUCLEAN);
	*out = (struct vexfs_hit){ .ino = vexfs_get64(row.ino),
				   .begin_bytes = vexfs_get64(row.begin_bytes),
				   .end_bytes = vexfs_get64(row.end_bytes),
				   .record = vexfs_get32(row.record),
				   .page = vexfs_get32(row.page) };
	return 0;
}

void vexfs_segment_node_fill(const s8 *codes, u32 dimension, u32 scale,
			     struct vexfs_disk_segment_node *out)
{
	struct vexfs_norm norm;
	u32 square = 0, i;
	s32 sum = 0;

	for (i = 0; i < dimension; i++) {
		square += (u32)(codes[i] * codes[i]);
		sum += codes[i];
	}
	vexfs_norm_init(&norm, square, scale);
	*out = (struct vexfs_disk_segment_node){ .reciprocal = vexfs_put64(norm.reciprocal),
						 .square = vexfs_put32(square),
						 .scale = vexfs_put32(scale),
						 .sum = vexfs_put32((u32)sum) };
}

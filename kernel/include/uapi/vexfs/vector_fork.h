/* SPDX-License-Identifier: (GPL-2.0-or-later WITH Linux-syscall-note) OR Apache-2.0 */
/*
 * vexfs/vector_fork.h - the bytes of fork 1: the vectors of a file's content.
 *
 * A header, then record_count records of record_bytes each, in order of the text. Little-endian.
 * A writer replaces a fork in two steps, so that a crash between them leaves no fork that looks
 * whole: cut it to nothing, write it from its beginning on. A reader that finds no magic, or a size
 * other than header_bytes + record_count * record_bytes, treats the file as having no vectors.
 * Vectors are stale when data_generation differs from that of the inode (VEXFS_IOC_STAT).
 */
#ifndef VEXFS_UAPI_VECTOR_FORK_H
#define VEXFS_UAPI_VECTOR_FORK_H

#include <linux/types.h>

#define VEXFS_VECTOR_MAGIC	0x31565856u	/* "VXV1" */
#define VEXFS_VECTOR_MODEL_BYTES	64u
#define VEXFS_VECTOR_DIMENSION_MAX	8192u

#define VEXFS_VECTOR_F32	1u
#define VEXFS_VECTOR_F16	2u
#define VEXFS_VECTOR_I8		3u	/* value = element * scale */

#define VEXFS_METRIC_COSINE	1u
#define VEXFS_METRIC_L2		2u
#define VEXFS_METRIC_DOT	3u

/**
 * struct vexfs_vector_header - offset 0 of the fork; 160 bytes.
 * @header_bytes: 160 in this version; records follow.
 * @record_bytes: sizeof(struct vexfs_vector_record) + elements, rounded up to 16.
 * @data_generation: of fork 0 when its text was taken.
 * @text_bytes: length of the text that the byte ranges of the records refer to.
 * @content_hash: first 16 bytes of the SHA-256 of that text: an unchanged text is not embedded
 * again.
 * @model: id of the embedder, NUL-padded.
 */
struct vexfs_vector_header {
	__le32 magic;
	__le32 header_bytes;
	__le32 dimension;
	__u8 element;
	__u8 metric;
	__le16 flags;
	__le32 record_count;
	__le32 record_bytes;
	__le64 data_generation;
	__le64 text_bytes;
	__u8 content_hash[16];
	__u8 model[VEXFS_VECTOR_MODEL_BYTES];
	__le64 reserved[5];
};

/**
 * struct vexfs_vector_record - one chunk of text; elements follow at once.
 * @begin_bytes, @end_bytes: the chunk, in the extracted UTF-8 text.
 * @scale: IEEE 754 binary32 bits: an i8 element times this is its value; 1.0 for f32 and f16.
 * @page: 1-based, 0 where the document has no pages.
 */
struct vexfs_vector_record {
	__le64 begin_bytes;
	__le64 end_bytes;
	__le32 scale;
	__le32 page;
	__le64 reserved;
};

#endif

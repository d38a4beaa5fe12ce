/* SPDX-License-Identifier: (GPL-2.0-or-later WITH Linux-syscall-note) OR Apache-2.0 */
/* vexfs/ioctl_search.h - the SEARCH and LOOK calls of vexfs/ioctl.h, whose rules apply. */
#ifndef VEXFS_UAPI_IOCTL_SEARCH_H
#define VEXFS_UAPI_IOCTL_SEARCH_H

#include <linux/types.h>

/**
 * struct vexfs_ioc_hit - a vector that is near: number @record of the vector fork of @ino, made of
 * bytes @begin_bytes to @end_bytes of the file's text.
 * @score: signed; higher is nearer. As a number, @score / 2^VEXFS_SEARCH_SCORE_SHIFT is the cosine,
 *         minus the square of the distance, or the inner product.
 * @flags: VEXFS_HIT_STALE: the file's data changed after that text was taken.
 */
struct vexfs_ioc_hit {
	__le64 ino;
	__le64 begin_bytes;
	__le64 end_bytes;
	__le64 score;
	__le32 record;
	__le32 page;
	__le32 flags;
	__le32 reserved0;
};
#define VEXFS_HIT_STALE			0x1u
#define VEXFS_SEARCH_SCORE_SHIFT	32u
#define VEXFS_IOC_HITS_MAX		240u
#define VEXFS_IOC_SEARCH_DIMENSION_MAX	4096u

/**
 * struct vexfs_ioc_search - the nearest vectors of a tree, nearest first; equals by inode number,
 * then by record. Volume; any, and each gets hits of those files only that he could open for
 * reading by one of their paths in that tree now; a hidden tree: owner.
 *
 * Found are int8 vectors of that model and dimension, the moment they are written. All are compared
 * but those that a sealed segment in the folder "segments" of tree 2 answers for, which is nearly
 * exact.
 * @tree:       in: tree id.
 * @flags:      in: VEXFS_SEARCH_*.
 * @dimension:  in: 1..VEXFS_IOC_SEARCH_DIMENSION_MAX. @metric: in: VEXFS_METRIC_* of vector_fork.h.
 * @hits:       in: wanted, 1..VEXFS_IOC_HITS_MAX; out: found.
 * @scale:      in: IEEE 754 binary32 bits, above 0: an element of @query times this is its value.
 * @model:      in: id of the embedder, NUL-padded, not empty.
 * @scanned:    out: vectors that were compared.
 * @skipped:    out: vectors of the model that were not: of another element type or dimension, or
 *              with a byte range or scale that cannot be.
 * @damaged:    out: vector forks that could not be read, or are none.
 * @segment_generation: out: up to which a segment answered, 0 for none.
 * @query:      in: elements, zeros behind the last.
 * Errors: -ENOENT (no such tree), -EACCES (hidden), -EINTR.
 */
struct vexfs_ioc_search {
	__le64 tree;
	__le32 flags;
	__le32 dimension;
	__le32 metric;
	__le32 hits;
	__le32 scale;
	__le32 reserved0;
	__u8 model[64];
	__le64 scanned;
	__le64 skipped;
	__le64 damaged;
	__le64 segment_generation;
	__le64 reserved[4];
	__s8 query[VEXFS_IOC_SEARCH_DIMENSION_MAX];
	struct vexfs_ioc_hit rows[VEXFS_IOC_HITS_MAX];
};
#define VEXFS_SEARCH_SCALAR	0x1u	/* by plain C, to compare speed and results */
#define VEXFS_SEARCH_EXACT	0x2u	/* without sealed segments */

/**
 * struct vexfs_ioc_look_row - what the caller could see of an inode of a tree.
 * @tree, @ino: in. Zero out, beside them, is what the flags do not tell of.
 * @flags:      in: VEXFS_LOOK_PATH to have its path. out: VEXFS_LOOK_THERE: the tree has it.
 *              VEXFS_LOOK_READABLE: a regular file that the caller could open for reading by one of
 *              its paths in that tree, now. VEXFS_LOOK_PATH: its path is told.
 * @size_bytes, @mtime_ns, @nlink: out, of what is there, without what the kernel
 *              keeps and has not written back yet (SYNC has it written).
 * @path_at:    out: where in @paths of the call its first path begins, as PATH tells it.
 */
struct vexfs_ioc_look_row {
	__le64 tree;
	__le64 ino;
	__le64 size_bytes;
	__le64 mtime_ns;
	__le32 flags;
	__le32 nlink;
	__le32 path_at;
	__le32 reserved0;
};
#define VEXFS_LOOK_PATH		0x1u
#define VEXFS_LOOK_THERE	0x2u
#define VEXFS_LOOK_READABLE	0x4u
#define VEXFS_IOC_LOOKS_MAX	96u
#define VEXFS_IOC_LOOK_PATHS_BYTES	11264u

/**
 * struct vexfs_ioc_look - looks at many inodes at once, as a search has to before it shows them.
 * Each row is as of one moment. Volume; owner.
 * @count: in: rows, 1..VEXFS_IOC_LOOKS_MAX. @paths: out: each with its NUL; of those for which
 * there is no room left, nothing is told.
 */
struct vexfs_ioc_look {
	__le32 count;
	__le32 reserved0;
	__le64 reserved[3];
	struct vexfs_ioc_look_row rows[VEXFS_IOC_LOOKS_MAX];
	char paths[VEXFS_IOC_LOOK_PATHS_BYTES];
};

#endif

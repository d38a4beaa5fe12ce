/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/format.h - every byte of a volume, as structs.
 *
 * kernel/FORMAT.md says the same in tables and why. Offsets and sizes are asserted at the end.
 * Nothing else in the tree knows a disk offset.
 */
#ifndef VEXFS_FORMAT_H
#define VEXFS_FORMAT_H

#include <vexfs/disk_types.h>
#include <vexfs/port.h>

#define VEXFS_FORMAT_VERSION	1u

/* ---- fixed places, in blocks ---- */

#define VEXFS_SUPER_SLOTS	8u	/* in each ring */
#define VEXFS_SUPER_FRONT_BLOCK	8u	/* blocks 8..15; blocks 0..7 are never written after mkfs */
#define VEXFS_FRONT_BLOCKS	16u	/* before the head of zone 0 */

#define VEXFS_MAP_PAGE_COUNTS	2048u	/* blocks that a count page covers: 8 MiB */
#define VEXFS_MAP_FANOUT	256u	/* entries of an index page */
#define VEXFS_ZONE_BLOCKS	(VEXFS_MAP_PAGE_COUNTS * VEXFS_MAP_FANOUT)	/* 2 GiB */
#define VEXFS_ZONE_HEAD_BLOCKS	(4u + 2u * VEXFS_MAP_FANOUT)
#define VEXFS_REGION_ZONES	VEXFS_MAP_FANOUT	/* zones under one page of level 2 */
#define VEXFS_MAP_ROOTS		128u	/* entries in the superblock: 64 TiB */
#define VEXFS_TOTAL_BLOCKS_MAX	((u64)VEXFS_ZONE_BLOCKS * VEXFS_REGION_ZONES * VEXFS_MAP_ROOTS)
#define VEXFS_ZONE_BLOCKS_MIN	1024u	/* a last zone that is shorter is left unused */

#define VEXFS_REF_FIXED		0xffffu	/* count of a block with a fixed use */
#define VEXFS_REF_MAX		0xfffeu

/* A quad is four blocks, aligned: the unit in which tree nodes are allocated. */
#define VEXFS_QUAD_BLOCKS	4u

/* ---- checksums and pointers ---- */

#define VEXFS_CSUM_BYTES	16u	/* room in a pointer; CRC-32C uses the first 4 */
#define VEXFS_CSUM_CRC32C	1u
#define VEXFS_CSUM_CRC32C_BYTES	4u

struct vexfs_disk_ptr {
	struct vexfs_le64 block;
	struct vexfs_le64 birth;	/* generation that wrote it */
	u8 csum[VEXFS_CSUM_BYTES];
	u8 level;			/* 0 is a leaf */
	u8 zero[7];
};

/* ---- superblock ---- */

#define VEXFS_SUPER_MAGIC	"VexFS\r\n\032"

#define VEXFS_INCOMPAT_ZSTD		0x1u	/* compressed extents and flags may exist */
#define VEXFS_INCOMPAT_ENCRYPTION	0x2u	/* blocks and nodes are AES-256-GCM */
#define VEXFS_INCOMPAT_LOG		0x4u	/* the intent log may hold records */
#define VEXFS_INCOMPAT_NODE_UUID	0x8u	/* the uuid was changed: nodes carry another */
/* What this engine can read. */
#define VEXFS_INCOMPAT_KNOWN \
	(VEXFS_INCOMPAT_ZSTD | VEXFS_INCOMPAT_LOG | VEXFS_INCOMPAT_NODE_UUID)
#define VEXFS_RO_COMPAT_KNOWN		0x0u

struct vexfs_disk_map_entry {
	struct vexfs_le32 csum;		/* CRC-32C of the page that it describes */
	struct vexfs_le32 free_blocks;	/* below that page */
	struct vexfs_le32 free_quads;	/* of them whole aligned quads, counted in quads */
	struct vexfs_le32 flags;	/* VEXFS_MAP_* */
};
#define VEXFS_MAP_SLOT		0x1u	/* which twin is current */
#define VEXFS_MAP_PRESENT	0x2u	/* clear: there is no page, nothing below was ever used */

struct vexfs_disk_super {
	u8 magic[8];
	u8 csum[VEXFS_CSUM_BYTES];	/* of bytes 24..4095 */
	u8 uuid[16];
	struct vexfs_le32 format_version;
	struct vexfs_le32 block_bytes;
	struct vexfs_le32 node_bytes;
	struct vexfs_le16 csum_type;
	struct vexfs_le16 csum_bytes;	/* stored per block and node: 4, or 16 when encrypted */
	struct vexfs_le64 compat;
	struct vexfs_le64 ro_compat;
	struct vexfs_le64 incompat;
	struct vexfs_le64 sequence;	/* of this superblock; its slot is sequence % 8 */
	struct vexfs_le64 generation;	/* of the state that it describes */
	struct vexfs_le64 generation_limit;	/* generations up to here may have been used */
	struct vexfs_le64 live_generation;	/* last that changed the live tree */
	struct vexfs_le64 total_blocks;
	struct vexfs_le64 log_block;	/* the intent log's ring */
	struct vexfs_le32 log_blocks;
	struct vexfs_le32 log_zero;
	struct vexfs_le64 log_sequence;	/* of the first record to replay */
	struct vexfs_le64 next_tree_id;
	struct vexfs_le64 next_dead_id;
	struct vexfs_le64 created_ns;
	u8 hash_seed[16];		/* of directory hashes */
	struct vexfs_disk_ptr root_tree;
	u8 node_uuid[16];		/* what nodes and the log carry; zero: the uuid */
	u8 compress_level;		/* with ZSTD: of new data; 0 leaves it as it is */
	u8 zero0[15];
	u8 label[256];
	u8 key_slots[1024];		/* all zero without encryption */
	u8 zero1[512];
	struct vexfs_disk_map_entry map_roots[VEXFS_MAP_ROOTS];
};

/* ---- tree nodes ---- */

#define VEXFS_NODE_BYTES	16384u
#define VEXFS_NODE_BLOCKS	(VEXFS_NODE_BYTES / VEXFS_BLOCK_BYTES)
#define VEXFS_NODE_MAGIC	0x444e5856u	/* "VXND" */
#define VEXFS_LEVEL_MAX		8u	/* levels are 0..7 */
#define VEXFS_ITEM_MAX_BYTES	5120u	/* data of one item: three fit in any node */

struct vexfs_disk_node {
	struct vexfs_le32 magic;
	u8 level;
	u8 zero0;
	struct vexfs_le16 item_count;
	struct vexfs_le64 block;	/* where it was written */
	struct vexfs_le64 birth;
	struct vexfs_le64 tree;		/* that wrote it first */
	u8 uuid[16];
	u8 zero1[16];
};

/*
 * Items follow the header in order of key; their data lies at the end of the node, packed, the data
 * of item 0 last: data_offset[0] + data_bytes[0] is VEXFS_NODE_BYTES, and data_offset[i] +
 * data_bytes[i] is data_offset[i - 1]. In nodes above level 0 the data is a vexfs_disk_ptr and the
 * key a lower bound of the keys below it.
 */
struct vexfs_disk_item {
	struct vexfs_le64 object;
	struct vexfs_le64 offset;
	u8 type;
	u8 zero0;
	struct vexfs_le16 data_offset;
	struct vexfs_le16 data_bytes;
	u8 zero1[2];
};

#define VEXFS_NODE_ROOM_BYTES	(VEXFS_NODE_BYTES - (u32)sizeof(struct vexfs_disk_node))

/* ---- items of the root tree ---- */

#define VEXFS_ITEM_ROOT		0x10u	/* (tree id, ROOT, 0) */
#define VEXFS_ITEM_ROOT_NAME	0x11u	/* (0, ROOT_NAME, hash cookie of the name) */
#define VEXFS_ITEM_DEAD		0x12u	/* (0, DEAD, dead id): a subtree to be freed */

struct vexfs_disk_root {
	struct vexfs_disk_ptr ptr;
	struct vexfs_le64 source;		/* tree it was taken of, 0 for none */
	struct vexfs_le64 source_generation;	/* of the source then */
	struct vexfs_le64 changed_generation;	/* last commit that changed it */
	struct vexfs_le64 created_ns;
	struct vexfs_le64 next_ino;
	struct vexfs_le64 inodes;
	struct vexfs_le64 vectors_bytes;
	struct vexfs_le32 flags;		/* VEXFS_TREE_* */
	u8 zero[3];
	u8 name_bytes;				/* 0 for trees that are not snapshots */
	/* the name follows */
};

struct vexfs_disk_root_name {
	struct vexfs_le64 tree;
	u8 name_bytes;
	/* the name follows */
};

/* The node has one reference, this one; its children before next_child are not its any more. */
struct vexfs_disk_dead {
	struct vexfs_disk_ptr ptr;
	struct vexfs_le32 next_child;
	u8 zero[4];
};

/* ---- items of a file tree ---- */

#define VEXFS_ITEM_INODE	0x20u	/* (ino, INODE, 0) */
#define VEXFS_ITEM_BACKREF	0x21u	/* (ino, BACKREF, hash cookie of parent and entry) */
#define VEXFS_ITEM_XATTR	0x22u	/* (ino, XATTR, hash cookie << 8 | chunk) */
#define VEXFS_ITEM_SYMLINK	0x23u	/* (ino, SYMLINK, 0): the target */
#define VEXFS_ITEM_ENTRY	0x24u	/* (directory, ENTRY, hash cookie of the name) */
#define VEXFS_ITEM_ORPHAN	0x25u	/* (0, ORPHAN, ino) */
#define VEXFS_ITEM_EXTENT	0x40u	/* (ino, EXTENT + fork, file block) */

struct vexfs_disk_time {
	struct vexfs_le64 sec;		/* signed, two's complement */
	struct vexfs_le32 nsec;
};

struct vexfs_disk_inode {
	struct vexfs_le32 mode;
	struct vexfs_le32 nlink;
	struct vexfs_le32 uid;
	struct vexfs_le32 gid;
	struct vexfs_le64 rdev;
	struct vexfs_le64 flags;	/* VEXFS_INODE_* */
	struct vexfs_le64 size[2];	/* of the forks; a directory's [0] counts its entries */
	struct vexfs_le64 blocks[2];	/* data blocks that the forks' extents refer to */
	struct vexfs_le64 data_generation;
	struct vexfs_disk_time atime;
	struct vexfs_disk_time mtime;
	struct vexfs_disk_time ctime;
	struct vexfs_disk_time btime;
};

/* Extents beyond the size are still being freed; the inode has an orphan item until they are. */
#define VEXFS_INODE_CUTTING	0x1u
/* What becomes of new data, whatever the volume's rule is; not both. With VEXFS_INCOMPAT_ZSTD. */
#define VEXFS_INODE_COMPRESS	0x2u
#define VEXFS_INODE_NOCOMPRESS	0x4u

struct vexfs_disk_backref {
	struct vexfs_le64 parent;
	struct vexfs_le64 cookie;	/* key offset of the entry in the parent */
	u8 name_bytes;
	/* the name follows */
};

struct vexfs_disk_entry {
	struct vexfs_le64 ino;
	u8 type;			/* S_IFMT >> 12 */
	u8 name_bytes;
	/* the name follows */
};

/* Chunk 0 of an attribute; further chunks hold bytes of the value only. */
struct vexfs_disk_xattr {
	struct vexfs_le32 value_bytes;
	u8 name_bytes;
	/* the name follows, then the first bytes of the value */
};
#define VEXFS_XATTR_CHUNK_BYTES	4096u	/* of the value, per chunk */

#define VEXFS_EXTENT_INLINE	1u	/* bytes of the fork; key offset 0, no other extent */
#define VEXFS_EXTENT_PLAIN	2u
#define VEXFS_EXTENT_COMPRESSED	3u	/* with VEXFS_INCOMPAT_ZSTD only */
#define VEXFS_EXTENT_UNWRITTEN	4u	/* allocated, reads as zeros; no checksums */

struct vexfs_disk_extent {
	u8 kind;
	u8 csum_bytes;			/* per disk block; 0 for inline and unwritten */
	struct vexfs_le16 skip;		/* decompressed blocks before what it shows, else zero */
	struct vexfs_le32 len;		/* file blocks; bytes for inline */
	struct vexfs_le64 block;
	struct vexfs_le64 birth;
	struct vexfs_le32 disk_blocks;	/* equal to len unless compressed */
	struct vexfs_le32 disk_bytes;	/* compressed length, else zero */
	/* checksums of the disk blocks follow, or the bytes of an inline extent */
};

#define VEXFS_EXTENT_MAX_BLOCKS	256u
#define VEXFS_FRAME_MAX_BLOCKS	32u	/* of a compressed extent, decompressed */
#define VEXFS_FRAME_MAX_BYTES	(VEXFS_FRAME_MAX_BLOCKS * VEXFS_BLOCK_BYTES)
#define VEXFS_INLINE_MAX_BYTES	2048u

/* ---- vectors, in fork 1; uapi/vexfs/vector_fork.h has the same for programs ---- */

#define VEXFS_VECTOR_FORK_MAGIC	0x31565856u	/* "VXV1" */
#define VEXFS_VECTOR_ELEMENT_F32	1u
#define VEXFS_VECTOR_ELEMENT_F16	2u
#define VEXFS_VECTOR_ELEMENT_I8	3u
#define VEXFS_VECTOR_ALIGN	16u		/* of record_bytes */
#define VEXFS_VECTOR_FORK_DIMENSION_MAX	8192u

struct vexfs_disk_vectors {
	struct vexfs_le32 magic;
	struct vexfs_le32 header_bytes;	/* 160 */
	struct vexfs_le32 dimension;
	u8 element;
	u8 metric;
	struct vexfs_le16 flags;	/* 0 */
	struct vexfs_le32 record_count;
	struct vexfs_le32 record_bytes;
	struct vexfs_le64 data_generation;	/* of fork 0 when its text was taken */
	struct vexfs_le64 text_bytes;
	u8 content_hash[16];
	u8 model[64];
	u8 reserved[40];
};

/* The elements follow. */
struct vexfs_disk_vector {
	struct vexfs_le64 begin_bytes;
	struct vexfs_le64 end_bytes;
	struct vexfs_le32 scale;	/* bits of a binary32 */
	struct vexfs_le32 page;
	u8 reserved[8];
};

/* ---- the intent log ---- */

#define VEXFS_LOG_MAGIC		0x474c5856u	/* "VXLG" */

/* At the start of a block of the log; records follow. */
struct vexfs_disk_log_batch {
	struct vexfs_le32 magic;
	struct vexfs_le32 csum;		/* CRC-32C from uuid to the last record */
	u8 uuid[16];
	struct vexfs_le64 generation;	/* of the commit that it continues */
	struct vexfs_le64 sequence;
	struct vexfs_le32 records_bytes;
	u8 zero[20];
};

#define VEXFS_LOG_INSERT	1u	/* an item, with its data */
#define VEXFS_LOG_UPDATE	2u
#define VEXFS_LOG_REMOVE	3u
#define VEXFS_LOG_CLAIM		4u	/* data blocks that were free have one reference */
#define VEXFS_LOG_INC		5u	/* one more */
#define VEXFS_LOG_DEC		6u	/* one less */
#define VEXFS_LOG_TREE		7u	/* sums of a tree; vectors_bytes follows */
#define VEXFS_LOG_END		8u	/* of an operation */
#define VEXFS_LOG_FILL		9u	/* data blocks that were reserved have their data */

struct vexfs_disk_log_record {
	u8 kind;
	u8 type;			/* of the key */
	struct vexfs_le16 data_bytes;	/* that follow */
	struct vexfs_le32 count;	/* of blocks */
	struct vexfs_le64 tree;
	struct vexfs_le64 object;	/* of the key; first block; next_ino */
	struct vexfs_le64 offset;	/* of the key; inodes */
};

/* ---- hash cookies ---- */

/* 56 bits of hash over 7 bits of probe, so that a cookie is a positive 63-bit number. */
#define VEXFS_COOKIE_PROBES	128u

#define VEXFS_SAME_SIZE(type, bytes) \
	_Static_assert(sizeof(struct type) == (bytes), #type " has its size on disk")
#define VEXFS_SAME_OFFSET(type, member, bytes) \
	_Static_assert(offsetof(struct type, member) == (bytes), #type "." #member)

#ifndef __cplusplus
VEXFS_SAME_SIZE(vexfs_disk_ptr, 40);
VEXFS_SAME_SIZE(vexfs_disk_map_entry, 16);
VEXFS_SAME_SIZE(vexfs_disk_super, 4096);
VEXFS_SAME_OFFSET(vexfs_disk_super, uuid, 24);
VEXFS_SAME_OFFSET(vexfs_disk_super, compat, 56);
VEXFS_SAME_OFFSET(vexfs_disk_super, sequence, 80);
VEXFS_SAME_OFFSET(vexfs_disk_super, total_blocks, 112);
VEXFS_SAME_OFFSET(vexfs_disk_super, hash_seed, 168);
VEXFS_SAME_OFFSET(vexfs_disk_super, root_tree, 184);
VEXFS_SAME_OFFSET(vexfs_disk_super, label, 256);
VEXFS_SAME_OFFSET(vexfs_disk_super, map_roots, 2048);
VEXFS_SAME_SIZE(vexfs_disk_node, 64);
VEXFS_SAME_SIZE(vexfs_disk_item, 24);
VEXFS_SAME_SIZE(vexfs_disk_root, 104);
VEXFS_SAME_SIZE(vexfs_disk_root_name, 9);
VEXFS_SAME_SIZE(vexfs_disk_dead, 48);
VEXFS_SAME_SIZE(vexfs_disk_inode, 120);
VEXFS_SAME_SIZE(vexfs_disk_backref, 17);
VEXFS_SAME_SIZE(vexfs_disk_entry, 10);
VEXFS_SAME_SIZE(vexfs_disk_xattr, 5);
VEXFS_SAME_SIZE(vexfs_disk_extent, 32);
VEXFS_SAME_SIZE(vexfs_disk_vectors, 160);
VEXFS_SAME_SIZE(vexfs_disk_vector, 32);
VEXFS_SAME_SIZE(vexfs_disk_log_batch, 64);
VEXFS_SAME_SIZE(vexfs_disk_log_record, 32);
#endif

#endif

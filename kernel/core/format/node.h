/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * format/node.h - the bytes of a tree node: items packed by key.
 *
 * Works on any node that vexfs_node_verify() accepted or vexfs_node_init() made; nothing here can
 * fail after that, and nothing allocates. On disk: kernel/FORMAT.md, "Nodes".
 */
#ifndef VEXFS_FORMAT_NODE_H
#define VEXFS_FORMAT_NODE_H

#include <vexfs/format.h>

#include "format/super.h"

/** struct vexfs_key - names an item. Order: object, type, offset. */
struct vexfs_key {
	u64 object;
	u64 offset;
	u8 type;
};

static inline struct vexfs_key vexfs_key_make(u64 object, u8 type, u64 offset)
{
	return (struct vexfs_key){ .object = object, .offset = offset, .type = type };
}

static inline int vexfs_key_compare(const struct vexfs_key *a, const struct vexfs_key *b)
{
	if (a->object != b->object)
		return a->object < b->object ? -1 : 1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return 0;
}

static inline struct vexfs_disk_item *vexfs_node_items(const void *node)
{
	return (struct vexfs_disk_item *)((u8 *)(size_t)node + sizeof(struct vexfs_disk_node));
}

static inline u32 vexfs_node_count(const void *node)
{
	return vexfs_get16(((const struct vexfs_disk_node *)node)->item_count);
}

static inline u32 vexfs_node_level(const void *node)
{
	return ((const struct vexfs_disk_node *)node)->level;
}

static inline struct vexfs_key vexfs_node_key(const void *node, u32 index)
{
	const struct vexfs_disk_item *item = vexfs_node_items(node) + index;

	return vexfs_key_make(vexfs_get64(item->object), item->type, vexfs_get64(item->offset));
}

static inline u8 *vexfs_node_data(const void *node, u32 index)
{
	return (u8 *)(size_t)node + vexfs_get16(vexfs_node_items(node)[index].data_offset);
}

static inline u32 vexfs_node_data_bytes(const void *node, u32 index)
{
	return vexfs_get16(vexfs_node_items(node)[index].data_bytes);
}

/** vexfs_node_init() - an empty node. */
void vexfs_node_init(void *node, u32 level, u64 tree, const u8 uuid[16]);

/**
 * vexfs_node_verify() - checks the whole structure of a node read from disk: header, order of keys,
 * layout of data, for inner nodes the size of each pointer.
 * Return: 0, -EUCLEAN.
 */
int vexfs_node_verify(const void *node, const struct vexfs_ptr *ptr, const u8 uuid[16]);

/** Bytes of items and data; and room for one more item's header and data. */
u32 vexfs_node_used_bytes(const void *node);
u32 vexfs_node_free_bytes(const void *node);

/**
 * vexfs_node_find() - the first item whose key is not below @key. Return: its index, which is the
 * count when there is none; @exact says whether it is @key itself.
 */
u32 vexfs_node_find(const void *node, const struct vexfs_key *key, bool *exact);

/** vexfs_node_child_for() - index of the child whose subtree holds @key; 0 when it is below all. */
u32 vexfs_node_child_for(const void *node, const struct vexfs_key *key);

/** Room must be there (vexfs_node_free_bytes). @data NULL leaves the bytes zero. */
void vexfs_node_insert(void *node, u32 index, const struct vexfs_key *key, const void *data,
		       u32 bytes);
void vexfs_node_remove(void *node, u32 index);
void vexfs_node_resize(void *node, u32 index, u32 bytes);
void vexfs_node_set_key(void *node, u32 index, const struct vexfs_key *key);

/** vexfs_node_move_tail() - moves items from @index on to @to, in front of what it holds. */
void vexfs_node_move_tail(void *from, u32 index, void *to);

/** vexfs_node_append_all() - copies all items of @from behind those of @to. */
void vexfs_node_append_all(void *to, const void *from);

void vexfs_node_child(const void *node, u32 index, struct vexfs_ptr *out);
void vexfs_node_set_child(void *node, u32 index, const struct vexfs_ptr *ptr);

#endif

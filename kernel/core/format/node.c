// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "format/node.h"

#include <vexfs/errors.h>

#define ITEM_BYTES	((u32)sizeof(struct vexfs_disk_item))
#define HEADER_BYTES	((u32)sizeof(struct vexfs_disk_node))

static struct vexfs_disk_node *header(void *node)
{
	return node;
}

/* Where the data of the items before @index ends, that is, begins in the node. */
static u32 data_floor(const void *node, u32 index)
{
	return index ? vexfs_get16(vexfs_node_items(node)[index - 1].data_offset) :
		       VEXFS_NODE_BYTES;
}

void vexfs_node_init(void *node, u32 level, u64 tree, const u8 uuid[16])
{
	struct vexfs_disk_node *head = header(node);

	memset(node, 0, VEXFS_NODE_BYTES);
	head->magic = vexfs_put32(VEXFS_NODE_MAGIC);
	head->level = (u8)level;
	head->tree = vexfs_put64(tree);
	memcpy(head->uuid, uuid, sizeof(head->uuid));
}

static bool header_is_sane(const struct vexfs_disk_node *head, const struct vexfs_ptr *ptr,
			   const u8 uuid[16])
{
	u32 count = vexfs_get16(head->item_count);

	return vexfs_get32(head->magic) == VEXFS_NODE_MAGIC && head->level == ptr->level &&
	       vexfs_get64(head->block) == ptr->block && vexfs_get64(head->birth) == ptr->birth &&
	       !memcmp(head->uuid, uuid, sizeof(head->uuid)) &&
	       count <= VEXFS_NODE_ROOM_BYTES / ITEM_BYTES && (count || !head->level);
}

int vexfs_node_verify(const void *node, const struct vexfs_ptr *ptr, const u8 uuid[16])
{
	const struct vexfs_disk_item *items = vexfs_node_items(node);
	u32 i, count, floor = VEXFS_NODE_BYTES;
	struct vexfs_key last = { 0 }, key;

	if (!header_is_sane(node, ptr, uuid))
		return VEXFS_ERR(EUCLEAN);
	count = vexfs_node_count(node);
	for (i = 0; i < count; i++) {
		u32 offset = vexfs_get16(items[i].data_offset);
		u32 bytes = vexfs_get16(items[i].data_bytes);

		if (bytes > VEXFS_ITEM_MAX_BYTES || offset + bytes != floor ||
		    offset < HEADER_BYTES + count * ITEM_BYTES)
			return VEXFS_ERR(EUCLEAN);
		if (ptr->level && bytes != sizeof(struct vexfs_disk_ptr))
			return VEXFS_ERR(EUCLEAN);
		if (ptr->level) {
			struct vexfs_ptr child;

			vexfs_node_child(node, i, &child);
			if (child.level != ptr->level - 1u || child.birth > ptr->birth)
				return VEXFS_ERR(EUCLEAN);
		}
		key = vexfs_node_key(node, i);
		if (i && vexfs_key_compare(&last, &key) >= 0)
			return VEXFS_ERR(EUCLEAN);
		last = key;
		floor = offset;
	}
	return 0;
}

u32 vexfs_node_used_bytes(const void *node)
{
	u32 count = vexfs_node_count(node);

	return count * ITEM_BYTES + (VEXFS_NODE_BYTES - data_floor(node, count));
}

u32 vexfs_node_free_bytes(const void *node)
{
	return VEXFS_NODE_ROOM_BYTES - vexfs_node_used_bytes(node);
}

u32 vexfs_node_find(const void *node, const struct vexfs_key *key, bool *exact)
{
	u32 low = 0, high = vexfs_node_count(node);

	*exact = false;
	while (low < high) {
		u32 mid = (low + high) / 2;
		struct vexfs_key at = vexfs_node_key(node, mid);
		int order = vexfs_key_compare(&at, key);

		if (!order) {
			*exact = true;
			return mid;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

u32 vexfs_node_child_for(const void *node, const struct vexfs_key *key)
{
	bool exact;
	u32 index = vexfs_node_find(node, key, &exact);

	return exact || !index ? index : index - 1;
}

static void set_count(void *node, u32 count)
{
	header(node)->item_count = vexfs_put16((u16)count);
}

static void shift_offsets(void *node, u32 from, s32 by)
{
	struct vexfs_disk_item *items = vexfs_node_items(node);
	u32 i, count = vexfs_node_count(node);

	for (i = from; i < count; i++)
		items[i].data_offset =
			vexfs_put16((u16)(vexfs_get16(items[i].data_offset) + by));
}

/* Moves the data of the items from @index on by @by bytes towards the end (or the start). */
static void shift_data(void *node, u32 index, s32 by)
{
	u32 low = data_floor(node, vexfs_node_count(node));
	u32 high = data_floor(node, index);

	memmove((u8 *)node + low + by, (u8 *)node + low, high - low);
	shift_offsets(node, index, by);
}

void vexfs_node_insert(void *node, u32 index, const struct vexfs_key *key, const void *data,
		       u32 bytes)
{
	struct vexfs_disk_item *items = vexfs_node_items(node);
	u32 count = vexfs_node_count(node), floor = data_floor(node, index);

	VEXFS_ASSERT(index <= count && bytes <= VEXFS_ITEM_MAX_BYTES);
	VEXFS_ASSERT(vexfs_node_free_bytes(node) >= bytes + ITEM_BYTES);
	shift_data(node, index, -(s32)bytes);
	memmove(items + index + 1, items + index, (count - index) * ITEM_BYTES);
	memset(items + index, 0, ITEM_BYTES);
	vexfs_node_set_key(node, index, key);
	items[index].data_offset = vexfs_put16((u16)(floor - bytes));
	items[index].data_bytes = vexfs_put16((u16)bytes);
	set_count(node, count + 1);
	if (data)
		memcpy((u8 *)node + floor - bytes, data, bytes);
	else
		memset((u8 *)node + floor - bytes, 0, bytes);
}

void vexfs_node_remove(void *node, u32 index)
{
	struct vexfs_disk_item *items = vexfs_node_items(node);
	u32 count = vexfs_node_count(node);

	VEXFS_ASSERT(index < count);
	vexfs_node_resize(node, index, 0);
	memmove(items + index, items + index + 1, (count - index - 1) * ITEM_BYTES);
	memset(items + count - 1, 0, ITEM_BYTES);
	set_count(node, count - 1);
}

void vexfs_node_resize(void *node, u32 index, u32 bytes)
{
	struct vexfs_disk_item *item = vexfs_node_items(node) + index;
	u32 old = vexfs_node_data_bytes(node, index);
	u32 offset = vexfs_get16(item->data_offset);
	s32 by = (s32)old - (s32)bytes;

	VEXFS_ASSERT(bytes <= old || vexfs_node_free_bytes(node) >= bytes - old);
	if (!by)
		return;
	/* Data keeps its head: what is cut is the tail, what is added is undefined. */
	if (by > 0)
		memmove((u8 *)node + offset + by, (u8 *)node + offset, bytes);
	shift_data(node, index + 1, by);
	if (by < 0)
		memmove((u8 *)node + offset + by, (u8 *)node + offset, old);
	item->data_offset = vexfs_put16((u16)((s32)offset + by));
	item->data_bytes = vexfs_put16((u16)bytes);
	if (by > 0) {
		u32 low = data_floor(node, vexfs_node_count(node));

		memset((u8 *)node + low - by, 0, (size_t)by);
	}
}

void vexfs_node_set_key(void *node, u32 index, const struct vexfs_key *key)
{
	struct vexfs_disk_item *item = vexfs_node_items(node) + index;

	item->object = vexfs_put64(key->object);
	item->offset = vexfs_put64(key->offset);
	item->type = key->type;
}

void vexfs_node_move_tail(void *from, u32 index, void *to)
{
	u32 i, count = vexfs_node_count(from);

	for (i = index; i < count; i++) {
		struct vexfs_key key = vexfs_node_key(from, i);

		vexfs_node_insert(to, i - index, &key, vexfs_node_data(from, i),
				  vexfs_node_data_bytes(from, i));
	}
	while (count > index)
		vexfs_node_remove(from, --count);
}

void vexfs_node_append_all(void *to, const void *from)
{
	u32 i, count = vexfs_node_count(from);

	for (i = 0; i < count; i++) {
		struct vexfs_key key = vexfs_node_key(from, i);

		vexfs_node_insert(to, vexfs_node_count(to), &key, vexfs_node_data(from, i),
				  vexfs_node_data_bytes(from, i));
	}
}

void vexfs_node_child(const void *node, u32 index, struct vexfs_ptr *out)
{
	struct vexfs_disk_ptr disk;

	memcpy(&disk, vexfs_node_data(node, index), sizeof(disk));
	vexfs_ptr_decode(&disk, out);
}

void vexfs_node_set_child(void *node, u32 index, const struct vexfs_ptr *ptr)
{
	struct vexfs_disk_ptr disk;

	vexfs_ptr_encode(ptr, &disk);
	memcpy(vexfs_node_data(node, index), &disk, sizeof(disk));
}

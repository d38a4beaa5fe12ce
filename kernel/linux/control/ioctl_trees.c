// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* ioctl_trees.c - calls about snapshots and the difference of trees. */
#include "control/ioctl.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/writeback.h>

int vexfs_ioctl_snapshot_create(const struct vexfs_call *call)
{
	struct vexfs_ioc_snapshot_create *create = call->argument;
	u32 flags = le32_to_cpu(create->flags);
	int name_bytes = vexfs_bounded_length(create->name, sizeof(create->name)), err;
	struct super_block *sb = call->mount->sb;
	struct vexfs_snapshot *row;

	BUILD_BUG_ON(VEXFS_SNAPSHOT_WRITABLE != VEXFS_TREE_WRITABLE);
	BUILD_BUG_ON(VEXFS_SNAPSHOT_HIDDEN != VEXFS_TREE_HIDDEN);
	if (!vexfs_is_volume_owner(call))
		return -EPERM;
	if (name_bytes < 0 || (flags & ~VEXFS_TREE_FLAGS) ||
	    create->reserved0 || create->id || create->generation || create->created_ns ||
	    !vexfs_is_zero(create->reserved, sizeof(create->reserved)))
		return -EINVAL;
	row = kzalloc(sizeof(*row), GFP_KERNEL);
	if (!row)
		return -ENOMEM;
	/* What was written before this call is in the snapshot. */
	down_read(&sb->s_umount);
	sync_inodes_sb(sb);
	up_read(&sb->s_umount);
	err = vexfs_volume_snapshot_create(call->mount->volume, le64_to_cpu(create->source),
					   create->name, (u32)name_bytes, flags, row);
	create->id = cpu_to_le64(row->id);
	create->generation = cpu_to_le64(row->generation);
	create->created_ns = cpu_to_le64((u64)row->created_ns);
	kfree(row);
	return err;
}

int vexfs_ioctl_snapshot_delete(const struct vexfs_call *call)
{
	const struct vexfs_ioc_snapshot_delete *delete = call->argument;
	int name_bytes = vexfs_bounded_length(delete->name, sizeof(delete->name)), err = 0;
	u64 id = le64_to_cpu(delete->id);
	u32 flags = le32_to_cpu(delete->flags);
	struct vexfs_snapshot *row;

	if (name_bytes < 0 || delete->reserved0 ||
	    !vexfs_is_zero(delete->reserved, sizeof(delete->reserved)) ||
	    (flags & ~VEXFS_SNAPSHOT_DELETE_SOON))
		return -EINVAL;
	if (!vexfs_is_volume_owner(call))
		return -EPERM;
	if (!id) {
		row = kzalloc(sizeof(*row), GFP_KERNEL);
		if (!row)
			return -ENOMEM;
		err = vexfs_volume_snapshot_lookup(call->mount->volume, delete->name,
						   (u32)name_bytes, row);
		id = row->id;
		kfree(row);
	}
	if (err)
		return err;
	return flags & VEXFS_SNAPSHOT_DELETE_SOON ?
		       vexfs_volume_snapshot_drop(call->mount->volume, id) :
		       vexfs_volume_snapshot_delete(call->mount->volume, id);
}

static void row_encode(const struct vexfs_snapshot *row, struct vexfs_ioc_snapshot *out)
{
	BUILD_BUG_ON(sizeof(out->name) != sizeof(row->name));
	out->id = cpu_to_le64(row->id);
	out->source = cpu_to_le64(row->source);
	out->generation = cpu_to_le64(row->generation);
	out->created_ns = cpu_to_le64((u64)row->created_ns);
	out->flags = cpu_to_le32(row->flags);
	out->inodes = cpu_to_le64(row->inodes);
	memcpy(out->name, row->name, row->name_bytes);
}

int vexfs_ioctl_snapshot_list(const struct vexfs_call *call)
{
	struct vexfs_ioc_snapshot_list *list = call->argument;
	u32 flags = le32_to_cpu(list->flags), count = 0, i;
	struct vexfs_snapshot *rows;
	int err;

	if (list->count || !vexfs_is_zero(list->reserved, sizeof(list->reserved)) ||
	    (flags & ~VEXFS_SNAPSHOT_HIDDEN))
		return -EINVAL;
	rows = kvcalloc(VEXFS_IOC_SNAPSHOTS_MAX, sizeof(*rows), GFP_KERNEL);
	if (!rows)
		return -ENOMEM;
	err = vexfs_volume_snapshot_list(call->mount->volume, le64_to_cpu(list->after), flags,
					 rows, VEXFS_IOC_SNAPSHOTS_MAX, &count);
	memset(list->rows, 0, sizeof(list->rows));
	for (i = 0; i < count && !err; i++)
		row_encode(&rows[i], &list->rows[i]);
	list->count = cpu_to_le32(count);
	kvfree(rows);
	return err;
}

int vexfs_ioctl_diff(const struct vexfs_call *call)
{
	struct vexfs_ioc_diff *diff = call->argument;
	struct vexfs_change *rows;
	bool end = false;
	u32 count = 0, i;
	int err;

	BUILD_BUG_ON(VEXFS_CHANGE_CREATED != VEXFS_DIFF_CREATED);
	BUILD_BUG_ON(VEXFS_CHANGE_ENTRIES != VEXFS_DIFF_ENTRIES);
	if (diff->count || diff->flags || !vexfs_is_zero(diff->reserved, sizeof(diff->reserved)))
		return -EINVAL;
	if (!vexfs_is_volume_owner(call))
		return -EPERM;
	rows = kvcalloc(VEXFS_IOC_CHANGES_MAX, sizeof(*rows), GFP_KERNEL);
	if (!rows)
		return -ENOMEM;
	err = vexfs_volume_diff(call->mount->volume, le64_to_cpu(diff->from),
				le64_to_cpu(diff->to), le64_to_cpu(diff->after_ino), rows,
				VEXFS_IOC_CHANGES_MAX, &count, &end);
	memset(diff->rows, 0, sizeof(diff->rows));
	for (i = 0; i < count && !err; i++) {
		diff->rows[i].ino = cpu_to_le64(rows[i].ino);
		diff->rows[i].kinds = cpu_to_le32(rows[i].kinds);
		diff->rows[i].mode = cpu_to_le32(rows[i].mode);
	}
	diff->count = cpu_to_le32(count);
	diff->flags = cpu_to_le32(end ? VEXFS_DIFF_END : 0);
	kvfree(rows);
	return err;
}

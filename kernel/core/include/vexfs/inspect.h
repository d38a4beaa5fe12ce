/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/inspect.h - the raw structures of a volume that is not mounted, for people who debug.
 *
 * Gives out disk structs as they lie (vexfs/format.h); what they mean is for the caller to print.
 * Never writes. Damaged nodes are told and stepped over.
 */
#ifndef VEXFS_INSPECT_H
#define VEXFS_INSPECT_H

#include <vexfs/format.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vexfs_inspect_super() - slot @slot of a ring: 0..7 of the front one, 8..15 of the back one.
 * @block: where it is. Return: 0 with @out valid, or with @out as read -EINVAL (no magic),
 * -EBADMSG,
 * -EPROTONOSUPPORT, -EUCLEAN; -EIO.
 */
int vexfs_inspect_super(struct vexfs_dev *dev, u32 slot, u64 *block,
			struct vexfs_disk_super *out);

/**
 * struct vexfs_inspect_visitor - told of each node on the way down, parents first, and of each item
 * of a leaf in order of key. Pointers are valid during the call. Return false to stop.
 * @node: @error is not 0 when it could not be read; @disk is NULL then.
 */
struct vexfs_inspect_visitor {
	bool (*node)(void *context, const struct vexfs_disk_ptr *ptr,
		     const struct vexfs_disk_node *disk, int error);
	bool (*item)(void *context, const struct vexfs_disk_item *item, const u8 *data,
		     u32 bytes);
	void *context;
};

/**
 * vexfs_inspect_tree() - walks a tree; @tree 0 is the root tree. With @object not 0 only leaves
 * that may hold items of that object are visited, and only its items.
 * Return: 0, -ESTALE (no such tree), -ENOMEM, and as vexfs_volume_open().
 */
int vexfs_inspect_tree(struct vexfs_dev *dev, u64 tree, u64 object,
		       const struct vexfs_inspect_visitor *visitor);

#ifdef __cplusplus
}
#endif

#endif

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* ioctl_snapshots.c - calls about snapshots that are there (uapi/vexfs/ioctl_snapshots.h). */
#include "control/ioctl.h"

#include <linux/dcache.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/writeback.h>

static void pages_store(struct super_block *sb)
{
	down_read(&sb->s_umount);
	sync_inodes_sb(sb);
	up_read(&sb->s_umount);
}

int vexfs_ioctl_snapshot_change(const struct vexfs_call *call)
{
	const struct vexfs_ioc_snapshot_change *argument = call->argument;
	int name_bytes = vexfs_bounded_length(argument->name, sizeof(argument->name));
	u32 what = le32_to_cpu(argument->what);
	bool renames = what & VEXFS_SNAPSHOT_CHANGE_NAME;
	struct vexfs_snapshot_change change = {
		.id = le64_to_cpu(argument->id),
		.mask = what & ~VEXFS_SNAPSHOT_CHANGE_NAME,
		.flags = le32_to_cpu(argument->flags),
		.name = renames ? argument->name : NULL,
		.name_bytes = (u32)name_bytes,
	};

	BUILD_BUG_ON(VEXFS_SNAPSHOT_LOCKED != VEXFS_TREE_LOCKED);
	BUILD_BUG_ON(VEXFS_SNAPSHOT_STAGING != VEXFS_TREE_STAGING);
	if (name_bytes < 0 || (!renames && name_bytes) ||
	    !vexfs_is_zero(argument->reserved, sizeof(argument->reserved)))
		return -EINVAL;
	if (!vexfs_is_volume_owner(call))
		return -EPERM;
	/* What the cache has of the tree can be stored now, and not afterwards. */
	if (change.mask & ~change.flags & VEXFS_TREE_WRITABLE)
		pages_store(call->mount->sb);
	return vexfs_volume_snapshot_change(call->mount->volume, &change);
}

/* ---- rollback ---- */

/* The cache's inode becomes the one of its number in the tree that is live now. */
static void inode_renew(struct inode *inode)
{
	struct vexfs_id id = VEXFS_I(inode)->id;
	struct vexfs_attr attr;
	int err = vexfs_volume_getattr(vexfs_volume_of(inode), id, &attr);

	if (err || (attr.mode & S_IFMT) != (inode->i_mode & S_IFMT)) {
		/* Found no more; whoever has it open is told by the engine. */
		remove_inode_hash(inode);
		truncate_inode_pages(&inode->i_data, 0);
		return;
	}
	inode_lock(inode);
	if (S_ISREG(inode->i_mode))
		(void)invalidate_inode_pages2(inode->i_mapping);
	inode->i_mode = (umode_t)attr.mode;
	i_uid_write(inode, attr.uid);
	i_gid_write(inode, attr.gid);
	i_size_write(inode, (loff_t)attr.size_bytes);
	inode->i_blocks = vexfs_attr_sectors(&attr);
	inode_set_atime_to_ts(inode, vexfs_timespec_of(attr.atime));
	inode_set_mtime_to_ts(inode, vexfs_timespec_of(attr.mtime));
	forget_all_cached_acls(inode);
	inode_unlock(inode);
	vexfs_refresh(inode);
}

/* Under none of the names that it had: they are looked up again. */
static void names_forget(struct inode *inode)
{
	struct dentry *alias;

	if (inode == d_inode(inode->i_sb->s_root))
		return;
	while ((alias = d_find_alias(inode)) && !d_unhashed(alias)) {
		d_invalidate(alias);
		d_drop(alias);
		dput(alias);
	}
	dput(alias);
}

static void inodes_renew(struct super_block *sb)
{
	struct inode *inode, *before = NULL;

	/* Those in use are left, and lose their names one by one. */
	shrink_dcache_parent(sb->s_root);
	spin_lock(&sb->s_inode_list_lock);
	list_for_each_entry(inode, &sb->s_inodes, i_sb_list) {
		if (vexfs_is_virtual(inode) ||
		    VEXFS_I(inode)->id.tree != VEXFS_VOLUME_TREE_LIVE || !igrab(inode))
			continue;
		spin_unlock(&sb->s_inode_list_lock);
		iput(before);
		before = inode;
		names_forget(inode);
		inode_renew(inode);
		cond_resched();
		spin_lock(&sb->s_inode_list_lock);
	}
	spin_unlock(&sb->s_inode_list_lock);
	iput(before);
}

int vexfs_ioctl_rollback(const struct vexfs_call *call)
{
	struct vexfs_ioc_rollback *argument = call->argument;
	int name_bytes = vexfs_bounded_length(argument->name, sizeof(argument->name)), err;
	struct super_block *sb = call->mount->sb;
	struct vexfs_snapshot *safety;

	if (name_bytes < 0 || argument->reserved0 || argument->safety_id || argument->generation ||
	    !vexfs_is_zero(argument->reserved, sizeof(argument->reserved)))
		return -EINVAL;
	if (!vexfs_is_volume_owner(call))
		return -EPERM;
	safety = kzalloc(sizeof(*safety), GFP_KERNEL);
	if (!safety)
		return -ENOMEM;
	pages_store(sb);
	err = vexfs_volume_rollback(call->mount->volume, le64_to_cpu(argument->id), argument->name,
				    (u32)name_bytes, le32_to_cpu(argument->flags), safety);
	if (!err)
		inodes_renew(sb);
	argument->safety_id = cpu_to_le64(safety->id);
	argument->generation = cpu_to_le64(safety->generation);
	kfree(safety);
	return err;
}

/* ---- space ---- */

static bool is_interrupted(void *context)
{
	cond_resched();
	return fatal_signal_pending(current) || signal_pending(current);
}

int vexfs_ioctl_snapshot_space(const struct vexfs_call *call)
{
	struct vexfs_ioc_snapshot_space *argument = call->argument;
	u32 count = le32_to_cpu(argument->count), flags = le32_to_cpu(argument->flags), i;
	struct vexfs_space_query query = { .ranges_count = count,
					   .referenced = flags & VEXFS_SPACE_REFERENCED,
					   .interrupted = is_interrupted };
	struct vexfs_space_answer answer;
	struct vexfs_id_range *ranges;
	int err;

	if (!count || count > VEXFS_IOC_RANGES_MAX || (flags & ~VEXFS_SPACE_REFERENCED) ||
	    argument->snapshots || argument->reclaim_bytes || argument->referenced_bytes ||
	    !vexfs_is_zero(argument->reserved, sizeof(argument->reserved)))
		return -EINVAL;
	if (!vexfs_is_volume_owner(call))
		return -EPERM;
	ranges = kvcalloc(count, sizeof(*ranges), GFP_KERNEL);
	if (!ranges)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		ranges[i].first = le64_to_cpu(argument->ranges[i].first);
		ranges[i].last = le64_to_cpu(argument->ranges[i].last);
	}
	query.ranges = ranges;
	err = vexfs_volume_snapshot_space(call->mount->volume, &query, &answer);
	kvfree(ranges);
	if (err)
		return err;
	argument->snapshots = cpu_to_le64(answer.snapshots);
	argument->reclaim_bytes = cpu_to_le64(answer.reclaim_blocks * VEXFS_BLOCK_BYTES);
	argument->referenced_bytes = cpu_to_le64(answer.referenced_blocks * VEXFS_BLOCK_BYTES);
	return 0;
}

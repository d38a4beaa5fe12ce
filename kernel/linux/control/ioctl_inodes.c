// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* ioctl_inodes.c - calls about one inode: attributes and path by number, and its forks. */
#include "control/ioctl.h"

#include <linux/pagemap.h>

static __le64 nanoseconds(struct vexfs_time time)
{
	return cpu_to_le64((u64)(time.sec * NSEC_PER_SEC + time.nsec));
}

static int absent_is_enoent(int err)
{
	return err == -ESTALE ? -ENOENT : err;
}

/* Root, the file's owner or the volume's. */
static bool is_file_owner(const struct vexfs_call *call)
{
	return uid_eq(current_fsuid(), call->inode->i_uid) || vexfs_is_volume_owner(call);
}

int vexfs_ioctl_stat(const struct vexfs_call *call)
{
	struct vexfs_ioc_stat *stat = call->argument;
	struct vexfs_id id = { le64_to_cpu(stat->tree), le64_to_cpu(stat->ino) };
	struct vexfs_attr attr;
	int err;

	if (!vexfs_is_zero(stat->reserved, sizeof(stat->reserved)))
		return -EINVAL;
	if (!vexfs_is_volume_owner(call))
		return -EPERM;
	err = vexfs_volume_getattr(call->mount->volume, id, &attr);
	if (err)
		return absent_is_enoent(err);
	stat->mode = cpu_to_le32(attr.mode);
	stat->nlink = cpu_to_le32(attr.nlink);
	stat->uid = cpu_to_le32(attr.uid);
	stat->gid = cpu_to_le32(attr.gid);
	stat->size_bytes = cpu_to_le64(attr.size_bytes);
	stat->allocated_bytes = cpu_to_le64(attr.allocated_bytes);
	stat->vectors_bytes = cpu_to_le64(attr.vectors_bytes);
	stat->data_generation = cpu_to_le64(attr.data_generation);
	stat->mtime_ns = nanoseconds(attr.mtime);
	stat->ctime_ns = nanoseconds(attr.ctime);
	stat->btime_ns = nanoseconds(attr.btime);
	return 0;
}

int vexfs_ioctl_path(const struct vexfs_call *call)
{
	struct vexfs_ioc_path *path = call->argument;
	struct vexfs_id id = { le64_to_cpu(path->tree), le64_to_cpu(path->ino) };

	if (path->reserved0 || !vexfs_is_zero(path->reserved, sizeof(path->reserved)))
		return -EINVAL;
	if (!vexfs_is_volume_owner(call))
		return -EPERM;
	memset(path->path, 0, sizeof(path->path));
	return absent_is_enoent(vexfs_volume_path(call->mount->volume, id,
						  le32_to_cpu(path->index), path->path,
						  sizeof(path->path)));
}

int vexfs_ioctl_fork_read(const struct vexfs_call *call)
{
	struct vexfs_ioc_fork_read *read = call->argument;
	struct vexfs_id id = VEXFS_I(call->inode)->id;
	u32 fork = le32_to_cpu(read->fork), len = le32_to_cpu(read->len_bytes), got = 0;
	u64 offset = le64_to_cpu(read->offset_bytes);
	struct vexfs_attr attr;
	int err;

	if (fork >= VEXFS_FORK_COUNT || read->size_bytes || vexfs_is_virtual(call->inode) ||
	    len > VEXFS_IOC_FORK_DATA_BYTES || offset > VEXFS_FILE_MAX_BYTES)
		return -EINVAL;
	/* Vectors tell what a text says, so they are read by those who may read it. */
	if (!(call->file->f_mode & FMODE_READ) && !is_file_owner(call))
		return -EPERM;
	memset(read->data, 0, sizeof(read->data));
	read->len_bytes = 0;
	if (!S_ISREG(call->inode->i_mode))
		return 0;
	err = fork == VEXFS_FORK_DATA ? filemap_write_and_wait(call->inode->i_mapping) : 0;
	if (!err)
		err = vexfs_volume_getattr(call->mount->volume, id, &attr);
	if (!err)
		err = vexfs_volume_read(call->mount->volume, id, fork, offset, read->data, len,
					&got);
	if (err)
		return err;
	read->len_bytes = cpu_to_le32(got);
	read->size_bytes = cpu_to_le64(fork == VEXFS_FORK_DATA ? attr.size_bytes :
								 attr.vectors_bytes);
	return 0;
}

int vexfs_ioctl_fork_write(const struct vexfs_call *call)
{
	const struct vexfs_ioc_fork_write *write = call->argument;
	struct vexfs_volume *volume = call->mount->volume;
	struct vexfs_id id = VEXFS_I(call->inode)->id;
	u32 fork = le32_to_cpu(write->fork), len = le32_to_cpu(write->len_bytes), done = 0;
	u32 flags = le32_to_cpu(write->flags);
	u64 offset = le64_to_cpu(write->offset_bytes);
	int err = 0;

	if (fork == VEXFS_FORK_DATA || fork >= VEXFS_FORK_COUNT || vexfs_is_virtual(call->inode) ||
	    (flags & ~VEXFS_FORK_WRITE_TRUNCATE) || write->reserved0 ||
	    len > VEXFS_IOC_FORK_DATA_BYTES ||
	    offset > VEXFS_FILE_MAX_BYTES - VEXFS_IOC_FORK_DATA_BYTES)
		return -EINVAL;
	if (!is_file_owner(call))
		return -EPERM;
	while (done < len && !err) {
		u32 now = 0;

		err = vexfs_volume_write(volume, id, fork, offset + done, write->data + done,
					 len - done, &now);
		done += now;
	}
	if (!err && (flags & VEXFS_FORK_WRITE_TRUNCATE))
		err = vexfs_volume_truncate(volume, id, fork, offset + len);
	return err;
}

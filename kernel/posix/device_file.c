/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * device_file.c - image files and block devices.
 *
 * One descriptor, pread and pwrite: threads share no file position. The page cache of the host is
 * between us and the medium; flush is fdatasync.
 */
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <vexfs/posix_dev.h>
#include <vexfs/posix_hooks.h>

#include "loop.h"

struct file_dev {
	struct vexfs_dev dev;
	int fd;
};

/* What the page cache has comes at once; for the rest somebody else may run. */
static ssize_t read_at(int fd, void *out, size_t bytes, off_t offset)
{
	struct iovec part = { .iov_base = out, .iov_len = bytes };
	ssize_t got = preadv2(fd, &part, 1, offset, RWF_NOWAIT);

	if (got > 0)
		return got;
	vexfs_posix_about_to_wait();
	return pread(fd, out, bytes, offset);
}

static int file_read(struct vexfs_dev *dev, u64 block, u32 count, void *out)
{
	struct file_dev *file = (struct file_dev *)dev;
	size_t left = (size_t)count * VEXFS_BLOCK_BYTES;
	off_t offset = (off_t)(block * VEXFS_BLOCK_BYTES);
	u8 *p = out;
	ssize_t got;

	while (left) {
		got = read_at(file->fd, p, left, offset);
		if (got < 0 && errno == EINTR)
			continue;
		/* 0: somebody cut the image while it was open. */
		if (got <= 0)
			return -EIO;
		p += got;
		offset += got;
		left -= (size_t)got;
	}
	return 0;
}

static int file_write(struct vexfs_dev *dev, u64 block, u32 count, const void *data)
{
	struct file_dev *file = (struct file_dev *)dev;
	size_t left = (size_t)count * VEXFS_BLOCK_BYTES;
	off_t offset = (off_t)(block * VEXFS_BLOCK_BYTES);
	const u8 *p = data;
	ssize_t done;

	while (left) {
		done = pwrite(file->fd, p, left, offset);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return errno == ENOSPC || errno == EDQUOT ? -ENOSPC : -EIO;
		p += done;
		offset += done;
		left -= (size_t)done;
	}
	return 0;
}

static int file_flush(struct vexfs_dev *dev)
{
	struct file_dev *file = (struct file_dev *)dev;

	if (dev->read_only)
		return 0;
	vexfs_posix_about_to_wait();
	/* Not repeated on failure: after one, the kernel may have dropped the pages. */
	return fdatasync(file->fd) == 0 ? 0 : -EIO;
}

/* Holes in an image file; a block device is trimmed, where it can be. */
static int file_discard(struct vexfs_dev *dev, u64 block, u32 count)
{
	struct file_dev *file = (struct file_dev *)dev;
	off_t offset = (off_t)(block * VEXFS_BLOCK_BYTES);
	off_t bytes = (off_t)count * VEXFS_BLOCK_BYTES;

	/* On a block device the same call trims, and keeps its page cache right. */
	if (fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes) == 0)
		return 0;
	return errno == EOPNOTSUPP || errno == ENOSYS ? -EOPNOTSUPP : -EIO;
}

static void file_close(struct vexfs_dev *dev)
{
	struct file_dev *file = (struct file_dev *)dev;

	close(file->fd);
	vexfs_port_free(file);
}

static int measure(int fd, u64 *size_blocks)
{
	struct stat info;
	u64 size_bytes;

	if (fstat(fd, &info) != 0)
		return -errno;
	size_bytes = (u64)info.st_size;
	if (S_ISBLK(info.st_mode) && ioctl(fd, BLKGETSIZE64, &size_bytes) != 0)
		return -errno;
	*size_blocks = size_bytes / VEXFS_BLOCK_BYTES;
	return 0;
}

static const struct vexfs_dev_ops file_ops = {
	.read = file_read,
	.write = file_write,
	.flush = file_flush,
	.discard = file_discard,
	.close = file_close,
};

int vexfs_dev_measure(struct vexfs_dev *dev)
{
	u64 size_blocks;

	/* Memory does not grow. */
	if (dev->ops != &file_ops)
		return 0;
	if (measure(((struct file_dev *)dev)->fd, &size_blocks))
		return -EIO;
	if (size_blocks > vexfs_port_dev_size_blocks(dev))
		__atomic_store_n(&dev->size_blocks, size_blocks, __ATOMIC_RELAXED);
	return 0;
}

static int open_and_lock(const char *path, bool read_only, struct stat *info)
{
	int flags = (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC;
	int fd, error;

	/* Looked at before it is opened: opening a fifo or a tape would have effects. */
	if (stat(path, info) != 0)
		return -errno;
	if (!S_ISREG(info->st_mode) && !S_ISBLK(info->st_mode))
		return -EINVAL;
	/* Without O_CREAT, O_EXCL on a block device means: nobody else, mounts included. */
	if (S_ISBLK(info->st_mode) && !read_only)
		flags |= O_EXCL;
	fd = open(path, flags);
	if (fd < 0)
		return -errno;
	if (flock(fd, (read_only ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
		error = errno == EWOULDBLOCK ? -EBUSY : -errno;
		close(fd);
		return error;
	}
	error = fstat(fd, info) != 0 ? -errno : 0;
	/*
	 * Who mounts a loop device has the lock of mount.vexfs only until it is mounted. Whether he
	 * writes cannot be seen; who only reads does no harm.
	 */
	if (!error && !read_only && S_ISREG(info->st_mode) && vexfs_posix_is_held_by_loop(info))
		error = -EBUSY;
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

int vexfs_dev_open(const char *path, u32 flags, struct vexfs_dev **out)
{
	bool read_only = flags & VEXFS_DEV_READ_ONLY;
	struct file_dev *file;
	struct stat info;
	u64 size_blocks = 0;
	int fd, error;

	fd = open_and_lock(path, read_only, &info);
	if (fd < 0)
		return fd;
	error = measure(fd, &size_blocks);
	if (error)
		goto out_close;
	file = vexfs_port_alloc(sizeof(*file));
	if (!file) {
		error = -ENOMEM;
		goto out_close;
	}
	file->dev.ops = &file_ops;
	file->dev.size_blocks = size_blocks;
	file->dev.read_only = read_only;
	file->fd = fd;
	*out = &file->dev;
	return 0;

out_close:
	close(fd);
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* device.c - the engine's calls to a device, and the device that is plain memory. */
#include <vexfs/posix_dev.h>

/* Threads read it while vexfs_dev_measure() may make it larger. */
static u64 size_of(const struct vexfs_dev *dev)
{
	return __atomic_load_n(&dev->size_blocks, __ATOMIC_RELAXED);
}

static bool is_inside(const struct vexfs_dev *dev, u64 block, u32 count)
{
	u64 size_blocks = size_of(dev);

	return block <= size_blocks && count <= size_blocks - block;
}

int vexfs_port_dev_read(struct vexfs_dev *dev, u64 block, u32 count, void *out)
{
	if (!is_inside(dev, block, count))
		return -EIO;
	return dev->ops->read(dev, block, count, out);
}

int vexfs_port_dev_write(struct vexfs_dev *dev, u64 block, u32 count, const void *data)
{
	if (dev->read_only)
		return -EROFS;
	if (!is_inside(dev, block, count))
		return -EIO;
	return dev->ops->write(dev, block, count, data);
}

int vexfs_port_dev_write_pieces(struct vexfs_dev *dev, const struct vexfs_piece *pieces, u32 count)
{
	u32 i;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = vexfs_port_dev_write(dev, pieces[i].block, pieces[i].count, pieces[i].data);
	return err;
}

int vexfs_port_dev_flush(struct vexfs_dev *dev)
{
	return dev->ops->flush(dev);
}

int vexfs_port_dev_discard(struct vexfs_dev *dev, u64 block, u32 count)
{
	if (dev->read_only)
		return -EROFS;
	if (!is_inside(dev, block, count))
		return -EIO;
	return dev->ops->discard ? dev->ops->discard(dev, block, count) : -EOPNOTSUPP;
}

u64 vexfs_port_dev_size_blocks(struct vexfs_dev *dev)
{
	return size_of(dev);
}

bool vexfs_port_dev_is_read_only(struct vexfs_dev *dev)
{
	return dev->read_only;
}

void vexfs_dev_close(struct vexfs_dev *dev)
{
	if (dev)
		dev->ops->close(dev);
}

struct memory_dev {
	struct vexfs_dev dev;
	u8 *bytes;
};

static int memory_read(struct vexfs_dev *dev, u64 block, u32 count, void *out)
{
	struct memory_dev *memory = (struct memory_dev *)dev;

	memcpy(out, memory->bytes + block * VEXFS_BLOCK_BYTES, (size_t)count * VEXFS_BLOCK_BYTES);
	return 0;
}

static int memory_write(struct vexfs_dev *dev, u64 block, u32 count, const void *data)
{
	struct memory_dev *memory = (struct memory_dev *)dev;

	memcpy(memory->bytes + block * VEXFS_BLOCK_BYTES, data, (size_t)count * VEXFS_BLOCK_BYTES);
	return 0;
}

static int memory_flush(struct vexfs_dev *dev)
{
	(void)dev;	/* memory is as durable as it will ever be */
	return 0;
}

static void memory_close(struct vexfs_dev *dev)
{
	struct memory_dev *memory = (struct memory_dev *)dev;

	vexfs_port_free(memory->bytes);
	vexfs_port_free(memory);
}

static const struct vexfs_dev_ops memory_ops = {
	.read = memory_read,
	.write = memory_write,
	.flush = memory_flush,
	.close = memory_close,
};

int vexfs_dev_open_memory(u64 size_blocks, struct vexfs_dev **out)
{
	struct memory_dev *memory = vexfs_port_alloc(sizeof(*memory));

	if (!memory)
		return -ENOMEM;
	memory->bytes = vexfs_port_alloc(size_blocks * VEXFS_BLOCK_BYTES);
	if (!memory->bytes) {
		vexfs_port_free(memory);
		return -ENOMEM;
	}
	memory->dev.ops = &memory_ops;
	memory->dev.size_blocks = size_blocks;
	*out = &memory->dev;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* device.c - the engine's device: bios to the block device of the mount. */
#include <linux/atomic.h>
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/highmem.h>
#include <linux/slab.h>

#include <vexfs/port.h>

#include "device.h"

#define BLOCK_SECTORS	(VEXFS_BLOCK_BYTES >> SECTOR_SHIFT)

/* What drivers want of the addresses that they are given. */
#define ALIGNMENT	512u

void vexfs_dev_init(struct vexfs_dev *dev, struct block_device *bdev)
{
	dev->bdev = bdev;
	dev->dead = false;
	vexfs_dev_measure(dev);
}

void vexfs_dev_measure(struct vexfs_dev *dev)
{
	WRITE_ONCE(dev->size_blocks, bdev_nr_bytes(dev->bdev) / VEXFS_BLOCK_BYTES);
	WRITE_ONCE(dev->read_only, bdev_read_only(dev->bdev));
}

void vexfs_dev_kill(struct vexfs_dev *dev)
{
	WRITE_ONCE(dev->dead, true);
}

static int transfer_error(blk_status_t status)
{
	int err = blk_status_to_errno(status);

	return err == -ENOSPC || !err ? err : -EIO;
}

/* The page that @data lies in, wherever the memory comes from. */
static struct page *page_of(const void *data)
{
	return is_vmalloc_addr(data) ? vmalloc_to_page(data) : virt_to_page(data);
}

/* As much of [@data, @data + @bytes) as one bio takes. Return: how much that is. */
static size_t bio_fill(struct bio *bio, const u8 *data, size_t bytes)
{
	size_t filled = 0;

	while (filled < bytes) {
		unsigned int within = offset_in_page(data + filled);
		unsigned int part = min_t(size_t, PAGE_SIZE - within, bytes - filled);

		if (bio_add_page(bio, page_of(data + filled), part, within) != part)
			break;
		filled += part;
	}
	return filled;
}

/* A transfer on its way: all of its bios at once, and whoever asked for it waits for the last. */
struct transfer {
	atomic_t pending;	/* bios, and the one who submits them */
	atomic_t error;		/* the first, as an errno value */
	struct completion done;
};

static void transfer_put(struct transfer *transfer)
{
	if (atomic_dec_and_test(&transfer->pending))
		complete(&transfer->done);
}

static void bio_ended(struct bio *bio)
{
	struct transfer *transfer = bio->bi_private;

	if (bio->bi_status)
		atomic_cmpxchg(&transfer->error, 0, transfer_error(bio->bi_status));
	bio_put(bio);
	transfer_put(transfer);
}

static void transfer_begin(struct transfer *transfer)
{
	atomic_set(&transfer->pending, 1);
	atomic_set(&transfer->error, 0);
	init_completion(&transfer->done);
}

static int transfer_end(struct transfer *transfer)
{
	transfer_put(transfer);
	wait_for_completion_io(&transfer->done);
	return atomic_read(&transfer->error);
}

static void transfer_add(struct transfer *transfer, struct vexfs_dev *dev, blk_opf_t opf,
			 u64 block, const u8 *data, size_t bytes)
{
	sector_t sector = block * BLOCK_SECTORS;

	while (bytes) {
		unsigned int within = offset_in_page(data);
		unsigned int pages = bio_max_segs(DIV_ROUND_UP(within + bytes, PAGE_SIZE));
		struct bio *bio = bio_alloc(dev->bdev, pages, opf, GFP_NOFS);
		size_t part;

		bio->bi_iter.bi_sector = sector;
		/* Sectors stay whole, and so do blocks, which one bio always has room for. */
		part = bio_fill(bio, data, bytes);
		bio->bi_private = transfer;
		bio->bi_end_io = bio_ended;
		atomic_inc(&transfer->pending);
		submit_bio(bio);
		data += part;
		bytes -= part;
		sector += part >> SECTOR_SHIFT;
	}
}

static int transfer_aligned(struct vexfs_dev *dev, blk_opf_t opf, u64 block, void *data,
			    size_t bytes)
{
	struct transfer transfer;
	struct blk_plug plug;

	transfer_begin(&transfer);
	blk_start_plug(&plug);
	transfer_add(&transfer, dev, opf, block, data, bytes);
	blk_finish_plug(&plug);
	return transfer_end(&transfer);
}

/* Through memory of our own, for what drivers would not take. */
static int transfer_bounced(struct vexfs_dev *dev, blk_opf_t opf, u64 block, u8 *data, u32 count)
{
	u8 *bounce = kmalloc(VEXFS_BLOCK_BYTES, GFP_NOFS);
	bool is_write = op_is_write(opf);
	int err = 0;

	if (!bounce)
		return -ENOMEM;
	for (; count && !err; count--, block++, data += VEXFS_BLOCK_BYTES) {
		if (is_write)
			memcpy(bounce, data, VEXFS_BLOCK_BYTES);
		err = transfer_aligned(dev, opf, block, bounce, VEXFS_BLOCK_BYTES);
		if (!err && !is_write)
			memcpy(data, bounce, VEXFS_BLOCK_BYTES);
	}
	kfree(bounce);
	return err;
}

static int transfer(struct vexfs_dev *dev, blk_opf_t opf, u64 block, void *data, u32 count)
{
	size_t bytes = (size_t)count * VEXFS_BLOCK_BYTES;
	int err;

	if (!IS_ALIGNED((unsigned long)data, ALIGNMENT))
		return transfer_bounced(dev, opf, block, data, count);
	/* Aliases of a page that only some processors know. */
	if (is_vmalloc_addr(data) && op_is_write(opf))
		flush_kernel_vmap_range(data, bytes);
	err = transfer_aligned(dev, opf, block, data, bytes);
	if (is_vmalloc_addr(data) && !op_is_write(opf))
		invalidate_kernel_vmap_range(data, bytes);
	return err;
}

static bool is_inside(struct vexfs_dev *dev, u64 block, u32 count)
{
	u64 size_blocks = READ_ONCE(dev->size_blocks);

	return block <= size_blocks && count <= size_blocks - block;
}

int vexfs_port_dev_read(struct vexfs_dev *dev, u64 block, u32 count, void *out)
{
	int err;

	if (!is_inside(dev, block, count) || READ_ONCE(dev->dead))
		return -EIO;
	err = transfer(dev, REQ_OP_READ, block, out, count);
	return err && err != -ENOMEM ? -EIO : err;
}

int vexfs_port_dev_write(struct vexfs_dev *dev, u64 block, u32 count, const void *data)
{
	if (dev->read_only)
		return -EROFS;
	if (!is_inside(dev, block, count) || READ_ONCE(dev->dead))
		return -EIO;
	/* Bios know no const; what is written from is not written to. */
	return transfer(dev, REQ_OP_WRITE | REQ_SYNC, block, (void *)data, count);
}

int vexfs_port_dev_write_pieces(struct vexfs_dev *dev, const struct vexfs_piece *pieces, u32 count)
{
	struct transfer transfer;
	struct blk_plug plug;
	u32 i;

	if (dev->read_only)
		return -EROFS;
	for (i = 0; i < count; i++)
		if (!is_inside(dev, pieces[i].block, pieces[i].count))
			return -EIO;
	if (READ_ONCE(dev->dead))
		return -EIO;
	transfer_begin(&transfer);
	blk_start_plug(&plug);
	for (i = 0; i < count; i++) {
		size_t bytes = (size_t)pieces[i].count * VEXFS_BLOCK_BYTES;

		if (is_vmalloc_addr(pieces[i].data))
			flush_kernel_vmap_range((void *)pieces[i].data, bytes);
		transfer_add(&transfer, dev, REQ_OP_WRITE | REQ_SYNC, pieces[i].block,
			     pieces[i].data, bytes);
	}
	blk_finish_plug(&plug);
	return transfer_end(&transfer);
}

int vexfs_port_dev_flush(struct vexfs_dev *dev)
{
	if (READ_ONCE(dev->dead))
		return -EIO;
	return blkdev_issue_flush(dev->bdev) ? -EIO : 0;
}

int vexfs_port_dev_discard(struct vexfs_dev *dev, u64 block, u32 count)
{
	int err;

	if (dev->read_only)
		return -EROFS;
	if (!is_inside(dev, block, count) || READ_ONCE(dev->dead))
		return -EIO;
	if (!bdev_max_discard_sectors(dev->bdev))
		return -EOPNOTSUPP;
	err = blkdev_issue_discard(dev->bdev, block * BLOCK_SECTORS,
				   (sector_t)count * BLOCK_SECTORS, GFP_NOFS);
	return err && err != -EOPNOTSUPP ? -EIO : err;
}

u64 vexfs_port_dev_size_blocks(struct vexfs_dev *dev)
{
	return READ_ONCE(dev->size_blocks);
}

bool vexfs_port_dev_is_read_only(struct vexfs_dev *dev)
{
	return dev->read_only;
}

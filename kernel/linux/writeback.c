// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * writeback.c - dirty pages to the engine, as many in a row at a time as one extent holds.
 *
 * Pages of a batch are under writeback and unlocked. They do not change: the super block asks for
 * stable pages, because the engine counts checksums over them.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/writeback.h>

#include "vexfs_fs.h"

#define BATCH_PAGES	256u

struct batch {
	struct inode *inode;
	u32 count;
	u32 promised;
	bool wrote;
	struct page *pages[BATCH_PAGES];
};

/* The engine may take a part at a time. */
static int content_write(struct inode *inode, loff_t offset, const u8 *data, u32 bytes)
{
	struct vexfs_volume *volume = vexfs_volume_of(inode);
	int err = 0;

	while (bytes && !err) {
		u32 done = 0;

		err = vexfs_volume_write_promised(volume, VEXFS_I(inode)->id, (u64)offset, data,
						  bytes, &done);
		offset += done;
		data += done;
		bytes -= done;
	}
	return err;
}

static int batch_write(struct batch *batch)
{
	loff_t offset = page_offset(batch->pages[0]), size = i_size_read(batch->inode);
	u32 bytes = batch->count * PAGE_SIZE;
	void *memory;
	int err;

	/* Cut off since it became dirty. */
	if (offset >= size)
		return 0;
	bytes = (u32)min_t(loff_t, bytes, size - offset);
	memory = vexfs_pages_map(batch->pages, batch->count);
	if (!memory)
		return -ENOMEM;
	err = content_write(batch->inode, offset, memory, bytes);
	vexfs_pages_unmap(memory, batch->count);
	return err;
}

static int batch_end(struct batch *batch)
{
	struct address_space *mapping = batch->inode->i_mapping;
	u32 i;
	int err;

	if (!batch->count)
		return 0;
	err = batch_write(batch);
	if (err)
		mapping_set_error(mapping, err);
	vexfs_volume_unpromise(vexfs_volume_of(batch->inode), batch->promised);
	for (i = 0; i < batch->count; i++) {
		end_page_writeback(batch->pages[i]);
		put_page(batch->pages[i]);
	}
	batch->count = 0;
	batch->promised = 0;
	return err;
}

static bool fits(const struct batch *batch, const struct page *page)
{
	return batch->count < BATCH_PAGES &&
	       page->index == batch->pages[batch->count - 1]->index + 1;
}

/* The page is locked, and its dirty bit is taken off. */
static int batch_add(vexfs_dirty_unit *unit, struct writeback_control *wbc, void *context)
{
	struct page *page = vexfs_dirty_page(unit);
	struct batch *batch = context;
	int err = 0;

	if (batch->count && !fits(batch, page))
		err = batch_end(batch);
	batch->wrote = true;
	batch->promised += vexfs_folio_unpromise(batch->inode, page_folio(page));
	get_page(page);
	batch->pages[batch->count++] = page;
	set_page_writeback(page);
	unlock_page(page);
	return err;
}

int vexfs_writepages(struct address_space *mapping, struct writeback_control *wbc)
{
	struct inode *inode = mapping->host;
	struct batch *batch = kzalloc(sizeof(*batch), GFP_NOFS);
	int err, last;

	if (!batch)
		return -ENOMEM;
	batch->inode = inode;
	down_read(&VEXFS_I(inode)->io_lock);
	err = write_cache_pages(mapping, wbc, batch_add, batch);
	last = batch_end(batch);
	up_read(&VEXFS_I(inode)->io_lock);
	/* The engine stamped the file with the time of this; the VFS knows when it was written. */
	if (batch->wrote)
		mark_inode_dirty_sync(inode);
	kfree(batch);
	return err ? err : last;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * readahead.c - pages that are read before somebody asks for them.
 *
 * The engine's reads return when the data is there and its checksums are right, so who calls them
 * waits. A large window is therefore handed to threads in batches: the reader copies what is there
 * already, one thread sums a batch, another waits for the device. They meet at the pages' locks.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "vexfs_fs.h"

/* What an extent holds: pages that lie in a row on the device. */
#define EXTENT_PAGES	256u

/* Less is read by who asks: a switch to another thread costs more than he would gain. */
#define ASIDE_PAGES	64u

struct batch {
	struct work_struct work;
	u32 count;
	struct page *pages[EXTENT_PAGES];	/* locked, in a row, each with a reference */
};

static struct workqueue_struct *readers;

int vexfs_readahead_register(void)
{
	/* Whoever frees memory may wait for a page that is being read: there is always a thread. */
	readers = alloc_workqueue("vexfs-read", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return readers ? 0 : -ENOMEM;
}

void vexfs_readahead_unregister(void)
{
	destroy_workqueue(readers);
}

/* The inode stays while one of its pages is locked: eviction waits for that. */
static void batch_fill(struct batch *batch)
{
	struct inode *inode = batch->pages[0]->mapping->host;
	void *memory = vexfs_pages_map(batch->pages, batch->count);
	int err = -ENOMEM;
	u32 i;

	if (memory) {
		err = vexfs_content_read(inode, page_offset(batch->pages[0]), memory,
					 batch->count * PAGE_SIZE);
		vexfs_pages_unmap(memory, batch->count);
	}
	/* Who needs a page that could not be read here reads it alone, and sees why. */
	for (i = 0; i < batch->count; i++) {
		if (!err) {
			flush_dcache_page(batch->pages[i]);
			SetPageUptodate(batch->pages[i]);
		}
		unlock_page(batch->pages[i]);
		put_page(batch->pages[i]);
	}
}

static void batch_work(struct work_struct *work)
{
	struct batch *batch = container_of(work, struct batch, work);

	batch_fill(batch);
	kfree(batch);
}

/*
 * Who reads in order has his window at its largest, which is about devices; what an extent holds
 * lies in a row. So it is widened to the end of that piece of the file, and by one more: while one
 * is summed, the device reads the other.
 */
static void window_widen(struct readahead_control *rac)
{
	loff_t piece = (loff_t)EXTENT_PAGES * PAGE_SIZE, begin = readahead_pos(rac);
	loff_t end = begin + (loff_t)readahead_length(rac);

	if (!rac->ra || !rac->ra->ra_pages || rac->ra->size < rac->ra->ra_pages)
		return;
	end = min_t(loff_t, round_up(end, piece) + piece, i_size_read(rac->mapping->host));
	if (end > begin)
		readahead_expand(rac, begin, (size_t)(end - begin));
}

void vexfs_readahead(struct readahead_control *rac)
{
	bool is_large;

	window_widen(rac);
	is_large = readahead_count(rac) > ASIDE_PAGES;
	for (;;) {
		struct batch *batch = kmalloc(sizeof(*batch), GFP_NOFS);

		/* What is not read here is read page by page. */
		if (!batch)
			return;
		batch->count = __readahead_batch(rac, batch->pages, EXTENT_PAGES);
		if (!batch->count) {
			kfree(batch);
			return;
		}
		if (is_large) {
			INIT_WORK(&batch->work, batch_work);
			queue_work(readers, &batch->work);
		} else {
			batch_work(&batch->work);
		}
	}
}

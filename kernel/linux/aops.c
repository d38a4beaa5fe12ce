// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* aops.c - pages of the page cache: filling them, and taking in what programs write. */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/vmalloc.h>
#include <linux/writeback.h>

#include "vexfs_fs.h"

/* ---- reading ---- */

int vexfs_content_read(struct inode *inode, loff_t offset, void *out, u32 bytes)
{
	u32 got = 0;
	int err = vexfs_volume_read(vexfs_volume_of(inode), VEXFS_I(inode)->id, 0, (u64)offset,
				    out, bytes, &got);

	if (!err)
		memset((u8 *)out + got, 0, bytes - got);
	return err;
}

static int folio_fill(struct inode *inode, struct folio *folio)
{
	int err = vexfs_content_read(inode, folio_pos(folio), folio_address(folio),
			       (u32)folio_size(folio));

	if (!err) {
		flush_dcache_folio(folio);
		folio_mark_uptodate(folio);
	}
	return err;
}

static int vexfs_read_folio(struct file *file, struct folio *folio)
{
	int err = folio_fill(folio->mapping->host, folio);

	folio_unlock(folio);
	return err;
}

/*
 * Pages in a row, as one piece of memory. Those that were allocated together often are one, too;
 * to map them costs far more than a look.
 */
void *vexfs_pages_map(struct page **pages, u32 count)
{
	unsigned int flags;
	void *memory;
	u32 i;

	for (i = 1; i < count && page_to_pfn(pages[i]) == page_to_pfn(pages[0]) + i; i++)
		;
	if (i == count)
		return page_address(pages[0]);
	flags = memalloc_nofs_save();
	memory = vm_map_ram(pages, count, NUMA_NO_NODE);
	memalloc_nofs_restore(flags);
	return memory;
}

void vexfs_pages_unmap(void *memory, u32 count)
{
	if (is_vmalloc_addr(memory))
		vm_unmap_ram(memory, count);
}

/* ---- writing ---- */

/* Content for the parts of a page that are not about to be written. */
static int begin_fill(struct inode *inode, struct folio *folio, loff_t pos, unsigned int len)
{
	if (folio_test_uptodate(folio) || (len == folio_size(folio)))
		return 0;
	if (folio_pos(folio) < i_size_read(inode))
		return folio_fill(inode, folio);
	folio_zero_range(folio, 0, folio_size(folio));
	folio_mark_uptodate(folio);
	return 0;
}

static int vexfs_write_begin(struct file *file, struct address_space *mapping, loff_t pos,
			     unsigned int len, vexfs_write_unit **out, void **fsdata)
{
	struct inode *inode = mapping->host;
	struct folio *folio;
	struct page *page;
	int err;

	page = grab_cache_page_write_begin(mapping, pos >> PAGE_SHIFT);
	if (!page)
		return -ENOMEM;
	folio = page_folio(page);
	err = begin_fill(inode, folio, pos, len);
	if (!err)
		err = vexfs_promise_folio(inode, folio);
	if (err) {
		folio_unlock(folio);
		folio_put(folio);
		return err;
	}
	*out = vexfs_write_unit_of(page);
	return 0;
}

static int vexfs_write_end(struct file *file, struct address_space *mapping, loff_t pos,
			   unsigned int len, unsigned int copied, vexfs_write_unit *unit,
			   void *fsdata)
{
	struct inode *inode = mapping->host;
	struct folio *folio = vexfs_write_folio(unit);

	if (!folio_test_uptodate(folio)) {
		/* A page that was to be written as a whole and was not: from the start again. */
		if (copied < len)
			copied = 0;
		else
			folio_mark_uptodate(folio);
	}
	if (copied) {
		flush_dcache_folio(folio);
		folio_mark_dirty(folio);
		if (pos + copied > i_size_read(inode))
			i_size_write(inode, pos + copied);
	} else if (!folio_test_dirty(folio)) {
		vexfs_promises_return(vexfs_mount_of(inode), vexfs_folio_unpromise(inode, folio));
	}
	folio_unlock(folio);
	folio_put(folio);
	return (int)copied;
}

vm_fault_t vexfs_page_mkwrite(struct vm_fault *vmf)
{
	struct folio *folio = page_folio(vmf->page);
	struct file *file = vmf->vma->vm_file;
	struct inode *inode = file_inode(file);
	int err;

	sb_start_pagefault(inode->i_sb);
	file_update_time(file);
	filemap_invalidate_lock_shared(inode->i_mapping);
	folio_lock(folio);
	if (folio->mapping != inode->i_mapping || folio_pos(folio) >= i_size_read(inode))
		err = -EFAULT;
	else
		err = vexfs_alive(inode);
	if (!err)
		err = vexfs_promise_folio(inode, folio);
	if (err) {
		folio_unlock(folio);
	} else {
		folio_mark_dirty(folio);
		folio_wait_stable(folio);
	}
	filemap_invalidate_unlock_shared(inode->i_mapping);
	sb_end_pagefault(inode->i_sb);
	if (!err)
		return VM_FAULT_LOCKED;
	return err == -EFAULT ? VM_FAULT_NOPAGE : vmf_error(err);
}

/* ---- the page cache lets go of a folio ---- */

static void vexfs_invalidate_folio(struct folio *folio, size_t offset, size_t len)
{
	struct inode *inode = folio->mapping->host;

	if (offset || len != folio_size(folio))
		return;
	folio_wait_writeback(folio);
	vexfs_promises_return(vexfs_mount_of(inode), vexfs_folio_unpromise(inode, folio));
}

/* Only what is dirty has a promise, and that is not let go of. */
static bool vexfs_release_folio(struct folio *folio, gfp_t gfp)
{
	return false;
}

const struct address_space_operations vexfs_aops = {
	.read_folio = vexfs_read_folio,
	.readahead = vexfs_readahead,
	.writepages = vexfs_writepages,
	.dirty_folio = filemap_dirty_folio,
	.write_begin = vexfs_write_begin,
	.write_end = vexfs_write_end,
	.invalidate_folio = vexfs_invalidate_folio,
	.release_folio = vexfs_release_folio,
	.direct_IO = vexfs_direct_io,
	.migrate_folio = filemap_migrate_folio,
	VEXFS_ERROR_REMOVE,
};

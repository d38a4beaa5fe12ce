// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* memory.c - memory for the engine, from the kernel. */
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/mm.h>

#include <vexfs/port.h>

/* From this size on memory is aligned to it. */
#define ALIGNED_FROM_BYTES	512u

/*
 * Never reclaims by way of a filesystem: the engine asks while it holds locks that writeback takes.
 * Slabs of a power of two are aligned to it, and what is larger comes in pages.
 */
void *vexfs_port_alloc(size_t bytes)
{
	if (bytes >= ALIGNED_FROM_BYTES && bytes < PAGE_SIZE)
		bytes = roundup_pow_of_two(bytes);
	else if (bytes > PAGE_SIZE)
		bytes = PAGE_ALIGN(bytes);
	return kvzalloc(bytes ? bytes : 1, GFP_NOFS);
}

void vexfs_port_free(void *memory)
{
	kvfree(memory);
}

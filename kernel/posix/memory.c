/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* memory.c - allocation for the engine, with a hook by which tests make it fail. */
#include <stdatomic.h>
#include <stdlib.h>

#include <vexfs/port.h>
#include <vexfs/posix_hooks.h>

#include "pool.h"

/* From this size on memory is aligned to it: what direct I/O asks of buffers. */
#define ALIGNED_FROM_BYTES	512u

/* The address sanitizer must see each piece on its own. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_POOLS	false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_POOLS	false
#endif
#endif
#ifndef HAS_POOLS
#define HAS_POOLS	true
#endif

static _Atomic(bool (*)(size_t)) alloc_hook;

void vexfs_posix_set_alloc_hook(bool (*hook)(size_t bytes))
{
	atomic_store(&alloc_hook, hook);
}

void *vexfs_port_alloc(size_t bytes)
{
	bool (*hook)(size_t) = atomic_load_explicit(&alloc_hook, memory_order_relaxed);
	void *memory;

	if (hook && !hook(bytes))
		return NULL;
	if (bytes < ALIGNED_FROM_BYTES)
		return calloc(1, bytes ? bytes : 1);
	memory = HAS_POOLS ? vexfs_pool_alloc(bytes) : NULL;
	if (!memory && posix_memalign(&memory, ALIGNED_FROM_BYTES, bytes) != 0)
		return NULL;
	memset(memory, 0, bytes);
	return memory;
}

void vexfs_port_free(void *memory)
{
	if (!HAS_POOLS || !vexfs_pool_free(memory))
		free(memory);
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "pool.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>

#include <vexfs/format.h>

/* Addresses, not memory: caches of all volumes of a process, and more. */
#define SPACE_BYTES	((size_t)64 << 30)

#define GROWTH_BYTES	((size_t)1 << 20)

/* A piece that nobody has. */
struct piece {
	struct piece *next;
};

struct pool {
	pthread_mutex_t mutex;
	size_t piece_bytes;
	uintptr_t base;			/* 0 without any */
	size_t used_bytes;		/* were given out at least once */
	size_t ready_bytes;		/* may be touched */
	size_t pieces;			/* somebody has */
	struct piece *free;
};

static struct pool pools[] = {
	{ .mutex = PTHREAD_MUTEX_INITIALIZER, .piece_bytes = VEXFS_BLOCK_BYTES },
	{ .mutex = PTHREAD_MUTEX_INITIALIZER, .piece_bytes = VEXFS_NODE_BYTES },
};
#define POOLS	(sizeof(pools) / sizeof(pools[0]))

static pthread_once_t reserved = PTHREAD_ONCE_INIT;

static void spaces_reserve(void)
{
	size_t i;

	for (i = 0; i < POOLS; i++) {
		void *space = mmap(NULL, SPACE_BYTES, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		pools[i].base = space == MAP_FAILED ? 0 : (uintptr_t)space;
	}
}

/* Makes the next piece touchable; the pool's mutex is held. */
static bool grow_locked(struct pool *pool)
{
	if (pool->used_bytes + pool->piece_bytes <= pool->ready_bytes)
		return true;
	if (!pool->base || pool->ready_bytes + GROWTH_BYTES > SPACE_BYTES ||
	    mprotect((void *)(pool->base + pool->ready_bytes), GROWTH_BYTES,
		     PROT_READ | PROT_WRITE) != 0)
		return false;
	pool->ready_bytes += GROWTH_BYTES;
	return true;
}

static void *piece_take_locked(struct pool *pool)
{
	void *piece = pool->free;

	if (piece) {
		pool->free = pool->free->next;
	} else if (grow_locked(pool)) {
		piece = (void *)(pool->base + pool->used_bytes);
		pool->used_bytes += pool->piece_bytes;
	}
	pool->pieces += piece != NULL;
	return piece;
}

static void piece_return_locked(struct pool *pool, void *memory)
{
	struct piece *piece = memory;

	piece->next = pool->free;
	pool->free = piece;
	if (--pool->pieces)
		return;
	pool->free = NULL;
	pool->used_bytes = 0;
	/* What fails here costs memory, no more. */
	(void)madvise((void *)pool->base, pool->ready_bytes, MADV_DONTNEED);
}

void *vexfs_pool_alloc(size_t bytes)
{
	void *memory;
	size_t i;

	for (i = 0; i < POOLS && pools[i].piece_bytes != bytes; i++)
		;
	if (i == POOLS || pthread_once(&reserved, spaces_reserve) != 0)
		return NULL;
	pthread_mutex_lock(&pools[i].mutex);
	memory = piece_take_locked(&pools[i]);
	pthread_mutex_unlock(&pools[i].mutex);
	return memory;
}

bool vexfs_pool_free(void *memory)
{
	size_t i;

	if (pthread_once(&reserved, spaces_reserve) != 0)
		return false;
	for (i = 0; i < POOLS; i++) {
		if (!pools[i].base || (uintptr_t)memory - pools[i].base >= SPACE_BYTES)
			continue;
		pthread_mutex_lock(&pools[i].mutex);
		piece_return_locked(&pools[i], memory);
		pthread_mutex_unlock(&pools[i].mutex);
		return true;
	}
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * pool.h - memory in the two sizes that caches are made of: blocks and nodes.
 *
 * malloc() grows to several times what a cache holds when aligned pieces come and go between small
 * ones that stay. Here pieces of one size lie side by side, and one that is given back is the next
 * to be given out. What was once needed is kept until all of it was given back.
 *
 * Locking: any thread, a mutex for each size.
 */
#ifndef VEXFS_POSIX_POOL_H
#define VEXFS_POSIX_POOL_H

#include <stdbool.h>
#include <stddef.h>

/** vexfs_pool_alloc() - not zeroed. Return: NULL when there is no pool for @bytes, or no room. */
void *vexfs_pool_alloc(size_t bytes);

/** vexfs_pool_free() - Return: false when @memory is from elsewhere. */
bool vexfs_pool_free(void *memory);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* vexfs/posix_options.h - options that several programs take, and how they are written. */
#ifndef VEXFS_POSIX_OPTIONS_H
#define VEXFS_POSIX_OPTIONS_H

#include <vexfs/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vexfs_parse_compression() - "none", "zstd" or "zstd:LEVEL", as a level or VEXFS_COMPRESS_NONE.
 * Return: 0, -EINVAL.
 */
int vexfs_parse_compression(const char *text, u32 *level);

#ifdef __cplusplus
}
#endif

#endif

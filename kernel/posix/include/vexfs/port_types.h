/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/port_types.h - the posix host's basic types for <vexfs/port.h>.
 *
 * Each host has a file of this name on its include path, and nothing else of the host is visible to
 * the engine: integers of fixed width, bool, size_t, NULL, the errno constants, and the four mem*
 * functions.
 */
#ifndef VEXFS_PORT_TYPES_H
#define VEXFS_PORT_TYPES_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef int8_t s8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

#endif

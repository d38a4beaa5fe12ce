/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* vexfs/port_types.h - the kernel's basic types for <vexfs/port.h>; see that of kernel/posix. */
#ifndef VEXFS_PORT_TYPES_H
#define VEXFS_PORT_TYPES_H

#include <linux/errno.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

/*
 * objtool has a list of functions that never return, and no module can add to it: to the checker,
 * vexfs_port_panic() must look like any other.
 */
#define _Noreturn

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* compat.h - what the kernels that this builds with call by different names. */
#ifndef VEXFS_LINUX_COMPAT_H
#define VEXFS_LINUX_COMPAT_H

#include <linux/fs.h>

/* Whose ids a mount shows: a user namespace, later (6.3) a type of its own. */
typedef struct user_namespace vexfs_idmap;
#define VEXFS_NO_IDMAP	(&init_user_ns)

#endif

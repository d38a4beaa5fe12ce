/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
#ifndef VEXFS_POSIX_LOOP_H
#define VEXFS_POSIX_LOOP_H

#include <stdbool.h>
#include <sys/stat.h>

/**
 * vexfs_posix_is_held_by_loop() - whether this file is that of a loop device which is mounted, or
 * held otherwise; false without sysfs. May sleep.
 */
bool vexfs_posix_is_held_by_loop(const struct stat *file);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
#ifndef VEXFS_POSIX_LOOP_H
#define VEXFS_POSIX_LOOP_H

#include <stdbool.h>
#include <sys/stat.h>

/** vexfs_posix_has_loop() - whether a loop device has this file; false when nobody can tell. */
bool vexfs_posix_has_loop(const struct stat *file);

#endif

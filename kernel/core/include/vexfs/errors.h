/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/errors.h - how the engine says no.
 *
 * 0 or a negative errno value. An error is born by VEXFS_ERR(), which tells the host where, and is
 * passed on bare. What the engine means by the ones that are its own:
 *
 *   EUCLEAN   the structure on disk is wrong although its checksum is right
 *   EBADMSG   a checksum does not match what was read
 *   ESTALE    there is no such tree or inode (any more)
 *   EROFS     the volume, or the tree, cannot be written to; also after a failed commit
 */
#ifndef VEXFS_ERRORS_H
#define VEXFS_ERRORS_H

#include <vexfs/port.h>

static inline int vexfs_error_born(int error, const char *file, int line)
{
	vexfs_port_trace_error(error, file, line);
	return error;
}

#define VEXFS_ERR(code)		vexfs_error_born(-(code), __FILE__, __LINE__)

/* For mistakes inside the engine. Never for what was read from disk. */
#define VEXFS_ASSERT(condition) \
	((condition) ? (void)0 : vexfs_port_panic(#condition, __FILE__, __LINE__))

#endif

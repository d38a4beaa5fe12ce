/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* vexfs/posix_vector.h - inner products by what the processor has; for vexfs_open_options. */
#ifndef VEXFS_POSIX_VECTOR_H
#define VEXFS_POSIX_VECTOR_H

#include <vexfs/search.h>

#ifdef __cplusplus
extern "C" {
#endif

/** vexfs_posix_vector_kernels() - the fastest that this processor can run. */
const struct vexfs_vector_kernels *vexfs_posix_vector_kernels(void);

/** vexfs_posix_vector_kernels_at() - all that it can run, slowest first; NULL behind the last. */
const struct vexfs_vector_kernels *vexfs_posix_vector_kernels_at(u32 index);

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* scrubber.h - reading everything in the background, at a bounded rate, for a mount. */
#ifndef VEXFS_LINUX_SCRUBBER_H
#define VEXFS_LINUX_SCRUBBER_H

#include <vexfs/ioctl.h>
#include <vexfs/volume.h>

struct vexfs_scrubber;

int vexfs_scrubber_create(struct vexfs_volume *volume, struct vexfs_scrubber **out);
/** vexfs_scrubber_destroy() - stops it first; takes NULL. */
void vexfs_scrubber_destroy(struct vexfs_scrubber *scrubber);

/** Return: 0, -EBUSY, or why there is no thread to be had. */
int vexfs_scrubber_start(struct vexfs_scrubber *scrubber, u64 rate_bytes);
void vexfs_scrubber_stop(struct vexfs_scrubber *scrubber);
void vexfs_scrubber_status(struct vexfs_scrubber *scrubber, struct vexfs_ioc_scrub *out);
/** Return: how many rows from @first on were written. */
u32 vexfs_scrubber_rows(struct vexfs_scrubber *scrubber, u64 first,
			struct vexfs_ioc_scrub_row *rows, u32 rows_max);

#endif

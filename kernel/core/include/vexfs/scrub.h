/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/scrub.h - verification of a mounted volume: every block that is in use is read from the
 * device and compared with its checksum. Repairs nothing.
 */
#ifndef VEXFS_SCRUB_H
#define VEXFS_SCRUB_H

#include <vexfs/check.h>
#include <vexfs/volume.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A portion reads about this much; whoever bounds the rate waits between portions. */
#define VEXFS_SCRUB_STEP_BYTES	(1u << 20)

struct vexfs_scrub;

struct vexfs_scrub_progress {
	u64 done_blocks;
	u64 used_blocks;	/* of the volume, as far as is known now */
	u64 findings;
};

/**
 * vexfs_volume_scrub_begin() - a run over all that the volume holds now; what is written later may
 * be left out. Takes a bit of memory per block. Return: 0, -ENOMEM.
 */
int vexfs_volume_scrub_begin(struct vexfs_volume *volume, struct vexfs_scrub **out);

/**
 * vexfs_volume_scrub_step() - reads a portion. Others wait for it only while it looks up what to
 * read. @report is told of each block that is wrong, with no lock held: where it is and, for data,
 * whose. One thread at a time for each run; the same volume each time.
 * Return: 1 when there is more, 0 at the end, -ENOMEM.
 */
int vexfs_volume_scrub_step(struct vexfs_volume *volume, struct vexfs_scrub *scrub,
			    const struct vexfs_check_options *options,
			    struct vexfs_scrub_progress *progress);

/** vexfs_volume_scrub_end() - frees a run, done or not; takes NULL. */
void vexfs_volume_scrub_end(struct vexfs_scrub *scrub);

#ifdef __cplusplus
}
#endif

#endif

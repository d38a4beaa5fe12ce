/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* options.h - the mount options, which are those of vexfs-fuse as far as they are ours. */
#ifndef VEXFS_LINUX_OPTIONS_H
#define VEXFS_LINUX_OPTIONS_H

#include <linux/fs_parser.h>

#include "vexfs_fs.h"

struct seq_file;

extern const struct fs_parameter_spec vexfs_parameters[];

/** vexfs_options_parse() - one option into the context's struct vexfs_mount_options. */
int vexfs_options_parse(struct fs_context *fc, struct fs_parameter *parameter);
int vexfs_options_show(struct seq_file *seq, const struct vexfs_mount_options *options);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* module.c - vexfs.ko comes and goes. */
#include <linux/module.h>

#include "vexfs_fs.h"

static int __init vexfs_init(void)
{
	int err = vexfs_readahead_register();

	if (err)
		return err;
	err = vexfs_sysfs_register();
	if (err)
		goto no_sysfs;
	err = vexfs_super_register();
	if (err)
		goto no_super;
	return 0;
no_super:
	vexfs_sysfs_unregister();
no_sysfs:
	vexfs_readahead_unregister();
	return err;
}

static void __exit vexfs_exit(void)
{
	vexfs_super_unregister();
	vexfs_sysfs_unregister();
	vexfs_readahead_unregister();
}

module_init(vexfs_init);
module_exit(vexfs_exit);

MODULE_DESCRIPTION("VexFS: a copy-on-write filesystem that understands the files it holds");
MODULE_LICENSE("GPL");
MODULE_ALIAS_FS("vexfs");
/* crc32c() finds the fastest code that is loaded by the time of its first user. */
MODULE_SOFTDEP("pre: crc32c");

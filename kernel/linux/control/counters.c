// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* counters.c - what is counted, in the module and in the engine, as rows with names. */
#include "vexfs_fs.h"

enum {
	KIND_COUNTER,
	KIND_GAUGE,
};

enum {
	UNIT_COUNT,
	UNIT_BYTES,
};

static const struct {
	const char *name;
	u32 unit, kind;
} module_rows[VEXFS_COUNTS] = {
	[VEXFS_COUNT_LOOKUPS] = { "module.lookups", UNIT_COUNT },
	[VEXFS_COUNT_READS] = { "module.reads", UNIT_COUNT },
	[VEXFS_COUNT_READ_BYTES] = { "module.read_bytes", UNIT_BYTES },
	[VEXFS_COUNT_WRITES] = { "module.writes", UNIT_COUNT },
	[VEXFS_COUNT_WRITE_BYTES] = { "module.write_bytes", UNIT_BYTES },
	[VEXFS_COUNT_COMMITS_ASKED] = { "module.commits_asked", UNIT_COUNT },
	[VEXFS_COUNT_SYNCS_ASKED] = { "module.syncs_asked", UNIT_COUNT },
	[VEXFS_COUNT_WAITERS] = { "module.waiters", UNIT_COUNT, KIND_GAUGE },
};

u32 vexfs_counters(struct vexfs_mount *mount, struct vexfs_counter *rows, u32 rows_max)
{
	u32 i, count = min_t(u32, VEXFS_COUNTS, rows_max);

	for (i = 0; i < count; i++)
		rows[i] = (struct vexfs_counter){ .name = module_rows[i].name,
						  .value = atomic64_read(&mount->counts[i]),
						  .kind = module_rows[i].kind,
						  .unit = module_rows[i].unit };
	return count + vexfs_volume_counters(mount->volume, rows + count, rows_max - count);
}

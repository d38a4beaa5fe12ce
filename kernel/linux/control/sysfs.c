// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * sysfs.c - /sys/fs/vexfs/<uuid>: the counters of the STATS call, one in a file, and what the
 * volume is. A second mount of the same volume (a copy of its image) has its device in its name.
 */
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include <vexfs/format.h>
#include <vexfs/ioctl.h>

#include "vexfs_fs.h"

struct counter_file {
	struct attribute attribute;
	u32 row;
};

struct info_file {
	struct attribute attribute;
	ssize_t (*show)(const struct vexfs_volume_info *info, char *out);
};

struct vexfs_sysfs {
	struct kobject kobject;
	struct vexfs_mount *mount;
	struct completion gone;		/* the last user of the folder */
	u32 count;			/* counters that have a file */
	struct counter_file files[VEXFS_IOC_COUNTERS_MAX];
};

static struct kset *folder;		/* /sys/fs/vexfs */
static DEFINE_MUTEX(folder_mutex);	/* one name is looked for and taken at a time */

/* ---- what a file says ---- */

static ssize_t label_show(const struct vexfs_volume_info *info, char *out)
{
	return sysfs_emit(out, "%s\n", info->label);
}

static ssize_t generation_show(const struct vexfs_volume_info *info, char *out)
{
	return sysfs_emit(out, "%llu\n", info->generation);
}

static ssize_t state_show(const struct vexfs_volume_info *info, char *out)
{
	return sysfs_emit(out, "%s\n", info->poisoned  ? "failed" :
				       info->read_only ? "read-only" :
							 "writable");
}

/* Those without which the volume cannot be read, by name where this module knows one. */
static ssize_t features_show(const struct vexfs_volume_info *info, char *out)
{
	return sysfs_emit(out, "%s%s%s\n", info->features & VEXFS_INCOMPAT_ZSTD ? "zstd " : "",
			  info->features & VEXFS_INCOMPAT_NODE_UUID ? "node-uuid " : "",
			  info->features & VEXFS_INCOMPAT_LOG ? "log" : "");
}

#define INFO_FILE(file)							\
	static struct info_file file##_file = {				\
		.attribute = { .name = #file, .mode = 0444 },		\
		.show = file##_show,					\
	}

INFO_FILE(label);
INFO_FILE(generation);
INFO_FILE(state);
INFO_FILE(features);

static struct attribute *info_attrs[] = {
	&label_file.attribute,
	&generation_file.attribute,
	&state_file.attribute,
	&features_file.attribute,
	NULL
};
ATTRIBUTE_GROUPS(info);

static ssize_t info_show(struct vexfs_mount *mount, const struct info_file *file, char *out)
{
	struct vexfs_volume_info *info = kmalloc(sizeof(*info), GFP_KERNEL);
	ssize_t bytes;

	if (!info)
		return -ENOMEM;
	vexfs_volume_info(mount->volume, info);
	bytes = file->show(info, out);
	kfree(info);
	return bytes;
}

static ssize_t counter_show(struct vexfs_mount *mount, u32 row, char *out)
{
	struct vexfs_counter *rows = kcalloc(VEXFS_IOC_COUNTERS_MAX, sizeof(*rows), GFP_KERNEL);
	ssize_t bytes;

	if (!rows)
		return -ENOMEM;
	vexfs_counters(mount, rows, VEXFS_IOC_COUNTERS_MAX);
	bytes = sysfs_emit(out, "%llu\n", rows[row].value);
	kfree(rows);
	return bytes;
}

static ssize_t show(struct kobject *kobject, struct attribute *attribute, char *out)
{
	struct vexfs_sysfs *sysfs = container_of(kobject, struct vexfs_sysfs, kobject);
	struct counter_file *file = container_of(attribute, struct counter_file, attribute);

	if (file >= sysfs->files && file < sysfs->files + VEXFS_IOC_COUNTERS_MAX)
		return counter_show(sysfs->mount, file->row, out);
	return info_show(sysfs->mount, container_of(attribute, struct info_file, attribute), out);
}

/* ---- the folder of a mount ---- */

static void release(struct kobject *kobject)
{
	complete(&container_of(kobject, struct vexfs_sysfs, kobject)->gone);
}

static const struct sysfs_ops folder_ops = { .show = show };

static struct kobj_type folder_type = {
	.release = release,
	.sysfs_ops = &folder_ops,
	.default_groups = info_groups,
};

static bool is_taken(const char *name)
{
	struct kobject *other = kset_find_obj(folder, name);

	kobject_put(other);
	return other != NULL;
}

static int folder_add(struct vexfs_sysfs *sysfs)
{
	const struct super_block *sb = sysfs->mount->sb;
	char uuid[UUID_STRING_LEN + 1];
	int err;

	snprintf(uuid, sizeof(uuid), "%pU", &sb->s_uuid);
	mutex_lock(&folder_mutex);
	if (is_taken(uuid))
		err = kobject_init_and_add(&sysfs->kobject, &folder_type, NULL, "%s-%s", uuid,
					   sb->s_id);
	else
		err = kobject_init_and_add(&sysfs->kobject, &folder_type, NULL, "%s", uuid);
	mutex_unlock(&folder_mutex);
	return err;
}

static int counters_add(struct vexfs_sysfs *sysfs)
{
	struct vexfs_counter *rows = kcalloc(VEXFS_IOC_COUNTERS_MAX, sizeof(*rows), GFP_KERNEL);
	u32 i, count;
	int err = 0;

	if (!rows)
		return -ENOMEM;
	count = vexfs_counters(sysfs->mount, rows, VEXFS_IOC_COUNTERS_MAX);
	for (i = 0; i < count && !err; i++) {
		struct counter_file *file = &sysfs->files[i];

		file->row = i;
		sysfs_attr_init(&file->attribute);
		file->attribute.name = rows[i].name;
		file->attribute.mode = 0444;
		err = sysfs_create_file(&sysfs->kobject, &file->attribute);
		if (!err)
			sysfs->count++;
	}
	kfree(rows);
	return err;
}

int vexfs_sysfs_add(struct vexfs_mount *mount)
{
	struct vexfs_sysfs *sysfs = kzalloc(sizeof(*sysfs), GFP_KERNEL);
	int err;

	if (!sysfs)
		return -ENOMEM;
	sysfs->mount = mount;
	sysfs->kobject.kset = folder;
	init_completion(&sysfs->gone);
	mount->sysfs = sysfs;
	err = folder_add(sysfs);
	return err ? err : counters_add(sysfs);
}

void vexfs_sysfs_remove(struct vexfs_mount *mount)
{
	struct vexfs_sysfs *sysfs = mount->sysfs;

	if (!sysfs)
		return;
	if (sysfs->kobject.state_in_sysfs)
		kobject_del(&sysfs->kobject);
	kobject_put(&sysfs->kobject);
	wait_for_completion(&sysfs->gone);
	kfree(sysfs);
	mount->sysfs = NULL;
}

int vexfs_sysfs_register(void)
{
	folder = kset_create_and_add("vexfs", NULL, fs_kobj);
	return folder ? 0 : -ENOMEM;
}

void vexfs_sysfs_unregister(void)
{
	kset_unregister(folder);
}

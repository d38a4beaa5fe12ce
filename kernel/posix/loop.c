// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * loop.c - image files that the kernel has as block devices.
 *
 * A loop device takes no lock on its file, and who mounts it writes to the file behind the back of
 * everybody who has the file open. The kernel tells which files it has (loop(4), sysfs).
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "loop.h"

/* The file is compared by what it is: its path may have changed, and others may lead to it. */
static bool is_backed_by(const char *loop, const struct stat *file)
{
	char path[PATH_MAX];
	struct stat info;
	size_t length;
	FILE *stream;
	bool is_read;

	snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file", loop);
	stream = fopen(path, "re");
	if (!stream)
		return false;
	is_read = fgets(path, sizeof(path), stream) != NULL;
	fclose(stream);
	if (!is_read)
		return false;
	length = strlen(path);
	if (length && path[length - 1] == '\n')
		path[length - 1] = '\0';
	return stat(path, &info) == 0 && info.st_dev == file->st_dev &&
	       info.st_ino == file->st_ino;
}

bool vexfs_posix_has_loop(const struct stat *file)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	bool found = false;

	/* Without sysfs, as in a small container, there is nothing to ask. */
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = strncmp(entry->d_name, "loop", 4) == 0 && is_backed_by(entry->d_name, file);
	closedir(dir);
	return found;
}

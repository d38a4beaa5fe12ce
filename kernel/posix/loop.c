// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * loop.c - image files that the kernel has as block devices.
 *
 * A loop device takes no lock on its file, and who mounts it writes to the file behind the back of
 * everybody who has the file open. The kernel tells which files it has (loop(4), sysfs).
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loop.h"

/* Whether it is mounted, or something else has it for itself; yes when that cannot be seen. */
static bool is_held(const char *loop)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", loop);
	fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd < 0)
		return true;
	close(fd);
	return false;
}

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

bool vexfs_posix_is_held_by_loop(const struct stat *file)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	bool found = false;

	/* Without sysfs, as in a small container, there is nothing to ask. */
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = strncmp(entry->d_name, "loop", 4) == 0 &&
			is_backed_by(entry->d_name, file) && is_held(entry->d_name);
	closedir(dir);
	return found;
}

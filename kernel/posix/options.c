/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
#include <ctype.h>
#include <stdlib.h>

#include <vexfs/posix_options.h>
#include <vexfs/volume.h>

int vexfs_parse_compression(const char *text, u32 *level)
{
	char *end;
	unsigned long number;

	if (!strcmp(text, "none")) {
		*level = VEXFS_COMPRESS_NONE;
		return 0;
	}
	if (!strcmp(text, "zstd")) {
		*level = VEXFS_COMPRESS_DEFAULT;
		return 0;
	}
	if (strncmp(text, "zstd:", 5) != 0 || !isdigit((unsigned char)text[5]))
		return -EINVAL;
	number = strtoul(text + 5, &end, 10);
	if (*end || !number || number > VEXFS_COMPRESS_LEVEL_MAX)
		return -EINVAL;
	*level = (u32)number;
	return 0;
}

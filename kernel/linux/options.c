// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "options.h"

#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>

#define CACHE_MIN_BYTES		(1u << 20)
#define COMMIT_MAX_SECONDS	3600u

enum {
	OPTION_CACHE,
	OPTION_COMMIT,
	OPTION_COMPRESS,
	OPTION_DISCARD,
};

const struct fs_parameter_spec vexfs_parameters[] = {
	fsparam_string("cache", OPTION_CACHE),
	fsparam_u32("commit", OPTION_COMMIT),
	fsparam_string("compress", OPTION_COMPRESS),
	fsparam_flag_no("discard", OPTION_DISCARD),
	{}
};

/* A number with an optional K, M or G. */
static int cache_parse(struct fs_context *fc, const char *text, u64 *bytes)
{
	char *end;
	u64 number = memparse(text, &end);

	if (end == text || *end || number < CACHE_MIN_BYTES)
		return invalf(fc, "cache=%s: a size of at least 1M, for example cache=256M", text);
	*bytes = number;
	return 0;
}

static int compress_parse(struct fs_context *fc, const char *text, u32 *level)
{
	if (!strcmp(text, "none"))
		*level = VEXFS_COMPRESS_NONE;
	else if (!strcmp(text, "zstd"))
		*level = VEXFS_COMPRESS_DEFAULT;
	else if (strncmp(text, "zstd:", 5) || kstrtou32(text + 5, 10, level) || !*level ||
		 *level > VEXFS_COMPRESS_LEVEL_MAX)
		return invalf(fc, "compress=%s: zstd, zstd:LEVEL with LEVEL from 1 to 15, or none",
			      text);
	return 0;
}

int vexfs_options_parse(struct fs_context *fc, struct fs_parameter *parameter)
{
	struct vexfs_mount_options *options = fc->fs_private;
	struct fs_parse_result result;
	int option = fs_parse(fc, vexfs_parameters, parameter, &result);

	switch (option) {
	case OPTION_CACHE:
		return cache_parse(fc, parameter->string, &options->cache_bytes);
	case OPTION_COMMIT:
		if (result.uint_32 < 1 || result.uint_32 > COMMIT_MAX_SECONDS)
			return invalf(fc, "commit=%u: a number of seconds from 1 to 3600",
				      result.uint_32);
		options->commit_interval_ms = result.uint_32 * 1000;
		return 0;
	case OPTION_COMPRESS:
		return compress_parse(fc, parameter->string, &options->compress);
	case OPTION_DISCARD:
		options->discard = !result.negated;
		return 0;
	default:
		return option;
	}
}

int vexfs_options_show(struct seq_file *seq, const struct vexfs_mount_options *options)
{
	if (!options->discard)
		seq_puts(seq, ",nodiscard");
	if (options->cache_bytes)
		seq_printf(seq, ",cache=%llu", options->cache_bytes);
	if (options->commit_interval_ms)
		seq_printf(seq, ",commit=%u", options->commit_interval_ms / 1000);
	if (options->compress == VEXFS_COMPRESS_NONE)
		seq_puts(seq, ",compress=none");
	else if (options->compress)
		seq_printf(seq, ",compress=zstd:%u", options->compress);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/* host.c - clocks, randomness, checksums, and how the engine speaks to people. */
#define pr_fmt(fmt) "vexfs: " fmt

#include <linux/bug.h>
#include <linux/crc32c.h>
#include <linux/ktime.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/timekeeping.h>

#include <vexfs/port.h>

/* The clock that the VFS stamps inodes by, so that a file's times are in order. */
s64 vexfs_port_time_ns(void)
{
	return (s64)ktime_get_coarse_real_ns();
}

u64 vexfs_port_monotonic_us(void)
{
	return ktime_to_us(ktime_get());
}

void vexfs_port_random(void *out, size_t bytes)
{
	get_random_bytes(out, bytes);
}

u32 vexfs_port_crc32c(u32 crc, const void *data, size_t bytes)
{
	return ~crc32c(~crc, data, bytes);
}

void vexfs_port_trace_error(int error, const char *file, int line)
{
	pr_debug("error %d at %s:%d\n", error, file, line);
}

void vexfs_port_warn(const char *what, u64 first, u64 second)
{
	pr_warn_ratelimited("%s (%llu, %llu)\n", what, first, second);
}

/*
 * For objtool, which has a list of the functions that do not return and takes no others: a way out
 * that nobody takes.
 */
static const bool is_fatal = true;

void vexfs_port_panic(const char *expression, const char *file, int line)
{
	pr_emerg("%s:%d: internal error: %s\n", file, line, expression);
	if (READ_ONCE(is_fatal))
		BUG();
}

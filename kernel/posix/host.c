/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* host.c - clocks, randomness, and the ways in which the engine speaks to people. */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include <vexfs/port.h>
#include <vexfs/posix_hooks.h>

static _Atomic(s64 (*)(void)) clock_hook;
static _Atomic(void (*)(void *, size_t)) random_hook;

void vexfs_posix_set_clock(s64 (*clock)(void))
{
	atomic_store(&clock_hook, clock);
}

void vexfs_posix_set_random(void (*random)(void *out, size_t bytes))
{
	atomic_store(&random_hook, random);
}

s64 vexfs_port_time_ns(void)
{
	s64 (*clock)(void) = atomic_load_explicit(&clock_hook, memory_order_relaxed);
	struct timespec now;

	if (clock)
		return clock();
	clock_gettime(CLOCK_REALTIME, &now);
	return (s64)now.tv_sec * 1000000000 + now.tv_nsec;
}

u64 vexfs_port_monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (u64)now.tv_sec * 1000000 + (u64)now.tv_nsec / 1000;
}

void vexfs_port_random(void *out, size_t bytes)
{
	void (*hook)(void *, size_t) = atomic_load_explicit(&random_hook, memory_order_relaxed);
	u8 *p = out;
	ssize_t got;

	if (hook) {
		hook(out, bytes);
		return;
	}
	while (bytes) {
		got = getrandom(p, bytes, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			vexfs_port_panic("getrandom failed", __FILE__, __LINE__);
		p += got;
		bytes -= (size_t)got;
	}
}

static _Atomic(void (*)(void)) wait_hook;

void vexfs_posix_set_wait_hook(void (*hook)(void))
{
	atomic_store(&wait_hook, hook);
}

void vexfs_posix_about_to_wait(void)
{
	void (*hook)(void) = atomic_load_explicit(&wait_hook, memory_order_relaxed);

	if (hook)
		hook();
}

static _Atomic(void (*)(const char *, u64, u64)) warn_hook;
static _Atomic(void (*)(int, const char *, int)) trace_hook;

static void trace_to_stderr(int error, const char *file, int line)
{
	fprintf(stderr, "vexfs: error %d at %s:%d\n", error, file, line);
}

__attribute__((constructor)) static void trace_init(void)
{
	if (getenv("VEXFS_TRACE_ERRORS"))
		atomic_store(&trace_hook, trace_to_stderr);
}

void vexfs_posix_set_warn(void (*warn)(const char *what, u64 first, u64 second))
{
	atomic_store(&warn_hook, warn);
}

void vexfs_posix_set_trace(void (*trace)(int error, const char *file, int line))
{
	atomic_store(&trace_hook, trace);
}

void vexfs_port_trace_error(int error, const char *file, int line)
{
	void (*trace)(int, const char *, int) =
		atomic_load_explicit(&trace_hook, memory_order_relaxed);

	if (trace)
		trace(error, file, line);
}

void vexfs_port_warn(const char *what, u64 first, u64 second)
{
	void (*warn)(const char *, u64, u64) = atomic_load(&warn_hook);

	if (warn)
		warn(what, first, second);
	else
		fprintf(stderr, "vexfs: %s (%" PRIu64 ", %" PRIu64 ")\n", what, first, second);
}

_Noreturn void vexfs_port_panic(const char *expression, const char *file, int line)
{
	fprintf(stderr, "vexfs: %s:%d: internal error: %s\n", file, line, expression);
	abort();
}

/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/posix_hooks.h - where programs and tests reach into the posix host.
 */
#ifndef VEXFS_POSIX_HOOKS_H
#define VEXFS_POSIX_HOOKS_H

#include <vexfs/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * vexfs_posix_set_alloc_hook() - asks @hook before each allocation, which fails when it returns
 * false. Locks are allocations too. NULL takes the hook away. Any thread may be inside the old one
 * for a moment longer.
 */
void vexfs_posix_set_alloc_hook(bool (*hook)(size_t bytes));

/**
 * vexfs_posix_set_wait_hook() - calls @hook in a thread that is about to wait: for a device, or for
 * a lock whose holder may wait for one. NULL takes the hook away. Same care as with the above.
 */
void vexfs_posix_set_wait_hook(void (*hook)(void));

/** vexfs_posix_set_warn() - who is told of vexfs_port_warn(); NULL is stderr, as at the start. */
void vexfs_posix_set_warn(void (*warn)(const char *what, u64 first, u64 second));

/**
 * vexfs_posix_set_trace() - who is told of each error at its birth; NULL is nobody, as at the start
 * unless the environment has VEXFS_TRACE_ERRORS, which prints them to stderr.
 */
void vexfs_posix_set_trace(void (*trace)(int error, const char *file, int line));

/**
 * vexfs_posix_set_clock(), vexfs_posix_set_random() - what vexfs_port_time_ns() and
 * vexfs_port_random() give, so that a test can make the same image twice, byte for byte; NULL is
 * the system's. Never in a program that people use: identifiers and seeds come from here.
 */
void vexfs_posix_set_clock(s64 (*clock)(void));
void vexfs_posix_set_random(void (*random)(void *out, size_t bytes));

/* For this host itself: calls the hook. */
void vexfs_posix_about_to_wait(void);

/* The two ways to a CRC-32C, for the test that compares them. */
u32 vexfs_posix_crc32c_table(u32 crc, const void *data, size_t bytes);
bool vexfs_posix_has_crc32c_sse42(void);
u32 vexfs_posix_crc32c_sse42(u32 crc, const void *data, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif

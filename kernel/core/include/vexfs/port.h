/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/*
 * vexfs/port.h - everything that the engine asks of its host.
 *
 * This header is the specification of a host; kernel/posix and kernel/linux implement it. The
 * engine
 * needs no other symbol but memcpy, memmove, memset and memcmp (tests/lint/check_core_symbols.py).
 * Functions may sleep unless they say otherwise. Errors are negative errno values.
 */
#ifndef VEXFS_PORT_H
#define VEXFS_PORT_H

#include <vexfs/port_types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VEXFS_BLOCK_BYTES	4096u

/**
 * vexfs_port_alloc() - zeroed memory, aligned for any type; for @bytes of 512 and more, to 512.
 * Return: NULL when there is none. Freed by vexfs_port_free(), which takes NULL too.
 */
void *vexfs_port_alloc(size_t bytes);
void vexfs_port_free(void *memory);

/**
 * enum vexfs_lock_rank - the order in which a thread takes locks: each above all that it holds,
 * but for several of VEXFS_RANK_INODE. A host may check this, and does in debug builds. What each
 * protects is in kernel/core/README.md.
 */
enum vexfs_lock_rank {
	VEXFS_RANK_INODE,	/* one file's content, among its writers */
	VEXFS_RANK_COMMIT,	/* what goes to disk, one at a time */
	VEXFS_RANK_REUSE,	/* blocks that are read without the volume's lock */
	VEXFS_RANK_VOLUME,
	VEXFS_RANK_TABLE,	/* of loaded trees, of inode locks */
	VEXFS_RANK_CACHE,
	VEXFS_RANK_WAIT,
};

/* Mutual exclusion. create returns NULL without memory; destroy takes NULL. Not recursive. */
struct vexfs_mutex;
struct vexfs_mutex *vexfs_port_mutex_create(enum vexfs_lock_rank rank);
void vexfs_port_mutex_destroy(struct vexfs_mutex *mutex);
void vexfs_port_mutex_lock(struct vexfs_mutex *mutex);
/** Return: whether the caller has it now. Does not sleep; the order of ranks does not matter. */
bool vexfs_port_mutex_trylock(struct vexfs_mutex *mutex);
void vexfs_port_mutex_unlock(struct vexfs_mutex *mutex);

/* Many readers or one writer; a waiting writer is not starved. */
struct vexfs_rwlock;
struct vexfs_rwlock *vexfs_port_rwlock_create(enum vexfs_lock_rank rank);
void vexfs_port_rwlock_destroy(struct vexfs_rwlock *lock);
void vexfs_port_rwlock_read_lock(struct vexfs_rwlock *lock);
void vexfs_port_rwlock_read_unlock(struct vexfs_rwlock *lock);
void vexfs_port_rwlock_write_lock(struct vexfs_rwlock *lock);
void vexfs_port_rwlock_write_unlock(struct vexfs_rwlock *lock);

/* A condition that threads wait for under a mutex. */
struct vexfs_cond;
struct vexfs_cond *vexfs_port_cond_create(void);
void vexfs_port_cond_destroy(struct vexfs_cond *cond);
void vexfs_port_cond_broadcast(struct vexfs_cond *cond);
/**
 * vexfs_port_cond_wait() - wait for a broadcast; @mutex is held by the caller before and after.
 * Return: 0, -ETIMEDOUT after @timeout_ms, or -EINTR when the host wants the caller to give up.
 * It may wake without cause: callers test their condition again.
 */
int vexfs_port_cond_wait(struct vexfs_cond *cond, struct vexfs_mutex *mutex, u32 timeout_ms);

/* Nanoseconds since the epoch (wall clock), and microseconds that never go back. No sleep. */
s64 vexfs_port_time_ns(void);
u64 vexfs_port_monotonic_us(void);

/** vexfs_port_random() - fills @out with unpredictable bytes. */
void vexfs_port_random(void *out, size_t bytes);

/**
 * vexfs_port_crc32c() - CRC-32C (Castagnoli, RFC 3720 appendix B.4) of @bytes bytes, continuing
 * from @crc, which is 0 at the start. No sleep.
 */
u32 vexfs_port_crc32c(u32 crc, const void *data, size_t bytes);

/*
 * Compression by zstd (RFC 8878), of at most 128 KiB at a time. A compressor or decompressor has
 * the memory for one call at a time. create returns NULL without memory; destroy takes NULL.
 */
#define VEXFS_COMPRESS_LEVEL_MAX	15u

struct vexfs_compressor;
struct vexfs_compressor *vexfs_port_compressor_create(u32 level);
void vexfs_port_compressor_destroy(struct vexfs_compressor *compressor);
/**
 * vexfs_port_compress() - @data as one frame, without a checksum or dictionary and with a window
 * of at most 128 KiB. Return: 0, -ENOSPC (it does not fit in @room).
 */
int vexfs_port_compress(struct vexfs_compressor *compressor, const void *data, u32 bytes,
			void *frame, u32 room, u32 *frame_bytes);

struct vexfs_decompressor;
struct vexfs_decompressor *vexfs_port_decompressor_create(void);
void vexfs_port_decompressor_destroy(struct vexfs_decompressor *decompressor);
/**
 * vexfs_port_decompress() - the content of a frame that is @frame_bytes long, neither more nor
 * less, whatever made it; not a byte is written beyond @room, and no memory is taken. Return: 0,
 * -EUCLEAN (it is no such frame, or holds more than @room).
 */
int vexfs_port_decompress(struct vexfs_decompressor *decompressor, const void *frame,
			  u32 frame_bytes, void *out, u32 room, u32 *bytes);

/*
 * A block device or image file. Blocks of VEXFS_BLOCK_BYTES. Buffers come from vexfs_port_alloc()
 * or from the caller of the engine, in which case they have any alignment. Writes reach the medium
 * in any order until vexfs_port_dev_flush() returns 0: then all that returned before it are there.
 * Threads may call all of these at once on one device.
 */
struct vexfs_dev;

/** Return: 0, or -EIO (any block unreadable or beyond the end). */
int vexfs_port_dev_read(struct vexfs_dev *dev, u64 block, u32 count, void *out);
/** Return: 0, -EIO, -EROFS, or -ENOSPC (an image file whose host is full). */
int vexfs_port_dev_write(struct vexfs_dev *dev, u64 block, u32 count, const void *data);

/** struct vexfs_piece - blocks to be written from memory of vexfs_port_alloc(). */
struct vexfs_piece {
	u64 block;
	u32 count;
	const void *data;
};

/**
 * vexfs_port_dev_write_pieces() - several, which do not overlap, in any order or all at once.
 * Return: as vexfs_port_dev_write(); after an error any of them may have been written.
 */
int vexfs_port_dev_write_pieces(struct vexfs_dev *dev, const struct vexfs_piece *pieces, u32 count);
/** Return: 0, or -EIO: nothing may be assumed of the writes since the last success. */
int vexfs_port_dev_flush(struct vexfs_dev *dev);
/**
 * vexfs_port_dev_discard() - the content of these blocks is not needed any more; reading them gives
 * anything until they are written. Return: 0, -EOPNOTSUPP, -EIO.
 */
int vexfs_port_dev_discard(struct vexfs_dev *dev, u64 block, u32 count);
u64 vexfs_port_dev_size_blocks(struct vexfs_dev *dev);
bool vexfs_port_dev_is_read_only(struct vexfs_dev *dev);

/**
 * vexfs_port_trace_error() - told of every error at the place where it is born (VEXFS_ERR).
 * Must be cheap, must not sleep, must not print by default: errors such as -ENOENT are normal.
 */
void vexfs_port_trace_error(int error, const char *file, int line);

/**
 * vexfs_port_warn() - a fact that an administrator must know: @what, and two numbers to go with it.
 */
void vexfs_port_warn(const char *what, u64 first, u64 second);

/** vexfs_port_panic() - a mistake inside the engine: tell it and stop. Does not return. */
#ifdef __cplusplus
[[noreturn]]
#else
_Noreturn
#endif
void vexfs_port_panic(const char *expression, const char *file, int line);

#ifdef __cplusplus
}
#endif

#endif

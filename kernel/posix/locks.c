/* SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0 */
/* locks.c - the locks of the engine, on pthreads. A call that fails here is a mistake of ours. */
#include <pthread.h>
#include <time.h>

#include <vexfs/port.h>
#include <vexfs/posix_hooks.h>

struct vexfs_mutex {
	enum vexfs_lock_rank rank;
	pthread_mutex_t mutex;
};

struct vexfs_rwlock {
	enum vexfs_lock_rank rank;
	pthread_rwlock_t lock;
};

struct vexfs_cond {
	pthread_cond_t cond;
};

static void must(int error, int line)
{
	if (error)
		vexfs_port_panic("pthread call failed", __FILE__, line);
}

#define MUST(call)	must((call), __LINE__)

/*
 * The order of locks, checked for every thread in all builds but releases: how many it holds of
 * each rank, and none at or above that of the next, but for inodes, of which an operation may take
 * two.
 */
#ifdef VEXFS_CHECK_LOCK_ORDER
static _Thread_local unsigned held[VEXFS_RANK_WAIT + 1];

static void rank_take(enum vexfs_lock_rank rank)
{
	unsigned above;

	for (above = rank; above <= VEXFS_RANK_WAIT; above++) {
		if (held[above] && !(above == VEXFS_RANK_INODE && rank == VEXFS_RANK_INODE))
			vexfs_port_panic("locks are taken in their order", __FILE__, __LINE__);
	}
	held[rank]++;
}

static void rank_note(enum vexfs_lock_rank rank)
{
	held[rank]++;
}

static void rank_drop(enum vexfs_lock_rank rank)
{
	if (!held[rank]--)
		vexfs_port_panic("a lock is given back by its holder", __FILE__, __LINE__);
}
#else
static void rank_take(enum vexfs_lock_rank rank)
{
	(void)rank;
}

static void rank_note(enum vexfs_lock_rank rank)
{
	(void)rank;
}

static void rank_drop(enum vexfs_lock_rank rank)
{
	(void)rank;
}
#endif

struct vexfs_mutex *vexfs_port_mutex_create(enum vexfs_lock_rank rank)
{
	struct vexfs_mutex *mutex = vexfs_port_alloc(sizeof(*mutex));

	if (!mutex)
		return NULL;
	mutex->rank = rank;
	MUST(pthread_mutex_init(&mutex->mutex, NULL));
	return mutex;
}

void vexfs_port_mutex_destroy(struct vexfs_mutex *mutex)
{
	if (!mutex)
		return;
	MUST(pthread_mutex_destroy(&mutex->mutex));
	vexfs_port_free(mutex);
}

/* Held while data or a commit is written. */
static bool is_held_for_long(enum vexfs_lock_rank rank)
{
	return rank == VEXFS_RANK_INODE || rank == VEXFS_RANK_COMMIT;
}

void vexfs_port_mutex_lock(struct vexfs_mutex *mutex)
{
	rank_take(mutex->rank);
	if (is_held_for_long(mutex->rank)) {
		if (pthread_mutex_trylock(&mutex->mutex) == 0)
			return;
		vexfs_posix_about_to_wait();
	}
	MUST(pthread_mutex_lock(&mutex->mutex));
}

bool vexfs_port_mutex_trylock(struct vexfs_mutex *mutex)
{
	if (pthread_mutex_trylock(&mutex->mutex))
		return false;
	rank_note(mutex->rank);
	return true;
}

void vexfs_port_mutex_unlock(struct vexfs_mutex *mutex)
{
	rank_drop(mutex->rank);
	MUST(pthread_mutex_unlock(&mutex->mutex));
}

struct vexfs_rwlock *vexfs_port_rwlock_create(enum vexfs_lock_rank rank)
{
	struct vexfs_rwlock *lock = vexfs_port_alloc(sizeof(*lock));
	pthread_rwlockattr_t attr;

	if (!lock)
		return NULL;
	lock->rank = rank;
	MUST(pthread_rwlockattr_init(&attr));
	/* glibc's default starves writers; this kind does not, and forbids recursive readers. */
	MUST(pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP));
	MUST(pthread_rwlock_init(&lock->lock, &attr));
	MUST(pthread_rwlockattr_destroy(&attr));
	return lock;
}

void vexfs_port_rwlock_destroy(struct vexfs_rwlock *lock)
{
	if (!lock)
		return;
	MUST(pthread_rwlock_destroy(&lock->lock));
	vexfs_port_free(lock);
}

void vexfs_port_rwlock_read_lock(struct vexfs_rwlock *lock)
{
	rank_take(lock->rank);
	MUST(pthread_rwlock_rdlock(&lock->lock));
}

void vexfs_port_rwlock_read_unlock(struct vexfs_rwlock *lock)
{
	rank_drop(lock->rank);
	MUST(pthread_rwlock_unlock(&lock->lock));
}

void vexfs_port_rwlock_write_lock(struct vexfs_rwlock *lock)
{
	rank_take(lock->rank);
	MUST(pthread_rwlock_wrlock(&lock->lock));
}

void vexfs_port_rwlock_write_unlock(struct vexfs_rwlock *lock)
{
	rank_drop(lock->rank);
	MUST(pthread_rwlock_unlock(&lock->lock));
}

struct vexfs_cond *vexfs_port_cond_create(void)
{
	struct vexfs_cond *cond = vexfs_port_alloc(sizeof(*cond));
	pthread_condattr_t attr;

	if (!cond)
		return NULL;
	MUST(pthread_condattr_init(&attr));
	MUST(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	MUST(pthread_cond_init(&cond->cond, &attr));
	MUST(pthread_condattr_destroy(&attr));
	return cond;
}

void vexfs_port_cond_destroy(struct vexfs_cond *cond)
{
	if (!cond)
		return;
	MUST(pthread_cond_destroy(&cond->cond));
	vexfs_port_free(cond);
}

void vexfs_port_cond_broadcast(struct vexfs_cond *cond)
{
	MUST(pthread_cond_broadcast(&cond->cond));
}

/* Never -EINTR: threads of this host are not interrupted; vexfs_volume_shutdown() wakes them. */
int vexfs_port_cond_wait(struct vexfs_cond *cond, struct vexfs_mutex *mutex, u32 timeout_ms)
{
	struct timespec until;
	int error;

	vexfs_posix_about_to_wait();
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	error = pthread_cond_timedwait(&cond->cond, &mutex->mutex, &until);
	if (error == ETIMEDOUT)
		return -ETIMEDOUT;
	MUST(error);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * locks.c - the engine's locks, on the kernel's.
 *
 * Each rank is a class of its own for lockdep, which so proves the order that port.h asks for;
 * inodes excepted, of which one task may hold two.
 */
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include <vexfs/port.h>

struct vexfs_mutex {
	struct mutex mutex;
};

struct vexfs_rwlock {
	struct rw_semaphore semaphore;
};

struct vexfs_cond {
	wait_queue_head_t waiters;
};

#define RANKS	(VEXFS_RANK_WAIT + 1)

static struct lock_class_key mutex_keys[RANKS], rwlock_keys[RANKS];

struct vexfs_mutex *vexfs_port_mutex_create(enum vexfs_lock_rank rank)
{
	struct vexfs_mutex *mutex = vexfs_port_alloc(sizeof(*mutex));

	if (!mutex)
		return NULL;
	mutex_init(&mutex->mutex);
	lockdep_set_class(&mutex->mutex, &mutex_keys[rank]);
	if (rank == VEXFS_RANK_INODE)
		lockdep_set_novalidate_class(&mutex->mutex);
	return mutex;
}

void vexfs_port_mutex_destroy(struct vexfs_mutex *mutex)
{
	if (!mutex)
		return;
	mutex_destroy(&mutex->mutex);
	vexfs_port_free(mutex);
}

void vexfs_port_mutex_lock(struct vexfs_mutex *mutex)
{
	mutex_lock(&mutex->mutex);
}

bool vexfs_port_mutex_trylock(struct vexfs_mutex *mutex)
{
	return mutex_trylock(&mutex->mutex);
}

void vexfs_port_mutex_unlock(struct vexfs_mutex *mutex)
{
	mutex_unlock(&mutex->mutex);
}

struct vexfs_rwlock *vexfs_port_rwlock_create(enum vexfs_lock_rank rank)
{
	struct vexfs_rwlock *lock = vexfs_port_alloc(sizeof(*lock));

	if (!lock)
		return NULL;
	init_rwsem(&lock->semaphore);
	lockdep_set_class(&lock->semaphore, &rwlock_keys[rank]);
	return lock;
}

void vexfs_port_rwlock_destroy(struct vexfs_rwlock *lock)
{
	vexfs_port_free(lock);
}

void vexfs_port_rwlock_read_lock(struct vexfs_rwlock *lock)
{
	down_read(&lock->semaphore);
}

void vexfs_port_rwlock_read_unlock(struct vexfs_rwlock *lock)
{
	up_read(&lock->semaphore);
}

void vexfs_port_rwlock_write_lock(struct vexfs_rwlock *lock)
{
	down_write(&lock->semaphore);
}

void vexfs_port_rwlock_write_unlock(struct vexfs_rwlock *lock)
{
	up_write(&lock->semaphore);
}

struct vexfs_cond *vexfs_port_cond_create(void)
{
	struct vexfs_cond *cond = vexfs_port_alloc(sizeof(*cond));

	if (cond)
		init_waitqueue_head(&cond->waiters);
	return cond;
}

void vexfs_port_cond_destroy(struct vexfs_cond *cond)
{
	vexfs_port_free(cond);
}

void vexfs_port_cond_broadcast(struct vexfs_cond *cond)
{
	wake_up_all(&cond->waiters);
}

int vexfs_port_cond_wait(struct vexfs_cond *cond, struct vexfs_mutex *mutex, u32 timeout_ms)
{
	DEFINE_WAIT(wait);
	long left;

	/* On the queue before the mutex is free, so that no broadcast is missed. */
	prepare_to_wait(&cond->waiters, &wait, TASK_INTERRUPTIBLE);
	mutex_unlock(&mutex->mutex);
	left = schedule_timeout(msecs_to_jiffies(timeout_ms));
	finish_wait(&cond->waiters, &wait);
	mutex_lock(&mutex->mutex);
	if (signal_pending(current))
		return -EINTR;
	return left ? 0 : -ETIMEDOUT;
}

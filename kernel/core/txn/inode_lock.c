// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
/*
 * One mutex for each file that somebody writes to, as long as somebody does: data goes to disk
 * while the volume's lock is free, and nobody may change the same file's extents meanwhile.
 */
#include <vexfs/errors.h>

#include "txn/txn.h"

struct vexfs_inode_lock {
	struct vexfs_inode_lock *next;
	struct vexfs_id id;
	u32 users;
	struct vexfs_mutex *mutex;
};

static struct vexfs_inode_lock **slot_of(struct vexfs_txn *txn, struct vexfs_id id)
{
	return &txn->inode_locks[(id.ino ^ id.tree << 3) % VEXFS_INODE_LOCK_SLOTS];
}

static struct vexfs_inode_lock *find_locked(struct vexfs_txn *txn, struct vexfs_id id)
{
	struct vexfs_inode_lock *lock = *slot_of(txn, id);

	while (lock && (lock->id.ino != id.ino || lock->id.tree != id.tree))
		lock = lock->next;
	return lock;
}

static struct vexfs_inode_lock *lock_create(struct vexfs_txn *txn, struct vexfs_id id)
{
	struct vexfs_inode_lock *lock = vexfs_port_alloc(sizeof(*lock));

	if (!lock)
		return NULL;
	lock->mutex = vexfs_port_mutex_create(VEXFS_RANK_INODE);
	if (!lock->mutex) {
		vexfs_port_free(lock);
		return NULL;
	}
	lock->id = id;
	lock->next = *slot_of(txn, id);
	*slot_of(txn, id) = lock;
	return lock;
}

int vexfs_inode_lock(struct vexfs_txn *txn, struct vexfs_id id, struct vexfs_inode_lock **out)
{
	struct vexfs_inode_lock *lock;

	vexfs_port_rwlock_read_lock(txn->writers_lock);
	vexfs_port_mutex_lock(txn->inode_locks_mutex);
	lock = find_locked(txn, id);
	if (!lock)
		lock = lock_create(txn, id);
	if (lock)
		lock->users++;
	vexfs_port_mutex_unlock(txn->inode_locks_mutex);
	if (!lock) {
		vexfs_port_rwlock_read_unlock(txn->writers_lock);
		return VEXFS_ERR(ENOMEM);
	}
	vexfs_port_mutex_lock(lock->mutex);
	*out = lock;
	return 0;
}

void vexfs_inode_unlock(struct vexfs_txn *txn, struct vexfs_inode_lock *lock)
{
	struct vexfs_inode_lock **at;

	vexfs_port_mutex_unlock(lock->mutex);
	vexfs_port_mutex_lock(txn->inode_locks_mutex);
	if (--lock->users) {
		lock = NULL;
	} else {
		for (at = slot_of(txn, lock->id); *at != lock;)
			at = &(*at)->next;
		*at = lock->next;
	}
	vexfs_port_mutex_unlock(txn->inode_locks_mutex);
	vexfs_port_rwlock_read_unlock(txn->writers_lock);
	if (lock) {
		vexfs_port_mutex_destroy(lock->mutex);
		vexfs_port_free(lock);
	}
}

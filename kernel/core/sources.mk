# SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
# The engine's sources, once: read by Kbuild and by CMake.
VEXFS_CORE_SOURCES := \
	format/super.c \
	format/hash.c \
	format/node.c \
	format/extent.c \
	io/io.c \
	space/map.c \
	space/alloc.c \
	space/rebuild.c \
	space/grow.c \
	log/log.c \
	tree/tree.c \
	tree/cursor.c \
	txn/super_ring.c \
	txn/subvol.c \
	txn/inode_lock.c \
	txn/txn.c \
	txn/change.c \
	txn/commit.c \
	txn/replay.c \
	fs/inode.c \
	fs/entry.c \
	fs/name.c \
	fs/rename.c \
	fs/readdir.c \
	fs/xattr.c \
	fs/fork_read.c \
	fs/fork_store.c \
	fs/fork_write.c \
	snap/snapshot.c \
	snap/dead.c \
	snap/diff.c \
	check/recount.c \
	check/tree_check.c \
	check/check.c \
	check/inspect.c \
	check/scrub.c \
	check/repair_super.c \
	check/repair_walk.c \
	check/repair_tree.c \
	check/repair_item.c \
	check/repair_name.c \
	check/repair_root.c \
	check/repair.c \
	volume/volume.c

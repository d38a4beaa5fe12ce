// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include <cstdint>
#include <vexfs/volume.h>

namespace vexfs::fuse {

/*
 * Node ids are inode numbers, so that stat(2), the engine and the daemon speak of the same thing:
 * the live tree's as they are, other trees' below their tree id. The place of the live tree's id
 * there is free for the directories that exist only here.
 */
constexpr unsigned kTreeShift = 40;
constexpr uint64_t kInoMask = (1ull << kTreeShift) - 1;
constexpr uint64_t kVirtualTree = VEXFS_VOLUME_TREE_LIVE;
constexpr uint64_t kControlDir = kVirtualTree << kTreeShift | 1;   // /.vexfs
constexpr uint64_t kSnapshotsDir = kVirtualTree << kTreeShift | 2; // /.vexfs/snapshots
constexpr char kControlName[] = ".vexfs";

inline bool isVirtual(uint64_t node)
{
    return node >> kTreeShift == kVirtualTree;
}

inline vexfs_id idOfNode(uint64_t node)
{
    if (node >> kTreeShift == 0)
        return {VEXFS_VOLUME_TREE_LIVE, node};
    return {node >> kTreeShift, node & kInoMask};
}

/// 0 when the numbers are beyond what fits; no volume gets there in its life.
inline uint64_t nodeOfId(vexfs_id id)
{
    if (id.ino > kInoMask || id.tree >= 1ull << (64 - kTreeShift))
        return 0;
    return id.tree == VEXFS_VOLUME_TREE_LIVE ? id.ino : id.tree << kTreeShift | id.ino;
}

} // namespace vexfs::fuse

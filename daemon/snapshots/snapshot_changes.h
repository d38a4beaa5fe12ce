// SPDX-License-Identifier: Apache-2.0
//
// daemon/snapshots/snapshot_changes.h - what differs between trees, and versions of one file.
#pragma once

#include "daemon/volume/mounted_volume.h"

#include <QStringList>

#include <optional>

namespace vexfs::daemon {

/// A file as one or several snapshots next to each other have it, or the live tree.
struct FileVersion
{
    QByteArray path;        ///< Absolute; where it can be read.
    QStringList snapshots;  ///< Newest first.
    int64_t mtimeNs = 0;
    uint64_t sizeBytes = 0;
    bool isLive = false;
    QString deletedAfter;   ///< The last snapshot that has it, where what came next lacks it.
};

/// Paths are relative to the root of their trees.
struct FileChange
{
    QString kind;        ///< "added", "removed", "modified", "renamed", "metadata", "type"
    QByteArray path;     ///< In to; in from when it is gone.
    QByteArray oldPath;  ///< In from, where it was there.
    uint64_t ino = 0;    ///< Of path.
    uint32_t mode = 0;
    uint64_t sizeBytes = 0;
    uint64_t oldSizeBytes = 0;
    int64_t mtimeNs = 0;
};

/// The tree of a name; '' is the live one. NotFound.
base::Result<SnapshotTree> treeOf(MountedVolume &volume, const QString &name);

/// Where a path of a tree is seen.
QByteArray pathInTree(const MountedVolume &volume, const SnapshotTree &tree,
                      const QByteArray &path);

/// Distinct versions of what is at a path, newest first; renames are followed to the past.
/// Neighbours that are the same are one. NotFound when no tree has it.
base::Result<QList<FileVersion>> versionsOf(MountedVolume &volume, const QByteArray &path);

/// In order of path.
base::Result<QList<FileChange>> changesBetween(MountedVolume &volume, const SnapshotTree &from,
                                               const SnapshotTree &to);

} // namespace vexfs::daemon

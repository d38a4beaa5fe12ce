// SPDX-License-Identifier: Apache-2.0
//
// daemon/snapshots/snapshot_restore.h - brings files of a snapshot back, and takes that back.
//
// Whatever changes the live tree here lies between two snapshots, "undo-TIME-WHAT" and the same
// with "-done". Undoing compares them, and puts back what is still as it was left.
#pragma once

#include "daemon/jobs/job.h"
#include "daemon/snapshots/snapshot_changes.h"

namespace vexfs::daemon {

enum class OnConflict
{
    KeepBoth,
    Overwrite,
    Skip,
    Fail
};

struct RestoreRequest
{
    SnapshotTree snapshot;
    QList<QByteArray> paths;  ///< Relative to the root of the tree.
    QByteArray destination;   ///< Absolute path of a folder; empty: where each was.
    OnConflict onConflict = OnConflict::KeepBoth;
    bool isDryRun = false;
};

/// Pairs of snapshots for undoing that are kept.
constexpr int kUndoPairsMax = 10;

/// NotFound when the snapshot lacks a path, AlreadyExists with OnConflict::Fail, InvalidArgs.
base::Status verifyRestore(MountedVolume &volume, const RestoreRequest &request);

/// Result: undo-snapshot, restored, skipped. What cannot be restored is a problem of the job.
base::Result<QVariantMap> restore(MountedVolume &volume, const RestoreRequest &request, Job &job);

/// The first snapshot of a pair; the newest pair when name is empty. NotFound.
base::Result<SnapshotTree> undoSnapshot(MountedVolume &volume, const QString &name);

/// Result: undo-snapshot, restored (files and folders put back, renamed back, or taken away),
/// skipped (changed since).
base::Result<QVariantMap> undo(MountedVolume &volume, const SnapshotTree &before, Job &job);

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/snapshots/snapshot_control.h - what snapshots are called, take up, and going back to one.
//
// NotSupported where the driver cannot do it.
#pragma once

#include "common/ctl/snapshots.h"
#include "daemon/jobs/job.h"
#include "daemon/snapshots/snapshot_changes.h"

namespace vexfs::daemon {

/// What deleting these together gives back, to the block. NotFound, InvalidArgs (none, or one
/// twice).
base::Result<ctl::SnapshotSpace> spaceOf(MountedVolume &volume, const QStringList &names,
                                         bool withReferenced);
/// The same, by ids in any order, each once.
base::Result<ctl::SnapshotSpace> spaceOf(MountedVolume &volume, QVector<uint64_t> ids,
                                         bool withReferenced = false);

/// Another name, or another lock. NotFound, AlreadyExists.
base::Status changeSnapshot(MountedVolume &volume, const QString &name,
                            const ctl::SnapshotChange &change);

/// The live tree becomes what the snapshot has; undone as a restore is. Result: undo-snapshot.
base::Result<QVariantMap> rollBack(MountedVolume &volume, const SnapshotTree &snapshot);

} // namespace vexfs::daemon

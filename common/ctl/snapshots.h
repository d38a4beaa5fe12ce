// SPDX-License-Identifier: Apache-2.0
//
// common/ctl/snapshots.h - what is done with snapshots after they were made; as control.h.
//
// NotSupported beyond the errors of vexfs/ioctl_snapshots.h, where the driver cannot do it.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QVector>

#include <cstdint>
#include <optional>

namespace vexfs::ctl {

/// What changes; nothing leaves it as it is.
struct SnapshotChange
{
    std::optional<QByteArray> name;
    std::optional<bool> isLocked;
};

struct SnapshotSpace
{
    uint64_t snapshots = 0;
    uint64_t reclaimBytes = 0;    ///< Free once exactly these are deleted.
    uint64_t referencedBytes = 0; ///< Only when asked for.
};

base::Status changeSnapshot(int fd, uint64_t id, const SnapshotChange &change);

/// The live tree becomes what the snapshot has; the id of a snapshot of what was live.
base::Result<uint64_t> rollBack(int fd, uint64_t id, const QByteArray &safetyName);

/// Of all of them together. ids: in order, at least one. TooLarge for more than a call carries.
base::Result<SnapshotSpace> snapshotSpace(int fd, const QVector<uint64_t> &ids,
                                          bool withReferenced);

} // namespace vexfs::ctl

// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/maintenance/maintenance_service.h - looking after volumes: label, size, checks.
#pragma once

#include "common/base/error.h"
#include "daemon/jobs/job.h"
#include "daemon/maintenance/volume_check.h"

#include <QByteArray>
#include <QString>

namespace vexfs::daemon {

class VolumeService;

/// Owner: main; thread: any but that of the bus, every call and every JobWork may block.
class MaintenanceService
{
public:
    explicit MaintenanceService(VolumeService *volumes) : m_volumes(volumes) {}

    /// Also of a volume that is not mounted. NotFound, InvalidArgs (too long), Busy.
    base::Status setLabel(const QString &uuid, const QString &label);

    /// NotFound; Failed when it is not mounted. These two are asked before the job begins.
    base::Status verifyMounted(const QString &uuid) const;
    /// NotFound; Busy when it is mounted or being checked.
    base::Status verifyUnmounted(const QString &uuid) const;

    /// Works of jobs; fail as the functions of daemon/maintenance do. Result of growth: size (t).
    JobWork growth(const QString &uuid, uint64_t wantedBytes);
    JobWork scrub(const QString &uuid, uint64_t bytesPerSecond);
    JobWork check(const QString &uuid, const CheckRequest &request);

private:
    VolumeService *const m_volumes;
};

} // namespace vexfs::daemon

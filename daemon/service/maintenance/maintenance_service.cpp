// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/maintenance/maintenance_service.h"

#include "common/ctl/maintenance.h"
#include "daemon/maintenance/volume_growth.h"
#include "daemon/maintenance/volume_scrub.h"
#include "daemon/service/volume_service.h"
#include "daemon/volume/fuse_driver.h"
#include "daemon/volume/live_root.h"

#include <vexfs/ioctl.h>

namespace vexfs::daemon {

using base::Errc;
using base::Result;
using base::Status;

namespace {

/// Takes a volume out of use as long as this lives.
class Reservation
{
public:
    Reservation(VolumeService *volumes, const QString &uuid)
        : m_volumes(volumes), m_uuid(uuid), m_image(volumes->beginCheck(uuid))
    {}
    ~Reservation()
    {
        if (m_image)
            m_volumes->endCheck(m_uuid);
    }
    Reservation(const Reservation &) = delete;
    Reservation &operator=(const Reservation &) = delete;

    const Result<QByteArray> &image() const { return m_image; }

private:
    VolumeService *const m_volumes;
    const QString m_uuid;
    const Result<QByteArray> m_image;
};

} // namespace

Status MaintenanceService::verifyMounted(const QString &uuid) const
{
    const auto handle = m_volumes->handle(uuid);
    return handle ? Status() : tl::unexpected(handle.error());
}

Status MaintenanceService::verifyUnmounted(const QString &uuid) const
{
    const auto status = m_volumes->volume(uuid);
    if (!status)
        return tl::unexpected(status.error());
    if (status->isMounted()) {
        return base::fail(Errc::Busy, QStringLiteral("The volume is mounted: unmount it to check "
                                                     "it, or scrub it where it is"));
    }
    if (status->state == VolumeState::Checking)
        return base::fail(Errc::Busy, QStringLiteral("The volume is being checked already"));
    return {};
}

Status MaintenanceService::setLabel(const QString &uuid, const QString &label)
{
    const auto status = m_volumes->volume(uuid);
    if (!status)
        return tl::unexpected(status.error());
    if (label.toUtf8().size() >= static_cast<qsizetype>(VEXFS_IOC_LABEL_BYTES)) {
        return base::fail(
            Errc::InvalidArgs,
            QStringLiteral("A label has at most %1 bytes").arg(VEXFS_IOC_LABEL_BYTES - 1));
    }
    if (status->isMounted()) {
        const auto handle = m_volumes->handle(uuid);
        if (!handle)
            return tl::unexpected(handle.error());
        const LiveRoot root(*handle->volume);
        if (!root.fd())
            return tl::unexpected(root.fd().error());
        if (auto done = ctl::setLabel(*root.fd(), label); !done)
            return done;
    } else {
        const Reservation reserved(m_volumes, uuid);
        if (!reserved.image())
            return tl::unexpected(reserved.image().error());
        if (auto done = labelImage(*reserved.image(), label); !done)
            return done;
    }
    m_volumes->noteLabel(uuid, label);
    return {};
}

JobWork MaintenanceService::growth(const QString &uuid, uint64_t wantedBytes)
{
    return [this, uuid, wantedBytes](Job &) -> Result<QVariantMap> {
        const auto handle = m_volumes->handle(uuid);
        const auto status = m_volumes->volume(uuid);
        if (!handle || !status)
            return tl::unexpected(handle ? status.error() : handle.error());
        const auto size = growVolume(*handle->volume, status->image, wantedBytes);
        if (!size)
            return tl::unexpected(size.error());
        m_volumes->refreshSoon();
        return QVariantMap{{QStringLiteral("size"), static_cast<qulonglong>(*size)}};
    };
}

JobWork MaintenanceService::scrub(const QString &uuid, uint64_t bytesPerSecond)
{
    return [this, uuid, bytesPerSecond](Job &job) -> Result<QVariantMap> {
        const auto handle = m_volumes->handle(uuid);
        if (!handle)
            return tl::unexpected(handle.error());
        auto result = daemon::scrub(*handle->volume, bytesPerSecond, job);
        if (result)
            m_volumes->noteScrub(uuid, result->value(QStringLiteral("consistent")).toBool());
        return result;
    };
}

JobWork MaintenanceService::check(const QString &uuid, const CheckRequest &request)
{
    return [this, uuid, request](Job &job) -> Result<QVariantMap> {
        const Reservation reserved(m_volumes, uuid);
        if (!reserved.image())
            return tl::unexpected(reserved.image().error());
        auto result = checkImage(*reserved.image(), request, job);
        if (result)
            m_volumes->noteScrub(uuid, result->value(QStringLiteral("consistent")).toBool());
        return result;
    };
}

} // namespace vexfs::daemon

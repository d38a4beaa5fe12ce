// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/volume_service.h - the volumes that are known, and those of them that are mounted.
#pragma once

#include "common/base/error.h"
#include "daemon/service/index_service.h"
#include "daemon/service/work_policy.h"
#include "daemon/volume/known_images.h"
#include "daemon/volume/mounted_volume.h"

#include <QHash>
#include <QObject>
#include <QThreadPool>
#include <QTimer>

#include <memory>
#include <mutex>

namespace vexfs::daemon {

class MountTable;

enum class VolumeState
{
    Unmounted,
    Mounted,
    ReadOnly,
    Checking, ///< Not mounted, and cannot be now.
    Error
};

/// "mounted" for VolumeState::Mounted: the word on the bus.
QString volumeStateName(VolumeState state);

/// What is known of a volume at one moment. Sizes are 0 while it is not mounted.
struct VolumeStatus
{
    QString uuid;
    QString label;
    QByteArray image;
    QByteArray mountPoint;
    VolumeState state = VolumeState::Unmounted;
    bool hasDriverEnded = false; ///< It died while the volume was mounted.
    bool hasDamage = false;      ///< The last scrub or check found some.
    QString indexError;          ///< Why it is not indexed; empty when it is.
    uint32_t formatVersion = 0;
    uint64_t sizeBytes = 0;
    uint64_t usedBytes = 0;
    uint64_t vectorsBytes = 0;
    uint64_t snapshots = 0;

    bool isMounted() const { return !mountPoint.isEmpty(); }
};

struct CreateVolumeRequest
{
    QByteArray image;
    QString label;
    uint64_t sizeBytes = 0;
    bool isForced = false;
};

struct MountVolumeRequest
{
    QByteArray mountPoint; ///< Empty for the default.
    bool isReadOnly = false;
    QStringList driverOptions;
};

/// Where a file lies.
struct VolumeLocation
{
    QString uuid;
    QByteArray relativePath; ///< Within its tree, without a leading '/'.
    QString snapshot;        ///< Empty in the live tree.
};

/// A mounted volume and its index, kept alive while a call works on it.
struct VolumeHandle
{
    QString uuid;
    std::shared_ptr<MountedVolume> volume;
    std::shared_ptr<IndexService> index; ///< Null when it could not be started.
    QString indexError;
};

/// Owner: main; thread: start() and stop() on its own, every other call on any but that of the bus,
/// for they may block. Volumes stay mounted when it ends.
class VolumeService : public QObject
{
    Q_OBJECT

public:
    /// stateDirectory keeps what is known; default mount points are made below runtimeDirectory.
    VolumeService(const QString &stateDirectory, QString runtimeDirectory,
                  QObject *parent = nullptr);
    ~VolumeService() override;

    /// Loads what is known, takes over the mounts of known images, and begins to watch.
    base::Status start();
    void stop();

    /// These two do not block.
    QList<VolumeStatus> volumes() const;
    base::Result<VolumeStatus> volume(const QString &uuid) const;

    /// Returns the uuid. AlreadyExists, InvalidArgs.
    base::Result<QString> create(const CreateVolumeRequest &request);
    /// Makes the volume of an image known; takes it over where somebody has mounted it.
    base::Result<QString> open(const QByteArray &image);

    /// Returns the mount point; the present one when it is mounted already (AlreadyExists when
    /// another was asked for). NotFound, Busy.
    base::Result<QByteArray> mount(const QString &uuid, const MountVolumeRequest &request);
    base::Status unmount(const QString &uuid, bool isLazy);

    /// The volume cannot be mounted until endCheck(); returns its image or device. NotFound, Busy.
    base::Result<QByteArray> beginCheck(const QString &uuid);
    void endCheck(const QString &uuid);
    /// What maintenance has done or found.
    void noteLabel(const QString &uuid, const QString &label);
    void noteScrub(const QString &uuid, bool isConsistent);

    /// NotFound when there is no such volume, Failed when it is not mounted. Does not block.
    base::Result<VolumeHandle> handle(const QString &uuid) const;
    QList<VolumeHandle> mountedVolumes() const;

    /// The mounted volume of an absolute path; NotOnVolume. Does not block.
    base::Result<VolumeLocation> locate(const QByteArray &path) const;

    /// What the indexes may do now, those that are started later too.
    void setLimits(const WorkLimits &limits);

    /// Reads sizes and states again, in the background.
    void refreshSoon();

Q_SIGNALS:
    /// Before anybody sees it mounted, and when nobody does any more; on the thread that does it:
    /// connect directly, and call nothing of this service.
    void volumeOpened(const QString &uuid, const std::shared_ptr<MountedVolume> &volume);
    void volumeClosed(const QString &uuid);
    void volumeAdded(const QString &uuid);
    void volumeChanged(const QString &uuid);
    void indexChanged(const QString &uuid);

private:
    struct Record
    {
        VolumeStatus status;
        std::shared_ptr<MountedVolume> volume;
        std::shared_ptr<IndexService> index;
    };

    void scan();
    void adopt(const QByteArray &mountPoint, const QByteArray &source);
    void checkHealth(const QString &uuid, const std::shared_ptr<MountedVolume> &volume);
    void driverEnded(const QString &uuid);
    void dropMount(const QString &uuid, bool hasDriverEnded = false);
    base::Result<QString> attach(const QByteArray &mountPoint, const QByteArray &image);
    void startIndex(const QString &uuid);
    void rememberImage(const KnownImage &image);
    base::Result<QByteArray> prepareMountPoint(const VolumeStatus &status,
                                               const QByteArray &wanted) const;

    const QString m_runtimeDirectory;
    KnownImages m_known;
    std::unique_ptr<MountTable> m_mountTable;
    QTimer m_healthTimer;
    QThreadPool m_pool;
    std::atomic<bool> m_isScanWanted{false};
    std::atomic<bool> m_isStopped{false};

    /// Order: m_operation before m_mutex. m_operation is held while programs run; m_mutex guards
    /// what follows it and is never held across a call that blocks.
    std::mutex m_operation;
    mutable std::mutex m_mutex;
    QHash<QString, Record> m_records;
    WorkLimits m_limits;
};

} // namespace vexfs::daemon

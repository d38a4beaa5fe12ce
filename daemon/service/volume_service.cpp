// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/volume_service.h"

#include "daemon/service/places/index_start.h"
#include "daemon/snapshots/part_names.h"
#include "daemon/volume/fuse_driver.h"
#include "daemon/volume/mount_table.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLoggingCategory>
#include <QUuid>

#include <algorithm>
#include <cerrno>

namespace vexfs::daemon {

using base::Errc;

Q_LOGGING_CATEGORY(logVolumes, "vexfs.volumes")

namespace {

constexpr int kHealthIntervalMs = 2000;
const QByteArray kSnapshotsFolder = ".vexfs/snapshots/";

tl::unexpected<base::Error> noSuchVolume(const QString &uuid)
{
    return base::fail(Errc::NotFound, QStringLiteral("There is no volume %1").arg(uuid));
}

VolumeState stateOf(const ctl::VolumeInfo &info)
{
    if (info.isPoisoned)
        return VolumeState::Error;
    return info.isReadOnly ? VolumeState::ReadOnly : VolumeState::Mounted;
}

void takeInfo(const ctl::VolumeInfo &info, VolumeStatus *status)
{
    status->label = info.label;
    status->state = stateOf(info);
    status->formatVersion = info.formatVersion;
    status->sizeBytes = info.sizeBytes;
    status->usedBytes = info.usedBytes;
    status->vectorsBytes = info.vectorsBytes;
    status->snapshots = info.snapshots;
}

bool isDriverGone(const base::Error &error)
{
    return error.sysErrno == ENOTCONN || error.sysErrno == ECONNABORTED;
}

/// A name that can be a folder: the label, or the uuid where the label cannot.
QString folderName(const VolumeStatus &status)
{
    const bool isPlain =
        !status.label.isEmpty() && !status.label.startsWith(u'.') && !status.label.contains(u'/');
    return isPlain ? status.label : status.uuid;
}

} // namespace

QString volumeStateName(VolumeState state)
{
    switch (state) {
    case VolumeState::Unmounted:
        return QStringLiteral("unmounted");
    case VolumeState::Mounted:
        return QStringLiteral("mounted");
    case VolumeState::ReadOnly:
        return QStringLiteral("read-only");
    case VolumeState::Checking:
        return QStringLiteral("checking");
    case VolumeState::Error:
        return QStringLiteral("error");
    }
    return {};
}

VolumeService::VolumeService(const QString &stateDirectory, QString runtimeDirectory,
                             QObject *parent)
    : QObject(parent),
      m_runtimeDirectory(std::move(runtimeDirectory)),
      m_known(stateDirectory + QStringLiteral("/volumes.json")),
      m_mountTable(std::make_unique<MountTable>())
{
    // One at a time: scans look at the whole table.
    m_pool.setMaxThreadCount(1);
    m_healthTimer.setInterval(kHealthIntervalMs);
    connect(&m_healthTimer, &QTimer::timeout, this, &VolumeService::refreshSoon);
    connect(m_mountTable.get(), &MountTable::changed, this, &VolumeService::refreshSoon);
}

VolumeService::~VolumeService()
{
    stop();
}

base::Status VolumeService::start()
{
    if (auto loaded = m_known.load(); !loaded)
        qCWarning(logVolumes).noquote() << loaded.error().what;
    for (const KnownImage &each : m_known.images()) {
        if (!QFile::exists(each.image))
            continue;
        Record record;
        record.status.uuid = each.uuid;
        record.status.label = each.label;
        record.status.image = QFile::encodeName(each.image);
        m_records.insert(each.uuid, record);
        Q_EMIT volumeAdded(each.uuid);
    }
    if (auto watching = m_mountTable->start(); !watching)
        return watching;
    m_healthTimer.start();
    refreshSoon();
    return {};
}

void VolumeService::stop()
{
    m_isStopped = true;
    m_healthTimer.stop();
    m_pool.waitForDone();
    const std::lock_guard operation(m_operation);
    QHash<QString, Record> records;
    {
        const std::lock_guard lock(m_mutex);
        records.swap(m_records);
    }
    for (const Record &each : std::as_const(records)) {
        if (each.index)
            each.index->stop();
        if (each.volume)
            each.volume->detach();
    }
}

QList<VolumeStatus> VolumeService::volumes() const
{
    QList<VolumeStatus> out;
    const std::lock_guard lock(m_mutex);
    for (const Record &each : m_records)
        out.append(each.status);
    return out;
}

base::Result<VolumeStatus> VolumeService::volume(const QString &uuid) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_records.constFind(uuid);
    if (found == m_records.constEnd())
        return noSuchVolume(uuid);
    return found->status;
}

void VolumeService::rememberImage(const KnownImage &image)
{
    QStringList replaced;
    bool isNew = false;
    {
        const std::lock_guard lock(m_mutex);
        const QByteArray path =
            image.image.startsWith(u'/') ? QFile::encodeName(image.image) : QByteArray();
        isNew = !m_records.contains(image.uuid);
        Record &record = m_records[image.uuid];
        record.status.uuid = image.uuid;
        record.status.label = image.label;
        record.status.image = path;
        // The volume that the file held before it was formatted again is gone.
        for (Record &each : m_records) {
            if (!path.isEmpty() && each.status.image == path && each.status.uuid != image.uuid) {
                each.status.image.clear();
                replaced.append(each.status.uuid);
            }
        }
        for (const QString &uuid : std::as_const(replaced))
            m_records.remove(uuid);
    }
    // A mount that we did not make may not tell its image: it is known for as long as it lasts.
    const bool isLasting = image.image.startsWith(u'/');
    if (auto saved = isLasting ? m_known.remember(image) : base::Status(); !saved)
        qCWarning(logVolumes).noquote() << saved.error().what;
    for (const QString &uuid : std::as_const(replaced))
        Q_EMIT volumeChanged(uuid);
    if (isNew)
        Q_EMIT volumeAdded(image.uuid);
    else
        Q_EMIT volumeChanged(image.uuid);
}

base::Result<QString> VolumeService::create(const CreateVolumeRequest &request)
{
    const std::lock_guard operation(m_operation);
    const QString shown = QFile::decodeName(request.image);
    for (const VolumeStatus &each : volumes()) {
        if (each.image == request.image && each.isMounted())
            return base::fail(Errc::Busy, QStringLiteral("%1 is mounted").arg(shown));
    }
    const QFileInfo info(shown);
    if (!info.exists() && request.sizeBytes == 0) {
        return base::fail(Errc::InvalidArgs,
                          QStringLiteral("%1 does not exist: say how large to make it").arg(shown));
    }
    if (!info.absoluteDir().exists()) {
        return base::fail(Errc::NotFound,
                          QStringLiteral("There is no folder %1").arg(info.absolutePath()));
    }
    const QString uuid = QUuid::createUuid().toString(QUuid::WithoutBraces);
    const auto made =
        formatImage({request.image, uuid, request.label, request.sizeBytes, request.isForced});
    if (!made)
        return tl::unexpected(made.error());
    rememberImage({uuid, request.label, shown});
    qCInfo(logVolumes).noquote() << "made volume" << uuid << "in" << shown;
    return uuid;
}

base::Result<QString> VolumeService::open(const QByteArray &image)
{
    const std::lock_guard operation(m_operation);
    for (const VolumeStatus &each : volumes()) {
        if (each.image == image && each.isMounted())
            return each.uuid;
    }
    if (const auto mounts = MountTable::read()) {
        for (const MountEntry &each : *mounts) {
            if (each.source == image)
                return attach(each.mountPoint, image);
        }
    }
    const auto found = inspectImage(image);
    if (!found)
        return tl::unexpected(found.error());
    rememberImage({found->uuid, found->label, QFile::decodeName(image)});
    return found->uuid;
}

base::Result<QByteArray> VolumeService::prepareMountPoint(const VolumeStatus &status,
                                                          const QByteArray &wanted) const
{
    if (!wanted.isEmpty()) {
        const QFileInfo info(QFile::decodeName(wanted));
        if (!info.isDir()) {
            return base::fail(Errc::NotFound,
                              QStringLiteral("There is no folder %1 to mount on; make it first")
                                  .arg(info.filePath()));
        }
        return wanted;
    }
    const QString path = m_runtimeDirectory + u'/' + folderName(status);
    if (!QDir().mkpath(path))
        return base::fail(Errc::Failed, QStringLiteral("Cannot make the folder %1").arg(path));
    return QFile::encodeName(path);
}

base::Result<QByteArray> VolumeService::mount(const QString &uuid,
                                              const MountVolumeRequest &request)
{
    const std::lock_guard operation(m_operation);
    const auto status = volume(uuid);
    if (!status)
        return tl::unexpected(status.error());
    if (status->isMounted()) {
        if (request.mountPoint.isEmpty() || request.mountPoint == status->mountPoint)
            return status->mountPoint;
        return base::fail(Errc::AlreadyExists, QStringLiteral("The volume is mounted at %1 already")
                                                   .arg(QFile::decodeName(status->mountPoint)));
    }
    if (status->state == VolumeState::Checking)
        return base::fail(Errc::Busy, QStringLiteral("The volume is being checked"));
    const auto mountPoint = prepareMountPoint(*status, request.mountPoint);
    if (!mountPoint)
        return tl::unexpected(mountPoint.error());
    for (const VolumeHandle &each : mountedVolumes()) {
        if (each.volume->mountPoint() == *mountPoint) {
            return base::fail(Errc::Busy, QStringLiteral("Another volume is mounted at %1")
                                              .arg(QFile::decodeName(*mountPoint)));
        }
    }
    const auto mounted =
        mountImage({status->image, *mountPoint, request.isReadOnly, request.driverOptions});
    if (!mounted)
        return tl::unexpected(mounted.error());
    const auto attached = attach(*mountPoint, status->image);
    if (!attached)
        return tl::unexpected(attached.error());
    return *mountPoint;
}

base::Result<QString> VolumeService::attach(const QByteArray &mountPoint, const QByteArray &image)
{
    auto volume = MountedVolume::attach(mountPoint);
    if (!volume)
        return tl::unexpected(volume.error());
    const auto info = (*volume)->info();
    if (!info)
        return tl::unexpected(info.error());
    Q_EMIT volumeOpened(info->uuid, *volume);
    rememberImage({info->uuid, info->label, QFile::decodeName(image)});
    PartNames::removeLeft(mountPoint, (*volume)->indexDirectory());
    {
        const std::lock_guard lock(m_mutex);
        Record &record = m_records[info->uuid];
        record.volume = *volume;
        record.status.mountPoint = mountPoint;
        record.status.hasDriverEnded = false;
        takeInfo(*info, &record.status);
    }
    startIndex(info->uuid);
    qCInfo(logVolumes).noquote() << "volume" << info->uuid << "is at" << mountPoint;
    Q_EMIT volumeChanged(info->uuid);
    Q_EMIT indexChanged(info->uuid);
    return info->uuid;
}

void VolumeService::startIndex(const QString &uuid)
{
    std::shared_ptr<MountedVolume> volume;
    {
        const std::lock_guard lock(m_mutex);
        volume = m_records[uuid].volume;
    }
    QString error;
    std::shared_ptr<IndexService> index;
    if (auto started = startIndexOf(volume, this, [this, uuid] { Q_EMIT indexChanged(uuid); }))
        index = *started;
    else
        error = started.error().what;
    if (!error.isEmpty())
        qCWarning(logVolumes).noquote() << "volume" << uuid << "is not indexed:" << error;
    const std::lock_guard lock(m_mutex);
    if (index)
        index->setLimits(m_limits);
    m_records[uuid].index = index;
    m_records[uuid].status.indexError = error;
}

void VolumeService::setLimits(const WorkLimits &limits)
{
    const std::lock_guard lock(m_mutex);
    m_limits = limits;
    for (const Record &record : m_records) {
        if (record.index)
            record.index->setLimits(limits);
    }
}

void VolumeService::dropMount(const QString &uuid, bool hasDriverEnded)
{
    std::shared_ptr<MountedVolume> volume;
    std::shared_ptr<IndexService> index;
    {
        const std::lock_guard lock(m_mutex);
        Record &record = m_records[uuid];
        volume.swap(record.volume);
        index.swap(record.index);
        VolumeStatus status;
        status.uuid = record.status.uuid;
        status.label = record.status.label;
        status.image = record.status.image;
        status.formatVersion = record.status.formatVersion;
        status.hasDriverEnded = hasDriverEnded;
        status.hasDamage = record.status.hasDamage;
        record.status = status;
    }
    Q_EMIT volumeClosed(uuid);
    // Outside the lock: both wait for calls at work.
    if (index)
        index->stop();
    if (volume)
        volume->detach();
}

base::Status VolumeService::unmount(const QString &uuid, bool isLazy)
{
    const std::lock_guard operation(m_operation);
    const auto status = volume(uuid);
    if (!status)
        return tl::unexpected(status.error());
    if (!status->isMounted())
        return base::fail(Errc::Failed, QStringLiteral("The volume is not mounted"));
    dropMount(uuid);
    const auto done = unmountImage(status->mountPoint, status->image, isLazy);
    if (!done && done.error().code == Errc::Busy) {
        if (auto again = attach(status->mountPoint, status->image); !again)
            qCWarning(logVolumes).noquote() << again.error().what;
        return done;
    }
    // A default mount point was made by us; a folder that is not empty stays.
    if (status->mountPoint.startsWith(QFile::encodeName(m_runtimeDirectory) + '/'))
        QDir().rmdir(QFile::decodeName(status->mountPoint));
    qCInfo(logVolumes).noquote() << "volume" << uuid << "is unmounted";
    Q_EMIT volumeChanged(uuid);
    Q_EMIT indexChanged(uuid);
    return done;
}

base::Result<QByteArray> VolumeService::beginCheck(const QString &uuid)
{
    {
        const std::lock_guard operation(m_operation);
        const std::lock_guard lock(m_mutex);
        const auto found = m_records.find(uuid);
        if (found == m_records.end())
            return noSuchVolume(uuid);
        VolumeStatus &status = found->status;
        if (status.isMounted())
            return base::fail(Errc::Busy, QStringLiteral("The volume is mounted"));
        if (status.state == VolumeState::Checking)
            return base::fail(Errc::Busy, QStringLiteral("The volume is being checked already"));
        if (status.image.isEmpty()) {
            return base::fail(Errc::NotFound,
                              QStringLiteral("It is not known where the volume lies"));
        }
        status.state = VolumeState::Checking;
    }
    Q_EMIT volumeChanged(uuid);
    return volume(uuid)->image;
}

void VolumeService::endCheck(const QString &uuid)
{
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_records.find(uuid);
        if (found == m_records.end())
            return;
        if (found->status.state == VolumeState::Checking)
            found->status.state = VolumeState::Unmounted;
    }
    Q_EMIT volumeChanged(uuid);
}

void VolumeService::noteLabel(const QString &uuid, const QString &label)
{
    if (const auto status = volume(uuid))
        rememberImage({uuid, label, QFile::decodeName(status->image)});
}

void VolumeService::noteScrub(const QString &uuid, bool isConsistent)
{
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_records.find(uuid);
        if (found == m_records.end())
            return;
        found->status.hasDamage = !isConsistent;
    }
    Q_EMIT volumeChanged(uuid);
}

base::Result<VolumeHandle> VolumeService::handle(const QString &uuid) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_records.constFind(uuid);
    if (found == m_records.constEnd())
        return noSuchVolume(uuid);
    if (!found->volume)
        return base::fail(Errc::Failed, QStringLiteral("The volume is not mounted"));
    return VolumeHandle{uuid, found->volume, found->index, found->status.indexError};
}

QList<VolumeHandle> VolumeService::mountedVolumes() const
{
    QList<VolumeHandle> out;
    const std::lock_guard lock(m_mutex);
    for (auto each = m_records.constBegin(); each != m_records.constEnd(); ++each) {
        if (each->volume)
            out.append(
                VolumeHandle{each.key(), each->volume, each->index, each->status.indexError});
    }
    return out;
}

base::Result<VolumeLocation> VolumeService::locate(const QByteArray &path) const
{
    VolumeLocation best;
    qsizetype bestLength = -1;
    for (const VolumeHandle &each : mountedVolumes()) {
        const QByteArray root = each.volume->mountPoint();
        const bool isBelow = path == root || path.startsWith(root + '/');
        if (!isBelow || root.size() <= bestLength)
            continue;
        bestLength = root.size();
        best = VolumeLocation{each.uuid, path.mid(root.size() + 1), {}};
    }
    if (bestLength < 0) {
        return base::fail(
            Errc::NotOnVolume,
            QStringLiteral("%1 is on no mounted volume").arg(QFile::decodeName(path)));
    }
    if (best.relativePath.startsWith(kSnapshotsFolder)) {
        const QByteArray below = best.relativePath.mid(kSnapshotsFolder.size());
        const qsizetype slash = below.indexOf('/');
        best.snapshot = QString::fromUtf8(slash < 0 ? below : below.left(slash));
        best.relativePath = slash < 0 ? QByteArray() : below.mid(slash + 1);
    }
    return best;
}

void VolumeService::refreshSoon()
{
    if (m_isStopped || m_isScanWanted.exchange(true))
        return;
    m_pool.start([this] { scan(); });
}

void VolumeService::scan()
{
    m_isScanWanted = false;
    const auto mounts = MountTable::read();
    if (!mounts) {
        qCWarning(logVolumes).noquote() << mounts.error().what;
        return;
    }
    for (const VolumeHandle &each : mountedVolumes()) {
        const QByteArray root = each.volume->mountPoint();
        const bool isThere =
            std::any_of(mounts->begin(), mounts->end(),
                        [&root](const auto &entry) { return entry.mountPoint == root; });
        if (isThere) {
            checkHealth(each.uuid, each.volume);
            continue;
        }
        const std::lock_guard operation(m_operation);
        const auto now = handle(each.uuid);
        if (m_isStopped || !now || now->volume != each.volume)
            continue;
        qCInfo(logVolumes).noquote() << "volume" << each.uuid << "was unmounted by somebody else";
        dropMount(each.uuid);
        Q_EMIT volumeChanged(each.uuid);
        Q_EMIT indexChanged(each.uuid);
    }
    for (const MountEntry &each : *mounts)
        adopt(each.mountPoint, each.source);
}

void VolumeService::adopt(const QByteArray &mountPoint, const QByteArray &source)
{
    const std::lock_guard operation(m_operation);
    if (m_isStopped)
        return;
    // Only what this user has worked with here: a mount that we take over is busy for others, and
    // somebody may be about to unmount by hand what he mounted by hand.
    const auto known = volumes();
    const bool isOurs = std::any_of(known.begin(), known.end(), [&](const VolumeStatus &each) {
        return each.image == source && !each.isMounted();
    });
    if (!isOurs)
        return;
    // Unmounted in the meantime, perhaps by us: the table was read before we had the lock.
    const auto mounts = MountTable::read();
    const bool isThere =
        mounts && std::any_of(mounts->begin(), mounts->end(),
                              [&](const auto &entry) { return entry.mountPoint == mountPoint; });
    if (!isThere)
        return;
    const auto attached = attach(mountPoint, source);
    if (attached)
        return;
    if (isDriverGone(attached.error())) {
        qCWarning(logVolumes).noquote()
            << "the driver of" << mountPoint << "has ended; its dead mount is taken away";
        if (auto gone = unmountImage(mountPoint, {}, true); !gone)
            qCWarning(logVolumes).noquote() << gone.error().what;
    } else {
        qCDebug(logVolumes).noquote() << attached.error().what;
    }
}

void VolumeService::checkHealth(const QString &uuid, const std::shared_ptr<MountedVolume> &volume)
{
    const auto info = volume->info();
    if (!info) {
        if (isDriverGone(info.error()))
            driverEnded(uuid);
        return;
    }
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_records.find(uuid);
        if (found == m_records.end() || found->volume != volume)
            return;
        takeInfo(*info, &found->status);
    }
    Q_EMIT volumeChanged(uuid);
}

void VolumeService::driverEnded(const QString &uuid)
{
    const std::lock_guard operation(m_operation);
    const auto status = volume(uuid);
    if (m_isStopped || !status || !status->isMounted())
        return;
    qCWarning(logVolumes).noquote()
        << "the driver of volume" << uuid << "has ended; mount it again";
    // Who sees that it is not mounted any more sees why.
    dropMount(uuid, true);
    if (auto gone = unmountImage(status->mountPoint, {}, true); !gone)
        qCWarning(logVolumes).noquote() << gone.error().what;
    Q_EMIT volumeChanged(uuid);
    Q_EMIT indexChanged(uuid);
}

} // namespace vexfs::daemon

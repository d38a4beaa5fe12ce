// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/schedule/snapshot_scheduler.h"

#include "daemon/service/volume_service.h"

#include <QDateTime>
#include <QLoggingCategory>

#include <algorithm>

namespace vexfs::daemon {

using base::Errc;
using base::Result;
using base::Status;

Q_LOGGING_CATEGORY(logSchedule, "vexfs.schedule")

namespace {

constexpr uint64_t kLive = 1;
constexpr int64_t kClockGrainUs = 1'000'000;

int64_t nowUs()
{
    return QDateTime::currentMSecsSinceEpoch() * 1000;
}

// Vectors are made of what was there already.
Result<bool> hasChangedSince(MountedVolume &volume, uint64_t tree)
{
    if (const Status synced = volume.syncAll(); !synced)
        return tl::unexpected(synced.error());
    uint64_t after = 0;
    while (true) {
        const Result<ChangePage> page = volume.changes(tree, kLive, after);
        if (!page)
            return tl::unexpected(page.error());
        for (const VolumeChange &change : page->changes) {
            if ((change.kinds & ~uint32_t(ChangeVectors)) != 0)
                return true;
            after = change.ino;
        }
        if (page->atEnd || page->changes.isEmpty())
            return false;
    }
}

Result<QVector<TimelineSnapshot>> timelineOf(const MountedVolume &volume,
                                             SnapshotRecords &records, int64_t atUs)
{
    const auto all = volume.listSnapshots();
    const auto noted = records.all();
    if (!all || !noted)
        return tl::unexpected(all ? noted.error() : all.error());
    QSet<uint64_t> ids;
    QVector<TimelineSnapshot> out;
    for (const ctl::Snapshot &each : *all) {
        ids.insert(each.id);
        const auto record = noted->constFind(each.id);
        if (record == noted->constEnd() || record->cleanup != kTimelineCleanup)
            continue;
        const bool isProtected = each.isLocked || each.isWritable || record->keepUntilUs > atUs;
        out.append({each.id, each.createdNs / 1000, isProtected});
    }
    if (const Status kept = records.keepOnly(ids); !kept)
        return tl::unexpected(kept.error());
    return out;
}

} // namespace

SnapshotScheduler::SnapshotScheduler(VolumeService *volumes, SnapshotService *snapshots,
                                     WorkPolicy *policy, QObject *parent)
    : QObject(parent), m_volumes(volumes), m_snapshots(snapshots), m_policy(policy)
{
    m_pool.setMaxThreadCount(1);
    // Before it is started: volumes are told with their schedules from the first on.
    connect(m_volumes, &VolumeService::volumeOpened, this, &SnapshotScheduler::onVolumeOpened,
            Qt::DirectConnection);
    connect(m_volumes, &VolumeService::volumeClosed, this, &SnapshotScheduler::onVolumeClosed,
            Qt::DirectConnection);
}

SnapshotScheduler::~SnapshotScheduler()
{
    stop();
}

void SnapshotScheduler::start()
{
    connect(&m_clock, &WallClock::woke, this, &SnapshotScheduler::lookSoon);
    connect(m_policy, &WorkPolicy::changed, this, &SnapshotScheduler::lookSoon);
    connect(m_volumes, &VolumeService::volumeAdded, this, &SnapshotScheduler::onVolumeChanged);
    connect(m_volumes, &VolumeService::volumeChanged, this, &SnapshotScheduler::onVolumeChanged);
    lookSoon();
}

void SnapshotScheduler::stop()
{
    m_isStopped = true;
    m_pool.waitForDone();
}

SnapshotSchedule SnapshotScheduler::schedule(const QString &uuid) const
{
    const std::lock_guard lock(m_mutex);
    return m_known.value(uuid).schedule;
}

int64_t SnapshotScheduler::nextRunUs(const QString &uuid) const
{
    const std::lock_guard lock(m_mutex);
    return m_known.value(uuid).nextUs;
}

Status SnapshotScheduler::changeSchedule(const QString &uuid,
                                         const std::function<Status(SnapshotSchedule &)> &edit)
{
    const auto handle = m_volumes->handle(uuid);
    if (!handle)
        return tl::unexpected(handle.error());
    auto records
        = SnapshotRecords::open(handle->volume->indexDirectory(), Database::Access::ReadWrite);
    if (!records)
        return tl::unexpected(records.error());
    const auto changed = records->changeSchedule([&edit](SnapshotSchedule &schedule) -> Status {
        if (const Status edited = edit(schedule); !edited)
            return edited;
        if (schedule.isEnabled && !schedule.shortest()) {
            return base::fail(Errc::InvalidArgs,
                              QStringLiteral("A schedule that is on keeps at least one"));
        }
        return {};
    });
    if (!changed)
        return tl::unexpected(changed.error());
    run(*handle);
    QMetaObject::invokeMethod(this, [this] { setClock(); });
    return {};
}

// What cannot be read is tried again, and complained of, when what is due is looked for.
void SnapshotScheduler::onVolumeOpened(const QString &uuid,
                                       const std::shared_ptr<MountedVolume> &volume)
{
    Known known;
    auto records = SnapshotRecords::open(volume->indexDirectory(), Database::Access::ReadOnly);
    if (records) {
        if (const auto schedule = records->schedule()) {
            known.schedule = *schedule;
            known.nextUs = nextTurnUs(*schedule, nowUs(), QTimeZone::systemTimeZone());
        }
    }
    const std::lock_guard lock(m_mutex);
    m_known.insert(uuid, known);
}

void SnapshotScheduler::onVolumeClosed(const QString &uuid)
{
    const std::lock_guard lock(m_mutex);
    m_known.remove(uuid);
}

// Only when it came: its sizes change all the time.
void SnapshotScheduler::onVolumeChanged(const QString &uuid)
{
    {
        const std::lock_guard lock(m_mutex);
        const auto known = m_known.constFind(uuid);
        if (known == m_known.constEnd() || known->isLookedAt)
            return;
    }
    lookSoon();
}

void SnapshotScheduler::lookSoon()
{
    if (m_isStopped || m_isWanted.exchange(true))
        return;
    m_pool.start([this] { look(); });
}

void SnapshotScheduler::look()
{
    m_isWanted = false;
    for (const VolumeHandle &each : m_volumes->mountedVolumes()) {
        if (m_isStopped)
            return;
        run(each);
    }
    QMetaObject::invokeMethod(this, [this] { setClock(); });
}

void SnapshotScheduler::setClock()
{
    int64_t first = 0;
    const std::lock_guard lock(m_mutex);
    for (const Known &each : std::as_const(m_known)) {
        if (each.nextUs != 0)
            first = first == 0 ? each.nextUs : std::min(first, each.nextUs);
    }
    m_clock.wakeAt(first);
}

void SnapshotScheduler::run(const VolumeHandle &handle)
{
    const std::lock_guard lock(m_running);
    if (const Status done = runSchedule(handle); !done) {
        qCWarning(logSchedule).noquote()
            << QStringLiteral("The snapshots of %1: %2").arg(handle.uuid, done.error().what);
    }
}

bool SnapshotScheduler::isHeldBack() const
{
    const QList<Inhibitor> all = m_policy->inhibitors();
    return std::any_of(all.begin(), all.end(), [](const Inhibitor &each) {
        return each.what.split(u':').contains(QStringLiteral("snapshots"));
    });
}

void SnapshotScheduler::remember(const QString &uuid, const SnapshotSchedule &schedule,
                                 int64_t atUs)
{
    const int64_t next = nextTurnUs(schedule, atUs, QTimeZone::systemTimeZone());
    {
        const std::lock_guard lock(m_mutex);
        const auto known = m_known.find(uuid);
        if (known == m_known.end()) // unmounted meanwhile
            return;
        known->isLookedAt = true;
        if (known->schedule == schedule && known->nextUs == next)
            return;
        known->schedule = schedule;
        known->nextUs = next;
    }
    Q_EMIT scheduleChanged(uuid);
}

Status SnapshotScheduler::runSchedule(const VolumeHandle &handle)
{
    const QByteArray directory = handle.volume->indexDirectory();
    auto reading = SnapshotRecords::open(directory, Database::Access::ReadOnly);
    if (!reading)
        return tl::unexpected(reading.error());
    const auto schedule = reading->schedule();
    if (!schedule)
        return tl::unexpected(schedule.error());
    const int64_t atUs = nowUs();
    remember(handle.uuid, *schedule, atUs);
    const auto info = handle.volume->info();
    if (!info)
        return tl::unexpected(info.error());
    if (!schedule->isEnabled || info->isReadOnly || isHeldBack())
        return {};
    auto records = SnapshotRecords::open(directory, Database::Access::ReadWrite);
    if (!records)
        return tl::unexpected(records.error());
    auto taken = timelineOf(*handle.volume, *records, atUs);
    if (!taken)
        return tl::unexpected(taken.error());
    const QTimeZone zone = QTimeZone::systemTimeZone();
    if (isDue(*schedule, *taken, atUs, zone)) {
        if (const Status done = takeOne(handle, *schedule, *taken, atUs); !done)
            return done;
        taken = timelineOf(*handle.volume, *records, atUs);
        if (!taken)
            return tl::unexpected(taken.error());
    }
    // One that was just taken may seem to be of a time to come: clocks have different grains.
    const int64_t afterUs = nowUs() + kClockGrainUs;
    return m_snapshots->dropById(handle.uuid, expired(*schedule, *taken, afterUs, zone));
}

Status SnapshotScheduler::takeOne(const VolumeHandle &handle, const SnapshotSchedule &schedule,
                                  const QVector<TimelineSnapshot> &taken, int64_t atUs)
{
    const int64_t period = periodNumber(*schedule.shortest(), atUs, schedule,
                                        QTimeZone::systemTimeZone());
    const auto newest
        = std::max_element(taken.begin(), taken.end(),
                           [](const auto &a, const auto &b) { return a.id < b.id; });
    if (schedule.skipUnchanged && newest != taken.end()) {
        {
            const std::lock_guard lock(m_mutex);
            if (m_known.value(handle.uuid).unchangedIn == period)
                return {};
        }
        const auto hasChanged = hasChangedSince(*handle.volume, newest->id);
        if (!hasChanged)
            return tl::unexpected(hasChanged.error());
        if (!*hasChanged) {
            const std::lock_guard lock(m_mutex);
            if (const auto known = m_known.find(handle.uuid); known != m_known.end())
                known->unchangedIn = period;
            return {};
        }
    }
    const auto hasRoom = makeRoom(handle, schedule, taken);
    if (!hasRoom)
        return tl::unexpected(hasRoom.error());
    if (!*hasRoom) {
        qCWarning(logSchedule).noquote()
            << QStringLiteral("No snapshot of %1: less than %2 % is free")
                   .arg(handle.uuid)
                   .arg(schedule.minFreePct);
        return {};
    }
    SnapshotRecord record;
    record.cleanup = kTimelineCleanup;
    const auto made = m_snapshots->create(handle.uuid, {{}, false, record});
    return made ? Status{} : tl::unexpected(made.error());
}

Result<bool> SnapshotScheduler::makeRoom(const VolumeHandle &handle,
                                         const SnapshotSchedule &schedule,
                                         const QVector<TimelineSnapshot> &taken)
{
    constexpr double kPercent = 100.0;
    const auto info = handle.volume->info();
    if (!info)
        return tl::unexpected(info.error());
    const double wanted = double(info->sizeBytes) * schedule.minFreePct / kPercent;
    double available = double(info->freeBytes);
    if (available >= wanted)
        return true;
    // Space comes back some time after the call, so what it will be is asked before.
    const QVector<uint64_t> oldest = dispensable(taken);
    QVector<uint64_t> going;
    for (qsizetype i = 0; i < oldest.size() && available < wanted; ++i) {
        going.append(oldest[i]);
        const auto space = m_snapshots->spaceById(handle.uuid, going);
        if (!space)
            return tl::unexpected(space.error());
        available = double(info->freeBytes) + double(space->reclaimBytes);
    }
    if (const Status gone = m_snapshots->dropById(handle.uuid, going); !gone)
        return tl::unexpected(gone.error());
    return available >= wanted;
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/schedule/snapshot_scheduler.h - takes snapshots by schedule, and lets them go.
//
// What is kept is decided in daemon/snapshots/retention.h. Everything is noted in the volume, so
// that another daemon goes on where this one ended; a turn that was missed is made up for once.
#pragma once

#include "daemon/service/schedule/wall_clock.h"
#include "daemon/service/snapshot_service.h"
#include "daemon/service/work_policy.h"

#include <QHash>
#include <QThreadPool>

#include <functional>
#include <mutex>

namespace vexfs::daemon {

struct VolumeHandle;

/// Owner: main; thread: start() and stop() on its own, changeSchedule() on any but that of the bus,
/// for it may block; what only reads, on any. It works on a thread of its own.
class SnapshotScheduler : public QObject
{
    Q_OBJECT

public:
    SnapshotScheduler(VolumeService *volumes, SnapshotService *snapshots, WorkPolicy *policy,
                      QObject *parent = nullptr);
    ~SnapshotScheduler() override;

    void start();
    /// Waits for what is at work.
    void stop();

    /// That of the volume from the moment on when it is seen mounted; before, one that is off.
    SnapshotSchedule schedule(const QString &uuid) const;
    /// 0 for never.
    int64_t nextRunUs(const QString &uuid) const;

    /// As one step; what is due by it is done when it returns. InvalidArgs when it is on and keeps
    /// none; fails as edit and the volume do.
    base::Status changeSchedule(const QString &uuid,
                                const std::function<base::Status(SnapshotSchedule &)> &edit);

Q_SIGNALS:
    /// Its schedule, or when it is done next.
    void scheduleChanged(const QString &uuid);

private:
    struct Known
    {
        bool isLookedAt = false; ///< What was due was done at least once since it was mounted.
        SnapshotSchedule schedule;
        int64_t nextUs = 0;
        int64_t unchangedIn = 0; ///< The period in which nothing had changed at its turn.
    };

    void onVolumeOpened(const QString &uuid, const std::shared_ptr<MountedVolume> &volume);
    void onVolumeClosed(const QString &uuid);
    void onVolumeChanged(const QString &uuid);
    void lookSoon();
    void look();
    void setClock();
    /// Does what is due now; what goes wrong is logged, and tried again at the next turn.
    void run(const VolumeHandle &handle);
    base::Status runSchedule(const VolumeHandle &handle);
    base::Status takeOne(const VolumeHandle &handle, const SnapshotSchedule &schedule,
                         const QVector<TimelineSnapshot> &taken, int64_t nowUs);
    base::Result<bool> makeRoom(const VolumeHandle &handle, const SnapshotSchedule &schedule,
                                const QVector<TimelineSnapshot> &taken);
    void remember(const QString &uuid, const SnapshotSchedule &schedule, int64_t nowUs);
    bool isHeldBack() const;

    VolumeService *const m_volumes;
    SnapshotService *const m_snapshots;
    WorkPolicy *const m_policy;
    WallClock m_clock;
    QThreadPool m_pool;
    std::atomic<bool> m_isWanted{false};
    std::atomic<bool> m_isStopped{false};
    std::mutex m_running;       ///< held while one is run; before m_mutex
    mutable std::mutex m_mutex; ///< guards what follows
    QHash<QString, Known> m_known;
};

} // namespace vexfs::daemon

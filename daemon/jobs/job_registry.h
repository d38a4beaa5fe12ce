// SPDX-License-Identifier: Apache-2.0
//
// daemon/jobs/job_registry.h - all jobs: those at work and those that ended not long ago.
#pragma once

#include "daemon/jobs/job.h"

#include <QHash>
#include <QObject>
#include <QSet>
#include <QThreadPool>
#include <QTimer>

#include <memory>

namespace vexfs::daemon {

struct JobRequest
{
    QString kind;
    QStringList volumes;
    bool isCancelable = true;
    bool isPausable = false;
    uint32_t startedByUid = 0;
};

/// Owner: main; thread: the main one, where its signals arrive; the work runs on a pool of its own.
/// Destruction stops it.
class JobRegistry : public QObject
{
    Q_OBJECT

public:
    explicit JobRegistry(QObject *parent = nullptr);
    ~JobRegistry() override;

    /// For tests; 10 minutes otherwise.
    void setKeepTimeMs(int keepMs) { m_keepMs = keepMs; }

    uint32_t start(const JobRequest &request, JobWork work);

    /// Cancels all and waits; nothing may be started afterwards.
    void stop();

    /// Ids in order of their start.
    QList<uint32_t> ids() const;

    /// NotFound when there is none, or no longer.
    base::Result<JobStatus> status(uint32_t id) const;
    base::Result<QList<JobProblem>> problems(uint32_t id) const;
    base::Result<JobItems> items(uint32_t id, uint64_t after, uint64_t limit) const;

    /// AlreadyFinished, NotSupported.
    base::Status cancel(uint32_t id);
    /// Where the work asks next, or goes on. AlreadyFinished, NotSupported.
    base::Status setPaused(uint32_t id, bool isPaused);
    /// Busy while it runs.
    base::Status dismiss(uint32_t id);

Q_SIGNALS:
    void jobStarted(uint32_t id);
    /// At most four times a second for each job, and once more at its end.
    void jobChanged(uint32_t id);
    void jobFinished(uint32_t id);
    void jobRemoved(uint32_t id, const QString &kind, const QString &state);

private:
    void onChanged(uint32_t id);
    void onFinished(uint32_t id);
    void tellChanges();
    void remove(uint32_t id);
    std::shared_ptr<Job> find(uint32_t id) const { return m_jobs.value(id); }
    /// One at work that `can`; NotSupported says that it cannot be `what`.
    base::Result<std::shared_ptr<Job>> findAtWork(uint32_t id, bool JobStatus::*can,
                                                  QLatin1String what) const;

    QHash<uint32_t, std::shared_ptr<Job>> m_jobs;
    QSet<uint32_t> m_dirty;
    QTimer m_tellTimer;
    QThreadPool m_pool;
    uint32_t m_lastId = 0;
    int m_keepMs = 10 * 60 * 1000;
};

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/jobs/job_registry.h"

#include <algorithm>
#include <exception>

namespace vexfs::daemon {

using base::Errc;

namespace {

constexpr int kTellIntervalMs = 250;
constexpr int kThreadsMax = 4;

tl::unexpected<base::Error> noSuchJob(uint32_t id)
{
    return base::fail(Errc::NotFound, QStringLiteral("There is no job %1, or no longer").arg(id));
}

base::Result<QVariantMap> runGuarded(const JobWork &work, Job &job)
{
    // Work calls libraries that throw (bad_alloc, filesystem); a job that fails must not end the
    // daemon.
    try {
        return work(job);
    } catch (const std::exception &error) {
        return base::fail(Errc::Failed, QStringLiteral("The job ended by an internal error: ") +
                                            QString::fromLocal8Bit(error.what()));
    }
}

} // namespace

JobRegistry::JobRegistry(QObject *parent) : QObject(parent)
{
    m_pool.setMaxThreadCount(kThreadsMax);
    m_tellTimer.setSingleShot(true);
    m_tellTimer.setInterval(kTellIntervalMs);
    connect(&m_tellTimer, &QTimer::timeout, this, &JobRegistry::tellChanges);
}

JobRegistry::~JobRegistry()
{
    stop();
}

void JobRegistry::stop()
{
    for (const auto &job : std::as_const(m_jobs))
        job->requestCancel();
    m_pool.waitForDone();
}

uint32_t JobRegistry::start(const JobRequest &request, JobWork work)
{
    JobStatus first;
    first.id = ++m_lastId;
    first.kind = request.kind;
    first.volumes = request.volumes;
    first.isCancelable = request.isCancelable;
    first.isPausable = request.isPausable;
    first.startedByUid = request.startedByUid;
    const uint32_t id = first.id;
    Job::Watcher watcher;
    watcher.changed = [this](uint32_t changed) {
        QMetaObject::invokeMethod(this, [this, changed] { onChanged(changed); });
    };
    // What is paused keeps nothing else from its turn.
    watcher.sleeps = [this] { m_pool.releaseThread(); };
    watcher.wakes = [this] { m_pool.reserveThread(); };
    auto job = std::make_shared<Job>(first, watcher);
    m_jobs.insert(id, job);
    Q_EMIT jobStarted(id);
    m_pool.start([this, id, job, work = std::move(work)] {
        job->start();
        job->finish(runGuarded(work, *job));
        QMetaObject::invokeMethod(this, [this, id] { onFinished(id); });
    });
    return id;
}

QList<uint32_t> JobRegistry::ids() const
{
    QList<uint32_t> out = m_jobs.keys();
    std::sort(out.begin(), out.end());
    return out;
}

base::Result<JobStatus> JobRegistry::status(uint32_t id) const
{
    const auto job = find(id);
    if (!job)
        return noSuchJob(id);
    return job->status();
}

base::Result<QList<JobProblem>> JobRegistry::problems(uint32_t id) const
{
    const auto job = find(id);
    if (!job)
        return noSuchJob(id);
    return job->problems();
}

base::Result<JobItems> JobRegistry::items(uint32_t id, uint64_t after, uint64_t limit) const
{
    const auto job = find(id);
    if (!job)
        return noSuchJob(id);
    return job->items(after, limit);
}

base::Result<std::shared_ptr<Job>> JobRegistry::findAtWork(uint32_t id, bool JobStatus::*can,
                                                           QLatin1String what) const
{
    auto job = find(id);
    if (!job)
        return noSuchJob(id);
    const JobStatus status = job->status();
    if (status.isFinished())
        return base::fail(Errc::AlreadyFinished, QStringLiteral("Job %1 has ended").arg(id));
    if (!(status.*can))
        return base::fail(Errc::NotSupported,
                          QStringLiteral("Job %1 cannot be %2").arg(id).arg(what));
    return job;
}

base::Status JobRegistry::cancel(uint32_t id)
{
    const auto job = findAtWork(id, &JobStatus::isCancelable, QLatin1String("stopped"));
    if (!job)
        return tl::unexpected(job.error());
    (*job)->requestCancel();
    return {};
}

base::Status JobRegistry::setPaused(uint32_t id, bool isPaused)
{
    const auto job = findAtWork(id, &JobStatus::isPausable, QLatin1String("paused"));
    if (!job)
        return tl::unexpected(job.error());
    (*job)->requestPause(isPaused);
    return {};
}

base::Status JobRegistry::dismiss(uint32_t id)
{
    const auto job = find(id);
    if (!job)
        return noSuchJob(id);
    if (!job->status().isFinished())
        return base::fail(Errc::Busy, QStringLiteral("Job %1 is still at work").arg(id));
    remove(id);
    return {};
}

void JobRegistry::onChanged(uint32_t id)
{
    m_dirty.insert(id);
    if (!m_tellTimer.isActive())
        m_tellTimer.start();
}

void JobRegistry::tellChanges()
{
    const QSet<uint32_t> dirty = std::exchange(m_dirty, {});
    for (const uint32_t id : dirty) {
        if (m_jobs.contains(id))
            Q_EMIT jobChanged(id);
    }
}

void JobRegistry::onFinished(uint32_t id)
{
    m_dirty.remove(id);
    Q_EMIT jobChanged(id);
    Q_EMIT jobFinished(id);
    QTimer::singleShot(m_keepMs, this, [this, id] { remove(id); });
}

void JobRegistry::remove(uint32_t id)
{
    const auto job = m_jobs.take(id);
    if (!job)
        return;
    const JobStatus last = job->status();
    Q_EMIT jobRemoved(id, last.kind, jobStateName(last.state));
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "gui/models/job_model.h"

#include "gui/models/reply.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <cmath>

namespace vexfs::gui {

namespace {

/// Before that, what is left is a guess, and over before it is read.
constexpr quint64 kTellingUs = 10'000'000;

int percentOf(const client::JobInfo &job)
{
    if (job.state == QLatin1String("succeeded"))
        return 100;
    return job.progress < 0 ? -1 : std::clamp(int(job.progress * 100.0), 0, 100);
}

QString stateOf(const client::JobInfo &job)
{
    if (job.state == QLatin1String("running"))
        return JobModel::tr("Running");
    if (job.state == QLatin1String("queued"))
        return JobModel::tr("Waiting for its turn");
    if (job.state == QLatin1String("paused"))
        return JobModel::tr("Paused");
    if (job.state == QLatin1String("succeeded"))
        return JobModel::tr("Done");
    if (job.state == QLatin1String("cancelled"))
        return JobModel::tr("Cancelled");
    if (job.state == QLatin1String("failed"))
        return JobModel::tr("Failed: %1").arg(job.errorMessage);
    return job.state;
}

QString amountOf(const client::JobInfo &job)
{
    const QLocale locale;
    // Of a finished one, how much it was; of a layout, that every file has several turns.
    if (job.isFinished() || job.kind == QLatin1String("layout")) {
        if (!job.isFinished())
            return percentOf(job) < 0 ? QString() : JobModel::tr("%1 %").arg(percentOf(job));
        if (job.kind == QLatin1String("layout"))
            return {};
        if (job.bytesTotal > 0)
            return locale.formattedDataSize(qint64(job.bytesDone));
        return job.itemsDone > 0 ? locale.toString(qulonglong(job.itemsDone)) : QString();
    }
    if (job.bytesTotal > 0) {
        return JobModel::tr("%1 of %2").arg(locale.formattedDataSize(qint64(job.bytesDone)),
                                            locale.formattedDataSize(qint64(job.bytesTotal)));
    }
    if (job.itemsTotal > 0) {
        return JobModel::tr("%1 of %2").arg(locale.toString(qulonglong(job.itemsDone)),
                                            locale.toString(qulonglong(job.itemsTotal)));
    }
    return job.itemsDone > 0 ? locale.toString(qulonglong(job.itemsDone)) : QString();
}

/// 0 where nobody knows, or where it has not run for long enough to tell.
quint64 secondsLeft(const client::JobInfo &job, quint64 nowUs)
{
    const bool isLong = nowUs >= job.startTimeUs + kTellingUs;
    if (job.state != QLatin1String("running") || !isLong || job.rate <= 0)
        return 0;
    const quint64 done = job.bytesTotal > 0 ? job.bytesDone : job.itemsDone;
    const quint64 total = job.bytesTotal > 0 ? job.bytesTotal : job.itemsTotal;
    return done < total ? quint64(std::ceil(double(total - done) / job.rate)) : 0;
}

} // namespace

QString jobTitle(const client::JobInfo &job)
{
    if (job.kind == QLatin1String("ingest"))
        return JobModel::tr("Adding files");
    if (job.kind == QLatin1String("index"))
        return JobModel::tr("Indexing");
    if (job.kind == QLatin1String("model"))
        return JobModel::tr("Changing the model");
    if (job.kind == QLatin1String("format"))
        return JobModel::tr("Making a volume");
    if (job.kind == QLatin1String("snapshot-delete"))
        return JobModel::tr("Deleting snapshots");
    if (job.kind == QLatin1String("restore"))
        return JobModel::tr("Bringing files back");
    if (job.kind == QLatin1String("undo"))
        return JobModel::tr("Undoing");
    if (job.kind == QLatin1String("rollback"))
        return JobModel::tr("Rolling back");
    if (job.kind == QLatin1String("check"))
        return JobModel::tr("Checking a volume");
    if (job.kind == QLatin1String("scrub"))
        return JobModel::tr("Reading all of a volume");
    if (job.kind == QLatin1String("resize"))
        return JobModel::tr("Growing a volume");
    if (job.kind == QLatin1String("layout"))
        return JobModel::tr("Laying out a map");
    return job.kind;
}

QString shownDuration(quint64 seconds)
{
    const QLocale locale;
    if (seconds < 120)
        return JobModel::tr("%1 s").arg(locale.toString(seconds));
    if (seconds < 7200)
        return JobModel::tr("%1 min").arg(locale.toString(seconds / 60));
    return JobModel::tr("%1 h").arg(locale.toString(seconds / 3600));
}

QString jobProgress(const client::JobInfo &job, quint64 nowUs)
{
    const QString amount = amountOf(job);
    const quint64 left = secondsLeft(job, nowUs);
    return left == 0 || amount.isEmpty()
        ? amount
        : JobModel::tr("%1, %2 left").arg(amount, shownDuration(left));
}

JobModel::JobModel(Service &service, QObject *parent)
    : QAbstractTableModel(parent), m_service(service)
{
    connect(&service, &Service::changed, this, &JobModel::take);
    take();
}

int JobModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_jobs.size());
}

int JobModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : Columns;
}

const client::JobInfo *JobModel::job(int row) const
{
    return row >= 0 && row < m_jobs.size() ? &m_jobs[row] : nullptr;
}

QVariant JobModel::data(const QModelIndex &index, int role) const
{
    const client::JobInfo *row = index.isValid() ? job(index.row()) : nullptr;
    if (!row)
        return {};
    if (role == PercentRole)
        return row->isFinished() ? -1 : std::max(0, percentOf(*row));
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case What:
        return jobTitle(*row);
    case Begun:
        return QLocale().toString(
            QDateTime::fromMSecsSinceEpoch(qint64(row->startTimeUs / 1000)),
            QLocale::ShortFormat);
    case State:
        return stateOf(*row);
    case Progress:
        return jobProgress(*row, quint64(QDateTime::currentMSecsSinceEpoch()) * 1000);
    case Problems:
        return row->problems > 0 ? QLocale().toString(qulonglong(row->problems)) : QString();
    default:
        return {};
    }
}

QVariant JobModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case What:
        return tr("Job");
    case Begun:
        return tr("Begun");
    case State:
        return tr("State");
    case Progress:
        return tr("Progress");
    case Problems:
        return tr("Problems");
    default:
        return {};
    }
}

void JobModel::cancel(int row)
{
    if (const client::JobInfo *chosen = job(row))
        follow(m_service.client().cancelJob(chosen->object));
}

void JobModel::setPaused(int row, bool isPaused)
{
    if (const client::JobInfo *chosen = job(row))
        follow(m_service.client().setJobPaused(chosen->object, isPaused));
}

void JobModel::follow(client::Reply<client::Done> reply)
{
    onReply(std::move(reply), this, [this](const base::Result<client::Done> &done) {
        if (!done)
            Q_EMIT failed(done.error().what);
        m_service.refresh();
    });
}

void JobModel::take()
{
    QList<client::JobInfo> jobs = m_service.jobs();
    std::sort(jobs.begin(), jobs.end(),
              [](const client::JobInfo &a, const client::JobInfo &b) { return a.id > b.id; });
    const auto isSame = [](const client::JobInfo &a, const client::JobInfo &b) {
        return a.object == b.object;
    };
    // The same jobs in the same order: the selection stays.
    if (std::equal(jobs.begin(), jobs.end(), m_jobs.begin(), m_jobs.end(), isSame)) {
        m_jobs = jobs;
        if (!m_jobs.isEmpty())
            Q_EMIT dataChanged(index(0, 0), index(int(m_jobs.size()) - 1, Columns - 1));
        return;
    }
    beginResetModel();
    m_jobs = jobs;
    endResetModel();
}

} // namespace vexfs::gui

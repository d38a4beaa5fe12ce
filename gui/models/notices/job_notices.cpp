// SPDX-License-Identifier: Apache-2.0
#include "gui/models/notices/job_notices.h"

#include "gui/models/job_model.h"

#include <QLocale>

namespace vexfs::gui {

namespace {

QString durationOf(const client::JobInfo &job)
{
    return shownDuration((job.endTimeUs - job.startTimeUs) / 1'000'000);
}

} // namespace

JobNotices::JobNotices(Service &service, std::function<bool()> isAttended, quint64 longUs,
                       QObject *parent)
    : QObject(parent), m_service(service), m_isAttended(std::move(isAttended)), m_longUs(longUs)
{
    connect(&service, &Service::changed, this, &JobNotices::take);
}

void JobNotices::take()
{
    // Of a daemon that is gone nobody will tell how it ended; the next one has objects of the same
    // names.
    QSet<QString> running;
    for (const client::JobInfo &job : m_service.jobs()) {
        if (!job.isFinished()) {
            running.insert(job.object);
            continue;
        }
        const bool isNews = m_running.contains(job.object);
        const bool isLong = job.endTimeUs >= job.startTimeUs + m_longUs;
        if (isNews && isLong && job.state != QLatin1String("cancelled") && !m_isAttended())
            Q_EMIT ended(job);
    }
    m_running = running;
}

QString noticeTitle(const client::JobInfo &job)
{
    return job.state == QLatin1String("failed") ? JobNotices::tr("%1: failed").arg(jobTitle(job))
                                                : JobNotices::tr("%1: done").arg(jobTitle(job));
}

QString noticeText(const client::JobInfo &job)
{
    if (job.state == QLatin1String("failed"))
        return job.errorMessage;
    if (job.problems > 0) {
        return JobNotices::tr("It took %1. Problems: %2.")
            .arg(durationOf(job), QLocale().toString(qulonglong(job.problems)));
    }
    return JobNotices::tr("It took %1.").arg(durationOf(job));
}

} // namespace vexfs::gui

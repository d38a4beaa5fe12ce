// SPDX-License-Identifier: Apache-2.0
#include "gui/models/notices/job_views.h"

#include "gui/models/job_model.h"
#include "gui/models/reply.h"
#include "gui/models/shown_path.h"

#include <QDateTime>

#include <algorithm>

namespace vexfs::gui {

JobViews::JobViews(Service &service, quint64 shownUs, QObject *parent)
    : QObject(parent), m_service(service), m_shownUs(shownUs)
{
    connect(&m_service, &Service::changed, this, &JobViews::take);
    connect(&m_desktop, &client::DesktopJobs::cancelAsked, this, [this](const QString &job) {
        onReply(m_service.client().cancelJob(job), this,
                [this](const base::Result<client::Done> &) { m_service.refresh(); });
    });
}

void JobViews::take()
{
    const auto now = quint64(QDateTime::currentMSecsSinceEpoch()) * 1000;
    QStringList gone = m_desktop.shown();
    for (const client::JobInfo &job : m_service.jobs()) {
        if (job.isFinished()) {
            const bool isWrong = job.state == QLatin1String("failed");
            if (gone.removeAll(job.object) > 0)
                m_desktop.end(job.object, isWrong ? job.errorMessage : QString());
            continue;
        }
        gone.removeAll(job.object);
        if (job.startTimeUs == 0 || now < job.startTimeUs + m_shownUs)
            continue;
        client::DesktopJob shown;
        shown.title = jobTitle(job);
        shown.details = job.currentUri.isEmpty() ? QString() : shownName(job.currentUri);
        shown.progress = job.progress;
        shown.filesDone = job.itemsDone;
        shown.filesTotal = job.itemsTotal;
        shown.bytesDone = job.bytesDone;
        shown.bytesTotal = job.bytesTotal;
        shown.bytesPerSecond = quint64(std::max(0.0, job.rate));
        shown.isCancelable = job.isCancelable;
        m_desktop.show(job.object, shown);
    }
    // Of a daemon that is no more.
    for (const QString &job : std::as_const(gone))
        m_desktop.end(job, {});
}

} // namespace vexfs::gui

// SPDX-License-Identifier: Apache-2.0
#include "gui/models/job_watch.h"

#include "gui/models/reply.h"

#include <QTimer>

namespace vexfs::gui {

namespace {

constexpr int kAskMs = 150;

} // namespace

void whenFinished(client::Client &client, const QString &object, QObject *context, JobEnd end)
{
    onReply(client.job(object), context,
            [&client, object, context, end = std::move(end)](
                const base::Result<client::JobInfo> &job) {
                if (!job || job->isFinished()) {
                    end(job);
                    return;
                }
                QTimer::singleShot(kAskMs, context, [&client, object, context, end] {
                    whenFinished(client, object, context, end);
                });
            });
}

base::Result<client::JobInfo> succeeded(const base::Result<client::JobInfo> &job)
{
    if (!job || job->state == QLatin1String("succeeded"))
        return job;
    return base::fail(base::Errc::Failed,
                      job->errorMessage.isEmpty() ? job->state : job->errorMessage);
}

} // namespace vexfs::gui

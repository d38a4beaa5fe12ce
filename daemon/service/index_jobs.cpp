// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/index_jobs.h"

#include <QThread>

#include <algorithm>

namespace vexfs::daemon {

namespace {

constexpr int kLookMs = 250;

} // namespace

JobWork reindexing(const std::shared_ptr<IndexService> &index, const QVector<QByteArray> &paths,
                   bool isForced)
{
    return [index, paths, isForced](Job &job) -> base::Result<QVariantMap> {
        const auto queued = index->reindex(paths, isForced);
        if (!queued)
            return tl::unexpected(queued.error());
        bool isDone = false;
        while (!isDone) {
            if (job.isCancelRequested()) {
                return base::fail(base::Errc::Cancelled,
                                  QStringLiteral("No longer waited for; %1 files stay queued")
                                      .arg(index->status().pending));
            }
            isDone = index->waitIdle(kLookMs);
            const IndexStatus status = index->status();
            if (status.state == IndexState::Disabled || status.state == IndexState::Error)
                return base::fail(base::Errc::IndexNotReady,
                                  QStringLiteral("Indexing has stopped"));
            job.setItems({*queued - std::min(*queued, status.pending), *queued});
            // A paused index answers at once.
            if (!isDone && status.state == IndexState::Paused)
                QThread::msleep(kLookMs);
        }
        return QVariantMap{{QStringLiteral("files"), static_cast<qulonglong>(*queued)}};
    };
}

JobWork changingModel(const std::shared_ptr<IndexService> &index, const ModelChoice &choice)
{
    return [index, choice](Job &job) -> base::Result<QVariantMap> {
        const auto id = index->changeModel(choice);
        if (!id)
            return tl::unexpected(id.error());
        uint64_t most = 0;
        for (IndexStatus status = index->status(); status.model != *id; status = index->status()) {
            if (job.isCancelRequested()) {
                return base::fail(base::Errc::Cancelled,
                                  QStringLiteral("No longer waited for; files go on being embedded "
                                                 "by %1").arg(*id));
            }
            if (status.state == IndexState::Disabled || status.state == IndexState::Error) {
                return base::fail(base::Errc::IndexNotReady,
                                  QStringLiteral("Indexing has stopped: ") + status.error);
            }
            most = std::max(most, status.pending);
            job.setItems({most - status.pending, most});
            QThread::msleep(kLookMs);
        }
        return QVariantMap{{QStringLiteral("model"), *id}};
    };
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/index_jobs.h - long work on the index of a volume.
#pragma once

#include "daemon/embed/model_choice.h"
#include "daemon/jobs/job.h"
#include "daemon/service/volume_service.h"

namespace vexfs::daemon {

/// Queues files again (empty: all) and ends when all are indexed or listed as failed. Cancelling
/// it stops the waiting; what is queued stays queued. Result: files.
JobWork reindexing(const std::shared_ptr<IndexService> &index, const QVector<QByteArray> &paths,
                   bool isForced);

/// Embeds all files by another model and ends when that answers. Cancelling it stops the waiting.
/// Result: model (its id).
JobWork changingModel(const std::shared_ptr<IndexService> &index, const ModelChoice &choice);

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/engine/queue_indexer.h - takes what is queued into catalog and vector index.
//
// Batch after batch: the next is read on threads of its own while one is written, as long as
// nothing else is wanted of the indexing thread.
#pragma once

#include "daemon/index/catalog.h"
#include "daemon/service/engine/engine_control.h"
#include "daemon/service/file_indexer.h"
#include "daemon/service/index_context.h"
#include "daemon/service/model_tuner.h"
#include "daemon/service/past_keeper.h"
#include "daemon/service/vector_keeper.h"

#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <vector>

namespace vexfs::daemon {

/// What a batch is taken with; all of it outlives QueueIndexer.
struct QueueParts
{
    IndexContext &context;
    Catalog &catalog;
    EngineControl &control;
    FileIndexer &indexer;
    ModelTuner &tuner;
    VectorKeeper &keeper;
    PastKeeper &past;
};

/// Owner and thread: the indexing thread.
class QueueIndexer
{
public:
    /// onProgress: called when a batch begins (false) and when it is written (true).
    QueueIndexer(const QueueParts &parts, std::function<void(bool isWritten)> onProgress);

    /// Works until the queue is empty, or something else is wanted. Return: whether it was empty
    /// from the start. Fails as the catalog does.
    base::Result<bool> work();

private:
    using Clock = std::chrono::steady_clock;

    /// A batch of the queue that is being read on threads of its own.
    struct Reading
    {
        QVector<QueueItem> items;
        std::future<base::Result<std::vector<IndexedFile>>> files;
    };

    base::Result<EmbedWhen> embedWhen(const QVector<QueueItem> &items);
    base::Result<std::optional<Reading>> beginReading(const QVector<QueueItem> &before);
    bool mayReadAhead() const;
    void fitBatch(qsizetype files, Clock::duration took);
    base::Status apply(std::vector<IndexedFile> &files);
    void applyWritten(std::vector<IndexedFile> &files, QVector<FileRecord> &records,
                      QVector<QueueItem> &done);

    QueueParts m_parts;
    std::function<void(bool isWritten)> m_onProgress;
    qsizetype m_batchFiles;
    EmbedWhen m_when = EmbedWhen::Now;  ///< as it was last found
    Clock::time_point m_whenAskedAt;
};

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/engine/index_engine.h - the indexing thread of one volume.
//
// The one writer of catalog and vector index. Between batches it looks at the change feed, so a
// long backlog neither misses nor delays what changes meanwhile.
#pragma once

#include "daemon/index/catalog.h"
#include "daemon/index/index_feed.h"
#include "daemon/service/engine/engine_control.h"
#include "daemon/service/engine/queue_indexer.h"
#include "daemon/service/file_indexer.h"
#include "daemon/service/index_context.h"
#include "daemon/service/model_tuner.h"
#include "daemon/service/past_keeper.h"
#include "daemon/service/vector_keeper.h"

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

namespace vexfs::daemon {

class Embedder;
struct ModelChoice;

/// Owner: IndexService; its methods may be called from any thread.
class IndexEngine
{
public:
    explicit IndexEngine(IndexContext &context);
    ~IndexEngine();

    /// Starts the threads. The catalog is opened by the caller, to tell of failures at once.
    void start(std::unique_ptr<Catalog> catalog);
    /// Ends them; what is queued stays queued.
    void stop();

    void setPaused(const PauseRequest &request);
    /// Work waits as long as hold is not empty, for that reason.
    void setHold(const QString &hold, const QString &message);
    bool waitIdle(int timeoutMs);

    /// Something changed that the volume does not tell of: looks for it soon.
    void wake();

    /// Runs work on the indexing thread between two batches and waits for it. Fails with Cancelled
    /// when indexing stops first.
    base::Status runOnThread(std::function<base::Status(Catalog &)> work);
    /// Compares everything with the catalog anew: what is to be taken in is another matter now.
    base::Status lookAgain();
    /// Begins to embed all files by another model; see ModelTuner::changeTo(). Fails as
    /// runOnThread() does, and with IndexNotReady.
    base::Status changeModel(std::shared_ptr<Embedder> embedder, const ModelChoice &choice);

private:
    using Clock = std::chrono::steady_clock;

    // The indexing thread.
    void run();
    void dropParts();
    base::Status prepare();
    base::Status work();
    base::Status runTasks();
    base::Status feed();
    base::Status takeStep(const IndexFeed::Step &step);
    base::Result<bool> workOnPast();
    base::Status tune();
    base::Status calibrateIfDue();
    bool waitWhileHeld();
    void keepBudget(Clock::duration worked);
    void tellWaiters();
    base::Status finish();
    void becomeIdle();
    void settle();
    void recover(const base::Error &error);
    void setAsideCatalog();
    base::Status reopenCatalog();
    void setState(IndexState state, const QString &waitReason = {}, const QString &error = {});
    void updateStatus(bool isForced);

    // The thread that waits for the volume to change.
    void watch();

    IndexContext &m_context;
    EngineControl m_control;
    std::unique_ptr<Catalog> m_catalog;
    std::unique_ptr<IndexFeed> m_feed;
    std::unique_ptr<VectorKeeper> m_keeper;
    std::unique_ptr<PastKeeper> m_past;
    std::unique_ptr<FileIndexer> m_indexer;
    std::unique_ptr<ModelTuner> m_tuner;
    std::unique_ptr<QueueIndexer> m_queue;
    Clock::time_point m_statusToldAt;
    bool m_isPrepared = false;
    bool m_isTuning = false;
    bool m_hasBacklog = false;  ///< the queue was not empty when last looked at
    double m_triedChunks = -1.0;  ///< in the index when calibration was last tried

    std::thread m_thread;
    std::thread m_watcher;
};

} // namespace vexfs::daemon

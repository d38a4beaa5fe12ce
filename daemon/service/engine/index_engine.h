// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/index_engine.h - the indexing thread of one volume.
//
// The one writer of catalog and vector index. Between batches it looks at the change feed, so a
// long backlog neither misses nor delays what changes meanwhile.
#pragma once

#include "daemon/index/catalog.h"
#include "daemon/service/file_indexer.h"
#include "daemon/service/index_context.h"
#include "daemon/index/index_feed.h"
#include "daemon/service/model_tuner.h"
#include "daemon/service/past_keeper.h"
#include "daemon/service/vector_keeper.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

namespace vexfs::daemon {

class Embedder;
struct ModelChoice;

struct PauseRequest
{
    bool isPaused = false;
    std::chrono::minutes time{0};  ///< 0: until it is taken back
    QString why;
};

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
    struct Task
    {
        std::function<base::Status(Catalog &)> work;
        base::Status result;
        bool isDone = false;
    };

    /// A batch of the queue that is being read on threads of its own.
    struct Reading
    {
        QVector<QueueItem> items;
        std::future<base::Result<std::vector<IndexedFile>>> files;
    };

    // The indexing thread.
    void run();
    base::Status prepare();
    base::Status work();
    base::Status runTasks();
    base::Status feed();
    base::Result<EmbedWhen> embedWhen(const QVector<QueueItem> &items);
    base::Result<std::optional<Reading>> beginReading(const QVector<QueueItem> &before);
    bool mayReadAhead();
    void fitBatch(qsizetype files, Clock::duration took);
    base::Status indexQueued(bool &isQueueEmpty);
    base::Status apply(std::vector<IndexedFile> &files);
    base::Status takeStep(const IndexFeed::Step &step);
    base::Result<bool> workOnPast();
    void applyWritten(std::vector<IndexedFile> &files, QVector<FileRecord> &records,
                      QVector<QueueItem> &done);
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
    void rest(std::chrono::milliseconds time);

    // The thread that waits for the volume to change.
    void watch();

    IndexContext &m_context;
    std::unique_ptr<Catalog> m_catalog;
    std::unique_ptr<IndexFeed> m_feed;
    std::unique_ptr<VectorKeeper> m_keeper;
    std::unique_ptr<PastKeeper> m_past;
    std::unique_ptr<FileIndexer> m_indexer;
    std::unique_ptr<ModelTuner> m_tuner;
    Clock::time_point m_statusToldAt;
    bool m_isPrepared = false;
    bool m_isTuning = false;
    bool m_hasBacklog = false;  ///< the queue was not empty when last looked at
    qsizetype m_batchFiles;
    Clock::time_point m_fedAt;
    EmbedWhen m_when = EmbedWhen::Now;  ///< as it was last found
    Clock::time_point m_whenAskedAt;
    double m_triedChunks = -1.0;  ///< in the index when calibration was last tried
    uint64_t m_feedTicket = 0;  ///< waiters whose changes are in the queue

    std::mutex m_mutex;  ///< guards what follows
    std::condition_variable m_wake;
    std::condition_variable m_done;
    bool m_hasChanged = true;
    bool m_isPaused = false;
    Clock::time_point m_pausedUntil;  ///< max() where nothing ends it by itself
    QString m_pauseMessage;
    QString m_hold;
    QString m_holdMessage;
    bool m_hasLearnt = false;  ///< the tuner's thread has ended
    bool m_isRunning = false;
    uint64_t m_tickets = 0;        ///< waiters so far
    uint64_t m_servedTickets = 0;  ///< those for whom all is indexed
    std::deque<std::shared_ptr<Task>> m_tasks;
    std::thread m_thread;
    std::thread m_watcher;
};

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/index_engine.h"

#include <QLoggingCategory>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <unordered_set>

Q_LOGGING_CATEGORY(lcIndex, "vexfs.index")

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;
using std::chrono::milliseconds;

namespace {

constexpr qsizetype kBatchFilesMin = 48;
constexpr qsizetype kBatchFilesMax = 384;
// What a batch may take: longer, and what is asked for meanwhile waits too long; much shorter, and
// the catalog is written in small pieces.
constexpr milliseconds kBatchTime{400};
// While there is much to do, what changes meanwhile is taken so often; what the index itself writes
// with files is a change, too.
constexpr milliseconds kFeedInterval{500};
constexpr milliseconds kAskWhenInterval{1000};
constexpr uint64_t kInputBytesMax = 256ULL << 20;
constexpr int kWorkersMax = 5;
// Files in a large intake that have words only; beyond them vectors must not wait any longer.
constexpr uint64_t kLaterMax = 100'000;
constexpr int kWatchSliceMs = 250;
constexpr milliseconds kStatusInterval{250};
constexpr milliseconds kSaveAfter{1500};
constexpr milliseconds kRetryAfter{5000};
constexpr milliseconds kDeferAfter{200};
// Searches and the person's own programs come first.
constexpr int kNiceness = 5;

// Reads and writes of this thread, and of extractors that it starts, come after everybody else's.
// As in Linux's include/uapi/linux/ioprio.h, which older headers lack: class 3 is idle.
void beIdleOnDisk()
{
    constexpr int kWhoProcess = 1;
    constexpr int kClassIdle = 3;
    constexpr int kClassShift = 13;
    // A kernel without it has no such classes either.
    (void)syscall(SYS_ioprio_set, kWhoProcess, 0, kClassIdle << kClassShift);
}

int workerCount()
{
    // Each sleeps most of the time, until the volume or an extractor answers.
    const auto cores = static_cast<int>(std::thread::hardware_concurrency());
    return std::clamp(cores + 1, 2, kWorkersMax);
}

} // namespace

IndexEngine::IndexEngine(IndexContext &context)
    : m_context(context), m_batchFiles(kBatchFilesMin)
{
}

IndexEngine::~IndexEngine()
{
    stop();
}

void IndexEngine::start(std::unique_ptr<Catalog> catalog)
{
    m_catalog = std::move(catalog);
    ExtractLimits limits;
    // Smaller ones are refused by what is set of the index.
    limits.maxInputBytes = kInputBytesMax;
    m_indexer = std::make_unique<FileIndexer>(m_context, limits, workerCount());
    m_isRunning = true;
    m_hasChanged = true;
    m_thread = std::thread([this] { run(); });
    m_watcher = std::thread([this] { watch(); });
}

void IndexEngine::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_context.isStopping = true;
        m_isRunning = false;
        if (m_indexer)
            m_indexer->stop();
    }
    m_wake.notify_all();
    m_done.notify_all();
    if (m_thread.joinable())
        m_thread.join();
    if (m_watcher.joinable())
        m_watcher.join();
    m_indexer.reset();
}

void IndexEngine::setPaused(const PauseRequest &request)
{
    {
        const std::lock_guard lock(m_mutex);
        m_isPaused = request.isPaused;
        m_pauseMessage = request.why;
        m_pausedUntil = request.time.count() > 0 ? Clock::now() + request.time
                                                 : Clock::time_point::max();
    }
    m_wake.notify_all();
    m_done.notify_all();
}

void IndexEngine::wake()
{
    {
        const std::lock_guard lock(m_mutex);
        m_hasChanged = true;
    }
    m_wake.notify_all();
}

void IndexEngine::setHold(const QString &hold, const QString &message)
{
    {
        const std::lock_guard lock(m_mutex);
        m_hold = hold;
        m_holdMessage = message;
    }
    m_wake.notify_all();
    m_done.notify_all();
}

Status IndexEngine::changeModel(std::shared_ptr<Embedder> embedder, const ModelChoice &choice)
{
    return runOnThread([this, embedder, choice](Catalog &) -> Status {
        if (!m_tuner) {
            return base::fail(Errc::IndexNotReady,
                              QStringLiteral("The index is not ready for another model yet"));
        }
        return m_tuner->changeTo(embedder, choice);
    });
}

Status IndexEngine::lookAgain()
{
    return runOnThread([this](Catalog &catalog) -> Status {
        Status done = catalog.setNumber(QStringLiteral("anchor"), 0);
        if (done && m_feed)
            done = m_feed->dropStrays();
        const std::lock_guard lock(m_mutex);
        m_hasChanged = true;
        return done;
    });
}

bool IndexEngine::waitIdle(int timeoutMs)
{
    std::unique_lock lock(m_mutex);
    const uint64_t ticket = ++m_tickets;
    m_wake.notify_all();
    m_done.wait_for(lock, milliseconds(timeoutMs), [&] {
        return m_servedTickets >= ticket || m_isPaused || !m_hold.isEmpty() || !m_isRunning;
    });
    return m_servedTickets >= ticket;
}

Status IndexEngine::runOnThread(std::function<Status(Catalog &)> work)
{
    const auto task = std::make_shared<Task>();
    task->work = std::move(work);
    std::unique_lock lock(m_mutex);
    m_tasks.push_back(task);
    m_wake.notify_all();
    m_done.wait(lock, [&] { return task->isDone || !m_isRunning; });
    if (!task->isDone)
        return fail(Errc::Cancelled, QStringLiteral("indexing is stopping"));
    return task->result;
}

void IndexEngine::watch()
{
    uint64_t since = 0;
    while (!m_context.isStopping) {
        const Result<uint64_t> now = m_context.view->waitForChange(since, kWatchSliceMs);
        if (!now) {
            // The indexing thread meets the same trouble and tells of it.
            std::unique_lock lock(m_mutex);
            m_hasChanged = true;
            m_wake.notify_all();
            m_done.wait_for(lock, kRetryAfter, [&] { return !m_isRunning; });
            continue;
        }
        if (*now == since)
            continue;
        since = *now;
        const std::lock_guard lock(m_mutex);
        m_hasChanged = true;
        m_wake.notify_all();
    }
}

void IndexEngine::run()
{
    setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNiceness);
    beIdleOnDisk();
    while (!m_context.isStopping) {
        Status done = m_catalog ? Status{} : reopenCatalog();
        if (done)
            done = m_isPrepared ? work() : prepare();
        if (!done && !m_context.isStopping)
            recover(done.error());
    }
    if (m_keeper && m_catalog)
        m_keeper->save();
    if (m_past && m_catalog)
        m_past->save();
    m_tuner.reset();
    m_past.reset();
    m_keeper.reset();
    m_feed.reset();
    m_catalog.reset();
    setState(IndexState::Disabled);
    {
        const std::lock_guard lock(m_mutex);
        m_isRunning = false;
    }
    m_done.notify_all();
}

Status IndexEngine::prepare()
{
    setState(IndexState::Scanning);
    m_context.areVectorsComplete = false;
    m_feed = std::make_unique<IndexFeed>(*m_context.view, *m_catalog,
                                         [this](const QByteArray &path) {
                                             const auto settings = m_context.settings();
                                             return !settings.ruleAgainst(path).isEmpty();
                                         });
    m_keeper = std::make_unique<VectorKeeper>(m_context, *m_catalog);
    m_past = std::make_unique<PastKeeper>(m_context, *m_catalog);
    m_tuner = std::make_unique<ModelTuner>(m_context, *m_catalog, [this] {
        {
            const std::lock_guard lock(m_mutex);
            m_hasLearnt = true;
        }
        m_wake.notify_all();
    });
    Status done = m_feed->dropStrays();
    if (done)
        done = m_keeper->restore();
    if (done)
        done = m_past->restore();
    if (done) {
        m_context.texts.clear();
        done = m_catalog->eachTextHash([this](uint64_t ino, const QByteArray &hash) {
            m_context.texts.add(hash, ino);
        });
    }
    if (done)
        done = m_tuner->resume();
    m_isPrepared = bool(done);
    updateStatus(true);
    return done;
}

// One turn: tasks, feed, a batch, and rest when there is nothing to do.
Status IndexEngine::work()
{
    if (const Status done = runTasks(); !done)
        return done;
    if (const Status done = feed(); !done)
        return done;
    if (waitWhileHeld())
        return {};
    bool isQueueEmpty = false;
    const Clock::time_point begun = Clock::now();
    if (const Status done = indexQueued(isQueueEmpty); !done)
        return done;
    m_hasBacklog = !isQueueEmpty;
    if (!isQueueEmpty) {
        keepBudget(Clock::now() - begun);
        return {};
    }
    const Result<bool> hasPast = workOnPast();
    if (!hasPast)
        return tl::unexpected(hasPast.error());
    if (*hasPast) {
        keepBudget(Clock::now() - begun);
        return {};
    }
    if (const Status done = calibrateIfDue(); !done)
        return done;
    return finish();
}

// All that is queued is done. Who waits for that goes on while the model learns; idle is what has
// nothing left to do.
Status IndexEngine::finish()
{
    const auto late = m_catalog->notEmbedded(1);
    const Result<bool> isToTune = m_tuner->hasWork();
    if (!late || !isToTune)
        return tl::unexpected(late ? isToTune.error() : late.error());
    if (!late->isEmpty())
        updateStatus(!m_isTuning);
    m_isTuning = *isToTune || !late->isEmpty();
    if (!m_isTuning)
        becomeIdle();
    if (late->isEmpty())
        tellWaiters();
    if (const Status done = tune(); !done)
        return done;
    // Another model has yet to embed what is of the past.
    const Result<bool> hasPast = m_isTuning ? true : m_past->hasWork();
    if (!hasPast)
        return tl::unexpected(hasPast.error());
    if (!*hasPast)
        settle();
    return {};
}

void IndexEngine::becomeIdle()
{
    if (m_context.status().state != IndexState::Idle)
        updateStatus(true);
    setState(IndexState::Idle);
}

// What a cosine is worth is learnt again when there is another model, or half as much more.
Status IndexEngine::calibrateIfDue()
{
    constexpr double kGrowth = 1.5;
    constexpr size_t kStems = 400;
    const Meaning meaning = m_context.meaning();
    const auto chunks = double(meaning.vectors->count());
    const double before = meaning.calibration ? double(meaning.calibration->chunks) : 0.0;
    if (chunks < before * kGrowth && chunks * kGrowth > before)
        return {};
    if (chunks == m_triedChunks && !meaning.calibration)
        return {};
    m_triedChunks = chunks;
    const auto stems = m_catalog->someStems(kStems);
    if (!stems)
        return tl::unexpected(stems.error());
    if (const auto learnt = calibrate(*meaning.embedder, *meaning.vectors, *stems)) {
        m_context.setCalibration(*learnt);
        m_context.results.clear();
        qCDebug(lcIndex, "relevance: floor %.3f, fit %.3f of %.0f passages", learnt->floor,
                learnt->fit, chunks);
    }
    return {};
}

// True when nothing may be done now; then it waited for that, or anything else, to change.
bool IndexEngine::waitWhileHeld()
{
    std::unique_lock lock(m_mutex);
    if (m_isPaused && Clock::now() >= m_pausedUntil)
        m_isPaused = false;
    if (!m_isPaused && m_hold.isEmpty())
        return false;
    const bool isPaused = m_isPaused;
    const QString hold = m_hold;
    const QString message = isPaused ? m_pauseMessage : m_holdMessage;
    lock.unlock();
    if (isPaused)
        setState(IndexState::Paused, QStringLiteral("user"), message);
    else
        setState(IndexState::Waiting, hold, message);
    lock.lock();
    const auto isOver = [&] {
        return m_isPaused != isPaused || m_hold != hold || m_hasChanged || !m_tasks.empty()
            || m_context.isStopping;
    };
    if (isPaused && m_pausedUntil != Clock::time_point::max())
        m_wake.wait_until(lock, m_pausedUntil, isOver);
    else
        m_wake.wait(lock, isOver);
    return true;
}

// After work, a rest as long as the budget wants; not too long at once, so that what changes
// meanwhile is found soon.
void IndexEngine::keepBudget(Clock::duration worked)
{
    constexpr std::chrono::milliseconds kRestMax{1000};
    const double share = m_context.cpuShare;
    m_context.counters.batch.add(
        std::chrono::duration_cast<std::chrono::microseconds>(worked).count());
    if (share >= 1.0)
        return;
    const auto wanted = std::chrono::duration_cast<milliseconds>(worked * (1.0 / share - 1.0));
    const Clock::time_point begun = Clock::now();
    rest(std::min<milliseconds>(wanted, kRestMax));
    m_context.counters.restedUs += uint64_t(
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begun).count());
}

// All is indexed: time to make the model fit what is there.
Status IndexEngine::tune()
{
    const Clock::time_point begun = Clock::now();
    const Result<ModelTuner::Step> step = m_tuner->step();
    m_isTuning = false;
    if (step && *step == ModelTuner::Step::Worked) {
        // What files got late is to be stored, as what they get at once.
        m_keeper->touch();
        keepBudget(Clock::now() - begun);
    }
    if (!step)
        return tl::unexpected(step.error());
    m_isTuning = *step == ModelTuner::Step::Learning || *step == ModelTuner::Step::Worked;
    if (m_isTuning)
        setState(IndexState::Indexing);
    if (*step == ModelTuner::Step::Learning) {
        std::unique_lock lock(m_mutex);
        m_wake.wait(lock, [&] {
            return m_hasLearnt || m_hasChanged || !m_tasks.empty() || m_tickets > m_feedTicket
                || m_isPaused || !m_hold.isEmpty() || m_context.isStopping;
        });
        m_hasLearnt = false;
    } else if (*step == ModelTuner::Step::Finished) {
        const Meaning meaning = m_context.meaning();
        m_context.changeStatus([&](IndexStatus &status) {
            status.model = QString::fromLatin1(meaning.embedder->id());
            status.dimension = meaning.embedder->dimension();
        });
        m_triedChunks = -1.0;
        m_keeper->touch();
        updateStatus(true);
    }
    return {};
}

Status IndexEngine::runTasks()
{
    while (true) {
        std::shared_ptr<Task> task;
        {
            const std::lock_guard lock(m_mutex);
            if (m_tasks.empty())
                return {};
            task = m_tasks.front();
            m_tasks.pop_front();
        }
        const Status result = task->work(*m_catalog);
        {
            const std::lock_guard lock(m_mutex);
            task->result = result;
            task->isDone = true;
        }
        m_done.notify_all();
        if (!result && result.error().code == Errc::Corrupt)
            return result;
        updateStatus(true);
    }
}

// Takes what changed, unless nothing did.
Status IndexEngine::feed()
{
    uint64_t ticket = 0;
    bool hasWaiters = false;
    {
        std::unique_lock lock(m_mutex);
        hasWaiters = m_tickets > m_feedTicket;
        const bool isBusy = m_hasBacklog || m_isTuning;
        const bool isSoon = isBusy && Clock::now() < m_fedAt + kFeedInterval;
        if ((!m_hasChanged || isSoon) && !hasWaiters)
            return {};
        // A program that writes a file seldom writes one only: take them together.
        if (!hasWaiters && !isBusy) {
            m_wake.wait_for(lock, milliseconds(m_context.config.debounceMs), [&] {
                return m_context.isStopping || m_tickets > m_feedTicket || !m_tasks.empty();
            });
        }
        ticket = m_tickets;
        m_hasChanged = false;
        m_fedAt = Clock::now();
    }
    if (m_context.isStopping)
        return {};
    const Result<IndexFeed::Step> step = m_feed->advance();
    if (!step) {
        const std::lock_guard lock(m_mutex);
        m_hasChanged = true;
        return tl::unexpected(step.error());
    }
    // The files of a folder that was left out are not known to have moved with it.
    if (step->mayLack) {
        Status again = m_catalog->setNumber(QStringLiteral("anchor"), 0);
        if (again)
            again = m_feed->dropStrays();
        if (!again)
            return again;
        const std::lock_guard lock(m_mutex);
        m_hasChanged = true;
    } else {
        m_feedTicket = ticket;
    }
    return takeStep(*step);
}

Status IndexEngine::takeStep(const IndexFeed::Step &step)
{
    if (step.isComplete)
        m_past->clear();
    Status done = m_past->keepVectors(step.retired);
    if (done)
        done = m_past->collect();
    if (!done)
        return done;
    for (const IndexFeed::Removed &removed : step.removed) {
        m_context.meaning().vectors->remove(removed.ino);
        m_keeper->touch();
        if (m_context.onFileRemoved)
            m_context.onFileRemoved(removed.path, removed.ino);
    }
    // Only now does the vector index know what a look at the whole volume found gone.
    if (step.isComplete) {
        if (const Status dropped = m_keeper->dropUnknown(); !dropped)
            return dropped;
    }
    if (step.queued > 0 || !step.removed.isEmpty() || step.isComplete)
        updateStatus(true);
    return {};
}

// What only snapshots have comes after all that is live. True while there may be more.
Result<bool> IndexEngine::workOnPast()
{
    Result<bool> more = m_past->hasWork();
    if (!more || !*more)
        return more;
    setState(IndexState::Indexing);
    more = m_past->readSome(*m_indexer);
    if (more && !*more)
        more = m_past->embedSome();
    if (more && *more) {
        m_keeper->touch();
        updateStatus(false);
    }
    return more;
}

// Of a large intake that the model will learn from, words come first: vectors of the model as it is
// would be made in vain. A few files have theirs at once.
Result<EmbedWhen> IndexEngine::embedWhen(const QVector<QueueItem> &items)
{
    if (items.size() < kBatchFilesMin)
        return EmbedWhen::Now;
    // What it depends on changes slowly, and to count it takes a while where there is much.
    if (Clock::now() < m_whenAskedAt + kAskWhenInterval)
        return m_when;
    m_whenAskedAt = Clock::now();
    m_when = EmbedWhen::Now;
    const Result<CatalogCounts> counts = m_catalog->counts();
    if (!counts)
        return tl::unexpected(counts.error());
    if (counts->later >= kLaterMax)
        return m_when;
    const Result<bool> willLearn = m_tuner->willLearn(counts->pending);
    if (!willLearn)
        return tl::unexpected(willLearn.error());
    m_when = *willLearn ? EmbedWhen::Later : EmbedWhen::Now;
    return m_when;
}

// Nothing where no more is queued than before, which is being read or written.
Result<std::optional<IndexEngine::Reading>>
IndexEngine::beginReading(const QVector<QueueItem> &before)
{
    Result<QVector<QueueItem>> items = m_catalog->nextQueued(int(m_batchFiles + before.size()));
    if (!items)
        return tl::unexpected(items.error());
    std::unordered_set<uint64_t> taken;
    for (const QueueItem &item : before)
        taken.insert(item.sequence);
    items->removeIf([&](const QueueItem &item) { return taken.contains(item.sequence); });
    items->resize(std::min(items->size(), m_batchFiles));
    if (items->isEmpty())
        return std::nullopt;
    const auto known = m_catalog->filesOf(*items);
    if (!known)
        return tl::unexpected(known.error());
    const Result<EmbedWhen> when = embedWhen(*items);
    if (!when)
        return tl::unexpected(when.error());
    Reading reading;
    reading.items = *items;
    try {
        reading.files = std::async(
            std::launch::async, [this, all = *items, rows = *known, asked = *when] {
                return m_indexer->index(all, rows, {}, asked);
            });
    } catch (const std::system_error &error) {
        return fail(Errc::NoSpace, QString::fromLocal8Bit(error.what()));
    }
    return reading;
}

// Not while anything else wants to be done between two batches, or work is to be sparing.
bool IndexEngine::mayReadAhead()
{
    const std::lock_guard lock(m_mutex);
    const bool isToFeed = (m_hasChanged && Clock::now() >= m_fedAt + kFeedInterval)
        || m_tickets > m_feedTicket;
    return !isToFeed && m_tasks.empty() && !m_isPaused && m_hold.isEmpty()
        && !m_context.isStopping && m_context.cpuShare >= 1.0;
}

void IndexEngine::fitBatch(qsizetype files, Clock::duration took)
{
    if (took > kBatchTime)
        m_batchFiles = std::max(kBatchFilesMin, m_batchFiles / 2);
    else if (took < kBatchTime / 2 && files == m_batchFiles)
        m_batchFiles = std::min(kBatchFilesMax, m_batchFiles * 2);
}

// Batch after batch: the next is read while one is written.
Status IndexEngine::indexQueued(bool &isQueueEmpty)
{
    Result<std::optional<Reading>> reading = beginReading({});
    if (!reading)
        return tl::unexpected(reading.error());
    isQueueEmpty = !reading->has_value();
    if (!isQueueEmpty)
        setState(IndexState::Indexing);
    while (reading->has_value()) {
        const Clock::time_point begun = Clock::now();
        const QVector<QueueItem> items = (*reading)->items;
        Result<std::vector<IndexedFile>> files = (*reading)->files.get();
        reading->reset();
        if (m_context.isStopping)
            return {};
        if (!files)
            return tl::unexpected(files.error());
        if (mayReadAhead())
            reading = beginReading(items);
        if (const Status done = apply(*files); !done)
            return done;
        fitBatch(items.size(), Clock::now() - begun);
        if (!reading)
            return tl::unexpected(reading.error());
    }
    return {};
}

Status IndexEngine::apply(std::vector<IndexedFile> &files)
{
    QVector<FileRecord> records;
    QVector<QueueItem> written;
    QVector<uint64_t> gone;
    QVector<QueueItem> goneItems;
    QVector<QueueItem> deferred;
    Status done = m_past->keepVersions(files);
    if (!done)
        return done;
    for (IndexedFile &file : files) {
        switch (file.outcome) {
        case IndexedFile::Outcome::Written:
            break;
        case IndexedFile::Outcome::Renamed:
            if (done = m_catalog->updateFile(file.record.row, file.item); !done)
                return done;
            break;
        case IndexedFile::Outcome::Gone:
            gone.push_back(file.item.ino);
            goneItems.push_back(file.item);
            m_context.meaning().vectors->remove(file.item.ino);
            break;
        case IndexedFile::Outcome::Deferred:
            deferred.push_back(file.item);
            break;
        }
    }
    if (!gone.isEmpty()) {
        if (done = m_catalog->removeFiles(gone, goneItems); !done)
            return done;
    }
    if (!deferred.isEmpty()) {
        if (done = m_catalog->enqueue(deferred); !done)
            return done;
    }
    applyWritten(files, records, written);
    if (!records.isEmpty()) {
        if (done = m_catalog->writeFiles(records, written); !done)
            return done;
    }
    m_keeper->touch();
    for (const FileRecord &record : records) {
        if (m_context.onFileIndexed)
            m_context.onFileIndexed(record.row.path(), record.row.ino,
                                    record.row.state != FileState::Failed);
    }
    updateStatus(false);
    if (deferred.size() == qsizetype(files.size()))
        rest(kDeferAfter);
    return {};
}

// Vectors first: a search drops a vector without a row, and would miss a row without its vector.
void IndexEngine::applyWritten(std::vector<IndexedFile> &files, QVector<FileRecord> &records,
                               QVector<QueueItem> &done)
{
    for (IndexedFile &file : files) {
        if (file.outcome != IndexedFile::Outcome::Written)
            continue;
        const uint64_t ino = file.record.row.ino;
        if (file.vectors.empty()) {
            m_context.meaning().vectors->remove(ino);
        } else if (const Status put = m_context.meaning().vectors->put(ino, file.vectors); !put) {
            file.record.row.state = FileState::Failed;
            file.record.row.reason = put.error().what;
            file.record.chunks.clear();
        }
        m_context.texts.add(file.record.row.textHash, ino);
        ++(file.record.row.state == FileState::Failed ? m_context.counters.filesFailed
                                                      : m_context.counters.filesIndexed);
        records.push_back(std::move(file.record));
        done.push_back(file.item);
    }
}

void IndexEngine::tellWaiters()
{
    // Before waiters go on: what they read must be of now.
    if (m_context.status().state != IndexState::Idle || m_feedTicket > m_servedTickets)
        updateStatus(true);
    {
        const std::lock_guard lock(m_mutex);
        // Files that changed while they were read are in the next step of the feed.
        m_servedTickets = std::max(m_servedTickets, m_feedTicket);
    }
    m_done.notify_all();
}

// Nothing is to be done: store the vector index once it has been quiet for a while.
void IndexEngine::settle()
{
    becomeIdle();
    const auto isBusy = [&] {
        return m_hasChanged || !m_tasks.empty() || m_tickets > m_feedTicket || m_isPaused
            || !m_hold.isEmpty() || m_context.isStopping;
    };
    std::unique_lock lock(m_mutex);
    if (m_keeper->isDirty()) {
        // While vectors are sealed it is looked at again later: then there is less to store.
        if (m_wake.wait_for(lock, kSaveAfter, isBusy) || m_keeper->isSettling())
            return;
        lock.unlock();
        if (const Status folded = m_catalog->foldLog(); !folded)
            qCWarning(lcIndex, "%s", qPrintable(folded.error().what));
        m_keeper->save();
        m_past->save();
        updateStatus(true);
        return;
    }
    m_wake.wait(lock, isBusy);
}

// Trouble that is not one file's: tell it, wait, try again; a damaged catalog is built anew.
void IndexEngine::recover(const base::Error &error)
{
    if (error.code == Errc::Cancelled)
        return;
    qCWarning(lcIndex, "%s: %s", m_context.view->mountPoint().constData(),
              qPrintable(error.what));
    if (error.code == Errc::Corrupt && m_catalog) {
        setAsideCatalog();
        return;
    }
    if (error.code == Errc::NoSpace)
        setState(IndexState::Waiting, QStringLiteral("no-space"), error.what);
    else
        setState(IndexState::Error, {}, error.what);
    updateStatus(true);
    rest(kRetryAfter);
}

void IndexEngine::setAsideCatalog()
{
    qCWarning(lcIndex, "the catalog of %s is damaged and is built again",
              m_context.view->mountPoint().constData());
    m_past->clear();
    m_tuner.reset();
    m_past.reset();
    m_keeper.reset();
    m_feed.reset();
    m_catalog.reset();
    m_isPrepared = false;
    m_context.areVectorsComplete = false;
    m_context.texts.clear();
    for (const uint64_t ino : m_context.meaning().vectors->inodes())
        m_context.meaning().vectors->remove(ino);
    if (const Status aside = Catalog::setAside(m_context.directory); !aside)
        qCWarning(lcIndex, "%s", qPrintable(aside.error().what));
}

Status IndexEngine::reopenCatalog()
{
    Result<std::unique_ptr<Catalog>> catalog
        = Catalog::open(m_context.directory, Database::Access::ReadWrite);
    if (!catalog)
        return tl::unexpected(catalog.error());
    m_catalog = std::move(*catalog);
    ++m_context.catalogEpoch;
    const std::lock_guard lock(m_mutex);
    m_hasChanged = true;
    return {};
}

void IndexEngine::setState(IndexState state, const QString &waitReason, const QString &error)
{
    bool isNew = false;
    m_context.changeStatus([&](IndexStatus &status) {
        isNew = status.state != state || status.waitReason != waitReason;
        status.state = state;
        status.waitReason = waitReason;
        status.error = error;
    });
    if (isNew && m_context.onStatusChanged)
        m_context.onStatusChanged();
}

void IndexEngine::updateStatus(bool isForced)
{
    if (!isForced && Clock::now() - m_statusToldAt < kStatusInterval)
        return;
    m_statusToldAt = Clock::now();
    if (!m_catalog)
        return;
    const Result<CatalogCounts> counts = m_catalog->counts();
    const Result<uint64_t> generation = m_catalog->generation();
    if (!counts || !generation)
        return;
    const uint64_t bytes = Catalog::bytesOnDisk(m_context.directory);
    m_context.changeStatus([&](IndexStatus &status) {
        status.files = counts->files;
        status.chunks = counts->chunks;
        status.pending = counts->pending
            + std::max(counts->later, m_tuner ? m_tuner->pending() : 0)
            + (m_past ? m_past->pending() : 0);
        status.failed = counts->failed;
        // Told before the work on it begins: what is idle has nothing to do.
        if (status.state == IndexState::Idle && status.pending > 0)
            status.state = IndexState::Indexing;
        status.generation = *generation;
        status.bytesOnDisk = bytes;
    });
    if (m_context.onStatusChanged)
        m_context.onStatusChanged();
}

void IndexEngine::rest(milliseconds time)
{
    std::unique_lock lock(m_mutex);
    const bool wasPaused = m_isPaused;
    m_wake.wait_for(lock, time, [&] {
        return m_context.isStopping || !m_tasks.empty() || m_isPaused != wasPaused;
    });
}

} // namespace vexfs::daemon

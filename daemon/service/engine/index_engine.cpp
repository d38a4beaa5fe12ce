// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/engine/index_engine.h"

#include <QLoggingCategory>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

Q_LOGGING_CATEGORY(lcIndex, "vexfs.index")

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;
using std::chrono::milliseconds;

namespace {

constexpr uint64_t kInputBytesMax = 256ULL << 20;
constexpr int kWorkersMax = 5;
constexpr int kWatchSliceMs = 250;
constexpr milliseconds kStatusInterval{250};
constexpr milliseconds kSaveAfter{1500};
constexpr milliseconds kRetryAfter{5000};
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

IndexEngine::IndexEngine(IndexContext &context) : m_context(context)
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
    m_control.begin();
    m_thread = std::thread([this] { run(); });
    m_watcher = std::thread([this] { watch(); });
}

void IndexEngine::stop()
{
    m_context.isStopping = true;
    m_control.end();
    if (m_indexer)
        m_indexer->stop();
    if (m_thread.joinable())
        m_thread.join();
    if (m_watcher.joinable())
        m_watcher.join();
    m_indexer.reset();
}

void IndexEngine::setPaused(const PauseRequest &request)
{
    m_control.setPaused(request);
}

void IndexEngine::setHold(const QString &hold, const QString &message)
{
    m_control.setHold(hold, message);
}

void IndexEngine::wake()
{
    m_control.noteChange();
}

bool IndexEngine::waitIdle(int timeoutMs)
{
    return m_control.waitIdle(timeoutMs);
}

Status IndexEngine::runOnThread(std::function<Status(Catalog &)> work)
{
    return m_control.runOnThread(std::move(work));
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
        m_control.noteChange();
        return done;
    });
}

void IndexEngine::watch()
{
    uint64_t since = 0;
    while (!m_context.isStopping) {
        const Result<uint64_t> now = m_context.view->waitForChange(since, kWatchSliceMs);
        if (!now) {
            // The indexing thread meets the same trouble and tells of it.
            m_control.noteChange();
            m_control.restUntilEnd(kRetryAfter);
            continue;
        }
        if (*now == since)
            continue;
        since = *now;
        m_control.noteChange();
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
    dropParts();
    setState(IndexState::Disabled);
    m_control.end();
}

void IndexEngine::dropParts()
{
    m_queue.reset();
    m_tuner.reset();
    m_past.reset();
    m_keeper.reset();
    m_feed.reset();
    m_catalog.reset();
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
    m_tuner = std::make_unique<ModelTuner>(m_context, *m_catalog,
                                           [this] { m_control.noteLearnt(); });
    m_queue = std::make_unique<QueueIndexer>(
        QueueParts{m_context, *m_catalog, m_control, *m_indexer, *m_tuner, *m_keeper, *m_past},
        [this](bool isWritten) {
            if (isWritten)
                updateStatus(false);
            else
                setState(IndexState::Indexing);
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
    const Clock::time_point begun = Clock::now();
    const Result<bool> wasEmpty = m_queue->work();
    if (!wasEmpty)
        return tl::unexpected(wasEmpty.error());
    m_hasBacklog = !*wasEmpty;
    if (m_hasBacklog) {
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
    const auto halt = m_control.halt();
    if (!halt)
        return false;
    if (halt->isPaused)
        setState(IndexState::Paused, QStringLiteral("user"), halt->message);
    else
        setState(IndexState::Waiting, halt->hold, halt->message);
    m_control.waitWhile(*halt);
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
    m_control.rest(std::min<milliseconds>(wanted, kRestMax));
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
        m_control.waitForLearning();
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
    while (const auto task = m_control.takeTask()) {
        const Status result = task->work(*m_catalog);
        m_control.finishTask(task, result);
        if (!result && result.error().code == Errc::Corrupt)
            return result;
        updateStatus(true);
    }
    return {};
}

// Takes what changed, unless nothing did.
Status IndexEngine::feed()
{
    const milliseconds debounce(m_context.config.debounceMs);
    if (!m_control.takeFeedTurn(m_hasBacklog || m_isTuning, debounce))
        return {};
    const Result<IndexFeed::Step> step = m_feed->advance();
    if (!step) {
        m_control.noteChange();
        return tl::unexpected(step.error());
    }
    // The files of a folder that was left out are not known to have moved with it.
    if (step->mayLack) {
        Status again = m_catalog->setNumber(QStringLiteral("anchor"), 0);
        if (again)
            again = m_feed->dropStrays();
        if (!again)
            return again;
        m_control.noteChange();
    } else {
        m_control.feedIsTaken();
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

void IndexEngine::tellWaiters()
{
    // Before waiters go on: what they read must be of now.
    if (m_context.status().state != IndexState::Idle || m_control.hasServed())
        updateStatus(true);
    m_control.tellWaiters();
}

// Nothing is to be done: store the vector index once it has been quiet for a while.
void IndexEngine::settle()
{
    becomeIdle();
    if (!m_keeper->isDirty()) {
        m_control.waitForWork(std::nullopt);
        return;
    }
    // While vectors are sealed it is looked at again later: then there is less to store.
    if (m_control.waitForWork(kSaveAfter) || m_keeper->isSettling())
        return;
    if (const Status folded = m_catalog->foldLog(); !folded)
        qCWarning(lcIndex, "%s", qPrintable(folded.error().what));
    m_keeper->save();
    m_past->save();
    updateStatus(true);
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
    m_control.rest(kRetryAfter);
}

void IndexEngine::setAsideCatalog()
{
    qCWarning(lcIndex, "the catalog of %s is damaged and is built again",
              m_context.view->mountPoint().constData());
    m_past->clear();
    dropParts();
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
    m_control.noteChange();
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

} // namespace vexfs::daemon

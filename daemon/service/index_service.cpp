// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/index_service.h"

#include "daemon/embed/static_embedder.h"
#include "daemon/service/answers/search_answer.h"
#include "daemon/service/engine/index_engine.h"
#include "daemon/service/index_context.h"
#include "daemon/service/model_tuner.h"
#include "daemon/service/search_pool.h"
#include "daemon/search/suggestions.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLoggingCategory>

#include <algorithm>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

Q_LOGGING_CATEGORY(lcService, "vexfs.index.service")

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::failErrno;
using base::Result;
using base::Status;

namespace {

constexpr int kSearchThreads = 2;
// On the battery what changes is still found soon, but a long backlog hardly drains it.
constexpr double kBatteryShare = 0.2;
constexpr int kFailuresMax = 1000;
constexpr int kStatesMax = 1000;
constexpr int kSuggestionsMax = 100;
constexpr int kSuggestPrefixMax = 200;

/// One daemon for one index: the file is locked as long as the index is open.
class IndexLock
{
public:
    ~IndexLock() { release(); }

    Status acquire(const QString &directory)
    {
        const QString path = directory + QStringLiteral("/lock");
        m_file = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (m_file < 0)
            return failErrno(errno, QStringLiteral("cannot open %1").arg(path));
        if (flock(m_file, LOCK_EX | LOCK_NB) != 0) {
            release();
            return fail(Errc::Busy,
                        QStringLiteral("another program has the index in %1 open").arg(directory));
        }
        return {};
    }

    void release()
    {
        if (m_file >= 0)
            ::close(m_file);
        m_file = -1;
    }

private:
    int m_file = -1;
};

// A damaged catalog is set aside: all that is in it can be had from the volume again.
Result<std::unique_ptr<Catalog>> openCatalog(const QString &directory)
{
    auto catalog = Catalog::open(directory, Database::Access::ReadWrite);
    if (catalog || catalog.error().code != Errc::Corrupt)
        return catalog;
    qCWarning(lcService, "%s; it is built again", qPrintable(catalog.error().what));
    if (const Status aside = Catalog::setAside(directory); !aside)
        return tl::unexpected(aside.error());
    return Catalog::open(directory, Database::Access::ReadWrite);
}

QByteArray withoutSlashes(QByteArray path)
{
    while (path.startsWith('/'))
        path.remove(0, 1);
    while (path.endsWith('/'))
        path.chop(1);
    return path;
}

tl::unexpected<base::Error> notReady()
{
    return fail(Errc::IndexNotReady, QStringLiteral("the index of this volume is not running"));
}

// Files of the catalog at and below paths; all of them when there are none.
Result<QVector<uint64_t>> inodesOf(Catalog &catalog, const QVector<QByteArray> &paths)
{
    if (paths.isEmpty())
        return catalog.allInodes();
    QVector<uint64_t> all;
    for (const QByteArray &path : paths) {
        const QByteArray relative = withoutSlashes(path);
        if (relative.isEmpty())
            return catalog.allInodes();
        const auto ino = catalog.inodeOf(relative);
        const auto below = catalog.filesBelow(relative);
        if (!ino || !below)
            return tl::unexpected(ino ? below.error() : ino.error());
        if (!ino->has_value() && below->isEmpty()) {
            return fail(Errc::NotFound, QStringLiteral("%1 is not in the index")
                                            .arg(QString::fromUtf8(relative)));
        }
        if (ino->has_value())
            all.push_back(**ino);
        all += *below;
    }
    return all;
}

} // namespace

class IndexService::Private
{
public:
    IndexContext context;
    IndexMap map{context};
    IndexLock lock;
    std::shared_ptr<IndexEngine> engine;
    std::shared_ptr<SearchPool> pool;
    std::mutex lifecycle;  ///< start() and stop() one at a time; held only there
    std::mutex parts;      ///< guards engine, pool and what follows isStarted
    std::atomic<bool> isStarted{false};
    PauseRequest pause;
    WorkLimits limits;
    QString hold;
    QString holdMessage;

    void applyLimits();
    Status readSettings();
    Status begin();
    Result<std::shared_ptr<Embedder>> model();
    void end();
    std::shared_ptr<IndexEngine> currentEngine();
    std::shared_ptr<SearchPool> currentPool();
    Status read(const std::function<Status(Catalog &)> &work);
    CatalogReader reader()
    {
        return [this](const std::function<Status(Catalog &)> &work) { return read(work); };
    }
    /// What work finds in the catalog, on a search thread.
    template <class Work> auto ask(Work &&work) -> decltype(work(std::declval<Catalog &>()))
    {
        decltype(work(std::declval<Catalog &>())) found;
        const Status done = read([&](Catalog &catalog) -> Status {
            found = work(catalog);
            return found ? Status() : Status(tl::unexpected(found.error()));
        });
        if (!done)
            return tl::unexpected(done.error());
        return found;
    }
};

IndexService::IndexService(std::shared_ptr<VolumeView> view, IndexConfig config, QObject *parent)
    : QObject(parent), d(std::make_unique<Private>())
{
    d->context.view = std::move(view);
    d->context.config = std::move(config);
    d->context.onStatusChanged = [this] { Q_EMIT statusChanged(); };
    d->context.onFileIndexed = [this](const QByteArray &path, uint64_t ino, bool isGood) {
        Q_EMIT fileIndexed(path, ino, isGood);
    };
    d->context.onFileRemoved
        = [this](const QByteArray &path, uint64_t ino) {
              d->map.fileRemoved(ino);
              Q_EMIT fileRemoved(path, ino);
          };
}

IndexService::~IndexService()
{
    stop();
}

// What was chosen for this volume.
Result<std::shared_ptr<Embedder>> IndexService::Private::model()
{
    const Result<ModelChoice> choice = ModelChoice::load(context.directory);
    if (!choice)
        return tl::unexpected(choice.error());
    if (choice->isBuiltin())
        return ModelTuner::currentModel(context.directory, context.shipped);
    auto opened = choice->open();
    if (opened && (*opened)->id() == choice->id)
        return std::move(*opened);
    // Words are found without it, and what lies in the forks waits for it.
    const base::Error why = opened
        ? base::Error{Errc::NoModel, QStringLiteral("another one is in its place")}
        : opened.error();
    qCWarning(lcService, "the chosen model: %s", qPrintable(why.what));
    return choice->openLater(why);
}

Status IndexService::Private::readSettings()
{
    context.directory = QFile::decodeName(context.view->indexDirectory());
    if (!QDir().mkpath(pastDirectory(context.directory))) {
        return failErrno(errno, QStringLiteral("cannot make the folder of the index, %1")
                                    .arg(context.directory));
    }
    const Result<IndexSettings> settings = IndexSettings::load(context.directory);
    if (!settings)
        return tl::unexpected(settings.error());
    context.setSettings(*settings);
    const std::lock_guard guard(parts);
    applyLimits();
    return {};
}

Status IndexService::Private::begin()
{
    if (!QFileInfo(context.config.extractProgram).isExecutable()) {
        return fail(Errc::NotFound, QStringLiteral("the extractor %1 is not there")
                                        .arg(context.config.extractProgram));
    }
    if (!context.shipped) {
        auto embedder = StaticEmbedder::open(context.config.modelDirectory);
        if (!embedder)
            return tl::unexpected(embedder.error());
        context.shipped = std::move(*embedder);
    }
    if (const Status locked = lock.acquire(context.directory); !locked)
        return locked;
    auto catalog = openCatalog(context.directory);
    if (!catalog)
        return tl::unexpected(catalog.error());
    context.isStopping = false;
    context.areVectorsComplete = false;
    const auto embedder = model();
    if (!embedder)
        return tl::unexpected(embedder.error());
    context.makeVectors = [this](const VectorIndexIdentity &identity) {
        return createLayeredIndex(identity, context.directory, context.config.sealMinVectors);
    };
    context.makePast = [this](const VectorIndexIdentity &identity) {
        return createLayeredIndex(identity, pastDirectory(context.directory),
                                  context.config.sealMinVectors);
    };
    context.setMeaning({*embedder,
                        context.makeVectors({(*embedder)->id(), (*embedder)->dimension()}),
                        std::nullopt, {}});
    context.changeStatus([&](IndexStatus &status) {
        status = IndexStatus();
        status.state = IndexState::Scanning;
        status.model = QString::fromLatin1((*embedder)->id());
        status.dimension = (*embedder)->dimension();
        status.metric = QStringLiteral("cosine");
    });
    const std::lock_guard guard(parts);
    pool = std::make_shared<SearchPool>(context);
    pool->start(kSearchThreads);
    engine = std::make_shared<IndexEngine>(context);
    engine->setPaused(pause);
    engine->setHold(hold, holdMessage);
    engine->start(std::move(*catalog));
    return {};
}

void IndexService::Private::end()
{
    // Callers that still hold them get Cancelled. Readers first: the last connection to close
    // folds SQLite's log into the catalog, and a reader cannot.
    if (const auto running = currentPool())
        running->stop();
    if (const auto running = currentEngine())
        running->stop();
    map.settle();
    lock.release();
}

std::shared_ptr<IndexEngine> IndexService::Private::currentEngine()
{
    const std::lock_guard guard(parts);
    return engine;
}

std::shared_ptr<SearchPool> IndexService::Private::currentPool()
{
    const std::lock_guard guard(parts);
    return pool;
}

Status IndexService::Private::read(const std::function<Status(Catalog &)> &work)
{
    if (!context.settings().isEnabled)
        return fail(Errc::IndexNotReady, QStringLiteral("this index is switched off"));
    const auto readers = currentPool();
    if (!readers)
        return notReady();
    return readers->run(work);
}

Status IndexService::start()
{
    const std::lock_guard lock(d->lifecycle);
    if (d->isStarted)
        return {};
    if (const Status read = d->readSettings(); !read)
        return read;
    // Switched off, it answers that until it is switched on.
    if (d->context.settings().isEnabled) {
        if (const Status begun = d->begin(); !begun) {
            d->lock.release();
            return begun;
        }
        d->isStarted = true;
    }
    Q_EMIT statusChanged();
    return {};
}

void IndexService::stop()
{
    const std::lock_guard lock(d->lifecycle);
    if (!d->isStarted.exchange(false))
        return;
    d->end();
    Q_EMIT statusChanged();
}

IndexStatus IndexService::status() const
{
    IndexStatus status = d->context.status();
    status.embeddedChunks = d->context.embeddedChunks;
    status.reusedChunks = d->context.reusedChunks;
    return status;
}

Result<SearchReply> IndexService::search(const SearchRequest &request)
{
    return d->ask([&](Catalog &catalog) { return answerSearch(d->context, catalog, request); });
}

QVector<CounterRow> IndexService::counters() const
{
    QVector<CounterRow> rows;
    d->context.counters.tell(rows);
    const IndexStatus now = status();
    const std::pair<const char *, uint64_t> gauges[] = {{"index.files-known", now.files},
                                                        {"index.chunks", now.chunks},
                                                        {"index.pending", now.pending},
                                                        {"index.failed", now.failed}};
    for (const auto &[name, value] : gauges)
        rows += {QLatin1String(name), value, true, CounterUnit::Count};
    rows += {QStringLiteral("index.bytes"), now.bytesOnDisk, true, CounterUnit::Bytes};
    return rows;
}

Result<FileReport> IndexService::explain(const QByteArray &path,
                                         const std::optional<SearchRequest> &request)
{
    return d->ask([&](Catalog &catalog) -> Result<FileReport> {
        Result<FileReport> report = reportOn(d->context, catalog, withoutSlashes(path));
        if (!report || !request || report->ino == 0)
            return report;
        Result<QueryReport> query = queryReport(d->context, catalog, *request, report->ino);
        if (!query)
            return tl::unexpected(query.error());
        report->query = std::move(*query);
        return report;
    });
}

Result<QVector<FileReport>> IndexService::states(const QVector<QByteArray> &paths)
{
    if (paths.size() > kStatesMax) {
        return fail(Errc::InvalidArgs,
                    QStringLiteral("at most %1 files can be asked about at once").arg(kStatesMax));
    }
    QVector<QByteArray> relative;
    for (const QByteArray &path : paths)
        relative.push_back(withoutSlashes(path));
    return d->ask([&](Catalog &catalog) { return statesOf(d->context, catalog, relative); });
}

Result<QVector<std::pair<QString, QString>>> IndexService::suggest(const QString &prefix,
                                                                   int limit)
{
    if (limit < 1 || limit > kSuggestionsMax || prefix.size() > kSuggestPrefixMax) {
        return fail(Errc::InvalidArgs,
                    QStringLiteral("at most %1 suggestions for at most %2 characters")
                        .arg(kSuggestionsMax)
                        .arg(kSuggestPrefixMax));
    }
    return d->ask([&](Catalog &catalog) { return suggestions(catalog, prefix, limit); });
}

Result<FailurePage> IndexService::failures(int limit, uint64_t after)
{
    if (limit < 1 || limit > kFailuresMax) {
        return fail(Errc::InvalidArgs,
                    QStringLiteral("limit %1 is not in 1..%2").arg(limit).arg(kFailuresMax));
    }
    return d->ask([&](Catalog &catalog) { return failurePage(catalog, limit, after); });
}

void IndexService::pause(uint32_t minutes, const QString &why)
{
    const std::lock_guard guard(d->parts);
    d->pause = PauseRequest{true, std::chrono::minutes(minutes), why};
    if (d->engine)
        d->engine->setPaused(d->pause);
}

void IndexService::setLimits(const WorkLimits &limits)
{
    const std::lock_guard guard(d->parts);
    d->limits = limits;
    d->applyLimits();
}

// With parts held.
void IndexService::Private::applyLimits()
{
    const IndexSettings settings = context.settings();
    hold = limits.hold;
    holdMessage = limits.message;
    double share = settings.cpuLimit;
    if (limits.isOnBattery && settings.onBattery == OnBattery::Slow)
        share = std::min(share, kBatteryShare);
    if (limits.isOnBattery && settings.onBattery == OnBattery::Pause && hold.isEmpty()) {
        hold = QStringLiteral("battery");
        holdMessage = QStringLiteral("the machine runs on its battery");
    }
    context.cpuShare = share;
    if (engine)
        engine->setHold(hold, holdMessage);
}

IndexSettings IndexService::settings() const
{
    return d->context.settings();
}

Status IndexService::configure(const IndexSettings &settings)
{
    const std::lock_guard lock(d->lifecycle);
    const IndexSettings before = d->context.settings();
    if (before == settings)
        return {};
    if (const Status kept = settings.save(d->context.directory); !kept)
        return kept;
    d->context.setSettings(settings);
    {
        const std::lock_guard guard(d->parts);
        d->applyLimits();
    }
    Status done;
    if (d->isStarted && before.isEnabled && !settings.isEnabled) {
        d->isStarted = false;
        d->end();
    } else if (!before.isEnabled && settings.isEnabled) {
        done = d->begin();
        d->isStarted = bool(done);
    }
    // Also after it was disabled: meanwhile other rules may have been set.
    const bool isOther = !settings.takesSameFiles(before) || !before.isEnabled;
    const auto engine = d->currentEngine();
    if (done && d->isStarted && engine && isOther)
        done = engine->lookAgain();
    Q_EMIT statusChanged();
    return done;
}

void IndexService::resume()
{
    const std::lock_guard guard(d->parts);
    d->pause = {};
    if (d->engine)
        d->engine->setPaused(d->pause);
}

Result<uint64_t> IndexService::reindex(const QVector<QByteArray> &paths, bool force)
{
    const auto engine = d->currentEngine();
    if (!engine || !d->isStarted)
        return notReady();
    const auto count = std::make_shared<uint64_t>(0);
    const Status done = engine->runOnThread([paths, force, count](Catalog &catalog) -> Status {
        Result<QVector<uint64_t>> inodes = inodesOf(catalog, paths);
        if (!inodes)
            return tl::unexpected(inodes.error());
        QVector<QueueItem> items;
        for (const uint64_t ino : *inodes)
            items.push_back({ino, force ? QueueData | QueueForce : QueueData, 0});
        *count = uint64_t(items.size());
        return catalog.enqueue(items);
    });
    if (!done)
        return tl::unexpected(done.error());
    return *count;
}

Result<bool> IndexService::hasSnapshot(const QString &name) const
{
    const Result<QVector<SnapshotTree>> all = d->context.view->snapshots();
    if (!all)
        return tl::unexpected(all.error());
    const QByteArray wanted = name.toUtf8();
    return std::any_of(all->begin(), all->end(),
                       [&](const SnapshotTree &each) { return each.name == wanted; });
}

Result<uint64_t> IndexService::layOutMap(const MapWish &wish, const MapProgress &goOn)
{
    auto done = d->map.layOut(wish, d->reader(), goOn);
    if (done)
        Q_EMIT statusChanged();
    return done;
}

std::optional<MapChange> IndexService::takeMapChange()
{
    return d->map.takeChange();
}

Result<MapView> IndexService::mapView(const QString &snapshot)
{
    if (!snapshot.isEmpty())
        return d->map.viewOf(snapshot, d->reader());
    return d->ask([&](Catalog &catalog) { return d->map.view(catalog); });
}

Result<QVector<std::optional<MapDocument>>>
IndexService::mapDocuments(const QVector<uint64_t> &inodes, const QString &snapshot)
{
    if (!snapshot.isEmpty())
        return d->map.describeIn(snapshot, d->reader(), inodes);
    return d->ask([&](Catalog &catalog) { return d->map.describe(catalog, inodes); });
}

std::shared_ptr<const MapState> IndexService::knownMap() const
{
    return d->map.known();
}

void IndexService::snapshotsChanged()
{
    if (const auto engine = d->currentEngine())
        engine->wake();
}

Result<ModelChoice> IndexService::modelChoice() const
{
    return ModelChoice::load(d->context.directory);
}

Result<QString> IndexService::changeModel(const ModelChoice &choice)
{
    const auto engine = d->currentEngine();
    if (!engine || !d->isStarted)
        return notReady();
    std::shared_ptr<Embedder> embedder;
    if (choice.isBuiltin()) {
        embedder = ModelTuner::currentModel(d->context.directory, d->context.shipped);
    } else {
        auto opened = choice.open();
        if (!opened)
            return tl::unexpected(opened.error());
        embedder = std::move(*opened);
    }
    const QString id = QString::fromLatin1(embedder->id());
    if (const Status begun = engine->changeModel(std::move(embedder), choice); !begun)
        return tl::unexpected(begun.error());
    return id;
}

bool IndexService::waitIdle(int timeoutMs)
{
    const auto engine = d->currentEngine();
    return engine && engine->waitIdle(timeoutMs);
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/index_service.h"

#include "daemon/embed/static_embedder.h"
#include "daemon/ingest/file_kind.h"
#include "daemon/service/index_context.h"
#include "daemon/service/index_engine.h"
#include "daemon/search/index_searcher.h"
#include "daemon/service/model_tuner.h"
#include "daemon/service/search_pool.h"
#include "daemon/search/suggestions.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QLoggingCategory>

#include <algorithm>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
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

FileReport reportOf(const FileRow &row)
{
    FileReport report;
    report.ino = row.ino;
    report.reason = row.reason;
    report.mimeType = row.mimeType;
    report.title = row.title;
    report.chunks = row.chunkCount;
    report.textBytes = row.textBytes;
    report.model = QString::fromLatin1(row.model);
    report.indexedAtNs = row.indexedAtNs;
    switch (row.state) {
    case FileState::Indexed:
        report.state = FileIndexState::Indexed;
        break;
    case FileState::Unsupported:
        report.state = FileIndexState::Unsupported;
        break;
    case FileState::Failed:
        report.state = FileIndexState::Failed;
        break;
    }
    return report;
}

QueryReport queryReportOf(const HitReport &hit)
{
    QueryReport report{{},          hit.keywordScore, hit.vectorScore, hit.floor,
                       hit.rank,    hit.ranked,       hit.matchedTerms};
    if (hit.isFiltered)
        report.verdict = QStringLiteral("filtered");
    else if (hit.matchedTerms.isEmpty() && hit.vectorScore < hit.floor)
        report.verdict = QStringLiteral("below-floor");
    else if (hit.rank > 0)
        report.verdict = QStringLiteral("found");
    else
        report.verdict = QStringLiteral("outranked");
    return report;
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

QString indexStateWord(IndexState state)
{
    switch (state) {
    case IndexState::Disabled:
        return QStringLiteral("disabled");
    case IndexState::Scanning:
        return QStringLiteral("scanning");
    case IndexState::Indexing:
        return QStringLiteral("indexing");
    case IndexState::Idle:
        return QStringLiteral("idle");
    case IndexState::Paused:
        return QStringLiteral("paused");
    case IndexState::Waiting:
        return QStringLiteral("waiting");
    case IndexState::Error:
        break;
    }
    return QStringLiteral("error");
}

QString fileIndexStateWord(FileIndexState state)
{
    switch (state) {
    case FileIndexState::Indexed:
        return QStringLiteral("indexed");
    case FileIndexState::Pending:
        return QStringLiteral("pending");
    case FileIndexState::Excluded:
        return QStringLiteral("excluded");
    case FileIndexState::Unsupported:
        return QStringLiteral("unsupported");
    case FileIndexState::Failed:
        return QStringLiteral("failed");
    case FileIndexState::Forbidden:
        return QStringLiteral("forbidden");
    case FileIndexState::Missing:
        break;
    }
    return QStringLiteral("missing");
}

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
    Result<FileReport> explain(Catalog &catalog, const QByteArray &path);
    QString ruleAgainst(const QByteArray &path) const;
    Result<SearchReply> answer(Catalog &catalog, const SearchRequest &request);
    Result<SearchedIndex> searched(Catalog &catalog);
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
    SearchReply reply;
    const Status done = d->read([&](Catalog &catalog) -> Status {
        Result<SearchReply> found = d->answer(catalog, request);
        if (!found)
            return tl::unexpected(found.error());
        reply = std::move(*found);
        return {};
    });
    if (!done)
        return tl::unexpected(done.error());
    return reply;
}

Result<SearchedIndex> IndexService::Private::searched(Catalog &catalog)
{
    const Result<uint64_t> generation = catalog.generation();
    if (!generation)
        return tl::unexpected(generation.error());
    const IndexStatus now = context.status();
    const bool isPartial = !context.areVectorsComplete || now.state == IndexState::Scanning
        || now.state == IndexState::Error;
    SearchedIndex index{context.meaning(), context.counters, now.generation,
                        now.files,         now.pending,      isPartial};
    index.stems = &context.stems;
    index.catalogGeneration = *generation;
    return index;
}

// An answer that was given already, if nothing changed since; what the index does meanwhile is told
// as it is now.
Result<SearchReply> IndexService::Private::answer(Catalog &catalog, const SearchRequest &request)
{
    QElapsedTimer timer;
    timer.start();
    IndexCounters &counters = context.counters;
    Result<SearchedIndex> begun = searched(catalog);
    if (!begun)
        return tl::unexpected(begun.error());
    SearchedIndex &index = *begun;
    const uint64_t generation = index.catalogGeneration;
    if (request.isOfPast()) {
        Result<SearchedPast> past = searchedPast(*context.view, request);
        if (!past)
            return tl::unexpected(past.error());
        auto alive = context.alive.find(catalog, generation, *past);
        if (!alive)
            return tl::unexpected(alive.error());
        past->alive = std::move(*alive);
        index.past = std::move(*past);
    }
    const QByteArray key
        = resultKey(request, generation, context.meaning().embedder->id())
        + (index.past ? listSignature(*index.past) : QByteArray());
    // Rights change without the index knowing: what is of the past is looked at each time.
    const bool isKept
        = !request.isExplained && context.areVectorsComplete && !request.isOfPast();
    if (isKept) {
        if (auto known = context.results.find(key)) {
            const IndexStatus now = context.status();
            known->pending = now.pending;
            known->searched = now.files;
            known->tookUs = timer.nsecsElapsed() / 1000;
            counters.results.hitTime.add(known->tookUs);
            counters.search.add(known->tookUs);
            return *known;
        }
    }
    IndexSearcher searcher(std::move(index), catalog);
    Result<SearchReply> found = searcher.search(request);
    if (!found)
        return found;
    // With what had to be found out before: which snapshots there are, and what they have.
    found->tookUs = timer.nsecsElapsed() / 1000;
    counters.weakAnswers += found->weak ? 1 : 0;
    counters.search.add(found->tookUs);
    if (isKept) {
        counters.results.missTime.add(found->tookUs);
        if (!found->partial)
            context.results.put(key, *found);
    }
    return found;
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
    FileReport report;
    const Status done = d->read([&](Catalog &catalog) -> Status {
        Result<FileReport> found = d->explain(catalog, withoutSlashes(path));
        if (!found)
            return tl::unexpected(found.error());
        report = std::move(*found);
        if (!request || report.ino == 0)
            return {};
        Result<SearchedIndex> index = d->searched(catalog);
        if (!index)
            return tl::unexpected(index.error());
        IndexSearcher searcher(std::move(*index), catalog);
        const Result<HitReport> hit = searcher.explain(*request, report.ino);
        if (!hit)
            return tl::unexpected(hit.error());
        report.query = queryReportOf(*hit);
        return {};
    });
    if (!done)
        return tl::unexpected(done.error());
    return report;
}

Result<FileReport> IndexService::Private::explain(Catalog &catalog, const QByteArray &path)
{
    const auto ino = catalog.inodeOf(path);
    if (!ino)
        return tl::unexpected(ino.error());
    const QByteArray absolute = context.view->mountPoint() + '/' + path;
    struct stat now = {};
    const bool isThere = lstat(absolute.constData(), &now) == 0;
    FileReport report;
    if (ino->has_value()) {
        const auto row = catalog.file(**ino);
        if (!row)
            return tl::unexpected(row.error());
        if (row->has_value())
            report = reportOf(**row);
    }
    if (!isThere) {
        report.state = FileIndexState::Missing;
        report.reason = QStringLiteral("there is no such file on the volume");
        return report;
    }
    if (!S_ISREG(now.st_mode)) {
        report.state = FileIndexState::Excluded;
        report.reason = S_ISDIR(now.st_mode) ? QStringLiteral("it is a folder")
                                             : QStringLiteral("it is not a regular file");
        return report;
    }
    if (access(absolute.constData(), R_OK) != 0 && errno == EACCES) {
        report.state = FileIndexState::Forbidden;
        report.reason = QStringLiteral("the daemon may not read it");
        report.ino = now.st_ino;
        return report;
    }
    const QString rule = ruleAgainst(path);
    if (!rule.isEmpty()) {
        report.state = FileIndexState::Excluded;
        report.reason = rule;
        report.ino = 0;
        return report;
    }
    const auto position = catalog.queuePosition(now.st_ino);
    if (!position)
        return tl::unexpected(position.error());
    report.queuePosition = *position;
    // Not yet seen by the feed counts as waiting too.
    if (*position > 0 || report.ino != now.st_ino)
        report.state = FileIndexState::Pending;
    report.ino = now.st_ino;
    return report;
}

// What is set of the index that keeps a file out of it; empty when nothing does.
QString IndexService::Private::ruleAgainst(const QByteArray &path) const
{
    const IndexSettings settings = context.settings();
    const QString rule = settings.ruleAgainst(path);
    if (!rule.isEmpty() || settings.types.isEmpty())
        return rule;
    QFile file(QFile::decodeName(context.view->mountPoint() + '/' + path));
    const QByteArray beginning =
        file.open(QIODevice::ReadOnly) ? file.read(kKindProbeBytes) : QByteArray();
    const QString type = fileKind(path, beginning).mimeType;
    return settings.takesType(type)
        ? QString()
        : QStringLiteral("files of type %1 are not among those that are indexed").arg(type);
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
    QVector<std::pair<QString, QString>> all;
    const Status done = d->read([&](Catalog &catalog) -> Status {
        auto found = suggestions(catalog, prefix, limit);
        if (!found)
            return tl::unexpected(found.error());
        all = std::move(*found);
        return {};
    });
    if (!done)
        return tl::unexpected(done.error());
    return all;
}

Result<FailurePage> IndexService::failures(int limit, uint64_t after)
{
    if (limit < 1 || limit > kFailuresMax) {
        return fail(Errc::InvalidArgs,
                    QStringLiteral("limit %1 is not in 1..%2").arg(limit).arg(kFailuresMax));
    }
    FailurePage page;
    const Status done = d->read([&](Catalog &catalog) -> Status {
        const auto rows = catalog.failures(limit + 1, after);
        if (!rows)
            return tl::unexpected(rows.error());
        for (const FileRow &row : *rows) {
            if (page.failures.size() == limit) {
                page.next = page.failures.constLast().ino;
                break;
            }
            page.failures.push_back({row.path(), row.ino, row.reason, row.indexedAtNs});
        }
        const auto counts = catalog.counts();
        if (!counts)
            return tl::unexpected(counts.error());
        page.total = counts->failed;
        return {};
    });
    if (!done)
        return tl::unexpected(done.error());
    return page;
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
    Result<MapView> view;
    const Status done = d->read([&](Catalog &catalog) -> Status {
        view = d->map.view(catalog);
        return view ? Status() : Status(tl::unexpected(view.error()));
    });
    if (!done)
        return tl::unexpected(done.error());
    return view;
}

Result<QVector<std::optional<MapDocument>>>
IndexService::mapDocuments(const QVector<uint64_t> &inodes, const QString &snapshot)
{
    if (!snapshot.isEmpty())
        return d->map.describeIn(snapshot, d->reader(), inodes);
    Result<QVector<std::optional<MapDocument>>> documents;
    const Status done = d->read([&](Catalog &catalog) -> Status {
        documents = d->map.describe(catalog, inodes);
        return documents ? Status() : Status(tl::unexpected(documents.error()));
    });
    if (!done)
        return tl::unexpected(done.error());
    return documents;
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

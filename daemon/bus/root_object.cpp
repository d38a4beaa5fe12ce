// SPDX-License-Identifier: Apache-2.0
#include "daemon/bus/root_object.h"

#include "common/base/file_uri.h"
#include "common/dbus/names.h"
#include "common/dbus/options.h"
#include "common/dbus/types.h"
#include "daemon/bus/source_object.h"
#include "daemon/service/rights/user_rights.h"

#include <QCoreApplication>
#include <QDBusUnixFileDescriptor>
#include <QElapsedTimer>
#include <QtEndian>

#include <cmath>
#include <limits>

namespace vexfs::daemon {

using base::Errc;
using base::Result;

namespace {

constexpr quint64 kAny = std::numeric_limits<quint64>::max();
constexpr quint64 kTimeMost = std::numeric_limits<qint64>::max() / 1000;

Result<QList<QByteArray>> pathsOf(const QStringList &uris)
{
    QList<QByteArray> out;
    for (const QString &uri : uris) {
        const auto path = base::pathFromUri(uri);
        if (!path)
            return tl::unexpected(path.error());
        out.append(*path);
    }
    return out;
}

void createVolume(const BusContext &context, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"label", "size", "force", "mount", "mount-point"});
    CreateVolumeRequest request;
    request.label = options.text("label");
    request.sizeBytes = options.number("size", 0, kAny);
    request.isForced = options.boolean("force");
    MountVolumeRequest mount;
    const QString mountPoint = options.text("mount-point");
    const bool isMounted = options.boolean("mount") || !mountPoint.isEmpty();
    const auto device = base::pathFromUri(call.text(0));
    const auto folder = base::pathFromUri(mountPoint.isEmpty() ? QStringLiteral("/") : mountPoint);
    for (const auto &fits :
         {options.status(), device ? base::Status() : tl::unexpected(device.error()),
          folder ? base::Status() : tl::unexpected(folder.error())}) {
        if (!fits)
            return call.fail(fits.error());
    }
    request.image = *device;
    if (!mountPoint.isEmpty())
        mount.mountPoint = *folder;
    VolumeService *volumes = context.services.volumes;
    JobRequest job = jobRequest(QStringLiteral("format"), {});
    job.isCancelable = false;
    const uint32_t id = context.services.jobs->start(
        job, [volumes, request, mount, isMounted](Job &at) -> Result<QVariantMap> {
            at.setStage(QStringLiteral("formatting"));
            const auto uuid = volumes->create(request);
            if (!uuid)
                return tl::unexpected(uuid.error());
            at.addVolume(*uuid);
            QVariantMap result{{QStringLiteral("volume"), *uuid}};
            if (!isMounted)
                return result;
            at.setStage(QStringLiteral("mounting"));
            const auto path = volumes->mount(*uuid, mount);
            if (!path)
                return tl::unexpected(path.error());
            result.insert(QStringLiteral("uri"), base::uriFromPath(*path));
            return result;
        });
    call.reply({QVariant::fromValue(jobObjectPath(id))});
}

void openVolume(const BusContext &context, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    const auto device = base::pathFromUri(call.text(0));
    if (!options.status() || !device)
        return call.fail(device ? options.status().error() : device.error());
    VolumeService *volumes = context.services.volumes;
    answerFromPool(context, call, [volumes, image = *device]() -> Result<QVariantList> {
        const auto uuid = volumes->open(image);
        if (!uuid)
            return tl::unexpected(uuid.error());
        return QVariantList{QVariant::fromValue(QDBusObjectPath(dbus::volumePath(*uuid)))};
    });
}

void resolveUri(const BusContext &context, const dbus::Call &call)
{
    const auto path = base::pathFromUri(call.text(0));
    if (!path)
        return call.fail(path.error());
    const auto location = context.services.volumes->locate(*path);
    if (!location)
        return call.fail(location.error());
    const QVariantMap properties{
        {QStringLiteral("relative"), base::uriReferenceFromPath(location->relativePath)},
        {QStringLiteral("snapshot"), location->snapshot}};
    call.reply(
        {QVariant::fromValue(QDBusObjectPath(dbus::volumePath(location->uuid))), properties});
}

/// Little-endian float32.
Result<QVector<float>> vectorOf(const QByteArray &bytes)
{
    constexpr qsizetype kElement = sizeof(float);
    if (bytes.size() % kElement != 0 || bytes.size() > kElement * 65'536)
        return base::fail(Errc::InvalidVector, QStringLiteral("'vector' is no array of float32"));
    QVector<float> out(bytes.size() / kElement);
    qFromLittleEndian<float>(bytes.constData(), out.size(), out.data());
    for (const float each : out) {
        if (!std::isfinite(each))
            return base::fail(Errc::InvalidVector, QStringLiteral("'vector' is not finite"));
    }
    return out;
}

/// at: a time as a number, or a word.
void readTime(const QVariantMap &values, dbus::Options *options, SearchQuery *query)
{
    const QStringList scopes{QStringLiteral("live"), QStringLiteral("all"),
                             QStringLiteral("only")};
    const QString scope = options->word("snapshots", scopes.constFirst(), scopes);
    query->snapshots
        = static_cast<SnapshotScope>(std::max<qsizetype>(scopes.indexOf(scope), 0));
    const QString file = QStringLiteral("file");
    const QString version = QStringLiteral("version");
    query->isByVersion = options->word("collapse", file, {file, version}) == version;
    if (values.value(QStringLiteral("at")).typeId() == QMetaType::QString)
        query->at = options->text("at");
    else
        query->atUs = static_cast<int64_t>(options->number("at", 0, kTimeMost));
}

Result<SearchQuery> queryOf(const dbus::Call &call)
{
    dbus::Options options(call.options(), {"limit", "mode", "scope", "volumes", "types", "since",
                                           "until", "min-score", "feedback", "prefix", "explain",
                                           "similar-to", "vector", "metric", "snapshots", "at",
                                           "collapse", "plan"});
    static const QStringList modes{QStringLiteral("auto"), QStringLiteral("keyword"),
                                   QStringLiteral("vector"), QStringLiteral("hybrid")};
    static const QStringList plans{QStringLiteral("auto"), QStringLiteral("scan"),
                                   QStringLiteral("during"), QStringLiteral("after")};
    SearchQuery query;
    query.text = call.text(0);
    query.limit = static_cast<int>(options.number("limit", 20, kSearchLimitMax));
    const QString mode = options.word("mode", modes.constFirst(), modes);
    query.mode = static_cast<SearchMode>(std::max<qsizetype>(modes.indexOf(mode), 0));
    query.types = options.texts("types");
    query.sinceUs = static_cast<int64_t>(options.number("since", 0, kTimeMost));
    query.untilUs = static_cast<int64_t>(options.number("until", 0, kTimeMost));
    query.hasFeedback = options.boolean("feedback", true);
    query.isPrefix = options.boolean("prefix");
    query.isExplained = options.boolean("explain");
    const QString plan = options.word("plan", plans.constFirst(), plans);
    query.plan = static_cast<PlanHint>(std::max<qsizetype>(plans.indexOf(plan), 0));
    query.minScore = options.real("min-score", 0, 0, 1);
    const QString similar = options.text("similar-to");
    const auto similarPath = base::pathFromUri(similar.isEmpty() ? QStringLiteral("/") : similar);
    const auto vector = vectorOf(options.bytes("vector"));
    const QString cosine = QStringLiteral("cosine");
    options.word("metric", cosine, {cosine});
    readTime(call.options(), &options, &query);
    const auto scopes = pathsOf(options.texts("scope"));
    for (const QString &path : options.paths("volumes"))
        query.volumes.append(dbus::volumeUuid(path));
    if (auto fits = options.status(); !fits)
        return tl::unexpected(fits.error());
    for (const base::Error *error :
         {scopes ? nullptr : &scopes.error(), similarPath ? nullptr : &similarPath.error(),
          vector ? nullptr : &vector.error()}) {
        if (error)
            return tl::unexpected(*error);
    }
    query.scopes = *scopes;
    query.vector = *vector;
    if (!similar.isEmpty())
        query.similarTo = *similarPath;
    return query;
}

dbus::HitRow hitRow(const FoundFile &file)
{
    const SearchHit &hit = file.hit;
    QList<dbus::TextRange> highlights;
    for (const HighlightRange &each : hit.highlights)
        highlights.append({each.begin, each.end});
    QVariantMap props{
        {QStringLiteral("title"), hit.title},
        {QStringLiteral("snippet"), hit.snippet},
        {QStringLiteral("highlights"), QVariant::fromValue(highlights)},
        {QStringLiteral("type"), hit.mimeType},
        {QStringLiteral("size"), static_cast<qulonglong>(hit.sizeBytes)},
        {QStringLiteral("mtime"), static_cast<qulonglong>(hit.mtimeNs / 1000)},
        {QStringLiteral("chunk"), hit.chunkIndex},
        {QStringLiteral("range"), QVariant::fromValue(dbus::Amounts{hit.beginBytes, hit.endBytes})},
        {QStringLiteral("matched"), legWords(hit.legs)},
        {QStringLiteral("keyword-score"), hit.keywordScore},
        {QStringLiteral("vector-score"), hit.vectorScore},
        {QStringLiteral("volume"),
         QVariant::fromValue(QDBusObjectPath(dbus::volumePath(file.volume)))},
    };
    if (hit.page > 0)
        props.insert(QStringLiteral("page"), hit.page);
    for (const auto &[name, value] :
         {std::pair(QStringLiteral("member"), &hit.member),
          std::pair(QStringLiteral("author"), &hit.author),
          std::pair(QStringLiteral("language"), &hit.language)}) {
        if (!value->isEmpty())
            props.insert(name, *value);
    }
    if (!hit.snapshot.isEmpty())
        props.insert(QStringLiteral("snapshot"), hit.snapshot);
    if (hit.snapshotCount > 0) {
        props.insert(QStringLiteral("snapshots"), hit.snapshots);
        props.insert(QStringLiteral("snapshot-count"), hit.snapshotCount);
    }
    if (hit.versions > 0)
        props.insert(QStringLiteral("versions"), hit.versions);
    if (hit.documentNs > 0)
        props.insert(QStringLiteral("document-time"),
                     static_cast<qulonglong>(hit.documentNs / 1000));
    return {base::uriFromPath(file.path), hit.score, props};
}

QVariantMap planRow(const SearchPlan &plan)
{
    QVariantMap ways;
    for (const auto &[way, us] : plan.waysUs)
        ways.insert(way, us);
    return {{QStringLiteral("part"), plan.part},
            {QStringLiteral("way"), plan.way},
            {QStringLiteral("completed"), plan.isCompleted},
            {QStringLiteral("rows"), static_cast<qulonglong>(plan.rows)},
            {QStringLiteral("estimated-rows"), static_cast<qulonglong>(plan.expectedRows)},
            {QStringLiteral("taken"), static_cast<qulonglong>(plan.actualRows)},
            {QStringLiteral("estimated-distances"), plan.expectedDistances},
            {QStringLiteral("distances"), static_cast<qulonglong>(plan.actualDistances)},
            {QStringLiteral("estimated-us"), plan.expectedUs},
            {QStringLiteral("took-us"), plan.actualUs},
            {QStringLiteral("ways-us"), ways}};
}

QList<QVariantMap> stageRows(const QList<VolumeStage> &stages)
{
    QList<QVariantMap> rows;
    for (const auto &[volume, stage] : stages) {
        QVariantMap row{
            {QStringLiteral("volume"),
             QVariant::fromValue(QDBusObjectPath(dbus::volumePath(volume)))},
            {QStringLiteral("name"), stage.name},
            {QStringLiteral("plan"), stage.plan},
            {QStringLiteral("rows"), static_cast<qulonglong>(stage.rows)},
            {QStringLiteral("took-us"), static_cast<qulonglong>(stage.tookUs)},
        };
        if (stage.estimated >= 0.0)
            row.insert(QStringLiteral("estimated"), stage.estimated);
        QList<QVariantMap> plans;
        for (const SearchPlan &plan : stage.plans)
            plans.append(planRow(plan));
        if (!plans.isEmpty())
            row.insert(QStringLiteral("plans"), QVariant::fromValue(plans));
        rows.append(row);
    }
    return rows;
}

void suggest(const BusContext &context, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"limit"});
    const int limit = static_cast<int>(options.number("limit", 10, 100));
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    SearchService *service = context.services.search;
    answerFromPool(context, call,
                   [service, prefix = call.text(0), limit]() -> Result<QVariantList> {
                       const auto found = service->suggest(prefix, limit);
                       if (!found)
                           return tl::unexpected(found.error());
                       QList<dbus::SuggestionRow> rows;
                       for (const Suggestion &each : *found)
                           rows.append({each.text, each.kind, {}});
                       return QVariantList{QVariant::fromValue(rows)};
                   });
}

void search(const BusContext &context, const dbus::Call &call)
{
    const auto query = queryOf(call);
    if (!query)
        return call.fail(query.error());
    SearchService *service = context.services.search;
    answerFromPool(context, call, [service, query = *query]() -> Result<QVariantList> {
        QElapsedTimer took;
        took.start();
        const auto answer = service->search(query);
        if (!answer)
            return tl::unexpected(answer.error());
        QList<dbus::HitRow> rows;
        for (const FoundFile &each : answer->files)
            rows.append(hitRow(each));
        QVariantMap info{
            {QStringLiteral("took-us"), static_cast<qulonglong>(took.nsecsElapsed() / 1000)},
            {QStringLiteral("generation"), static_cast<qulonglong>(answer->generation)},
            {QStringLiteral("searched"), static_cast<qulonglong>(answer->searched)},
            {QStringLiteral("pending"), static_cast<qulonglong>(answer->pending)},
            {QStringLiteral("weak"), answer->isWeak},
            {QStringLiteral("partial"), answer->isPartial},
        };
        if (!answer->rewritten.isEmpty())
            info.insert(QStringLiteral("rewritten"), answer->rewritten);
        if (!answer->stages.isEmpty())
            info.insert(QStringLiteral("stages"), QVariant::fromValue(stageRows(answer->stages)));
        return QVariantList{QVariant::fromValue(rows), info};
    });
}

void addUris(const BusContext &context, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"into", "create", "mode", "recursive", "on-duplicate"});
    const QString into = options.text("into");
    const QString keepBoth = QStringLiteral("keep-both");
    AddRequest request;
    request.isRecursive = options.boolean("recursive", true);
    const QString copy = QStringLiteral("copy");
    const QString move = QStringLiteral("move");
    request.isMove = options.word("mode", copy, {copy, move}) == move;
    request.isIntoMade = options.boolean("create");
    const QString duplicate =
        options.word("on-duplicate", QStringLiteral("skip"), {QStringLiteral("skip"), keepBoth});
    request.onDuplicate = duplicate == keepBoth ? OnDuplicate::KeepBoth : OnDuplicate::Skip;
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    const auto sources = pathsOf(call.texts(0));
    if (!sources)
        return call.fail(sources.error());
    request.sources = *sources;
    if (!into.isEmpty()) {
        const auto folder = base::pathFromUri(into);
        if (!folder)
            return call.fail(folder.error());
        request.into = *folder;
    }
    DocumentService *documents = context.services.documents;
    JobRegistry *jobs = context.services.jobs;
    using Prepared = std::pair<QString, AddRequest>;
    answerWithJob(
        context, call,
        [documents, request]() -> Result<Prepared> {
            AddRequest complete = request;
            const auto uuid = documents->prepare(&complete);
            if (!uuid)
                return tl::unexpected(uuid.error());
            return Prepared{*uuid, complete};
        },
        [documents, jobs](const Prepared &prepared) {
            JobRequest job = jobRequest(QStringLiteral("ingest"), {prepared.first});
            job.isPausable = true;
            return jobs->start(job, documents->addition(prepared.first, prepared.second));
        });
}

/// This daemon has the user role; the system role is not built.
void getPermissions(const BusContext &, const dbus::Call &call)
{
    call.reply({QVariant::fromValue(dbus::Words(base::permissionWords(userRights())))});
}

/// Answers with a descriptor: what it holds back goes on when that is closed.
void inhibit(const BusContext &context, const dbus::Call &call)
{
    const Inhibitor wanted{call.text(0), call.text(1), call.text(2), call.callerUid()};
    if (!WorkPolicy::isKnown(wanted.what)) {
        return call.fail({Errc::InvalidArgs,
                          QStringLiteral("'%1' is none of indexing, snapshots, maintenance")
                              .arg(wanted.what)});
    }
    dbus::Options options(call.options(), {});
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    const auto descriptor = context.inhibitors->add(wanted);
    if (!descriptor)
        return call.fail(descriptor.error());
    QDBusUnixFileDescriptor given;
    given.giveFileDescriptor(*descriptor);
    call.reply({QVariant::fromValue(given)});
}

QVariantMap managerProperties(const BusContext &context)
{
    QList<dbus::InhibitorRow> inhibitors;
    for (const Inhibitor &each : context.services.policy->inhibitors())
        inhibitors.append({each.what, each.who, each.why, each.uid});
    return {
        {QStringLiteral("Inhibitors"), QVariant::fromValue(inhibitors)},
        {QStringLiteral("Version"), QCoreApplication::applicationVersion()},
        {QStringLiteral("ApiVersion"), 1U},
        {QStringLiteral("Role"), QStringLiteral("user")},
        {QStringLiteral("Features"),
         QStringList{QStringLiteral("fuse-driver"), QStringLiteral("embed-text"),
                     QStringLiteral("plain-folders"), QStringLiteral("snapshot-search")}},
    };
}

} // namespace

QList<dbus::Binding> rootBindings(const BusContext &context)
{
    const auto method = [&context](auto function) {
        return [context, function](const dbus::Call &call) { function(context, call); };
    };
    dbus::Binding manager{dbus::kManager, {}, [context] { return managerProperties(context); }};
    manager.methods.insert(QStringLiteral("GetPermissions"), method(getPermissions));
    manager.methods.insert(QStringLiteral("Inhibit"), method(inhibit));
    manager.methods.insert(QStringLiteral("CreateVolume"), method(createVolume));
    manager.methods.insert(QStringLiteral("OpenVolume"), method(openVolume));
    manager.methods.insert(QStringLiteral("ResolveUri"), method(resolveUri));
    manager.methods.insert(QStringLiteral("AddSource"), method(addSource));
    manager.methods.insert(QStringLiteral("RemoveSource"), method(removeSource));
    dbus::Binding searching{dbus::kSearch, {}, {}};
    searching.methods.insert(QStringLiteral("Search"), method(search));
    searching.methods.insert(QStringLiteral("Suggest"), method(suggest));
    dbus::Binding documents{dbus::kDocuments, {}, {}};
    documents.methods.insert(QStringLiteral("AddUris"), method(addUris));
    return {manager, searching, documents};
}

} // namespace vexfs::daemon

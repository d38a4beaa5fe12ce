// SPDX-License-Identifier: Apache-2.0
#include "common/client/bus_client.h"

#include "common/client/client_decode.h"
#include "common/client/map_points.h"
#include "common/client/signal_relay.h"
#include "common/dbus/names.h"
#include "common/dbus/types.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusUnixFileDescriptor>
#include <QPromise>

namespace vexfs::client {

using base::Errc;
using base::Error;
using base::Result;

namespace {

/// Mounting may replay and check; who is not willing to wait says so above.
constexpr int kCallTimeoutMs = 15 * 60 * 1000;

Error errorOf(const QDBusMessage &reply)
{
    const QString name = reply.errorName();
    Error error{base::errcFromBusName(name), reply.errorMessage()};
    if (name == QLatin1String("org.freedesktop.DBus.Error.UnknownObject"))
        error.code = Errc::NotFound;
    if (name == QLatin1String("org.freedesktop.DBus.Error.UnknownMethod"))
        error.code = Errc::NotSupported;
    if (name.startsWith(QLatin1String("org.freedesktop.DBus.Error.Spawn.")))
        error.code = Errc::ServiceUnavailable;
    if (error.code == Errc::ServiceUnavailable) {
        error.what =
            QStringLiteral("The VexFS daemon does not answer (%1)").arg(reply.errorMessage());
    }
    return error;
}

Result<Done> nothing(const QDBusMessage &)
{
    return Done();
}

Result<QString> textReply(const QDBusMessage &reply)
{
    return reply.arguments().value(0).toString();
}

Result<QString> pathReply(const QDBusMessage &reply)
{
    return reply.arguments().value(0).value<QDBusObjectPath>().path();
}

/// Of the questions to a map.
QVariantMap momentOptions(const QString &snapshot)
{
    if (snapshot.isEmpty())
        return {};
    return {{QStringLiteral("snapshot"), snapshot}};
}

template <class T>
T argument(const QDBusMessage &reply, int index)
{
    return qdbus_cast<T>(reply.arguments().value(index));
}

QList<FileState> fileStates(const QDBusMessage &reply)
{
    QList<FileState> out;
    for (const auto &row : argument<QList<dbus::FailureRow>>(reply, 0)) {
        out.append({row.uri, row.reason, text(row.props, "target"), text(row.props, "cause"),
                    text(row.props, "reason")});
    }
    return out;
}

} // namespace

struct BusClient::Target
{
    QString path;
    QString interface;
    const char *method;
};

class BusClient::Private
{
public:
    QDBusConnection connection = QDBusConnection::sessionBus();
};

BusClient::BusClient(QObject *parent) : QObject(parent), d(std::make_unique<Private>())
{
    dbus::registerTypes();
}

BusClient::~BusClient() = default;

template <class T, class Decode>
Reply<T> BusClient::call(const Target &target, const QVariantList &arguments, Decode decode)
{
    auto promise = std::make_shared<QPromise<Result<T>>>();
    promise->start();
    const Reply<T> future = promise->future();
    const auto finish = [promise](Result<T> result) {
        promise->addResult(std::move(result));
        promise->finish();
    };
    if (!d->connection.isConnected()) {
        finish(base::fail(Errc::ServiceUnavailable, QStringLiteral("There is no session bus (%1)")
                                                        .arg(d->connection.lastError().message())));
        return future;
    }
    QDBusMessage message = QDBusMessage::createMethodCall(
        dbus::kService, target.path, target.interface, QLatin1String(target.method));
    message.setArguments(arguments);
    auto *watcher =
        new QDBusPendingCallWatcher(d->connection.asyncCall(message, kCallTimeoutMs), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this,
            [finish, decode](QDBusPendingCallWatcher *done) {
                const QDBusMessage reply = done->reply();
                if (reply.type() == QDBusMessage::ErrorMessage)
                    finish(tl::unexpected(errorOf(reply)));
                else
                    finish(decode(reply));
                done->deleteLater();
            });
    return future;
}

Reply<DaemonInfo> BusClient::daemon()
{
    return call<DaemonInfo>({dbus::kRootPath, dbus::kProperties, "GetAll"}, {dbus::kManager},
                            [](const QDBusMessage &reply) -> Result<DaemonInfo> {
                                return decodeDaemon(argument<QVariantMap>(reply, 0));
                            });
}

Reply<Inventory> BusClient::inventory()
{
    return call<Inventory>({dbus::kRootPath, dbus::kObjectManager, "GetManagedObjects"}, {},
                           [](const QDBusMessage &reply) -> Result<Inventory> {
                               return decodeInventory(argument<dbus::ManagedObjects>(reply, 0));
                           });
}

Reply<base::Permissions> BusClient::permissions()
{
    return call<base::Permissions>({dbus::kRootPath, dbus::kManager, "GetPermissions"}, {},
                                   [](const QDBusMessage &reply) -> Result<base::Permissions> {
                                       return base::permissionsFromWords(
                                           argument<dbus::Words>(reply, 0));
                                   });
}

Reply<QString> BusClient::createVolume(const CreateVolumeOptions &options)
{
    QVariantMap map{{QStringLiteral("force"), options.isForced},
                    {QStringLiteral("mount"), options.isMounted}};
    if (!options.label.isEmpty())
        map.insert(QStringLiteral("label"), options.label);
    if (options.sizeBytes > 0)
        map.insert(QStringLiteral("size"), static_cast<qulonglong>(options.sizeBytes));
    if (!options.mountPoint.isEmpty())
        map.insert(QStringLiteral("mount-point"), options.mountPoint);
    return call<QString>({dbus::kRootPath, dbus::kManager, "CreateVolume"}, {options.device, map},
                         pathReply);
}

Reply<QString> BusClient::openVolume(const QString &device)
{
    return call<QString>({dbus::kRootPath, dbus::kManager, "OpenVolume"}, {device, QVariantMap()},
                         pathReply);
}

Reply<QString> BusClient::mount(const QString &volume, const MountOptions &options)
{
    QVariantMap map{{QStringLiteral("read-only"), options.isReadOnly}};
    if (!options.mountPoint.isEmpty())
        map.insert(QStringLiteral("mount-point"), options.mountPoint);
    return call<QString>({volume, dbus::kVolume, "Mount"}, {map}, textReply);
}

Reply<QString> BusClient::addSource(const QString &uri)
{
    return call<QString>({dbus::kRootPath, dbus::kManager, "AddSource"}, {uri, QVariantMap()},
                         pathReply);
}

Reply<Done> BusClient::removeSource(const QString &source)
{
    return call<Done>({dbus::kRootPath, dbus::kManager, "RemoveSource"},
                      {QVariant::fromValue(QDBusObjectPath(source)), QVariantMap()}, nothing);
}

Reply<Done> BusClient::unmount(const QString &volume, bool isForced)
{
    return call<Done>({volume, dbus::kVolume, "Unmount"},
                      {QVariantMap{{QStringLiteral("force"), isForced}}}, nothing);
}

Reply<Done> BusClient::setLabel(const QString &volume, const QString &label)
{
    return call<Done>({volume, dbus::kVolume, "SetLabel"}, {label, QVariantMap()}, nothing);
}

Reply<QString> BusClient::resizeVolume(const QString &volume, uint64_t sizeBytes)
{
    return call<QString>({volume, dbus::kVolume, "Resize"},
                         {static_cast<qulonglong>(sizeBytes), QVariantMap()}, pathReply);
}

Reply<QString> BusClient::checkVolume(const QString &volume, const CheckOptions &options)
{
    const QVariantMap map{{QStringLiteral("repair"), options.isRepair},
                          {QStringLiteral("data"), options.hasData}};
    return call<QString>({volume, dbus::kVolume, "Check"}, {map}, pathReply);
}

Reply<QString> BusClient::scrubVolume(const QString &volume, uint64_t bytesPerSecond)
{
    const QVariantMap map{{QStringLiteral("rate"), static_cast<qulonglong>(bytesPerSecond)}};
    return call<QString>({volume, dbus::kVolume, "Scrub"}, {map}, pathReply);
}

Reply<QString> BusClient::createSnapshot(const QString &volume, const QString &name,
                                         const SnapshotOptions &options)
{
    QVariantMap map{{QStringLiteral("writable"), options.isWritable}};
    if (!options.description.isEmpty())
        map.insert(QStringLiteral("description"), options.description);
    return call<QString>({volume, dbus::kSnapshots, "Create"}, {name, map}, textReply);
}

Reply<SnapshotPage> BusClient::listSnapshots(const QString &volume, const QString &after)
{
    QVariantMap map{{QStringLiteral("limit"), 1000U}};
    if (!after.isEmpty())
        map.insert(QStringLiteral("after"), after);
    return call<SnapshotPage>({volume, dbus::kSnapshots, "List"}, {map},
                              [](const QDBusMessage &reply) -> Result<SnapshotPage> {
                                  SnapshotPage page;
                                  for (const auto &row : argument<QList<dbus::NamedRow>>(reply, 0))
                                      page.snapshots.append(decodeSnapshot(row));
                                  const auto info = argument<QVariantMap>(reply, 1);
                                  page.next = text(info, "next");
                                  page.total = number(info, "total");
                                  return page;
                              });
}

Reply<QString> BusClient::deleteSnapshots(const QString &volume, const QStringList &names)
{
    return call<QString>({volume, dbus::kSnapshots, "Delete"}, {names, QVariantMap()}, pathReply);
}

Reply<ChangePage> BusClient::changes(const QString &volume, const QString &from,
                                     const QString &to, const QString &after)
{
    QVariantMap map{{QStringLiteral("limit"), 10000U}};
    if (!after.isEmpty())
        map.insert(QStringLiteral("after"), after);
    return call<ChangePage>(
        {volume, dbus::kSnapshots, "GetChanges"}, {from, to, map},
        [](const QDBusMessage &reply) -> Result<ChangePage> {
            ChangePage page;
            for (const auto &row : argument<QList<dbus::FailureRow>>(reply, 0)) {
                page.changes.append({row.uri, row.reason, text(row.props, "old-path"),
                                     number(row.props, "size"), number(row.props, "old-size"),
                                     row.props.value(QStringLiteral("folder")).toBool()});
            }
            const auto info = argument<QVariantMap>(reply, 1);
            page.next = text(info, "next");
            page.total = number(info, "total");
            return page;
        });
}

Reply<QList<FileVersion>> BusClient::versions(const QString &volume, const QString &uri)
{
    return call<QList<FileVersion>>(
        {volume, dbus::kSnapshots, "ListVersions"}, {uri, QVariantMap()},
        [](const QDBusMessage &reply) -> Result<QList<FileVersion>> {
            QList<FileVersion> out;
            for (const auto &row : argument<QList<dbus::NamedRow>>(reply, 0)) {
                out.append({row.name,
                            row.props.value(QStringLiteral("snapshots")).toStringList(),
                            number(row.props, "mtime"), number(row.props, "size"),
                            row.props.value(QStringLiteral("live")).toBool(),
                            text(row.props, "deleted-after")});
            }
            return out;
        });
}

Reply<QString> BusClient::restore(const QString &volume, const RestoreOptions &options)
{
    QVariantMap map{{QStringLiteral("dry-run"), options.isDryRun}};
    if (!options.destinationUri.isEmpty())
        map.insert(QStringLiteral("destination"), options.destinationUri);
    if (!options.conflict.isEmpty())
        map.insert(QStringLiteral("conflict"), options.conflict);
    return call<QString>({volume, dbus::kSnapshots, "Restore"},
                         {options.snapshot, options.uris, map}, pathReply);
}

Reply<quint64> BusClient::estimateReclaim(const QString &volume, const QStringList &names)
{
    return call<quint64>({volume, dbus::kSnapshots, "EstimateReclaim"}, {names, QVariantMap()},
                         [](const QDBusMessage &reply) -> Result<quint64> {
                             return reply.arguments().value(0).toULongLong();
                         });
}

Reply<Done> BusClient::setSnapshot(const QString &volume, const QString &name,
                                   const QVariantMap &changes)
{
    return call<Done>({volume, dbus::kSnapshots, "Set"}, {name, changes, QVariantMap()}, nothing);
}

Reply<Done> BusClient::setSchedule(const QString &volume, const QVariantMap &schedule)
{
    return call<Done>({volume, dbus::kSnapshots, "SetSchedule"}, {schedule, QVariantMap()},
                      nothing);
}

Reply<QString> BusClient::rollback(const QString &volume, const QString &snapshot)
{
    return call<QString>({volume, dbus::kSnapshots, "Rollback"}, {snapshot, QVariantMap()},
                         pathReply);
}

Reply<QString> BusClient::undo(const QString &volume, const QString &snapshot)
{
    return call<QString>({volume, dbus::kSnapshots, "Undo"}, {snapshot, QVariantMap()}, pathReply);
}

Reply<Done> BusClient::pauseIndex(const QString &volume, uint32_t minutes, const QString &reason)
{
    QVariantMap map{{QStringLiteral("minutes"), minutes}};
    if (!reason.isEmpty())
        map.insert(QStringLiteral("reason"), reason);
    return call<Done>({volume, dbus::kIndex, "Pause"}, {map}, nothing);
}

Reply<Done> BusClient::resumeIndex(const QString &volume)
{
    return call<Done>({volume, dbus::kIndex, "Resume"}, {QVariantMap()}, nothing);
}

Reply<QString> BusClient::reindex(const QString &volume, const QStringList &uris, bool isForced)
{
    return call<QString>({volume, dbus::kIndex, "Reindex"},
                         {uris, QVariantMap{{QStringLiteral("force"), isForced}}}, pathReply);
}

Reply<Done> BusClient::configureIndex(const QString &volume, const QVariantMap &changes)
{
    return call<Done>({volume, dbus::kIndex, "Configure"}, {changes, QVariantMap()}, nothing);
}

Reply<QString> BusClient::setModel(const QString &volume, const QString &model,
                                   const QVariantMap &options)
{
    return call<QString>({volume, dbus::kIndex, "SetModel"}, {model, options}, pathReply);
}

Reply<QList<ModelInfo>> BusClient::listModels(const QString &volume)
{
    return call<QList<ModelInfo>>({volume, dbus::kIndex, "ListModels"}, {},
                                  [](const QDBusMessage &reply) -> Result<QList<ModelInfo>> {
                                      QList<ModelInfo> out;
                                      for (const auto &row :
                                           argument<QList<dbus::NamedRow>>(reply, 0))
                                          out.append(decodeModel(row));
                                      return out;
                                  });
}

Reply<QVariantMap> BusClient::explain(const QString &volume, const QString &uri,
                                      const QString &query)
{
    QVariantMap map;
    if (!query.isEmpty())
        map.insert(QStringLiteral("query"), query);
    return call<QVariantMap>({volume, dbus::kIndex, "Explain"}, {uri, map},
                             [](const QDBusMessage &reply) -> Result<QVariantMap> {
                                 return argument<QVariantMap>(reply, 0);
                             });
}

Reply<FailurePage> BusClient::listFailures(const QString &volume, const QString &after)
{
    QVariantMap map{{QStringLiteral("limit"), 1000U}};
    if (!after.isEmpty())
        map.insert(QStringLiteral("after"), after);
    return call<FailurePage>(
        {volume, dbus::kIndex, "ListFailures"}, {map},
        [](const QDBusMessage &reply) -> Result<FailurePage> {
            FailurePage page;
            for (const auto &row : argument<QList<dbus::FailureRow>>(reply, 0))
                page.failures.append({row.uri, row.reason, number(row.props, "failed-at")});
            const auto info = argument<QVariantMap>(reply, 1);
            page.next = text(info, "next");
            page.total = number(info, "total");
            return page;
        });
}

Reply<QList<FileState>> BusClient::listStates(const QString &volume, const QStringList &uris)
{
    return call<QList<FileState>>({volume, dbus::kIndex, "ListStates"}, {uris, QVariantMap()},
                                  [](const QDBusMessage &reply) -> Result<QList<FileState>> {
                                      return fileStates(reply);
                                  });
}

Reply<MapPoints> BusClient::mapPoints(const QString &volume, const QString &query,
                                      const QString &snapshot)
{
    QVariantMap map = momentOptions(snapshot);
    if (!query.isEmpty())
        map.insert(QStringLiteral("query"), query);
    return call<MapPoints>({volume, dbus::kMap, "GetPoints"}, {map},
                           [](const QDBusMessage &reply) -> Result<MapPoints> {
                               const auto fd = argument<QDBusUnixFileDescriptor>(reply, 0);
                               return readMapPoints(fd.fileDescriptor(),
                                                    argument<QVariantMap>(reply, 1));
                           });
}

Reply<QList<MapCluster>> BusClient::mapClusters(const QString &volume, const QString &snapshot)
{
    return call<QList<MapCluster>>(
        {volume, dbus::kMap, "GetClusters"}, {momentOptions(snapshot)},
        [](const QDBusMessage &reply) -> Result<QList<MapCluster>> {
            QList<MapCluster> out;
            for (const auto &row : argument<QList<dbus::ClusterRow>>(reply, 0))
                out.append({row.id, row.centre.x, row.centre.y, row.size, row.label});
            return out;
        });
}

Reply<QList<MapDocument>> BusClient::mapDocuments(const QString &volume,
                                                  const QList<qulonglong> &ids,
                                                  const QString &snapshot)
{
    return call<QList<MapDocument>>(
        {volume, dbus::kMap, "Describe"},
        {QVariant::fromValue(ids), momentOptions(snapshot)},
        [](const QDBusMessage &reply) -> Result<QList<MapDocument>> {
            QList<MapDocument> out;
            for (const QVariantMap &row : argument<QList<QVariantMap>>(reply, 0)) {
                out.append({text(row, "uri"), text(row, "title"), text(row, "snippet"),
                            text(row, "type"), number(row, "mtime"), number(row, "size"),
                            qdbus_cast<QList<qulonglong>>(
                                row.value(QStringLiteral("neighbours")))});
            }
            return out;
        });
}

void BusClient::watchMap(const QString &volume, QObject *context, MapWatcher told)
{
    auto *relay = new SignalRelay(
        [told = std::move(told)](const QDBusMessage &signal) {
            MapChange change{argument<qulonglong>(signal, 0), {}, {}};
            for (const auto &row : argument<QList<dbus::PointRow>>(signal, 1))
                change.placed.append(row.id);
            for (const qulonglong id : argument<QList<qulonglong>>(signal, 2))
                change.removed.append(id);
            told(change);
        },
        context);
    d->connection.connect(dbus::kService, volume, dbus::kMap, QStringLiteral("PointsChanged"),
                          relay, SLOT(take(QDBusMessage)));
}

Reply<QString> BusClient::relayoutMap(const QString &volume, const QVariantMap &options)
{
    return call<QString>({volume, dbus::kMap, "Relayout"}, {options}, pathReply);
}

Reply<SearchReply> BusClient::search(const QString &query, const SearchOptions &options)
{
    QVariantMap map{{QStringLiteral("limit"), options.limit},
                    {QStringLiteral("feedback"), options.hasFeedback}};
    if (!options.mode.isEmpty())
        map.insert(QStringLiteral("mode"), options.mode);
    if (!options.scopeUris.isEmpty())
        map.insert(QStringLiteral("scope"), options.scopeUris);
    if (!options.types.isEmpty())
        map.insert(QStringLiteral("types"), options.types);
    const std::pair<const char *, QString> texts[] = {{"similar-to", options.similarUri},
                                                      {"metric", options.metric},
                                                      {"snapshots", options.snapshots},
                                                      {"at", options.at},
                                                      {"collapse", options.collapse},
                                                      {"plan", options.plan}};
    for (const auto &[key, value] : texts) {
        if (!value.isEmpty())
            map.insert(QLatin1String(key), value);
    }
    if (options.isPrefix)
        map.insert(QStringLiteral("prefix"), true);
    if (options.isExplained)
        map.insert(QStringLiteral("explain"), true);
    if (!options.vector.isEmpty())
        map.insert(QStringLiteral("vector"), options.vector);
    if (!options.volumes.isEmpty()) {
        QList<QDBusObjectPath> volumes;
        for (const QString &each : options.volumes)
            volumes.append(QDBusObjectPath(each));
        map.insert(QStringLiteral("volumes"), QVariant::fromValue(volumes));
    }
    return call<SearchReply>({dbus::kRootPath, dbus::kSearch, "Search"}, {query, map},
                             [](const QDBusMessage &message) -> Result<SearchReply> {
                                 SearchReply reply;
                                 for (const auto &row : argument<QList<dbus::HitRow>>(message, 0))
                                     reply.hits.append(decodeHit(row));
                                 const auto info = argument<QVariantMap>(message, 1);
                                 reply.tookUs = number(info, "took-us");
                                 reply.searched = number(info, "searched");
                                 reply.pending = number(info, "pending");
                                 reply.generation = number(info, "generation");
                                 reply.isWeak = info.value(QStringLiteral("weak")).toBool();
                                 reply.isPartial = info.value(QStringLiteral("partial")).toBool();
                                 reply.rewritten = text(info, "rewritten");
                                 reply.stages = decodeStages(info);
                                 return reply;
                             });
}

Reply<QList<Suggestion>> BusClient::suggest(const QString &prefix, uint32_t limit)
{
    return call<QList<Suggestion>>(
        {dbus::kRootPath, dbus::kSearch, "Suggest"},
        {prefix, QVariantMap{{QStringLiteral("limit"), limit}}},
        [](const QDBusMessage &reply) -> Result<QList<Suggestion>> {
            QList<Suggestion> out;
            for (const auto &row : argument<QList<dbus::SuggestionRow>>(reply, 0))
                out.append({row.uri, row.reason});
            return out;
        });
}

Reply<CounterValues> BusClient::statistics(const QString &volume, const QStringList &names)
{
    return call<CounterValues>({volume, dbus::kStatistics, "Read"}, {names, QVariantMap()},
                               [](const QDBusMessage &reply) -> Result<CounterValues> {
                                   CounterValues out;
                                   out.timeUs = reply.arguments().value(0).toULongLong();
                                   out.counters = argument<dbus::Counters>(reply, 1);
                                   out.gauges = argument<dbus::Gauges>(reply, 2);
                                   return out;
                               });
}

Reply<QString> BusClient::addUris(const AddOptions &options)
{
    const QString duplicate =
        options.keepsBoth ? QStringLiteral("keep-both") : QStringLiteral("skip");
    QVariantMap map{{QStringLiteral("recursive"), options.isRecursive},
                    {QStringLiteral("on-duplicate"), duplicate},
                    {QStringLiteral("create"), options.makesInto}};
    if (options.isMove)
        map.insert(QStringLiteral("mode"), QStringLiteral("move"));
    if (!options.intoUri.isEmpty())
        map.insert(QStringLiteral("into"), options.intoUri);
    return call<QString>({dbus::kRootPath, dbus::kDocuments, "AddUris"}, {options.uris, map},
                         pathReply);
}

Reply<JobInfo> BusClient::job(const QString &object)
{
    return call<JobInfo>({object, dbus::kProperties, "GetAll"}, {dbus::kJob},
                         [object](const QDBusMessage &reply) -> Result<JobInfo> {
                             return decodeJob(object, argument<QVariantMap>(reply, 0));
                         });
}

Reply<QList<JobProblem>> BusClient::jobProblems(const QString &object)
{
    return call<QList<JobProblem>>({object, dbus::kJob, "ListProblems"}, {QVariantMap()},
                                   [](const QDBusMessage &reply) -> Result<QList<JobProblem>> {
                                       QList<JobProblem> out;
                                       for (const auto &row :
                                            argument<QList<dbus::ProblemRow>>(reply, 0))
                                           out.append({row.uri, row.errorName, row.message});
                                       return out;
                                   });
}

Reply<JobItemPage> BusClient::jobItems(const QString &object, const QString &after)
{
    QVariantMap map;
    if (!after.isEmpty())
        map.insert(QStringLiteral("after"), after);
    return call<JobItemPage>({object, dbus::kJob, "ListItems"}, {map},
                             [](const QDBusMessage &reply) -> Result<JobItemPage> {
                                 JobItemPage page;
                                 page.items = fileStates(reply);
                                 const auto info = argument<QVariantMap>(reply, 1);
                                 page.next = text(info, "next");
                                 page.total = number(info, "total");
                                 return page;
                             });
}

Reply<Done> BusClient::setJobPaused(const QString &object, bool isPaused)
{
    return call<Done>({object, dbus::kJob, isPaused ? "Pause" : "Resume"}, {QVariantMap()},
                      nothing);
}

Reply<Done> BusClient::cancelJob(const QString &object)
{
    return call<Done>({object, dbus::kJob, "Cancel"}, {QVariantMap()}, nothing);
}

} // namespace vexfs::client

// SPDX-License-Identifier: Apache-2.0
//
// What the Snapshots interface of a volume offers beyond taking, listing and deleting.
#include "common/base/file_uri.h"
#include "common/dbus/names.h"
#include "common/dbus/options.h"
#include "common/dbus/types.h"
#include "daemon/bus/memory_file.h"
#include "daemon/bus/volume_object.h"

#include <QDBusArgument>
#include <QDBusUnixFileDescriptor>
#include <QJsonDocument>
#include <QJsonObject>

#include <cerrno>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;
using base::Result;

namespace {

constexpr quint64 kChangesMax = 10000;

struct ChangeQuery
{
    QString from;
    QString to;
    QByteArray under;
    QStringList kinds;
    QByteArray after;
    qsizetype limit = 1000;
};

QByteArray pathOf(const QString &uriReference)
{
    return QByteArray::fromPercentEncoding(uriReference.toUtf8());
}

bool isWanted(const FileChange &change, const ChangeQuery &query)
{
    const auto isBelow = [&](const QByteArray &path) {
        return query.under.isEmpty() || path == query.under || path.startsWith(query.under + '/');
    };
    return (query.kinds.isEmpty() || query.kinds.contains(change.kind))
        && (isBelow(change.path) || (!change.oldPath.isEmpty() && isBelow(change.oldPath)));
}

dbus::FailureRow rowOf(const FileChange &change)
{
    QVariantMap props{{QStringLiteral("mtime"), static_cast<qulonglong>(change.mtimeNs / 1000)},
                      {QStringLiteral("folder"), S_ISDIR(change.mode)}};
    if (change.kind != QLatin1String("removed"))
        props.insert(QStringLiteral("size"), static_cast<qulonglong>(change.sizeBytes));
    if (change.kind != QLatin1String("added"))
        props.insert(QStringLiteral("old-size"), static_cast<qulonglong>(change.oldSizeBytes));
    if (!change.oldPath.isEmpty() && change.oldPath != change.path)
        props.insert(QStringLiteral("old-path"), base::uriReferenceFromPath(change.oldPath));
    return {base::uriReferenceFromPath(change.path), change.kind, props};
}

Result<QVariantList> changeRows(SnapshotService *snapshots, const QString &uuid,
                                const ChangeQuery &query)
{
    const auto all = snapshots->changes(uuid, query.from, query.to);
    if (!all)
        return tl::unexpected(all.error());
    QList<dbus::FailureRow> rows;
    qulonglong total = 0;
    QVariantMap info;
    for (const FileChange &each : *all) {
        if (!isWanted(each, query))
            continue;
        ++total;
        if (!query.after.isEmpty() && each.path <= query.after)
            continue;
        if (rows.size() < query.limit) {
            dbus::FailureRow row = rowOf(each);
            // The kind comes first.
            std::swap(row.uri, row.reason);
            rows.append(row);
        } else if (!info.contains(QStringLiteral("next"))) {
            info.insert(QStringLiteral("next"), rows.constLast().reason);
        }
    }
    info.insert(QStringLiteral("total"), total);
    return QVariantList{QVariant::fromValue(rows), info};
}

void getChanges(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"limit", "after", "under", "kinds"});
    ChangeQuery query{call.text(0), call.text(1), {}, options.texts("kinds"), {}, 0};
    query.limit = static_cast<qsizetype>(options.number("limit", 1000, kChangesMax));
    query.under = pathOf(options.text("under"));
    query.after = pathOf(options.text("after"));
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    if (query.limit == 0)
        return call.fail({Errc::InvalidArgs, QStringLiteral("The limit must be at least 1")});
    SnapshotService *snapshots = context.services.snapshots;
    answerFromPool(context, call,
                   [snapshots, uuid, query] { return changeRows(snapshots, uuid, query); });
}

// As many as there are.
Result<QVariantList> changeLines(SnapshotService *snapshots, const QString &uuid,
                                 const ChangeQuery &query)
{
    const auto all = snapshots->changes(uuid, query.from, query.to);
    if (!all)
        return tl::unexpected(all.error());
    QByteArray lines;
    qulonglong total = 0;
    for (const FileChange &each : *all) {
        if (!isWanted(each, query))
            continue;
        const dbus::FailureRow row = rowOf(each);
        QJsonObject line = QJsonObject::fromVariantMap(row.props);
        line.insert(QStringLiteral("path"), row.uri);
        line.insert(QStringLiteral("kind"), row.reason);
        lines += QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n';
        ++total;
    }
    const auto file = sealedFile("vexfs-changes", lines);
    if (!file)
        return tl::unexpected(file.error());
    return QVariantList{QVariant::fromValue(*file),
                        QVariantMap{{QStringLiteral("total"), total}}};
}

void openChanges(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"under", "kinds"});
    ChangeQuery query{call.text(0), call.text(1), {}, options.texts("kinds"), {}, 0};
    query.under = pathOf(options.text("under"));
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    SnapshotService *snapshots = context.services.snapshots;
    answerFromPool(context, call,
                   [snapshots, uuid, query] { return changeLines(snapshots, uuid, query); });
}

Result<QVariantList> versionRows(SnapshotService *snapshots, const QByteArray &path)
{
    const auto versions = snapshots->versions(path);
    if (!versions)
        return tl::unexpected(versions.error());
    QList<dbus::NamedRow> rows;
    for (const FileVersion &each : *versions) {
        QVariantMap props{
            {QStringLiteral("snapshots"), each.snapshots},
            {QStringLiteral("mtime"), static_cast<qulonglong>(each.mtimeNs / 1000)},
            {QStringLiteral("size"), static_cast<qulonglong>(each.sizeBytes)},
            {QStringLiteral("live"), each.isLive}};
        if (!each.deletedAfter.isEmpty())
            props.insert(QStringLiteral("deleted-after"), each.deletedAfter);
        rows.append({base::uriFromPath(each.path), props});
    }
    return QVariantList{QVariant::fromValue(rows), QVariantMap()};
}

void listVersions(const BusContext &context, const QString &, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    const auto path = base::pathFromUri(call.text(0));
    if (!options.status() || !path)
        return call.fail(path ? options.status().error() : path.error());
    SnapshotService *snapshots = context.services.snapshots;
    answerFromPool(context, call, [snapshots, path = base::cleanPath(*path)] {
        return versionRows(snapshots, path);
    });
}

Result<RestoreRequest> restoreRequest(const dbus::Call &call)
{
    dbus::Options options(call.options(), {"destination", "conflict", "dry-run"});
    const QStringList conflicts{QStringLiteral("keep-both"), QStringLiteral("overwrite"),
                                QStringLiteral("skip"), QStringLiteral("fail")};
    const QString conflict = options.word("conflict", conflicts.constFirst(), conflicts);
    const QString destination = options.text("destination");
    RestoreRequest request;
    request.onConflict
        = static_cast<OnConflict>(std::max<qsizetype>(conflicts.indexOf(conflict), 0));
    request.isDryRun = options.boolean("dry-run");
    if (auto fits = options.status(); !fits)
        return tl::unexpected(fits.error());
    if (!destination.isEmpty()) {
        const auto folder = base::pathFromUri(destination);
        if (!folder)
            return tl::unexpected(folder.error());
        request.destination = base::cleanPath(*folder);
    }
    for (const QString &uri : call.texts(1)) {
        const auto path = base::pathFromUri(uri);
        if (!path)
            return tl::unexpected(path.error());
        request.paths.append(base::cleanPath(*path));
    }
    return request;
}

void restoreFiles(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    const auto request = restoreRequest(call);
    if (!request)
        return call.fail(request.error());
    SnapshotService *snapshots = context.services.snapshots;
    JobRegistry *jobs = context.services.jobs;
    answerWithJob(
        context, call,
        [snapshots, uuid, name = call.text(0), request = *request] {
            return snapshots->prepareRestore(uuid, name, request);
        },
        [snapshots, jobs, uuid](const RestoreRequest &prepared) {
            return jobs->start(jobRequest(QStringLiteral("restore"), {uuid}),
                               snapshots->restoration(uuid, prepared));
        });
}

void undoChanges(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    SnapshotService *snapshots = context.services.snapshots;
    JobRegistry *jobs = context.services.jobs;
    answerWithJob(
        context, call,
        [snapshots, uuid, name = call.text(0)] { return snapshots->prepareUndo(uuid, name); },
        [snapshots, jobs, uuid](const SnapshotTree &before) {
            JobRequest request = jobRequest(QStringLiteral("undo"), {uuid});
            request.isCancelable = false;
            return jobs->start(request, snapshots->undoing(uuid, before));
        });
}

void estimateReclaim(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    SnapshotService *snapshots = context.services.snapshots;
    answerFromPool(context, call,
                   [snapshots, uuid, names = call.texts(0)]() -> Result<QVariantList> {
                       const auto space = snapshots->space(uuid, names);
                       if (!space)
                           return tl::unexpected(space.error());
                       return QVariantList{static_cast<qulonglong>(space->reclaimBytes)};
                   });
}

void setSnapshot(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    const QVariantMap values = qdbus_cast<QVariantMap>(call.argument(1));
    static const QStringList known{
        QStringLiteral("name"),    QStringLiteral("locked"),     QStringLiteral("description"),
        QStringLiteral("cleanup"), QStringLiteral("keep-until"), QStringLiteral("metadata")};
    for (const QString &key : values.keys()) {
        if (!known.contains(key)) {
            return call.fail({Errc::NotSupported,
                              QStringLiteral("'%1' of a snapshot cannot be set").arg(key)});
        }
    }
    dbus::Options changes(values, {"name", "locked", "description", "cleanup", "keep-until",
                                   "metadata"});
    auto edit = snapshotRecordEdit(values, &changes);
    if (!edit)
        return call.fail(edit.error());
    if (changes.has("name"))
        edit->change.name = changes.text("name").toUtf8();
    if (changes.has("locked"))
        edit->change.isLocked = changes.boolean("locked");
    for (const auto &fits : {options.status(), changes.status()}) {
        if (!fits)
            return call.fail(fits.error());
    }
    if (!edit->hasChange() && !edit->hasRecord())
        return call.fail({Errc::InvalidArgs, QStringLiteral("Nothing is to be changed")});
    SnapshotService *snapshots = context.services.snapshots;
    answerFromPool(context, call,
                   [snapshots, uuid, name = call.text(0), edit = *edit]() -> Result<QVariantList> {
                       if (const auto done = snapshots->edit(uuid, name, edit); !done)
                           return tl::unexpected(done.error());
                       return QVariantList();
                   });
}

void rollbackVolume(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    SnapshotService *snapshots = context.services.snapshots;
    JobRegistry *jobs = context.services.jobs;
    answerWithJob(
        context, call,
        [snapshots, uuid, name = call.text(0)] { return snapshots->prepareRollback(uuid, name); },
        [snapshots, jobs, uuid](const SnapshotTree &snapshot) {
            JobRequest request = jobRequest(QStringLiteral("rollback"), {uuid});
            request.isCancelable = false;
            return jobs->start(request, snapshots->rollback(uuid, snapshot));
        });
}

} // namespace

void addSnapshotMethods(const BusContext &context, const QString &uuid, dbus::Binding *binding)
{
    const auto method = [&context, &uuid](auto function) {
        return [context, uuid, function](const dbus::Call &call) { function(context, uuid, call); };
    };
    binding->methods.insert(QStringLiteral("GetChanges"), method(getChanges));
    binding->methods.insert(QStringLiteral("OpenChanges"), method(openChanges));
    binding->methods.insert(QStringLiteral("ListVersions"), method(listVersions));
    binding->methods.insert(QStringLiteral("Restore"), method(restoreFiles));
    binding->methods.insert(QStringLiteral("EstimateReclaim"), method(estimateReclaim));
    binding->methods.insert(QStringLiteral("Set"), method(setSnapshot));
    binding->methods.insert(QStringLiteral("Rollback"), method(rollbackVolume));
    binding->methods.insert(QStringLiteral("Undo"), method(undoChanges));
}

} // namespace vexfs::daemon

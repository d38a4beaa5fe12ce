// SPDX-License-Identifier: Apache-2.0
#include "daemon/bus/source_object.h"

#include "common/base/file_uri.h"
#include "common/dbus/names.h"
#include "common/dbus/options.h"
#include "daemon/bus/volume_object.h"

namespace vexfs::daemon {

using base::Result;

namespace {

QString stateWord(const SourceStatus &status)
{
    if (!status.isThere)
        return QStringLiteral("away");
    if (!status.error.isEmpty())
        return QStringLiteral("error");
    return status.folder.lacksWatches ? QStringLiteral("partly-watched")
                                      : QStringLiteral("watched");
}

QVariantMap properties(const BusContext &context, const QString &id)
{
    SourceStatus status;
    status.id = id;
    for (const SourceStatus &each : context.services.sources->sources()) {
        if (each.id == id)
            status = each;
    }
    return {
        {QStringLiteral("Id"), id},
        {QStringLiteral("Uri"), base::uriFromPath(status.root)},
        {QStringLiteral("State"), stateWord(status)},
        {QStringLiteral("Message"), status.error},
        {QStringLiteral("Folders"), static_cast<qulonglong>(status.folder.folders)},
        {QStringLiteral("WatchedFolders"), static_cast<qulonglong>(status.folder.watched)},
        {QStringLiteral("UnreadableFolders"), static_cast<qulonglong>(status.folder.unreadable)},
        {QStringLiteral("RescanInterval"),
         static_cast<qulonglong>(status.folder.rescanAfterMs / 1000)},
    };
}

} // namespace

QList<dbus::Binding> sourceBindings(const BusContext &context, const QString &id)
{
    const dbus::Binding source{
        dbus::kSource, {}, [context, id] { return properties(context, id); }};
    return {source, indexBinding(context, id), mapBinding(context, id),
            statisticsBinding(context, id)};
}

void addSource(const BusContext &context, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    const auto path = base::pathFromUri(call.text(0));
    if (!options.status() || !path)
        return call.fail(path ? options.status().error() : path.error());
    SourceService *sources = context.services.sources;
    answerFromPool(context, call, [sources, path = *path]() -> Result<QVariantList> {
        const auto id = sources->add(path);
        if (!id)
            return tl::unexpected(id.error());
        return QVariantList{QVariant::fromValue(QDBusObjectPath(dbus::volumePath(*id)))};
    });
}

void removeSource(const BusContext &context, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    SourceService *sources = context.services.sources;
    const QString id = dbus::volumeUuid(call.argument(0).value<QDBusObjectPath>().path());
    answerFromPool(context, call, [sources, id]() -> Result<QVariantList> {
        const auto removed = sources->remove(id);
        if (!removed)
            return tl::unexpected(removed.error());
        return QVariantList();
    });
}

} // namespace vexfs::daemon

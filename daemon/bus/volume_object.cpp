// SPDX-License-Identifier: Apache-2.0
#include "daemon/bus/volume_object.h"

#include "common/base/file_uri.h"
#include "common/dbus/names.h"
#include "common/dbus/options.h"
#include "common/dbus/types.h"

#include <QFile>

#include <limits>

namespace vexfs::daemon {

using base::Result;

namespace {

constexpr quint64 kTimeMost = std::numeric_limits<qint64>::max();
/// Less free space than this share of the volume is worth a warning.
constexpr uint64_t kNearlyFullPct = 95;

QStringList warningsOf(const VolumeStatus &status)
{
    QStringList out;
    if (status.isMounted() &&
        status.usedBytes / 100 * 100 > status.sizeBytes / 100 * kNearlyFullPct)
        out.append(QStringLiteral("nearly-full"));
    if (status.hasDamage)
        out.append(QStringLiteral("checksum-errors"));
    if (status.hasDriverEnded)
        out.append(QStringLiteral("driver-ended"));
    if (!status.indexError.isEmpty())
        out.append(QStringLiteral("index-error"));
    return out;
}

QVariantMap volumeProperties(const BusContext &context, const QString &uuid)
{
    const auto known = context.services.volumes->volume(uuid);
    const VolumeStatus status = known ? *known : VolumeStatus();
    QStringList devices;
    if (!status.image.isEmpty())
        devices.append(QFile::decodeName(status.image));
    QStringList mountPoints;
    if (status.isMounted())
        mountPoints.append(base::uriFromPath(status.mountPoint));
    return {
        {QStringLiteral("Id"), QString(uuid).replace(u'-', u'_')},
        {QStringLiteral("Uuid"), uuid},
        {QStringLiteral("Label"), status.label},
        {QStringLiteral("Driver"), status.isMounted() ? QStringLiteral("fuse") : QString()},
        {QStringLiteral("Devices"), devices},
        {QStringLiteral("MountPoints"), mountPoints},
        {QStringLiteral("State"), volumeStateName(status.state)},
        {QStringLiteral("Warnings"), warningsOf(status)},
        {QStringLiteral("ReadOnly"), status.state == VolumeState::ReadOnly},
        {QStringLiteral("FormatVersion"), status.formatVersion},
        {QStringLiteral("Size"), static_cast<qulonglong>(status.sizeBytes)},
        {QStringLiteral("Used"), static_cast<qulonglong>(status.usedBytes)},
        {QStringLiteral("UsedByVectors"), static_cast<qulonglong>(status.vectorsBytes)},
    };
}

void mountVolume(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"mount-point", "read-only", "fstype-options"});
    MountVolumeRequest request;
    const QString mountPoint = options.text("mount-point");
    request.isReadOnly = options.boolean("read-only");
    request.driverOptions = options.texts("fstype-options");
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    if (!mountPoint.isEmpty()) {
        const auto path = base::pathFromUri(mountPoint);
        if (!path)
            return call.fail(path.error());
        request.mountPoint = *path;
    }
    VolumeService *volumes = context.services.volumes;
    answerFromPool(context, call, [volumes, uuid, request]() -> Result<QVariantList> {
        const auto path = volumes->mount(uuid, request);
        if (!path)
            return tl::unexpected(path.error());
        return QVariantList{base::uriFromPath(*path)};
    });
}

void unmountVolume(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"force"});
    const bool isLazy = options.boolean("force");
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    VolumeService *volumes = context.services.volumes;
    answerFromPool(context, call, [volumes, uuid, isLazy]() -> Result<QVariantList> {
        const auto done = volumes->unmount(uuid, isLazy);
        if (!done)
            return tl::unexpected(done.error());
        return QVariantList();
    });
}

void createSnapshot(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"writable", "description", "cleanup", "keep-until",
                                           "metadata"});
    const auto edit = snapshotRecordEdit(call.options(), &options);
    SnapshotWish wish{call.text(0), options.boolean("writable"), {}};
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    if (!edit)
        return call.fail(edit.error());
    wish.record.description = edit->description.value_or(QString());
    wish.record.cleanup = edit->cleanup.value_or(kManualCleanup);
    wish.record.keepUntilUs = edit->keepUntilUs.value_or(0);
    wish.record.metadata = edit->metadata.value_or(QMap<QString, QString>());
    SnapshotService *snapshots = context.services.snapshots;
    answerFromPool(context, call, [snapshots, uuid, wish]() -> Result<QVariantList> {
        const auto made = snapshots->create(uuid, wish);
        if (!made)
            return tl::unexpected(made.error());
        return QVariantList{*made};
    });
}

void addRecord(const SnapshotRecord &record, QVariantMap *props)
{
    if (!record.description.isEmpty())
        props->insert(QStringLiteral("description"), record.description);
    if (record.keepUntilUs != 0) {
        props->insert(QStringLiteral("keep-until"),
                      static_cast<qulonglong>(record.keepUntilUs));
    }
    if (!record.metadata.isEmpty())
        props->insert(QStringLiteral("metadata"), QVariant::fromValue(record.metadata));
}

Result<QVariantList> snapshotRows(SnapshotService *snapshots, const QString &uuid,
                                  const SnapshotQuery &query)
{
    const auto page = snapshots->list(uuid, query);
    if (!page)
        return tl::unexpected(page.error());
    QList<dbus::NamedRow> rows;
    for (const SnapshotRow &each : page->rows) {
        QVariantMap props{{QStringLiteral("created"), static_cast<qulonglong>(each.createdUs)},
                          {QStringLiteral("uri"), base::uriFromPath(each.path)},
                          {QStringLiteral("files"), static_cast<qulonglong>(each.inodes)},
                          {QStringLiteral("writable"), each.isWritable},
                          {QStringLiteral("locked"), each.isLocked},
                          {QStringLiteral("cleanup"), each.record.cleanup}};
        addRecord(each.record, &props);
        if (each.space) {
            props.insert(QStringLiteral("exclusive"),
                         static_cast<qulonglong>(each.space->reclaimBytes));
            props.insert(QStringLiteral("referenced"),
                         static_cast<qulonglong>(each.space->referencedBytes));
        }
        rows.append({each.name, props});
    }
    QVariantMap info{{QStringLiteral("total"), static_cast<qulonglong>(page->total)}};
    if (page->next != 0)
        info.insert(QStringLiteral("next"), QString::number(page->next));
    return QVariantList{QVariant::fromValue(rows), info};
}

void listSnapshots(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"limit", "after", "since", "until", "text",
                                           "cleanup", "with-space"});
    SnapshotQuery query;
    query.limit = static_cast<int>(options.number("limit", 100, 1000));
    query.sinceUs = static_cast<int64_t>(options.number("since", 0, kTimeMost));
    query.untilUs = static_cast<int64_t>(options.number("until", 0, kTimeMost));
    query.text = options.text("text");
    query.cleanup = options.text("cleanup");
    query.withSpace = options.boolean("with-space");
    const QString after = options.text("after");
    bool isToken = true;
    if (!after.isEmpty())
        query.after = after.toULongLong(&isToken);
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    if (!isToken)
        return call.fail({base::Errc::StaleToken, QStringLiteral("'after' is no token of ours")});
    SnapshotService *snapshots = context.services.snapshots;
    answerFromPool(context, call,
                   [snapshots, uuid, query] { return snapshotRows(snapshots, uuid, query); });
}

void deleteSnapshots(const BusContext &context, const QString &uuid, const dbus::Call &call)
{
    dbus::Options options(call.options(), {});
    if (auto fits = options.status(); !fits)
        return call.fail(fits.error());
    SnapshotService *snapshots = context.services.snapshots;
    JobRegistry *jobs = context.services.jobs;
    answerWithJob(
        context, call,
        [snapshots, uuid, names = call.texts(0)]() -> Result<QStringList> {
            const auto known = snapshots->verifyNames(uuid, names);
            if (!known)
                return tl::unexpected(known.error());
            return names;
        },
        [snapshots, jobs, uuid](const QStringList &names) {
            return jobs->start(jobRequest(QStringLiteral("snapshot-delete"), {uuid}),
                               snapshots->deletion(uuid, names));
        });
}

} // namespace

QList<dbus::Binding> volumeBindings(const BusContext &context, const QString &uuid)
{
    const auto method = [&context, &uuid](auto function) {
        return [context, uuid, function](const dbus::Call &call) { function(context, uuid, call); };
    };
    dbus::Binding volume{
        dbus::kVolume, {}, [context, uuid] { return volumeProperties(context, uuid); }};
    volume.methods.insert(QStringLiteral("Mount"), method(mountVolume));
    volume.methods.insert(QStringLiteral("Unmount"), method(unmountVolume));
    addMaintenanceMethods(context, uuid, &volume);
    dbus::Binding snapshots{
        dbus::kSnapshots, {}, [context, uuid] {
            const auto status = context.services.volumes->volume(uuid);
            const auto count = status ? status->snapshots : 0;
            QVariantMap properties = scheduleProperties(context, uuid);
            properties.insert(QStringLiteral("Count"), static_cast<uint>(count));
            return properties;
        }};
    snapshots.methods.insert(QStringLiteral("Create"), method(createSnapshot));
    snapshots.methods.insert(QStringLiteral("List"), method(listSnapshots));
    snapshots.methods.insert(QStringLiteral("Delete"), method(deleteSnapshots));
    addSnapshotMethods(context, uuid, &snapshots);
    snapshots.methods.insert(QStringLiteral("SetSchedule"), method(setSchedule));
    return {volume, snapshots, indexBinding(context, uuid), mapBinding(context, uuid),
            statisticsBinding(context, uuid)};
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "common/client/client_decode.h"

#include "common/dbus/names.h"

#include <algorithm>

namespace vexfs::client {

namespace {

QVariant field(const QVariantMap &map, const char *key)
{
    return map.value(QLatin1String(key));
}

uint32_t small(const QVariantMap &map, const char *key)
{
    return static_cast<uint32_t>(number(map, key));
}

/// A struct or list that QtDBus has not taken apart, being inside a variant.
template <class T>
T unpacked(const QVariantMap &map, const char *key)
{
    const QVariant value = field(map, key);
    return value.canConvert<QDBusArgument>() ? qdbus_cast<T>(value.value<QDBusArgument>())
                                             : value.value<T>();
}

IndexInfo decodeIndex(const QVariantMap &map)
{
    IndexInfo out;
    out.state = text(map, "State");
    out.waitReason = text(map, "WaitReason");
    out.message = text(map, "Message");
    out.model = text(map, "Model");
    out.dimension = small(map, "Dimension");
    out.files = number(map, "Files");
    out.chunks = number(map, "Chunks");
    out.pending = number(map, "Pending");
    out.failed = number(map, "Failed");
    out.bytesOnDisk = number(map, "BytesOnDisk");
    out.generation = number(map, "Generation");
    out.configuration = unpacked<QVariantMap>(map, "Configuration");
    return out;
}

VolumeInfo decodeVolume(const QString &object, const dbus::InterfaceProperties &interfaces)
{
    const QVariantMap map = interfaces.value(dbus::kVolume);
    VolumeInfo out;
    out.object = object;
    out.uuid = text(map, "Uuid");
    out.label = text(map, "Label");
    out.driver = text(map, "Driver");
    out.state = text(map, "State");
    out.devices = field(map, "Devices").toStringList();
    out.mountUris = field(map, "MountPoints").toStringList();
    out.warnings = field(map, "Warnings").toStringList();
    out.formatVersion = small(map, "FormatVersion");
    out.sizeBytes = number(map, "Size");
    out.usedBytes = number(map, "Used");
    out.vectorsBytes = number(map, "UsedByVectors");
    const QVariantMap snapshots = interfaces.value(dbus::kSnapshots);
    out.snapshots = small(snapshots, "Count");
    out.schedule = unpacked<QVariantMap>(snapshots, "Schedule");
    out.nextRunUs = number(snapshots, "NextRun");
    out.index = decodeIndex(interfaces.value(dbus::kIndex));
    return out;
}

SourceInfo decodeSource(const QString &object, const dbus::InterfaceProperties &interfaces)
{
    const QVariantMap map = interfaces.value(dbus::kSource);
    SourceInfo out;
    out.object = object;
    out.id = text(map, "Id");
    out.uri = text(map, "Uri");
    out.state = text(map, "State");
    out.message = text(map, "Message");
    out.folders = number(map, "Folders");
    out.watchedFolders = number(map, "WatchedFolders");
    out.unreadableFolders = number(map, "UnreadableFolders");
    out.rescanSeconds = number(map, "RescanInterval");
    out.index = decodeIndex(interfaces.value(dbus::kIndex));
    return out;
}

} // namespace

uint64_t number(const QVariantMap &map, const char *key)
{
    return field(map, key).toULongLong();
}

QString text(const QVariantMap &map, const char *key)
{
    return field(map, key).toString();
}

Inventory decodeInventory(const dbus::ManagedObjects &objects)
{
    Inventory out;
    for (auto each = objects.constBegin(); each != objects.constEnd(); ++each) {
        const QString path = each.key().path();
        if (each->contains(dbus::kVolume))
            out.volumes.append(decodeVolume(path, *each));
        if (each->contains(dbus::kSource))
            out.sources.append(decodeSource(path, *each));
        if (each->contains(dbus::kJob))
            out.jobs.append(decodeJob(path, each->value(dbus::kJob)));
    }
    std::sort(out.jobs.begin(), out.jobs.end(),
              [](const JobInfo &a, const JobInfo &b) { return a.id < b.id; });
    return out;
}

JobInfo decodeJob(const QString &object, const QVariantMap &map)
{
    JobInfo out;
    out.object = object;
    out.id = small(map, "Id");
    out.kind = text(map, "Kind");
    out.state = text(map, "State");
    out.stage = text(map, "Stage");
    out.currentUri = text(map, "Current");
    out.progress = field(map, "Progress").toDouble();
    const auto items = unpacked<dbus::Amounts>(map, "Items");
    const auto bytes = unpacked<dbus::Amounts>(map, "Bytes");
    out.itemsDone = items.done;
    out.itemsTotal = items.total;
    out.bytesDone = bytes.done;
    out.bytesTotal = bytes.total;
    out.rate = field(map, "Rate").toDouble();
    out.problems = number(map, "Problems");
    out.startTimeUs = number(map, "StartTime");
    out.endTimeUs = number(map, "EndTime");
    out.isCancelable = field(map, "Cancelable").toBool();
    out.isPausable = field(map, "Pausable").toBool();
    const auto error = unpacked<dbus::ErrorText>(map, "Error");
    out.errorName = error.name;
    out.errorMessage = error.message;
    out.result = unpacked<QVariantMap>(map, "Result");
    for (QVariant &each : out.result) {
        if (each.canConvert<QDBusObjectPath>())
            each = each.value<QDBusObjectPath>().path();
    }
    return out;
}

DaemonInfo decodeDaemon(const QVariantMap &map)
{
    return {text(map, "Version"), small(map, "ApiVersion"), text(map, "Role"),
            field(map, "Features").toStringList()};
}

SnapshotInfo decodeSnapshot(const dbus::NamedRow &row)
{
    SnapshotInfo out;
    out.name = row.name;
    out.uri = text(row.props, "uri");
    out.createdUs = number(row.props, "created");
    out.files = number(row.props, "files");
    out.isWritable = field(row.props, "writable").toBool();
    out.isLocked = field(row.props, "locked").toBool();
    out.cleanup = text(row.props, "cleanup");
    out.description = text(row.props, "description");
    return out;
}

SearchHit decodeHit(const dbus::HitRow &row)
{
    const QVariantMap &map = row.props;
    SearchHit out;
    out.uri = row.uri;
    out.score = row.score;
    out.title = text(map, "title");
    out.snippet = text(map, "snippet");
    for (const dbus::TextRange &each : unpacked<QList<dbus::TextRange>>(map, "highlights"))
        out.highlights.append({each.begin, each.end});
    out.type = text(map, "type");
    out.sizeBytes = number(map, "size");
    out.mtimeUs = number(map, "mtime");
    out.page = small(map, "page");
    out.member = text(map, "member");
    out.author = text(map, "author");
    out.language = text(map, "language");
    out.documentUs = number(map, "document-time");
    out.chunk = small(map, "chunk");
    out.matched = field(map, "matched").toStringList();
    out.keywordScore = field(map, "keyword-score").toDouble();
    out.vectorScore = field(map, "vector-score").toDouble();
    out.volume = field(map, "volume").value<QDBusObjectPath>().path();
    out.snapshot = text(map, "snapshot");
    out.snapshots = field(map, "snapshots").toStringList();
    out.snapshotCount = small(map, "snapshot-count");
    out.versions = small(map, "versions");
    return out;
}

ModelInfo decodeModel(const dbus::NamedRow &row)
{
    ModelInfo out;
    out.model = row.name;
    out.source = text(row.props, "source");
    out.id = text(row.props, "id");
    out.name = text(row.props, "name");
    out.dimension = static_cast<uint32_t>(number(row.props, "dimension"));
    out.isLocal = field(row.props, "local").toBool();
    out.isTuned = field(row.props, "tuned").toBool();
    out.isInstalled = field(row.props, "installed").toBool();
    out.bytes = number(row.props, "bytes");
    out.license = text(row.props, "license");
    out.languages = field(row.props, "languages").toStringList();
    out.problem = text(row.props, "problem");
    for (const QDBusObjectPath &each : unpacked<QList<QDBusObjectPath>>(row.props, "volumes"))
        out.volumes.append(each.path());
    return out;
}

namespace {

SearchPlan decodePlan(const QVariantMap &map)
{
    SearchPlan plan;
    plan.part = text(map, "part");
    plan.way = text(map, "way");
    plan.isCompleted = field(map, "completed").toBool();
    plan.rows = number(map, "rows");
    plan.estimatedRows = number(map, "estimated-rows");
    plan.taken = number(map, "taken");
    plan.estimatedDistances = field(map, "estimated-distances").toDouble();
    plan.distances = number(map, "distances");
    plan.estimatedUs = field(map, "estimated-us").toDouble();
    plan.tookUs = field(map, "took-us").toDouble();
    const auto ways = unpacked<QVariantMap>(map, "ways-us");
    for (auto each = ways.begin(); each != ways.end(); ++each)
        plan.waysUs.insert(each.key(), each.value().toDouble());
    return plan;
}

} // namespace

QList<SearchStage> decodeStages(const QVariantMap &info)
{
    QList<SearchStage> out;
    for (const QVariantMap &map : unpacked<QList<QVariantMap>>(info, "stages")) {
        SearchStage stage;
        stage.volume = field(map, "volume").value<QDBusObjectPath>().path();
        stage.name = text(map, "name");
        stage.plan = text(map, "plan");
        stage.estimated = map.contains(QStringLiteral("estimated"))
                              ? field(map, "estimated").toDouble()
                              : -1.0;
        stage.rows = number(map, "rows");
        stage.tookUs = number(map, "took-us");
        for (const QVariantMap &plan : unpacked<QList<QVariantMap>>(map, "plans"))
            stage.plans.append(decodePlan(plan));
        out.append(stage);
    }
    return out;
}

} // namespace vexfs::client

// SPDX-License-Identifier: Apache-2.0
//
// vexctl map: what there is on a volume, by what it is about; as a list, a picture or data.
#include "cli/vexfs/map/cmd_map.h"

#include "cli/output/human.h"
#include "cli/output/table.h"
#include "cli/vexfs/find_volume.h"
#include "cli/vexfs/job_wait.h"
#include "cli/vexfs/json.h"
#include "cli/vexfs/map/map_picture.h"
#include "common/base/file_uri.h"

#include <QJsonDocument>
#include <QSaveFile>

#include <algorithm>
#include <memory>

namespace vexfs::cli {

using base::Errc;

namespace {

struct MapArguments
{
    std::string volume;
    std::string snapshot;
    std::string query;
    std::string file;
    bool isLaidOut = false;
};

/// What the daemon describes at once.
constexpr qsizetype kDescribedMost = 1000;
/// A picture with more names than these is larger than programs like to show.
constexpr qsizetype kNamedMost = 10'000;

/// All that is told of one map.
struct Map
{
    client::MapPoints points;
    QList<client::MapCluster> clusters;
    QHash<quint64, client::MapDocument> documents;
};

bool endsWith(const MapArguments &arguments, const char *suffix)
{
    return QString::fromStdString(arguments.file).endsWith(QLatin1String(suffix));
}

base::Status readDocuments(const Command &command, const QString &object,
                           const MapArguments &arguments, Map *map)
{
    const QString snapshot = QString::fromStdString(arguments.snapshot);
    const qsizetype count = map->points.points.size();
    for (qsizetype first = 0; first < count; first += kDescribedMost) {
        QList<qulonglong> ids;
        const qsizetype end = std::min(count, first + kDescribedMost);
        for (qsizetype i = first; i < end; ++i)
            ids.append(map->points.points[i].id);
        const auto rows = await(command, command.io.client.mapDocuments(object, ids, snapshot));
        if (!rows)
            return tl::unexpected(rows.error());
        for (qsizetype i = 0; i < std::min(ids.size(), rows->size()); ++i) {
            if (!(*rows)[i].uri.isEmpty())
                map->documents.insert(ids[i], (*rows)[i]);
        }
    }
    return {};
}

base::Result<Map> readMap(const Command &command, const QString &object,
                          const MapArguments &arguments)
{
    const QString snapshot = QString::fromStdString(arguments.snapshot);
    client::Client &client = command.io.client;
    Map map;
    const auto points = await(
        command, client.mapPoints(object, QString::fromStdString(arguments.query), snapshot));
    if (!points && points.error().code == Errc::IndexNotReady) {
        base::Error error = points.error();
        error.what += QStringLiteral("; lay it out with: vexctl map --layout");
        return tl::unexpected(error);
    }
    if (!points)
        return tl::unexpected(points.error());
    map.points = *points;
    const auto clusters = await(command, client.mapClusters(object, snapshot));
    if (!clusters)
        return tl::unexpected(clusters.error());
    map.clusters = *clusters;
    const bool isListed = arguments.file.empty() && !command.isJson;
    const bool isTooMuch = endsWith(arguments, ".svg") && map.points.points.size() > kNamedMost;
    if (!isListed && !isTooMuch) {
        if (const auto read = readDocuments(command, object, arguments, &map); !read)
            return tl::unexpected(read.error());
    }
    return map;
}

QJsonObject jsonOfMap(const Map &map, const MapArguments &arguments)
{
    QJsonArray clusters;
    for (const client::MapCluster &each : map.clusters) {
        clusters.append(QJsonObject{{QStringLiteral("id"), jsonNumber(each.id)},
                                    {QStringLiteral("x"), each.x},
                                    {QStringLiteral("y"), each.y},
                                    {QStringLiteral("files"), jsonNumber(each.size)},
                                    {QStringLiteral("label"), each.label}});
    }
    QJsonArray points;
    for (const client::MapPoint &each : map.points.points) {
        QJsonObject row{{QStringLiteral("x"), each.x}, {QStringLiteral("y"), each.y}};
        if (each.cluster != client::MapPoint().cluster)
            row.insert(QStringLiteral("cluster"), jsonNumber(each.cluster));
        if (!arguments.query.empty())
            row.insert(QStringLiteral("score"), each.score);
        if (each.isGone)
            row.insert(QStringLiteral("gone"), true);
        if (const auto found = map.documents.constFind(each.id);
            found != map.documents.constEnd()) {
            row.insert(QStringLiteral("title"), found->title);
            row.insert(QStringLiteral("type"), found->type);
            setFile(&row, found->uri);
        }
        points.append(row);
    }
    return {{QStringLiteral("schema"), QStringLiteral("vexctl.map/1")},
            {QStringLiteral("generation"), jsonNumber(map.points.generation)},
            {QStringLiteral("projection"), map.points.projection},
            {QStringLiteral("stale"), map.points.isStale},
            {QStringLiteral("clusters"), clusters},
            {QStringLiteral("points"), points}};
}

QByteArray pictureOf(const Map &map, const MapArguments &arguments)
{
    QHash<quint64, QString> names;
    for (auto each = map.documents.constBegin(); each != map.documents.constEnd(); ++each) {
        const auto path = base::pathFromUri(each->uri);
        names.insert(each.key(), path ? shownPath(*path) : each->uri);
    }
    return mapPicture({map.points, map.clusters, names, !arguments.query.empty()});
}

Outcome writeFile(const Command &command, const MapArguments &arguments, const Map &map)
{
    const QString name = QString::fromStdString(arguments.file);
    const QByteArray bytes = endsWith(arguments, ".svg")
        ? pictureOf(map, arguments)
        : QJsonDocument(jsonOfMap(map, arguments)).toJson(QJsonDocument::Compact) + '\n';
    QSaveFile file(name);
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit()) {
        return base::fail(Errc::Failed, QStringLiteral("%1 cannot be written: %2")
                                            .arg(oneLine(name), file.errorString()));
    }
    if (command.isJson) {
        QJsonObject out{{QStringLiteral("schema"), QStringLiteral("vexctl.map-file/1")},
                        {QStringLiteral("files"), int(map.points.points.size())}};
        setFile(&out, absoluteUri(arguments.file));
        writeJson(command.io.out, out);
    }
    command.say(QStringLiteral("%1 files are in %2").arg(map.points.points.size()).arg(name));
    return kDone;
}

void writeList(const Command &command, const Map &map)
{
    Table table({QStringLiteral(">FILES"), QStringLiteral("ABOUT")});
    uint64_t grouped = 0;
    for (const client::MapCluster &each : map.clusters) {
        grouped += each.size;
        table.addRow({QString::number(each.size), oneLine(each.label)});
    }
    table.write(command.io.out);
    command.say(QStringLiteral("%1 files, %2 of them in %3 groups. As a picture: "
                               "vexctl map --out map.svg")
                    .arg(map.points.points.size())
                    .arg(grouped)
                    .arg(map.clusters.size()));
}

Outcome showMap(const Command &command, const MapArguments &arguments)
{
    if (!arguments.file.empty() && !endsWith(arguments, ".svg") && !endsWith(arguments, ".json")) {
        return base::fail(Errc::InvalidArgs,
                          QStringLiteral("--out wants a file that ends in .svg or .json, not '%1'")
                              .arg(QString::fromStdString(arguments.file)));
    }
    const auto volume = findIndexed(command, QString::fromStdString(arguments.volume));
    if (!volume)
        return tl::unexpected(volume.error());
    if (arguments.isLaidOut) {
        const auto job = succeededJob(command, command.io.client.relayoutMap(volume->object, {}));
        if (!job)
            return tl::unexpected(job.error());
    }
    const auto map = readMap(command, volume->object, arguments);
    if (!map)
        return tl::unexpected(map.error());
    if (map->points.isStale)
        command.say(QStringLiteral("Files have changed since; anew with: vexctl map --layout"));
    if (!arguments.file.empty())
        return writeFile(command, arguments, *map);
    if (command.isJson)
        writeJson(command.io.out, jsonOfMap(*map, arguments));
    else
        writeList(command, *map);
    return kDone;
}

} // namespace

void addMapVerb(CLI::App &app, Command *command)
{
    auto arguments = std::make_shared<MapArguments>();
    CLI::App *verb
        = app.add_subcommand("map", "Tells what there is by what it is about, or draws it");
    verb->add_option("--volume", arguments->volume, "Mount point, image file, label or uuid");
    verb->add_option("--at", arguments->snapshot, "What this snapshot has")->type_name("SNAPSHOT");
    verb->add_option("--query", arguments->query, "Points out what is found by this");
    verb->add_option("--out", arguments->file, "Into a file: .svg, a picture, or .json");
    verb->add_flag("--layout", arguments->isLaidOut,
                   "Lays the files out first; known ones keep their places");
    verb->callback([command, arguments] {
        command->verb = [command, arguments] { return showMap(*command, *arguments); };
    });
}

} // namespace vexfs::cli

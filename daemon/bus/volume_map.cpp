// SPDX-License-Identifier: Apache-2.0
//
// The Map interface of a volume or a source.
#include "common/base/file_uri.h"
#include "common/dbus/names.h"
#include "common/dbus/types.h"
#include "daemon/bus/memory_file.h"
#include "daemon/bus/volume_object.h"
#include "daemon/service/map/map_calls.h"

#include <limits>

namespace vexfs::daemon {

using base::Errc;
using base::Result;

namespace {

constexpr quint64 kSeedMost = std::numeric_limits<quint64>::max();
constexpr quint64 kRegionMost = 100'000;
constexpr qsizetype kDescribedMost = 1000;

/// A volume with an index that runs.
Result<IndexedPlace> placeOf(const BusContext &context, const QString &id)
{
    auto place = context.services.indexed->find(id);
    if (place && !place->index)
        return base::fail(Errc::IndexNotReady, QStringLiteral("The volume is not indexed"));
    return place;
}

QVariantMap properties(const BusContext &context, const QString &id)
{
    const auto place = placeOf(context, id);
    const auto map = place ? place->index->knownMap() : nullptr;
    return {
        {QStringLiteral("Generation"), static_cast<qulonglong>(map ? map->generation : 0)},
        {QStringLiteral("Projection"), map ? map->projection : QString()},
        {QStringLiteral("Points"), static_cast<qulonglong>(map ? map->points.size() : 0)},
    };
}

void getPoints(const BusContext &context, const QString &id, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"snapshot", "max-points", "query"});
    MapQuery query;
    query.mostPoints = options.number("max-points", kMapPointsMax, kMapPointsMax);
    query.text = options.text("query");
    query.snapshot = options.text("snapshot");
    const auto place = placeOf(context, id);
    if (!options.status() || !place)
        return call.fail(place ? options.status().error() : place.error());
    answerFromPool(context, call,
                   [index = place->index, search = context.services.search, id,
                    query]() -> Result<QVariantList> {
                       const auto records = mapRecords(*index, *search, id, query);
                       if (!records)
                           return tl::unexpected(records.error());
                       const auto file = sealedFile("vexfs-map", records->bytes);
                       if (!file)
                           return tl::unexpected(file.error());
                       const QVariantMap info{
                           {QStringLiteral("count"), static_cast<qulonglong>(records->count)},
                           {QStringLiteral("stride"), records->stride},
                           {QStringLiteral("generation"),
                            static_cast<qulonglong>(records->generation)},
                           {QStringLiteral("bounds"), QVariant::fromValue(records->bounds)},
                           {QStringLiteral("projection"), records->projection},
                           {QStringLiteral("model"), records->model},
                           {QStringLiteral("stale"), records->isStale}};
                       return QVariantList{QVariant::fromValue(*file), info};
                   });
}

void getClusters(const BusContext &context, const QString &id, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"snapshot"});
    const QString snapshot = options.text("snapshot");
    const auto place = placeOf(context, id);
    if (!options.status() || !place)
        return call.fail(place ? options.status().error() : place.error());
    answerFromPool(context, call, [index = place->index, snapshot]() -> Result<QVariantList> {
        const auto view = index->mapView(snapshot);
        if (!view)
            return tl::unexpected(view.error());
        // Only what the caller may read counts.
        std::vector<uint64_t> sizes(size_t(view->map->clusters.size()), 0);
        for (const MapPoint &each : view->points) {
            if (each.cluster < sizes.size())
                sizes[each.cluster] += 1;
        }
        QList<dbus::ClusterRow> rows;
        for (size_t i = 0; i < sizes.size(); ++i) {
            const MapCluster &each = view->map->clusters[qsizetype(i)];
            if (sizes[i] > 0) {
                rows.append({quint32(i), {each.centre.x, each.centre.y}, sizes[i], each.label, {}});
            }
        }
        return QVariantList{QVariant::fromValue(rows)};
    });
}

QVariantMap documentMap(const std::optional<MapDocument> &document, const QByteArray &root)
{
    if (!document)
        return {};
    QList<qulonglong> neighbours;
    for (const uint64_t each : document->neighbours)
        neighbours.append(each);
    return {
        {QStringLiteral("uri"), base::uriFromPath(root + '/' + document->path)},
        {QStringLiteral("title"), document->title},
        {QStringLiteral("snippet"), document->beginning},
        {QStringLiteral("type"), document->mimeType},
        {QStringLiteral("mtime"), static_cast<qulonglong>(document->mtimeNs / 1000)},
        {QStringLiteral("size"), static_cast<qulonglong>(document->sizeBytes)},
        {QStringLiteral("cluster"), document->cluster},
        {QStringLiteral("neighbours"), QVariant::fromValue(neighbours)},
    };
}

void describe(const BusContext &context, const QString &id, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"snapshot"});
    const QString snapshot = options.text("snapshot");
    const auto ids = qdbus_cast<QList<qulonglong>>(call.argument(0));
    const auto place = placeOf(context, id);
    if (!options.status() || !place)
        return call.fail(place ? options.status().error() : place.error());
    if (ids.size() > kDescribedMost) {
        return call.fail({Errc::InvalidArgs,
                          QStringLiteral("At most %1 at once").arg(kDescribedMost)});
    }
    const QVector<uint64_t> inodes(ids.begin(), ids.end());
    answerFromPool(context, call,
                   [index = place->index, inodes, snapshot,
                    root = place->root]() -> Result<QVariantList> {
                       const auto documents = index->mapDocuments(inodes, snapshot);
                       if (!documents)
                           return tl::unexpected(documents.error());
                       QList<QVariantMap> out;
                       for (const auto &each : *documents)
                           out.append(documentMap(each, root));
                       return QVariantList{QVariant::fromValue(out)};
                   });
}

void pointsInRegion(const BusContext &context, const QString &id, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"snapshot", "generation", "limit", "after"});
    MapRegion region;
    region.snapshot = options.text("snapshot");
    region.generation = options.number("generation", 0, kSeedMost);
    region.limit = options.number("limit", kRegionMost, kRegionMost);
    const QString after = options.text("after", QStringLiteral("0"));
    bool isToken = false;
    region.after = after.toULongLong(&isToken);
    for (const dbus::PlaceRow &each : qdbus_cast<QList<dbus::PlaceRow>>(call.argument(0)))
        region.polygon.push_back({float(each.x), float(each.y)});
    const auto place = placeOf(context, id);
    if (!options.status() || !place)
        return call.fail(place ? options.status().error() : place.error());
    if (!isToken)
        return call.fail({Errc::StaleToken, QStringLiteral("'after' is no token of ours")});
    answerFromPool(
        context, call, [index = place->index, region]() -> Result<QVariantList> {
            const auto page = mapRegion(*index, region);
            if (!page)
                return tl::unexpected(page.error());
            QVariantMap info{{QStringLiteral("total"), static_cast<qulonglong>(page->total)}};
            if (page->next != 0)
                info.insert(QStringLiteral("next"), QString::number(page->next));
            return QVariantList{QVariant::fromValue(page->inodes), info};
        });
}

void relayout(const BusContext &context, const QString &id, const dbus::Call &call)
{
    dbus::Options options(call.options(), {"projection", "anchor", "seed"});
    MapWish wish;
    wish.isOnlyAxes = options.word("projection", QStringLiteral("umap"),
                                   {QStringLiteral("umap"), QStringLiteral("pca")})
        == QLatin1String("pca");
    wish.isAnchored = options.boolean("anchor", true);
    wish.seed = options.number("seed", 1, kSeedMost);
    const auto place = placeOf(context, id);
    if (!options.status() || !place)
        return call.fail(place ? options.status().error() : place.error());
    JobRequest request = jobRequest(QStringLiteral("layout"), {id});
    request.isPausable = true;
    const uint32_t job
        = context.services.jobs->start(request, layingOut(place->index, wish));
    call.reply({QVariant::fromValue(jobObjectPath(job))});
}

} // namespace

dbus::Binding mapBinding(const BusContext &context, const QString &uuid)
{
    const auto method = [&context, &uuid](auto function) {
        return [context, uuid, function](const dbus::Call &call) { function(context, uuid, call); };
    };
    dbus::Binding map{dbus::kMap, {}, [context, uuid] { return properties(context, uuid); }};
    map.methods.insert(QStringLiteral("GetPoints"), method(getPoints));
    map.methods.insert(QStringLiteral("GetClusters"), method(getClusters));
    map.methods.insert(QStringLiteral("Describe"), method(describe));
    map.methods.insert(QStringLiteral("PointsInRegion"), method(pointsInRegion));
    map.methods.insert(QStringLiteral("Relayout"), method(relayout));
    return map;
}

} // namespace vexfs::daemon

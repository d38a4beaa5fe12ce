// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/map/map_calls.h"

#include <QHash>
#include <QtEndian>

#include <algorithm>
#include <cmath>

namespace vexfs::daemon {

namespace {

constexpr uint32_t kStride = 24;
constexpr uint32_t kScoredStride = 28;
constexpr int kScoredMost = 1000;
constexpr size_t kCornersMost = 10'000;

template <class T> char *put(char *to, T value)
{
    qToLittleEndian(value, to);
    return to + sizeof(T);
}

base::Result<QHash<uint64_t, float>> scoresOf(SearchService &search, const QString &id,
                                              const MapQuery &asked)
{
    SearchQuery query;
    query.text = asked.text;
    query.at = asked.snapshot;
    query.limit = kScoredMost;
    query.volumes = {id};
    const auto answer = search.search(query);
    if (!answer)
        return tl::unexpected(answer.error());
    QHash<uint64_t, float> scores;
    for (const FoundFile &each : answer->files)
        scores.insert(each.hit.ino, float(each.hit.score));
    return scores;
}

QString stageName(LayoutStage stage)
{
    switch (stage) {
    case LayoutStage::Axes:
        return QStringLiteral("axes");
    case LayoutStage::Neighbours:
        return QStringLiteral("neighbours");
    case LayoutStage::Places:
        break;
    }
    return QStringLiteral("places");
}

} // namespace

std::vector<MapPoint> sampled(const std::vector<MapPoint> &points, uint64_t most)
{
    if (points.size() <= most)
        return points;
    if (most == 0)
        return {};
    std::vector<MapPoint> order = points;
    std::stable_sort(order.begin(), order.end(), [](const MapPoint &a, const MapPoint &b) {
        return a.cluster < b.cluster;
    });
    std::vector<MapPoint> out;
    for (uint64_t i = 0; i < most; ++i)
        out.push_back(order[i * order.size() / most]);
    std::sort(out.begin(), out.end(),
              [](const MapPoint &a, const MapPoint &b) { return a.ino < b.ino; });
    return out;
}

base::Result<MapRecords> mapRecords(IndexService &index, SearchService &search, const QString &id,
                                    const MapQuery &query)
{
    const auto view = index.mapView(query.snapshot);
    if (!view)
        return tl::unexpected(view.error());
    QHash<uint64_t, float> scores;
    if (!query.text.isEmpty()) {
        const auto found = scoresOf(search, id, query);
        if (!found)
            return tl::unexpected(found.error());
        scores = *found;
    }
    const std::vector<MapPoint> points = sampled(view->points, query.mostPoints);
    MapRecords out;
    out.stride = query.text.isEmpty() ? kStride : kScoredStride;
    out.count = points.size();
    out.generation = view->map->generation;
    out.projection = view->map->projection;
    out.model = QString::fromLatin1(view->map->model);
    out.isStale = view->map->generation != index.status().generation;
    out.bytes.resize(qsizetype(points.size() * out.stride));
    out.bounds = points.empty() ? QList<double>{0, 0, 0, 0}
                                : QList<double>{points[0].place.x, points[0].place.y,
                                                points[0].place.x, points[0].place.y};
    char *to = out.bytes.data();
    for (const MapPoint &each : points) {
        to = put(to, quint64(each.ino));
        to = put(to, each.place.x);
        to = put(to, each.place.y);
        to = put(to, quint32(each.cluster));
        to = put(to, quint32(each.flags));
        if (out.stride == kScoredStride)
            to = put(to, scores.value(each.ino, 0.0F));
        out.bounds[0] = std::min(out.bounds[0], double(each.place.x));
        out.bounds[1] = std::min(out.bounds[1], double(each.place.y));
        out.bounds[2] = std::max(out.bounds[2], double(each.place.x));
        out.bounds[3] = std::max(out.bounds[3], double(each.place.y));
    }
    return out;
}

bool isInside(const std::vector<Place> &polygon, const Place &place)
{
    bool isIn = false;
    for (size_t i = 0, before = polygon.size() - 1; i < polygon.size(); before = i++) {
        const Place &a = polygon[i];
        const Place &b = polygon[before];
        if ((a.y > place.y) != (b.y > place.y)
            && place.x < (b.x - a.x) * (place.y - a.y) / (b.y - a.y) + a.x)
            isIn = !isIn;
    }
    return isIn;
}

base::Result<RegionPage> mapRegion(IndexService &index, const MapRegion &region)
{
    const bool isFinite
        = std::all_of(region.polygon.begin(), region.polygon.end(), [](const Place &each) {
              return std::isfinite(each.x) && std::isfinite(each.y);
          });
    if (region.polygon.size() < 3 || region.polygon.size() > kCornersMost || !isFinite) {
        return base::fail(base::Errc::InvalidArgs,
                          QStringLiteral("A polygon has 3 to %1 corners").arg(kCornersMost));
    }
    const auto view = index.mapView(region.snapshot);
    if (!view)
        return tl::unexpected(view.error());
    if (region.generation != 0 && region.generation != view->map->generation)
        return base::fail(base::Errc::StaleToken, QStringLiteral("The map is another one now"));
    RegionPage page;
    for (const MapPoint &each : view->points) {
        if (!isInside(region.polygon, each.place))
            continue;
        ++page.total;
        if (each.ino <= region.after)
            continue;
        if (uint64_t(page.inodes.size()) < region.limit)
            page.inodes.append(each.ino);
        else if (page.next == 0 && !page.inodes.isEmpty())
            page.next = page.inodes.constLast();
    }
    return page;
}

JobWork layingOut(const std::shared_ptr<IndexService> &index, const MapWish &wish)
{
    return [index, wish](Job &job) -> base::Result<QVariantMap> {
        const auto goOn = [&](LayoutStage stage, double share) {
            // Each file is worked on in each of three stages.
            const auto files = std::max<uint64_t>(index->status().files, 1);
            job.setStage(stageName(stage));
            job.setItems({uint64_t((double(stage) + share) * double(files)), 3 * files});
            return !job.isCancelRequested();
        };
        const auto points = index->layOutMap(wish, goOn);
        if (!points)
            return tl::unexpected(points.error());
        return QVariantMap{{QStringLiteral("points"), static_cast<qulonglong>(*points)}};
    };
}

} // namespace vexfs::daemon

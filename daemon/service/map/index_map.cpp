// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/map/index_map.h"

#include "daemon/service/index_context.h"

#include <QFile>

#include <algorithm>
#include <chrono>
#include <new>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

/// Files have several chunks: so many more are asked for to have enough files.
constexpr size_t kChunksPerFile = 3;
constexpr size_t kNearLeast = 5;
constexpr size_t kNearMost = 15;
constexpr int kLowPriority = 15;
constexpr size_t kTextsOfCluster = 60;
constexpr qsizetype kTextBytes = 4096;
/// With fewer points that have a place, the volume has become another one.
constexpr double kKnownShare = 0.25;

} // namespace

struct IndexMap::Gathered
{
    Meaning meaning;
    std::vector<uint64_t> inodes;  ///< in order
    std::vector<std::optional<Place>> known;
    uint64_t generation = 0;

    uint32_t dimension() const { return meaning.embedder->dimension(); }
    std::vector<float> vectorOf(size_t point) const
    {
        return fileVector(meaning, inodes[point]);
    }
    Result<std::vector<Neighbour>> neighboursOf(size_t point, size_t count) const
    {
        const auto hits
            = meaning.vectors->search(vectorOf(point), count * kChunksPerFile, nullptr);
        if (!hits)
            return tl::unexpected(hits.error());
        std::vector<Neighbour> out;
        for (const VectorHit &hit : *hits) {
            const auto found = std::lower_bound(inodes.begin(), inodes.end(), hit.ino);
            if (found != inodes.end() && *found == hit.ino)
                out.push_back({uint32_t(found - inodes.begin()), hit.similarity});
        }
        return out;
    }
};

QString IndexMap::filePath() const
{
    return m_context.directory + QStringLiteral("/map");
}

std::shared_ptr<const MapState> IndexMap::known() const
{
    const std::lock_guard guard(m_mutex);
    return m_map;
}

Result<std::shared_ptr<const MapState>> IndexMap::state()
{
    if (auto map = known())
        return map;
    Result<MapState> loaded = loadMap(filePath());
    if (!loaded) {
        return fail(Errc::IndexNotReady,
                    QStringLiteral("The map of this volume has not been laid out yet"));
    }
    const std::lock_guard guard(m_mutex);
    if (!m_map)
        m_map = std::make_shared<const MapState>(std::move(*loaded));
    return m_map;
}

Result<uint64_t> IndexMap::layOut(const MapWish &wish, const CatalogReader &read,
                                  const MapProgress &goOn)
{
    const std::unique_lock running(m_running, std::try_to_lock);
    if (!running.owns_lock())
        return fail(Errc::Busy, QStringLiteral("A layout of this map is being made"));
    // A thread of its own: one that has been nice cannot become important again.
    Status done;
    std::thread worker([&] {
        setpriority(PRIO_PROCESS, id_t(gettid()), kLowPriority);
        try {
            done = work(wish, read, goOn);
        } catch (const std::bad_alloc &) {
            done = fail(Errc::NoSpace, QStringLiteral("not enough memory for the map"));
        }
    });
    worker.join();
    if (!done)
        return tl::unexpected(done.error());
    return known()->points.size();
}

Status IndexMap::gather(const MapWish &wish, const CatalogReader &read, Gathered &out)
{
    out.meaning = m_context.meaning();
    out.inodes = out.meaning.vectors->inodes();
    std::sort(out.inodes.begin(), out.inodes.end());
    if (out.inodes.empty() || !m_context.areVectorsComplete)
        return fail(Errc::IndexNotReady, QStringLiteral("There are no vectors to lay out yet"));
    const Status counted = read([&](Catalog &catalog) -> Status {
        const auto generation = catalog.generation();
        if (!generation)
            return tl::unexpected(generation.error());
        out.generation = *generation;
        return {};
    });
    if (!counted)
        return counted;
    const auto before = state();
    if (!wish.isAnchored || wish.isOnlyAxes || !before
        || (*before)->model != out.meaning.embedder->id()
        || (*before)->projection != QLatin1String("umap"))
        return {};
    out.known.resize(out.inodes.size());
    size_t count = 0;
    for (const MapPoint &point : (*before)->points) {
        const auto found = std::lower_bound(out.inodes.begin(), out.inodes.end(), point.ino);
        if (found == out.inodes.end() || *found != point.ino)
            continue;
        out.known[size_t(found - out.inodes.begin())] = point.place;
        ++count;
    }
    if (double(count) < kKnownShare * double(out.inodes.size()))
        out.known.clear();
    return {};
}

Status IndexMap::work(const MapWish &wish, const CatalogReader &read, const MapProgress &goOn)
{
    using Clock = std::chrono::steady_clock;
    Gathered gathered;
    if (const Status is = gather(wish, read, gathered); !is)
        return is;
    LayoutInput input;
    input.count = gathered.inodes.size();
    input.dimension = gathered.dimension();
    input.known = std::move(gathered.known);
    input.vector = [&](size_t point, std::span<float> out) {
        const std::vector<float> vector = gathered.vectorOf(point);
        std::copy(vector.begin(), vector.end(), out.begin());
    };
    input.neighbours
        = [&](size_t point, size_t count) { return gathered.neighboursOf(point, count); };
    LayoutOptions options;
    options.seed = wish.seed;
    options.isOnlyAxes = wish.isOnlyAxes;
    // Among few files the fifteenth is near nobody.
    options.neighbours = uint32_t(std::clamp<size_t>(input.count / 10, kNearLeast, kNearMost));
    auto looked = Clock::now();
    options.goOn = [&](LayoutStage stage, double share) {
        // Within the share of time that background work has.
        const double allowed = std::clamp(m_context.cpuShare.load(), 0.05, 1.0);
        std::this_thread::sleep_for((Clock::now() - looked) * (1.0 / allowed - 1.0));
        looked = Clock::now();
        return !m_context.isStopping && goOn(stage, share);
    };
    const auto places = daemon::layOut(input, options);
    if (!places)
        return tl::unexpected(places.error());
    Clustering clustering = findClusters(*places);
    auto map = std::make_shared<MapState>();
    map->model = gathered.meaning.embedder->id();
    map->projection = wish.isOnlyAxes ? QStringLiteral("pca") : QStringLiteral("umap");
    map->generation = gathered.generation;
    map->clusters = std::move(clustering.clusters);
    map->points.reserve(places->size());
    for (size_t i = 0; i < places->size(); ++i)
        map->points.push_back({gathered.inodes[i], (*places)[i], clustering.ofPoint[i]});
    if (const Status named = name(read, *map); !named)
        return named;
    if (const Status saved = saveMap(*map, filePath()); !saved)
        return saved;
    put(std::move(map), read);
    return {};
}

// What changes is told, of what may be read.
void IndexMap::put(std::shared_ptr<const MapState> map, const CatalogReader &read)
{
    const auto before = state();
    {
        const std::lock_guard guard(m_mutex);
        m_map = map;
    }
    MapChange change;
    if (before)
        change = changeOf((*before)->points, map->points, map->generation);
    change.generation = map->generation;
    change.isCut = change.isCut || !before;
    if (!change.isCut) {
        const Status looked = read([&](Catalog &catalog) -> Status {
            std::erase_if(change.placed, [&](const MapPoint &each) {
                const auto paths = catalog.pathsOf(each.ino);
                return !paths || std::none_of(paths->begin(), paths->end(), [&](const auto &path) {
                    return isReadable(path);
                });
            });
            return {};
        });
        change.isCut = !looked;
    }
    m_changes.add(change);
}

void IndexMap::fileRemoved(uint64_t ino)
{
    const auto map = known();
    if (map && numberOf(map->points, ino) < map->points.size())
        m_changes.add({map->generation, {}, {ino}, false});
}

// By some texts of each cluster, spread over it. A cluster at a time, so that searches go between.
Status IndexMap::name(const CatalogReader &read, MapState &map)
{
    std::vector<std::vector<uint64_t>> members(size_t(map.clusters.size()));
    for (const MapPoint &point : map.points) {
        if (point.cluster < members.size())
            members[point.cluster].push_back(point.ino);
    }
    std::vector<std::pair<uint32_t, QByteArray>> texts;
    for (uint32_t cluster = 0; cluster < members.size(); ++cluster) {
        const std::vector<uint64_t> &all = members[cluster];
        const size_t count = std::min(all.size(), kTextsOfCluster);
        const Status looked = read([&](Catalog &catalog) -> Status {
            for (size_t i = 0; i < count && !m_context.isStopping; ++i) {
                const auto text = catalog.storedText(all[i * all.size() / count]);
                // Gone meanwhile: the others name it.
                if (text)
                    texts.emplace_back(cluster, text->text.left(kTextBytes));
            }
            return {};
        });
        if (!looked)
            return looked;
    }
    nameClusters(texts, map.clusters);
    return {};
}

// As the caller, who is the daemon's own user in this role: every folder above and the file.
bool IndexMap::isReadable(const QByteArray &path) const
{
    const QByteArray absolute = m_context.view->mountPoint() + '/' + path;
    return faccessat(AT_FDCWD, absolute.constData(), R_OK, AT_EACCESS) == 0;
}

Result<MapView> IndexMap::view(Catalog &catalog)
{
    const auto map = state();
    if (!map)
        return tl::unexpected(map.error());
    std::vector<bool> isVisible((*map)->points.size(), false);
    const Status looked = catalog.eachName([&](uint64_t ino, const QByteArray &path) {
        const size_t number = numberOf((*map)->points, ino);
        if (number < isVisible.size() && !isVisible[number])
            isVisible[number] = isReadable(path);
        return !m_context.isStopping;
    });
    if (!looked)
        return tl::unexpected(looked.error());
    MapView out{*map, {}};
    for (size_t i = 0; i < isVisible.size(); ++i) {
        if (isVisible[i])
            out.points.push_back((*map)->points[i]);
    }
    return out;
}

Result<QVector<std::optional<MapDocument>>>
IndexMap::describe(Catalog &catalog, const QVector<uint64_t> &inodes)
{
    const auto map = state();
    if (!map)
        return tl::unexpected(map.error());
    const Meaning meaning = m_context.meaning();
    QVector<std::optional<MapDocument>> out;
    for (const uint64_t ino : inodes) {
        out.append(std::nullopt);
        const auto row = catalog.file(ino);
        if (!row)
            return tl::unexpected(row.error());
        if (!row->has_value() || !isReadable((*row)->path()))
            continue;
        MapDocument document = documentOf(catalog, **row);
        const size_t number = numberOf((*map)->points, ino);
        if (number < (*map)->points.size())
            document.cluster = (*map)->points[number].cluster;
        const auto vector = fileVector(meaning, ino);
        const auto near = meaning.vectors->search(vector, 4 * kNeighboursShown, nullptr);
        for (const VectorHit &hit : near ? *near : std::vector<VectorHit>()) {
            if (hit.ino != ino && !document.neighbours.contains(hit.ino)
                && document.neighbours.size() < qsizetype(kNeighboursShown))
                document.neighbours.append(hit.ino);
        }
        out.back() = std::move(document);
    }
    return out;
}

Result<MapView> IndexMap::viewOf(const QString &snapshot, const CatalogReader &read)
{
    const auto map = state();
    auto points = map ? m_past.points(*map, read, snapshot) : tl::unexpected(map.error());
    if (!points)
        return tl::unexpected(points.error());
    return MapView{*map, std::move(*points)};
}

Result<QVector<std::optional<MapDocument>>>
IndexMap::describeIn(const QString &snapshot, const CatalogReader &read,
                     const QVector<uint64_t> &inodes)
{
    const auto map = state();
    if (!map)
        return tl::unexpected(map.error());
    return m_past.describe(*map, read, snapshot, inodes);
}

void IndexMap::settle()
{
    const std::lock_guard running(m_running);
    m_past.forget();
    const std::lock_guard guard(m_mutex);
    m_map.reset();
}

} // namespace vexfs::daemon

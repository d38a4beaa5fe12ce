// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/map/snapshot_map.h"

#include "daemon/map/placement.h"
#include "daemon/service/index_context.h"

#include <algorithm>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

/// Versions that are looked at in one go; each may need a search.
constexpr size_t kPortion = 256;
/// Files have several chunks: so many more are asked for to have enough files.
constexpr size_t kChunksPerFile = 3;

bool isZero(const std::vector<float> &vector)
{
    return std::all_of(vector.begin(), vector.end(), [](float each) { return each == 0.0F; });
}

} // namespace

/// What the volume and the catalog say of some versions, in their order.
struct SnapshotMap::Portion
{
    QVector<PastVersion> versions;
    QVector<std::optional<PastPlace>> places;
};

// mustBe: a snapshot of the same name that was taken since is another one.
Result<SearchedPast> SnapshotMap::look(const QString &snapshot, uint64_t mustBe) const
{
    SearchRequest request;
    request.atSnapshot = snapshot;
    Result<SearchedPast> past = searchedPast(*m_context.view, request);
    if (past && mustBe != 0 && past->at->id != mustBe) {
        return fail(Errc::NotFound,
                    QStringLiteral("The snapshot '%1' was deleted").arg(snapshot));
    }
    return past;
}

Result<SnapshotMap::Portion> SnapshotMap::readPortion(Catalog &catalog, const SearchedPast &past,
                                                      std::span<const HeldVersion> held) const
{
    Portion portion;
    for (const HeldVersion &each : held) {
        const auto then = catalog.pathsOf(each.key);
        const auto now = isPastKey(each.key) ? catalog.pathsOf(each.ino) : then;
        if (!then || !now)
            return tl::unexpected(then ? now.error() : then.error());
        portion.versions.append({*past.at, each.ino, *then, *now});
    }
    portion.places = placesInSnapshots(past, portion.versions);
    return portion;
}

Result<std::vector<MapPoint>> SnapshotMap::points(const Map &map, const CatalogReader &read,
                                                  const QString &snapshot)
{
    uint64_t tree = 0;
    uint64_t generation = 0;
    std::vector<HeldVersion> held;
    Status done = read([&](Catalog &catalog) -> Status {
        const Result<SearchedPast> past = look(snapshot);
        const auto now = catalog.generation();
        if (!past || !now)
            return tl::unexpected(past ? now.error() : past.error());
        tree = past->at->id;
        generation = *now;
        Result<std::vector<HeldVersion>> all = catalog.versionsIn(tree);
        if (!all)
            return tl::unexpected(all.error());
        held = std::move(*all);
        return {};
    });
    std::vector<MapPoint> out;
    for (size_t first = 0; done && first < held.size(); first += kPortion) {
        const auto some = std::span(held).subspan(first, std::min(kPortion, held.size() - first));
        done = read([&](Catalog &catalog) -> Status {
            if (m_context.isStopping)
                return fail(Errc::Cancelled, QStringLiteral("the index is stopping"));
            const Result<SearchedPast> past = look(snapshot, tree);
            const auto portion
                = past ? readPortion(catalog, *past, some) : tl::unexpected(past.error());
            if (!portion)
                return tl::unexpected(portion.error());
            const Meaning meaning = m_context.meaning();
            for (size_t i = 0; i < some.size(); ++i) {
                const auto at = qsizetype(i);
                auto point = portion->places[at] ? pointOf(map, meaning, generation, some[i])
                                                 : std::nullopt;
                if (!point)
                    continue;
                const bool isLive = !portion->versions[at].now.isEmpty();
                point->flags = !isLive ? PointGone : isPastKey(some[i].key) ? PointOther : 0U;
                out.push_back(*point);
            }
            return {};
        });
    }
    // Gone while the last portion was looked at: then nothing could be read.
    if (const auto still = done ? look(snapshot, tree) : tl::unexpected(done.error()); !still)
        return tl::unexpected(still.error());
    return out;
}

std::optional<MapPoint> SnapshotMap::pointOf(const Map &map, const Meaning &meaning,
                                             uint64_t generation, const HeldVersion &held)
{
    const size_t number = numberOf(map->points, held.ino);
    if (number < map->points.size())
        return map->points[number];
    auto &known = isPastKey(held.key) ? m_past : m_live;
    {
        const std::lock_guard guard(m_mutex);
        if (m_map != map || m_vectors != meaning.vectors) {
            m_past.clear();
            m_live.clear();
            m_map = map;
            m_vectors = meaning.vectors;
        }
        if (m_generation != generation)
            m_live.clear();
        m_generation = generation;
        const auto found = known.find(held.key);
        if (found != known.end())
            return found->second;
    }
    const std::optional<MapPoint> point = placed(*map, meaning, held);
    const std::lock_guard guard(m_mutex);
    // The thread beside this one may see another map.
    if (point && m_map == map && m_vectors == meaning.vectors && m_generation == generation)
        known.emplace(held.key, *point);
    return point;
}

std::optional<MapPoint> SnapshotMap::placed(const MapState &map, const Meaning &meaning,
                                            const HeldVersion &held) const
{
    const std::vector<float> vector = fileVector(meaning, held.key);
    const auto hits = isZero(vector)
        ? Result<std::vector<VectorHit>>()
        : meaning.vectors->search(vector, kPlacedBy * kChunksPerFile, nullptr);
    std::unordered_map<uint64_t, PlacedNeighbour> near;
    for (const VectorHit &hit : hits ? *hits : std::vector<VectorHit>()) {
        const size_t number = numberOf(map.points, hit.ino);
        if (number == map.points.size() || near.size() == kPlacedBy)
            continue;
        auto &each = near.try_emplace(hit.ino, PlacedNeighbour{map.points[number], -1.0F})
                         .first->second;
        each.similarity = std::max(each.similarity, hit.similarity);
    }
    if (near.empty())
        return std::nullopt;
    std::vector<PlacedNeighbour> neighbours;
    for (const auto &[ino, each] : near)
        neighbours.push_back(each);
    return placeAmong(held.ino, neighbours);
}

// As ids of this snapshot, so only what it holds.
Status SnapshotMap::addNeighbours(Catalog &catalog, const SearchedPast &past,
                                  const Meaning &meaning, const HeldVersion &held,
                                  MapDocument &document) const
{
    const std::vector<float> vector = fileVector(meaning, held.key);
    if (isZero(vector))
        return {};
    std::vector<VectorHit> hits;
    for (const auto &index : {meaning.vectors, meaning.past}) {
        const auto some = index->search(vector, 4 * kNeighboursShown, nullptr);
        if (some)
            hits.insert(hits.end(), some->begin(), some->end());
    }
    std::stable_sort(hits.begin(), hits.end(), [](const VectorHit &a, const VectorHit &b) {
        return a.similarity > b.similarity;
    });
    for (const VectorHit &hit : hits) {
        if (document.neighbours.size() == qsizetype(kNeighboursShown))
            break;
        const auto life = catalog.lifeOf(hit.ino);
        const auto row = isPastKey(hit.ino) ? catalog.file(hit.ino) : std::optional<FileRow>();
        if (!life || !row)
            return tl::unexpected(life ? row.error() : life.error());
        const uint64_t ino = row->has_value() ? (*row)->inode : hit.ino;
        const bool isHeld = life->first <= past.at->id && past.at->id < life->second;
        if (isHeld && ino != held.ino && !document.neighbours.contains(ino))
            document.neighbours.append(ino);
    }
    return {};
}

Result<QVector<std::optional<MapDocument>>>
SnapshotMap::describe(const Map &map, const CatalogReader &read, const QString &snapshot,
                      const QVector<uint64_t> &inodes)
{
    QVector<std::optional<MapDocument>> out(inodes.size());
    const Status done = read([&](Catalog &catalog) -> Status {
        const Result<SearchedPast> past = look(snapshot);
        const auto generation = catalog.generation();
        if (!past || !generation)
            return tl::unexpected(past ? generation.error() : past.error());
        std::vector<HeldVersion> held;
        std::vector<qsizetype> asked;
        for (qsizetype i = 0; i < inodes.size(); ++i) {
            const auto one = catalog.versionsIn(past->at->id, inodes[i]);
            if (!one)
                return tl::unexpected(one.error());
            held.insert(held.end(), one->begin(), one->end());
            asked.insert(asked.end(), one->size(), i);
        }
        const auto portion = readPortion(catalog, *past, held);
        if (!portion)
            return tl::unexpected(portion.error());
        const Meaning meaning = m_context.meaning();
        for (size_t i = 0; i < held.size(); ++i) {
            const std::optional<PastPlace> &place = portion->places[qsizetype(i)];
            const auto row = catalog.file(held[i].key);
            if (!row)
                return tl::unexpected(row.error());
            if (!row->has_value() || !place)
                continue;
            MapDocument document = documentOf(catalog, **row);
            document.path = ".vexfs/snapshots/" + past->at->name + '/' + place->path;
            document.sizeBytes = place->sizeBytes;
            document.mtimeNs = place->mtimeNs;
            if (const auto point = pointOf(map, meaning, *generation, held[i]))
                document.cluster = point->cluster;
            if (const Status added = addNeighbours(catalog, *past, meaning, held[i], document);
                !added)
                return added;
            out[asked[i]] = std::move(document);
        }
        const auto still = look(snapshot, past->at->id);
        return still ? Status() : Status(tl::unexpected(still.error()));
    });
    if (!done)
        return tl::unexpected(done.error());
    return out;
}

void SnapshotMap::forget()
{
    const std::lock_guard guard(m_mutex);
    m_map.reset();
    m_vectors.reset();
    m_past.clear();
    m_live.clear();
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// The vector index over hnswlib 0.6.2. The only file that includes it, and where its exceptions
// end. It has neither a filter for searches nor a checked file format: both are here.
#include "daemon/index/segment/graph_builder.h"
#include "daemon/index/index_file.h"
#include "daemon/index/segment_file.h"
#include "daemon/index/vector_index.h"

#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

using Graph = hnswlib::HierarchicalNSW<float>;
using Elements = std::unordered_map<uint64_t, std::vector<uint32_t>>;

constexpr size_t kLinks = 16;
constexpr size_t kBuildWidth = 120;
constexpr size_t kSearchWidth = 128;
constexpr size_t kFirstCapacity = 1024;
constexpr int kLevelsMax = 64;
constexpr size_t kEntriesMax = 256; ///< of a sealed segment
// A filter this narrow is answered faster, and exactly, by scanning what passes it.
constexpr size_t kScanChunksMax = 20'000;
// With this many forgotten vectors in the graph, and half of all, it is built anew.
constexpr size_t kForgottenMin = 1000;

// Whose vector an element of the graph is; its number is its position.
struct Owner
{
    uint64_t ino = 0;
    uint32_t chunk = 0;
    uint32_t isForgotten = 0;
};
static_assert(sizeof(Owner) == 16);

struct GraphShape
{
    uint32_t links = 0;
    uint32_t elementBytes = 0;
    uint32_t entry = 0;
    int32_t topLevel = 0;
};
static_assert(sizeof(GraphShape) == 16);

class HnswIndex : public VectorIndex
{
public:
    explicit HnswIndex(VectorIndexIdentity identity)
        : m_identity(std::move(identity)), m_space(m_identity.dimension),
          m_graph(newGraph(kFirstCapacity))
    {
    }

    Status put(uint64_t ino, const std::vector<std::vector<float>> &vectors) override
    {
        for (const auto &vector : vectors) {
            if (vector.size() != m_identity.dimension)
                return fail(Errc::InvalidVector, QStringLiteral("a vector of another dimension"));
        }
        const std::unique_lock lock(m_mutex);
        forget(ino);
        try {
            for (uint32_t chunk = 0; chunk < vectors.size(); ++chunk)
                insert({ino, chunk, 0}, vectors[chunk].data());
            rebuildIfMostlyForgotten();
        } catch (const std::exception &error) {
            forget(ino);
            return fail(Errc::NoSpace,
                        QStringLiteral("vector index: %1").arg(QLatin1String(error.what())));
        }
        return {};
    }

    void remove(uint64_t ino) override
    {
        const std::unique_lock lock(m_mutex);
        forget(ino);
    }

    Result<std::vector<VectorHit>> search(std::span<const float> query, size_t count,
                                          const InodeSet *maybeOnly) const override
    {
        std::vector<VectorPlan> plans;
        return explain(query, count, maybeOnly, FilterWay::None, plans);
    }

    Result<std::vector<VectorHit>> explain(std::span<const float> query, size_t count,
                                           const InodeSet *maybeOnly, FilterWay way,
                                           std::vector<VectorPlan> &plans) const override;

    std::vector<float> vector(uint64_t ino, uint32_t chunk) const override
    {
        const std::shared_lock lock(m_mutex);
        const auto found = m_elements.find(ino);
        if (found == m_elements.end() || chunk >= found->second.size())
            return {};
        const float *at = vectorAt(*m_graph, found->second[chunk]);
        return {at, at + m_identity.dimension};
    }

    size_t count() const override
    {
        const std::shared_lock lock(m_mutex);
        return m_owners.size() - m_forgotten;
    }

    std::vector<uint64_t> inodes() const override
    {
        const std::shared_lock lock(m_mutex);
        std::vector<uint64_t> all;
        all.reserve(m_elements.size());
        for (const auto &[ino, elements] : m_elements)
            all.push_back(ino);
        return all;
    }

    Status save(const QString &path, uint64_t generation) const override;
    Status seal(const SealRequest &request) const override;
    Result<uint64_t> load(const QString &path) override;

private:
    std::unique_ptr<Graph> newGraph(size_t capacity)
    {
        auto graph = std::make_unique<Graph>(&m_space, capacity, kLinks, kBuildWidth);
        graph->setEf(kSearchWidth);
        return graph;
    }

    static const float *vectorAt(const Graph &graph, size_t element)
    {
        return reinterpret_cast<const float *>(
            graph.getDataByInternalId(static_cast<hnswlib::tableint>(element)));
    }

    void insert(const Owner &owner, const float *vector)
    {
        if (m_owners.size() == m_graph->max_elements_)
            m_graph->resizeIndex(m_graph->max_elements_ * 2);
        m_graph->addPoint(vector, m_owners.size());
        m_owners.push_back(owner);
        m_elements[owner.ino].push_back(static_cast<uint32_t>(m_owners.size() - 1));
    }

    void forget(uint64_t ino)
    {
        const auto found = m_elements.find(ino);
        if (found == m_elements.end())
            return;
        for (const uint32_t element : found->second) {
            m_owners[element].isForgotten = 1;
            m_graph->markDelete(element);
            ++m_forgotten;
        }
        m_elements.erase(found);
    }

    // Forgotten elements still lead searches through the graph; too many only slow them.
    void rebuildIfMostlyForgotten()
    {
        if (m_forgotten < kForgottenMin || m_forgotten * 2 < m_owners.size())
            return;
        const size_t live = m_owners.size() - m_forgotten;
        // Beside the old one, and put in place when whole: memory may run out on the way.
        std::unique_ptr<Graph> graph = newGraph(std::max(kFirstCapacity, live * 2));
        std::vector<Owner> owners;
        Elements elements;
        for (size_t i = 0; i < m_owners.size(); ++i) {
            if (m_owners[i].isForgotten != 0)
                continue;
            graph->addPoint(vectorAt(*m_graph, i), owners.size());
            elements[m_owners[i].ino].push_back(static_cast<uint32_t>(owners.size()));
            owners.push_back(m_owners[i]);
        }
        m_graph = std::move(graph);
        m_owners = std::move(owners);
        m_elements = std::move(elements);
        m_forgotten = 0;
    }

    size_t chunksOf(const InodeSet &only) const
    {
        size_t chunks = 0;
        for (const uint64_t ino : only) {
            const auto found = m_elements.find(ino);
            chunks += found == m_elements.end() ? 0 : found->second.size();
        }
        return chunks;
    }

    VectorHit hit(size_t element, float distance) const
    {
        return {m_owners[element].ino, m_owners[element].chunk, 1.0F - distance};
    }

    std::vector<VectorHit> scan(std::span<const float> query, size_t count,
                                const InodeSet &only) const
    {
        std::vector<VectorHit> hits;
        hits.reserve(only.size());
        const auto distance = m_space.get_dist_func();
        const auto *parameter = m_space.get_dist_func_param();
        // Most pass: in the order in which they lie in memory.
        if (only.size() * 2 >= m_elements.size()) {
            for (size_t i = 0; i < m_owners.size(); ++i) {
                if (m_owners[i].isForgotten == 0 && only.contains(m_owners[i].ino))
                    hits.push_back(
                        hit(i, distance(query.data(), vectorAt(*m_graph, i), parameter)));
            }
            sortHits(hits, count);
            return hits;
        }
        for (const uint64_t ino : only) {
            const auto found = m_elements.find(ino);
            if (found == m_elements.end())
                continue;
            for (const uint32_t element : found->second)
                hits.push_back(
                    hit(element, distance(query.data(), vectorAt(*m_graph, element), parameter)));
        }
        sortHits(hits, count);
        return hits;
    }

    // hnswlib cannot filter inside of its walk.
    FilterWay chosenWay(FilterWay wanted, size_t passing) const
    {
        if (wanted == FilterWay::Scan || wanted == FilterWay::After)
            return wanted;
        const size_t live = m_owners.size() - m_forgotten;
        return passing <= kScanChunksMax || passing * 5 < live ? FilterWay::Scan : FilterWay::After;
    }

    // hnswlib cannot filter: ask for as many more as the filter is expected to drop.
    std::vector<VectorHit> traverse(std::span<const float> query, size_t count,
                                    const InodeSet *maybeOnly) const
    {
        const size_t live = m_owners.size() - m_forgotten;
        const size_t passing = maybeOnly ? std::max<size_t>(1, chunksOf(*maybeOnly)) : live;
        count = std::min(live, count);
        const size_t wanted = std::min(live, count * ((live * 3 / 2) / passing + 1));
        auto found = m_graph->searchKnn(query.data(), maybeOnly ? wanted : count);
        std::vector<VectorHit> hits;
        for (; !found.empty(); found.pop()) {
            const VectorHit each = hit(found.top().second, found.top().first);
            if (!maybeOnly || maybeOnly->contains(each.ino))
                hits.push_back(each);
        }
        sortHits(hits, count);
        return hits;
    }

    static void sortHits(std::vector<VectorHit> &hits, size_t count)
    {
        const auto isNearer = [](const VectorHit &a, const VectorHit &b) {
            if (a.similarity != b.similarity)
                return a.similarity > b.similarity;
            return a.ino != b.ino ? a.ino < b.ino : a.chunk < b.chunk;
        };
        if (count < hits.size()) {
            const auto end = hits.begin() + static_cast<std::ptrdiff_t>(count);
            std::nth_element(hits.begin(), end, hits.end(), isNearer);
            hits.resize(count);
        }
        std::sort(hits.begin(), hits.end(), isNearer);
    }

    std::vector<uint32_t> linksOf(uint32_t element) const;
    std::vector<uint32_t> liveLinksOf(uint32_t element) const;
    std::vector<uint32_t> entriesOf(const std::vector<uint32_t> &live) const;

    Status restore(const IndexFile &file);
    static Status checkLinks(const Graph &graph);

    VectorIndexIdentity m_identity;
    mutable hnswlib::InnerProductSpace m_space;
    mutable std::shared_mutex m_mutex;
    std::unique_ptr<Graph> m_graph;
    std::vector<Owner> m_owners;
    Elements m_elements;  ///< of each file, live ones
    size_t m_forgotten = 0;
};

Result<std::vector<VectorHit>> HnswIndex::explain(std::span<const float> query, size_t count,
                                                  const InodeSet *maybeOnly, FilterWay way,
                                                  std::vector<VectorPlan> &plans) const
{
    plans.clear();
    if (query.size() != m_identity.dimension)
        return fail(Errc::InvalidVector, QStringLiteral("a query of another dimension"));
    const std::shared_lock lock(m_mutex);
    const auto begun = std::chrono::steady_clock::now();
    VectorPlan plan;
    plan.part = "fresh";
    plan.rows = m_owners.size() - m_forgotten;
    plan.expectedRows = plan.rows;
    std::vector<VectorHit> hits;
    try {
        // Of so few all are looked at, whatever passes; counting that would take as long.
        const bool isSmall = way == FilterWay::None && plan.rows <= kScanChunksMax;
        if (maybeOnly && !isSmall)
            plan.expectedRows = chunksOf(*maybeOnly);
        if (maybeOnly)
            plan.way = isSmall ? FilterWay::Scan : chosenWay(way, plan.expectedRows);
        if (plan.rows > 0 && count > 0) {
            hits = plan.way == FilterWay::Scan ? scan(query, count, *maybeOnly)
                                               : traverse(query, count, maybeOnly);
        }
        // What passes may lie where the walk did not come.
        plan.isCompleted = plan.way == FilterWay::After
            && hits.size() < std::min<size_t>(count, plan.expectedRows);
        if (plan.isCompleted)
            hits = scan(query, count, *maybeOnly);
    } catch (const std::exception &error) {
        return fail(Errc::Failed,
                    QStringLiteral("vector index: %1").arg(QLatin1String(error.what())));
    }
    plan.actualRows = hits.size();
    plan.actualUs = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now()
                                                              - begun).count();
    plans.push_back(plan);
    return hits;
}

template <class T> QByteArrayView viewOf(const T *data, size_t count)
{
    return {reinterpret_cast<const char *>(data), qsizetype(count * sizeof(T))};
}

Status HnswIndex::save(const QString &path, uint64_t generation) const
{
    const std::shared_lock lock(m_mutex);
    const size_t count = m_owners.size();
    const GraphShape shape{kLinks, static_cast<uint32_t>(m_graph->size_data_per_element_),
                           m_graph->enterpoint_node_, m_graph->maxlevel_};
    std::vector<QByteArrayView> pieces{
        viewOf(&shape, 1), viewOf(m_owners.data(), count),
        viewOf(m_graph->data_level0_memory_, count * m_graph->size_data_per_element_),
        viewOf(m_graph->element_levels_.data(), count)};
    for (size_t i = 0; i < count; ++i) {
        const auto levels = static_cast<size_t>(std::max(0, m_graph->element_levels_[i]));
        if (levels > 0)
            pieces.push_back(
                viewOf(m_graph->linkLists_[i], levels * m_graph->size_links_per_element_));
    }
    return writeIndexFile(path, {m_identity.model, m_identity.dimension, count, generation},
                          pieces);
}

std::vector<uint32_t> HnswIndex::linksOf(uint32_t element) const
{
    auto *list = m_graph->get_linklist0(element);
    const auto *to = reinterpret_cast<const hnswlib::tableint *>(list + 1);
    return {to, to + m_graph->getListCount(list)};
}

/// Links that lead over forgotten elements lead to what lies behind them, so that the graph stays
/// in one piece.
std::vector<uint32_t> HnswIndex::liveLinksOf(uint32_t element) const
{
    std::vector<uint32_t> live;
    const auto add = [&](uint32_t to) {
        if (to != element && m_owners[to].isForgotten == 0 &&
            std::find(live.begin(), live.end(), to) == live.end())
            live.push_back(to);
    };
    const std::vector<uint32_t> direct = linksOf(element);
    std::for_each(direct.begin(), direct.end(), add);
    for (const uint32_t over : direct) {
        if (m_owners[over].isForgotten == 0)
            continue;
        const std::vector<uint32_t> behind = linksOf(over);
        std::for_each(behind.begin(), behind.end(), add);
    }
    live.resize(std::min(live.size(), 2 * kLinks));
    return live;
}

/// Elements of the lowest level that has few enough of them to be looked at one by one.
std::vector<uint32_t> HnswIndex::entriesOf(const std::vector<uint32_t> &live) const
{
    for (int level = 0; level <= m_graph->maxlevel_; ++level) {
        std::vector<uint32_t> entries;
        for (uint32_t number = 0; number < live.size(); ++number) {
            if (m_graph->element_levels_[live[number]] >= level)
                entries.push_back(number);
        }
        if (!entries.empty() && entries.size() <= kEntriesMax)
            return entries;
    }
    return {0};
}

Status HnswIndex::seal(const SealRequest &request) const
{
    const std::shared_lock lock(m_mutex);
    std::vector<uint32_t> live;
    std::vector<uint32_t> numberOf(m_owners.size());
    for (uint32_t element = 0; element < m_owners.size(); ++element) {
        if (m_owners[element].isForgotten != 0)
            continue;
        numberOf[element] = static_cast<uint32_t>(live.size());
        live.push_back(element);
    }
    if (live.empty())
        return fail(Errc::NotFound, QStringLiteral("vector index: nothing to seal"));
    std::vector<int8_t> codes(m_identity.dimension);
    std::vector<uint32_t> links;
    SegmentGraph graph;
    std::copy(request.volumeUuid.begin(), request.volumeUuid.end(), graph.uuid);
    graph.tree = request.tree;
    graph.generation = request.generation;
    graph.model = m_identity.model.toStdString();
    graph.dimension = m_identity.dimension;
    graph.maxLinks = 2 * kLinks;
    graph.count = static_cast<uint32_t>(live.size());
    graph.entries = entriesOf(live);
    graph.node = [&](uint32_t number) {
        const Owner &owner = m_owners[live[number]];
        const ChunkPlace place =
            request.place ? request.place(owner.ino, owner.chunk) : ChunkPlace{};
        SegmentNode node;
        node.ino = owner.ino;
        node.record = owner.chunk;
        node.beginBytes = place.beginBytes;
        node.endBytes = place.endBytes;
        node.page = place.page;
        node.scale = quantise({vectorAt(*m_graph, live[number]), codes.size()}, codes);
        links = liveLinksOf(live[number]);
        for (uint32_t &link : links)
            link = numberOf[link];
        node.codes = codes;
        node.links = links;
        return node;
    };
    const int error = writeSegment(request.path.toStdString(), graph);
    return error ? base::failErrno(-error, request.path) : Status{};
}

Result<uint64_t> HnswIndex::load(const QString &path)
{
    const Result<IndexFile> file = readIndexFile(path);
    if (!file)
        return tl::unexpected(file.error());
    if (file->header.model != m_identity.model || file->header.dimension != m_identity.dimension)
        return fail(Errc::Conflict, QStringLiteral("%1: of another model").arg(path));
    try {
        if (const Status restored = restore(*file); !restored)
            return fail(restored.error().code, path + QStringLiteral(": ") + restored.error().what);
    } catch (const std::exception &error) {
        return fail(Errc::Corrupt,
                    QStringLiteral("%1: %2").arg(path, QLatin1String(error.what())));
    }
    return file->header.generation;
}

/// Takes typed runs from the payload; false when it is too short for one.
class PayloadReader
{
public:
    explicit PayloadReader(QByteArrayView bytes) : m_bytes(bytes) {}

    template <class T> bool take(T *out, size_t count)
    {
        const size_t bytes = count * sizeof(T);
        if (bytes > size_t(m_bytes.size()))
            return false;
        if (bytes > 0)
            memcpy(out, m_bytes.data(), bytes);
        m_bytes = m_bytes.sliced(qsizetype(bytes));
        return true;
    }
    size_t left() const { return size_t(m_bytes.size()); }

private:
    QByteArrayView m_bytes;
};

Status HnswIndex::restore(const IndexFile &file)
{
    const auto corrupt = [](const char *what) {
        return fail(Errc::Corrupt, QLatin1String(what));
    };
    PayloadReader reader(file.payload);
    const size_t count = file.header.count;
    GraphShape shape;
    std::unique_ptr<Graph> graph = newGraph(kFirstCapacity);
    if (!reader.take(&shape, 1) || shape.links != kLinks
        || shape.elementBytes != graph->size_data_per_element_
        || count > reader.left() / (sizeof(Owner) + shape.elementBytes))
        return corrupt("shape does not fit");
    graph = newGraph(std::max(kFirstCapacity, count + count / 4));
    std::vector<Owner> owners(count);
    if (!reader.take(owners.data(), count)
        || !reader.take(graph->data_level0_memory_, count * shape.elementBytes)
        || !reader.take(graph->element_levels_.data(), count))
        return corrupt("elements are missing");
    for (size_t i = 0; i < count; ++i) {
        const int levels = graph->element_levels_[i];
        const size_t bytes = size_t(std::max(0, levels)) * graph->size_links_per_element_;
        if (levels < 0 || levels > kLevelsMax || bytes > reader.left())
            return corrupt("levels do not fit");
        graph->linkLists_[i] = levels > 0 ? static_cast<char *>(malloc(bytes + 1)) : nullptr;
        if (levels > 0 && !graph->linkLists_[i]) {
            graph->element_levels_[i] = 0;
            return fail(Errc::NoSpace, QStringLiteral("out of memory"));
        }
        // From here on the graph's destructor knows of this list.
        graph->cur_element_count = i + 1;
        reader.take(graph->linkLists_[i], bytes);
        graph->label_lookup_[i] = static_cast<hnswlib::tableint>(i);
    }
    graph->enterpoint_node_ = shape.entry;
    graph->maxlevel_ = shape.topLevel;
    if (const Status checked = checkLinks(*graph); !checked || reader.left() != 0)
        return corrupt("links do not fit");

    Elements elements;
    size_t forgotten = 0;
    for (size_t i = 0; i < count; ++i) {
        if (owners[i].isForgotten == 0)
            elements[owners[i].ino].push_back(static_cast<uint32_t>(i));
        forgotten += owners[i].isForgotten != 0 ? 1 : 0;
    }
    graph->num_deleted_ = forgotten;
    const std::unique_lock lock(m_mutex);
    m_graph = std::move(graph);
    m_owners = std::move(owners);
    m_elements = std::move(elements);
    m_forgotten = forgotten;
    return {};
}

Status HnswIndex::checkLinks(const Graph &graph)
{
    const auto bad = [] { return fail(Errc::Corrupt, QStringLiteral("links do not fit")); };
    const size_t count = graph.cur_element_count;
    if (count == 0)
        return {};
    if (graph.enterpoint_node_ >= count || graph.maxlevel_ < 0
        || graph.element_levels_[graph.enterpoint_node_] != graph.maxlevel_)
        return bad();
    for (hnswlib::tableint i = 0; i < count; ++i) {
        if (graph.getExternalLabel(i) != i)
            return bad();
        for (int level = 0; level <= graph.element_levels_[i]; ++level) {
            auto *list = graph.get_linklist_at_level(i, level);
            const size_t links = graph.getListCount(list);
            if (links > (level == 0 ? graph.maxM0_ : graph.maxM_))
                return bad();
            const hnswlib::tableint *to = reinterpret_cast<hnswlib::tableint *>(list + 1);
            for (size_t k = 0; k < links; ++k) {
                if (to[k] >= count || graph.element_levels_[to[k]] < level)
                    return bad();
            }
        }
    }
    return {};
}

} // namespace

std::unique_ptr<VectorIndex> createHnswIndex(const VectorIndexIdentity &identity)
{
    return std::make_unique<HnswIndex>(identity);
}

} // namespace vexfs::daemon

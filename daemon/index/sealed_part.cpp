// SPDX-License-Identifier: Apache-2.0
#include "daemon/index/sealed_part.h"

#include <algorithm>
#include <cerrno>
#include <chrono>

namespace vexfs::daemon {

namespace {

constexpr uint32_t kWidth = 128;
// So many files of a filter are looked up to know what passes; of more it is estimated.
constexpr size_t kCountedMax = 512;
constexpr size_t kStrideMax = 8;

double nanosecondsSince(std::chrono::steady_clock::time_point begun)
{
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begun)
        .count();
}

float similarityOf(uint32_t metric, float distance)
{
    return metric == 1 ? 1.0F - distance : -distance;
}

} // namespace

std::shared_ptr<SealedPart> SealedPart::open(const std::string &folder, const std::string &name,
                                             int &error)
{
    std::shared_ptr<SealedPart> part(new SealedPart);
    part->m_name = name;
    part->m_segment =
        SealedSegment::open(folder + "/" + name, SealedSegment::Memory::Packed, error);
    if (!part->m_segment)
        return nullptr;
    const SealedSegment &segment = *part->m_segment;
    std::vector<std::pair<uint64_t, uint32_t>> order; // of file and record
    std::vector<SegmentRow> rows;
    for (uint32_t node = 0; node < segment.count(); node++)
        rows.push_back(segment.row(node));
    part->m_nodes.resize(rows.size());
    for (uint32_t node = 0; node < rows.size(); node++)
        part->m_nodes[node] = node;
    std::sort(part->m_nodes.begin(), part->m_nodes.end(), [&rows](uint32_t a, uint32_t b) {
        return rows[a].ino != rows[b].ino ? rows[a].ino < rows[b].ino
                                          : rows[a].record < rows[b].record;
    });
    part->m_fileOfNode.resize(rows.size());
    for (uint32_t at = 0; at < rows.size(); at++) {
        const uint32_t node = part->m_nodes[at];
        if (part->m_inodes.empty() || part->m_inodes.back() != rows[node].ino) {
            part->m_fileOf[rows[node].ino] = static_cast<uint32_t>(part->m_inodes.size());
            part->m_inodes.push_back(rows[node].ino);
            part->m_firstNode.push_back(at);
        } else if (rows[node].record == rows[part->m_nodes[at - 1]].record) {
            error = -EUCLEAN; // twice the same chunk
            return nullptr;
        }
        part->m_fileOfNode[node] = static_cast<uint32_t>(part->m_inodes.size() - 1);
    }
    part->m_firstNode.push_back(static_cast<uint32_t>(rows.size()));
    part->m_live.assign((part->m_inodes.size() + 63) / 64, ~uint64_t{0});
    part->m_liveNodes = rows.size();
    return part;
}

bool SealedPart::has(uint64_t ino) const
{
    const auto found = m_fileOf.find(ino);
    return found != m_fileOf.end() && isLive(found->second);
}

std::vector<uint64_t> SealedPart::inodes() const
{
    std::vector<uint64_t> all;
    for (uint32_t file = 0; file < m_inodes.size(); file++) {
        if (isLive(file))
            all.push_back(m_inodes[file]);
    }
    return all;
}

std::vector<uint64_t> SealedPart::forgotten() const
{
    std::vector<uint64_t> all;
    for (uint32_t file = 0; file < m_inodes.size(); file++) {
        if (!isLive(file))
            all.push_back(m_inodes[file]);
    }
    return all;
}

bool SealedPart::forget(uint64_t ino)
{
    const auto found = m_fileOf.find(ino);
    if (found == m_fileOf.end() || !isLive(found->second))
        return false;
    const uint32_t file = found->second;
    m_live[file >> 6] &= ~(uint64_t{1} << (file & 63));
    m_liveNodes -= m_firstNode[file + 1] - m_firstNode[file];
    return true;
}

std::vector<std::pair<uint32_t, std::vector<float>>> SealedPart::vectorsOf(uint64_t ino) const
{
    std::vector<std::pair<uint32_t, std::vector<float>>> all;
    if (!has(ino))
        return all;
    const uint32_t file = m_fileOf.at(ino);
    for (uint32_t at = m_firstNode[file]; at < m_firstNode[file + 1]; at++)
        all.emplace_back(m_segment->row(m_nodes[at]).record, m_segment->vector(m_nodes[at]));
    return all;
}

std::vector<float> SealedPart::vector(uint64_t ino, uint32_t chunk) const
{
    if (!has(ino))
        return {};
    const uint32_t file = m_fileOf.at(ino);
    for (uint32_t at = m_firstNode[file]; at < m_firstNode[file + 1]; at++) {
        if (m_segment->row(m_nodes[at]).record == chunk)
            return m_segment->vector(m_nodes[at]);
    }
    return {};
}

uint32_t SealedPart::expectedToPass(const InodeSet &only) const
{
    // Neighbours in a set were mostly put into it one after the other.
    const size_t stride = std::clamp<size_t>(only.size() / kCountedMax, 1, kStrideMax);
    uint64_t passing = 0;
    size_t looked = 0;
    size_t place = 0;
    for (auto each = only.begin(); each != only.end() && looked < kCountedMax; ++each) {
        if (place++ % stride != 0)
            continue;
        looked++;
        const auto found = m_fileOf.find(*each);
        if (found != m_fileOf.end() && isLive(found->second))
            passing += m_firstNode[found->second + 1] - m_firstNode[found->second];
    }
    if (looked == 0 || only.size() <= kCountedMax)
        return static_cast<uint32_t>(passing);
    const double share = static_cast<double>(only.size()) / static_cast<double>(looked);
    return static_cast<uint32_t>(std::min(share * static_cast<double>(passing),
                                          static_cast<double>(m_liveNodes)));
}

std::vector<uint64_t> SealedPart::bitsOf(const InodeSet &only) const
{
    std::vector<uint64_t> bits(m_live.size());
    for (const uint64_t ino : only) {
        const auto found = m_fileOf.find(ino);
        if (found != m_fileOf.end())
            bits[found->second >> 6] |= uint64_t{1} << (found->second & 63);
    }
    for (size_t word = 0; word < bits.size(); word++)
        bits[word] &= m_live[word];
    return bits;
}

std::vector<uint32_t> SealedPart::nodesOf(const InodeSet &only) const
{
    std::vector<uint32_t> nodes;
    for (const uint64_t ino : only) {
        const auto found = m_fileOf.find(ino);
        if (found == m_fileOf.end() || !isLive(found->second))
            continue;
        nodes.insert(nodes.end(), m_nodes.begin() + m_firstNode[found->second],
                     m_nodes.begin() + m_firstNode[found->second + 1]);
    }
    return nodes;
}

std::vector<SegmentHit> SealedPart::searchAll(std::span<const float> query, uint32_t count,
                                              WalkCounters &counters) const
{
    SegmentLook look;
    look.count = count;
    look.width = std::max(kWidth, count);
    const WalkFilter live{m_live.data(), m_fileOfNode.data()};
    if (m_liveNodes < m_segment->count()) {
        const FilterChoice choice = m_costs.choose(
            {m_segment->count(), static_cast<uint32_t>(m_liveNodes), look.width, 0},
            FilterWay::During);
        look.maybeFilter = &live;
        look.reach = choice.reach;
    }
    return m_segment->search(query, look, &counters);
}

// With fewer hits than enough all that passes is compared. Learns what it took: lookups and the
// rest apart, for they depend on different counts.
std::vector<SegmentHit> SealedPart::searchSome(std::span<const float> query, uint32_t count,
                                               size_t enough, const InodeSet &only,
                                               const FilterChoice &choice,
                                               VectorPlan &plan) const
{
    WalkCounters counters;
    const auto begun = std::chrono::steady_clock::now();
    std::vector<uint32_t> nodes;
    std::vector<uint64_t> bits;
    if (choice.way == FilterWay::Scan)
        nodes = nodesOf(only);
    else if (choice.way == FilterWay::During)
        bits = bitsOf(only);
    if (choice.way != FilterWay::After)
        m_costs.learnLookups(static_cast<uint32_t>(only.size()), nanosecondsSince(begun));
    const auto lookedUp = std::chrono::steady_clock::now();
    const WalkFilter filter{bits.data(), m_fileOfNode.data()};
    const std::function<bool(uint32_t)> keeps = [&](uint32_t node) {
        const uint32_t file = m_fileOfNode[node];
        return isLive(file) && only.contains(m_inodes[file]);
    };
    SegmentLook look;
    look.count = count;
    look.width = std::max(kWidth, count);
    look.reach = choice.reach;
    look.way = choice.way;
    if (choice.way == FilterWay::During)
        look.maybeFilter = &filter;
    else
        look.maybeKeeps = &keeps;
    std::vector<SegmentHit> hits;
    if (choice.way != FilterWay::Scan)
        hits = m_segment->search(query, look, &counters);
    // What passes may lie where the walk did not come.
    plan.isCompleted = choice.way != FilterWay::Scan && hits.size() < enough;
    if (plan.isCompleted)
        nodes = nodesOf(only);
    if (!nodes.empty()) {
        counters.distances += nodes.size();
        hits = m_segment->scan(query, nodes, count);
    }
    m_costs.learn(choice, counters.distances, nanosecondsSince(lookedUp));
    plan.actualDistances = counters.distances;
    return hits;
}

// Who asks for all that pass gets all, and a walk keeps only so many in view.
FilterChoice SealedPart::chosen(const InodeSet &only, uint32_t wanted, FilterWay way,
                                VectorPlan &plan) const
{
    plan.expectedRows = expectedToPass(only);
    const FilterCounts counts{m_segment->count(), static_cast<uint32_t>(plan.expectedRows),
                              std::max(kWidth, wanted), static_cast<uint32_t>(only.size())};
    const auto prices = m_costs.prices(counts);
    for (size_t i = 0; i < prices.size(); i++)
        plan.waysUs[i] = prices[i].nanoseconds / 1000.0;
    const bool isAll = way == FilterWay::None && wanted >= plan.expectedRows;
    return m_costs.choose(counts, wanted > kWalkWidthMax / 2 || isAll ? FilterWay::Scan : way);
}

std::vector<VectorHit> SealedPart::search(std::span<const float> query, size_t count,
                                          const InodeSet *maybeOnly, VectorPlan &plan,
                                          FilterWay way) const
{
    const auto begun = std::chrono::steady_clock::now();
    const auto wanted = static_cast<uint32_t>(std::min(count, m_liveNodes));
    WalkCounters counters;
    std::vector<SegmentHit> hits;
    plan = {};
    plan.part = "sealed";
    plan.rows = m_segment->count();
    FilterChoice choice;
    if (wanted == 0) {
        // Nothing to search.
    } else if (maybeOnly) {
        choice = chosen(*maybeOnly, wanted, way, plan);
        const bool isCounted = maybeOnly->size() <= kCountedMax;
        const size_t enough = std::min<size_t>(wanted, isCounted ? plan.expectedRows
                                                                 : plan.expectedRows * 3 / 4);
        hits = searchSome(query, wanted, enough, *maybeOnly, choice, plan);
    } else if (wanted <= kWalkWidthMax / 2) {
        plan.expectedRows = m_liveNodes;
        hits = searchAll(query, wanted, counters);
        plan.actualDistances = counters.distances;
    } else {
        const std::vector<uint64_t> all = inodes();
        choice.way = FilterWay::Scan;
        hits = searchSome(query, wanted, 0, InodeSet(all.begin(), all.end()), choice, plan);
    }
    plan.way = choice.way;
    plan.expectedDistances = choice.distances;
    plan.expectedUs = choice.nanoseconds / 1000.0;
    plan.actualRows = hits.size();
    plan.actualUs = nanosecondsSince(begun) / 1000.0;
    std::vector<VectorHit> out;
    for (const SegmentHit &hit : hits) {
        const SegmentRow row = m_segment->row(hit.node);
        out.push_back({row.ino, row.record, similarityOf(m_segment->metric(), hit.distance)});
    }
    return out;
}

} // namespace vexfs::daemon

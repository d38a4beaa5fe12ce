// SPDX-License-Identifier: Apache-2.0
#include "daemon/index/segment/filter_plan.h"

#include "daemon/index/segment/graph_walk.h"

#include <algorithm>
#include <cmath>

namespace vexfs::daemon {

namespace {

constexpr double kWeight = 0.05; ///< of the newest measurement
constexpr double kFixedDistances = 100.0;
constexpr double kFixedNs = 2000.0;
// How much more than its share of the filter a walk keeps in view: what passes is not spread
// evenly.
constexpr double kMargin = 1.15;

void blend(double &mean, double value)
{
    mean += kWeight * (value - mean);
}

} // namespace

const char *nameOf(FilterWay way)
{
    switch (way) {
    case FilterWay::Scan:
        return "scan";
    case FilterWay::During:
        return "during";
    case FilterWay::After:
        return "after";
    case FilterWay::None:
        break;
    }
    return "none";
}

FilterChoice FilterCosts::priced(const FilterCounts &counts, FilterWay way) const
{
    FilterChoice choice;
    choice.way = way;
    if (way == FilterWay::Scan) {
        choice.distances = counts.passing;
        choice.nanoseconds =
            kFixedNs + m_lookupNs * counts.lookups + m_scanNs * choice.distances;
        return choice;
    }
    const double share = std::max(1.0, static_cast<double>(counts.passing)) /
                         std::max(1.0, static_cast<double>(counts.nodes));
    const double reach = std::ceil(counts.width / share * (share < 1.0 ? kMargin : 1.0));
    choice.reach =
        static_cast<uint32_t>(std::min<double>(reach, std::min(kWalkWidthMax, counts.nodes)));
    choice.distances = std::min<double>(kFixedDistances + m_perReach * choice.reach, counts.nodes);
    const double each = way == FilterWay::During ? m_duringNs : m_afterNs;
    const double lookups = way == FilterWay::During ? counts.lookups : 0.0;
    choice.nanoseconds = kFixedNs + m_lookupNs * lookups + each * choice.distances;
    // What cannot keep enough in view does not find enough.
    if (reach > choice.reach && choice.reach < counts.nodes)
        choice.nanoseconds = INFINITY;
    return choice;
}

FilterChoice FilterCosts::choose(const FilterCounts &counts, FilterWay way) const
{
    const std::lock_guard lock(m_mutex);
    if (way != FilterWay::None)
        return priced(counts, way);
    FilterChoice best = priced(counts, FilterWay::Scan);
    for (const FilterWay other : {FilterWay::During, FilterWay::After}) {
        const FilterChoice choice = priced(counts, other);
        if (choice.nanoseconds < best.nanoseconds)
            best = choice;
    }
    return best;
}

void FilterCosts::learn(FilterWay way, uint32_t reach, uint64_t distances, double nanoseconds)
{
    if (distances == 0)
        return;
    const std::lock_guard lock(m_mutex);
    const double each = std::max(0.0, nanoseconds - kFixedNs) / static_cast<double>(distances);
    if (way == FilterWay::Scan) {
        blend(m_scanNs, each);
        return;
    }
    blend(way == FilterWay::During ? m_duringNs : m_afterNs, each);
    if (reach > 0)
        blend(m_perReach,
              std::max(1.0, (static_cast<double>(distances) - kFixedDistances) / reach));
}

void FilterCosts::learnLookups(uint32_t lookups, double nanoseconds)
{
    if (lookups == 0)
        return;
    const std::lock_guard lock(m_mutex);
    blend(m_lookupNs, nanoseconds / lookups);
}

} // namespace vexfs::daemon

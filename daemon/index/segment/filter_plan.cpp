// SPDX-License-Identifier: Apache-2.0
#include "daemon/index/segment/filter_plan.h"

#include "daemon/index/segment/graph_walk.h"

#include <algorithm>
#include <cmath>

namespace vexfs::daemon {

namespace {

// How much more than its share of the filter a walk keeps in view: what passes is not spread
// evenly.
constexpr double kMargin = 1.15;
constexpr double kMeasurementsMax = 24.0; ///< older ones fade
constexpr double kGuessWeight = 0.05;     ///< of a measurement
constexpr double kErrorMax = 4.0;         ///< natural logarithm; more is an accident
// A way is tried out in one of so many searches, if little is known of it, and at all.
constexpr uint32_t kUnknownEvery = 8;
constexpr uint32_t kAnyEvery = 64;
constexpr double kLittleKnown = 4.0;
constexpr double kUnknownFactor = 4.0; ///< of the cheapest's time: what is more is not tried
constexpr double kAnyFactor = 2.0;

// A measurement two half octaves away counts a sixteenth.
double nearness(double places)
{
    return std::exp2(-2.0 * std::abs(places));
}

} // namespace

double LearntCost::placeOf(double size)
{
    return std::clamp(2.0 * std::log2(std::max(1.0, size)), 0.0, kPlaces - 1.0);
}

double LearntCost::expected(double size) const
{
    const double place = placeOf(size);
    double sum = 0.0;
    double weights = kGuessWeight;
    for (int i = 0; i < kPlaces; i++) {
        const double weight = m_weight[i] * nearness(place - i);
        sum += weight * m_error[i];
        weights += weight;
    }
    return guessed(size) * std::exp(sum / weights);
}

double LearntCost::known(double size) const
{
    const double place = placeOf(size);
    double sum = 0.0;
    for (int i = 0; i < kPlaces; i++)
        sum += m_weight[i] * nearness(place - i);
    return sum;
}

void LearntCost::learn(double size, double measured)
{
    if (!(measured > 0.0))
        return;
    const auto place = static_cast<size_t>(std::lround(placeOf(size)));
    const double error = std::clamp(std::log(measured / guessed(size)), -kErrorMax, kErrorMax);
    m_weight[place] = std::min(m_weight[place] + 1.0, kMeasurementsMax);
    m_error[place] += (error - m_error[place]) / m_weight[place];
}

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

const LearntCost &FilterCosts::costOf(FilterWay way) const
{
    return way == FilterWay::Scan ? m_scan : way == FilterWay::During ? m_during : m_after;
}

FilterChoice FilterCosts::priced(const FilterCounts &counts, FilterWay way) const
{
    FilterChoice choice;
    choice.way = way;
    const double lookups =
        way == FilterWay::After || counts.lookups == 0 ? 0.0 : m_lookups.expected(counts.lookups);
    if (way == FilterWay::Scan) {
        choice.reach = counts.passing;
        choice.distances = counts.passing;
        choice.nanoseconds = lookups + m_scan.expected(counts.passing);
        return choice;
    }
    const double share = std::max(1.0, static_cast<double>(counts.passing)) /
                         std::max(1.0, static_cast<double>(counts.nodes));
    const double reach = std::ceil(counts.width / share * (share < 1.0 ? kMargin : 1.0));
    choice.reach =
        static_cast<uint32_t>(std::min<double>(reach, std::min(kWalkWidthMax, counts.nodes)));
    choice.distances = std::min<double>(m_distances.expected(choice.reach), counts.nodes);
    choice.nanoseconds = lookups + costOf(way).expected(choice.reach);
    // What cannot keep enough in view does not find enough.
    if (reach > choice.reach && choice.reach < counts.nodes)
        choice.nanoseconds = INFINITY;
    return choice;
}

std::array<FilterChoice, 3> FilterCosts::prices(const FilterCounts &counts) const
{
    const std::lock_guard lock(m_mutex);
    return {priced(counts, kFilterWays[0]), priced(counts, kFilterWays[1]),
            priced(counts, kFilterWays[2])};
}

FilterChoice FilterCosts::choose(const FilterCounts &counts, FilterWay way) const
{
    const std::lock_guard lock(m_mutex);
    if (way != FilterWay::None)
        return priced(counts, way);
    FilterChoice choices[3];
    size_t best = 0;
    for (size_t i = 0; i < 3; i++) {
        choices[i] = priced(counts, kFilterWays[i]);
        if (choices[i].nanoseconds < choices[best].nanoseconds)
            best = i;
    }
    m_choices++;
    const double least = choices[best].nanoseconds;
    for (size_t i = 0; i < 3; i++) {
        // One after the other, so that each gets its turn.
        if (i == best || (m_choices / kUnknownEvery) % 3 != i)
            continue;
        const bool isUnknown = costOf(kFilterWays[i]).known(choices[i].reach) < kLittleKnown;
        if ((m_choices % kUnknownEvery == 0 && isUnknown &&
             choices[i].nanoseconds < least * kUnknownFactor) ||
            (m_choices % kAnyEvery == 0 && choices[i].nanoseconds < least * kAnyFactor))
            return choices[i];
    }
    return choices[best];
}

void FilterCosts::learn(const FilterChoice &choice, uint64_t distances, double nanoseconds)
{
    const std::lock_guard lock(m_mutex);
    if (choice.way == FilterWay::None || distances == 0)
        return;
    LearntCost &cost = choice.way == FilterWay::Scan     ? m_scan
                       : choice.way == FilterWay::During ? m_during
                                                         : m_after;
    cost.learn(choice.reach, nanoseconds);
    if (choice.way != FilterWay::Scan)
        m_distances.learn(choice.reach, static_cast<double>(distances));
}

void FilterCosts::learnLookups(uint32_t lookups, double nanoseconds)
{
    const std::lock_guard lock(m_mutex);
    if (lookups > 0)
        m_lookups.learn(lookups, nanoseconds);
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/segment/filter_plan.h - which way to search among some nodes costs least.
//
// Three ways: compare all that pass; walk the graph and count only what passes as found; walk for
// so many more and drop afterwards. Costs follow from counts that are known before the search and
// from what distances cost on this machine, which is learnt from the searches themselves.
#pragma once

#include "daemon/index/segment/filter_way.h"

#include <array>
#include <cstdint>
#include <mutex>

namespace vexfs::daemon {

/// What is known of a search before it runs.
struct FilterCounts
{
    uint32_t nodes = 0;   ///< of the segment
    uint32_t passing = 0; ///< of these, known or expected
    uint32_t width = 0;   ///< that a search without a filter would keep in view
    uint32_t lookups = 0; ///< to be made before scan and during: turning the filter into bits
};

struct FilterChoice
{
    FilterWay way = FilterWay::None;
    uint32_t reach = 0; ///< nodes of all kinds to keep in view; for Scan: that are compared
    double distances = 0.0;   ///< expected
    double nanoseconds = 0.0; ///< expected; infinite where it could not keep enough in view
};

/// How much something of a size takes: a guess, set right by what was measured near that size. By
/// size, because a walk that keeps twice as much in view does not take twice as long.
class LearntCost
{
public:
    LearntCost(double fixed, double each) : m_fixed(fixed), m_each(each) {}

    double expected(double size) const;
    /// Measurements near this size, the nearest counted most.
    double known(double size) const;
    void learn(double size, double measured);

private:
    static constexpr int kPlaces = 48; ///< half octaves from 1
    static double placeOf(double size);
    double guessed(double size) const { return m_fixed + m_each * size; }

    double m_fixed;
    double m_each;
    /// Logarithm of measured by guessed, and how many measurements that is of.
    double m_error[kPlaces] = {};
    double m_weight[kPlaces] = {};
};

/// Threads: any.
class FilterCosts
{
public:
    /// Of one way, or the cheapest of the three when way is None. Now and then another than the
    /// cheapest, if little is known of it and it can hardly be much worse: what is never tried is
    /// never learnt.
    FilterChoice choose(const FilterCounts &counts, FilterWay way = FilterWay::None) const;

    /// What each of kFilterWays is expected to take.
    std::array<FilterChoice, 3> prices(const FilterCounts &counts) const;

    /// A search that was so chosen did so many distances in that time, without its lookups.
    void learn(const FilterChoice &choice, uint64_t distances, double nanoseconds);
    void learnLookups(uint32_t lookups, double nanoseconds);

private:
    FilterChoice priced(const FilterCounts &counts, FilterWay way) const;
    const LearntCost &costOf(FilterWay way) const;

    mutable std::mutex m_mutex;
    mutable uint32_t m_choices = 0;
    // The guesses are of the machine that this was written on, in nanoseconds: for comparing so
    // many, for walks that keep so many in view, for so many lookups.
    LearntCost m_scan{2000.0, 20.0};
    LearntCost m_during{8000.0, 900.0};
    LearntCost m_after{8000.0, 825.0};
    LearntCost m_lookups{0.0, 40.0};
    LearntCost m_distances{100.0, 15.0}; ///< of a walk that keeps so many in view
};

} // namespace vexfs::daemon

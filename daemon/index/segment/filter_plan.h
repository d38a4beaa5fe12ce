// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/segment/filter_plan.h - which way to search among some nodes costs least.
//
// Three ways: compare all that pass; walk the graph and count only what passes as found; walk for
// so many more and drop afterwards. Costs follow from counts that are known before the search and
// from what distances cost on this machine, which is learnt from the searches themselves.
#pragma once

#include <cstdint>
#include <mutex>

namespace vexfs::daemon {

enum class FilterWay : uint8_t {
    None,   ///< there is no filter
    Scan,   ///< exact over the filtered set
    During, ///< filter inside the traversal
    After,  ///< traversal, then filter
};

const char *nameOf(FilterWay way);

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
    uint32_t reach = 0; ///< nodes of all kinds to keep in view, for During and After
    double distances = 0.0;   ///< expected
    double nanoseconds = 0.0; ///< expected
};

/// Threads: any.
class FilterCosts
{
public:
    /// Of one way, or the cheapest of the three when way is None.
    FilterChoice choose(const FilterCounts &counts, FilterWay way = FilterWay::None) const;

    /// A search did so many distances with reach in view, in that time.
    void learn(FilterWay way, uint32_t reach, uint64_t distances, double nanoseconds);
    void learnLookups(uint32_t lookups, double nanoseconds);

private:
    FilterChoice priced(const FilterCounts &counts, FilterWay way) const;

    mutable std::mutex m_mutex;
    // Before anything was measured: of the machine that this was written on, roughly.
    double m_scanNs = 20.0;
    double m_duringNs = 60.0;
    double m_afterNs = 55.0;
    double m_lookupNs = 40.0;
    double m_perReach = 15.0; ///< distances of a walk per node that it keeps in view
};

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/segment/filter_way.h - the three ways to search among some vectors.
#pragma once

#include <cstdint>

namespace vexfs::daemon {

enum class FilterWay : uint8_t {
    None,   ///< there is no filter; asked for: the cheapest
    Scan,   ///< exact over the filtered set
    During, ///< filter inside the traversal
    After,  ///< traversal, then filter
};

constexpr FilterWay kFilterWays[] = {FilterWay::Scan, FilterWay::During, FilterWay::After};

/// "none", "scan", "during", "after"
const char *nameOf(FilterWay way);

} // namespace vexfs::daemon

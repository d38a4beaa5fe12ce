// SPDX-License-Identifier: Apache-2.0
//
// daemon/search/plan_report.h - how the vector index was searched, for who asked.
#pragma once

#include "daemon/index/vector_index.h"
#include "daemon/query/search_types.h"

namespace vexfs::daemon {

FilterWay wayOf(PlanHint hint);

QVector<SearchPlan> planReport(const std::vector<VectorPlan> &plans);

/// The same in words.
QString planText(const std::vector<VectorPlan> &plans);

} // namespace vexfs::daemon

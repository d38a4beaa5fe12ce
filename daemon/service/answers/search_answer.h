// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/answers/search_answer.h - answers searches from an index as it is now.
//
// Called on a search thread, with its connection to the catalog.
#pragma once

#include "common/base/error.h"
#include "daemon/query/search_types.h"
#include "daemon/service/answers/file_report.h"

namespace vexfs::daemon {

/// What was answered already is not searched for again, as long as nothing changed. Fails as
/// IndexSearcher::search() does, and as the volume where snapshots are asked about.
base::Result<SearchReply> answerSearch(IndexContext &context, Catalog &catalog,
                                       const SearchRequest &request);

/// How a file does in a search. Fails as that does.
base::Result<QueryReport> queryReport(IndexContext &context, Catalog &catalog,
                                      const SearchRequest &request, uint64_t ino);

} // namespace vexfs::daemon

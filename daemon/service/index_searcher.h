// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/index_searcher.h - answers one search over one volume.
#pragma once

#include "daemon/index/catalog.h"
#include "daemon/query/fusion.h"
#include "daemon/query/passage.h"
#include "daemon/query/query_text.h"
#include "daemon/service/index_context.h"

namespace vexfs::daemon {

/// Owner and thread: a search thread, with a catalog connection of its own.
class IndexSearcher
{
public:
    IndexSearcher(IndexContext &context, Catalog &catalog)
        : m_context(context), m_meaning(context.meaning()), m_catalog(catalog)
    {
    }

    /// Fails with InvalidArgs, InvalidQuery, Corrupt (the catalog is damaged), Failed.
    base::Result<SearchReply> search(const SearchRequest &request);

private:
    base::Status collect(const SearchRequest &request, const QueryText &query, FusionInput &input);
    base::Status collectKeyword(const QueryText &query, const InodeSet *maybeOnly,
                                FusionInput &input);
    base::Status collectExact(const QueryText &query, const InodeSet *maybeOnly,
                              FusionInput &input);
    base::Status collectVector(const QueryText &query, FusionInput &input);
    base::Status findNearest(const std::vector<float> &vector, FusionInput &input);
    base::Status widen(const Ranking &ranking, FusionInput &input);
    const InodeSet *maybeOnly() const { return m_only ? &*m_only : nullptr; }
    base::Status addHits(const SearchRequest &request, const QueryText &query,
                         const Ranking &ranking, SearchReply &reply);
    base::Result<bool> fillHit(const RankedFile &file, WordFinder &finder, SearchHit &hit);

    IndexContext &m_context;
    const Meaning m_meaning;
    Catalog &m_catalog;
    int m_depth = 0;
    std::optional<InodeSet> m_only;  ///< the files that may answer, where not all may
    std::vector<float> m_queryVector;
};

} // namespace vexfs::daemon

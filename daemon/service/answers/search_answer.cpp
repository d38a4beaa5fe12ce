// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/answers/search_answer.h"

#include "daemon/search/index_searcher.h"
#include "daemon/service/index_context.h"

#include <QElapsedTimer>

namespace vexfs::daemon {

using base::Result;

namespace {

Result<SearchedIndex> searchedIndex(IndexContext &context, Catalog &catalog)
{
    const Result<uint64_t> generation = catalog.generation();
    if (!generation)
        return tl::unexpected(generation.error());
    const IndexStatus now = context.status();
    const bool isPartial = !context.areVectorsComplete || now.state == IndexState::Scanning
        || now.state == IndexState::Error;
    SearchedIndex index{context.meaning(), context.counters, now.generation,
                        now.files,         now.pending,      isPartial};
    index.stems = &context.stems;
    index.catalogGeneration = *generation;
    return index;
}

QueryReport queryReportOf(const HitReport &hit)
{
    QueryReport report{{},          hit.keywordScore, hit.vectorScore, hit.floor,
                       hit.rank,    hit.ranked,       hit.matchedTerms};
    if (hit.isFiltered)
        report.verdict = QStringLiteral("filtered");
    else if (hit.matchedTerms.isEmpty() && hit.vectorScore < hit.floor)
        report.verdict = QStringLiteral("below-floor");
    else if (hit.rank > 0)
        report.verdict = QStringLiteral("found");
    else
        report.verdict = QStringLiteral("outranked");
    return report;
}

} // namespace

// An answer that was given already, if nothing changed since; what the index does meanwhile is told
// as it is now.
Result<SearchReply> answerSearch(IndexContext &context, Catalog &catalog,
                                 const SearchRequest &request)
{
    QElapsedTimer timer;
    timer.start();
    IndexCounters &counters = context.counters;
    Result<SearchedIndex> begun = searchedIndex(context, catalog);
    if (!begun)
        return tl::unexpected(begun.error());
    SearchedIndex &index = *begun;
    const uint64_t generation = index.catalogGeneration;
    if (request.isOfPast()) {
        Result<SearchedPast> past = searchedPast(*context.view, request);
        if (!past)
            return tl::unexpected(past.error());
        auto alive = context.alive.find(catalog, generation, *past);
        if (!alive)
            return tl::unexpected(alive.error());
        past->alive = std::move(*alive);
        index.past = std::move(*past);
    }
    const QByteArray key
        = resultKey(request, generation, context.meaning().embedder->id())
        + (index.past ? listSignature(*index.past) : QByteArray());
    // Rights change without the index knowing: what is of the past is looked at each time.
    const bool isKept
        = !request.isExplained && context.areVectorsComplete && !request.isOfPast();
    if (isKept) {
        if (auto known = context.results.find(key)) {
            const IndexStatus now = context.status();
            known->pending = now.pending;
            known->searched = now.files;
            known->tookUs = timer.nsecsElapsed() / 1000;
            counters.results.hitTime.add(known->tookUs);
            counters.search.add(known->tookUs);
            return *known;
        }
    }
    IndexSearcher searcher(std::move(index), catalog);
    Result<SearchReply> found = searcher.search(request);
    if (!found)
        return found;
    // With what had to be found out before: which snapshots there are, and what they have.
    found->tookUs = timer.nsecsElapsed() / 1000;
    counters.weakAnswers += found->weak ? 1 : 0;
    counters.search.add(found->tookUs);
    if (isKept) {
        counters.results.missTime.add(found->tookUs);
        if (!found->partial)
            context.results.put(key, *found);
    }
    return found;
}

Result<QueryReport> queryReport(IndexContext &context, Catalog &catalog,
                                const SearchRequest &request, uint64_t ino)
{
    Result<SearchedIndex> index = searchedIndex(context, catalog);
    if (!index)
        return tl::unexpected(index.error());
    IndexSearcher searcher(std::move(*index), catalog);
    const Result<HitReport> hit = searcher.explain(request, ino);
    if (!hit)
        return tl::unexpected(hit.error());
    return queryReportOf(*hit);
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
//
// daemon/search/index_searcher.h - answers one search over one volume.
//
// A filter says which files may answer; words and meaning each bring their best of those; they are
// fused, what the best are about widens the search once, and passages are cut. index_searcher.cpp
// has that order, search_legs.cpp what each leg asks.
#pragma once

#include "daemon/index/catalog.h"
#include "daemon/query/fusion.h"
#include "daemon/query/passage.h"
#include "daemon/query/query_text.h"
#include "daemon/search/index_counters.h"
#include "daemon/search/meaning.h"
#include "daemon/search/searched_past.h"
#include "daemon/search/stem_counts.h"

#include <QElapsedTimer>

#include <unordered_map>

namespace vexfs::daemon {

/// The index as it is when a search begins.
struct SearchedIndex
{
    Meaning meaning;
    IndexCounters &counters;
    uint64_t generation = 0;
    uint64_t files = 0;
    uint64_t pending = 0;
    bool isPartial = false;  ///< not all that is on the volume can be found yet
    StemCounts *stems = nullptr;  ///< as of catalogGeneration
    uint64_t catalogGeneration = 0;
    std::optional<SearchedPast> past = {};  ///< for searches of the past
};

/// Why one file is, or is not, among the hits of a query.
struct HitReport
{
    bool isFiltered = false;  ///< a condition keeps it out
    double keywordScore = 0.0;
    double vectorScore = 0.0;
    double floor = 0.0;       ///< below it, meaning alone is not enough
    uint64_t rank = 0;        ///< 1-based; 0 when it is not among the hits
    uint64_t ranked = 0;      ///< hits that were ranked
    QStringList matchedTerms;
};

/// Owner and thread: a search thread, with a catalog connection of its own.
class IndexSearcher
{
public:
    IndexSearcher(SearchedIndex index, Catalog &catalog)
        : m_index(std::move(index)), m_meaning(m_index.meaning), m_catalog(catalog)
    {
    }

    /// Fails with InvalidArgs, InvalidQuery, NotFound (similarTo is not in the index), Corrupt (the
    /// catalog is damaged), Failed.
    base::Result<SearchReply> search(const SearchRequest &request);

    /// How one file does in a search. Fails as search().
    base::Result<HitReport> explain(const SearchRequest &request, uint64_t ino);

private:
    base::Result<QueryText> readQuery(const SearchRequest &request) const;
    base::Result<Ranking> rank(const SearchRequest &request, QueryText &query, FusionInput &input);
    FusionOptions fusionOptions(const SearchRequest &request) const;
    base::Result<Ranking> listNewest();

    // The legs.
    base::Status collect(const SearchRequest &request, QueryText &query, FusionInput &input);
    base::Status collectFilter(const SearchRequest &request);
    base::Status keepPhrases(const QStringList &phrases);
    base::Status checkPlan(const SearchRequest &request) const;
    base::Status collectLike(const SearchRequest &request, QueryText &query);
    base::Status collectKeyword(const QueryText &query, FusionInput &input);
    base::Status collectExact(const QueryText &query, FusionInput &input);
    base::Status collectVector(const SearchRequest &request, const QueryText &query,
                               FusionInput &input);
    base::Status findNearest(const std::vector<float> &vector, FusionInput &input,
                             std::vector<VectorPlan> *maybePlans);
    base::Status widen(const Ranking &ranking, FusionInput &input);
    base::Status correctWords(QueryText &query);
    base::Status weighPast(const QueryText &query);
    base::Result<double> estimatedMatches(const QueryText &query);
    const InodeSet *maybeOnly() const
    {
        const bool isPast = m_index.past.has_value();
        return m_only ? &*m_only : isPast ? &m_index.past->alive->all : nullptr;
    }
    /// Of these, the versions that only snapshots have; without a search of the past, none.
    const InodeSet &pastOnly() const
    {
        return m_only || !m_index.past ? m_pastOnly : m_index.past->alive->past;
    }

    // Both indexes, where the past is asked.
    base::Result<QVector<KeywordHit>> searchWords(const QString &match, int limit);
    base::Result<uint64_t> stemCount(const std::string &stem);
    base::Result<uint64_t> stemCountIn(StemCounts::Where where, const std::string &stem);
    base::Result<std::vector<VectorHit>> nearest(const std::vector<float> &vector, size_t count,
                                                 const InodeSet *maybeOnly,
                                                 std::vector<VectorPlan> *maybePlans);
    std::vector<float> vectorOf(uint64_t key, uint32_t chunk) const;

    // The hits.
    base::Status addHits(const SearchRequest &request, const QueryText &query,
                         const Ranking &ranking, SearchReply &reply);
    base::Result<bool> fillHit(const RankedFile &file, WordFinder &finder, SearchHit &hit);
    base::Result<const FileRow *> rowOf(uint64_t key);
    base::Status lookAhead(const Ranking &ranking, size_t first, int count);
    const SnapshotTree *shownIn(const FileRow &row) const;
    bool placeHit(const FileRow &row, SearchHit &hit);
    base::Result<bool> isFurtherVersion(uint64_t key, SearchReply &reply);
    base::Status weighWords(const QueryText &query);
    void weighHit(const SearchHit &hit, WordFinder &finder, const QByteArray &text);
    bool hasPhrases(const FileRow &row, const QByteArray &text) const;

    const SearchedIndex m_index;
    const Meaning &m_meaning;
    Catalog &m_catalog;
    int m_depth = 0;
    FilterWay m_way = FilterWay::None; ///< that was asked for
    std::optional<InodeSet> m_only;  ///< the files that may answer, where not all may
    InodeSet m_pastOnly;             ///< of m_only
    uint64_t m_like = 0;             ///< the file that hits are to be like
    std::vector<float> m_likeVector;
    std::vector<float> m_queryVector;
    std::vector<std::vector<std::string>> m_phrases;
    QStringList m_nameMatches;       ///< for words that only names with a typing error have
    QStringList m_rewritten;
    std::vector<double> m_wordWeights;
    qsizetype m_weighed = 0;
    /// Of the first ranking, before the query moved towards what it found.
    std::unordered_map<uint64_t, double> m_similarity;
    bool m_fits = false;  ///< some hit does
    QVector<SearchStage> *m_stages = nullptr;
    bool m_isByVersion = false;
    double m_pastWeight = 1.0;  ///< of scores by words in the past, beside those of now
    std::unordered_map<QByteArray, qsizetype> m_places;  ///< paths of the hits so far
    std::unordered_map<uint64_t, std::optional<FileRow>> m_rows;  ///< that were read; of the past
    std::unordered_map<uint64_t, std::optional<PastPlace>> m_seen;  ///< of keys, in snapshots
};

} // namespace vexfs::daemon

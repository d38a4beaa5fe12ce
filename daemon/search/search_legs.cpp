// SPDX-License-Identifier: Apache-2.0
//
// A search: what is asked of the catalog and of the vectors.
#include "daemon/search/index_searcher.h"

#include "daemon/search/plan_report.h"
#include "daemon/search/search_stage.h"
#include "daemon/search/suggestions.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

// A file has several chunks, and only the best counts.
constexpr size_t kChunksPerFile = 3;
// Longer queries are about a matter, not about a name.
constexpr size_t kExactWordsMax = 8;
constexpr size_t kEveryChunk = std::numeric_limits<size_t>::max();
// How many of the best hits the query moves towards, and how far (measured).
constexpr size_t kFeedbackFiles = 5;
constexpr float kFeedbackWeight = 0.4F;
// So many files' texts are read to tell a phrase from one with other endings.
constexpr size_t kPhraseTextsMax = 2000;
// What a file is about are its words that few others have, after Lucene's MoreLikeThis.
constexpr size_t kLikeWords = 25;
constexpr size_t kLikeWordsWeighed = 100;
constexpr uint32_t kLikeChunksMax = 64;

QByteArray normalised(QByteArray scope)
{
    while (scope.startsWith('/'))
        scope.remove(0, 1);
    while (scope.endsWith('/'))
        scope.chop(1);
    return scope;
}

FileFilter filterOf(const SearchRequest &request)
{
    FileFilter filter;
    for (const QByteArray &scope : request.scopes) {
        // The root of the volume restricts nothing, whatever else is given.
        if (normalised(scope).isEmpty()) {
            filter.scopes.clear();
            break;
        }
        filter.scopes.push_back(normalised(scope));
    }
    for (const QByteArray &scope : request.withoutScopes)
        filter.withoutScopes.push_back(normalised(scope));
    filter.mimeTypes = request.mimeTypes;
    filter.withoutMimeTypes = request.withoutMimeTypes;
    filter.sinceNs = request.sinceNs;
    filter.untilNs = request.untilNs;
    filter.sizeMin = request.sizeMin;
    filter.sizeMax = request.sizeMax;
    filter.tags = request.tags;
    filter.withoutTags = request.withoutTags;
    filter.names = request.names;
    filter.withoutNames = request.withoutNames;
    for (const QString &phrase : request.phrases)
        filter.matches += matchPhrase(phrase);
    for (const QString &phrase : request.without)
        filter.withoutMatches += matchPhrase(phrase);
    filter.matches.removeAll(QString());
    filter.withoutMatches.removeAll(QString());
    return filter;
}

bool isZero(const std::vector<float> &vector)
{
    return std::all_of(vector.begin(), vector.end(), [](float value) { return value == 0.0F; });
}

void normalise(std::vector<float> &vector)
{
    double squares = 0.0;
    for (const float value : vector)
        squares += double(value) * value;
    for (float &value : vector)
        value = squares > 0.0 ? static_cast<float>(value / std::sqrt(squares)) : value;
}

void add(const std::vector<float> &from, std::vector<float> &to)
{
    to.resize(std::max(to.size(), from.size()), 0.0F);
    for (size_t j = 0; j < from.size(); ++j)
        to[j] += from[j];
}

std::string_view view(const QByteArray &bytes)
{
    return {bytes.constData(), size_t(bytes.size())};
}

} // namespace

Status IndexSearcher::collect(const SearchRequest &request, QueryText &query, FusionInput &input)
{
    Status done = collectFilter(request);
    if (done)
        done = checkPlan(request);
    if (done && m_only && m_only->empty())
        return {};
    if (done && !request.similarTo.isEmpty())
        done = collectLike(request, query);
    if (done && !query.words.empty() && request.mode != SearchMode::Vector) {
        done = correctWords(query);
        if (done)
            done = weighPast(query);
        if (done)
            done = collectKeyword(query, input);
        if (done)
            done = collectExact(query, input);
    }
    const bool hasMeaning = !query.words.empty() || m_like != 0 || !request.vector.isEmpty();
    if (done && request.mode != SearchMode::Keyword && hasMeaning)
        done = collectVector(request, query, input);
    return done;
}

Status IndexSearcher::collectFilter(const SearchRequest &request)
{
    const FileFilter filter = filterOf(request);
    for (const QString &phrase : request.phrases) {
        const QByteArray text = phrase.toUtf8();
        m_phrases.push_back(base::words(view(text)));
    }
    if (filter.isEmpty())
        return {};
    SearchStageTimer stage(m_stages, QStringLiteral("filter"));
    Result<InodeSet> matching = m_catalog.matching(filter, m_index.past.has_value());
    if (!matching)
        return tl::unexpected(matching.error());
    if (m_index.past) {
        std::erase_if(*matching,
                      [&](uint64_t key) { return !m_index.past->alive->all.contains(key); });
    }
    m_only = std::move(*matching);
    std::copy_if(m_only->begin(), m_only->end(), std::inserter(m_pastOnly, m_pastOnly.end()),
                 isPastKey);
    const Status kept = keepPhrases(request.phrases);
    m_index.counters.filter.add(stage.tookUs());
    if (!kept || !m_stages)
        return kept;
    const Result<uint64_t> estimated = m_catalog.estimate(filter);
    if (!estimated)
        return tl::unexpected(estimated.error());
    stage.end(QStringLiteral("conditions in SQL; the other legs look at these files only"),
              m_only->size(), double(*estimated));
    return {};
}

// Who asks for a way is told where there is nothing to go that way.
Status IndexSearcher::checkPlan(const SearchRequest &request) const
{
    if (request.plan == PlanHint::Auto)
        return {};
    if (request.mode == SearchMode::Keyword) {
        return fail(Errc::InvalidArgs,
                    QStringLiteral("a plan is of a search by meaning, and this one is by words"));
    }
    if (!maybeOnly()) {
        return fail(Errc::InvalidArgs,
                    QStringLiteral("a plan needs a condition, such as in:FOLDER or type:pdf"));
    }
    return {};
}

// The full-text index knows stems; a phrase is meant to the letter.
Status IndexSearcher::keepPhrases(const QStringList &phrases)
{
    if (phrases.isEmpty() || m_only->size() > kPhraseTextsMax)
        return {};
    for (auto each = m_only->begin(); each != m_only->end();) {
        const Result<std::optional<FileRow>> row = m_catalog.file(*each);
        const Result<StoredText> stored = m_catalog.storedText(*each);
        if (!row || !stored)
            return tl::unexpected(row ? stored.error() : row.error());
        const bool isKept = row->has_value() && hasPhrases(**row, stored->text);
        if (!isKept)
            m_pastOnly.erase(*each);
        each = isKept ? std::next(each) : m_only->erase(each);
    }
    return {};
}

// More like this: what the file's passages are about on the whole, and the words that tell it from
// others, as further words of the query.
Status IndexSearcher::collectLike(const SearchRequest &request, QueryText &query)
{
    SearchStageTimer stage(m_stages, QStringLiteral("similar"));
    const auto ino = m_catalog.inodeOf(normalised(request.similarTo));
    if (!ino)
        return tl::unexpected(ino.error());
    if (!ino->has_value()) {
        return fail(Errc::NotFound, QStringLiteral("%1 is not in the index")
                                        .arg(QString::fromUtf8(request.similarTo)));
    }
    m_like = **ino;
    const Result<StoredText> stored = m_catalog.storedText(m_like);
    if (!stored)
        return tl::unexpected(stored.error());
    const auto chunks = std::min<uint32_t>(uint32_t(stored->chunks.size()), kLikeChunksMax);
    for (uint32_t chunk = 0; chunk < chunks; ++chunk)
        add(vectorOf(m_like, chunk), m_likeVector);
    normalise(m_likeVector);

    std::unordered_map<std::string, double> counts;
    base::WordReader reader(view(stored->text));
    for (base::Word word; reader.next(word);) {
        if (word.folded.size() > 2 && !base::isStopWord(word.folded))
            ++counts[word.folded];
    }
    std::vector<std::pair<double, std::string>> weighed;
    for (const auto &[word, count] : counts)
        weighed.emplace_back(count, word);
    std::sort(weighed.rbegin(), weighed.rend());
    weighed.resize(std::min(weighed.size(), kLikeWordsWeighed));
    base::Stemmer stemmer(base::Stemmer::Algorithm::Porter);
    const double files = 1.0 + double(m_index.files);
    for (auto &[weight, word] : weighed) {
        const Result<uint64_t> with = stemCount(std::string(stemmer.stem(word)));
        if (!with)
            return tl::unexpected(with.error());
        weight *= std::log(files / (double(*with) + 0.5));
    }
    std::sort(weighed.rbegin(), weighed.rend());
    for (size_t i = 0; i < std::min(weighed.size(), kLikeWords); ++i) {
        if (std::find(query.words.begin(), query.words.end(), weighed[i].second)
            == query.words.end())
            query.words.push_back(weighed[i].second);
    }
    stage.end(QStringLiteral("the mean of %1 passages and the %2 words that tell the file from "
                             "others")
                  .arg(chunks)
                  .arg(std::min(weighed.size(), kLikeWords)),
              1);
    return {};
}

// Words that no file has may be a name with a typing error in it.
Status IndexSearcher::correctWords(QueryText &query)
{
    base::Stemmer stemmer(base::Stemmer::Algorithm::Porter);
    std::vector<std::string> found;
    for (const std::string &word : query.words) {
        if (word == query.prefix)
            continue;
        const Result<uint64_t> with = stemCount(std::string(stemmer.stem(word)));
        if (!with)
            return tl::unexpected(with.error());
        if (*with > 0)
            continue;
        const Result<QString> near = nearName(m_catalog, word);
        if (!near)
            return tl::unexpected(near.error());
        if (near->isEmpty())
            continue;
        m_nameMatches += QStringLiteral("name : \"%1\"").arg(*near);
        m_rewritten += *near;
        found.push_back(near->toStdString());
    }
    // So that they are marked, and count as found.
    for (std::string &word : query.words) {
        for (const std::string &near : found) {
            if (isNear(QString::fromStdString(word).toStdU32String(),
                       QString::fromStdString(near).toStdU32String(), 2))
                word = near;
        }
    }
    return {};
}

// From the statistics of words alone: how many files have any, were words strangers to each other.
Result<double> IndexSearcher::estimatedMatches(const QueryText &query)
{
    base::Stemmer stemmer(base::Stemmer::Algorithm::Porter);
    const double files = std::max(1.0, double(m_index.files));
    double without = 1.0;
    for (const std::string &word : query.words) {
        const Result<uint64_t> with = stemCount(std::string(stemmer.stem(word)));
        if (!with)
            return tl::unexpected(with.error());
        without *= 1.0 - std::min(1.0, double(*with) / files);
    }
    return files * (1.0 - without);
}

Status IndexSearcher::collectKeyword(const QueryText &query, FusionInput &input)
{
    SearchStageTimer stage(m_stages, QStringLiteral("words"));
    QStringList any{matchAny(query.words)};
    if (!query.prefix.empty())
        any += matchPrefix(query.prefix);
    any += m_nameMatches;
    const auto hits = searchWords(any.join(QStringLiteral(" OR ")), m_depth);
    if (!hits)
        return tl::unexpected(hits.error());
    for (const KeywordHit &hit : *hits)
        input.keyword.push_back({hit.ino, hit.score});
    m_index.counters.words.add(stage.tookUs());
    if (!m_stages)
        return {};
    const Result<double> estimated = estimatedMatches(query);
    if (!estimated)
        return tl::unexpected(estimated.error());
    stage.end(QStringLiteral("BM25 over any of %1 words, the best %2")
                  .arg(query.words.size())
                  .arg(m_depth),
              uint64_t(hits->size()), *estimated);
    return {};
}

// Words that the model cannot know and hardly a file has: names, numbers, identifiers.
Status IndexSearcher::collectExact(const QueryText &query, FusionInput &input)
{
    if (query.words.size() > kExactWordsMax || m_like != 0)
        return {};
    SearchStageTimer stage(m_stages, QStringLiteral("exact"));
    const uint64_t rare = 1 + m_index.files / 1000;
    for (const std::string &word : query.words) {
        if (m_meaning.embedder->knowsWord(word) || word == query.prefix)
            continue;
        const QString match = matchAny({word});
        // What is rare in a tree of the past has to be counted there.
        const Result<uint64_t> count
            = m_index.past ? m_catalog.matchCountIn(match, rare + 1, m_index.past->alive->all)
                           : m_catalog.matchCount(match, rare + 1);
        if (!count)
            return tl::unexpected(count.error());
        if (*count == 0 || *count > rare)
            continue;
        const auto hits = searchWords(match, int(rare));
        if (!hits)
            return tl::unexpected(hits.error());
        for (const KeywordHit &hit : *hits)
            input.exact.insert(hit.ino);
    }
    stage.end(QStringLiteral("words of at most %1 files that the model does not know come first")
                  .arg(rare),
              input.exact.size());
    return {};
}

Status IndexSearcher::collectVector(const SearchRequest &request, const QueryText &query,
                                    FusionInput &input)
{
    SearchStageTimer stage(m_stages, QStringLiteral("meaning"));
    m_queryVector.assign(request.vector.begin(), request.vector.end());
    if (!m_queryVector.empty() && m_queryVector.size() != m_meaning.embedder->dimension()) {
        return fail(Errc::InvalidVector,
                    QStringLiteral("a vector of %1 elements where the model has %2")
                        .arg(m_queryVector.size())
                        .arg(m_meaning.embedder->dimension()));
    }
    if (m_queryVector.empty() && !query.text.isEmpty()) {
        const auto vectors = m_meaning.embedder->embed({view(query.text)}, EmbedPurpose::Query);
        if (!vectors && request.mode != SearchMode::Vector) {
            // A model that is away, such as one behind an address, leaves the words.
            stage.end(QStringLiteral("the model does not answer: ") + vectors.error().what, 0);
            return {};
        }
        if (!vectors)
            return tl::unexpected(vectors.error());
        add(vectors->constFirst(), m_queryVector);
    }
    add(m_likeVector, m_queryVector);
    normalise(m_queryVector);
    if (isZero(m_queryVector)) {
        stage.end(QStringLiteral("the model knows none of the words"), 0);
        return {};
    }
    std::vector<VectorPlan> plans;
    const Status found = findNearest(m_queryVector, input, m_stages ? &plans : nullptr);
    m_index.counters.meaning.add(stage.tookUs());
    const double all = double(m_meaning.vectors->count());
    const double share
        = m_only ? double(m_only->size()) / std::max(1.0, double(m_index.files)) : 1.0;
    stage.end(planText(plans), input.vector.size(),
              std::min(all * share, double(m_depth) * kChunksPerFile), planReport(plans));
    return found;
}

Result<std::vector<VectorHit>> IndexSearcher::nearest(const std::vector<float> &vector,
                                                      size_t count, const InodeSet *maybeOnly,
                                                      std::vector<VectorPlan> *maybePlans)
{
    std::vector<VectorPlan> plans;
    const FilterWay way = count == kEveryChunk ? FilterWay::None : m_way;
    auto hits = m_meaning.vectors->explain(vector, count, maybeOnly, way,
                                           maybePlans ? *maybePlans : plans);
    const bool isAll = maybeOnly == this->maybeOnly();
    if (!hits || pastOnly().empty() || m_meaning.past->count() == 0)
        return hits;
    const auto past = m_meaning.past->search(vector, count, isAll ? &pastOnly() : maybeOnly);
    if (!past)
        return past;
    const auto middle = hits->insert(hits->end(), past->begin(), past->end());
    std::inplace_merge(hits->begin(), middle, hits->end(),
                       [](const VectorHit &a, const VectorHit &b) {
                           return a.similarity > b.similarity;
                       });
    hits->resize(std::min(hits->size(), count));
    return hits;
}

std::vector<float> IndexSearcher::vectorOf(uint64_t key, uint32_t chunk) const
{
    return (isPastKey(key) ? m_meaning.past : m_meaning.vectors)->vector(key, chunk);
}

Result<uint64_t> IndexSearcher::stemCount(const std::string &stem)
{
    Result<uint64_t> count = stemCountIn(StemCounts::Where::Now, stem);
    if (!count || pastOnly().empty() || *count > 0)
        return count;
    return stemCountIn(StemCounts::Where::Then, stem);
}

// Several stages ask, and SQLite reads the whole list of the files that have it.
Result<uint64_t> IndexSearcher::stemCountIn(StemCounts::Where where, const std::string &stem)
{
    const auto known = m_index.stems->find(m_index.catalogGeneration, where, stem);
    if (known)
        return *known;
    Result<uint64_t> count = where == StemCounts::Where::Now ? m_catalog.stemCount(stem)
                                                             : m_catalog.pastStemCount(stem);
    if (count)
        m_index.stems->put(m_index.catalogGeneration, where, stem, *count);
    return count;
}

// Scores of the two tables are made comparable by m_pastWeight.
Result<QVector<KeywordHit>> IndexSearcher::searchWords(const QString &match, int limit)
{
    auto hits = m_catalog.keywordSearch(match, limit, maybeOnly());
    if (!hits || pastOnly().empty())
        return hits;
    const auto past = m_catalog.pastSearch(match, limit, pastOnly());
    if (!past)
        return past;
    for (const KeywordHit &hit : *past)
        hits->push_back({hit.ino, hit.score * m_pastWeight});
    std::stable_sort(hits->begin(), hits->end(),
                     [](const KeywordHit &a, const KeywordHit &b) { return a.score > b.score; });
    if (hits->size() > limit)
        hits->resize(limit);
    return hits;
}

// A word is as rare in the past as it is there, where the same file may stand many times; so the
// sums of what the words of the query tell in each are made equal.
Status IndexSearcher::weighPast(const QueryText &query)
{
    if (pastOnly().empty())
        return {};
    base::Stemmer stemmer(base::Stemmer::Algorithm::Porter);
    const auto tells = [](double all, double with) {
        return std::max(1e-6, std::log((all - with + 0.5) / (with + 0.5)));
    };
    double now = 0.0;
    double then = 0.0;
    for (const std::string &word : query.words) {
        const std::string stem(stemmer.stem(word));
        const auto live = stemCountIn(StemCounts::Where::Now, stem);
        const auto old = stemCountIn(StemCounts::Where::Then, stem);
        if (!live || !old)
            return tl::unexpected(live ? old.error() : live.error());
        now += tells(double(m_index.files), double(*live));
        then += tells(double(m_index.past->alive->pastFiles), double(*old));
    }
    if (now > 0.0 && then > 0.0)
        m_pastWeight = now / then;
    return {};
}

Status IndexSearcher::findNearest(const std::vector<float> &vector, FusionInput &input,
                                  std::vector<VectorPlan> *maybePlans)
{
    input.vector.clear();
    const auto take = [&](const Result<std::vector<VectorHit>> &hits) -> Status {
        if (!hits)
            return tl::unexpected(hits.error());
        for (const VectorHit &hit : *hits)
            input.vector.push_back({hit.ino, hit.chunk, hit.similarity});
        return {};
    };
    const size_t count = size_t(m_depth) * kChunksPerFile;
    const Status taken
        = take(nearest(vector, count, maybeOnly(), maybePlans));
    if (!taken || input.keyword.empty())
        return taken;
    // What words found has a meaning too, though it may not be among the nearest.
    InodeSet others;
    for (const KeywordCandidate &each : input.keyword)
        others.insert(each.ino);
    for (const VectorCandidate &each : input.vector)
        others.erase(each.ino);
    return take(nearest(vector, kEveryChunk, &others, nullptr));
}

// Pseudo-relevance feedback after Rocchio (in Salton, The SMART Retrieval System, 1971): what the
// best hits are about moves the query towards what else is about it.
Status IndexSearcher::widen(const Ranking &ranking, FusionInput &input)
{
    std::vector<float> vector = m_queryVector;
    std::vector<std::vector<float>> best;
    for (const RankedFile &file : ranking.files) {
        if (best.size() == kFeedbackFiles)
            break;
        std::vector<float> its = file.hasVector
            ? vectorOf(file.ino, file.bestChunk)
            : std::vector<float>{};
        if (its.size() == vector.size())
            best.push_back(std::move(its));
    }
    if (best.size() < kFeedbackFiles)
        return {};
    for (const std::vector<float> &its : best) {
        for (size_t j = 0; j < vector.size(); ++j)
            vector[j] += kFeedbackWeight / float(best.size()) * its[j];
    }
    normalise(vector);
    return findNearest(vector, input, nullptr);
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/index_searcher.h"

#include <QElapsedTimer>

#include <algorithm>
#include <cmath>
#include <limits>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

// How many files each leg brings to the fusion at least; deeper changes nothing (measured).
constexpr int kDepthMin = 200;
// A file has several chunks, and only the best counts.
constexpr size_t kChunksPerFile = 3;
// Longer queries are about a matter, not about a name.
constexpr size_t kExactWordsMax = 8;
constexpr size_t kSlotWordsMax = 4;
constexpr double kShortSlotFloor = 0.30;
constexpr double kLongSlotFloor = 0.60;
constexpr size_t kEveryChunk = std::numeric_limits<size_t>::max();
// How many of the best hits the query moves towards, and how far (measured).
constexpr size_t kFeedbackFiles = 5;
constexpr float kFeedbackWeight = 0.4F;

Status checkRequest(const SearchRequest &request)
{
    if (request.limit < 1 || request.limit > kSearchLimitMax) {
        return fail(Errc::InvalidArgs,
                    QStringLiteral("limit %1 is not in 1..%2").arg(request.limit).arg(
                        kSearchLimitMax));
    }
    if (request.offset < 0 || request.offset > kSearchOffsetMax) {
        return fail(Errc::InvalidArgs, QStringLiteral("offset %1 is not in 0..%2")
                                           .arg(request.offset)
                                           .arg(kSearchOffsetMax));
    }
    return {};
}

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
    filter.mimeTypes = request.mimeTypes;
    filter.sinceNs = request.sinceNs;
    filter.untilNs = request.untilNs;
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

std::string_view view(const QByteArray &bytes)
{
    return {bytes.constData(), size_t(bytes.size())};
}

} // namespace

Result<SearchReply> IndexSearcher::search(const SearchRequest &request)
{
    QElapsedTimer timer;
    timer.start();
    if (const Status checked = checkRequest(request); !checked)
        return tl::unexpected(checked.error());
    const Result<QueryText> query = parseQuery(request.text);
    if (!query)
        return tl::unexpected(query.error());
    m_depth = std::max(kDepthMin, request.offset + request.limit + 1);
    FusionInput input;
    if (const Status collected = collect(request, *query, input); !collected)
        return tl::unexpected(collected.error());

    FusionOptions options;
    // Who asks for the nearest vectors gets them, however far they are.
    const double floor = m_meaning.embedder->relevanceFloor();
    const bool isVectorOnly = request.mode == SearchMode::Vector;
    options.relevanceFloor = isVectorOnly ? -1.0 : floor;
    options.vectorWeight = m_meaning.embedder->hybridWeight();
    options.slotFloor
        = query->words.size() <= kSlotWordsMax ? kShortSlotFloor : kLongSlotFloor;
    Ranking ranking = fuse(input, options);
    if (request.hasFeedback && !isVectorOnly && !ranking.isWeak && !input.vector.empty()) {
        if (const Status widened = widen(ranking, input); !widened)
            return tl::unexpected(widened.error());
        ranking = fuse(input, options);
    }

    SearchReply reply;
    const IndexStatus status = m_context.status();
    reply.generation = status.generation;
    reply.searched = status.files;
    reply.pending = status.pending;
    reply.weak = ranking.isWeak
        || (isVectorOnly
            && (input.vector.empty() || input.vector.front().similarity < floor));
    reply.partial = !m_context.areVectorsComplete || status.state == IndexState::Scanning
        || status.state == IndexState::Error;
    reply.total = ranking.files.size();
    reply.totalKnown = int(input.keyword.size()) < m_depth && request.minScore <= 0.0;
    if (const Status added = addHits(request, *query, ranking, reply); !added)
        return tl::unexpected(added.error());
    reply.tookUs = timer.nsecsElapsed() / 1000;
    return reply;
}

Status IndexSearcher::collect(const SearchRequest &request, const QueryText &query,
                              FusionInput &input)
{
    const FileFilter filter = filterOf(request);
    if (!filter.isEmpty()) {
        Result<InodeSet> matching = m_catalog.matching(filter);
        if (!matching)
            return tl::unexpected(matching.error());
        m_only = std::move(*matching);
        if (m_only->empty())
            return {};
    }
    if (request.mode != SearchMode::Vector) {
        Status done = collectKeyword(query, maybeOnly(), input);
        if (done)
            done = collectExact(query, maybeOnly(), input);
        if (!done)
            return done;
    }
    if (request.mode != SearchMode::Keyword)
        return collectVector(query, input);
    return {};
}

Status IndexSearcher::collectKeyword(const QueryText &query, const InodeSet *maybeOnly,
                                     FusionInput &input)
{
    const auto hits = m_catalog.keywordSearch(matchAny(query.words), m_depth, maybeOnly);
    if (!hits)
        return tl::unexpected(hits.error());
    for (const KeywordHit &hit : *hits)
        input.keyword.push_back({hit.ino, hit.score});
    return {};
}

// Words that the model cannot know and hardly a file has: names, numbers, identifiers.
Status IndexSearcher::collectExact(const QueryText &query, const InodeSet *maybeOnly,
                                   FusionInput &input)
{
    if (query.words.size() > kExactWordsMax)
        return {};
    const uint64_t rare = 1 + m_context.status().files / 1000;
    for (const std::string &word : query.words) {
        if (m_meaning.embedder->knowsWord(word))
            continue;
        const QString match = matchAny({word});
        const Result<uint64_t> count = m_catalog.matchCount(match, rare + 1);
        if (!count)
            return tl::unexpected(count.error());
        if (*count == 0 || *count > rare)
            continue;
        const auto hits = m_catalog.keywordSearch(match, int(rare), maybeOnly);
        if (!hits)
            return tl::unexpected(hits.error());
        for (const KeywordHit &hit : *hits)
            input.exact.insert(hit.ino);
    }
    return {};
}

Status IndexSearcher::collectVector(const QueryText &query, FusionInput &input)
{
    const auto vectors = m_meaning.embedder->embed({view(query.text)}, EmbedPurpose::Query);
    if (!vectors)
        return tl::unexpected(vectors.error());
    m_queryVector = vectors->constFirst();
    if (isZero(m_queryVector))
        return {};
    return findNearest(m_queryVector, input);
}

Status IndexSearcher::findNearest(const std::vector<float> &vector, FusionInput &input)
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
    const Status taken = take(m_meaning.vectors->search(vector, count, maybeOnly()));
    if (!taken || input.keyword.empty())
        return taken;
    // What words found has a meaning too, though it may not be among the nearest.
    InodeSet others;
    for (const KeywordCandidate &each : input.keyword)
        others.insert(each.ino);
    for (const VectorCandidate &each : input.vector)
        others.erase(each.ino);
    return take(m_meaning.vectors->search(vector, kEveryChunk, &others));
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
            ? m_meaning.vectors->vector(file.ino, file.bestChunk)
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
    return findNearest(vector, input);
}

Status IndexSearcher::addHits(const SearchRequest &request, const QueryText &query,
                              const Ranking &ranking, SearchReply &reply)
{
    WordFinder finder(query.words);
    qsizetype shown = 0;
    for (const RankedFile &file : ranking.files) {
        if (file.score < request.minScore)
            continue;
        if (shown++ < request.offset)
            continue;
        if (reply.hits.size() == request.limit) {
            reply.hasMore = true;
            break;
        }
        SearchHit hit;
        const Result<bool> filled = fillHit(file, finder, hit);
        if (!filled)
            return tl::unexpected(filled.error());
        // Gone since the legs were asked; its place in the pages stays, so that they fit together.
        if (*filled)
            reply.hits.push_back(std::move(hit));
    }
    return {};
}

Result<bool> IndexSearcher::fillHit(const RankedFile &file, WordFinder &finder, SearchHit &hit)
{
    const Result<std::optional<FileRow>> row = m_catalog.file(file.ino);
    if (!row)
        return tl::unexpected(row.error());
    if (!row->has_value() || (*row)->paths.isEmpty())
        return false;
    const Result<StoredText> stored = m_catalog.storedText(file.ino);
    if (!stored)
        return tl::unexpected(stored.error());
    QVector<PassageChunk> chunks;
    for (const ChunkRow &chunk : stored->chunks)
        chunks.push_back({chunk.beginBytes, chunk.endBytes, chunk.page});
    Passage passage = choosePassage(stored->text, chunks, file.bestChunk, finder);

    const FileRow &found = **row;
    hit.path = found.path();
    hit.ino = file.ino;
    hit.score = file.score;
    hit.title = found.title;
    hit.mimeType = found.mimeType;
    hit.sizeBytes = found.sizeBytes;
    hit.mtimeNs = found.mtimeNs;
    hit.keywordScore = file.keywordScore;
    hit.vectorScore = file.vectorScore;
    hit.snippet = std::move(passage.snippet);
    hit.highlights = std::move(passage.highlights);
    hit.page = passage.page;
    hit.chunkIndex = passage.chunkIndex;
    hit.beginBytes = passage.beginBytes;
    hit.endBytes = passage.endBytes;
    if (passage.hasWords || finder.occursIn(view(found.title.toUtf8())))
        hit.legs |= LegWord;
    if (finder.occursIn(view(found.path().mid(found.path().lastIndexOf('/') + 1))))
        hit.legs |= LegName;
    if (file.hasVector && file.vectorScore >= m_meaning.embedder->relevanceFloor())
        hit.legs |= LegMeaning;
    return true;
}

} // namespace vexfs::daemon

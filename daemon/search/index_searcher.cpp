// SPDX-License-Identifier: Apache-2.0
//
// A search: the order of its stages, and its hits. What the legs ask is in search_legs.cpp.
#include "daemon/search/index_searcher.h"

#include "daemon/search/plan_report.h"
#include "daemon/search/search_stage.h"

#include <algorithm>
#include <cmath>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

// How many files each leg brings to the fusion at least; deeper changes nothing (measured).
constexpr int kDepthMin = 200;
// A hit with less of what the query says, and no nearer than chance, is a guess; unless it has much
// of both.
constexpr double kCoverageMin = 0.75;
constexpr double kSomeCoverage = 0.6;
constexpr double kSomeFit = 0.8;
constexpr size_t kKnownHits = 100;
// Hits that are looked at for that.
constexpr qsizetype kWeighedHits = 10;

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

std::string_view view(const QByteArray &bytes)
{
    return {bytes.constData(), size_t(bytes.size())};
}

bool hasConditions(const SearchRequest &request)
{
    SearchRequest plain;
    plain.text = request.text;
    plain.limit = request.limit;
    plain.offset = request.offset;
    plain.mode = request.mode;
    plain.minScore = request.minScore;
    plain.hasFeedback = request.hasFeedback;
    plain.isPrefix = request.isPrefix;
    plain.isExplained = request.isExplained;
    plain.plan = request.plan;
    return !(plain == request);
}

} // namespace

// Without a word there must be something else to go by: a file to be like, or conditions, to which
// the newest files that fulfil them are the answer.
Result<QueryText> IndexSearcher::readQuery(const SearchRequest &request) const
{
    Result<QueryText> query = parseQuery(request.text);
    if (!query && request.text.size() <= kSearchTextCharsMax && hasConditions(request))
        return QueryText{};
    if (query && request.isPrefix)
        setPrefix(*query);
    return query;
}

Result<SearchReply> IndexSearcher::search(const SearchRequest &request)
{
    QElapsedTimer timer;
    timer.start();
    if (const Status checked = checkRequest(request); !checked)
        return tl::unexpected(checked.error());
    Result<QueryText> query = readQuery(request);
    if (!query)
        return tl::unexpected(query.error());
    SearchReply reply;
    m_stages = request.isExplained ? &reply.stages : nullptr;
    m_way = wayOf(request.plan);
    m_depth = std::max(kDepthMin, request.offset + request.limit + 1);
    m_isByVersion = request.isByVersion || (m_index.past && m_index.past->at);
    FusionInput input;
    const Result<Ranking> ranking = rank(request, *query, input);
    if (!ranking)
        return tl::unexpected(ranking.error());

    reply.generation = m_index.generation;
    reply.searched = m_index.files;
    reply.pending = m_index.pending;
    reply.partial = m_index.isPartial;
    reply.total = ranking->files.size();
    reply.totalKnown = int(input.keyword.size()) < m_depth && request.minScore <= 0.0;
    reply.rewritten = m_rewritten.join(u' ');
    if (const Status added = addHits(request, *query, *ranking, reply); !added)
        return tl::unexpected(added.error());
    const bool isAsked = !query->words.empty() || m_like != 0;
    reply.weak = isAsked && (ranking->isWeak || !m_fits);
    reply.tookUs = timer.nsecsElapsed() / 1000;
    return reply;
}

FusionOptions IndexSearcher::fusionOptions(const SearchRequest &request) const
{
    FusionOptions options;
    // Who asks for the nearest vectors gets them, however far they are.
    options.relevanceFloor = request.mode == SearchMode::Vector ? -1.0 : m_meaning.floor();
    options.vectorWeight = m_meaning.embedder->hybridWeight();
    options.slotFloor = std::max(m_meaning.fit(), m_meaning.embedder->slotFloor());
    return options;
}

Result<Ranking> IndexSearcher::rank(const SearchRequest &request, QueryText &query,
                                    FusionInput &input)
{
    if (const Status collected = collect(request, query, input); !collected)
        return tl::unexpected(collected.error());
    if (query.words.empty() && m_like == 0 && request.vector.isEmpty())
        return listNewest();
    const FusionOptions options = fusionOptions(request);
    Ranking ranking;
    {
        SearchStageTimer stage(m_stages, QStringLiteral("fusion"));
        ranking = fuse(input, options);
        stage.end(QStringLiteral("words + %1 x meaning; meaning alone from %2, own places from %3")
                      .arg(options.vectorWeight)
                      .arg(options.relevanceFloor, 0, 'f', 2)
                      .arg(options.slotFloor, 0, 'f', 2),
                  ranking.files.size());
    }
    // Before the query moves towards what it found: nearness is calibrated with what was asked.
    for (size_t i = 0; i < std::min(ranking.files.size(), kKnownHits); ++i)
        m_similarity[ranking.files[i].ino] = ranking.files[i].vectorScore;
    const bool isVectorOnly = request.mode == SearchMode::Vector;
    if (!request.hasFeedback || isVectorOnly || ranking.isWeak || input.vector.empty())
        return ranking;
    SearchStageTimer stage(m_stages, QStringLiteral("feedback"));
    if (const Status widened = widen(ranking, input); !widened)
        return tl::unexpected(widened.error());
    ranking = fuse(input, options);
    stage.end(QStringLiteral("the query moved towards the best hits, asked and fused again"),
              ranking.files.size());
    return ranking;
}

Result<Ranking> IndexSearcher::listNewest()
{
    SearchStageTimer stage(m_stages, QStringLiteral("newest"));
    Ranking ranking;
    if (!maybeOnly())
        return ranking;
    const auto newest = m_catalog.newestOf(*maybeOnly(), m_depth);
    if (!newest)
        return tl::unexpected(newest.error());
    for (const uint64_t ino : *newest) {
        RankedFile file;
        file.ino = ino;
        file.score = 1.0;
        ranking.files.push_back(file);
    }
    stage.end(QStringLiteral("no words: the last changed first"), ranking.files.size());
    return ranking;
}

// What a word says is how rare it is: the logarithm of the share of files without it.
Status IndexSearcher::weighWords(const QueryText &query)
{
    base::Stemmer stemmer(base::Stemmer::Algorithm::Porter);
    const double files = 1.0 + double(m_index.files);
    for (const std::string &word : query.words) {
        const Result<uint64_t> count = stemCount(std::string(stemmer.stem(word)));
        if (!count)
            return tl::unexpected(count.error());
        m_wordWeights.push_back(std::log(1.0 + files / (double(*count) + 0.5)));
    }
    return {};
}

void IndexSearcher::weighHit(const SearchHit &hit, WordFinder &finder, const QByteArray &text)
{
    constexpr size_t kFoundMax = 20'000;
    std::vector<bool> seen(m_wordWeights.size(), false);
    const QByteArray name = hit.path.mid(hit.path.lastIndexOf('/') + 1);
    for (const QByteArray &part : {text, hit.title.toUtf8(), name}) {
        for (const WordFinder::Found &found : finder.find(view(part), kFoundMax)) {
            if (found.word < seen.size())
                seen[found.word] = true;
        }
    }
    double whole = 0.0;
    double covered = 0.0;
    for (size_t i = 0; i < seen.size(); ++i) {
        whole += m_wordWeights[i];
        covered += seen[i] ? m_wordWeights[i] : 0.0;
    }
    const double coverage = whole > 0.0 ? covered / whole : 0.0;
    const auto known = m_similarity.find(hit.ino);
    const double nearness
        = known == m_similarity.end() ? 0.0 : known->second / std::max(1e-9, m_meaning.fit());
    m_fits = m_fits || coverage >= kCoverageMin || nearness >= 1.0
        || (coverage >= kSomeCoverage && nearness >= kSomeFit);
}

Status IndexSearcher::addHits(const SearchRequest &request, const QueryText &query,
                              const Ranking &ranking, SearchReply &reply)
{
    SearchStageTimer stage(m_stages, QStringLiteral("passages"));
    if (const Status weighed = weighWords(query); !weighed)
        return weighed;
    WordFinder finder(query.words, query.prefix);
    qsizetype shown = 0;
    for (size_t i = 0; i < ranking.files.size(); ++i) {
        const RankedFile &file = ranking.files[i];
        if (file.score < request.minScore || file.ino == m_like)
            continue;
        const Result<bool> isFurther = isFurtherVersion(file.ino, reply);
        if (!isFurther)
            return tl::unexpected(isFurther.error());
        if (*isFurther)
            continue;
        const bool isBefore = shown++ < request.offset;
        if (isBefore && shown > kWeighedHits)
            continue;
        if (reply.hits.size() == request.limit) {
            reply.hasMore = true;
            break;
        }
        if (const Status looked = lookAhead(ranking, i, request.limit); !looked)
            return looked;
        SearchHit hit;
        const Result<bool> filled = fillHit(file, finder, hit);
        if (!filled)
            return tl::unexpected(filled.error());
        // Gone since the legs were asked; its place in the pages stays, so that they fit together.
        if (*filled && !isBefore)
            reply.hits.push_back(std::move(hit));
    }
    stage.end(QStringLiteral("texts read, best passage and its words"),
              uint64_t(reply.hits.size()));
    return {};
}

bool IndexSearcher::hasPhrases(const FileRow &row, const QByteArray &text) const
{
    return std::all_of(m_phrases.begin(), m_phrases.end(), [&](const auto &phrase) {
        if (standsIn(view(text), phrase) || standsIn(view(row.title.toUtf8()), phrase))
            return true;
        return std::any_of(row.paths.begin(), row.paths.end(), [&](const QByteArray &path) {
            return standsIn(view(path.mid(path.lastIndexOf('/') + 1)), phrase);
        });
    });
}

Result<bool> IndexSearcher::fillHit(const RankedFile &file, WordFinder &finder, SearchHit &hit)
{
    const Result<const FileRow *> row = rowOf(file.ino);
    if (!row)
        return tl::unexpected(row.error());
    if (!*row || (*row)->paths.isEmpty())
        return false;
    const Result<StoredText> stored = m_catalog.storedText(file.ino);
    if (!stored)
        return tl::unexpected(stored.error());
    if (!hasPhrases(**row, stored->text))
        return false;
    hit.sizeBytes = (*row)->sizeBytes;
    hit.mtimeNs = (*row)->mtimeNs;
    if (!placeHit(**row, hit))
        return false;
    QVector<PassageChunk> chunks;
    for (const ChunkRow &chunk : stored->chunks)
        chunks.push_back({chunk.beginBytes, chunk.endBytes, chunk.page});
    Passage passage = choosePassage(stored->text, chunks, file.bestChunk, finder);

    const FileRow &found = **row;
    hit.ino = found.inode;
    hit.score = file.score;
    hit.title = found.title;
    hit.mimeType = found.mimeType;
    hit.keywordScore = file.keywordScore;
    hit.vectorScore = file.vectorScore;
    hit.snippet = std::move(passage.snippet);
    hit.highlights = std::move(passage.highlights);
    hit.page = passage.page;
    if (passage.chunkIndex < stored->chunks.size())
        hit.member = stored->chunks[passage.chunkIndex].member;
    hit.author = found.author;
    hit.language = found.language;
    hit.documentNs = found.documentNs;
    hit.chunkIndex = passage.chunkIndex;
    hit.beginBytes = passage.beginBytes;
    hit.endBytes = passage.endBytes;
    if (passage.hasWords || finder.occursIn(view(found.title.toUtf8())))
        hit.legs |= LegWord;
    if (finder.occursIn(view(found.path().mid(found.path().lastIndexOf('/') + 1))))
        hit.legs |= LegName;
    if (file.hasVector && file.vectorScore >= m_meaning.floor())
        hit.legs |= LegMeaning;
    if (m_weighed++ < kWeighedHits)
        weighHit(hit, finder, stored->text);
    return true;
}

/// Null when it is gone. Stays as long as the search.
Result<const FileRow *> IndexSearcher::rowOf(uint64_t key)
{
    auto known = m_rows.find(key);
    if (known == m_rows.end()) {
        Result<std::optional<FileRow>> row = m_catalog.file(key);
        if (!row)
            return tl::unexpected(row.error());
        known = m_rows.emplace(key, std::move(*row)).first;
    }
    return known->second ? &*known->second : nullptr;
}

/// Of the snapshots that have it the last, or the one that is asked for; null for what is live.
const SnapshotTree *IndexSearcher::shownIn(const FileRow &row) const
{
    const SearchedPast &past = *m_index.past;
    if (past.at)
        return &*past.at;
    const auto [first, end] = holdersOf(past, row.birthTree, row.endTree);
    const bool isLive = !isPastKey(row.ino) && past.scope == SnapshotScope::All;
    return isLive || first == end ? nullptr : &past.snapshots[end - 1];
}

// Where the next few files of a ranking are to be seen: asked of the volume one by one, that would
// take as long as all the rest.
Status IndexSearcher::lookAhead(const Ranking &ranking, size_t first, int count)
{
    constexpr int kAheadMax = 48;
    if (!m_index.past || m_seen.contains(ranking.files[first].ino))
        return {};
    QVector<PastVersion> versions;
    std::vector<uint64_t> keys;
    const size_t end
        = std::min(ranking.files.size(), first + size_t(std::min(count, kAheadMax)));
    for (size_t i = first; i < end; ++i) {
        const uint64_t key = ranking.files[i].ino;
        const Result<const FileRow *> row = rowOf(key);
        if (!row)
            return tl::unexpected(row.error());
        const SnapshotTree *tree = *row ? shownIn(**row) : nullptr;
        if (!tree || m_seen.contains(key)) {
            m_seen.emplace(key, std::nullopt);
            continue;
        }
        const Result<QVector<QByteArray>> now
            = isPastKey(key) ? m_catalog.pathsOf((*row)->inode) : (*row)->paths;
        if (!now)
            return tl::unexpected(now.error());
        versions.append({*tree, (*row)->inode, (*row)->paths, *now});
        keys.push_back(key);
    }
    const QVector<std::optional<PastPlace>> places
        = placesInSnapshots(*m_index.past, versions);
    for (size_t i = 0; i < keys.size(); ++i)
        m_seen[keys[i]] = places[qsizetype(i)];
    return {};
}

// False for what may not be seen.
bool IndexSearcher::placeHit(const FileRow &row, SearchHit &hit)
{
    hit.path = row.path();
    if (!m_index.past)
        return true;
    const SearchedPast &past = *m_index.past;
    const auto [first, end] = holdersOf(past, row.birthTree, row.endTree);
    constexpr qsizetype kNamesMax = 50;
    hit.snapshotCount = uint32_t(end - first);
    for (qsizetype i = end; i > first && hit.snapshots.size() < kNamesMax; --i)
        hit.snapshots += QString::fromUtf8(past.snapshots[i - 1].name);
    hit.versions = m_isByVersion ? 0 : 1;
    const SnapshotTree *tree = shownIn(row);
    if (!tree)
        return !isPastKey(row.ino) && past.scope == SnapshotScope::All;
    const std::optional<PastPlace> &place = m_seen[row.ino];
    if (!place)
        return false;
    hit.snapshot = QString::fromUtf8(tree->name);
    hit.path = ".vexfs/snapshots/" + tree->name + '/' + place->path;
    hit.sizeBytes = place->sizeBytes;
    hit.mtimeNs = place->mtimeNs;
    return true;
}

// Of a file's versions only the best is a hit, unless all were asked for.
Result<bool> IndexSearcher::isFurtherVersion(uint64_t key, SearchReply &reply)
{
    if (!m_index.past || m_isByVersion)
        return false;
    const Result<const FileRow *> row = rowOf(key);
    if (!row)
        return tl::unexpected(row.error());
    if (!*row)
        return false;
    const auto [place, isNew] = m_places.emplace((*row)->path(), reply.hits.size());
    if (!isNew && place->second < reply.hits.size())
        ++reply.hits[place->second].versions;
    return !isNew;
}

Result<HitReport> IndexSearcher::explain(const SearchRequest &request, uint64_t ino)
{
    HitReport report;
    report.floor = m_meaning.floor();
    if (const Status checked = checkRequest(request); !checked)
        return tl::unexpected(checked.error());
    Result<QueryText> query = readQuery(request);
    if (!query)
        return tl::unexpected(query.error());
    m_depth = kSearchLimitMax;
    FusionInput input;
    const Result<Ranking> ranking = rank(request, *query, input);
    if (!ranking)
        return tl::unexpected(ranking.error());
    report.isFiltered = m_only && !m_only->contains(ino);
    report.ranked = ranking->files.size();
    for (size_t i = 0; i < ranking->files.size(); ++i) {
        const RankedFile &file = ranking->files[i];
        if (file.ino != ino)
            continue;
        report.rank = i + 1;
        report.keywordScore = file.keywordScore;
    }
    const InodeSet only{ino};
    if (!m_queryVector.empty()) {
        const auto nearest = m_meaning.vectors->search(m_queryVector, 1, &only);
        if (nearest && !nearest->empty())
            report.vectorScore = std::clamp(double(nearest->front().similarity), 0.0, 1.0);
    }
    for (const std::string &word : query->words) {
        const auto hits = m_catalog.keywordSearch(matchAny({word}), 1, &only);
        if (hits && !hits->isEmpty())
            report.matchedTerms += QString::fromStdString(word);
    }
    return report;
}

} // namespace vexfs::daemon

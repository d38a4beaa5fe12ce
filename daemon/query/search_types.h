// SPDX-License-Identifier: Apache-2.0
//
// daemon/query/search_types.h - what a search asks and what it answers, as plain values.
//
// Paths are relative to the root of the volume, without a leading '/', as raw bytes.
// Times are in ns since the epoch.
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <QVector>

#include <cstdint>
#include <limits>

namespace vexfs::daemon {

enum class SearchMode { Auto, Keyword, Vector, Hybrid };

/// How the vectors that fulfil a search's conditions are found; Auto: as costs least by estimate.
enum class PlanHint { Auto, Scan, During, After };

/// Whose files may answer: those that are there now, also or only those in snapshots.
enum class SnapshotScope { Live, All, Only };

/// Limits of one search; a request beyond them is InvalidArgs or InvalidQuery.
inline constexpr int kSearchLimitMax = 1000;
inline constexpr int kSearchOffsetMax = 10'000;
inline constexpr int kSearchTextCharsMax = 20'000;
inline constexpr uint64_t kNoSizeMax = std::numeric_limits<uint64_t>::max();

struct SearchRequest
{
    QString text;
    int limit = 20;  ///< 1..kSearchLimitMax
    int offset = 0;  ///< hits to skip: the page after n hits has offset n
    SearchMode mode = SearchMode::Auto;
    QVector<QByteArray> scopes;  ///< folders or files; empty is everything
    QStringList mimeTypes;       ///< "text/plain", or a whole class as "image/*"; empty is all
    int64_t sinceNs = 0;         ///< mtime at or after; 0 is open
    int64_t untilNs = 0;         ///< mtime before; 0 is open
    double minScore = 0.0;       ///< 0..1
    bool hasFeedback = true;     ///< what the best hits are about widens the search by meaning
    bool isPrefix = false;       ///< the last word is still being typed
    bool isExplained = false;    ///< SearchReply::stages are wanted
    PlanHint plan = PlanHint::Auto; ///< for a search by meaning with conditions

    // Of the query language; see ParsedQuery. What is in "without" is out.
    QStringList phrases;
    QStringList without;
    QVector<QByteArray> withoutScopes;
    QStringList withoutMimeTypes;
    QStringList names;
    QStringList withoutNames;
    QStringList tags;
    QStringList withoutTags;
    uint64_t sizeMin = 0;
    uint64_t sizeMax = kNoSizeMax;  ///< inclusive
    QByteArray similarTo;  ///< a file to be like; empty for none
    QVector<float> vector; ///< what to be near, instead of what the text means; empty for none

    SnapshotScope snapshots = SnapshotScope::Live;
    QString atSnapshot;     ///< what this snapshot has; empty for none
    int64_t atNs = 0;       ///< what the last snapshot until then has; 0 for now
    bool isByVersion = false;  ///< each version of a file is a hit, not only the best one

    bool isOfPast() const
    {
        return snapshots != SnapshotScope::Live || !atSnapshot.isEmpty() || atNs != 0;
    }

    bool operator==(const SearchRequest &) const = default;
};

/// How one part of the vector index was searched.
struct SearchPlan
{
    QString part; ///< "fresh" or "sealed"
    QString way;  ///< "none": without a condition; "scan", "during", "after"
    bool isCompleted = false;  ///< the walk found too few: all that passes was compared after it
    uint64_t rows = 0;         ///< vectors in the part
    uint64_t expectedRows = 0; ///< that fulfil the conditions
    uint64_t actualRows = 0;   ///< that were taken
    uint64_t actualDistances = 0;
    double expectedDistances = 0.0;
    double expectedUs = 0.0; ///< 0 where nothing is estimated
    double actualUs = 0.0;
    /// What each way would take by the estimate; without those that could not find enough.
    QVector<std::pair<QString, double>> waysUs;
};

/// One step of a search, as explain shows it.
struct SearchStage
{
    QString name;      ///< "filter", "words", "exact", "meaning", "fusion", "feedback", "passages"
    QString plan;      ///< how it was done, in words
    double estimated = -1.0;  ///< rows, from statistics; below 0 where nothing is estimated
    uint64_t rows = 0;        ///< that came out
    int64_t tookUs = 0;
    QVector<SearchPlan> plans = {}; ///< of "meaning": one per part of the index
};

/// Code points of SearchHit::snippet: [begin, end).
struct HighlightRange
{
    uint32_t begin = 0;
    uint32_t end = 0;
};

/// Why a file was found; bits of SearchHit::legs.
enum SearchLeg : uint32_t {
    LegWord = 0x1,     ///< a word of the query stands in the text or title ("word")
    LegMeaning = 0x2,  ///< its vectors are near the query's ("meaning")
    LegName = 0x4,     ///< a word of the query stands in the file name ("name")
};

/// "word", "meaning", "name", in that order.
QStringList legWords(uint32_t legs);

struct SearchHit
{
    QByteArray path;
    uint64_t ino = 0;
    double score = 0.0;  ///< 0..1, comparable within one reply only
    QString title;
    QString snippet;  ///< one passage of the text; empty when the file has none
    QVector<HighlightRange> highlights;
    QString mimeType;
    uint64_t sizeBytes = 0;
    int64_t mtimeNs = 0;
    uint32_t page = 0;        ///< 1-based page of the passage; 0 when the document has no pages
    QString member;           ///< the document inside of the file that the passage is of
    QString author;
    QString language;         ///< ISO 639 and perhaps a country; empty: unknown
    int64_t documentNs = 0;   ///< when it was written by its own account; 0: unknown
    uint32_t chunkIndex = 0;  ///< 0-based chunk of the passage
    uint64_t beginBytes = 0;  ///< the passage, in the extracted UTF-8 text
    uint64_t endBytes = 0;
    double keywordScore = 0.0;  ///< BM25 relative to the best hit, 0..1
    double vectorScore = 0.0;   ///< cosine of the best chunk, clamped to 0..1
    uint32_t legs = 0;

    // Of searches of the past.
    QString snapshot;        ///< that path leads to; empty for a live file
    QStringList snapshots;   ///< some that have this version, newest first
    uint32_t snapshotCount = 0;  ///< all of them
    uint32_t versions = 0;   ///< of this file that were found; 0 where each is a hit
};

struct SearchReply
{
    QVector<SearchHit> hits;
    uint64_t generation = 0;  ///< of the index; rises with every change that can alter results
    int64_t tookUs = 0;
    uint64_t searched = 0;  ///< files in the index when it was asked
    uint64_t pending = 0;   ///< files known to have changed and not indexed yet
    uint64_t total = 0;     ///< files that matched, before limit and offset; see totalKnown
    bool totalKnown = false;  ///< false when a leg was cut at its depth: total is a lower bound
    bool hasMore = false;     ///< another page exists at offset + hits.size()
    bool weak = false;        ///< nothing reaches the relevance floor: the hits are guesses
    bool partial = false;     ///< part of the index could not answer (not built yet, or damaged)
    QString rewritten;        ///< what was looked for beside the words typed; empty for nothing
    QVector<SearchStage> stages;  ///< only when it was to be explained
};

} // namespace vexfs::daemon

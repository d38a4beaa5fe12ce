// SPDX-License-Identifier: Apache-2.0
//
// daemon/query/passage.h - the part of a text that shows why it was found.
#pragma once

#include "common/text/words.h"
#include "daemon/query/search_types.h"

#include <QByteArray>
#include <QString>
#include <QVector>

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace vexfs::daemon {

/// Finds words of a query in texts, by stem, as the full-text index does. Not thread-safe.
class WordFinder
{
public:
    /// maybePrefix: words that begin so are found, too, as the last of the query's; empty for none.
    explicit WordFinder(const std::vector<std::string> &words, std::string maybePrefix = {});

    struct Found
    {
        size_t beginBytes = 0;
        size_t endBytes = 0;
        size_t word = 0;  ///< which of the query's
    };

    /// In order; at most limit.
    std::vector<Found> find(std::string_view text, size_t limit);
    bool occursIn(std::string_view text);

private:
    base::Stemmer m_stemmer{base::Stemmer::Algorithm::Porter};
    std::unordered_map<std::string, size_t> m_stems;
    std::unordered_set<std::string> m_beginnings;
    std::string m_prefix;
    size_t m_prefixWord = 0;
};

struct PassageChunk
{
    uint64_t beginBytes = 0;
    uint64_t endBytes = 0;
    uint32_t page = 0;
};

struct Passage
{
    uint32_t chunkIndex = 0;
    uint32_t page = 0;
    uint64_t beginBytes = 0;  ///< of the chunk, in the text
    uint64_t endBytes = 0;
    QString snippet;
    QVector<HighlightRange> highlights;
    bool hasWords = false;  ///< a word of the query stands in the text
};

/// The chunk with the most different words of the query; preferredChunk where there is none, or
/// where it is as good. chunks may be empty (a text that is not cut): then the whole text is one.
Passage choosePassage(const QByteArray &text, const QVector<PassageChunk> &chunks,
                      uint32_t preferredChunk, WordFinder &finder);

} // namespace vexfs::daemon

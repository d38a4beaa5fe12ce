// SPDX-License-Identifier: Apache-2.0
#include "daemon/query/query_text.h"

#include "common/text/words.h"
#include "daemon/query/search_types.h"

#include <QStringList>

#include <unordered_set>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;

namespace {

// A pasted page is a query too, but its first words say what it is about.
constexpr size_t kWordsMax = 128;
constexpr size_t kWordBytesMax = 200;

} // namespace

Result<QueryText> parseQuery(const QString &typed)
{
    if (typed.size() > kSearchTextCharsMax) {
        return fail(Errc::InvalidQuery, QStringLiteral("the query has %1 characters; at most %2 "
                                                       "are looked at")
                                            .arg(typed.size())
                                            .arg(kSearchTextCharsMax));
    }
    QueryText query;
    query.text = typed.toUtf8();
    std::vector<std::string> stopWords;
    std::unordered_set<std::string> seen;
    base::WordReader reader({query.text.constData(), static_cast<size_t>(query.text.size())});
    base::Word word;
    while (query.words.size() < kWordsMax && reader.next(word)) {
        if (word.folded.size() > kWordBytesMax || !seen.insert(word.folded).second)
            continue;
        if (base::isStopWord(word.folded))
            stopWords.push_back(word.folded);
        else
            query.words.push_back(word.folded);
    }
    if (query.words.empty()) {
        query.isOnlyStopWords = true;
        query.words = std::move(stopWords);
        if (query.words.size() > kWordsMax)
            query.words.resize(kWordsMax);
    }
    if (query.words.empty()) {
        return fail(Errc::InvalidQuery,
                    QStringLiteral("there is no word in the query to look for"));
    }
    return query;
}

QString matchAny(const std::vector<std::string> &words)
{
    QStringList quoted;
    for (const std::string &word : words)
        quoted += u'"' + QString::fromStdString(word) + u'"';
    return quoted.join(QStringLiteral(" OR "));
}

} // namespace vexfs::daemon

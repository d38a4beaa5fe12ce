// SPDX-License-Identifier: Apache-2.0
#include "daemon/query/query_text.h"

#include "common/text/words.h"
#include "daemon/query/search_types.h"

#include <QStringList>

#include <algorithm>
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

void setPrefix(QueryText &query)
{
    std::string last;
    base::WordReader reader({query.text.constData(), static_cast<size_t>(query.text.size())});
    for (base::Word word; reader.next(word);)
        last = word.folded;
    // A blank after it says that it is whole.
    if (last.empty() || last.size() > kWordBytesMax || query.text.endsWith(' '))
        return;
    query.prefix = last;
    if (std::find(query.words.begin(), query.words.end(), last) == query.words.end())
        query.words.push_back(last);
}

QString matchPrefix(const std::string &prefix)
{
    // What is indexed are stems, which a longer beginning of the word may have left behind.
    constexpr qsizetype kStemLettersMin = 4;
    constexpr qsizetype kEndingLettersMax = 3;
    const QString whole = QString::fromStdString(prefix);
    QString match = u'"' + whole + QStringLiteral("\"*");
    for (qsizetype cut = 1; cut <= kEndingLettersMax && whole.size() - cut >= kStemLettersMin;
         ++cut)
        match += QStringLiteral(" OR \"") + whole.chopped(cut) + u'"';
    return match;
}

QString matchPhrase(const QString &phrase)
{
    const QByteArray text = phrase.toUtf8();
    QStringList words;
    for (const std::string &word : base::words({text.constData(), size_t(text.size())}))
        words += QString::fromStdString(word);
    return words.isEmpty() ? QString() : u'"' + words.join(u' ') + u'"';
}

bool standsIn(std::string_view text, const std::vector<std::string> &phrase)
{
    if (phrase.empty())
        return true;
    // How much of the phrase ends at the word at hand, after Knuth, Morris and Pratt (1977).
    std::vector<size_t> shorter(phrase.size(), 0);
    for (size_t i = 1, matched = 0; i < phrase.size(); ++i) {
        while (matched > 0 && phrase[i] != phrase[matched])
            matched = shorter[matched - 1];
        matched += phrase[i] == phrase[matched] ? 1 : 0;
        shorter[i] = matched;
    }
    base::WordReader reader(text);
    size_t matched = 0;
    for (base::Word word; reader.next(word);) {
        while (matched > 0 && word.folded != phrase[matched])
            matched = shorter[matched - 1];
        matched += word.folded == phrase[matched] ? 1 : 0;
        if (matched == phrase.size())
            return true;
    }
    return false;
}

bool isNear(const std::u32string &a, const std::u32string &b, size_t most)
{
    if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > most)
        return false;
    std::vector<size_t> before2(b.size() + 1);
    std::vector<size_t> before(b.size() + 1);
    std::vector<size_t> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j)
        before[j] = j;
    for (size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t changed = before[j - 1] + (a[i - 1] != b[j - 1] ? 1 : 0);
            row[j] = std::min({changed, before[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before2[j - 2] + 1);
        }
        std::swap(before2, before);
        std::swap(before, row);
    }
    return before[b.size()] <= most;
}

QString matchAny(const std::vector<std::string> &words)
{
    QStringList quoted;
    for (const std::string &word : words)
        quoted += u'"' + QString::fromStdString(word) + u'"';
    return quoted.join(QStringLiteral(" OR "));
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "gui/models/query/query_words.h"

#include <algorithm>

namespace vexfs::gui {

namespace {

bool isQuote(QChar c)
{
    return c == u'"' || c == u'\u201c' || c == u'\u201d' || c == u'\u201e';
}

bool hasKey(const QString &word, const QString &key)
{
    return word.startsWith(key + u':', Qt::CaseInsensitive);
}

} // namespace

// A quotation mark counts at the beginning of a word and of a value; one that is never closed is a
// character as any other.
QStringList queryWords(const QString &query)
{
    QStringList words;
    qsizetype at = 0;
    while (at < query.size()) {
        if (query[at].isSpace()) {
            ++at;
            continue;
        }
        qsizetype end = at;
        while (end < query.size() && !query[end].isSpace()) {
            const bool isOpening = isQuote(query[end])
                && (end == at || query[end - 1] == u':' || (end == at + 1 && query[at] == u'-'));
            const auto closing = isOpening
                ? std::find_if(query.begin() + end + 1, query.end(), isQuote)
                : query.end();
            if (isOpening && closing != query.end())
                end = closing - query.begin();
            ++end;
        }
        words.append(query.mid(at, end - at));
        at = end;
    }
    return words;
}

QString conditionOf(const QString &key, const QString &value)
{
    if (value.isEmpty() || std::any_of(value.begin(), value.end(), isQuote))
        return {};
    const bool isQuoted
        = std::any_of(value.begin(), value.end(), [](QChar c) { return c.isSpace(); });
    const QString mark = isQuoted ? QStringLiteral("\"") : QString();
    return key + u':' + mark + value + mark;
}

QStringList valuesOf(const QString &query, const QString &key)
{
    QStringList values;
    for (const QString &word : queryWords(query)) {
        if (!hasKey(word, key))
            continue;
        QString value = word.mid(key.size() + 1);
        if (value.size() > 1 && isQuote(value.front()) && isQuote(value.back()))
            value = value.mid(1, value.size() - 2);
        if (!value.isEmpty())
            values.append(value);
    }
    return values;
}

QString withoutCondition(const QString &query, const QString &key)
{
    QStringList words = queryWords(query);
    words.removeIf([&](const QString &word) { return hasKey(word, key); });
    return words.join(u' ');
}

QString withWord(const QString &query, const QString &word, bool isThere)
{
    QStringList words = queryWords(query);
    words.removeAll(word);
    if (isThere)
        words.append(word);
    return words.join(u' ');
}

} // namespace vexfs::gui

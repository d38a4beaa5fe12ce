// SPDX-License-Identifier: Apache-2.0
#include "daemon/query/query_language.h"

#include <QHash>
#include <QTimeZone>

#include <algorithm>
#include <optional>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr int64_t kNsPerMs = 1'000'000;
// A list of conditions longer than this is no question of a person's.
constexpr int kConditionsMax = 64;

enum class Key { None, Type, After, Before, In, Size, Tag, Name, Similar, At };

Key keyOf(const QString &word)
{
    static const QHash<QString, Key> keys{
        {QStringLiteral("type"), Key::Type},       {QStringLiteral("after"), Key::After},
        {QStringLiteral("since"), Key::After},     {QStringLiteral("before"), Key::Before},
        {QStringLiteral("in"), Key::In},           {QStringLiteral("size"), Key::Size},
        {QStringLiteral("tag"), Key::Tag},         {QStringLiteral("name"), Key::Name},
        {QStringLiteral("similar"), Key::Similar}, {QStringLiteral("at"), Key::At},
        {QStringLiteral("snapshot"), Key::At}};
    return keys.value(word.toLower(), Key::None);
}

bool isQuote(QChar c)
{
    return c == u'"' || c == u'\u201c' || c == u'\u201d' || c == u'\u201e';
}

/// 1, 1.5M, 10k, 2GiB: powers of 1024.
std::optional<uint64_t> parseSize(QString text)
{
    if (text.endsWith(QLatin1String("iB"), Qt::CaseInsensitive))
        text.chop(2);
    else if (text.endsWith(u'b', Qt::CaseInsensitive))
        text.chop(1);
    static const QString units = QStringLiteral("KMGTP");
    int shift = 0;
    if (!text.isEmpty()) {
        const qsizetype unit = units.indexOf(text.back().toUpper());
        if (unit >= 0) {
            shift = 10 * (static_cast<int>(unit) + 1);
            text.chop(1);
        }
    }
    // toDouble() takes "inf", "1e9" and blanks, too.
    const bool isPlain = std::all_of(text.begin(), text.end(), [](QChar c) {
        return (c >= u'0' && c <= u'9') || c == u'.';
    });
    bool isNumber = false;
    const double value = text.toDouble(&isNumber);
    if (!isNumber || !isPlain)
        return std::nullopt;
    const double bytes = value * static_cast<double>(1ULL << shift);
    if (bytes > 9e18)
        return std::nullopt;
    return static_cast<uint64_t>(bytes);
}

/// Reads one query from left to right.
class Reader
{
public:
    Reader(const QString &typed, const QDateTime &now) : m_typed(typed), m_now(now) {}

    Result<ParsedQuery> read()
    {
        while (true) {
            while (m_at < m_typed.size() && m_typed[m_at].isSpace())
                ++m_at;
            if (m_at >= m_typed.size())
                break;
            if (const Status done = readItem(); !done)
                return tl::unexpected(done.error());
        }
        m_query.text = m_words.join(u' ');
        if (m_query.sinceNs != 0 && m_query.untilNs != 0 && m_query.sinceNs >= m_query.untilNs)
            return failAt(m_start, QStringLiteral("nothing is both after and before these dates"));
        if (m_query.sizeMin > m_query.sizeMax)
            return failAt(m_start, QStringLiteral("nothing has such a size"));
        return m_query;
    }

private:
    tl::unexpected<base::Error> failAt(qsizetype at, const QString &why) const
    {
        const auto place = QStringView(m_typed).left(at).toUcs4().size() + 1;
        return fail(Errc::InvalidQuery, QStringLiteral("at %1: %2").arg(place).arg(why));
    }

    Status readItem()
    {
        m_start = m_at;
        const bool isWithout = m_typed[m_at] == u'-' && m_at + 1 < m_typed.size()
            && (m_typed[m_at + 1].isLetterOrNumber() || isQuote(m_typed[m_at + 1]));
        if (isWithout)
            ++m_at;
        if (isQuote(m_typed[m_at])) {
            if (const auto phrase = readQuoted()) {
                addPhrase(*phrase, isWithout);
                return {};
            }
            // One that is never closed is still being typed.
            ++m_at;
            return {};
        }
        qsizetype end = m_at;
        while (end < m_typed.size() && m_typed[end].isLetter())
            ++end;
        const bool isKey = end < m_typed.size() && end > m_at
            && (m_typed[end] == u':' || ((m_typed[end] == u'<' || m_typed[end] == u'>')
                                         && m_typed.mid(m_at, end - m_at).toLower()
                                                == QLatin1String("size")));
        const Key key = isKey ? keyOf(m_typed.mid(m_at, end - m_at)) : Key::None;
        if (key == Key::None) {
            const QString word = readRun();
            if (isWithout)
                m_query.without += word;
            else
                m_words += word;
            return {};
        }
        const QString name = m_typed.mid(m_at, end - m_at).toLower();
        m_at = m_typed[end] == u':' ? end + 1 : end;
        return readCondition(key, name, isWithout);
    }

    Status readCondition(Key key, const QString &name, bool isWithout)
    {
        const qsizetype valueAt = m_at;
        QString value;
        if (m_at < m_typed.size() && isQuote(m_typed[m_at])) {
            const auto quoted = readQuoted();
            if (!quoted)
                return failAt(valueAt, QStringLiteral("the quotation mark is never closed"));
            value = *quoted;
        } else {
            value = readRun();
        }
        if (value.trimmed().isEmpty())
            return failAt(valueAt, QStringLiteral("'%1:' wants a value").arg(name));
        if (++m_conditions > kConditionsMax)
            return failAt(m_start, QStringLiteral("these are more than %1 conditions")
                                       .arg(kConditionsMax));
        if (isWithout && (key == Key::After || key == Key::Before || key == Key::Size
                          || key == Key::Similar || key == Key::At))
            return failAt(m_start, QStringLiteral("'-' does not go with '%1:'").arg(name));
        switch (key) {
        case Key::Type:
            (isWithout ? m_query.withoutTypes : m_query.types)
                += value.split(u',', Qt::SkipEmptyParts);
            return {};
        case Key::In:
            (isWithout ? m_query.withoutFolders : m_query.folders) += value;
            return {};
        case Key::Name:
            (isWithout ? m_query.withoutNames : m_query.names) += value;
            return {};
        case Key::Tag:
            (isWithout ? m_query.withoutTags : m_query.tags) += value;
            return {};
        case Key::Similar:
            if (!m_query.similar.isEmpty())
                return failAt(m_start, QStringLiteral("one 'similar:' is enough"));
            m_query.similar = value;
            return {};
        case Key::After:
        case Key::Before:
            return addDate(key == Key::After, value, valueAt);
        case Key::Size:
            return addSize(value, valueAt);
        case Key::At:
            if (!m_query.at.isEmpty())
                return failAt(m_start, QStringLiteral("one 'at:' or 'snapshot:' is enough"));
            m_query.at = value;
            return {};
        case Key::None:
            break;
        }
        return {};
    }

    Status addDate(bool isAfter, const QString &value, qsizetype at)
    {
        const QDateTime date = parseDate(value, m_now);
        if (!date.isValid()) {
            return failAt(at, QStringLiteral("'%1' is no date; 2025, 2025-01, 2025-01-31, today, "
                                             "yesterday, 7d, 2w, 6m or 1y are")
                                  .arg(value));
        }
        const int64_t ns = std::max<int64_t>(date.toMSecsSinceEpoch(), 1) * kNsPerMs;
        if (isAfter)
            m_query.sinceNs = std::max(m_query.sinceNs, ns);
        else
            m_query.untilNs = m_query.untilNs == 0 ? ns : std::min(m_query.untilNs, ns);
        return {};
    }

    // ">1M", "<=10k", "4k" (exactly), "1M..2M".
    Status addSize(const QString &value, qsizetype at)
    {
        const auto wrong = [&] {
            return failAt(at, QStringLiteral("'%1' is no size; >1M, <=10k, 1M..2M or 4096 are")
                                  .arg(value));
        };
        const qsizetype dots = value.indexOf(QLatin1String(".."));
        if (dots >= 0) {
            const auto from = dots > 0 ? parseSize(value.left(dots)) : 0;
            const auto to = dots + 2 < value.size() ? parseSize(value.mid(dots + 2)) : kNoSizeMax;
            if (!from || !to)
                return wrong();
            limitSize(*from, *to);
            return {};
        }
        QString number = value;
        const QChar sign = number.front();
        if (sign == u'<' || sign == u'>' || sign == u'=')
            number.remove(0, 1);
        const bool isWithIt = sign != u'<' && sign != u'>' ? true : number.startsWith(u'=');
        if (number.startsWith(u'='))
            number.remove(0, 1);
        const auto bytes = parseSize(number);
        if (!bytes || (sign == u'<' && !isWithIt && *bytes == 0))
            return wrong();
        if (sign == u'>')
            limitSize(*bytes + (isWithIt ? 0 : 1), kNoSizeMax);
        else if (sign == u'<')
            limitSize(0, *bytes - (isWithIt ? 0 : 1));
        else
            limitSize(*bytes, *bytes);
        return {};
    }

    void limitSize(uint64_t from, uint64_t to)
    {
        m_query.sizeMin = std::max(m_query.sizeMin, from);
        m_query.sizeMax = std::min(m_query.sizeMax, to);
    }

    void addPhrase(const QString &phrase, bool isWithout)
    {
        if (phrase.trimmed().isEmpty())
            return;
        if (isWithout) {
            m_query.without += phrase;
            return;
        }
        m_query.phrases += phrase;
        m_words += phrase;
    }

    /// What stands up to the next blank.
    QString readRun()
    {
        const qsizetype begin = m_at;
        while (m_at < m_typed.size() && !m_typed[m_at].isSpace())
            ++m_at;
        return m_typed.mid(begin, m_at - begin);
    }

    /// What stands between two quotation marks; nothing, and not moved, when there is no second.
    std::optional<QString> readQuoted()
    {
        for (qsizetype end = m_at + 1; end < m_typed.size(); ++end) {
            if (!isQuote(m_typed[end]))
                continue;
            const QString inside = m_typed.mid(m_at + 1, end - m_at - 1);
            m_at = end + 1;
            return inside;
        }
        return std::nullopt;
    }

    const QString &m_typed;
    const QDateTime m_now;
    qsizetype m_at = 0;
    qsizetype m_start = 0;  ///< of the item at hand
    int m_conditions = 0;
    QStringList m_words;
    ParsedQuery m_query;
};

QDateTime before(const QDateTime &now, int64_t count, QChar unit)
{
    switch (unit.unicode()) {
    case u'h':
        return now.addSecs(-count * 3600);
    case u'd':
        return now.addDays(-count);
    case u'w':
        return now.addDays(-7 * count);
    case u'm':
        return now.addMonths(static_cast<int>(-count));
    case u'y':
        return now.addYears(static_cast<int>(-count));
    default:
        return {};
    }
}

} // namespace

QDateTime parseDate(const QString &text, const QDateTime &now)
{
    const auto startOf = [&](const QDate &date) {
        return date.isValid() ? QDateTime(date, QTime(0, 0), now.timeZone()) : QDateTime();
    };
    const QString word = text.trimmed().toLower();
    if (word == QLatin1String("today"))
        return startOf(now.date());
    if (word == QLatin1String("yesterday"))
        return startOf(now.date().addDays(-1));
    constexpr int64_t kCountMax = 9999;
    bool isNumber = false;
    if (word.size() > 1 && word.back().isLetter()) {
        const int64_t count = word.chopped(1).toLongLong(&isNumber);
        const bool isCount = isNumber && word.front().isDigit() && count <= kCountMax;
        return isCount ? before(now, count, word.back()) : QDateTime();
    }
    if (word.size() == 4) {
        const int year = word.toInt(&isNumber);
        return isNumber ? startOf(QDate(year, 1, 1)) : QDateTime();
    }
    if (word.size() == 7)
        return startOf(QDate::fromString(word + QStringLiteral("-01"), Qt::ISODate));
    if (word.size() == 10)
        return startOf(QDate::fromString(word, Qt::ISODate));
    QDateTime exact = QDateTime::fromString(text.trimmed().toUpper(), Qt::ISODate);
    if (exact.isValid() && exact.timeSpec() == Qt::LocalTime)
        exact.setTimeZone(now.timeZone());
    return exact;
}

Result<ParsedQuery> parseQueryLanguage(const QString &typed, const QDateTime &now)
{
    if (typed.size() > kSearchTextCharsMax) {
        return fail(Errc::InvalidQuery, QStringLiteral("the query has %1 characters; at most %2 "
                                                       "are looked at")
                                            .arg(typed.size())
                                            .arg(kSearchTextCharsMax));
    }
    return Reader(typed, now).read();
}

} // namespace vexfs::daemon

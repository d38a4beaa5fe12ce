// SPDX-License-Identifier: Apache-2.0
//
// The catalog: which files conditions let through, names and tags, and estimates of both.
#include "daemon/index/catalog.h"

#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace vexfs::daemon {

using base::Result;
using base::Status;

namespace {

constexpr qsizetype kGramLetters = 3;
constexpr int kNamesLookedAt = 500;

/// Conditions of a WHERE clause that must all hold, and their values in order.
struct Conditions
{
    QStringList all;
    QVariantList values;
    QString past;  ///< "past_" where the tables of the past are asked

    void add(const QString &condition, const QVariant &value)
    {
        all += condition;
        values << value;
    }
    void addAnyOf(const QStringList &any, bool isWithout)
    {
        if (any.isEmpty())
            return;
        const QString either = QStringLiteral("(%1)").arg(any.join(QStringLiteral(" OR ")));
        all += isWithout ? QStringLiteral("NOT ") + either : either;
    }
    QString where() const
    {
        return all.isEmpty() ? QStringLiteral("1") : all.join(QStringLiteral(" AND "));
    }
};

void addScopes(const QVector<QByteArray> &scopes, bool isWithout, Conditions &out)
{
    QStringList any;
    for (const QByteArray &scope : scopes) {
        any += QStringLiteral("ino IN (SELECT ino FROM %1names WHERE path = ?"
                              " OR (path >= ? AND path < ?))")
                   .arg(out.past);
        out.values << scope << QByteArray(scope + '/') << QByteArray(scope + '0');
    }
    out.addAnyOf(any, isWithout);
}

void addMimeTypes(const QStringList &types, bool isWithout, Conditions &out)
{
    QStringList any;
    for (const QString &type : types) {
        if (type.endsWith(QStringLiteral("/*"))) {
            any += QStringLiteral("(mime >= ? AND mime < ?)");
            out.values << type.chopped(1) << QString(type.chopped(2) + u'0');
        } else {
            any += QStringLiteral("mime = ?");
            out.values << type;
        }
    }
    out.addAnyOf(any, isWithout);
}

void addSets(const QStringList &each, const QString &set, bool isWithout, Conditions &out)
{
    const QString in
        = isWithout ? QStringLiteral("ino NOT IN (%1)") : QStringLiteral("ino IN (%1)");
    for (const QString &value : each)
        out.add(in.arg(set), value);
}

// Columns of the files themselves, which have statistics.
void addColumns(const FileFilter &filter, Conditions &out)
{
    addMimeTypes(filter.mimeTypes, false, out);
    addMimeTypes(filter.withoutMimeTypes, true, out);
    if (filter.sinceNs != 0)
        out.add(QStringLiteral("mtime >= ?"), qint64(filter.sinceNs));
    if (filter.untilNs != 0)
        out.add(QStringLiteral("mtime < ?"), qint64(filter.untilNs));
    if (filter.sizeMin != 0)
        out.add(QStringLiteral("size >= ?"), qint64(filter.sizeMin));
    if (filter.sizeMax != kAnySize)
        out.add(QStringLiteral("size <= ?"), qint64(filter.sizeMax));
}

Conditions conditionsOf(const FileFilter &filter, const QString &past)
{
    Conditions out;
    out.past = past;
    addColumns(filter, out);
    addScopes(filter.scopes, false, out);
    addScopes(filter.withoutScopes, true, out);
    const QString tagged = QStringLiteral("SELECT ino FROM %1tags WHERE tag = ?").arg(past);
    addSets(filter.tags, tagged, false, out);
    addSets(filter.withoutTags, tagged, true, out);
    const QString matching
        = QStringLiteral("SELECT rowid FROM %1documents WHERE %1documents MATCH ?").arg(past);
    addSets(filter.matches, matching, false, out);
    addSets(filter.withoutMatches, matching, true, out);
    return out;
}

bool isPattern(const QString &name)
{
    return name.contains(u'*') || name.contains(u'?');
}

/// Tests names, one a line, against parts and patterns.
class NameTest
{
public:
    explicit NameTest(const QStringList &wanted)
    {
        for (const QString &each : wanted) {
            if (!isPattern(each)) {
                m_parts += each;
                continue;
            }
            QString expression;
            for (const QChar c : each) {
                if (c == u'*')
                    expression += QStringLiteral(".*");
                else if (c == u'?')
                    expression += u'.';
                else
                    expression += QRegularExpression::escape(QString(c));
            }
            m_patterns += QRegularExpression(QRegularExpression::anchoredPattern(expression),
                                             QRegularExpression::CaseInsensitiveOption);
        }
    }

    bool fits(const QString &lines) const
    {
        for (const QString &part : m_parts) {
            if (lines.contains(part, Qt::CaseInsensitive))
                return true;
        }
        for (const QRegularExpression &pattern : m_patterns) {
            for (const QString &name : lines.split(u'\n')) {
                if (pattern.match(name).hasMatch())
                    return true;
            }
        }
        return false;
    }

private:
    QStringList m_parts;
    QVector<QRegularExpression> m_patterns;
};

/// An expression that any name with this part matches; empty where the part is too short.
QString gramsOf(const QString &part, const QString &joint)
{
    QStringList grams;
    for (qsizetype i = 0; i + kGramLetters <= part.size(); ++i) {
        QString gram = part.mid(i, kGramLetters);
        const bool isWhole = !gram.front().isLowSurrogate() && !gram.back().isHighSurrogate();
        if (isWhole && !gram.contains(u'\0'))
            grams += u'"' + gram.replace(u'"', QStringLiteral("\"\"")) + u'"';
    }
    grams.removeDuplicates();
    return grams.join(joint);
}

/// All files whose names may fit one of the wanted; empty when every name must be looked at.
QString candidatesFor(const QStringList &wanted)
{
    QStringList any;
    for (const QString &each : wanted) {
        QStringList parts;
        for (const QString &part : QString(each).replace(u'?', u'*').split(u'*')) {
            if (const QString grams = gramsOf(part, QStringLiteral(" AND ")); !grams.isEmpty())
                parts += grams;
        }
        if (parts.isEmpty())
            return {};
        any += u'(' + parts.join(QStringLiteral(" AND ")) + u')';
    }
    return any.join(QStringLiteral(" OR "));
}

QString endOfPrefix(const QString &prefix)
{
    return prefix + QChar(0xffff);
}

} // namespace

Status Catalog::keepNamed(const FileFilter &filter, std::unordered_set<uint64_t> &inodes)
{
    const auto each = [&](const QStringList &wanted, bool isWithout) -> Status {
        if (wanted.isEmpty())
            return {};
        const NameTest test(wanted);
        std::unordered_set<uint64_t> named;
        const QString match = candidatesFor(wanted);
        const QString all = QStringLiteral("SELECT rowid, name FROM name_grams");
        const Status read = m_database->each(
            match.isEmpty() ? all : all + QStringLiteral(" WHERE name_grams MATCH ?"),
            match.isEmpty() ? QVariantList() : QVariantList{match}, [&](const QSqlQuery &row) {
                if (test.fits(row.value(1).toString()))
                    named.insert(row.value(0).toULongLong());
                return true;
            });
        std::erase_if(inodes, [&](uint64_t ino) { return named.contains(ino) == isWithout; });
        return read;
    };
    const Status kept = each(filter.names, false);
    return kept ? each(filter.withoutNames, true) : kept;
}

// Names of the past have no index of their own: all that other conditions leave are looked at.
Status Catalog::keepNamedPast(const FileFilter &filter, std::unordered_set<uint64_t> &keys)
{
    const auto each = [&](const QStringList &wanted, bool isWithout) -> Status {
        if (wanted.isEmpty())
            return {};
        const NameTest test(wanted);
        std::unordered_set<uint64_t> named;
        for (const uint64_t key : keys) {
            const Result<QVector<QByteArray>> paths = pathsOf(key);
            if (!paths)
                return tl::unexpected(paths.error());
            for (const QByteArray &path : *paths) {
                if (test.fits(QString::fromUtf8(path.mid(path.lastIndexOf('/') + 1))))
                    named.insert(key);
            }
        }
        std::erase_if(keys, [&](uint64_t key) { return named.contains(key) == isWithout; });
        return {};
    };
    const Status kept = each(filter.names, false);
    return kept ? each(filter.withoutNames, true) : kept;
}

Result<std::unordered_set<uint64_t>> Catalog::matching(const FileFilter &filter, bool withPast)
{
    std::unordered_set<uint64_t> keys;
    const auto add = [&](const QString &past) -> Status {
        std::unordered_set<uint64_t> found;
        const Conditions conditions = conditionsOf(filter, past);
        const Status read = m_database->each(
            QStringLiteral("SELECT ino FROM %1files WHERE ").arg(past) + conditions.where(),
            conditions.values, [&](const QSqlQuery &row) {
                found.insert(row.value(0).toULongLong());
                return true;
            });
        if (!read)
            return read;
        const Status kept
            = past.isEmpty() ? keepNamed(filter, found) : keepNamedPast(filter, found);
        keys.merge(found);
        return kept;
    };
    Status read = add(QStringLiteral(""));
    if (read && withPast)
        read = add(QStringLiteral("past_"));
    if (!read)
        return tl::unexpected(read.error());
    return keys;
}

Result<QVector<uint64_t>> Catalog::newestOf(const std::unordered_set<uint64_t> &inodes, int limit)
{
    QVector<uint64_t> newest;
    const Status read = m_database->each(
        QStringLiteral("SELECT ino, mtime FROM files UNION ALL SELECT ino, mtime FROM past_files"
                       " ORDER BY mtime DESC, ino"),
        {},
        [&](const QSqlQuery &row) {
            if (const uint64_t ino = row.value(0).toULongLong(); inodes.contains(ino))
                newest += ino;
            return newest.size() < limit;
        });
    if (!read)
        return tl::unexpected(read.error());
    return newest;
}

Result<QStringList> Catalog::namesLike(const QString &word, int limit)
{
    QStringList names;
    const QString match = gramsOf(word, QStringLiteral(" OR "));
    if (match.isEmpty())
        return names;
    const Status read = m_database->each(
        QStringLiteral("SELECT name FROM name_grams WHERE name_grams MATCH ?"
                       " ORDER BY rank LIMIT ?"),
        {match, std::min(limit, kNamesLookedAt)}, [&](const QSqlQuery &row) {
            names += row.value(0).toString();
            return true;
        });
    if (!read)
        return tl::unexpected(read.error());
    return names;
}

Result<QVector<QByteArray>> Catalog::foldersNamed(const QString &prefix, int limit)
{
    QVector<QByteArray> found;
    const Status read = m_database->each(
        QStringLiteral("SELECT path FROM directories ORDER BY length(path), path"), {},
        [&](const QSqlQuery &row) {
            const QByteArray path = row.value(0).toByteArray();
            const QString name = QString::fromUtf8(path.mid(path.lastIndexOf('/') + 1));
            if (name.startsWith(prefix, Qt::CaseInsensitive) && !name.isEmpty())
                found += path;
            return found.size() < limit;
        });
    if (!read)
        return tl::unexpected(read.error());
    return found;
}

Result<QStringList> Catalog::tagsNamed(const QString &prefix, int limit)
{
    QStringList tags;
    const Status read = m_database->each(
        QStringLiteral("SELECT tag FROM tags WHERE tag >= ? AND tag < ?"
                       " GROUP BY tag ORDER BY count(*) DESC, tag LIMIT ?"),
        {prefix, endOfPrefix(prefix), limit}, [&](const QSqlQuery &row) {
            tags += row.value(0).toString();
            return true;
        });
    if (!read)
        return tl::unexpected(read.error());
    return tags;
}

// Columns are taken to be independent of each other, as planners do; what cannot be told without
// looking (names, expressions) is taken to let a tenth through.
Result<uint64_t> Catalog::estimate(const FileFilter &filter)
{
    constexpr double kGuess = 0.1;
    const auto counts = this->counts();
    if (!counts)
        return tl::unexpected(counts.error());
    const auto files = static_cast<double>(std::max<uint64_t>(counts->files, 1));
    double share = 1.0;
    Conditions all;
    addColumns(filter, all);
    qsizetype value = 0;
    for (const QString &condition : all.all) {
        const auto values = condition.count(u'?');
        const auto count = m_database->value(
            QStringLiteral("SELECT count(*) FROM files WHERE ") + condition,
            all.values.mid(value, values));
        if (!count)
            return tl::unexpected(count.error());
        value += values;
        share *= static_cast<double>(count->toULongLong()) / files;
    }
    const auto guesses = filter.tags.size() + filter.matches.size()
        + (filter.names.isEmpty() ? 0 : 1) + (filter.scopes.isEmpty() ? 0 : 1);
    share *= std::pow(kGuess, static_cast<double>(guesses));
    return static_cast<uint64_t>(std::llround(share * static_cast<double>(counts->files)));
}

} // namespace vexfs::daemon

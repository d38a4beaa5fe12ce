// SPDX-License-Identifier: Apache-2.0
//
// The catalog: what searches ask.
#include "daemon/index/catalog.h"

namespace vexfs::daemon {

using base::Result;
using base::Status;

namespace {

// Weights of name, title and body: a title counts twice (measured, see the model card), a name
// as much as a title.
const QString kRank = QStringLiteral("bm25(documents, 2.0, 2.0, 1.0)");

void addScopes(const QVector<QByteArray> &scopes, QStringList &conditions, QVariantList &values)
{
    QStringList any;
    for (const QByteArray &scope : scopes) {
        if (scope.isEmpty())
            return;
        any += QStringLiteral("ino IN (SELECT ino FROM names WHERE path = ?"
                              " OR (path >= ? AND path < ?))");
        values << scope << QByteArray(scope + '/') << QByteArray(scope + '0');
    }
    if (!any.isEmpty())
        conditions += QStringLiteral("(%1)").arg(any.join(QStringLiteral(" OR ")));
}

void addMimeTypes(const QStringList &types, QStringList &conditions, QVariantList &values)
{
    QStringList any;
    for (const QString &type : types) {
        if (type.endsWith(QStringLiteral("/*"))) {
            any += QStringLiteral("(mime >= ? AND mime < ?)");
            values << type.chopped(1) << QString(type.chopped(2) + u'0');
        } else {
            any += QStringLiteral("mime = ?");
            values << type;
        }
    }
    if (!any.isEmpty())
        conditions += QStringLiteral("(%1)").arg(any.join(QStringLiteral(" OR ")));
}

} // namespace

Result<std::unordered_set<uint64_t>> Catalog::matching(const FileFilter &filter)
{
    QStringList conditions;
    QVariantList values;
    addScopes(filter.scopes, conditions, values);
    addMimeTypes(filter.mimeTypes, conditions, values);
    if (filter.sinceNs != 0) {
        conditions += QStringLiteral("mtime >= ?");
        values << qint64(filter.sinceNs);
    }
    if (filter.untilNs != 0) {
        conditions += QStringLiteral("mtime < ?");
        values << qint64(filter.untilNs);
    }
    const QString where = conditions.isEmpty() ? QStringLiteral("1")
                                               : conditions.join(QStringLiteral(" AND "));
    std::unordered_set<uint64_t> inodes;
    const Status read = m_database->each(QStringLiteral("SELECT ino FROM files WHERE ") + where,
                                         values, [&](const QSqlQuery &row) {
                                             inodes.insert(row.value(0).toULongLong());
                                             return true;
                                         });
    if (!read)
        return tl::unexpected(read.error());
    return inodes;
}

Result<QVector<KeywordHit>>
Catalog::keywordSearch(const QString &match, int limit,
                       const std::unordered_set<uint64_t> *maybeOnly)
{
    QVector<KeywordHit> hits;
    // With a filter the limit is counted here: SQLite would cut before it.
    const QString sql = QStringLiteral("SELECT rowid, %1 AS score FROM documents"
                                       " WHERE documents MATCH ? ORDER BY score LIMIT ?")
                            .arg(kRank);
    const Status read = m_database->each(
        sql, {match, maybeOnly ? -1 : limit}, [&](const QSqlQuery &row) {
            const uint64_t ino = row.value(0).toULongLong();
            if (!maybeOnly || maybeOnly->contains(ino))
                hits.push_back({ino, -row.value(1).toDouble()});
            return hits.size() < limit;
        });
    if (!read)
        return tl::unexpected(read.error());
    return hits;
}

Result<uint64_t> Catalog::matchCount(const QString &match, uint64_t limit)
{
    const auto count = m_database->value(
        QStringLiteral("SELECT count(*) FROM"
                       " (SELECT 1 FROM documents WHERE documents MATCH ? LIMIT ?)"),
        {match, qint64(limit)});
    if (!count)
        return tl::unexpected(count.error());
    return count->toULongLong();
}

Result<StoredText> Catalog::storedText(uint64_t ino)
{
    StoredText stored;
    Status read = m_database->each(QStringLiteral("SELECT body FROM documents WHERE rowid = ?"),
                                   {qint64(ino)}, [&](const QSqlQuery &row) {
                                       stored.text = row.value(0).toString().toUtf8();
                                       return false;
                                   });
    if (read) {
        read = m_database->each(
            QStringLiteral("SELECT begin_bytes, end_bytes, page FROM chunks WHERE ino = ?"
                           " ORDER BY chunk"),
            {qint64(ino)}, [&](const QSqlQuery &row) {
                stored.chunks.push_back({row.value(0).toULongLong(), row.value(1).toULongLong(),
                                         row.value(2).toUInt()});
                return true;
            });
    }
    if (!read)
        return tl::unexpected(read.error());
    return stored;
}

} // namespace vexfs::daemon

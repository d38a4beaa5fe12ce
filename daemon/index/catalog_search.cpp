// SPDX-License-Identifier: Apache-2.0
//
// The catalog: what searches ask.
#include "daemon/index/catalog.h"

#include <algorithm>

namespace vexfs::daemon {

using base::Result;
using base::Status;

namespace {

// Weights of name, title, headings and body: a title counts twice (measured, see the model card), a
// name as much as a title; a heading stands in the body, too, and so counts twice as well.
const QString kRank = QStringLiteral("bm25(%1, 2.0, 2.0, 1.0, 1.0)");

} // namespace

Result<QVector<KeywordHit>>
Catalog::keywordSearch(const QString &match, int limit,
                       const std::unordered_set<uint64_t> *maybeOnly)
{
    return ranked(QStringLiteral("documents"), match, limit, maybeOnly);
}

Result<QVector<KeywordHit>> Catalog::pastSearch(const QString &match, int limit,
                                                const std::unordered_set<uint64_t> &only)
{
    return ranked(QStringLiteral("past_documents"), match, limit, &only);
}

Result<QVector<KeywordHit>> Catalog::ranked(const QString &table, const QString &match, int limit,
                                            const std::unordered_set<uint64_t> *maybeOnly)
{
    QVector<KeywordHit> hits;
    // What a filter drops is not even ranked, which is most of the work.
    QString filter;
    QVariantList values{match};
    if (maybeOnly && !maybeOnly->empty()) {
        // Versions of the past have keys in the order in which they ended, so those of a snapshot
        // are mostly behind a certain one, before which the lists of files are not even read.
        const auto [least, most] = std::minmax_element(maybeOnly->begin(), maybeOnly->end());
        filter = QStringLiteral(" AND rowid BETWEEN ? AND ? AND is_among(rowid)");
        values << qint64(*least) << qint64(*most);
        m_database->setAmong(*maybeOnly);
    } else if (maybeOnly) {
        return hits;
    }
    values << limit;
    const QString sql
        = QStringLiteral("SELECT rowid, %1 AS score FROM %2 WHERE %2 MATCH ?%3"
                         " ORDER BY score LIMIT ?")
              .arg(kRank.arg(table), table, filter);
    const Status read = m_database->each(sql, values, [&](const QSqlQuery &row) {
        hits.push_back({row.value(0).toULongLong(), -row.value(1).toDouble()});
        return true;
    });
    if (!read)
        return tl::unexpected(read.error());
    return hits;
}

Status Catalog::readTogether(const std::function<Status()> &work)
{
    if (const Status begun = m_database->run(QStringLiteral("BEGIN")); !begun)
        return begun;
    const Status done = work();
    const Status ended = m_database->commit();
    if (!ended)
        m_database->rollback();
    return done ? ended : done;
}

Result<uint64_t> Catalog::matchCountIn(const QString &match, uint64_t limit,
                                       const std::unordered_set<uint64_t> &only)
{
    uint64_t count = 0;
    m_database->setAmong(only);
    for (const QString &table : {QStringLiteral("documents"), QStringLiteral("past_documents")}) {
        if (count >= limit)
            break;
        const auto found = m_database->value(
            QStringLiteral("SELECT count(*) FROM"
                           " (SELECT 1 FROM %1 WHERE %1 MATCH ? AND is_among(rowid) LIMIT ?)")
                .arg(table),
            {match, qint64(limit)});
        if (!found)
            return tl::unexpected(found.error());
        count += found->toULongLong();
    }
    return std::min(count, limit);
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

Result<std::vector<std::string>> Catalog::someStems(size_t count)
{
    // A reservoir: Vitter, Random Sampling with a Reservoir, ACM TOMS 11 (1985).
    std::vector<std::string> stems;
    uint64_t seen = 0;
    uint64_t random = 88172645463325252ULL;
    const Status read = m_database->each(
        QStringLiteral("SELECT term FROM terms WHERE doc > 1 AND length(term) > 3"), {},
        [&](const QSqlQuery &row) {
            const std::string stem = row.value(0).toString().toStdString();
            if (stem.find_first_of("0123456789") != std::string::npos)
                return true;
            random ^= random << 13U;
            random ^= random >> 7U;
            random ^= random << 17U;
            const uint64_t place = random % ++seen;
            if (stems.size() < count)
                stems.push_back(stem);
            else if (place < count)
                stems[place] = stem;
            return true;
        });
    if (!read)
        return tl::unexpected(read.error());
    return stems;
}

Result<uint64_t> Catalog::stemCount(const std::string &stem)
{
    const auto count = m_database->value(QStringLiteral("SELECT doc FROM terms WHERE term = ?"),
                                         {QString::fromStdString(stem)});
    if (!count)
        return tl::unexpected(count.error());
    return count->toULongLong();
}

Result<uint64_t> Catalog::pastStemCount(const std::string &stem)
{
    const auto count = m_database->value(
        QStringLiteral("SELECT doc FROM past_terms WHERE term = ?"),
        {QString::fromStdString(stem)});
    if (!count)
        return tl::unexpected(count.error());
    return count->toULongLong();
}

Result<StoredText> Catalog::storedText(uint64_t ino)
{
    StoredText stored;
    const QString past = isPastKey(ino) ? QStringLiteral("past_") : QStringLiteral("");
    Status read = m_database->each(
        QStringLiteral("SELECT unpacked(body) FROM %1texts WHERE ino = ?").arg(past), {qint64(ino)},
        [&](const QSqlQuery &row) {
            stored.text = row.value(0).toString().toUtf8();
            return false;
        });
    if (read) {
        read = m_database->each(
            QStringLiteral("SELECT begin_bytes, end_bytes, page, member FROM %1chunks"
                           " WHERE ino = ? ORDER BY chunk")
                .arg(past),
            {qint64(ino)}, [&](const QSqlQuery &row) {
                stored.chunks.push_back({row.value(0).toULongLong(), row.value(1).toULongLong(),
                                         row.value(2).toUInt(), row.value(3).toString()});
                return true;
            });
    }
    if (!read)
        return tl::unexpected(read.error());
    return stored;
}

} // namespace vexfs::daemon

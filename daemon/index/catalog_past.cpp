// SPDX-License-Identifier: Apache-2.0
//
// The catalog: versions of files that only snapshots have.
#include "daemon/index/catalog.h"

#include <algorithm>

namespace vexfs::daemon {

using base::Result;
using base::Status;

namespace {

qint64 stored(uint64_t value)
{
    return static_cast<qint64>(std::min(value, kNoTree));
}

// The last of the snapshots in [birth, death); 0 when none is.
uint64_t holderOf(const QVector<uint64_t> &snapshots, uint64_t birth, uint64_t death)
{
    const auto end = std::lower_bound(snapshots.begin(), snapshots.end(), death);
    return end != snapshots.begin() && *(end - 1) >= birth ? *(end - 1) : 0;
}

const QString kRowsOfPast[] = {
    QStringLiteral("DELETE FROM past_files WHERE ino = ?"),
    QStringLiteral("DELETE FROM past_names WHERE ino = ?"),
    QStringLiteral("DELETE FROM past_tags WHERE ino = ?"),
    QStringLiteral("DELETE FROM past_chunks WHERE ino = ?"),
    QStringLiteral("DELETE FROM past_documents WHERE rowid = ?"),
    QStringLiteral("DELETE FROM past_texts WHERE ino = ?"),
};

} // namespace

// Keys are not given out again: an index of vectors that was not stored in time may have old ones.
Result<uint64_t> Catalog::nextPastKey()
{
    const Result<uint64_t> last = number(QStringLiteral("past-key"));
    if (!last)
        return last;
    const uint64_t key = std::max(*last, kPastKey) + 1;
    if (const Status kept = setNumber(QStringLiteral("past-key"), key); !kept)
        return tl::unexpected(kept.error());
    return key;
}

Result<std::optional<RetiredFile>> Catalog::retireOne(uint64_t ino,
                                                      const QVector<uint64_t> &snapshots,
                                                      uint64_t deathOthers)
{
    uint64_t birth = kNoTree;
    uint64_t death = 0;
    RetiredFile out{ino, 0, 0};
    Status done = m_database->each(
        QStringLiteral("SELECT birth_tree, ifnull(death_tree, ?), chunk_count FROM files"
                       " WHERE ino = ?"),
        {stored(deathOthers), stored(ino)}, [&](const QSqlQuery &row) {
            birth = row.value(0).toULongLong();
            death = row.value(1).toULongLong();
            out.chunkCount = row.value(2).toUInt();
            return false;
        });
    if (!done)
        return tl::unexpected(done.error());
    if (death == 0 || birth == kNoTree)
        return std::nullopt;
    const bool isKept = holderOf(snapshots, birth, death) != 0;
    if (isKept) {
        const Result<uint64_t> key = nextPastKey();
        if (!key)
            return tl::unexpected(key.error());
        out.key = *key;
    }
    const QString copies[] = {
        QStringLiteral("INSERT INTO past_files SELECT ?, state, reason, mime, title, size, mtime,"
                       " data_generation, text_bytes, chunk_count, model, indexed_at,"
                       " birth_generation, birth_tree, %1, text_hash, author, language,"
                       " document_date, ino FROM files WHERE ino = ?")
            .arg(stored(death)),
        QStringLiteral("INSERT INTO past_names(ino, path) SELECT ?, path FROM names WHERE ino = ?"),
        QStringLiteral("INSERT INTO past_tags(ino, tag) SELECT ?, tag FROM tags WHERE ino = ?"),
        QStringLiteral("INSERT INTO past_chunks SELECT ?, chunk, begin_bytes, end_bytes, page,"
                       " member FROM chunks WHERE ino = ?"),
        QStringLiteral("INSERT INTO past_texts SELECT ?, name, title, headings, body FROM texts"
                       " WHERE ino = ?"),
        QStringLiteral("INSERT INTO past_documents(rowid, name, title, headings, body)"
                       " SELECT ?, name, title, headings, body FROM plain_texts WHERE ino = ?"),
    };
    for (const QString &copy : copies) {
        if (done && isKept)
            done = m_database->run(copy, {stored(out.key), stored(ino)});
    }
    // What is live still shows what was, until it is written anew, but is of no snapshot.
    if (done) {
        done = m_database->run(
            QStringLiteral("UPDATE files SET birth_tree = ?, death_tree = NULL WHERE ino = ?"),
            {stored(kNoTree), stored(ino)});
    }
    if (!done)
        return tl::unexpected(done.error());
    return isKept ? std::optional(out) : std::nullopt;
}

Result<QVector<RetiredFile>> Catalog::retire(const QVector<uint64_t> &inodes,
                                             const QVector<uint64_t> &snapshots,
                                             uint64_t deathOthers)
{
    QVector<RetiredFile> all;
    const Status done = inTransaction([&]() -> Status {
        for (const uint64_t ino : inodes) {
            const auto one = retireOne(ino, snapshots, deathOthers);
            if (!one)
                return tl::unexpected(one.error());
            if (one->has_value())
                all.push_back(**one);
        }
        return all.isEmpty() ? Status{} : raiseGeneration();
    });
    if (!done)
        return tl::unexpected(done.error());
    return all;
}

Status Catalog::putPast(const PastItem &item)
{
    return m_database->run(QStringLiteral("INSERT OR REPLACE INTO past_queue VALUES(?, ?, ?, ?)"),
                           {stored(item.ino), stored(item.tree), stored(item.birthTree),
                            stored(item.deathTree)});
}

Status Catalog::queuePast(const QVector<PastItem> &items)
{
    return inTransaction([&]() -> Status {
        for (const PastItem &item : items) {
            if (const Status put = putPast(item); !put)
                return put;
        }
        return {};
    });
}

// What waits in the queue was never read: a snapshot that has it is where it can be read now.
Status Catalog::endVersion(const VersionEnd &end, const QVector<uint64_t> &snapshots)
{
    const auto birth = m_database->value(
        QStringLiteral("SELECT birth_tree FROM queue WHERE ino = ? AND birth_tree > 0"),
        {stored(end.ino)});
    if (!birth)
        return tl::unexpected(birth.error());
    if (birth->isValid()) {
        const uint64_t from = birth->toULongLong();
        const uint64_t tree = holderOf(snapshots, from, end.tree);
        const Status put = tree != 0 ? putPast({end.ino, tree, from, end.tree}) : Status{};
        if (!put)
            return put;
    }
    return m_database->run(
        QStringLiteral("UPDATE files SET death_tree = ? WHERE ino = ? AND death_tree IS NULL"),
        {stored(end.tree), stored(end.ino)});
}

Status Catalog::applyVersions(const FeedBatch &batch, QVector<RetiredFile> *maybeRetired)
{
    // A look at everything finds all that snapshots have again.
    if (batch.isComplete) {
        for (const char *table : {"past_files", "past_names", "past_tags", "past_chunks",
                                  "past_documents", "past_texts", "past_queue"}) {
            const Status done
                = m_database->run(QStringLiteral("DELETE FROM ") + QLatin1String(table));
            if (!done)
                return done;
        }
        const Status done
            = m_database->run(QStringLiteral("UPDATE files SET birth_tree = ?, death_tree = NULL"),
                              {stored(kNoTree)});
        if (!done)
            return done;
    }
    for (const VersionEnd &end : batch.ends) {
        if (const Status done = endVersion(end, batch.snapshots); !done)
            return done;
    }
    for (const PastItem &item : batch.past) {
        if (const Status done = putPast(item); !done)
            return done;
    }
    for (const uint64_t ino : batch.removed) {
        const auto one = retireOne(ino, batch.snapshots, batch.anchor);
        if (!one)
            return tl::unexpected(one.error());
        if (one->has_value() && maybeRetired)
            maybeRetired->push_back(**one);
    }
    return {};
}

Result<QVector<PastItem>> Catalog::nextPast(int limit)
{
    QVector<PastItem> items;
    const Status read = m_database->each(
        QStringLiteral("SELECT ino, tree, birth_tree, death_tree FROM past_queue"
                       " ORDER BY tree DESC, ino LIMIT ?"),
        {limit}, [&](const QSqlQuery &row) {
            items.push_back({row.value(0).toULongLong(), row.value(1).toULongLong(),
                             row.value(2).toULongLong(), row.value(3).toULongLong()});
            return true;
        });
    if (!read)
        return tl::unexpected(read.error());
    return items;
}

Status Catalog::dropPast(const PastItem &item)
{
    return m_database->run(
        QStringLiteral("DELETE FROM past_queue WHERE ino = ? AND birth_tree = ?"),
        {stored(item.ino), stored(item.birthTree)});
}

Result<uint64_t> Catalog::writePast(const FileRecord &record, const PastItem &item)
{
    FileRecord version = record;
    const Status done = inTransaction([&]() -> Status {
        const Result<uint64_t> key = nextPastKey();
        const Result<uint64_t> now = generation();
        if (!key || !now)
            return tl::unexpected(key ? now.error() : key.error());
        version.row.ino = *key;
        version.row.inode = item.ino;
        version.row.birthTree = item.birthTree;
        version.row.deathTree = item.deathTree;
        Status written = writeFile(version, *now);
        if (written)
            written = dropPast(item);
        return written ? raiseGeneration() : written;
    });
    if (!done)
        return tl::unexpected(done.error());
    return version.row.ino;
}

Status Catalog::removePast(uint64_t key)
{
    for (const QString &statement : kRowsOfPast) {
        if (const Status done = m_database->run(statement, {stored(key)}); !done)
            return done;
    }
    return {};
}

Result<QVector<uint64_t>> Catalog::collectPast(const QVector<uint64_t> &snapshots)
{
    QVector<uint64_t> keys;
    QVector<PastItem> items;
    const auto isOver = [&](const QSqlQuery &row, int birth) {
        return holderOf(snapshots, row.value(birth).toULongLong(),
                        row.value(birth + 1).toULongLong())
            == 0;
    };
    Status done = m_database->each(
        QStringLiteral("SELECT ino, birth_tree, death_tree FROM past_files"), {},
        [&](const QSqlQuery &row) {
            if (isOver(row, 1))
                keys.push_back(row.value(0).toULongLong());
            return true;
        });
    if (done) {
        done = m_database->each(
            QStringLiteral("SELECT ino, tree, birth_tree, death_tree FROM past_queue"), {},
            [&](const QSqlQuery &row) {
                const PastItem item{row.value(0).toULongLong(), row.value(1).toULongLong(),
                                    row.value(2).toULongLong(), row.value(3).toULongLong()};
                if (!std::binary_search(snapshots.begin(), snapshots.end(), item.tree))
                    items.push_back(item);
                return true;
            });
    }
    if (!done)
        return tl::unexpected(done.error());
    if (keys.isEmpty() && items.isEmpty())
        return keys;
    done = inTransaction([&]() -> Status {
        for (const uint64_t key : keys) {
            if (const Status removed = removePast(key); !removed)
                return removed;
        }
        for (PastItem item : items) {
            if (const Status dropped = dropPast(item); !dropped)
                return dropped;
            // Another snapshot may have the same.
            item.tree = holderOf(snapshots, item.birthTree, item.deathTree);
            const Status put = item.tree != 0 ? putPast(item) : Status{};
            if (!put)
                return put;
        }
        return raiseGeneration();
    });
    if (!done)
        return tl::unexpected(done.error());
    return keys;
}

Result<QVector<uint64_t>> Catalog::pastWithText()
{
    QVector<uint64_t> keys;
    const Status read = m_database->each(
        QStringLiteral("SELECT ino FROM past_files WHERE chunk_count > 0"), {},
        [&](const QSqlQuery &row) {
            keys.push_back(row.value(0).toULongLong());
            return true;
        });
    if (!read)
        return tl::unexpected(read.error());
    return keys;
}

Result<std::vector<KeyLife>> Catalog::lives()
{
    std::vector<KeyLife> all;
    for (const char *table : {"files", "past_files"}) {
        const Status read = m_database->each(
            QStringLiteral("SELECT ino, birth_tree, ifnull(death_tree, %2) FROM %1")
                .arg(QLatin1String(table))
                .arg(kNoTree),
            {}, [&](const QSqlQuery &row) {
                all.push_back({row.value(0).toULongLong(), row.value(1).toULongLong(),
                               row.value(2).toULongLong()});
                return true;
            });
        if (!read)
            return tl::unexpected(read.error());
    }
    return all;
}

Result<std::vector<HeldVersion>> Catalog::versionsIn(uint64_t tree,
                                                     std::optional<uint64_t> maybeIno)
{
    std::vector<HeldVersion> all;
    const std::pair<const char *, const char *> tables[]
        = {{"files", "ino"}, {"past_files", "inode"}};
    for (const auto &[table, inode] : tables) {
        QString query = QStringLiteral("SELECT %2, ino FROM %1 WHERE birth_tree <= ?"
                                       " AND ? < ifnull(death_tree, %3)")
                            .arg(QLatin1String(table), QLatin1String(inode))
                            .arg(kNoTree);
        QVariantList values{stored(tree), stored(tree)};
        if (maybeIno) {
            query += QStringLiteral(" AND %1 = ?").arg(QLatin1String(inode));
            values.append(stored(*maybeIno));
        }
        const Status read = m_database->each(query, values, [&](const QSqlQuery &row) {
            all.push_back({row.value(0).toULongLong(), row.value(1).toULongLong()});
            return true;
        });
        if (!read)
            return tl::unexpected(read.error());
    }
    std::sort(all.begin(), all.end(),
              [](const HeldVersion &a, const HeldVersion &b) { return a.ino < b.ino; });
    return all;
}

Result<std::pair<uint64_t, uint64_t>> Catalog::lifeOf(uint64_t key)
{
    std::pair<uint64_t, uint64_t> life{kNoTree, 0};
    const Status read = m_database->each(
        QStringLiteral("SELECT birth_tree, ifnull(death_tree, %2) FROM %1 WHERE ino = ?")
            .arg(isPastKey(key) ? QStringLiteral("past_files") : QStringLiteral("files"))
            .arg(kNoTree),
        {stored(key)}, [&](const QSqlQuery &row) {
            life = {row.value(0).toULongLong(), row.value(1).toULongLong()};
            return false;
        });
    if (!read)
        return tl::unexpected(read.error());
    return life;
}

} // namespace vexfs::daemon

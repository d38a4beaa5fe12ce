// SPDX-License-Identifier: Apache-2.0
//
// The catalog: rows of files.
#include "daemon/index/catalog.h"

namespace vexfs::daemon {

using base::Result;
using base::Status;

namespace {

const QString kFileColumns = QStringLiteral(
    "ino, state, reason, mime, title, size, mtime, data_generation, text_bytes, chunk_count,"
    " model, indexed_at, birth_generation, text_hash, author, language,"
    " document_date, birth_tree, ifnull(death_tree, 9223372036854775807)");
static_assert(kNoTree == 9223372036854775807);

FileRow fileRow(const QSqlQuery &query)
{
    FileRow row;
    row.ino = query.value(0).toULongLong();
    row.state = static_cast<FileState>(query.value(1).toInt());
    row.reason = query.value(2).toString();
    row.mimeType = query.value(3).toString();
    row.title = query.value(4).toString();
    row.sizeBytes = query.value(5).toULongLong();
    row.mtimeNs = query.value(6).toLongLong();
    row.dataGeneration = query.value(7).toULongLong();
    row.textBytes = query.value(8).toULongLong();
    row.chunkCount = query.value(9).toUInt();
    row.model = query.value(10).toByteArray();
    row.indexedAtNs = query.value(11).toLongLong();
    row.birthGeneration = query.value(12).toULongLong();
    row.textHash = query.value(13).toByteArray();
    row.author = query.value(14).toString();
    row.language = query.value(15).toString();
    row.documentNs = query.value(16).toLongLong();
    row.birthTree = query.value(17).toULongLong();
    row.endTree = query.value(18).toULongLong();
    row.inode = row.ino;
    return row;
}

// A null QString is bound as NULL, which the columns refuse.
QString text(const QString &value)
{
    return value.isNull() ? QStringLiteral("") : value;
}

QByteArray blob(const QByteArray &value)
{
    return value.isNull() ? QByteArray("") : value;
}

qint64 stored(uint64_t value)
{
    return static_cast<qint64>(value);
}

// Before the names of the tables that have it.
QString of(const FileRow &row)
{
    return isPastKey(row.ino) ? QStringLiteral("past_") : QStringLiteral("");
}

// One a line.
QString plainNames(const FileRow &row)
{
    QStringList names;
    for (const QByteArray &path : row.paths) {
        QString name = QString::fromUtf8(path.mid(path.lastIndexOf('/') + 1));
        names += name.replace(u'\n', u' ');
    }
    return names.join(u'\n');
}

QString searchedNames(const FileRow &row)
{
    // To the tokenizer '_' is no letter, but "holidayPhotos2023" is one word: split it too.
    QString split;
    const QString joined = plainNames(row).replace(u'\n', u' ');
    for (qsizetype i = 0; i < joined.size(); ++i) {
        const bool isBorder = i > 0
            && ((joined[i].isUpper() && joined[i - 1].isLower())
                || (joined[i].isDigit() != joined[i - 1].isDigit()
                    && joined[i].isLetterOrNumber() && joined[i - 1].isLetterOrNumber()));
        if (isBorder)
            split += u' ';
        split += joined[i];
    }
    return split == joined ? joined : joined + u' ' + split;
}

} // namespace

Status Catalog::removeFileRows(uint64_t ino)
{
    for (const char *statement :
         {"DELETE FROM files WHERE ino = ?", "DELETE FROM names WHERE ino = ?",
          "DELETE FROM tags WHERE ino = ?", "DELETE FROM chunks WHERE ino = ?",
          "DELETE FROM documents WHERE rowid = ?", "DELETE FROM texts WHERE ino = ?",
          "DELETE FROM name_grams WHERE rowid = ?"}) {
        if (const Status done = m_database->run(QLatin1String(statement), {stored(ino)}); !done)
            return done;
    }
    return {};
}

Status Catalog::removeRows(uint64_t ino)
{
    if (const Status done = removeFileRows(ino); !done)
        return done;
    for (const char *statement :
         {"DELETE FROM directories WHERE ino = ?", "DELETE FROM queue WHERE ino = ?"}) {
        if (const Status done = m_database->run(QLatin1String(statement), {stored(ino)}); !done)
            return done;
    }
    return {};
}

Status Catalog::removeFiles(const QVector<uint64_t> &inodes, const QVector<QueueItem> &done)
{
    return inTransaction([&]() -> Status {
        for (const uint64_t ino : inodes) {
            if (const Status dropped = removeFileRows(ino); !dropped)
                return dropped;
        }
        if (const Status dropped = dropQueued(done); !dropped)
            return dropped;
        return raiseGeneration();
    });
}

Status Catalog::writeTags(const FileRow &row)
{
    if (!row.tags)
        return {};
    Status done = m_database->run(QStringLiteral("DELETE FROM %1tags WHERE ino = ?").arg(of(row)),
                                  {stored(row.ino)});
    for (const QString &tag : *row.tags) {
        if (!done)
            return done;
        done = m_database->run(
            QStringLiteral("INSERT OR REPLACE INTO %1tags(tag, ino) VALUES(?, ?)").arg(of(row)),
            {text(tag), stored(row.ino)});
    }
    return done;
}

Status Catalog::writeNames(const FileRow &row)
{
    Status done = m_database->run(QStringLiteral("DELETE FROM %1names WHERE ino = ?").arg(of(row)),
                                  {stored(row.ino)});
    for (const QByteArray &path : row.paths) {
        if (!done)
            return done;
        // REPLACE: the file that had this path before is gone or renamed, and will say so itself.
        done = m_database->run(
            QStringLiteral("INSERT OR REPLACE INTO %1names(path, ino) VALUES(?, ?)").arg(of(row)),
            {blob(path), stored(row.ino)});
    }
    return done;
}

Status Catalog::writeRow(const FileRecord &record, uint64_t generation)
{
    const FileRow &row = record.row;
    QVariantList values{stored(row.ino),
                        int(row.state),
                        text(row.reason),
                        text(row.mimeType),
                        text(row.title),
                        stored(row.sizeBytes),
                        qint64(row.mtimeNs),
                        stored(row.dataGeneration),
                        stored(row.textBytes),
                        qint64(record.chunks.size()),
                        blob(row.model),
                        qint64(row.indexedAtNs),
                        stored(generation),
                        stored(row.birthTree),
                        row.deathTree != 0 ? QVariant(stored(row.deathTree)) : QVariant(),
                        blob(row.textHash),
                        text(row.author),
                        text(row.language),
                        qint64(row.documentNs)};
    if (isPastKey(row.ino))
        values += stored(row.inode);
    QStringList places;
    for (qsizetype i = 0; i < values.size(); ++i)
        places += QStringLiteral("?");
    return m_database->run(QStringLiteral("INSERT OR REPLACE INTO %1files VALUES(%2)")
                               .arg(of(row), places.join(QStringLiteral(", "))),
                           values);
}

Status Catalog::writeText(const FileRecord &record)
{
    const QString past = of(record.row);
    const QVariantList values{
        stored(record.row.ino), searchedNames(record.row), text(record.row.title),
        text(record.headings),
        QString::fromUtf8(record.text.isNull() ? QByteArray("") : record.text)};
    Status done = m_database->run(
        QStringLiteral("DELETE FROM %1documents WHERE rowid = ?").arg(past), {values[0]});
    if (done) {
        done = m_database->run(
            QStringLiteral("INSERT OR REPLACE INTO %1texts VALUES(?, ?, ?, ?, packed(?))")
                .arg(past),
            values);
    }
    if (done) {
        done = m_database->run(
            QStringLiteral("INSERT INTO %1documents(rowid, name, title, headings, body)"
                           " VALUES(?, ?, ?, ?, ?)")
                .arg(past),
            values);
    }
    return done;
}

Status Catalog::writeFile(const FileRecord &record, uint64_t generation)
{
    const FileRow &row = record.row;
    const QString past = of(row);
    Status done = writeNames(row);
    if (done)
        done = writeRow(record, generation);
    if (done)
        done = writeTags(row);
    if (done) {
        done = m_database->run(QStringLiteral("DELETE FROM %1chunks WHERE ino = ?").arg(past),
                               {stored(row.ino)});
    }
    for (qsizetype i = 0; done && i < record.chunks.size(); ++i) {
        const ChunkRow &chunk = record.chunks[i];
        done = m_database->run(
            QStringLiteral("INSERT INTO %1chunks VALUES(?, ?, ?, ?, ?, ?)").arg(past),
            {stored(row.ino), i, stored(chunk.beginBytes), stored(chunk.endBytes), chunk.page,
             text(chunk.member)});
    }
    if (done)
        done = writeText(record);
    if (!done || isPastKey(row.ino))
        return done;
    done = m_database->run(QStringLiteral("DELETE FROM name_grams WHERE rowid = ?"),
                           {stored(row.ino)});
    if (done) {
        done = m_database->run(QStringLiteral("INSERT INTO name_grams(rowid, name) VALUES(?, ?)"),
                               {stored(row.ino), plainNames(row)});
    }
    return done;
}

Status Catalog::writeFiles(const QVector<FileRecord> &records, const QVector<QueueItem> &done)
{
    return inTransaction([&]() -> Status {
        if (const Status raised = raiseGeneration(); !raised)
            return raised;
        const Result<uint64_t> now = generation();
        if (!now)
            return tl::unexpected(now.error());
        for (const FileRecord &record : records) {
            if (const Status written = writeFile(record, *now); !written)
                return written;
        }
        return dropQueued(done);
    });
}

Status Catalog::updateFile(const FileRow &row, const QueueItem &done)
{
    return inTransaction([&]() -> Status {
        Status updated = writeNames(row);
        if (updated) {
            updated = m_database->run(
                QStringLiteral("UPDATE files SET size = ?, mtime = ?, birth_tree = ?,"
                               " death_tree = NULL WHERE ino = ?"),
                {stored(row.sizeBytes), qint64(row.mtimeNs), stored(row.birthTree),
                 stored(row.ino)});
        }
        if (updated)
            updated = writeTags(row);
        const QString names = searchedNames(row);
        Result<QVariant> before
            = m_database->value(QStringLiteral("SELECT name FROM texts WHERE ino = ?"),
                                {stored(row.ino)});
        if (!before)
            return tl::unexpected(before.error());
        // Only when it differs: the full-text index takes the whole row out and in again.
        if (updated && before->toString() != names) {
            updated = m_database->run(
                QStringLiteral("UPDATE documents SET name = ? WHERE rowid = ?"),
                {names, stored(row.ino)});
            if (updated) {
                updated = m_database->run(QStringLiteral("UPDATE texts SET name = ? WHERE ino = ?"),
                                          {names, stored(row.ino)});
            }
            if (updated) {
                updated = m_database->run(
                    QStringLiteral("UPDATE name_grams SET name = ? WHERE rowid = ?"),
                    {plainNames(row), stored(row.ino)});
            }
        }
        if (updated)
            updated = raiseGeneration();
        return updated ? dropQueued({done}) : updated;
    });
}

Result<QVector<QByteArray>> Catalog::pathsOf(uint64_t ino)
{
    QVector<QByteArray> paths;
    const Status read = m_database->each(
        QStringLiteral("SELECT path FROM %1 WHERE ino = ? ORDER BY path")
            .arg(isPastKey(ino) ? QStringLiteral("past_names") : QStringLiteral("names")),
        {stored(ino)},
        [&](const QSqlQuery &row) {
            paths.push_back(row.value(0).toByteArray());
            return true;
        });
    if (!read)
        return tl::unexpected(read.error());
    return paths;
}

Result<QVector<FileRow>> Catalog::rows(const QString &condition, const QVariantList &values,
                                       bool isPast)
{
    QVector<FileRow> found;
    const Status read = m_database->each(
        QStringLiteral("SELECT %1 FROM %3 WHERE %2")
            .arg(isPast ? kFileColumns + QStringLiteral(", inode") : kFileColumns, condition,
                 isPast ? QStringLiteral("past_files") : QStringLiteral("files")),
        values,
        [&](const QSqlQuery &row) {
            found.push_back(fileRow(row));
            if (isPast)
                found.back().inode = row.value(19).toULongLong();
            return true;
        });
    if (!read)
        return tl::unexpected(read.error());
    for (FileRow &row : found) {
        Result<QVector<QByteArray>> paths = pathsOf(row.ino);
        if (!paths)
            return tl::unexpected(paths.error());
        row.paths = std::move(*paths);
    }
    return found;
}

Result<std::optional<FileRow>> Catalog::file(uint64_t ino)
{
    auto found = rows(QStringLiteral("ino = ?"), {stored(ino)}, isPastKey(ino));
    if (!found)
        return tl::unexpected(found.error());
    if (found->isEmpty())
        return std::nullopt;
    return found->constFirst();
}

Result<QVector<std::optional<FileRow>>> Catalog::filesOf(const QVector<QueueItem> &items)
{
    QVector<std::optional<FileRow>> found;
    // One look at the catalog, not one for each.
    const Status done = inTransaction([&]() -> Status {
        for (const QueueItem &item : items) {
            Result<std::optional<FileRow>> row = file(item.ino);
            if (!row)
                return tl::unexpected(row.error());
            found.push_back(std::move(*row));
        }
        return {};
    });
    if (!done)
        return tl::unexpected(done.error());
    return found;
}

Result<std::optional<uint64_t>> Catalog::inodeOf(const QByteArray &path)
{
    const auto ino = m_database->value(QStringLiteral("SELECT ino FROM names WHERE path = ?"),
                                       {blob(path)});
    if (!ino)
        return tl::unexpected(ino.error());
    if (!ino->isValid())
        return std::nullopt;
    return ino->toULongLong();
}

Result<QVector<FileRow>> Catalog::failures(int limit, uint64_t afterIno)
{
    return rows(QStringLiteral("state = 2 AND ino > ? ORDER BY ino LIMIT ?"),
                {stored(afterIno), limit});
}

Result<CatalogCounts> Catalog::counts()
{
    CatalogCounts counts;
    const Status read = m_database->each(
        QStringLiteral("SELECT (SELECT count(*) FROM files), (SELECT count(*) FROM chunks),"
                       " (SELECT count(*) FROM queue) + (SELECT count(*) FROM past_queue),"
                       " (SELECT count(*) FROM files WHERE state = 2),"
                       " (SELECT count(*) FROM files WHERE chunk_count > 0 AND model = x'')"),
        {}, [&](const QSqlQuery &row) {
            counts = {row.value(0).toULongLong(), row.value(1).toULongLong(),
                      row.value(2).toULongLong(), row.value(3).toULongLong(),
                      row.value(4).toULongLong()};
            return true;
        });
    if (!read)
        return tl::unexpected(read.error());
    return counts;
}

Result<QVector<uint64_t>> Catalog::embeddedSince(uint64_t generation)
{
    QVector<uint64_t> inodes;
    const Status read = m_database->each(
        QStringLiteral("SELECT ino FROM files WHERE birth_generation > ? AND chunk_count > 0"),
        {stored(generation)}, [&](const QSqlQuery &row) {
            inodes.push_back(row.value(0).toULongLong());
            return true;
        });
    if (!read)
        return tl::unexpected(read.error());
    return inodes;
}

Result<uint64_t> Catalog::textFiles()
{
    const auto count
        = m_database->value(QStringLiteral("SELECT count(*) FROM files WHERE chunk_count > 0"));
    if (!count)
        return tl::unexpected(count.error());
    return count->toULongLong();
}

Status Catalog::eachText(const std::function<bool(const QString &, const QByteArray &)> &visit)
{
    return m_database->each(
        QStringLiteral("SELECT texts.title, unpacked(texts.body) FROM files"
                       " JOIN texts ON texts.ino = files.ino"
                       " WHERE files.chunk_count > 0"),
        {}, [&](const QSqlQuery &row) {
            return visit(row.value(0).toString(), row.value(1).toString().toUtf8());
        });
}

Status Catalog::setModelOfAll(const QByteArray &model)
{
    return inTransaction([&]() -> Status {
        const Status done = m_database->run(
            QStringLiteral("UPDATE files SET model = ? WHERE chunk_count > 0"), {model});
        return done ? raiseGeneration() : done;
    });
}

Result<QVector<uint64_t>> Catalog::notEmbedded(int limit)
{
    QVector<uint64_t> inodes;
    const Status read = m_database->each(
        QStringLiteral("SELECT ino FROM files WHERE chunk_count > 0 AND model = x''"
                       " ORDER BY ino LIMIT ?"),
        {limit}, [&](const QSqlQuery &row) {
            inodes.push_back(row.value(0).toULongLong());
            return true;
        });
    if (!read)
        return tl::unexpected(read.error());
    return inodes;
}

Status Catalog::setModelOf(const QVector<uint64_t> &inodes, const QByteArray &model)
{
    return inTransaction([&]() -> Status {
        Status done = raiseGeneration();
        const Result<uint64_t> now = done ? generation() : tl::unexpected(done.error());
        for (qsizetype i = 0; done && now && i < inodes.size(); ++i) {
            done = m_database->run(
                QStringLiteral("UPDATE files SET model = ?, birth_generation = ? WHERE ino = ?"),
                {model, stored(*now), stored(inodes[i])});
        }
        return now ? done : tl::unexpected(now.error());
    });
}

Result<uint64_t> Catalog::number(const QString &name)
{
    const auto value
        = m_database->value(QStringLiteral("SELECT value FROM meta WHERE key = ?"), {name});
    if (!value)
        return tl::unexpected(value.error());
    return value->toULongLong();
}

Status Catalog::setNumber(const QString &name, uint64_t value)
{
    return m_database->run(QStringLiteral("INSERT OR REPLACE INTO meta VALUES(?, ?)"),
                           {name, stored(value)});
}

Status Catalog::eachTextHash(const std::function<void(uint64_t, const QByteArray &)> &visit)
{
    return m_database->each(
        QStringLiteral("SELECT ino, text_hash FROM files WHERE chunk_count > 0"), {},
        [&](const QSqlQuery &row) {
            visit(row.value(0).toULongLong(), row.value(1).toByteArray());
            return true;
        });
}

Status Catalog::eachName(const std::function<bool(uint64_t, const QByteArray &)> &visit)
{
    return m_database->each(QStringLiteral("SELECT ino, path FROM names"), {},
                            [&](const QSqlQuery &row) {
                                return visit(row.value(0).toULongLong(),
                                             row.value(1).toByteArray());
                            });
}

Result<QVector<uint64_t>> Catalog::allInodes()
{
    QVector<uint64_t> inodes;
    const Status read
        = m_database->each(QStringLiteral("SELECT ino FROM files"), {}, [&](const QSqlQuery &row) {
              inodes.push_back(row.value(0).toULongLong());
              return true;
          });
    if (!read)
        return tl::unexpected(read.error());
    return inodes;
}

} // namespace vexfs::daemon

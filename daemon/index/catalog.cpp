// SPDX-License-Identifier: Apache-2.0
//
// The catalog: opening, feed and queue. Rows of files are in catalog_files.cpp, searches in
// catalog_search.cpp.
#include "daemon/index/catalog.h"

#include "daemon/index/catalog_schema.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

const QString kFileName = QStringLiteral("catalog.sqlite");
const QString kDamagedName = QStringLiteral("catalog.damaged");
const QString kVectorsName = QStringLiteral("vectors.vxi");

qint64 stored(uint64_t value)
{
    return static_cast<qint64>(value);
}

// Paths below a folder are those from "folder/" up to, not including, "folder0": '0' is '/' + 1.
QByteArray firstBelow(const QByteArray &path)
{
    return path.isEmpty() ? QByteArray("") : path + '/';
}

QByteArray endBelow(const QByteArray &path)
{
    return path.isEmpty() ? QByteArray("\xff\xff") : path + '0';
}

} // namespace

Catalog::Catalog(std::unique_ptr<Database> database) : m_database(std::move(database)) {}

Result<std::unique_ptr<Catalog>> Catalog::open(const QString &directory, Database::Access access)
{
    const QString path = directory + u'/' + kFileName;
    if (access == Database::Access::ReadOnly && !QFileInfo::exists(path))
        return fail(Errc::NotFound, QStringLiteral("no catalog at %1").arg(path));
    Result<std::unique_ptr<Database>> database = Database::open(path, access);
    if (!database)
        return tl::unexpected(database.error());
    std::unique_ptr<Catalog> self(new Catalog(std::move(*database)));
    if (const Status prepared = self->prepare(access); !prepared)
        return tl::unexpected(prepared.error());
    return self;
}

Status Catalog::prepare(Database::Access access)
{
    const Result<QVariant> version = m_database->value(QStringLiteral("PRAGMA user_version"));
    if (!version)
        return tl::unexpected(version.error());
    // SQLite's own choice, 2 MB, is less than searches in a few thousand files go through.
    QVector<const char *> pragmas{"PRAGMA cache_size = -16000"};
    if (access == Database::Access::ReadWrite) {
        // NORMAL: a power cut may take the last transactions, never the file's integrity; what is
        // lost is after the anchor again or in the queue.
        pragmas += {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL",
                    "PRAGMA wal_autocheckpoint = 4000"};
    }
    for (const char *pragma : pragmas) {
        const Status set = m_database->each(QLatin1String(pragma), {},
                                            [](const QSqlQuery &) { return true; });
        if (!set)
            return set;
    }
    if (version->toInt() == kSchemaVersion)
        return {};
    if (version->toInt() != 0 || access == Database::Access::ReadOnly) {
        return fail(Errc::Corrupt, QStringLiteral("catalog: schema %1 where %2 is known")
                                       .arg(version->toInt())
                                       .arg(kSchemaVersion));
    }
    return inTransaction([this]() -> Status {
        for (const char *statement : kSchema) {
            if (const Status made = m_database->run(QLatin1String(statement)); !made)
                return made;
        }
        return m_database->run(QStringLiteral("PRAGMA user_version = %1").arg(kSchemaVersion));
    });
}

Status Catalog::foldLog()
{
    // Where a reader is in the way, it is folded the next time.
    return m_database->each(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"), {},
                            [](const QSqlQuery &) { return true; });
}

Status Catalog::setAside(const QString &directory)
{
    const QDir folder(directory);
    const QString damaged = folder.filePath(kDamagedName);
    QFile::remove(damaged);
    QFile::remove(folder.filePath(kFileName + QStringLiteral("-wal")));
    QFile::remove(folder.filePath(kFileName + QStringLiteral("-shm")));
    // Its generations mean nothing to the catalog that comes after.
    QFile::remove(folder.filePath(kVectorsName));
    QFile file(folder.filePath(kFileName));
    if (file.exists() && !file.rename(damaged) && !file.remove()) {
        return fail(Errc::Failed, QStringLiteral("cannot set the damaged catalog %1 aside: %2")
                                      .arg(file.fileName(), file.errorString()));
    }
    return {};
}

uint64_t Catalog::bytesOnDisk(const QString &directory)
{
    qint64 bytes = 0;
    const QDir folder(directory);
    for (const QString &name : {kFileName, kFileName + QStringLiteral("-wal"), kVectorsName})
        bytes += QFileInfo(folder.filePath(name)).size();
    for (const QFileInfo &part : folder.entryInfoList({QStringLiteral("vectors-*")}, QDir::Files))
        bytes += part.size();
    return uint64_t(bytes);
}

QString Catalog::vectorIndexPath(const QString &directory)
{
    return directory + u'/' + kVectorsName;
}

Status Catalog::inTransaction(const std::function<Status()> &work)
{
    if (const Status begun = m_database->begin(); !begun)
        return begun;
    Status done = work();
    if (done)
        done = m_database->commit();
    if (!done)
        m_database->rollback();
    return done;
}

Status Catalog::raiseGeneration()
{
    return m_database->run(
        QStringLiteral("UPDATE meta SET value = value + 1 WHERE key = 'generation'"));
}

Result<uint64_t> Catalog::generation()
{
    const auto value = m_database->value(
        QStringLiteral("SELECT value FROM meta WHERE key = 'generation'"));
    if (!value)
        return tl::unexpected(value.error());
    return value->toULongLong();
}

Result<uint64_t> Catalog::anchor()
{
    const auto value
        = m_database->value(QStringLiteral("SELECT value FROM meta WHERE key = 'anchor'"));
    if (!value)
        return tl::unexpected(value.error());
    return value->toULongLong();
}

Status Catalog::applyFeed(const FeedBatch &batch, QVector<RetiredFile> *maybeRetired)
{
    return inTransaction([&]() -> Status {
        Status done = applyVersions(batch, maybeRetired);
        if (!done)
            return done;
        for (const uint64_t ino : batch.removed) {
            if (done = removeRows(ino); !done)
                return done;
        }
        if (batch.isComplete) {
            if (done = removeUnlisted(batch); !done)
                return done;
        }
        for (const DirectoryRow &directory : batch.directories) {
            done = m_database->run(
                QStringLiteral("INSERT OR REPLACE INTO directories VALUES(?, ?)"),
                {stored(directory.ino), directory.path});
            if (!done)
                return done;
        }
        for (const QueueItem &item : batch.queue) {
            if (done = putQueue(item, batch.isUrgent ? 1 : 0); !done)
                return done;
        }
        if (!batch.removed.isEmpty() || batch.isComplete) {
            if (done = raiseGeneration(); !done)
                return done;
        }
        return m_database->run(QStringLiteral("UPDATE meta SET value = ? WHERE key = 'anchor'"),
                               {stored(batch.anchor)});
    });
}

Status Catalog::removeUnlisted(const FeedBatch &batch)
{
    std::unordered_set<uint64_t> listed;
    for (const QueueItem &item : batch.queue)
        listed.insert(item.ino);
    for (const DirectoryRow &directory : batch.directories)
        listed.insert(directory.ino);
    QVector<uint64_t> gone;
    const Status read = m_database->each(
        QStringLiteral("SELECT ino FROM files UNION SELECT ino FROM directories"
                       " UNION SELECT ino FROM queue"),
        {}, [&](const QSqlQuery &row) {
            if (const uint64_t ino = row.value(0).toULongLong(); !listed.contains(ino))
                gone.push_back(ino);
            return true;
        });
    if (!read)
        return read;
    for (const uint64_t ino : gone) {
        if (const Status done = removeRows(ino); !done)
            return done;
    }
    return {};
}

Status Catalog::putQueue(const QueueItem &item, int priority)
{
    // A new sequence number for a file that waits already: whoever works on it at this moment
    // must not take it from the queue.
    uint32_t reasons = item.reasons;
    uint64_t birth = item.birthTree;
    const Status read = m_database->each(
        QStringLiteral("SELECT reasons, birth_tree FROM queue WHERE ino = ?"), {stored(item.ino)},
        [&](const QSqlQuery &row) {
            reasons |= row.value(0).toUInt();
            birth = birth != 0 ? birth : row.value(1).toULongLong();
            return false;
        });
    if (!read)
        return read;
    return m_database->run(
        QStringLiteral("INSERT OR REPLACE INTO queue(ino, reasons, priority, birth_tree)"
                       " VALUES(?, ?, ?, ?)"),
        {stored(item.ino), reasons, priority, stored(birth)});
}

Status Catalog::enqueue(const QVector<QueueItem> &items)
{
    return inTransaction([&]() -> Status {
        for (const QueueItem &item : items) {
            if (const Status done = putQueue(item, 0); !done)
                return done;
        }
        return {};
    });
}

Status Catalog::dropQueued(const QVector<QueueItem> &done)
{
    for (const QueueItem &item : done) {
        const Status dropped = m_database->run(
            QStringLiteral("DELETE FROM queue WHERE sequence = ?"), {stored(item.sequence)});
        if (!dropped)
            return dropped;
    }
    return {};
}

Result<QVector<QueueItem>> Catalog::nextQueued(int limit)
{
    QVector<QueueItem> items;
    const Status read = m_database->each(
        QStringLiteral("SELECT ino, reasons, sequence, birth_tree FROM queue"
                       " ORDER BY priority DESC, sequence LIMIT ?"),
        {limit}, [&](const QSqlQuery &row) {
            items.push_back({row.value(0).toULongLong(), row.value(1).toUInt(),
                             row.value(2).toULongLong(), row.value(3).toULongLong()});
            return true;
        });
    if (!read)
        return tl::unexpected(read.error());
    return items;
}

Result<uint64_t> Catalog::queuePosition(uint64_t ino)
{
    const auto position = m_database->value(
        QStringLiteral("SELECT (SELECT count(*) FROM queue q WHERE q.priority > me.priority"
                       " OR (q.priority = me.priority AND q.sequence <= me.sequence))"
                       " FROM queue me WHERE me.ino = ?"),
        {stored(ino)});
    if (!position)
        return tl::unexpected(position.error());
    return position->toULongLong();
}

Result<uint32_t> Catalog::queueReasons(uint64_t ino)
{
    const auto reasons = m_database->value(
        QStringLiteral("SELECT reasons FROM queue WHERE ino = ?"), {stored(ino)});
    if (!reasons)
        return tl::unexpected(reasons.error());
    return reasons->toUInt();
}

Result<QVector<DirectoryRow>> Catalog::directoriesBelow(const QByteArray &path)
{
    QVector<DirectoryRow> rows;
    const Status read = m_database->each(
        QStringLiteral("SELECT ino, path FROM directories WHERE path >= ? AND path < ?"),
        {firstBelow(path), endBelow(path)}, [&](const QSqlQuery &row) {
            rows.push_back({row.value(0).toULongLong(), row.value(1).toByteArray()});
            return true;
        });
    if (!read)
        return tl::unexpected(read.error());
    return rows;
}

Result<std::optional<QByteArray>> Catalog::directoryPath(uint64_t ino)
{
    const auto path = m_database->value(
        QStringLiteral("SELECT path FROM directories WHERE ino = ?"), {stored(ino)});
    if (!path)
        return tl::unexpected(path.error());
    if (!path->isValid())
        return std::nullopt;
    return path->toByteArray();
}

Result<QVector<uint64_t>> Catalog::filesBelow(const QByteArray &path)
{
    QVector<uint64_t> inodes;
    const Status read = m_database->each(
        QStringLiteral("SELECT DISTINCT ino FROM names WHERE path >= ? AND path < ?"),
        {firstBelow(path), endBelow(path)}, [&](const QSqlQuery &row) {
            inodes.push_back(row.value(0).toULongLong());
            return true;
        });
    if (!read)
        return tl::unexpected(read.error());
    return inodes;
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/folder_record.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLoggingCategory>

#include <sqlite3.h>

Q_LOGGING_CATEGORY(logRecord, "vexfs.folder.record")

namespace vexfs::daemon {

using base::Errc;
using base::Result;
using base::Status;

namespace {

constexpr int kVersion = 1;
constexpr int kBusyMs = 5000;

// The clock and chance, so that a record begun anew does not reuse the anchors of the one before.
const char kSchema[] =
    "CREATE TABLE numbers(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE nodes(ino INTEGER PRIMARY KEY, mode INTEGER NOT NULL, size INTEGER NOT NULL,"
    " mtime INTEGER NOT NULL, ctime INTEGER NOT NULL);"
    "CREATE TABLE links(parent INTEGER NOT NULL, name BLOB NOT NULL, ino INTEGER NOT NULL,"
    " PRIMARY KEY(parent, name)) WITHOUT ROWID;"
    "CREATE INDEX links_ino ON links(ino);"
    "CREATE TABLE changes(ino INTEGER PRIMARY KEY, kinds INTEGER NOT NULL, mode INTEGER NOT NULL,"
    " generation INTEGER NOT NULL);"
    "CREATE TABLE anchors(id INTEGER PRIMARY KEY);"
    "CREATE TABLE vectors(ino INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"
    "INSERT INTO numbers VALUES('generation',"
    " strftime('%s', 'now') * 1000000 + abs(random() % 1000000));"
    "PRAGMA user_version = 1;";

tl::unexpected<base::Error> failSqlite(sqlite3 *database, int code)
{
    const QString why = QStringLiteral("The record of a folder: ")
        + QString::fromUtf8(database ? sqlite3_errmsg(database) : sqlite3_errstr(code));
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return base::fail(Errc::Corrupt, why);
    case SQLITE_FULL:
        return base::fail(Errc::NoSpace, why);
    default:
        return base::fail(Errc::Failed, why);
    }
}

} // namespace

/// One run of a statement. SQLite compiles these in a few microseconds.
class FolderRecord::Statement
{
public:
    Statement(sqlite3 *database, const char *sql) : m_database(database)
    {
        m_code = sqlite3_prepare_v2(database, sql, -1, &m_statement, nullptr);
    }
    ~Statement() { sqlite3_finalize(m_statement); }
    Statement(const Statement &) = delete;
    Statement &operator=(const Statement &) = delete;

    Statement &bind(uint64_t value)
    {
        if (m_code == SQLITE_OK)
            m_code = sqlite3_bind_int64(m_statement, ++m_bound, static_cast<sqlite3_int64>(value));
        return *this;
    }
    Statement &bind(const QByteArray &value)
    {
        if (m_code == SQLITE_OK) {
            m_code = sqlite3_bind_blob64(m_statement, ++m_bound, value.constData(),
                                         static_cast<sqlite3_uint64>(value.size()),
                                         SQLITE_TRANSIENT);
        }
        return *this;
    }
    /// False at the end, and when something is wrong: see status().
    bool next()
    {
        if (m_code == SQLITE_OK || m_code == SQLITE_ROW)
            m_code = sqlite3_step(m_statement);
        return m_code == SQLITE_ROW;
    }
    uint64_t number(int column) const
    {
        return static_cast<uint64_t>(sqlite3_column_int64(m_statement, column));
    }
    QByteArray bytes(int column) const
    {
        const auto *data = static_cast<const char *>(sqlite3_column_blob(m_statement, column));
        return QByteArray(data, sqlite3_column_bytes(m_statement, column));
    }
    Status status() const
    {
        if (m_code == SQLITE_OK || m_code == SQLITE_ROW || m_code == SQLITE_DONE)
            return {};
        return failSqlite(m_database, m_code);
    }
    Status run()
    {
        next();
        return status();
    }

private:
    sqlite3 *m_database;
    sqlite3_stmt *m_statement = nullptr;
    int m_code = SQLITE_OK;
    int m_bound = 0;
};

Result<std::unique_ptr<FolderRecord>> FolderRecord::open(const QString &file)
{
    QDir().mkpath(QFileInfo(file).absolutePath());
    for (bool isSecond : {false, true}) {
        std::unique_ptr<FolderRecord> self(new FolderRecord);
        const int code = sqlite3_open_v2(
            QFile::encodeName(file).constData(), &self->m_database,
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
        const Status prepared = code == SQLITE_OK
            ? self->prepare()
            : Status(failSqlite(self->m_database, code));
        if (prepared)
            return self;
        if (isSecond || prepared.error().code != Errc::Corrupt)
            return tl::unexpected(prepared.error());
        qCWarning(logRecord).noquote() << prepared.error().what << "; it is begun anew";
        self.reset();
        for (const char *suffix : {"", "-wal", "-shm"})
            QFile::remove(file + QLatin1String(suffix));
    }
    return base::fail(Errc::Failed, QStringLiteral("not reached"));
}

FolderRecord::~FolderRecord()
{
    sqlite3_close(m_database);
}

Status FolderRecord::prepare()
{
    sqlite3_busy_timeout(m_database, kBusyMs);
    if (const Status set = run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"); !set)
        return set;
    Statement version(m_database, "PRAGMA user_version");
    const bool isThere = version.next() && version.number(0) != 0;
    if (const Status read = version.status(); !read)
        return read;
    if (isThere && version.number(0) != kVersion)
        return base::fail(Errc::Corrupt,
                          QStringLiteral("The record of a folder is of another version"));
    if (!isThere)
        return run(kSchema);
    Statement check(m_database, "PRAGMA quick_check(1)");
    if (check.next() && check.bytes(0) != "ok")
        return base::fail(Errc::Corrupt, QStringLiteral("The record of a folder is damaged"));
    return check.status();
}

Status FolderRecord::run(const char *sql)
{
    const int code = sqlite3_exec(m_database, sql, nullptr, nullptr, nullptr);
    return code == SQLITE_OK ? Status() : Status(failSqlite(m_database, code));
}

Status FolderRecord::begin()
{
    return run("BEGIN IMMEDIATE");
}

Status FolderRecord::commit()
{
    return run("COMMIT");
}

void FolderRecord::rollback()
{
    (void)sqlite3_exec(m_database, "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<uint64_t> FolderRecord::number(const char *name)
{
    Statement statement(m_database, "SELECT value FROM numbers WHERE name = CAST(? AS TEXT)");
    statement.bind(QByteArray(name));
    const uint64_t value = statement.next() ? statement.number(0) : 0;
    if (const Status read = statement.status(); !read)
        return tl::unexpected(read.error());
    return value;
}

Status FolderRecord::setNumber(const char *name, uint64_t value)
{
    Statement statement(m_database,
                        "INSERT OR REPLACE INTO numbers VALUES(CAST(? AS TEXT), ?)");
    return statement.bind(QByteArray(name)).bind(value).run();
}

Result<std::optional<FolderNode>> FolderRecord::node(uint64_t ino)
{
    Statement statement(m_database, "SELECT mode, size, mtime, ctime FROM nodes WHERE ino = ?");
    std::optional<FolderNode> found;
    if (statement.bind(ino).next()) {
        found = FolderNode{ino, static_cast<uint32_t>(statement.number(0)), statement.number(1),
                           static_cast<int64_t>(statement.number(2)),
                           static_cast<int64_t>(statement.number(3))};
    }
    if (const Status read = statement.status(); !read)
        return tl::unexpected(read.error());
    return found;
}

Status FolderRecord::putNode(const FolderNode &node)
{
    Statement statement(m_database, "INSERT OR REPLACE INTO nodes VALUES(?, ?, ?, ?, ?)");
    return statement.bind(node.ino)
        .bind(uint64_t(node.mode))
        .bind(node.sizeBytes)
        .bind(static_cast<uint64_t>(node.mtimeNs))
        .bind(static_cast<uint64_t>(node.ctimeNs))
        .run();
}

Status FolderRecord::removeNode(uint64_t ino)
{
    Statement vectors(m_database, "DELETE FROM vectors WHERE ino = ?");
    if (const Status removed = vectors.bind(ino).run(); !removed)
        return removed;
    Statement nodes(m_database, "DELETE FROM nodes WHERE ino = ?");
    return nodes.bind(ino).run();
}

Result<uint64_t> FolderRecord::nodeCount()
{
    Statement statement(m_database, "SELECT count(*) FROM nodes");
    const uint64_t count = statement.next() ? statement.number(0) : 0;
    if (const Status read = statement.status(); !read)
        return tl::unexpected(read.error());
    return count;
}

Result<std::optional<uint64_t>> FolderRecord::linked(uint64_t parent, const QByteArray &name)
{
    Statement statement(m_database, "SELECT ino FROM links WHERE parent = ? AND name = ?");
    std::optional<uint64_t> ino;
    if (statement.bind(parent).bind(name).next())
        ino = statement.number(0);
    if (const Status read = statement.status(); !read)
        return tl::unexpected(read.error());
    return ino;
}

Status FolderRecord::putLink(const FolderLink &link)
{
    Statement statement(m_database, "INSERT OR REPLACE INTO links VALUES(?, ?, ?)");
    return statement.bind(link.parent).bind(link.name).bind(link.ino).run();
}

Status FolderRecord::removeLink(uint64_t parent, const QByteArray &name)
{
    Statement statement(m_database, "DELETE FROM links WHERE parent = ? AND name = ?");
    return statement.bind(parent).bind(name).run();
}

Result<QVector<FolderLink>> FolderRecord::linksOf(uint64_t ino)
{
    Statement statement(m_database, "SELECT parent, name FROM links WHERE ino = ?");
    statement.bind(ino);
    QVector<FolderLink> links;
    while (statement.next())
        links.push_back({statement.number(0), statement.bytes(1), ino});
    if (const Status read = statement.status(); !read)
        return tl::unexpected(read.error());
    return links;
}

Result<QVector<FolderLink>> FolderRecord::entriesOf(uint64_t parent)
{
    Statement statement(m_database, "SELECT name, ino FROM links WHERE parent = ?");
    statement.bind(parent);
    QVector<FolderLink> links;
    while (statement.next())
        links.push_back({parent, statement.bytes(0), statement.number(1)});
    if (const Status read = statement.status(); !read)
        return tl::unexpected(read.error());
    return links;
}

Status FolderRecord::addChange(const VolumeChange &change, uint64_t generation)
{
    // What went and came back is told as both: the number may be another file's now.
    Statement statement(m_database,
                        "INSERT INTO changes VALUES(?1, ?2, ?3, ?4) ON CONFLICT(ino) DO UPDATE SET"
                        " kinds = CASE WHEN ?2 = 2 THEN 2 ELSE kinds | ?2 END,"
                        " mode = ?3, generation = ?4");
    return statement.bind(change.ino)
        .bind(uint64_t(change.kinds))
        .bind(uint64_t(change.mode))
        .bind(generation)
        .run();
}

Result<QVector<VolumeChange>> FolderRecord::changes(uint64_t after, uint64_t until,
                                                    uint64_t afterIno, int limit)
{
    Statement statement(m_database, "SELECT ino, kinds, mode FROM changes WHERE generation > ?"
                                    " AND generation <= ? AND ino > ? ORDER BY ino LIMIT ?");
    statement.bind(after).bind(until).bind(afterIno).bind(uint64_t(limit));
    QVector<VolumeChange> found;
    while (statement.next()) {
        found.push_back({statement.number(0), static_cast<uint32_t>(statement.number(1)),
                         static_cast<uint32_t>(statement.number(2))});
    }
    if (const Status read = statement.status(); !read)
        return tl::unexpected(read.error());
    return found;
}

Result<QVector<VolumeChange>> FolderRecord::everything(uint64_t afterIno, int limit)
{
    Statement statement(m_database,
                        "SELECT ino, mode FROM nodes WHERE ino > ? ORDER BY ino LIMIT ?");
    statement.bind(afterIno).bind(uint64_t(limit));
    QVector<VolumeChange> found;
    while (statement.next()) {
        found.push_back(
            {statement.number(0), ChangeCreated, static_cast<uint32_t>(statement.number(1))});
    }
    if (const Status read = statement.status(); !read)
        return tl::unexpected(read.error());
    return found;
}

Status FolderRecord::addAnchor(uint64_t id)
{
    Statement statement(m_database, "INSERT INTO anchors VALUES(?)");
    const Status added = statement.bind(id).run();
    return added ? forgetChanges() : added;
}

Status FolderRecord::removeAnchor(uint64_t id)
{
    Statement statement(m_database, "DELETE FROM anchors WHERE id = ?");
    if (const Status removed = statement.bind(id).run(); !removed)
        return removed;
    if (sqlite3_changes(m_database) == 0)
        return base::fail(Errc::NotFound, QStringLiteral("There is no anchor %1").arg(id));
    return forgetChanges();
}

Status FolderRecord::forgetChanges()
{
    return run("DELETE FROM changes WHERE generation <= (SELECT min(id) FROM anchors)");
}

Result<QVector<uint64_t>> FolderRecord::anchors()
{
    Statement statement(m_database, "SELECT id FROM anchors ORDER BY id");
    QVector<uint64_t> found;
    while (statement.next())
        found.push_back(statement.number(0));
    if (const Status read = statement.status(); !read)
        return tl::unexpected(read.error());
    return found;
}

Result<QByteArray> FolderRecord::vectors(uint64_t ino)
{
    Statement statement(m_database, "SELECT bytes FROM vectors WHERE ino = ?");
    QByteArray bytes;
    if (statement.bind(ino).next())
        bytes = statement.bytes(0);
    if (const Status read = statement.status(); !read)
        return tl::unexpected(read.error());
    return bytes;
}

Status FolderRecord::putVectors(uint64_t ino, const QByteArray &bytes)
{
    Statement statement(m_database, bytes.isEmpty()
                                        ? "DELETE FROM vectors WHERE ino = ?"
                                        : "INSERT OR REPLACE INTO vectors VALUES(?, ?)");
    statement.bind(ino);
    if (!bytes.isEmpty())
        statement.bind(bytes);
    return statement.run();
}

} // namespace vexfs::daemon

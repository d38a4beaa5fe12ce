// SPDX-License-Identifier: Apache-2.0
#include "daemon/index/database.h"

#include "daemon/index/packed_text.h"

#include <QAtomicInteger>
#include <QSqlDriver>
#include <QSqlError>

#include <sqlite3.h>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

Errc codeOf(const QSqlError &error)
{
    switch (error.nativeErrorCode().toInt() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return Errc::Busy;
    case SQLITE_READONLY:
        return Errc::ReadOnly;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return Errc::Corrupt;
    case SQLITE_FULL:
        return Errc::NoSpace;
    default:
        return Errc::Failed;
    }
}

tl::unexpected<base::Error> failSql(const QString &path, const QSqlError &error)
{
    return fail(codeOf(error), QStringLiteral("catalog %1: %2").arg(path, error.text()));
}

void isAmong(sqlite3_context *context, int, sqlite3_value **values)
{
    const auto *keys
        = *static_cast<const std::unordered_set<uint64_t> **>(sqlite3_user_data(context));
    const auto key = static_cast<uint64_t>(sqlite3_value_int64(values[0]));
    sqlite3_result_int(context, keys && keys->contains(key) ? 1 : 0);
}

} // namespace

Result<std::unique_ptr<Database>> Database::open(const QString &path, Access access)
{
    static QAtomicInteger<quint64> number;
    std::unique_ptr<Database> self(new Database);
    self->m_path = path;
    self->m_name = QStringLiteral("vexfs-catalog-%1").arg(number.fetchAndAddRelaxed(1));
    self->m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), self->m_name);
    self->m_database.setDatabaseName(path);
    self->m_database.setConnectOptions(
        access == Access::ReadOnly
            ? QStringLiteral("QSQLITE_OPEN_READONLY;QSQLITE_BUSY_TIMEOUT=5000")
            : QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"));
    if (!self->m_database.open())
        return failSql(path, self->m_database.lastError());
    if (const Status added = self->addFunctions(); !added)
        return tl::unexpected(added.error());
    return self;
}

Status Database::addFunctions()
{
    const QVariant handle = m_database.driver()->handle();
    if (qstrcmp(handle.typeName(), "sqlite3*") != 0) {
        return fail(Errc::Failed,
                    QStringLiteral("catalog %1: Qt's driver is not of SQLite").arg(m_path));
    }
    sqlite3 *connection = *static_cast<sqlite3 *const *>(handle.constData());
    int done = sqlite3_create_function_v2(connection, "is_among", 1, SQLITE_UTF8, &m_among,
                                          isAmong, nullptr, nullptr, nullptr);
    if (done == SQLITE_OK)
        done = addPackedText(connection);
    if (done != SQLITE_OK) {
        return fail(Errc::Failed, QStringLiteral("catalog %1: %2")
                                      .arg(m_path, QLatin1String(sqlite3_errstr(done))));
    }
    return {};
}

Database::~Database()
{
    m_statements.clear();
    m_database.close();
    m_database = QSqlDatabase();
    QSqlDatabase::removeDatabase(m_name);
}

Result<QSqlQuery *> Database::execute(const QString &sql, const QVariantList &values)
{
    std::unique_ptr<QSqlQuery> &query = m_statements[sql];
    if (!query) {
        query = std::make_unique<QSqlQuery>(m_database);
        query->setForwardOnly(true);
        if (!query->prepare(sql)) {
            const QSqlError error = query->lastError();
            m_statements.erase(sql);
            return failSql(m_path, error);
        }
    }
    for (qsizetype i = 0; i < values.size(); ++i)
        query->bindValue(int(i), values[i]);
    if (!query->exec()) {
        const QSqlError error = query->lastError();
        query->finish();
        return failSql(m_path, error);
    }
    return query.get();
}

Status Database::finish(QSqlQuery &query)
{
    // next() is false at the end and on an error alike.
    const QSqlError error = query.lastError();
    query.finish();
    if (error.isValid())
        return failSql(m_path, error);
    return {};
}

Status Database::run(const QString &sql, const QVariantList &values)
{
    const Result<QSqlQuery *> query = execute(sql, values);
    if (!query)
        return tl::unexpected(query.error());
    (*query)->finish();
    return {};
}

Result<QVariant> Database::value(const QString &sql, const QVariantList &values)
{
    QVariant first;
    const Status done = each(sql, values, [&](const QSqlQuery &row) {
        first = row.value(0);
        return false;
    });
    if (!done)
        return tl::unexpected(done.error());
    return first;
}

void Database::rollback()
{
    QSqlQuery query(m_database);
    query.exec(QStringLiteral("ROLLBACK"));
}

} // namespace vexfs::daemon

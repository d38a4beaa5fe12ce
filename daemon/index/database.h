// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/database.h - SQLite through Qt SQL, with our errors.
#pragma once

#include "common/base/error.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>
#include <QVariantList>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace vexfs::daemon {

/// One connection. Owner and thread: whoever opened it, from the same thread only (Qt SQL's rule).
class Database
{
public:
    enum class Access { ReadOnly, ReadWrite };

    /// Fails with Corrupt, NoSpace, ReadOnly, Busy, Failed.
    static base::Result<std::unique_ptr<Database>> open(const QString &path, Access access);
    ~Database();
    Database(const Database &) = delete;
    Database &operator=(const Database &) = delete;

    /// Runs a statement that gives no rows. Prepared statements are kept by their text.
    base::Status run(const QString &sql, const QVariantList &values = {});

    /// Runs a statement and hands each row to visit; visit may return false to stop.
    template <class Visitor>
    base::Status each(const QString &sql, const QVariantList &values, Visitor &&visit);

    /// First column of the first row; an invalid variant when there is none.
    base::Result<QVariant> value(const QString &sql, const QVariantList &values = {});

    /// Which keys the SQL function is_among(key) is true of, until this is called again; the set is
    /// borrowed. So that a statement need not rank, or give out, what nobody asked for.
    void setAmong(const std::unordered_set<uint64_t> &keys) { m_among = &keys; }

    base::Status begin() { return run(QStringLiteral("BEGIN IMMEDIATE")); }
    base::Status commit() { return run(QStringLiteral("COMMIT")); }
    /// Undoes what begin() started; harmless when nothing did.
    void rollback();

private:
    Database() = default;
    base::Result<QSqlQuery *> execute(const QString &sql, const QVariantList &values);
    base::Status finish(QSqlQuery &query);
    base::Status addFunctions();

    QString m_name;
    QString m_path;
    QSqlDatabase m_database;
    const std::unordered_set<uint64_t> *m_among = nullptr;
    std::unordered_map<QString, std::unique_ptr<QSqlQuery>> m_statements;
};

template <class Visitor>
base::Status Database::each(const QString &sql, const QVariantList &values, Visitor &&visit)
{
    const base::Result<QSqlQuery *> query = execute(sql, values);
    if (!query)
        return tl::unexpected(query.error());
    while ((*query)->next()) {
        if (!visit(**query))
            break;
    }
    return finish(**query);
}

} // namespace vexfs::daemon

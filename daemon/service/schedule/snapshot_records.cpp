// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/schedule/snapshot_records.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLoggingCategory>

#include <algorithm>

namespace vexfs::daemon {

Q_LOGGING_CATEGORY(logRecords, "vexfs.schedule.records")

using base::Errc;
using base::fail;
using base::Result;
using base::Status;

namespace {

constexpr int kSchemaVersion = 1;

const QString kEnabled = QStringLiteral("enabled");
const QString kKeep = QStringLiteral("keep");
const QString kMinutes = QStringLiteral("frequent-minutes");
const QString kMinFree = QStringLiteral("min-free-percent");
const QString kSkip = QStringLiteral("skip-unchanged");

QByteArray textOf(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QByteArray jsonOf(const SnapshotSchedule &schedule)
{
    QJsonArray keep;
    for (const uint32_t each : schedule.keep)
        keep.append(qint64(each));
    return textOf({{kEnabled, schedule.isEnabled},
                   {kKeep, keep},
                   {kMinutes, qint64(schedule.frequentMinutes)},
                   {kMinFree, schedule.minFreePct},
                   {kSkip, schedule.skipUnchanged}});
}

// Anybody may have written the file: numbers are brought into their limits.
SnapshotSchedule scheduleFrom(const QByteArray &text)
{
    const QJsonObject object = QJsonDocument::fromJson(text).object();
    SnapshotSchedule schedule;
    const QJsonArray keep = object[kKeep].toArray();
    for (size_t i = 0; i < kPeriods; ++i) {
        const int count = keep.at(qsizetype(i)).toInt(int(schedule.keep[i]));
        schedule.keep[i] = uint32_t(std::clamp(count, 0, int(SnapshotSchedule::kCountMax)));
    }
    schedule.isEnabled = object[kEnabled].toBool();
    schedule.frequentMinutes = uint32_t(
        std::clamp(object[kMinutes].toInt(int(schedule.frequentMinutes)), 1,
                   int(SnapshotSchedule::kMinutesMax)));
    schedule.minFreePct = std::clamp(object[kMinFree].toDouble(schedule.minFreePct), 0.0, 100.0);
    schedule.skipUnchanged = object[kSkip].toBool(schedule.skipUnchanged);
    return schedule;
}

QByteArray jsonOf(const QMap<QString, QString> &metadata)
{
    QJsonObject object;
    for (auto each = metadata.constBegin(); each != metadata.constEnd(); ++each)
        object.insert(each.key(), each.value());
    return textOf(object);
}

QMap<QString, QString> metadataFrom(const QByteArray &text)
{
    const QJsonObject object = QJsonDocument::fromJson(text).object();
    QMap<QString, QString> metadata;
    for (auto each = object.constBegin(); each != object.constEnd(); ++each)
        metadata.insert(each.key(), each.value().toString());
    return metadata;
}

Status verify(const SnapshotRecord &record)
{
    const bool isShort = std::all_of(
        record.metadata.keyValueBegin(), record.metadata.keyValueEnd(), [](const auto &each) {
            return std::max(each.first.size(), each.second.size()) <= kRecordTextMax;
        });
    if (!isShort || record.description.size() > kRecordTextMax
        || record.metadata.size() > kRecordEntriesMax) {
        return fail(Errc::InvalidArgs,
                    QStringLiteral("At most %1 letters, and %2 entries of metadata")
                        .arg(kRecordTextMax)
                        .arg(kRecordEntriesMax));
    }
    return {};
}

Status prepare(Database &database)
{
    const Result<QVariant> version = database.value(QStringLiteral("PRAGMA user_version"));
    if (!version)
        return tl::unexpected(version.error());
    if (version->toInt() == kSchemaVersion)
        return {};
    if (version->toInt() != 0) {
        return fail(Errc::NotSupported, QStringLiteral("The notes on snapshots are of a newer "
                                                       "version, %1").arg(version->toInt()));
    }
    Status done = database.begin();
    for (const char *sql :
         {"CREATE TABLE IF NOT EXISTS snapshots(id INTEGER PRIMARY KEY, description TEXT NOT NULL,"
          " cleanup TEXT NOT NULL, keep_until_us INTEGER NOT NULL, metadata BLOB NOT NULL)",
          "CREATE TABLE IF NOT EXISTS settings(name TEXT PRIMARY KEY, value BLOB NOT NULL)",
          "PRAGMA user_version = 1", "COMMIT"}) {
        if (done)
            done = database.run(QLatin1String(sql));
    }
    if (!done)
        database.rollback();
    return done;
}

} // namespace

Result<SnapshotRecords> SnapshotRecords::open(const QByteArray &directory, Database::Access access)
{
    const QString path = QFile::decodeName(directory) + QStringLiteral("/snapshots.sqlite");
    auto records = openFile(path, access);
    // Somebody was killed while writing: what is half there has to be taken back first.
    if (!records && records.error().code == Errc::ReadOnly)
        records = openFile(path, Database::Access::ReadWrite);
    if (records || records.error().code != Errc::Corrupt)
        return records;
    const QString aside = path + QStringLiteral(".damaged");
    QFile::remove(aside);
    if (!QFile::rename(path, aside))
        return records;
    qCWarning(logRecords).noquote() << QStringLiteral("%1 is damaged and was set aside").arg(path);
    return openFile(path, access);
}

Result<SnapshotRecords> SnapshotRecords::openFile(const QString &path, Database::Access access)
{
    const bool isToRead = access == Database::Access::ReadOnly;
    if (isToRead && !QFile::exists(path))
        return SnapshotRecords(nullptr);
    auto database = Database::open(path, access);
    if (!database)
        return tl::unexpected(database.error());
    // Some kilobytes.
    const auto checked = (*database)->value(QStringLiteral("PRAGMA quick_check"));
    if (!checked)
        return tl::unexpected(checked.error());
    if (checked->toString() != QLatin1String("ok"))
        return fail(Errc::Corrupt, checked->toString());
    if (const Status prepared = isToRead ? Status{} : prepare(**database); !prepared)
        return tl::unexpected(prepared.error());
    return SnapshotRecords(std::move(*database));
}

Result<QHash<uint64_t, SnapshotRecord>> SnapshotRecords::all()
{
    QHash<uint64_t, SnapshotRecord> out;
    if (!m_maybeDatabase)
        return out;
    const Status done = m_maybeDatabase->each(
        QStringLiteral("SELECT id, description, cleanup, keep_until_us, metadata FROM snapshots"),
        {}, [&out](const QSqlQuery &row) {
            out.insert(row.value(0).toULongLong(),
                       {row.value(1).toString(), row.value(2).toString(),
                        row.value(3).toLongLong(), metadataFrom(row.value(4).toByteArray())});
            return true;
        });
    if (!done)
        return tl::unexpected(done.error());
    return out;
}

Status SnapshotRecords::put(uint64_t id, const SnapshotRecord &record)
{
    if (const Status fits = verify(record); !fits)
        return fits;
    // No text at all would be NULL.
    const QString description = record.description.isNull() ? QString::fromUtf8("")
                                                            : record.description;
    return m_maybeDatabase->run(
        QStringLiteral("INSERT OR REPLACE INTO snapshots VALUES(?, ?, ?, ?, ?)"),
        {qulonglong(id), description, record.cleanup, qlonglong(record.keepUntilUs),
         jsonOf(record.metadata)});
}

Status SnapshotRecords::keepOnly(const QSet<uint64_t> &ids)
{
    const auto known = all();
    if (!known)
        return tl::unexpected(known.error());
    for (auto each = known->constBegin(); each != known->constEnd(); ++each) {
        if (ids.contains(each.key()))
            continue;
        const Status done = m_maybeDatabase->run(
            QStringLiteral("DELETE FROM snapshots WHERE id = ?"), {qulonglong(each.key())});
        if (!done)
            return done;
    }
    return {};
}

Result<SnapshotSchedule> SnapshotRecords::schedule()
{
    if (!m_maybeDatabase)
        return SnapshotSchedule();
    const auto text = m_maybeDatabase->value(
        QStringLiteral("SELECT value FROM settings WHERE name = 'schedule'"));
    if (!text)
        return tl::unexpected(text.error());
    return scheduleFrom(text->toByteArray());
}

Result<SnapshotSchedule>
SnapshotRecords::changeSchedule(const std::function<Status(SnapshotSchedule &)> &edit)
{
    if (const Status begun = m_maybeDatabase->begin(); !begun)
        return tl::unexpected(begun.error());
    Result<SnapshotSchedule> now = schedule();
    Status done = now ? edit(*now) : tl::unexpected(now.error());
    if (done) {
        done = m_maybeDatabase->run(
            QStringLiteral("INSERT OR REPLACE INTO settings VALUES('schedule', ?)"),
            {jsonOf(*now)});
    }
    if (done)
        done = m_maybeDatabase->commit();
    if (!done) {
        m_maybeDatabase->rollback();
        return tl::unexpected(done.error());
    }
    return now;
}

} // namespace vexfs::daemon

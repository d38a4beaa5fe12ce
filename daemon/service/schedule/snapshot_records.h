// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/schedule/snapshot_records.h - what is noted of snapshots, and their schedule.
//
// Kept in the volume, beside its index: it travels with it. A snapshot of which nothing is noted is
// one that somebody took by hand.
#pragma once

#include "daemon/index/database.h"
#include "daemon/snapshots/retention.h"

#include <QHash>
#include <QMap>
#include <QSet>

#include <functional>

namespace vexfs::daemon {

const QString kManualCleanup = QStringLiteral("manual");
const QString kTimelineCleanup = QStringLiteral("timeline");

struct SnapshotRecord
{
    QString description;
    QString cleanup = kManualCleanup;
    int64_t keepUntilUs = 0;  ///< No schedule deletes it before; 0 for no such time.
    QMap<QString, QString> metadata;
    bool operator==(const SnapshotRecord &) const = default;
};

/// Longer texts, and more of them, are refused.
constexpr qsizetype kRecordTextMax = 4096;
constexpr qsizetype kRecordEntriesMax = 64;

/// One connection. Owner and thread: one call. Fails as Database does.
class SnapshotRecords
{
public:
    /// directory: that of the volume's index. To read, what is not there is empty. What is damaged
    /// is set aside as *.damaged, and all is empty: then nothing is taken by itself, or deleted.
    static base::Result<SnapshotRecords> open(const QByteArray &directory,
                                              Database::Access access);

    /// By id. What there is no record of is not among them.
    base::Result<QHash<uint64_t, SnapshotRecord>> all();
    /// On disk when it returns. InvalidArgs when it is too long.
    base::Status put(uint64_t id, const SnapshotRecord &record);
    /// Forgets those of snapshots that are gone.
    base::Status keepOnly(const QSet<uint64_t> &ids);

    base::Result<SnapshotSchedule> schedule();
    /// Changes it as one step, whoever else does so at the same time. Fails as edit does.
    base::Result<SnapshotSchedule>
    changeSchedule(const std::function<base::Status(SnapshotSchedule &)> &edit);

private:
    static base::Result<SnapshotRecords> openFile(const QString &path, Database::Access access);

    explicit SnapshotRecords(std::unique_ptr<Database> maybeDatabase)
        : m_maybeDatabase(std::move(maybeDatabase))
    {
    }

    std::unique_ptr<Database> m_maybeDatabase;
};

} // namespace vexfs::daemon

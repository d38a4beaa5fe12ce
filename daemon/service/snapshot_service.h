// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/snapshot_service.h - snapshots of mounted volumes.
#pragma once

#include "common/base/error.h"
#include "daemon/jobs/job.h"

#include <QObject>

namespace vexfs::daemon {

class VolumeService;

struct SnapshotRow
{
    uint64_t id = 0;
    QString name;
    QByteArray path; ///< Where its tree can be seen.
    int64_t createdUs = 0;
    uint64_t inodes = 0;
    bool isWritable = false;
};

struct SnapshotQuery
{
    int limit = 100;
    uint64_t after = 0; ///< Id of the last row of the page before; 0 for the first page.
    int64_t sinceUs = 0;
    int64_t untilUs = 0; ///< 0 is open.
    QString text;        ///< Part of the name, in any case.
};

/// Newest first.
struct SnapshotPage
{
    QList<SnapshotRow> rows;
    uint64_t next = 0; ///< 0 on the last page.
    uint64_t total = 0;
};

/// Owner: main; thread: any but that of the bus, every call may block.
class SnapshotService : public QObject
{
    Q_OBJECT

public:
    explicit SnapshotService(VolumeService *volumes, QObject *parent = nullptr);

    /// Returns the name; makes one from the time when it is empty. AlreadyExists, InvalidArgs.
    base::Result<QString> create(const QString &uuid, const QString &name, bool isWritable);

    base::Result<SnapshotPage> list(const QString &uuid, const SnapshotQuery &query);

    /// NotFound when one of the names does not exist.
    base::Status verifyNames(const QString &uuid, const QStringList &names);

    /// The work of a job that deletes them.
    JobWork deletion(const QString &uuid, const QStringList &names);

Q_SIGNALS:
    void added(const QString &uuid, const QStringList &names);
    void removed(const QString &uuid, const QStringList &names);

private:
    VolumeService *const m_volumes;
};

} // namespace vexfs::daemon

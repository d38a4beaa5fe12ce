// SPDX-License-Identifier: Apache-2.0
//
// daemon/service/snapshot_service.h - snapshots of mounted volumes.
#pragma once

#include "common/base/error.h"
#include "daemon/jobs/job.h"
#include "daemon/service/schedule/snapshot_records.h"
#include "daemon/snapshots/snapshot_control.h"
#include "daemon/snapshots/snapshot_restore.h"

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
    bool isLocked = false;
    SnapshotRecord record;
    std::optional<ctl::SnapshotSpace> space;  ///< Of it alone, when it was asked for.
};

struct SnapshotWish
{
    QString name; ///< Empty for one made from the time.
    bool isWritable = false;
    SnapshotRecord record;
};

/// What is set of a snapshot; nothing leaves it as it is.
struct SnapshotEdit
{
    ctl::SnapshotChange change;
    std::optional<QString> description;
    std::optional<QString> cleanup;
    std::optional<int64_t> keepUntilUs;
    std::optional<QMap<QString, QString>> metadata;

    bool hasChange() const { return change.name || change.isLocked; }
    bool hasRecord() const { return description || cleanup || keepUntilUs || metadata; }
};

struct SnapshotQuery
{
    int limit = 100;
    uint64_t after = 0; ///< Id of the last row of the page before; 0 for the first page.
    int64_t sinceUs = 0;
    int64_t untilUs = 0; ///< 0 is open.
    QString text;        ///< Part of the name or the description, in any case.
    QString cleanup;     ///< Only those; empty for all.
    bool withSpace = false;
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

    /// Returns the name. AlreadyExists, InvalidArgs.
    base::Result<QString> create(const QString &uuid, const SnapshotWish &wish);

    base::Result<SnapshotPage> list(const QString &uuid, const SnapshotQuery &query);

    /// NotFound when one of the names does not exist, SnapshotInUse when one is locked.
    base::Status verifyNames(const QString &uuid, const QStringList &names);

    /// What differs between two snapshots, '' being the live tree; in order of path. NotFound.
    base::Result<QList<FileChange>> changes(const QString &uuid, const QString &from,
                                            const QString &to);

    /// All versions of what is, or was, at an absolute path. NotFound, NotOnVolume.
    base::Result<QList<FileVersion>> versions(const QByteArray &path);

    /// What deleting them together would give back. Fails as spaceOf() does.
    base::Result<ctl::SnapshotSpace> space(const QString &uuid, const QStringList &names);
    base::Result<ctl::SnapshotSpace> spaceById(const QString &uuid,
                                               const QVector<uint64_t> &ids);
    /// Fails as changeSnapshot() does.
    base::Status edit(const QString &uuid, const QString &name, const SnapshotEdit &edit);
    /// The snapshot that is gone back to. NotFound.
    base::Result<SnapshotTree> prepareRollback(const QString &uuid, const QString &snapshot);
    JobWork rollback(const QString &uuid, const SnapshotTree &snapshot);

    /// What a restore asks for, after a look at all of it; paths are absolute. Fails as
    /// verifyRestore() does.
    base::Result<RestoreRequest> prepareRestore(const QString &uuid, const QString &snapshot,
                                                RestoreRequest request);
    JobWork restoration(const QString &uuid, const RestoreRequest &request);

    /// The first of a pair of snapshots, by name or, when it is empty, of the last pair. NotFound.
    base::Result<SnapshotTree> prepareUndo(const QString &uuid, const QString &snapshot);
    JobWork undoing(const QString &uuid, const SnapshotTree &before);

    /// The work of a job that deletes them.
    JobWork deletion(const QString &uuid, const QStringList &names);
    /// Without a job; those that are in use, or gone, are passed over.
    base::Status dropById(const QString &uuid, const QVector<uint64_t> &ids);

Q_SIGNALS:
    void added(const QString &uuid, const QStringList &names);
    void removed(const QString &uuid, const QStringList &names);
    void changed(const QString &uuid, const QStringList &names);

private:
    void tellAdded(const QString &uuid, const QVariantMap &result);

    VolumeService *const m_volumes;
};

} // namespace vexfs::daemon

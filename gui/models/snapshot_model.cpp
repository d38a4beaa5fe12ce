// SPDX-License-Identifier: Apache-2.0
#include "gui/models/snapshot_model.h"

#include "gui/models/job_watch.h"
#include "gui/models/reply.h"

#include <QDateTime>
#include <QLocale>
#include <QSet>

#include <utility>

namespace vexfs::gui {

namespace {

QString accessOf(const client::SnapshotInfo &snapshot)
{
    if (snapshot.isLocked)
        return SnapshotModel::tr("Locked");
    return snapshot.isWritable ? SnapshotModel::tr("Writable") : SnapshotModel::tr("Read-only");
}

QDateTime takenAt(const client::SnapshotInfo &snapshot)
{
    return QDateTime::fromMSecsSinceEpoch(qint64(snapshot.createdUs / 1000));
}

} // namespace

QString dayOf(const QDate &day, const QDate &today)
{
    if (day == today)
        return SnapshotModel::tr("Today");
    if (day == today.addDays(-1))
        return SnapshotModel::tr("Yesterday");
    return QLocale().toString(day, QLocale::LongFormat);
}

SnapshotModel::SnapshotModel(client::Client &client, QObject *parent)
    : QAbstractTableModel(parent), m_client(client)
{
}

int SnapshotModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int SnapshotModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : Columns;
}

const client::SnapshotInfo *SnapshotModel::snapshot(int row) const
{
    return row >= 0 && row < m_rows.size() ? &m_rows[row] : nullptr;
}

QVariant SnapshotModel::data(const QModelIndex &index, int role) const
{
    const client::SnapshotInfo *row = index.isValid() ? snapshot(index.row()) : nullptr;
    if (!row)
        return {};
    if (role == Qt::ToolTipRole && !row->description.isEmpty())
        return row->description;
    if (role == DayRole)
        return dayOf(takenAt(*row).date(), QDate::currentDate());
    if (role == Qt::TextAlignmentRole && index.column() == Files)
        return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Name:
        return row->name;
    case Created:
        return QLocale().toString(takenAt(*row), QLocale::ShortFormat);
    case Files:
        return QLocale().toString(qulonglong(row->files));
    case Access:
        return accessOf(*row);
    case Why:
        if (row->isForUndo())
            return tr("For undo");
        return row->cleanup == QLatin1String("timeline") ? tr("Schedule") : tr("By you");
    default:
        return {};
    }
}

QVariant SnapshotModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return tr("Name");
    case Created:
        return tr("Taken");
    case Files:
        return tr("Files");
    case Access:
        return tr("Access");
    case Why:
        return tr("Why");
    default:
        return {};
    }
}

bool SnapshotModel::canFetchMore(const QModelIndex &parent) const
{
    return !parent.isValid() && !m_next.isEmpty() && !m_isAsked;
}

void SnapshotModel::fetchMore(const QModelIndex &parent)
{
    if (canFetchMore(parent))
        ask(m_next);
}

void SnapshotModel::setVolume(const QString &object)
{
    if (object == m_volume)
        return;
    m_volume = object;
    reload();
}

void SnapshotModel::reload()
{
    ++m_number;
    m_next.clear();
    m_isAsked = false;
    if (!m_volume.isEmpty()) {
        ask({});
        return;
    }
    beginResetModel();
    m_rows.clear();
    m_total = 0;
    endResetModel();
    Q_EMIT loaded();
}

void SnapshotModel::follow(quint32 count)
{
    if (std::exchange(m_followed, count) != count && m_isLoaded && count != m_total)
        reload();
}

void SnapshotModel::ask(const QString &after)
{
    m_isAsked = true;
    onReply(m_client.listSnapshots(m_volume, after), this,
            [this, after, number = m_number](const base::Result<client::SnapshotPage> &page) {
                if (number != m_number)
                    return;
                m_isAsked = false;
                if (!page) {
                    Q_EMIT failed(page.error().what);
                    return;
                }
                if (after.isEmpty()) {
                    beginResetModel();
                    m_rows = page->snapshots;
                    endResetModel();
                } else if (!page->snapshots.isEmpty()) {
                    const int first = int(m_rows.size());
                    beginInsertRows({}, first, first + int(page->snapshots.size()) - 1);
                    m_rows += page->snapshots;
                    endInsertRows();
                }
                m_next = page->next;
                m_total = page->total;
                m_isLoaded = true;
                Q_EMIT loaded();
            });
}

void SnapshotModel::take(const QString &name)
{
    onReply(m_client.createSnapshot(m_volume, name, {}), this,
            [this](const base::Result<QString> &made) {
                if (!made) {
                    Q_EMIT failed(made.error().what);
                    return;
                }
                Q_EMIT taken(*made);
                reload();
            });
}

void SnapshotModel::remove(const QStringList &names)
{
    onReply(m_client.deleteSnapshots(m_volume, names), this,
            [this](const base::Result<QString> &job) {
                if (!job) {
                    Q_EMIT failed(job.error().what);
                    return;
                }
                Q_EMIT jobStarted(*job);
                reload();
            });
}

void SnapshotModel::estimate(const QStringList &names)
{
    ++m_estimate;
    if (names.isEmpty())
        return;
    onReply(m_client.estimateReclaim(m_volume, names), this,
            [this, number = m_estimate](const base::Result<quint64> &bytes) {
                if (number != m_estimate)
                    return;
                if (bytes)
                    Q_EMIT estimated(*bytes);
                else
                    Q_EMIT failed(bytes.error().what);
            });
}

// What came or changed with it, and went or changed with the next, has nobody else. With the first
// one everything came.
void SnapshotModel::countOnlyThere(int row)
{
    const quint64 number = ++m_onlyThere;
    const client::SnapshotInfo *one = snapshot(row);
    const client::SnapshotInfo *before = snapshot(row + 1);
    if (!one || (!before && quint64(m_rows.size()) < m_total))
        return;
    const QString next = row > 0 ? m_rows[row - 1].name : QString();
    const QString last = before ? before->name : QString();
    onReply(m_client.changes(m_volume, one->name, next, {}), this,
            [this, number, last, name = one->name](const base::Result<client::ChangePage> &went) {
                if (number != m_onlyThere || !went)
                    return;
                if (last.isEmpty()) {
                    tellOnlyThere(*went, *went);
                    return;
                }
                onReply(m_client.changes(m_volume, last, name, {}), this,
                        [this, number,
                         went = *went](const base::Result<client::ChangePage> &came) {
                            if (number == m_onlyThere && came)
                                tellOnlyThere(*came, went);
                        });
            });
}

void SnapshotModel::tellOnlyThere(const client::ChangePage &came, const client::ChangePage &went)
{
    QSet<QString> fresh;
    for (const client::FileChange &each : came.changes) {
        if (!each.isFolder && each.kind != QLatin1String("metadata"))
            fresh.insert(each.path);
    }
    quint64 files = 0;
    for (const client::FileChange &each : went.changes) {
        const bool isLost = each.kind == QLatin1String("removed")
            || each.kind == QLatin1String("modified");
        files += isLost && fresh.contains(each.path) ? 1 : 0;
    }
    Q_EMIT onlyThere(files, !came.next.isEmpty() || !went.next.isEmpty());
}

void SnapshotModel::change(const QString &name, const QVariantMap &changes)
{
    onReply(m_client.setSnapshot(m_volume, name, changes), this,
            [this](const base::Result<client::Done> &done) {
                if (!done)
                    Q_EMIT failed(done.error().what);
                reload();
            });
}

void SnapshotModel::rename(const QString &name, const QString &newName)
{
    change(name, {{QStringLiteral("name"), newName}});
}

void SnapshotModel::setLocked(const QString &name, bool isLocked)
{
    change(name, {{QStringLiteral("locked"), isLocked}});
}

void SnapshotModel::finish(const client::Reply<QString> &started,
                           std::function<void(const client::JobInfo &)> done)
{
    const auto end = [this, done](const base::Result<client::JobInfo> &ended) {
        const auto job = succeeded(ended);
        reload();
        if (job)
            done(*job);
        else
            Q_EMIT failed(job.error().what);
    };
    onReply(started, this, [this, end](const base::Result<QString> &job) {
        if (job)
            whenFinished(m_client, *job, this, end);
        else
            Q_EMIT failed(job.error().what);
    });
}

void SnapshotModel::rollback(const QString &name)
{
    finish(m_client.rollback(m_volume, name), [this, name](const client::JobInfo &job) {
        Q_EMIT rolledBack(name, job.result.value(QStringLiteral("undo-snapshot")).toString());
    });
}

void SnapshotModel::restore(const QString &name, const QStringList &uris, bool isReplaced)
{
    client::RestoreOptions options;
    options.snapshot = name;
    options.uris = uris;
    if (isReplaced)
        options.conflict = QStringLiteral("overwrite");
    finish(m_client.restore(m_volume, options), [this](const client::JobInfo &job) {
        m_undo = job.result.value(QStringLiteral("undo-snapshot")).toString();
        Q_EMIT restored(job.result.value(QStringLiteral("restored")).toULongLong(),
                        !m_undo.isEmpty());
    });
}

void SnapshotModel::undo()
{
    if (m_undo.isEmpty())
        return;
    finish(m_client.undo(m_volume, m_undo), [this](const client::JobInfo &) { Q_EMIT undone(); });
    m_undo.clear();
}

void SnapshotModel::setSchedule(const QVariantMap &schedule)
{
    onReply(m_client.setSchedule(m_volume, schedule), this,
            [this](const base::Result<client::Done> &done) {
                if (done)
                    Q_EMIT scheduled();
                else
                    Q_EMIT failed(done.error().what);
            });
}

} // namespace vexfs::gui

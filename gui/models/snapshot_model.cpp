// SPDX-License-Identifier: Apache-2.0
#include "gui/models/snapshot_model.h"

#include "gui/models/reply.h"

#include <QDateTime>
#include <QLocale>

namespace vexfs::gui {

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
    if (role == Qt::TextAlignmentRole && index.column() == Files)
        return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Name:
        return row->name;
    case Created:
        return QLocale().toString(
            QDateTime::fromMSecsSinceEpoch(qint64(row->createdUs / 1000)), QLocale::ShortFormat);
    case Files:
        return QLocale().toString(qulonglong(row->files));
    case Access:
        return row->isWritable ? tr("Writable") : tr("Read-only");
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

} // namespace vexfs::gui

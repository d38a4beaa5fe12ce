// SPDX-License-Identifier: Apache-2.0
#include "gui/models/file_history.h"

#include "gui/models/job_watch.h"
#include "gui/models/reply.h"

#include <QDateTime>
#include <QLocale>

namespace vexfs::gui {

namespace {

QString placesOf(const client::FileVersion &version)
{
    QStringList places;
    if (version.isLive)
        places.append(FileHistory::tr("Now"));
    if (!version.snapshots.isEmpty())
        places.append(version.snapshots.constFirst());
    QString text = places.join(QStringLiteral(", "));
    if (version.snapshots.size() > 1)
        text = FileHistory::tr("%1 and %2 more").arg(text).arg(version.snapshots.size() - 1);
    if (!version.deletedAfter.isEmpty())
        text = FileHistory::tr("%1 (then deleted)").arg(text);
    return text;
}

} // namespace

FileHistory::FileHistory(client::Client &client, QObject *parent)
    : QAbstractTableModel(parent), m_client(client)
{
}

int FileHistory::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int FileHistory::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : Columns;
}

const client::FileVersion *FileHistory::version(int row) const
{
    return row >= 0 && row < m_rows.size() ? &m_rows[row] : nullptr;
}

QVariant FileHistory::data(const QModelIndex &index, int role) const
{
    const client::FileVersion *row = index.isValid() ? version(index.row()) : nullptr;
    if (!row)
        return {};
    if (role == Qt::TextAlignmentRole && index.column() == Size)
        return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && index.column() == Where)
        return row->snapshots.join(u'\n');
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Changed:
        return QLocale().toString(QDateTime::fromMSecsSinceEpoch(qint64(row->mtimeUs / 1000)),
                                  QLocale::ShortFormat);
    case Size:
        return QLocale().formattedDataSize(qint64(row->sizeBytes));
    case Where:
        return placesOf(*row);
    default:
        return {};
    }
}

QVariant FileHistory::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Changed:
        return tr("Changed");
    case Size:
        return tr("Size");
    case Where:
        return tr("In");
    default:
        return {};
    }
}

void FileHistory::setFile(const QString &volume, const QString &uri)
{
    m_volume = volume;
    m_uri = uri;
    m_undo.clear();
    reload();
}

void FileHistory::reload()
{
    ++m_number;
    beginResetModel();
    m_rows.clear();
    endResetModel();
    m_isAsked = !m_uri.isEmpty();
    Q_EMIT loaded();
    if (!m_isAsked)
        return;
    onReply(m_client.versions(m_volume, m_uri), this,
            [this, number = m_number](const base::Result<QList<client::FileVersion>> &versions) {
                if (number != m_number)
                    return;
                m_isAsked = false;
                beginResetModel();
                m_rows = versions ? *versions : QList<client::FileVersion>();
                endResetModel();
                Q_EMIT loaded();
                if (!versions)
                    Q_EMIT failed(versions.error().what);
            });
}

void FileHistory::restore(int row, bool isReplaced)
{
    const client::FileVersion *chosen = version(row);
    if (!chosen || chosen->isLive || chosen->snapshots.isEmpty())
        return;
    client::RestoreOptions options;
    options.snapshot = chosen->snapshots.constFirst();
    // By the name that it had then: a rename since is not undone, and not in the way.
    options.uris = QStringList{chosen->uri};
    if (isReplaced)
        options.conflict = QStringLiteral("overwrite");
    const auto end = [this](const base::Result<client::JobInfo> &ended) {
        const auto job = succeeded(ended);
        if (!job) {
            Q_EMIT failed(job.error().what);
            return;
        }
        m_undo = job->result.value(QStringLiteral("undo-snapshot")).toString();
        reload();
        Q_EMIT restored(job->result.value(QStringLiteral("restored")).toULongLong(),
                        !m_undo.isEmpty());
    };
    onReply(m_client.restore(m_volume, options), this,
            [this, end](const base::Result<QString> &job) {
                if (job)
                    whenFinished(m_client, *job, this, end);
                else
                    Q_EMIT failed(job.error().what);
            });
}

void FileHistory::undo()
{
    if (m_undo.isEmpty())
        return;
    const auto end = [this](const base::Result<client::JobInfo> &ended) {
        const auto job = succeeded(ended);
        if (!job) {
            Q_EMIT failed(job.error().what);
            return;
        }
        reload();
        Q_EMIT undone();
    };
    onReply(m_client.undo(m_volume, m_undo), this, [this, end](const base::Result<QString> &job) {
        if (job)
            whenFinished(m_client, *job, this, end);
        else
            Q_EMIT failed(job.error().what);
    });
    m_undo.clear();
}

} // namespace vexfs::gui

// SPDX-License-Identifier: Apache-2.0
#include "gui/models/drop_list.h"

#include "gui/models/reply.h"
#include "gui/models/shown_path.h"

#include <QMimeData>
#include <QSet>
#include <QUrl>

namespace vexfs::gui {

namespace {

const QString kUriList = QStringLiteral("text/uri-list");

// The lines themselves: QUrl would lose names that are not UTF-8.
QStringList fileUris(const QMimeData &data)
{
    QStringList uris;
    for (const QByteArray &line : data.data(kUriList).split('\n')) {
        const QByteArray uri = line.trimmed();
        if (uri.startsWith("file:"))
            uris.append(QString::fromUtf8(uri));
    }
    return uris;
}

} // namespace

DropList::DropList(client::Client &client, QObject *parent)
    : QAbstractListModel(parent), m_client(client)
{
}

bool DropList::accepts(const QMimeData &data)
{
    return !fileUris(data).isEmpty();
}

int DropList::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_uris.size());
}

QVariant DropList::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= m_uris.size())
        return {};
    const QString &uri = m_uris[index.row()];
    if (role == Qt::DisplayRole)
        return tr("%1 — %2").arg(shownName(uri), shownFolder(uri));
    return role == Qt::ToolTipRole ? QVariant(uri) : QVariant();
}

int DropList::add(const QMimeData &data)
{
    QSet<QString> known(m_uris.begin(), m_uris.end());
    QStringList fresh;
    for (const QString &uri : fileUris(data)) {
        if (known.contains(uri))
            continue;
        known.insert(uri);
        fresh.append(uri);
    }
    if (fresh.isEmpty())
        return 0;
    beginInsertRows({}, int(m_uris.size()), int(m_uris.size() + fresh.size()) - 1);
    m_uris += fresh;
    endInsertRows();
    return int(fresh.size());
}

void DropList::clear()
{
    beginResetModel();
    m_uris.clear();
    endResetModel();
}

void DropList::start(const QString &intoUri, bool isRecursive)
{
    client::AddOptions options;
    options.uris = m_uris;
    options.intoUri = intoUri;
    options.isRecursive = isRecursive;
    onReply(m_client.addUris(options), this, [this](const base::Result<QString> &job) {
        if (!job) {
            Q_EMIT failed(job.error().what);
            return;
        }
        clear();
        Q_EMIT started(*job);
    });
}

} // namespace vexfs::gui

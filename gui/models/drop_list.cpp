// SPDX-License-Identifier: Apache-2.0
#include "gui/models/drop_list.h"

#include "common/base/file_uri.h"
#include "gui/models/adding/dropped_text.h"
#include "gui/models/reply.h"
#include "gui/models/shown_path.h"

#include <QFile>
#include <QMimeData>
#include <QThreadPool>

#include <utility>

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
    return !fileUris(data).isEmpty() || !DroppedText::of(data).isEmpty();
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
    const QStringList files = fileUris(data);
    for (const QString &uri : files) {
        if (known.contains(uri))
            continue;
        known.insert(uri);
        fresh.append(uri);
    }
    append(fresh);
    const DroppedText text = files.isEmpty() ? DroppedText::of(data) : DroppedText();
    if (text.isEmpty())
        return int(fresh.size());
    onReply(keepText(text, droppedTextFolder()), this, [this](const base::Result<QString> &uri) {
        if (!uri) {
            Q_EMIT failed(uri.error().what);
            return;
        }
        m_texts.insert(*uri);
        append({*uri});
    });
    return 1;
}

void DropList::append(const QStringList &uris)
{
    if (uris.isEmpty())
        return;
    beginInsertRows({}, int(m_uris.size()), int(m_uris.size() + uris.size()) - 1);
    m_uris += uris;
    endInsertRows();
}

void DropList::remove(const QStringList &uris)
{
    const QSet<QString> gone(uris.begin(), uris.end());
    beginResetModel();
    m_uris.removeIf([&gone](const QString &uri) { return gone.contains(uri); });
    m_texts.subtract(gone);
    endResetModel();
}

void DropList::clear()
{
    QThreadPool::globalInstance()->start([texts = m_texts] {
        for (const QString &uri : texts) {
            if (const auto path = base::pathFromUri(uri))
                QFile::remove(QFile::decodeName(*path));
        }
    });
    remove(m_uris);
}

void DropList::start(const QString &intoUri, bool isRecursive, bool isMove)
{
    client::AddOptions files;
    files.intoUri = intoUri;
    files.makesInto = true;
    files.isRecursive = isRecursive;
    files.isMove = isMove;
    client::AddOptions texts = files;
    texts.isMove = true;
    // Two texts may begin with the same words.
    texts.keepsBoth = true;
    for (const QString &uri : std::as_const(m_uris))
        (m_texts.contains(uri) ? texts : files).uris.append(uri);
    for (const client::AddOptions &each : {files, texts}) {
        if (!each.uris.isEmpty())
            start(each);
    }
}

void DropList::start(const client::AddOptions &options)
{
    onReply(m_client.addUris(options), this, [this, options](const base::Result<QString> &job) {
        if (!job) {
            Q_EMIT failed(job.error().what);
            return;
        }
        remove(options.uris);
        Q_EMIT started(*job, options);
    });
}

} // namespace vexfs::gui

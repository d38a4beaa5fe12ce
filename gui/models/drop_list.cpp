// SPDX-License-Identifier: Apache-2.0
#include "gui/models/drop_list.h"

#include "common/base/file_uri.h"
#include "common/client/file_transfer.h"
#include "gui/models/adding/dropped_content.h"
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

/// What a portal is asked for the files by; empty for none. Some end it as strings of C end.
QString transferKey(const QMimeData &data)
{
    QByteArray key = data.data(QLatin1String(client::kFileTransferType));
    while (key.endsWith('\0'))
        key.chop(1);
    return QString::fromUtf8(key);
}

} // namespace

DropList::DropList(client::Client &client, QObject *parent)
    : QAbstractListModel(parent), m_client(client)
{
}

bool DropList::accepts(const QMimeData &data)
{
    return !transferKey(data).isEmpty() || !fileUris(data).isEmpty()
        || !DroppedContent::of(data).isEmpty();
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
    const QStringList files = fileUris(data);
    if (const QString key = transferKey(data); !key.isEmpty()) {
        retrieve(key, files);
        return 1;
    }
    if (!files.isEmpty())
        return append(files);
    const DroppedContent content = DroppedContent::of(data);
    if (content.isEmpty())
        return 0;
    onReply(keepDropped(content, droppedFolder()), this,
            [this](const base::Result<QString> &uri) {
                if (!uri) {
                    Q_EMIT failed(uri.error().what);
                    return;
                }
                m_written.insert(*uri);
                append({*uri});
            });
    return 1;
}

// otherwise: what was dropped beside the key, which may be of no use outside of a sandbox.
void DropList::retrieve(const QString &key, const QStringList &otherwise)
{
    onReply(client::retrieveFiles(key), this,
            [this, otherwise](const base::Result<QStringList> &paths) {
                if (!paths && otherwise.isEmpty()) {
                    Q_EMIT failed(tr("The program that they are dropped from does not give the "
                                     "files: %1").arg(paths.error().what));
                    return;
                }
                QStringList uris = otherwise;
                if (paths) {
                    uris.clear();
                    for (const QString &path : *paths)
                        uris.append(base::uriFromPath(QFile::encodeName(path)));
                }
                append(uris);
            });
}

int DropList::append(const QStringList &uris)
{
    QSet<QString> known(m_uris.begin(), m_uris.end());
    QStringList fresh;
    for (const QString &uri : uris) {
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

void DropList::remove(const QStringList &uris)
{
    const QSet<QString> gone(uris.begin(), uris.end());
    beginResetModel();
    m_uris.removeIf([&gone](const QString &uri) { return gone.contains(uri); });
    m_written.subtract(gone);
    endResetModel();
}

void DropList::clear()
{
    QThreadPool::globalInstance()->start([written = m_written] {
        for (const QString &uri : written) {
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
    client::AddOptions written = files;
    written.isMove = true;
    // Two texts may begin with the same words.
    written.keepsBoth = true;
    for (const QString &uri : std::as_const(m_uris))
        (m_written.contains(uri) ? written : files).uris.append(uri);
    for (const client::AddOptions &each : {files, written}) {
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

// SPDX-License-Identifier: Apache-2.0
#include "gui/models/opener.h"

#include "common/client/file_manager.h"
#include "gui/models/reply.h"
#include "gui/models/shown_path.h"
#include "gui/models/volume_reader.h"

#include <QDesktopServices>
#include <QUrl>

namespace vexfs::gui {

namespace {

constexpr int kPatienceMs = 2000;

} // namespace

Opener::Opener(QObject *parent) : QObject(parent)
{
    m_patience.setSingleShot(true);
    m_patience.setInterval(kPatienceMs);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        Q_EMIT failed(tr("The volume does not answer. %1 is opened when it does.")
                          .arg(shownName(m_uri)));
    });
}

void Opener::openAll(const QStringList &uris)
{
    QStringList wanted = uris;
    wanted.removeAll(QString());
    if (wanted.isEmpty())
        return;
    m_uri = wanted.constFirst();
    m_patience.start();
    areThere(wanted).then(this, [this, wanted, number = ++m_number](const QList<bool> &areThere) {
        if (number == m_number)
            openKnown(wanted, areThere);
    });
}

void Opener::openFoldersOf(const QStringList &uris)
{
    QStringList wanted = uris;
    wanted.removeAll(QString());
    if (wanted.isEmpty())
        return;
    QStringList folders;
    for (const QString &uri : wanted)
        folders.append(uri.left(std::max<qsizetype>(uri.lastIndexOf(u'/'), 0)));
    folders.removeDuplicates();
    m_uri = folders.constFirst();
    m_patience.start();
    areThere(wanted).then(
        this, [this, wanted, folders, number = ++m_number](const QList<bool> &areThere) {
            if (number != m_number)
                return;
            // A file manager selects what there is; the folder of what is gone is opened.
            if (areThere.contains(false))
                openAll(folders);
            else
                showKnown(wanted, folders, number);
        });
}

void Opener::showKnown(const QStringList &uris, const QStringList &folders, quint64 number)
{
    m_patience.stop();
    onReply(client::showInFileManager(uris), this,
            [this, folders, number](const base::Result<client::Done> &done) {
                if (!done && number == m_number)
                    openAll(folders);
            });
}

void Opener::openKnown(const QStringList &uris, const QList<bool> &areThere)
{
    m_patience.stop();
    for (qsizetype i = 0; i < uris.size(); ++i) {
        if (areThere.value(i))
            openNow(uris[i]);
        else
            Q_EMIT failed(tr("%1 is gone since it was found.").arg(shownName(uris[i])));
    }
}

// Encoded as it came: QUrl keeps what is no UTF-8 in it.
void Opener::openNow(const QString &uri)
{
    if (!QDesktopServices::openUrl(QUrl::fromEncoded(uri.toUtf8())))
        Q_EMIT failed(
            tr("No program here opens %1. It lies in %2.").arg(shownName(uri), shownFolder(uri)));
}

} // namespace vexfs::gui

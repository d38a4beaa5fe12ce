// SPDX-License-Identifier: Apache-2.0
#include "gui/models/opener.h"

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

void Opener::open(const QString &uri)
{
    if (uri.isEmpty())
        return;
    m_uri = uri;
    m_patience.start();
    isThere(uri).then(this, [this, uri, number = ++m_number](bool is) {
        if (number != m_number)
            return;
        m_patience.stop();
        if (is)
            openNow(uri);
        else
            Q_EMIT failed(tr("%1 is gone since it was found.").arg(shownName(uri)));
    });
}

void Opener::openFolderOf(const QString &uri)
{
    open(uri.left(std::max<qsizetype>(uri.lastIndexOf(u'/'), 0)));
}

// Encoded as it came: QUrl keeps what is no UTF-8 in it.
void Opener::openNow(const QString &uri)
{
    if (!QDesktopServices::openUrl(QUrl::fromEncoded(uri.toUtf8())))
        Q_EMIT failed(
            tr("No program here opens %1. It lies in %2.").arg(shownName(uri), shownFolder(uri)));
}

} // namespace vexfs::gui

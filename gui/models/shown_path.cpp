// SPDX-License-Identifier: Apache-2.0
#include "gui/models/shown_path.h"

#include "common/base/file_uri.h"

#include <QDir>
#include <QMimeDatabase>

namespace vexfs::gui {

namespace {

QByteArray pathOf(const QString &uri)
{
    const base::Result<QByteArray> path = base::pathFromUri(uri);
    return path ? *path : uri.toUtf8();
}

// Names may hold line breaks, and characters that turn the direction of what comes after them.
QString readable(const QByteArray &bytes)
{
    QString text = QString::fromUtf8(bytes);
    for (QChar &c : text) {
        const auto category = c.category();
        if (category == QChar::Other_Control || category == QChar::Other_Format)
            c = QChar::ReplacementCharacter;
    }
    return text;
}

} // namespace

QString shownName(const QString &uri)
{
    const QByteArray path = pathOf(uri);
    return readable(path.mid(path.lastIndexOf('/') + 1));
}

QString shownFolder(const QString &uri)
{
    const QByteArray path = pathOf(uri);
    const QString folder = readable(path.left(std::max<qsizetype>(1, path.lastIndexOf('/'))));
    const QString home = QDir::homePath();
    if (folder == home)
        return QStringLiteral("~");
    return folder.startsWith(home + u'/') ? u'~' + folder.mid(home.size()) : folder;
}

QString typedPath(const QString &uri)
{
    const QByteArray path = pathOf(uri);
    if (readable(path).toUtf8() != path)
        return uri;
    const QString folder = shownFolder(uri);
    return (folder == QStringLiteral("/") ? QString() : folder) + u'/' + shownName(uri);
}

QString shownType(const QString &mimeType)
{
    static const QMimeDatabase types;
    const QString comment = types.mimeTypeForName(mimeType).comment();
    return comment.isEmpty() ? mimeType : comment;
}

} // namespace vexfs::gui

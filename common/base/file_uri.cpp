// SPDX-License-Identifier: Apache-2.0
#include "common/base/file_uri.h"

#include <QList>

namespace vexfs::base {

namespace {

/// What RFC 3986 allows to stand for itself in a path.
constexpr char kPlain[] = "/!$&'()*+,;=:@";

} // namespace

QString uriReferenceFromPath(const QByteArray &path)
{
    return QString::fromLatin1(path.toPercentEncoding(kPlain));
}

QString uriFromPath(const QByteArray &path)
{
    return QStringLiteral("file://") + uriReferenceFromPath(path);
}

QByteArray cleanPath(const QByteArray &path)
{
    QList<QByteArray> kept;
    for (const QByteArray &part : path.split('/')) {
        if (part == ".." && !kept.isEmpty())
            kept.removeLast();
        else if (!part.isEmpty() && part != "." && part != "..")
            kept.append(part);
    }
    return '/' + kept.join('/');
}

Result<QByteArray> pathFromUri(const QString &uri)
{
    QByteArray path;
    if (uri.startsWith(QLatin1Char('/')))
        path = uri.toUtf8();
    else if (uri.startsWith(QLatin1String("file:///")))
        path = QByteArray::fromPercentEncoding(uri.mid(7).toUtf8());
    else if (uri.startsWith(QLatin1String("file://localhost/")))
        path = QByteArray::fromPercentEncoding(uri.mid(16).toUtf8());
    if (path.isEmpty() || path.contains('\0')) {
        return fail(Errc::InvalidArgs,
                    QStringLiteral("'%1' is neither a file URI nor an absolute path").arg(uri));
    }
    return cleanPath(path);
}

} // namespace vexfs::base

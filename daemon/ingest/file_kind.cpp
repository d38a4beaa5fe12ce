// SPDX-License-Identifier: Apache-2.0
#include "daemon/ingest/file_kind.h"

#include <QMimeDatabase>

namespace vexfs::daemon {

namespace {

struct KnownType
{
    QLatin1String name;
    ExtractFormat format;
};

const KnownType kKnownTypes[] = {
    {QLatin1String("application/pdf"), ExtractFormat::Pdf},
    {QLatin1String("application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
     ExtractFormat::Docx},
    {QLatin1String("application/vnd.oasis.opendocument.text"), ExtractFormat::Odt},
    {QLatin1String("application/vnd.oasis.opendocument.text-template"), ExtractFormat::Odt},
    {QLatin1String("application/epub+zip"), ExtractFormat::Epub},
    {QLatin1String("text/html"), ExtractFormat::Html},
    {QLatin1String("application/xhtml+xml"), ExtractFormat::Html},
    {QLatin1String("text/markdown"), ExtractFormat::Markdown},
};

ExtractFormat formatOf(const QMimeType &type)
{
    for (const KnownType &known : kKnownTypes) {
        if (type.name() == known.name)
            return known.format;
    }
    // Drawings are XML, and so text, but what they say is no prose.
    if (type.name().startsWith(QLatin1String("image/")))
        return ExtractFormat::None;
    return type.inherits(QStringLiteral("text/plain")) ? ExtractFormat::Text
                                                       : ExtractFormat::None;
}

} // namespace

FileKind fileKind(const QByteArray &path, const QByteArray &beginning)
{
    const QMimeDatabase database;
    const QString name = QString::fromUtf8(path.mid(path.lastIndexOf('/') + 1));
    QMimeType type = database.mimeTypeForFileNameAndData(name, beginning);
    if (beginning.startsWith("%PDF-"))
        type = database.mimeTypeForName(QStringLiteral("application/pdf"));
    return {type.name(), formatOf(type)};
}

} // namespace vexfs::daemon

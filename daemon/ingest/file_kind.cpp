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
    {QLatin1String("application/vnd.ms-word.document.macroenabled.12"), ExtractFormat::Docx},
    {QLatin1String("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
     ExtractFormat::Xlsx},
    {QLatin1String("application/vnd.ms-excel.sheet.macroenabled.12"), ExtractFormat::Xlsx},
    {QLatin1String("application/vnd.openxmlformats-officedocument.presentationml.presentation"),
     ExtractFormat::Pptx},
    {QLatin1String("application/vnd.oasis.opendocument.text"), ExtractFormat::Odt},
    {QLatin1String("application/vnd.oasis.opendocument.text-template"), ExtractFormat::Odt},
    {QLatin1String("application/vnd.oasis.opendocument.spreadsheet"), ExtractFormat::Odt},
    {QLatin1String("application/vnd.oasis.opendocument.presentation"), ExtractFormat::Odt},
    {QLatin1String("application/rtf"), ExtractFormat::Rtf},
    {QLatin1String("text/rtf"), ExtractFormat::Rtf},
    {QLatin1String("message/rfc822"), ExtractFormat::Mail},
    {QLatin1String("application/mbox"), ExtractFormat::Mbox},
    {QLatin1String("text/csv"), ExtractFormat::Table},
    {QLatin1String("text/tab-separated-values"), ExtractFormat::Table},
    {QLatin1String("application/json"), ExtractFormat::Json},
    {QLatin1String("application/x-subrip"), ExtractFormat::Subtitles},
    {QLatin1String("text/x-subviewer"), ExtractFormat::Subtitles},
    {QLatin1String("text/x-microdvd"), ExtractFormat::Subtitles},
    {QLatin1String("text/vtt"), ExtractFormat::Subtitles},
    {QLatin1String("text/x-ssa"), ExtractFormat::Subtitles},
    {QLatin1String("application/epub+zip"), ExtractFormat::Epub},
    {QLatin1String("application/zip"), ExtractFormat::Zip},
    {QLatin1String("application/x-tar"), ExtractFormat::Tar},
    {QLatin1String("application/x-7z-compressed"), ExtractFormat::SevenZip},
    {QLatin1String("application/gzip"), ExtractFormat::Compressed},
    {QLatin1String("application/x-compressed-tar"), ExtractFormat::Compressed},
    {QLatin1String("application/x-bzip"), ExtractFormat::Compressed},
    {QLatin1String("application/x-bzip2"), ExtractFormat::Compressed},
    {QLatin1String("application/x-bzip-compressed-tar"), ExtractFormat::Compressed},
    {QLatin1String("application/x-bzip2-compressed-tar"), ExtractFormat::Compressed},
    {QLatin1String("application/x-xz"), ExtractFormat::Compressed},
    {QLatin1String("application/x-xz-compressed-tar"), ExtractFormat::Compressed},
    {QLatin1String("application/zstd"), ExtractFormat::Compressed},
    {QLatin1String("application/x-zstd-compressed-tar"), ExtractFormat::Compressed},
    {QLatin1String("text/html"), ExtractFormat::Html},
    {QLatin1String("application/xhtml+xml"), ExtractFormat::Html},
    {QLatin1String("text/markdown"), ExtractFormat::Markdown},
};

// Those that Exiv2 reads.
constexpr QLatin1String kImages[] = {
    QLatin1String("image/jpeg"),        QLatin1String("image/png"),
    QLatin1String("image/tiff"),        QLatin1String("image/webp"),
    QLatin1String("image/heif"),        QLatin1String("image/avif"),
    QLatin1String("image/x-canon-cr2"), QLatin1String("image/x-canon-cr3"),
    QLatin1String("image/x-nikon-nef"), QLatin1String("image/x-sony-arw"),
    QLatin1String("image/x-adobe-dng"), QLatin1String("image/x-olympus-orf"),
    QLatin1String("image/x-fuji-raf"),  QLatin1String("image/x-pentax-pef"),
};

constexpr QLatin1String kCode[] = {
    QLatin1String("text/x-csrc"),        QLatin1String("text/x-chdr"),
    QLatin1String("text/x-c++src"),      QLatin1String("text/x-c++hdr"),
    QLatin1String("text/x-python"),      QLatin1String("text/x-python3"),
    QLatin1String("text/x-java"),        QLatin1String("text/x-csharp"),
    QLatin1String("text/x-go"),          QLatin1String("text/x-pascal"),
    QLatin1String("text/rust"),          QLatin1String("text/x-fortran"),
    QLatin1String("text/x-haskell"),     QLatin1String("text/x-kotlin"),
    QLatin1String("text/x-scala"),       QLatin1String("text/x-lua"),
    QLatin1String("text/javascript"),    QLatin1String("application/javascript"),
    QLatin1String("application/x-ruby"), QLatin1String("application/x-perl"),
    QLatin1String("application/x-php"),  QLatin1String("application/x-shellscript"),
};

ExtractFormat formatOf(const QMimeType &type)
{
    for (const KnownType &known : kKnownTypes) {
        if (type.name() == known.name)
            return known.format;
    }
    for (const QLatin1String &name : kCode) {
        if (type.name() == name)
            return ExtractFormat::Code;
    }
    for (const QLatin1String &name : kImages) {
        if (type.name() == name)
            return ExtractFormat::Image;
    }
    // Drawings are XML, and so text, but what they say is no prose.
    if (type.name().startsWith(QLatin1String("image/")))
        return ExtractFormat::None;
    const bool isText = type.inherits(QStringLiteral("text/plain"));
    // Lists of things to play are text.
    if (!isText && (type.name().startsWith(QLatin1String("audio/"))
                    || type.name() == QLatin1String("video/mp4")
                    || type.name() == QLatin1String("video/ogg")
                    || type.name() == QLatin1String("video/x-theora+ogg")
                    || type.name() == QLatin1String("video/x-ms-wmv")))
        return ExtractFormat::Audio;
    return isText ? ExtractFormat::Text : ExtractFormat::None;
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

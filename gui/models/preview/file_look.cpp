// SPDX-License-Identifier: Apache-2.0
#include "gui/models/preview/file_look.h"

#include "common/base/file_uri.h"
#include "gui/models/volume_reader.h"

#include <QFile>
#include <QImageReader>
#include <QMimeDatabase>
#include <QtConcurrentRun>

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>

namespace vexfs::gui {

namespace {

constexpr qint64 kTextBytes = 16 << 10;
constexpr qint64 kPictureBytesMost = 64 << 20;

FileLook unreadable(FileLook look, int error)
{
    look.state = error == ENOENT || error == ENOTDIR ? FileLook::State::Gone
                                                     : FileLook::State::Unreadable;
    look.problem = qt_error_string(error);
    return look;
}

// A character that the end of what was read cuts in two is no mistake of the text's.
QByteArray wholeCharacters(QByteArray bytes)
{
    for (int back = 1; back <= 3 && back <= bytes.size(); ++back) {
        const auto byte = quint8(bytes[bytes.size() - back]);
        if (byte < 0x80)
            break;
        if (byte >= 0xc0) {
            bytes.chop(back);
            break;
        }
    }
    return bytes;
}

QImage pictureOf(QFile &file, const QByteArray &format, int most)
{
    file.seek(0);
    QImageReader reader(&file, format);
    reader.setAutoTransform(true);
    const QSize whole = reader.size();
    // Decoders of JPEG make it smaller while they read.
    if (std::max(whole.width(), whole.height()) > most)
        reader.setScaledSize(whole.scaled(most, most, Qt::KeepAspectRatio));
    return reader.read();
}

} // namespace

FileLook lookNow(const QString &uri, int picturePixelsMost)
{
    FileLook look;
    const auto path = base::pathFromUri(uri);
    struct stat facts = {};
    if (!path || ::stat(path->constData(), &facts) != 0)
        return unreadable(look, path ? errno : ENOENT);
    look.state = FileLook::State::There;
    look.mtimeUs = quint64(facts.st_mtim.tv_sec) * 1'000'000
        + quint64(facts.st_mtim.tv_nsec) / 1000;
    look.isFolder = S_ISDIR(facts.st_mode);
    if (!S_ISREG(facts.st_mode)) {
        look.type = look.isFolder ? QStringLiteral("inode/directory") : QString();
        return look;
    }
    look.sizeBytes = quint64(facts.st_size);
    // The name may be no UTF-8, so QFile does not open it.
    const int fd = ::open(path->constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return unreadable(look, errno);
    QFile file;
    if (!file.open(fd, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle))
        return unreadable(look, EBADF);
    QByteArray bytes = file.read(kTextBytes);
    if (file.error() != QFileDevice::NoError) {
        look.state = FileLook::State::Unreadable;
        look.problem = file.errorString();
        return look;
    }
    const QMimeDatabase types;
    const QMimeType type = types.mimeTypeForFileNameAndData(QString::fromUtf8(*path), bytes);
    look.type = type.name();
    if (type.inherits(QStringLiteral("text/plain")) && !bytes.contains('\0')) {
        look.isCut = look.sizeBytes > quint64(bytes.size());
        look.text = decodedText(look.isCut ? wholeCharacters(std::move(bytes)) : bytes);
    }
    if (look.type.startsWith(QStringLiteral("image/")) && facts.st_size <= kPictureBytesMost)
        look.picture
            = pictureOf(file, type.preferredSuffix().toLatin1(), picturePixelsMost);
    return look;
}

QFuture<FileLook> lookAt(const QString &uri)
{
    return QtConcurrent::run(&volumePool(), [uri] { return lookNow(uri); });
}

} // namespace vexfs::gui

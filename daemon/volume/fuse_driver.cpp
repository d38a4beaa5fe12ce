// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/fuse_driver.h"

#include "daemon/volume/mount_table.h"
#include "daemon/volume/program.h"

#include <QElapsedTimer>
#include <QFile>
#include <QRegularExpression>
#include <QThread>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;

namespace {

constexpr int kQuickMs = 60 * 1000;
/// Mounting replays and checks; unmounting writes back what is in memory.
constexpr int kSlowMs = 10 * 60 * 1000;

QString shown(const QByteArray &path)
{
    return QFile::decodeName(path);
}

/// The value of a line "name: value" of a program's output.
QString field(const QByteArray &text, const QString &name)
{
    const QRegularExpression line(QStringLiteral("^\\s*%1\\s*[:=]?\\s+(.*?)\\s*$").arg(name),
                                  QRegularExpression::MultilineOption);
    return line.match(QString::fromUtf8(text)).captured(1);
}

/// flock is what the driver holds on an image while it is mounted.
base::Status waitUntilReleased(const QByteArray &image)
{
    const int fd = ::open(image.constData(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? base::Status() : base::failErrno(errno, shown(image));
    QElapsedTimer waited;
    waited.start();
    bool isFree = false;
    while (!isFree && waited.elapsed() < kQuickMs) {
        isFree = flock(fd, LOCK_EX | LOCK_NB) == 0;
        if (!isFree)
            QThread::msleep(10);
    }
    ::close(fd);
    if (isFree)
        return {};
    return base::fail(Errc::TimedOut, QStringLiteral("%1 is unmounted, but its driver still writes "
                                                     "to it")
                                          .arg(shown(image)));
}

bool isByKernel(const QByteArray &mountPoint)
{
    const auto mounts = MountTable::read();
    if (!mounts)
        return false;
    // The last one lies above the others.
    const auto found = std::find_if(
        mounts->rbegin(), mounts->rend(),
        [&mountPoint](const MountEntry &each) { return each.mountPoint == mountPoint; });
    return found != mounts->rend() && found->isByKernel;
}

} // namespace

base::Status formatImage(const FormatRequest &request)
{
    QStringList arguments{QStringLiteral("--uuid"), request.uuid};
    if (!request.label.isEmpty())
        arguments << QStringLiteral("--label=") + request.label;
    if (request.sizeBytes > 0)
        arguments << QStringLiteral("--size") << QString::number(request.sizeBytes);
    if (request.isForced)
        arguments << QStringLiteral("--force");
    arguments << shown(request.image);
    const auto ran = runProgram(QStringLiteral("mkfs.vexfs"), arguments, kQuickMs);
    if (!ran)
        return tl::unexpected(ran.error());
    if (ran->exitStatus == 0)
        return {};
    return base::fail(Errc::Failed, ran->complaint());
}

base::Result<ImageInfo> inspectImage(const QByteArray &image)
{
    if (!QFile::exists(shown(image)))
        return base::fail(Errc::NotFound, QStringLiteral("There is no image %1").arg(shown(image)));
    const auto ran = runProgram(QStringLiteral("vexfs-dump"), {shown(image)}, kQuickMs);
    if (!ran)
        return tl::unexpected(ran.error());
    if (ran->exitStatus != 0)
        return base::fail(Errc::Corrupt, ran->complaint());
    ImageInfo info{field(ran->out, QStringLiteral("uuid")),
                   field(ran->out, QStringLiteral("label"))};
    if (info.label.size() > 1 && info.label.startsWith(u'"') && info.label.endsWith(u'"'))
        info.label = info.label.mid(1, info.label.size() - 2);
    static const QRegularExpression uuid(
        QStringLiteral("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"));
    if (!uuid.match(info.uuid).hasMatch()) {
        return base::fail(Errc::Corrupt,
                          QStringLiteral("vexfs-dump tells no uuid of %1").arg(shown(image)));
    }
    return info;
}

base::Status labelImage(const QByteArray &image, const QString &label)
{
    const auto ran = runProgram(QStringLiteral("vexfs-tune"),
                                {QStringLiteral("--label=") + label, shown(image)}, kQuickMs);
    if (!ran)
        return tl::unexpected(ran.error());
    return ran->exitStatus == 0 ? base::Status() : base::fail(Errc::Failed, ran->complaint());
}

base::Status mountImage(const MountRequest &request)
{
    QStringList options = request.driverOptions;
    if (request.isReadOnly)
        options << QStringLiteral("ro");
    QStringList arguments{shown(request.image), shown(request.mountPoint)};
    if (!options.isEmpty())
        arguments << QStringLiteral("-o") << options.join(u',');
    const auto ran = runProgram(QStringLiteral("vexfs-fuse"), arguments, kSlowMs);
    if (!ran)
        return tl::unexpected(ran.error());
    if (ran->exitStatus == 0)
        return {};
    return base::fail(Errc::Failed, ran->complaint());
}

base::Status unmountImage(const QByteArray &mountPoint, const QByteArray &image, bool isLazy)
{
    const bool isFuse = !isByKernel(mountPoint);
    QStringList arguments;
    if (isFuse)
        arguments << QStringLiteral("-u");
    if (isLazy)
        arguments << (isFuse ? QStringLiteral("-z") : QStringLiteral("-l"));
    arguments << QStringLiteral("--") << shown(mountPoint);
    const auto ran = runProgram(isFuse ? QStringLiteral("fusermount3") : QStringLiteral("umount"),
                                arguments, kSlowMs);
    if (!ran)
        return tl::unexpected(ran.error());
    if (ran->exitStatus != 0) {
        const QString why = ran->complaint();
        const bool isBusy = why.contains(QLatin1String("busy"), Qt::CaseInsensitive);
        return base::fail(isBusy ? Errc::Busy : Errc::Failed,
                          QStringLiteral("Cannot unmount %1: %2").arg(shown(mountPoint), why));
    }
    // A lazy unmount ends when the last program has closed its files: nothing to wait for.
    if (isLazy || image.isEmpty())
        return {};
    return waitUntilReleased(image);
}

} // namespace vexfs::daemon

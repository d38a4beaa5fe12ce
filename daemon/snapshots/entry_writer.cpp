// SPDX-License-Identifier: Apache-2.0
#include "daemon/snapshots/entry_writer.h"

#include <QFile>

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;
using base::fail;
using base::Status;

namespace {

constexpr size_t kStepBytes = 64U << 20U;

Status failed(const char *what, const QByteArray &path)
{
    const int cause = errno;
    return base::failErrno(
        cause, QStringLiteral("Cannot %1 %2").arg(QLatin1String(what), QFile::decodeName(path)));
}

QByteArray partOf(const QByteArray &target)
{
    // The name may have all 255 bytes, so the part has one of its own.
    return target.left(target.lastIndexOf('/')) + "/.vexfs-restore." + QByteArray::number(getpid())
        + '.' + QByteArray::number(static_cast<qulonglong>(gettid())) + ".part";
}

Status copyBytes(const QByteArray &source, const QByteArray &part)
{
    const int in = ::open(source.constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (in < 0)
        return failed("open", source);
    const int out = ::open(part.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    Status done = out < 0 ? failed("make", part) : Status{};
    while (done) {
        const ssize_t copied = copy_file_range(in, nullptr, out, nullptr, kStepBytes, 0);
        if (copied < 0)
            done = failed("copy", source);
        if (copied <= 0)
            break;
    }
    if (done && fsync(out) != 0)
        done = failed("write to disk", part);
    ::close(in);
    if (out >= 0 && ::close(out) != 0 && done)
        done = failed("write to disk", part);
    return done;
}

Status copyLink(const QByteArray &source, const QByteArray &part)
{
    QByteArray to(PATH_MAX, '\0');
    const ssize_t length = readlink(source.constData(), to.data(), static_cast<size_t>(to.size()));
    if (length < 0 || length >= to.size())
        return failed("read", source);
    to.truncate(length);
    return symlink(to.constData(), part.constData()) == 0 ? Status{} : failed("make", part);
}

Status copyFolder(const QByteArray &source, const QByteArray &target)
{
    struct stat there = {};
    if (mkdir(target.constData(), 0700) == 0)
        return copyAttributes(source, target);
    if (errno == EEXIST && lstat(target.constData(), &there) == 0 && !S_ISDIR(there.st_mode)) {
        return fail(Errc::Conflict,
                    QStringLiteral("'%1' is no folder now").arg(QFile::decodeName(target)));
    }
    return errno == EEXIST ? Status{} : failed("make", target);
}

} // namespace

Status copyAttributes(const QByteArray &source, const QByteArray &target)
{
    struct stat info = {};
    if (lstat(source.constData(), &info) != 0)
        return failed("read", source);
    QByteArray names(65536, '\0');
    const ssize_t bytes
        = llistxattr(source.constData(), names.data(), static_cast<size_t>(names.size()));
    names.truncate(bytes > 0 ? bytes : 0);
    for (const QByteArray &name : names.split('\0')) {
        QByteArray value(65536, '\0');
        const ssize_t got = name.isEmpty()
            ? -1
            : lgetxattr(source.constData(), name.constData(), value.data(),
                        static_cast<size_t>(value.size()));
        // What this user may not set stays away, as with every copy.
        if (got >= 0)
            (void)lsetxattr(target.constData(), name.constData(), value.constData(),
                            static_cast<size_t>(got), 0);
    }
    if (lchown(target.constData(), info.st_uid, info.st_gid) != 0 && errno != EPERM)
        return failed("set the owner of", target);
    if (!S_ISLNK(info.st_mode) && chmod(target.constData(), info.st_mode & 07777U) != 0)
        return failed("set the mode of", target);
    const timespec times[2] = {info.st_atim, info.st_mtim};
    if (utimensat(AT_FDCWD, target.constData(), times, AT_SYMLINK_NOFOLLOW) != 0)
        return failed("set the times of", target);
    return {};
}

Status copyEntry(const QByteArray &source, const QByteArray &target, bool mayReplace)
{
    struct stat info = {};
    if (lstat(source.constData(), &info) != 0)
        return failed("read", source);
    if (S_ISDIR(info.st_mode))
        return copyFolder(source, target);
    if (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode)) {
        return fail(Errc::NotSupported, QStringLiteral("'%1' is neither a file nor a link")
                                            .arg(QFile::decodeName(source)));
    }
    const QByteArray part = partOf(target);
    ::unlink(part.constData()); // Left behind by a daemon that was killed.
    Status done = S_ISLNK(info.st_mode) ? copyLink(source, part) : copyBytes(source, part);
    if (done)
        done = copyAttributes(source, part);
    if (done
        && renameat2(AT_FDCWD, part.constData(), AT_FDCWD, target.constData(),
                     mayReplace ? 0 : RENAME_NOREPLACE)
            != 0) {
        done = errno == EISDIR ? fail(Errc::Conflict, QStringLiteral("'%1' is a folder now")
                                                          .arg(QFile::decodeName(target)))
                               : failed("name", target);
    }
    if (!done)
        ::unlink(part.constData());
    return done;
}

} // namespace vexfs::daemon

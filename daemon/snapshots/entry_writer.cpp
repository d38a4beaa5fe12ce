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
using base::Result;
using base::Status;

namespace {

constexpr size_t kStepBytes = 64U << 20U;

Status setAttributes(const QByteArray &source, const QByteArray &target, bool isFollowed);

Status failed(const char *what, const QByteArray &path)
{
    const int cause = errno;
    return base::failErrno(
        cause, QStringLiteral("Cannot %1 %2").arg(QLatin1String(what), QFile::decodeName(path)));
}

Status copyBytes(const QByteArray &source, int out)
{
    const int in = ::open(source.constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (in < 0)
        return failed("open", source);
    Status done;
    while (done) {
        const ssize_t copied = copy_file_range(in, nullptr, out, nullptr, kStepBytes, 0);
        if (copied < 0)
            done = failed("copy", source);
        if (copied <= 0)
            break;
    }
    if (done && fsync(out) != 0)
        done = failed("write to disk the copy of", source);
    ::close(in);
    return done;
}

Status rename(const QByteArray &part, const QByteArray &target, bool mayReplace)
{
    const unsigned flags = mayReplace ? 0 : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, part.constData(), AT_FDCWD, target.constData(), flags) == 0)
        return {};
    return errno == EISDIR ? fail(Errc::Conflict, QStringLiteral("'%1' is a folder now")
                                                      .arg(QFile::decodeName(target)))
                           : failed("name", target);
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
        return setAttributes(source, target, false);
    if (errno == EEXIST && lstat(target.constData(), &there) == 0 && !S_ISDIR(there.st_mode)) {
        return fail(Errc::Conflict,
                    QStringLiteral("'%1' is no folder now").arg(QFile::decodeName(target)));
    }
    return errno == EEXIST ? Status{} : failed("make", target);
}

Status setAttributes(const QByteArray &source, const QByteArray &target, bool isFollowed)
{
    struct stat info = {};
    if (lstat(source.constData(), &info) != 0)
        return failed("read", source);
    QByteArray names(65536, '\0');
    const ssize_t bytes
        = llistxattr(source.constData(), names.data(), static_cast<size_t>(names.size()));
    names.truncate(bytes > 0 ? bytes : 0);
    const auto set = isFollowed ? setxattr : lsetxattr;
    for (const QByteArray &name : names.split('\0')) {
        QByteArray value(65536, '\0');
        const ssize_t got = name.isEmpty()
            ? -1
            : lgetxattr(source.constData(), name.constData(), value.data(),
                        static_cast<size_t>(value.size()));
        // What this user may not set stays away, as with every copy.
        if (got >= 0)
            (void)set(target.constData(), name.constData(), value.constData(),
                      static_cast<size_t>(got), 0);
    }
    const int flags = isFollowed ? 0 : AT_SYMLINK_NOFOLLOW;
    if (fchownat(AT_FDCWD, target.constData(), info.st_uid, info.st_gid, flags) != 0
        && errno != EPERM)
        return failed("set the owner of", target);
    if (!S_ISLNK(info.st_mode) && chmod(target.constData(), info.st_mode & 07777U) != 0)
        return failed("set the mode of", target);
    const timespec times[2] = {info.st_atim, info.st_mtim};
    if (utimensat(AT_FDCWD, target.constData(), times, flags) != 0)
        return failed("set the times of", target);
    return {};
}

/// A file that has no name yet gets that one.
Status place(const QByteArray &self, const QByteArray &target, bool mayReplace, PartNames &parts)
{
    if (linkat(AT_FDCWD, self.constData(), AT_FDCWD, target.constData(), AT_SYMLINK_FOLLOW) == 0)
        return {};
    if (errno != EEXIST || !mayReplace)
        return failed("name", target);
    const Result<QByteArray> part = parts.beside(target);
    if (!part)
        return tl::unexpected(part.error());
    if (linkat(AT_FDCWD, self.constData(), AT_FDCWD, part->constData(), AT_SYMLINK_FOLLOW) != 0)
        return failed("make", *part);
    const Status done = rename(*part, target, true);
    // Also when both names are of one file already, which renaming leaves as it is.
    ::unlink(part->constData());
    return done;
}

/// Where files without a name cannot be made, and for links.
Status copyByPart(const QByteArray &source, const QByteArray &target, bool mayReplace,
                  PartNames &parts)
{
    struct stat info = {};
    const Result<QByteArray> part = parts.beside(target);
    if (!part)
        return tl::unexpected(part.error());
    if (lstat(source.constData(), &info) != 0)
        return failed("read", source);
    Status done;
    if (S_ISLNK(info.st_mode)) {
        done = copyLink(source, *part);
    } else {
        const int out
            = ::open(part->constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        done = out < 0 ? failed("make", *part) : copyBytes(source, out);
        if (out >= 0 && ::close(out) != 0 && done)
            done = failed("write to disk", *part);
    }
    if (done)
        done = setAttributes(source, *part, false);
    if (done)
        done = rename(*part, target, mayReplace);
    if (!done)
        ::unlink(part->constData());
    return done;
}

Status copyFile(const QByteArray &source, const QByteArray &target, bool mayReplace,
                PartNames &parts)
{
    const QByteArray folder = target.left(target.lastIndexOf('/'));
    const int out = ::open(folder.constData(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    if (out < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        return copyByPart(source, target, mayReplace, parts);
    if (out < 0)
        return failed("make a file in", folder);
    const QByteArray self = "/proc/self/fd/" + QByteArray::number(out);
    Status done = copyBytes(source, out);
    if (done)
        done = setAttributes(source, self, true);
    if (done)
        done = place(self, target, mayReplace, parts);
    if (::close(out) != 0 && done)
        done = failed("write to disk", target);
    return done;
}

} // namespace

Status copyAttributes(const QByteArray &source, const QByteArray &target)
{
    return setAttributes(source, target, false);
}

Status copyEntry(const QByteArray &source, const QByteArray &target, bool mayReplace,
                 PartNames &parts)
{
    struct stat info = {};
    if (lstat(source.constData(), &info) != 0)
        return failed("read", source);
    if (S_ISDIR(info.st_mode))
        return copyFolder(source, target);
    if (S_ISREG(info.st_mode))
        return copyFile(source, target, mayReplace, parts);
    if (S_ISLNK(info.st_mode))
        return copyByPart(source, target, mayReplace, parts);
    return fail(Errc::NotSupported, QStringLiteral("'%1' is neither a file nor a link")
                                        .arg(QFile::decodeName(source)));
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/service/document_transfer.h"

#include <QFile>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;

namespace {

constexpr size_t kStepBytes = 1U << 20U;
constexpr int kNumbersMax = 10000;

/// A descriptor that closes itself.
class Fd
{
public:
    explicit Fd(int fd) : m_fd(fd) {}
    ~Fd()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Fd(const Fd &) = delete;
    Fd &operator=(const Fd &) = delete;
    int get() const { return m_fd; }
    bool isOpen() const { return m_fd >= 0; }

private:
    const int m_fd;
};

tl::unexpected<base::Error> failed(const char *what, const QByteArray &path)
{
    const int cause = errno;
    return base::failErrno(
        cause, QStringLiteral("Cannot %1 %2").arg(QLatin1String(what), QFile::decodeName(path)));
}

/// Reads up to bytes, fewer only at the end; negative on error.
ssize_t readFully(int fd, char *buffer, size_t bytes)
{
    size_t done = 0;
    while (done < bytes) {
        const ssize_t got = ::read(fd, buffer + done, bytes - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += static_cast<size_t>(got);
    }
    return static_cast<ssize_t>(done);
}

bool writeFully(int fd, const char *buffer, size_t bytes)
{
    while (bytes > 0) {
        const ssize_t done = ::write(fd, buffer, bytes);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        buffer += done;
        bytes -= static_cast<size_t>(done);
    }
    return true;
}

bool isSameTime(const timespec &a, const timespec &b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool haveSameContent(int source, const QByteArray &path)
{
    const Fd other(::open(path.constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat a = {};
    struct stat b = {};
    if (!other.isOpen() || fstat(source, &a) != 0 || fstat(other.get(), &b) != 0)
        return false;
    if (!S_ISREG(b.st_mode) || a.st_size != b.st_size || lseek(source, 0, SEEK_SET) != 0)
        return false;
    std::vector<char> left(kStepBytes);
    std::vector<char> right(kStepBytes);
    for (;;) {
        const ssize_t got = readFully(source, left.data(), left.size());
        if (got < 0 || readFully(other.get(), right.data(), right.size()) != got)
            return false;
        if (got == 0)
            return true;
        if (memcmp(left.data(), right.data(), static_cast<size_t>(got)) != 0)
            return false;
    }
}

/// "letter (2).txt" for "letter.txt" and 2.
QByteArray numbered(const QByteArray &name, int number)
{
    const qsizetype dot = name.lastIndexOf('.');
    const QByteArray mark = " (" + QByteArray::number(number) + ')';
    return dot > 0 ? name.left(dot) + mark + name.mid(dot) : name + mark;
}

base::Status copyBytes(int source, int target, const CopyRequest &request)
{
    std::vector<char> buffer(kStepBytes);
    if (lseek(source, 0, SEEK_SET) != 0)
        return failed("read", request.source);
    for (;;) {
        const ssize_t got = readFully(source, buffer.data(), buffer.size());
        if (got < 0)
            return failed("read", request.source);
        if (got == 0)
            return {};
        if (!writeFully(target, buffer.data(), static_cast<size_t>(got)))
            return failed("write the copy of", request.source);
        if (!request.progress(static_cast<uint64_t>(got)))
            return base::fail(Errc::Cancelled, QStringLiteral("Stopped"));
    }
}

/// What becomes the copy once it is whole. It has no name until then where the file system knows
/// such files, so that nothing is left of one when the daemon is killed.
class Part
{
public:
    explicit Part(const QByteArray &folder)
        : m_fd(::open(folder.constData(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600))
    {
        if (m_fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
            return;
        // The copy's own name may have all 255 bytes, so the part has another one.
        m_name = folder + "/.vexfs-add." + QByteArray::number(getpid()) + '.' +
                 QByteArray::number(static_cast<qulonglong>(gettid())) + ".part";
        ::unlink(m_name.constData()); // Left behind by a daemon that was killed.
        m_fd = ::open(m_name.constData(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    }
    ~Part()
    {
        if (m_fd >= 0 && !m_name.isEmpty())
            ::unlink(m_name.constData());
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Part(const Part &) = delete;
    Part &operator=(const Part &) = delete;
    int fd() const { return m_fd; }

    /// Whether it has that name now; errno EEXIST when something else has it, which stays.
    bool place(const QByteArray &path)
    {
        if (m_name.isEmpty()) {
            const QByteArray self = "/proc/self/fd/" + QByteArray::number(m_fd);
            return linkat(AT_FDCWD, self.constData(), AT_FDCWD, path.constData(),
                          AT_SYMLINK_FOLLOW) == 0;
        }
        if (renameat2(AT_FDCWD, m_name.constData(), AT_FDCWD, path.constData(),
                      RENAME_NOREPLACE) != 0)
            return false;
        m_name.clear();
        return true;
    }

private:
    int m_fd;
    QByteArray m_name; ///< Empty for none.
};

base::Status fillPart(int source, const Part &part, const CopyRequest &request)
{
    struct stat info = {};
    if (part.fd() < 0)
        return failed("make a file in", request.folder);
    if (fstat(source, &info) != 0)
        return failed("read", request.source);
    if (auto copied = copyBytes(source, part.fd(), request); !copied)
        return copied;
    const timespec times[2] = {info.st_atim, info.st_mtim};
    if (request.isMove) {
        if (auto kept = copyAttributes(source, part.fd()); !kept)
            return kept;
    }
    if (fchmod(part.fd(), info.st_mode & 07777U) != 0 || futimens(part.fd(), times) != 0)
        return failed("set mode and times of the copy of", request.source);
    if (fsync(part.fd()) != 0)
        return failed("write to disk the copy of", request.source);
    return {};
}

bool isItself(const FileIdentity &identity, const QByteArray &path)
{
    struct stat there = {};
    return lstat(path.constData(), &there) == 0 && there.st_dev == identity.device
           && there.st_ino == identity.ino;
}

/// False where it must be copied, because the file systems are two or a file has that name.
base::Result<bool> renameDocument(const CopyRequest &request, const QByteArray &path)
{
    if (renameat2(AT_FDCWD, request.source.constData(), AT_FDCWD, path.constData(),
                  RENAME_NOREPLACE) == 0)
        return true;
    // EINVAL: the file system knows no such flag.
    if (errno == EXDEV || errno == EEXIST || errno == EINVAL)
        return false;
    return failed("move", request.source);
}

/// Gives the part its name; never replaces what is there.
base::Result<CopyResult> placePart(int source, Part *part, const CopyRequest &request)
{
    const QByteArray folder = request.folder + '/';
    for (int number = 1; number < kNumbersMax; ++number) {
        const QByteArray name = number == 1 ? request.name : numbered(request.name, number);
        const QByteArray path = folder + name;
        if (part->place(path))
            return CopyResult{CopyOutcome::Added, name, {}};
        if (errno != EEXIST)
            return failed("name", path);
        if (haveSameContent(source, path))
            return CopyResult{CopyOutcome::SameThere, name, {}};
        if (request.onDuplicate == OnDuplicate::Skip)
            break;
    }
    return base::fail(Errc::AlreadyExists,
                      QStringLiteral("Another '%1' is there already; it was kept")
                          .arg(QFile::decodeName(request.name)));
}

} // namespace

FileIdentity FileIdentity::of(const struct stat &info)
{
    return {info.st_dev, info.st_ino, info.st_size, info.st_nlink, info.st_mtim, info.st_ctim};
}

bool FileIdentity::isOf(const struct stat &info) const
{
    return info.st_dev == device && info.st_ino == ino && info.st_size == sizeBytes
           && isSameTime(info.st_mtim, mtime)
           && (info.st_nlink != links || isSameTime(info.st_ctim, ctime));
}

base::Status copyAttributes(int from, int to)
{
    constexpr size_t kNamesMax = 64U << 10U; // The kernel's limits.
    constexpr size_t kValueMax = 64U << 10U;
    std::vector<char> names(kNamesMax);
    const ssize_t length = flistxattr(from, names.data(), names.size());
    if (length < 0 && errno == ENOTSUP)
        return {};
    if (length < 0)
        return base::failErrno(errno, QStringLiteral("Cannot read the attributes"));
    std::vector<char> value(kValueMax);
    for (const QByteArray &name :
         QByteArray(names.data(), static_cast<qsizetype>(length)).split('\0')) {
        if (!name.startsWith("user."))
            continue;
        const ssize_t got = fgetxattr(from, name.constData(), value.data(), value.size());
        if (got < 0 || fsetxattr(to, name.constData(), value.data(), size_t(got), 0) != 0) {
            return base::failErrno(errno, QStringLiteral("Cannot keep the attribute %1")
                                              .arg(QString::fromUtf8(name)));
        }
    }
    return {};
}

base::Result<CopyResult> copyDocument(const CopyRequest &request)
{
    const Fd source(
        ::open(request.source.constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat info = {};
    if (!source.isOpen() || fstat(source.get(), &info) != 0)
        return failed("open", request.source);
    const FileIdentity identity = FileIdentity::of(info);
    const QByteArray path = request.folder + '/' + request.name;
    if (isItself(identity, path))
        return CopyResult{CopyOutcome::ItselfThere, request.name, identity};
    if (haveSameContent(source.get(), path))
        return CopyResult{CopyOutcome::SameThere, request.name, identity};
    struct stat there = {};
    if (request.onDuplicate == OnDuplicate::Skip && lstat(path.constData(), &there) == 0) {
        return base::fail(Errc::AlreadyExists,
                          QStringLiteral("Another '%1' is there already; it was kept")
                              .arg(QFile::decodeName(request.name)));
    }
    if (request.isMove) {
        const auto isRenamed = renameDocument(request, path);
        if (!isRenamed)
            return tl::unexpected(isRenamed.error());
        if (*isRenamed) {
            request.progress(static_cast<uint64_t>(info.st_size));
            return CopyResult{CopyOutcome::Renamed, request.name, identity};
        }
    }
    Part part(request.folder);
    base::Result<CopyResult> result = CopyResult();
    if (const auto filled = fillPart(source.get(), part, request); filled)
        result = placePart(source.get(), &part, request);
    else
        result = tl::unexpected(filled.error());
    if (result) {
        result->identity = identity;
        if (result->outcome == CopyOutcome::SameThere
            && isItself(identity, request.folder + '/' + result->name))
            result->outcome = CopyOutcome::ItselfThere;
    }
    return result;
}

} // namespace vexfs::daemon

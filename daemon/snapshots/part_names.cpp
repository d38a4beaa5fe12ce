// SPDX-License-Identifier: Apache-2.0
#include "daemon/snapshots/part_names.h"

#include <QFile>

#include <cerrno>
#include <cstring>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Result;
using base::Status;

namespace {

constexpr char kPartBegin[] = ".vexfs-restore.";
constexpr char kPartEnd[] = ".part";
constexpr char kNoteBegin[] = "restoring-";
constexpr qint64 kNoteBytesMax = 16 << 20;

QByteArray ownNumber()
{
    return QByteArray::number(getpid()) + '.' + QByteArray::number(qulonglong(gettid()));
}

/// Calls work with the names of a folder's entries; of one that is not there, none.
template <class Work> void eachName(const QByteArray &folder, const Work &work)
{
    const int fd
        = ::open(folder.constData(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR *)> dir(fd < 0 ? nullptr : fdopendir(fd), closedir);
    if (!dir)
        return;
    while (const dirent *entry = readdir(dir.get()))
        work(dirfd(dir.get()), QByteArray(entry->d_name));
}

void removePartsIn(const QByteArray &folder)
{
    eachName(folder, [](int at, const QByteArray &name) {
        if (name.startsWith(kPartBegin) && name.endsWith(kPartEnd))
            ::unlinkat(at, name.constData(), 0);
    });
}

} // namespace

PartNames::PartNames(const QByteArray &mountPoint, const QByteArray &noteFolder)
    : m_mountPoint(mountPoint), m_notePath(noteFolder + '/' + kNoteBegin + ownNumber())
{}

PartNames::~PartNames()
{
    if (m_note < 0)
        return;
    ::unlink(m_notePath.constData());
    ::close(m_note);
}

// Below the mount point by what follows it, since the volume may be mounted elsewhere later.
Status PartNames::note(const QByteArray &folder)
{
    if (folder == m_lastFolder)
        return {};
    if (m_note < 0) {
        m_note = ::open(m_notePath.constData(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (m_note < 0 || flock(m_note, LOCK_EX | LOCK_NB) != 0)
            return base::failErrno(errno, QStringLiteral("Cannot note what is restored"));
    }
    const bool isInside = (folder + '/').startsWith(m_mountPoint + '/');
    const QByteArray line
        = (isInside ? '.' + folder.mid(m_mountPoint.size()) : folder) + '\0';
    if (::write(m_note, line.constData(), size_t(line.size())) != line.size()
        || fdatasync(m_note) != 0)
        return base::failErrno(errno, QStringLiteral("Cannot note what is restored"));
    m_lastFolder = folder;
    return {};
}

Result<QByteArray> PartNames::beside(const QByteArray &target)
{
    const QByteArray folder = target.left(target.lastIndexOf('/'));
    if (const Status noted = note(folder); !noted)
        return tl::unexpected(noted.error());
    // The name of target may have all 255 bytes, so the part has one of its own.
    const QByteArray part = folder + '/' + kPartBegin + ownNumber() + kPartEnd;
    if (::unlink(part.constData()) != 0 && errno != ENOENT) {
        return base::failErrno(errno,
                               QStringLiteral("Cannot make %1").arg(QFile::decodeName(part)));
    }
    return part;
}

void PartNames::removeLeft(const QByteArray &mountPoint, const QByteArray &noteFolder)
{
    eachName(noteFolder, [&](int at, const QByteArray &name) {
        if (!name.startsWith(kNoteBegin))
            return;
        const int fd = ::openat(at, name.constData(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        QFile note;
        if (fd < 0 || !note.open(fd, QIODevice::ReadOnly, QFileDevice::AutoCloseHandle))
            return;
        if (flock(fd, LOCK_EX | LOCK_NB) != 0)
            return;
        for (const QByteArray &folder : note.read(kNoteBytesMax).split('\0')) {
            if (folder.startsWith('.'))
                removePartsIn(mountPoint + folder.mid(1));
            else if (folder.startsWith('/'))
                removePartsIn(folder);
        }
        ::unlinkat(at, name.constData(), 0);
    });
}

} // namespace vexfs::daemon

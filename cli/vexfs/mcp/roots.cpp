// SPDX-License-Identifier: Apache-2.0
#include "cli/vexfs/mcp/roots.h"

#include "cli/output/human.h"
#include "cli/vexfs/find_volume.h"
#include "common/base/file_uri.h"

#include <QFile>
#include <QFileInfo>

#include <cerrno>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vexfs::cli {

using base::Errc;

namespace {

const QByteArray kSnapshots = QByteArrayLiteral("/.vexfs/snapshots/");

/// As openat2(2) wants it. RESOLVE_BENEATH, RESOLVE_NO_MAGICLINKS.
struct OpenHow
{
    uint64_t flags = 0;
    uint64_t mode = 0;
    uint64_t resolve = 0x08 | 0x02;
};

/// Never leaves root: symlinks and ".." that lead out of it fail with EXDEV.
int openBeneath(const QByteArray &root, const QByteArray &relative, int flags)
{
    const int folder = ::open(root.constData(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -1;
    OpenHow how;
    how.flags = uint64_t(flags | O_CLOEXEC);
    const char *way = relative.isEmpty() ? "." : relative.constData();
    const long fd = ::syscall(SYS_openat2, folder, way, &how, sizeof how);
    const int error = errno;
    ::close(folder);
    errno = error;
    return int(fd);
}

bool isAtOrBelow(const QByteArray &path, const QByteArray &folder)
{
    return path == folder || path.startsWith(folder.endsWith('/') ? folder : folder + '/');
}

/// The way from a folder to what is in it.
QByteArray wayTo(const QByteArray &path, const QByteArray &folder)
{
    return path == folder ? QByteArray() : path.mid(folder.size() + (folder.endsWith('/') ? 0 : 1));
}

tl::unexpected<base::Error> isOutside(const QByteArray &path)
{
    return base::fail(Errc::NotAuthorized,
                      QStringLiteral("%1 is in none of the folders that may be read here")
                          .arg(shownPath(path)));
}

} // namespace

OpenFile::~OpenFile()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

base::Result<Roots> Roots::of(const Command &command, const std::vector<std::string> &folders)
{
    const auto inventory = await(command, command.io.client.inventory());
    if (!inventory)
        return tl::unexpected(inventory.error());
    Roots roots;
    roots.m_isAll = folders.empty();
    for (const client::VolumeInfo &each : inventory->volumes) {
        if (each.isMounted())
            roots.m_mounts.append(mountPath(each));
    }
    if (roots.m_isAll) {
        roots.m_folders = roots.m_mounts;
        for (const client::SourceInfo &each : inventory->sources) {
            if (const auto path = base::pathFromUri(each.uri))
                roots.m_folders.append(*path);
        }
        return roots;
    }
    for (const std::string &each : folders) {
        const QFileInfo info(QFile::decodeName(absolutePath(each)));
        if (!info.isDir())
            return base::fail(Errc::NotFound, QStringLiteral("--root %1: there is no such folder")
                                                  .arg(QString::fromStdString(each)));
        roots.m_folders.append(QFile::encodeName(info.canonicalFilePath()));
    }
    return roots;
}

QStringList Roots::scopeUris() const
{
    QStringList uris;
    if (m_isAll)
        return uris;
    for (const QByteArray &each : m_folders)
        uris.append(base::uriFromPath(each));
    return uris;
}

Roots::Place Roots::placeOf(const QByteArray &path) const
{
    for (const QByteArray &root : m_folders) {
        // Of what is kept there only snapshots are for anybody: below.
        const bool isKept = m_mounts.contains(root) && isAtOrBelow(path, root + "/.vexfs");
        if (isAtOrBelow(path, root) && !isKept)
            return {root, wayTo(path, root)};
    }
    for (const QByteArray &mount : m_mounts) {
        if (!path.startsWith(mount + kSnapshots))
            continue;
        const QByteArray rest = path.mid(mount.size() + kSnapshots.size());
        const qsizetype slash = rest.indexOf('/');
        if (slash < 1)
            continue;
        const QByteArray snapshot = mount + kSnapshots + rest.left(slash);
        const QByteArray live = mount + rest.mid(slash);
        for (const QByteArray &root : m_folders) {
            if (isAtOrBelow(root, mount) && isAtOrBelow(live, root))
                return {snapshot + root.mid(mount.size()), wayTo(live, root)};
        }
    }
    return {};
}

base::Result<QByteArray> Roots::resolve(const QString &file) const
{
    const auto path = base::pathFromUri(file);
    if (!path)
        return path;
    const QByteArray clean = base::cleanPath(*path);
    const Place place = placeOf(clean);
    if (place.root.isEmpty())
        return isOutside(clean);
    // What is there decides whether the way leads out; a file may have been deleted.
    for (QByteArray way = place.relative;; way = way.left(std::max<qsizetype>(
             way.lastIndexOf('/'), 0))) {
        const int error = OpenFile(openBeneath(place.root, way, O_PATH)).get() >= 0 ? 0 : errno;
        if (error == 0)
            return clean;
        if (error != ENOENT && error != ENOTDIR)
            return isOutside(clean);
        if (way.isEmpty())
            return base::fail(Errc::NotFound,
                              QStringLiteral("There is no %1").arg(shownPath(place.root)));
    }
}

base::Result<OpenFile> Roots::open(const QString &file) const
{
    const auto path = resolve(file);
    if (!path)
        return tl::unexpected(path.error());
    const Place place = placeOf(*path);
    OpenFile opened(openBeneath(place.root, place.relative, O_RDONLY | O_NONBLOCK));
    if (opened.get() < 0)
        return base::failErrno(errno, QStringLiteral("%1 cannot be read").arg(shownPath(*path)));
    return opened;
}

} // namespace vexfs::cli

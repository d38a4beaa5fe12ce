// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/folder_look.h"

#include "daemon/volume/beneath.h"

#include <cerrno>
#include <cstring>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;
using base::Result;
using base::Status;

namespace {

/// Deeper than any path that a program can name.
constexpr int kDepthMax = 4096;

int64_t nanoseconds(const timespec &time)
{
    return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

FolderNode nodeOf(const struct stat &found)
{
    return {found.st_ino, found.st_mode, static_cast<uint64_t>(found.st_size),
            nanoseconds(found.st_mtim), nanoseconds(found.st_ctim)};
}

QByteArray below(const QByteArray &folder, const QByteArray &name)
{
    return folder.isEmpty() ? name : folder + '/' + name;
}

/// The path of a folder, nothing when it hangs in the air.
Result<std::optional<QByteArray>> pathOfFolder(FolderRecord &record, uint64_t ino, uint64_t root)
{
    QByteArray path;
    for (int depth = 0; ino != root; ++depth) {
        const auto links = record.linksOf(ino);
        if (!links)
            return tl::unexpected(links.error());
        if (links->isEmpty() || depth == kDepthMax)
            return std::nullopt;
        path = path.isEmpty() ? links->constFirst().name
                              : links->constFirst().name + '/' + path;
        ino = links->constFirst().parent;
    }
    return path;
}

} // namespace

Result<QVector<QByteArray>> recordedPaths(FolderRecord &record, uint64_t ino, uint64_t rootInode)
{
    QVector<QByteArray> paths;
    if (ino == rootInode)
        return QVector<QByteArray>{QByteArray("")};
    const auto links = record.linksOf(ino);
    if (!links)
        return tl::unexpected(links.error());
    for (const FolderLink &link : *links) {
        const auto folder = pathOfFolder(record, link.parent, rootInode);
        if (!folder)
            return tl::unexpected(folder.error());
        if (folder->has_value())
            paths.push_back(below(**folder, link.name));
    }
    return paths;
}

FolderLook::~FolderLook()
{
    if (m_openDescriptor >= 0)
        ::close(m_openDescriptor);
}

Status FolderLook::everything()
{
    m_isWhole = true;
    m_waiting.push_back({m_context.rootInode, {}});
    if (const Status done = newFolders(); !done)
        return done;
    return dropOrphans();
}

Status FolderLook::entries(const FolderWatch::Changes &changes)
{
    for (const auto &[ino, name] : changes.entries) {
        if (m_context.isCancelled)
            return base::fail(Errc::Cancelled, QStringLiteral("The folder is let go"));
        if (ino != m_openFolder.ino || m_openDescriptor < 0) {
            const auto path = pathOfFolder(m_context.record, ino, m_context.rootInode);
            if (!path)
                return tl::unexpected(path.error());
            if (!path->has_value())
                continue;
            const auto descriptor = descriptorOf({ino, **path});
            // Moved or gone since: another event tells of it.
            if (!descriptor && descriptor.error().code == Errc::NotFound)
                continue;
            if (!descriptor && descriptor.error().code == Errc::NotAuthorized)
                continue;
            if (!descriptor)
                return tl::unexpected(descriptor.error());
        }
        const Folder folder = m_openFolder;
        if (const Status done = entry(m_openDescriptor, folder, name); !done)
            return done;
        if (const Status done = newFolders(); !done)
            return done;
    }
    return dropOrphans();
}

/// Opens a folder that must still be the one that is known, and keeps it as m_openFolder.
Result<int> FolderLook::descriptorOf(const Folder &folder)
{
    const auto opened =
        openBelow(m_context.root, folder.path, O_RDONLY | O_DIRECTORY, Mounts::Stay);
    if (!opened)
        return opened;
    struct stat found = {};
    if (fstat(*opened, &found) != 0 || found.st_ino != folder.ino
        || found.st_dev != m_context.device) {
        ::close(*opened);
        return base::fail(Errc::NotFound, QStringLiteral("Another folder is in its place"));
    }
    if (m_openDescriptor >= 0)
        ::close(m_openDescriptor);
    m_openDescriptor = *opened;
    m_openFolder = folder;
    return m_openDescriptor;
}

Status FolderLook::newFolders()
{
    while (!m_waiting.empty()) {
        if (m_context.isCancelled)
            return base::fail(Errc::Cancelled, QStringLiteral("The folder is let go"));
        const Folder folder = m_waiting.front();
        m_waiting.pop_front();
        if (const Status done = wholeFolder(folder); !done)
            return done;
    }
    return {};
}

// Watched first: what comes while it is read is told, then.
Status FolderLook::wholeFolder(const Folder &folder)
{
    const auto descriptor = descriptorOf(folder);
    if (!descriptor && descriptor.error().code == Errc::NotFound) {
        m_hasMissed = true;
        return {};
    }
    if (!descriptor && descriptor.error().code == Errc::NotAuthorized) {
        ++m_unreadable;
        const auto before = m_context.record.entriesOf(folder.ino);
        if (!before)
            return tl::unexpected(before.error());
        for (const FolderLink &link : *before) {
            if (const Status done = unlink(folder.ino, link.name, link.ino); !done)
                return done;
        }
        return {};
    }
    if (!descriptor)
        return tl::unexpected(descriptor.error());
    ++m_folders;
    const auto watched = m_context.watch.add(*descriptor, folder.ino);
    if (!watched)
        return tl::unexpected(watched.error());
    m_lacksWatches = m_lacksWatches || !*watched;
    return entriesOf(*descriptor, folder);
}

Status FolderLook::entriesOf(int descriptor, const Folder &folder)
{
    const auto before = m_context.record.entriesOf(folder.ino);
    if (!before)
        return tl::unexpected(before.error());
    const int copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR *)> stream(copy < 0 ? nullptr : fdopendir(copy),
                                                      closedir);
    if (!stream) {
        const int cause = errno;
        if (copy >= 0)
            ::close(copy);
        return base::failErrno(cause, QStringLiteral("Cannot read a folder"));
    }
    QSet<QByteArray> seen;
    errno = 0;
    while (const dirent *each = readdir(stream.get())) {
        if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0)
            continue;
        const QByteArray name(each->d_name);
        seen.insert(name);
        if (const Status done = entry(descriptor, folder, name); !done)
            return done;
        errno = 0;
    }
    if (errno != 0)
        return base::failErrno(errno, QStringLiteral("Cannot read a folder"));
    for (const FolderLink &link : *before) {
        if (seen.contains(link.name))
            continue;
        if (const Status done = unlink(folder.ino, link.name, link.ino); !done)
            return done;
    }
    return {};
}

Status FolderLook::entry(int descriptor, const Folder &folder, const QByteArray &name)
{
    struct stat found = {};
    const int failed = fstatat(descriptor, name.constData(), &found, AT_SYMLINK_NOFOLLOW);
    if (failed != 0 && errno != ENOENT)
        return base::failErrno(errno, QStringLiteral("Cannot look at %1")
                                          .arg(QString::fromUtf8(below(folder.path, name))));
    const bool isOurs = failed == 0 && found.st_dev == m_context.device
        && found.st_ino != m_context.excludedInode
        && (S_ISREG(found.st_mode) || S_ISDIR(found.st_mode));
    if (isOurs)
        return present(folder, name, found);
    const auto before = m_context.record.linked(folder.ino, name);
    if (!before)
        return tl::unexpected(before.error());
    return before->has_value() ? unlink(folder.ino, name, **before) : Status();
}

Status FolderLook::present(const Folder &folder, const QByteArray &name, const struct stat &found)
{
    const uint64_t ino = found.st_ino;
    const auto linked = m_context.record.linked(folder.ino, name);
    auto node = m_context.record.node(ino);
    if (!linked || !node)
        return tl::unexpected(linked ? node.error() : linked.error());
    Status done;
    if (linked->has_value() && **linked != ino)
        done = unlink(folder.ino, name, **linked);
    // The number went to something else.
    if (done && node->has_value() && ((*node)->mode & S_IFMT) != (found.st_mode & S_IFMT)) {
        done = drop(ino);
        *node = std::nullopt;
    }
    if (!done)
        return done;
    uint32_t kinds = node->has_value() ? 0U : uint32_t(ChangeCreated);
    if (node->has_value())
        done = known(**node, found, &kinds);
    else
        done = m_context.record.putNode(nodeOf(found));
    const bool isNewHere = !node->has_value() || !linked->has_value() || **linked != ino;
    if (done && isNewHere) {
        kinds |= node->has_value() ? uint32_t(ChangeNames) : 0U;
        // A folder has one name: this is where it is now.
        if (S_ISDIR(found.st_mode)) {
            const auto links = m_context.record.linksOf(ino);
            for (const FolderLink &old : links ? *links : QVector<FolderLink>()) {
                if (done)
                    done = m_context.record.removeLink(old.parent, old.name);
            }
        }
        if (done)
            done = m_context.record.putLink({folder.ino, name, ino});
    }
    if (done && kinds != 0)
        done = note(ino, kinds, found.st_mode);
    const bool isToBeRead = S_ISDIR(found.st_mode) && (m_isWhole || !node->has_value());
    if (isToBeRead)
        m_waiting.push_back({ino, below(folder.path, name)});
    return done;
}

Status FolderLook::known(const FolderNode &before, const struct stat &found, uint32_t *kinds)
{
    const FolderNode now = nodeOf(found);
    if (S_ISDIR(found.st_mode))
        return {};
    if (before.sizeBytes != now.sizeBytes || before.mtimeNs != now.mtimeNs)
        *kinds |= ChangeData;
    if (before.ctimeNs != now.ctimeNs)
        *kinds |= ChangeAttrs;
    return *kinds == 0 ? Status() : m_context.record.putNode(now);
}

Status FolderLook::unlink(uint64_t folder, const QByteArray &name, uint64_t ino)
{
    m_orphans.push_back(ino);
    // It may have another name, of which it is told.
    const auto node = m_context.record.node(ino);
    if (!node)
        return tl::unexpected(node.error());
    Status done = m_context.record.removeLink(folder, name);
    if (done && node->has_value())
        done = note(ino, ChangeNames, (*node)->mode);
    return done;
}

// At the end only: what lost one name may have got another meanwhile.
Status FolderLook::dropOrphans()
{
    while (!m_orphans.empty()) {
        const uint64_t ino = m_orphans.front();
        m_orphans.pop_front();
        const auto links = m_context.record.linksOf(ino);
        if (!links)
            return tl::unexpected(links.error());
        if (!links->isEmpty())
            continue;
        if (const Status done = drop(ino); !done)
            return done;
    }
    return {};
}

Status FolderLook::drop(uint64_t ino)
{
    const auto node = m_context.record.node(ino);
    if (!node)
        return tl::unexpected(node.error());
    if (!node->has_value())
        return {};
    Status done;
    if (S_ISDIR((*node)->mode)) {
        m_context.watch.remove(ino);
        const auto entries = m_context.record.entriesOf(ino);
        if (!entries)
            return tl::unexpected(entries.error());
        for (const FolderLink &link : *entries) {
            m_orphans.push_back(link.ino);
            if (done)
                done = m_context.record.removeLink(ino, link.name);
        }
    }
    const auto links = m_context.record.linksOf(ino);
    for (const FolderLink &link : links ? *links : QVector<FolderLink>()) {
        if (done)
            done = m_context.record.removeLink(link.parent, link.name);
    }
    if (done)
        done = m_context.record.removeNode(ino);
    return done ? note(ino, ChangeRemoved, (*node)->mode) : done;
}

Status FolderLook::note(uint64_t ino, uint32_t kinds, uint32_t mode)
{
    m_hasChanges = true;
    return m_context.record.addChange({ino, kinds, mode}, m_context.generation);
}

} // namespace vexfs::daemon

// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/mounted_volume.h"

#include "daemon/volume/beneath.h"

#include <vexfs/ioctl.h>
#include <vexfs/vector_fork.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#include <fcntl.h>
#include <unistd.h>

namespace vexfs::daemon {

using base::Errc;

namespace {

/// More than any text that the extractors let through can need.
constexpr uint64_t kVectorsBytesMax = 256U << 20U;
constexpr uint32_t kLinksMax = 65536;

static_assert(static_cast<uint32_t>(ChangeCreated) == VEXFS_CHANGE_CREATED);
static_assert(static_cast<uint32_t>(ChangeRemoved) == VEXFS_CHANGE_REMOVED);
static_assert(static_cast<uint32_t>(ChangeData) == VEXFS_CHANGE_DATA);
static_assert(static_cast<uint32_t>(ChangeAttrs) == VEXFS_CHANGE_ATTRS);
static_assert(static_cast<uint32_t>(ChangeNames) == VEXFS_CHANGE_NAMES);
static_assert(static_cast<uint32_t>(ChangeXattrs) == VEXFS_CHANGE_XATTRS);
static_assert(static_cast<uint32_t>(ChangeVectors) == VEXFS_CHANGE_VECTORS);
static_assert(static_cast<uint32_t>(ChangeEntries) == VEXFS_CHANGE_ENTRIES);

QString shown(const QByteArray &path)
{
    return QString::fromUtf8(path);
}

} // namespace

base::Result<std::shared_ptr<MountedVolume>> MountedVolume::attach(const QByteArray &mountPoint)
{
    const int fd = ::open(mountPoint.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return base::failErrno(errno, QStringLiteral("Cannot open %1").arg(shown(mountPoint)));
    const auto info = ctl::volumeInfo(fd);
    if (!info) {
        ::close(fd);
        return tl::unexpected(info.error());
    }
    return std::shared_ptr<MountedVolume>(new MountedVolume(fd, mountPoint, info->uuid));
}

MountedVolume::MountedVolume(int rootFd, QByteArray mountPoint, QString uuid)
    : m_rootFd(rootFd), m_mountPoint(std::move(mountPoint)), m_uuid(std::move(uuid))
{}

MountedVolume::~MountedVolume()
{
    detach();
}

void MountedVolume::detach()
{
    const std::unique_lock lock(m_mutex);
    if (m_rootFd >= 0)
        ::close(m_rootFd);
    m_rootFd = -1;
}

template <class Result, class Work>
Result MountedVolume::withRoot(Work work) const
{
    const std::shared_lock lock(m_mutex);
    if (m_rootFd < 0) {
        return base::fail(
            Errc::Failed,
            QStringLiteral("The volume at %1 is being unmounted").arg(shown(m_mountPoint)));
    }
    return work(m_rootFd);
}

base::Result<ctl::VolumeInfo> MountedVolume::info() const
{
    return withRoot<base::Result<ctl::VolumeInfo>>([](int fd) { return ctl::volumeInfo(fd); });
}

base::Result<QVector<ctl::Counter>> MountedVolume::counters() const
{
    return withRoot<base::Result<QVector<ctl::Counter>>>([](int fd) { return ctl::counters(fd); });
}

base::Status MountedVolume::syncAll() const
{
    const auto done = withRoot<base::Result<uint64_t>>([](int fd) { return ctl::sync(fd); });
    if (!done)
        return tl::unexpected(done.error());
    return {};
}

base::Result<ctl::Snapshot> MountedVolume::createSnapshot(const QByteArray &name, bool isWritable)
{
    return withRoot<base::Result<ctl::Snapshot>>([&](int fd) {
        return ctl::createSnapshot(fd, {VEXFS_TREE_LIVE, name, isWritable, false});
    });
}

base::Status MountedVolume::deleteSnapshot(uint64_t id)
{
    return withRoot<base::Status>([id](int fd) { return ctl::deleteSnapshot(fd, id); });
}

base::Status MountedVolume::dropSnapshot(uint64_t id)
{
    return withRoot<base::Status>([id](int fd) { return ctl::deleteSnapshot(fd, id, true); });
}

base::Result<QVector<ctl::Snapshot>> MountedVolume::listSnapshots() const
{
    return withRoot<base::Result<QVector<ctl::Snapshot>>>(
        [](int fd) { return ctl::listSnapshots(fd, false); });
}

QByteArray MountedVolume::indexDirectory() const
{
    return m_mountPoint + "/.vexfs/index";
}

base::Result<uint64_t> MountedVolume::waitForChange(uint64_t since, int timeoutMs)
{
    const auto limitMs = static_cast<uint32_t>(std::max(timeoutMs, 0));
    return withRoot<base::Result<uint64_t>>(
        [=](int fd) { return ctl::waitForCommit(fd, since, limitMs); });
}

base::Result<uint64_t> MountedVolume::liveGeneration()
{
    return waitForChange(0, 0);
}

base::Result<uint64_t> MountedVolume::createAnchor(const QByteArray &name)
{
    const auto made = withRoot<base::Result<ctl::Snapshot>>([&](int fd) {
        return ctl::createSnapshot(fd, {VEXFS_TREE_LIVE, name, false, true});
    });
    if (!made)
        return tl::unexpected(made.error());
    return made->id;
}

base::Status MountedVolume::deleteAnchor(uint64_t tree)
{
    return deleteSnapshot(tree);
}

base::Result<QVector<uint64_t>> MountedVolume::listAnchors()
{
    const auto all = withRoot<base::Result<QVector<ctl::Snapshot>>>(
        [](int fd) { return ctl::listSnapshots(fd, true); });
    if (!all)
        return tl::unexpected(all.error());
    QVector<uint64_t> out;
    for (const ctl::Snapshot &each : *all) {
        if (each.isHidden && each.source == VEXFS_TREE_LIVE)
            out.append(each.id);
    }
    return out;
}

// Read again when the list has become another; before reading, so that no change is missed.
base::Result<QVector<SnapshotTree>> MountedVolume::snapshots()
{
    const auto now = info();
    if (!now)
        return tl::unexpected(now.error());
    const std::lock_guard lock(m_listMutex);
    if (m_listChanges == now->snapshotChanges && now->snapshotChanges != 0)
        return m_list;
    const auto all = listSnapshots();
    if (!all)
        return tl::unexpected(all.error());
    m_list.clear();
    for (const ctl::Snapshot &each : *all) {
        // What can be written to is no moment of the past.
        if (!each.isWritable)
            m_list.append({each.id, each.createdNs, each.name});
    }
    m_listChanges = now->snapshotChanges;
    return m_list;
}

base::Result<int> MountedVolume::openIn(const SnapshotTree &snapshot, const QByteArray &path)
{
    const bool isLive = snapshot.id == VEXFS_TREE_LIVE;
    const QByteArray full = isLive ? path : ".vexfs/snapshots/" + snapshot.name + '/' + path;
    return withRoot<base::Result<int>>([&full](int root) {
        // O_NONBLOCK: it may be a fifo, which must not hold us.
        return openBelow(root, full, O_RDONLY | O_NOCTTY | O_NONBLOCK, Mounts::Cross);
    });
}

base::Result<ChangePage> MountedVolume::changes(uint64_t from, uint64_t to, uint64_t afterIno)
{
    const auto page = withRoot<base::Result<ctl::ChangePage>>(
        [=](int fd) { return ctl::diff(fd, from, to, afterIno); });
    if (!page)
        return tl::unexpected(page.error());
    ChangePage out;
    out.atEnd = page->atEnd;
    out.changes.reserve(page->changes.size());
    for (const ctl::Change &each : page->changes)
        out.changes.append(VolumeChange{each.ino, each.kinds, each.mode});
    return out;
}

base::Result<InodeStat> MountedVolume::stat(uint64_t tree, uint64_t ino)
{
    const auto inode =
        withRoot<base::Result<ctl::Inode>>([=](int fd) { return ctl::statInode(fd, tree, ino); });
    if (!inode)
        return tl::unexpected(inode.error());
    InodeStat out;
    out.ino = ino;
    out.mode = inode->mode;
    out.nlink = inode->nlink;
    out.uid = inode->uid;
    out.gid = inode->gid;
    out.sizeBytes = inode->sizeBytes;
    out.vectorsBytes = inode->vectorsBytes;
    out.dataGeneration = inode->dataGeneration;
    out.mtimeNs = inode->mtimeNs;
    out.ctimeNs = inode->ctimeNs;
    out.btimeNs = inode->btimeNs;
    return out;
}

base::Result<QVector<QByteArray>> MountedVolume::paths(uint64_t tree, uint64_t ino)
{
    return pathsUpTo(tree, ino, kLinksMax);
}

// Asked once more than there are names, the volume says that there are no more.
base::Result<QVector<QByteArray>> MountedVolume::pathsUpTo(uint64_t tree, uint64_t ino,
                                                           uint32_t most)
{
    QVector<QByteArray> out;
    for (uint32_t index = 0; index < most; ++index) {
        auto path = withRoot<base::Result<QByteArray>>(
            [=](int fd) { return ctl::inodePath(fd, tree, ino, index); });
        if (!path && path.error().code == Errc::NotFound && index > 0)
            return out;
        if (!path)
            return tl::unexpected(path.error());
        out.append(*path);
    }
    return out;
}

base::Result<InodeLook> MountedVolume::look(uint64_t tree, uint64_t ino)
{
    const auto its = stat(tree, ino);
    if (!its)
        return tl::unexpected(its.error());
    // One that gets another name meanwhile is told of as changed. One without is asked all the
    // same: it is not found.
    auto all = pathsUpTo(tree, ino, std::clamp(its->nlink, 1U, kLinksMax));
    if (!all)
        return tl::unexpected(all.error());
    return InodeLook{*its, std::move(*all)};
}

base::Status MountedVolume::see(QVector<InodeSight> &sights)
{
    QVector<ctl::Look> looks;
    looks.reserve(sights.size());
    for (const InodeSight &each : sights)
        looks.append({each.tree, each.ino, each.wantsPath});
    const auto done = withRoot<base::Status>([&](int fd) { return ctl::lookAt(fd, looks); });
    if (!done)
        return done;
    for (qsizetype i = 0; i < sights.size(); ++i) {
        const ctl::Look &look = looks[i];
        sights[i] = {look.tree,  look.ino,       look.wantsPath, look.isThere, look.isReadable,
                     look.nlink, look.sizeBytes, look.mtimeNs,   look.path};
    }
    return {};
}

base::Result<int> MountedVolume::open(const QByteArray &path, uint64_t ino)
{
    return withRoot<base::Result<int>>(
        [&](int root) { return openFileBelow(root, path, ino, Mounts::Cross); });
}

base::Result<QByteArray> MountedVolume::readVectors(int fd)
{
    return ctl::readFork(fd, VEXFS_FORK_VECTORS, kVectorsBytesMax);
}

base::Status MountedVolume::writeVectors(int fd, const QByteArray &fork)
{
    if (auto cut = ctl::writeFork(fd, VEXFS_FORK_VECTORS, 0, {}, true); !cut || fork.isEmpty())
        return cut;
    if (fork.size() < qsizetype(sizeof(vexfs_vector_header)))
        return base::fail(Errc::InvalidVector, QStringLiteral("A vector fork is cut short"));
    // From its beginning on: until all is there the fork is shorter than its header says.
    return ctl::writeFork(fd, VEXFS_FORK_VECTORS, 0, fork, true);
}

} // namespace vexfs::daemon

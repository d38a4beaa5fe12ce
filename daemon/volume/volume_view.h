// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/volume_view.h - what the daemon may ask of one mounted volume.
//
// The seam between everything that indexes and searches, and the ioctls. MountedVolume is the real
// one; tests of the layers above use a folder on any filesystem behind the same interface.
// Paths are relative to the root of the tree, without a leading '/', as raw bytes (QByteArray).
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QVector>

#include <cstdint>
#include <optional>

namespace vexfs::daemon {

/// Tree id of the live tree; VEXFS_TREE_LIVE of vexfs/ioctl.h.
inline constexpr uint64_t kLiveTree = 1;

/// Bits of VolumeChange::kinds; the same values as VEXFS_CHANGE_* of vexfs/ioctl.h.
enum ChangeKind : uint32_t {
    ChangeCreated = 0x01,
    ChangeRemoved = 0x02,
    ChangeData = 0x04,
    ChangeAttrs = 0x08,
    ChangeNames = 0x10,
    ChangeXattrs = 0x20,
    ChangeVectors = 0x40,
    ChangeEntries = 0x80,
};

/// One inode that differs between two trees.
struct VolumeChange
{
    uint64_t ino = 0;
    uint32_t kinds = 0;
    uint32_t mode = 0;
};

/// What the volume knows about an inode without opening it. Times in ns since the epoch.
struct InodeStat
{
    uint64_t ino = 0;
    uint32_t mode = 0;
    uint32_t nlink = 0;
    uint32_t uid = 0;
    uint32_t gid = 0;
    uint64_t sizeBytes = 0;
    uint64_t vectorsBytes = 0;
    uint64_t dataGeneration = 0;
    int64_t mtimeNs = 0;
    int64_t ctimeNs = 0;
    int64_t btimeNs = 0;
};

/// What stat() and paths() say.
struct InodeLook
{
    InodeStat stat;
    QVector<QByteArray> paths;
};

/// What whoever runs the daemon can see of an inode, and before that, which.
struct InodeSight
{
    uint64_t tree = 0;
    uint64_t ino = 0;
    bool wantsPath = false;
    bool isThere = false;
    bool isReadable = false;  ///< a regular file that could be opened, now
    uint32_t nlink = 0;
    uint64_t sizeBytes = 0;
    int64_t mtimeNs = 0;
    std::optional<QByteArray> path = {};  ///< the first; if wanted, and not always then
};

/// A snapshot that people see and nobody writes to.
struct SnapshotTree
{
    uint64_t id = 0;  ///< ids rise with time, anchors among them
    int64_t createdNs = 0;
    QByteArray name;
};

/// A page of changes, in order of ino.
struct ChangePage
{
    QVector<VolumeChange> changes;
    bool atEnd = false;
};

/// One mounted volume. Owner: the volume service. Thread: any; implementations lock for themselves.
/// Every call may block on the disk, so none is made on the thread of the bus.
class VolumeView
{
public:
    virtual ~VolumeView() = default;

    /// RFC 4122 text, lower case: the id of the volume in paths and catalogs.
    virtual QString uuid() const = 0;

    /// Absolute path of the mount point, and of the directory for the daemon's own files.
    virtual QByteArray mountPoint() const = 0;
    virtual QByteArray indexDirectory() const = 0;

    /// Blocks until the live tree on disk is newer than since, or timeoutMs passed. Returns its
    /// generation then; compare with since.
    virtual base::Result<uint64_t> waitForChange(uint64_t since, int timeoutMs) = 0;

    /// Generation of the live tree now, without waiting.
    virtual base::Result<uint64_t> liveGeneration() = 0;

    /// Hidden snapshots of the live tree that mark what has been indexed.
    virtual base::Result<uint64_t> createAnchor(const QByteArray &name) = 0;
    virtual base::Status deleteAnchor(uint64_t tree) = 0;
    virtual base::Result<QVector<uint64_t>> listAnchors() = 0;

    /// In order of id. Asked before each search of the past, so it has to be quick.
    virtual base::Result<QVector<SnapshotTree>> snapshots() { return QVector<SnapshotTree>(); }
    /// As open(), in a snapshot. NotFound, too, for a snapshot that is gone.
    virtual base::Result<int> openIn(const SnapshotTree &snapshot, const QByteArray &path)
    {
        Q_UNUSED(path)
        return base::fail(base::Errc::NotFound,
                          QStringLiteral("No snapshot %1").arg(snapshot.id));
    }

    /// Inodes that differ between two trees, after afterIno. from 0 is the empty tree.
    virtual base::Result<ChangePage> changes(uint64_t from, uint64_t to, uint64_t afterIno) = 0;

    /// NotFound when the inode is gone.
    virtual base::Result<InodeStat> stat(uint64_t tree, uint64_t ino) = 0;

    /// All paths of an inode in a tree (more than one: hard links). NotFound when it is gone.
    virtual base::Result<QVector<QByteArray>> paths(uint64_t tree, uint64_t ino) = 0;

    /// Both at once, as one who looks at many files wants them.
    virtual base::Result<InodeLook> look(uint64_t tree, uint64_t ino)
    {
        const auto its = stat(tree, ino);
        auto all = its ? paths(tree, ino) : tl::unexpected(its.error());
        if (!all)
            return tl::unexpected(all.error());
        return InodeLook{*its, std::move(*all)};
    }

    /// Looks at many inodes at once. NotSupported where files have to be asked one by one, and
    /// PermissionDenied for others than the owner of the volume.
    virtual base::Status see(QVector<InodeSight> &sights)
    {
        Q_UNUSED(sights)
        return base::fail(base::Errc::NotSupported, QStringLiteral("Inodes cannot be looked at"));
    }

    /// Opens a regular file of the live tree for reading, without following a symlink anywhere in
    /// the path, and only if it still has that inode number. The caller closes the descriptor.
    virtual base::Result<int> open(const QByteArray &path, uint64_t ino) = 0;

    /// The whole vector fork of an open file; empty when it has none. See vexfs/vector_fork.h.
    virtual base::Result<QByteArray> readVectors(int fd) = 0;

    /// Replaces the vector fork in the crash-safe order of vexfs/vector_fork.h. Empty removes it.
    virtual base::Status writeVectors(int fd, const QByteArray &fork) = 0;
};

} // namespace vexfs::daemon

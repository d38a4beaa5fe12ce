// SPDX-License-Identifier: Apache-2.0
//
// common/ctl/control.h - the ioctls of a mounted volume, as C++ values.
//
// A descriptor is any open file or directory of the mount, unless a call says "file". Nothing is
// kept between calls; every call may block on the disk. Errors are those of vexfs/ioctl.h, and
// NotSupported when the descriptor is not on VexFS at all. What a driver answers is checked before
// it is believed: Corrupt when a count or a string does not fit.
#pragma once

#include "common/base/error.h"

#include <QByteArray>
#include <QVector>

#include <cstdint>
#include <optional>

namespace vexfs::ctl {

struct VolumeInfo
{
    QString uuid; ///< RFC 4122 text, lower case.
    QString label;
    bool isReadOnly = false;
    bool isPoisoned = false;
    uint32_t formatVersion = 0;
    uint32_t blockBytes = 0;
    uint64_t generation = 0;
    uint64_t liveGeneration = 0;
    uint64_t sizeBytes = 0;
    uint64_t freeBytes = 0;
    uint64_t usedBytes = 0;
    uint64_t snapshots = 0;
    uint64_t snapshotChanges = 0; ///< Of their list, since the mount.
    uint64_t inodes = 0;
    uint64_t vectorsBytes = 0;
    uint64_t tree = 0; ///< Of the descriptor, as is ino.
    uint64_t ino = 0;
};

struct Snapshot
{
    uint64_t id = 0;
    uint64_t source = 0;
    uint64_t generation = 0;
    int64_t createdNs = 0;
    uint64_t inodes = 0;
    bool isWritable = false;
    bool isHidden = false;
    QByteArray name;
    bool isLocked = false;
};

struct Change
{
    uint64_t ino = 0;
    uint32_t kinds = 0; ///< VEXFS_CHANGE_*
    uint32_t mode = 0;
};

struct ChangePage
{
    QVector<Change> changes;
    bool atEnd = false;
};

struct Inode
{
    uint64_t ino = 0;
    uint32_t mode = 0;
    uint32_t nlink = 0;
    uint32_t uid = 0;
    uint32_t gid = 0;
    uint64_t sizeBytes = 0;
    uint64_t allocatedBytes = 0;
    uint64_t vectorsBytes = 0;
    uint64_t dataGeneration = 0;
    int64_t mtimeNs = 0;
    int64_t ctimeNs = 0;
    int64_t btimeNs = 0;
};

/// What the caller can see of an inode, and before that, which.
struct Look
{
    uint64_t tree = 0;
    uint64_t ino = 0;
    bool wantsPath = false;
    bool isThere = false;
    bool isReadable = false; ///< A regular file that the caller could open, now.
    uint32_t nlink = 0;
    uint64_t sizeBytes = 0;
    int64_t mtimeNs = 0;
    std::optional<QByteArray> path = {}; ///< Its first one, relative to the tree.
};

struct SnapshotRequest
{
    uint64_t source = 0;
    QByteArray name;
    bool isWritable = false;
    bool isHidden = false;
};

/// What to search for: int8 codes, each times scale, of vectors that model made.
struct VectorQuery
{
    uint64_t tree = 1;
    QByteArray model;
    QByteArray codes;
    float scale = 1.0F;
    uint32_t metric = 1; ///< VEXFS_METRIC_*
    uint32_t count = 10;
    bool isScalar = false; ///< Without the processor's vector instructions, to compare.
};

struct VectorHit
{
    uint64_t ino = 0;
    uint32_t record = 0;
    uint32_t page = 0;
    uint64_t beginBytes = 0;
    uint64_t endBytes = 0;
    double score = 0.0; ///< Higher is nearer, whatever the metric.
    bool isStale = false;
};

struct VectorHits
{
    QVector<VectorHit> hits; ///< Nearest first.
    uint64_t scanned = 0;
    uint64_t skipped = 0;
    uint64_t damaged = 0;
};

/// A counter (only rises since the mount) or a gauge.
struct Counter
{
    QByteArray name;
    uint64_t value = 0;
    bool isGauge = false;
    uint32_t unit = 0; ///< 0 count, 1 bytes, 2 microseconds
};

base::Result<VolumeInfo> volumeInfo(int fd);

/// Those of the driver and of the engine.
base::Result<QVector<Counter>> counters(int fd);

/// Commits everything; a generation that holds all that was done before.
base::Result<uint64_t> sync(int fd);

/// The generation of the live tree, as soon as it is above since or timeoutMs have passed. A
/// signal ends the wait early, with the generation of then.
base::Result<uint64_t> waitForCommit(int fd, uint64_t since, uint32_t timeoutMs);

base::Result<Snapshot> createSnapshot(int fd, const SnapshotRequest &request);
/// isSoon: on disk with the next sync, not when it returns.
base::Status deleteSnapshot(int fd, uint64_t id, bool isSoon = false);
base::Result<QVector<Snapshot>> listSnapshots(int fd, bool withHidden);

base::Result<ChangePage> diff(int fd, uint64_t from, uint64_t to, uint64_t afterIno);
base::Result<Inode> statInode(int fd, uint64_t tree, uint64_t ino);

/// Path number index of an inode; NotFound past the last.
base::Result<QByteArray> inodePath(int fd, uint64_t tree, uint64_t ino, uint32_t index);

/// Looks at many inodes at once. Of a path for which a call has no room, nothing is told.
base::Status lookAt(int fd, QVector<Look> &looks);

/// File. A whole fork; TooLarge above limitBytes.
base::Result<QByteArray> readFork(int fd, uint32_t fork, uint64_t limitBytes);

/// File. Bytes at an offset; isLast cuts the fork behind them.
base::Status writeFork(int fd, uint32_t fork, uint64_t offsetBytes, const QByteArray &bytes,
                       bool isLast);

/// The nearest vectors of a tree, among files that the caller may read. InvalidArgs for a query
/// that does not fit the call; NotFound for no such tree.
base::Result<VectorHits> searchVectors(int fd, const VectorQuery &query);

} // namespace vexfs::ctl

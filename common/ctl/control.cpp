// SPDX-License-Identifier: Apache-2.0
#include "common/ctl/control.h"

#include "common/ctl/control_wire.h"

#include <vexfs/ioctl.h>

#include <QUuid>

#include <cerrno>
#include <cstring>
#include <memory>

namespace vexfs::ctl {

using base::Errc;

base::Result<VolumeInfo> volumeInfo(int fd)
{
    vexfs_ioc_volume raw = {};
    if (auto done = callDriver(fd, VEXFS_IOC_VOLUME, &raw, "tell what it is"); !done)
        return tl::unexpected(done.error());
    if (get(raw.abi) != VEXFS_IOC_ABI) {
        return base::fail(
            Errc::NotSupported,
            QStringLiteral("The driver speaks version %1 of the control interface, this "
                           "program version %2")
                .arg(get(raw.abi))
                .arg(VEXFS_IOC_ABI));
    }
    auto label = textField(raw.label, sizeof raw.label, "label");
    if (!label)
        return tl::unexpected(label.error());
    VolumeInfo info;
    const QByteArray uuid(reinterpret_cast<const char *>(raw.uuid), sizeof raw.uuid);
    info.uuid = QUuid::fromRfc4122(uuid).toString(QUuid::WithoutBraces);
    info.label = QString::fromUtf8(*label);
    info.isReadOnly = get(raw.flags) & VEXFS_VOLUME_READ_ONLY;
    info.isPoisoned = get(raw.flags) & VEXFS_VOLUME_POISONED;
    info.formatVersion = get(raw.format_version);
    info.blockBytes = get(raw.block_bytes);
    info.generation = get(raw.generation);
    info.liveGeneration = get(raw.live_generation);
    info.sizeBytes = get(raw.size_bytes);
    info.freeBytes = get(raw.free_bytes);
    info.usedBytes = get(raw.used_bytes);
    info.snapshots = get(raw.snapshots);
    info.snapshotChanges = get(raw.snapshot_changes);
    info.inodes = get(raw.inodes);
    info.vectorsBytes = get(raw.vectors_bytes);
    info.tree = get(raw.tree);
    info.ino = get(raw.ino);
    return info;
}

base::Result<QVector<Counter>> counters(int fd)
{
    const auto raw = std::make_unique<vexfs_ioc_stats>();
    memset(raw.get(), 0, sizeof *raw);
    if (auto done = callDriver(fd, VEXFS_IOC_STATS, raw.get(), "tell its counters"); !done)
        return tl::unexpected(done.error());
    if (get(raw->count) > VEXFS_IOC_COUNTERS_MAX)
        return base::fail(Errc::Corrupt, QStringLiteral("The driver told too many counters"));
    QVector<Counter> out;
    for (uint32_t i = 0; i < get(raw->count); ++i) {
        const vexfs_ioc_counter &row = raw->rows[i];
        const auto name = textField(row.name, sizeof row.name, "name of a counter");
        if (!name)
            return tl::unexpected(name.error());
        out.append({*name, get(row.value), get(row.kind) == 1, get(row.unit)});
    }
    return out;
}

base::Result<uint64_t> sync(int fd)
{
    vexfs_ioc_sync raw = {};
    if (auto done = callDriver(fd, VEXFS_IOC_SYNC, &raw, "commit"); !done)
        return tl::unexpected(done.error());
    return get(raw.generation);
}

base::Result<uint64_t> waitForCommit(int fd, uint64_t since, uint32_t timeoutMs)
{
    vexfs_ioc_wait raw = {};
    raw.since = put(since);
    raw.timeout_ms = put(timeoutMs);
    auto done = callDriver(fd, VEXFS_IOC_WAIT, &raw, "wait for a commit");
    if (!done && done.error().sysErrno == EINTR) {
        raw = {};
        raw.since = put(since);
        done = callDriver(fd, VEXFS_IOC_WAIT, &raw, "tell its generation");
    }
    if (!done)
        return tl::unexpected(done.error());
    return get(raw.live_generation);
}

base::Result<Snapshot> createSnapshot(int fd, const SnapshotRequest &request)
{
    vexfs_ioc_snapshot_create raw = {};
    raw.source = put(request.source);
    raw.flags = put(static_cast<uint32_t>((request.isWritable ? VEXFS_SNAPSHOT_WRITABLE : 0U) |
                                          (request.isHidden ? VEXFS_SNAPSHOT_HIDDEN : 0U)));
    if (auto fits = setTextField(raw.name, sizeof raw.name, request.name, "snapshot name"); !fits)
        return tl::unexpected(fits.error());
    if (auto done = callDriver(fd, VEXFS_IOC_SNAPSHOT_CREATE, &raw, "take a snapshot"); !done)
        return tl::unexpected(done.error());
    Snapshot out;
    out.id = get(raw.id);
    out.source = request.source;
    out.generation = get(raw.generation);
    out.createdNs = static_cast<int64_t>(get(raw.created_ns));
    out.isWritable = request.isWritable;
    out.isHidden = request.isHidden;
    out.name = request.name;
    return out;
}

base::Status deleteSnapshot(int fd, uint64_t id, bool isSoon)
{
    vexfs_ioc_snapshot_delete raw = {};
    raw.id = put(id);
    raw.flags = put(isSoon ? VEXFS_SNAPSHOT_DELETE_SOON : 0U);
    return callDriver(fd, VEXFS_IOC_SNAPSHOT_DELETE, &raw, "delete a snapshot");
}

base::Result<QVector<Snapshot>> listSnapshots(int fd, bool withHidden)
{
    QVector<Snapshot> out;
    uint64_t after = 0;
    for (;;) {
        auto raw = std::make_unique<vexfs_ioc_snapshot_list>();
        memset(raw.get(), 0, sizeof *raw);
        raw->after = put(after);
        raw->flags = put(static_cast<uint32_t>(withHidden ? VEXFS_SNAPSHOT_HIDDEN : 0U));
        if (auto done = callDriver(fd, VEXFS_IOC_SNAPSHOT_LIST, raw.get(), "list snapshots"); !done)
            return tl::unexpected(done.error());
        const uint32_t count = get(raw->count);
        if (count > VEXFS_IOC_SNAPSHOTS_MAX)
            return base::fail(Errc::Corrupt, QStringLiteral("The driver sent too many snapshots"));
        for (uint32_t i = 0; i < count; ++i) {
            const vexfs_ioc_snapshot &row = raw->rows[i];
            auto name = textField(row.name, sizeof row.name, "snapshot name");
            if (!name)
                return tl::unexpected(name.error());
            if (get(row.id) <= after)
                return base::fail(Errc::Corrupt,
                                  QStringLiteral("Snapshots are not in order of id"));
            after = get(row.id);
            Snapshot snapshot;
            snapshot.id = after;
            snapshot.source = get(row.source);
            snapshot.generation = get(row.generation);
            snapshot.createdNs = static_cast<int64_t>(get(row.created_ns));
            snapshot.inodes = get(row.inodes);
            snapshot.isWritable = get(row.flags) & VEXFS_SNAPSHOT_WRITABLE;
            snapshot.isHidden = get(row.flags) & VEXFS_SNAPSHOT_HIDDEN;
            snapshot.isLocked = get(row.flags) & VEXFS_SNAPSHOT_LOCKED;
            snapshot.name = *name;
            out.append(snapshot);
        }
        if (count < VEXFS_IOC_SNAPSHOTS_MAX)
            return out;
    }
}

base::Result<ChangePage> diff(int fd, uint64_t from, uint64_t to, uint64_t afterIno)
{
    auto raw = std::make_unique<vexfs_ioc_diff>();
    memset(raw.get(), 0, sizeof *raw);
    raw->from = put(from);
    raw->to = put(to);
    raw->after_ino = put(afterIno);
    if (auto done = callDriver(fd, VEXFS_IOC_DIFF, raw.get(), "compare two trees"); !done)
        return tl::unexpected(done.error());
    const uint32_t count = get(raw->count);
    if (count > VEXFS_IOC_CHANGES_MAX)
        return base::fail(Errc::Corrupt, QStringLiteral("The driver sent too many changes"));
    ChangePage page;
    page.atEnd = count == 0 || (get(raw->flags) & VEXFS_DIFF_END);
    uint64_t last = afterIno;
    for (uint32_t i = 0; i < count; ++i) {
        const vexfs_ioc_change &row = raw->rows[i];
        if (get(row.ino) <= last)
            return base::fail(Errc::Corrupt, QStringLiteral("Changes are not in order of inode"));
        last = get(row.ino);
        page.changes.append(Change{last, get(row.kinds), get(row.mode)});
    }
    return page;
}

base::Result<Inode> statInode(int fd, uint64_t tree, uint64_t ino)
{
    vexfs_ioc_stat raw = {};
    raw.tree = put(tree);
    raw.ino = put(ino);
    if (auto done = callDriver(fd, VEXFS_IOC_STAT, &raw, "describe an inode"); !done)
        return tl::unexpected(done.error());
    Inode out;
    out.ino = ino;
    out.mode = get(raw.mode);
    out.nlink = get(raw.nlink);
    out.uid = get(raw.uid);
    out.gid = get(raw.gid);
    out.sizeBytes = get(raw.size_bytes);
    out.allocatedBytes = get(raw.allocated_bytes);
    out.vectorsBytes = get(raw.vectors_bytes);
    out.dataGeneration = get(raw.data_generation);
    out.mtimeNs = static_cast<int64_t>(get(raw.mtime_ns));
    out.ctimeNs = static_cast<int64_t>(get(raw.ctime_ns));
    out.btimeNs = static_cast<int64_t>(get(raw.btime_ns));
    return out;
}

base::Result<QByteArray> inodePath(int fd, uint64_t tree, uint64_t ino, uint32_t index)
{
    auto raw = std::make_unique<vexfs_ioc_path>();
    memset(raw.get(), 0, sizeof *raw);
    raw->tree = put(tree);
    raw->ino = put(ino);
    raw->index = put(index);
    if (auto done = callDriver(fd, VEXFS_IOC_PATH, raw.get(), "name an inode"); !done)
        return tl::unexpected(done.error());
    return textField(raw->path, sizeof raw->path, "path");
}

} // namespace vexfs::ctl

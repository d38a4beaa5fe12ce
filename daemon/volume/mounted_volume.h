// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/mounted_volume.h - a volume that is mounted, through its control interface.
#pragma once

#include "common/ctl/control.h"
#include "daemon/volume/volume_view.h"

#include <memory>
#include <mutex>
#include <shared_mutex>

namespace vexfs::daemon {

/// Keeps a descriptor of the root open, so the volume is busy until detach(), after which every
/// call fails: somebody may still hold the object when the volume must be unmounted.
/// Owner: volume service, shared with calls at work; thread: any.
class MountedVolume : public VolumeView
{
public:
    /// NotSupported when the folder is not on VexFS.
    static base::Result<std::shared_ptr<MountedVolume>> attach(const QByteArray &mountPoint);

    ~MountedVolume() override;
    MountedVolume(const MountedVolume &) = delete;
    MountedVolume &operator=(const MountedVolume &) = delete;

    /// Waits for calls at work and closes the root. Idempotent.
    void detach();

    base::Result<ctl::VolumeInfo> info() const;
    base::Status syncAll() const;
    base::Result<QVector<ctl::Counter>> counters() const;

    base::Result<ctl::Snapshot> createSnapshot(const QByteArray &name, bool isWritable);
    base::Status deleteSnapshot(uint64_t id);
    /// Gone for everybody; on disk with the next syncAll().
    base::Status dropSnapshot(uint64_t id);
    base::Result<QVector<ctl::Snapshot>> listSnapshots() const;

    QString uuid() const override { return m_uuid; }
    QByteArray mountPoint() const override { return m_mountPoint; }
    QByteArray indexDirectory() const override;
    base::Result<uint64_t> waitForChange(uint64_t since, int timeoutMs) override;
    base::Result<uint64_t> liveGeneration() override;
    base::Result<uint64_t> createAnchor(const QByteArray &name) override;
    base::Status deleteAnchor(uint64_t tree) override;
    base::Result<QVector<uint64_t>> listAnchors() override;
    base::Result<QVector<SnapshotTree>> snapshots() override;
    base::Result<int> openIn(const SnapshotTree &snapshot, const QByteArray &path) override;
    base::Result<ChangePage> changes(uint64_t from, uint64_t to, uint64_t afterIno) override;
    base::Result<InodeStat> stat(uint64_t tree, uint64_t ino) override;
    base::Result<QVector<QByteArray>> paths(uint64_t tree, uint64_t ino) override;
    base::Result<InodeLook> look(uint64_t tree, uint64_t ino) override;
    base::Status see(QVector<InodeSight> &sights) override;
    base::Result<int> open(const QByteArray &path, uint64_t ino) override;
    base::Result<QByteArray> readVectors(int fd) override;
    base::Status writeVectors(int fd, const QByteArray &fork) override;

private:
    MountedVolume(int rootFd, QByteArray mountPoint, QString uuid);

    /// Calls work(descriptor of the root) unless detached. Result is its type.
    template <class Result, class Work>
    Result withRoot(Work work) const;
    base::Result<QVector<QByteArray>> pathsUpTo(uint64_t tree, uint64_t ino, uint32_t most);

    std::mutex m_listMutex; ///< guards the two below
    uint64_t m_listChanges = 0;
    QVector<SnapshotTree> m_list;
    mutable std::shared_mutex m_mutex; ///< Shared: m_rootFd is in use.
    int m_rootFd;
    const QByteArray m_mountPoint;
    const QString m_uuid;
};

} // namespace vexfs::daemon

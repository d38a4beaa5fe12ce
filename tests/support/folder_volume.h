// SPDX-License-Identifier: Apache-2.0
//
// tests/support/folder_volume.h - a VolumeView over a folder of any filesystem.
//
// For tests of what lies above the volume. Files are real files; anchors, vector forks and the
// index's folder are kept in a second folder, and survive the process as a volume's would. Changes
// are found by comparing walks, so it is right and slow.
#pragma once

#include "daemon/volume/volume_view.h"

#include <QSet>

#include <atomic>
#include <map>
#include <mutex>

namespace vexfs::test {

class FolderVolume : public daemon::VolumeView
{
public:
    FolderVolume(QByteArray root, QByteArray state);

    QString uuid() const override;
    QByteArray mountPoint() const override { return m_root; }
    QByteArray indexDirectory() const override { return m_state + "/index"; }
    base::Result<uint64_t> waitForChange(uint64_t since, int timeoutMs) override;
    base::Result<uint64_t> liveGeneration() override;
    base::Result<uint64_t> createAnchor(const QByteArray &name) override;
    base::Status deleteAnchor(uint64_t tree) override;
    base::Result<QVector<uint64_t>> listAnchors() override;
    base::Result<daemon::ChangePage> changes(uint64_t from, uint64_t to,
                                             uint64_t afterIno) override;
    base::Result<daemon::InodeStat> stat(uint64_t tree, uint64_t ino) override;
    base::Result<QVector<QByteArray>> paths(uint64_t tree, uint64_t ino) override;
    base::Result<int> open(const QByteArray &path, uint64_t ino) override;
    base::Result<QByteArray> readVectors(int fd) override;
    base::Status writeVectors(int fd, const QByteArray &fork) override;

    /// The process is killed by SIGKILL in the middle of the count-th call from now.
    void killAfterCalls(int count) { m_callsLeft = count; }
    /// The same, in the middle of the count-th fork that is written from now.
    void killAfterWrites(int count) { m_writesLeft = count; }
    /// Forks written so far.
    int forkWrites() const { return m_forkWrites; }
    /// Calls so far that walked through or compared the whole tree for the feed.
    int changesCalls() const { return m_changesCalls; }
    uint64_t changedRows() const { return m_changedRows; }

private:
    struct Node
    {
        daemon::InodeStat stat;
        QVector<QByteArray> paths;
        /// Parent inode and name of each link. A volume keeps these with the inode, so what only
        /// moved along with its folder has not changed.
        QSet<QByteArray> names;
        QByteArray vectors;  ///< stands for the content of the fork
    };
    using Tree = std::map<uint64_t, Node>;

    void countCall();
    void countWrite();
    Tree walk() const;
    base::Result<Tree> tree(uint64_t id) const;
    QByteArray anchorPath(uint64_t id) const;
    QByteArray forkPath(uint64_t ino) const;

    QByteArray m_root;
    QByteArray m_state;
    std::atomic<int> m_callsLeft{-1};
    std::atomic<int> m_writesLeft{-1};
    std::atomic<int> m_forkWrites{0};
    std::atomic<int> m_changesCalls{0};
    std::atomic<uint64_t> m_changedRows{0};
    std::mutex m_mutex;  ///< guards the two below
    QByteArray m_lastWalk;
    uint64_t m_generation = 1;
};

} // namespace vexfs::test

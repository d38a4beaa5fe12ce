// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/plain_folder.h - a folder of any filesystem, as a view like that of a volume.
//
// inotify says what changed, and a look at everything finds what it could not say: at the start,
// when too much changed at once, now and then, and often where the kernel lets the user watch no
// more folders. Symlinks are not followed, and other mounts inside are left alone. Nothing is kept
// open in the folder, so that a disk can be taken away; when it is, every call fails and nothing
// counts as deleted.
//
// Not seen at once: what a program writes into a file that it keeps open, or maps.
#pragma once

#include "daemon/volume/folder_record.h"
#include "daemon/volume/folder_watch.h"
#include "daemon/volume/volume_view.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

namespace vexfs::daemon {

class FolderLook;

struct PlainFolderOptions
{
    QByteArray root;           ///< absolute, without symlinks
    QString uuid;
    QString stateDirectory;    ///< of this folder's record and index; made when missing
    QByteArray excluded;       ///< a folder that is left out, if it lies inside: the daemon's own
    size_t watchesMax = SIZE_MAX;
    std::chrono::milliseconds rescanAfter{std::chrono::hours(1)};
    /// Where there are too few watches, at least; a look may take a fiftieth of the time.
    std::chrono::milliseconds rescanUnwatchedAfter{std::chrono::seconds(30)};
};

struct PlainFolderStatus
{
    uint64_t folders = 0;      ///< that could be read
    uint64_t watched = 0;      ///< of them
    uint64_t unreadable = 0;   ///< left out: the user may not read them
    bool lacksWatches = false; ///< the kernel lets the user have no more
    int64_t rescanAfterMs = 0; ///< all is looked at so often
};

/// Owner: SourceService, shared with its index; thread: any.
class PlainFolder : public VolumeView
{
public:
    /// NotFound when the folder is not there, or is empty now and another than before: what was
    /// mounted there is not.
    static base::Result<std::shared_ptr<PlainFolder>> attach(const PlainFolderOptions &options);

    /// Whether the folder is still there; does not change anything.
    bool isThere() const;
    PlainFolderStatus status() const;
    /// Every call fails from now on, those at work soon.
    void detach() { m_isDetached = true; }

    QString uuid() const override { return m_options.uuid; }
    QByteArray mountPoint() const override { return m_options.root; }
    QByteArray indexDirectory() const override;
    base::Result<uint64_t> waitForChange(uint64_t since, int timeoutMs) override;
    base::Result<uint64_t> liveGeneration() override;
    base::Result<uint64_t> createAnchor(const QByteArray &name) override;
    base::Status deleteAnchor(uint64_t tree) override;
    base::Result<QVector<uint64_t>> listAnchors() override;
    base::Result<ChangePage> changes(uint64_t from, uint64_t to, uint64_t afterIno) override;
    base::Result<InodeStat> stat(uint64_t tree, uint64_t ino) override;
    base::Result<QVector<QByteArray>> paths(uint64_t tree, uint64_t ino) override;
    base::Result<int> open(const QByteArray &path, uint64_t ino) override;
    base::Result<QByteArray> readVectors(int fd) override;
    base::Status writeVectors(int fd, const QByteArray &fork) override;

private:
    using Clock = std::chrono::steady_clock;

    explicit PlainFolder(PlainFolderOptions options);
    base::Result<int> openRoot() const;
    base::Status begin();
    base::Status lookAtChanges();
    base::Status lookAt(const FolderWatch::Changes &places);
    base::Result<std::optional<InodeStat>> statAsKnown(uint64_t ino);
    base::Status lookFrom(int root, const FolderWatch::Changes *maybeChanges);
    void planNextLook(Clock::duration took, const FolderLook &look);

    const PlainFolderOptions m_options;
    std::unique_ptr<FolderRecord> m_record;
    std::unique_ptr<FolderWatch> m_watch;
    uint64_t m_device = 0; ///< of the root, and its inode
    uint64_t m_inode = 0;
    uint64_t m_excludedInode = 0; ///< on the same device; 0: none
    std::atomic<bool> m_isDetached{false};
    std::atomic<uint64_t> m_lastChange{0}; ///< the generation that has the last change

    std::mutex m_looking; ///< held while the folder is looked at; guards the watch and what follows
    uint64_t m_generation = 0; ///< the last that was used, by a change or an anchor
    bool m_isEverythingDue = true;
    Clock::time_point m_nextLook;
    mutable std::mutex m_statusMutex;
    PlainFolderStatus m_status;
};

} // namespace vexfs::daemon

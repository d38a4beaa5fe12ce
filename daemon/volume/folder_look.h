// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/folder_look.h - one look at a plain folder, or at some entries of it, after which
// the record agrees with what is there.
#pragma once

#include "daemon/volume/folder_record.h"
#include "daemon/volume/folder_watch.h"

#include <QSet>

#include <atomic>
#include <deque>

struct stat;

namespace vexfs::daemon {

/// What a look needs to know. Borrowed.
struct FolderLookContext
{
    FolderRecord &record;
    FolderWatch &watch;
    int root; ///< an open descriptor
    uint64_t device;
    uint64_t rootInode;
    uint64_t excludedInode;
    uint64_t generation; ///< that changes are noted under
    const std::atomic<bool> &isCancelled;
};

/// All in one transaction of the caller's. Thread: that of the look.
/// Fails as the record does, with Cancelled, and with what the disk says.
class FolderLook
{
public:
    explicit FolderLook(const FolderLookContext &context) : m_context(context) {}
    ~FolderLook();
    FolderLook(const FolderLook &) = delete;
    FolderLook &operator=(const FolderLook &) = delete;

    base::Status everything();
    base::Status entries(const FolderWatch::Changes &changes);

    bool hasFoundChanges() const { return m_hasChanges; }
    bool lacksWatches() const { return m_lacksWatches; }
    /// A folder was no longer where it was to be read: it, or one above it, moved or went.
    bool hasMissed() const { return m_hasMissed; }
    uint64_t folders() const { return m_folders; }
    uint64_t unreadable() const { return m_unreadable; }

private:
    struct Folder
    {
        uint64_t ino = 0;
        QByteArray path;
    };

    base::Status newFolders();
    base::Status wholeFolder(const Folder &folder);
    base::Status entriesOf(int descriptor, const Folder &folder);
    base::Status entry(int descriptor, const Folder &folder, const QByteArray &name);
    base::Status present(const Folder &folder, const QByteArray &name, const struct stat &found);
    base::Status known(const FolderNode &before, const struct stat &found, uint32_t *kinds);
    base::Status unlink(uint64_t folder, const QByteArray &name, uint64_t ino);
    base::Status dropOrphans();
    base::Status drop(uint64_t ino);
    base::Status note(uint64_t ino, uint32_t kinds, uint32_t mode);
    base::Result<int> descriptorOf(const Folder &folder);

    FolderLookContext m_context;
    std::deque<Folder> m_waiting;
    std::deque<uint64_t> m_orphans; ///< that lost a name
    bool m_isWhole = false;
    bool m_hasChanges = false;
    bool m_lacksWatches = false;
    bool m_hasMissed = false;
    uint64_t m_folders = 0;
    uint64_t m_unreadable = 0;
    Folder m_openFolder; ///< whose descriptor is kept: the next entry is likely in it, too
    int m_openDescriptor = -1;
};

/// All paths of an inode by the record, relative to the root; empty when it has none.
base::Result<QVector<QByteArray>> recordedPaths(FolderRecord &record, uint64_t ino,
                                                uint64_t rootInode);

} // namespace vexfs::daemon

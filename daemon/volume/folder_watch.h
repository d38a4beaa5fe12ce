// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/folder_watch.h - which entries of many folders changed, by inotify.
//
// A watch for each folder, for there is none for trees that an ordinary user may have (fanotify
// marks of a filesystem are for administrators). Watches are of inodes: a folder that moves keeps
// its own.
#pragma once

#include "common/base/error.h"

#include <QByteArray>

#include <memory>
#include <set>
#include <unordered_map>
#include <utility>

namespace vexfs::daemon {

/// Thread: one at a time, but wait(), which may run beside anything. Owner: PlainFolder.
class FolderWatch
{
public:
    /// watchesMax: of this object's, below what the kernel lets a user have.
    static base::Result<std::unique_ptr<FolderWatch>> open(size_t watchesMax);
    ~FolderWatch();
    FolderWatch(const FolderWatch &) = delete;
    FolderWatch &operator=(const FolderWatch &) = delete;

    /// Watches an open folder; idempotent. False when there may be no more watches.
    base::Result<bool> add(int folder, uint64_t ino);
    void remove(uint64_t ino);
    size_t count() const { return m_watches.size(); }

    struct Changes
    {
        std::set<std::pair<uint64_t, QByteArray>> entries; ///< folder and name
        bool isOverrun = false; ///< there was more: all has to be looked at
        bool isUnmounted = false;
    };
    /// What has come up to now, at most about entriesMax entries of it.
    Changes take(size_t entriesMax);

    /// Until something came, at most so long.
    bool wait(int timeoutMs) const;

private:
    FolderWatch(int fd, size_t watchesMax) : m_fd(fd), m_watchesMax(watchesMax) {}
    void note(const char *event, Changes &out);

    const int m_fd;
    const size_t m_watchesMax;
    std::unordered_map<int, uint64_t> m_folders; ///< by watch
    std::unordered_map<uint64_t, int> m_watches; ///< by folder
};

} // namespace vexfs::daemon

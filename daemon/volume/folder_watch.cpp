// SPDX-License-Identifier: Apache-2.0
#include "daemon/volume/folder_watch.h"

#include <array>
#include <cerrno>

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace vexfs::daemon {

namespace {

// What is written is looked at when it is closed; what stays open for long, by the next look at
// everything.
constexpr uint32_t kMask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE
                           | IN_ATTRIB | IN_ONLYDIR | IN_EXCL_UNLINK;
constexpr size_t kBufferBytes = 64 * 1024;

} // namespace

base::Result<std::unique_ptr<FolderWatch>> FolderWatch::open(size_t watchesMax)
{
    const int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0)
        return base::failErrno(errno, QStringLiteral("Cannot watch folders"));
    return std::unique_ptr<FolderWatch>(new FolderWatch(fd, watchesMax));
}

FolderWatch::~FolderWatch()
{
    ::close(m_fd);
}

base::Result<bool> FolderWatch::add(int folder, uint64_t ino)
{
    if (m_watches.contains(ino))
        return true;
    if (m_watches.size() >= m_watchesMax)
        return false;
    // The descriptor, not the path: that may be another folder's by now.
    const QByteArray path = "/proc/self/fd/" + QByteArray::number(folder);
    const int watch = inotify_add_watch(m_fd, path.constData(), kMask);
    if (watch < 0 && (errno == ENOSPC || errno == ENOMEM))
        return false;
    if (watch < 0)
        return base::failErrno(errno, QStringLiteral("Cannot watch a folder"));
    m_folders[watch] = ino;
    m_watches[ino] = watch;
    return true;
}

void FolderWatch::remove(uint64_t ino)
{
    const auto found = m_watches.find(ino);
    if (found == m_watches.end())
        return;
    (void)inotify_rm_watch(m_fd, found->second);
    m_folders.erase(found->second);
    m_watches.erase(found);
}

void FolderWatch::note(const char *at, Changes &out)
{
    const auto *event = reinterpret_cast<const inotify_event *>(at);
    if (event->mask & IN_Q_OVERFLOW)
        out.isOverrun = true;
    if (event->mask & IN_UNMOUNT)
        out.isUnmounted = true;
    const auto folder = m_folders.find(event->wd);
    if (folder == m_folders.end())
        return;
    if (event->mask & IN_IGNORED) {
        m_watches.erase(folder->second);
        m_folders.erase(folder);
    } else if (event->len > 0) {
        out.entries.emplace(folder->second, QByteArray(event->name));
    }
}

FolderWatch::Changes FolderWatch::take(size_t entriesMax)
{
    Changes out;
    alignas(inotify_event) std::array<char, kBufferBytes> buffer;
    while (out.entries.size() < entriesMax) {
        const ssize_t got = read(m_fd, buffer.data(), buffer.size());
        if (got <= 0)
            break;
        for (ssize_t at = 0; at < got;) {
            note(buffer.data() + at, out);
            at += ssize_t(sizeof(inotify_event))
                  + reinterpret_cast<const inotify_event *>(buffer.data() + at)->len;
        }
    }
    return out;
}

bool FolderWatch::wait(int timeoutMs) const
{
    pollfd waited{m_fd, POLLIN, 0};
    return poll(&waited, 1, timeoutMs) > 0;
}

} // namespace vexfs::daemon

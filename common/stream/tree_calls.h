// SPDX-License-Identifier: Apache-2.0
//
// common/stream/tree_calls.h - the calls of a mounted volume that both ends need.
#pragma once

#include "common/stream/frames.h"

#include <array>
#include <string>
#include <utility>
#include <vector>
#include <vexfs/ioctl.h>

namespace vexfs::stream {

/// A descriptor that is closed with it.
class Fd
{
public:
    explicit Fd(int fd = -1) : m_fd(fd) {}
    Fd(Fd &&other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    Fd &operator=(Fd &&other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    ~Fd();

    int operator*() const { return m_fd; }
    explicit operator bool() const { return m_fd >= 0; }

private:
    int m_fd;
};

using Uuid = std::array<char, 16>;

/// 0 or a negative errno.
int control(int fd, unsigned long command, void *argument);

/// The volume's root directory and uuid; an error where that is no VexFS.
Result<std::pair<Fd, Uuid>> openVolume(const std::string &path);

/// All snapshots, hidden ones too.
Result<std::vector<vexfs_ioc_snapshot>> snapshotsOf(int volume);

/// The paths of an inode, @p most of them at most; none for one without a name.
Result<std::vector<std::string>> pathsOf(int volume, uint64_t tree, uint64_t ino,
                                         uint32_t most = UINT32_MAX);

/// Opens @p path below @p root; no symlink is followed, and nothing outside is reached.
Fd openBelow(int root, const std::string &path, int flags);

} // namespace vexfs::stream

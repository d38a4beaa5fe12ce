// SPDX-License-Identifier: Apache-2.0
//
// daemon/volume/live_root.h - a descriptor that control calls can be made with.
#pragma once

#include "daemon/volume/mounted_volume.h"

#include <unistd.h>

namespace vexfs::daemon {

/// The root of the live tree, open as long as this lives.
class LiveRoot
{
public:
    explicit LiveRoot(MountedVolume &volume)
        : m_fd(volume.openIn(SnapshotTree{kLiveTree, 0, {}}, "."))
    {}
    ~LiveRoot()
    {
        if (m_fd)
            ::close(*m_fd);
    }
    LiveRoot(const LiveRoot &) = delete;
    LiveRoot &operator=(const LiveRoot &) = delete;
    const base::Result<int> &fd() const { return m_fd; }

private:
    base::Result<int> m_fd;
};

} // namespace vexfs::daemon

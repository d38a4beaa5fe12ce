// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#include "kernel/fuse/serve/dirty_limit.h"

#include <fcntl.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vexfs::fuse {

namespace {

constexpr std::string_view kPercent = "40";

} // namespace

void becomeFlusher()
{
    (void)prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
}

void raiseDirtyLimit(const std::string &mountpoint)
{
    struct statx about{};
    // Without asking the driver, which does not answer yet.
    if (statx(AT_FDCWD, mountpoint.c_str(), AT_STATX_DONT_SYNC, STATX_TYPE, &about) != 0)
        return;
    const std::string path = "/sys/class/bdi/" + std::to_string(about.stx_dev_major) + ":" +
                             std::to_string(about.stx_dev_minor) + "/max_ratio";
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)!write(fd, kPercent.data(), kPercent.size());
    close(fd);
}

} // namespace vexfs::fuse

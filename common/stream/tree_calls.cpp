// SPDX-License-Identifier: Apache-2.0
#include "common/stream/tree_calls.h"

#include <cerrno>
#include <cstring>
#include <endian.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <memory>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vexfs::stream {

Fd::~Fd()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

int control(int fd, unsigned long command, void *argument)
{
    return ::ioctl(fd, command, argument) < 0 ? -errno : 0;
}

Result<std::pair<Fd, Uuid>> openVolume(const std::string &path)
{
    Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        return failed("'" + path + "' cannot be opened");
    vexfs_ioc_volume info{};
    if (control(*fd, VEXFS_IOC_VOLUME, &info) || le32toh(info.abi) != VEXFS_IOC_ABI)
        return problem(EOPNOTSUPP, "'" + path + "' is not on a VexFS volume");
    Uuid uuid;
    memcpy(uuid.data(), info.uuid, uuid.size());
    return std::pair(std::move(fd), uuid);
}

Result<std::vector<vexfs_ioc_snapshot>> snapshotsOf(int volume)
{
    std::vector<vexfs_ioc_snapshot> rows;
    const auto page = std::make_unique<vexfs_ioc_snapshot_list>();
    for (uint32_t count = VEXFS_IOC_SNAPSHOTS_MAX; count == VEXFS_IOC_SNAPSHOTS_MAX;) {
        *page = {};
        page->after = rows.empty() ? 0 : rows.back().id;
        page->flags = htole32(VEXFS_SNAPSHOT_HIDDEN);
        if (const int error = control(volume, VEXFS_IOC_SNAPSHOT_LIST, page.get()))
            return problem(-error, "The snapshots cannot be listed");
        count = le32toh(page->count);
        if (count > VEXFS_IOC_SNAPSHOTS_MAX)
            return problem(EIO, "The driver's list of snapshots makes no sense");
        rows.insert(rows.end(), page->rows, page->rows + count);
    }
    return rows;
}

Result<std::vector<std::string>> pathsOf(int volume, uint64_t tree, uint64_t ino,
                                         uint32_t most)
{
    std::vector<std::string> paths;
    vexfs_ioc_path call{};
    for (uint32_t index = 0; index < most; index++) {
        call = {};
        call.tree = htole64(tree);
        call.ino = htole64(ino);
        call.index = htole32(index);
        const int error = control(volume, VEXFS_IOC_PATH, &call);
        if (error == -ENOENT || error == -ESTALE)
            return paths;
        if (error)
            return problem(-error,
                           "Inode " + std::to_string(ino) + " has no path that can be told");
        paths.emplace_back(call.path, strnlen(call.path, sizeof call.path));
    }
    return paths;
}

Fd openBelow(int root, const std::string &path, int flags)
{
    open_how how{};
    how.flags = static_cast<uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    const char *name = path.empty() ? "." : path.c_str();
    return Fd(static_cast<int>(::syscall(SYS_openat2, root, name, &how, sizeof how)));
}

} // namespace vexfs::stream

// SPDX-License-Identifier: Apache-2.0
// umount.vexfs: what umount(8) calls for what mount.vexfs mounted. A driver in user space goes on
// writing for a moment after the mount is gone; this ends only when it has closed the image.
#include "cli/mount/helpers.h"
#include "cli/mount/request.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <memory>
#include <ostream>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace vexfs::cli {

namespace {

constexpr char kUsage[] =
    "usage: umount [-flnr] MOUNTPOINT\n"
    "\n"
    "  -f                 also where the server of the mount does not answer\n"
    "  -l                 at once; the volume is let go of when nothing uses it any more\n"
    "  -n                 note nothing in /run/mount\n"
    "  -r                 make the mount read-only where it is busy\n"
    "  -h, --help         this text\n";
constexpr std::chrono::milliseconds kStep{10};
constexpr std::chrono::minutes kLongest{2};

struct Free
{
    void operator()(libmnt_context *context) const { mnt_free_context(context); }
    void operator()(libmnt_table *table) const { mnt_unref_table(table); }
};
using Table = std::unique_ptr<libmnt_table, Free>;

/// What is mounted at a place.
struct Mounted
{
    std::string source;
    dev_t device = 0;
    bool isFuse = false;
};

Mounted findMount(const std::string &target)
{
    Mounted found;
    const Table table(mnt_new_table_from_file("/proc/self/mountinfo"));
    libmnt_fs *entry =
        table ? mnt_table_find_target(table.get(), target.c_str(), MNT_ITER_BACKWARD) : nullptr;
    if (!entry)
        return found;
    const char *source = mnt_fs_get_srcpath(entry);
    const char *type = mnt_fs_get_fstype(entry);
    found.source = source ? source : "";
    found.device = mnt_fs_get_devno(entry);
    found.isFuse = type && std::string_view(type) == "fuse.vexfs";
    return found;
}

/// Whether the volume is mounted at another place, too, so that its driver goes on.
bool isStillMounted(dev_t device)
{
    const Table table(mnt_new_table_from_file("/proc/self/mountinfo"));
    return table && mnt_table_find_devno(table.get(), device, MNT_ITER_FORWARD);
}

/// The driver has a lock of the image (flock(2)) until it has closed it.
bool waitForDriver(const std::string &image)
{
    const int fd = open(image.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT; // moved away or deleted: nothing to wait for by
    const auto deadline = std::chrono::steady_clock::now() + kLongest;
    int result = 0;
    while ((result = flock(fd, LOCK_EX | LOCK_NB)) != 0 && errno == EWOULDBLOCK &&
           std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(kStep);
    close(fd);
    return result == 0;
}

int unmount(const UmountRequest &request, std::ostream &err)
{
    const std::unique_ptr<libmnt_context, Free> context(mnt_new_context());
    if (!context || mnt_context_disable_helpers(context.get(), 1) ||
        mnt_context_set_target(context.get(), request.target.c_str())) {
        err << "umount.vexfs: out of memory\n";
        return kExitSystem;
    }
    mnt_context_enable_lazy(context.get(), request.isLazy);
    mnt_context_enable_force(context.get(), request.isForced);
    mnt_context_enable_rdonly_umount(context.get(), request.isReadOnlyElse);
    mnt_context_disable_mtab(context.get(), request.hasNoTable);
    const int result = mnt_context_umount(context.get());
    char text[1024] = "";
    const int code = mnt_context_get_excode(context.get(), result, text, sizeof(text));
    if (code != 0)
        err << "umount.vexfs: " << request.target << ": " << text << "\n";
    return code;
}

} // namespace

int runUmount(int argc, const char *const *argv, std::ostream &out, std::ostream &err)
{
    UmountRequest request;
    std::string message;
    if (!parseUmount(argc, argv, &request, &message)) {
        err << "umount.vexfs: " << message << "\n";
        return kExitUsage;
    }
    if (request.wantsHelp) {
        out << kUsage;
        return 0;
    }
    const Mounted mounted = findMount(request.target);
    const int code = unmount(request, err);
    if (code != 0 || !mounted.isFuse || request.isLazy || isStillMounted(mounted.device))
        return code;
    if (!waitForDriver(mounted.source)) {
        err << "umount.vexfs: unmounted, but the driver has not closed " << mounted.source
            << " yet\n";
    }
    return 0;
}

} // namespace vexfs::cli

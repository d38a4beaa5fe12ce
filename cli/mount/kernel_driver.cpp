// SPDX-License-Identifier: Apache-2.0
#include "cli/mount/drivers.h"
#include "cli/mount/helpers.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <libmount/libmount.h>
#include <memory>
#include <ostream>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vexfs::cli {

namespace {

constexpr char kType[] = "vexfs";

struct ContextFree
{
    void operator()(libmnt_context *context) const { mnt_free_context(context); }
};

bool isRegistered()
{
    std::ifstream types("/proc/filesystems");
    for (std::string line; std::getline(types, line);) {
        if (line.substr(line.find_last_of('\t') + 1) == kType)
            return true;
    }
    return false;
}

void loadModule()
{
    char program[] = "/sbin/modprobe";
    char quiet[] = "-q";
    char name[] = "vexfs";
    char *words[] = {program, quiet, name, nullptr};
    pid_t child = 0;
    if (posix_spawn(&child, program, nullptr, nullptr, words, environ) == 0)
        waitpid(child, nullptr, 0);
}

bool isFile(const std::string &path)
{
    struct stat info{};
    return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

/// The image file itself, or the one that the loop device @a source stands for; else nothing.
std::string imageFileOf(const std::string &source)
{
    if (isFile(source))
        return source;
    std::error_code error;
    const auto device = std::filesystem::canonical(source, error).filename().string();
    std::ifstream sysfs("/sys/block/" + device + "/loop/backing_file");
    std::string path;
    std::getline(sysfs, path);
    return path;
}

/// The lock that vexfs-fuse and the offline programs hold on an image that they write to. A loop
/// device takes none, so it is held until the device is there for them to see.
class ImageLock
{
public:
    explicit ImageLock(const std::string &image)
        : m_fd(image.empty() ? -1 : open(image.c_str(), O_RDONLY | O_CLOEXEC))
    {
        m_isRefused = m_fd >= 0 && flock(m_fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    }
    ~ImageLock()
    {
        if (m_fd >= 0)
            close(m_fd);
    }
    ImageLock(const ImageLock &) = delete;
    ImageLock &operator=(const ImageLock &) = delete;
    bool isRefused() const { return m_isRefused; }

private:
    int m_fd;
    bool m_isRefused = false;
};

} // namespace

bool isKernelDriverThere()
{
    if (!isRegistered() && geteuid() == 0)
        loadModule();
    return isRegistered();
}

int mountByKernel(const MountRequest &request, std::ostream &err)
{
    const std::string image = imageFileOf(request.source);
    const ImageLock lock(image);
    if (lock.isRefused()) {
        err << "mount.vexfs: " << image << ": in use by another program (is it mounted by "
            << "vexfs-fuse, or being checked?)\n";
        return kExitMount;
    }
    const std::unique_ptr<libmnt_context, ContextFree> context(mnt_new_context());
    std::vector<std::string> options = optionsForKernel(request);
    if (isFile(request.source))
        options.emplace_back("loop");
    const std::string list = joined(options);
    if (!context || mnt_context_disable_helpers(context.get(), 1) ||
        mnt_context_set_fstype(context.get(), kType) ||
        mnt_context_set_source(context.get(), request.source.c_str()) ||
        mnt_context_set_target(context.get(), request.target.c_str()) ||
        mnt_context_set_options(context.get(), list.c_str())) {
        err << "mount.vexfs: out of memory\n";
        return kExitSystem;
    }
    mnt_context_enable_fake(context.get(), request.isFake);
    mnt_context_enable_sloppy(context.get(), request.isSloppy);
    mnt_context_disable_mtab(context.get(), request.hasNoTable);
    const int result = mnt_context_mount(context.get());
    char text[1024] = "";
    const int code = mnt_context_get_excode(context.get(), result, text, sizeof(text));
    if (code != 0)
        err << "mount.vexfs: " << request.target << ": " << text << "\n";
    return code;
}

} // namespace vexfs::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/mount/drivers.h"
#include "cli/mount/helpers.h"

#include <climits>
#include <cstdlib>
#include <cstring>
#include <libmount/libmount.h>
#include <ostream>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace vexfs::cli {

namespace {

constexpr char kHelperOption[] = "uhelper=vexfs";

/// Beside this program while it is not installed, else where it was installed to.
std::string driverPath()
{
    char path[PATH_MAX] = "";
    const ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    const std::string self(path, length > 0 ? static_cast<size_t>(length) : 0);
    const std::string beside = self.substr(0, self.find_last_of('/') + 1) + "vexfs-fuse";
    return access(beside.c_str(), X_OK) == 0 ? beside : VEXFS_FUSE_PATH;
}

/// The exit code of the driver, which has gone to the background when it is 0.
int runDriver(const std::string &program, const MountRequest &request, const std::string &list,
              std::ostream &err)
{
    std::vector<std::string> words = {program, "-o", list, "--", request.source, request.target};
    if (list.empty())
        words.erase(words.begin() + 1, words.begin() + 3);
    std::vector<char *> arguments;
    for (std::string &word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    err.flush();
    pid_t child = 0;
    const int error = posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments.data(),
                                  environ);
    if (error) {
        err << "mount.vexfs: " << program << ": " << strerror(error) << "\n";
        return kExitSystem;
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
        err << "mount.vexfs: " << program << " ended by a signal\n";
        return kExitSystem;
    }
    return WEXITSTATUS(status);
}

std::string absolute(const std::string &path)
{
    char resolved[PATH_MAX];
    return realpath(path.c_str(), resolved) ? resolved : path;
}

/// A line in /run/mount/utab: only where one is does umount(8) see that the type is fuse.vexfs, and
/// so umount.fuse.vexfs; else it asks statfs(2), to which all of FUSE is the same.
bool noteHelper(const MountRequest &request)
{
    libmnt_fs *entry = mnt_new_fs();
    libmnt_update *update = mnt_new_update();
    std::vector<std::string> options = request.options;
    options.emplace_back(kHelperOption);
    const bool isDone =
        entry && update && mnt_fs_set_source(entry, absolute(request.source).c_str()) == 0 &&
        mnt_fs_set_target(entry, absolute(request.target).c_str()) == 0 &&
        mnt_fs_set_fstype(entry, "fuse.vexfs") == 0 &&
        mnt_fs_set_options(entry, joined(options).c_str()) == 0 &&
        mnt_update_set_fs(update, 0, nullptr, entry) == 0 && mnt_update_table(update, nullptr) == 0;
    mnt_free_update(update);
    mnt_unref_fs(entry);
    return isDone;
}

} // namespace

int mountByFuse(const MountRequest &request, std::ostream &err)
{
    const bool isRoot = geteuid() == 0;
    std::vector<std::string> options = optionsForFuse(request, isRoot);
    if (request.isFake)
        return 0;
    const int code = runDriver(driverPath(), request, joined(options), err);
    // Users may not write there; fusermount3 unmounts what they mounted.
    if (code == 0 && isRoot && !request.hasNoTable && !noteHelper(request))
        err << "mount.vexfs: /run/mount cannot be written: umount will not wait for the driver\n";
    return code;
}

} // namespace vexfs::cli

// SPDX-License-Identifier: Apache-2.0
// mount.vexfs: what mount -t vexfs and fstab call. Chooses between the module and vexfs-fuse.
#include "cli/mount/drivers.h"
#include "cli/mount/helpers.h"

#include <ostream>
#include <unistd.h>

namespace vexfs::cli {

namespace {

constexpr char kUsage[] =
    "usage: mount -t vexfs [-o OPTION[,OPTION...]] IMAGE|DEVICE MOUNTPOINT\n"
    "\n"
    "  -o OPTION          mount options:\n"
    "       driver=auto       the kernel's module if it has one, else vexfs-fuse (the default)\n"
    "       driver=kernel     the module; an image file gets a loop device\n"
    "       driver=fuse       vexfs-fuse\n"
    "                         others are the same for both; see vexfs(5)\n"
    "  -r, -w             read-only or writable\n"
    "  -f                 do everything but mount\n"
    "  -n                 note nothing in /run/mount\n"
    "  -s                 leave out options that the module does not know\n"
    "  -h, --help         this text\n";

} // namespace

int runMount(int argc, const char *const *argv, std::ostream &out, std::ostream &err)
{
    MountRequest request;
    std::string message;
    if (!parseMount(argc, argv, &request, &message)) {
        err << "mount.vexfs: " << message << "; see mount.vexfs --help\n";
        return kExitUsage;
    }
    if (request.wantsHelp) {
        out << kUsage;
        return 0;
    }
    if (request.driver == DriverChoice::Fuse)
        return mountByFuse(request, err);
    if (request.driver == DriverChoice::Kernel) {
        if (isKernelDriverThere())
            return mountByKernel(request, err);
        err << "mount.vexfs: the running kernel has no vexfs and modprobe vexfs did not bring it; "
               "install the module (packaging/dkms) or mount with -o driver=fuse\n";
        return kExitMount;
    }
    return geteuid() == 0 && isKernelDriverThere() ? mountByKernel(request, err)
                                                   : mountByFuse(request, err);
}

} // namespace vexfs::cli

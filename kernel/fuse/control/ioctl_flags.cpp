// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
// The flags of lsattr and chattr, as far as there are such: c (compress) and m (do not).
#include "kernel/fuse/control/ioctl.h"

#include <cerrno>
#include <linux/fs.h>

namespace vexfs::fuse {

namespace {

constexpr u32 kKnown = FS_COMPR_FL | FS_NOCOMP_FL;

u32 flagsOf(const vexfs_attr &attr)
{
    switch (attr.compression) {
    case VEXFS_COMPRESSION_ZSTD: return FS_COMPR_FL;
    case VEXFS_COMPRESSION_NONE: return FS_NOCOMP_FL;
    default: return 0;
    }
}

} // namespace

void ioctlGetFlags(const IoctlCall &call)
{
    vexfs_attr attr{};
    if (isVirtual(call.node))
        call.reply(u32{0});
    else if (const int error = vexfs_volume_getattr(call.driver.volume, idOfNode(call.node), &attr))
        call.fail(error);
    else
        call.reply(flagsOf(attr));
}

void ioctlGetExtendedFlags(const IoctlCall &call)
{
    // The kernel looks at these before it sets others. None of them is ours.
    call.reply(fsxattr{});
}

void ioctlSetFlags(const IoctlCall &call)
{
    // The number of the call says long, but what goes over it has 32 bits.
    const auto flags = call.argument<u32>(true);
    if (!flags || (*flags & kKnown) == kKnown) {
        call.fail(-EINVAL);
        return;
    }
    if (*flags & ~kKnown) {
        call.fail(-EOPNOTSUPP);
        return;
    }
    if (isVirtual(call.node)) {
        call.fail(-EPERM);
        return;
    }
    const vexfs_id id = idOfNode(call.node);
    if (!isOwnerOf(call.driver, id, call.uid())) {
        call.fail(-EPERM);
        return;
    }
    vexfs_setattr set{};
    set.valid = VEXFS_SET_COMPRESSION;
    set.compression = *flags & FS_COMPR_FL    ? VEXFS_COMPRESSION_ZSTD
                      : *flags & FS_NOCOMP_FL ? VEXFS_COMPRESSION_NONE
                                              : VEXFS_COMPRESSION_UNSET;
    if (const int error = vexfs_volume_setattr(call.driver.volume, id, &set, nullptr))
        call.fail(error);
    else
        call.succeed();
}

} // namespace vexfs::fuse

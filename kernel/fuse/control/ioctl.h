// SPDX-License-Identifier: GPL-2.0-or-later OR Apache-2.0
#pragma once

#include "kernel/fuse/driver.h"

#include <cstddef>
#include <cstring>
#include <memory>

namespace vexfs::fuse {

/// One ioctl being answered: what came in, who asks, and on what.
struct IoctlCall
{
    fuse_req_t request;
    Driver &driver;
    fuse_ino_t node;
    uint64_t openFlags; ///< O_ACCMODE of the descriptor
    const void *in;
    size_t inBytes;

    uid_t uid() const { return fuse_req_ctx(request)->uid; }

    /// A copy of the argument, on the heap because some fill 16 KiB; zeroed for calls that only
    /// bring something out. Null when the kernel brought less than the struct.
    template <class Argument> std::unique_ptr<Argument> argument(bool hasInput) const
    {
        auto copy = std::make_unique<Argument>();
        if (!hasInput)
            return copy;
        if (inBytes < sizeof(Argument))
            return nullptr;
        memcpy(copy.get(), in, sizeof(Argument));
        return copy;
    }

    template <class Argument> void reply(const Argument &out) const
    {
        fuse_reply_ioctl(request, 0, &out, sizeof(out));
    }

    void succeed() const { fuse_reply_ioctl(request, 0, nullptr, 0); }
    void fail(int error) const { replyError(request, error); }
};

/// Whether all of @p count reserved fields are zero.
template <class Field> bool isZero(const Field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i] != 0)
            return false;
    }
    return true;
}

/// Length of a string in its array; -EINVAL without a NUL.
int boundedLength(const char *text, size_t size);

// Each answers its call, whatever happens.
void ioctlVolume(const IoctlCall &call);
void ioctlSync(const IoctlCall &call);
void ioctlWait(const IoctlCall &call);
void ioctlStats(const IoctlCall &call);
void ioctlSnapshotCreate(const IoctlCall &call);
void ioctlSnapshotDelete(const IoctlCall &call);
void ioctlSnapshotList(const IoctlCall &call);
void ioctlDiff(const IoctlCall &call);
void ioctlStat(const IoctlCall &call);
void ioctlPath(const IoctlCall &call);
void ioctlForkRead(const IoctlCall &call);
void ioctlForkWrite(const IoctlCall &call);
void ioctlScrub(const IoctlCall &call);
void ioctlScrubList(const IoctlCall &call);
void ioctlGrow(const IoctlCall &call);
void ioctlLabel(const IoctlCall &call);
void ioctlSearch(const IoctlCall &call);
void ioctlLook(const IoctlCall &call);
void ioctlSnapshotChange(const IoctlCall &call);
void ioctlRollback(const IoctlCall &call);
void ioctlSnapshotSpace(const IoctlCall &call);
void ioctlTrim(const IoctlCall &call);
void ioctlGetFlags(const IoctlCall &call);
void ioctlGetExtendedFlags(const IoctlCall &call);
void ioctlSetFlags(const IoctlCall &call);

} // namespace vexfs::fuse

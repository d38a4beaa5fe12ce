// SPDX-License-Identifier: Apache-2.0
// Control calls, as any program that may open a file can make them. An input is a sequence of calls
// with their arguments, made on the driver's own handlers over a healthy volume. Each must be
// answered once, with no more than its size, and none may leave the volume damaged.
#include "kernel/fuse/driver.h"
#include "kernel/fuse/snapshot_changes.h"
#include "tests/fuzz/target.h"
#include "tests/support/overlay_device.h"
#include "tests/support/image/sample_image.h"
#include "tests/support/steady_host.h"
#include "tests/support/volume_driver.h"

#include <vexfs/ioctl.h>
#include <vexfs/posix_hooks.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <linux/fs.h>

using namespace vexfs::test;
using vexfs::fuse::Driver;

/// What libfuse keeps of a request, for the functions below that stand in for it.
struct fuse_req
{
    Driver *driver;
    fuse_ctx context;
    unsigned command;
    int answers;
};

namespace {

constexpr size_t kCallsMax = 24;

constexpr std::array<unsigned long, 24> kCommands = {
    VEXFS_IOC_VOLUME,        VEXFS_IOC_SYNC,          VEXFS_IOC_WAIT, VEXFS_IOC_SNAPSHOT_CREATE,
    VEXFS_IOC_SNAPSHOT_DELETE, VEXFS_IOC_SNAPSHOT_LIST, VEXFS_IOC_DIFF, VEXFS_IOC_STAT,
    VEXFS_IOC_PATH,          VEXFS_IOC_FORK_READ,     VEXFS_IOC_FORK_WRITE, VEXFS_IOC_STATS,
    VEXFS_IOC_SCRUB,         VEXFS_IOC_SCRUB_LIST,    VEXFS_IOC_GROW, VEXFS_IOC_LABEL,
    FITRIM,                  FS_IOC_GETFLAGS,         FS_IOC_SETFLAGS,
    VEXFS_IOC_SEARCH,        VEXFS_IOC_SNAPSHOT_CHANGE, VEXFS_IOC_ROLLBACK,
    VEXFS_IOC_SNAPSHOT_SPACE, VEXFS_IOC_LOOK,
};

/// How a call is laid out in an input; its argument's bytes follow.
struct Call
{
    uint8_t command;
    uint8_t caller; ///< bit 0: not root; bits 1 and 2: access mode of the descriptor
    uint8_t tree;
    uint8_t node;
    uint16_t bytes; ///< of the argument that are given; the rest is zeros
    uint16_t cut;   ///< so many bytes less than the struct has are passed
};
static_assert(sizeof(Call) == 8);

void require(bool holds, const char *what)
{
    if (holds)
        return;
    std::fprintf(stderr, "a control call: %s\n", what);
    abort();
}

uint64_t nodeOf(const Call &call)
{
    static constexpr uint64_t kTrees[] = {0, 0, 0, 1, 2, 257, 258, 999999};
    return kTrees[call.tree % std::size(kTrees)] << vexfs::fuse::kTreeShift |
           (1 + call.node % 120);
}

void makeCall(const fuse_lowlevel_ops &operations, Driver &driver, const Call &call,
              const uint8_t *bytes, std::vector<std::unique_ptr<fuse_req>> &requests)
{
    const unsigned command = static_cast<unsigned>(kCommands[call.command % kCommands.size()]);
    const size_t size = _IOC_DIR(command) & _IOC_WRITE ? _IOC_SIZE(command) : 0;
    std::vector<uint8_t> argument(size);
    std::copy_n(bytes, std::min<size_t>(call.bytes, size), argument.begin());
    argument.resize(size - std::min<size_t>(call.cut, size));
    argument.shrink_to_fit(); // so that a sanitizer sees what lies behind it
    requests.push_back(std::make_unique<fuse_req>());
    fuse_req &request = *requests.back();
    request.driver = &driver;
    request.context.uid = call.caller & 1 ? 1000 : 0;
    request.command = command;
    fuse_file_info file{};
    file.fh = call.caller >> 1 & 3;
    operations.ioctl(&request, nodeOf(call), command, nullptr, &file, 0,
                     argument.empty() ? nullptr : argument.data(), argument.size(),
                     _IOC_SIZE(command));
}

} // namespace

// ---- the rest of the driver, as far as the handlers use it: no kernel keeps anything here

void vexfs::fuse::changeUnderKernel(Driver &, uint64_t, std::function<int()> change,
                                    std::function<void(int error)> done)
{
    done(change());
}

// ---- libfuse, as far as the handlers use it

void *fuse_req_userdata(fuse_req_t request)
{
    return request->driver;
}

const fuse_ctx *fuse_req_ctx(fuse_req_t request)
{
    return &request->context;
}

int fuse_req_interrupted(fuse_req_t)
{
    return 0;
}

int fuse_req_getgroups(fuse_req_t, int, gid_t list[])
{
    list[0] = 1000;
    return 1;
}

int fuse_reply_err(fuse_req_t request, int error)
{
    require(error >= 0 && error < 4096, "an error that is none");
    request->answers++;
    return 0;
}

int fuse_reply_ioctl(fuse_req_t request, int, const void *out, size_t bytes)
{
    require(bytes <= _IOC_SIZE(request->command), "an answer larger than its struct");
    // Every byte of it is looked at, as by the copy to the caller.
    const auto *from = static_cast<const volatile uint8_t *>(out);
    for (size_t i = 0; i < bytes; i++)
        (void)from[i];
    request->answers++;
    return 0;
}

int fuse_reply_entry(fuse_req_t request, const fuse_entry_param *)
{
    request->answers++;
    return 0;
}

// ----

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    vexfs_posix_set_warn([](const char *, u64, u64) {});
    sampleImage();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static OverlayDevice device(sampleImage());
    SteadyHost::restart(9);
    device.reset();
    vexfs_volume *volume = nullptr;
    vexfs_open_options options{};
    options.cache_bytes = 4u << 20;
    require(vexfs_volume_open(device.dev(), &options, &volume) == 0, "the sample does not open");
    fuse_lowlevel_ops operations{};
    vexfs::fuse::fillIoctlOperation(&operations);
    std::vector<std::unique_ptr<fuse_req>> requests;
    {
        Driver driver(volume);
        driver.device = device.dev();
        for (size_t at = 0; at + sizeof(Call) <= size && requests.size() < kCallsMax;) {
            Call call;
            memcpy(&call, data + at, sizeof(call));
            at += sizeof(call);
            call.bytes = static_cast<uint16_t>(std::min<size_t>(call.bytes, size - at));
            makeCall(operations, driver, call, data + at, requests);
            at += call.bytes;
        }
        driver.waits.close();
    }
    for (const auto &request : requests)
        require(request->answers == 1, "not answered once");
    require(vexfs_volume_close(volume) == 0, "the volume cannot be closed");
    const std::string findings = checkDevice(device.dev());
    require(findings.empty(), findings.c_str());
    return 0;
}

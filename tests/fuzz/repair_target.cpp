// SPDX-License-Identifier: Apache-2.0
// Damaged images under vexfs_repair(). Inputs are those of image_target.cpp. A repair must end;
// when it says that it went through everything, the check must agree and the volume be usable.
#include "tests/fuzz/target.h"
#include "tests/support/image/exercise.h"
#include "tests/support/image/image_script.h"
#include "tests/support/image/sample_image.h"
#include "tests/support/steady_host.h"

#include <vexfs/check.h>
#include <vexfs/posix_hooks.h>

#include <cstdio>
#include <cstdlib>

using namespace vexfs::test;

namespace {

constexpr size_t kStepsMax = 24;

/// Content that does not match its checksum stays as it is: only structure is looked at.
void requireClean(vexfs_dev *dev, const char *when)
{
    vexfs_check_options options{};
    options.report = [](void *, const vexfs_finding *finding) {
        std::fprintf(stderr, "finding: %s, tree %llu, inode %llu, block %llu\n",
                     finding->what, static_cast<unsigned long long>(finding->tree),
                     static_cast<unsigned long long>(finding->ino),
                     static_cast<unsigned long long>(finding->block));
    };
    vexfs_check_result result{};
    const int error = vexfs_check(dev, &options, &result);
    if (error || result.findings) {
        std::fprintf(stderr, "%s: the check gives %d\n", when, error);
        abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    vexfs_posix_set_warn([](const char *, u64, u64) {});
    sampleImage();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ImageMap map(sampleImage());
    static OverlayDevice device(sampleImage());
    if (size > kStepsMax * kImageStepBytes)
        return -1;
    SteadyHost::restart(9);
    device.reset();
    ImageEditor editor(map);
    applyImageScript(data, size, editor, device);
    vexfs_check_options options{};
    options.report = [](void *, const vexfs_finding *) {};
    u64 actions = 0;
    if (vexfs_repair(device.dev(), &options, &actions) == 0) {
        requireClean(device.dev(), "after the repair");
        exerciseImage(device.dev());
        requireClean(device.dev(), "after use of what was repaired");
    }
    return 0;
}

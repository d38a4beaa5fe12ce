// SPDX-License-Identifier: Apache-2.0
// Images, as a mount, a check or an inspection may meet them. An input is a script of changes to
// structures of a sample volume (tests/support/image/image_script.h), after which all checksums are
// right again: so most inputs get past them to the code that judges what is written there.
#include "tests/fuzz/target.h"
#include "tests/support/image/exercise.h"
#include "tests/support/image/image_script.h"
#include "tests/support/image/sample_image.h"
#include "tests/support/steady_host.h"

#include <vexfs/posix_hooks.h>

#include <cstring>

namespace {

using namespace vexfs::test;

constexpr size_t kStepsMax = 24;

} // namespace

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    vexfs_posix_set_warn([](const char *, u64, u64) {}); // or damage would fill the terminal
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
    exerciseImage(device.dev());
    return 0;
}

#ifdef VEXFS_LIBFUZZER

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t sizeMax);

/// Half of the time whole steps are added, repeated, swapped or taken away; else bytes change.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t sizeMax,
                                          unsigned int seed)
{
    Random random(seed);
    const size_t steps = size / kImageStepBytes;
    const auto at = [&](size_t step) { return data + step * kImageStepBytes; };
    switch (random.below(6)) {
    case 0: {
        const std::string script = randomImageScript(random, 1);
        if (size % kImageStepBytes == 0 && size + kImageStepBytes <= sizeMax) {
            memcpy(data + size, script.data(), kImageStepBytes);
            return size + kImageStepBytes;
        }
        break;
    }
    case 1:
        if (steps > 1) {
            const size_t victim = random.below(steps);
            memmove(at(victim), at(victim + 1), (steps - victim - 1) * kImageStepBytes);
            return (steps - 1) * kImageStepBytes;
        }
        break;
    case 2:
        if (steps > 1) {
            uint8_t step[kImageStepBytes];
            const size_t one = random.below(steps);
            const size_t two = random.below(steps);
            memcpy(step, at(one), sizeof(step));
            memmove(at(one), at(two), sizeof(step));
            memcpy(at(two), step, sizeof(step));
            return steps * kImageStepBytes;
        }
        break;
    default: break;
    }
    return LLVMFuzzerMutate(data, size, sizeMax);
}

#endif

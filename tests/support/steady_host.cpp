// SPDX-License-Identifier: Apache-2.0
#include "tests/support/steady_host.h"

#include "tests/support/random.h"

#include <vexfs/posix_hooks.h>

#include <atomic>

namespace vexfs::test {

namespace {

constexpr int64_t kBeginNs = 1'700'000'000'000'000'000;
constexpr int64_t kStepNs = 1'000'003;

std::atomic<int64_t> nowNs{kBeginNs};
std::atomic<uint64_t> randomState{1};

s64 steadyClock()
{
    return nowNs.fetch_add(kStepNs);
}

void steadyRandom(void *out, size_t bytes)
{
    Random random(randomState.fetch_add(1));
    auto *to = static_cast<uint8_t *>(out);
    for (size_t i = 0; i < bytes; i++)
        to[i] = static_cast<uint8_t>(random.next());
}

} // namespace

SteadyHost::~SteadyHost()
{
    vexfs_posix_set_clock(nullptr);
    vexfs_posix_set_random(nullptr);
}

void SteadyHost::restart(uint64_t seed)
{
    nowNs = kBeginNs + static_cast<int64_t>(seed) * 1'000'000'000;
    randomState = seed << 32;
    vexfs_posix_set_clock(steadyClock);
    vexfs_posix_set_random(steadyRandom);
}

} // namespace vexfs::test

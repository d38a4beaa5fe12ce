// SPDX-License-Identifier: Apache-2.0
#include "daemon/index/segment/graph_walk.h"

#include <cstring>

#if defined(__x86_64__)
#    include <cpuid.h>
#endif

namespace vexfs::daemon {

namespace {

constexpr size_t kKeysPerLine = 8;

uint64_t *alignedKeys(uint64_t *from)
{
    const auto at = reinterpret_cast<uintptr_t>(from + 1);
    return reinterpret_cast<uint64_t *>((at + 63) & ~uintptr_t{63});
}

} // namespace

void WalkScratch::reserve(uint32_t count, uint32_t width)
{
    if (count > m_count) {
        m_known = std::make_unique<uint64_t[]>((size_t{count} + 63) / 64);
        m_count = count;
    }
    if (width <= m_width)
        return;
    // Each array: a line before it for the key that precedes all, and one behind it for those that
    // fall out.
    const size_t each = (width + kKeysPerLine - 1) / kKeysPerLine * kKeysPerLine +
                        3 * kKeysPerLine;
    m_keys = std::make_unique<uint64_t[]>(2 * each + kKeysPerLine);
    m_beam = alignedKeys(m_keys.get());
    m_found = m_beam + each;
    m_width = width;
}

float walkDistance(uint64_t key)
{
    uint32_t ordered = static_cast<uint32_t>(key >> 32);
    ordered ^= (ordered & 0x80000000U) != 0 ? 0x80000000U : 0xFFFFFFFFU;
    float distance = 0.0F;
    memcpy(&distance, &ordered, sizeof distance);
    return distance;
}

uint64_t walkKey(float distance, uint32_t number)
{
    int32_t bits = 0;
    memcpy(&bits, &distance, sizeof bits);
    const uint32_t ordered =
        static_cast<uint32_t>(bits) ^ (static_cast<uint32_t>(bits >> 31) | 0x80000000U);
    return static_cast<uint64_t>(ordered) << 32 | static_cast<uint64_t>(number) << 1;
}

#if defined(__x86_64__)
/// clang 14 does not take "f16c" for __builtin_cpu_supports().
static bool hasF16c()
{
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}
#endif

const WalkKernels *walkKernelsNamed(const char *name)
{
#if defined(__x86_64__)
    const bool hasAvx2 =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && hasF16c();
    const bool hasVnni = hasAvx2 && __builtin_cpu_supports("avx512vnni") &&
                         __builtin_cpu_supports("avx512bw") &&
                         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    if (hasVnni && strcmp(name, kVnniWalk.name) == 0)
        return &kVnniWalk;
    if (hasAvx2 && strcmp(name, kAvx2Walk.name) == 0)
        return &kAvx2Walk;
#endif
    return strcmp(name, kScalarWalk.name) == 0 ? &kScalarWalk : nullptr;
}

const WalkKernels &walkKernels()
{
    static const WalkKernels &best = [] () -> const WalkKernels & {
        for (const char *name : {"vnni", "avx2"}) {
            if (const WalkKernels *kernels = walkKernelsNamed(name))
                return *kernels;
        }
        return kScalarWalk;
    }();
    return best;
}

} // namespace vexfs::daemon

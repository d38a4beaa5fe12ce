// SPDX-License-Identifier: Apache-2.0
//
// daemon/embed/exponential.h - e^x without a branch or a call, for loops that the compiler turns
// into many at once; libm's differs by machine, too.
#pragma once

#include <bit>
#include <cstdint>

// Before a function: compiled for wide registers too, and chosen when the program starts.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) \
    && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define VEXFS_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define VEXFS_CLONES
#endif

namespace vexfs::daemon {

/// By a polynomial (as in Cephes), relative error below 1e-6, for -87 <= x < 87.
inline float exponentialWithin(float x)
{
    constexpr float kLog2e = 1.44269504F;
    constexpr float kLn2High = 0.693359375F;
    constexpr float kLn2Low = -2.12194440e-4F;
    const float scaled = x * kLog2e;
    const auto whole = static_cast<int32_t>(scaled + (scaled < 0 ? -0.5F : 0.5F));
    const float n = static_cast<float>(whole);
    const float r = (x - n * kLn2High) - n * kLn2Low;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    p = p * r * r + r + 1.0F;
    return p * std::bit_cast<float>((whole + 127) << 23);
}

/// For any x < 87; 0 below -87.
inline float exponential(float x)
{
    const float power = exponentialWithin(x < -87.0F ? -87.0F : x);
    const float kept = x < -87.0F ? 0.0F : 1.0F;
    return power * kept;
}

} // namespace vexfs::daemon

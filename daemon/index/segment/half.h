// SPDX-License-Identifier: Apache-2.0
//
// daemon/index/segment/half.h - IEEE 754 binary16, where the processor does not convert it.
#pragma once

#include <cstdint>
#include <cstring>

namespace vexfs::daemon {
namespace {

inline float floatOfHalf(uint16_t half)
{
    const uint32_t sign = static_cast<uint32_t>(half & 0x8000U) << 16;
    const uint32_t rest = half & 0x7fffU;
    uint32_t bits = sign;
    if (rest >= 0x7c00U) {
        bits |= 0x7f800000U | (rest & 0x3ffU) << 13;
    } else if (rest >= 0x400U) {
        bits |= (rest << 13) + (112U << 23);
    } else {
        // A multiple of 2^-24.
        const float small = static_cast<float>(rest) * 0x1p-24F;
        memcpy(&bits, &small, sizeof bits);
        bits |= sign;
    }
    float out = 0.0F;
    memcpy(&out, &bits, sizeof out);
    return out;
}

/// Rounds to the nearest, ties to even; what is too large becomes infinite.
inline uint16_t halfOfFloat(float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000U);
    bits &= 0x7fffffffU;
    if (bits > 0x7f800000U)
        return sign | 0x7e00U;
    if (bits >= 0x477ff000U)
        return sign | 0x7c00U;
    if (bits < 0x38800000U) {
        // Adding 0.5 leaves the multiple of 2^-24 in the lowest bits of the fraction.
        float small = 0.0F;
        memcpy(&small, &bits, sizeof small);
        small += 0.5F;
        memcpy(&bits, &small, sizeof bits);
        return static_cast<uint16_t>(sign | (bits - 0x3f000000U));
    }
    bits += 0xfffU + (bits >> 13 & 1U);
    return static_cast<uint16_t>(sign | (bits - (112U << 23)) >> 13);
}

} // namespace
} // namespace vexfs::daemon
